use super::{Connection, Request, Ticket, Tree};
use crate::file::index;
use crate::{Error, Result};
use lanward_nt::{AccessMask, CreateOptions, NtStatus, ShareAccess};
use lanward_smb1::messages::{
    Capabilities, CloseRequest, FidRequest, NtCreateAndxRequest, NtCreateAndxResponse, NtCreateFlags,
    ReadAndxRequest, ReadAndxResponse, WriteAndxRequest, WriteAndxResponse,
};
use lanward_smb1::{Command, ExtFileAttributes, UTime};

/// An open file, folder or pipe.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct File {
    /// The share it is on.
    pub tree: Tree,
    /// FID
    pub id: u16,
}

/// How something is opened or created by NT_CREATE_ANDX. [`Create::open`] and the others give the usual combinations.
#[derive(Debug, Clone, Copy)]
pub struct Create<'a> {
    /// The name, relative to the share, with backslashes.
    pub name: &'a str,
    /// An oplock, and what else is asked for.
    pub flags: NtCreateFlags,
    /// What the open is for.
    pub access: AccessMask,
    /// Attributes of what is created.
    pub attributes: ExtFileAttributes,
    /// What others may do.
    pub share: ShareAccess,
    /// What to do if it exists and if not: one of the constants.
    pub disposition: u32,
    /// Options.
    pub options: CreateOptions,
}

impl<'a> Create<'a> {
    /// FILE_SUPERSEDE
    pub const SUPERSEDE: u32 = 0;
    /// FILE_OPEN
    pub const OPEN: u32 = 1;
    /// FILE_CREATE
    pub const CREATE: u32 = 2;
    /// FILE_OPEN_IF
    pub const OPEN_IF: u32 = 3;
    /// FILE_OVERWRITE
    pub const OVERWRITE: u32 = 4;
    /// FILE_OVERWRITE_IF
    pub const OVERWRITE_IF: u32 = 5;

    /// Opens what exists, for the access given, shared with everybody.
    #[must_use]
    pub fn open(name: &'a str, access: AccessMask) -> Self {
        Self {
            name,
            flags: NtCreateFlags::empty(),
            access,
            attributes: ExtFileAttributes::empty(),
            share: ShareAccess::READ.union(ShareAccess::WRITE).union(ShareAccess::DELETE),
            disposition: Self::OPEN,
            options: CreateOptions::empty(),
        }
    }

    /// Creates a file that must not exist, to read and write it.
    #[must_use]
    pub fn new_file(name: &'a str) -> Self {
        let access = AccessMask::GENERIC_READ.union(AccessMask::GENERIC_WRITE).union(AccessMask::DELETE);
        Self {
            disposition: Self::CREATE,
            options: CreateOptions::NON_DIRECTORY_FILE,
            ..Self::open(name, access)
        }
    }

    /// The same with another disposition.
    #[must_use]
    pub const fn disposition(self, disposition: u32) -> Self {
        Self { disposition, ..self }
    }

    /// The same, sharing what is given.
    #[must_use]
    pub const fn share(self, share: ShareAccess) -> Self {
        Self { share, ..self }
    }

    /// The same with options.
    #[must_use]
    pub const fn options(self, options: CreateOptions) -> Self {
        Self { options, ..self }
    }

    /// The same with an exclusive oplock asked for, or a batch one.
    #[must_use]
    pub fn oplock(self, batch: bool) -> Self {
        let batch = if batch { NtCreateFlags::REQUEST_OPBATCH } else { NtCreateFlags::empty() };
        Self { flags: self.flags | NtCreateFlags::REQUEST_OPLOCK | batch, ..self }
    }

    /// The request.
    #[must_use]
    pub fn request(&self) -> NtCreateAndxRequest {
        NtCreateAndxRequest {
            flags: self.flags,
            root_directory_fid: 0,
            desired_access: self.access.bits(),
            allocation_size: 0,
            attributes: self.attributes,
            share_access: self.share.bits(),
            create_disposition: self.disposition,
            create_options: self.options.bits(),
            // SECURITY_IMPERSONATION
            impersonation_level: 2,
            security_flags: 0,
            file_name: self.name.into(),
        }
    }
}

impl Connection {
    /// Opens or creates by NT_CREATE_ANDX.
    ///
    /// # Errors
    /// The server's refusal, the socket, or an answer that breaks the protocol.
    pub fn create(&mut self, tree: Tree, create: &Create<'_>) -> Result<File> {
        Ok(self.create_with(tree, &create.request())?.0)
    }

    /// Sends an NT_CREATE_ANDX of the caller's own making.
    ///
    /// # Errors
    /// As for [`Connection::create`].
    pub fn create_with(
        &mut self,
        tree: Tree,
        body: &NtCreateAndxRequest,
    ) -> Result<(File, NtCreateAndxResponse)> {
        let ticket = self.send(&Request::new(Command::NT_CREATE_ANDX, tree, body))?;
        self.receive_create(tree, ticket)
    }

    /// Sends an NT_CREATE_ANDX without waiting for its answer.
    ///
    /// # Errors
    /// The socket.
    pub fn send_create(&mut self, tree: Tree, create: &Create<'_>) -> Result<Ticket> {
        self.send(&Request::new(Command::NT_CREATE_ANDX, tree, &create.request()))
    }

    /// Waits for the answer to an NT_CREATE_ANDX that was sent.
    ///
    /// # Errors
    /// As for [`Connection::create`].
    pub fn receive_create(&mut self, tree: Tree, ticket: Ticket) -> Result<(File, NtCreateAndxResponse)> {
        let reply = self.receive(ticket)?.check(&[])?;
        let response: NtCreateAndxResponse = reply.decode()?;
        Ok((File { tree, id: response.fid }, response))
    }

    /// Closes.
    ///
    /// # Errors
    /// The server's refusal or the socket.
    pub fn close(&mut self, file: File) -> Result<()> {
        let body = CloseRequest { fid: file.id, last_modified: UTime(u32::MAX) };
        self.finish(&Request::new(Command::CLOSE, file, &body))
    }

    /// Makes what was written durable.
    ///
    /// # Errors
    /// The server's refusal or the socket.
    pub fn flush(&mut self, file: File) -> Result<()> {
        self.finish(&Request::new(Command::FLUSH, file, &FidRequest { fid: file.id }))
    }

    /// Asks for a read by READ_ANDX; the answer is for [`Connection::receive_read`].
    ///
    /// # Errors
    /// The socket.
    pub fn send_read(&mut self, file: File, offset: u64, length: u32) -> Result<Ticket> {
        let [low0, low1, high0, high1] = length.to_le_bytes();
        let body = ReadAndxRequest {
            fid: file.id,
            offset,
            max_count: u16::from_le_bytes([low0, low1]),
            timeout: u16::from_le_bytes([high0, high1]).into(),
            ..ReadAndxRequest::default()
        };
        self.send(&Request::new(Command::READ_ANDX, file, &body))
    }

    /// Waits for a read and gives the bytes that came; none at the end of the file.
    ///
    /// # Errors
    /// The server's refusal, the socket, or an answer that breaks the protocol.
    pub fn receive_read(&mut self, ticket: Ticket) -> Result<Vec<u8>> {
        let reply = self.receive(ticket)?.check(&[NtStatus::BUFFER_OVERFLOW])?;
        Ok(reply.decode::<ReadAndxResponse<'_>>()?.data.to_vec())
    }

    /// Reads up to `length` bytes; fewer at the end of the file.
    ///
    /// # Errors
    /// As for [`Connection::receive_read`].
    pub fn read(&mut self, file: File, offset: u64, length: u32) -> Result<Vec<u8>> {
        let ticket = self.send_read(file, offset, length)?;
        self.receive_read(ticket)
    }

    /// Writes by WRITE_ANDX; gives the number of bytes written.
    ///
    /// # Errors
    /// The server's refusal, the socket, or an answer that breaks the protocol.
    pub fn write(&mut self, file: File, offset: u64, data: &[u8]) -> Result<u32> {
        let body = WriteAndxRequest { fid: file.id, offset, data, ..WriteAndxRequest::default() };
        let reply = self.call(&Request::new(Command::WRITE_ANDX, file, &body))?.check(&[])?;
        Ok(reply.decode::<WriteAndxResponse>()?.taken())
    }

    /// A whole file's bytes.
    ///
    /// # Errors
    /// As for [`Connection::create`] and [`Connection::read`].
    pub fn read_file(&mut self, tree: Tree, name: &str) -> Result<Vec<u8>> {
        let file = self.create(tree, &Create::open(name, AccessMask::GENERIC_READ))?;
        let piece = self.piece(Capabilities::LARGE_READX);
        let mut bytes = Vec::new();
        loop {
            let more = self.read(file, bytes.len() as u64, piece)?;
            if more.is_empty() {
                break;
            }
            bytes.extend_from_slice(&more);
        }
        self.close(file)?;
        Ok(bytes)
    }

    /// Creates or replaces a file.
    ///
    /// # Errors
    /// As for [`Connection::create`] and [`Connection::write`].
    pub fn write_file(&mut self, tree: Tree, name: &str, bytes: &[u8]) -> Result<()> {
        let create = Create::new_file(name).disposition(Create::OVERWRITE_IF);
        let file = self.create(tree, &create)?;
        let mut offset = 0;
        for part in bytes.chunks(index(self.piece(Capabilities::LARGE_WRITEX))) {
            if index(self.write(file, offset, part)?) != part.len() {
                return Err(Error::Protocol("a write was cut short"));
            }
            offset += part.len() as u64;
        }
        self.close(file)
    }

    /// Bytes that one READ_ANDX or WRITE_ANDX may carry: what the shorter of both ends takes, or 60 KiB where lengths have no such bound.
    fn piece(&self, large: Capabilities) -> u32 {
        if self.negotiated.capabilities.contains(large) {
            return 60 * 1024;
        }
        let buffer = self.negotiated.max_buffer_size.min(self.options.max_buffer_size.into());
        // Headers, words and padding of either message.
        buffer.saturating_sub(64).max(512)
    }
}
