//! Who may do what through a share ([MS-SRVS] 3.1.1.7 Share.FileSecurity).

use crate::{Share, User};
use lanward_nt::security::{Ace, Acl, Privileges, SecurityDescriptor, Token, granted};
use lanward_nt::{AccessMask, Sid};

impl Share {
    /// The share's security descriptor: the one management set, or what the rest of the definition comes to.
    #[must_use]
    pub fn security_descriptor(&self) -> SecurityDescriptor {
        if let Some(set) = &self.security {
            return SecurityDescriptor::clone(set);
        }
        let mut admitted = match &self.allowed {
            Some(sids) => sids.clone(),
            None => vec![Sid::authenticated_users()],
        };
        if self.guest_ok {
            admitted.push(if self.allowed.is_none() { Sid::everyone() } else { Sid::guests() });
        }
        let limit = self.limit();
        let entries = admitted.into_iter().map(|sid| Ace::allow(sid, limit, 0)).collect();
        SecurityDescriptor {
            owner: Some(Sid::administrators()),
            group: Some(Sid::administrators()),
            dacl: Some(Some(Acl::new(entries))),
            ..SecurityDescriptor::default()
        }
    }

    /// What the descriptor that management set gives a user; everything where there is none. Owning it and privileges let nobody in.
    pub(crate) fn granted(&self, user: &User) -> AccessMask {
        let Some(set) = &self.security else { return AccessMask::FILE_ALL_ACCESS };
        let list = SecurityDescriptor { dacl: set.dacl.clone(), ..SecurityDescriptor::default() };
        granted(&list, &Token { privileges: Privileges::empty(), ..user.token() })
    }
}

#[cfg(test)]
mod tests {
    use crate::{ShareDefinition, User, UserKind};
    use lanward_fsa::FileSystem;
    use lanward_nt::security::{Ace, Acl, SecurityDescriptor};
    use lanward_nt::{AccessMask, FileTime, NtStatus, NtString, Sid};
    use lanward_vfs::MemVolume;
    use std::sync::Arc;

    fn share(change: impl FnOnce(ShareDefinition) -> ShareDefinition) -> crate::Share {
        let file_system = FileSystem::new(MemVolume::new(|| FileTime(1)));
        crate::Share::new(change(ShareDefinition::disk("data", file_system, "/srv")))
    }

    fn user(kind: UserKind, rid: u32) -> User {
        let (sid, name) = (Sid::new(5, &[21, 1, 2, 3, rid]), NtString::default());
        User {
            name: name.clone(),
            domain: name,
            sid,
            groups: Vec::new(),
            kind,
            is_admin: true,
            privileges: Default::default(),
        }
    }

    fn list(entries: Vec<Ace>) -> Option<Arc<SecurityDescriptor>> {
        let dacl = Some(Some(Acl::new(entries)));
        let owner = Some(Sid::new(5, &[21, 1, 2, 3, 1000]));
        Some(Arc::new(SecurityDescriptor { owner, dacl, ..SecurityDescriptor::default() }))
    }

    #[test]
    fn both_the_descriptor_and_the_configuration_must_let_a_user_in() {
        let (alice, bob) = (user(UserKind::Named, 1000), user(UserKind::Named, 1001));
        let read = AccessMask::FILE_GENERIC_READ;
        let only_alice =
            share(|s| ShareDefinition { security: list(vec![Ace::allow(alice.sid.clone(), read, 0)]), ..s });
        assert_eq!(only_alice.access_of(&alice), Ok(read));
        assert_eq!(only_alice.access_of(&bob), Err(NtStatus::ACCESS_DENIED));
        // Owning the descriptor is no way in, and neither is being an administrator.
        let empty = share(|s| ShareDefinition { security: list(Vec::new()), ..s });
        assert_eq!(empty.access_of(&alice), Err(NtStatus::ACCESS_DENIED));
        let neither = share(|s| ShareDefinition {
            allowed: Some(vec![bob.sid.clone()]),
            security: list(vec![Ace::allow(alice.sid.clone(), read, 0)]),
            ..s
        });
        for user in [&alice, &bob] {
            assert_eq!(neither.access_of(user), Err(NtStatus::ACCESS_DENIED));
        }
        let read_only = share(|s| ShareDefinition {
            read_only: true,
            security: list(vec![Ace::allow(Sid::everyone(), AccessMask::FILE_ALL_ACCESS, 0)]),
            ..s
        });
        assert_eq!(
            read_only.access_of(&bob),
            Ok(AccessMask::FILE_GENERIC_READ | AccessMask::FILE_GENERIC_EXECUTE)
        );
    }

    #[test]
    fn what_is_shown_of_a_share_without_a_descriptor_is_what_is_enforced() {
        let alice = user(UserKind::Named, 1000);
        let sids = |share: &crate::Share| match share.security_descriptor().dacl {
            Some(Some(list)) => list.entries.iter().filter_map(|ace| ace.sid().cloned()).collect(),
            _ => Vec::new(),
        };
        assert_eq!(sids(&share(|s| s)), [Sid::authenticated_users()]);
        let guests = share(|s| ShareDefinition { guest_ok: true, ..s });
        assert_eq!(sids(&guests), [Sid::authenticated_users(), Sid::everyone()]);
        let few = share(|s| ShareDefinition { allowed: Some(vec![alice.sid.clone()]), guest_ok: true, ..s });
        assert_eq!(sids(&few), [alice.sid.clone(), Sid::guests()]);
        for share in [share(|s| s), guests, few, share(|s| ShareDefinition { read_only: true, ..s })] {
            let shown = Arc::new(share.security_descriptor());
            let set = crate::Share::new(ShareDefinition {
                security: Some(shown),
                ..ShareDefinition::clone(&share)
            });
            for user in [&alice, &user(UserKind::Named, 1001), &user(UserKind::Guest, 501)] {
                assert_eq!(set.access_of(user), share.access_of(user));
            }
        }
    }
}
