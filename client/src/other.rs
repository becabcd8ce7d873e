//! The commands that stand alone: ECHO, CANCEL.

use crate::request::{Request, Scope};
use crate::{Connection, Result};
use lanward_smb2::messages::{CancelRequest, EchoRequest};
use lanward_smb2::{Command, MessageId, SessionId};

impl Connection {
    /// Asks whether the server is there. A session, if given, protects the request.
    ///
    /// # Errors
    /// The server's refusal or the socket.
    pub fn echo(&mut self, session: Option<SessionId>) -> Result<()> {
        self.finish(&Request::new(Command::ECHO, session.unwrap_or_default(), &EchoRequest))
    }

    /// Cancels a request that is in flight, by its async id if the server gave it one. There is no answer to this; the
    /// request itself is answered.
    ///
    /// # Errors
    /// The socket.
    pub fn cancel(&mut self, scope: impl Into<Scope>, id: MessageId) -> Result<()> {
        let request = Request::new(Command::CANCEL, scope, &CancelRequest);
        let async_id = self.async_id(id);
        self.send(&Request {
            message_id: Some(id),
            async_id,
            credit_charge: Some(0),
            credits: Some(0),
            ..request
        })?;
        Ok(())
    }
}
