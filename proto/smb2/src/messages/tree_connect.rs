use crate::Utf16;
use crate::field::{ahead, align8, buffer, counted16, index, long, short, structure_size};
use lanward_nt::AccessMask;
use lanward_wire::{Decode, DecodeError, Encode, Reader, Writer};
use lanward_wire::{wire_flags, wire_values};

wire_flags! {
    /// The Flags of TREE_CONNECT, which only SMB 3.1.1 has.
    TreeConnectFlags: u16 {
        /// SMB2_TREE_CONNECT_FLAG_CLUSTER_RECONNECT
        CLUSTER_RECONNECT = 0x0001;
        /// SMB2_TREE_CONNECT_FLAG_REDIRECT_TO_OWNER
        REDIRECT_TO_OWNER = 0x0002;
        /// SMB2_TREE_CONNECT_FLAG_EXTENSION_PRESENT
        EXTENSION_PRESENT = 0x0004;
    }

    /// The ShareFlags of the answer. The caching properties are the two bits 0x30.
    ShareFlags: u32 {
        /// SMB2_SHAREFLAG_DFS
        DFS = 0x0000_0001;
        /// SMB2_SHAREFLAG_DFS_ROOT
        DFS_ROOT = 0x0000_0002;
        /// SMB2_SHAREFLAG_AUTO_CACHING
        AUTO_CACHING = 0x0000_0010;
        /// SMB2_SHAREFLAG_VDO_CACHING
        VDO_CACHING = 0x0000_0020;
        /// SMB2_SHAREFLAG_NO_CACHING: both bits
        NO_CACHING = 0x0000_0030;
        /// SMB2_SHAREFLAG_RESTRICT_EXCLUSIVE_OPENS
        RESTRICT_EXCLUSIVE_OPENS = 0x0000_0100;
        /// SMB2_SHAREFLAG_FORCE_SHARED_DELETE
        FORCE_SHARED_DELETE = 0x0000_0200;
        /// SMB2_SHAREFLAG_ALLOW_NAMESPACE_CACHING
        ALLOW_NAMESPACE_CACHING = 0x0000_0400;
        /// SMB2_SHAREFLAG_ACCESS_BASED_DIRECTORY_ENUM
        ACCESS_BASED_DIRECTORY_ENUM = 0x0000_0800;
        /// SMB2_SHAREFLAG_FORCE_LEVELII_OPLOCK
        FORCE_LEVELII_OPLOCK = 0x0000_1000;
        /// SMB2_SHAREFLAG_ENABLE_HASH_V1
        ENABLE_HASH_V1 = 0x0000_2000;
        /// SMB2_SHAREFLAG_ENABLE_HASH_V2
        ENABLE_HASH_V2 = 0x0000_4000;
        /// SMB2_SHAREFLAG_ENCRYPT_DATA
        ENCRYPT_DATA = 0x0000_8000;
        /// SMB2_SHAREFLAG_IDENTITY_REMOTING
        IDENTITY_REMOTING = 0x0004_0000;
        /// SMB2_SHAREFLAG_COMPRESS_DATA
        COMPRESS_DATA = 0x0010_0000;
        /// SMB2_SHAREFLAG_ISOLATED_TRANSPORT
        ISOLATED_TRANSPORT = 0x0020_0000;
    }

    /// The Capabilities of a share.
    ShareCapabilities: u32 {
        /// SMB2_SHARE_CAP_DFS
        DFS = 0x0000_0008;
        /// SMB2_SHARE_CAP_CONTINUOUS_AVAILABILITY
        CONTINUOUS_AVAILABILITY = 0x0000_0010;
        /// SMB2_SHARE_CAP_SCALEOUT
        SCALEOUT = 0x0000_0020;
        /// SMB2_SHARE_CAP_CLUSTER
        CLUSTER = 0x0000_0040;
        /// SMB2_SHARE_CAP_ASYMMETRIC
        ASYMMETRIC = 0x0000_0080;
        /// SMB2_SHARE_CAP_REDIRECT_TO_OWNER
        REDIRECT_TO_OWNER = 0x0000_0100;
    }
}

wire_values! {
    /// The ShareType of the answer.
    ShareType(u8) {
        /// SMB2_SHARE_TYPE_DISK
        DISK = 0x01;
        /// SMB2_SHARE_TYPE_PIPE
        PIPE = 0x02;
        /// SMB2_SHARE_TYPE_PRINT
        PRINT = 0x03;
    }

    /// The ContextType of a tree connect context.
    TreeConnectContextType(u16) {
        /// SMB2_REMOTED_IDENTITY_TREE_CONNECT_CONTEXT_ID
        REMOTED_IDENTITY = 0x0001;
    }
}

/// [MS-SMB2] 2.2.9.2 SMB2_TREE_CONNECT_CONTEXT
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TreeConnectContext<'a> {
    /// What the data is.
    pub context_type: TreeConnectContextType,
    /// The context's own structure.
    pub data: &'a [u8],
}

/// [MS-SMB2] 2.2.9 SMB2 TREE_CONNECT Request
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TreeConnectRequest<'a> {
    /// With EXTENSION_PRESENT the request carries `contexts` (2.2.9.1); without it they are neither read nor written.
    pub flags: TreeConnectFlags,
    /// `\\server\share`
    pub path: Utf16<'a>,
    /// The tree connect contexts.
    pub contexts: Vec<TreeConnectContext<'a>>,
}

/// More tree connect contexts than this in one request are refused: one kind exists.
const MAX_CONTEXTS: u16 = 256;

impl<'a> Decode<'a> for TreeConnectRequest<'a> {
    fn decode(r: &mut Reader<'a>) -> Result<Self, DecodeError> {
        let body = r.position();
        structure_size(r, 9)?;
        let flags = TreeConnectFlags::from_bits_retain(r.u16("Flags")?);
        let (offset, len) = (r.u16("PathOffset")?, r.u16("PathLength")?);
        let mut contexts = Vec::new();
        if flags.contains(TreeConnectFlags::EXTENSION_PRESENT) {
            let context_offset = index(r.u32("TreeConnectContextOffset")?);
            let count = r.u16("TreeConnectContextCount")?;
            r.skip(10, "Reserved")?;
            contexts = decode_contexts(r, body.saturating_add(context_offset), count)?;
        }
        Ok(Self { flags, path: Utf16(buffer(r, offset, len, "PathName")?), contexts })
    }
}

/// The tree connect contexts at `offset` from the header, each at a multiple of 8.
fn decode_contexts<'a>(
    r: &Reader<'a>,
    offset: usize,
    count: u16,
) -> Result<Vec<TreeConnectContext<'a>>, DecodeError> {
    if count == 0 {
        return Ok(Vec::new());
    }
    if count > MAX_CONTEXTS {
        return Err(DecodeError::invalid("TreeConnectContextCount", "too many"));
    }
    if offset < r.position() {
        return Err(DecodeError::invalid("TreeConnectContextOffset", "lies before the buffer"));
    }
    let mut list = Reader::new(r.whole());
    list.skip(offset, "TreeConnectContextOffset")?;
    let mut contexts = Vec::new();
    for n in 0..count {
        if n > 0 {
            list.align(8, "Padding")?;
        }
        let context_type = TreeConnectContextType(list.u16("ContextType")?);
        let len = list.u16("DataLength")?;
        list.skip(4, "Reserved")?;
        contexts.push(TreeConnectContext { context_type, data: list.bytes(len.into(), "Data")? });
    }
    Ok(contexts)
}

impl Encode for TreeConnectRequest<'_> {
    fn encode(&self, w: &mut Writer<'_>) {
        let body = w.position();
        let extended = self.flags.contains(TreeConnectFlags::EXTENSION_PRESENT);
        let (path, path_len) = counted16(self.path.0);
        w.u16(9);
        w.u16(self.flags.bits());
        let path_at = ahead(w, if extended { 20 } else { 4 });
        w.u16(short(path_at));
        w.u16(path_len);
        if extended {
            let contexts_at = align8(path_at.saturating_add(path.len()));
            w.u32(long(contexts_at.saturating_sub(body)));
            w.u16(short(self.contexts.len()));
            w.zeros(10);
        }
        w.bytes(path);
        if extended {
            self.encode_contexts(w);
        }
    }
}

impl TreeConnectRequest<'_> {
    fn encode_contexts(&self, w: &mut Writer<'_>) {
        for context in self.contexts.iter().take(usize::from(u16::MAX)) {
            let (data, len) = counted16(context.data);
            w.align(8);
            w.u16(context.context_type.0);
            w.u16(len);
            w.u32(0);
            w.bytes(data);
        }
    }
}

/// [MS-SMB2] 2.2.10 SMB2 TREE_CONNECT Response
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TreeConnectResponse {
    /// Files, pipes or a printer.
    pub share_type: ShareType,
    /// Properties of the share.
    pub share_flags: ShareFlags,
    /// What the share can do.
    pub capabilities: ShareCapabilities,
    /// What the user may do at most.
    pub maximal_access: AccessMask,
}

impl Decode<'_> for TreeConnectResponse {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        structure_size(r, 16)?;
        let share_type = ShareType(r.u8("ShareType")?);
        r.skip(1, "Reserved")?;
        Ok(Self {
            share_type,
            share_flags: ShareFlags::from_bits_retain(r.u32("ShareFlags")?),
            capabilities: ShareCapabilities::from_bits_retain(r.u32("Capabilities")?),
            maximal_access: AccessMask::from_bits_retain(r.u32("MaximalAccess")?),
        })
    }
}

impl Encode for TreeConnectResponse {
    fn encode(&self, w: &mut Writer<'_>) {
        w.u16(16);
        w.u8(self.share_type.0);
        w.u8(0);
        w.u32(self.share_flags.bits());
        w.u32(self.capabilities.bits());
        w.u32(self.maximal_access.bits());
    }
}
