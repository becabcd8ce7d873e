//! What the server says unasked: breaks of oplocks and leases.

use crate::request::Request;
use crate::{Connection, Error, File, Reply, Result, Tree};
use lanward_smb2::Command;
use lanward_smb2::messages::{
    LeaseBreakAcknowledgment, LeaseBreakNotification, LeaseState, OplockBreak, OplockBreakResponse,
    OplockLevel,
};
use std::time::Duration;

/// A break ([MS-SMB2] 2.2.23).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Break {
    /// Of an oplock, to this level.
    Oplock(OplockBreak),
    /// Of a lease.
    Lease(LeaseBreakNotification),
}

impl Break {
    /// The lease's part, or `None` for an oplock.
    #[must_use]
    pub const fn lease(self) -> Option<LeaseBreakNotification> {
        match self {
            Self::Lease(notification) => Some(notification),
            Self::Oplock(_) => None,
        }
    }

    /// The oplock's part, or `None` for a lease.
    #[must_use]
    pub const fn oplock(self) -> Option<OplockBreak> {
        match self {
            Self::Oplock(notification) => Some(notification),
            Self::Lease(_) => None,
        }
    }
}

impl Connection {
    /// Waits for a break.
    ///
    /// # Errors
    /// [`Error::TimedOut`] when none comes, the socket, or a notification of something else.
    pub fn receive_break(&mut self, timeout: Duration) -> Result<Break> {
        let reply = self.receive_notification(timeout)?;
        let told = decode_break(&reply);
        self.recycle(reply);
        told
    }

    /// The break that has arrived by now, found without waiting: an ECHO's answer shows that nothing else was sent
    /// before it.
    ///
    /// # Errors
    /// The socket, or a notification of something else.
    pub fn take_break(&mut self) -> Result<Option<Break>> {
        if self.notifications.is_empty() {
            self.echo(None)?;
        }
        let Some(reply) = self.notifications.pop_front() else { return Ok(None) };
        let told = decode_break(&reply);
        self.recycle(reply);
        told.map(Some)
    }

    /// Acknowledges an oplock break.
    ///
    /// # Errors
    /// The server's refusal or the socket.
    pub fn acknowledge_oplock_break(&mut self, file: File, to: OplockLevel) -> Result<()> {
        let body = OplockBreak { oplock_level: to, file_id: file.id };
        self.finish(&Request::new(Command::OPLOCK_BREAK, file, &body))
    }

    /// Acknowledges a lease break.
    ///
    /// # Errors
    /// The server's refusal or the socket.
    pub fn acknowledge_lease_break(&mut self, tree: Tree, body: &LeaseBreakAcknowledgment) -> Result<()> {
        self.finish(&Request::new(Command::OPLOCK_BREAK, tree, body))
    }

    /// Acknowledges a lease break as it was asked for.
    ///
    /// # Errors
    /// The server's refusal or the socket.
    pub fn acknowledge(&mut self, tree: Tree, told: &LeaseBreakNotification) -> Result<()> {
        self.acknowledge_lease(tree, told, told.new_lease_state)
    }

    /// Acknowledges a lease break by giving up all but `state`.
    ///
    /// # Errors
    /// The server's refusal or the socket.
    pub fn acknowledge_lease(
        &mut self,
        tree: Tree,
        told: &LeaseBreakNotification,
        state: LeaseState,
    ) -> Result<()> {
        let body = LeaseBreakAcknowledgment { lease_key: told.lease_key, lease_state: state };
        self.acknowledge_lease_break(tree, &body)
    }
}

fn decode_break(reply: &Reply) -> Result<Break> {
    if reply.header.command != Command::OPLOCK_BREAK {
        return Err(Error::Protocol("a notification that is no break"));
    }
    match reply.decode()? {
        OplockBreakResponse::Oplock(told) => Ok(Break::Oplock(told)),
        OplockBreakResponse::LeaseNotification(told) => Ok(Break::Lease(told)),
        OplockBreakResponse::Lease(_) => Err(Error::Protocol("an answer that nothing asked for")),
    }
}
