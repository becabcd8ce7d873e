use crate::message::{Word, messages, wire_words};
use crate::{
    AccessMode, Body, Command, ExtFileAttributes, Message, MessageWriter, PipeStatus, ResourceType,
    SmbFileAttributes, UTime,
};
use lanward_nt::{FileTime, Guid, NtString};
use lanward_wire::{Decode, DecodeError, Encode, Reader, Writer, wire_flags};

wire_flags! {
    /// The Flags of SMB_COM_OPEN_ANDX.
    OpenFlags: u16 {
        /// REQ_ATTRIB: tell about the file
        ATTRIBUTES = 0x0001;
        /// REQ_OPLOCK
        OPLOCK = 0x0002;
        /// REQ_OPLOCK_BATCH
        OPLOCK_BATCH = 0x0004;
        /// SMB_OPEN_EXTENDED_RESPONSE ([MS-SMB] 2.2.4.1.1)
        EXTENDED_RESPONSE = 0x0010;
    }

    /// The Flags of SMB_COM_NT_CREATE_ANDX.
    NtCreateFlags: u32 {
        /// NT_CREATE_REQUEST_OPLOCK
        REQUEST_OPLOCK = 0x0000_0002;
        /// NT_CREATE_REQUEST_OPBATCH
        REQUEST_OPBATCH = 0x0000_0004;
        /// NT_CREATE_OPEN_TARGET_DIR
        OPEN_TARGET_DIR = 0x0000_0008;
        /// NT_CREATE_REQUEST_EXTENDED_RESPONSE ([MS-SMB] 2.2.4.9.1)
        REQUEST_EXTENDED_RESPONSE = 0x0000_0010;
    }
}

wire_words! { flags: OpenFlags NtCreateFlags; values: }

messages! {
    /// [MS-CIFS] 2.2.4.41.1 SMB_COM_OPEN_ANDX Request
    OpenAndxRequest {
        /// What is asked for besides.
        flags: OpenFlags,
        /// How it is to be used and shared.
        access_mode: AccessMode,
        /// What it may be beside a normal file.
        search_attributes: SmbFileAttributes,
        /// What it becomes if it is made.
        file_attributes: SmbFileAttributes,
        /// When it says it was made.
        creation_time: UTime,
        /// What to do if it exists (bits 0 and 1: fail, open, truncate) and if not (bit 4: create).
        open_mode: u16,
        /// Bytes to make room for.
        allocation_size: u32,
        /// Milliseconds to wait.
        timeout: u32,
        /// Reserved
        reserved: u32,
        ;
        /// The file.
        file_name: string,
    }

    /// [MS-CIFS] 2.2.4.41.2 SMB_COM_OPEN_ANDX Response
    OpenAndxResponse {
        /// FID
        fid: u16,
        /// What it is.
        attributes: SmbFileAttributes,
        /// When it was written last.
        last_write_time: UTime,
        /// Its size in bytes.
        data_size: u32,
        /// The access that was given.
        access_rights: AccessMode,
        /// What it leads to.
        resource_type: ResourceType,
        /// Of a pipe.
        pipe_status: PipeStatus,
        /// 1 opened, 2 created, 3 truncated; the highest bit: with an oplock.
        open_results: u16,
        /// Reserved
        reserved: [u8; 6],
        /// What was asked for with EXTENDED_RESPONSE ([MS-SMB] 2.2.4.1.2).
        maximal_access: Option<MaximalAccess>,
    }
}

/// The most that may be done with a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct MaximalAccess {
    /// By the user, an access mask.
    pub user: u32,
    /// By a guest.
    pub guest: u32,
}

impl Word for Option<MaximalAccess> {
    fn read(r: &mut Reader<'_>, field: &'static str) -> Result<Self, DecodeError> {
        if r.is_empty() {
            return Ok(None);
        }
        Ok(Some(MaximalAccess { user: r.u32(field)?, guest: r.u32(field)? }))
    }

    fn write(self, w: &mut Writer<'_>) {
        let Some(MaximalAccess { user, guest }) = self else { return };
        w.u32(user);
        w.u32(guest);
    }
}

/// [MS-CIFS] 2.2.4.64.1 SMB_COM_NT_CREATE_ANDX Request
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NtCreateAndxRequest {
    /// What is asked for besides.
    pub flags: NtCreateFlags,
    /// The directory that the name is relative to; 0 for the root of the share.
    pub root_directory_fid: u32,
    /// What is to be done with it, an access mask.
    pub desired_access: u32,
    /// Bytes to make room for.
    pub allocation_size: u64,
    /// What it becomes if it is made.
    pub attributes: ExtFileAttributes,
    /// How it may be shared, as in [MS-SMB2] 2.2.13.
    pub share_access: u32,
    /// What to do if it exists and if not, as in [MS-SMB2] 2.2.13.
    pub create_disposition: u32,
    /// Options, as in [MS-SMB2] 2.2.13.
    pub create_options: u32,
    /// As whom the server may act.
    pub impersonation_level: u32,
    /// SMB_SECURITY_CONTEXT_TRACKING and SMB_SECURITY_EFFECTIVE_ONLY.
    pub security_flags: u8,
    /// The file.
    pub file_name: NtString,
}

impl Message<'_> for NtCreateAndxRequest {
    fn decode(body: &mut Body<'_>) -> Result<Self, DecodeError> {
        let r = &mut body.words;
        r.skip(1, "Reserved")?;
        let name_length = r.u16("NameLength")?;
        Ok(Self {
            flags: NtCreateFlags::from_bits_retain(r.u32("Flags")?),
            root_directory_fid: r.u32("RootDirectoryFID")?,
            desired_access: r.u32("DesiredAccess")?,
            allocation_size: r.u64("AllocationSize")?,
            attributes: ExtFileAttributes::from_bits_retain(r.u32("ExtFileAttributes")?),
            share_access: r.u32("ShareAccess")?,
            create_disposition: r.u32("CreateDisposition")?,
            create_options: r.u32("CreateOptions")?,
            impersonation_level: r.u32("ImpersonationLevel")?,
            security_flags: r.u8("SecurityFlags")?,
            file_name: body.text.read_counted(&mut body.bytes, name_length.into(), "FileName")?,
        })
    }

    fn encode(&self, command: Command, w: &mut MessageWriter<'_>) {
        let at = w.words_at(command);
        w.body(
            command,
            |w| {
                w.u8(0);
                w.u16(0);
                w.u32(self.flags.bits());
                w.u32(self.root_directory_fid);
                w.u32(self.desired_access);
                w.u64(self.allocation_size);
                w.u32(self.attributes.bits());
                w.u32(self.share_access);
                w.u32(self.create_disposition);
                w.u32(self.create_options);
                w.u32(self.impersonation_level);
                w.u8(self.security_flags);
            },
            |w, text| {
                let name = text.bytes(&self.file_name);
                w.patch(at.saturating_add(1), &crate::body::short(name.len()).to_le_bytes());
                if text.unicode {
                    w.align(2);
                }
                w.bytes(&name);
            },
        );
    }
}

/// [MS-CIFS] 2.2.4.64.2 SMB_COM_NT_CREATE_ANDX Response, with [MS-SMB] 2.2.4.9.2
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct NtCreateAndxResponse {
    /// 0 none, 1 exclusive, 2 batch, 3 level II.
    pub oplock_level: u8,
    /// FID
    pub fid: u16,
    /// What was done, as in [MS-SMB2] 2.2.14.
    pub create_disposition: u32,
    /// When it was made.
    pub create_time: FileTime,
    /// When it was used last.
    pub last_access_time: FileTime,
    /// When it was written last.
    pub last_write_time: FileTime,
    /// When anything of it changed last.
    pub last_change_time: FileTime,
    /// What it is.
    pub attributes: ExtFileAttributes,
    /// Bytes it takes.
    pub allocation_size: u64,
    /// Its size in bytes.
    pub end_of_file: u64,
    /// What it leads to.
    pub resource_type: ResourceType,
    /// Of a pipe; of a file what it has: EAs, streams, a reparse point, none of which is bit 0, 1, 2.
    pub pipe_status: PipeStatus,
    /// Whether it is a directory.
    pub directory: bool,
    /// What was asked for with REQUEST_EXTENDED_RESPONSE.
    pub extended: Option<ExtendedOpen>,
}

/// The WordCount of an answer with [`ExtendedOpen`], which has 50 words ([MS-SMB] 2.2.4.9.2 and its note).
const EXTENDED_WORDS: u8 = 42;

/// What [MS-SMB] 2.2.4.9.2 adds to the answer of an open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ExtendedOpen {
    /// VolumeGUID
    pub volume: Guid,
    /// FileId
    pub file_id: u64,
    /// What may be done with it.
    pub maximal_access: MaximalAccess,
}

impl Decode<'_> for ExtendedOpen {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            volume: Guid::decode(r)?,
            file_id: r.u64("FileId")?,
            maximal_access: MaximalAccess {
                user: r.u32("MaximalAccessRights")?,
                guest: r.u32("GuestMaximalAccessRights")?,
            },
        })
    }
}

impl Encode for ExtendedOpen {
    fn encode(&self, w: &mut Writer<'_>) {
        self.volume.encode(w);
        w.u64(self.file_id);
        Some(self.maximal_access).write(w);
    }
}

impl NtCreateAndxResponse {
    /// What is behind its first fields, which has one order wherever it stands.
    pub(crate) fn read_rest(self, r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            create_time: FileTime(r.u64("CreateTime")?),
            last_access_time: FileTime(r.u64("LastAccessTime")?),
            last_write_time: FileTime(r.u64("LastWriteTime")?),
            last_change_time: FileTime(r.u64("LastChangeTime")?),
            attributes: ExtFileAttributes::from_bits_retain(r.u32("ExtFileAttributes")?),
            allocation_size: r.u64("AllocationSize")?,
            end_of_file: r.u64("EndOfFile")?,
            resource_type: ResourceType(r.u16("ResourceType")?),
            pipe_status: PipeStatus::from_bits_retain(r.u16("NMPipeStatus")?),
            directory: r.u8("Directory")? != 0,
            extended: if r.is_empty() { None } else { Some(ExtendedOpen::decode(r)?) },
            ..self
        })
    }

    pub(crate) fn write_rest(&self, w: &mut Writer<'_>) {
        for time in [self.create_time, self.last_access_time, self.last_write_time, self.last_change_time] {
            w.u64(time.0);
        }
        w.u32(self.attributes.bits());
        w.u64(self.allocation_size);
        w.u64(self.end_of_file);
        w.u16(self.resource_type.0);
        w.u16(self.pipe_status.bits());
        w.u8(u8::from(self.directory));
        if let Some(extended) = &self.extended {
            extended.encode(w);
        }
    }
}

/// Bytes of its words without [`ExtendedOpen`].
const PLAIN: usize = 64;

impl Message<'_> for NtCreateAndxResponse {
    fn decode(body: &mut Body<'_>) -> Result<Self, DecodeError> {
        let r = &mut body.words;
        let is_plain = r.remaining() <= PLAIN;
        let (oplock_level, fid) = (r.u8("OpLockLevel")?, r.u16("FID")?);
        let opened =
            Self { oplock_level, fid, create_disposition: r.u32("CreateDisposition")?, ..Self::default() };
        if is_plain { opened.read_rest(r) } else { opened.read_rest(&mut body.words_uncounted()) }
    }

    fn encode(&self, command: Command, w: &mut MessageWriter<'_>) {
        let at = w.words_at(command);
        let words = |w: &mut Writer<'_>| {
            w.u8(self.oplock_level);
            w.u16(self.fid);
            w.u32(self.create_disposition);
            self.write_rest(w);
        };
        w.body(command, words, |_, _| ());
        if self.extended.is_some() {
            w.count_words(at, EXTENDED_WORDS);
        }
    }
}
