//! What a command is handed beside its own body.

use super::connection::{Connection, Negotiated};
use super::locks::NO_OFFSET;
use super::session::{OpenEntry, OpenMode, Session, Tree};
use super::signing::Turn;
use super::status::{SMB_BAD_TID, SMB_BAD_UID};
use super::unit::Unit;
use lanward_fsa::FileOpen;
use lanward_nt::NtStatus;
use lanward_server::{Open, OpenBody, Zone};
use lanward_smb1::{Dialect, Flags, Flags2, Header, Text};
use lanward_wire::DecodeError;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex};

/// A request being answered: one command of its chain.
#[derive(Debug)]
pub(crate) struct Context<'a> {
    pub(crate) connection: &'a Arc<Connection>,
    pub(crate) unit: &'a Unit,
    /// The floor the connection stands on at this moment.
    pub(crate) zone: Arc<Zone>,
    /// The header. Its UID and TID are those that commands before in the chain gave; whatever they are in the end the response has.
    pub(crate) header: Header,
    /// What strings are in, of the request and the response.
    pub(crate) text: Text,
    pub(crate) session: Option<Arc<Session>>,
    pub(crate) tree: Option<Arc<Tree>>,
    /// The FID that this chain is about: of what was opened in it, or named first.
    pub(crate) chain_fid: Option<u16>,
    /// What the response is signed with, if it is.
    pub(crate) turn: Option<Turn>,
    /// The request carried a signature: one that only a logon in it made due says nothing of who sent what is behind that.
    pub(crate) verified: bool,
    /// Others are in the chain.
    pub(crate) chained: bool,
    /// Flags of the response that say what oplock an open got.
    pub(crate) granted: Flags,
}

/// How a request ends that does not end well.
#[derive(Debug)]
pub(crate) enum Fault {
    /// A response without words and bytes. As an NTSTATUS or as an error of DOS, as the client wants it.
    Status(NtStatus),
    /// No response: the peer broke a rule that ends the connection.
    Disconnect(&'static str),
}

/// SUCCESS, or a status that comes with the body that was written. One that is an error ends the chain.
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

    /// The dialect; before NEGOTIATE the oldest.
    pub(crate) fn dialect(&self) -> Dialect {
        self.connection.negotiated().map_or(Dialect::Core, |n| n.dialect)
    }

    pub(crate) fn session(&self) -> Result<&Arc<Session>, NtStatus> {
        self.session.as_ref().ok_or(SMB_BAD_UID)
    }

    pub(crate) fn tree(&self) -> Result<&Arc<Tree>, NtStatus> {
        self.tree.as_ref().ok_or(SMB_BAD_TID)
    }

    /// PIDHigh and PIDLow: the process the request is made for.
    pub(crate) const fn process_id(&self) -> u32 {
        self.header.process_id
    }

    /// What a client is told of a status: one without NTSTATUS an error of DOS in place of one status, where Windows says another than [MS-CIFS] 2.2.2.4 lists.
    pub(crate) fn told(&self, status: NtStatus, (one, error): (NtStatus, NtStatus)) -> NtStatus {
        let old = !self.header.flags2.contains(Flags2::NT_STATUS);
        if old && status == one { error } else { status }
    }

    /// Gives an open its FID, which the rest of the chain is about.
    ///
    /// # Errors
    /// TOO_MANY_OPENED_FILES: there are no more FIDs.
    pub(crate) fn enter_open(&mut self, open: Arc<Open>, mode: OpenMode) -> Result<u16, NtStatus> {
        let (tid, uid) = (self.tree()?.tid, self.session()?.uid);
        let process_id = self.process_id();
        let entry = |fid| {
            Arc::new(OpenEntry {
                fid,
                open,
                tid,
                uid,
                process_id,
                mode,
                position: AtomicU64::new(0),
                waiting_locks: Mutex::default(),
                last_failed_lock: AtomicU64::new(NO_OFFSET),
            })
        };
        let fid = self.connection.opens().insert_with(entry).ok_or(NtStatus::TOO_MANY_OPENED_FILES)?;
        self.chain_fid = Some(fid);
        Ok(fid)
    }

    /// The open a request names, or the one its chain is about.
    ///
    /// # Errors
    /// INVALID_HANDLE: there is none, or it is another user's or of another tree connect.
    pub(crate) fn open(&mut self, fid: u16) -> Result<Arc<OpenEntry>, NtStatus> {
        let fid = self.chain_fid.unwrap_or(fid);
        let entry = self.connection.opens().get(fid).cloned();
        let (tid, uid) = (self.tree()?.tid, self.session()?.uid);
        let usable = |e: &Arc<OpenEntry>| e.tid == tid && e.uid == uid && !e.open.is_closed();
        let entry = entry.filter(usable).ok_or(NtStatus::INVALID_HANDLE)?;
        self.chain_fid = Some(fid);
        Ok(entry)
    }

    /// The file or directory a request names.
    ///
    /// # Errors
    /// As [`Context::open`]; INVALID_DEVICE_REQUEST: a pipe or a device.
    pub(crate) fn file(&mut self, fid: u16) -> Result<Arc<FileOpen>, NtStatus> {
        match self.open(fid)?.open.body() {
            OpenBody::File(file) => Ok(Arc::clone(file)),
            OpenBody::Pipe(_) | OpenBody::PrintJob(_) | OpenBody::Device(_) => {
                Err(NtStatus::INVALID_DEVICE_REQUEST)
            }
        }
    }

    /// Takes an open out of the table: its FID is free. Whoever takes it closes it.
    ///
    /// # Errors
    /// As [`Context::open`].
    pub(crate) fn take_open(&mut self, fid: u16) -> Result<Arc<OpenEntry>, NtStatus> {
        let entry = self.open(fid)?;
        self.connection.opens().remove(entry.fid).ok_or(NtStatus::INVALID_HANDLE)
    }

    /// Whether bytes may follow the response from where they lie: nothing is computed over them, and nothing comes behind.
    pub(crate) const fn may_send_in_place(&self) -> bool {
        self.turn.is_none() && !self.chained
    }
}
