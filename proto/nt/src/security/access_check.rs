//! [MS-DTYP] 2.5.3.2: what a descriptor and a token allow together.

use super::{Ace, AceBody, AceType, Privileges, SecurityDescriptor, Token};
use crate::{AccessMask, Sid};
use lanward_wire::{Decode as _, Reader};

/// Why some rights are given or withheld.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason<'a> {
    /// A privilege.
    Privilege(Privileges),
    /// The object's owner may always read its descriptor and change its list, unless the list says what owners may.
    Owner,
    /// There is no list, or a NULL one: everybody may do everything.
    NoList,
    /// An entry of the list, by its place.
    Entry(usize, &'a Ace),
}

/// One thing that was looked at, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step<'a> {
    /// What it was.
    pub reason: Reason<'a>,
    /// Whether it concerns whoever asks.
    pub applies: bool,
    /// Rights it gave that were not decided before.
    pub allowed: AccessMask,
    /// Rights it took that were not decided before.
    pub denied: AccessMask,
}

/// Every right `token` has on a file with this descriptor: what MAXIMUM_ALLOWED comes to. Each right is decided by the first entry that
/// names it; one no entry names is not given. An empty list gives nothing.
#[must_use]
pub fn granted(descriptor: &SecurityDescriptor, token: &Token) -> AccessMask {
    examine(descriptor, token, &mut |_| {})
}

/// As [`granted`], telling what was looked at.
pub fn examine(descriptor: &SecurityDescriptor, token: &Token, seen: &mut dyn FnMut(Step<'_>)) -> AccessMask {
    let mut sum = Sum { allowed: AccessMask::empty(), denied: AccessMask::empty(), seen };
    let privileges = [
        (Privileges::SECURITY, AccessMask::ACCESS_SYSTEM_SECURITY),
        (Privileges::TAKE_OWNERSHIP, AccessMask::WRITE_OWNER),
    ];
    for (privilege, right) in privileges {
        if token.privileges.contains(privilege) {
            sum.add(Reason::Privilege(privilege), true, right, AccessMask::empty());
        }
    }
    let Some(Some(list)) = &descriptor.dacl else {
        sum.add(Reason::NoList, true, AccessMask::FILE_ALL_ACCESS, AccessMask::empty());
        return sum.allowed;
    };
    let is_owner = descriptor.owner.as_ref().is_some_and(|owner| token.has(owner));
    let effective = || list.entries.iter().enumerate().filter(|(_, ace)| ace.flags & Ace::INHERIT_ONLY == 0);
    let owner_rights = Sid::owner_rights();
    if is_owner && !effective().any(|(_, ace)| ace.sid() == Some(&owner_rights)) {
        let implied = AccessMask::READ_CONTROL | AccessMask::WRITE_DAC;
        sum.add(Reason::Owner, true, implied, AccessMask::empty());
    }
    let concerns = |sid: &Sid| token.has(sid) || (is_owner && *sid == owner_rights);
    for (index, ace) in effective() {
        let Some(effect) = effect(ace) else { continue };
        let applies = concerns(&effect.sid);
        let mask = if applies { effect.mask.map_generic() } else { AccessMask::empty() };
        let (allowed, denied) =
            if effect.denies { (AccessMask::empty(), mask) } else { (mask, AccessMask::empty()) };
        sum.add(Reason::Entry(index, ace), applies, allowed, denied);
    }
    sum.allowed
}

/// What was decided so far.
struct Sum<'s> {
    allowed: AccessMask,
    denied: AccessMask,
    seen: &'s mut dyn FnMut(Step<'_>),
}

impl Sum<'_> {
    fn add(&mut self, reason: Reason<'_>, applies: bool, allowed: AccessMask, denied: AccessMask) {
        let decided = self.allowed.union(self.denied);
        let (allowed, denied) = (allowed.difference(decided), denied.difference(decided));
        self.allowed |= allowed;
        self.denied |= denied;
        (self.seen)(Step { reason, applies, allowed, denied });
    }
}

/// What an entry does to a file's rights.
struct Effect {
    denies: bool,
    mask: AccessMask,
    sid: Sid,
}

/// `None` for an entry that neither allows nor denies here. A condition cannot be answered, so that an entry that depends on one denies
/// but never allows ([MS-DTYP] 2.4.4.17.3); files have no object types, so that an object entry denies always and allows only
/// without one.
fn effect(ace: &Ace) -> Option<Effect> {
    let denies = match ace.kind {
        AceType::ACCESS_ALLOWED | AceType::ACCESS_ALLOWED_OBJECT => false,
        AceType::ACCESS_DENIED
        | AceType::ACCESS_DENIED_OBJECT
        | AceType::ACCESS_DENIED_CALLBACK
        | AceType::ACCESS_DENIED_CALLBACK_OBJECT => true,
        _ => return None,
    };
    match &ace.body {
        AceBody::Rights { mask, sid, .. } => Some(Effect { denies, mask: *mask, sid: sid.clone() }),
        AceBody::Opaque(bytes) => object_effect(bytes, denies),
    }
}

/// [MS-DTYP] 2.4.4.3: mask, flags, up to two GUIDs, SID.
fn object_effect(bytes: &[u8], denies: bool) -> Option<Effect> {
    let mut r = Reader::new(bytes);
    let mask = AccessMask::from_bits_retain(r.u32("Mask").ok()?);
    let flags = r.u32("Flags").ok()?;
    for bit in [1, 2] {
        if flags & bit != 0 {
            r.skip(16, "ObjectType").ok()?;
        }
    }
    let sid = Sid::decode(&mut r).ok()?;
    (denies || flags & 1 == 0).then_some(Effect { denies, mask, sid })
}

#[cfg(test)]
mod tests {
    use super::super::Acl;
    use super::*;
    use proptest::prelude::*;

    fn alice() -> Sid {
        Sid::new(5, &[21, 1, 2, 3, 1000])
    }

    fn token(privileges: Privileges) -> Token {
        Token {
            user: alice(),
            groups: vec![Sid::everyone(), Sid::users()],
            primary_group: Sid::users(),
            privileges,
        }
    }

    fn descriptor(owner: Sid, entries: Vec<Ace>) -> SecurityDescriptor {
        SecurityDescriptor {
            owner: Some(owner),
            dacl: Some(Some(Acl::new(entries))),
            ..SecurityDescriptor::default()
        }
    }

    fn nobody() -> Token {
        token(Privileges::empty())
    }

    #[test]
    fn no_list_is_everything_and_an_empty_one_nothing() {
        let mut sd = descriptor(Sid::administrators(), Vec::new());
        assert_eq!(granted(&sd, &nobody()), AccessMask::empty());
        sd.dacl = Some(None);
        assert_eq!(granted(&sd, &nobody()), AccessMask::FILE_ALL_ACCESS);
        sd.dacl = None;
        assert_eq!(granted(&sd, &nobody()), AccessMask::FILE_ALL_ACCESS);
    }

    #[test]
    fn owners_read_and_change_the_list_unless_it_speaks_of_them() {
        let read = AccessMask::FILE_GENERIC_READ;
        let implied = AccessMask::READ_CONTROL | AccessMask::WRITE_DAC;
        assert_eq!(granted(&descriptor(alice(), Vec::new()), &nobody()), implied);
        let told = Ace::allow(Sid::owner_rights(), AccessMask::WRITE_DATA, 0);
        let sd = descriptor(alice(), vec![Ace::allow(alice(), read, 0), told.clone()]);
        assert_eq!(granted(&sd, &nobody()), read | AccessMask::WRITE_DATA);
        let sd = descriptor(Sid::administrators(), vec![told.clone()]);
        assert_eq!(granted(&sd, &nobody()), AccessMask::empty(), "owners' rights are the owner's alone");
        let sd = descriptor(alice(), vec![Ace { flags: Ace::INHERIT_ONLY, ..told }]);
        assert_eq!(granted(&sd, &nobody()), implied, "what is only to be inherited says nothing here");
    }

    #[test]
    fn the_first_entry_that_names_a_right_decides() {
        let (read, write) = (AccessMask::READ_DATA, AccessMask::WRITE_DATA);
        let list = vec![
            Ace::allow(Sid::users(), read, 0),
            Ace::deny(Sid::everyone(), read | write, 0),
            Ace::allow(Sid::everyone(), write | AccessMask::DELETE, 0),
            Ace::allow(Sid::everyone(), AccessMask::EXECUTE, Ace::INHERIT_ONLY),
        ];
        let sd = descriptor(Sid::administrators(), list);
        assert_eq!(granted(&sd, &nobody()), read | AccessMask::DELETE);
        let stranger = Token { groups: vec![Sid::everyone()], ..nobody() };
        assert_eq!(granted(&sd, &stranger), AccessMask::DELETE);
    }

    #[test]
    fn privileges_count_whatever_the_list_says() {
        let all = AccessMask::FILE_ALL_ACCESS | AccessMask::ACCESS_SYSTEM_SECURITY;
        let sd = descriptor(Sid::administrators(), vec![Ace::deny(Sid::everyone(), all, 0)]);
        let all = token(Privileges::SECURITY | Privileges::TAKE_OWNERSHIP);
        assert_eq!(granted(&sd, &all), AccessMask::ACCESS_SYSTEM_SECURITY | AccessMask::WRITE_OWNER);
        assert_eq!(granted(&sd, &nobody()), AccessMask::empty());
    }

    #[test]
    fn what_cannot_be_understood_denies_and_never_allows() {
        let condition = |kind| Ace { kind, ..Ace::allow(Sid::everyone(), AccessMask::READ_DATA, 0) };
        let mut list = vec![condition(AceType(0x09))];
        assert_eq!(granted(&descriptor(Sid::users(), list.clone()), &stranger()), AccessMask::empty());
        list.push(condition(AceType::ACCESS_DENIED_CALLBACK));
        list.push(Ace::allow(Sid::everyone(), AccessMask::READ_DATA | AccessMask::EXECUTE, 0));
        assert_eq!(granted(&descriptor(Sid::administrators(), list), &stranger()), AccessMask::EXECUTE);
    }

    fn stranger() -> Token {
        Token { groups: vec![Sid::everyone()], ..nobody() }
    }

    #[test]
    fn object_entries_are_read() {
        let everyone = [1, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0];
        let entry = |kind, flags: u8, guids: usize| {
            let mut bytes = vec![1, 0, 0, 0, flags, 0, 0, 0];
            bytes.resize(8 + 16 * guids, 7);
            bytes.extend(everyone);
            Ace { kind, flags: 0, body: AceBody::Opaque(bytes) }
        };
        let rights =
            |ace: Ace| granted(&descriptor(Sid::administrators(), vec![ace, all_to_everyone()]), &nobody());
        let allowed = |ace: Ace| granted(&descriptor(Sid::administrators(), vec![ace]), &nobody());
        assert_eq!(allowed(entry(AceType::ACCESS_ALLOWED_OBJECT, 0, 0)), AccessMask::READ_DATA);
        assert_eq!(allowed(entry(AceType::ACCESS_ALLOWED_OBJECT, 2, 1)), AccessMask::READ_DATA);
        assert_eq!(allowed(entry(AceType::ACCESS_ALLOWED_OBJECT, 3, 2)), AccessMask::empty());
        assert!(!rights(entry(AceType::ACCESS_DENIED_OBJECT, 3, 2)).contains(AccessMask::READ_DATA));
    }

    fn all_to_everyone() -> Ace {
        Ace::allow(Sid::everyone(), AccessMask::FILE_ALL_ACCESS, 0)
    }

    #[test]
    fn every_step_is_told() {
        let list = vec![Ace::deny(Sid::guests(), AccessMask::READ_DATA, 0), all_to_everyone()];
        let sd = descriptor(alice(), list);
        let mut steps = Vec::new();
        let sum = examine(&sd, &nobody(), &mut |s| steps.push((s.applies, s.allowed, s.denied)));
        let implied = AccessMask::READ_CONTROL | AccessMask::WRITE_DAC;
        let none = AccessMask::empty();
        let rest = AccessMask::FILE_ALL_ACCESS.difference(implied);
        assert_eq!(steps, [(true, implied, none), (false, none, none), (true, rest, none)]);
        assert_eq!(sum, AccessMask::FILE_ALL_ACCESS);
    }

    /// [MS-DTYP] 2.5.3.2 as it is written, for one wanted mask.
    fn by_the_book(sd: &SecurityDescriptor, token: &Token, wanted: AccessMask) -> bool {
        let mut remaining = wanted;
        if token.privileges.contains(Privileges::SECURITY) {
            remaining.remove(AccessMask::ACCESS_SYSTEM_SECURITY);
        }
        if token.privileges.contains(Privileges::TAKE_OWNERSHIP) {
            remaining.remove(AccessMask::WRITE_OWNER);
        }
        let Some(Some(list)) = &sd.dacl else { return true };
        let owner = sd.owner.as_ref().is_some_and(|o| token.has(o));
        let live = || list.entries.iter().filter(|a| a.flags & Ace::INHERIT_ONLY == 0);
        if owner && !live().any(|a| a.sid() == Some(&Sid::owner_rights())) {
            remaining.remove(AccessMask::READ_CONTROL | AccessMask::WRITE_DAC);
        }
        for ace in live() {
            let AceBody::Rights { mask, sid, .. } = &ace.body else { continue };
            if !(token.has(sid) || (owner && *sid == Sid::owner_rights())) {
                continue;
            }
            if ace.kind == AceType::ACCESS_ALLOWED {
                remaining.remove(*mask);
            } else if remaining.intersects(*mask) {
                return false;
            }
        }
        remaining.is_empty()
    }

    fn entry() -> impl Strategy<Value = Ace> {
        let who = prop_oneof![
            Just(alice()),
            Just(Sid::everyone()),
            Just(Sid::users()),
            Just(Sid::guests()),
            Just(Sid::owner_rights())
        ];
        let inherit = prop_oneof![4 => Just(0u8), 1 => Just(Ace::INHERIT_ONLY)];
        (who, any::<u32>(), inherit, any::<bool>()).prop_map(|(sid, bits, flags, deny)| {
            let mask = AccessMask::from_bits_retain(bits) & AccessMask::FILE_ALL_ACCESS;
            if deny { Ace::deny(sid, mask, flags) } else { Ace::allow(sid, mask, flags) }
        })
    }

    proptest! {
        #[test]
        fn agrees_with_the_book(
            entries in proptest::collection::vec(entry(), 0..8),
            mine: bool,
            privileges in 0u32..16,
            bits: u32,
        ) {
            let owner = if mine { alice() } else { Sid::administrators() };
            let sd = descriptor(owner, entries);
            let token = token(Privileges::from_bits_truncate(privileges));
            let wanted = AccessMask::from_bits_retain(bits) & AccessMask::FILE_ALL_ACCESS;
            prop_assert_eq!(granted(&sd, &token).contains(wanted), by_the_book(&sd, &token, wanted));
        }
    }
}
