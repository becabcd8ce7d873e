use crate::tests::{Peer, server, session};
use lanward_nt::NtStatus;
use lanward_rpc::svcctl::{
    self, BufferResponse, ChangeServiceConfigRequest, ChangeServiceConfigResponse, Control, ControlRequest,
    EnumServicesRequest, EnumServicesResponse, HandleResponse, LockStatusRequest, LockStatusResponse,
    NO_CHANGE, NameRequest, NameResponse, OpenManagerRequest, OpenServiceRequest, QueryConfigRequest,
    QueryConfigResponse, QueryRequest, SetSecurityRequest, StartRequest, State, StatusResponse,
};
use lanward_rpc::{ClientError, ContextHandle, Fault, NdrReader, NdrWriter};
use lanward_server::{Server, Session};
use lanward_wire::DecodeError;
use std::sync::Arc;

const MAXIMUM: u32 = 0x0200_0000;

/// A client of the service control manager with its database open.
struct Client {
    peer: Peer,
    manager: ContextHandle,
}

impl Client {
    async fn of(session: &Arc<Session>) -> Self {
        let mut peer = Peer::bind(session, "svcctl", svcctl::INTERFACE).await;
        let open = OpenManagerRequest { machine_name: None, database_name: None, desired_access: MAXIMUM };
        let stub = peer.call(svcctl::OPEN_MANAGER, |w| open.encode(w)).await.unwrap();
        let response = HandleResponse::decode(&mut NdrReader::new(&stub)).unwrap();
        assert_eq!(response.status, 0);
        Self { peer, manager: response.handle }
    }

    async fn ask<T>(
        &mut self,
        operation: u16,
        encode: impl FnOnce(&mut NdrWriter<'_>),
        decode: impl FnOnce(&mut NdrReader<'_>) -> Result<T, DecodeError>,
    ) -> T {
        let stub = self.peer.call(operation, encode).await.unwrap();
        decode(&mut NdrReader::new(&stub)).unwrap()
    }

    async fn open(&mut self, name: &str, desired_access: u32) -> HandleResponse {
        let open = OpenServiceRequest { manager: self.manager, name: name.into(), desired_access };
        self.ask(svcctl::OPEN_SERVICE, |w| open.encode(w), HandleResponse::decode).await
    }

    async fn control(&mut self, service: ContextHandle, control: Control) -> StatusResponse {
        let request = ControlRequest { service, control };
        self.ask(svcctl::CONTROL_SERVICE, |w| request.encode(w), StatusResponse::decode).await
    }

    async fn status(&mut self, service: ContextHandle) -> StatusResponse {
        self.ask(svcctl::QUERY_STATUS, |w| w.context_handle(&service), StatusResponse::decode).await
    }

    async fn start(&mut self, service: ContextHandle) -> u32 {
        let request = StartRequest { service, count: 0, arguments: None };
        self.ask(svcctl::START_SERVICE, |w| request.encode(w), |r| r.u32("status")).await
    }
}

async fn as_admin() -> (Arc<Server>, Arc<Session>, Client) {
    let server = server();
    let session = session(&server, true);
    let client = Client::of(&session).await;
    (server, session, client)
}

#[tokio::test]
async fn a_paused_server_takes_administrators_only() {
    let (server, admin, mut client) = as_admin().await;
    let user = session(&server, false);
    let connected = user.tree_connect(&"data".into()).unwrap();
    let service = client.open("lanmanserver", MAXIMUM).await.handle;
    assert_eq!(client.status(service).await.service_status.state, State::RUNNING);
    let paused = client.control(service, Control::PAUSE).await;
    assert_eq!((paused.status, paused.service_status.state), (0, State::PAUSED));
    assert_eq!(user.tree_connect(&"data".into()).unwrap_err(), NtStatus::SHARING_PAUSED);
    assert!(admin.tree_connect(&"data".into()).is_ok() && !connected.is_closed());
    let resumed = client.control(service, Control::CONTINUE).await;
    assert_eq!((resumed.status, resumed.service_status.state), (0, State::RUNNING));
    assert!(user.tree_connect(&"data".into()).is_ok());
}

#[tokio::test]
async fn the_server_ends_only_where_that_is_allowed() {
    let (server, _admin, mut client) = as_admin().await;
    let service = client.open("LanmanServer", MAXIMUM).await.handle;
    assert_eq!(client.control(service, Control::STOP).await.status, 1052);
    assert!(!server.is_stopping());
    server.replace_settings(lanward_server::Settings { remote_stop: true, ..Default::default() });
    let stopped = client.control(service, Control::STOP).await;
    assert_eq!((stopped.status, stopped.service_status.state), (0, State::STOP_PENDING));
    server.asked_to_stop().await;
    assert_eq!(client.control(service, Control::PAUSE).await.status, 1061);
}

#[tokio::test]
async fn what_is_not_there_cannot_be_started_and_what_runs_needs_not() {
    let (_server, _admin, mut client) = as_admin().await;
    for (name, started, controlled) in
        [("LanmanServer", 1056, 0), ("Spooler", 1058, 1062), ("RemoteAccess", 1058, 1062)]
    {
        let service = client.open(name, MAXIMUM).await.handle;
        assert_eq!(client.start(service).await, started, "{name}");
        assert_eq!(client.control(service, Control::INTERROGATE).await.status, controlled, "{name}");
        assert_eq!(client.control(service, Control(0)).await.status, 87);
    }
    assert_eq!(client.open("Themes", MAXIMUM).await.status, 1060);
    assert_eq!(client.open("a/b", MAXIMUM).await.status, 123);
    let database = OpenManagerRequest {
        machine_name: None,
        database_name: Some("other".into()),
        desired_access: MAXIMUM,
    };
    let refused = client.ask(svcctl::OPEN_MANAGER, |w| database.encode(w), HandleResponse::decode).await;
    assert_eq!(refused.status, 123);
}

#[tokio::test]
async fn others_look_and_touch_nothing() {
    let server = server();
    let session = session(&server, false);
    let mut client = Client::of(&session).await;
    assert_eq!(client.open("LanmanServer", 0x40).await.status, 5, "SERVICE_PAUSE_CONTINUE");
    assert_eq!(client.open("LanmanServer", 0x4000_0000).await.status, 5, "GENERIC_WRITE");
    let service = client.open("LanmanServer", MAXIMUM).await;
    assert_eq!(service.status, 0);
    assert_eq!(client.status(service.handle).await.service_status.state, State::RUNNING);
    assert_eq!(client.control(service.handle, Control::PAUSE).await.status, 5);
    assert_eq!(client.start(service.handle).await, 5);
    assert!(!server.is_paused());
    let set = SetSecurityRequest { service: service.handle, information: 4, descriptor: vec![0; 20] };
    let status = client.ask(svcctl::SET_OBJECT_SECURITY, |w| set.encode(w), |r| r.u32("status")).await;
    assert_eq!(status, 5);
}

fn enumeration(handle: ContextHandle, state: u32, buffer_size: u32) -> EnumServicesRequest {
    let resume = Some(0);
    EnumServicesRequest { handle, level: 0, service_type: 0x30, state, buffer_size, resume, group: None }
}

#[tokio::test]
async fn services_are_listed_for_whoever_has_room() {
    let (_server, _admin, mut client) = as_admin().await;
    let manager = client.manager;
    for (state, count) in [(1, 1), (2, 2), (3, 3)] {
        let request = enumeration(manager, state, 0);
        let none =
            client.ask(svcctl::ENUM_SERVICES_STATUS, |w| request.encode(w), EnumServicesResponse::decode);
        let none = none.await;
        assert_eq!((none.status, none.returned, none.buffer.len()), (234, 0, 0));
        let request = enumeration(manager, state, none.needed);
        let all =
            client.ask(svcctl::ENUM_SERVICES_STATUS, |w| request.encode(w), EnumServicesResponse::decode);
        let all = all.await;
        assert_eq!((all.status, all.returned, all.resume), (0, count, Some(0)));
        assert_eq!(all.buffer.len(), none.needed as usize);
    }
    for (state, level, status) in [(0, 0, 87), (4, 0, 87), (3, 1, 124)] {
        let request = EnumServicesRequest { level, ..enumeration(manager, state, 4096) };
        let refused = client.ask(
            svcctl::ENUM_SERVICES_STATUS_EX,
            |w| request.encode_ex(w),
            EnumServicesResponse::decode,
        );
        assert_eq!(refused.await.status, status);
    }
    let request = enumeration(manager, 3, 256 * 1024 + 1);
    let refused = client.peer.call(svcctl::ENUM_SERVICES_STATUS, |w| request.encode(w)).await;
    assert_eq!(refused, Err(ClientError::Fault(Fault::BAD_STUB_DATA)), "a buffer out of range");
}

#[tokio::test]
async fn the_record_of_a_service() {
    let (_server, _admin, mut client) = as_admin().await;
    let service = client.open("Spooler", MAXIMUM).await.handle;
    let request = QueryConfigRequest { service, buffer_size: 0 };
    let small = client.ask(svcctl::QUERY_CONFIG, |w| request.encode(w), QueryConfigResponse::decode).await;
    assert_eq!(small.status, 122);
    let request = QueryConfigRequest { service, buffer_size: small.needed };
    let full = client.ask(svcctl::QUERY_CONFIG, |w| request.encode(w), QueryConfigResponse::decode).await;
    assert_eq!((full.status, full.config.display_name), (0, Some("Print Spooler".into())));
    for (operation, what, needed) in
        [(svcctl::QUERY_STATUS_EX, 0, 36), (svcctl::QUERY_CONFIG_2, 2, 20), (svcctl::QUERY_CONFIG_2, 7, 4)]
    {
        for (buffer_size, status) in [(0, 122), (needed, 0), (needed + 9, 0)] {
            let request = QueryRequest { service, what, buffer_size };
            let answer = client.ask(operation, |w| request.encode(w), BufferResponse::decode).await;
            assert_eq!(
                (answer.status, answer.needed, answer.buffer.len()),
                (status, needed, buffer_size as usize)
            );
        }
    }
    let change = ChangeServiceConfigRequest {
        service,
        service_type: NO_CHANGE,
        start_type: NO_CHANGE,
        error_control: 1,
        binary_path: None,
        load_order_group: None,
        tag_id: Some(7),
        dependencies: None,
        start_name: None,
        password: None,
        display_name: None,
    };
    let renamed = ChangeServiceConfigRequest { display_name: Some("Other".into()), ..change.clone() };
    for (request, status) in [(change, 0), (renamed, 5)] {
        let answer = client
            .ask(svcctl::CHANGE_CONFIG, |w| request.encode(w), ChangeServiceConfigResponse::decode)
            .await;
        assert_eq!((answer.status, answer.tag_id), (status, Some(7)));
    }
}

#[tokio::test]
async fn names_lead_to_each_other() {
    let (_server, _admin, mut client) = as_admin().await;
    let manager = client.manager;
    let cases = [
        (svcctl::DISPLAY_NAME, "lanmanserver", 6, ("Server", 6, 0)),
        (svcctl::DISPLAY_NAME, "LanmanServer", 5, ("", 6, 122)),
        (svcctl::KEY_NAME, "print spooler", 99, ("Spooler", 7, 0)),
        (svcctl::KEY_NAME, "Spooler", 99, ("", 0, 1060)),
    ];
    for (operation, name, room, (other, length, status)) in cases {
        let request = NameRequest { manager, name: name.into(), room };
        let answer = client.ask(operation, |w| request.encode(w), NameResponse::decode).await;
        assert_eq!(answer, NameResponse { name: other.into(), length, status });
    }
}

#[tokio::test]
async fn the_lock_is_one_and_runs_down_with_its_holder() {
    let (server, admin, mut client) = as_admin().await;
    let manager = client.manager;
    let locked =
        client.ask(svcctl::LOCK_DATABASE, |w| w.context_handle(&manager), HandleResponse::decode).await;
    assert_eq!(locked.status, 0);
    let again =
        client.ask(svcctl::LOCK_DATABASE, |w| w.context_handle(&manager), HandleResponse::decode).await;
    assert_eq!(again.status, 1055);
    let service = client.open("Spooler", MAXIMUM).await.handle;
    assert_eq!(client.start(service).await, 1055);
    let request = LockStatusRequest { manager, buffer_size: 4096 };
    let status =
        client.ask(svcctl::QUERY_LOCK_STATUS, |w| request.encode(w), LockStatusResponse::decode).await;
    assert_eq!((status.lock.locked, status.lock.owner), (true, Some("alice".into())));
    admin.close().await;
    drop(client);
    let session = session(&server, true);
    let mut client = Client::of(&session).await;
    let service = client.open("Spooler", MAXIMUM).await.handle;
    assert_eq!(client.start(service).await, 1058, "the lock went with the session");
}

#[tokio::test]
async fn descriptors_are_told_set_and_obeyed() {
    let (server, _admin, mut client) = as_admin().await;
    let service = client.open("LanmanServer", MAXIMUM).await.handle;
    for (what, status) in [(0, 87), (0x100, 87), (4, 122)] {
        let request = QueryRequest { service, what, buffer_size: 0 };
        let answer = client.ask(svcctl::QUERY_OBJECT_SECURITY, |w| request.encode(w), BufferResponse::decode);
        assert_eq!(answer.await.status, status, "{what:#x}");
    }
    // D: with an empty list, self-relative.
    let nobody = [1, 0, 4, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 20, 0, 0, 0, 2, 0, 8, 0, 0, 0, 0, 0];
    for (descriptor, status) in [(nobody[..20].to_vec(), 87), (nobody.to_vec(), 0)] {
        let set = SetSecurityRequest { service, information: 4, descriptor };
        assert_eq!(
            client.ask(svcctl::SET_OBJECT_SECURITY, |w| set.encode(w), |r| r.u32("status")).await,
            status
        );
    }
    let user = session(&server, false);
    assert_eq!(Client::of(&user).await.open("LanmanServer", MAXIMUM).await.status, 5);
}

#[tokio::test]
async fn nothing_is_added_or_taken_away_and_handles_are_for_what_they_were_made() {
    let (_server, _admin, mut client) = as_admin().await;
    let (manager, service) = (client.manager, client.open("Spooler", MAXIMUM).await.handle);
    let deleted =
        client.ask(svcctl::DELETE_SERVICE, |w| w.context_handle(&service), |r| r.u32("status")).await;
    assert_eq!(deleted, 5);
    let mistaken = client.peer.call(svcctl::DELETE_SERVICE, |w| w.context_handle(&manager)).await;
    assert_eq!(mistaken, Err(ClientError::Fault(Fault::CONTEXT_MISMATCH)));
    for handle in [service, manager] {
        let closed =
            client.ask(svcctl::CLOSE_HANDLE, |w| w.context_handle(&handle), HandleResponse::decode).await;
        assert_eq!(closed, HandleResponse { handle: ContextHandle::NULL, status: 0 });
        let again = client.peer.call(svcctl::CLOSE_HANDLE, |w| w.context_handle(&handle)).await;
        assert_eq!(again, Err(ClientError::Fault(Fault::CONTEXT_MISMATCH)));
    }
}
