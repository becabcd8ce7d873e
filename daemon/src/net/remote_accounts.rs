//! The accounts of another server, over samr ([MS-SAMR]).

use super::accounts::{NetGroup, NetUser};
use super::remote::failure;
use super::{Failure, NetAccounts};
use anyhow::Result;
use lanward_client::{Connection, Rpc, Tree};
use lanward_nt::{NtStatus, NtString, Sid};
use lanward_rpc::samr::{
    self, AliasInformation, AliasMembersRequest, CloseRequest, Connect2Request, EnumerateAliasesRequest,
    EnumerateDomainsRequest, EnumerateGroupsRequest, EnumerateUsersRequest, GroupInformation,
    GroupMembersRequest, LookupDomainRequest, OpenAliasRequest, OpenDomainRequest, OpenGroupRequest,
    OpenUserRequest, QueryAliasRequest, QueryGroupRequest, QueryUserRequest, RidName, UserInformation,
};
use lanward_rpc::{ContextHandle, Counted, Enumeration, Operation, Results, WideString};
use std::collections::HashMap;

const MAXIMUM_ALLOWED: u32 = 0x0200_0000;

/// Most bytes of a part of a list.
const PART: u32 = 64 << 10;

/// Most entries that are taken of a list.
const MOST: usize = 1 << 20;

/// UserAccountInformation, GroupGeneralInformation, AliasGeneralInformation
const USER_ACCOUNT: Enumeration = Enumeration(5);
const GENERAL: Enumeration = Enumeration(1);

/// USER_ACCOUNT_DISABLED ([MS-SAMR] 2.2.1.12)
const DISABLED: u32 = 1;

/// The security account manager of another server.
pub(super) struct Accounts<'c> {
    connection: &'c mut Connection,
    service: Rpc,
    server: ContextHandle,
}

/// A domain of the server: that of its accounts, or BUILTIN.
struct Domain {
    handle: ContextHandle,
    name: NtString,
    sid: Sid,
}

impl<'c> Accounts<'c> {
    /// # Errors
    /// What the server refused, as Windows numbers it.
    pub(super) fn open(connection: &'c mut Connection, ipc: Tree) -> Result<Self> {
        let service = connection.rpc_bind(ipc, "samr", samr::INTERFACE).map_err(|error| failure(&error))?;
        let mut accounts = Self { connection, service, server: ContextHandle::NULL };
        let connect = Connect2Request { server_name: Some(WideString::default()), access: MAXIMUM_ALLOWED };
        accounts.server = accounts.ask(&connect)?.server;
        Ok(accounts)
    }

    /// Users, groups and local groups, with who is in them.
    ///
    /// # Errors
    /// What the server refused, as Windows numbers it.
    pub(super) fn all(mut self, server: String) -> Result<NetAccounts> {
        let domains = self.domains()?;
        let mut own = None;
        let mut local_groups = Vec::new();
        let mut names = HashMap::new();
        for domain in &domains {
            if !is_builtin(&domain.name) {
                own = Some(domain);
                names.extend(
                    self.users(domain)?.into_iter().map(|user| (user.rid, text(&user.name.string()))),
                );
            }
        }
        let own = own.ok_or(Failure::NOT_SUPPORTED)?;
        let groups = self.groups(own, &names)?;
        let mut members = names.clone();
        let listed = self.group_list(own)?;
        members.extend(listed.into_iter().map(|group| (group.rid, text(&group.name.string()))));
        for domain in &domains {
            local_groups.extend(self.aliases(domain, &own.sid, &members)?);
        }
        let mut rids: Vec<_> = names.into_iter().collect();
        rids.sort();
        let mut users = Vec::new();
        for (rid, name) in rids {
            users.push(self.user(own, rid, name, &groups, &local_groups)?);
        }
        self.close(self.server)?;
        Ok(NetAccounts { server, users, groups, local_groups })
    }

    fn ask<Q>(&mut self, request: &Q) -> Result<Q::Response>
    where
        Q: Operation,
        Q::Response: Results<Status = NtStatus>,
    {
        let service = &mut self.service;
        let answer = self.connection.rpc_call(service, Q::NUMBER, |w| request.encode(w), Q::Response::decode);
        let answer = answer.map_err(|error| failure(&error))?;
        match answer.status() {
            status if status.is_error() => {
                Err(super::remote::of_status(status).unwrap_or(Failure(59)).into())
            }
            _ => Ok(answer),
        }
    }

    fn close(&mut self, handle: ContextHandle) -> Result<()> {
        self.ask(&CloseRequest { handle }).map(drop)
    }

    fn domains(&mut self) -> Result<Vec<Domain>> {
        let server = self.server;
        let list = self.list(|accounts, resume| {
            let request = EnumerateDomainsRequest { server, resume, preferred_length: PART };
            accounts.ask(&request).map(|part| (part.domains, part.resume, part.status))
        })?;
        let mut domains = Vec::new();
        for RidName { name, .. } in list {
            let found = self.ask(&LookupDomainRequest { server, name: name.clone() })?;
            let sid = found.sid.ok_or(Failure::NOT_SUPPORTED)?;
            let open = OpenDomainRequest { server, access: MAXIMUM_ALLOWED, sid: sid.clone() };
            domains.push(Domain { handle: self.ask(&open)?.domain, name: name.string(), sid });
        }
        Ok(domains)
    }

    /// A whole list, however many answers it takes.
    fn list(
        &mut self,
        part: impl Fn(&mut Self, u32) -> Result<(Option<Counted<RidName>>, u32, NtStatus)>,
    ) -> Result<Vec<RidName>> {
        let (mut all, mut resume) = (Vec::new(), 0);
        loop {
            let (entries, next, status) = part(self, resume)?;
            let entries = entries.unwrap_or_default().0;
            let more = status == NtStatus::MORE_ENTRIES && !entries.is_empty() && all.len() < MOST;
            all.extend(entries);
            if !more {
                return Ok(all);
            }
            resume = next;
        }
    }

    fn users(&mut self, domain: &Domain) -> Result<Vec<RidName>> {
        let domain = domain.handle;
        self.list(|accounts, resume| {
            let request = EnumerateUsersRequest { domain, resume, control: 0, preferred_length: PART };
            accounts.ask(&request).map(|part| (part.users, part.resume, part.status))
        })
    }

    fn group_list(&mut self, domain: &Domain) -> Result<Vec<RidName>> {
        let domain = domain.handle;
        self.list(|accounts, resume| {
            let request = EnumerateGroupsRequest { domain, resume, preferred_length: PART };
            accounts.ask(&request).map(|part| (part.groups, part.resume, part.status))
        })
    }

    fn groups(&mut self, domain: &Domain, users: &HashMap<u32, String>) -> Result<Vec<NetGroup>> {
        let mut groups = Vec::new();
        for RidName { rid, name } in self.group_list(domain)? {
            let open = OpenGroupRequest { domain: domain.handle, access: MAXIMUM_ALLOWED, rid };
            let group = self.ask(&open)?.group;
            let comment = match self.ask(&QueryGroupRequest { group, class: GENERAL })?.information {
                Some(GroupInformation::General(general)) => text(&general.comment.string()),
                _ => String::new(),
            };
            let members = self.ask(&GroupMembersRequest { group })?.members;
            let members = members.and_then(|members| members.members).unwrap_or_default();
            let members = members.iter().map(|rid| named(users, *rid)).collect();
            groups.push(NetGroup { name: text(&name.string()), comment, members });
            self.close(group)?;
        }
        Ok(groups)
    }

    fn aliases(&mut self, domain: &Domain, own: &Sid, names: &HashMap<u32, String>) -> Result<Vec<NetGroup>> {
        let handle = domain.handle;
        let list = self.list(|accounts, resume| {
            let request = EnumerateAliasesRequest { domain: handle, resume, preferred_length: PART };
            accounts.ask(&request).map(|part| (part.aliases, part.resume, part.status))
        })?;
        let member = |sid: &Sid| {
            let rid = sid.sub_authorities().last().filter(|rid| own.child(**rid) == *sid);
            rid.and_then(|rid| names.get(rid).cloned()).unwrap_or_else(|| sid.to_string())
        };
        let mut aliases = Vec::new();
        for RidName { rid, name } in list {
            let open = OpenAliasRequest { domain: handle, access: MAXIMUM_ALLOWED, rid };
            let alias = self.ask(&open)?.alias;
            let comment = match self.ask(&QueryAliasRequest { alias, class: GENERAL })?.information {
                Some(AliasInformation::General(general)) => text(&general.comment.string()),
                _ => String::new(),
            };
            let members = self.ask(&AliasMembersRequest { alias })?.members.0;
            let members = members.iter().filter_map(|member| member.sid.as_ref()).map(member).collect();
            aliases.push(NetGroup { name: text(&name.string()), comment, members });
            self.close(alias)?;
        }
        Ok(aliases)
    }

    fn user(
        &mut self,
        domain: &Domain,
        rid: u32,
        name: String,
        groups: &[NetGroup],
        local_groups: &[NetGroup],
    ) -> Result<NetUser> {
        let open = OpenUserRequest { domain: domain.handle, access: MAXIMUM_ALLOWED, rid };
        let user = self.ask(&open)?.user;
        let (full_name, control) = match self
            .ask(&QueryUserRequest { user, class: USER_ACCOUNT })?
            .information
        {
            Some(UserInformation::Account(account)) => (text(&account.full_name.string()), account.control),
            _ => (String::new(), 0),
        };
        self.close(user)?;
        let of = |groups: &[NetGroup]| -> Vec<String> {
            groups
                .iter()
                .filter(|group| group.members.contains(&name))
                .map(|group| group.name.clone())
                .collect()
        };
        let (groups, local) = (of(groups), of(local_groups));
        let administrators = local_groups.iter().find(|group| group.name == "Administrators");
        let administrator = administrators
            .is_some_and(|all| all.members.iter().any(|member| *member == name || groups.contains(member)));
        let active = control & DISABLED == 0;
        Ok(NetUser { name, full_name, active, administrator, local_groups: local, groups })
    }
}

fn is_builtin(name: &NtString) -> bool {
    name.eq_ignore_case(&"Builtin".into())
}

fn named(names: &HashMap<u32, String>, rid: u32) -> String {
    names.get(&rid).cloned().unwrap_or_else(|| rid.to_string())
}

fn text(text: &NtString) -> String {
    text.to_string_lossy()
}
