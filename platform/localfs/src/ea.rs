//! Extended attributes as clients have them: `user.NAME` of the file system, found without regard to case.

use crate::open::Handle;
use crate::status::status;
use lanward_vfs::{ExtendedAttribute, NtStatus, Result};
use rustix::io::Errno;
use std::ffi::CString;

const PREFIX: &[u8] = b"user.";
/// What is ours, and no client's to see or set.
const OURS: &[u8] = b"lanward.";
/// The most the kernel lists or keeps.
const LONGEST: usize = 65536;

fn unsupported(errno: Errno) -> NtStatus {
    match errno {
        Errno::OPNOTSUPP | Errno::NOSYS => NtStatus::EAS_NOT_SUPPORTED,
        Errno::NOSPC | Errno::TOOBIG | Errno::RANGE => NtStatus::EA_TOO_LARGE,
        e => status(e),
    }
}

fn is_ours(name: &[u8]) -> bool {
    name.get(..OURS.len()).is_some_and(|start| start.eq_ignore_ascii_case(OURS))
}

/// Names without the prefix.
fn names(handle: &Handle) -> Result<Vec<Vec<u8>>> {
    let mut list = vec![0; 1024];
    let count = match handle.xattr_names(&mut list) {
        Err(Errno::RANGE) => {
            list.resize(LONGEST, 0);
            handle.xattr_names(&mut list)
        }
        outcome => outcome,
    };
    list.truncate(count.map_err(unsupported)?);
    let own = list.split(|b| *b == 0).filter_map(|name| name.strip_prefix(PREFIX));
    Ok(own.filter(|name| !name.is_empty() && !is_ours(name)).map(<[u8]>::to_vec).collect())
}

fn full(name: &[u8]) -> Result<CString> {
    CString::new([PREFIX, name].concat()).map_err(|_| NtStatus::INVALID_EA_NAME)
}

/// All a client may see.
pub(crate) fn read(handle: &Handle) -> Result<Vec<ExtendedAttribute>> {
    let mut found = Vec::new();
    let mut value = Vec::new();
    for name in names(handle)? {
        value.resize(LONGEST, 0);
        match handle.xattr(&full(&name)?, &mut value) {
            Ok(count) => {
                found.push(ExtendedAttribute {
                    flags: 0,
                    name,
                    value: value.get(..count).unwrap_or_default().to_vec(),
                });
            }
            // It went meanwhile, or it is none of the client's business.
            Err(Errno::NODATA | Errno::ACCESS) => {}
            Err(e) => return Err(unsupported(e)),
        }
    }
    Ok(found)
}

/// Sets one, or takes it away when its value is empty.
pub(crate) fn write(handle: &Handle, attribute: &ExtendedAttribute) -> Result<()> {
    if attribute.name.is_empty() || attribute.name.len() > 250 || is_ours(&attribute.name) {
        return Err(NtStatus::INVALID_EA_NAME);
    }
    let same = names(handle)?.into_iter().find(|name| name.eq_ignore_ascii_case(&attribute.name));
    if !attribute.value.is_empty() {
        let name = full(same.as_ref().unwrap_or(&attribute.name))?;
        return handle.set_xattr(&name, &attribute.value).map_err(unsupported);
    }
    match same {
        Some(name) => handle.remove_xattr(&full(&name)?).map_err(unsupported),
        None => Ok(()),
    }
}
