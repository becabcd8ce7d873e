use crate::tests::{Peer, server, session};
use lanward_rpc::winreg::{
    self, CreateKeyRequest, CreateKeyResponse, EnumKeyRequest, EnumKeyResponse, EnumValueRequest,
    HandleResponse, KeySecurityRequest, KeySecurityResponse, MultipleRequest, MultipleResponse,
    OpenKeyRequest, OpenRootRequest, QueryInfoRequest, QueryInfoResponse, QueryValueRequest, ValueBuffers,
    ValueEntry, ValueResponse,
};
use lanward_rpc::{ClientError, ContextHandle, Fault, NdrReader, NdrWriter};
use lanward_server::{NullSessions, Server, Session, Settings, Zone};
use lanward_wire::DecodeError;
use std::sync::Arc;

const MAXIMUM: u32 = 0x0200_0000;
const PARAMETERS: &str = "SYSTEM\\CurrentControlSet\\Services\\LanmanServer\\Parameters";

struct Client {
    peer: Peer,
    machine: ContextHandle,
    _session: Arc<Session>,
}

impl Client {
    async fn of(server: &Arc<Server>) -> Self {
        let session = session(server, true);
        let peer = Peer::bind(&session, "winreg", winreg::INTERFACE).await;
        let mut client = Self { peer, machine: ContextHandle::NULL, _session: session };
        client.machine = client.root(winreg::OPEN_LOCAL_MACHINE).await.handle;
        client
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

    async fn root(&mut self, operation: u16) -> HandleResponse {
        let request = OpenRootRequest { server_name: None, desired_access: MAXIMUM };
        self.ask(operation, |w| request.encode(w), HandleResponse::decode).await
    }

    async fn open(&mut self, path: &str, desired_access: u32) -> HandleResponse {
        let request =
            OpenKeyRequest { key: self.machine, sub_key: Some(path.into()), options: 0, desired_access };
        self.ask(winreg::OPEN_KEY, |w| request.encode(w), HandleResponse::decode).await
    }

    async fn value(
        &mut self,
        key: ContextHandle,
        name: &str,
        room: Option<u32>,
        data: bool,
    ) -> ValueResponse {
        let buffers = ValueBuffers { value_type: true, data, room, length: Some(0) };
        let request = QueryValueRequest { key, name: Some(name.into()), buffers };
        self.ask(winreg::QUERY_VALUE, |w| request.encode(w), ValueResponse::decode).await
    }
}

#[tokio::test]
async fn values_are_the_settings_in_force() {
    let server = server();
    let mut client = Client::of(&server).await;
    let key = client.open(&PARAMETERS.to_lowercase(), MAXIMUM).await.handle;
    let zone = Zone {
        signing_required: false,
        null_sessions: NullSessions { pipes: vec!["a".into(), "bc".into()], ..NullSessions::default() },
        ..Zone::default()
    };
    let before = client.value(key, "requiresecuritysignature", Some(4), true).await;
    assert_eq!((before.status, before.value_type, before.data), (0, Some(4), Some(vec![1, 0, 0, 0])));
    server.replace_settings(Settings {
        default_zone: Arc::new(zone),
        idle_disconnect: None,
        ..Settings::default()
    });
    let after = client.value(key, "RequireSecuritySignature", Some(100), true).await;
    assert_eq!(after.data, Some(vec![0, 0, 0, 0]), "the next look sees it");
    assert_eq!(client.value(key, "AutoDisconnect", Some(4), true).await.data, Some(vec![0xff; 4]));
    let pipes = client.value(key, "NullSessionPipes", Some(64), true).await;
    assert_eq!((pipes.value_type, pipes.length), (Some(7), Some(12)));
    assert_eq!(pipes.data.unwrap(), b"a\0\0\0b\0c\0\0\0\0\0");
}

#[tokio::test]
async fn a_value_is_sent_to_whoever_has_room_for_it() {
    let mut client = Client::of(&server()).await;
    let key = client.open(PARAMETERS, MAXIMUM).await.handle;
    // Room, data asked for: status, size, length, bytes.
    let cases = [
        (Some(4), true, (0, Some(4), Some(4), Some(4))),
        (Some(3), true, (234, Some(4), Some(0), Some(0))),
        (Some(0), false, (0, Some(4), Some(0), None)),
        (Some(0x0400_0000), true, (0, Some(4), Some(4), Some(4))),
        (None, true, (87, None, Some(0), Some(0))),
    ];
    for (room, data, expected) in cases {
        let value = client.value(key, "Users", room, data).await;
        let found = (value.status, value.size, value.length, value.data.map(|data| data.len()));
        assert_eq!(found, expected, "{room:?} {data}");
    }
    assert_eq!(client.value(key, "Nothing", Some(4), true).await.status, 2);
    let buffers = ValueBuffers { value_type: true, data: true, room: Some(0x0400_0001), length: Some(0) };
    let request = QueryValueRequest { key, name: Some("Users".into()), buffers };
    let refused = client.peer.call(winreg::QUERY_VALUE, |w| request.encode(w)).await;
    assert_eq!(refused, Err(ClientError::Fault(Fault::BAD_STUB_DATA)), "out of range");
}

#[tokio::test]
async fn keys_and_values_are_listed_to_their_ends() {
    let mut client = Client::of(&server()).await;
    let key = client.open("SYSTEM\\CurrentControlSet\\Services", MAXIMUM).await.handle;
    let info = QueryInfoRequest { key, class_room: 0 };
    let info = client.ask(winreg::QUERY_INFO_KEY, |w| info.encode(w), QueryInfoResponse::decode).await;
    assert_eq!((info.status, info.sub_keys, info.values, info.max_sub_key), (0, 4, 0, 24));
    let mut names = Vec::new();
    for (index, name_room, status) in [(0, 26, 0), (0, 25, 234), (1, 26, 0), (4, 26, 259)] {
        let request = EnumKeyRequest {
            key,
            index,
            name_room,
            class_room: Some(0),
            last_write_time: Some(Default::default()),
        };
        let answer = client.ask(winreg::ENUM_KEY, |w| request.encode(w), EnumKeyResponse::decode).await;
        assert_eq!(answer.status, status, "{index} {name_room}");
        names.extend(answer.name);
    }
    assert_eq!(names, ["LanmanServer".into(), "RemoteAccess".into()]);

    let key = client.open(PARAMETERS, MAXIMUM).await.handle;
    let info = QueryInfoRequest { key, class_room: 0 };
    let info = client.ask(winreg::QUERY_INFO_KEY, |w| info.encode(w), QueryInfoResponse::decode).await;
    let buffers = ValueBuffers { value_type: true, data: true, room: Some(info.max_value), length: Some(0) };
    let name_room = u16::try_from(info.max_value_name + 2).unwrap();
    for index in 0..=info.values {
        let request = EnumValueRequest { key, index, name_room, buffers };
        let answer =
            client.ask(winreg::ENUM_VALUE, |w| request.encode(w), ValueResponse::decode_enumerated).await;
        assert_eq!(answer.status, if index == info.values { 259 } else { 0 });
        assert_eq!(answer.name.is_some(), index < info.values);
    }
}

#[tokio::test]
async fn nothing_is_written() {
    let server = server();
    let mut client = Client::of(&server).await;
    for (path, access, status) in [
        (PARAMETERS, 0x0f_003f, 5),
        (PARAMETERS, 0x2_0006, 5),
        (PARAMETERS, 0x2_0019, 0),
        (PARAMETERS, 0x300 | 0x2_0019, 87),
        ("SYSTEM\\Nothing", MAXIMUM, 2),
        ("", MAXIMUM, 0),
    ] {
        assert_eq!(client.open(path, access).await.status, status, "{path} {access:#x}");
    }
    let key = client.open(PARAMETERS, MAXIMUM).await.handle;
    for operation in [winreg::SET_VALUE, winreg::DELETE_KEY, winreg::SAVE_KEY_EX, winreg::SET_KEY_SECURITY] {
        assert_eq!(client.ask(operation, |w| w.context_handle(&key), |r| r.u32("status")).await, 5);
    }
    assert_eq!(client.ask(winreg::FLUSH_KEY, |w| w.context_handle(&key), |r| r.u32("status")).await, 0);
    for (name, status, disposition) in [("SYSTEM", 0, Some(2)), ("New", 5, Some(0))] {
        let request = CreateKeyRequest {
            key: client.machine,
            sub_key: Some(name.into()),
            class: None,
            options: 0,
            desired_access: MAXIMUM,
            disposition: Some(0),
        };
        let answer = client.ask(winreg::CREATE_KEY, |w| request.encode(w), CreateKeyResponse::decode).await;
        assert_eq!((answer.status, answer.disposition), (status, disposition), "{name}");
    }
    let session = session(&server, false);
    let mut other = Peer::bind(&session, "winreg", winreg::INTERFACE).await;
    let request = OpenRootRequest { server_name: Some(0x5c), desired_access: MAXIMUM };
    let stub = other.call(winreg::OPEN_LOCAL_MACHINE, |w| request.encode(w)).await.unwrap();
    assert_eq!(HandleResponse::decode(&mut NdrReader::new(&stub)).unwrap().status, 5, "administrators only");
}

#[tokio::test]
async fn several_values_at_once() {
    let mut client = Client::of(&server()).await;
    let key = client.open(PARAMETERS, MAXIMUM).await.handle;
    let named = |name: &str| ValueEntry { name: Some(name.into()), ..ValueEntry::default() };
    let request = |room, names: &[&str]| MultipleRequest {
        key,
        values: names.iter().map(|name| named(name)).collect(),
        buffer: true,
        room,
    };
    let names = ["Users", "SMB1"];
    for (names, room, status, size) in
        [(&names[..], 8, 0, 8), (&names, 7, 234, 8), (&["Users", "No"], 99, 2, 0), (&[], 0, 0, 0)]
    {
        let request = request(room, names);
        let answer = client
            .ask(winreg::QUERY_MULTIPLE_VALUES_2, |w| request.encode(w), MultipleResponse::decode)
            .await;
        assert_eq!((answer.status, answer.size), (status, size), "{names:?} {room}");
        if (status, room) == (0, 8) {
            assert_eq!(answer.buffer, Some(vec![0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0]));
            assert_eq!(
                (answer.values[1].offset, answer.values[1].length, answer.values[1].value_type),
                (4, 4, 4)
            );
        }
    }
}

#[tokio::test]
async fn roots_versions_and_descriptors() {
    let mut client = Client::of(&server()).await;
    for operation in [0, 1, 2, 3, 4, winreg::OPEN_CURRENT_CONFIG, winreg::OPEN_PERFORMANCE_TEXT, 33] {
        assert_eq!(client.root(operation).await.status, 0, "{operation}");
    }
    let key = client.machine;
    let version =
        client.ask(winreg::GET_VERSION, |w| w.context_handle(&key), |r| Ok((r.u32("x")?, r.u32("x")?)));
    assert_eq!(version.await, (5, 0));
    for (room, status) in [(0, 122), (4096, 0)] {
        let request = KeySecurityRequest { key, information: 4, room };
        let answer =
            client.ask(winreg::GET_KEY_SECURITY, |w| request.encode(w), KeySecurityResponse::decode).await;
        assert_eq!((answer.status, answer.descriptor.is_some()), (status, status == 0));
        assert!(answer.size > 20);
    }
    assert_eq!(
        client.ask(winreg::CLOSE_KEY, |w| w.context_handle(&key), HandleResponse::decode).await.status,
        0
    );
    let closed = client.peer.call(winreg::GET_VERSION, |w| w.context_handle(&key)).await;
    assert_eq!(closed, Err(ClientError::Fault(Fault::CONTEXT_MISMATCH)));
}
