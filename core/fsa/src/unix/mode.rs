//! Descriptors of modes, and modes of descriptors.

use super::UnixNames;
use lanward_nt::security::{Ace, AceBody, AceType, Acl, SecurityDescriptor};
use lanward_nt::{AccessMask, Sid};
use lanward_vfs::PosixState;

/// The rights of one class of a mode, and the masks that stand for them in an entry.
const BITS: [(u16, AccessMask); 3] = [
    (4, AccessMask::READ_DATA.union(AccessMask::READ_EA)),
    (2, AccessMask::WRITE_DATA.union(AccessMask::APPEND_DATA).union(AccessMask::WRITE_EA)),
    (1, AccessMask::EXECUTE),
];
/// What goes with any right.
const LOOK: AccessMask =
    AccessMask::READ_ATTRIBUTES.union(AccessMask::READ_CONTROL).union(AccessMask::SYNCHRONIZE);
/// What an owner has always.
const OWNERS: AccessMask =
    LOOK.union(AccessMask::WRITE_ATTRIBUTES).union(AccessMask::WRITE_DAC).union(AccessMask::WRITE_OWNER);
/// What of an entry that allows says nothing a mode could: the machine gives it to owners, or by the directory the object is in.
const BESIDES: AccessMask = OWNERS.union(AccessMask::DELETE).union(AccessMask::DELETE_CHILD);

/// The three classes of people a mode knows of one object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Classes {
    owner: Sid,
    group: Sid,
}

/// The descriptor that says what a mode says.
pub(crate) fn descriptor_of(
    posix: PosixState,
    is_directory: bool,
    names: &dyn UnixNames,
) -> SecurityDescriptor {
    Classes::of(posix, names).descriptor(posix.permissions(), is_directory)
}

fn mask(bits: u16) -> AccessMask {
    BITS.into_iter().filter(|(bit, _)| bits & bit != 0).fold(AccessMask::empty(), |all, (_, m)| all | m)
}

impl Classes {
    pub(crate) fn of(posix: PosixState, names: &dyn UnixNames) -> Self {
        Self { owner: names.user(posix.owner), group: names.group(posix.group) }
    }

    /// The owner comes first whatever follows: the first class somebody is in counts, and no other. A class that has less than those after it is
    /// denied the rest, which for a group has to follow what its owner is allowed.
    fn descriptor(&self, mode: u16, is_directory: bool) -> SecurityDescriptor {
        let (owner, group, other) = (mode >> 6 & 7, mode >> 3 & 7, mode & 7);
        let everyone = Sid::everyone();
        let allowed = |bits: u16| {
            let changes =
                if is_directory && bits & 3 == 3 { AccessMask::DELETE_CHILD } else { AccessMask::empty() };
            let attributes = if bits & 2 != 0 { AccessMask::WRITE_ATTRIBUTES } else { AccessMask::empty() };
            LOOK | mask(bits) | changes | attributes
        };
        let denied = |bits: u16| (bits != 0).then(|| mask(bits));
        let entries = [
            denied(!owner & (group | other) & 7).map(|m| Ace::deny(self.owner.clone(), m, 0)),
            Some(Ace::allow(self.owner.clone(), OWNERS | allowed(owner), 0)),
            denied(!group & other & 7).map(|m| Ace::deny(self.group.clone(), m, 0)),
            (group != 0).then(|| Ace::allow(self.group.clone(), allowed(group), 0)),
            (other != 0).then(|| Ace::allow(everyone, allowed(other), 0)),
        ];
        SecurityDescriptor {
            control: 0,
            owner: Some(self.owner.clone()),
            group: Some(self.group.clone()),
            sacl: None,
            dacl: Some(Some(Acl::new(entries.into_iter().flatten().collect()))),
        }
    }

    /// The nine bits that come nearest to what a descriptor says, and whether they say all of it.
    pub(crate) fn mode_of(&self, descriptor: &SecurityDescriptor) -> (u16, bool) {
        let everyone = Sid::everyone();
        let owned = [(&descriptor.owner, &self.owner), (&descriptor.group, &self.group)];
        let theirs = owned.iter().all(|(named, is)| named.as_ref().is_none_or(|sid| sid == *is));
        let rest_is_said = theirs && descriptor.sacl.is_none();
        let Some(Some(dacl)) = &descriptor.dacl else { return (0o777, rest_is_said) };
        let class = |members: &[&Sid]| {
            let (mut allowed, mut decided) = (AccessMask::empty(), AccessMask::empty());
            for entry in &dacl.entries {
                let concerns = entry.flags & Ace::INHERIT_ONLY == 0
                    && entry.sid().is_some_and(|sid| members.contains(&sid));
                let Some(rights) = entry_mask(entry).filter(|_| concerns) else { continue };
                if entry.kind == AceType::ACCESS_ALLOWED {
                    allowed |= rights.difference(decided);
                }
                decided |= rights;
            }
            BITS.into_iter().filter(|(_, m)| allowed.contains(*m)).fold(0, |all, (bit, _)| all | bit)
        };
        let mode = class(&[&self.owner, &self.group, &everyone]) << 6
            | class(&[&self.group, &everyone]) << 3
            | class(&[&everyone]);
        let plain = dacl.entries.iter().all(|entry| self.is_plain(entry, &everyone));
        (mode, plain && rest_is_said)
    }

    /// Whether a mode can say all that an entry says.
    fn is_plain(&self, entry: &Ace, everyone: &Sid) -> bool {
        let known = entry.sid().is_some_and(|sid| [&self.owner, &self.group, everyone].contains(&sid));
        let Some(rights) = entry_mask(entry).filter(|_| known && entry.flags & !Ace::INHERITED == 0) else {
            return false;
        };
        let whole = BITS.into_iter().all(|(_, m)| rights.contains(m) || !rights.intersects(m));
        let rest = rights.difference(mask(7));
        let rest_is_said = match entry.kind {
            AceType::ACCESS_ALLOWED => BESIDES.contains(rest),
            AceType::ACCESS_DENIED => rest.is_empty(),
            _ => false,
        };
        whole && rest_is_said
    }
}

/// The rights an entry is about, generic ones spelled out.
fn entry_mask(entry: &Ace) -> Option<AccessMask> {
    match &entry.body {
        AceBody::Rights { mask, .. } => Some(mask.map_generic()),
        AceBody::Opaque(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lanward_nt::security::{Privileges, Token, granted};

    fn owner() -> Sid {
        Sid::new(22, &[1, 1000])
    }

    fn group() -> Sid {
        Sid::new(22, &[2, 100])
    }

    fn classes() -> Classes {
        Classes { owner: owner(), group: group() }
    }

    fn token(user: Sid, groups: &[Sid]) -> Token {
        let groups = groups.iter().cloned().chain([Sid::everyone()]).collect();
        Token { user, groups, primary_group: Sid::users(), privileges: Privileges::empty() }
    }

    fn descriptor(entries: Vec<Ace>) -> SecurityDescriptor {
        let dacl = Some(Some(Acl::new(entries)));
        SecurityDescriptor {
            owner: Some(owner()),
            group: Some(group()),
            dacl,
            ..SecurityDescriptor::default()
        }
    }

    #[test]
    fn every_mode_is_said_and_read_back() {
        for mode in 0..0o1000 {
            for is_directory in [false, true] {
                let said = classes().descriptor(mode, is_directory);
                assert_eq!(classes().mode_of(&said), (mode, true), "{mode:o}");
                for (who, shift) in [
                    (token(owner(), &[]), 6),
                    (token(owner(), &[group()]), 6),
                    (token(Sid::new(22, &[1, 7]), &[group()]), 3),
                    (token(Sid::new(22, &[1, 7]), &[]), 0),
                ] {
                    let may = granted(&said, &who);
                    for (bit, rights) in BITS {
                        let expected = mode >> shift & bit != 0;
                        assert_eq!(may.contains(rights), expected, "{mode:o} {bit} {shift}");
                        assert_eq!(may.intersects(rights), expected, "{mode:o} {bit} {shift}");
                    }
                    assert_eq!(may.contains(AccessMask::WRITE_DAC), shift == 6, "owners change the mode");
                }
            }
        }
    }

    #[test]
    fn what_windows_sets_comes_near() {
        let full = AccessMask::FILE_ALL_ACCESS;
        let read = AccessMask::FILE_GENERIC_READ | AccessMask::FILE_GENERIC_EXECUTE;
        let somebody = Sid::new(22, &[1, 7]);
        let both = Ace::OBJECT_INHERIT | Ace::CONTAINER_INHERIT;
        for (entries, expected) in [
            (vec![Ace::allow(Sid::everyone(), full, 0)], (0o777, true)),
            (
                vec![Ace::allow(owner(), AccessMask::GENERIC_ALL, 0), Ace::allow(group(), read, 0)],
                (0o750, true),
            ),
            (vec![Ace::allow(owner(), full, Ace::INHERITED)], (0o700, true)),
            (vec![], (0, true)),
            // What a mode cannot say.
            (vec![Ace::allow(owner(), full, 0), Ace::allow(somebody.clone(), full, 0)], (0o700, false)),
            (vec![Ace::deny(somebody, full, 0), Ace::allow(Sid::everyone(), read, 0)], (0o555, false)),
            (vec![Ace::allow(Sid::everyone(), full, both)], (0o777, false)),
            (vec![Ace::allow(Sid::everyone(), full, both | Ace::INHERIT_ONLY)], (0, false)),
            (vec![Ace::allow(owner(), AccessMask::READ_DATA, 0)], (0, false)),
            (vec![Ace::deny(owner(), AccessMask::DELETE, 0), Ace::allow(owner(), full, 0)], (0o700, false)),
        ] {
            assert_eq!(classes().mode_of(&descriptor(entries.clone())), expected, "{entries:?}");
        }
        let null = SecurityDescriptor { dacl: Some(None), ..SecurityDescriptor::default() };
        assert_eq!(classes().mode_of(&null), (0o777, true));
        let other = SecurityDescriptor { owner: Some(Sid::administrators()), ..null.clone() };
        assert!(!classes().mode_of(&other).1);
        let audited = SecurityDescriptor { sacl: Some(Some(Acl::new(vec![]))), ..null };
        assert!(!classes().mode_of(&audited).1);
    }
}
