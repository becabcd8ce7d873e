//! SMB 2 and 3 over one connection ([MS-SMB2] 3.3).

mod caching;
mod capture;
mod channel;
mod channel_sequence;
mod clients;
mod commands;
mod connection;
mod context;
mod dispatch;
mod driver;
mod receive;
mod reply;
mod session;
mod sessions;
mod unit;

pub(crate) use channel::Channel;
pub(crate) use clients::ClientTable;
pub(crate) use connection::Connection;
pub(crate) use driver::{Ended, drive};
pub(crate) use session::Session;
pub(crate) use sessions::SessionTable;

/// The ids of one kind that a client uses.
type Ids<K, V> = std::collections::HashMap<K, V>;
