use super::Parameters;
use super::parameters::parameters;
use crate::messages::{NtCreateAndxResponse, NtCreateFlags};
use crate::{ExtFileAttributes, Text};
use lanward_nt::NtString;
use lanward_wire::{DecodeError, Reader, Writer};

type Reserved2 = [u8; 2];

parameters! {
    /// [MS-CIFS] 2.2.7.2.1 NT_TRANSACT_IOCTL Request: its setup, of 4 words
    IoctlSetup {
        /// FSCTL code
        function_code: u32,
        /// FID
        fid: u16,
        /// Whether it is for the file system.
        is_fsctl: u8,
        /// Bit 0: the root of a share
        is_flags: u8,
    }

    /// [MS-CIFS] 2.2.7.4.1 NT_TRANSACT_NOTIFY_CHANGE Request: its setup, of 4 words
    NotifyChangeSetup {
        /// What is told, as in [MS-SMB2] 2.2.35.
        completion_filter: u32,
        /// FID
        fid: u16,
        /// Whether of all beneath it.
        watch_tree: u8,
        /// Reserved
        reserved: u8,
    }

    /// [MS-CIFS] 2.2.7.6.1 NT_TRANSACT_QUERY_SECURITY_DESC and 2.2.7.3.1 NT_TRANSACT_SET_SECURITY_DESC Requests
    SecurityDescRequest {
        /// FID
        fid: u16,
        /// Reserved
        reserved: Reserved2,
        /// Which parts.
        security_information: u32,
    }

    /// [MS-CIFS] 2.2.7.6.2 NT_TRANSACT_QUERY_SECURITY_DESC Response
    SecurityDescResponse {
        /// Bytes of the whole descriptor.
        length_needed: u32,
    }

    /// [MS-SMB] 2.2.7.5.1 NT_TRANSACT_QUERY_QUOTA Request
    QueryQuotaRequest {
        /// FID
        fid: u16,
        /// One entry.
        return_single_entry: u8,
        /// From the beginning.
        restart_scan: u8,
        /// Bytes of a list of SIDs in the data.
        sid_list_length: u32,
        /// Bytes of one SID there.
        start_sid_length: u32,
        /// Where it is.
        start_sid_offset: u32,
    }

    /// [MS-SMB] 2.2.7.5.2 NT_TRANSACT_QUERY_QUOTA Response
    QueryQuotaResponse {
        /// Bytes of the entries.
        quota_data_size: u32,
    }

    /// [MS-SMB] 2.2.7.6.1 NT_TRANSACT_SET_QUOTA Request
    SetQuotaRequest {
        /// FID
        fid: u16,
    }
}

/// [MS-CIFS] 2.2.7.1.1 NT_TRANSACT_CREATE Request. Its data is a security descriptor and then extended attributes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NtTransactCreateRequest {
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
    /// How it may be shared.
    pub share_access: u32,
    /// What to do if it exists and if not.
    pub create_disposition: u32,
    /// Options.
    pub create_options: u32,
    /// Bytes of the security descriptor.
    pub security_descriptor_length: u32,
    /// Bytes of the extended attributes.
    pub ea_length: u32,
    /// As whom the server may act.
    pub impersonation_level: u32,
    /// SMB_SECURITY_CONTEXT_TRACKING and SMB_SECURITY_EFFECTIVE_ONLY.
    pub security_flags: u8,
    /// The file.
    pub name: NtString,
}

impl Parameters<'_> for NtTransactCreateRequest {
    fn decode(bytes: &[u8], text: Text) -> Result<Self, DecodeError> {
        let r = &mut Reader::new(bytes);
        let mut request = Self {
            flags: NtCreateFlags::from_bits_retain(r.u32("Flags")?),
            root_directory_fid: r.u32("RootDirectoryFID")?,
            desired_access: r.u32("DesiredAccess")?,
            allocation_size: r.u64("AllocationSize")?,
            attributes: ExtFileAttributes::from_bits_retain(r.u32("ExtFileAttributes")?),
            share_access: r.u32("ShareAccess")?,
            create_disposition: r.u32("CreateDisposition")?,
            create_options: r.u32("CreateOptions")?,
            security_descriptor_length: r.u32("SecurityDescriptorLength")?,
            ea_length: r.u32("EALength")?,
            ..Self::default()
        };
        let length = crate::body::index(r.u32("NameLength")?);
        request.impersonation_level = r.u32("ImpersonationLevel")?;
        request.security_flags = r.u8("SecurityFlags")?;
        request.name = text.read_counted(r, length, "Name")?;
        Ok(request)
    }

    fn encode(&self, w: &mut Writer<'_>, text: Text) {
        let name = text.bytes(&self.name);
        w.u32(self.flags.bits());
        w.u32(self.root_directory_fid);
        w.u32(self.desired_access);
        w.u64(self.allocation_size);
        w.u32(self.attributes.bits());
        w.u32(self.share_access);
        w.u32(self.create_disposition);
        w.u32(self.create_options);
        w.u32(self.security_descriptor_length);
        w.u32(self.ea_length);
        w.u32(u32::try_from(name.len()).unwrap_or(u32::MAX));
        w.u32(self.impersonation_level);
        w.u8(self.security_flags);
        if text.unicode && !name.is_empty() {
            w.align(2);
        }
        w.bytes(&name);
    }
}

/// [MS-CIFS] 2.2.7.1.2 NT_TRANSACT_CREATE Response: what SMB_COM_NT_CREATE_ANDX is answered, in another order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct NtTransactCreateResponse {
    /// What is answered.
    pub opened: NtCreateAndxResponse,
    /// Where the list of EAs is wrong.
    pub ea_error_offset: u32,
}

impl Parameters<'_> for NtTransactCreateResponse {
    fn decode(bytes: &[u8], _: Text) -> Result<Self, DecodeError> {
        let r = &mut Reader::new(bytes);
        let oplock_level = r.u8("OpLockLevel")?;
        r.skip(1, "Reserved")?;
        let (fid, create_disposition) = (r.u16("FID")?, r.u32("CreateAction")?);
        let ea_error_offset = r.u32("EAErrorOffset")?;
        let opened = NtCreateAndxResponse { oplock_level, fid, create_disposition, ..Default::default() };
        Ok(Self { opened: opened.read_rest(r)?, ea_error_offset })
    }

    fn encode(&self, w: &mut Writer<'_>, _: Text) {
        w.u8(self.opened.oplock_level);
        w.u8(0);
        w.u16(self.opened.fid);
        w.u32(self.opened.create_disposition);
        w.u32(self.ea_error_offset);
        self.opened.write_rest(w);
    }
}
