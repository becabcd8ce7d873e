//! What a command is handed beside its own body.

use super::channel::Channel;
use super::channel_sequence::Outstanding;
use super::connection::{Connection, Negotiated};
use super::session::{OpenEntry, Session, Tree};
use super::unit::Unit;
use lanward_fsa::FileOpen;
use lanward_nt::NtStatus;
use lanward_server::{JobWriter, OpenBody, PipeOpen};
use lanward_smb2::{Command, Dialect, FileId, Header, HeaderFlags, charge_covers};
use lanward_wire::DecodeError;
use std::sync::Arc;

/// A request being answered.
#[derive(Debug)]
pub(crate) struct Context<'a> {
    pub(crate) connection: &'a Arc<Connection>,
    pub(crate) unit: &'a Unit,
    pub(crate) header: Header,
    /// The session, as this connection uses it.
    pub(crate) channel: Option<Arc<Channel>>,
    pub(crate) tree: Option<Arc<Tree>>,
    /// The request, as the open it is about counts it until it is answered.
    pub(crate) outstanding: Option<Outstanding>,
    /// The whole message, for the preauthentication chain.
    pub(crate) message: &'a [u8],
    /// The open that related requests behind this one mean.
    pub(crate) chain_file: Option<FileId>,
    /// The request came sealed.
    pub(crate) sealed: bool,
    /// The response will be alone in its frame.
    pub(crate) alone: bool,
}

/// How a request ends that does not end well.
#[derive(Debug)]
pub(crate) enum Fault {
    /// An ERROR response.
    Status(NtStatus),
    /// An ERROR response with data ([MS-SMB2] 2.2.2.2).
    Data(NtStatus, Vec<u8>),
    /// No response: the peer broke a rule that ends the connection.
    Disconnect(&'static str),
}

/// SUCCESS, or a status that comes with a body ([MS-SMB2] 3.3.4.4).
pub(crate) type Outcome = Result<NtStatus, Fault>;

impl From<NtStatus> for Fault {
    fn from(status: NtStatus) -> Self {
        Self::Status(status)
    }
}

impl From<DecodeError> for Fault {
    fn from(error: DecodeError) -> Self {
        tracing::debug!(%error, "Malformed request");
        Self::Status(NtStatus::INVALID_PARAMETER)
    }
}

impl Context<'_> {
    pub(crate) fn negotiated(&self) -> Result<&Negotiated, Fault> {
        self.connection.negotiated().ok_or(Fault::Disconnect("request before NEGOTIATE"))
    }

    /// Whether the response is signed ([MS-SMB2] 3.3.4.1.1); a sealed one is not.
    pub(crate) fn signs(&self) -> bool {
        let signed = self.header.flags.contains(HeaderFlags::SIGNED);
        let wants = |s: &Session| s.can_sign() && (signed || s.signing_required);
        !self.sealed && self.channel.as_ref().is_some_and(|c| wants(&c.session))
    }

    pub(crate) fn dialect(&self) -> Option<Dialect> {
        self.connection.negotiated().map(|n| n.dialect)
    }

    pub(crate) fn session(&self) -> Result<&Arc<Session>, NtStatus> {
        self.channel.as_ref().map(|c| &c.session).ok_or(NtStatus::USER_SESSION_DELETED)
    }

    pub(crate) fn tree(&self) -> Result<&Arc<Tree>, NtStatus> {
        self.tree.as_ref().ok_or(NtStatus::NETWORK_NAME_DELETED)
    }

    /// The open a request names, or the one the compound is about.
    pub(crate) fn open_entry(&mut self, id: FileId) -> Result<OpenEntry, NtStatus> {
        let id = match (id == FileId::RELATED && self.header.is_related(), self.chain_file) {
            (true, Some(chain)) => chain,
            (true, None) => return Err(NtStatus::FILE_CLOSED),
            (false, _) => id,
        };
        let entry = self
            .session()?
            .open_entry(id.volatile)
            .filter(|e| e.open.id().0 == id.persistent && !e.open.is_closed());
        let entry = entry.ok_or(NtStatus::FILE_CLOSED)?;
        self.chain_file = Some(id);
        if self.tree.as_ref().is_some_and(|t| t.id != entry.tree) {
            return Err(NtStatus::FILE_CLOSED);
        }
        self.check_sequence(&entry)?;
        entry.open.end_replay();
        Ok(entry)
    }

    /// [MS-SMB2] 3.3.5.2.10
    fn check_sequence(&mut self, entry: &OpenEntry) -> Result<(), NtStatus> {
        if self.outstanding.is_some() || self.dialect().is_none_or(|d| !d.is_smb3()) {
            return Ok(());
        }
        let replay = self.header.flags.contains(HeaderFlags::REPLAY_OPERATION);
        let changes = [Command::WRITE, Command::SET_INFO, Command::IOCTL].contains(&self.header.command);
        self.outstanding = entry.sequence.admit(self.header.channel_sequence(), replay, changes)?;
        Ok(())
    }

    /// The file or directory a request names.
    pub(crate) fn file(&mut self, id: FileId) -> Result<Arc<FileOpen>, NtStatus> {
        match self.open_entry(id)?.open.body() {
            OpenBody::File(file) => Ok(file.clone()),
            OpenBody::Pipe(_) | OpenBody::PrintJob(_) | OpenBody::Device(_) => {
                Err(NtStatus::INVALID_DEVICE_REQUEST)
            }
        }
    }

    /// The file or pipe a request names.
    pub(crate) fn file_or_pipe(&mut self, id: FileId) -> Result<FileOrPipe, NtStatus> {
        Ok(match self.open_entry(id)?.open.body() {
            OpenBody::File(file) => FileOrPipe::File(file.clone()),
            OpenBody::Pipe(pipe) => FileOrPipe::Pipe(pipe.clone()),
            OpenBody::PrintJob(job) => FileOrPipe::PrintJob(job.clone()),
            OpenBody::Device(_) => return Err(NtStatus::INVALID_DEVICE_REQUEST),
        })
    }

    /// [MS-SMB2] 3.3.5.2.5: a payload needs as many credits as it has 64 KiB.
    pub(crate) fn check_charge(&self, payload: u32) -> Result<(), NtStatus> {
        if self.connection.multi_credit() && !charge_covers(self.header.credit_charge, payload) {
            return Err(NtStatus::INVALID_PARAMETER);
        }
        Ok(())
    }

    /// The client is told at once that this request waits.
    pub(crate) fn expect_wait(&self) {
        self.unit.expect_wait();
    }
}

/// What an open stands for.
#[derive(Debug)]
pub(crate) enum FileOrPipe {
    File(Arc<FileOpen>),
    Pipe(Arc<PipeOpen>),
    PrintJob(Arc<JobWriter>),
}
