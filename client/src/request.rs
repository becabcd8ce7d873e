use crate::{File, Tree};
use lanward_smb2::{AsyncId, Command, Header, HeaderFlags, MessageId, SessionId, TreeId};
use lanward_wire::Encode;

/// How a message is protected on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protection {
    /// Not at all.
    Plain,
    /// Signed with the session's key.
    Signed,
    /// Encrypted with the session's key.
    Sealed,
}

/// Where a request belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Scope {
    /// The session; 0 for none.
    pub session: SessionId,
    /// The tree connect; 0 for none.
    pub tree: TreeId,
    /// Whether the share demands encryption.
    pub seal: bool,
}

impl From<SessionId> for Scope {
    fn from(session: SessionId) -> Self {
        Self { session, ..Self::default() }
    }
}

impl From<Tree> for Scope {
    fn from(tree: Tree) -> Self {
        Self { session: tree.session, tree: tree.id, seal: tree.seal }
    }
}

impl From<File> for Scope {
    fn from(file: File) -> Self {
        file.tree.into()
    }
}

/// One request: everything of its header that a test may want to choose, and its body.
#[derive(Clone, Copy)]
pub struct Request<'a> {
    /// What is asked for.
    pub command: Command,
    /// Where.
    pub scope: Scope,
    /// Flags beyond those the client sets itself.
    pub flags: HeaderFlags,
    /// Bytes that are sent, or that the reply may bring: they decide the credit charge.
    pub payload: usize,
    /// The credit charge instead of the one that the payload asks for.
    pub credit_charge: Option<u16>,
    /// Credits asked for instead of what is missing.
    pub credits: Option<u16>,
    /// The message id instead of the next one; none of the window is used up then.
    pub message_id: Option<MessageId>,
    /// The async id, which a CANCEL of a pending request carries.
    pub async_id: Option<AsyncId>,
    /// The ChannelSequence of SMB 3.x.
    pub channel_sequence: u16,
    /// The protection instead of what session and share ask for.
    pub protection: Option<Protection>,
    /// The body.
    pub body: &'a dyn Encode,
}

impl core::fmt::Debug for Request<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Request")
            .field("command", &self.command)
            .field("scope", &self.scope)
            .finish_non_exhaustive()
    }
}

impl<'a> Request<'a> {
    /// A request without anything special.
    #[must_use]
    pub fn new(command: Command, scope: impl Into<Scope>, body: &'a dyn Encode) -> Self {
        Self {
            command,
            scope: scope.into(),
            flags: HeaderFlags::empty(),
            payload: 0,
            credit_charge: None,
            credits: None,
            message_id: None,
            async_id: None,
            channel_sequence: 0,
            protection: None,
            body,
        }
    }

    /// The same with a payload of `len` bytes, sent or expected, whichever is more.
    #[must_use]
    pub fn payload(self, len: usize) -> Self {
        Self { payload: len, ..self }
    }

    /// The same with more flags.
    #[must_use]
    pub fn flags(self, flags: HeaderFlags) -> Self {
        Self { flags: self.flags | flags, ..self }
    }

    /// The same as a related operation of a compound.
    #[must_use]
    pub fn related(self) -> Self {
        self.flags(HeaderFlags::RELATED_OPERATIONS)
    }

    /// The same with the protection given.
    #[must_use]
    pub fn protection(self, protection: Protection) -> Self {
        Self { protection: Some(protection), ..self }
    }

    pub(crate) fn header(&self, message_id: MessageId, credit_charge: u16, credits: u16) -> Header {
        let asynchronous =
            if self.async_id.is_some() { HeaderFlags::ASYNC_COMMAND } else { HeaderFlags::empty() };
        Header {
            credit_charge,
            status: self.channel_sequence.into(),
            command: self.command,
            credits,
            flags: self.flags | asynchronous,
            message_id,
            tree_id: self.scope.tree,
            async_id: self.async_id.unwrap_or_default(),
            session_id: self.scope.session,
            ..Header::default()
        }
    }
}
