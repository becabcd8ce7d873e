use super::create_context::{CreateContext, create_context_name as name};
use super::lease::{LeaseContext, LeaseContextV2};
use crate::FileId;
use crate::field::structure_size;
use lanward_nt::{FileTime, Guid};
use lanward_wire::wire_flags;
use lanward_wire::{Decode, DecodeError, Encode, Reader, Writer};

wire_flags! {
    /// The Flags of the V2 durable handle contexts.
    DurableHandleFlags: u32 {
        /// SMB2_DHANDLE_FLAG_PERSISTENT
        PERSISTENT = 0x0000_0002;
    }
}

/// [MS-SMB2] 2.2.13.2 SMB2_CREATE_CONTEXT Request Values
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CreateRequestContext<'a> {
    /// SMB2_CREATE_EA_BUFFER: a list of FILE_FULL_EA_INFORMATION
    EaBuffer(&'a [u8]),
    /// SMB2_CREATE_SD_BUFFER: a self-relative security descriptor
    SecurityDescriptor(&'a [u8]),
    /// SMB2_CREATE_DURABLE_HANDLE_REQUEST
    DurableHandleRequest,
    /// SMB2_CREATE_DURABLE_HANDLE_RECONNECT
    DurableHandleReconnect(FileId),
    /// SMB2_CREATE_QUERY_MAXIMAL_ACCESS_REQUEST: with a time, only if the file was changed since
    QueryMaximalAccess(Option<FileTime>),
    /// SMB2_CREATE_ALLOCATION_SIZE, in bytes
    AllocationSize(u64),
    /// SMB2_CREATE_TIMEWARP_TOKEN: the version of the file at that time
    TimewarpToken(FileTime),
    /// SMB2_CREATE_QUERY_ON_DISK_ID
    QueryOnDiskId,
    /// SMB2_CREATE_REQUEST_LEASE
    Lease(LeaseContext),
    /// SMB2_CREATE_REQUEST_LEASE_V2
    LeaseV2(LeaseContextV2),
    /// SMB2_CREATE_DURABLE_HANDLE_REQUEST_V2
    DurableHandleRequestV2 {
        /// Milliseconds the server keeps the open; 0 leaves it to the server.
        timeout: u32,
        /// Whether the handle shall be persistent.
        flags: DurableHandleFlags,
        /// Identifies the create request.
        create_guid: Guid,
    },
    /// SMB2_CREATE_DURABLE_HANDLE_RECONNECT_V2
    DurableHandleReconnectV2 {
        /// The open.
        file_id: FileId,
        /// Identifies the create request.
        create_guid: Guid,
        /// Whether the handle is persistent.
        flags: DurableHandleFlags,
    },
    /// SMB2_CREATE_APP_INSTANCE_ID
    AppInstanceId(Guid),
    /// SMB2_CREATE_APP_INSTANCE_VERSION
    AppInstanceVersion {
        /// The more significant half.
        high: u64,
        /// The less significant half.
        low: u64,
    },
    /// The POSIX extensions: permission bits of a file that is created
    Posix(u32),
    /// Apple's extensions, raw
    Aapl(&'a [u8]),
    /// Any other context.
    Unknown(CreateContext<'a>),
}

impl<'a> CreateRequestContext<'a> {
    /// What a context is. Data longer than the structure is taken as many clients send padding.
    ///
    /// # Errors
    /// A known name with data of another shape.
    pub fn from_context(context: CreateContext<'a>) -> Result<Self, DecodeError> {
        let data = context.data;
        let r = &mut Reader::new(data);
        Ok(match context.name {
            name::EA_BUFFER => Self::EaBuffer(data),
            name::SD_BUFFER => Self::SecurityDescriptor(data),
            name::DURABLE_HANDLE_REQUEST => {
                r.skip(16, "DurableRequest")?;
                Self::DurableHandleRequest
            }
            name::DURABLE_HANDLE_RECONNECT => Self::DurableHandleReconnect(FileId::decode(r)?),
            name::QUERY_MAXIMAL_ACCESS if data.is_empty() => Self::QueryMaximalAccess(None),
            name::QUERY_MAXIMAL_ACCESS => Self::QueryMaximalAccess(Some(FileTime(r.u64("Timestamp")?))),
            name::ALLOCATION_SIZE => Self::AllocationSize(r.u64("AllocationSize")?),
            name::TIMEWARP_TOKEN => Self::TimewarpToken(FileTime(r.u64("Timestamp")?)),
            name::QUERY_ON_DISK_ID => Self::QueryOnDiskId,
            // Only the length tells the two apart (3.3.5.9.8, 3.3.5.9.11).
            name::LEASE if data.len() == LeaseContext::LEN => Self::Lease(LeaseContext::decode(r)?),
            name::LEASE => Self::LeaseV2(LeaseContextV2::decode(r)?),
            name::DURABLE_HANDLE_REQUEST_V2 => {
                let timeout = r.u32("Timeout")?;
                let flags = DurableHandleFlags::from_bits_retain(r.u32("Flags")?);
                r.skip(8, "Reserved")?;
                Self::DurableHandleRequestV2 { timeout, flags, create_guid: Guid::decode(r)? }
            }
            name::DURABLE_HANDLE_RECONNECT_V2 => Self::DurableHandleReconnectV2 {
                file_id: FileId::decode(r)?,
                create_guid: Guid::decode(r)?,
                flags: DurableHandleFlags::from_bits_retain(r.u32("Flags")?),
            },
            name::APP_INSTANCE_ID => {
                structure_size(r, 20)?;
                r.skip(2, "Reserved")?;
                Self::AppInstanceId(Guid::decode(r)?)
            }
            name::APP_INSTANCE_VERSION => {
                structure_size(r, 24)?;
                r.skip(6, "Reserved")?;
                let high = r.u64("AppInstanceVersionHigh")?;
                Self::AppInstanceVersion { high, low: r.u64("AppInstanceVersionLow")? }
            }
            name::POSIX => Self::Posix(r.u32("Mode")?),
            name::AAPL => Self::Aapl(data),
            _ => Self::Unknown(context),
        })
    }

    /// The context's name on the wire.
    #[must_use]
    pub const fn name(&self) -> &'a [u8] {
        match self {
            Self::EaBuffer(_) => name::EA_BUFFER,
            Self::SecurityDescriptor(_) => name::SD_BUFFER,
            Self::DurableHandleRequest => name::DURABLE_HANDLE_REQUEST,
            Self::DurableHandleReconnect(_) => name::DURABLE_HANDLE_RECONNECT,
            Self::QueryMaximalAccess(_) => name::QUERY_MAXIMAL_ACCESS,
            Self::AllocationSize(_) => name::ALLOCATION_SIZE,
            Self::TimewarpToken(_) => name::TIMEWARP_TOKEN,
            Self::QueryOnDiskId => name::QUERY_ON_DISK_ID,
            Self::Lease(_) | Self::LeaseV2(_) => name::LEASE,
            Self::DurableHandleRequestV2 { .. } => name::DURABLE_HANDLE_REQUEST_V2,
            Self::DurableHandleReconnectV2 { .. } => name::DURABLE_HANDLE_RECONNECT_V2,
            Self::AppInstanceId(_) => name::APP_INSTANCE_ID,
            Self::AppInstanceVersion { .. } => name::APP_INSTANCE_VERSION,
            Self::Posix(_) => name::POSIX,
            Self::Aapl(_) => name::AAPL,
            Self::Unknown(context) => context.name,
        }
    }
}

/// Writes the context's data, without its name.
impl Encode for CreateRequestContext<'_> {
    fn encode(&self, w: &mut Writer<'_>) {
        match self {
            Self::EaBuffer(data) | Self::SecurityDescriptor(data) | Self::Aapl(data) => w.bytes(data),
            Self::Unknown(context) => w.bytes(context.data),
            Self::DurableHandleRequest => w.zeros(16),
            Self::DurableHandleReconnect(file_id) => file_id.encode(w),
            Self::QueryMaximalAccess(None) | Self::QueryOnDiskId => {}
            Self::QueryMaximalAccess(Some(time)) | Self::TimewarpToken(time) => w.u64(time.0),
            Self::AllocationSize(size) => w.u64(*size),
            Self::Lease(lease) => lease.encode(w),
            Self::LeaseV2(lease) => lease.encode(w),
            Self::DurableHandleRequestV2 { timeout, flags, create_guid } => {
                w.u32(*timeout);
                w.u32(flags.bits());
                w.u64(0);
                create_guid.encode(w);
            }
            Self::DurableHandleReconnectV2 { file_id, create_guid, flags } => {
                file_id.encode(w);
                create_guid.encode(w);
                w.u32(flags.bits());
            }
            Self::AppInstanceId(id) => {
                w.u16(20);
                w.u16(0);
                id.encode(w);
            }
            Self::AppInstanceVersion { high, low } => {
                w.u16(24);
                w.zeros(6);
                w.u64(*high);
                w.u64(*low);
            }
            Self::Posix(mode) => w.u32(*mode),
        }
    }
}
