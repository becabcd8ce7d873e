use lanward_nt::NtString;
use lanward_wire::{Decode, DecodeError, Encode, Reader, Writer};

use super::fields::{Payload, Pointer, encode_pointer, prologue, text, text_bytes};
use super::{NegotiateFlags, SIGNATURE, TargetInfo, Version, version};

/// [MS-NLMP] 2.2.1.2 CHALLENGE_MESSAGE
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChallengeMessage {
    /// The server's choices.
    pub flags: NegotiateFlags,
    /// TargetName: the server's domain or computer name; empty when none was asked for.
    pub target_name: NtString,
    /// ServerChallenge.
    pub server_challenge: [u8; 8],
    /// TargetInfo; empty when the TARGET_INFO flag is not set.
    pub target_info: TargetInfo,
    /// The server's version, if the VERSION flag says so.
    pub version: Option<Version>,
}

impl Decode<'_> for ChallengeMessage {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let base = Reader::new(r.rest());
        let mut at = base.clone();
        prologue(&mut at, 2)?;
        let name = Pointer::decode(&mut at, "TargetName")?;
        let flags = NegotiateFlags::from_bits_retain(at.u32("NegotiateFlags")?);
        let server_challenge = at.array("ServerChallenge")?;
        let mut target_info = TargetInfo::default();
        let mut version = None;
        if !at.is_empty() {
            at.skip(8, "Reserved")?;
        }
        if flags.contains(NegotiateFlags::TARGET_INFO) {
            let info = Pointer::decode(&mut at, "TargetInfo")?;
            target_info = TargetInfo::decode(&mut Reader::new(info.bytes(&base, "TargetInfo")?))?;
        } else if !at.is_empty() {
            at.skip(8, "TargetInfo")?;
        }
        if flags.contains(NegotiateFlags::VERSION) && at.remaining() >= 8 {
            version = Some(Version::decode(&mut at)?);
        }
        let target_name = text(name.bytes(&base, "TargetName")?, flags);
        Ok(Self { flags, target_name, server_challenge, target_info, version })
    }
}

impl Encode for ChallengeMessage {
    fn encode(&self, w: &mut Writer<'_>) {
        let mut payload = Payload::at(56);
        let name = payload.push(&text_bytes(&self.target_name, self.flags));
        let with_info = self.flags.contains(NegotiateFlags::TARGET_INFO);
        let info = if with_info { self.target_info.to_bytes() } else { Vec::new() };
        let info = payload.push(&info);
        w.bytes(&SIGNATURE);
        w.u32(2);
        encode_pointer(name, w);
        w.u32(self.flags.bits());
        w.bytes(&self.server_challenge);
        w.zeros(8);
        if with_info {
            encode_pointer(info, w);
        } else {
            w.zeros(8); // the worked examples of [MS-NLMP] 4.2 leave the offset zero, too
        }
        version::encode_optional(self.version, w);
        payload.finish(w);
    }
}
