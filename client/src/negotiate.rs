use crate::options::Signing;
use crate::random::random;
use crate::reply::Reply;
use crate::request::{Request, Scope};
use crate::{Connection, Error, Options, Result};
use lanward_nt::{FileTime, Guid};
use lanward_smb2::messages::{
    Capabilities, CipherId, CompressionAlgorithm, HashAlgorithm, NegotiateContext, NegotiateRequest,
    NegotiateResponse, POSIX_EXTENSIONS_VERSION, SecurityMode, SigningAlgorithmId,
};
use lanward_smb2::{Cipher, Command, Compression, Dialect, PreauthHash, SigningAlgorithm};

/// What client and server agreed on.
#[derive(Debug, Clone, Default)]
pub struct Negotiated {
    /// The dialect; `None` before the negotiation.
    pub dialect: Option<Dialect>,
    /// What the server can do.
    pub capabilities: Capabilities,
    /// Whether the server signs, or insists on it.
    pub security_mode: SecurityMode,
    /// Who the server is.
    pub server_guid: Guid,
    /// Who the client said it is.
    pub client_guid: Guid,
    /// Bytes of one buffer of QUERY_INFO, QUERY_DIRECTORY, SET_INFO or CHANGE_NOTIFY.
    pub max_transact_size: u32,
    /// Bytes of one READ.
    pub max_read_size: u32,
    /// Bytes of one WRITE.
    pub max_write_size: u32,
    /// The server's clock.
    pub system_time: FileTime,
    /// The server's first GSS token.
    pub token: Vec<u8>,
    /// The cipher, if both have one in common.
    pub cipher: Option<Cipher>,
    /// The signing algorithm; HMAC-SHA256 before the negotiation.
    pub signing: Option<SigningAlgorithm>,
    /// How messages may be compressed, if they may.
    pub compression: Option<Compression>,
    /// Whether both have the SMB3 POSIX extensions.
    pub posix: bool,
    /// The hash over the negotiation.
    pub preauth: PreauthHash,
}

impl Connection {
    /// Negotiates with the options of the connection.
    ///
    /// # Errors
    /// The server's refusal, or an answer that breaks the protocol.
    pub fn negotiate(&mut self) -> Result<()> {
        let client_guid = match self.options.client_guid {
            Some(guid) => guid,
            None => Guid(random()?),
        };
        let (salt, options) = (random::<32>()?, self.options.clone());
        let request = negotiate_request(&options, client_guid, &salt);
        let (message, ids) = self.compose(&[Request::new(Command::NEGOTIATE, Scope::default(), &request)])?;
        self.send_frame(&message)?;
        let [id] = ids[..] else { return Err(Error::Unable("one request has one id")) };
        let reply = self.receive(id)?.check(&[])?;
        self.adopt(&message, &reply)?;
        self.negotiated.client_guid = client_guid;
        Ok(())
    }

    /// Takes over what a NEGOTIATE, given as the bytes that were sent, was answered with. For tests that send one of
    /// their own making.
    ///
    /// # Errors
    /// An answer that breaks the protocol.
    pub fn adopt(&mut self, request: &[u8], reply: &Reply) -> Result<()> {
        let response: NegotiateResponse<'_> = reply.decode()?;
        let dialect = Dialect::from_revision(response.dialect_revision);
        let dialect = dialect.ok_or(Error::Protocol("the server chose no dialect that exists"))?;
        if !self.options.dialects.contains(&dialect) {
            return Err(Error::Protocol("the server chose a dialect that was not offered"));
        }
        let mut preauth = PreauthHash::new();
        preauth.update(request);
        preauth.update(reply.message());
        self.negotiated = Negotiated {
            dialect: Some(dialect),
            capabilities: response.capabilities,
            security_mode: response.security_mode,
            server_guid: response.server_guid,
            client_guid: self.negotiated.client_guid,
            max_transact_size: response.max_transact_size,
            max_read_size: response.max_read_size,
            max_write_size: response.max_write_size,
            system_time: response.system_time,
            token: response.security_buffer.to_vec(),
            cipher: chosen_cipher(dialect, &response)?,
            signing: Some(chosen_signing(dialect, &response)?),
            compression: chosen_compression(&response),
            posix: response.contexts.contains(&NegotiateContext::Posix(vec![POSIX_EXTENSIONS_VERSION])),
            preauth,
        };
        Ok(())
    }

    /// The SecurityMode of the client's requests.
    pub(crate) fn security_mode(&self) -> SecurityMode {
        security_mode(&self.options)
    }
}

fn security_mode(options: &Options) -> SecurityMode {
    match options.signing {
        Signing::IfRequired => SecurityMode::SIGNING_ENABLED,
        Signing::Required => SecurityMode::SIGNING_ENABLED | SecurityMode::SIGNING_REQUIRED,
    }
}

fn negotiate_request<'a>(options: &Options, client_guid: Guid, salt: &'a [u8]) -> NegotiateRequest<'a> {
    let smb3 = options.dialects.iter().any(|d| d.is_smb3());
    let mut contexts = Vec::new();
    if options.dialects.contains(&Dialect::V3_1_1) {
        let hash_algorithms = vec![HashAlgorithm::SHA_512];
        contexts.push(NegotiateContext::PreauthIntegrity { hash_algorithms, salt });
        if !options.ciphers.is_empty() {
            contexts.push(NegotiateContext::Encryption(
                options.ciphers.iter().map(|c| CipherId(c.id())).collect(),
            ));
        }
        if !options.compression.is_empty() {
            let (flags, algorithms) = (u32::from(options.chained_compression), options.compression.clone());
            contexts.push(NegotiateContext::Compression { flags, algorithms });
        }
        if !options.signing_algorithms.is_empty() {
            let ids = options.signing_algorithms.iter().map(|a| SigningAlgorithmId(a.id()));
            contexts.push(NegotiateContext::Signing(ids.collect()));
        }
        if options.posix {
            contexts.push(NegotiateContext::Posix(vec![POSIX_EXTENSIONS_VERSION]));
        }
    }
    NegotiateRequest {
        security_mode: security_mode(options),
        capabilities: if smb3 { options.capabilities } else { Capabilities::empty() },
        // "If the dialects offered are 2.0.2 alone, 0": a server may look at it from 2.1 on.
        client_guid: if options.dialects == [Dialect::V2_0_2] { Guid::default() } else { client_guid },
        dialects: options.dialects.iter().map(|d| d.revision()).collect(),
        contexts,
    }
}

fn chosen_cipher(dialect: Dialect, response: &NegotiateResponse<'_>) -> Result<Option<Cipher>> {
    if dialect < Dialect::V3_1_1 {
        let can = dialect.is_smb3() && response.capabilities.contains(Capabilities::ENCRYPTION);
        return Ok(can.then_some(Cipher::Aes128Ccm));
    }
    let ids = response.contexts.iter().find_map(|c| match c {
        NegotiateContext::Encryption(ids) => Some(ids.as_slice()),
        _ => None,
    });
    match ids {
        None | Some([CipherId(0)]) => Ok(None),
        Some([id]) => match Cipher::from_id(id.0) {
            Some(cipher) => Ok(Some(cipher)),
            None => Err(Error::Protocol("the server chose a cipher nobody knows")),
        },
        Some(_) => Err(Error::Protocol("the server chose several ciphers")),
    }
}

fn chosen_compression(response: &NegotiateResponse<'_>) -> Option<Compression> {
    response.contexts.iter().find_map(|c| match c {
        NegotiateContext::Compression { flags, algorithms }
            if *algorithms != [CompressionAlgorithm::NONE] =>
        {
            Some(Compression { algorithms: algorithms.clone(), chained: flags & 1 != 0 })
        }
        _ => None,
    })
}

fn chosen_signing(dialect: Dialect, response: &NegotiateResponse<'_>) -> Result<SigningAlgorithm> {
    if !dialect.is_smb3() {
        return Ok(SigningAlgorithm::HmacSha256);
    }
    let ids = response.contexts.iter().find_map(|c| match c {
        NegotiateContext::Signing(ids) => Some(ids.as_slice()),
        _ => None,
    });
    match ids {
        None => Ok(SigningAlgorithm::AesCmac),
        Some([id]) => SigningAlgorithm::from_id(id.0)
            .ok_or(Error::Protocol("the server chose a signature nobody knows")),
        Some(_) => Err(Error::Protocol("the server chose several signing algorithms")),
    }
}
