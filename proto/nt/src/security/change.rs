//! Parts of a descriptor: what of it is told, and what becomes of it when some of it is set.

use super::inherit::mapped;
use super::{Ace, AceType, Acl, SecurityDescriptor, SecurityInformation};

const DACL_BITS: u16 = SecurityDescriptor::DACL_DEFAULTED
    | SecurityDescriptor::DACL_AUTO_INHERIT_REQ
    | SecurityDescriptor::DACL_AUTO_INHERITED
    | SecurityDescriptor::DACL_PROTECTED;
const SACL_BITS: u16 = SecurityDescriptor::SACL_DEFAULTED
    | SecurityDescriptor::SACL_AUTO_INHERIT_REQ
    | SecurityDescriptor::SACL_AUTO_INHERITED
    | SecurityDescriptor::SACL_PROTECTED;

impl SecurityDescriptor {
    /// The parts `info` names ([MS-FSA] 2.1.5.14).
    #[must_use]
    pub fn parts(&self, info: SecurityInformation) -> Self {
        let has = |part| info.contains(part);
        let (audit, label) = (has(SecurityInformation::SACL), has(SecurityInformation::LABEL));
        let mut control = 0;
        if has(SecurityInformation::DACL) {
            control |= self.control & DACL_BITS;
        }
        if audit || label {
            control |= self.control & SACL_BITS;
        }
        let wanted = |ace: &Ace| if is_label(ace) { label } else { audit };
        let sacl = self.sacl.as_ref().map(|list| list.as_ref().map(|list| filtered(list, wanted)));
        Self {
            control,
            owner: self.owner.clone().filter(|_| has(SecurityInformation::OWNER)),
            group: self.group.clone().filter(|_| has(SecurityInformation::GROUP)),
            sacl: sacl.filter(|_| audit || label),
            dacl: self.dacl.clone().filter(|_| has(SecurityInformation::DACL)),
        }
    }

    /// This descriptor with the parts `info` names as `new` has them ([MS-FSA] 2.1.5.17, [MS-DTYP] 2.4.6 Control). A list is marked as inherited
    /// when `new` both says and demands that; generic rights become a file's. An owner or group that `new` lacks stays.
    #[must_use]
    pub fn with_parts(&self, info: SecurityInformation, new: &Self, is_directory: bool) -> Self {
        let mut changed = self.clone();
        if info.contains(SecurityInformation::OWNER) && new.owner.is_some() {
            changed.owner.clone_from(&new.owner);
        }
        if info.contains(SecurityInformation::GROUP) && new.group.is_some() {
            changed.group.clone_from(&new.group);
        }
        if info.contains(SecurityInformation::DACL) {
            changed.control = self.control & !DACL_BITS | inherited(new.control, DACL_BITS);
            // A list that is said to be set and is not there is the NULL one.
            changed.dacl = Some(new.dacl.clone().flatten().map(|list| mapped(&list, is_directory)));
        }
        let (audit, label) =
            (info.contains(SecurityInformation::SACL), info.contains(SecurityInformation::LABEL));
        if audit {
            changed.control = changed.control & !SACL_BITS | inherited(new.control, SACL_BITS);
        }
        if audit || label {
            let kept = self.list_of(|ace| if is_label(ace) { !label } else { !audit });
            let added = new.list_of(|ace| if is_label(ace) { label } else { audit });
            let entries: Vec<Ace> = kept.into_iter().chain(added).collect();
            let empty = entries.is_empty() && !(audit && matches!(new.sacl, Some(Some(_))));
            changed.sacl = (!empty).then(|| Some(mapped(&Acl::new(entries), is_directory)));
        }
        changed
    }

    fn list_of(&self, wanted: impl Fn(&Ace) -> bool) -> Vec<Ace> {
        let list = self.sacl.as_ref().and_then(Option::as_ref);
        list.map(|list| filtered(list, wanted).entries).unwrap_or_default()
    }
}

fn is_label(ace: &Ace) -> bool {
    ace.kind == AceType::SYSTEM_MANDATORY_LABEL
}

fn filtered(list: &Acl, wanted: impl Fn(&Ace) -> bool) -> Acl {
    let entries = list.entries.iter().filter(|ace| wanted(ace)).cloned().collect();
    Acl { directory_service: list.directory_service, entries }
}

/// "When both DC and DI are set, the resulting security descriptor sets DI; the DC setting is not preserved."
fn inherited(control: u16, bits: u16) -> u16 {
    let required = SecurityDescriptor::DACL_AUTO_INHERIT_REQ | SecurityDescriptor::SACL_AUTO_INHERIT_REQ;
    let done = SecurityDescriptor::DACL_AUTO_INHERITED | SecurityDescriptor::SACL_AUTO_INHERITED;
    let control = control & bits;
    let kept = control & (SecurityDescriptor::DACL_PROTECTED | SecurityDescriptor::SACL_PROTECTED);
    if control & required != 0 { kept | control & done } else { kept }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{AccessMask, Sid};
    use proptest::prelude::*;

    type Info = SecurityInformation;

    fn whole() -> SecurityDescriptor {
        let audit =
            Ace { kind: AceType::SYSTEM_AUDIT, ..Ace::allow(Sid::everyone(), AccessMask::DELETE, 0x40) };
        let label = Ace {
            kind: AceType::SYSTEM_MANDATORY_LABEL,
            ..Ace::allow(Sid::new(16, &[4096]), AccessMask::READ_DATA, 0)
        };
        SecurityDescriptor {
            control: SecurityDescriptor::DACL_PROTECTED | SecurityDescriptor::SACL_AUTO_INHERITED,
            owner: Some(Sid::administrators()),
            group: Some(Sid::users()),
            sacl: Some(Some(Acl::new(vec![audit, label]))),
            dacl: Some(Some(Acl::new(vec![Ace::allow(Sid::everyone(), AccessMask::READ_DATA, 0)]))),
        }
    }

    fn kinds(sd: &SecurityDescriptor) -> Vec<AceType> {
        sd.sacl.iter().flatten().flat_map(|l| l.entries.iter().map(|a| a.kind)).collect()
    }

    #[test]
    fn only_what_was_asked_for_is_told() {
        assert_eq!(whole().parts(Info::empty()), SecurityDescriptor::default());
        let owner = whole().parts(Info::OWNER);
        assert_eq!(owner, SecurityDescriptor { owner: whole().owner, ..SecurityDescriptor::default() });
        let dacl = whole().parts(Info::DACL);
        assert_eq!((dacl.control, dacl.dacl), (SecurityDescriptor::DACL_PROTECTED, whole().dacl));
        assert_eq!(kinds(&whole().parts(Info::SACL)), [AceType::SYSTEM_AUDIT]);
        assert_eq!(kinds(&whole().parts(Info::LABEL)), [AceType::SYSTEM_MANDATORY_LABEL]);
        assert_eq!(whole().parts(Info::all()), whole());
    }

    #[test]
    fn labels_and_audits_are_set_apart() {
        let none = SecurityDescriptor::default();
        let audits = whole().with_parts(Info::LABEL, &none, false);
        assert_eq!(kinds(&audits), [AceType::SYSTEM_AUDIT]);
        assert_eq!(kinds(&whole().with_parts(Info::SACL, &none, false)), [AceType::SYSTEM_MANDATORY_LABEL]);
        assert_eq!(whole().with_parts(Info::SACL | Info::LABEL, &none, false).sacl, None);
        assert_eq!(none.with_parts(Info::SACL | Info::LABEL, &whole(), false).sacl, whole().sacl);
    }

    #[test]
    fn a_list_is_marked_as_inherited_only_on_demand() {
        let (done, demand) =
            (SecurityDescriptor::DACL_AUTO_INHERITED, SecurityDescriptor::DACL_AUTO_INHERIT_REQ);
        let protected = SecurityDescriptor::DACL_PROTECTED;
        for (given, kept) in
            [(done, 0), (demand, 0), (done | demand, done), (done | demand | protected, done | protected)]
        {
            let new = SecurityDescriptor { control: given, ..whole() };
            let set = SecurityDescriptor::default().with_parts(Info::DACL, &new, false);
            assert_eq!(set.control, kept, "{given:#x}");
        }
        let owned = whole().with_parts(Info::OWNER, &SecurityDescriptor::default(), false);
        assert_eq!(owned, whole(), "an owner that is not there changes nothing");
    }

    #[test]
    fn a_list_that_is_not_there_lets_everybody_in() {
        let set = whole().with_parts(Info::DACL, &SecurityDescriptor::default(), false);
        assert_eq!((set.dacl, set.control), (Some(None), SecurityDescriptor::SACL_AUTO_INHERITED));
    }

    proptest! {
        #[test]
        fn what_is_set_is_told_and_the_rest_stays(bits in 0u32..16, control: u16) {
            let info = Info::from_bits_retain(bits);
            let new = SecurityDescriptor { control: control & !inherited(0xffff, 0xffff), ..whole() };
            let new = SecurityDescriptor { owner: Some(Sid::guests()), group: Some(Sid::guests()), ..new };
            let set = whole().with_parts(info, &new, false);
            prop_assert_eq!(set.parts(info).owner, new.parts(info).owner);
            prop_assert_eq!(set.parts(info).dacl, new.parts(info).dacl);
            prop_assert_eq!(set.parts(info.complement() & Info::from_bits_retain(15)),
                whole().parts(info.complement() & Info::from_bits_retain(15)));
        }
    }
}
