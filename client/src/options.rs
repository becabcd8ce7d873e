use lanward_netbios::SessionRequest;
use lanward_nt::Guid;
use lanward_smb2::messages::{Capabilities, CompressionAlgorithm};
use lanward_smb2::{Cipher, Dialect, SigningAlgorithm};
use std::time::Duration;

/// What the client signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signing {
    /// What the protocol demands of it, and everything if the server requires it.
    IfRequired,
    /// Everything, and it demands the same of the server.
    Required,
}

/// How a connection is made. The default offers everything, signs and encrypts only what it must, and waits 30 s.
#[derive(Debug, Clone)]
pub struct Options {
    /// Dialects offered.
    pub dialects: Vec<Dialect>,
    /// What is signed.
    pub signing: Signing,
    /// Encrypts every session from its first request, whatever the server asks for (SMB 3.x).
    pub sealing: bool,
    /// Ciphers offered in 3.1.1, most preferred first. None: no context is sent.
    pub ciphers: Vec<Cipher>,
    /// Signing algorithms offered in 3.1.1, most preferred first. None: no context is sent.
    pub signing_algorithms: Vec<SigningAlgorithm>,
    /// How messages may be compressed in 3.1.1, most preferred first. None: no context is sent.
    pub compression: Vec<CompressionAlgorithm>,
    /// Whether a message may be a chain of compressed payloads.
    pub chained_compression: bool,
    /// Offers the SMB3 POSIX extensions in 3.1.1.
    pub posix: bool,
    /// What the client says it can do. ENCRYPTION is left out when no dialect but 3.1.1 could use it.
    pub capabilities: Capabilities,
    /// Who the client is; random by default.
    pub client_guid: Option<Guid>,
    /// Credits kept in hand: each request asks for as many as are missing.
    pub credits: u16,
    /// Until when connecting, sending or any reply must have happened.
    pub timeout: Duration,
    /// Asks for a NetBIOS session first, as behind port 139.
    pub netbios: Option<SessionRequest>,
    /// Whether replies must be signed or encrypted as the session demands. Off only to look at a server's mistakes.
    pub verify: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            dialects: Dialect::ALL.to_vec(),
            signing: Signing::IfRequired,
            sealing: false,
            ciphers: vec![Cipher::Aes128Gcm, Cipher::Aes128Ccm, Cipher::Aes256Gcm, Cipher::Aes256Ccm],
            signing_algorithms: vec![
                SigningAlgorithm::AesGmac,
                SigningAlgorithm::AesCmac,
                SigningAlgorithm::HmacSha256,
            ],
            compression: Vec::new(),
            chained_compression: true,
            posix: false,
            capabilities: Capabilities::LARGE_MTU | Capabilities::ENCRYPTION | Capabilities::LEASING,
            client_guid: None,
            credits: 512,
            timeout: Duration::from_secs(30),
            netbios: None,
            verify: true,
        }
    }
}

impl Options {
    /// One dialect and the defaults otherwise.
    #[must_use]
    pub fn only(dialect: Dialect) -> Self {
        Self { dialects: vec![dialect], ..Self::default() }
    }

    /// Signs everything.
    #[must_use]
    pub fn signed(self) -> Self {
        Self { signing: Signing::Required, ..self }
    }

    /// Encrypts everything.
    #[must_use]
    pub fn sealed(self) -> Self {
        Self { sealing: true, ..self }
    }

    /// Another deadline for every wait.
    #[must_use]
    pub fn timeout(self, timeout: Duration) -> Self {
        Self { timeout, ..self }
    }
}
