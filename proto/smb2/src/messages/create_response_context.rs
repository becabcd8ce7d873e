use super::create_context::{CreateContext, create_context_name as name};
use super::create_request_context::DurableHandleFlags;
use super::lease::{LeaseContext, LeaseContextV2};
use lanward_nt::{AccessMask, NtStatus, Sid};
use lanward_wire::{Decode, DecodeError, Encode, Reader, Writer};

/// What the POSIX extensions answer to a create.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PosixCreateResponse {
    /// How many names the file has.
    pub link_count: u32,
    /// The tag of a reparse point, or 0.
    pub reparse_tag: u32,
    /// Permission bits.
    pub mode: u32,
    /// Who owns the file.
    pub owner: Sid,
    /// Its group.
    pub group: Sid,
}

/// [MS-SMB2] 2.2.14.2 SMB2_CREATE_CONTEXT Response Values
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CreateResponseContext<'a> {
    /// SMB2_CREATE_DURABLE_HANDLE_RESPONSE
    DurableHandle,
    /// SMB2_CREATE_QUERY_MAXIMAL_ACCESS_RESPONSE
    MaximalAccess {
        /// Whether the access could be found out.
        query_status: NtStatus,
        /// What the user may do.
        maximal_access: AccessMask,
    },
    /// SMB2_CREATE_QUERY_ON_DISK_ID
    OnDiskId {
        /// Identifies the file in its volume.
        disk_file_id: u64,
        /// Identifies the volume.
        volume_id: u64,
    },
    /// SMB2_CREATE_RESPONSE_LEASE
    Lease(LeaseContext),
    /// SMB2_CREATE_RESPONSE_LEASE_V2
    LeaseV2(LeaseContextV2),
    /// SMB2_CREATE_DURABLE_HANDLE_RESPONSE_V2
    DurableHandleV2 {
        /// Milliseconds the server keeps the open.
        timeout: u32,
        /// Whether the handle is persistent.
        flags: DurableHandleFlags,
    },
    /// The POSIX extensions
    Posix(PosixCreateResponse),
    /// Apple's extensions, raw
    Aapl(&'a [u8]),
    /// Any other context.
    Unknown(CreateContext<'a>),
}

impl<'a> CreateResponseContext<'a> {
    /// What a context is.
    ///
    /// # Errors
    /// A known name with data of another shape.
    pub fn from_context(context: CreateContext<'a>) -> Result<Self, DecodeError> {
        let r = &mut Reader::new(context.data);
        Ok(match context.name {
            name::DURABLE_HANDLE_REQUEST => {
                r.skip(8, "Reserved")?;
                Self::DurableHandle
            }
            name::QUERY_MAXIMAL_ACCESS => Self::MaximalAccess {
                query_status: NtStatus(r.u32("QueryStatus")?),
                maximal_access: AccessMask::from_bits_retain(r.u32("MaximalAccess")?),
            },
            name::QUERY_ON_DISK_ID => {
                let (disk_file_id, volume_id) = (r.u64("DiskFileId")?, r.u64("VolumeId")?);
                r.skip(16, "Reserved")?;
                Self::OnDiskId { disk_file_id, volume_id }
            }
            name::LEASE if context.data.len() == LeaseContext::LEN => Self::Lease(LeaseContext::decode(r)?),
            name::LEASE => Self::LeaseV2(LeaseContextV2::decode(r)?),
            name::DURABLE_HANDLE_REQUEST_V2 => Self::DurableHandleV2 {
                timeout: r.u32("Timeout")?,
                flags: DurableHandleFlags::from_bits_retain(r.u32("Flags")?),
            },
            name::POSIX => Self::Posix(PosixCreateResponse {
                link_count: r.u32("LinkCount")?,
                reparse_tag: r.u32("ReparseTag")?,
                mode: r.u32("Mode")?,
                owner: Sid::decode(r)?,
                group: Sid::decode(r)?,
            }),
            name::AAPL => Self::Aapl(context.data),
            _ => Self::Unknown(context),
        })
    }

    /// The context's name on the wire.
    #[must_use]
    pub const fn name(&self) -> &'a [u8] {
        match self {
            Self::DurableHandle => name::DURABLE_HANDLE_REQUEST,
            Self::MaximalAccess { .. } => name::QUERY_MAXIMAL_ACCESS,
            Self::OnDiskId { .. } => name::QUERY_ON_DISK_ID,
            Self::Lease(_) | Self::LeaseV2(_) => name::LEASE,
            Self::DurableHandleV2 { .. } => name::DURABLE_HANDLE_REQUEST_V2,
            Self::Posix(_) => name::POSIX,
            Self::Aapl(_) => name::AAPL,
            Self::Unknown(context) => context.name,
        }
    }
}

/// Writes the context's data, without its name.
impl Encode for CreateResponseContext<'_> {
    fn encode(&self, w: &mut Writer<'_>) {
        match self {
            Self::DurableHandle => w.u64(0),
            Self::MaximalAccess { query_status, maximal_access } => {
                w.u32(query_status.0);
                w.u32(maximal_access.bits());
            }
            Self::OnDiskId { disk_file_id, volume_id } => {
                w.u64(*disk_file_id);
                w.u64(*volume_id);
                w.zeros(16);
            }
            Self::Lease(lease) => lease.encode(w),
            Self::LeaseV2(lease) => lease.encode(w),
            Self::DurableHandleV2 { timeout, flags } => {
                w.u32(*timeout);
                w.u32(flags.bits());
            }
            Self::Posix(posix) => {
                w.u32(posix.link_count);
                w.u32(posix.reparse_tag);
                w.u32(posix.mode);
                posix.owner.encode(w);
                posix.group.encode(w);
            }
            Self::Aapl(data) => w.bytes(data),
            Self::Unknown(context) => w.bytes(context.data),
        }
    }
}
