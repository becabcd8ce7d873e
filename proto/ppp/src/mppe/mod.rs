//! Microsoft Point-to-Point Encryption (RFC 3078) with keys of 40, 56 and 128 bits (RFC 3079). It hides what passes and proves nothing: there is
//! no integrity, and whoever records an exchange of MS-CHAPv2 can find the keys.
//!
//! A link has a [`Sender`] and a [`Receiver`], each with a key of its own. Packets are encrypted and decrypted where they are.

mod budget;
mod header;
mod inner;
mod key_schedule;
#[cfg(test)]
mod loss_tests;
pub mod oracle;
mod rc4;
mod receiver;
mod sender;
#[cfg(test)]
mod tests;

pub use inner::Inner;
pub use key_schedule::KeySchedule;
pub use lanward_auth::mschap::{KeyStrength, MppeKeys, StartKey};
pub use receiver::{Discard, Receiver};
pub use sender::Sender;

/// What is in front of an encrypted packet: flags and a count, in bytes.
pub const HEADER: usize = 2;

/// How often keys change (RFC 3078, 2.1 "H" bit).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Mode {
    /// With every packet: one that is lost costs nothing but itself.
    Stateless,
    /// With every 256th packet, and the cipher goes on from packet to packet: after a loss the receiver asks for a new start.
    Stateful,
}

/// What a sender of [`Mode::Stateful`] does when it is asked for a new start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum FlushRule {
    /// It goes on with the next packet that changes the key in any case, as if those before it were lost. That is a new start to every receiver, and
    /// all of them count the same changes of keys up to it, whichever of them were lost.
    #[default]
    AtChange,
    /// It begins anew with the present key (RFC 3078, 8.2). The same keystream comes again.
    SameKey,
    /// It changes the key first, as Linux does, which cannot read the other way.
    NextKey,
}
