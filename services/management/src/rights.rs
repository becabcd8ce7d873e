//! Who may do what with the objects of lsarpc and samr. Their descriptors are made from the same entries that decide.

use lanward_nt::security::{Ace, AceBody, AceType, Acl, SecurityDescriptor};
use lanward_nt::{AccessMask, NtStatus, Sid};
use lanward_rpc::lsarpc::SecurityDescriptorBytes;
use lanward_server::Caller;
use lanward_wire::Encode as _;

/// A kind of objects: what generic rights come to, and what everybody has.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Kind {
    pub read: u32,
    pub write: u32,
    pub execute: u32,
    pub all: u32,
    pub everyone: u32,
}

const ACCESS_SYSTEM_SECURITY: u32 = 0x0100_0000;
const MAXIMUM_ALLOWED: u32 = 0x0200_0000;
const GENERIC: [u32; 4] = [0x8000_0000, 0x4000_0000, 0x2000_0000, 0x1000_0000];

/// OWNER, GROUP and DACL_SECURITY_INFORMATION.
const SHOWN: [u32; 3] = [1, 2, 4];

/// READ_CONTROL
pub(crate) const READ_CONTROL: u32 = 0x0002_0000;

/// DELETE
pub(crate) const DELETE: u32 = 0x0001_0000;

impl Kind {
    /// What a caller gets who asks for `desired` of an object that is its `own`er's or nobody's.
    ///
    /// # Errors
    /// ACCESS_DENIED: more than the caller may have.
    pub(crate) fn grant(
        &self,
        caller: &Caller,
        desired: u32,
        own: Option<(&Sid, u32)>,
    ) -> Result<u32, NtStatus> {
        let mut most = self.everyone;
        if caller.user.is_admin {
            most |= self.all | ACCESS_SYSTEM_SECURITY;
        }
        most |= own.filter(|(sid, _)| caller.user.sid == **sid).map_or(0, |(_, mask)| mask);
        let mapped = self.map_generic(desired);
        let asked = mapped & !MAXIMUM_ALLOWED;
        // Who may do nothing with it does not learn whether it is there, by asking for nothing either.
        if asked & !most != 0 || most == 0 {
            return Err(NtStatus::ACCESS_DENIED);
        }
        Ok(if mapped & MAXIMUM_ALLOWED != 0 { most & !ACCESS_SYSTEM_SECURITY | asked } else { asked })
    }

    fn map_generic(&self, desired: u32) -> u32 {
        let meanings = [self.read, self.write, self.execute, self.all];
        let map = |mask: u32, (generic, meaning): (u32, u32)| {
            if mask & generic != 0 { mask & !generic | meaning } else { mask }
        };
        GENERIC.into_iter().zip(meanings).fold(desired, map)
    }

    /// The parts of the descriptor that `information` names.
    pub(crate) fn descriptor(&self, information: u32, own: Option<(&Sid, u32)>) -> SecurityDescriptorBytes {
        let [owner, group, list] = SHOWN.map(|part| information & part != 0);
        let mut entries =
            vec![entry(&Sid::everyone(), self.everyone), entry(&Sid::administrators(), self.all)];
        entries.extend(own.map(|(sid, mask)| entry(sid, mask)));
        let descriptor = SecurityDescriptor {
            owner: owner.then(Sid::administrators),
            group: group.then(Sid::administrators),
            dacl: list.then(|| Some(Acl::new(entries))),
            ..SecurityDescriptor::default()
        };
        let bytes = descriptor.to_bytes();
        SecurityDescriptorBytes {
            length: u32::try_from(bytes.len()).unwrap_or(u32::MAX),
            descriptor: Some(bytes),
        }
    }
}

fn entry(sid: &Sid, mask: u32) -> Ace {
    let mask = AccessMask::from_bits_retain(mask);
    Ace {
        kind: AceType::ACCESS_ALLOWED,
        flags: 0,
        body: AceBody::Rights { mask, sid: sid.clone(), data: Vec::new() },
    }
}

/// Whether a handle has all of these rights.
///
/// # Errors
/// ACCESS_DENIED.
pub(crate) fn require(granted: u32, rights: u32) -> Result<(), NtStatus> {
    if granted & rights == rights { Ok(()) } else { Err(NtStatus::ACCESS_DENIED) }
}

/// What has to be granted to read these parts of a descriptor.
pub(crate) const fn to_read(information: u32) -> u32 {
    const SACL: u32 = 8;
    if information & SACL != 0 { READ_CONTROL | ACCESS_SYSTEM_SECURITY } else { READ_CONTROL }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn generic_rights_are_those_of_the_kind() {
        let kind = Kind { read: 1, write: 2, execute: 4, all: 0xf, everyone: 5 };
        assert_eq!(kind.map_generic(0xf000_0000), 0xf);
        assert_eq!(kind.map_generic(0x8000_0008), 9);
        assert_eq!((require(5, 4), require(5, 6)), (Ok(()), Err(NtStatus::ACCESS_DENIED)));
    }
}
