//! A client's path in the disk's bytes.

use crate::depot::is_reserved;
use crate::name::{canonical, decode, encode};
use lanward_nt::{NtPath, NtString};
use lanward_vfs::{NtStatus, Result};

const BACKSLASH: u16 = 0x5c;

/// One component, both ways.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Component<'a> {
    pub(crate) units: &'a [u16],
    pub(crate) bytes: &'a [u8],
}

/// A client's path with its components between slashes.
#[derive(Debug)]
pub(crate) struct EncodedPath<'a> {
    path: &'a NtPath,
    /// The whole path; empty for the root.
    pub(crate) bytes: Vec<u8>,
    /// Units of the last component as they are shown, when the client spelled them in another way.
    shown: Option<Vec<u16>>,
}

impl<'a> EncodedPath<'a> {
    /// # Errors
    /// OBJECT_NAME_INVALID.
    pub(crate) fn new(path: &'a NtPath) -> Result<Self> {
        let mut bytes = Vec::with_capacity(path.as_string().units().len() + 16);
        let mut aliased = false;
        if path.components().next().is_some_and(is_reserved) {
            return Err(NtStatus::OBJECT_NAME_INVALID);
        }
        for units in path.components() {
            if !bytes.is_empty() {
                bytes.push(b'/');
            }
            encode(units, &mut bytes)?;
            aliased |= matches!(units.last(), Some(0x20 | 0x2e));
        }
        let shown = aliased.then(|| {
            let names: Vec<Vec<u16>> = path.components().map(canonical).collect();
            names.join(&BACKSLASH)
        });
        Ok(Self { path, bytes, shown })
    }

    pub(crate) fn components(&self) -> impl Iterator<Item = Component<'_>> {
        let bytes = self.bytes.split(|b| *b == b'/');
        self.path.components().zip(bytes).map(|(units, bytes)| Component { units, bytes })
    }

    /// The directory's components and the last one; `None` for the root.
    pub(crate) fn split(&self) -> Option<(Vec<Component<'_>>, Component<'_>)> {
        let mut components: Vec<_> = self.components().collect();
        let last = components.pop()?;
        Some((components, last))
    }

    /// The last component.
    pub(crate) fn name(&self) -> &[u8] {
        self.bytes.rsplit(|b| *b == b'/').next().unwrap_or_default()
    }

    /// The directory's path.
    pub(crate) fn above(&self) -> &[u8] {
        self.bytes.iter().rposition(|b| *b == b'/').map_or(&b""[..], |cut| &self.bytes[..cut])
    }

    /// This path as the volume shows it, given the bytes that were found for it.
    pub(crate) fn found(&self, bytes: &[u8]) -> Result<NtPath> {
        if bytes != self.bytes {
            return shown(bytes);
        }
        match &self.shown {
            None => Ok(self.path.clone()),
            Some(units) => NtPath::new(NtString(units.clone())).ok_or(NtStatus::OBJECT_NAME_INVALID),
        }
    }
}

/// A path of the disk as clients see it.
pub(crate) fn shown(bytes: &[u8]) -> Result<NtPath> {
    let mut path = NtPath::root();
    for name in bytes.split(|b| *b == b'/').filter(|n| !n.is_empty()) {
        path = path.join(decode(name).units()).ok_or(NtStatus::OBJECT_NAME_INVALID)?;
    }
    Ok(path)
}

/// `directory/name`.
pub(crate) fn joined(directory: &[u8], name: &[u8]) -> Vec<u8> {
    let mut path = Vec::with_capacity(directory.len() + name.len() + 1);
    if !directory.is_empty() {
        path.extend_from_slice(directory);
        path.push(b'/');
    }
    path.extend_from_slice(name);
    path
}
