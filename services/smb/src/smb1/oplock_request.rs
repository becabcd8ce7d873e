//! Oplocks of the older opens: asked for and answered in the flags of the header ([MS-CIFS] 2.2.3.1).

use super::context::Context;
use lanward_fsa::{HeldCache, OplockLevel};
use lanward_smb1::Flags;

impl Context<'_> {
    /// What the flags of the request ask for.
    pub(crate) fn oplock_of_header(&self) -> OplockLevel {
        match (self.header.flags.contains(Flags::OPLOCK), self.header.flags.contains(Flags::OPBATCH)) {
            (false, _) => OplockLevel::None,
            (true, false) => OplockLevel::Exclusive,
            (true, true) => OplockLevel::Batch,
        }
    }

    /// The flags of the response say what was given.
    pub(crate) fn answer_oplock(&mut self, held: &HeldCache) {
        self.granted = match held {
            HeldCache::Oplock(OplockLevel::Exclusive) => Flags::OPLOCK,
            HeldCache::Oplock(OplockLevel::Batch) => Flags::OPLOCK | Flags::OPBATCH,
            HeldCache::Oplock(_) | HeldCache::Lease(_) => Flags::empty(),
        };
    }
}
