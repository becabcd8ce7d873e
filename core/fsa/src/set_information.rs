use crate::{FileInformationClass, FileOpen};
use lanward_nt::NtStatus;

impl FileOpen {
    /// Changes the file ([MS-FSA] 2.1.5.15).
    ///
    /// # Errors
    /// INFO_LENGTH_MISMATCH, INVALID_INFO_CLASS, INVALID_PARAMETER, ACCESS_DENIED and what the volume answers.
    pub async fn set_information(&self, class: FileInformationClass, data: &[u8]) -> Result<(), NtStatus> {
        let _ = (class, data);
        Err(NtStatus::NOT_IMPLEMENTED)
    }
}
