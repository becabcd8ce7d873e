//! The Win32 errors ([MS-ERREF] 2.2) that operations return.

pub(crate) const SUCCESS: u32 = 0;
pub(crate) const ACCESS_DENIED: u32 = 5;
pub(crate) const INVALID_PARAMETER: u32 = 87;
pub(crate) const INVALID_LEVEL: u32 = 124;
pub(crate) const MORE_DATA: u32 = 234;
pub(crate) const INSUFFICIENT_BUFFER: u32 = 122;
/// NERR_BufTooSmall
pub(crate) const BUFFER_TOO_SMALL: u32 = 0x84b;
/// NERR_NetNameNotFound
pub(crate) const NET_NAME_NOT_FOUND: u32 = 0x906;
