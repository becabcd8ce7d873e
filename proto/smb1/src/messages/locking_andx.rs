use super::raw::{halves, join};
use crate::message::wire_words;
use crate::{Body, Command, Message, MessageWriter};
use lanward_wire::{DecodeError, Reader, Writer, wire_flags};

wire_flags! {
    /// The TypeOfLock of SMB_COM_LOCKING_ANDX.
    LockType: u8 {
        /// SHARED_LOCK
        SHARED_LOCK = 0x01;
        /// OPLOCK_RELEASE
        OPLOCK_RELEASE = 0x02;
        /// CHANGE_LOCKTYPE
        CHANGE_LOCKTYPE = 0x04;
        /// CANCEL_LOCK
        CANCEL_LOCK = 0x08;
        /// LARGE_FILES: ranges have 64 bits
        LARGE_FILES = 0x10;
    }
}

wire_words! { flags: LockType; values: }

/// [MS-CIFS] 2.2.4.32.1 LOCKING_ANDX_RANGE
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LockingAndxRange {
    /// PID: whose lock it is.
    pub process_id: u16,
    /// From where.
    pub offset: u64,
    /// Bytes.
    pub length: u64,
}

/// [MS-CIFS] 2.2.4.32.1 SMB_COM_LOCKING_ANDX Request. The server sends it, too: to break an oplock.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LockingAndxRequest {
    /// FID
    pub fid: u16,
    /// What is to be done.
    pub lock_type: LockType,
    /// What the oplock is broken to: 0 nothing, 1 level II.
    pub new_oplock_level: u8,
    /// Milliseconds to wait: 0 not at all, all ones for ever.
    pub timeout: u32,
    /// Ranges to unlock, first.
    pub unlocks: Vec<LockingAndxRange>,
    /// Ranges to lock: all or none.
    pub locks: Vec<LockingAndxRange>,
}

impl LockingAndxRange {
    fn read(r: &mut Reader<'_>, large: bool) -> Result<Self, DecodeError> {
        let process_id = r.u16("PID")?;
        if !large {
            let (offset, length) = (r.u32("ByteOffset")?, r.u32("LengthInBytes")?);
            return Ok(Self { process_id, offset: offset.into(), length: length.into() });
        }
        r.skip(2, "Pad")?;
        let offset = join(r.u32("ByteOffsetHigh")?, r.u32("ByteOffsetLow")?);
        Ok(Self { process_id, offset, length: join(r.u32("LengthInBytesHigh")?, r.u32("LengthInBytesLow")?) })
    }

    fn write(self, w: &mut Writer<'_>, large: bool) {
        w.u16(self.process_id);
        if large {
            w.u16(0);
        }
        for v in [self.offset, self.length] {
            let (high, low) = halves(v);
            if large {
                w.u32(high);
            }
            w.u32(low);
        }
    }
}

impl Message<'_> for LockingAndxRequest {
    fn decode(body: &mut Body<'_>) -> Result<Self, DecodeError> {
        let r = &mut body.words;
        let fid = r.u16("FID")?;
        let lock_type = LockType::from_bits_retain(r.u8("TypeOfLock")?);
        let new_oplock_level = r.u8("NewOpLockLevel")?;
        let timeout = r.u32("Timeout")?;
        let (unlocks, locks) = (r.u16("NumberOfRequestedUnlocks")?, r.u16("NumberOfRequestedLocks")?);
        let large = lock_type.contains(LockType::LARGE_FILES);
        let r = &mut body.bytes;
        // Each takes bytes of its own, so that the counts make room for nothing.
        let mut ranges =
            |count: u16| (0..count).map(|_| LockingAndxRange::read(r, large)).collect::<Result<Vec<_>, _>>();
        Ok(Self {
            fid,
            lock_type,
            new_oplock_level,
            timeout,
            unlocks: ranges(unlocks)?,
            locks: ranges(locks)?,
        })
    }

    fn encode(&self, command: Command, w: &mut MessageWriter<'_>) {
        let large = self.lock_type.contains(LockType::LARGE_FILES);
        let words = |w: &mut Writer<'_>| {
            w.u16(self.fid);
            w.u8(self.lock_type.bits());
            w.u8(self.new_oplock_level);
            w.u32(self.timeout);
            w.u16(crate::body::short(self.unlocks.len()));
            w.u16(crate::body::short(self.locks.len()));
        };
        w.body(command, words, |w, _| {
            self.unlocks.iter().chain(&self.locks).for_each(|range| range.write(w, large));
        });
    }
}
