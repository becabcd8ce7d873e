//! [MS-DTYP] 2.4.4.10 SYSTEM_AUDIT_ACE: what a descriptor wants to be told.

use super::{Ace, AceBody, AceType, SecurityDescriptor, Token};
use crate::AccessMask;

/// Whether a descriptor asks to be told when `token` is granted, or is not granted, the rights `access` on a file. Generic rights in its
/// entries are understood; `access` has none.
#[must_use]
pub fn audits(descriptor: &SecurityDescriptor, token: &Token, access: AccessMask, granted: bool) -> bool {
    let Some(Some(list)) = &descriptor.sacl else { return false };
    let outcome = if granted { Ace::SUCCESSFUL_ACCESS } else { Ace::FAILED_ACCESS };
    list.entries.iter().any(|ace| match &ace.body {
        AceBody::Rights { mask, sid, .. } if ace.kind == AceType::SYSTEM_AUDIT => {
            ace.flags & Ace::INHERIT_ONLY == 0
                && ace.flags & outcome != 0
                && mask.map_generic().intersects(access)
                && token.has(sid)
        }
        AceBody::Rights { .. } | AceBody::Opaque(_) => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Sid;
    use crate::security::{Acl, Privileges};

    fn audit(sid: Sid, mask: AccessMask, flags: u8) -> Ace {
        Ace { kind: AceType::SYSTEM_AUDIT, ..Ace::allow(sid, mask, flags) }
    }

    #[test]
    fn entries_are_for_a_user_some_rights_and_an_outcome() {
        let token = Token {
            user: Sid::users(),
            groups: vec![Sid::everyone()],
            primary_group: Sid::users(),
            privileges: Privileges::empty(),
        };
        let (success, failure) = (Ace::SUCCESSFUL_ACCESS, Ace::FAILED_ACCESS);
        let (read, write) = (AccessMask::READ_DATA, AccessMask::WRITE_DATA);
        let cases = [
            (vec![], read, true, false),
            (vec![audit(Sid::everyone(), read, success)], read | write, true, true),
            (vec![audit(Sid::everyone(), read, success)], write, true, false),
            (vec![audit(Sid::everyone(), read, success)], read, false, false),
            (vec![audit(Sid::everyone(), AccessMask::GENERIC_WRITE, failure)], write, false, true),
            (vec![audit(Sid::administrators(), read, success)], read, true, false),
            (vec![audit(Sid::everyone(), read, success | Ace::INHERIT_ONLY)], read, true, false),
            (vec![Ace::allow(Sid::everyone(), read, success)], read, true, false),
        ];
        for (entries, access, granted, expected) in cases {
            let sacl = Some(Some(Acl::new(entries)));
            let descriptor = SecurityDescriptor { sacl, ..SecurityDescriptor::default() };
            assert_eq!(audits(&descriptor, &token, access, granted), expected, "{descriptor:?}");
        }
        assert!(!audits(&SecurityDescriptor::default(), &token, read, true));
    }
}
