//! Who is there, and what protects what travels: with our own initiator as the client.

use super::tests::{BIND, only_reply, request};
use super::*;
use crate::hex::hex;
use crate::pdu::{AuthenticationType, Bind, ContextElement};
use crate::srvsvc;
use lanward_auth::ntlm::{Claim, MessageSecurity, Side};
use lanward_auth::{
    Account, AccountLookup, Credentials, InitiatorConfig, InitiatorNonces, NtHash, SpnegoInitiator, Step,
};

const NOW: FileTime = FileTime(0x01dc_0000_0000_0000);

struct OneAccount;

impl Accounts for OneAccount {
    fn look_up(&self, claim: &Claim, _: FileTime) -> AccountLookup {
        match claim.user.eq_ignore_case(&"alice".into()) {
            true => AccountLookup::Found(Account {
                name: "alice".into(),
                domain: "SERVER".into(),
                rid: 1000,
                nt_hash: NtHash::of_password(&"secret".into()),
                lm_hash: None,
                wrong: NtStatus::LOGON_FAILURE,
                barred: None,
            }),
            false => AccountLookup::Unknown,
        }
    }

    fn tried(&self, _: &Claim, _: bool, _: FileTime) {}
}

fn receive(association: &mut Association, bytes: &[u8]) -> Vec<Event> {
    let mut join = |_| Some(7);
    let config =
        || Arc::new(AcceptorConfig { nb_computer_name: "SERVER".into(), ..AcceptorConfig::default() });
    let authentication =
        Authentication { accounts: &OneAccount, config: &config, now: NOW, challenge: &|| [1; 8] };
    let mut environment = Environment { join: &mut join, authentication: Some(authentication) };
    association.receive(bytes);
    std::iter::from_fn(|| association.next_event(&mut environment)).collect()
}

/// A client and the server's end, up to the client's last token.
struct Exchange {
    association: Association,
    level: AuthenticationLevel,
    header_signing: bool,
    initiator: SpnegoInitiator,
}

impl Exchange {
    fn new(level: AuthenticationLevel, header_signing: bool) -> Self {
        let initiator = SpnegoInitiator::new(InitiatorConfig {
            credentials: Credentials::User {
                domain: "SERVER".into(),
                user: "alice".into(),
                nt_hash: NtHash::of_password(&"secret".into()),
            },
            workstation: "CLIENT".into(),
            target_name: None,
            ntlmv1: false,
        });
        let association = Association::new(&[srvsvc::INTERFACE], "x");
        Self { association, level, header_signing, initiator }
    }

    fn with_token(&self, pdu: fn(Bind) -> Pdu<'static>, token: &[u8]) -> Vec<u8> {
        let contexts = vec![ContextElement {
            id: 0,
            interface: srvsvc::INTERFACE,
            transfer_syntaxes: vec![SyntaxId::NDR],
        }];
        let bind = Bind { max_transmit: 4280, max_receive: 4280, group: 0, contexts };
        let mut flags = Flags::WHOLE;
        flags.set(Flags::PENDING_CANCEL, self.header_signing);
        let mut bytes = pdu(bind).to_bytes_in(flags.bits(), 1);
        self.trailer(0, token).append(&mut bytes);
        bytes
    }

    fn trailer<'t>(&self, padding: u8, token: &'t [u8]) -> SecurityTrailer<'t> {
        SecurityTrailer {
            authentication_type: AuthenticationType::SPNEGO,
            level: self.level,
            padding,
            context_id: 3,
            token,
        }
    }

    /// Proves who it is; answers the client's and the server's protection.
    fn agree(&mut self) -> [MessageSecurity; 2] {
        let bind = self.with_token(Pdu::Bind, &self.initiator.start());
        let events = receive(&mut self.association, &bind);
        let challenge = token_of(only_reply(&events));
        let nonces = InitiatorNonces { client_challenge: [2; 8], random_session_key: [3; 16] };
        let Ok(Step::Continue(answer)) = self.initiator.step(&challenge, NOW, &nonces) else { panic!() };
        assert_eq!(self.association.level(), AuthenticationLevel::NONE);
        let alter = self.with_token(Pdu::AlterContext, &answer);
        let events = receive(&mut self.association, &alter);
        let [Event::Authenticated(context), Event::Reply(reply)] = events.as_slice() else {
            panic!("{events:?}")
        };
        assert!(matches!(&context.identity, lanward_auth::Identity::User { rid: 1000, .. }));
        let Ok(Step::Done { context, .. }) = self.initiator.step(&token_of(reply), NOW, &nonces) else {
            panic!()
        };
        [Side::Client, Side::Server].map(|side| context.message_security(side).at(context.first_sequence))
    }

    /// A request as this client protects it.
    fn protected(&self, security: &mut MessageSecurity, stub: &[u8]) -> Vec<u8> {
        let mut pdu = request(Flags::WHOLE, 2, 15, stub);
        let padding = pdu.len().next_multiple_of(8) - pdu.len();
        pdu.resize(pdu.len() + padding, 0);
        let end = pdu.len();
        self.trailer(padding as u8, &[0; 16]).append(&mut pdu);
        let covered = if self.header_signing { 0..end + 8 } else { 24..end };
        let body = if self.header_signing { 24..end } else { 0..end - 24 };
        let message = &mut pdu[covered];
        let signature = match self.level {
            AuthenticationLevel::PRIVACY => security.seal_part(message, body),
            _ => security.sign(message),
        };
        pdu[end + 8..].copy_from_slice(&signature);
        pdu
    }
}

fn token_of(pdu: &[u8]) -> Vec<u8> {
    let header = Header::decode(&mut Reader::new(pdu)).unwrap();
    SecurityTrailer::decode(&header, pdu).unwrap().unwrap().token.to_vec()
}

fn protections() -> impl Iterator<Item = (AuthenticationLevel, bool)> {
    let levels = [AuthenticationLevel::PACKET, AuthenticationLevel::INTEGRITY, AuthenticationLevel::PRIVACY];
    levels.into_iter().flat_map(|level| [(level, false), (level, true)])
}

#[test]
fn calls_and_answers_are_protected_as_was_agreed() {
    for (level, header_signing) in protections() {
        let mut exchange = Exchange::new(level, header_signing);
        let [mut client, mut server] = exchange.agree();
        for length in [0, 1, 16, 100] {
            let stub = vec![7; length];
            let pdu = exchange.protected(&mut client, &stub);
            assert_eq!(
                pdu.windows(16).any(|w| w == [7; 16]),
                length > 15 && level < AuthenticationLevel::PRIVACY
            );
            let events = receive(&mut exchange.association, &pdu);
            let [Event::Call(call)] = events.as_slice() else { panic!("{events:?}") };
            assert_eq!(call.stub, stub);
            let answer = vec![9; 9000];
            let mut received = Vec::new();
            for mut pdu in exchange.association.respond(call, Ok(answer.clone())) {
                let header = Header::decode(&mut Reader::new(&pdu)).unwrap();
                let trailer = SecurityTrailer::decode(&header, &pdu).unwrap().unwrap();
                assert_eq!((trailer.level, trailer.context_id, pdu.len() <= 4280), (level, 3, true));
                let (signature, padding) = (trailer.token.to_vec(), usize::from(trailer.padding));
                let end = pdu.len() - 24;
                let covered = if header_signing { 0..end + 8 } else { 24..end };
                let body = if header_signing { 24..end } else { 0..end - 24 };
                let message = &mut pdu[covered];
                let right = match level {
                    AuthenticationLevel::PRIVACY => server.unseal_part(message, body, &signature),
                    _ => server.verify(message, &signature),
                };
                assert!(right, "{level:?} {header_signing}");
                received.extend_from_slice(&pdu[24..end - padding]);
            }
            assert_eq!(received, answer);
        }
    }
}

#[test]
fn what_was_changed_on_its_way_ends_the_association() {
    for (level, header_signing) in protections() {
        // A byte of the stub, of the signature, and one of the header that only some signatures cover: the allocation hint.
        for (at, noticed) in [(24, true), (60, true), (16, header_signing)] {
            let mut exchange = Exchange::new(level, header_signing);
            let [mut client, _] = exchange.agree();
            let mut pdu = exchange.protected(&mut client, &[7; 16]);
            pdu[at] ^= 1;
            let events = receive(&mut exchange.association, &pdu);
            match noticed {
                true => {
                    let [Event::Reply(reply), Event::Close] = events.as_slice() else { panic!("{events:?}") };
                    assert_eq!(reply[24..28], 0x721_u32.to_le_bytes());
                }
                false => assert!(matches!(*events, [Event::Call(_)])),
            }
        }
    }
}

#[test]
fn who_has_not_proved_it_calls_nothing() {
    let mut unfinished = Exchange::new(AuthenticationLevel::INTEGRITY, false);
    let bind = unfinished.with_token(Pdu::Bind, &unfinished.initiator.start());
    receive(&mut unfinished.association, &bind);
    let mut naked = Exchange::new(AuthenticationLevel::INTEGRITY, false);
    naked.agree();
    for mut association in [unfinished.association, naked.association] {
        let events = receive(&mut association, &request(Flags::WHOLE, 2, 15, b""));
        let [Event::Reply(reply), Event::Close] = events.as_slice() else { panic!("{events:?}") };
        assert_eq!(reply[24..28], 5_u32.to_le_bytes());
    }
    let mut connected = Exchange::new(AuthenticationLevel::CONNECT, false);
    connected.agree();
    let events = receive(&mut connected.association, &request(Flags::WHOLE, 2, 15, b""));
    assert!(matches!(*events, [Event::Call(_)]));
}

#[test]
fn unknown_providers_and_tokens_are_refused() {
    for (kind, token, reason) in [(68, vec![1, 2, 3], 8), (10, vec![1, 2, 3], 9), (9, vec![1, 2, 3], 9)] {
        let mut association = Association::new(&[srvsvc::INTERFACE], "x");
        let mut bind = hex(BIND);
        SecurityTrailer {
            authentication_type: AuthenticationType(kind),
            level: AuthenticationLevel::CONNECT,
            padding: 0,
            context_id: 0,
            token: &token,
        }
        .append(&mut bind);
        let events = receive(&mut association, &bind);
        assert_eq!(only_reply(&events)[16..18], [reason, 0]);
        // Who cannot prove anything may still come as nobody.
        assert_eq!(only_reply(&receive(&mut association, &hex(BIND)))[2], 12);
    }
}
