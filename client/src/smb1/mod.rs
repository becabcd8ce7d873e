//! A client of SMB 1, from PC NETWORK PROGRAM 1.0 to NT LM 0.12, over TCP or a NetBIOS session.
//!
//! Everything that a test may want to get wrong can be got wrong: [`Request`]'s fields, [`Connection::compose`] and
//! [`Connection::send_frame`], [`Transact::piece`] and [`Connection::send_part`], [`Connection::set_sequence`].
//!
//! ```no_run
//! # fn main() -> lanward_client::Result<()> {
//! use lanward_client::smb1::{Connection, Options};
//! let mut connection = Connection::connect("127.0.0.1:4445", Options::default())?;
//! let session = connection.login("user", "password")?;
//! let tree = connection.tree_connect(&session, "share")?;
//! connection.write_file(tree, "HELLO.TXT", b"Hello")?;
//! # Ok(())
//! # }
//! ```

mod connection;
mod core;
mod device;
mod file;
mod listing;
mod login;
mod negotiate;
mod notice;
mod options;
mod proof;
mod receive;
mod reply;
mod request;
mod rpc;
mod send;
mod session;
mod transact;
mod tree;

pub use connection::Connection;
pub use file::{Create, File};
pub use listing::Entry;
pub use login::{Form, Login};
pub use negotiate::Negotiated;
pub use notice::OplockBreak;
pub use options::{Options, Signing};
pub use reply::Reply;
pub use request::{Body, Protection, RawBody, Request, Scope, Ticket};
pub use rpc::Rpc;
pub use session::Session;
pub use transact::{Answer, Part, Transact};
pub use tree::{Connected, Tree};

pub use lanward_netbios::{NetbiosName, SessionRequest};
