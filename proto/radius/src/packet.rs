use crate::attribute::{AttributeType, Attributes, put};
use crate::hidden::md5;
use core::fmt;
use hmac::{Hmac, KeyInit, Mac};
use lanward_wire::{DecodeError, Reader, wire_values};
use md5::Md5;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

wire_values! {
    /// What a packet is (RFC 2865, 3; RFC 5176, 2.3).
    Code(u8) {
        /// Access-Request
        ACCESS_REQUEST = 1;
        /// Access-Accept
        ACCESS_ACCEPT = 2;
        /// Access-Reject
        ACCESS_REJECT = 3;
        /// Accounting-Request
        ACCOUNTING_REQUEST = 4;
        /// Accounting-Response
        ACCOUNTING_RESPONSE = 5;
        /// Access-Challenge
        ACCESS_CHALLENGE = 11;
        /// Disconnect-Request
        DISCONNECT_REQUEST = 40;
        /// Disconnect-ACK
        DISCONNECT_ACK = 41;
        /// Disconnect-NAK
        DISCONNECT_NAK = 42;
        /// CoA-Request
        COA_REQUEST = 43;
        /// CoA-ACK
        COA_ACK = 44;
        /// CoA-NAK
        COA_NAK = 45;
    }
}

/// Most bytes of a packet (RFC 2865, 3).
pub const MAX_PACKET: usize = 4096;

const HEADER: usize = 1 /* Code */ + 1 /* Identifier */ + 2 /* Length */ + 16 /* Authenticator */;

/// What a client and a server share. Wiped when it is dropped, and never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Zeroizing<Vec<u8>>);

impl Secret {
    /// From its bytes.
    #[must_use]
    pub fn new(bytes: &[u8]) -> Self {
        Self(Zeroizing::new(bytes.to_vec()))
    }

    /// Its bytes.
    #[must_use]
    pub fn expose(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

/// A packet that was received, as yet from anybody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Packet<'a> {
    /// What it is.
    pub code: Code,
    /// Which request it is, or answers.
    pub identifier: u8,
    /// Authenticator
    pub authenticator: [u8; 16],
    /// What it says.
    pub attributes: Attributes<'a>,
    bytes: &'a [u8],
}

impl<'a> Packet<'a> {
    /// Reads a datagram; what is behind the packet's end is padding (RFC 2865, 3).
    ///
    /// # Errors
    /// It is shorter than it says, or longer than any may be; an attribute is not whole.
    pub fn decode(datagram: &'a [u8]) -> Result<Self, DecodeError> {
        let mut r = Reader::new(datagram);
        let code = Code(r.u8("Code")?);
        let identifier = r.u8("Identifier")?;
        let length = usize::from(r.u16_be("Length")?);
        if !(HEADER..=MAX_PACKET).contains(&length) {
            return Err(DecodeError::invalid("Length", "not 20 to 4096"));
        }
        let bytes = r.slice_at(0, length, "Length")?;
        let authenticator = r.array("Authenticator")?;
        let attributes = Attributes::decode(bytes.get(HEADER..).unwrap_or_default())?;
        Ok(Self { code, identifier, authenticator, attributes, bytes })
    }

    /// Whether it answers the request with this authenticator, and comes from who knows the secret (RFC 2865, 3 Response Authenticator).
    #[must_use]
    pub fn answers(&self, request: &[u8; 16], secret: &Secret) -> bool {
        self.digest(request, secret).ct_eq(&self.authenticator).into()
    }

    /// Whether it is a request of who knows the secret, of those whose authenticator is not random (RFC 2866, 3; RFC 5176, 2.3).
    #[must_use]
    pub fn is_signed(&self, secret: &Secret) -> bool {
        self.answers(&[0; 16], secret)
    }

    fn digest(&self, authenticator: &[u8; 16], secret: &Secret) -> [u8; 16] {
        let front = self.bytes.get(..4).unwrap_or_default();
        md5(&[front, authenticator, self.attributes.bytes(), secret.expose()])
    }

    /// Whether its Message-Authenticator (RFC 2869, 5.14) is right; `None` if it has none. `authenticator` is that of the request, or zeros for
    /// requests whose own is made last.
    #[must_use]
    pub fn message_authenticator(&self, authenticator: &[u8; 16], secret: &Secret) -> Option<bool> {
        let said = self.attributes.first(AttributeType::MESSAGE_AUTHENTICATOR)?;
        let mut copy = self.bytes.to_vec();
        copy.get_mut(4..HEADER)?.copy_from_slice(authenticator);
        let mut at = HEADER;
        for attribute in self.attributes.iter() {
            let start = at.saturating_add(2);
            at = start.saturating_add(attribute.value.len());
            if attribute.kind == AttributeType::MESSAGE_AUTHENTICATOR {
                copy.get_mut(start..at)?.fill(0);
                break;
            }
        }
        Some(hmac_md5(secret, &copy).as_slice().ct_eq(said.value).into())
    }
}

/// How a packet's authenticator is made.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Authenticator<'a> {
    /// It is random, and the answer is made with it.
    Random(&'a [u8; 16]),
    /// It is made of the whole packet.
    Signed,
    /// The same, with the authenticator of the request that is answered.
    Answer(&'a [u8; 16]),
}

/// A packet to send. Its Message-Authenticator comes first.
pub(crate) fn build(
    code: Code,
    identifier: u8,
    authenticator: Authenticator<'_>,
    attributes: &[u8],
    secret: &Secret,
) -> Vec<u8> {
    let within = match authenticator {
        Authenticator::Random(bytes) | Authenticator::Answer(bytes) => *bytes,
        Authenticator::Signed => [0; 16],
    };
    let mut packet = Vec::with_capacity(HEADER.saturating_add(18).saturating_add(attributes.len()));
    packet.extend_from_slice(&[code.0, identifier, 0, 0]);
    packet.extend_from_slice(&within);
    put(&mut packet, AttributeType::MESSAGE_AUTHENTICATOR, &[0; 16]);
    packet.extend_from_slice(attributes);
    let length = u16::try_from(packet.len()).unwrap_or(u16::MAX);
    fill(&mut packet, 2, &length.to_be_bytes());
    let mac = hmac_md5(secret, &packet);
    fill(&mut packet, HEADER.saturating_add(2), &mac);
    if !matches!(authenticator, Authenticator::Random(_)) {
        let digest = md5(&[&packet, secret.expose()]);
        fill(&mut packet, 4, &digest);
    }
    packet
}

/// The authenticator of a packet that was built.
pub(crate) fn authenticator_of(packet: &[u8]) -> [u8; 16] {
    packet.get(4..HEADER).and_then(|bytes| bytes.try_into().ok()).unwrap_or_default()
}

fn fill(packet: &mut [u8], at: usize, bytes: &[u8]) {
    packet.iter_mut().skip(at).zip(bytes).for_each(|(to, from)| *to = *from);
}

fn hmac_md5(secret: &Secret, data: &[u8]) -> [u8; 16] {
    // A key longer than a block is its digest, a shorter one is padded (RFC 2104, 2).
    let mut block = Zeroizing::new([0; 64]);
    if secret.expose().len() > block.len() {
        fill(&mut *block, 0, &md5(&[secret.expose()]));
    } else {
        fill(&mut *block, 0, secret.expose());
    }
    let mut mac = Hmac::<Md5>::new(&(*block).into());
    mac.update(data);
    mac.finalize().into_bytes().into()
}
