use super::create::OplockLevel;
use super::lease::{LeaseKey, LeaseState};
use crate::FileId;
use crate::field::structure_size;
use lanward_nt::Guid;
use lanward_wire::wire_flags;
use lanward_wire::{Decode, DecodeError, Encode, Reader, Writer};

wire_flags! {
    /// The Flags of a lease break notification.
    LeaseBreakFlags: u32 {
        /// SMB2_NOTIFY_BREAK_LEASE_FLAG_ACK_REQUIRED
        ACK_REQUIRED = 0x0000_0001;
    }
}

/// [MS-SMB2] 2.2.23.1 Oplock Break Notification, 2.2.24.1 Oplock Break Acknowledgment and 2.2.25.1 Oplock Break
/// Response, which are one structure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct OplockBreak {
    /// The level broken to, accepted or granted.
    pub oplock_level: OplockLevel,
    /// The open.
    pub file_id: FileId,
}

impl OplockBreak {
    const STRUCTURE_SIZE: u16 = 24;
}

impl Decode<'_> for OplockBreak {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        structure_size(r, Self::STRUCTURE_SIZE)?;
        let oplock_level = OplockLevel(r.u8("OplockLevel")?);
        r.skip(5, "Reserved")?;
        Ok(Self { oplock_level, file_id: FileId::decode(r)? })
    }
}

impl Encode for OplockBreak {
    fn encode(&self, w: &mut Writer<'_>) {
        w.u16(Self::STRUCTURE_SIZE);
        w.u8(self.oplock_level.0);
        w.zeros(5);
        self.file_id.encode(w);
    }
}

/// [MS-SMB2] 2.2.23.2 Lease Break Notification
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LeaseBreakNotification {
    /// Counts changes of the lease's state; 0 in SMB 2.1.
    pub new_epoch: u16,
    /// Whether an acknowledgment is due.
    pub flags: LeaseBreakFlags,
    /// Which lease.
    pub lease_key: LeaseKey,
    /// What the lease allowed.
    pub current_lease_state: LeaseState,
    /// What it allows from now on.
    pub new_lease_state: LeaseState,
}

impl LeaseBreakNotification {
    const STRUCTURE_SIZE: u16 = 44;
}

impl Decode<'_> for LeaseBreakNotification {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        structure_size(r, Self::STRUCTURE_SIZE)?;
        let notification = Self {
            new_epoch: r.u16("NewEpoch")?,
            flags: LeaseBreakFlags::from_bits_retain(r.u32("Flags")?),
            lease_key: LeaseKey(Guid::decode(r)?),
            current_lease_state: LeaseState::from_bits_retain(r.u32("CurrentLeaseState")?),
            new_lease_state: LeaseState::from_bits_retain(r.u32("NewLeaseState")?),
        };
        r.skip(12, "BreakReason")?;
        Ok(notification)
    }
}

impl Encode for LeaseBreakNotification {
    fn encode(&self, w: &mut Writer<'_>) {
        w.u16(Self::STRUCTURE_SIZE);
        w.u16(self.new_epoch);
        w.u32(self.flags.bits());
        self.lease_key.0.encode(w);
        w.u32(self.current_lease_state.bits());
        w.u32(self.new_lease_state.bits());
        w.zeros(12);
    }
}

/// [MS-SMB2] 2.2.24.2 Lease Break Acknowledgment and 2.2.25.2 Lease Break Response, which are one structure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LeaseBreakAcknowledgment {
    /// Which lease.
    pub lease_key: LeaseKey,
    /// What the client gives up all but, or what is granted.
    pub lease_state: LeaseState,
}

impl LeaseBreakAcknowledgment {
    const STRUCTURE_SIZE: u16 = 36;
}

impl Decode<'_> for LeaseBreakAcknowledgment {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        structure_size(r, Self::STRUCTURE_SIZE)?;
        r.skip(6, "Reserved")?;
        let lease_key = LeaseKey(Guid::decode(r)?);
        let lease_state = LeaseState::from_bits_retain(r.u32("LeaseState")?);
        r.skip(8, "LeaseDuration")?;
        Ok(Self { lease_key, lease_state })
    }
}

impl Encode for LeaseBreakAcknowledgment {
    fn encode(&self, w: &mut Writer<'_>) {
        w.u16(Self::STRUCTURE_SIZE);
        w.zeros(6);
        self.lease_key.0.encode(w);
        w.u32(self.lease_state.bits());
        w.u64(0);
    }
}

/// The body of an OPLOCK_BREAK request: StructureSize tells which.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OplockBreakRequest {
    /// An oplock's break is acknowledged.
    Oplock(OplockBreak),
    /// A lease's break is acknowledged.
    Lease(LeaseBreakAcknowledgment),
}

impl Decode<'_> for OplockBreakRequest {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        match r.clone().u16("StructureSize")? {
            LeaseBreakAcknowledgment::STRUCTURE_SIZE => LeaseBreakAcknowledgment::decode(r).map(Self::Lease),
            _ => OplockBreak::decode(r).map(Self::Oplock),
        }
    }
}

impl Encode for OplockBreakRequest {
    fn encode(&self, w: &mut Writer<'_>) {
        match self {
            Self::Oplock(body) => body.encode(w),
            Self::Lease(body) => body.encode(w),
        }
    }
}

/// The body of an OPLOCK_BREAK response, or of a notification, which has the header of a response and
/// [`MessageId::UNSOLICITED`](crate::MessageId::UNSOLICITED).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OplockBreakResponse {
    /// An oplock is broken, or its acknowledgment is answered.
    Oplock(OplockBreak),
    /// A lease's acknowledgment is answered.
    Lease(LeaseBreakAcknowledgment),
    /// A lease is broken.
    LeaseNotification(LeaseBreakNotification),
}

impl Decode<'_> for OplockBreakResponse {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        match r.clone().u16("StructureSize")? {
            LeaseBreakNotification::STRUCTURE_SIZE => {
                LeaseBreakNotification::decode(r).map(Self::LeaseNotification)
            }
            LeaseBreakAcknowledgment::STRUCTURE_SIZE => LeaseBreakAcknowledgment::decode(r).map(Self::Lease),
            _ => OplockBreak::decode(r).map(Self::Oplock),
        }
    }
}

impl Encode for OplockBreakResponse {
    fn encode(&self, w: &mut Writer<'_>) {
        match self {
            Self::Oplock(body) => body.encode(w),
            Self::Lease(body) => body.encode(w),
            Self::LeaseNotification(body) => body.encode(w),
        }
    }
}
