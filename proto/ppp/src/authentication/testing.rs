//! What the tests of both sides share: somebody who knows one account, and two sides that talk to each other.

use super::*;
use core::time::Duration;
use lanward_auth::NtHash;
use lanward_auth::mschap::{MppeKeys, NewPassword, chap_md5, nt_response_v1, user_of};

pub(super) const NAME: &str = "User";
pub(super) const PASSWORD: &str = "clientPass";

pub(super) fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> =
        text.chars().filter(|c| !c.is_whitespace()).map(|c| c.to_digit(16).unwrap() as u8).collect();
    digits.chunks(2).map(|d| d[0] << 4 | d[1]).collect()
}

/// Bytes that follow from each other.
pub(super) fn random() -> impl FnMut(&mut [u8]) {
    let mut state = 7_u32;
    move |bytes: &mut [u8]| {
        for byte in bytes {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            *byte = state.to_be_bytes()[0];
        }
    }
}

pub(super) fn config() -> AuthenticatorConfig {
    AuthenticatorConfig { name: b"srv".to_vec(), retries: 2 }
}

/// Knows one account.
pub(super) fn judge(password: &str, request: &AuthenticationRequest) -> Verdict {
    let wrong = Verdict::Refused { error: MsChapError::AuthenticationFailure, retry: true };
    if user_of(&request.name) != NAME.as_bytes() {
        return wrong;
    }
    let hash = NtHash::of_password(&password.into());
    let accepted = |authenticator_response, keys| {
        let grant = Grant { address: Some([10, 0, 0, 2].into()), ..Grant::default() };
        Verdict::Accepted(Box::new(Acceptance { authenticator_response, keys, grant }))
    };
    let v2 = |hash: &NtHash, proof: &MsChapV2Proof| {
        let right = proof.is_right(hash, &request.name);
        right.then(|| accepted(Some(proof.answer(hash, &request.name)), Some(proof.keys(hash))))
    };
    match &request.proof {
        Proof::Pap { password: said } => {
            if **said == password.as_bytes() {
                accepted(None, None)
            } else {
                wrong
            }
        }
        Proof::ChapMd5 { identifier, challenge, response } => {
            let right = chap_md5(*identifier, password.as_bytes(), challenge) == *response;
            if right { accepted(None, None) } else { wrong }
        }
        Proof::MsChapV1 { challenge, nt_response, .. } => {
            let right = *nt_response == Some(nt_response_v1(&hash, challenge));
            if right { accepted(None, Some(MppeKeys::v1(&hash, None, challenge))) } else { wrong }
        }
        Proof::MsChapV2(proof) => v2(&hash, proof).unwrap_or(wrong),
        Proof::ChangePassword { proof, encrypted_password, encrypted_hash } => {
            let refused = Verdict::Refused { error: MsChapError::ChangingPassword, retry: false };
            let new = NewPassword::open(encrypted_password, encrypted_hash, &hash);
            new.and_then(|new| v2(new.hash(), proof)).unwrap_or(refused)
        }
    }
}

/// Random bytes.
type Random = Box<dyn FnMut(&mut [u8])>;

/// Both sides, and what they came to.
pub(super) struct Both {
    pub(super) server: Authenticator,
    pub(super) client: Authenticatee,
    pub(super) server_steps: Vec<Step>,
    pub(super) client_steps: Vec<Step>,
    pub(super) rng: Random,
}

pub(super) const NOW: Duration = Duration::from_secs(5);

impl Both {
    pub(super) fn new(method: Method, password: &str) -> Self {
        Self::with(method, Credentials::new(NAME, password))
    }

    pub(super) fn with(method: Method, credentials: Credentials) -> Self {
        Self {
            server: Authenticator::new(method, config()),
            client: Authenticatee::new(method, credentials),
            server_steps: Vec::new(),
            client_steps: Vec::new(),
            rng: Box::new(random()),
        }
    }

    /// Starts, and passes packets until nobody has anything to say.
    pub(super) fn run(&mut self, mut judge: impl FnMut(&AuthenticationRequest) -> Verdict) {
        let (mut to_server, mut to_client) = (Vec::new(), Vec::new());
        self.server.start(NOW, &mut self.rng, &mut to_client);
        self.client.start(NOW, &mut to_server);
        for _ in 0..40 {
            for step in core::mem::take(&mut to_client) {
                self.server_steps.push(step.clone());
                match step {
                    Step::Send(packet) => self.client.receive(&packet, NOW, &mut self.rng, &mut to_server),
                    Step::Ask { token, request } => {
                        self.server.verdict(token, judge(&request), NOW, &mut self.rng, &mut to_client);
                    }
                    _ => {}
                }
            }
            for step in core::mem::take(&mut to_server) {
                self.client_steps.push(step.clone());
                if let Step::Send(packet) = step {
                    self.server.receive(&packet, NOW, &mut self.rng, &mut to_client);
                }
            }
        }
        assert!(to_server.is_empty() && to_client.is_empty(), "they talk for ever");
    }

    pub(super) fn server_success(&self) -> Option<&Success> {
        success(&self.server_steps)
    }

    pub(super) fn client_success(&self) -> Option<&Success> {
        success(&self.client_steps)
    }
}

pub(super) fn success(steps: &[Step]) -> Option<&Success> {
    let mut all = steps.iter().filter_map(|step| match step {
        Step::Succeeded(success) => Some(&**success),
        _ => None,
    });
    let first = all.next();
    assert_eq!(all.next(), None, "it succeeds but once");
    first
}

pub(super) fn failure(steps: &[Step]) -> Option<AuthenticationFailure> {
    steps.iter().find_map(|step| match step {
        Step::Failed(failure) => Some(*failure),
        _ => None,
    })
}

pub(super) fn packets(steps: &[Step]) -> Vec<&[u8]> {
    let sent = steps.iter().filter_map(|step| match step {
        Step::Send(packet) => Some(&packet[..]),
        _ => None,
    });
    sent.collect()
}
