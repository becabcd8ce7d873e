use super::{Alias, AliasDomain, DomainPolicy, FIRST_RID, Group, Rights, UserAccount};
use lanward_nt::security::Privileges;
use lanward_nt::{NtString, Sid};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// All accounts at one moment. It never changes; a change makes another one.
#[derive(Debug, Clone)]
pub struct Directory {
    pub(super) domain: Sid,
    pub(super) users: BTreeMap<u32, Arc<UserAccount>>,
    pub(super) groups: BTreeMap<u32, Arc<Group>>,
    pub(super) aliases: BTreeMap<(AliasDomain, u32), Arc<Alias>>,
    /// Upper-case names of the account domain.
    pub(super) names: BTreeMap<NtString, Principal>,
    pub(super) rights: BTreeMap<Sid, Rights>,
    pub(super) policy: DomainPolicy,
    pub(super) next_rid: u32,
}

/// Whose a name or relative identifier of the account domain is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Principal {
    /// A user.
    User(u32),
    /// A group.
    Group(u32),
    /// An alias.
    Alias(u32),
}

impl Principal {
    /// The relative identifier.
    #[must_use]
    pub const fn rid(self) -> u32 {
        match self {
            Self::User(rid) | Self::Group(rid) | Self::Alias(rid) => rid,
        }
    }
}

impl Directory {
    pub(super) fn empty(domain: Sid) -> Self {
        Self {
            domain,
            users: BTreeMap::new(),
            groups: BTreeMap::new(),
            aliases: BTreeMap::new(),
            names: BTreeMap::new(),
            rights: BTreeMap::new(),
            policy: DomainPolicy::default(),
            next_rid: FIRST_RID,
        }
    }

    /// The SID of the account domain.
    #[must_use]
    pub const fn domain(&self) -> &Sid {
        &self.domain
    }

    /// The SID of one of the domains.
    #[must_use]
    pub fn domain_sid(&self, domain: AliasDomain) -> Sid {
        match domain {
            AliasDomain::Account => self.domain.clone(),
            AliasDomain::Builtin => Sid::new(5, &[32]),
        }
    }

    /// The users, by relative identifier.
    pub fn users(&self) -> impl ExactSizeIterator<Item = &Arc<UserAccount>> + DoubleEndedIterator {
        self.users.values()
    }

    /// The groups of the account domain, by relative identifier.
    pub fn groups(&self) -> impl ExactSizeIterator<Item = &Arc<Group>> + DoubleEndedIterator {
        self.groups.values()
    }

    /// The aliases of a domain, by relative identifier.
    pub fn aliases(&self, domain: AliasDomain) -> impl Iterator<Item = &Arc<Alias>> {
        self.aliases.range((domain, 0)..=(domain, u32::MAX)).map(|(_, alias)| alias)
    }

    /// A user.
    #[must_use]
    pub fn user(&self, rid: u32) -> Option<&Arc<UserAccount>> {
        self.users.get(&rid)
    }

    /// A group.
    #[must_use]
    pub fn group(&self, rid: u32) -> Option<&Arc<Group>> {
        self.groups.get(&rid)
    }

    /// An alias.
    #[must_use]
    pub fn alias(&self, domain: AliasDomain, rid: u32) -> Option<&Arc<Alias>> {
        self.aliases.get(&(domain, rid))
    }

    /// Whose a name of the account domain is, whatever its case.
    #[must_use]
    pub fn find(&self, name: &NtString) -> Option<Principal> {
        self.names.get(&name.to_uppercase()).copied()
    }

    /// The upper-case names of the account domain, and whose they are.
    pub fn names(&self) -> impl Iterator<Item = (&NtString, Principal)> {
        self.names.iter().map(|(name, principal)| (name, *principal))
    }

    /// The user of this name.
    #[must_use]
    pub fn user_named(&self, name: &NtString) -> Option<&Arc<UserAccount>> {
        match self.find(name)? {
            Principal::User(rid) => self.user(rid),
            _ => None,
        }
    }

    /// The alias of this name in a domain.
    #[must_use]
    pub fn alias_named(&self, domain: AliasDomain, name: &NtString) -> Option<&Arc<Alias>> {
        self.aliases(domain).find(|alias| alias.name.eq_ignore_case(name))
    }

    /// Whose a relative identifier of the account domain is.
    #[must_use]
    pub fn principal(&self, rid: u32) -> Option<Principal> {
        if self.users.contains_key(&rid) {
            return Some(Principal::User(rid));
        }
        if self.groups.contains_key(&rid) {
            return Some(Principal::Group(rid));
        }
        self.alias(AliasDomain::Account, rid).map(|_| Principal::Alias(rid))
    }

    /// The name of whoever has a relative identifier of the account domain.
    #[must_use]
    pub fn name_of(&self, principal: Principal) -> Option<&NtString> {
        match principal {
            Principal::User(rid) => self.user(rid).map(|user| &user.name),
            Principal::Group(rid) => self.group(rid).map(|group| &group.name),
            Principal::Alias(rid) => self.alias(AliasDomain::Account, rid).map(|alias| &alias.name),
        }
    }

    /// The SID of a group or alias that people name: `Group`, `BUILTIN\Users`, and the account domain's before BUILTIN's.
    #[must_use]
    pub fn group_named(&self, name: &NtString) -> Option<Sid> {
        let text = name.to_string_lossy();
        let builtin = text.get(..8).filter(|d| d.eq_ignore_ascii_case("BUILTIN\\")).map(|_| &text[8..]);
        let own = match (builtin, self.find(name)) {
            (None, Some(Principal::Group(rid) | Principal::Alias(rid))) => Some(self.domain.child(rid)),
            _ => None,
        };
        own.or_else(|| {
            let name = builtin.map_or_else(|| name.clone(), NtString::from);
            let alias = self.alias_named(AliasDomain::Builtin, &name)?;
            Some(self.domain_sid(AliasDomain::Builtin).child(alias.rid))
        })
    }

    /// The members of a group: those it names, and whose primary group it is.
    #[must_use]
    pub fn group_members(&self, rid: u32) -> BTreeSet<u32> {
        let mut members = self.group(rid).map_or_else(BTreeSet::new, |group| group.members.clone());
        members.extend(self.users().filter(|user| user.primary_group == rid).map(|user| user.rid));
        members
    }

    /// The groups of the account domain a user is in, its primary group first.
    #[must_use]
    pub fn groups_of(&self, user: &UserAccount) -> Vec<u32> {
        let named = self.groups().filter(|g| g.rid != user.primary_group && g.members.contains(&user.rid));
        std::iter::once(user.primary_group).chain(named.map(|group| group.rid)).collect()
    }

    /// The aliases of a domain that have any of these members.
    #[must_use]
    pub fn aliases_of(&self, domain: AliasDomain, members: &[Sid]) -> Vec<u32> {
        let holds = |alias: &&Arc<Alias>| members.iter().any(|sid| alias.members.contains(sid));
        self.aliases(domain).filter(holds).map(|alias| alias.rid).collect()
    }

    /// Every group a user belongs to when it has signed in over the network ([MS-DTYP] 2.4.2.4, [MS-PAC] 2.5).
    #[must_use]
    pub fn token_groups(&self, user: &UserAccount) -> Vec<Sid> {
        let mut sids = vec![Sid::everyone(), Sid::authenticated_users(), Sid::network()];
        sids.extend(self.groups_of(user).into_iter().map(|rid| self.domain.child(rid)));
        let mut asked = sids.clone();
        asked.push(self.domain.child(user.rid));
        for domain in [AliasDomain::Account, AliasDomain::Builtin] {
            // The aliases of the account domain may be members of those of BUILTIN, not the other way round.
            let of = self.domain_sid(domain);
            let found: Vec<Sid> =
                self.aliases_of(domain, &asked).into_iter().map(|rid| of.child(rid)).collect();
            asked.extend(found.iter().cloned());
            sids.extend(found);
        }
        sids
    }

    /// Whether a user administers the server: it is in BUILTIN\Administrators.
    #[must_use]
    pub fn is_admin(&self, user: &UserAccount) -> bool {
        self.token_groups(user).contains(&Sid::administrators())
    }

    /// What accounts may do, by SID.
    pub fn rights(&self) -> impl Iterator<Item = (&Sid, &Rights)> {
        self.rights.iter()
    }

    /// What an account was given.
    #[must_use]
    pub fn rights_of(&self, sid: &Sid) -> Option<&Rights> {
        self.rights.get(sid)
    }

    /// What somebody with all these SIDs may do.
    #[must_use]
    pub fn combined_rights<'a>(&self, sids: impl IntoIterator<Item = &'a Sid>) -> Rights {
        let mut all = Rights::default();
        for rights in sids.into_iter().filter_map(|sid| self.rights.get(sid)) {
            all.privileges.extend(&rights.privileges);
            all.system_access |= rights.system_access;
        }
        all
    }

    /// The privileges that decide about files, of somebody with all these SIDs.
    #[must_use]
    pub fn file_privileges<'a>(&self, sids: impl IntoIterator<Item = &'a Sid>) -> Privileges {
        self.combined_rights(sids).file_privileges()
    }

    /// The policy.
    #[must_use]
    pub const fn policy(&self) -> &DomainPolicy {
        &self.policy
    }
}
