use bitflags::bitflags;

bitflags! {
    /// [MS-DTYP] 2.4.3 ACCESS_MASK with the file and directory rights of [MS-SMB2] 2.2.13.1. Unknown bits are kept.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
    pub struct AccessMask: u32 {
        /// FILE_READ_DATA, FILE_LIST_DIRECTORY
        const READ_DATA = 0x0000_0001;
        /// FILE_WRITE_DATA, FILE_ADD_FILE
        const WRITE_DATA = 0x0000_0002;
        /// FILE_APPEND_DATA, FILE_ADD_SUBDIRECTORY
        const APPEND_DATA = 0x0000_0004;
        /// FILE_READ_EA
        const READ_EA = 0x0000_0008;
        /// FILE_WRITE_EA
        const WRITE_EA = 0x0000_0010;
        /// FILE_EXECUTE, FILE_TRAVERSE
        const EXECUTE = 0x0000_0020;
        /// FILE_DELETE_CHILD
        const DELETE_CHILD = 0x0000_0040;
        /// FILE_READ_ATTRIBUTES
        const READ_ATTRIBUTES = 0x0000_0080;
        /// FILE_WRITE_ATTRIBUTES
        const WRITE_ATTRIBUTES = 0x0000_0100;
        /// DELETE
        const DELETE = 0x0001_0000;
        /// READ_CONTROL
        const READ_CONTROL = 0x0002_0000;
        /// WRITE_DAC
        const WRITE_DAC = 0x0004_0000;
        /// WRITE_OWNER
        const WRITE_OWNER = 0x0008_0000;
        /// SYNCHRONIZE
        const SYNCHRONIZE = 0x0010_0000;
        /// ACCESS_SYSTEM_SECURITY
        const ACCESS_SYSTEM_SECURITY = 0x0100_0000;
        /// MAXIMUM_ALLOWED
        const MAXIMUM_ALLOWED = 0x0200_0000;
        /// GENERIC_ALL
        const GENERIC_ALL = 0x1000_0000;
        /// GENERIC_EXECUTE
        const GENERIC_EXECUTE = 0x2000_0000;
        /// GENERIC_WRITE
        const GENERIC_WRITE = 0x4000_0000;
        /// GENERIC_READ
        const GENERIC_READ = 0x8000_0000;
        /// What GENERIC_READ means for a file ([MS-FSA] 2.1.1.1, FILE_GENERIC_READ)
        const FILE_GENERIC_READ = 0x0012_0089;
        /// What GENERIC_WRITE means for a file
        const FILE_GENERIC_WRITE = 0x0012_0116;
        /// What GENERIC_EXECUTE means for a file
        const FILE_GENERIC_EXECUTE = 0x0012_00a0;
        /// Every right a file has (FILE_ALL_ACCESS)
        const FILE_ALL_ACCESS = 0x001f_01ff;
        const _ = !0;
    }
}

impl AccessMask {
    /// The generic rights replaced by the file rights they stand for; MAXIMUM_ALLOWED stays.
    #[must_use]
    pub fn map_generic(self) -> Self {
        let map = [
            (Self::GENERIC_READ, Self::FILE_GENERIC_READ),
            (Self::GENERIC_WRITE, Self::FILE_GENERIC_WRITE),
            (Self::GENERIC_EXECUTE, Self::FILE_GENERIC_EXECUTE),
            (Self::GENERIC_ALL, Self::FILE_ALL_ACCESS),
        ];
        map.into_iter().fold(self, |mask, (generic, specific)| {
            if mask.contains(generic) { mask.difference(generic).union(specific) } else { mask }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn generic_rights_are_mapped() {
        let all = AccessMask::GENERIC_ALL | AccessMask::MAXIMUM_ALLOWED;
        assert_eq!(all.map_generic(), AccessMask::FILE_ALL_ACCESS | AccessMask::MAXIMUM_ALLOWED);
        assert_eq!(AccessMask::GENERIC_READ.map_generic().bits(), 0x0012_0089);
    }
}
