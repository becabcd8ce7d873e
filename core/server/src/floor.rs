//! What the sessions of some users must be like, wherever they come from (behaviour 3.8).

use crate::{Server, Session, User, UserKind, Zone};
use lanward_nt::NtString;
use std::sync::atomic::Ordering;

/// What is demanded of sessions of some users, beside what their zone demands. Looked up at the moment of use, never kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Floor {
    /// The name configuration uses.
    pub name: String,
    /// Names of accounts.
    pub users: Vec<NtString>,
    /// Names of groups, as [`crate::Directory::group_named`] takes them.
    pub groups: Vec<NtString>,
    /// What is demanded.
    pub demand: Demand,
}

/// What is demanded of a session; nothing by default.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Demand {
    /// Lowest dialect as [MS-SMB2] numbers it; 0 for any.
    pub min_dialect: u16,
    /// Unsigned requests are refused.
    pub signing: bool,
    /// Unencrypted requests are refused.
    pub encryption: bool,
}

impl Demand {
    fn and(self, other: Self) -> Self {
        Self {
            min_dialect: self.min_dialect.max(other.min_dialect),
            signing: self.signing || other.signing,
            encryption: self.encryption || other.encryption,
        }
    }
}

impl Server {
    /// What is demanded of every session of a user now, by all floors together.
    #[must_use]
    pub fn demand_of(&self, user: &User) -> Demand {
        if !self.has_floors.load(Ordering::Relaxed) || user.kind != UserKind::Named {
            return Demand::default();
        }
        let (settings, directory) = (self.settings(), self.accounts().directory());
        let is_in = |group: &NtString| directory.group_named(group).is_some_and(|sid| user.is_member(&sid));
        let covers = |floor: &&Floor| {
            floor.users.iter().any(|name| name.eq_ignore_case(&user.name)) || floor.groups.iter().any(is_in)
        };
        settings.floors.iter().filter(covers).fold(Demand::default(), |all, floor| all.and(floor.demand))
    }
}

impl Server {
    /// Whether clients are told that they must sign, when nobody knows yet who comes: where the zone demands it, and where a floor may. Clients
    /// that are told so take no session of a guest or of nobody ([MS-SMB2] 3.2.5.3.1): where such come in, whoever has a floor must sign of his
    /// own accord.
    #[must_use]
    pub fn asks_for_signing(&self, zone: &Zone) -> bool {
        let floors = || self.settings().floors.iter().any(|floor| floor.demand.signing);
        zone.signing_required
            || (self.has_floors.load(Ordering::Relaxed)
                && !zone.guest_allowed
                && !zone.anonymous_allowed
                && floors())
    }
}

impl Session {
    /// What is demanded of its user now.
    #[must_use]
    pub fn demand(&self) -> Demand {
        let server = self.server();
        if server.has_floors.load(Ordering::Relaxed) {
            server.demand_of(&self.user())
        } else {
            Demand::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Settings;
    use crate::tests::server;
    use lanward_nt::Sid;

    #[test]
    fn the_highest_of_all_that_cover_a_user_holds() {
        let server = server(Settings::default());
        let staff = server.accounts().change(|draft| draft.add_group("staff".into())).unwrap();
        let domain = server.identity().sid.clone();
        let user = |name: &str, groups: Vec<Sid>| User {
            name: name.into(),
            kind: UserKind::Named,
            groups,
            ..User::anonymous()
        };
        let floor = |users: &[&str], groups: &[&str], demand| Floor {
            name: "f".into(),
            users: users.iter().map(|name| (*name).into()).collect(),
            groups: groups.iter().map(|name| (*name).into()).collect(),
            demand,
        };
        let new = Demand { min_dialect: 0x0311, ..Demand::default() };
        let sealed = Demand { min_dialect: 0x0300, signing: false, encryption: true };
        let floors = vec![floor(&["Alice"], &[], new), floor(&[], &["staff", "nobody knows"], sealed)];
        server.replace_settings(Settings { floors, ..Settings::clone(&server.settings()) });
        let member = vec![domain.child(staff)];
        assert_eq!(server.demand_of(&user("ALICE", Vec::new())), new);
        assert_eq!(server.demand_of(&user("bob", member.clone())), sealed);
        assert_eq!(server.demand_of(&user("alice", member)), Demand { encryption: true, ..new });
        assert_eq!(server.demand_of(&user("bob", Vec::new())), Demand::default());
        let guest = User { kind: UserKind::Guest, ..user("alice", Vec::new()) };
        assert_eq!(server.demand_of(&guest), Demand::default());
    }
}
