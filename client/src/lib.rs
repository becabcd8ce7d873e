//! A client of SMB 2 and 3, dialects 2.0.2 to 3.1.1, and of SMB 1 ([`smb1`]): the test suite's peer and the load generator of the benchmarks.
//!
//! It blocks, keeps one buffer for what it sends and reuses those of the replies. Everything that a test may want to get
//! wrong can be got wrong: see [`Connection::compose`], [`Connection::send_frame`], [`Connection::send_raw`] and
//! [`Request`]'s fields.
//!
//! ```no_run
//! # fn main() -> lanward_client::Result<()> {
//! use lanward_client::{Connection, Options};
//! let mut connection = Connection::connect("127.0.0.1:4445", Options::default())?;
//! let session = connection.login("user", "password")?;
//! let tree = connection.tree_connect(session, "share")?;
//! connection.write_file(tree, "hello.txt", b"Hello")?;
//! # Ok(())
//! # }
//! ```

mod challenge;
mod connection;
mod contexts;
pub mod corpus;
mod durable;
mod error;
mod file;
mod info;
mod ioctl;
mod login;
mod negotiate;
mod notification;
mod options;
mod other;
mod random;
mod receive;
mod reply;
mod request;
mod rpc;
mod send;
mod session;
pub mod smb1;
mod transport;
mod tree;

pub use connection::Connection;
pub use contexts::{Durability, contexts, lease, lease_v2, posix};
pub use durable::{durable_v2, persistent, reconnect_v2};
pub use error::{Error, Result};
pub use file::{Create, Created, File};
pub use info::{DirectoryEntry, records};
pub use login::Login;
pub use negotiate::Negotiated;
pub use notification::Break;
pub use options::{Options, Signing};
pub use reply::Reply;
pub use request::{Protection, Request, Scope};
pub use rpc::Rpc;
pub use session::{Binding, Session};
pub use tree::{Tree, utf16};

pub use lanward_auth::Credentials;
