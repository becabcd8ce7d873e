//! What `lanward net user` and `lanward net group` show.

use lanward_server::{AccountControl, AliasDomain, Server};
use serde::{Deserialize, Serialize};

/// A server's users, groups and local groups.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct NetAccounts {
    pub(crate) server: String,
    pub(crate) users: Vec<NetUser>,
    pub(crate) groups: Vec<NetGroup>,
    /// What [MS-SAMR] calls aliases, those of Windows itself among them.
    pub(crate) local_groups: Vec<NetGroup>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct NetUser {
    pub(crate) name: String,
    pub(crate) full_name: String,
    pub(crate) active: bool,
    pub(crate) administrator: bool,
    pub(crate) local_groups: Vec<String>,
    pub(crate) groups: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct NetGroup {
    pub(crate) name: String,
    pub(crate) comment: String,
    pub(crate) members: Vec<String>,
}

impl NetAccounts {
    pub(crate) fn of(server: &Server) -> Self {
        let directory = server.accounts().directory();
        let domains = [AliasDomain::Builtin, AliasDomain::Account];
        let mut groups = Vec::new();
        for group in directory.groups() {
            let members = directory.group_members(group.rid);
            let users = members.iter().filter_map(|rid| directory.user(*rid));
            groups.push(NetGroup {
                name: group.name.to_string_lossy(),
                comment: group.comment.to_string_lossy(),
                members: users.map(|user| user.name.to_string_lossy()).collect(),
            });
        }
        let mut local_groups = Vec::new();
        for alias in domains.into_iter().flat_map(|domain| directory.aliases(domain)) {
            let member = |sid: &lanward_nt::Sid| {
                let (domain, rid) =
                    sid.sub_authorities().split_last().map(|(rid, _)| (directory.domain(), *rid))?;
                let own = domain.child(rid) == *sid;
                let name =
                    directory.principal(rid).filter(|_| own).and_then(|found| directory.name_of(found));
                Some(name.map_or_else(|| sid.to_string(), lanward_nt::NtString::to_string_lossy))
            };
            local_groups.push(NetGroup {
                name: alias.name.to_string_lossy(),
                comment: alias.comment.to_string_lossy(),
                members: alias.members.iter().filter_map(member).collect(),
            });
        }
        let of = |groups: &[NetGroup], name: &String| {
            groups.iter().filter(|g| g.members.contains(name)).map(|g| g.name.clone()).collect()
        };
        let users = directory.users().map(|user| {
            let name = user.name.to_string_lossy();
            NetUser {
                full_name: user.full_name.to_string_lossy(),
                active: !user.control.contains(AccountControl::DISABLED),
                administrator: directory.is_admin(user),
                local_groups: of(&local_groups, &name),
                groups: of(&groups, &name),
                name,
            }
        });
        Self { server: server.identity().name.clone(), users: users.collect(), groups, local_groups }
    }
}
