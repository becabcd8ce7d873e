//! Whole exchanges: our initiator against our acceptor, recorded peers against both, and what goes wrong.

use std::sync::Arc;

use lanward_nt::{FileTime, NtStatus};
use proptest::prelude::*;

use super::*;
use crate::ntlm::testing::{OneAccount, SERVER_CHALLENGE, hex, password_hash};
use crate::spnego::vectors::*;
use crate::{
    AcceptorConfig, Credentials, Identity, InitiatorConfig, InitiatorNonces, NtHash, NtlmInitiator,
    NtlmPolicy, ResponseVersion, Step,
};

/// What the recorded exchanges had for a clock.
const NOW: FileTime = FileTime(0x01dc_0000_0000_0000);
const ACCOUNTS: OneAccount = OneAccount { barred: None };

fn acceptor(policy: NtlmPolicy) -> SpnegoAcceptor {
    SpnegoAcceptor::new(Arc::new(AcceptorConfig {
        nb_computer_name: "SERVER".into(),
        nb_domain_name: "WORKGROUP".into(),
        dns_computer_name: Some("server".into()),
        policy,
        ..AcceptorConfig::default()
    }))
}

fn lenient() -> NtlmPolicy {
    NtlmPolicy { ntlmv1: true, ..NtlmPolicy::default() }
}

fn user(name: &str, nt_hash: NtHash) -> InitiatorConfig {
    InitiatorConfig {
        credentials: Credentials::User { domain: "Domain".into(), user: name.into(), nt_hash },
        workstation: "COMPUTER".into(),
        target_name: Some("cifs/server".into()),
        ntlmv1: false,
    }
}

fn nonces() -> InitiatorNonces {
    InitiatorNonces { client_challenge: [0xaa; 8], random_session_key: [0x55; 16] }
}

fn go(acceptor: &mut SpnegoAcceptor, token: &[u8]) -> Result<Step, NtStatus> {
    acceptor.step(token, &ACCOUNTS, NOW, SERVER_CHALLENGE)
}

fn continued(step: Result<Step, NtStatus>) -> Vec<u8> {
    match step {
        Ok(Step::Continue(token)) => token,
        other => panic!("not to be continued: {other:?}"),
    }
}

fn done(step: Result<Step, NtStatus>) -> (Vec<u8>, SecurityContext) {
    match step {
        Ok(Step::Done { token, context }) => (token, *context),
        other => panic!("not done: {other:?}"),
    }
}

fn refused(step: Result<Step, NtStatus>) -> NtStatus {
    step.expect_err("an error")
}

/// Runs an exchange up to the acceptor's verdict; the initiator is returned, too.
fn exchange(
    acceptor: &mut SpnegoAcceptor,
    accounts: &dyn crate::Accounts,
    config: InitiatorConfig,
) -> (SpnegoInitiator, Result<Step, NtStatus>) {
    let mut initiator = SpnegoInitiator::new(config);
    let challenge = continued(acceptor.step(&initiator.start(), accounts, NOW, SERVER_CHALLENGE));
    let answer = continued(initiator.step(&challenge, NOW, &nonces()));
    let verdict = acceptor.step(&answer, accounts, NOW, SERVER_CHALLENGE);
    (initiator, verdict)
}

#[test]
fn both_our_sides_agree() {
    let mut acceptor = acceptor(NtlmPolicy { require_mic: true, ..NtlmPolicy::default() });
    let (mut initiator, verdict) = exchange(&mut acceptor, &ACCOUNTS, user("user", password_hash()));
    let (token, server) = done(verdict);
    let (user, domain, workstation) = ("User".into(), "SERVER".into(), "COMPUTER".into());
    assert_eq!(server.identity, Identity::User { domain, user, rid: 1000, workstation });
    assert!(server.mic_verified);
    assert_eq!(server.response, ResponseVersion::NtlmV2);
    assert_eq!(server.target_name, Some("cifs/server".into()));
    assert_eq!(initiator.session_key(), Some(&server.session_key));
    let (last, client) = done(initiator.step(&token, NOW, &nonces()));
    assert!(last.is_empty());
    assert_eq!(client.session_key.expose(), &[0x55; 16]);
    let signature = client.message_security(Side::Client).sign(b"hello");
    assert!(server.message_security(Side::Client).verify(b"hello", &signature));
    // Both are used up.
    assert_eq!(refused(go(&mut acceptor, &token)), NtStatus::INVALID_PARAMETER);
    assert_eq!(refused(initiator.step(&token, NOW, &nonces())), NtStatus::INVALID_PARAMETER);
}

#[test]
fn a_wrong_mech_list_mic_of_the_server_is_noticed() {
    let (mut initiator, verdict) =
        exchange(&mut acceptor(lenient()), &ACCOUNTS, user("user", password_hash()));
    let (mut token, _) = done(verdict);
    *token.last_mut().unwrap() ^= 1;
    assert_eq!(refused(initiator.step(&token, NOW, &nonces())), NtStatus::ACCESS_DENIED);
}

#[test]
fn statuses_do_not_tell_who_exists() {
    let disabled = OneAccount { barred: Some(NtStatus::ACCOUNT_DISABLED) };
    let wrong = || NtHash::of_password(&"password".into());
    for (accounts, name, hash, expected) in [
        (&ACCOUNTS, "User", wrong(), NtStatus::LOGON_FAILURE),
        (&ACCOUNTS, "nobody", password_hash(), NtStatus::LOGON_FAILURE),
        (&ACCOUNTS, "nobody", NtHash::new([0; 16]), NtStatus::LOGON_FAILURE),
        (&disabled, "User", wrong(), NtStatus::LOGON_FAILURE),
        (&disabled, "User", password_hash(), NtStatus::ACCOUNT_DISABLED),
    ] {
        for ntlmv1 in [false, true] {
            let mut acceptor = acceptor(lenient());
            let config = InitiatorConfig { ntlmv1, ..user(name, hash.clone()) };
            let (_, verdict) = exchange(&mut acceptor, accounts, config);
            assert_eq!(refused(verdict), expected, "{name}");
            assert_eq!(acceptor.claim().unwrap().user, name.into());
            assert!(acceptor.refusal().is_some());
        }
    }
}

/// [`ACCOUNTS`], and what they were told of.
struct Recording(core::cell::RefCell<Vec<(String, bool)>>);

impl crate::Accounts for Recording {
    fn look_up(&self, claim: &crate::Claim, now: FileTime) -> crate::AccountLookup {
        ACCOUNTS.look_up(claim, now)
    }

    fn tried(&self, claim: &crate::Claim, right: bool, _now: FileTime) {
        self.0.borrow_mut().push((claim.user.to_string(), right));
    }
}

#[test]
fn every_guess_is_told_and_the_locked_are_all_told_the_same() {
    let recording = Recording(core::cell::RefCell::default());
    let wrong = || NtHash::of_password(&"password".into());
    for (name, hash, expected) in [
        ("User", wrong(), Some(NtStatus::LOGON_FAILURE)),
        ("nobody", wrong(), Some(NtStatus::LOGON_FAILURE)),
        ("locked", wrong(), Some(NtStatus::ACCOUNT_LOCKED_OUT)),
        ("locked", password_hash(), Some(NtStatus::ACCOUNT_LOCKED_OUT)),
        ("User", password_hash(), None),
    ] {
        let (_, verdict) = exchange(&mut acceptor(lenient()), &recording, user(name, hash));
        match expected {
            Some(status) => assert_eq!(refused(verdict), status, "{name}"),
            None => drop(done(verdict)),
        }
    }
    let told: Vec<_> = recording.0.into_inner();
    assert_eq!(told, [("User".into(), false), ("nobody".into(), false), ("User".into(), true)]);
}

#[test]
fn ntlmv1_only_where_it_is_asked_for() {
    let config = InitiatorConfig { ntlmv1: true, ..user("user", password_hash()) };
    let mut strict = acceptor(NtlmPolicy::default());
    assert_eq!(refused(exchange(&mut strict, &ACCOUNTS, config.clone()).1), NtStatus::LOGON_FAILURE);
    let (_, context) = done(exchange(&mut acceptor(lenient()), &ACCOUNTS, config).1);
    assert_eq!(context.response, ResponseVersion::NtlmV1);
}

#[test]
fn guests_and_nobody() {
    let (mut initiator, verdict) =
        exchange(&mut acceptor(lenient()), &ACCOUNTS, user("visitor", password_hash()));
    let (token, context) = done(verdict);
    assert!(matches!(context.identity, Identity::Guest { .. }));
    assert_eq!(context.session_key.expose(), &[0; 16]);
    done(initiator.step(&token, NOW, &nonces()));

    let nobody = InitiatorConfig { credentials: Credentials::Anonymous, ..user("", password_hash()) };
    let (mut initiator, verdict) = exchange(&mut acceptor(NtlmPolicy::default()), &ACCOUNTS, nobody);
    let (token, context) = done(verdict);
    assert_eq!(context.identity, Identity::Anonymous);
    assert_eq!(done(initiator.step(&token, NOW, &nonces())).1.session_key, context.session_key);
}

#[test]
fn clocks_are_compared_when_asked() {
    let policy =
        NtlmPolicy { max_clock_skew: Some(core::time::Duration::from_secs(300)), ..NtlmPolicy::default() };
    for (seconds, good) in [(299, true), (301, false)] {
        let mut acceptor = acceptor(policy);
        let mut initiator = SpnegoInitiator::new(user("user", password_hash()));
        let challenge = continued(go(&mut acceptor, &initiator.start()));
        let answer = continued(initiator.step(&challenge, NOW, &nonces()));
        let later = FileTime(NOW.0 + seconds * 10_000_000);
        assert_eq!(acceptor.step(&answer, &ACCOUNTS, later, SERVER_CHALLENGE).is_ok(), good);
    }
}

/// A client that would rather have Kerberos, as Windows in a domain.
fn kerberos_first(
    optimistic: &[u8],
    mic: impl Fn(&SecurityContext, &[u8]) -> Option<[u8; 16]>,
) -> Result<Step, NtStatus> {
    let mechs = vec![Mech::MsKerberos, Mech::Kerberos, Mech::NegoEx, Mech::Ntlmssp];
    let mut acceptor = acceptor(NtlmPolicy::default());
    let init = NegTokenInit { mech_types: mechs.clone(), mech_token: Some(optimistic), ..Default::default() };
    let answer = continued(go(&mut acceptor, &init.to_bytes()));
    let Ok(NegToken::Resp(resp)) = NegToken::decode(&answer) else { panic!("no NegTokenResp") };
    assert_eq!((resp.neg_state, resp.supported_mech), (Some(NegState::RequestMic), Some(Mech::Ntlmssp)));
    assert_eq!(resp.response_token, None);

    let client = NtlmInitiator::new(user("user", password_hash()));
    let wrapped = NegTokenResp { response_token: Some(client.negotiate()), ..Default::default() };
    let answer = continued(go(&mut acceptor, &wrapped.to_bytes()));
    let Ok(NegToken::Resp(resp)) = NegToken::decode(&answer) else { panic!("no NegTokenResp") };
    assert_eq!((resp.neg_state, resp.supported_mech), (Some(NegState::AcceptIncomplete), None));
    let (authenticate, context) = client.authenticate(resp.response_token.unwrap(), NOW, &nonces()).unwrap();
    let mic = mic(&context, &mech_list_der(&mechs));
    let mech_list_mic = mic.as_ref().map(<[u8; 16]>::as_slice);
    let last = NegTokenResp { response_token: Some(&authenticate), mech_list_mic, ..Default::default() };
    go(&mut acceptor, &last.to_bytes())
}

#[test]
fn counter_selection_asks_for_the_mic() {
    let right =
        |context: &SecurityContext, list: &[u8]| Some(context.message_security(Side::Client).sign(list));
    let (token, context) = done(kerberos_first(b"a ticket", right));
    let list = mech_list_der(&[Mech::MsKerberos, Mech::Kerberos, Mech::NegoEx, Mech::Ntlmssp]);
    let ours = context.message_security(Side::Server).sign(&list);
    let expected = NegTokenResp {
        neg_state: Some(NegState::AcceptCompleted),
        mech_list_mic: Some(&ours),
        ..Default::default()
    };
    assert_eq!(NegToken::decode(&token), Ok(NegToken::Resp(expected)));

    assert_eq!(refused(kerberos_first(b"a ticket", |_, _| None)), NtStatus::ACCESS_DENIED);
    let other_list =
        |context: &SecurityContext, _: &[u8]| Some(context.message_security(Side::Client).sign(b"other"));
    assert_eq!(refused(kerberos_first(b"", other_list)), NtStatus::ACCESS_DENIED);
}

#[test]
fn a_client_without_ntlm_is_told_so() {
    let init = NegTokenInit { mech_types: vec![Mech::Kerberos], ..Default::default() };
    let mut acceptor = acceptor(lenient());
    assert_eq!(refused(go(&mut acceptor, &init.to_bytes())), NtStatus::NOT_SUPPORTED);
    assert_eq!(refused(go(&mut acceptor, &init.to_bytes())), NtStatus::INVALID_PARAMETER);
}

/// Runs a recorded client against the acceptor.
fn recorded(policy: NtlmPolicy, init: &str, resp: &str) -> Result<Step, NtStatus> {
    let mut acceptor = acceptor(policy);
    continued(go(&mut acceptor, &hex(init)));
    go(&mut acceptor, &hex(resp))
}

#[test]
fn recorded_clients_get_in() {
    let (token, context) = done(recorded(NtlmPolicy::default(), PYSPNEGO_V2_INIT, PYSPNEGO_V2_RESP));
    assert_eq!(context.session_key.expose().to_vec(), hex(PYSPNEGO_V2_KEY));
    assert_eq!(token, hex(PYSPNEGO_V2_END));
    assert!(context.mic_verified);

    let (_, context) = done(recorded(NtlmPolicy::default(), PYSPNEGO_PLAIN_INIT, PYSPNEGO_PLAIN_RESP));
    assert_eq!(context.session_key.expose().to_vec(), hex(PYSPNEGO_PLAIN_KEY));

    let (token, context) = done(recorded(lenient(), PYSPNEGO_V1_INIT, PYSPNEGO_V1_RESP));
    assert_eq!(context.session_key.expose().to_vec(), hex(PYSPNEGO_V1_KEY));
    // Without extended session security nobody knows what an answer to the mechListMIC is made with.
    let end = NegTokenResp { neg_state: Some(NegState::AcceptCompleted), ..Default::default() };
    assert_eq!(token, end.to_bytes());
    let strict = recorded(NtlmPolicy::default(), PYSPNEGO_V1_INIT, PYSPNEGO_V1_RESP);
    assert_eq!(refused(strict), NtStatus::LOGON_FAILURE);

    let (_, context) = done(recorded(NtlmPolicy::default(), IMPACKET_INIT, IMPACKET_RESP));
    assert_eq!(context.session_key.expose().to_vec(), hex(IMPACKET_KEY));
    assert!(!context.mic_verified);
    let strict = NtlmPolicy { require_mic: true, ..NtlmPolicy::default() };
    assert_eq!(refused(recorded(strict, IMPACKET_INIT, IMPACKET_RESP)), NtStatus::LOGON_FAILURE);

    let (token, context) =
        done(recorded(NtlmPolicy::default(), IMPACKET_ANONYMOUS_NEGOTIATE, IMPACKET_ANONYMOUS_AUTHENTICATE));
    assert_eq!(context.identity, Identity::Anonymous);
    assert_eq!(context.session_key.expose().to_vec(), hex(IMPACKET_ANONYMOUS_KEY));
    assert!(token.is_empty());
}

#[test]
fn a_recorded_server_is_verified() {
    let mut config = user("User", password_hash());
    let Credentials::User { domain, .. } = &mut config.credentials else { panic!("a user") };
    *domain = "".into();
    let mut initiator = SpnegoInitiator::new(config);
    continued(initiator.step(&hex(PYSPNEGO_SERVER_CHALLENGE), NOW, &nonces()));
    let (_, context) = done(initiator.step(&hex(PYSPNEGO_SERVER_END), NOW, &nonces()));
    assert_eq!(context.session_key.expose(), &[0x55; 16]);
}

#[test]
fn no_bit_of_a_protected_answer_can_be_turned_and_none_be_missing() {
    let answer = hex(PYSPNEGO_V2_RESP);
    // The reserved and advisory fields that nothing protects do not exist here: the MIC covers the whole message.
    let at = answer.windows(8).position(|w| w == b"NTLMSSP\0").unwrap();
    let end = answer.len() - 20;
    for i in at..end {
        let mut turned = answer.clone();
        turned[i] ^= 0x10;
        let mut acceptor = acceptor(lenient());
        continued(go(&mut acceptor, &hex(PYSPNEGO_V2_INIT)));
        let verdict = go(&mut acceptor, &turned);
        assert!(verdict.is_err(), "byte {i} of the answer can be changed");
    }
    for len in 0..answer.len() {
        let mut acceptor = acceptor(lenient());
        continued(go(&mut acceptor, &hex(PYSPNEGO_V2_INIT)));
        refused(go(&mut acceptor, &answer[..len]));
    }
    let init = hex(PYSPNEGO_V2_INIT);
    for len in 0..init.len() {
        assert_eq!(refused(go(&mut acceptor(lenient()), &init[..len])), NtStatus::INVALID_PARAMETER);
    }
}

#[test]
fn large_tokens_are_refused_unread() {
    for len in [1025, crate::MAX_TOKEN + 1] {
        let mut token = hex(IMPACKET_ANONYMOUS_NEGOTIATE);
        token.resize(len, 0);
        assert_eq!(refused(go(&mut acceptor(lenient()), &token)), NtStatus::INVALID_PARAMETER);
    }
}

#[test]
fn ms_spng_4_nego_token_init_2() {
    let mut token = hex(
        "6082015d06062b0601050502a08201513082014da01a3018060a2b06010401823702021e060a2b06010401823702020a\
        a282010104 81fe",
    );
    token.extend(vec![0x4e; 0xfe]);
    token.extend(hex("a32a3028a0261b24"));
    token.extend(b"not_defined_in_RFC4178@please_ignore");
    let Ok(NegToken::Init(init)) = NegToken::decode(&token) else { panic!("no NegTokenInit2") };
    assert_eq!(init.mech_types, [Mech::NegoEx, Mech::Ntlmssp]);
    assert_eq!(init.mech_token, Some(&[0x4e; 0xfe][..]));
    assert_eq!(init.hint_name, Some(&b"not_defined_in_RFC4178@please_ignore"[..]));
    assert_eq!(init.to_bytes(), token);

    let hint = SpnegoAcceptor::hint();
    let Ok(NegToken::Init(init)) = NegToken::decode(&hint) else { panic!("no NegTokenInit2") };
    assert_eq!(init.mech_types, [Mech::Ntlmssp]);
}

#[test]
fn unknown_mechanisms_are_values() {
    let other = Mech::from_oid(&[0x2a, 3, 4]);
    assert_eq!(other, Mech::Other(vec![0x2a, 3, 4]));
    let many = NegTokenInit { mech_types: vec![other; 33], ..Default::default() };
    assert!(NegToken::decode(&many.to_bytes()).is_err());
}

proptest! {
    #[test]
    fn any_change_to_any_token_is_harmless(
        which in 0usize..3, at: prop::sample::Index, with: Vec<u8>, cut in 0usize..4,
    ) {
        let tokens = [hex(PYSPNEGO_V2_INIT), hex(PYSPNEGO_V2_RESP)];
        let mut acceptor = acceptor(NtlmPolicy::default());
        for (i, token) in tokens.iter().enumerate() {
            let mut token = token.clone();
            if which == i || which == 2 {
                let at = at.index(token.len());
                token.splice(at..(at + cut).min(token.len()), with.iter().copied());
            }
            if let Ok(Step::Done { context, .. }) = go(&mut acceptor, &token) {
                prop_assert_eq!(context.session_key.expose().to_vec(), hex(PYSPNEGO_V2_KEY));
            }
        }
    }
}
