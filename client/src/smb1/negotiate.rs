use super::{Connection, Reply, Request, Scope};
use crate::{Error, Result};
use lanward_nt::{FileTime, Guid};
use lanward_smb1::messages::{
    Capabilities, NegotiateRequest, NegotiateResponse, NegotiatedSecurity, SecurityMode,
};
use lanward_smb1::{Command, Dialect};

/// What client and server agreed on.
#[derive(Debug, Clone, Default)]
pub struct Negotiated {
    /// The dialect; `None` before the negotiation.
    pub dialect: Option<Dialect>,
    /// Which of the names offered it has.
    pub index: u16,
    /// How users are known, and whether the server signs.
    pub security_mode: SecurityMode,
    /// What the server can do: nothing before NT LM 0.12.
    pub capabilities: Capabilities,
    /// Longest message the server takes, in bytes.
    pub max_buffer_size: u32,
    /// Longest raw transfer.
    pub max_raw_size: u32,
    /// Requests at once.
    pub max_mpx_count: u16,
    /// SessionKey
    pub session_key: u32,
    /// What passwords are to be encrypted with; empty for none.
    pub challenge: Vec<u8>,
    /// The server's first GSS token, where there is one.
    pub token: Option<Vec<u8>>,
    /// Who the server is, where it offers SPNEGO.
    pub server_guid: Guid,
    /// The server's domain, if it said so.
    pub domain_name: String,
    /// The server's name, if it said so.
    pub server_name: String,
    /// The server's clock, from NT LM 0.12 on.
    pub system_time: FileTime,
    /// Minutes west of Greenwich, as a signed number.
    pub time_zone: u16,
}

/// No dialect of those offered.
const NONE: u16 = 0xffff;

/// A server of Core says nothing of lengths; this is what every one of them takes.
const CORE_BUFFER: u32 = 1024;

impl Connection {
    /// Negotiates with the options of the connection.
    ///
    /// # Errors
    /// The server's refusal, or an answer that breaks the protocol.
    pub fn negotiate(&mut self) -> Result<()> {
        let names = self.options.dialects.clone();
        let body = NegotiateRequest { dialects: names.iter().map(String::as_bytes).collect() };
        let reply = self.call(&Request::new(Command::NEGOTIATE, Scope::default(), &body))?.check(&[])?;
        self.adopt(&reply)
    }

    /// Takes over what a NEGOTIATE was answered with. For tests that send one of their own making.
    ///
    /// # Errors
    /// An answer that breaks the protocol, or [`Error::Unable`] where the server takes none of the dialects.
    pub fn adopt(&mut self, reply: &Reply) -> Result<()> {
        let response = reply.decode()?;
        let mut negotiated = match response {
            NegotiateResponse::Core { dialect_index } => {
                Negotiated { index: dialect_index, max_buffer_size: CORE_BUFFER, ..Negotiated::default() }
            }
            NegotiateResponse::LanMan(response) => Negotiated {
                index: response.dialect_index,
                security_mode: SecurityMode::from_bits_retain(response.security_mode.to_le_bytes()[0]),
                max_buffer_size: response.max_buffer_size.into(),
                max_raw_size: 0xffff,
                max_mpx_count: response.max_mpx_count,
                session_key: response.session_key,
                challenge: response.challenge.to_vec(),
                domain_name: response.domain_name.map(|name| name.to_string_lossy()).unwrap_or_default(),
                time_zone: response.server_time_zone,
                ..Negotiated::default()
            },
            NegotiateResponse::Nt(response) => {
                let mut negotiated = Negotiated {
                    index: response.dialect_index,
                    security_mode: response.security_mode,
                    capabilities: response.capabilities,
                    max_buffer_size: response.max_buffer_size,
                    max_raw_size: response.max_raw_size,
                    max_mpx_count: response.max_mpx_count,
                    session_key: response.session_key,
                    system_time: response.system_time,
                    time_zone: response.server_time_zone,
                    ..Negotiated::default()
                };
                match response.security {
                    NegotiatedSecurity::Challenge { challenge, domain_name, server_name } => {
                        negotiated.challenge = challenge.to_vec();
                        negotiated.domain_name = domain_name.to_string_lossy();
                        negotiated.server_name = server_name.to_string_lossy();
                    }
                    NegotiatedSecurity::Extended { server_guid, security_blob } => {
                        negotiated.server_guid = server_guid;
                        negotiated.token = Some(security_blob.to_vec());
                    }
                }
                negotiated
            }
        };
        if negotiated.index == NONE {
            return Err(Error::Unable("the server takes none of the dialects of SMB 1"));
        }
        let name = self.options.dialects.get(usize::from(negotiated.index));
        let name = name.ok_or(Error::Protocol("the server chose a dialect that was not offered"))?;
        negotiated.dialect = Dialect::of_name(name.as_bytes());
        self.negotiated = negotiated;
        Ok(())
    }
}
