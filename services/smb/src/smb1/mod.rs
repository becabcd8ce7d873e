//! SMB 1 over one connection ([MS-CIFS] 3.3, [MS-SMB] 3.3): from PC NETWORK PROGRAM 1.0 to NT LM 0.12.

mod access_mode;
mod attributes;
mod batch;
mod commands;
mod connection;
mod context;
mod delete;
mod devices;
mod dispatch;
mod driver;
mod establish;
mod fids;
mod ids;
mod locks;
mod matching;
mod opening;
mod oplock_request;
mod oplocks;
mod pace;
mod paths;
mod pipes;
mod receive;
mod reply;
mod respond;
mod searches;
mod session;
mod signing;
mod status;
mod transactions;
mod unit;
mod wildcards;

pub(crate) use connection::Connection;
pub(crate) use driver::drive;
