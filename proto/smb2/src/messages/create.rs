use super::create_context::CreateContexts;
use super::file_information;
use crate::field::{ahead, align8, at_least_one_byte, buffer, counted16, long, short, structure_size};
use crate::{FileId, Utf16};
use lanward_nt::fscc::FileNetworkOpenInformation;
use lanward_nt::{AccessMask, CreateOptions, FileAttributes, ShareAccess};
use lanward_wire::{Decode, DecodeError, Encode, Reader, Writer};
use lanward_wire::{wire_flags, wire_values};

wire_values! {
    /// An oplock level, asked for, granted or broken to.
    OplockLevel(u8) {
        /// SMB2_OPLOCK_LEVEL_NONE
        NONE = 0x00;
        /// SMB2_OPLOCK_LEVEL_II
        II = 0x01;
        /// SMB2_OPLOCK_LEVEL_EXCLUSIVE
        EXCLUSIVE = 0x08;
        /// SMB2_OPLOCK_LEVEL_BATCH
        BATCH = 0x09;
        /// SMB2_OPLOCK_LEVEL_LEASE
        LEASE = 0xff;
    }

    /// How far the server may act as the user.
    ImpersonationLevel(u32) {
        /// Anonymous
        ANONYMOUS = 0;
        /// Identification
        IDENTIFICATION = 1;
        /// Impersonation
        IMPERSONATION = 2;
        /// Delegate
        DELEGATE = 3;
    }

    /// What to do if the file exists, and if it does not.
    CreateDisposition(u32) {
        /// FILE_SUPERSEDE
        SUPERSEDE = 0;
        /// FILE_OPEN
        OPEN = 1;
        /// FILE_CREATE
        CREATE = 2;
        /// FILE_OPEN_IF
        OPEN_IF = 3;
        /// FILE_OVERWRITE
        OVERWRITE = 4;
        /// FILE_OVERWRITE_IF
        OVERWRITE_IF = 5;
    }

    /// What was done.
    CreateAction(u32) {
        /// FILE_SUPERSEDED
        SUPERSEDED = 0;
        /// FILE_OPENED
        OPENED = 1;
        /// FILE_CREATED
        CREATED = 2;
        /// FILE_OVERWRITTEN
        OVERWRITTEN = 3;
    }
}

wire_flags! {
    /// The Flags of the answer.
    CreateResponseFlags: u8 {
        /// SMB2_CREATE_FLAG_REPARSEPOINT
        REPARSEPOINT = 0x01;
    }
}

/// [MS-SMB2] 2.2.13 SMB2 CREATE Request
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CreateRequest<'a> {
    /// The oplock asked for; LEASE points to a lease context.
    pub requested_oplock_level: OplockLevel,
    /// How far the server may act as the user.
    pub impersonation_level: ImpersonationLevel,
    /// What the open is for.
    pub desired_access: AccessMask,
    /// Attributes of a file that is created or overwritten.
    pub file_attributes: FileAttributes,
    /// What others may do.
    pub share_access: ShareAccess,
    /// What to do if the file exists, and if it does not.
    pub create_disposition: CreateDisposition,
    /// Options.
    pub create_options: CreateOptions,
    /// The name, relative to the share; empty for its root. With DFS_OPERATIONS it begins with server and share.
    pub name: Utf16<'a>,
    /// The create contexts.
    pub contexts: CreateContexts<'a>,
}

impl<'a> Decode<'a> for CreateRequest<'a> {
    fn decode(r: &mut Reader<'a>) -> Result<Self, DecodeError> {
        structure_size(r, 57)?;
        r.skip(1, "SecurityFlags")?;
        let requested_oplock_level = OplockLevel(r.u8("RequestedOplockLevel")?);
        let impersonation_level = ImpersonationLevel(r.u32("ImpersonationLevel")?);
        r.skip(16, "SmbCreateFlags")?;
        let mut request = Self {
            requested_oplock_level,
            impersonation_level,
            desired_access: AccessMask::from_bits_retain(r.u32("DesiredAccess")?),
            file_attributes: FileAttributes::from_bits_retain(r.u32("FileAttributes")?),
            share_access: ShareAccess::from_bits_retain(r.u32("ShareAccess")?),
            create_disposition: CreateDisposition(r.u32("CreateDisposition")?),
            create_options: CreateOptions::from_bits_retain(r.u32("CreateOptions")?),
            ..Self::default()
        };
        let (offset, len) = (r.u16("NameOffset")?, r.u16("NameLength")?);
        let (contexts_offset, contexts_len) =
            (r.u32("CreateContextsOffset")?, r.u32("CreateContextsLength")?);
        request.name = Utf16(buffer(r, offset, len, "Name")?);
        request.contexts = CreateContexts::new(buffer(r, contexts_offset, contexts_len, "CreateContexts")?)?;
        Ok(request)
    }
}

impl Encode for CreateRequest<'_> {
    fn encode(&self, w: &mut Writer<'_>) {
        let (name, name_len) = counted16(self.name.0);
        w.u16(57);
        w.u8(0);
        w.u8(self.requested_oplock_level.0);
        w.u32(self.impersonation_level.0);
        w.zeros(16);
        w.u32(self.desired_access.bits());
        w.u32(self.file_attributes.bits());
        w.u32(self.share_access.bits());
        w.u32(self.create_disposition.0);
        w.u32(self.create_options.bits());
        let name_at = ahead(w, 12);
        w.u16(short(name_at));
        w.u16(name_len);
        if self.contexts.is_empty() {
            w.u64(0);
            at_least_one_byte(w, name);
            return;
        }
        w.u32(long(align8(name_at.saturating_add(name.len()))));
        w.u32(long(self.contexts.as_bytes().len()));
        w.bytes(name);
        w.align(8);
        w.bytes(self.contexts.as_bytes());
    }
}

/// [MS-SMB2] 2.2.14 SMB2 CREATE Response
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CreateResponse<'a> {
    /// The oplock granted.
    pub oplock_level: OplockLevel,
    /// Whether the last component is a reparse point.
    pub flags: CreateResponseFlags,
    /// What was done.
    pub create_action: CreateAction,
    /// CreationTime to FileAttributes.
    pub information: FileNetworkOpenInformation,
    /// The open.
    pub file_id: FileId,
    /// The create contexts.
    pub contexts: CreateContexts<'a>,
}

impl<'a> Decode<'a> for CreateResponse<'a> {
    fn decode(r: &mut Reader<'a>) -> Result<Self, DecodeError> {
        structure_size(r, 89)?;
        let oplock_level = OplockLevel(r.u8("OplockLevel")?);
        let flags = CreateResponseFlags::from_bits_retain(r.u8("Flags")?);
        let mut response = Self {
            oplock_level,
            flags,
            create_action: CreateAction(r.u32("CreateAction")?),
            information: file_information::decode(r)?,
            ..Self::default()
        };
        r.skip(4, "Reserved2")?;
        response.file_id = FileId::decode(r)?;
        let (offset, len) = (r.u32("CreateContextsOffset")?, r.u32("CreateContextsLength")?);
        response.contexts = CreateContexts::new(buffer(r, offset, len, "CreateContexts")?)?;
        Ok(response)
    }
}

impl Encode for CreateResponse<'_> {
    fn encode(&self, w: &mut Writer<'_>) {
        w.u16(89);
        w.u8(self.oplock_level.0);
        w.u8(self.flags.bits());
        w.u32(self.create_action.0);
        file_information::encode(&self.information, w);
        w.u32(0);
        self.file_id.encode(w);
        if self.contexts.is_empty() {
            w.u64(0);
            return;
        }
        // The fixed part is 88 bytes, so the contexts begin at a multiple of 8 as they must.
        w.u32(long(ahead(w, 8)));
        w.u32(long(self.contexts.as_bytes().len()));
        w.bytes(self.contexts.as_bytes());
    }
}
