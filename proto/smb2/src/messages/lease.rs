use lanward_nt::Guid;
use lanward_wire::wire_flags;
use lanward_wire::{Decode, DecodeError, Encode, Reader, Writer};

/// The client's name for a lease: 16 bytes it chose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct LeaseKey(pub Guid);

wire_flags! {
    /// What a lease lets the client cache.
    LeaseState: u32 {
        /// SMB2_LEASE_READ_CACHING
        READ_CACHING = 0x01;
        /// SMB2_LEASE_HANDLE_CACHING
        HANDLE_CACHING = 0x02;
        /// SMB2_LEASE_WRITE_CACHING
        WRITE_CACHING = 0x04;
    }

    /// The Flags of a lease context.
    LeaseFlags: u32 {
        /// SMB2_LEASE_FLAG_BREAK_IN_PROGRESS
        BREAK_IN_PROGRESS = 0x0000_0002;
        /// SMB2_LEASE_FLAG_PARENT_LEASE_KEY_SET
        PARENT_LEASE_KEY_SET = 0x0000_0004;
    }
}

/// [MS-SMB2] 2.2.13.2.8 SMB2_CREATE_REQUEST_LEASE and 2.2.14.2.10 SMB2_CREATE_RESPONSE_LEASE
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LeaseContext {
    /// Which lease.
    pub key: LeaseKey,
    /// What is asked for or granted.
    pub state: LeaseState,
    /// Flags.
    pub flags: LeaseFlags,
}

impl LeaseContext {
    /// Bytes the structure has.
    pub const LEN: usize = 32;
}

impl Decode<'_> for LeaseContext {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let key = LeaseKey(Guid::decode(r)?);
        let state = LeaseState::from_bits_retain(r.u32("LeaseState")?);
        let flags = LeaseFlags::from_bits_retain(r.u32("LeaseFlags")?);
        r.skip(8, "LeaseDuration")?;
        Ok(Self { key, state, flags })
    }
}

impl Encode for LeaseContext {
    fn encode(&self, w: &mut Writer<'_>) {
        self.key.0.encode(w);
        w.u32(self.state.bits());
        w.u32(self.flags.bits());
        w.u64(0);
    }
}

/// [MS-SMB2] 2.2.13.2.10 SMB2_CREATE_REQUEST_LEASE_V2 and 2.2.14.2.11 SMB2_CREATE_RESPONSE_LEASE_V2
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LeaseContextV2 {
    /// Which lease.
    pub key: LeaseKey,
    /// What is asked for or granted.
    pub state: LeaseState,
    /// Flags.
    pub flags: LeaseFlags,
    /// The lease on the parent directory; means something with PARENT_LEASE_KEY_SET.
    pub parent_key: LeaseKey,
    /// Counts changes of the lease's state.
    pub epoch: u16,
}

impl LeaseContextV2 {
    /// Bytes the structure has.
    pub const LEN: usize = 52;
}

impl Decode<'_> for LeaseContextV2 {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let LeaseContext { key, state, flags } = LeaseContext::decode(r)?;
        let parent_key = LeaseKey(Guid::decode(r)?);
        let epoch = r.u16("Epoch")?;
        r.skip(2, "Reserved")?;
        Ok(Self { key, state, flags, parent_key, epoch })
    }
}

impl Encode for LeaseContextV2 {
    fn encode(&self, w: &mut Writer<'_>) {
        LeaseContext { key: self.key, state: self.state, flags: self.flags }.encode(w);
        self.parent_key.0.encode(w);
        w.u16(self.epoch);
        w.u16(0);
    }
}
