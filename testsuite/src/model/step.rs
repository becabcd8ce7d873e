use super::dice::Dice;
use lanward_nt::{AccessMask, ShareAccess};
use lanward_smb2::messages::{CreateDisposition, LeaseState, OplockLevel};

/// Clients, each with a connection and a ClientGuid of its own.
pub(super) const CLIENTS: usize = 4;
/// Opens a client may have at a time.
pub(super) const SLOTS: usize = 4;
/// Names there are.
pub(super) const NAMES: [&str; 3] = ["one", "two", "three"];
/// Streams of a file: its data and two named ones.
pub(super) const STREAMS: [&str; 3] = ["", ":red", ":blue"];
/// Lease keys of a client.
pub(super) const KEYS: usize = 2;
/// Nothing happens beyond this offset.
const REACH: u64 = 64;

/// A client's open, by its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Slot {
    pub(super) client: usize,
    pub(super) place: usize,
}

/// What a client asks to cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wish {
    Nothing,
    Oplock(OplockLevel),
    Lease { key: usize, state: LeaseState },
}

/// An open that is asked for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Opening {
    pub(super) slot: Slot,
    pub(super) name: usize,
    pub(super) stream: usize,
    pub(super) access: AccessMask,
    pub(super) share: ShareAccess,
    pub(super) disposition: CreateDisposition,
    pub(super) delete_on_close: bool,
    pub(super) wish: Wish,
}

/// One thing a client does. What names a slot without an open is nothing, so that steps can be left out of a run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Step {
    Open(Opening),
    Close(Slot),
    Read {
        slot: Slot,
        offset: u64,
        length: u32,
    },
    Write {
        slot: Slot,
        offset: u64,
        length: u32,
        fill: u8,
    },
    Cut {
        slot: Slot,
        length: u64,
    },
    Look(Slot),
    Lock {
        slot: Slot,
        offset: u64,
        length: u64,
        exclusive: bool,
    },
    Unlock {
        slot: Slot,
        offset: u64,
        length: u64,
    },
    Rename {
        slot: Slot,
        name: usize,
        replace: bool,
    },
    Delete {
        slot: Slot,
        delete: bool,
    },
    /// The client disconnects its share, and connects it again.
    Leave(usize),
}

/// What may occur.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Scope {
    pub(super) streams: bool,
    pub(super) caches: bool,
}

/// The steps of a seed.
pub(super) fn steps(seed: u64, count: usize, scope: Scope) -> Vec<Step> {
    let mut dice = Dice::new(seed);
    (0..count).map(|_| step(&mut dice, scope)).collect()
}

fn step(dice: &mut Dice, scope: Scope) -> Step {
    let slot = Slot { client: dice.place(CLIENTS), place: dice.place(SLOTS) };
    // Few places, so that ranges meet.
    let offset = dice.below(8) * 8;
    let length = 1 + dice.below(REACH - offset);
    let short = u32::try_from(length).unwrap_or(1);
    match dice.below(100) {
        0..32 => Step::Open(opening(dice, slot, scope)),
        32..50 => Step::Close(slot),
        50..58 => Step::Read { slot, offset, length: short },
        58..68 => Step::Write { slot, offset, length: short, fill: dice.below(256).to_le_bytes()[0] },
        68..71 => Step::Cut { slot, length: offset },
        71..76 => Step::Look(slot),
        76..83 => Step::Lock { slot, offset, length, exclusive: dice.percent(50) },
        83..86 => Step::Unlock { slot, offset, length },
        86..92 => Step::Rename { slot, name: dice.place(NAMES.len()), replace: dice.percent(50) },
        92..99 => Step::Delete { slot, delete: dice.percent(66) },
        _ => Step::Leave(slot.client),
    }
}

fn opening(dice: &mut Dice, slot: Slot, scope: Scope) -> Opening {
    let rights = [(AccessMask::READ_DATA, 50), (AccessMask::WRITE_DATA, 45), (AccessMask::DELETE, 35)];
    let access = rights
        .into_iter()
        .filter(|(_, chance)| dice.percent(*chance))
        .fold(AccessMask::READ_ATTRIBUTES, |access, (right, _)| access | right);
    let share = [ShareAccess::READ, ShareAccess::WRITE, ShareAccess::DELETE]
        .into_iter()
        .filter(|_| dice.percent(80))
        .fold(ShareAccess::empty(), |share, right| share | right);
    let disposition = match dice.below(12) {
        0..4 => CreateDisposition::OPEN,
        4..8 => CreateDisposition::OPEN_IF,
        8 => CreateDisposition::CREATE,
        9 => CreateDisposition::OVERWRITE,
        10 => CreateDisposition::OVERWRITE_IF,
        _ => CreateDisposition::SUPERSEDE,
    };
    let stream = if scope.streams && dice.percent(30) { 1 + dice.place(STREAMS.len() - 1) } else { 0 };
    let name = dice.place(NAMES.len());
    let wish = if scope.caches { wish(dice, slot.client) } else { Wish::Nothing };
    let delete_on_close = dice.percent(6);
    Opening { slot, name, stream, access, share, disposition, delete_on_close, wish }
}

fn wish(dice: &mut Dice, client: usize) -> Wish {
    let levels = [OplockLevel::II, OplockLevel::EXCLUSIVE, OplockLevel::BATCH];
    match dice.below(10) {
        0..2 => Wish::Nothing,
        // The other clients know leases only.
        2..5 if client < CLIENTS / 2 => dice.one_of(&levels).map_or(Wish::Nothing, Wish::Oplock),
        _ => {
            let bits = dice.one_of(&[1, 3, 3, 5, 7, 7, 0]).unwrap_or(0);
            Wish::Lease { key: dice.place(KEYS), state: LeaseState::from_bits_retain(bits) }
        }
    }
}

impl Step {
    /// Who takes it.
    pub(super) const fn client(&self) -> usize {
        match self {
            Self::Open(opening) => opening.slot.client,
            Self::Leave(client) => *client,
            Self::Close(slot)
            | Self::Read { slot, .. }
            | Self::Write { slot, .. }
            | Self::Cut { slot, .. }
            | Self::Look(slot)
            | Self::Lock { slot, .. }
            | Self::Unlock { slot, .. }
            | Self::Rename { slot, .. }
            | Self::Delete { slot, .. } => slot.client,
        }
    }
}
