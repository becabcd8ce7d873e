//! The ports, asked over loopback.

use crate::tests::server;
use crate::{Administration, Management, now, register};
use lanward_auth::ntlm::Side;
use lanward_auth::{Credentials, InitiatorConfig, InitiatorNonces, NtHash, SpnegoInitiator, Step};
use lanward_nt::NtStatus;
use lanward_rpc::epmapper::{self, LookupRequest, LookupResponse, MapRequest, MapResponse, Tower, Transport};
use lanward_rpc::pdu::{
    AuthenticationLevel, AuthenticationType, Bind, ContextElement, Flags, Header, Pdu, Request,
    SecurityTrailer,
};
use lanward_rpc::{ContextHandle, NdrReader, NdrWriter, SyntaxId, srvsvc};
use lanward_server::{Caller, Settings, User, UserKind, Zone};
use lanward_wire::{Decode, Reader};
use std::sync::Arc;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// A client on a connection.
struct Client {
    stream: TcpStream,
    level: AuthenticationLevel,
}

impl Client {
    async fn connect(port: Arc<crate::RpcPort>) -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(port.serve(listener));
        Self { stream: TcpStream::connect(address).await.unwrap(), level: AuthenticationLevel::NONE }
    }

    /// A client of a pipe that somebody else opened in his session.
    async fn at_pipe(name: &str, caller: Caller) -> Self {
        let pipe = caller.server.pipes().connect(&name.into(), &caller).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let stream = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (mut other, _) = listener.accept().await.unwrap();
        tokio::spawn(async move {
            let mut piece = vec![0; 8192];
            while let Ok(length @ 1..) = other.read(&mut piece).await {
                let mut reply = Vec::new();
                pipe.transact(&piece[..length], 8192, &mut reply).await.unwrap();
                other.write_all(&reply).await.unwrap();
            }
        });
        Self { stream, level: AuthenticationLevel::NONE }
    }

    async fn send(&mut self, pdu: &[u8]) {
        self.stream.write_all(pdu).await.unwrap();
    }

    /// The next PDU; empty at the end.
    async fn receive(&mut self) -> Vec<u8> {
        let mut pdu = vec![0; Header::LENGTH];
        if self.stream.read_exact(&mut pdu).await.is_err() {
            return Vec::new();
        }
        let length = Header::decode(&mut Reader::new(&pdu)).unwrap().fragment_length;
        pdu.resize(length.into(), 0);
        self.stream.read_exact(&mut pdu[Header::LENGTH..]).await.unwrap();
        pdu
    }

    fn with_token(&self, pdu: fn(Bind) -> Pdu<'static>, interface: SyntaxId, token: &[u8]) -> Vec<u8> {
        let contexts = vec![ContextElement { id: 0, interface, transfer_syntaxes: vec![SyntaxId::NDR] }];
        let bind = Bind { max_transmit: 4280, max_receive: 4280, group: 0, contexts };
        let mut bytes = pdu(bind).to_bytes(1);
        if !token.is_empty() {
            self.trailer(token).append(&mut bytes);
        }
        bytes
    }

    fn trailer<'t>(&self, token: &'t [u8]) -> SecurityTrailer<'t> {
        let authentication_type = AuthenticationType::SPNEGO;
        SecurityTrailer { authentication_type, level: self.level, padding: 0, context_id: 0, token }
    }

    async fn bind(&mut self, interface: SyntaxId) {
        let bind = self.with_token(Pdu::Bind, interface, &[]);
        self.send(&bind).await;
        assert_eq!(self.receive().await[2], 12);
    }

    /// Proves to be alice, with a password that may be wrong; whether it was believed.
    async fn log_in(&mut self, interface: SyntaxId, level: AuthenticationLevel, password: &str) -> bool {
        self.level = level;
        let nt_hash = NtHash::of_password(&password.into());
        let mut initiator = SpnegoInitiator::new(InitiatorConfig {
            credentials: Credentials::User { domain: "".into(), user: "alice".into(), nt_hash },
            workstation: "CLIENT".into(),
            target_name: None,
            ntlmv1: false,
        });
        let bind = self.with_token(Pdu::Bind, interface, &initiator.start());
        self.send(&bind).await;
        let ack = self.receive().await;
        let nonces = InitiatorNonces { client_challenge: [2; 8], random_session_key: [3; 16] };
        let Ok(Step::Continue(answer)) = initiator.step(&token_of(&ack), now(), &nonces) else { panic!() };
        let alter = self.with_token(Pdu::AlterContext, interface, &answer);
        self.send(&alter).await;
        let response = self.receive().await;
        if response[2] != 15 {
            return false;
        }
        let Ok(Step::Done { context, .. }) = initiator.step(&token_of(&response), now(), &nonces) else {
            panic!()
        };
        if level == AuthenticationLevel::INTEGRITY {
            let mut security = context.message_security(Side::Client).at(context.first_sequence);
            let mut pdu = request(15, &[]);
            let signature = security.sign(&pdu[24..]);
            self.trailer(&signature).append(&mut pdu);
            self.send(&pdu).await;
        } else {
            self.send(&request(15, &[])).await;
        }
        true
    }

    async fn call(&mut self, operation: u16, encode: impl FnOnce(&mut NdrWriter<'_>)) -> Vec<u8> {
        let mut stub = Vec::new();
        encode(&mut NdrWriter::new(&mut stub));
        self.send(&request(operation, &stub)).await;
        self.receive().await
    }
}

fn request(operation: u16, stub: &[u8]) -> Vec<u8> {
    let request = Request { allocation_hint: 0, context_id: 0, operation, stub };
    Pdu::Request(request).to_bytes_in(Flags::WHOLE.bits(), 2)
}

fn token_of(pdu: &[u8]) -> Vec<u8> {
    let header = Header::decode(&mut Reader::new(pdu)).unwrap();
    SecurityTrailer::decode(&header, pdu).unwrap().unwrap().token.to_vec()
}

fn status_of(fault: &[u8]) -> u32 {
    assert_eq!(fault[2], 3, "no fault");
    u32::from_le_bytes(fault[24..28].try_into().unwrap())
}

fn management(zone: Zone) -> Management {
    let server = server();
    let added = server.accounts().change(|draft| {
        let alice = draft.add_user("alice".into())?;
        draft.set_password(alice, NtHash::of_password(&"secret".into()), now())
    });
    added.unwrap();
    server.replace_settings(Settings { default_zone: Arc::new(zone), ..Settings::default() });
    register(&server, Administration::default())
}

#[tokio::test]
async fn the_mapper_tells_everybody_where_interfaces_are() {
    let management = management(Zone::default());
    let _interfaces = management.port(49152);
    let mut client = Client::connect(management.mapper_port(135)).await;
    client.bind(epmapper::INTERFACE).await;
    let asked = |transport| Tower { interface: srvsvc::INTERFACE, transfer_syntax: SyntaxId::NDR, transport };
    let questions = [
        Transport::Tcp { port: 0, address: [0; 4].into() },
        Transport::Pipe { path: Vec::new(), server: Vec::new() },
    ];
    let [mut over_tcp, mut over_pipe] = [Vec::new(), Vec::new()];
    for (transport, found) in questions.into_iter().zip([&mut over_tcp, &mut over_pipe]) {
        let tower = Some(asked(transport));
        let question = MapRequest { object: None, tower, handle: ContextHandle::NULL, maximum: 4 };
        let answer = client.call(epmapper::MAP, |w| question.encode(w)).await;
        found.extend(MapResponse::decode(&mut NdrReader::new(&answer[24..])).unwrap().towers);
    }
    assert_eq!(over_tcp, [asked(Transport::Tcp { port: 49152, address: [127, 0, 0, 1].into() })]);
    let path = b"\\PIPE\\srvsvc".to_vec();
    assert_eq!(over_pipe, [asked(Transport::Pipe { path, server: b"\\\\TEST".to_vec() })]);

    let (mut handle, mut found) = (ContextHandle::NULL, Vec::new());
    loop {
        let question = LookupRequest {
            inquiry: 0,
            object: None,
            interface: None,
            version_option: 1,
            handle,
            maximum: 2,
        };
        let answer = client.call(epmapper::LOOKUP, |w| question.encode(w)).await;
        let part = LookupResponse::decode(&mut NdrReader::new(&answer[24..])).unwrap();
        assert!(part.entries.len() <= 2);
        found.extend(part.entries);
        handle = part.handle;
        if handle.is_null() {
            assert_eq!(part.status, epmapper::NOT_REGISTERED);
            break;
        }
        assert_eq!(part.status, 0);
    }
    assert!(found.len() > 4 && found.iter().any(|entry| entry.tower == over_tcp[0]));
}

#[tokio::test]
async fn nobody_is_answered_who_has_not_proved_who_he_is() {
    let management = management(Zone { signing_required: false, ..Zone::default() });
    let port = management.port(1);
    let mut nobody = Client::connect(Arc::clone(&port)).await;
    nobody.bind(srvsvc::INTERFACE).await;
    assert_eq!(status_of(&nobody.call(15, |_| ()).await), 5);
    let mut liar = Client::connect(Arc::clone(&port)).await;
    assert!(!liar.log_in(srvsvc::INTERFACE, AuthenticationLevel::CONNECT, "wrong").await);
    assert!(liar.receive().await.is_empty());
    let mut alice = Client::connect(port).await;
    assert!(alice.log_in(srvsvc::INTERFACE, AuthenticationLevel::CONNECT, "secret").await);
    // The call has no arguments at all: it was let in.
    assert_eq!(status_of(&alice.receive().await), 0x6f7);
}

#[tokio::test]
async fn what_the_zone_asks_for_is_asked_here_too() {
    let management = management(Zone { signing_required: true, ..Zone::default() });
    let port = management.port(1);
    for (level, status) in [(AuthenticationLevel::CONNECT, 5), (AuthenticationLevel::INTEGRITY, 0x6f7)] {
        let mut alice = Client::connect(Arc::clone(&port)).await;
        assert!(alice.log_in(srvsvc::INTERFACE, level, "secret").await);
        assert_eq!(status_of(&alice.receive().await), status);
    }
}

#[tokio::test]
async fn a_proof_that_is_passed_on_in_a_session_of_another_user_is_worth_nothing() {
    let management = management(Zone { signing_required: true, ..Zone::default() });
    let _port = management.port(1);
    let server = Arc::clone(&management.server);
    let sid = server.identity().sid.child(4242);
    let bob = User { name: "bob".into(), sid, kind: UserKind::Named, ..User::anonymous() };
    let caller = Caller {
        user: Arc::new(bob),
        server,
        local: "127.0.0.1:445".parse().unwrap(),
        peer: "127.0.0.1:999".parse().unwrap(),
        session: Some(1),
        activity: Arc::default(),
    };
    let mut bob = Client::at_pipe("srvsvc", caller.clone()).await;
    bob.bind(srvsvc::INTERFACE).await;
    assert_eq!(status_of(&bob.call(15, |_| ()).await), 0x6f7);
    for (level, status) in [(AuthenticationLevel::CONNECT, 5), (AuthenticationLevel::INTEGRITY, 0x6f7)] {
        let mut alice = Client::at_pipe("srvsvc", caller.clone()).await;
        assert!(alice.log_in(srvsvc::INTERFACE, level, "secret").await);
        assert_eq!(status_of(&alice.receive().await), status);
    }
}

#[tokio::test]
async fn a_call_of_somebody_whose_account_was_switched_off_is_refused() {
    let management = management(Zone { signing_required: false, ..Zone::default() });
    let mut alice = Client::connect(management.port(1)).await;
    assert!(alice.log_in(srvsvc::INTERFACE, AuthenticationLevel::CONNECT, "secret").await);
    assert_eq!(status_of(&alice.receive().await), 0x6f7);
    let accounts = management.server.accounts();
    let rid = accounts.directory().user_named(&"alice".into()).unwrap().rid;
    accounts.change(|draft| draft.remove_user(rid)).unwrap();
    assert_eq!(status_of(&alice.call(15, |_| ()).await), 5);
}

#[tokio::test]
async fn wrong_passwords_count_as_they_do_for_sessions() {
    let management = management(Zone { signing_required: false, ..Zone::default() });
    let mut settings = Settings::clone(&management.server.settings());
    settings.limits.logon_failures_per_minute = Some(2);
    management.server.replace_settings(settings);
    let port = management.port(1);
    for _ in 0..2 {
        let mut liar = Client::connect(Arc::clone(&port)).await;
        assert!(!liar.log_in(srvsvc::INTERFACE, AuthenticationLevel::CONNECT, "wrong").await);
    }
    let mut late = Client::connect(port).await;
    assert!(!late.log_in(srvsvc::INTERFACE, AuthenticationLevel::CONNECT, "secret").await);
}

#[tokio::test]
async fn guests_come_in_where_the_zone_lets_them() {
    for (guest_allowed, status) in [(false, 5), (true, 0x6f7)] {
        let management = management(Zone { signing_required: false, guest_allowed, ..Zone::default() });
        management.server.accounts().set_guests(true);
        let added = management.server.accounts().directory().user_named(&"alice".into()).unwrap().rid;
        management.server.accounts().change(|draft| draft.remove_user(added)).unwrap();
        let mut guest = Client::connect(management.port(1)).await;
        assert!(guest.log_in(srvsvc::INTERFACE, AuthenticationLevel::CONNECT, "secret").await);
        assert_eq!(status_of(&guest.receive().await), status);
    }
}

/// Calls in one message whose answers are much larger than they are.
#[tokio::test]
async fn the_answers_to_one_message_are_bounded() {
    let server = server();
    let caller = Caller {
        user: Arc::new(User::anonymous()),
        server: Arc::clone(&server),
        local: "127.0.0.1:445".parse().unwrap(),
        peer: "127.0.0.1:999".parse().unwrap(),
        session: Some(1),
        activity: Arc::default(),
    };
    let open = || server.pipes().connect(&"srvsvc".into(), &caller).unwrap();
    let pipe = open();
    let contexts =
        vec![ContextElement { id: 0, interface: srvsvc::INTERFACE, transfer_syntaxes: vec![SyntaxId::NDR] }];
    let bind = Bind { max_transmit: 5840, max_receive: 5840, group: 0, contexts };
    let bind = Pdu::Bind(bind).to_bytes(1);
    pipe.transact(&bind, 8192, &mut Vec::new()).await.unwrap();
    let mut stub = Vec::new();
    let question = srvsvc::NameCanonicalizeRequest {
        server_name: None,
        name: "a".into(),
        output_length: 64_000,
        name_type: 9,
        flags: 0,
    };
    lanward_rpc::Arguments::append(question, &mut NdrWriter::new(&mut stub));
    let call = request(srvsvc::opnum::NAME_CANONICALIZE, &stub);
    pipe.write(&call.repeat(500)).await.unwrap();
    let available = pipe.peek(0, &mut Vec::new()).unwrap().available;
    assert!((100_000..2 * 1024 * 1024 + 65_536).contains(&available), "{available}");
    // And those to all messages of a session, until they are read or their pipes closed.
    let mut others = Vec::new();
    let refused = loop {
        let other = open();
        if let Err(status) = other.write(&bind).await {
            break status;
        }
        other.read(8192, &mut Vec::new()).await.unwrap();
        other.write(&call.repeat(500)).await.unwrap();
        others.push(other);
        assert!(others.len() < 40);
    };
    assert_eq!(refused, NtStatus::QUOTA_EXCEEDED);
    drop(others);
    assert!(open().write(&bind).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn nobody_keeps_a_connection_by_talking_without_end() {
    let management = management(Zone::default());
    let started = tokio::time::Instant::now();
    let mut slow = Client::connect(management.port(1)).await;
    while slow.stream.write_all(&[5]).await.is_ok() && started.elapsed().as_secs() < 300 {
        let mut byte = [0];
        let end = tokio::time::timeout(std::time::Duration::from_secs(20), slow.stream.read(&mut byte)).await;
        if end.is_ok() {
            break;
        }
    }
    assert!(started.elapsed().as_secs() < 60, "{:?}", started.elapsed());
}
