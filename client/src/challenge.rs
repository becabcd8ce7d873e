//! What a server says of itself to whoever begins to log on.

use crate::request::{Request, Scope};
use crate::{Connection, Error, Result, smb1};
use lanward_auth::ntlm::ChallengeMessage;
use lanward_auth::spnego::NegToken;
use lanward_auth::{Credentials, InitiatorConfig, SpnegoInitiator};
use lanward_nt::NtStatus;
use lanward_smb1::messages::{SessionProof, SessionSetupAndxRequest, SessionSetupAndxResponse};
use lanward_smb2::Command;
use lanward_smb2::messages::{SessionSetupRequest, SessionSetupResponse};
use lanward_wire::{Decode as _, Reader};

impl Connection {
    /// Begins to log on as nobody, to hear the server's challenge with its names, and leaves it at that.
    ///
    /// # Errors
    /// The server's refusal, the socket, or an answer that breaks the protocol.
    pub fn hear_challenge(&mut self) -> Result<ChallengeMessage> {
        let token = first_token();
        let body = SessionSetupRequest { security_buffer: &token, ..SessionSetupRequest::default() };
        let reply = self.call(&Request::new(Command::SESSION_SETUP, Scope::default(), &body))?;
        let reply = reply.check(&[NtStatus::MORE_PROCESSING_REQUIRED])?;
        challenge(reply.decode::<SessionSetupResponse<'_>>()?.security_buffer)
    }
}

impl smb1::Connection {
    /// The same with SMB 1, where SPNEGO was agreed on.
    ///
    /// # Errors
    /// As for [`Connection::hear_challenge`].
    pub fn hear_challenge(&mut self) -> Result<ChallengeMessage> {
        let token = first_token();
        let body = SessionSetupAndxRequest {
            max_buffer_size: self.options().max_buffer_size,
            max_mpx_count: 1,
            vc_number: 1,
            session_key: self.negotiated().session_key,
            capabilities: self.options().capabilities,
            proof: SessionProof::Extended { security_blob: &token },
            ..SessionSetupAndxRequest::default()
        };
        let command = lanward_smb1::Command::SESSION_SETUP_ANDX;
        let reply = self.call(&smb1::Request::new(command, smb1::Scope::default(), &body))?;
        let reply = reply.check(&[NtStatus::MORE_PROCESSING_REQUIRED])?;
        challenge(reply.decode::<SessionSetupAndxResponse<'_>>()?.security_blob.unwrap_or_default())
    }
}

fn first_token() -> Vec<u8> {
    let nobody = InitiatorConfig {
        credentials: Credentials::Anonymous,
        workstation: "CLIENT".into(),
        target_name: None,
        ntlmv1: false,
    };
    SpnegoInitiator::new(nobody).start()
}

fn challenge(token: &[u8]) -> Result<ChallengeMessage> {
    let NegToken::Resp(response) = NegToken::decode(token)? else {
        return Err(Error::Protocol("the server answers a token with a first token"));
    };
    let message = response.response_token.ok_or(Error::Protocol("a challenge without a message"))?;
    Ok(ChallengeMessage::decode(&mut Reader::new(message))?)
}
