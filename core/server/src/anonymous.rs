//! What callers may do by who they are. Administrators may do everything and named users nearly so; what NULL sessions may do is a matrix over
//! `restrict-anonymous` (behaviours 1.13 to 1.16), and this is the only place that knows it.

use crate::{Caller, User, UserKind, Zone};
use lanward_nt::{NtStatus, NtString};

/// The registry's RestrictAnonymous.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum RestrictAnonymous {
    /// 0: NULL sessions may list shares, servers, accounts and policy, through the pipes that are open to them.
    Nothing,
    /// 1: they may list nothing.
    #[default]
    Enumeration,
    /// 2: moreover there are none, but to use the pipes and shares that are open to them by name.
    AllButGranted,
}

impl RestrictAnonymous {
    /// As the registry has it.
    #[must_use]
    pub const fn value(self) -> u32 {
        self as u32
    }
}

/// What NULL sessions of a zone may do, if there are any ([`Zone::anonymous_allowed`]).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NullSessions {
    /// RestrictAnonymous.
    pub restrict: RestrictAnonymous,
    /// RestrictAnonymousSAM: they may not list accounts, whatever else they may.
    pub restrict_sam: bool,
    /// [MS-SRVS] 3.1.1.1 NullSessionPipeList: the pipes they may open.
    pub pipes: Vec<NtString>,
    /// NullSessionShares: the shares they may connect to, to read.
    pub shares: Vec<NtString>,
}

impl Default for NullSessions {
    /// They may list nothing, and no pipe and no share is open to them.
    fn default() -> Self {
        Self {
            restrict: RestrictAnonymous::default(),
            restrict_sam: true,
            pipes: Vec::new(),
            shares: Vec::new(),
        }
    }
}

/// The pipes that versions of Windows open to NULL sessions ([MS-SRVS] 3.1.3, note 38).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum NullPipePreset {
    /// Windows NT 4.0
    Nt4,
    /// Windows 2000
    Windows2000,
    /// Windows XP
    Xp,
    /// Windows Server 2003
    Server2003,
    /// Windows Vista and Windows Server 2008
    Vista,
    /// Windows 7, Windows Server 2008 R2 and later
    Windows7,
}

impl NullPipePreset {
    /// The names of the pipes.
    #[must_use]
    pub const fn pipes(self) -> &'static [&'static str] {
        match self {
            Self::Nt4 => &[
                "comnap",
                "comnode",
                "sql\\query",
                "spoolss",
                "epmapper",
                "locator",
                "lsarpc",
                "samr",
                "netlogon",
                "wkssvc",
                "srvsvc",
                "browser",
            ],
            Self::Windows2000 => &[
                "comnap",
                "comnode",
                "sql\\query",
                "spoolss",
                "epmapper",
                "locator",
                "trkwks",
                "trksvr",
                "lsarpc",
                "samr",
                "netlogon",
                "wkssvc",
                "srvsvc",
                "browser",
            ],
            Self::Xp => &["comnap", "comnode", "sql\\query", "spoolss", "browser"],
            Self::Server2003 => {
                &["comnap", "comnode", "sql\\query", "spoolss", "netlogon", "lsarpc", "samr", "browser"]
            }
            Self::Vista => &["browser"],
            Self::Windows7 => &[],
        }
    }
}

/// Something that not everybody may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act<'a> {
    /// Setting up a session.
    LogOn,
    /// Connecting to `IPC$`.
    ConnectIpc,
    /// Opening a named pipe.
    OpenPipe(&'a NtString),
    /// Learning who the server is and what time it has.
    QueryServer,
    /// Listing shares, and learning about those whose names are known ([MS-SRVS] NetrShareEnum, NetrShareGetInfo; [MS-RAP] NetShareEnum).
    ListShares,
    /// Listing servers ([MS-RAP] NetServerEnum2, NetServerEnum3).
    ListServers,
    /// Asking for policy and names ([MS-LSAD] 3.1.1.6.1 LsaRestrictAnonymous, [MS-LSAT]).
    QueryPolicy,
    /// Listing and looking at accounts ([MS-SAMR] 3.1.2.1).
    ListAccounts,
    /// Using printers.
    Print,
    /// Seeing who uses the server, and changing anything.
    Administer,
}

impl Zone {
    /// Whether `user` may do something here. What is asked of shares and files is asked elsewhere.
    ///
    /// # Errors
    /// LOGON_FAILURE: guests do not come in here; ACCESS_DENIED.
    pub fn may(&self, user: &User, act: Act<'_>) -> Result<(), NtStatus> {
        let may = match user.kind {
            _ if act == Act::Administer => user.is_admin,
            UserKind::Named => true,
            UserKind::Guest if act == Act::LogOn && !self.guest_allowed => {
                return Err(NtStatus::LOGON_FAILURE);
            }
            UserKind::Guest => !matches!(act, Act::QueryPolicy | Act::ListAccounts),
            UserKind::Anonymous => self.anonymous_allowed && self.null_sessions.may(act),
        };
        if may { Ok(()) } else { Err(NtStatus::ACCESS_DENIED) }
    }

    /// Whether a NULL session may connect to a disk share.
    #[must_use]
    pub fn opens_to_nobody(&self, share: &NtString) -> bool {
        self.anonymous_allowed && names(&self.null_sessions.shares, share)
    }
}

impl NullSessions {
    fn may(&self, act: Act<'_>) -> bool {
        let unrestricted = self.restrict == RestrictAnonymous::Nothing;
        let granted_only = self.restrict == RestrictAnonymous::AllButGranted;
        match act {
            Act::LogOn => !granted_only || !self.pipes.is_empty() || !self.shares.is_empty(),
            Act::ConnectIpc => !granted_only || !self.pipes.is_empty(),
            Act::OpenPipe(name) => names(&self.pipes, name),
            // Whoever asks has opened a pipe that is open to nobody by name.
            Act::QueryServer | Act::Print => true,
            Act::ListShares | Act::ListServers | Act::QueryPolicy => unrestricted,
            Act::ListAccounts => unrestricted && !self.restrict_sam,
            Act::Administer => false,
        }
    }
}

impl Caller {
    /// Whether the caller may do something, by the policy of this moment.
    ///
    /// # Errors
    /// ACCESS_DENIED.
    pub fn may(&self, act: Act<'_>) -> Result<(), NtStatus> {
        self.server.zone_of(self.local, self.peer).may(&self.user, act)
    }
}

fn names(list: &[NtString], name: &NtString) -> bool {
    list.iter().any(|listed| listed.eq_ignore_case(name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use lanward_nt::Sid;

    fn zone(restrict: RestrictAnonymous, restrict_sam: bool, pipes: &[&str], shares: &[&str]) -> Zone {
        let own = |list: &[&str]| list.iter().map(|name| NtString::from(*name)).collect();
        let null_sessions = NullSessions { restrict, restrict_sam, pipes: own(pipes), shares: own(shares) };
        Zone { anonymous_allowed: true, guest_allowed: true, null_sessions, ..Zone::default() }
    }

    /// In the order of the columns below.
    const ACTS: [Act<'_>; 9] = [
        Act::LogOn,
        Act::ConnectIpc,
        Act::QueryServer,
        Act::ListShares,
        Act::ListServers,
        Act::QueryPolicy,
        Act::ListAccounts,
        Act::Print,
        Act::Administer,
    ];

    #[test]
    fn the_matrix_of_null_sessions() {
        use RestrictAnonymous::{AllButGranted, Enumeration, Nothing};
        let pipes: &[&str] = &["srvsvc", "samr", "lsarpc", "spoolss"];
        // Columns: log on, IPC$, server, shares, servers, policy, accounts, print, administer.
        let cases = [
            (zone(Nothing, false, pipes, &[]), "yyyyyyyyn"),
            (zone(Nothing, true, pipes, &[]), "yyyyyynyn"),
            (zone(Enumeration, false, pipes, &[]), "yyynnnnyn"),
            (zone(Enumeration, true, &[], &[]), "yyynnnnyn"),
            (zone(AllButGranted, false, pipes, &[]), "yyynnnnyn"),
            (zone(AllButGranted, false, &[], &["pub"]), "ynynnnnyn"),
            (zone(AllButGranted, true, &[], &[]), "nnynnnnyn"),
            (Zone::default(), "nnnnnnnnn"),
        ];
        for (zone, expected) in cases {
            let seen = ACTS.map(|act| if zone.may(&User::anonymous(), act).is_ok() { 'y' } else { 'n' });
            assert_eq!(String::from_iter(seen), expected, "{:?}", zone.null_sessions);
        }
    }

    #[test]
    fn pipes_and_shares_are_open_by_name() {
        let nobody = User::anonymous();
        for restrict in
            [RestrictAnonymous::Nothing, RestrictAnonymous::Enumeration, RestrictAnonymous::AllButGranted]
        {
            let zone = zone(restrict, true, &["SpoolSS"], &["Pub"]);
            assert_eq!(zone.may(&nobody, Act::OpenPipe(&"spoolss".into())), Ok(()));
            for other in ["srvsvc", "spools", ""] {
                assert_eq!(zone.may(&nobody, Act::OpenPipe(&other.into())), Err(NtStatus::ACCESS_DENIED));
            }
            assert!(zone.opens_to_nobody(&"PUB".into()) && !zone.opens_to_nobody(&"private".into()));
            let closed = Zone { anonymous_allowed: false, ..zone };
            assert!(!closed.opens_to_nobody(&"Pub".into()));
        }
    }

    #[test]
    fn others_are_asked_less() {
        let strict = zone(RestrictAnonymous::AllButGranted, true, &[], &[]);
        let user = |kind, is_admin| User { kind, is_admin, sid: Sid::users(), ..User::anonymous() };
        let cases = [
            (user(UserKind::Named, true), "yyyyyyyyy"),
            (user(UserKind::Named, false), "yyyyyyyyn"),
            (user(UserKind::Guest, false), "yyyyynnyn"),
        ];
        for (user, expected) in cases {
            let seen = ACTS.map(|act| if strict.may(&user, act).is_ok() { 'y' } else { 'n' });
            assert_eq!(String::from_iter(seen), expected, "{user:?}");
            assert_eq!(strict.may(&user, Act::OpenPipe(&"srvsvc".into())), Ok(()));
        }
        let guest = user(UserKind::Guest, false);
        assert_eq!(Zone::default().may(&guest, Act::LogOn), Err(NtStatus::LOGON_FAILURE));
    }

    #[test]
    fn presets_narrow_over_time() {
        use NullPipePreset::{Nt4, Server2003, Vista, Windows7, Windows2000, Xp};
        let counts = [Nt4, Windows2000, Xp, Server2003, Vista, Windows7].map(|p| p.pipes().len());
        assert_eq!(counts, [12, 14, 5, 8, 1, 0]);
        assert!(Nt4.pipes().iter().all(|pipe| Windows2000.pipes().contains(pipe)));
        assert!(!Xp.pipes().contains(&"samr") && Server2003.pipes().contains(&"samr"));
    }
}
