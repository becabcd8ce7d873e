//! SMB 1 over one connection ([MS-CIFS] 3.3, [MS-SMB] 3.3): from PC NETWORK PROGRAM 1.0 to NT LM 0.12.

mod commands;
mod connection;
mod context;
mod dispatch;
mod driver;
mod establish;
mod ids;
mod oplocks;
mod receive;
mod reply;
mod respond;
mod session;
mod signing;
mod status;
mod unit;

pub(crate) use connection::Connection;
pub(crate) use driver::drive;
