use crate::reply::Reply;
use crate::request::Request;
use crate::tree::{Tree, utf16};
use crate::{Connection, Error, Result};
use lanward_nt::fscc::FileNetworkOpenInformation;
use lanward_nt::{AccessMask, CreateOptions, FileAttributes, NtStatus, ShareAccess};
use lanward_smb2::messages::{
    CloseFlags, CloseRequest, CloseResponse, CreateAction, CreateContexts, CreateDisposition, CreateRequest,
    CreateResponse, FlushRequest, ImpersonationLevel, LockElement, LockRequest, OplockLevel, ReadFlags,
    ReadRequest, ReadResponse, WriteRequest, WriteResponse,
};
use lanward_smb2::{Command, FileId, MessageId, Utf16};

/// An open file, folder or pipe.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct File {
    /// The share it is on.
    pub tree: Tree,
    /// Its id.
    pub id: FileId,
}

/// How something is opened or created. [`Create::open`] and the others give the usual combinations.
#[derive(Debug, Clone, Copy)]
pub struct Create<'a> {
    /// The name, relative to the share, with backslashes.
    pub name: &'a str,
    /// What the open is for.
    pub access: AccessMask,
    /// Attributes of what is created.
    pub attributes: FileAttributes,
    /// What others may do.
    pub share: ShareAccess,
    /// What to do if it exists, and if it does not.
    pub disposition: CreateDisposition,
    /// Options.
    pub options: CreateOptions,
    /// The oplock asked for.
    pub oplock: OplockLevel,
    /// Create contexts.
    pub contexts: CreateContexts<'a>,
}

/// What an open was answered with.
#[derive(Debug, Clone)]
pub struct Created {
    /// The open.
    pub file: File,
    /// The oplock granted.
    pub oplock: OplockLevel,
    /// What was done.
    pub action: CreateAction,
    /// Its times, sizes and attributes.
    pub information: FileNetworkOpenInformation,
    /// The create contexts of the answer, as [`CreateContexts::new`] takes them.
    pub contexts: Vec<u8>,
}

impl<'a> Create<'a> {
    /// Opens what exists, for the access given, shared with everybody.
    #[must_use]
    pub fn open(name: &'a str, access: AccessMask) -> Self {
        Self {
            name,
            access,
            attributes: FileAttributes::empty(),
            share: ShareAccess::READ.union(ShareAccess::WRITE).union(ShareAccess::DELETE),
            disposition: CreateDisposition::OPEN,
            options: CreateOptions::empty(),
            oplock: OplockLevel::NONE,
            contexts: CreateContexts::default(),
        }
    }

    /// Creates a file that must not exist, to read and write it.
    #[must_use]
    pub fn new_file(name: &'a str) -> Self {
        let access = AccessMask::GENERIC_READ.union(AccessMask::GENERIC_WRITE).union(AccessMask::DELETE);
        Self {
            attributes: FileAttributes::ARCHIVE,
            disposition: CreateDisposition::CREATE,
            options: CreateOptions::NON_DIRECTORY_FILE,
            ..Self::open(name, access)
        }
    }

    /// Creates a folder that must not exist.
    #[must_use]
    pub fn new_directory(name: &'a str) -> Self {
        Self {
            attributes: FileAttributes::DIRECTORY,
            disposition: CreateDisposition::CREATE,
            options: CreateOptions::DIRECTORY_FILE,
            ..Self::open(name, AccessMask::READ_ATTRIBUTES)
        }
    }

    /// Opens a folder to list it; the empty name is the share's root.
    #[must_use]
    pub fn directory(name: &'a str) -> Self {
        let access = AccessMask::READ_DATA.union(AccessMask::READ_ATTRIBUTES).union(AccessMask::SYNCHRONIZE);
        Self { options: CreateOptions::DIRECTORY_FILE, ..Self::open(name, access) }
    }

    /// Opens what exists so that closing deletes it.
    #[must_use]
    pub fn delete_on_close(name: &'a str) -> Self {
        Self { options: CreateOptions::DELETE_ON_CLOSE, ..Self::open(name, AccessMask::DELETE) }
    }

    /// The same with another disposition.
    #[must_use]
    pub const fn disposition(self, disposition: CreateDisposition) -> Self {
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

    /// The same with an oplock.
    #[must_use]
    pub const fn oplock(self, oplock: OplockLevel) -> Self {
        Self { oplock, ..self }
    }

    /// The request, for a name that [`utf16`] made.
    #[must_use]
    pub const fn request(&self, name: &'a [u8]) -> CreateRequest<'a> {
        CreateRequest {
            requested_oplock_level: self.oplock,
            impersonation_level: ImpersonationLevel::IMPERSONATION,
            desired_access: self.access,
            file_attributes: self.attributes,
            share_access: self.share,
            create_disposition: self.disposition,
            create_options: self.options,
            name: Utf16(name),
            contexts: self.contexts,
        }
    }
}

impl Connection {
    /// Opens or creates.
    ///
    /// # Errors
    /// The server's refusal, the socket, or an answer that breaks the protocol.
    pub fn create(&mut self, tree: Tree, create: &Create<'_>) -> Result<Created> {
        let name = utf16(create.name);
        self.create_with(tree, &create.request(&name))
    }

    /// Sends a CREATE of the caller's own making.
    ///
    /// # Errors
    /// As for [`Connection::create`].
    pub fn create_with(&mut self, tree: Tree, body: &CreateRequest<'_>) -> Result<Created> {
        self.finish_create(tree, &Request::new(Command::CREATE, tree, body))
    }

    /// Sends a CREATE without waiting for its answer.
    ///
    /// # Errors
    /// The socket.
    pub fn send_create(&mut self, tree: Tree, create: &Create<'_>) -> Result<MessageId> {
        let name = utf16(create.name);
        self.send(&Request::new(Command::CREATE, tree, &create.request(&name)))
    }

    /// Waits for the final answer to a CREATE that was sent.
    ///
    /// # Errors
    /// As for [`Connection::create`].
    pub fn receive_create(&mut self, tree: Tree, id: MessageId) -> Result<Created> {
        let reply = self.receive(id)?.check(&[])?;
        let created = created(tree, &reply)?;
        self.recycle(reply);
        Ok(created)
    }

    pub(crate) fn finish_create(&mut self, tree: Tree, request: &Request<'_>) -> Result<Created> {
        let reply = self.call(request)?.check(&[])?;
        let created = created(tree, &reply)?;
        self.recycle(reply);
        Ok(created)
    }

    /// Closes.
    ///
    /// # Errors
    /// The server's refusal or the socket.
    pub fn close(&mut self, file: File) -> Result<()> {
        let body = CloseRequest { flags: CloseFlags::empty(), file_id: file.id };
        self.finish(&Request::new(Command::CLOSE, file, &body))
    }

    /// Closes and asks for the attributes that the file then has.
    ///
    /// # Errors
    /// The server's refusal, the socket, or an answer that breaks the protocol.
    pub fn close_query(&mut self, file: File) -> Result<CloseResponse> {
        let body = CloseRequest { flags: CloseFlags::POSTQUERY_ATTRIB, file_id: file.id };
        self.call(&Request::new(Command::CLOSE, file, &body))?.check(&[])?.decode()
    }

    /// Opens, closes: the way to make a folder, to delete with [`Create::delete_on_close`], or to see whether a
    /// name is there.
    ///
    /// # Errors
    /// As for [`Connection::create`].
    pub fn touch(&mut self, tree: Tree, create: &Create<'_>) -> Result<()> {
        let file = self.create(tree, create)?.file;
        self.close(file)
    }

    /// Asks for a read; the answer is for [`Connection::receive_read`].
    ///
    /// # Errors
    /// As for [`Connection::send`].
    pub fn send_read(&mut self, file: File, offset: u64, length: u32) -> Result<MessageId> {
        let compressed = self.negotiated().compression.is_some();
        let flags = if compressed { ReadFlags::REQUEST_COMPRESSED } else { ReadFlags::empty() };
        let body = ReadRequest { flags, length, offset, file_id: file.id, ..ReadRequest::default() };
        self.send(&Request::new(Command::READ, file, &body).payload(index(length)))
    }

    /// Waits for a read and gives the bytes that came to `take`. At the end of the file these are none.
    ///
    /// # Errors
    /// The server's refusal, the socket, or an answer that breaks the protocol.
    pub fn receive_read<T>(&mut self, id: MessageId, take: impl FnOnce(&[u8]) -> T) -> Result<T> {
        let reply = self.receive(id)?.check(&[NtStatus::END_OF_FILE, NtStatus::BUFFER_OVERFLOW])?;
        let taken = if reply.status() == NtStatus::END_OF_FILE {
            take(&[])
        } else {
            take(reply.decode::<ReadResponse<'_>>()?.data)
        };
        self.recycle(reply);
        Ok(taken)
    }

    /// Reads up to `length` bytes; fewer at the end of the file.
    ///
    /// # Errors
    /// As for [`Connection::receive_read`].
    pub fn read(&mut self, file: File, offset: u64, length: u32) -> Result<Vec<u8>> {
        let id = self.send_read(file, offset, length)?;
        self.receive_read(id, <[u8]>::to_vec)
    }

    /// Sends a write; the answer is for [`Connection::receive_write`].
    ///
    /// # Errors
    /// As for [`Connection::send`].
    pub fn send_write(&mut self, file: File, offset: u64, data: &[u8]) -> Result<MessageId> {
        let body = WriteRequest { offset, file_id: file.id, data, ..WriteRequest::default() };
        self.send(&Request::new(Command::WRITE, file, &body).payload(data.len()))
    }

    /// Waits for a write and gives the number of bytes written.
    ///
    /// # Errors
    /// The server's refusal, the socket, or an answer that breaks the protocol.
    pub fn receive_write(&mut self, id: MessageId) -> Result<u32> {
        let reply = self.receive(id)?.check(&[])?;
        let written = reply.decode::<WriteResponse>()?.count;
        self.recycle(reply);
        Ok(written)
    }

    /// Writes; gives the number of bytes written.
    ///
    /// # Errors
    /// As for [`Connection::receive_write`].
    pub fn write(&mut self, file: File, offset: u64, data: &[u8]) -> Result<u32> {
        let id = self.send_write(file, offset, data)?;
        self.receive_write(id)
    }

    /// Makes what was written durable.
    ///
    /// # Errors
    /// The server's refusal or the socket.
    pub fn flush(&mut self, file: File) -> Result<()> {
        self.finish(&Request::new(Command::FLUSH, file, &FlushRequest { file_id: file.id }))
    }

    /// Locks or unlocks ranges.
    ///
    /// # Errors
    /// The server's refusal or the socket.
    pub fn lock(&mut self, file: File, locks: &[LockElement]) -> Result<()> {
        let id = self.send_lock(file, locks)?;
        let reply = self.receive(id)?.check(&[])?;
        self.recycle(reply);
        Ok(())
    }

    /// Sends a lock that may take its time; the answer is for [`Connection::receive`].
    ///
    /// # Errors
    /// As for [`Connection::send`].
    pub fn send_lock(&mut self, file: File, locks: &[LockElement]) -> Result<MessageId> {
        let body = LockRequest { lock_sequence: 0, file_id: file.id, locks: locks.to_vec() };
        self.send(&Request::new(Command::LOCK, file, &body))
    }

    /// A whole file's bytes.
    ///
    /// # Errors
    /// As for [`Connection::create`] and [`Connection::read`].
    pub fn read_file(&mut self, tree: Tree, name: &str) -> Result<Vec<u8>> {
        let created = self.create(tree, &Create::open(name, AccessMask::GENERIC_READ))?;
        let chunk = self.negotiated().max_read_size.clamp(1, 1 << 20);
        let mut bytes = Vec::new();
        while bytes.len() as u64 != created.information.end_of_file {
            let more = self.read(created.file, bytes.len() as u64, chunk)?;
            if more.is_empty() {
                break;
            }
            bytes.extend_from_slice(&more);
        }
        self.close(created.file)?;
        Ok(bytes)
    }

    /// Creates or replaces a file.
    ///
    /// # Errors
    /// As for [`Connection::create`] and [`Connection::write`].
    pub fn write_file(&mut self, tree: Tree, name: &str, bytes: &[u8]) -> Result<()> {
        let create = Create::new_file(name).disposition(CreateDisposition::OVERWRITE_IF);
        let file = self.create(tree, &create)?.file;
        let chunk = index(self.negotiated().max_write_size.clamp(1, 1 << 20));
        let mut offset = 0;
        for part in bytes.chunks(chunk) {
            if index(self.write(file, offset, part)?) != part.len() {
                return Err(Error::Protocol("a write was cut short"));
            }
            offset += part.len() as u64;
        }
        self.close(file)
    }
}

fn created(tree: Tree, reply: &Reply) -> Result<Created> {
    let response: CreateResponse<'_> = reply.decode()?;
    Ok(Created {
        file: File { tree, id: response.file_id },
        oplock: response.oplock_level,
        action: response.create_action,
        information: response.information,
        contexts: response.contexts.as_bytes().to_vec(),
    })
}

/// A 32-bit length as an index.
pub(crate) fn index(length: u32) -> usize {
    usize::try_from(length).unwrap_or(usize::MAX)
}
