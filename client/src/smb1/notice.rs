//! Locks, and the breaks of oplocks that come in the same command ([MS-CIFS] 2.2.4.32).

use super::{Connection, File, Reply, Request, Ticket, Tree};
use crate::{Error, Result};
use lanward_smb1::Command;
use lanward_smb1::messages::{LockType, LockingAndxRange, LockingAndxRequest};
use std::time::Duration;

/// The server takes an oplock back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OplockBreak {
    /// Whose it is.
    pub tree_id: u16,
    /// FID
    pub fid: u16,
    /// 0 to nothing, 1 to level II.
    pub level: u8,
}

impl Connection {
    /// Waits for the break of an oplock.
    ///
    /// # Errors
    /// The socket, the deadline, or a message that is none.
    pub fn receive_break(&mut self, timeout: Duration) -> Result<OplockBreak> {
        let notice: Reply = self.receive_notice(timeout)?;
        let body: LockingAndxRequest = notice.decode()?;
        if !body.lock_type.contains(LockType::OPLOCK_RELEASE) {
            return Err(Error::Protocol("a notice that breaks no oplock"));
        }
        let (tree_id, level) = (notice.header.tree_id, body.new_oplock_level);
        Ok(OplockBreak { tree_id, fid: body.fid, level })
    }

    /// Acknowledges a break to `level`. There is no answer to it.
    ///
    /// # Errors
    /// The socket.
    pub fn acknowledge_break(&mut self, file: File, level: u8) -> Result<()> {
        let body = LockingAndxRequest {
            fid: file.id,
            lock_type: LockType::OPLOCK_RELEASE,
            new_oplock_level: level,
            ..LockingAndxRequest::default()
        };
        let mut request = Request::new(Command::LOCKING_ANDX, file, &body);
        request.answered = Some(false);
        self.send(&request).map(drop)
    }

    /// Locks and unlocks by LOCKING_ANDX.
    ///
    /// # Errors
    /// The server's refusal or the socket.
    pub fn locking(&mut self, file: File, body: &LockingAndxRequest) -> Result<()> {
        self.finish(&Request::new(Command::LOCKING_ANDX, file, body))
    }

    /// Locks one range at once, exclusively or shared.
    ///
    /// # Errors
    /// The server's refusal or the socket.
    pub fn lock(&mut self, file: File, offset: u64, length: u64, shared: bool) -> Result<()> {
        let mut body = self.ranges(file, shared);
        body.locks = vec![self.range(offset, length)];
        self.locking(file, &body)
    }

    /// Unlocks one range.
    ///
    /// # Errors
    /// The server's refusal or the socket.
    pub fn unlock(&mut self, file: File, offset: u64, length: u64) -> Result<()> {
        let mut body = self.ranges(file, false);
        body.unlocks = vec![self.range(offset, length)];
        self.locking(file, &body)
    }

    /// Sends a lock that waits for `timeout` milliseconds; the answer is for [`Connection::receive`].
    ///
    /// # Errors
    /// The socket.
    pub fn send_lock(&mut self, file: File, offset: u64, length: u64, timeout: u32) -> Result<Ticket> {
        let mut body = LockingAndxRequest { timeout, ..self.ranges(file, false) };
        body.locks = vec![self.range(offset, length)];
        self.send(&Request::new(Command::LOCKING_ANDX, file, &body))
    }

    /// Cancels a request by NT_CANCEL. There is no answer to this; the request itself is answered.
    ///
    /// # Errors
    /// The socket.
    pub fn cancel(&mut self, tree: Tree, ticket: Ticket) -> Result<()> {
        let body = lanward_smb1::messages::Empty {};
        let mut request = Request::new(Command::NT_CANCEL, tree, &body).process(ticket.process_id);
        request.multiplex_id = Some(ticket.multiplex_id);
        self.send(&request).map(drop)
    }

    fn ranges(&self, file: File, shared: bool) -> LockingAndxRequest {
        let mut lock_type = LockType::empty();
        lock_type.set(LockType::LARGE_FILES, self.has_large_files());
        lock_type.set(LockType::SHARED_LOCK, shared);
        LockingAndxRequest { fid: file.id, lock_type, ..LockingAndxRequest::default() }
    }

    fn range(&self, offset: u64, length: u64) -> LockingAndxRange {
        // The low half is what this field has of a process.
        let [low0, low1, ..] = self.options.process_id.to_le_bytes();
        LockingAndxRange { process_id: u16::from_le_bytes([low0, low1]), offset, length }
    }

    fn has_large_files(&self) -> bool {
        self.negotiated.capabilities.contains(lanward_smb1::messages::Capabilities::LARGE_FILES)
    }
}
