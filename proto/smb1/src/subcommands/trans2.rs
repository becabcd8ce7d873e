use super::parameters::parameters;
use super::{FindLevel, QueryFsLevel, QueryLevel, SetLevel};
use crate::message::wire_words;
use crate::messages::OpenFlags;
use crate::{AccessMode, PipeStatus, ResourceType, SmbFileAttributes, UTime};
use lanward_wire::wire_flags;

wire_flags! {
    /// The Flags of TRANS2_FIND_FIRST2 and TRANS2_FIND_NEXT2.
    FindFlags: u16 {
        /// SMB_FIND_CLOSE_AFTER_REQUEST
        CLOSE_AFTER_REQUEST = 0x0001;
        /// SMB_FIND_CLOSE_AT_EOS
        CLOSE_AT_EOS = 0x0002;
        /// SMB_FIND_RETURN_RESUME_KEYS
        RETURN_RESUME_KEYS = 0x0004;
        /// SMB_FIND_CONTINUE_FROM_LAST
        CONTINUE_FROM_LAST = 0x0008;
        /// SMB_FIND_WITH_BACKUP_INTENT
        WITH_BACKUP_INTENT = 0x0010;
    }
}

wire_words! { flags: FindFlags; values: }

type Reserved10 = [u8; 10];

parameters! {
    /// [MS-CIFS] 2.2.6.1.1 TRANS2_OPEN2 Request. Its data is an SMB_FEA_LIST.
    Open2Request {
        /// What is asked for besides.
        flags: OpenFlags,
        /// How it is to be used and shared.
        access_mode: AccessMode,
        /// Reserved
        reserved1: u16,
        /// What it becomes if it is made.
        file_attributes: SmbFileAttributes,
        /// When it says it was made.
        creation_time: UTime,
        /// What to do if it exists and if not.
        open_mode: u16,
        /// Bytes to make room for.
        allocation_size: u32,
        /// Reserved
        reserved: Reserved10,
        /// The file.
        file_name: string,
    }

    /// [MS-CIFS] 2.2.6.1.2 TRANS2_OPEN2 Response
    Open2Response {
        /// FID
        fid: u16,
        /// What it is.
        file_attributes: SmbFileAttributes,
        /// When it was made.
        creation_time: UTime,
        /// Its size in bytes.
        file_data_size: u32,
        /// The access that was given.
        access_mode: AccessMode,
        /// What it leads to.
        resource_type: ResourceType,
        /// Of a pipe.
        pipe_status: PipeStatus,
        /// 1 opened, 2 created, 3 truncated; the highest bit: with an oplock.
        action_taken: u16,
        /// Reserved
        reserved: u32,
        /// Where the list of EAs is wrong.
        extended_attribute_error_offset: u16,
        /// Bytes of its EAs.
        extended_attribute_length: u32,
    }

    /// [MS-CIFS] 2.2.6.2.1 TRANS2_FIND_FIRST2 Request. Its data is an SMB_GEA_LIST where EAs are asked for.
    FindFirst2Request {
        /// What is found beside normal files.
        search_attributes: SmbFileAttributes,
        /// Most entries.
        search_count: u16,
        /// What is asked for besides.
        flags: FindFlags,
        /// What is told of each.
        information_level: FindLevel,
        /// Directories or files alone, which nobody obeys.
        search_storage_type: u32,
        /// Where, and what with wildcards.
        file_name: string,
    }

    /// [MS-CIFS] 2.2.6.2.2 TRANS2_FIND_FIRST2 Response
    FindFirst2Response {
        /// SID: what to go on by.
        sid: u16,
        /// Entries there are.
        search_count: u16,
        /// Whether these were the last.
        end_of_search: u16,
        /// Where the list of EAs is wrong.
        ea_error_offset: u16,
        /// Where the last entry is in the data.
        last_name_offset: u16,
    }

    /// [MS-CIFS] 2.2.6.3.1 TRANS2_FIND_NEXT2 Request
    FindNext2Request {
        /// SID
        sid: u16,
        /// Most entries.
        search_count: u16,
        /// What is told of each.
        information_level: FindLevel,
        /// That of the last entry.
        resume_key: u32,
        /// What is asked for besides.
        flags: FindFlags,
        /// The name of the last entry.
        file_name: string,
    }

    /// [MS-CIFS] 2.2.6.3.2 TRANS2_FIND_NEXT2 Response
    FindNext2Response {
        /// Entries there are.
        search_count: u16,
        /// Whether these were the last.
        end_of_search: u16,
        /// Where the list of EAs is wrong.
        ea_error_offset: u16,
        /// Where the last entry is in the data.
        last_name_offset: u16,
    }

    /// [MS-CIFS] 2.2.6.4.1 TRANS2_QUERY_FS_INFORMATION Request
    QueryFsRequest {
        /// What is told.
        information_level: QueryFsLevel,
    }

    /// [MS-SMB] 2.2.6.4.1 TRANS2_SET_FS_INFORMATION Request
    SetFsRequest {
        /// FID
        fid: u16,
        /// What is set.
        information_level: u16,
    }

    /// [MS-CIFS] 2.2.6.6.1 TRANS2_QUERY_PATH_INFORMATION Request
    QueryPathRequest {
        /// What is told.
        information_level: QueryLevel,
        /// Reserved
        reserved: u32,
        /// The file.
        file_name: string,
    }

    /// [MS-CIFS] 2.2.6.7.1 TRANS2_SET_PATH_INFORMATION Request
    SetPathRequest {
        /// What is set.
        information_level: SetLevel,
        /// Reserved
        reserved: u32,
        /// The file.
        file_name: string,
    }

    /// [MS-CIFS] 2.2.6.8.1 TRANS2_QUERY_FILE_INFORMATION Request
    QueryFileRequest {
        /// FID
        fid: u16,
        /// What is told.
        information_level: QueryLevel,
    }

    /// [MS-CIFS] 2.2.6.9.1 TRANS2_SET_FILE_INFORMATION Request
    SetFileRequest {
        /// FID
        fid: u16,
        /// What is set.
        information_level: SetLevel,
        /// Reserved
        reserved: u16,
    }

    /// What query, set and create are answered beside data ([MS-CIFS] 2.2.6.6.2 and the like)
    EaErrorResponse {
        /// Where the list of EAs is wrong.
        ea_error_offset: u16,
    }

    /// [MS-CIFS] 2.2.6.14.1 TRANS2_CREATE_DIRECTORY Request. Its data is an SMB_FEA_LIST.
    CreateDirectoryRequest {
        /// Reserved
        reserved: u32,
        /// The directory.
        directory_name: string,
    }
}
