//! [MS-DTYP] 2.5.3.4: the descriptor of a new object, from its parent's, the one its creator gives and the creator's token.

use super::{Ace, AceBody, Acl, SecurityDescriptor, Token};
use crate::{AccessMask, Sid};

const GENERIC: AccessMask = AccessMask::GENERIC_ALL
    .union(AccessMask::GENERIC_EXECUTE)
    .union(AccessMask::GENERIC_WRITE)
    .union(AccessMask::GENERIC_READ);
/// What must be set on a parent for its entries to be inherited further down.
const INHERITABLE: u8 = Ace::OBJECT_INHERIT | Ace::CONTAINER_INHERIT;

/// Which of the two lists is meant, by its control bits.
#[derive(Debug, Clone, Copy)]
struct Bits {
    auto_inherited: u16,
    protected: u16,
}

const DACL: Bits = Bits {
    auto_inherited: SecurityDescriptor::DACL_AUTO_INHERITED,
    protected: SecurityDescriptor::DACL_PROTECTED,
};
const SACL: Bits = Bits {
    auto_inherited: SecurityDescriptor::SACL_AUTO_INHERITED,
    protected: SecurityDescriptor::SACL_PROTECTED,
};

impl SecurityDescriptor {
    /// [MS-DTYP] 2.5.3.4.1 CreateSecurityDescriptor for a file or directory made in a directory that has `parent`. Entries of the parent are
    /// marked as inherited, and added to those of the creator, where the parent's own list is marked so. What nothing is inherited for
    /// and nothing given gets the token's default list: everything for its owner and the system.
    #[must_use]
    pub fn for_new_object(parent: &Self, creator: Option<&Self>, is_directory: bool, token: &Token) -> Self {
        let given = |part: fn(&Self) -> Option<&Sid>| creator.and_then(part).cloned();
        let owner = given(|sd| sd.owner.as_ref()).unwrap_or_else(|| token.user.clone());
        let group = given(|sd| sd.group.as_ref()).unwrap_or_else(|| token.primary_group.clone());
        let place = Place { is_directory, owner: &owner, group: &group };
        let list = |part: fn(&Self) -> &Option<Option<Acl>>, bits| {
            let creator = creator.map(|sd| (part(sd), sd.control));
            place.new_list((part(parent).as_ref(), parent.control), creator, bits)
        };
        let (dacl, dacl_control) = list(|sd| &sd.dacl, DACL);
        let (sacl, sacl_control) = list(|sd| &sd.sacl, SACL);
        let dacl = dacl.or_else(|| Some(Some(default_list(&owner))));
        Self { control: dacl_control | sacl_control, owner: Some(owner), group: Some(group), sacl, dacl }
    }

    /// What an object without a descriptor of its own has because of `parent`: entries that are inherited, marked so, and nothing else.
    /// `None`: nothing is.
    #[must_use]
    pub fn inherited(parent: &Self, is_directory: bool, owner: &Sid, group: &Sid) -> Option<Self> {
        let place = Place { is_directory, owner, group };
        let entries = place.handed_down(parent.dacl.as_ref()?.as_ref()?, true);
        (!entries.is_empty()).then(|| Self {
            control: DACL.auto_inherited,
            owner: Some(owner.clone()),
            group: Some(group.clone()),
            sacl: None,
            dacl: Some(Some(Acl::new(entries))),
        })
    }
}

/// The token's default list ([MS-DTYP] 2.5.2 DefaultDACL).
fn default_list(owner: &Sid) -> Acl {
    let all = |sid| Ace::allow(sid, AccessMask::FILE_ALL_ACCESS, 0);
    Acl::new(vec![all(owner.clone()), all(Sid::local_system())])
}

/// What is made, and whose it will be.
struct Place<'a> {
    is_directory: bool,
    owner: &'a Sid,
    group: &'a Sid,
}

impl Place<'_> {
    /// [MS-DTYP] 2.5.3.4.2 ComputeACL, and the control bits the list comes with.
    fn new_list(
        &self,
        (parent, parent_control): (Option<&Option<Acl>>, u16),
        creator: Option<(&Option<Option<Acl>>, u16)>,
        bits: Bits,
    ) -> (Option<Option<Acl>>, u16) {
        let auto = parent_control & bits.auto_inherited != 0;
        let above = parent.and_then(Option::as_ref);
        let inherited = above.map(|list| self.handed_down(list, auto)).unwrap_or_default();
        let marked = if auto { bits.auto_inherited } else { 0 };
        match creator {
            Some((Some(None), control)) => (Some(None), control & bits.protected),
            Some((Some(Some(list)), control)) => {
                let protected = control & bits.protected != 0;
                let mut entries = self.given(list, protected);
                let adds = auto && !protected && !inherited.is_empty();
                if adds {
                    entries.extend(inherited);
                }
                let control = if adds { marked } else { control & bits.protected };
                (Some(Some(Acl { directory_service: list.directory_service, entries })), control)
            }
            _ if inherited.is_empty() => (None, 0),
            _ => (Some(Some(Acl::new(inherited))), marked),
        }
    }

    /// [MS-DTYP] 2.5.3.4.4 ComputeInheritedACLfromParent
    fn handed_down(&self, list: &Acl, mark: bool) -> Vec<Ace> {
        let mark = if mark { Ace::INHERITED } else { 0 };
        let mut entries = Vec::new();
        for ace in list.entries.iter().filter(|ace| ace.flags & INHERITABLE != 0) {
            let kept = ace.flags & !(Ace::INHERITANCE | Ace::INHERITED) | mark;
            let here = if self.is_directory { Ace::CONTAINER_INHERIT } else { Ace::OBJECT_INHERIT };
            let effective = ace.flags & here != 0;
            let propagates = self.is_directory && ace.flags & Ace::NO_PROPAGATE_INHERIT == 0;
            let further = kept | ace.flags & INHERITABLE;
            if effective && propagates && !needs_two(ace) {
                entries.push(Ace { flags: further, ..ace.clone() });
                continue;
            }
            if effective {
                entries.push(self.concrete(ace, kept));
            }
            if propagates {
                entries.push(Ace { flags: further | Ace::INHERIT_ONLY, ..ace.clone() });
            }
        }
        entries
    }

    /// [MS-DTYP] 2.5.3.4.6 PreProcessACLfromCreator and .7 PostProcessACL: what was inherited elsewhere goes, unless the list is protected.
    fn given(&self, list: &Acl, protected: bool) -> Vec<Ace> {
        let own = list.entries.iter().filter(|ace| protected || ace.flags & Ace::INHERITED == 0);
        let mut entries = Vec::new();
        for ace in own {
            let ace = Ace { flags: ace.flags & !Ace::INHERITED, ..ace.clone() };
            if ace.flags & Ace::INHERIT_ONLY != 0 {
                entries.push(ace);
            } else if self.is_directory && ace.flags & INHERITABLE != 0 && needs_two(&ace) {
                entries.push(self.concrete(&ace, ace.flags & !Ace::INHERITANCE));
                entries.push(Ace { flags: ace.flags | Ace::INHERIT_ONLY, ..ace });
            } else {
                entries.push(self.concrete(&ace, ace.flags));
            }
        }
        entries
    }

    /// An entry as it counts for this very object: creators have names, generic rights their meaning.
    fn concrete(&self, ace: &Ace, flags: u8) -> Ace {
        let AceBody::Rights { mask, sid, data } = &ace.body else { return Ace { flags, ..ace.clone() } };
        let sid = match sid {
            sid if *sid == Sid::creator_owner() => self.owner,
            sid if *sid == Sid::creator_group() => self.group,
            sid => sid,
        };
        let body = AceBody::Rights { mask: mask.map_generic(), sid: sid.clone(), data: data.clone() };
        Ace { kind: ace.kind, flags, body }
    }
}

/// Whether an entry means something else for the object itself than for what is made in it.
fn needs_two(ace: &Ace) -> bool {
    let AceBody::Rights { mask, sid, .. } = &ace.body else { return false };
    mask.intersects(GENERIC) || *sid == Sid::creator_owner() || *sid == Sid::creator_group()
}

/// A list as it is kept when it is set on an object that exists: generic rights get their meaning, and where a directory passes them
/// on as they are, the entry becomes two. Creators stay creators.
pub(super) fn mapped(list: &Acl, is_directory: bool) -> Acl {
    let mut entries = Vec::new();
    for ace in &list.entries {
        let AceBody::Rights { mask, sid, data } = &ace.body else {
            entries.push(ace.clone());
            continue;
        };
        if ace.flags & Ace::INHERIT_ONLY != 0 || !mask.intersects(GENERIC) {
            entries.push(ace.clone());
            continue;
        }
        let body = AceBody::Rights { mask: mask.map_generic(), sid: sid.clone(), data: data.clone() };
        if is_directory && ace.flags & INHERITABLE != 0 {
            entries.push(Ace { kind: ace.kind, flags: ace.flags & !Ace::INHERITANCE, body });
            entries.push(Ace { flags: ace.flags | Ace::INHERIT_ONLY, ..ace.clone() });
        } else {
            entries.push(Ace { body, ..ace.clone() });
        }
    }
    Acl { directory_service: list.directory_service, entries }
}

#[cfg(test)]
mod tests {
    use super::super::Privileges;
    use super::*;
    use proptest::prelude::*;

    const OI: u8 = Ace::OBJECT_INHERIT;
    const CI: u8 = Ace::CONTAINER_INHERIT;
    const NP: u8 = Ace::NO_PROPAGATE_INHERIT;
    const IO: u8 = Ace::INHERIT_ONLY;
    const ID: u8 = Ace::INHERITED;

    fn alice() -> Sid {
        Sid::new(5, &[21, 1, 2, 3, 1000])
    }

    fn token() -> Token {
        let (user, primary_group) = (alice(), Sid::users());
        Token { user, groups: vec![Sid::everyone()], primary_group, privileges: Privileges::empty() }
    }

    fn parent(entries: Vec<Ace>, control: u16) -> SecurityDescriptor {
        SecurityDescriptor {
            control,
            owner: Some(Sid::administrators()),
            group: Some(Sid::administrators()),
            dacl: Some(Some(Acl::new(entries))),
            sacl: None,
        }
    }

    fn entries(sd: &SecurityDescriptor) -> Vec<Ace> {
        sd.dacl.clone().flatten().unwrap().entries
    }

    fn flags_of_child(flags: u8, sid: Sid, is_directory: bool) -> Vec<(u8, Sid)> {
        let above = parent(vec![Ace::allow(sid, AccessMask::WRITE_DATA, flags)], 0);
        let child = SecurityDescriptor::inherited(&above, is_directory, &alice(), &Sid::users());
        child.map_or_else(Vec::new, |sd| {
            entries(&sd).into_iter().map(|a| (a.flags, a.sid().unwrap().clone())).collect()
        })
    }

    /// The table of [MS-DTYP] 2.5.3.4.4, with IO as it is handled there: it takes no part in the decision.
    #[test]
    fn the_table_of_flags() {
        for io in [0, IO] {
            for (flags, directory, file) in [
                (0, None, None),
                (NP, None, None),
                (OI, Some(OI | IO), Some(0)),
                (OI | NP, None, Some(0)),
                (CI, Some(CI), None),
                (CI | NP, Some(0), None),
                (CI | OI, Some(CI | OI), Some(0)),
                (CI | OI | NP, Some(0), Some(0)),
            ] {
                let expected =
                    |f: Option<u8>| f.map(|f| (f | ID, Sid::users())).into_iter().collect::<Vec<_>>();
                assert_eq!(flags_of_child(flags | io, Sid::users(), true), expected(directory), "{flags}");
                assert_eq!(flags_of_child(flags | io, Sid::users(), false), expected(file), "{flags}");
            }
        }
    }

    #[test]
    fn creators_get_names_and_stay_for_what_comes_after() {
        let creator = Sid::creator_owner;
        assert_eq!(flags_of_child(OI, creator(), false), [(ID, alice())]);
        assert_eq!(flags_of_child(OI, creator(), true), [(OI | IO | ID, creator())]);
        assert_eq!(flags_of_child(CI, creator(), true), [(ID, alice()), (CI | IO | ID, creator())]);
        assert_eq!(flags_of_child(CI | NP, creator(), true), [(ID, alice())]);
        assert_eq!(flags_of_child(CI, Sid::creator_group(), true)[0].1, Sid::users());
        let generic = parent(vec![Ace::allow(Sid::users(), AccessMask::GENERIC_READ, CI | OI)], 0);
        let child = SecurityDescriptor::for_new_object(&generic, None, true, &token());
        let read = Ace::allow(Sid::users(), AccessMask::FILE_GENERIC_READ, 0);
        let further = Ace::allow(Sid::users(), AccessMask::GENERIC_READ, CI | OI | IO);
        assert_eq!(entries(&child), [read, further]);
    }

    #[test]
    fn only_a_list_that_was_inherited_itself_marks_what_it_hands_down() {
        let list = vec![Ace::allow(Sid::users(), AccessMask::READ_DATA, OI | ID)];
        let child = SecurityDescriptor::for_new_object(&parent(list.clone(), 0), None, false, &token());
        assert_eq!((child.control, entries(&child)[0].flags), (0, 0));
        let auto = SecurityDescriptor::DACL_AUTO_INHERITED;
        let child = SecurityDescriptor::for_new_object(&parent(list, auto), None, false, &token());
        assert_eq!((child.control, entries(&child)[0].flags), (auto, ID));
        assert_eq!((child.owner, child.group), (Some(alice()), Some(Sid::users())));
    }

    #[test]
    fn without_anything_to_inherit_the_default_list_is_used() {
        let above = parent(vec![Ace::allow(Sid::everyone(), AccessMask::FILE_ALL_ACCESS, CI)], 0);
        let child = SecurityDescriptor::for_new_object(&above, None, false, &token());
        let all = |sid| Ace::allow(sid, AccessMask::FILE_ALL_ACCESS, 0);
        assert_eq!(entries(&child), [all(alice()), all(Sid::local_system())]);
        assert_eq!(SecurityDescriptor::inherited(&above, false, &alice(), &alice()), None);
    }

    #[test]
    fn what_the_creator_gives_comes_first() {
        let auto = SecurityDescriptor::DACL_AUTO_INHERITED;
        let above = parent(vec![Ace::allow(Sid::users(), AccessMask::READ_DATA, OI | CI)], auto);
        let own = Ace::deny(Sid::guests(), AccessMask::READ_DATA, 0);
        let old = Ace::allow(Sid::guests(), AccessMask::WRITE_DATA, ID);
        let mut given = parent(vec![own.clone(), old.clone()], 0);
        given.owner = None;
        let make = |given: &SecurityDescriptor, above: &SecurityDescriptor| {
            SecurityDescriptor::for_new_object(above, Some(given), false, &token())
        };
        let child = make(&given, &above);
        assert_eq!(entries(&child), [own.clone(), Ace::allow(Sid::users(), AccessMask::READ_DATA, ID)]);
        assert_eq!((child.control, child.owner), (auto, Some(alice())));
        assert_eq!(entries(&make(&given, &parent(Vec::new(), auto))), std::slice::from_ref(&own));
        given.control = SecurityDescriptor::DACL_PROTECTED;
        let child = make(&given, &above);
        assert_eq!(entries(&child), [own, Ace { flags: 0, ..old }], "a protected list stays what it is");
        assert_eq!(child.control, SecurityDescriptor::DACL_PROTECTED);
        given.dacl = Some(None);
        assert_eq!(make(&given, &above).dacl, Some(None));
        given.dacl = None;
        assert_eq!(entries(&make(&given, &above)).len(), 1, "only inherited ones");
    }

    #[test]
    fn a_creators_own_entries_become_concrete() {
        let none = parent(Vec::new(), 0);
        let given = parent(vec![Ace::allow(Sid::creator_owner(), AccessMask::GENERIC_ALL, CI | OI)], 0);
        let child = SecurityDescriptor::for_new_object(&none, Some(&given), true, &token());
        let first = Ace::allow(Sid::administrators(), AccessMask::FILE_ALL_ACCESS, 0);
        let second = Ace::allow(Sid::creator_owner(), AccessMask::GENERIC_ALL, CI | OI | IO);
        assert_eq!(entries(&child), [first, second]);
    }

    #[test]
    fn generic_rights_are_kept_for_children_when_a_list_is_set() {
        let list = Acl::new(vec![
            Ace::allow(Sid::users(), AccessMask::GENERIC_READ, CI),
            Ace::allow(Sid::users(), AccessMask::GENERIC_READ, CI | IO),
            Ace::allow(Sid::users(), AccessMask::READ_DATA, CI),
        ]);
        let read = AccessMask::FILE_GENERIC_READ;
        let generic = Ace::allow(Sid::users(), AccessMask::GENERIC_READ, CI | IO);
        let plain = Ace::allow(Sid::users(), AccessMask::READ_DATA, CI);
        let here = Ace::allow(Sid::users(), read, 0);
        assert_eq!(mapped(&list, true).entries, [here, generic.clone(), generic.clone(), plain.clone()]);
        let here = Ace::allow(Sid::users(), read, CI);
        assert_eq!(mapped(&list, false).entries, [here, generic, plain]);
    }

    proptest! {
        /// However deep: a file gets what the table says, directory by directory, and its rights never depend on how often a generic or creator's
        /// entry was split.
        #[test]
        fn depth_changes_nothing_but_no_propagate(flags in 0u8..16, depth in 0usize..4, generic: bool) {
            let mask = if generic { AccessMask::GENERIC_READ } else { AccessMask::FILE_GENERIC_READ };
            let mut above = parent(vec![Ace::allow(Sid::creator_owner(), mask, flags)], 0);
            for _ in 0..depth {
                match SecurityDescriptor::inherited(&above, true, &alice(), &Sid::users()) {
                    Some(next) => above = next,
                    None => return Ok(()),
                }
            }
            let file = SecurityDescriptor::inherited(&above, false, &alice(), &Sid::users());
            let reaches = flags & OI != 0 && (depth == 0 || flags & NP == 0);
            prop_assert_eq!(file.is_some(), reaches);
            for ace in file.iter().flat_map(entries) {
                prop_assert_eq!(ace, Ace::allow(alice(), AccessMask::FILE_GENERIC_READ, ID));
            }
        }
    }
}
