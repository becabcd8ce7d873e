//! Transactions: SMB_COM_TRANSACTION, SMB_COM_TRANSACTION2 and SMB_COM_NT_TRANSACT with their secondary messages ([MS-CIFS] 3.3.5.2.5), and one file
//! for each family of their subcommands. Each turns parameters and data into a call of the core and the answer into such; no rule of the server
//! is here.

mod assembly;
mod create;
mod create_directory;
mod dfs_referral;
mod extended_attributes;
mod find;
mod find_levels;
mod fs_information;
mod ioctl;
mod mailslot;
mod notify_change;
mod nt_transact;
mod open2;
mod paths;
mod pipes;
mod posix_open;
mod query_information;
mod quota;
mod rename;
mod reply;
mod searches;
mod security;
mod set_information;
mod state;
mod trans2;
mod transaction;
mod unix;
mod unix_volume;

pub(super) use assembly::{primary, secondary};
pub(super) use searches::find_close2;
pub(super) use state::State;
