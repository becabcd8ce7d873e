//! Object ids, in one extended attribute: the 64 bytes of [MS-FSCC] 2.1.3.1.

use crate::open::Handle;
use crate::status::status;
use lanward_nt::fscc::FileObjectId;
use lanward_vfs::{NtStatus, Result};
use rustix::io::Errno;
use std::ffi::CStr;

const NAME: &CStr = c"user.lanward.object-id";

/// One that was written by nobody we know says nothing.
pub(crate) fn read(handle: &Handle) -> Result<Option<FileObjectId>> {
    let mut value = [0; FileObjectId::LENGTH];
    match handle.xattr(NAME, &mut value) {
        Ok(length) => Ok(FileObjectId::parse(&value[..length])),
        Err(Errno::NODATA | Errno::RANGE) => Ok(None),
        Err(e) => Err(failed(e)),
    }
}

pub(crate) fn write(handle: &Handle, id: Option<&FileObjectId>) -> Result<()> {
    let outcome = match id {
        Some(id) => handle.set_xattr(NAME, &id.bytes()),
        None => handle.remove_xattr(NAME),
    };
    match outcome {
        Ok(()) | Err(Errno::NODATA) => Ok(()),
        Err(e) => Err(failed(e)),
    }
}

fn failed(errno: Errno) -> NtStatus {
    match errno {
        Errno::OPNOTSUPP | Errno::NOSYS => NtStatus::NOT_SUPPORTED,
        e => status(e),
    }
}
