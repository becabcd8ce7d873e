use crate::{FileSystem, FsInformationClass};
use lanward_nt::NtStatus;
use lanward_wire::BudgetedWriter;

impl FileSystem {
    /// Writes what the volume says about itself ([MS-FSA] 2.1.5.13).
    ///
    /// # Errors
    /// BUFFER_OVERFLOW: what was written is good but cut; INFO_LENGTH_MISMATCH, INVALID_INFO_CLASS.
    pub fn query_volume_information(
        &self,
        class: FsInformationClass,
        out: &mut BudgetedWriter<'_>,
    ) -> Result<(), NtStatus> {
        let _ = (class, out);
        Err(NtStatus::NOT_IMPLEMENTED)
    }
}
