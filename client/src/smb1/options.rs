use lanward_netbios::{NetbiosName, SessionRequest};
use lanward_smb1::Dialect;
use lanward_smb1::messages::Capabilities;
use lanward_wire::CodePage;
use std::time::Duration;

/// [MS-CIFS] 3.2.1.1 Client.MessageSigningPolicy
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signing {
    /// Never.
    Disabled,
    /// Where the server requires it.
    Declined,
    /// Where the server can.
    Enabled,
    /// Or there is no session.
    Required,
}

impl Signing {
    /// All four.
    pub const ALL: [Self; 4] = [Self::Disabled, Self::Declined, Self::Enabled, Self::Required];
}

/// How a connection is made. The default offers every dialect, as a client of Windows XP would, directly over TCP.
#[derive(Debug, Clone)]
pub struct Options {
    /// The names of the dialects offered, in their order.
    pub dialects: Vec<String>,
    /// Asks for a NetBIOS session first, as behind port 139.
    pub netbios: Option<SessionRequest>,
    /// What is signed.
    pub signing: Signing,
    /// Offers SPNEGO.
    pub extended_security: bool,
    /// Speaks Unicode where the server does.
    pub unicode: bool,
    /// Wants an NTSTATUS where the server has it, not errors of DOS.
    pub nt_status: bool,
    /// What strings are in that are not Unicode.
    pub code_page: CodePage,
    /// What the client says it can do.
    pub capabilities: Capabilities,
    /// Longest message the client takes, in bytes.
    pub max_buffer_size: u16,
    /// The process that requests come from, where they name no other.
    pub process_id: u32,
    /// Until when connecting, sending or any reply must have happened.
    pub timeout: Duration,
    /// Whether replies must be signed where signing is active. Off only to look at a server's mistakes.
    pub verify: bool,
}

impl Default for Options {
    fn default() -> Self {
        let all = [
            Dialect::Core,
            Dialect::CorePlus,
            Dialect::LanMan1,
            Dialect::LanMan2,
            Dialect::LanMan21,
            Dialect::NtLm,
        ];
        Self {
            dialects: all.map(|dialect| dialect.name().to_owned()).to_vec(),
            netbios: None,
            signing: Signing::Enabled,
            extended_security: true,
            unicode: true,
            nt_status: true,
            code_page: CodePage::default(),
            capabilities: Capabilities::UNICODE
                | Capabilities::LARGE_FILES
                | Capabilities::NT_SMBS
                | Capabilities::STATUS32
                | Capabilities::LEVEL_II_OPLOCKS
                | Capabilities::NT_FIND
                | Capabilities::LARGE_READX
                | Capabilities::LARGE_WRITEX,
            max_buffer_size: 0xffff,
            process_id: 0x1234,
            timeout: Duration::from_secs(30),
            verify: true,
        }
    }
}

impl Options {
    /// One dialect by its usual name, and the defaults otherwise.
    #[must_use]
    pub fn only(dialect: Dialect) -> Self {
        Self { dialects: vec![dialect.name().to_owned()], ..Self::default() }
    }

    /// The same without SPNEGO: NT LM 0.12 as Windows NT 4 speaks it.
    #[must_use]
    pub fn without_extended_security(self) -> Self {
        Self { extended_security: false, ..self }
    }

    /// The same with another policy.
    #[must_use]
    pub fn signing(self, signing: Signing) -> Self {
        Self { signing, ..self }
    }

    /// The same over a NetBIOS session with `called`, a server's name or `*SMBSERVER`; names that are none are left out.
    #[must_use]
    pub fn netbios(self, called: &str) -> Self {
        let called = NetbiosName::new(called, NetbiosName::SERVER);
        let calling = NetbiosName::new("CLIENT", NetbiosName::WORKSTATION);
        let netbios = called.zip(calling).map(|(called, calling)| SessionRequest { called, calling });
        Self { netbios, ..self }
    }

    /// Another deadline for every wait.
    #[must_use]
    pub fn timeout(self, timeout: Duration) -> Self {
        Self { timeout, ..self }
    }
}
