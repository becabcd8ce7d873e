/// What is in front of an encrypted packet (RFC 3078, 3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Header {
    /// The cipher begins anew with this packet.
    pub(super) flushed: bool,
    /// The packet is compressed.
    pub(super) compressed: bool,
    /// The packet is encrypted.
    pub(super) encrypted: bool,
    /// Number of the packet, of 12 bits.
    pub(super) count: u16,
}

const FLUSHED: u16 = 0x8000;
const COMPRESSED: u16 = 0x2000;
const ENCRYPTED: u16 = 0x1000;
const COUNT: u16 = 0x0fff;

impl Header {
    pub(super) const fn from_bytes(bytes: [u8; super::HEADER]) -> Self {
        let bits = u16::from_be_bytes(bytes);
        Self {
            flushed: bits & FLUSHED != 0,
            compressed: bits & COMPRESSED != 0,
            encrypted: bits & ENCRYPTED != 0,
            count: bits & COUNT,
        }
    }

    pub(super) const fn to_bytes(self) -> [u8; super::HEADER] {
        let mut bits = self.count & COUNT;
        if self.flushed {
            bits |= FLUSHED;
        }
        if self.compressed {
            bits |= COMPRESSED;
        }
        if self.encrypted {
            bits |= ENCRYPTED;
        }
        bits.to_be_bytes()
    }
}

/// How far `count` is behind `last`, going forward: 0 to 4095.
pub(super) const fn distance(last: u16, count: u16) -> u16 {
    count.wrapping_sub(last) & COUNT
}

/// The count of the packet after this one.
pub(super) const fn after(count: u16) -> u16 {
    count.wrapping_add(1) & COUNT
}

/// The count before the first packet's.
pub(super) const BEFORE_FIRST: u16 = COUNT;

/// Whether keys change with this packet in [`super::Mode::Stateful`].
pub(super) const fn changes_key(count: u16) -> bool {
    count & 0xff == 0xff
}

/// The first count, this one or behind it, with which keys change.
pub(super) const fn next_change(count: u16) -> u16 {
    count | 0xff
}
