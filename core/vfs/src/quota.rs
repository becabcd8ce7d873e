use lanward_nt::{FileTime, Sid};

/// What a user takes of a volume and may take, in bytes ([MS-FSA] 2.1.1.1 QuotaInformation).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quota {
    /// Whose files are counted.
    pub owner: Sid,
    /// When the limits were set; 0 where the volume does not keep that.
    pub change_time: FileTime,
    /// What the files take.
    pub used: u64,
    /// What they may take.
    pub limits: QuotaLimits,
}

/// What a user may take of a volume, in bytes; `None` for as much as there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct QuotaLimits {
    /// From here on the user is warned.
    pub threshold: Option<u64>,
    /// More than this is refused.
    pub limit: Option<u64>,
}
