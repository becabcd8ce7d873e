//! Shares that come, change and go while clients work (behaviour 1.21).

use crate::support::refused;
use lanward_client::{Connection, Create, File, Options, Request};
use lanward_nt::fscc::CtlCode;
use lanward_nt::{AccessMask, NtStatus};
use lanward_rpc::srvsvc::{
    self, ParameterErrorResponse, ShareAddRequest, ShareDelRequest, ShareInfo, ShareSetInfoRequest, opnum,
};
use lanward_rpc::{Arguments, ClientAssociation, NdrReader, NdrWriter, StatusResponse};
use lanward_smb2::Command;
use lanward_smb2::messages::{IoctlFlags, IoctlRequest, IoctlResponse};
use lanward_testsuite::{ROOT, Site};

/// An administrator at the server service.
struct Administrator {
    connection: Connection,
    pipe: File,
    association: ClientAssociation,
}

impl Administrator {
    fn at(site: &Site) -> Self {
        let mut connection = site.connect(Options::default()).unwrap();
        let session = connection.login(ROOT.0, ROOT.1).unwrap();
        let ipc = connection.tree_connect(session, "IPC$").unwrap();
        let access = AccessMask::GENERIC_READ | AccessMask::GENERIC_WRITE;
        let pipe = connection.create(ipc, &Create::open("srvsvc", access)).unwrap().file;
        let association = ClientAssociation::new(srvsvc::INTERFACE);
        let mut administrator = Self { connection, pipe, association };
        let bind = administrator.association.bind();
        administrator.transceive(&bind);
        administrator
    }

    fn transceive(&mut self, message: &[u8]) -> Vec<u8> {
        let body = IoctlRequest {
            ctl_code: CtlCode::PIPE_TRANSCEIVE,
            file_id: self.pipe.id,
            max_input_response: 0,
            max_output_response: 4280,
            flags: IoctlFlags::IS_FSCTL,
            input: message,
        };
        let reply = self.connection.call(&Request::new(Command::IOCTL, self.pipe, &body)).unwrap();
        let answer = reply.check(&[]).unwrap().decode::<IoctlResponse<'_>>().unwrap().output.to_vec();
        self.association.receive(&answer).unwrap().unwrap()
    }

    fn ask<A: Arguments>(&mut self, operation: u16, request: &impl Arguments) -> A {
        let mut stub = Vec::new();
        request.encode(&mut NdrWriter::new(&mut stub));
        let call = self.association.call(operation, &stub).remove(0);
        let answer = self.transceive(&call);
        A::decode(&mut NdrReader::new(&answer)).unwrap()
    }

    fn add(&mut self, name: &str) -> u32 {
        let share = ShareInfo {
            name: Some(name.into()),
            path: Some("C:\\srv\\docs".into()),
            max_uses: u32::MAX,
            ..ShareInfo::default()
        };
        let request = ShareAddRequest { level: 2, share: Some(share), ..ShareAddRequest::default() };
        self.ask::<ParameterErrorResponse>(opnum::SHARE_ADD, &request).status
    }

    fn set(&mut self, name: &str, level: u32, share: ShareInfo) -> u32 {
        let (name, share) = (name.into(), Some(share));
        let request = ShareSetInfoRequest { server_name: None, name, level, share, parameter_error: None };
        self.ask::<ParameterErrorResponse>(opnum::SHARE_SET_INFO, &request).status
    }

    fn delete(&mut self, name: &str) -> u32 {
        let request = ShareDelRequest { server_name: None, name: name.into(), reserved: 0 };
        self.ask::<StatusResponse>(opnum::SHARE_DEL, &request).status
    }
}

#[test]
fn shares_come_change_and_go_and_nobody_is_dropped() {
    let site = Site::new().unwrap();
    let (mut alice, data) = site.alice(Options::default()).unwrap();
    let access = AccessMask::GENERIC_READ | AccessMask::GENERIC_WRITE;
    let work = Create {
        disposition: lanward_smb2::messages::CreateDisposition::CREATE,
        ..Create::open("work.txt", access)
    };
    let work = alice.create(data, &work).unwrap().file;
    let mut admin = Administrator::at(&site);
    for round in 0..3_u8 {
        assert_eq!(admin.add("docs"), 0);
        let docs = alice.tree_connect(data.session, "DOCS").unwrap();
        alice.write_file(docs, "a.txt", &[round]).unwrap();
        let comment = ShareInfo { remark: Some("papers".into()), ..ShareInfo::default() };
        assert_eq!(admin.set("docs", 1004, comment), 0);
        assert_eq!(admin.set("docs", 1006, ShareInfo { max_uses: 1, ..ShareInfo::default() }), 0);
        assert_eq!(alice.read_file(docs, "a.txt").unwrap(), [round]);
        // The share that was changed is as full as it was before.
        assert_eq!(refused(alice.tree_connect(data.session, "docs")), NtStatus::REQUEST_NOT_ACCEPTED);
        assert_eq!(admin.set("data", 1006, ShareInfo { max_uses: 9, ..ShareInfo::default() }), 0);
        assert_eq!(admin.delete("docs"), 0);
        assert_eq!(refused(alice.read_file(docs, "a.txt")), NtStatus::NETWORK_NAME_DELETED);
        assert_eq!(refused(alice.tree_connect(data.session, "docs")), NtStatus::BAD_NETWORK_NAME);
        // What was open elsewhere is open still, in the same connection.
        let id = alice.send_write(work, u64::from(round), &[round]).unwrap();
        assert_eq!(alice.receive(id).unwrap().status(), NtStatus::SUCCESS);
    }
    assert_eq!(admin.delete("data"), 0);
    assert_eq!(refused(alice.read_file(data, "work.txt")), NtStatus::NETWORK_NAME_DELETED);
    // The session is there all the same.
    assert!(alice.tree_connect(data.session, "IPC$").is_ok());
}

#[test]
fn who_is_no_administrator_changes_no_share() {
    let site = Site::new().unwrap();
    let (mut alice, data) = site.alice(Options::default()).unwrap();
    let ipc = alice.tree_connect(data.session, "IPC$").unwrap();
    let access = AccessMask::GENERIC_READ | AccessMask::GENERIC_WRITE;
    let pipe = alice.create(ipc, &Create::open("srvsvc", access)).unwrap().file;
    let association = ClientAssociation::new(srvsvc::INTERFACE);
    let mut caller = Administrator { connection: alice, pipe, association };
    let bind = caller.association.bind();
    caller.transceive(&bind);
    assert_eq!((caller.add("docs"), caller.delete("data")), (5, 5));
    assert_eq!(caller.set("data", 1006, ShareInfo::default()), 5);
    assert_eq!(site.server.shares().len(), 2);
}
