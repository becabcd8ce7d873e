//! Accounts over lsarpc and samr: who they are, and that logins follow what is changed there.

use crate::support::refused;
use lanward_auth::sam;
use lanward_client::{Connection, Options, Rpc};
use lanward_nt::{NtStatus, Sid};
use lanward_rpc::lsarpc::{self, LookupNamesRequest, LookupSidsRequest, OpenPolicy2Request, SidInformation};
use lanward_rpc::samr::{
    self, Connect2Request, CreateUser2Request, DeleteUserRequest, EnumerateDomainsRequest,
    LookupDomainRequest, OpenDomainRequest, SetUser2Request, UserInformation, UserInternal5Information,
};
use lanward_rpc::{ContextHandle, Counted, Enumeration, Operation, Results, SyntaxId};
use lanward_smb2::SessionId;
use lanward_testsuite::{ALICE, BOB, ROOT, Site};

const MAXIMUM_ALLOWED: u32 = 0x0200_0000;

/// Somebody at an interface.
struct Asker {
    connection: Connection,
    session: SessionId,
    rpc: Rpc,
}

impl Asker {
    fn new(site: &Site, (user, password): (&str, &str), pipe: &str, interface: SyntaxId) -> Self {
        let mut connection = site.connect(Options::default()).unwrap();
        let session = connection.login(user, password).unwrap();
        let ipc = connection.tree_connect(session, "IPC$").unwrap();
        let rpc = connection.rpc_bind(ipc, pipe, interface).unwrap();
        Self { connection, session, rpc }
    }

    fn ask<Q: Operation>(&mut self, request: &Q) -> Q::Response {
        self.connection
            .rpc_call(&mut self.rpc, Q::NUMBER, |w| request.encode(w), Q::Response::decode)
            .unwrap()
    }

    /// The account domain, open.
    fn domain(&mut self) -> ContextHandle {
        let server = self.ask(&Connect2Request { server_name: None, access: MAXIMUM_ALLOWED }).server;
        let list = EnumerateDomainsRequest { server, resume: 0, preferred_length: u32::MAX };
        let name = self.ask(&list).domains.unwrap().0.remove(0).name;
        let sid = self.ask(&LookupDomainRequest { server, name }).sid.unwrap();
        self.ask(&OpenDomainRequest { server, access: MAXIMUM_ALLOWED, sid }).domain
    }

    fn create(&mut self, domain: ContextHandle, name: &str) -> (NtStatus, ContextHandle) {
        let normal_account = 0x10;
        let made = self.ask(&CreateUser2Request {
            domain,
            name: name.into(),
            account_type: normal_account,
            access: MAXIMUM_ALLOWED,
        });
        (made.status, made.user)
    }

    fn set(&mut self, user: ContextHandle, class: u16, information: UserInformation) {
        let set = self.ask(&SetUser2Request { user, class: Enumeration(class), information });
        assert_eq!(set.status, NtStatus::SUCCESS, "{class}");
    }

    /// A password at the end of 512 bytes, and its length, under the key of the session.
    fn set_password(&mut self, user: ContextHandle, password: &str) {
        let text: Vec<u8> = password.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let mut buffer = [0x5a; 516];
        buffer[512 - text.len()..512].copy_from_slice(&text);
        buffer[512..].copy_from_slice(&(text.len() as u32).to_le_bytes());
        sam::rc4(&self.connection.session_mut(self.session).unwrap().application_key, &mut buffer);
        let information = UserInternal5Information { password: buffer, password_expired: 0 };
        self.set(user, 24, UserInformation::Internal5(Box::new(information)));
    }
}

#[test]
fn anybody_looks_up_names_and_sids_both_ways() {
    let site = Site::new().unwrap();
    let mut alice = Asker::new(&site, ALICE, "lsarpc", lsarpc::INTERFACE);
    let attributes = lsarpc::ObjectAttributes::default();
    let open = OpenPolicy2Request { system: None, attributes, access: MAXIMUM_ALLOWED };
    let policy = alice.ask(&open).policy;
    let found = alice.ask(&LookupNamesRequest {
        policy,
        count: 3,
        names: vec![BOB.0.into(), "Administrators".into(), "nobody-at-all".into()],
        sids: Counted::default(),
        level: Enumeration(1),
        mapped: 0,
    });
    assert_eq!((found.status, found.mapped), (NtStatus::SOME_NOT_MAPPED, 2));
    let domains = found.domains.unwrap().domains.unwrap();
    let sid_of = |at: usize| -> Sid {
        let found = &found.sids.0[at];
        domains[found.domain as usize].sid.as_ref().unwrap().child(found.rid)
    };
    assert_eq!((found.sids.0[0].kind.0, found.sids.0[1].kind.0), (1, 4), "a user and an alias");
    assert_eq!(sid_of(1).to_string(), "S-1-5-32-544");
    let sids = [sid_of(0), sid_of(1)].map(|sid| SidInformation { sid: Some(sid) });
    let back = alice.ask(&LookupSidsRequest {
        policy,
        sids: Counted(sids.into()),
        names: Counted::default(),
        level: Enumeration(1),
        mapped: 0,
    });
    assert_eq!((back.status, back.mapped), (NtStatus::SUCCESS, 2));
    let names: Vec<String> = back.names.0.iter().map(|name| name.name.string().to_string_lossy()).collect();
    assert_eq!(names, [BOB.0, "Administrators"]);
}

#[test]
fn who_is_made_over_samr_logs_in_until_deleted() {
    let site = Site::new().unwrap();
    let login = |password: &str| site.connect(Options::default()).unwrap().login("late", password);
    let mut alice = Asker::new(&site, ALICE, "samr", samr::INTERFACE);
    let domain = alice.domain();
    assert_eq!(alice.create(domain, "late").0, NtStatus::ACCESS_DENIED);
    let mut root = Asker::new(&site, ROOT, "samr", samr::INTERFACE);
    let domain = root.domain();
    let (status, user) = root.create(domain, "late");
    assert_eq!(status, NtStatus::SUCCESS);
    assert!(login("Secret010").is_err(), "no password, and disabled");
    root.set_password(user, "Secret010");
    assert_eq!(refused(login("Secret010")), NtStatus::ACCOUNT_DISABLED);
    root.set(user, 16, UserInformation::Control(Box::new(0x10)));
    login("Secret010").unwrap();
    assert_eq!(refused(login("Secret011")), NtStatus::LOGON_FAILURE);
    assert_eq!(root.ask(&DeleteUserRequest { user }).status, NtStatus::SUCCESS);
    assert_eq!(refused(login("Secret010")), NtStatus::LOGON_FAILURE);
}
