use lanward_nt::NtString;
use lanward_wire::{Decode, DecodeError, Encode, Reader, Writer};

use super::fields::{Payload, Pointer, encode_pointer, prologue, text, text_bytes};
use super::{NegotiateFlags, SIGNATURE, Version, version};

/// [MS-NLMP] 2.2.1.1 NEGOTIATE_MESSAGE
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NegotiateMessage {
    /// What the client can do.
    pub flags: NegotiateFlags,
    /// The client's domain, if OEM_DOMAIN_SUPPLIED says so.
    pub domain: Option<NtString>,
    /// The client's computer name, if OEM_WORKSTATION_SUPPLIED says so.
    pub workstation: Option<NtString>,
    /// The client's version, if the VERSION flag says so.
    pub version: Option<Version>,
}

impl Decode<'_> for NegotiateMessage {
    /// Clients that supply no names often end the message early: after the flags, or before Version.
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let base = Reader::new(r.rest());
        let mut at = base.clone();
        prologue(&mut at, 1)?;
        let flags = NegotiateFlags::from_bits_retain(at.u32("NegotiateFlags")?);
        let mut name = |flag, field| -> Result<Option<NtString>, DecodeError> {
            if at.is_empty() && !flags.contains(flag) {
                return Ok(None);
            }
            let pointer = Pointer::decode(&mut at, field)?;
            if !flags.contains(flag) {
                return Ok(None);
            }
            // Names here are always OEM ([MS-NLMP] 2.2.1.1).
            Ok(Some(text(pointer.bytes(&base, field)?, NegotiateFlags::OEM)))
        };
        let domain = name(NegotiateFlags::OEM_DOMAIN_SUPPLIED, "DomainName")?;
        let workstation = name(NegotiateFlags::OEM_WORKSTATION_SUPPLIED, "Workstation")?;
        let has_version = flags.contains(NegotiateFlags::VERSION) && at.remaining() >= 8;
        let version = if has_version { Some(Version::decode(&mut at)?) } else { None };
        Ok(Self { flags, domain, workstation, version })
    }
}

impl Encode for NegotiateMessage {
    fn encode(&self, w: &mut Writer<'_>) {
        let mut payload = Payload::at(40);
        let bytes = |name: &Option<NtString>| {
            name.as_ref().map(|n| text_bytes(n, NegotiateFlags::OEM)).unwrap_or_default()
        };
        let domain = payload.push(&bytes(&self.domain));
        let workstation = payload.push(&bytes(&self.workstation));
        w.bytes(&SIGNATURE);
        w.u32(1);
        w.u32(self.flags.bits());
        encode_pointer(domain, w);
        encode_pointer(workstation, w);
        version::encode_optional(self.version, w);
        payload.finish(w);
    }
}
