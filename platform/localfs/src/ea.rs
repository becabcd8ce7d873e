//! Extended attributes as clients have them: `user.NAME` of the file system, found without regard to case.

use crate::open::Handle;
use crate::status::status;
use lanward_vfs::{ExtendedAttribute, NtStatus, Result};
use rustix::io::Errno;
use std::ffi::{CStr, CString};

const PREFIX: &[u8] = b"user.";
/// What is ours, and no client's to see or set.
const OURS: &[u8] = b"lanward.";
/// Names of attributes that whoever opens the object must know of, NUL behind each.
const NEEDED: &CStr = c"user.lanward.need";
/// FILE_NEED_EA
const NEED: u8 = 0x80;
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
    let names = names(handle)?;
    let needed = if names.is_empty() { Vec::new() } else { needed(handle)? };
    for name in names {
        value.resize(LONGEST, 0);
        match handle.xattr(&full(&name)?, &mut value) {
            Ok(count) => {
                found.push(ExtendedAttribute {
                    flags: if is_among(&needed, &name) { NEED } else { 0 },
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

fn needed(handle: &Handle) -> Result<Vec<Vec<u8>>> {
    let mut list = vec![0; LONGEST];
    match handle.xattr(NEEDED, &mut list) {
        Ok(count) => {
            list.truncate(count);
            Ok(list.split(|b| *b == 0).filter(|n| !n.is_empty()).map(<[u8]>::to_vec).collect())
        }
        Err(Errno::NODATA | Errno::ACCESS) => Ok(Vec::new()),
        Err(e) => Err(unsupported(e)),
    }
}

fn is_among(needed: &[Vec<u8>], name: &[u8]) -> bool {
    needed.iter().any(|n| n.eq_ignore_ascii_case(name))
}

/// Notes whether who opens the object must know of this attribute.
fn note_need(handle: &Handle, attribute: &ExtendedAttribute) -> Result<()> {
    let mut list = needed(handle)?;
    let needs = attribute.flags & NEED != 0 && !attribute.value.is_empty();
    if needs == is_among(&list, &attribute.name) {
        return Ok(());
    }
    list.retain(|n| !n.eq_ignore_ascii_case(&attribute.name));
    if needs {
        list.push(attribute.name.clone());
    }
    if list.is_empty() {
        return handle.remove_xattr(NEEDED).map_err(unsupported);
    }
    let bytes: Vec<u8> = list
        .into_iter()
        .flat_map(|mut n| {
            n.push(0);
            n
        })
        .collect();
    handle.set_xattr(NEEDED, &bytes).map_err(unsupported)
}

/// Sets one, or takes it away when its value is empty. One call at a time for an object.
pub(crate) fn write(handle: &Handle, attribute: &ExtendedAttribute) -> Result<()> {
    if attribute.name.is_empty() || attribute.name.len() > 250 || is_ours(&attribute.name) {
        return Err(NtStatus::INVALID_EA_NAME);
    }
    let same = names(handle)?.into_iter().find(|name| name.eq_ignore_ascii_case(&attribute.name));
    note_need(handle, attribute)?;
    if !attribute.value.is_empty() {
        let name = full(same.as_ref().unwrap_or(&attribute.name))?;
        return handle.set_xattr(&name, &attribute.value).map_err(unsupported);
    }
    match same {
        Some(name) => handle.remove_xattr(&full(&name)?).map_err(unsupported),
        None => Ok(()),
    }
}
