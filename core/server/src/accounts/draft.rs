use super::directory::Directory;
use super::{
    AccountChange, Alias, AliasDomain, DomainPolicy, Group, Principal, RID_ADMINISTRATORS, RID_NONE, Rights,
    UserAccount,
};
use lanward_nt::{NtStatus, NtString, Sid};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Accounts that are being changed: what they will be, and what the store has to be told. Names and references stay consistent.
#[derive(Debug)]
pub struct Draft {
    pub(super) directory: Directory,
    pub(super) changes: Vec<AccountChange>,
}

/// Most members of one group or alias, and most accounts of one kind: what fits answers that clients read.
const MOST: usize = 65_536;

impl Draft {
    pub(super) const fn of(directory: Directory) -> Self {
        Self { directory, changes: Vec::new() }
    }

    /// The accounts as they are so far.
    #[must_use]
    pub const fn directory(&self) -> &Directory {
        &self.directory
    }

    /// Adds a user without a password. Answers its relative identifier.
    ///
    /// # Errors
    /// INVALID_ACCOUNT_NAME; USER_EXISTS, GROUP_EXISTS, ALIAS_EXISTS: somebody has the name; INSUFFICIENT_RESOURCES.
    pub fn add_user(&mut self, name: NtString) -> Result<u32, NtStatus> {
        let rid = self.claim(&name, self.directory.users.len())?;
        self.enter_user(UserAccount::new(rid, name));
        Ok(rid)
    }

    /// Changes a user; its name too, if nobody else has the new one.
    ///
    /// # Errors
    /// NO_SUCH_USER; as [`Draft::add_user`]; MEMBER_NOT_IN_GROUP: a primary group the user is not in.
    pub fn update_user(&mut self, rid: u32, change: impl FnOnce(&mut UserAccount)) -> Result<(), NtStatus> {
        let old = self.directory.users.get(&rid).ok_or(NtStatus::NO_SUCH_USER)?;
        let old = Arc::clone(old);
        let mut user = UserAccount::clone(&old);
        change(&mut user);
        user.rid = rid;
        if user.name != old.name {
            self.rename(&old.name, &user.name)?;
        }
        if user.primary_group != old.primary_group {
            let group = self.directory.groups.get(&user.primary_group).ok_or(NtStatus::NO_SUCH_GROUP)?;
            if !group.members.contains(&rid) {
                return Err(NtStatus::MEMBER_NOT_IN_GROUP);
            }
            // It stays a member of the group it leaves as its primary one ([MS-SAMR] 3.1.1.8.2).
            self.update_group(old.primary_group, |group| {
                group.members.insert(rid);
            })?;
        }
        if user != *old {
            self.enter_user(user);
        }
        Ok(())
    }

    /// Removes a user, and it from every group and alias.
    ///
    /// # Errors
    /// NO_SUCH_USER.
    pub fn remove_user(&mut self, rid: u32) -> Result<(), NtStatus> {
        let user = self.directory.users.remove(&rid).ok_or(NtStatus::NO_SUCH_USER)?;
        self.directory.names.remove(&user.name.to_uppercase());
        self.changes.push(AccountChange::NoUser(rid));
        let groups: Vec<u32> =
            self.directory.groups().filter(|g| g.members.contains(&rid)).map(|g| g.rid).collect();
        for group in groups {
            self.update_group(group, |group| {
                group.members.remove(&rid);
            })?;
        }
        self.forget_sid(&self.directory.domain.child(rid))
    }

    /// Adds a group without members. Answers its relative identifier.
    ///
    /// # Errors
    /// As [`Draft::add_user`].
    pub fn add_group(&mut self, name: NtString) -> Result<u32, NtStatus> {
        let rid = self.claim(&name, self.directory.groups.len())?;
        let (comment, members) = (NtString::default(), BTreeSet::new());
        self.enter_group(Group { rid, name, comment, members });
        Ok(rid)
    }

    /// Changes a group; its name too, if nobody else has the new one.
    ///
    /// # Errors
    /// NO_SUCH_GROUP; as [`Draft::add_user`].
    pub fn update_group(&mut self, rid: u32, change: impl FnOnce(&mut Group)) -> Result<(), NtStatus> {
        let old = Arc::clone(self.directory.groups.get(&rid).ok_or(NtStatus::NO_SUCH_GROUP)?);
        let mut group = Group::clone(&old);
        change(&mut group);
        group.rid = rid;
        if group.members.len() > MOST {
            return Err(NtStatus::INSUFFICIENT_RESOURCES);
        }
        if group.name != old.name {
            self.rename(&old.name, &group.name)?;
        }
        if group != *old {
            self.enter_group(group);
        }
        Ok(())
    }

    /// Makes a user a member of a group.
    ///
    /// # Errors
    /// NO_SUCH_GROUP, NO_SUCH_USER, MEMBER_IN_GROUP.
    pub fn add_group_member(&mut self, group: u32, user: u32) -> Result<(), NtStatus> {
        let there = self.directory.groups.get(&group).ok_or(NtStatus::NO_SUCH_GROUP)?;
        let account = self.directory.users.get(&user).ok_or(NtStatus::NO_SUCH_USER)?;
        if there.members.contains(&user) || account.primary_group == group {
            return Err(NtStatus::MEMBER_IN_GROUP);
        }
        self.update_group(group, |group| {
            group.members.insert(user);
        })
    }

    /// Takes a user out of a group.
    ///
    /// # Errors
    /// NO_SUCH_GROUP, NO_SUCH_USER, MEMBER_NOT_IN_GROUP, MEMBERS_PRIMARY_GROUP.
    pub fn remove_group_member(&mut self, group: u32, user: u32) -> Result<(), NtStatus> {
        let there = self.directory.groups.get(&group).ok_or(NtStatus::NO_SUCH_GROUP)?;
        let account = self.directory.users.get(&user).ok_or(NtStatus::NO_SUCH_USER)?;
        if account.primary_group == group {
            return Err(NtStatus::MEMBERS_PRIMARY_GROUP);
        }
        if !there.members.contains(&user) {
            return Err(NtStatus::MEMBER_NOT_IN_GROUP);
        }
        self.update_group(group, |group| {
            group.members.remove(&user);
        })
    }

    /// Removes a group.
    ///
    /// # Errors
    /// NO_SUCH_GROUP; SPECIAL_ACCOUNT: the group of all users; MEMBER_IN_GROUP: it is somebody's primary group.
    pub fn remove_group(&mut self, rid: u32) -> Result<(), NtStatus> {
        if rid == RID_NONE {
            return Err(NtStatus::SPECIAL_ACCOUNT);
        }
        if self.directory.users().any(|user| user.primary_group == rid) {
            return Err(NtStatus::MEMBER_IN_GROUP);
        }
        let group = self.directory.groups.remove(&rid).ok_or(NtStatus::NO_SUCH_GROUP)?;
        self.directory.names.remove(&group.name.to_uppercase());
        self.changes.push(AccountChange::NoGroup(rid));
        self.forget_sid(&self.directory.domain.child(rid))
    }

    /// Adds an alias without members to the account domain. Answers its relative identifier.
    ///
    /// # Errors
    /// As [`Draft::add_user`].
    pub fn add_alias(&mut self, name: NtString) -> Result<u32, NtStatus> {
        let rid = self.claim(&name, self.directory.aliases.len())?;
        let (domain, comment, members) = (AliasDomain::Account, NtString::default(), BTreeSet::new());
        self.enter_alias(Alias { domain, rid, name, comment, members });
        Ok(rid)
    }

    /// Changes an alias; its name too, if nobody else has the new one.
    ///
    /// # Errors
    /// NO_SUCH_ALIAS; as [`Draft::add_user`]; SPECIAL_ACCOUNT: another name for one of BUILTIN.
    pub fn update_alias(
        &mut self,
        domain: AliasDomain,
        rid: u32,
        change: impl FnOnce(&mut Alias),
    ) -> Result<(), NtStatus> {
        let old = Arc::clone(self.directory.alias(domain, rid).ok_or(NtStatus::NO_SUCH_ALIAS)?);
        let mut alias = Alias::clone(&old);
        change(&mut alias);
        (alias.domain, alias.rid) = (domain, rid);
        if alias.members.len() > MOST {
            return Err(NtStatus::INSUFFICIENT_RESOURCES);
        }
        if alias.name != old.name {
            if domain == AliasDomain::Builtin {
                return Err(NtStatus::SPECIAL_ACCOUNT);
            }
            self.rename(&old.name, &alias.name)?;
        }
        if alias != *old {
            self.enter_alias(alias);
        }
        Ok(())
    }

    /// Makes somebody a member of an alias.
    ///
    /// # Errors
    /// NO_SUCH_ALIAS, MEMBER_IN_ALIAS; INVALID_MEMBER: an alias cannot be a member; NO_SUCH_MEMBER: a SID of the account domain that is nobody's.
    pub fn add_alias_member(&mut self, domain: AliasDomain, rid: u32, member: Sid) -> Result<(), NtStatus> {
        let alias = self.directory.alias(domain, rid).ok_or(NtStatus::NO_SUCH_ALIAS)?;
        if alias.members.contains(&member) {
            return Err(NtStatus::MEMBER_IN_ALIAS);
        }
        if let Some(own) = self.directory.domain.rid_of(&member) {
            match self.directory.principal(own) {
                Some(Principal::User(_) | Principal::Group(_)) => {}
                // Aliases of this domain may be in those of BUILTIN only, so that nothing is in itself.
                Some(Principal::Alias(_)) if domain == AliasDomain::Builtin => {}
                Some(Principal::Alias(_)) => return Err(NtStatus::INVALID_MEMBER),
                None => return Err(NtStatus::NO_SUCH_MEMBER),
            }
        } else if self.directory.domain_sid(AliasDomain::Builtin).rid_of(&member).is_some() {
            return Err(NtStatus::INVALID_MEMBER);
        }
        self.update_alias(domain, rid, |alias| {
            alias.members.insert(member);
        })
    }

    /// Takes somebody out of an alias.
    ///
    /// # Errors
    /// NO_SUCH_ALIAS, MEMBER_NOT_IN_ALIAS.
    pub fn remove_alias_member(
        &mut self,
        domain: AliasDomain,
        rid: u32,
        member: &Sid,
    ) -> Result<(), NtStatus> {
        let alias = self.directory.alias(domain, rid).ok_or(NtStatus::NO_SUCH_ALIAS)?;
        if !alias.members.contains(member) {
            return Err(NtStatus::MEMBER_NOT_IN_ALIAS);
        }
        self.update_alias(domain, rid, |alias| {
            alias.members.remove(member);
        })
    }

    /// Makes a user an administrator, or no longer one.
    ///
    /// # Errors
    /// The store has no BUILTIN\Administrators.
    pub fn set_admin(&mut self, user: u32, admin: bool) -> Result<(), NtStatus> {
        let sid = self.directory.domain.child(user);
        self.update_alias(AliasDomain::Builtin, RID_ADMINISTRATORS, |alias| {
            if admin {
                alias.members.insert(sid);
            } else {
                alias.members.remove(&sid);
            }
        })
    }

    /// Removes an alias of the account domain.
    ///
    /// # Errors
    /// NO_SUCH_ALIAS; SPECIAL_ACCOUNT: one of BUILTIN.
    pub fn remove_alias(&mut self, domain: AliasDomain, rid: u32) -> Result<(), NtStatus> {
        let alias = self.directory.alias(domain, rid).ok_or(NtStatus::NO_SUCH_ALIAS)?;
        if domain == AliasDomain::Builtin {
            return Err(NtStatus::SPECIAL_ACCOUNT);
        }
        let name = alias.name.to_uppercase();
        self.directory.aliases.remove(&(domain, rid));
        self.directory.names.remove(&name);
        self.changes.push(AccountChange::NoAlias(domain, rid));
        self.forget_sid(&self.directory.domain.child(rid))
    }

    /// Says what an account may do, whoever that is.
    ///
    /// # Errors
    /// INSUFFICIENT_RESOURCES: too many accounts have rights.
    pub fn set_rights(&mut self, sid: Sid, rights: Rights) -> Result<(), NtStatus> {
        if self.directory.rights.len() >= MOST && !self.directory.rights.contains_key(&sid) {
            return Err(NtStatus::INSUFFICIENT_RESOURCES);
        }
        self.changes.push(AccountChange::Rights(sid.clone(), rights.clone()));
        self.directory.rights.insert(sid, rights);
        Ok(())
    }

    /// Takes all rights from an account.
    ///
    /// # Errors
    /// OBJECT_NAME_NOT_FOUND: it has none.
    pub fn remove_rights(&mut self, sid: &Sid) -> Result<(), NtStatus> {
        self.directory.rights.remove(sid).ok_or(NtStatus::OBJECT_NAME_NOT_FOUND)?;
        self.changes.push(AccountChange::NoRights(sid.clone()));
        Ok(())
    }

    /// Replaces the policy.
    pub fn set_policy(&mut self, policy: DomainPolicy) {
        self.changes.push(AccountChange::Policy(policy.clone()));
        self.directory.policy = policy;
    }

    /// Checks a name and takes the next relative identifier for it.
    fn claim(&mut self, name: &NtString, of_its_kind: usize) -> Result<u32, NtStatus> {
        self.check_name(name)?;
        if of_its_kind >= MOST {
            return Err(NtStatus::INSUFFICIENT_RESOURCES);
        }
        let rid = self.directory.next_rid;
        self.directory.next_rid = rid.checked_add(1).ok_or(NtStatus::INSUFFICIENT_RESOURCES)?;
        self.changes.push(AccountChange::NextRid(self.directory.next_rid));
        Ok(rid)
    }

    fn check_name(&self, name: &NtString) -> Result<(), NtStatus> {
        check_name(name)?;
        match self.directory.find(name) {
            Some(Principal::User(_)) => Err(NtStatus::USER_EXISTS),
            Some(Principal::Group(_)) => Err(NtStatus::GROUP_EXISTS),
            Some(Principal::Alias(_)) => Err(NtStatus::ALIAS_EXISTS),
            None if self.directory.alias_named(AliasDomain::Builtin, name).is_some() => {
                Err(NtStatus::ALIAS_EXISTS)
            }
            None => Ok(()),
        }
    }

    fn rename(&mut self, old: &NtString, new: &NtString) -> Result<(), NtStatus> {
        if old.eq_ignore_case(new) {
            return check_name(new);
        }
        self.check_name(new)?;
        self.directory.names.remove(&old.to_uppercase());
        Ok(())
    }

    pub(super) fn enter_user(&mut self, user: UserAccount) {
        self.directory.names.insert(user.name.to_uppercase(), Principal::User(user.rid));
        self.changes.push(AccountChange::User(Box::new(user.clone())));
        self.directory.users.insert(user.rid, Arc::new(user));
    }

    pub(super) fn enter_group(&mut self, group: Group) {
        self.directory.names.insert(group.name.to_uppercase(), Principal::Group(group.rid));
        self.changes.push(AccountChange::Group(group.clone()));
        self.directory.groups.insert(group.rid, Arc::new(group));
    }

    pub(super) fn enter_alias(&mut self, alias: Alias) {
        if alias.domain == AliasDomain::Account {
            self.directory.names.insert(alias.name.to_uppercase(), Principal::Alias(alias.rid));
        }
        self.changes.push(AccountChange::Alias(alias.clone()));
        self.directory.aliases.insert((alias.domain, alias.rid), Arc::new(alias));
    }

    /// Takes somebody who is gone out of every alias and list of rights.
    fn forget_sid(&mut self, sid: &Sid) -> Result<(), NtStatus> {
        let holding: Vec<_> =
            self.directory.aliases.iter().filter(|(_, a)| a.members.contains(sid)).collect();
        let holding: Vec<_> = holding.into_iter().map(|(key, _)| *key).collect();
        for (domain, rid) in holding {
            self.update_alias(domain, rid, |alias| {
                alias.members.remove(sid);
            })?;
        }
        if self.directory.rights.contains_key(sid) {
            self.remove_rights(sid)?;
        }
        Ok(())
    }
}

/// What [MS-SAMR] 3.1.1.6 keeps out of account names, and `@`, which begins a domain.
fn check_name(name: &NtString) -> Result<(), NtStatus> {
    const LONGEST: usize = 64;
    let (Ok(text), true) = (String::from_utf16(name.units()), name.units().len() <= LONGEST) else {
        return Err(NtStatus::INVALID_ACCOUNT_NAME);
    };
    let forbidden = |c: char| c.is_control() || "\"/\\[]:;|=,+*?<>@".contains(c);
    let trimmed = text.trim_matches([' ', '.']);
    if trimmed.is_empty() || trimmed != text || text.contains(forbidden) {
        return Err(NtStatus::INVALID_ACCOUNT_NAME);
    }
    Ok(())
}
