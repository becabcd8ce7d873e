use crate::request::Request;
use crate::{Connection, Result};
use lanward_nt::AccessMask;
use lanward_smb2::messages::{
    LogoffRequest, ShareCapabilities, ShareFlags, ShareType, TreeConnectRequest, TreeConnectResponse,
    TreeDisconnectRequest,
};
use lanward_smb2::{Command, SessionId, TreeId, Utf16};

/// A connected share.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tree {
    /// The session it belongs to.
    pub session: SessionId,
    /// Its id.
    pub id: TreeId,
    /// Whether its requests are encrypted.
    pub seal: bool,
    /// Files, pipes or a printer.
    pub share_type: ShareType,
    /// Properties of the share.
    pub share_flags: ShareFlags,
    /// What the share can do.
    pub capabilities: ShareCapabilities,
    /// What the user may do at most.
    pub maximal_access: AccessMask,
}

/// UTF-16LE bytes of a text, as names travel.
#[must_use]
pub fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

impl Connection {
    /// Connects a share, given by its name or as `\\server\share`.
    ///
    /// # Errors
    /// The server's refusal, the socket, or an answer that breaks the protocol.
    pub fn tree_connect(&mut self, session: SessionId, share: &str) -> Result<Tree> {
        let path = if share.starts_with("\\\\") { share.to_owned() } else { self.unc(share) };
        let path = utf16(&path);
        let body = TreeConnectRequest { path: Utf16(&path), ..TreeConnectRequest::default() };
        let reply = self.call(&Request::new(Command::TREE_CONNECT, session, &body))?.check(&[])?;
        let response: TreeConnectResponse = reply.decode()?;
        let tree = Tree {
            session,
            id: reply.header.tree_id,
            seal: response.share_flags.contains(ShareFlags::ENCRYPT_DATA),
            share_type: response.share_type,
            share_flags: response.share_flags,
            capabilities: response.capabilities,
            maximal_access: response.maximal_access,
        };
        self.recycle(reply);
        Ok(tree)
    }

    /// Disconnects a share.
    ///
    /// # Errors
    /// The server's refusal or the socket.
    pub fn tree_disconnect(&mut self, tree: Tree) -> Result<()> {
        self.finish(&Request::new(Command::TREE_DISCONNECT, tree, &TreeDisconnectRequest))
    }

    /// Ends a session; its keys are forgotten.
    ///
    /// # Errors
    /// The server's refusal or the socket.
    pub fn logoff(&mut self, session: SessionId) -> Result<()> {
        self.finish(&Request::new(Command::LOGOFF, session, &LogoffRequest))?;
        self.sessions.retain(|s| s.id != session);
        Ok(())
    }

    /// Sends a request whose answer says nothing but its status.
    pub(crate) fn finish(&mut self, request: &Request<'_>) -> Result<()> {
        let reply = self.call(request)?.check(&[])?;
        self.recycle(reply);
        Ok(())
    }

    fn unc(&self, share: &str) -> String {
        let host = self.stream().peer_addr().map_or_else(|_| "server".to_owned(), |a| a.ip().to_string());
        format!("\\\\{host}\\{share}")
    }
}
