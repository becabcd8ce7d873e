//! Microsoft's attributes (RFC 2548): vendor 311 within Vendor-Specific.

use crate::attribute::{Attribute, AttributeType, Attributes, LONGEST_VALUE, put};
use lanward_wire::wire_values;

const VENDOR: u32 = 311;

wire_values! {
    /// What one of Microsoft's attributes is about.
    MicrosoftType(u8) {
        /// RFC 2548, 2.1.3.
        MS_CHAP_RESPONSE = 1;
        /// RFC 2548, 2.1.5.
        MS_CHAP_ERROR = 2;
        /// RFC 2548, 2.1.8.
        MS_CHAP_NT_ENC_PW = 6;
        /// RFC 2548, 2.1.2.
        MS_CHAP_CHALLENGE = 11;
        /// RFC 2548, 2.4.1.
        MS_CHAP_MPPE_KEYS = 12;
        /// RFC 2548, 2.4.2.
        MS_MPPE_SEND_KEY = 16;
        /// RFC 2548, 2.4.3.
        MS_MPPE_RECV_KEY = 17;
        /// RFC 2548, 2.3.2.
        MS_CHAP2_RESPONSE = 25;
        /// RFC 2548, 2.3.3.
        MS_CHAP2_SUCCESS = 26;
        /// RFC 2548, 2.3.4.
        MS_CHAP2_CPW = 27;
        /// RFC 2548, 2.7.1.
        MS_PRIMARY_DNS_SERVER = 28;
        /// RFC 2548, 2.7.2.
        MS_SECONDARY_DNS_SERVER = 29;
        /// RFC 2548, 2.7.3.
        MS_PRIMARY_NBNS_SERVER = 30;
        /// RFC 2548, 2.7.4.
        MS_SECONDARY_NBNS_SERVER = 31;
    }
}

/// Appends one of Microsoft's attributes.
pub(crate) fn put_microsoft(out: &mut Vec<u8>, kind: MicrosoftType, value: &[u8]) {
    let value = value.get(..LONGEST_VALUE.saturating_sub(6)).unwrap_or(value);
    let length = u8::try_from(value.len().saturating_add(2)).unwrap_or(u8::MAX);
    let body = [&VENDOR.to_be_bytes()[..], &[kind.0, length], value].concat();
    put(out, AttributeType::VENDOR_SPECIFIC, &body);
}

/// Microsoft's attributes among others. One with a length that cannot be ends what is read of the Vendor-Specific it is in.
pub(crate) fn microsoft(attributes: Attributes<'_>) -> impl Iterator<Item = (MicrosoftType, &[u8])> {
    let vendor = |attribute: &Attribute<'_>| attribute.kind == AttributeType::VENDOR_SPECIFIC;
    attributes.iter().filter(vendor).flat_map(|attribute| {
        let (vendor, inner) = attribute.value.split_first_chunk::<4>().unwrap_or((&[0; 4], &[]));
        let mut rest = if *vendor == VENDOR.to_be_bytes() { inner } else { &[] };
        core::iter::from_fn(move || {
            let [kind, length, tail @ ..] = rest else { return None };
            let (value, behind) = tail.split_at_checked(usize::from(*length).checked_sub(2)?)?;
            rest = behind;
            Some((MicrosoftType(*kind), value))
        })
    })
}
