use crate::{AsyncId, MessageId, SessionId, TreeId};
use lanward_nt::NtStatus;
use lanward_wire::{Decode, DecodeError, Encode, Reader, Writer};
use lanward_wire::{wire_flags, wire_values};

wire_values! {
    /// The Command of [MS-SMB2] 2.2.1.
    Command(u16) {
        /// SMB2 NEGOTIATE
        NEGOTIATE = 0x00;
        /// SMB2 SESSION_SETUP
        SESSION_SETUP = 0x01;
        /// SMB2 LOGOFF
        LOGOFF = 0x02;
        /// SMB2 TREE_CONNECT
        TREE_CONNECT = 0x03;
        /// SMB2 TREE_DISCONNECT
        TREE_DISCONNECT = 0x04;
        /// SMB2 CREATE
        CREATE = 0x05;
        /// SMB2 CLOSE
        CLOSE = 0x06;
        /// SMB2 FLUSH
        FLUSH = 0x07;
        /// SMB2 READ
        READ = 0x08;
        /// SMB2 WRITE
        WRITE = 0x09;
        /// SMB2 LOCK
        LOCK = 0x0a;
        /// SMB2 IOCTL
        IOCTL = 0x0b;
        /// SMB2 CANCEL
        CANCEL = 0x0c;
        /// SMB2 ECHO
        ECHO = 0x0d;
        /// SMB2 QUERY_DIRECTORY
        QUERY_DIRECTORY = 0x0e;
        /// SMB2 CHANGE_NOTIFY
        CHANGE_NOTIFY = 0x0f;
        /// SMB2 QUERY_INFO
        QUERY_INFO = 0x10;
        /// SMB2 SET_INFO
        SET_INFO = 0x11;
        /// SMB2 OPLOCK_BREAK
        OPLOCK_BREAK = 0x12;
        /// SMB2 SERVER_TO_CLIENT_NOTIFICATION
        SERVER_TO_CLIENT_NOTIFICATION = 0x13;
    }
}

wire_flags! {
    /// The Flags of [MS-SMB2] 2.2.1. Unknown bits are kept.
    HeaderFlags: u32 {
        /// SMB2_FLAGS_SERVER_TO_REDIR: a response
        SERVER_TO_REDIR = 0x0000_0001;
        /// SMB2_FLAGS_ASYNC_COMMAND: the header carries an AsyncId instead of a TreeId
        ASYNC_COMMAND = 0x0000_0002;
        /// SMB2_FLAGS_RELATED_OPERATIONS
        RELATED_OPERATIONS = 0x0000_0004;
        /// SMB2_FLAGS_SIGNED
        SIGNED = 0x0000_0008;
        /// SMB2_FLAGS_PRIORITY_MASK
        PRIORITY_MASK = 0x0000_0070;
        /// SMB2_FLAGS_DFS_OPERATIONS
        DFS_OPERATIONS = 0x1000_0000;
        /// SMB2_FLAGS_REPLAY_OPERATION
        REPLAY_OPERATION = 0x2000_0000;
    }
}

/// [MS-SMB2] 2.2.1 SMB2 Packet Header, the SYNC and the ASYNC form: 64 bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Header {
    /// Credits this request consumes; 0 in SMB 2.0.2.
    pub credit_charge: u16,
    /// Of a response: its status. Of a request: [`Header::channel_sequence`] in SMB 3.x, and nothing before.
    pub status: u32,
    /// What is asked for or answered.
    pub command: Command,
    /// Credits asked for or granted.
    pub credits: u16,
    /// How to process the message; ASYNC_COMMAND decides which of `tree_id` and `async_id` is on the wire.
    pub flags: HeaderFlags,
    /// Bytes from this header to the next one of a compound, a multiple of 8; 0 in the last.
    pub next_command: u32,
    /// Which request this is, or which one is answered.
    pub message_id: MessageId,
    /// Of the SYNC form: reserved, once the process. 0 in the ASYNC form.
    pub process_id: u32,
    /// Of the SYNC form: the tree connect. 0 in the ASYNC form.
    pub tree_id: TreeId,
    /// Of the ASYNC form: the pending request. 0 in the SYNC form.
    pub async_id: AsyncId,
    /// The session; 0 in NEGOTIATE.
    pub session_id: SessionId,
    /// The signature, 0 unless SIGNED.
    pub signature: [u8; 16],
}

impl Header {
    /// Bytes a header has.
    pub const LEN: usize = 64;
    /// ProtocolId: 0xFE, 'S', 'M', 'B'.
    pub const PROTOCOL_ID: [u8; 4] = *b"\xfeSMB";
    /// Where the flags are, counted from the header.
    pub const FLAGS_OFFSET: usize = 16;
    /// Where NextCommand is, counted from the header.
    pub const NEXT_COMMAND_OFFSET: usize = 20;
    /// Where the signature is, counted from the header.
    pub(crate) const SIGNATURE_OFFSET: usize = 48;

    /// The status of a response.
    #[must_use]
    pub const fn nt_status(&self) -> NtStatus {
        NtStatus(self.status)
    }

    /// The ChannelSequence of a request of the SMB 3.x dialect family: the lower half of the status.
    #[must_use]
    pub const fn channel_sequence(&self) -> u16 {
        let [low, high, _, _] = self.status.to_le_bytes();
        u16::from_le_bytes([low, high])
    }

    /// Whether the message is a response.
    #[must_use]
    pub const fn is_response(&self) -> bool {
        self.flags.contains(HeaderFlags::SERVER_TO_REDIR)
    }

    /// Whether the header has the ASYNC form.
    #[must_use]
    pub const fn is_async(&self) -> bool {
        self.flags.contains(HeaderFlags::ASYNC_COMMAND)
    }

    /// Whether the request depends on the one before it in the compound.
    #[must_use]
    pub const fn is_related(&self) -> bool {
        self.flags.contains(HeaderFlags::RELATED_OPERATIONS)
    }

    /// The header that answers this one in the SYNC form: same command, ids and relation, no credits, no signature.
    #[must_use]
    pub fn response(&self, status: NtStatus) -> Self {
        let kept = self.flags & (HeaderFlags::RELATED_OPERATIONS | HeaderFlags::PRIORITY_MASK);
        Self {
            status: status.0,
            credits: 0,
            flags: kept | HeaderFlags::SERVER_TO_REDIR,
            next_command: 0,
            async_id: AsyncId(0),
            signature: [0; 16],
            ..*self
        }
    }

    /// The header that answers this one in the ASYNC form.
    #[must_use]
    pub fn async_response(&self, status: NtStatus, async_id: AsyncId) -> Self {
        let sync = self.response(status);
        let flags = sync.flags | HeaderFlags::ASYNC_COMMAND;
        Self { flags, async_id, tree_id: TreeId(0), process_id: 0, ..sync }
    }
}

impl Decode<'_> for Header {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let protocol_id = r.array("ProtocolId")?;
        if protocol_id != Self::PROTOCOL_ID {
            return Err(DecodeError::unexpected("ProtocolId", u32::from_be_bytes(protocol_id)));
        }
        crate::field::structure_size(r, 64)?;
        let mut h = Self {
            credit_charge: r.u16("CreditCharge")?,
            status: r.u32("Status")?,
            command: Command(r.u16("Command")?),
            credits: r.u16("CreditRequest")?,
            flags: HeaderFlags::from_bits_retain(r.u32("Flags")?),
            next_command: r.u32("NextCommand")?,
            message_id: MessageId(r.u64("MessageId")?),
            ..Self::default()
        };
        if h.is_async() {
            h.async_id = AsyncId(r.u64("AsyncId")?);
        } else {
            h.process_id = r.u32("Reserved")?;
            h.tree_id = TreeId(r.u32("TreeId")?);
        }
        h.session_id = SessionId(r.u64("SessionId")?);
        h.signature = r.array("Signature")?;
        Ok(h)
    }
}

impl Encode for Header {
    fn encode(&self, w: &mut Writer<'_>) {
        w.bytes(&Self::PROTOCOL_ID);
        w.u16(64);
        w.u16(self.credit_charge);
        w.u32(self.status);
        w.u16(self.command.0);
        w.u16(self.credits);
        w.u32(self.flags.bits());
        w.u32(self.next_command);
        w.u64(self.message_id.0);
        if self.is_async() {
            w.u64(self.async_id.0);
        } else {
            w.u32(self.process_id);
            w.u32(self.tree_id.0);
        }
        w.u64(self.session_id.0);
        w.bytes(&self.signature);
    }
}
