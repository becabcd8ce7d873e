//! The dial-in service: PPTP's sockets, an interface for all who dialled in, their addresses and what they may reach.
//!
//! It runs as a process of its own ([`run_worker`]), which gets its descriptors from the main process and has no right to anything else, and asks that
//! process over a [`Channel`] to check who dials in. No password and no hash of one ever is in it.

mod channel;
mod counters;
mod dial;
mod engine;
mod flush;
mod ip;
mod limits;
mod messages;
mod pool;
pub mod radius;
mod reach;
mod sandbox;
mod worker;

pub use channel::{Channel, Frame, Sender};
pub use counters::{Counters, Drop};
pub use dial::{Dial, DialUp, FromDial, ToDial, run as run_dial_worker};
pub use flush::StatefulFlush;
pub use limits::Limits;
pub use messages::{
    Answer, Check, Ended, Keys, Machine, Report, Security, SessionBegun, Settings, Terms, ToMain, ToWorker,
    Usage,
};
pub use pool::{AddressRange, Pool};
pub use reach::Reach;
pub use sandbox::{Confinement, Task, confine};
pub use worker::run as run_worker;
