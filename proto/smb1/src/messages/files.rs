use crate::message::messages;
use crate::{AccessMode, SmbFileAttributes, UTime};

messages! {
    /// A message with neither words nor bytes: many answers, and requests that the header says all of.
    Empty {}

    /// [MS-CIFS] 2.2.4.3.1 SMB_COM_OPEN Request
    OpenRequest {
        /// How it is to be used and shared.
        access_mode: AccessMode,
        /// What it may be beside a normal file.
        search_attributes: SmbFileAttributes,
        ;
        /// The file.
        file_name: path,
    }

    /// [MS-CIFS] 2.2.4.3.2 SMB_COM_OPEN Response
    OpenResponse {
        /// FID
        fid: u16,
        /// What it is.
        attributes: SmbFileAttributes,
        /// When it was written last.
        last_modified: UTime,
        /// Its size in bytes.
        file_size: u32,
        /// The access that was given.
        access_mode: AccessMode,
    }

    /// [MS-CIFS] 2.2.4.4.1 SMB_COM_CREATE Request, 2.2.4.15.1 SMB_COM_CREATE_TEMPORARY Request (a directory) and 2.2.4.16.1
    /// SMB_COM_CREATE_NEW Request
    CreateRequest {
        /// What it becomes.
        attributes: SmbFileAttributes,
        /// When it says it was made.
        creation_time: UTime,
        ;
        /// The file.
        file_name: path,
    }

    /// [MS-CIFS] 2.2.4.4.2 SMB_COM_CREATE Response, 2.2.4.16.2 SMB_COM_CREATE_NEW Response
    FidResponse {
        /// FID
        fid: u16,
    }

    /// [MS-CIFS] 2.2.4.15.2 SMB_COM_CREATE_TEMPORARY Response
    CreateTemporaryResponse {
        /// FID
        fid: u16,
        ;
        /// The name that the file got.
        file_name: oem,
    }

    /// [MS-CIFS] 2.2.4.5.1 SMB_COM_CLOSE Request
    CloseRequest {
        /// FID
        fid: u16,
        /// When it was written last; 0 or all ones to leave that to the server.
        last_modified: UTime,
    }

    /// [MS-CIFS] 2.2.4.6.1 SMB_COM_FLUSH Request, 2.2.4.48.1 SMB_COM_FIND_CLOSE2 Request (a SID), 2.2.4.31.1 SMB_COM_QUERY_INFORMATION2
    /// Request, 2.2.4.69.1 SMB_COM_CLOSE_PRINT_FILE Request
    FidRequest {
        /// FID
        fid: u16,
    }

    /// [MS-CIFS] 2.2.4.7.1 SMB_COM_DELETE Request
    DeleteRequest {
        /// What may be deleted beside normal files.
        search_attributes: SmbFileAttributes,
        ;
        /// The files, with wildcards.
        file_name: path,
    }

    /// [MS-CIFS] 2.2.4.8.1 SMB_COM_RENAME Request
    RenameRequest {
        /// What may be renamed beside normal files.
        search_attributes: SmbFileAttributes,
        ;
        /// The files, with wildcards.
        old_file_name: path,
        /// What they become.
        new_file_name: path,
    }

    /// [MS-CIFS] 2.2.4.66.1 SMB_COM_NT_RENAME Request
    NtRenameRequest {
        /// What may be renamed beside normal files.
        search_attributes: SmbFileAttributes,
        /// 0x103 for a link, 0x104 for a new name.
        information_level: u16,
        /// Reserved: ClusterCount
        cluster_count: u32,
        ;
        /// The file.
        old_file_name: path,
        /// Its link or new name.
        new_file_name: path,
    }

    /// A path and nothing else: [MS-CIFS] 2.2.4.1.1 SMB_COM_CREATE_DIRECTORY, 2.2.4.2.1 SMB_COM_DELETE_DIRECTORY, 2.2.4.17.1
    /// SMB_COM_CHECK_DIRECTORY and 2.2.4.9.1 SMB_COM_QUERY_INFORMATION Requests
    PathRequest {
        ;
        /// The file or directory.
        path: path,
    }

    /// [MS-CIFS] 2.2.4.9.2 SMB_COM_QUERY_INFORMATION Response
    QueryInformationResponse {
        /// What it is.
        attributes: SmbFileAttributes,
        /// When it was written last.
        last_modified: UTime,
        /// Its size in bytes.
        file_size: u32,
        /// Reserved
        reserved: [u8; 10],
    }

    /// [MS-CIFS] 2.2.4.10.1 SMB_COM_SET_INFORMATION Request
    SetInformationRequest {
        /// What it becomes.
        attributes: SmbFileAttributes,
        /// When it was written last; 0 to leave that.
        last_modified: UTime,
        /// Reserved
        reserved: [u8; 10],
        ;
        /// The file.
        file_name: path,
    }

    /// [MS-CIFS] 2.2.4.19.1 SMB_COM_SEEK Request
    SeekRequest {
        /// FID
        fid: u16,
        /// 0 from the beginning, 1 from where it is, 2 from the end.
        mode: u16,
        /// Bytes, as a signed number.
        offset: u32,
    }

    /// [MS-CIFS] 2.2.4.19.2 SMB_COM_SEEK Response
    SeekResponse {
        /// Bytes from the beginning.
        offset: u32,
    }

    /// [MS-CIFS] 2.2.4.57.2 SMB_COM_QUERY_INFORMATION_DISK Response
    QueryInformationDiskResponse {
        /// Allocation units there are.
        total_units: u16,
        /// Blocks of a unit.
        blocks_per_unit: u16,
        /// Bytes of a block.
        block_size: u16,
        /// Units nobody has.
        free_units: u16,
        /// Reserved
        reserved: u16,
    }
}

/// The moments that SMB_COM_SET_INFORMATION2 and its counterpart speak of, each a date and a time.
mod dates {
    use crate::DosTime;
    use crate::message::Word;
    use lanward_wire::{DecodeError, Reader, Writer};

    impl Word for DosTime {
        fn read(r: &mut Reader<'_>, field: &'static str) -> Result<Self, DecodeError> {
            Ok(Self { date: r.u16(field)?, time: r.u16(field)? })
        }

        fn write(self, w: &mut Writer<'_>) {
            w.u16(self.date);
            w.u16(self.time);
        }
    }

    impl Word for crate::UTime {
        fn read(r: &mut Reader<'_>, field: &'static str) -> Result<Self, DecodeError> {
            r.u32(field).map(Self)
        }

        fn write(self, w: &mut Writer<'_>) {
            w.u32(self.0);
        }
    }
}

messages! {
    /// [MS-CIFS] 2.2.4.30.1 SMB_COM_SET_INFORMATION2 Request
    SetInformation2Request {
        /// FID
        fid: u16,
        /// When it was made.
        created: crate::DosTime,
        /// When it was used last.
        accessed: crate::DosTime,
        /// When it was written last.
        written: crate::DosTime,
    }

    /// [MS-CIFS] 2.2.4.31.2 SMB_COM_QUERY_INFORMATION2 Response
    QueryInformation2Response {
        /// When it was made.
        created: crate::DosTime,
        /// When it was used last.
        accessed: crate::DosTime,
        /// When it was written last.
        written: crate::DosTime,
        /// Its size in bytes.
        data_size: u32,
        /// Bytes it takes.
        allocation_size: u32,
        /// What it is.
        attributes: SmbFileAttributes,
    }
}
