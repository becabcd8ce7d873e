use crate::{Alignment, NdrReader, SyntaxId};
use lanward_wire::{DecodeError, Encode, Writer};

/// [C706] 12.6.4.4 bind_ack, and 12.6.4.2 alter_context_resp with the same body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BindAck {
    /// Longest fragment the server will send, in bytes.
    pub max_transmit: u16,
    /// Longest fragment the server can receive, in bytes.
    pub max_receive: u16,
    /// The association group.
    pub group: u32,
    /// The secondary address (`\PIPE\srvsvc`), without its terminator; empty for none.
    pub secondary_address: Vec<u8>,
    /// One verdict for each proposed context, in their order.
    pub results: Vec<ContextResult>,
}

/// [C706] 12.6.3.1 p_cont_def_result_t. Any 16-bit value is one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ContextVerdict(pub u16);

impl ContextVerdict {
    /// acceptance
    pub const ACCEPTANCE: Self = Self(0);
    /// provider_rejection
    pub const PROVIDER_REJECTION: Self = Self(2);
    /// negotiate_ack ([MS-RPCE] 2.2.2.4)
    pub const NEGOTIATE_ACK: Self = Self(3);
}

/// [C706] 12.6.3.1 p_result_t.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ContextResult {
    /// Whether the context is taken.
    pub verdict: ContextVerdict,
    /// Why not, or the bits of bind-time feature negotiation.
    pub reason: u16,
    /// How arguments are written; all zero if the context is not taken.
    pub transfer_syntax: SyntaxId,
}

const NO_SYNTAX: SyntaxId = SyntaxId { uuid: lanward_nt::Guid([0; 16]), major: 0, minor: 0 };

impl ContextResult {
    /// abstract_syntax_not_supported
    pub const NO_SUCH_INTERFACE: Self = Self::rejection(1);
    /// proposed_transfer_syntaxes_not_supported
    pub const NO_SUCH_TRANSFER_SYNTAX: Self = Self::rejection(2);
    /// local_limit_exceeded
    pub const LIMIT_EXCEEDED: Self = Self::rejection(3);

    /// The context is taken.
    #[must_use]
    pub const fn accepted(transfer_syntax: SyntaxId) -> Self {
        Self { verdict: ContextVerdict::ACCEPTANCE, reason: 0, transfer_syntax }
    }

    /// These features of those that were proposed.
    #[must_use]
    pub const fn features(bits: u16) -> Self {
        Self { verdict: ContextVerdict::NEGOTIATE_ACK, reason: bits, transfer_syntax: NO_SYNTAX }
    }

    const fn rejection(reason: u16) -> Self {
        Self { verdict: ContextVerdict::PROVIDER_REJECTION, reason, transfer_syntax: NO_SYNTAX }
    }
}

/// [C706] 12.6.4.5 bind_nak: no association.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BindNak {
    /// Why: see the constants.
    pub reason: u16,
}

impl BindNak {
    /// reason_not_specified
    pub const NOT_SPECIFIED: Self = Self { reason: 0 };
    /// protocol_version_not_supported
    pub const VERSION: Self = Self { reason: 4 };
    /// authentication_type_not_recognized ([MS-RPCE] 2.2.2.5)
    pub const AUTHENTICATION_TYPE: Self = Self { reason: 8 };
    /// invalid_checksum ([MS-RPCE] 2.2.2.5): the client could not prove who it is.
    pub const INVALID_CHECKSUM: Self = Self { reason: 9 };
}

impl BindAck {
    pub(crate) fn decode(r: &mut NdrReader<'_>) -> Result<Self, DecodeError> {
        let (max_transmit, max_receive) = (r.u16("max_xmit_frag")?, r.u16("max_recv_frag")?);
        let group = r.u32("assoc_group_id")?;
        let length = usize::from(r.u16("sec_addr length")?);
        let address = r.bytes(length, "sec_addr")?;
        let secondary_address = address.strip_suffix(&[0]).unwrap_or(address).to_vec();
        // The body begins at a multiple of 8 in the PDU, so its own positions serve.
        r.align(Alignment::Four, "sec_addr padding")?;
        let count = r.u8("n_results")?;
        r.bytes(3, "reserved")?;
        let results = (0..count).map(|_| ContextResult::decode(r)).collect::<Result<_, _>>()?;
        Ok(Self { max_transmit, max_receive, group, secondary_address, results })
    }
}

impl ContextResult {
    fn decode(r: &mut NdrReader<'_>) -> Result<Self, DecodeError> {
        let (verdict, reason) = (ContextVerdict(r.u16("result")?), r.u16("reason")?);
        Ok(Self { verdict, reason, transfer_syntax: SyntaxId::decode(r)? })
    }
}

impl BindNak {
    pub(crate) fn decode(r: &mut NdrReader<'_>) -> Result<Self, DecodeError> {
        Ok(Self { reason: r.u16("provider_reject_reason")? })
    }
}

impl Encode for BindAck {
    fn encode(&self, w: &mut Writer<'_>) {
        w.u16(self.max_transmit);
        w.u16(self.max_receive);
        w.u32(self.group);
        match self.secondary_address.as_slice() {
            [] => w.u16(0),
            address => {
                w.u16(u16::try_from(address.len().saturating_add(1)).unwrap_or(u16::MAX));
                w.bytes(address);
                w.u8(0);
            }
        }
        w.align(4);
        w.u8(u8::try_from(self.results.len()).unwrap_or(u8::MAX));
        w.zeros(3);
        for result in self.results.iter().take(usize::from(u8::MAX)) {
            w.u16(result.verdict.0);
            w.u16(result.reason);
            result.transfer_syntax.encode(w);
        }
    }
}

impl Encode for BindNak {
    fn encode(&self, w: &mut Writer<'_>) {
        w.u16(self.reason);
        // p_rt_versions_supported: 5.0 and 5.1.
        w.bytes(&[2, 5, 0, 5, 1]);
    }
}
