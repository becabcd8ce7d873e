use crate::{Body, Command, Message, MessageWriter};
use lanward_nt::{FileTime, Guid, NtString};
use lanward_wire::{Decode, DecodeError, Encode, Writer, wire_flags};

wire_flags! {
    /// The SecurityMode of SMB_COM_NEGOTIATE.
    SecurityMode: u8 {
        /// NEGOTIATE_USER_SECURITY
        USER_SECURITY = 0x01;
        /// NEGOTIATE_ENCRYPT_PASSWORDS
        ENCRYPT_PASSWORDS = 0x02;
        /// NEGOTIATE_SECURITY_SIGNATURES_ENABLED
        SIGNATURES_ENABLED = 0x04;
        /// NEGOTIATE_SECURITY_SIGNATURES_REQUIRED
        SIGNATURES_REQUIRED = 0x08;
    }

    /// The Capabilities of SMB_COM_NEGOTIATE and SMB_COM_SESSION_SETUP_ANDX, with those of [MS-SMB] 2.2.4.5.2.1.
    Capabilities: u32 {
        /// CAP_RAW_MODE
        RAW_MODE = 0x0000_0001;
        /// CAP_MPX_MODE
        MPX_MODE = 0x0000_0002;
        /// CAP_UNICODE
        UNICODE = 0x0000_0004;
        /// CAP_LARGE_FILES
        LARGE_FILES = 0x0000_0008;
        /// CAP_NT_SMBS
        NT_SMBS = 0x0000_0010;
        /// CAP_RPC_REMOTE_APIS
        RPC_REMOTE_APIS = 0x0000_0020;
        /// CAP_STATUS32
        STATUS32 = 0x0000_0040;
        /// CAP_LEVEL_II_OPLOCKS
        LEVEL_II_OPLOCKS = 0x0000_0080;
        /// CAP_LOCK_AND_READ
        LOCK_AND_READ = 0x0000_0100;
        /// CAP_NT_FIND
        NT_FIND = 0x0000_0200;
        /// CAP_BULK_TRANSFER
        BULK_TRANSFER = 0x0000_0400;
        /// CAP_COMPRESSED_DATA
        COMPRESSED_DATA = 0x0000_0800;
        /// CAP_DFS
        DFS = 0x0000_1000;
        /// CAP_INFOLEVEL_PASSTHRU
        INFOLEVEL_PASSTHRU = 0x0000_2000;
        /// CAP_LARGE_READX
        LARGE_READX = 0x0000_4000;
        /// CAP_LARGE_WRITEX
        LARGE_WRITEX = 0x0000_8000;
        /// CAP_LWIO
        LWIO = 0x0001_0000;
        /// CAP_UNIX
        UNIX = 0x0080_0000;
        /// CAP_DYNAMIC_REAUTH
        DYNAMIC_REAUTH = 0x2000_0000;
        /// CAP_PERSISTENT_HANDLES
        PERSISTENT_HANDLES = 0x4000_0000;
        /// CAP_EXTENDED_SECURITY
        EXTENDED_SECURITY = 0x8000_0000;
    }
}

/// [MS-CIFS] 2.2.4.52.1 SMB_COM_NEGOTIATE Request
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NegotiateRequest<'a> {
    /// The dialects' names, in the order of the client.
    pub dialects: Vec<&'a [u8]>,
}

/// Before each dialect's name.
const DIALECT: u8 = 0x02;

/// More dialects are more than there are.
const MAX_DIALECTS: usize = 64;

/// [MS-CIFS] 2.2.4.52.2 SMB_COM_NEGOTIATE Response, in its three forms
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NegotiateResponse<'a> {
    /// Core: which dialect. All ones for none.
    Core {
        /// DialectIndex
        dialect_index: u16,
    },
    /// LAN Manager 1.0 to 2.1 ([SMB-LM1X], 13 words).
    LanMan(LanManNegotiate<'a>),
    /// NT LM 0.12.
    Nt(NtNegotiate<'a>),
}

/// What a server of LAN Manager's days says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LanManNegotiate<'a> {
    /// Which dialect.
    pub dialect_index: u16,
    /// Bits 0 and 1 of [`SecurityMode`].
    pub security_mode: u16,
    /// Longest message.
    pub max_buffer_size: u16,
    /// Requests at once.
    pub max_mpx_count: u16,
    /// Connections of one client.
    pub max_number_vcs: u16,
    /// 1 reads, 2 writes, 3 both.
    pub raw_mode: u16,
    /// SessionKey
    pub session_key: u32,
    /// The server's local time.
    pub server_time: crate::DosTime,
    /// Minutes west of Greenwich, as a signed number.
    pub server_time_zone: u16,
    /// What a password is to be encrypted with.
    pub challenge: &'a [u8],
    /// The server's domain, from LAN Manager 2.1 on.
    pub domain_name: Option<NtString>,
}

/// What a server of NT LM 0.12 says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NtNegotiate<'a> {
    /// Which dialect.
    pub dialect_index: u16,
    /// Security mode.
    pub security_mode: SecurityMode,
    /// Requests at once.
    pub max_mpx_count: u16,
    /// Connections of one client.
    pub max_number_vcs: u16,
    /// Longest message.
    pub max_buffer_size: u32,
    /// Longest raw transfer.
    pub max_raw_size: u32,
    /// SessionKey
    pub session_key: u32,
    /// Capabilities.
    pub capabilities: Capabilities,
    /// The server's time.
    pub system_time: FileTime,
    /// Minutes west of Greenwich, as a signed number.
    pub server_time_zone: u16,
    /// How a user proves itself.
    pub security: NegotiatedSecurity<'a>,
}

/// What follows from whether [`Capabilities::EXTENDED_SECURITY`] is among the capabilities.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NegotiatedSecurity<'a> {
    /// By a challenge.
    Challenge {
        /// The challenge: 8 bytes, or none.
        challenge: &'a [u8],
        /// The server's domain.
        domain_name: NtString,
        /// The server's name ([MS-SMB] 2.2.4.5.2.2).
        server_name: NtString,
    },
    /// By SPNEGO ([MS-SMB] 2.2.4.5.2.1).
    Extended {
        /// ServerGUID
        server_guid: Guid,
        /// SecurityBlob
        security_blob: &'a [u8],
    },
}

impl Default for NegotiatedSecurity<'_> {
    fn default() -> Self {
        Self::Challenge { challenge: &[], domain_name: NtString::default(), server_name: NtString::default() }
    }
}

impl<'a> Message<'a> for NegotiateRequest<'a> {
    fn decode(body: &mut Body<'a>) -> Result<Self, DecodeError> {
        let bytes = body.bytes.rest();
        let mut dialects = Vec::new();
        for dialect in bytes.split_inclusive(|b| *b == 0) {
            let Some((&DIALECT, name)) = dialect.split_first() else {
                return Err(DecodeError::invalid("Dialects", "buffer format"));
            };
            if dialects.len() >= MAX_DIALECTS {
                return Err(DecodeError::invalid("Dialects", "too many"));
            }
            dialects.push(name.strip_suffix(&[0]).unwrap_or(name));
        }
        Ok(Self { dialects })
    }

    fn encode(&self, command: Command, w: &mut MessageWriter<'_>) {
        w.body(
            command,
            |_| (),
            |w, _| {
                for dialect in &self.dialects {
                    w.u8(DIALECT);
                    w.bytes(dialect);
                    w.u8(0);
                }
            },
        );
    }
}

impl<'a> Message<'a> for NegotiateResponse<'a> {
    fn decode(body: &mut Body<'a>) -> Result<Self, DecodeError> {
        match body.words.remaining() {
            26 => LanManNegotiate::decode(body).map(Self::LanMan),
            34 => NtNegotiate::decode(body).map(Self::Nt),
            _ => Ok(Self::Core { dialect_index: body.words.u16("DialectIndex")? }),
        }
    }

    fn encode(&self, command: Command, w: &mut MessageWriter<'_>) {
        match self {
            Self::Core { dialect_index } => w.body(command, |w| w.u16(*dialect_index), |_, _| ()),
            Self::LanMan(response) => response.encode(command, w),
            Self::Nt(response) => response.encode(command, w),
        }
    }
}

impl<'a> Message<'a> for LanManNegotiate<'a> {
    fn decode(body: &mut Body<'a>) -> Result<Self, DecodeError> {
        let r = &mut body.words;
        let mut response = Self {
            dialect_index: r.u16("DialectIndex")?,
            security_mode: r.u16("SecurityMode")?,
            max_buffer_size: r.u16("MaxBufferSize")?,
            max_mpx_count: r.u16("MaxMpxCount")?,
            max_number_vcs: r.u16("MaxNumberVcs")?,
            raw_mode: r.u16("RawMode")?,
            session_key: r.u32("SessionKey")?,
            ..Self::default()
        };
        // Here the time comes first.
        response.server_time.time = r.u16("ServerTime")?;
        response.server_time.date = r.u16("ServerDate")?;
        response.server_time_zone = r.u16("ServerTimeZone")?;
        let length = r.u16("ChallengeLength")?;
        response.challenge = body.bytes.bytes(length.into(), "Challenge")?;
        if !body.bytes.is_empty() {
            response.domain_name = Some(body.text.oem().read(&mut body.bytes, "DomainName")?);
        }
        Ok(response)
    }

    fn encode(&self, command: Command, w: &mut MessageWriter<'_>) {
        let words = |w: &mut Writer<'_>| {
            let words = [
                self.dialect_index,
                self.security_mode,
                self.max_buffer_size,
                self.max_mpx_count,
                self.max_number_vcs,
                self.raw_mode,
            ];
            words.into_iter().for_each(|word| w.u16(word));
            w.u32(self.session_key);
            w.u16(self.server_time.time);
            w.u16(self.server_time.date);
            w.u16(self.server_time_zone);
            w.u16(crate::body::short(self.challenge.len()));
            w.u16(0);
        };
        w.body(command, words, |w, text| {
            w.bytes(self.challenge);
            if let Some(domain) = &self.domain_name {
                text.oem().write(domain, w);
            }
        });
    }
}

impl<'a> Message<'a> for NtNegotiate<'a> {
    fn decode(body: &mut Body<'a>) -> Result<Self, DecodeError> {
        let r = &mut body.words;
        let mut response = Self {
            dialect_index: r.u16("DialectIndex")?,
            security_mode: SecurityMode::from_bits_retain(r.u8("SecurityMode")?),
            max_mpx_count: r.u16("MaxMpxCount")?,
            max_number_vcs: r.u16("MaxNumberVcs")?,
            max_buffer_size: r.u32("MaxBufferSize")?,
            max_raw_size: r.u32("MaxRawSize")?,
            session_key: r.u32("SessionKey")?,
            capabilities: Capabilities::from_bits_retain(r.u32("Capabilities")?),
            system_time: FileTime(r.u64("SystemTime")?),
            server_time_zone: r.u16("ServerTimeZone")?,
            security: NegotiatedSecurity::default(),
        };
        let length = r.u8("ChallengeLength")?;
        let r = &mut body.bytes;
        response.security = if response.capabilities.contains(Capabilities::EXTENDED_SECURITY) {
            NegotiatedSecurity::Extended { server_guid: Guid::decode(r)?, security_blob: r.rest() }
        } else {
            let challenge = r.bytes(length.into(), "Challenge")?;
            // Behind a challenge of 8 bytes these are not aligned, whatever else is.
            let text = body.text;
            let mut names = lanward_wire::Reader::new(r.rest());
            let domain_name = text.read(&mut names, "DomainName")?;
            NegotiatedSecurity::Challenge {
                challenge,
                domain_name,
                server_name: text.read(&mut names, "ServerName")?,
            }
        };
        Ok(response)
    }

    fn encode(&self, command: Command, w: &mut MessageWriter<'_>) {
        let challenge = match &self.security {
            NegotiatedSecurity::Challenge { challenge, .. } => challenge.len(),
            NegotiatedSecurity::Extended { .. } => 0,
        };
        let words = |w: &mut Writer<'_>| {
            w.u16(self.dialect_index);
            w.u8(self.security_mode.bits());
            w.u16(self.max_mpx_count);
            w.u16(self.max_number_vcs);
            w.u32(self.max_buffer_size);
            w.u32(self.max_raw_size);
            w.u32(self.session_key);
            w.u32(self.capabilities.bits());
            w.u64(self.system_time.0);
            w.u16(self.server_time_zone);
            w.u8(u8::try_from(challenge).unwrap_or(u8::MAX));
        };
        w.body(command, words, |w, text| match &self.security {
            NegotiatedSecurity::Challenge { challenge, domain_name, server_name } => {
                w.bytes(challenge);
                let mut names = w.nested();
                text.write(domain_name, &mut names);
                text.write(server_name, &mut names);
            }
            NegotiatedSecurity::Extended { server_guid, security_blob } => {
                server_guid.encode(w);
                w.bytes(security_blob);
            }
        });
    }
}
