//! Commands from the days of the first dialects, which later ones still have.

use super::{Connection, File, Request, Scope, Tree};
use crate::Result;
use lanward_smb1::messages::{
    CreateRequest, DeleteRequest, EchoRequest, EchoResponse, Empty, FidResponse, OpenRequest, OpenResponse,
    PathRequest, ReadRequest, ReadResponse, RenameRequest, WriteRequest,
};
use lanward_smb1::{AccessMode, Command, SmbFileAttributes, UTime};

impl Connection {
    /// Asks whether the server is there; gives what came back.
    ///
    /// # Errors
    /// The server's refusal, the socket, or an answer that breaks the protocol.
    pub fn echo(&mut self, data: &[u8]) -> Result<Vec<u8>> {
        let body = EchoRequest { echo_count: 1, data };
        let reply = self.call(&Request::new(Command::ECHO, Scope::default(), &body))?.check(&[])?;
        Ok(reply.decode::<EchoResponse<'_>>()?.data.to_vec())
    }

    /// Opens by SMB_COM_OPEN.
    ///
    /// # Errors
    /// The server's refusal, the socket, or an answer that breaks the protocol.
    pub fn core_open(
        &mut self,
        tree: Tree,
        name: &str,
        access_mode: AccessMode,
    ) -> Result<(File, OpenResponse)> {
        let search_attributes = SmbFileAttributes::HIDDEN | SmbFileAttributes::SYSTEM;
        let body = OpenRequest { access_mode, search_attributes, file_name: name.into() };
        let reply = self.call(&Request::new(Command::OPEN, tree, &body))?.check(&[])?;
        let response: OpenResponse = reply.decode()?;
        Ok((File { tree, id: response.fid }, response))
    }

    /// Creates by SMB_COM_CREATE, which empties what exists.
    ///
    /// # Errors
    /// As for [`Connection::core_open`].
    pub fn core_create(&mut self, tree: Tree, name: &str) -> Result<File> {
        let attributes = SmbFileAttributes::empty();
        let body = CreateRequest { attributes, creation_time: UTime(0), file_name: name.into() };
        let reply = self.call(&Request::new(Command::CREATE, tree, &body))?.check(&[])?;
        Ok(File { tree, id: reply.decode::<FidResponse>()?.fid })
    }

    /// Reads by SMB_COM_READ.
    ///
    /// # Errors
    /// As for [`Connection::core_open`].
    pub fn core_read(&mut self, file: File, offset: u32, count: u16) -> Result<Vec<u8>> {
        let body = ReadRequest { fid: file.id, count, offset, remaining: 0 };
        let reply = self.call(&Request::new(Command::READ, file, &body))?.check(&[])?;
        Ok(reply.decode::<ReadResponse<'_>>()?.data.to_vec())
    }

    /// Writes by SMB_COM_WRITE; without bytes it ends the file at `offset`.
    ///
    /// # Errors
    /// As for [`Connection::core_open`].
    pub fn core_write(&mut self, file: File, offset: u32, data: &[u8]) -> Result<u16> {
        let count = u16::try_from(data.len()).unwrap_or(u16::MAX);
        let body = WriteRequest { fid: file.id, count, offset, remaining: 0, data };
        let reply = self.call(&Request::new(Command::WRITE, file, &body))?.check(&[])?;
        Ok(reply.decode::<lanward_smb1::messages::CountResponse>()?.count)
    }

    /// Deletes files by SMB_COM_DELETE; `*` and `?` stand for what they always did.
    ///
    /// # Errors
    /// The server's refusal or the socket.
    pub fn delete(&mut self, tree: Tree, name: &str) -> Result<()> {
        let search_attributes = SmbFileAttributes::HIDDEN | SmbFileAttributes::SYSTEM;
        let body = DeleteRequest { search_attributes, file_name: name.into() };
        self.finish(&Request::new(Command::DELETE, tree, &body))
    }

    /// Renames by SMB_COM_RENAME.
    ///
    /// # Errors
    /// The server's refusal or the socket.
    pub fn rename(&mut self, tree: Tree, from: &str, to: &str) -> Result<()> {
        let search_attributes =
            SmbFileAttributes::HIDDEN | SmbFileAttributes::SYSTEM | SmbFileAttributes::DIRECTORY;
        let body = RenameRequest { search_attributes, old_file_name: from.into(), new_file_name: to.into() };
        self.finish(&Request::new(Command::RENAME, tree, &body))
    }

    /// Sends a command that says a path and nothing else: CREATE_DIRECTORY, DELETE_DIRECTORY, CHECK_DIRECTORY.
    ///
    /// # Errors
    /// The server's refusal or the socket.
    pub fn on_path(&mut self, tree: Tree, command: Command, path: &str) -> Result<()> {
        self.finish(&Request::new(command, tree, &PathRequest { path: path.into() }))
    }

    /// Ends what a process has open.
    ///
    /// # Errors
    /// The server's refusal or the socket.
    pub fn process_exit(&mut self, tree: Tree, process_id: u32) -> Result<()> {
        self.finish(&Request::new(Command::PROCESS_EXIT, tree, &Empty {}).process(process_id))
    }
}
