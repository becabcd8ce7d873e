//! What of NetBIOS the server's lists and settings know. Names are their 16 bytes here: padded with spaces, the last one says what they are of.

use std::net::SocketAddrV4;

/// A session of the NetBIOS session service (RFC 1002 4.3.2), as its request named both ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NetbiosSession {
    /// The name that was called.
    pub local: [u8; 16],
    /// What the client calls itself.
    pub remote: [u8; 16],
}

/// Who is called over NetBIOS, and who is elsewhere.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NetbiosSettings {
    /// Names the server has beside its own.
    pub aliases: Vec<String>,
    /// Names that are not here, and where to call them instead (RFC 1002 4.3.5).
    pub retarget: Vec<(String, SocketAddrV4)>,
}
