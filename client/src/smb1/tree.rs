use super::{Connection, Request, Scope};
use crate::Result;
use lanward_smb1::Command;
use lanward_smb1::messages::{
    Empty, MaximalAccess, OptionalSupport, TreeConnectAndxRequest, TreeConnectAndxResponse, TreeConnectFlags,
    TreeConnectRequest, TreeConnectResponse,
};

/// A connected share.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Tree {
    /// The session it belongs to.
    pub user_id: u16,
    /// TID
    pub id: u16,
}

/// What a tree connect was answered with.
#[derive(Debug, Clone)]
pub struct Connected {
    /// It.
    pub tree: Tree,
    /// What it is: `A:`, `LPT1:`, `COMM` or `IPC`.
    pub service: String,
    /// What its files are on.
    pub native_file_system: String,
    /// What the share has, from LAN Manager 2.1 on.
    pub optional_support: Option<OptionalSupport>,
    /// The most that may be done, where that was asked for.
    pub maximal_access: Option<MaximalAccess>,
}

/// Whatever it is.
const ANY_SERVICE: &str = "?????";

impl Connection {
    /// Connects a share, given by its name or as `\\server\share`.
    ///
    /// # Errors
    /// The server's refusal, the socket, or an answer that breaks the protocol.
    pub fn tree_connect(&mut self, session: impl Into<Scope>, share: &str) -> Result<Tree> {
        Ok(self.tree_connect_as(session, share, ANY_SERVICE, &[0])?.tree)
    }

    /// The same with a service and a password of the caller's choice.
    ///
    /// # Errors
    /// As for [`Connection::tree_connect`].
    pub fn tree_connect_as(
        &mut self,
        session: impl Into<Scope>,
        share: &str,
        service: &str,
        password: &[u8],
    ) -> Result<Connected> {
        let body = TreeConnectAndxRequest {
            flags: TreeConnectFlags::empty(),
            password,
            path: self.unc(share).as_str().into(),
            service: service.into(),
        };
        self.tree_connect_with(session, &body)
    }

    /// Sends a TREE_CONNECT_ANDX of the caller's own making.
    ///
    /// # Errors
    /// As for [`Connection::tree_connect`].
    pub fn tree_connect_with(
        &mut self,
        session: impl Into<Scope>,
        body: &TreeConnectAndxRequest<'_>,
    ) -> Result<Connected> {
        let request = Request::new(Command::TREE_CONNECT_ANDX, session, body);
        let reply = self.call(&request)?.check(&[])?;
        let response: TreeConnectAndxResponse = reply.decode()?;
        Ok(Connected {
            tree: Tree { user_id: request.scope.user_id, id: reply.header.tree_id },
            service: response.service.to_string_lossy(),
            native_file_system: response.native_file_system.to_string_lossy(),
            optional_support: response.optional_support,
            maximal_access: response.maximal_access,
        })
    }

    /// Connects a share as clients of Core do, by SMB_COM_TREE_CONNECT; `password` is the share's.
    ///
    /// # Errors
    /// As for [`Connection::tree_connect`].
    pub fn core_tree_connect(
        &mut self,
        session: impl Into<Scope>,
        share: &str,
        password: &str,
    ) -> Result<Tree> {
        let body = TreeConnectRequest {
            path: self.unc(share).as_str().into(),
            password: password.into(),
            service: ANY_SERVICE.into(),
        };
        let request = Request::new(Command::TREE_CONNECT, session, &body);
        let reply = self.call(&request)?.check(&[])?;
        let response: TreeConnectResponse = reply.decode()?;
        Ok(Tree { user_id: request.scope.user_id, id: response.tid })
    }

    /// Disconnects a share.
    ///
    /// # Errors
    /// The server's refusal or the socket.
    pub fn tree_disconnect(&mut self, tree: Tree) -> Result<()> {
        self.finish(&Request::new(Command::TREE_DISCONNECT, tree, &Empty {}))
    }

    /// Sends a request whose answer says nothing but its status.
    pub(crate) fn finish(&mut self, request: &Request<'_>) -> Result<()> {
        self.call(request)?.check(&[]).map(drop)
    }

    fn unc(&self, share: &str) -> String {
        if share.starts_with("\\\\") {
            return share.to_owned();
        }
        let host = self.stream().peer_addr().map_or_else(|_| "server".to_owned(), |a| a.ip().to_string());
        format!("\\\\{host}\\{share}")
    }
}
