use core::fmt;
use lanward_netbios::NegativeReason;
use lanward_nt::NtStatus;
use lanward_rpc::ClientError;
use lanward_smb2::Command;
use lanward_wire::DecodeError;
use std::io;

/// Why a call of the client failed.
#[derive(Debug)]
pub enum Error {
    /// The socket failed; a reset by the server is one of these.
    Io(io::Error),
    /// Nothing came, or nothing could be sent, until the deadline.
    TimedOut,
    /// The server closed the connection.
    Closed,
    /// A reply is not what the specification says.
    Decode(DecodeError),
    /// The server refused.
    Status {
        /// Which request.
        command: Command,
        /// Why.
        status: NtStatus,
    },
    /// The server refused, in SMB 1. Errors of DOS are an NTSTATUS of the same four bytes.
    Smb1 {
        /// Which request.
        command: lanward_smb1::Command,
        /// Why.
        status: NtStatus,
    },
    /// The server's NetBIOS session service refused, before any message.
    Netbios(NegativeReason),
    /// A call of an RPC interface failed.
    Rpc(ClientError),
    /// The server broke a rule of the protocol, which is named.
    Protocol(&'static str),
    /// This client cannot do what was asked of it in the present state.
    Unable(&'static str),
}

/// What most functions of the client return.
pub type Result<T> = core::result::Result<T, Error>;

impl Error {
    /// The status, if the server answered with one.
    #[must_use]
    pub const fn status(&self) -> Option<NtStatus> {
        match self {
            Self::Status { status, .. } | Self::Smb1 { status, .. } => Some(*status),
            _ => None,
        }
    }

    /// Whether the server ended the connection, by closing or by resetting it.
    #[must_use]
    pub fn is_disconnect(&self) -> bool {
        use io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, NotConnected, UnexpectedEof};
        match self {
            Self::Closed => true,
            Self::Io(e) => {
                matches!(
                    e.kind(),
                    BrokenPipe | ConnectionAborted | ConnectionReset | NotConnected | UnexpectedEof
                )
            }
            _ => false,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(e) => write!(f, "socket: {e}"),
            Self::TimedOut => f.write_str("timed out"),
            Self::Closed => f.write_str("the server closed the connection"),
            Self::Decode(e) => write!(f, "reply: {e}"),
            Self::Status { command, status } => write!(f, "{command:?}: {status}"),
            Self::Smb1 { command, status } => write!(f, "{command:?}: {status}"),
            Self::Netbios(reason) => write!(f, "the NetBIOS session was refused: {:#04x}", reason.0),
            Self::Rpc(why) => why.fmt(f),
            Self::Protocol(what) => write!(f, "the server broke the protocol: {what}"),
            Self::Unable(what) => f.write_str(what),
        }
    }
}

impl core::error::Error for Error {}

impl From<DecodeError> for Error {
    fn from(e: DecodeError) -> Self {
        Self::Decode(e)
    }
}

impl From<io::Error> for Error {
    fn from(e: io::Error) -> Self {
        match e.kind() {
            io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => Self::TimedOut,
            io::ErrorKind::UnexpectedEof => Self::Closed,
            _ => Self::Io(e),
        }
    }
}
