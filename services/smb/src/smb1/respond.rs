//! Whom a client proves to be without SPNEGO: by a response to the challenge of NEGOTIATE, or by the password itself ([MS-CIFS] 3.3.5.43).

use super::connection::Connection;
use super::context::Context;
use super::establish::Proved;
use crate::logon;
use crate::service::now;
use lanward_auth::{ChallengeResponse, Claim, NtlmAcceptor};
use lanward_nt::{NtStatus, NtString};
use lanward_wire::Reader;
use std::sync::Arc;

/// Bytes of a response to a challenge; NTLMv2's is longer, and what has fewer is a password.
const RESPONSE: usize = 24;

/// What a client sends in the place of a password.
#[derive(Debug)]
pub(crate) enum Password {
    Responses { lm: Vec<u8>, nt: Vec<u8> },
    Plain(NtString),
}

impl Password {
    /// Whether there is none at all.
    pub(crate) fn is_empty(&self) -> bool {
        matches!(self, Self::Responses { lm, nt } if lm.is_empty() && nt.is_empty())
    }

    /// The one password of a message that has no more: a response is LM's where those are taken, else NTLM's.
    pub(crate) fn single(context: &Context<'_>, password: &[u8]) -> Self {
        match Self::of(context, password, &[]) {
            Self::Responses { lm, nt } if !context.connection.zone().lm => Self::Responses { lm: nt, nt: lm },
            password => password,
        }
    }

    /// By their lengths. `oem` is in the code page, where it is a password, `nt` in what the request's strings are in.
    pub(crate) fn of(context: &Context<'_>, oem: &[u8], nt: &[u8]) -> Self {
        let is_response = |bytes: &[u8]| bytes.len() >= RESPONSE;
        let given = |bytes: &[u8]| bytes.iter().any(|b| *b != 0);
        if is_response(oem) || is_response(nt) || !(given(oem) || given(nt)) {
            let of = |bytes: &[u8]| if is_response(bytes) { bytes.to_vec() } else { Vec::new() };
            return Self::Responses { lm: of(oem), nt: of(nt) };
        }
        let (text, bytes) = if given(oem) { (context.text.oem(), oem) } else { (context.text, nt) };
        // What cannot be read is nobody's password.
        Self::Plain(text.read(&mut Reader::new(bytes), "Password").unwrap_or_default())
    }
}

/// Judges a claim, and tells of it if it fails.
pub(crate) fn judge(connection: &Connection, claim: &Claim, password: &Password) -> Result<Proved, NtStatus> {
    let challenge = connection.negotiated().ok_or(NtStatus::INVALID_PARAMETER)?.challenge;
    let zone = connection.zone();
    let mut config = (*logon::acceptor_config(&connection.service, &zone)).clone();
    (config.policy.lm, config.policy.plaintext) = (zone.lm, zone.plaintext);
    let config = Arc::new(config);
    let mut acceptor = NtlmAcceptor::challenged(config, challenge);
    let accounts = connection.service.server.logons_from(connection.peer.ip());
    let judged = match password {
        Password::Plain(password) => acceptor.password(claim, password, &accounts, now()),
        Password::Responses { lm, nt } => {
            acceptor.respond(&ChallengeResponse { claim: claim.clone(), lm, nt }, &accounts, now())
        }
    };
    let context = judged.inspect_err(|status| {
        let (told, why) = (connection.note_refusal(), acceptor.refusal().unwrap_or_default());
        logon::refused(&connection.service, connection.peer, told, acceptor.claim(), *status, why);
    })?;
    let (response, by_lm) = match password {
        Password::Responses { lm, nt } if nt.is_empty() => (lm.clone(), !lm.is_empty()),
        Password::Responses { nt, .. } => (nt.clone(), false),
        Password::Plain(_) => (Vec::new(), false),
    };
    Ok(Proved { context: Box::new(context), response, by_lm })
}
