//! What many tests say.

use lanward_client::{Error, Options, Result};
use lanward_nt::NtStatus;
use lanward_smb2::Dialect;

/// The status of a call that the server must have refused.
#[track_caller]
pub(crate) fn refused<T: std::fmt::Debug>(outcome: Result<T>) -> NtStatus {
    let error: Error = outcome.expect_err("the server let it pass");
    error.status().unwrap_or_else(|| panic!("no status: {error}"))
}

/// Every dialect with every protection it has.
pub(crate) fn protections() -> Vec<(String, Options)> {
    let mut all = Vec::new();
    for dialect in Dialect::ALL {
        all.push((format!("{dialect} plain"), Options::only(dialect)));
        all.push((format!("{dialect} signed"), Options::only(dialect).signed()));
        if dialect.is_smb3() {
            all.push((format!("{dialect} sealed"), Options::only(dialect).sealed()));
        }
    }
    all
}

/// Bytes that differ from block to block.
pub(crate) fn pattern(length: usize) -> Vec<u8> {
    (0u32..).flat_map(|n| n.wrapping_mul(0x9e37_79b9).to_le_bytes()).take(length).collect()
}
