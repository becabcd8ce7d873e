use core::fmt;

/// Why a call was not answered: the status of a fault PDU ([C706] appendix E, [MS-RPCE] 3.3.3.5). Any 32-bit value is one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Fault(pub u32);

impl Fault {
    /// nca_s_op_rng_error: the interface has no such operation.
    pub const OP_RANGE_ERROR: Self = Self(0x1c01_0002);
    /// nca_s_unk_if: the presentation context was not negotiated.
    pub const UNKNOWN_INTERFACE: Self = Self(0x1c01_0003);
    /// nca_s_proto_error: the PDU does not fit the association's state.
    pub const PROTOCOL_ERROR: Self = Self(0x1c01_000b);
    /// nca_s_fault_remote_no_memory: the call is larger than the server takes, or its answer than it gives.
    pub const NO_MEMORY: Self = Self(0x1c00_001b);
    /// nca_s_server_too_busy: the caller has as many calls under way as it may.
    pub const TOO_BUSY: Self = Self(0x1c01_0014);
    /// RPC_S_ACCESS_DENIED: not for this caller.
    pub const ACCESS_DENIED: Self = Self(0x0000_0005);
    /// RPC_X_BAD_STUB_DATA: the arguments are not the operation's.
    pub const BAD_STUB_DATA: Self = Self(0x0000_06f7);

    /// nca_s_fault_context_mismatch: no context handle of this caller, or one of another kind.
    pub const CONTEXT_MISMATCH: Self = Self(0x1c00_001a);
    /// nca_s_fault_cancel: the call took longer than the server waits.
    pub const CANCEL: Self = Self(0x1c00_000d);

    /// RPC_S_SEC_PKG_ERROR: a PDU's signature is wrong.
    pub const SECURITY_PACKAGE: Self = Self(0x0000_0721);

    /// Whether the operation was certainly not begun (PFC_DID_NOT_EXECUTE).
    pub(crate) const fn did_not_execute(self) -> bool {
        matches!(self, Self::OP_RANGE_ERROR | Self::UNKNOWN_INTERFACE | Self::TOO_BUSY | Self::BAD_STUB_DATA)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RPC fault {:#010x}", self.0)
    }
}

impl core::error::Error for Fault {}
