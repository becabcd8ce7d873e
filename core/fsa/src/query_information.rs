use crate::{FileInformationClass, FileOpen};
use lanward_nt::NtStatus;
use lanward_wire::BudgetedWriter;

impl FileOpen {
    /// Writes information about the file ([MS-FSA] 2.1.5.12). `input` is the FILE_GET_EA_INFORMATION list for the class that takes one.
    ///
    /// # Errors
    /// BUFFER_OVERFLOW: what was written is good but cut; INFO_LENGTH_MISMATCH, INVALID_INFO_CLASS, ACCESS_DENIED.
    pub async fn query_information(
        &self,
        class: FileInformationClass,
        input: &[u8],
        out: &mut BudgetedWriter<'_>,
    ) -> Result<(), NtStatus> {
        let _ = (class, input, out);
        Err(NtStatus::NOT_IMPLEMENTED)
    }
}
