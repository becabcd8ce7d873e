use super::testing::{Both, NAME, NOW, PASSWORD, config, failure, hex, judge, packets, random, success};
use super::*;
use core::time::Duration;
use proptest::prelude::*;

#[test]
fn every_method_lets_in_who_knows_the_password_and_nobody_else() {
    for method in Method::ALL {
        let mut both = Both::new(method, PASSWORD);
        both.run(|request| judge(PASSWORD, request));
        let (server, client) = (both.server_success().unwrap(), both.client_success().unwrap());
        assert_eq!(server.name, NAME.as_bytes());
        assert_eq!(server.keys, client.keys, "{method:?}");
        assert_eq!(server.keys.is_some(), method.keys_mppe(), "{method:?}");
        assert_eq!(server.grant.address, Some([10, 0, 0, 2].into()));

        let mut both = Both::new(method, "another");
        both.run(|request| judge(PASSWORD, request));
        assert_eq!(both.server_success(), None);
        assert_eq!(both.client_success(), None);
        let refused = AuthenticationFailure::Refused(MsChapError::AuthenticationFailure);
        assert_eq!(failure(&both.client_steps), Some(refused), "{method:?}");
    }
}

#[test]
fn methods_are_what_lcp_says() {
    for method in Method::ALL {
        assert_eq!(Method::of_option(method.option()), Some(method));
        assert_eq!(method.option()[..2], method.protocol().to_be_bytes());
    }
    for unknown in [&[][..], &[0xc2], &[0xc2, 0x23], &[0xc2, 0x23, 0x06], &[0xc2, 0x27, 0], &[0xc0, 0x25]] {
        assert_eq!(Method::of_option(unknown), None);
    }
}

/// Sends exactly what the RFC has.
fn rfc_2759_random(bytes: &mut [u8]) {
    if bytes.len() == 16 {
        bytes.copy_from_slice(&hex("5b5d7c7d7b3f2f3e3c2c602132262628"));
    } else {
        bytes.fill(1);
    }
}

#[test]
fn rfc_2759_9_2_packets() {
    let mut server = Authenticator::new(Method::MsChapV2, config());
    let mut out = Vec::new();
    server.start(NOW, &mut rfc_2759_random, &mut out);
    let challenge = hex("01010018105b5d7c7d7b3f2f3e3c2c602132262628737276");
    assert_eq!(out, [Step::Send(challenge)]);
    out.clear();
    let response = hex(
        "0201003a3121402324255e262a28295f2b3a337c7e000000000000000082309ecd8d708b5ea08faa3981cd83544233114a3d85d6df0055736572",
    );
    server.receive(&response, NOW, &mut rfc_2759_random, &mut out);
    let [Step::Ask { token, request }] = &out[..] else { panic!("{out:?}") };
    let (token, verdict) = (*token, judge(PASSWORD, request));
    out.clear();
    server.verdict(token.wrapping_add(1), verdict.clone(), NOW, &mut rfc_2759_random, &mut out);
    assert_eq!(out, [], "a verdict on another question");
    server.verdict(token, verdict.clone(), NOW, &mut rfc_2759_random, &mut out);
    let text = b"S=407A5589115FD0D6209F510FE9C04566932CDA56";
    let expected = [&hex("0301002e")[..], text].concat();
    assert_eq!(packets(&out), [&expected[..]]);
    assert!(success(&out).is_some());
    out.clear();
    server.verdict(token, verdict, NOW, &mut rfc_2759_random, &mut out);
    assert_eq!(out, [], "a verdict a second time");
    server.receive(&response, NOW, &mut rfc_2759_random, &mut out);
    assert_eq!(out, [Step::Send(expected)], "the Success was lost and is sent again");
}

#[test]
fn flags_and_reserved_bytes_mean_nothing() {
    let mut both = Both::new(Method::MsChapV2, PASSWORD);
    let (mut to_client, mut to_server, mut out) = (Vec::new(), Vec::new(), Vec::new());
    both.server.start(NOW, &mut both.rng, &mut to_client);
    both.client.receive(packets(&to_client)[0], NOW, &mut both.rng, &mut to_server);
    let mut response = packets(&to_server)[0].to_vec();
    response[21] = 9;
    response[4 + 49] = 4;
    both.server.receive(&response, NOW, &mut both.rng, &mut out);
    assert!(matches!(&out[..], [Step::Ask { .. }]));
}

#[test]
fn a_challenge_is_sent_until_it_is_answered() {
    for (method, first) in [(Method::MsChapV2, 1), (Method::Eap, 1)] {
        let mut server = Authenticator::new(method, config());
        let mut out = Vec::new();
        server.start(NOW, &mut random(), &mut out);
        assert_eq!(packets(&out).len(), first);
        let mut times = 0;
        while let Some(at) = server.deadline() {
            let before = out.len();
            server.tick(at - Duration::from_millis(1), &mut out);
            assert_eq!(out.len(), before);
            server.tick(at, &mut out);
            times += 1;
        }
        assert_eq!(times, 11);
        assert_eq!(failure(&out), Some(AuthenticationFailure::TimedOut));
        let sent = packets(&out);
        assert!(sent.iter().take(11).all(|packet| *packet == sent[0]));
    }
    let mut client = Authenticatee::new(Method::Pap, Credentials::new(NAME, PASSWORD));
    let mut out = Vec::new();
    client.start(NOW, &mut out);
    while let Some(at) = client.deadline() {
        client.tick(at, &mut out);
    }
    assert_eq!(failure(&out), Some(AuthenticationFailure::TimedOut));
}

#[test]
fn a_user_may_try_again_after_a_failure() {
    for method in [Method::MsChapV1, Method::MsChapV2] {
        let mut server = Authenticator::new(method, config());
        let (mut rng, mut out) = (random(), Vec::new());
        server.start(NOW, &mut rng, &mut out);
        let mut challenge = packets(&out)[0].to_vec();
        for (tries, password) in [(0, "wrong"), (1, "wrong too"), (2, PASSWORD)] {
            let mut client = Authenticatee::new(method, Credentials::new(NAME, password));
            let mut answers = Vec::new();
            client.receive(&challenge, NOW, &mut rng, &mut answers);
            out.clear();
            let response = packets(&answers)[0].to_vec();
            server.receive(&response, NOW, &mut rng, &mut out);
            let Some(Step::Ask { token, request }) = out.pop() else { panic!() };
            server.verdict(token, judge(PASSWORD, &request), NOW, &mut rng, &mut out);
            if tries == 2 {
                assert!(success(&out).is_some());
                break;
            }
            assert_eq!(out[1..], [Step::Refused(MsChapError::AuthenticationFailure)]);
            let failed = packets(&out)[0].to_vec();
            let text = String::from_utf8(failed[4..].to_vec()).unwrap();
            assert!(text.starts_with("E=691 R=1 C="), "{text}");
            let mut again = Vec::new();
            server.receive(&response, NOW, &mut rng, &mut again);
            assert_eq!(packets(&again), [&failed[..]], "the same Response gets the same Failure");
            let digits = text[12..].split(' ').next().unwrap();
            let value = hex(digits);
            // Some clients answer with the identifier of the Failure, some with the next.
            let identifier = failed[1].wrapping_add(tries);
            let length = u8::try_from(5 + value.len()).unwrap();
            challenge = [&[1, identifier, 0, length, length - 5][..], &value].concat();
        }
    }
}

#[test]
fn after_the_last_try_it_is_over() {
    for method in [Method::MsChapV1, Method::MsChapV2, Method::ChapMd5, Method::Eap, Method::Pap] {
        let mut both = Both::new(method, "wrong");
        let mut asked = 0;
        both.run(|_| {
            asked += 1;
            Verdict::Refused { error: MsChapError::AccountDisabled, retry: false }
        });
        assert_eq!(asked, 1);
        let refused = AuthenticationFailure::Refused(MsChapError::AccountDisabled);
        assert_eq!(failure(&both.server_steps), Some(refused), "{method:?}");
    }
}

/// The first question is answered with "expired", the others by who knows the account.
fn expired_first() -> impl FnMut(&AuthenticationRequest) -> Verdict {
    let mut first = true;
    move |request| {
        if core::mem::take(&mut first) {
            return Verdict::Refused { error: MsChapError::PasswordExpired, retry: false };
        }
        judge(PASSWORD, request)
    }
}

#[test]
fn an_expired_password_can_be_changed_on_the_way_in() {
    for method in [Method::MsChapV2, Method::Eap] {
        let credentials = Credentials::new("DOMAIN\\User", PASSWORD).with_new_password("newClientPass");
        let mut both = Both::with(method, credentials);
        both.run(expired_first());
        let changes = both.server_steps.iter().filter(|step| {
            matches!(step, Step::Ask { request, .. } if matches!(request.proof, Proof::ChangePassword { .. }))
        });
        assert_eq!(changes.count(), 1);
        let (server, client) = (both.server_success().unwrap(), both.client_success().unwrap());
        assert_eq!(server.keys, client.keys, "{method:?}");
        assert_eq!(server.name, b"DOMAIN\\User");
        let chap = both.client_steps.iter().any(|step| matches!(step, Step::Send(p) if p.len() == 586));
        assert_eq!(chap, method == Method::MsChapV2);

        let mut both = Both::new(method, PASSWORD);
        both.run(expired_first());
        let expired = AuthenticationFailure::Refused(MsChapError::PasswordExpired);
        assert_eq!(failure(&both.client_steps), Some(expired));
    }
}

#[test]
fn a_challenge_in_between_keys_nothing_and_a_wrong_answer_ends_it() {
    let mut both = Both::new(Method::MsChapV2, PASSWORD);
    both.run(|request| judge(PASSWORD, request));
    both.run(|request| judge(PASSWORD, request));
    assert!(both.server_success().is_some() && both.client_success().is_some());
    let asked = both.server_steps.iter().filter(|step| matches!(step, Step::Ask { .. })).count();
    assert_eq!(asked, 2);
    both.run(|request| judge("changed meanwhile", request));
    let refused = AuthenticationFailure::Refused(MsChapError::AuthenticationFailure);
    assert_eq!(failure(&both.server_steps), Some(refused));
}

#[test]
fn a_peer_may_want_another_method_of_eap() {
    let mut server = Authenticator::new(Method::Eap, config());
    let (mut rng, mut out) = (random(), Vec::new());
    server.start(NOW, &mut rng, &mut out);
    let identity = packets(&out)[0].to_vec();
    assert_eq!(identity[2..], [0, 5, 1]);
    server.receive(&[2, identity[1], 0, 9, 1, b'U', b's', b'e', b'r'], NOW, &mut rng, &mut out);
    let challenge = packets(&out)[1].to_vec();
    assert_eq!(challenge[4..6], [26, 1]);
    out.clear();
    server.receive(&[2, challenge[1], 0, 6, 3, 13], NOW, &mut rng, &mut out);
    assert_eq!(
        out,
        [Step::Send(vec![4, challenge[1], 0, 4]), Step::Failed(AuthenticationFailure::NoCommonMethod)]
    );

    let mut client = Authenticatee::new(Method::Eap, Credentials::new(NAME, PASSWORD));
    let mut out = Vec::new();
    let mut receive = |packet: &[u8]| {
        out.clear();
        client.receive(packet, NOW, &mut rng, &mut out);
        out.clone()
    };
    assert_eq!(receive(&[1, 9, 0, 5, 1]), [Step::Send(vec![2, 9, 0, 9, 1, b'U', b's', b'e', b'r'])]);
    assert_eq!(receive(&[1, 10, 0, 8, 2, b'h', b'i', b'!']), [Step::Send(vec![2, 10, 0, 5, 2])]);
    assert_eq!(receive(&[1, 11, 0, 6, 13, 0x20]), [Step::Send(vec![2, 11, 0, 6, 3, 26])]);
    assert_eq!(receive(&[1, 11, 0, 6, 13, 0x20]), [Step::Send(vec![2, 11, 0, 6, 3, 26])]);
    assert_eq!(receive(&[3, 11, 0, 4]), [], "nothing was proved");
}

proptest! {
    #[test]
    fn packets_lost_on_the_way_are_made_good(losses in proptest::collection::vec(any::<bool>(), 0..24), eap: bool) {
        let method = if eap { Method::Eap } else { Method::MsChapV2 };
        let mut both = Both::new(method, PASSWORD);
        let mut losses = losses.into_iter();
        let mut lost = || losses.next().unwrap_or(false);
        let (mut now, mut to_client, mut to_server) = (NOW, Vec::new(), Vec::new());
        let (mut server, mut client) = (Vec::new(), Vec::new());
        both.server.start(now, &mut both.rng, &mut to_client);
        for _ in 0..30 {
            while !to_client.is_empty() || !to_server.is_empty() {
                for step in core::mem::take(&mut to_client) {
                    server.push(step.clone());
                    match step {
                        Step::Send(packet) if !lost() => both.client.receive(&packet, now, &mut both.rng, &mut to_server),
                        Step::Ask { token, request } => {
                            let verdict = judge(PASSWORD, &request);
                            both.server.verdict(token, verdict, now, &mut both.rng, &mut to_client);
                        }
                        _ => {}
                    }
                }
                for step in core::mem::take(&mut to_server) {
                    client.push(step.clone());
                    if let Step::Send(packet) = step && !lost() {
                        both.server.receive(&packet, now, &mut both.rng, &mut to_client);
                    }
                }
            }
            let deadlines = [both.server.deadline(), both.client.deadline()];
            let Some(at) = deadlines.into_iter().flatten().min() else { break };
            now = at;
            both.server.tick(now, &mut to_client);
            both.client.tick(now, &mut to_server);
        }
        match (success(&server), success(&client)) {
            (Some(server), Some(client)) => prop_assert_eq!(&server.keys, &client.keys),
            other => {
                let gave_up = [failure(&server), failure(&client)];
                prop_assert!(gave_up.contains(&Some(AuthenticationFailure::TimedOut)), "{other:?}");
            }
        }
    }
}
