use super::negotiate_context::{self, NegotiateContext};
use crate::Dialect;
use crate::field::{ahead, align8, buffer, counted16, index, long, short, structure_size};
use lanward_nt::{FileTime, Guid};
use lanward_wire::wire_flags;
use lanward_wire::{Decode, DecodeError, Encode, Reader, Writer};

wire_flags! {
    /// The SecurityMode of NEGOTIATE and SESSION_SETUP.
    SecurityMode: u16 {
        /// SMB2_NEGOTIATE_SIGNING_ENABLED
        SIGNING_ENABLED = 0x0001;
        /// SMB2_NEGOTIATE_SIGNING_REQUIRED
        SIGNING_REQUIRED = 0x0002;
    }

    /// The Capabilities of client and server.
    Capabilities: u32 {
        /// SMB2_GLOBAL_CAP_DFS
        DFS = 0x0000_0001;
        /// SMB2_GLOBAL_CAP_LEASING
        LEASING = 0x0000_0002;
        /// SMB2_GLOBAL_CAP_LARGE_MTU: requests may cost more than one credit
        LARGE_MTU = 0x0000_0004;
        /// SMB2_GLOBAL_CAP_MULTI_CHANNEL
        MULTI_CHANNEL = 0x0000_0008;
        /// SMB2_GLOBAL_CAP_PERSISTENT_HANDLES
        PERSISTENT_HANDLES = 0x0000_0010;
        /// SMB2_GLOBAL_CAP_DIRECTORY_LEASING
        DIRECTORY_LEASING = 0x0000_0020;
        /// SMB2_GLOBAL_CAP_ENCRYPTION: SMB 3.0 and 3.0.2 with AES-128-CCM
        ENCRYPTION = 0x0000_0040;
        /// SMB2_GLOBAL_CAP_NOTIFICATIONS
        NOTIFICATIONS = 0x0000_0080;
    }
}

/// [MS-SMB2] 2.2.3 SMB2 NEGOTIATE Request
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NegotiateRequest<'a> {
    /// Whether the client signs, or insists on it.
    pub security_mode: SecurityMode,
    /// What the client can do.
    pub capabilities: Capabilities,
    /// Who the client is.
    pub client_guid: Guid,
    /// Revision numbers offered, as sent; unknown ones are kept. At least one.
    pub dialects: Vec<u16>,
    /// The negotiate contexts; read and written only where `dialects` has 0x0311.
    pub contexts: Vec<NegotiateContext<'a>>,
}

impl NegotiateRequest<'_> {
    /// Whether a dialect is offered.
    #[must_use]
    pub fn offers(&self, dialect: Dialect) -> bool {
        self.dialects.contains(&dialect.revision())
    }
}

impl<'a> Decode<'a> for NegotiateRequest<'a> {
    fn decode(r: &mut Reader<'a>) -> Result<Self, DecodeError> {
        structure_size(r, 36)?;
        let count = r.u16("DialectCount")?;
        let security_mode = SecurityMode::from_bits_retain(r.u16("SecurityMode")?);
        r.skip(2, "Reserved")?;
        let capabilities = Capabilities::from_bits_retain(r.u32("Capabilities")?);
        let client_guid = Guid::decode(r)?;
        let context_offset = r.u32("NegotiateContextOffset")?;
        let context_count = r.u16("NegotiateContextCount")?;
        r.skip(2, "Reserved2")?;
        if count == 0 {
            return Err(DecodeError::invalid("DialectCount", "must not be 0"));
        }
        let dialects = negotiate_context::decode_ids(r, count, "Dialects")?;
        let mut request = Self { security_mode, capabilities, client_guid, dialects, contexts: Vec::new() };
        if request.offers(Dialect::V3_1_1) {
            request.contexts = negotiate_context::decode_list(r, context_offset, context_count)?;
        }
        Ok(request)
    }
}

impl Encode for NegotiateRequest<'_> {
    fn encode(&self, w: &mut Writer<'_>) {
        w.u16(36);
        let count = short(self.dialects.len());
        w.u16(count);
        w.u16(self.security_mode.bits());
        w.u16(0);
        w.u32(self.capabilities.bits());
        self.client_guid.encode(w);
        let with_contexts = self.offers(Dialect::V3_1_1);
        if with_contexts {
            let dialects_len = usize::from(count).saturating_mul(2);
            let offset = align8(ahead(w, dialects_len.saturating_add(8)));
            w.u32(long(offset));
            w.u16(short(self.contexts.len()));
            w.u16(0);
        } else {
            w.u64(0);
        }
        for dialect in self.dialects.iter().take(usize::from(count)) {
            w.u16(*dialect);
        }
        if with_contexts {
            negotiate_context::encode_list(&self.contexts, w);
        }
    }
}

/// [MS-SMB2] 2.2.4 SMB2 NEGOTIATE Response
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NegotiateResponse<'a> {
    /// Whether the server signs, or insists on it.
    pub security_mode: SecurityMode,
    /// The revision number chosen, or [`Dialect::WILDCARD`].
    pub dialect_revision: u16,
    /// Who the server is.
    pub server_guid: Guid,
    /// What the server can do.
    pub capabilities: Capabilities,
    /// Bytes a buffer of QUERY_INFO, QUERY_DIRECTORY, SET_INFO or CHANGE_NOTIFY may have.
    pub max_transact_size: u32,
    /// Bytes one READ may ask for.
    pub max_read_size: u32,
    /// Bytes one WRITE may bring.
    pub max_write_size: u32,
    /// The server's clock.
    pub system_time: FileTime,
    /// When the server started; 0 tells nobody.
    pub server_start_time: FileTime,
    /// The first GSS token, NegTokenInit2; may be empty.
    pub security_buffer: &'a [u8],
    /// The negotiate contexts; read and written only where `dialect_revision` is 0x0311.
    pub contexts: Vec<NegotiateContext<'a>>,
}

impl<'a> Decode<'a> for NegotiateResponse<'a> {
    fn decode(r: &mut Reader<'a>) -> Result<Self, DecodeError> {
        structure_size(r, 65)?;
        let security_mode = SecurityMode::from_bits_retain(r.u16("SecurityMode")?);
        let dialect_revision = r.u16("DialectRevision")?;
        let context_count = r.u16("NegotiateContextCount")?;
        let mut response = Self {
            security_mode,
            dialect_revision,
            server_guid: Guid::decode(r)?,
            capabilities: Capabilities::from_bits_retain(r.u32("Capabilities")?),
            max_transact_size: r.u32("MaxTransactSize")?,
            max_read_size: r.u32("MaxReadSize")?,
            max_write_size: r.u32("MaxWriteSize")?,
            system_time: FileTime(r.u64("SystemTime")?),
            server_start_time: FileTime(r.u64("ServerStartTime")?),
            security_buffer: &[],
            contexts: Vec::new(),
        };
        let (offset, len) = (r.u16("SecurityBufferOffset")?, r.u16("SecurityBufferLength")?);
        let context_offset = r.u32("NegotiateContextOffset")?;
        response.security_buffer = buffer(r, offset, len, "SecurityBuffer")?;
        if dialect_revision == Dialect::V3_1_1.revision() {
            response.contexts = negotiate_context::decode_list(r, context_offset, context_count)?;
        }
        Ok(response)
    }
}

impl Encode for NegotiateResponse<'_> {
    fn encode(&self, w: &mut Writer<'_>) {
        let with_contexts = self.dialect_revision == Dialect::V3_1_1.revision();
        let (token, token_len) = counted16(self.security_buffer);
        w.u16(65);
        w.u16(self.security_mode.bits());
        w.u16(self.dialect_revision);
        w.u16(if with_contexts { short(self.contexts.len()) } else { 0 });
        self.server_guid.encode(w);
        w.u32(self.capabilities.bits());
        w.u32(self.max_transact_size);
        w.u32(self.max_read_size);
        w.u32(self.max_write_size);
        w.u64(self.system_time.0);
        w.u64(self.server_start_time.0);
        let token_offset = ahead(w, 8);
        // Clients want the offset of the buffer even where it is empty.
        w.u16(short(token_offset));
        w.u16(token_len);
        let contexts_at =
            if with_contexts { align8(token_offset.saturating_add(index(token_len.into()))) } else { 0 };
        w.u32(long(contexts_at));
        w.bytes(token);
        if with_contexts {
            negotiate_context::encode_list(&self.contexts, w);
        }
    }
}

/// [MS-SMB2] 2.2.31.4 VALIDATE_NEGOTIATE_INFO Request, the input of FSCTL_VALIDATE_NEGOTIATE_INFO
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ValidateNegotiateInfoRequest {
    /// The Capabilities that the client sent in NEGOTIATE.
    pub capabilities: Capabilities,
    /// The ClientGuid it sent.
    pub client_guid: Guid,
    /// The SecurityMode it sent.
    pub security_mode: SecurityMode,
    /// The Dialects it sent.
    pub dialects: Vec<u16>,
}

impl Decode<'_> for ValidateNegotiateInfoRequest {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let capabilities = Capabilities::from_bits_retain(r.u32("Capabilities")?);
        let client_guid = Guid::decode(r)?;
        let security_mode = SecurityMode::from_bits_retain(r.u16("SecurityMode")?);
        let count = r.u16("DialectCount")?;
        let dialects = negotiate_context::decode_ids(r, count, "Dialects")?;
        Ok(Self { capabilities, client_guid, security_mode, dialects })
    }
}

impl Encode for ValidateNegotiateInfoRequest {
    fn encode(&self, w: &mut Writer<'_>) {
        w.u32(self.capabilities.bits());
        self.client_guid.encode(w);
        w.u16(self.security_mode.bits());
        negotiate_context::encode_counted_ids(&self.dialects, w);
    }
}

/// [MS-SMB2] 2.2.32.6 VALIDATE_NEGOTIATE_INFO Response
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ValidateNegotiateInfoResponse {
    /// The server's Capabilities of the connection.
    pub capabilities: Capabilities,
    /// The server's guid.
    pub server_guid: Guid,
    /// The server's SecurityMode of the connection.
    pub security_mode: SecurityMode,
    /// The revision number of the connection's dialect.
    pub dialect: u16,
}

impl Decode<'_> for ValidateNegotiateInfoResponse {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            capabilities: Capabilities::from_bits_retain(r.u32("Capabilities")?),
            server_guid: Guid::decode(r)?,
            security_mode: SecurityMode::from_bits_retain(r.u16("SecurityMode")?),
            dialect: r.u16("Dialect")?,
        })
    }
}

impl Encode for ValidateNegotiateInfoResponse {
    fn encode(&self, w: &mut Writer<'_>) {
        w.u32(self.capabilities.bits());
        self.server_guid.encode(w);
        w.u16(self.security_mode.bits());
        w.u16(self.dialect);
    }
}
