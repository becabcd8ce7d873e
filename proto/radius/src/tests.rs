use crate::attribute::{AttributeType, Attributes, put, put_number};
use crate::hidden::{hide, hide_key, md5, reveal, reveal_key};
use crate::microsoft::{MicrosoftType, microsoft, put_microsoft};
use crate::packet::{Authenticator, authenticator_of, build};
use crate::*;
use core::time::Duration;
use lanward_auth::NtHash;
use lanward_auth::mschap::{KeyStrength, MasterKey};
use lanward_auth::mschap::{MppeKeys, MsChapV2Proof, encrypt_password, nt_response_v2};
use lanward_auth::ntlm::Side;
use lanward_ppp::authentication::{AuthenticationRequest, MsChapError, Proof, Verdict};
use std::net::Ipv4Addr;

fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> =
        text.chars().filter(|c| !c.is_whitespace()).map(|c| c.to_digit(16).unwrap() as u8).collect();
    digits.chunks(2).map(|d| d[0] << 4 | d[1]).collect()
}

fn secret() -> Secret {
    Secret::new(b"xyzzy5461")
}

/// RFC 2865, 7.1.
const REQUEST: &str = "010000380f403f9473978057bd83d5cb98f4227a01066e656d6f02120dbe708d93d413ce3196e43f782a0aee0406c0a80110050600000003";
const ACCEPT: &str = "0200002686fe220e7624ba2a1005f6bf9b55e0b20606000000010f06000000000e06c0a80103";

#[test]
fn rfc_2865_7_1_packets() {
    let (request, accept) = (hex(REQUEST), hex(ACCEPT));
    let packet = Packet::decode(&request).unwrap();
    assert_eq!((packet.code, packet.identifier), (Code::ACCESS_REQUEST, 0));
    let kinds: Vec<_> = packet.attributes.iter().map(|attribute| attribute.kind.0).collect();
    assert_eq!(kinds, [1, 2, 4, 5]);
    let hidden = packet.attributes.first(AttributeType::USER_PASSWORD).unwrap().value;
    assert_eq!(hide(b"arctangent", &secret(), &packet.authenticator), hidden);
    let clear = reveal(hidden, &secret(), &packet.authenticator).unwrap();
    assert_eq!(clear.strip_suffix(&[0; 6]).unwrap(), b"arctangent");
    assert_eq!(packet.attributes.first(AttributeType::NAS_PORT).unwrap().number(), Some(3));
    let answer = Packet::decode(&accept).unwrap();
    assert!(answer.answers(&packet.authenticator, &secret()));
    assert!(!answer.answers(&packet.authenticator, &Secret::new(b"other")));
    assert!(!answer.answers(&[0; 16], &secret()));
}

#[test]
fn rfc_2548_2_4_2_keys_behind_a_salt() {
    let request = [7; 16];
    for length in [8_usize, 16, 32] {
        let key: Vec<u8> = (1..).take(length).collect();
        let hidden = hide_key(&key, [1, 2], &secret(), &request);
        assert_eq!(hidden.len(), 2 + (1 + length).next_multiple_of(16));
        assert_eq!(reveal_key(&hidden, &secret(), &request).unwrap().to_vec(), key);
        assert!(reveal_key(&hidden[..hidden.len() - 1], &secret(), &request).is_none());
        let mut unsalted = hidden.clone();
        unsalted[0] &= 0x7f;
        assert!(reveal_key(&unsalted, &secret(), &request).is_none());
    }
    // What it has to be by hand: b(1) is the MD5 of the secret, the request's authenticator and the salt.
    let hidden = hide_key(&[5; 8], [0x80, 1], &secret(), &request);
    let pad = md5(&[secret().expose(), &request, &[0x80, 1]]);
    assert_eq!(hidden[2] ^ pad[0], 8);
    assert_eq!(hidden[3] ^ pad[1], 5);
}

#[test]
fn m12_keys_of_lengths_that_cannot_be() {
    for length in [0_usize, 1, 7, 9, 15, 17, 33] {
        let hidden = hide_key(&vec![1; length], [1, 2], &secret(), &[7; 16]);
        assert!(reveal_key(&hidden, &secret(), &[7; 16]).is_none(), "{length}");
    }
    assert!(reveal_key(&[], &secret(), &[7; 16]).is_none());
    assert!(reveal_key(&[0x80], &secret(), &[7; 16]).is_none());
    assert!(reveal_key(&[0x80, 1], &secret(), &[7; 16]).is_none());
}

fn nas() -> Nas {
    let calling = Ipv4Addr::new(192, 0, 2, 7);
    Nas {
        identifier: "lanward".to_owned(),
        address: Some([192, 0, 2, 1].into()),
        port: 9,
        called: Some(Ipv4Addr::new(192, 0, 2, 1).into()),
        calling: calling.into(),
    }
}

fn hash() -> NtHash {
    NtHash::of_password(&"clientPass".into())
}

fn v2() -> MsChapV2Proof {
    let (authenticator_challenge, peer_challenge) = ([1; 16], [2; 16]);
    let nt_response = nt_response_v2(&hash(), &authenticator_challenge, &peer_challenge, b"User");
    MsChapV2Proof { authenticator_challenge, peer_challenge, nt_response }
}

fn access(proof: Proof) -> AccessRequest {
    let request = Box::new(AuthenticationRequest { name: b"User".to_vec(), proof });
    AccessRequest { nas: nas(), request, state: None }
}

/// What a server answers that lets in with keys.
fn accept(request: &[u8], more: &[u8]) -> Vec<u8> {
    let packet = Packet::decode(request).unwrap();
    let authenticator = packet.authenticator;
    let proof = v2();
    let master = MasterKey::derive(&hash(), &proof.nt_response);
    let keys = MppeKeys::v2(&master);
    let text: String = proof.answer(&hash(), b"User").iter().map(|byte| format!("{byte:02X}")).collect();
    let mut out = Vec::new();
    put_microsoft(&mut out, MicrosoftType::MS_CHAP2_SUCCESS, format!("\u{1}S={text}").as_bytes());
    for (kind, from, salt) in [
        (MicrosoftType::MS_MPPE_SEND_KEY, Side::Server, 1),
        (MicrosoftType::MS_MPPE_RECV_KEY, Side::Client, 2),
    ] {
        let key = keys.start(from, KeyStrength::Bits128).unwrap();
        put_microsoft(&mut out, kind, &hide_key(key.expose(), [9, salt], &secret(), &authenticator));
    }
    out.extend_from_slice(more);
    build(Code::ACCESS_ACCEPT, packet.identifier, Authenticator::Answer(&authenticator), &out, &secret())
}

#[test]
fn a_request_says_who_asks_and_is_signed() {
    let packet = access(Proof::MsChapV2(v2())).encode(5, &[3; 16], &secret());
    let read = Packet::decode(&packet).unwrap();
    assert_eq!((read.code, read.identifier, read.authenticator), (Code::ACCESS_REQUEST, 5, [3; 16]));
    assert_eq!(read.attributes.iter().next().unwrap().kind, AttributeType::MESSAGE_AUTHENTICATOR);
    assert_eq!(read.message_authenticator(&[3; 16], &secret()), Some(true));
    assert_eq!(read.message_authenticator(&[3; 16], &Secret::new(b"other")), Some(false));
    assert_eq!(read.message_authenticator(&[4; 16], &secret()), Some(false));
    assert_eq!(read.attributes.first(AttributeType::USER_NAME).unwrap().value, b"User");
    assert_eq!(read.attributes.first(AttributeType::CALLING_STATION_ID).unwrap().value, b"192.0.2.7");
    let inner: Vec<_> = microsoft(read.attributes).collect();
    assert_eq!(inner[0], (MicrosoftType::MS_CHAP_CHALLENGE, &[1; 16][..]));
    let response = [&[1, 0][..], &[2; 16], &[0; 8], &v2().nt_response].concat();
    assert_eq!(inner[1], (MicrosoftType::MS_CHAP2_RESPONSE, &response[..]));
    let mut changed = packet.clone();
    let last = changed.len() - 1;
    changed[last] ^= 1;
    let changed = Packet::decode(&changed).unwrap();
    assert_eq!(changed.message_authenticator(&[3; 16], &secret()), Some(false));
}

#[test]
fn every_proof_has_its_attributes() {
    let (password, encrypted_hash) = encrypt_password(&"new".into(), &hash(), [1; 512]).unwrap();
    let change = Proof::ChangePassword { proof: v2(), encrypted_password: password.clone(), encrypted_hash };
    let packet = access(change).encode(1, &[3; 16], &secret());
    let read = Packet::decode(&packet).unwrap();
    let parts: Vec<_> = microsoft(read.attributes).filter(|(kind, _)| kind.0 == 6).map(|(_, v)| v).collect();
    assert_eq!(parts.iter().map(|part| part[3]).collect::<Vec<_>>(), [1, 2, 3]);
    let whole: Vec<u8> = parts.iter().flat_map(|part| part[4..].to_vec()).collect();
    assert_eq!(whole, password[..]);
    let cpw = microsoft(read.attributes).find(|(kind, _)| *kind == MicrosoftType::MS_CHAP2_CPW).unwrap().1;
    assert_eq!((cpw.len(), cpw[0]), (68, 7));

    let nt = Proof::MsChapV1 { challenge: [1; 8], lm_response: [0; 24], nt_response: Some([5; 24]) };
    let packet = access(nt).encode(1, &[3; 16], &secret());
    let read = Packet::decode(&packet).unwrap();
    let value = microsoft(read.attributes).last().unwrap();
    assert_eq!(value, (MicrosoftType::MS_CHAP_RESPONSE, &[&[1, 1][..], &[0; 24], &[5; 24]].concat()[..]));

    let pap = Proof::Pap { password: b"arctangent".to_vec().into() };
    let packet = access(pap).encode(1, &[3; 16], &secret());
    let hidden =
        Packet::decode(&packet).unwrap().attributes.first(AttributeType::USER_PASSWORD).unwrap().value;
    assert_eq!(reveal(hidden, &secret(), &[3; 16]).unwrap()[..10], *b"arctangent");

    let chap = Proof::ChapMd5 { identifier: 7, challenge: [1; 16], response: [2; 16] };
    let packet = access(chap).encode(1, &[3; 16], &secret());
    let value =
        Packet::decode(&packet).unwrap().attributes.first(AttributeType::CHAP_PASSWORD).unwrap().value;
    assert_eq!(value, [&[7][..], &[2; 16]].concat());
}

#[test]
fn an_acceptance_brings_keys_addresses_and_terms() {
    let request = access(Proof::MsChapV2(v2())).encode(5, &[3; 16], &secret());
    let mut more = Vec::new();
    put(&mut more, AttributeType::FRAMED_IP_ADDRESS, &[10, 0, 0, 9]);
    put_number(&mut more, AttributeType::SESSION_TIMEOUT, 3600);
    put_number(&mut more, AttributeType::IDLE_TIMEOUT, 60);
    put_number(&mut more, AttributeType::ACCT_INTERIM_INTERVAL, 1);
    put(&mut more, AttributeType::CLASS, b"gold");
    put_microsoft(&mut more, MicrosoftType::MS_PRIMARY_DNS_SERVER, &[10, 0, 0, 1]);
    put_microsoft(&mut more, MicrosoftType::MS_SECONDARY_NBNS_SERVER, &[10, 0, 0, 2]);
    let answer = accept(&request, &more);
    let packet = Packet::decode(&answer).unwrap();
    let proof = Proof::MsChapV2(v2());
    let Some(AccessAnswer::Accept(accept)) = AccessAnswer::of(&packet, &[3; 16], &secret(), &proof) else {
        panic!("it is an acceptance")
    };
    assert_eq!(accept.keys, Some(v2().keys(&hash())));
    assert_eq!(accept.authenticator_response, Some(v2().answer(&hash(), b"User")));
    assert_eq!(accept.grant.address, Some([10, 0, 0, 9].into()));
    assert_eq!(accept.grant.dns, [Some([10, 0, 0, 1].into()), None]);
    assert_eq!(accept.grant.wins, [None, Some([10, 0, 0, 2].into())]);
    assert_eq!(accept.grant.session_timeout, Some(Duration::from_secs(3600)));
    assert_eq!(accept.grant.idle_timeout, Some(Duration::from_secs(60)));
    assert_eq!(accept.interim_interval, Some(Duration::from_secs(60)), "not more often");
    assert_eq!(accept.class, [b"gold"]);
    assert!(matches!(AccessAnswer::Accept(accept).verdict(), Verdict::Accepted(_)));
}

#[test]
fn the_server_chooses_an_address_where_it_is_told_to() {
    let request = access(Proof::MsChapV2(v2())).encode(5, &[3; 16], &secret());
    for address in [[255; 4], [255, 255, 255, 254], [0; 4]] {
        let mut more = Vec::new();
        put(&mut more, AttributeType::FRAMED_IP_ADDRESS, &address);
        let answer = accept(&request, &more);
        let packet = Packet::decode(&answer).unwrap();
        let proof = Proof::MsChapV2(v2());
        let Some(AccessAnswer::Accept(accept)) = AccessAnswer::of(&packet, &[3; 16], &secret(), &proof)
        else {
            panic!()
        };
        assert_eq!(accept.grant.address, None);
    }
}

#[test]
fn keys_of_version_1_come_hidden() {
    let proof = Proof::MsChapV1 { challenge: [6; 8], lm_response: [0; 24], nt_response: Some([5; 24]) };
    let keys = [&[0; 8][..], &[4; 16], &[0; 8]].concat();
    let mut out = Vec::new();
    put_microsoft(&mut out, MicrosoftType::MS_CHAP_MPPE_KEYS, &hide(&keys, &secret(), &[3; 16]));
    let answer = build(Code::ACCESS_ACCEPT, 1, Authenticator::Answer(&[3; 16]), &out, &secret());
    let packet = Packet::decode(&answer).unwrap();
    let Some(AccessAnswer::Accept(accept)) = AccessAnswer::of(&packet, &[3; 16], &secret(), &proof) else {
        panic!()
    };
    assert_eq!(accept.keys, Some(MppeKeys::v1_of_hashes(&[4; 16], None, &[6; 8])));
}

#[test]
fn a_refusal_says_why() {
    let proof = Proof::MsChapV2(v2());
    let refused = |out: &[u8], code| {
        let answer = build(code, 1, Authenticator::Answer(&[3; 16]), out, &secret());
        AccessAnswer::of(&Packet::decode(&answer).unwrap(), &[3; 16], &secret(), &proof)
    };
    let reject = |error, retry| Some(AccessAnswer::Reject { error, retry });
    let denied = MsChapError::AuthenticationFailure;
    assert_eq!(refused(&[], Code::ACCESS_REJECT), reject(denied, true));
    let mut out = Vec::new();
    put_microsoft(&mut out, MicrosoftType::MS_CHAP_ERROR, b"\x01E=648 R=0 C=00 V=3 M=expired");
    assert_eq!(refused(&out, Code::ACCESS_REJECT), reject(MsChapError::PasswordExpired, false));
    assert_eq!(refused(&[], Code::ACCESS_CHALLENGE), reject(denied, false));
    assert_eq!(refused(&[], Code::ACCOUNTING_RESPONSE), None);
    assert_eq!(refused(&[], Code::ACCESS_ACCEPT), reject(denied, false), "it proves nothing to the client");
}

#[test]
fn a16_lengths_that_cannot_be_and_answers_without_a_signature() {
    for attributes in [&[26][..], &[26, 0], &[26, 1], &[26, 3], &[1, 255, 0]] {
        assert!(Attributes::decode(attributes).is_err(), "{attributes:?}");
    }
    let with = |value: &[u8]| {
        let mut out = Vec::new();
        put(&mut out, AttributeType::VENDOR_SPECIFIC, value);
        microsoft(Attributes::decode(&out).unwrap()).count()
    };
    for value in [
        &[][..],
        &[0, 0, 1],
        &[0, 0, 1, 0x37],
        &[0, 0, 1, 0x37, 16],
        &[0, 0, 1, 0x37, 16, 0],
        &[0, 0, 1, 0x37, 16, 1],
        &[0, 0, 1, 0x37, 16, 9, 1],
        &[0, 0, 0, 9, 16, 3, 1],
    ] {
        assert_eq!(with(value), 0, "{value:?}");
    }
    assert_eq!(with(&[0, 0, 1, 0x37, 16, 3, 1, 17, 2]), 2);
    for bytes in [&[][..], &[1; 19], &[1, 1, 0, 19], &[1, 1, 0x10, 1]] {
        assert!(Packet::decode(bytes).is_err());
    }
    assert!(Packet::decode(&[&[1, 1, 0x10, 1][..], &[0; 5000]].concat()).is_err());
    // RFC 2865 alone: the answer of 7.1 is right, and says nothing of who made it.
    let accept = hex(ACCEPT);
    let packet = Packet::decode(&accept).unwrap();
    let request = authenticator_of(&hex(REQUEST));
    assert!(packet.answers(&request, &secret()));
    let proof = Proof::Pap { password: b"arctangent".to_vec().into() };
    assert_eq!(AccessAnswer::of(&packet, &request, &secret(), &proof), None);
}

#[test]
fn accounting_is_signed_and_counts() {
    let request = AccountingRequest {
        status: AccountingStatus::Stop(TerminateCause::IdleTimeout),
        nas: nas(),
        session: "00000001".to_owned(),
        user: b"User".to_vec(),
        address: Some([10, 0, 0, 9].into()),
        class: vec![b"gold".to_vec()],
        usage: Usage {
            time: Duration::from_secs(90),
            received_bytes: (3 << 32) + 7,
            sent_bytes: 5,
            received_packets: 2,
            sent_packets: 1,
        },
        delay: Duration::from_secs(4),
    };
    let bytes = request.encode(3, &secret());
    let packet = Packet::decode(&bytes).unwrap();
    assert!(packet.is_signed(&secret()) && !packet.is_signed(&Secret::new(b"other")));
    let number = |kind| packet.attributes.first(kind).unwrap().number().unwrap();
    assert_eq!(number(AttributeType::ACCT_STATUS_TYPE), 2);
    assert_eq!(number(AttributeType::ACCT_TERMINATE_CAUSE), 4);
    assert_eq!(number(AttributeType::ACCT_SESSION_TIME), 90);
    assert_eq!(number(AttributeType::ACCT_INPUT_GIGAWORDS), 3);
    assert_eq!(number(AttributeType::ACCT_INPUT_OCTETS), 7);
    assert_eq!(number(AttributeType::ACCT_OUTPUT_OCTETS), 5);
    assert_eq!(packet.attributes.first(AttributeType::CLASS).unwrap().value, b"gold");
    let on = AccountingRequest { status: AccountingStatus::On, ..request };
    let bytes = on.encode(3, &secret());
    assert!(Packet::decode(&bytes).unwrap().attributes.first(AttributeType::USER_NAME).is_none());
}

#[test]
fn sessions_are_sent_away_by_who_knows_the_secret() {
    let mut server = DynamicServer::new("lanward");
    let request = |code, attributes: &[u8]| build(code, 9, Authenticator::Signed, attributes, &secret());
    let mut user = Vec::new();
    put(&mut user, AttributeType::USER_NAME, b"User");
    put(&mut user, AttributeType::ACCT_SESSION_ID, b"00000001");
    let untimed = request(Code::DISCONNECT_REQUEST, &user);
    put_number(&mut user, AttributeType::EVENT_TIMESTAMP, 900);
    let mut asked = Vec::new();
    let disconnect = request(Code::DISCONNECT_REQUEST, &user);
    for _ in 0..3 {
        let answer = server.receive(&disconnect, &secret(), 1000, |request| {
            asked.push(request.clone());
            DynamicAnswer::Ack
        });
        let answer = answer.unwrap();
        let packet = Packet::decode(&answer).unwrap();
        assert_eq!((packet.code, packet.identifier), (Code::DISCONNECT_ACK, 9));
        assert!(packet.answers(&authenticator_of(&disconnect), &secret()));
        assert_eq!(packet.message_authenticator(&authenticator_of(&disconnect), &secret()), Some(true));
    }
    assert_eq!(asked.len(), 1, "one that comes again does nothing");
    assert_eq!(asked[0].session.as_deref(), Some(&b"00000001"[..]));
    assert_eq!(asked[0].kind, DynamicKind::Disconnect);

    let mut terms = user.clone();
    put_number(&mut terms, AttributeType::SESSION_TIMEOUT, 60);
    let never = |_: &DynamicRequest| -> DynamicAnswer { panic!("nobody asks") };
    let cause = |answer: Option<Vec<u8>>| {
        let answer = answer.unwrap();
        let packet = Packet::decode(&answer).unwrap();
        (packet.code, packet.attributes.first(AttributeType::ERROR_CAUSE).unwrap().number().unwrap())
    };
    let bad = request(Code::DISCONNECT_REQUEST, &terms);
    assert_eq!(cause(server.receive(&bad, &secret(), 1000, never)), (Code::DISCONNECT_NAK, 401));
    assert_eq!(cause(server.receive(&untimed, &secret(), 1000, never)), (Code::DISCONNECT_NAK, 402));
    let mut time = Vec::new();
    put_number(&mut time, AttributeType::EVENT_TIMESTAMP, 1000);
    let nobody = request(Code::COA_REQUEST, &time);
    assert_eq!(cause(server.receive(&nobody, &secret(), 1000, never)), (Code::COA_NAK, 402));
    let mut other = user.clone();
    put(&mut other, AttributeType::NAS_IDENTIFIER, b"other");
    let other = request(Code::COA_REQUEST, &other);
    assert_eq!(cause(server.receive(&other, &secret(), 1000, never)), (Code::COA_NAK, 403));
    let unknown = request(Code::COA_REQUEST, &terms);
    let answer = server.receive(&unknown, &secret(), 1000, |request| {
        assert_eq!(request.session_timeout, Some(Duration::from_secs(60)));
        DynamicAnswer::Nak(ErrorCause::SessionContextNotFound)
    });
    assert_eq!(cause(answer), (Code::COA_NAK, 503));

    for session in 0..1_000_u32 {
        let mut more = user.clone();
        put(&mut more, AttributeType::CALLING_STATION_ID, &session.to_be_bytes());
        let more = request(Code::DISCONNECT_REQUEST, &more);
        server.receive(&more, &secret(), 1000, |_| DynamicAnswer::Ack).unwrap();
    }
    assert!(server.receive(&disconnect, &secret(), 1200, never).is_some(), "however many came since then");
    assert_eq!(server.receive(&disconnect, &secret(), 1201, never), None, "it is too old");
    let mut forged = disconnect.clone();
    forged[4] ^= 1;
    assert_eq!(server.receive(&forged, &secret(), 1000, never), None);
    assert_eq!(server.receive(&disconnect, &Secret::new(b"other"), 1000, never), None);
}

fn counting() -> impl FnMut(&mut [u8]) {
    let mut next = 0_u8;
    move |bytes: &mut [u8]| {
        next = next.wrapping_add(1);
        bytes.fill(next);
    }
}

fn sent(out: &mut Vec<ClientStep>) -> Vec<(usize, Vec<u8>)> {
    let steps = out.drain(..).map(|step| match step {
        ClientStep::Send { server, datagram } => (server, datagram),
        ClientStep::Done { .. } | ClientStep::Unsigned { .. } => panic!("it is not sent"),
    });
    steps.collect()
}

#[test]
fn servers_are_asked_in_turn_and_the_dead_last() {
    let policy = RetryPolicy::default();
    let mut client = Client::new(vec![secret(), secret()], policy);
    let (mut rng, mut out) = (counting(), Vec::new());
    let ask = || Request::Access(access(Proof::MsChapV2(v2())));
    client.request(1, ask(), Duration::ZERO, &mut rng, &mut out).unwrap();
    let first = sent(&mut out).remove(0);
    assert_eq!(first.0, 0);
    let mut seen = Vec::new();
    for _ in 0..5 {
        let at = client.deadline().unwrap();
        client.tick(at - Duration::from_millis(1), &mut rng, &mut out);
        assert!(out.is_empty());
        client.tick(at, &mut rng, &mut out);
        seen.extend(sent(&mut out));
    }
    assert_eq!(seen.iter().map(|(server, _)| *server).collect::<Vec<_>>(), [0, 0, 1, 1, 1]);
    assert!(seen[..2].iter().all(|(_, datagram)| *datagram == first.1), "the same again");
    assert_ne!(seen[2].1[4..20], first.1[4..20], "another challenge for another server");
    client.receive(0, &accept(&first.1, &[]), &mut out);
    assert!(out.is_empty(), "nobody waits for the first any more");
    client.receive(1, &accept(&seen[2].1, &[]), &mut out);
    let [ClientStep::Done { token: 1, answer }] = &out[..] else { panic!("{out:?}") };
    assert!(matches!(**answer, Answer::Access(AccessAnswer::Accept(_))));
    assert_eq!(client.deadline(), None);
    out.clear();
    let now = Duration::from_secs(20);
    client.request(2, ask(), now, &mut rng, &mut out).unwrap();
    assert_eq!(sent(&mut out)[0].0, 1, "the first is dead");
    client.forget(2);
    client.request(3, ask(), now + policy.dead, &mut rng, &mut out).unwrap();
    assert_eq!(sent(&mut out)[0].0, 0);
    while let Some(at) = client.deadline() {
        client.tick(at, &mut rng, &mut out);
    }
    assert_eq!(out.last(), Some(&ClientStep::Done { token: 3, answer: Box::new(Answer::Nobody) }));
}

#[test]
fn so_many_wait_and_no_more() {
    let mut client = Client::new(vec![secret()], RetryPolicy::default());
    let (mut rng, mut out) = (counting(), Vec::new());
    let ask = || Request::Access(access(Proof::MsChapV2(v2())));
    for token in 0..256 {
        client.request(token, ask(), Duration::ZERO, &mut rng, &mut out).unwrap();
    }
    assert_eq!(client.request(256, ask(), Duration::ZERO, &mut rng, &mut out), Err(TooMany));
    let identifiers: std::collections::BTreeSet<u8> = sent(&mut out).iter().map(|(_, d)| d[1]).collect();
    assert_eq!(identifiers.len(), 256);
    client.forget(77);
    assert_eq!(client.request(256, ask(), Duration::ZERO, &mut rng, &mut out), Ok(()));
}

#[test]
fn answers_of_others_are_ignored() {
    let mut client = Client::new(vec![secret(), Secret::new(b"second")], RetryPolicy::default());
    let (mut rng, mut out) = (counting(), Vec::new());
    client
        .request(1, Request::Access(access(Proof::MsChapV2(v2()))), Duration::ZERO, &mut rng, &mut out)
        .unwrap();
    let request = sent(&mut out).remove(0).1;
    let right = accept(&request, &[]);
    for at in 0..right.len() {
        let mut wrong = right.clone();
        wrong[at] ^= 1;
        client.receive(0, &wrong, &mut out);
        client.receive(1, &right, &mut out);
        client.receive(2, &right, &mut out);
        assert!(out.is_empty(), "{at}");
    }
    client.receive(0, &right, &mut out);
    assert_eq!(out.len(), 1);
}

#[test]
fn a16_a_server_that_does_not_sign_is_told_of() {
    let mut client = Client::new(vec![secret()], RetryPolicy::default());
    let (mut rng, mut out) = (counting(), Vec::new());
    client
        .request(1, Request::Access(access(Proof::MsChapV2(v2()))), Duration::ZERO, &mut rng, &mut out)
        .unwrap();
    let request = sent(&mut out).remove(0).1;
    let mut unsigned = [&[2, request[1], 0, 20][..], &request[4..20]].concat();
    let digest = md5(&[&unsigned, secret().expose()]);
    unsigned[4..].copy_from_slice(&digest);
    client.receive(0, &unsigned, &mut out);
    assert_eq!(out, [ClientStep::Unsigned { server: 0 }]);
    out.clear();
    unsigned[4] ^= 1;
    client.receive(0, &unsigned, &mut out);
    assert!(out.is_empty());
}
