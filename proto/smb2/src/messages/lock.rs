use crate::FileId;
use crate::field::{short, structure_size};
use lanward_wire::wire_flags;
use lanward_wire::{Decode, DecodeError, Encode, Reader, Writer};

wire_flags! {
    /// The Flags of a lock element.
    LockFlags: u32 {
        /// SMB2_LOCKFLAG_SHARED_LOCK
        SHARED_LOCK = 0x0000_0001;
        /// SMB2_LOCKFLAG_EXCLUSIVE_LOCK
        EXCLUSIVE_LOCK = 0x0000_0002;
        /// SMB2_LOCKFLAG_UNLOCK
        UNLOCK = 0x0000_0004;
        /// SMB2_LOCKFLAG_FAIL_IMMEDIATELY
        FAIL_IMMEDIATELY = 0x0000_0010;
    }
}

/// [MS-SMB2] 2.2.26.1 SMB2_LOCK_ELEMENT
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LockElement {
    /// Where the range begins, in bytes.
    pub offset: u64,
    /// Bytes it has.
    pub length: u64,
    /// What to do with it.
    pub flags: LockFlags,
}

impl LockElement {
    /// Bytes an element has.
    pub const LEN: usize = 24;
}

impl Decode<'_> for LockElement {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let (offset, length) = (r.u64("Offset")?, r.u64("Length")?);
        let flags = LockFlags::from_bits_retain(r.u32("Flags")?);
        r.skip(4, "Reserved")?;
        Ok(Self { offset, length, flags })
    }
}

impl Encode for LockElement {
    fn encode(&self, w: &mut Writer<'_>) {
        w.u64(self.offset);
        w.u64(self.length);
        w.u32(self.flags.bits());
        w.u32(0);
    }
}

/// [MS-SMB2] 2.2.26 SMB2 LOCK Request
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LockRequest {
    /// LockSequenceNumber in the 4 low bits and LockSequenceIndex in the others; means nothing in SMB 2.0.2.
    pub lock_sequence: u32,
    /// The open.
    pub file_id: FileId,
    /// The ranges, at least one.
    pub locks: Vec<LockElement>,
}

impl LockRequest {
    /// LockSequenceNumber, 0 to 15.
    #[must_use]
    pub const fn sequence_number(&self) -> u32 {
        self.lock_sequence & 0xf
    }

    /// LockSequenceIndex; 0 is reserved, and more than 64 is not valid.
    #[must_use]
    pub const fn sequence_index(&self) -> u32 {
        self.lock_sequence >> 4
    }
}

impl Decode<'_> for LockRequest {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        structure_size(r, 48)?;
        let count = usize::from(r.u16("LockCount")?);
        let lock_sequence = r.u32("LockSequence")?;
        let file_id = FileId::decode(r)?;
        if count == 0 {
            return Err(DecodeError::invalid("LockCount", "must not be 0"));
        }
        let elements = &mut Reader::new(r.bytes(count.saturating_mul(LockElement::LEN), "Locks")?);
        let locks = (0..count).map(|_| LockElement::decode(elements)).collect::<Result<_, _>>()?;
        Ok(Self { lock_sequence, file_id, locks })
    }
}

impl Encode for LockRequest {
    fn encode(&self, w: &mut Writer<'_>) {
        let count = short(self.locks.len());
        w.u16(48);
        w.u16(count);
        w.u32(self.lock_sequence);
        self.file_id.encode(w);
        self.locks.iter().take(usize::from(count)).for_each(|lock| lock.encode(w));
    }
}
