use bitflags::bitflags;

/// [MS-FSA] 2.1.5.1 CreateDisposition: what to do when the name exists or does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u32)]
pub enum CreateDisposition {
    /// FILE_SUPERSEDE: replace what exists, else create.
    Supersede = 0,
    /// FILE_OPEN: must exist.
    Open = 1,
    /// FILE_CREATE: must not exist.
    Create = 2,
    /// FILE_OPEN_IF: open what exists, else create.
    OpenIf = 3,
    /// FILE_OVERWRITE: must exist, and is emptied.
    Overwrite = 4,
    /// FILE_OVERWRITE_IF: empty what exists, else create.
    OverwriteIf = 5,
}

impl CreateDisposition {
    /// Whether an existing file's data goes.
    #[must_use]
    pub const fn overwrites(self) -> bool {
        matches!(self, Self::Supersede | Self::Overwrite | Self::OverwriteIf)
    }

    /// Whether a missing name is made.
    #[must_use]
    pub const fn creates(self) -> bool {
        !matches!(self, Self::Open | Self::Overwrite)
    }
}

impl TryFrom<u32> for CreateDisposition {
    type Error = u32;

    fn try_from(v: u32) -> Result<Self, u32> {
        Ok(match v {
            0 => Self::Supersede,
            1 => Self::Open,
            2 => Self::Create,
            3 => Self::OpenIf,
            4 => Self::Overwrite,
            5 => Self::OverwriteIf,
            _ => return Err(v),
        })
    }
}

/// [MS-SMB2] 2.2.14 CreateAction: what an open did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u32)]
pub enum CreateAction {
    /// FILE_SUPERSEDED
    Superseded = 0,
    /// FILE_OPENED
    Opened = 1,
    /// FILE_CREATED
    Created = 2,
    /// FILE_OVERWRITTEN
    Overwritten = 3,
}

impl From<CreateAction> for u32 {
    fn from(action: CreateAction) -> Self {
        match action {
            CreateAction::Superseded => 0,
            CreateAction::Opened => 1,
            CreateAction::Created => 2,
            CreateAction::Overwritten => 3,
        }
    }
}

bitflags! {
    /// [MS-SMB2] 2.2.13 ShareAccess: what others may open the file for meanwhile. Unknown bits are kept.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
    pub struct ShareAccess: u32 {
        /// FILE_SHARE_READ
        const READ = 1;
        /// FILE_SHARE_WRITE
        const WRITE = 2;
        /// FILE_SHARE_DELETE
        const DELETE = 4;
        const _ = !0;
    }
}

bitflags! {
    /// [MS-SMB2] 2.2.13 CreateOptions. Unknown bits are kept.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
    pub struct CreateOptions: u32 {
        /// FILE_DIRECTORY_FILE
        const DIRECTORY_FILE = 0x0000_0001;
        /// FILE_WRITE_THROUGH
        const WRITE_THROUGH = 0x0000_0002;
        /// FILE_SEQUENTIAL_ONLY
        const SEQUENTIAL_ONLY = 0x0000_0004;
        /// FILE_NO_INTERMEDIATE_BUFFERING
        const NO_INTERMEDIATE_BUFFERING = 0x0000_0008;
        /// FILE_SYNCHRONOUS_IO_ALERT
        const SYNCHRONOUS_IO_ALERT = 0x0000_0010;
        /// FILE_SYNCHRONOUS_IO_NONALERT
        const SYNCHRONOUS_IO_NONALERT = 0x0000_0020;
        /// FILE_NON_DIRECTORY_FILE
        const NON_DIRECTORY_FILE = 0x0000_0040;
        /// FILE_CREATE_TREE_CONNECTION
        const CREATE_TREE_CONNECTION = 0x0000_0080;
        /// FILE_COMPLETE_IF_OPLOCKED
        const COMPLETE_IF_OPLOCKED = 0x0000_0100;
        /// FILE_NO_EA_KNOWLEDGE
        const NO_EA_KNOWLEDGE = 0x0000_0200;
        /// FILE_OPEN_REMOTE_INSTANCE
        const OPEN_REMOTE_INSTANCE = 0x0000_0400;
        /// FILE_RANDOM_ACCESS
        const RANDOM_ACCESS = 0x0000_0800;
        /// FILE_DELETE_ON_CLOSE
        const DELETE_ON_CLOSE = 0x0000_1000;
        /// FILE_OPEN_BY_FILE_ID
        const OPEN_BY_FILE_ID = 0x0000_2000;
        /// FILE_OPEN_FOR_BACKUP_INTENT
        const OPEN_FOR_BACKUP_INTENT = 0x0000_4000;
        /// FILE_NO_COMPRESSION
        const NO_COMPRESSION = 0x0000_8000;
        /// FILE_OPEN_REQUIRING_OPLOCK
        const OPEN_REQUIRING_OPLOCK = 0x0001_0000;
        /// FILE_DISALLOW_EXCLUSIVE
        const DISALLOW_EXCLUSIVE = 0x0002_0000;
        /// FILE_RESERVE_OPFILTER
        const RESERVE_OPFILTER = 0x0010_0000;
        /// FILE_OPEN_REPARSE_POINT
        const OPEN_REPARSE_POINT = 0x0020_0000;
        /// FILE_OPEN_NO_RECALL
        const OPEN_NO_RECALL = 0x0040_0000;
        /// FILE_OPEN_FOR_FREE_SPACE_QUERY
        const OPEN_FOR_FREE_SPACE_QUERY = 0x0080_0000;
        const _ = !0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dispositions_are_their_numbers() {
        for n in 0..6u32 {
            assert_eq!(CreateDisposition::try_from(n).unwrap() as u32, n);
        }
        assert_eq!(CreateDisposition::try_from(6), Err(6));
        assert_eq!(u32::from(CreateAction::Overwritten), CreateAction::Overwritten as u32);
    }
}
