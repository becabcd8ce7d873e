use super::{Connection, File, Session, Tree};
use lanward_smb1::messages::{TransactionRequest, TransactionSecondaryRequest};
use lanward_smb1::{Command, Flags, Flags2, Header, Message, MessageWriter, SequenceNumber, Text};

/// What one command of a message says: any [`Message`], or [`RawBody`].
pub trait Body {
    /// Appends it.
    fn write(&self, command: Command, text: Text, w: &mut MessageWriter<'_>);
}

impl<'a, T: Message<'a>> Body for T {
    fn write(&self, command: Command, _: Text, w: &mut MessageWriter<'_>) {
        self.encode(command, w);
    }
}

/// The words of a command and its data block, as bytes.
#[derive(Debug, Clone, Copy, Default)]
pub struct RawBody<'a> {
    /// The words, those of AndX excepted: an even number of bytes.
    pub words: &'a [u8],
    /// The data block.
    pub bytes: &'a [u8],
}

impl Body for RawBody<'_> {
    fn write(&self, command: Command, _: Text, w: &mut MessageWriter<'_>) {
        w.body(command, |w| w.bytes(self.words), |w, _| w.bytes(self.bytes));
    }
}

/// A transaction's first request.
pub(crate) struct Primary<'a>(pub(crate) TransactionRequest<'a>);

impl Body for Primary<'_> {
    fn write(&self, command: Command, text: Text, w: &mut MessageWriter<'_>) {
        self.0.encode(command, w, text);
    }
}

/// A further part of a transaction.
pub(crate) struct Secondary<'a>(pub(crate) TransactionSecondaryRequest<'a>);

impl Body for Secondary<'_> {
    fn write(&self, command: Command, _: Text, w: &mut MessageWriter<'_>) {
        self.0.encode(command, w);
    }
}

/// How a message is protected on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protection {
    /// Not at all, and it counts for nothing.
    Plain,
    /// With the number that is next.
    Signed,
    /// With another number, and the next stays what it is.
    SignedAs(SequenceNumber),
}

/// Where a request belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Scope {
    /// UID; 0 for none.
    pub user_id: u16,
    /// TID; 0 for none.
    pub tree_id: u16,
}

impl From<&Session> for Scope {
    fn from(session: &Session) -> Self {
        Self { user_id: session.user_id, tree_id: 0 }
    }
}

impl From<Tree> for Scope {
    fn from(tree: Tree) -> Self {
        Self { user_id: tree.user_id, tree_id: tree.id }
    }
}

impl From<File> for Scope {
    fn from(file: File) -> Self {
        file.tree.into()
    }
}

/// Which request an answer is to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ticket {
    /// PID
    pub process_id: u32,
    /// MID
    pub multiplex_id: u16,
}

impl Ticket {
    pub(crate) const fn of(header: &Header) -> Self {
        Self { process_id: header.process_id, multiplex_id: header.multiplex_id }
    }
}

/// One message: everything of its header that a test may want to choose, and its commands.
#[derive(Clone)]
pub struct Request<'a> {
    /// The commands, one behind the other.
    pub chain: Vec<(Command, &'a dyn Body)>,
    /// Where.
    pub scope: Scope,
    /// The header's command instead of the first one's.
    pub command: Option<Command>,
    /// The header's status.
    pub status: u32,
    /// Flags instead of [`Connection::flags`].
    pub flags: Option<Flags>,
    /// Flags2 instead of [`Connection::flags2`].
    pub flags2: Option<Flags2>,
    /// PID instead of that of the options.
    pub process_id: Option<u32>,
    /// MID instead of the next one.
    pub multiplex_id: Option<u16>,
    /// The protection instead of what the connection has come to.
    pub protection: Option<Protection>,
    /// Whether there will be an answer, where that is not what the command says.
    pub answered: Option<bool>,
}

impl core::fmt::Debug for Request<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let commands: Vec<Command> = self.chain.iter().map(|(command, _)| *command).collect();
        f.debug_struct("Request")
            .field("chain", &commands)
            .field("scope", &self.scope)
            .finish_non_exhaustive()
    }
}

impl<'a> Request<'a> {
    /// A request of one command, without anything special.
    #[must_use]
    pub fn new(command: Command, scope: impl Into<Scope>, body: &'a dyn Body) -> Self {
        Self {
            chain: vec![(command, body)],
            scope: scope.into(),
            command: None,
            status: 0,
            flags: None,
            flags2: None,
            process_id: None,
            multiplex_id: None,
            protection: None,
            answered: None,
        }
    }

    /// The same with one more command behind the others.
    #[must_use]
    pub fn and(mut self, command: Command, body: &'a dyn Body) -> Self {
        self.chain.push((command, body));
        self
    }

    /// The same from another process.
    #[must_use]
    pub fn process(self, process_id: u32) -> Self {
        Self { process_id: Some(process_id), ..self }
    }

    /// The same with the protection given.
    #[must_use]
    pub fn protection(self, protection: Protection) -> Self {
        Self { protection: Some(protection), ..self }
    }

    /// The same with other Flags2.
    #[must_use]
    pub fn flags2(self, flags2: Flags2) -> Self {
        Self { flags2: Some(flags2), ..self }
    }

    /// The header's command, or the first one's.
    pub(crate) fn first(&self) -> Command {
        self.command.or(self.chain.first().map(|(command, _)| *command)).unwrap_or_default()
    }

    /// Whether the server will answer ([MS-CIFS] 3.2.4.1.3). The answer to a transaction is one to its last part, by the number that this has.
    pub(crate) fn is_answered(&self) -> bool {
        self.answered.unwrap_or(self.first() != Command::NT_CANCEL)
    }

    pub(crate) fn header(&self, connection: &Connection, multiplex_id: u16) -> Header {
        Header {
            command: self.first(),
            status: self.status,
            flags: self.flags.unwrap_or_else(|| connection.flags()),
            flags2: self.flags2.unwrap_or_else(|| connection.flags2()),
            process_id: self.process_id.unwrap_or(connection.options.process_id),
            security_features: [0; 8],
            tree_id: self.scope.tree_id,
            user_id: self.scope.user_id,
            multiplex_id,
        }
    }
}
