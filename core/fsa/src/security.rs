use crate::FileOpen;
use lanward_nt::NtStatus;
use lanward_wire::BudgetedWriter;

impl FileOpen {
    /// Writes the parts of the security descriptor that `info` ([MS-DTYP] 2.4.7 SECURITY_INFORMATION) names.
    ///
    /// # Errors
    /// ACCESS_DENIED; BUFFER_TOO_SMALL with nothing written: ask [`FileOpen::security_length`].
    pub fn query_security(&self, info: u32, out: &mut BudgetedWriter<'_>) -> Result<(), NtStatus> {
        let _ = (info, out);
        Err(NtStatus::NOT_IMPLEMENTED)
    }

    /// How many bytes [`FileOpen::query_security`] needs.
    #[must_use]
    pub fn security_length(&self, info: u32) -> u32 {
        let _ = info;
        0
    }

    /// Changes parts of the security descriptor.
    ///
    /// # Errors
    /// ACCESS_DENIED, INVALID_SECURITY_DESCR.
    pub fn set_security(&self, info: u32, descriptor: &[u8]) -> Result<(), NtStatus> {
        let _ = (info, descriptor);
        Err(NtStatus::NOT_IMPLEMENTED)
    }
}
