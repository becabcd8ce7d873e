use crate::{RID_GUEST, Server};
use lanward_auth::Identity;
use lanward_nt::security::{Privileges, Token};
use lanward_nt::{NtString, Sid};

/// How somebody came to be known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum UserKind {
    /// By name and proof.
    Named,
    /// As the guest account.
    Guest,
    /// As nobody: a NULL session.
    Anonymous,
}

/// Whom a session acts for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// The account's name; empty for an anonymous user.
    pub name: NtString,
    /// The domain that vouched for the name.
    pub domain: NtString,
    /// Who it is.
    pub sid: Sid,
    /// The groups it belongs to.
    pub groups: Vec<Sid>,
    /// How it came to be known.
    pub kind: UserKind,
    /// Whether it may administer the server.
    pub is_admin: bool,
    /// What it may do with files beside what descriptors say; administrators may everything.
    pub privileges: Privileges,
}

impl User {
    /// Whom a proved identity is on a server.
    #[must_use]
    pub fn of(identity: &Identity, server: &Server) -> Self {
        let account_domain = &server.identity().sid;
        match identity {
            Identity::User { domain, user, rid, .. } => {
                let (groups, privileges) = server.accounts().standing(*rid);
                Self {
                    name: user.clone(),
                    domain: domain.clone(),
                    sid: account_domain.child(*rid),
                    is_admin: groups.contains(&Sid::administrators()),
                    groups,
                    kind: UserKind::Named,
                    privileges,
                }
            }
            Identity::Guest { domain, user, .. } => Self {
                name: user.clone(),
                domain: domain.clone(),
                sid: account_domain.child(RID_GUEST),
                groups: vec![Sid::guests()],
                kind: UserKind::Guest,
                is_admin: false,
                privileges: Privileges::empty(),
            },
            Identity::Anonymous => Self::anonymous(),
        }
    }

    /// The user of a NULL session.
    #[must_use]
    pub fn anonymous() -> Self {
        Self {
            name: NtString::default(),
            domain: NtString::default(),
            sid: Sid::anonymous(),
            groups: Vec::new(),
            kind: UserKind::Anonymous,
            is_admin: false,
            privileges: Privileges::empty(),
        }
    }

    /// As whom it opens files: its groups with the well-known ones it belongs to ([MS-DTYP] 2.4.2.4), and the privileges of administrators.
    #[must_use]
    pub fn token(&self) -> Token {
        let (well_known, primary_group) = match self.kind {
            UserKind::Named => {
                (vec![Sid::everyone(), Sid::authenticated_users(), Sid::users()], Sid::users())
            }
            UserKind::Guest => (vec![Sid::everyone(), Sid::guests()], Sid::guests()),
            UserKind::Anonymous => (Vec::new(), Sid::anonymous()),
        };
        let mut groups = self.groups.clone();
        for sid in well_known.into_iter().chain([Sid::network()]) {
            if !groups.contains(&sid) {
                groups.push(sid);
            }
        }
        let administers = self.is_admin || self.groups.contains(&Sid::administrators());
        let privileges = if administers { Privileges::all() } else { self.privileges };
        Token { user: self.sid.clone(), groups, primary_group, privileges }
    }

    /// Whether `sid` is the user or one of its groups.
    #[must_use]
    pub fn is_member(&self, sid: &Sid) -> bool {
        self.sid == *sid || self.groups.contains(sid)
    }
}
