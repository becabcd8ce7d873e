//! [MS-FSCC]: the information classes of files and file systems, as bytes and as values.

mod class;
mod control;
mod ctl_code;
mod directory;
mod ea;
mod file;
mod name;
mod object_id;
mod posix;
mod quota;
mod record;
mod reparse;
mod volume;

pub use class::{FileInformationClass, FsInformationClass};
pub use control::{ByteRange, FileLevelTrim, FileRegion, FileRegionOutput, NtfsVolumeData};
pub use ctl_code::CtlCode;
pub use directory::{AppleEntry, DirectoryInformation, decode_directory};
pub use ea::{FullEa, decode_full_ea, decode_get_ea, encode_full_ea, encode_get_ea};
pub use file::{
    FileAccessInformation, FileAlignmentInformation, FileAttributeTagInformation, FileBasicInformation,
    FileCompressionInformation, FileDispositionInformation, FileDispositionInformationEx, FileEaInformation,
    FileIdInformation, FileInternalInformation, FileLengthInformation, FileModeInformation,
    FileNetworkOpenInformation, FilePositionInformation, FileStandardInformation,
};
pub use name::{FileNameInformation, FileRenameInformation, FileStreamInformation};
pub use object_id::FileObjectId;
pub use posix::{FileFsPosixInformation, FilePosixInformation};
pub use quota::{FileQuotaInformation, decode_get_quotas, decode_quotas, encode_get_quotas};
pub use reparse::{NfsSpecial, ReparsePoint, ReparseTag, SymbolicLink};
pub use volume::{
    FileFsAttributeInformation, FileFsControlInformation, FileFsDeviceInformation, FileFsFullSizeInformation,
    FileFsObjectIdInformation, FileFsSectorSizeInformation, FileFsSizeInformation, FileFsVolumeInformation,
};
