//! Rights on objects that are no files: which of those asked for a descriptor gives.

use lanward_nt::security::{Ace, Acl, SecurityDescriptor, granted};
use lanward_nt::{AccessMask, Sid};
use lanward_server::User;

/// What the generic rights mean for a kind of object, and every right it has ([MS-DTYP] 2.5.3.2).
#[derive(Debug, Clone, Copy)]
pub(crate) struct ObjectRights {
    pub read: u32,
    pub write: u32,
    pub execute: u32,
    pub all: u32,
}

impl ObjectRights {
    /// The rights a handle gets whose caller asked for `desired`; `None` if one of them is not given, or none.
    pub(crate) fn open(&self, descriptor: &SecurityDescriptor, user: &User, desired: u32) -> Option<u32> {
        let wanted = AccessMask::from_bits_retain(desired);
        let generic = [
            (AccessMask::GENERIC_READ, self.read),
            (AccessMask::GENERIC_WRITE, self.write),
            (AccessMask::GENERIC_EXECUTE, self.execute),
            (AccessMask::GENERIC_ALL, self.all),
        ];
        let named = generic.iter().fold(wanted, |mask, (generic, rights)| {
            let rights = AccessMask::from_bits_retain(if mask.contains(*generic) { *rights } else { 0 });
            mask.difference(*generic).union(rights)
        });
        let possible = AccessMask::from_bits_retain(self.all) | AccessMask::ACCESS_SYSTEM_SECURITY;
        let mut token = user.token();
        if user.is_admin && !token.has(&Sid::administrators()) {
            token.groups.push(Sid::administrators());
        }
        let given = granted(descriptor, &token) & possible;
        let asked = named.difference(AccessMask::MAXIMUM_ALLOWED);
        if !given.contains(asked) {
            return None;
        }
        let rights = if named.contains(AccessMask::MAXIMUM_ALLOWED) { given } else { asked };
        (!given.is_empty()).then(|| rights.bits())
    }

    /// What administrators and the system may do everything with, and authenticated users what is given.
    pub(crate) fn descriptor(&self, users: u32) -> SecurityDescriptor {
        let allow = |sid, mask| Ace::allow(sid, AccessMask::from_bits_retain(mask), 0);
        let entries = vec![
            allow(Sid::local_system(), self.all),
            allow(Sid::administrators(), self.all),
            allow(Sid::authenticated_users(), users),
        ];
        SecurityDescriptor {
            control: SecurityDescriptor::SELF_RELATIVE | SecurityDescriptor::DACL_PRESENT,
            owner: Some(Sid::administrators()),
            group: Some(Sid::local_system()),
            sacl: None,
            dacl: Some(Some(Acl::new(entries))),
        }
    }
}
