use super::exchange::{Algorithm, change_data, v2_value};
use super::texts::{Failure, read_success};
use super::{AuthenticationFailure, Credentials, MsChapError};
use lanward_auth::NtHash;
use lanward_auth::mschap::{
    MasterKey, MppeKeys, authenticator_response, chap_md5, encrypt_password, nt_response_v1, nt_response_v2,
};
use subtle::ConstantTimeEq;

/// What a client knows and proves, by CHAP and by EAP.
#[derive(Debug)]
pub(super) struct Prover {
    algorithm: Algorithm,
    credentials: Credentials,
    proved: Option<Proved>,
    /// The password was changed on the way in; what comes now is proved by the new one.
    changed: bool,
}

/// A response of this client's, and what it means where it is taken.
#[derive(Debug)]
enum Proved {
    Md5,
    V1 { challenge: [u8; 8] },
    V2 { authenticator_challenge: [u8; 16], peer_challenge: [u8; 16], nt_response: [u8; 24] },
}

/// What follows from a message of failure.
pub(super) enum Heard {
    /// Nothing.
    Over(MsChapError),
    /// What a Change-Password packet has behind its header.
    Change(Vec<u8>),
}

impl Prover {
    pub(super) const fn new(algorithm: Algorithm, credentials: Credentials) -> Self {
        Self { algorithm, credentials, proved: None, changed: false }
    }

    pub(super) fn name(&self) -> &[u8] {
        self.credentials.name()
    }

    /// The value of the Response to a Challenge; `None` if the challenge is none.
    ///
    /// # Errors
    /// The challenge is one that this client made itself.
    pub(super) fn respond(
        &mut self,
        identifier: u8,
        challenge: &[u8],
        rng: &mut dyn FnMut(&mut [u8]),
    ) -> Result<Option<Vec<u8>>, AuthenticationFailure> {
        if let Some(Proved::V2 { peer_challenge, .. }) = &self.proved
            && challenge == peer_challenge
        {
            return Err(AuthenticationFailure::Reflected);
        }
        Ok(match self.algorithm {
            Algorithm::Md5 => Some(self.respond_md5(identifier, challenge)),
            Algorithm::V1 => challenge.try_into().ok().map(|challenge| self.respond_v1(challenge)),
            Algorithm::V2 => challenge.try_into().ok().map(|challenge| {
                let (peer_challenge, nt_response) = self.prove_v2(challenge, rng);
                v2_value(&peer_challenge, &nt_response)
            }),
        })
    }

    /// Checks a message of success. Answers the keys that follow.
    ///
    /// # Errors
    /// The server does not know the password.
    pub(super) fn check_success(&self, text: &[u8]) -> Result<Option<MppeKeys>, AuthenticationFailure> {
        let impostor = AuthenticationFailure::Impostor;
        match self.proved.as_ref().ok_or(impostor)? {
            Proved::Md5 => Ok(None),
            Proved::V1 { challenge } => Ok(Some(MppeKeys::v1(&self.hash(), None, challenge))),
            Proved::V2 { authenticator_challenge, peer_challenge, nt_response } => {
                let hash = self.hash();
                let name = self.credentials.name();
                let expected =
                    authenticator_response(&hash, nt_response, authenticator_challenge, peer_challenge, name);
                let said = read_success(text).ok_or(impostor)?;
                let right: bool = expected.ct_eq(&said).into();
                if !right {
                    return Err(impostor);
                }
                Ok(Some(MppeKeys::v2(&MasterKey::derive(&hash, nt_response))))
            }
        }
    }

    /// What a message of failure leads to: there is but one password, so a right to try again is no use.
    pub(super) fn hear_failure(&mut self, failure: &Failure<'_>, rng: &mut dyn FnMut(&mut [u8])) -> Heard {
        let changeable =
            failure.error == MsChapError::PasswordExpired && failure.version >= 3 && !self.changed;
        let challenge = failure.challenge.as_ref().and_then(|challenge| challenge.bytes().try_into().ok());
        let new = self.credentials.new_password().filter(|_| changeable && self.algorithm == Algorithm::V2);
        let (Some(challenge), Some(new)) = (challenge, new) else { return Heard::Over(failure.error) };
        let mut fill = [0; 512];
        rng(&mut fill);
        let Some((password, hash)) = encrypt_password(new, &self.credentials.hash(), fill) else {
            return Heard::Over(failure.error);
        };
        self.changed = true;
        let (peer_challenge, nt_response) = self.prove_v2(challenge, rng);
        Heard::Change(change_data(&password, &hash, &peer_challenge, &nt_response))
    }

    fn respond_md5(&mut self, identifier: u8, challenge: &[u8]) -> Vec<u8> {
        self.proved = Some(Proved::Md5);
        let password = zeroize::Zeroizing::new(self.credentials.password().to_string_lossy());
        chap_md5(identifier, password.as_bytes(), challenge).to_vec()
    }

    fn respond_v1(&mut self, challenge: [u8; 8]) -> Vec<u8> {
        let response = nt_response_v1(&self.hash(), &challenge);
        self.proved = Some(Proved::V1 { challenge });
        [&[0; 24][..], &response, &[1]].concat()
    }

    fn prove_v2(
        &mut self,
        authenticator_challenge: [u8; 16],
        rng: &mut dyn FnMut(&mut [u8]),
    ) -> ([u8; 16], [u8; 24]) {
        let mut peer_challenge = [0; 16];
        rng(&mut peer_challenge);
        let name = self.credentials.name();
        let nt_response = nt_response_v2(&self.hash(), &authenticator_challenge, &peer_challenge, name);
        self.proved = Some(Proved::V2 { authenticator_challenge, peer_challenge, nt_response });
        (peer_challenge, nt_response)
    }

    fn hash(&self) -> NtHash {
        match self.credentials.new_password().filter(|_| self.changed) {
            Some(new) => NtHash::of_password(new),
            None => self.credentials.hash(),
        }
    }
}
