//! What is known to have broken others (A1 to A17), each beside an exchange that goes on.

use super::testing::{Both, NAME, NOW, PASSWORD, config, failure, judge, packets, random, success};
use super::*;
use lanward_auth::mschap::ENCRYPTED_PASSWORD;

/// A server that has sent its Challenge, or the first Request of EAP.
fn challenged(method: Method) -> (Authenticator, Vec<u8>) {
    let mut server = Authenticator::new(method, config());
    let mut out = Vec::new();
    server.start(NOW, &mut random(), &mut out);
    let challenge = packets(&out).first().map(|packet| packet.to_vec()).unwrap_or_default();
    (server, challenge)
}

/// A server of EAP that has sent its challenge.
fn challenged_in_eap() -> (Authenticator, Vec<u8>) {
    let (mut server, identity) = challenged(Method::Eap);
    let mut out = Vec::new();
    server.receive(&[2, identity[1], 0, 6, 1, b'x'], NOW, &mut random(), &mut out);
    let challenge = packets(&out)[0].to_vec();
    (server, challenge)
}

fn to_server(server: &mut Authenticator, packet: &[u8]) -> Vec<Step> {
    let mut out = Vec::new();
    server.receive(packet, NOW, &mut random(), &mut out);
    out
}

fn to_client(client: &mut Authenticatee, packet: &[u8]) -> Vec<Step> {
    let mut out = Vec::new();
    client.receive(packet, NOW, &mut random(), &mut out);
    out
}

fn client(method: Method) -> Authenticatee {
    Authenticatee::new(method, Credentials::new(NAME, PASSWORD))
}

fn packet(code: u8, identifier: u8, data: &[u8]) -> Vec<u8> {
    let length = u16::try_from(data.len() + 4).unwrap().to_be_bytes();
    [&[code, identifier], &length[..], data].concat()
}

/// What answers a challenge of MS-CHAPv2 rightly.
fn right_response(challenge: &[u8]) -> Vec<u8> {
    let out = to_client(&mut client(Method::MsChapV2), challenge);
    packets(&out)[0].to_vec()
}

/// The server still lets in who knows the password.
fn still_works(mut server: Authenticator, challenge: &[u8]) {
    let out = to_server(&mut server, &right_response(challenge));
    let [Step::Ask { token, request }] = &out[..] else { panic!("{out:?}") };
    let (token, verdict) = (*token, judge(PASSWORD, request));
    let mut out = Vec::new();
    server.verdict(token, verdict, NOW, &mut random(), &mut out);
    assert!(success(&out).is_some());
}

#[test]
fn a01_names_longer_than_any_in_eap() {
    let name = vec![b'A'; 1100];
    let md5 = [&[4, 16][..], &[1; 16], &name].concat();
    let (mut server, request) = challenged(Method::Eap);
    for code in [1, 2] {
        assert_eq!(to_server(&mut server, &packet(code, request[1], &md5)), []);
    }
    let out = to_client(&mut client(Method::Eap), &packet(1, 9, &md5));
    assert_eq!(packets(&out), [[2, 9, 0, 6, 3, 26]], "another method is asked for");
    assert_eq!(to_client(&mut client(Method::Eap), &packet(2, 9, &md5)), []);
    let (mut server, request) = challenged_in_eap();
    let value = [&[26, 2, request[5], 4, 0x81 + 4, 49][..], &[0; 49], &name].concat();
    assert_eq!(to_server(&mut server, &packet(2, request[1], &value)), []);
    // Where EAP was not agreed on, its packets do not get here; those of CHAP that look the same make no sense.
    let (mut server, challenge) = challenged(Method::MsChapV2);
    assert_eq!(to_server(&mut server, &packet(1, challenge[1], &md5)), []);
    still_works(server, &challenge);
}

#[test]
fn a02_inner_data_of_every_length() {
    for op_code in 0..=8 {
        for length in (0..120).chain([580, 581, 582, 583, 1400]) {
            let (mut server, request) = challenged_in_eap();
            for stated in [0, 1, 3, 4, length, length + 1, 0xffff] {
                let [high, low] = u16::try_from(stated).unwrap().to_be_bytes();
                let data = [&[26, op_code, request[5], high, low][..], &vec![0x31; length]].concat();
                let out = to_server(&mut server, &packet(2, request[1], &data));
                assert_eq!(out, [], "nothing of this is a response");
                let out = to_client(&mut client(Method::Eap), &packet(1, 1, &data));
                assert!(out.len() <= 1 && success(&out).is_none());
            }
        }
    }
}

#[test]
fn a03_fragments_of_methods_that_are_not_there() {
    let tls = [&[13, 0xc0, 0xff, 0xff, 0xff, 0xff][..], &[0; 40]].concat();
    let out = to_client(&mut client(Method::Eap), &packet(1, 1, &tls));
    assert_eq!(packets(&out), [[2, 1, 0, 6, 3, 26]]);
    let (mut server, request) = challenged_in_eap();
    assert_eq!(to_server(&mut server, &packet(2, request[1], &tls)), []);
}

#[test]
fn a04_short_failures_in_eap() {
    for length in 0..=4 {
        let mut both = Both::new(Method::Eap, PASSWORD);
        let mut out = Vec::new();
        both.server.start(NOW, &mut both.rng, &mut out);
        let mut client = client(Method::Eap);
        let challenge = packet(1, 7, &[&[26, 1, 7, 0, 4 + 17, 16][..], &[5; 16]].concat());
        assert_eq!(to_client(&mut client, &challenge).len(), 1);
        let short = packet(1, 8, &[26, 4, 7, 0, 4][..1 + length]);
        let out = to_client(&mut client, &short);
        // Only a whole header is a message of failure, and one without a word is heard as one.
        let heard = [2, 8, 0, 6, 26, 4];
        assert_eq!(packets(&out), if length == 4 { vec![&heard[..]] } else { vec![] });
    }
}

#[test]
fn a05_responses_of_every_length() {
    for (method, size) in [(Method::MsChapV2, 49), (Method::MsChapV1, 49), (Method::ChapMd5, 16)] {
        let (mut server, challenge) = challenged(method);
        for length in 0..5 + size {
            for stated in [4, length.max(4), 53, 54, 0xffff] {
                let [high, low] = u16::try_from(stated).unwrap().to_be_bytes();
                let mut response = vec![2, challenge[1], high, low, u8::try_from(size).unwrap()];
                response.resize(length.max(4), 0x31);
                assert_eq!(to_server(&mut server, &response), [], "{method:?} {length} {stated}");
            }
        }
        if method == Method::MsChapV2 {
            still_works(server, &challenge);
        }
    }
}

#[test]
fn a06_lengths_over_the_packet() {
    for method in Method::ALL {
        let (mut server, challenge) = challenged(method);
        let identifier = challenge.get(1).copied().unwrap_or(1);
        for code in 0..=8 {
            for length in [0_u16, 1, 2, 3, 60, 1500, 0xffff] {
                let [high, low] = length.to_be_bytes();
                let bytes = [&[code, identifier, high, low][..], &[0xff; 20]].concat();
                assert_eq!(to_server(&mut server, &bytes), [], "{method:?} {code} {length}");
                assert_eq!(to_client(&mut client(method), &bytes), [], "{method:?} {code} {length}");
            }
        }
    }
}

#[test]
fn a07_names_and_passwords_as_long_as_they_can_be() {
    for method in Method::ALL {
        let long = "n".repeat(250);
        let credentials = Credentials::new(&long, &"\u{1f512}".repeat(60));
        let mut both = Both::with(method, credentials);
        let mut asked = None;
        both.run(|request| {
            asked = Some(request.name.clone());
            judge(PASSWORD, request)
        });
        assert_eq!(asked.as_deref(), Some(long.as_bytes()), "{method:?}");
        assert!(failure(&both.server_steps).is_some() || failure(&both.client_steps).is_some());
    }
    let too_long = Credentials::new(NAME, PASSWORD).with_new_password(&"x".repeat(257));
    let mut both = Both::with(Method::MsChapV2, too_long);
    both.run(|_| Verdict::Refused { error: MsChapError::PasswordExpired, retry: false });
    let expired = AuthenticationFailure::Refused(MsChapError::PasswordExpired);
    assert_eq!(failure(&both.client_steps), Some(expired));
}

#[test]
fn a08_value_sizes_and_names() {
    for size in [0_u8, 16, 48, 50, 255] {
        let (mut server, challenge) = challenged(Method::MsChapV2);
        let data = [&[size][..], &vec![1; usize::from(size)], b"User"].concat();
        assert_eq!(to_server(&mut server, &packet(2, challenge[1], &data)), [], "{size}");
        still_works(server, &challenge);
    }
    for name in [&b""[..], &[b'a'; 251], b"a\0b", b"..\\", b"\xff\xfe", b"a\\b\\c", b"\\", b"%n%s"] {
        let (mut server, challenge) = challenged(Method::MsChapV2);
        let data = [&[49][..], &[1; 49], name].concat();
        let out = to_server(&mut server, &packet(2, challenge[1], &data));
        let [Step::Ask { request, .. }] = &out[..] else { panic!("{out:?}") };
        assert_eq!(request.name, name, "names are whatever was sent");
        assert!(matches!(judge(PASSWORD, request), Verdict::Refused { .. }));
    }
    let (mut server, challenge) = challenged(Method::MsChapV2);
    let data = [&[49][..], &[1; 49], &[b'a'; 257]].concat();
    assert_eq!(to_server(&mut server, &packet(2, challenge[1], &data)), []);
}

#[test]
fn a09_responses_out_of_turn() {
    let (mut server, challenge) = challenged(Method::MsChapV2);
    let response = right_response(&challenge);
    let mut fresh = Authenticator::new(Method::MsChapV2, config());
    assert_eq!(to_server(&mut fresh, &response), [], "nothing was asked");
    for identifier in (0..=255).filter(|identifier| *identifier != challenge[1]) {
        let mut other = response.clone();
        other[1] = identifier;
        assert_eq!(to_server(&mut server, &other), []);
    }
    let out = to_server(&mut server, &response);
    let [Step::Ask { token, request }] = &out[..] else { panic!() };
    for _ in 0..1000 {
        assert_eq!(to_server(&mut server, &response), [], "one is judged at a time");
    }
    let mut out = Vec::new();
    server.verdict(*token, judge(PASSWORD, request), NOW, &mut random(), &mut out);
    assert!(success(&out).is_some());
    let mut other = response.clone();
    other.extend(b"2");
    other[3] += 1;
    assert_eq!(to_server(&mut server, &other), [], "nobody else comes in behind");
    // Online guessing ends after three tries.
    let (mut server, challenge) = challenged(Method::MsChapV2);
    let mut asked = 0;
    let mut guess = packet(2, challenge[1], &[&[49][..], &[0; 49], b"User"].concat());
    for n in 0..100_u8 {
        guess[5] = n;
        let mut out = to_server(&mut server, &guess);
        if let Some(Step::Ask { token, request }) = out.pop() {
            asked += 1;
            server.verdict(token, judge(PASSWORD, &request), NOW, &mut random(), &mut out);
        }
    }
    assert_eq!(asked, 3);
}

#[test]
fn a10_challenges_are_not_answered_by_who_asks_nor_reflected() {
    for method in [Method::MsChapV2, Method::MsChapV1, Method::ChapMd5] {
        let (mut server, challenge) = challenged(method);
        assert_eq!(to_server(&mut server, &challenge), []);
    }
    let (mut server, request) = challenged(Method::Eap);
    assert_eq!(to_server(&mut server, &request), []);
    let mut client = client(Method::MsChapV2);
    let (_, challenge) = challenged(Method::MsChapV2);
    let out = to_client(&mut client, &challenge);
    let own = packets(&out)[0][5..21].to_vec();
    let out = to_client(&mut client, &packet(1, 77, &[&[16][..], &own, b"srv"].concat()));
    assert_eq!(out, [Step::Failed(AuthenticationFailure::Reflected)]);
}

#[test]
fn a12_failures_that_make_no_sense() {
    for text in [
        &b""[..],
        b"E= R= C= V= M=",
        b"R=9",
        b"E=99999999999999999999 R=1 C=zz",
        b"E=648 R=1 C=00 V=3",
        &[0xff; 1000],
    ] {
        let credentials = Credentials::new(NAME, PASSWORD).with_new_password("new");
        let mut client = Authenticatee::new(Method::MsChapV2, credentials);
        let (_, challenge) = challenged(Method::MsChapV2);
        to_client(&mut client, &challenge);
        let out = to_client(&mut client, &packet(4, challenge[1], text));
        assert!(matches!(out[..], [Step::Failed(AuthenticationFailure::Refused(_))]), "{out:?}");
        assert_eq!(to_client(&mut client, &challenge), [], "it is over");
    }
}

#[test]
fn a13_a_server_that_does_not_know_the_password() {
    let wrong = [&b"S="[..], &[b'0'; 40]].concat();
    for text in [&b""[..], b"S=", b"Welcome", &wrong] {
        let mut chap = client(Method::MsChapV2);
        let (_, challenge) = challenged(Method::MsChapV2);
        assert_eq!(to_client(&mut chap, &packet(3, challenge[1], text)), [], "before any response");
        to_client(&mut chap, &challenge);
        let out = to_client(&mut chap, &packet(3, challenge[1], text));
        assert_eq!(out, [Step::Failed(AuthenticationFailure::Impostor)]);

        let mut eap = client(Method::Eap);
        let value = [&[26, 1, 7, 0, 4 + 17, 16][..], &[5; 16]].concat();
        to_client(&mut eap, &packet(1, 7, &value));
        let length = u8::try_from(text.len() + 4).unwrap();
        let out = to_client(&mut eap, &packet(1, 8, &[&[26, 3, 7, 0, length][..], text].concat()));
        assert_eq!(out, [Step::Failed(AuthenticationFailure::Impostor)]);
    }
    let mut eap = client(Method::Eap);
    assert_eq!(to_client(&mut eap, &[3, 1, 0, 4]), [], "the end of EAP says nothing");
}

#[test]
fn a14_new_passwords_out_of_turn() {
    let change = |identifier: u8, length: usize| packet(7, identifier, &vec![0x5a; length]);
    let whole = ENCRYPTED_PASSWORD + 16 + 16 + 8 + 24 + 2;
    let (mut server, challenge) = challenged(Method::MsChapV2);
    assert_eq!(to_server(&mut server, &change(challenge[1], whole)), [], "nothing has expired");
    let out = to_server(&mut server, &right_response(&challenge));
    let [Step::Ask { token, .. }] = out[..] else { panic!() };
    let expired = Verdict::Refused { error: MsChapError::PasswordExpired, retry: false };
    let mut out = Vec::new();
    server.verdict(token, expired, NOW, &mut random(), &mut out);
    let text = packets(&out)[0][4..].to_vec();
    assert!(text.starts_with(b"E=648 R=0 C="));
    for length in [0, 1, 515, 516, whole - 1, whole + 1] {
        assert_eq!(to_server(&mut server, &change(challenge[1], length)), [], "{length}");
    }
    assert_eq!(to_server(&mut server, &change(challenge[1].wrapping_add(2), whole)), []);
    let out = to_server(&mut server, &change(challenge[1].wrapping_add(1), whole));
    let [Step::Ask { token, request }] = &out[..] else { panic!("{out:?}") };
    let refused = Verdict::Refused { error: MsChapError::ChangingPassword, retry: false };
    assert_eq!(judge(PASSWORD, request), refused);
    let mut out = Vec::new();
    server.verdict(*token, refused, NOW, &mut random(), &mut out);
    assert!(packets(&out)[0][4..].starts_with(b"E=709 R=0 C="));
    assert!(failure(&out).is_some());
    assert_eq!(to_server(&mut server, &change(challenge[1].wrapping_add(2), whole)), []);
}

#[test]
fn a15_passwords_in_the_clear_of_lengths_that_cannot_be() {
    let mut server = Authenticator::new(Method::Pap, config());
    for data in
        [&[][..], &[0], &[1], &[4, b'U'], &[255, 0, 0], &[1, b'U'], &[1, b'U', 2, b'x'], &[1, b'U', 255]]
    {
        assert_eq!(to_server(&mut server, &packet(1, 1, data)), [], "{data:?}");
    }
    let right = [&[4][..], b"User", &[10], PASSWORD.as_bytes()].concat();
    let out = to_server(&mut server, &packet(1, 1, &right));
    let [Step::Ask { token, request }] = &out[..] else { panic!() };
    let mut out = Vec::new();
    server.verdict(*token, judge(PASSWORD, request), NOW, &mut random(), &mut out);
    assert_eq!(packets(&out), [[2, 1, 0, 5, 0]]);
    assert!(success(&out).is_some());
}
