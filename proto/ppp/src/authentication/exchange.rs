//! What CHAP and EAP have in common: challenges, and what responds to them.

use super::{LONGEST_NAME, MsChapV2Proof, Proof};
use core::time::Duration;
use lanward_auth::mschap::ENCRYPTED_PASSWORD;
use lanward_wire::{DecodeError, Reader};

/// How a response is made from a challenge (RFC 1994, 4; RFC 2433, 2; RFC 2759, 2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Algorithm {
    Md5,
    V1,
    V2,
}

/// What was sent for somebody to respond to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Challenge {
    Md5([u8; 16]),
    V1([u8; 8]),
    V2([u8; 16]),
}

impl Challenge {
    pub(super) fn random(algorithm: Algorithm, rng: &mut dyn FnMut(&mut [u8])) -> Self {
        let mut bytes = [0; 16];
        rng(&mut bytes);
        let [a, b, c, d, e, f, g, h, ..] = bytes;
        match algorithm {
            Algorithm::Md5 => Self::Md5(bytes),
            Algorithm::V1 => Self::V1([a, b, c, d, e, f, g, h]),
            Algorithm::V2 => Self::V2(bytes),
        }
    }

    pub(super) const fn bytes(&self) -> &[u8] {
        match self {
            Self::Md5(bytes) | Self::V2(bytes) => bytes,
            Self::V1(bytes) => bytes,
        }
    }

    /// What a Response's value proves.
    pub(super) fn proof(&self, identifier: u8, value: &[u8]) -> Result<Proof, DecodeError> {
        let mut r = Reader::new(value);
        let proof = match *self {
            Self::Md5(challenge) => Proof::ChapMd5 { identifier, challenge, response: r.array("Value")? },
            Self::V1(challenge) => {
                let lm_response = r.array("LM-Response")?;
                let nt_response = r.array("NT-Response")?;
                let nt_response = (r.u8("Flag")? != 0).then_some(nt_response);
                Proof::MsChapV1 { challenge, lm_response, nt_response }
            }
            Self::V2(authenticator_challenge) => {
                let proof = v2_proof(authenticator_challenge, &mut r)?;
                // Windows 98 sends a 4 where there is to be a 0.
                r.skip(1, "Flags")?;
                Proof::MsChapV2(proof)
            }
        };
        if !r.is_empty() {
            return Err(DecodeError::invalid("Value", "longer than it can be"));
        }
        Ok(proof)
    }
}

fn v2_proof(authenticator_challenge: [u8; 16], r: &mut Reader<'_>) -> Result<MsChapV2Proof, DecodeError> {
    let peer_challenge = r.array("Peer-Challenge")?;
    r.skip(8, "Reserved")?;
    Ok(MsChapV2Proof { authenticator_challenge, peer_challenge, nt_response: r.array("NT-Response")? })
}

/// The value of an MS-CHAPv2 Response.
pub(super) fn v2_value(peer_challenge: &[u8; 16], nt_response: &[u8; 24]) -> Vec<u8> {
    [&peer_challenge[..], &[0; 8], nt_response, &[0]].concat()
}

/// RFC 2759, 7: what a Change-Password packet has behind its header.
pub(super) fn change_proof(authenticator_challenge: [u8; 16], data: &[u8]) -> Result<Proof, DecodeError> {
    let mut r = Reader::new(data);
    let encrypted_password = Box::new(r.array::<ENCRYPTED_PASSWORD>("Encrypted-Password")?);
    let encrypted_hash = r.array("Encrypted-Hash")?;
    let proof = v2_proof(authenticator_challenge, &mut r)?;
    r.skip(2, "Flags")?;
    if !r.is_empty() {
        return Err(DecodeError::invalid("Data", "longer than it can be"));
    }
    Ok(Proof::ChangePassword { proof, encrypted_password, encrypted_hash })
}

/// The same, written.
pub(super) fn change_data(
    encrypted_password: &[u8; ENCRYPTED_PASSWORD],
    encrypted_hash: &[u8; 16],
    peer_challenge: &[u8; 16],
    nt_response: &[u8; 24],
) -> Vec<u8> {
    [&encrypted_password[..], encrypted_hash, peer_challenge, &[0; 8], nt_response, &[0; 2]].concat()
}

/// RFC 1994, 4.1: Value-Size, Value and Name.
pub(super) fn value_and_name(data: &[u8]) -> Result<(&[u8], &[u8]), DecodeError> {
    let mut r = Reader::new(data);
    let size = usize::from(r.u8("Value-Size")?);
    let value = r.bytes(size, "Value")?;
    let name = r.rest();
    if name.len() > LONGEST_NAME {
        return Err(DecodeError::invalid("Name", "longer than any"));
    }
    Ok((value, name))
}

/// The same, written; values are never longer than 49 bytes.
pub(super) fn with_name(value: &[u8], name: &[u8]) -> Vec<u8> {
    let size = u8::try_from(value.len()).unwrap_or(u8::MAX);
    [&[size], value, name].concat()
}

/// A packet that is sent again until it is answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Outstanding {
    pub(super) packet: Vec<u8>,
    at: Duration,
    left: u8,
}

impl Outstanding {
    const BETWEEN: Duration = Duration::from_secs(3);
    const TIMES: u8 = 10;

    pub(super) fn new(packet: Vec<u8>, now: Duration) -> Self {
        Self { packet, at: now.saturating_add(Self::BETWEEN), left: Self::TIMES }
    }

    pub(super) const fn deadline(&self) -> Duration {
        self.at
    }

    /// What to send if it is time to; `Err` when it was sent often enough.
    pub(super) fn tick(&mut self, now: Duration) -> Result<Option<Vec<u8>>, ()> {
        if now < self.at {
            return Ok(None);
        }
        self.left = self.left.checked_sub(1).ok_or(())?;
        self.at = now.saturating_add(Self::BETWEEN);
        Ok(Some(self.packet.clone()))
    }
}
