use lanward_wire::{DecodeError, Reader, wire_values};
use std::net::Ipv4Addr;

wire_values! {
    /// What an attribute is about.
    AttributeType(u8) {
        /// RFC 2865, 5.1.
        USER_NAME = 1;
        /// RFC 2865, 5.2.
        USER_PASSWORD = 2;
        /// RFC 2865, 5.3.
        CHAP_PASSWORD = 3;
        /// RFC 2865, 5.4.
        NAS_IP_ADDRESS = 4;
        /// RFC 2865, 5.5.
        NAS_PORT = 5;
        /// RFC 2865, 5.6.
        SERVICE_TYPE = 6;
        /// RFC 2865, 5.7.
        FRAMED_PROTOCOL = 7;
        /// RFC 2865, 5.8.
        FRAMED_IP_ADDRESS = 8;
        /// RFC 2865, 5.18.
        REPLY_MESSAGE = 18;
        /// RFC 2865, 5.24.
        STATE = 24;
        /// RFC 2865, 5.25.
        CLASS = 25;
        /// RFC 2865, 5.26.
        VENDOR_SPECIFIC = 26;
        /// RFC 2865, 5.27.
        SESSION_TIMEOUT = 27;
        /// RFC 2865, 5.28.
        IDLE_TIMEOUT = 28;
        /// RFC 2865, 5.30.
        CALLED_STATION_ID = 30;
        /// RFC 2865, 5.31.
        CALLING_STATION_ID = 31;
        /// RFC 2865, 5.32.
        NAS_IDENTIFIER = 32;
        /// RFC 2866, 5.1.
        ACCT_STATUS_TYPE = 40;
        /// RFC 2866, 5.2.
        ACCT_DELAY_TIME = 41;
        /// RFC 2866, 5.3.
        ACCT_INPUT_OCTETS = 42;
        /// RFC 2866, 5.4.
        ACCT_OUTPUT_OCTETS = 43;
        /// RFC 2866, 5.5.
        ACCT_SESSION_ID = 44;
        /// RFC 2866, 5.6.
        ACCT_AUTHENTIC = 45;
        /// RFC 2866, 5.7.
        ACCT_SESSION_TIME = 46;
        /// RFC 2866, 5.8.
        ACCT_INPUT_PACKETS = 47;
        /// RFC 2866, 5.9.
        ACCT_OUTPUT_PACKETS = 48;
        /// RFC 2866, 5.10.
        ACCT_TERMINATE_CAUSE = 49;
        /// RFC 2869, 5.1.
        ACCT_INPUT_GIGAWORDS = 52;
        /// RFC 2869, 5.2.
        ACCT_OUTPUT_GIGAWORDS = 53;
        /// RFC 2869, 5.3.
        EVENT_TIMESTAMP = 55;
        /// RFC 2865, 5.40.
        CHAP_CHALLENGE = 60;
        /// RFC 2865, 5.41.
        NAS_PORT_TYPE = 61;
        /// RFC 2868, 3.1.
        TUNNEL_TYPE = 64;
        /// RFC 2868, 3.3.
        TUNNEL_CLIENT_ENDPOINT = 66;
        /// RFC 2869, 5.14.
        MESSAGE_AUTHENTICATOR = 80;
        /// RFC 2869, 5.16.
        ACCT_INTERIM_INTERVAL = 85;
        /// RFC 5176, 3.6.
        ERROR_CAUSE = 101;
    }
}

/// One attribute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attribute<'a> {
    /// What it is about.
    pub kind: AttributeType,
    /// What it says.
    pub value: &'a [u8],
}

impl Attribute<'_> {
    /// As a number.
    #[must_use]
    pub fn number(&self) -> Option<u32> {
        self.value.try_into().ok().map(u32::from_be_bytes)
    }

    /// As an address.
    #[must_use]
    pub fn address(&self) -> Option<Ipv4Addr> {
        <[u8; 4]>::try_from(self.value).ok().map(Ipv4Addr::from)
    }
}

/// A list of attributes that was checked: each is whole (RFC 2865, 5).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attributes<'a>(&'a [u8]);

impl<'a> Attributes<'a> {
    /// Checks a list.
    ///
    /// # Errors
    /// A length of less than 2, or of more than there is.
    pub fn decode(bytes: &'a [u8]) -> Result<Self, DecodeError> {
        let mut r = Reader::new(bytes);
        while !r.is_empty() {
            r.skip(1, "Type")?;
            let length = usize::from(r.u8("Length")?)
                .checked_sub(2)
                .ok_or(DecodeError::invalid("Length", "less than a header"))?;
            r.skip(length, "Value")?;
        }
        Ok(Self(bytes))
    }

    /// Each of them.
    pub fn iter(self) -> impl Iterator<Item = Attribute<'a>> + use<'a> {
        let mut rest = self.0;
        core::iter::from_fn(move || {
            let [kind, length, tail @ ..] = rest else { return None };
            let (value, behind) = tail.split_at_checked(usize::from(*length).checked_sub(2)?)?;
            rest = behind;
            Some(Attribute { kind: AttributeType(*kind), value })
        })
    }

    /// The first about something.
    #[must_use]
    pub fn first(self, kind: AttributeType) -> Option<Attribute<'a>> {
        self.iter().find(|attribute| attribute.kind == kind)
    }

    /// Their bytes.
    #[must_use]
    pub const fn bytes(self) -> &'a [u8] {
        self.0
    }
}

/// Most bytes of one attribute's value.
pub(crate) const LONGEST_VALUE: usize = 253;

/// Appends an attribute; of a value that is longer than any can be its front.
pub(crate) fn put(out: &mut Vec<u8>, kind: AttributeType, value: &[u8]) {
    let value = value.get(..LONGEST_VALUE).unwrap_or(value);
    let length = u8::try_from(value.len().saturating_add(2)).unwrap_or(u8::MAX);
    out.extend_from_slice(&[kind.0, length]);
    out.extend_from_slice(value);
}

/// Appends an attribute with a number.
pub(crate) fn put_number(out: &mut Vec<u8>, kind: AttributeType, value: u32) {
    put(out, kind, &value.to_be_bytes());
}
