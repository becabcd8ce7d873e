//! Changes that are told to a user of the machine: only of names in directories the user may list.

use crate::descriptors::look_into;
use lanward_nt::{NtPath, NtString};
use lanward_vfs::Volume;
use std::collections::HashMap;

/// Bytes of an entry before its name ([MS-FSCC] 2.7.1): NextEntryOffset, Action, FileNameLength.
const FIXED: usize = 12;
const BACKSLASH: u16 = 0x5c;

/// What of the entries the user may know who watches `base` with all that is beneath it; `volume` acts for the user. Blocks.
pub(crate) fn notified(volume: &dyn Volume, base: &NtPath, entries: &[u8]) -> Vec<u8> {
    let mut listable: HashMap<Vec<u16>, bool> = HashMap::new();
    let (mut told, mut last) = (Vec::with_capacity(entries.len()), None);
    for entry in split(entries) {
        let name: Vec<u16> =
            entry[FIXED..].chunks_exact(2).map(|unit| u16::from_le_bytes([unit[0], unit[1]])).collect();
        // What is in the directory itself could be listed when it was opened.
        if let Some(cut) = name.iter().rposition(|unit| *unit == BACKSLASH) {
            let parent = &name[..cut];
            let may = match listable.get(parent) {
                Some(may) => *may,
                None => {
                    let may = beneath(base, parent).is_some_and(|path| look_into(volume, &path).is_ok());
                    listable.insert(parent.to_vec(), may);
                    may
                }
            };
            if !may {
                continue;
            }
        }
        told.resize(told.len().next_multiple_of(4), 0);
        let start = told.len();
        if let Some(last) = last.replace(start) {
            let distance = u32::try_from(start - last).unwrap_or_default();
            told[last..last + 4].copy_from_slice(&distance.to_le_bytes());
        }
        told.extend_from_slice(&[0; 4]);
        told.extend_from_slice(&entry[4..]);
    }
    told
}

/// The entries of a list made here, each with its name and nothing behind it.
fn split(mut entries: &[u8]) -> Vec<&[u8]> {
    let number = |bytes: &[u8], at: usize| {
        let bytes = bytes.get(at..at + 4)?;
        usize::try_from(u32::from_le_bytes(bytes.try_into().ok()?)).ok()
    };
    let mut all = Vec::new();
    while let (Some(next), Some(length)) = (number(entries, 0), number(entries, 8)) {
        all.extend(entries.get(..FIXED + length));
        let Some(rest) = entries.get(next..).filter(|_| next > 0) else { break };
        entries = rest;
    }
    all
}

fn beneath(base: &NtPath, rest: &[u16]) -> Option<NtPath> {
    let mut units = base.as_string().units().to_vec();
    if !units.is_empty() {
        units.push(BACKSLASH);
    }
    units.extend_from_slice(rest);
    NtPath::new(NtString(units))
}

#[cfg(test)]
mod tests {
    use super::*;
    use lanward_nt::{FileAttributes, FileTime};
    use lanward_vfs::{Data, Intent, MemVolume, OpenRequest, Wait};

    fn list(names: &[&str]) -> Vec<u8> {
        let mut bytes: Vec<u8> = Vec::new();
        let mut last = None;
        for name in names {
            bytes.resize(bytes.len().next_multiple_of(4), 0);
            let start = bytes.len();
            if let Some(last) = last.replace(start) {
                bytes[last..last + 4].copy_from_slice(&u32::try_from(start - last).unwrap().to_le_bytes());
            }
            let units: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
            for number in [0, 3, units.len()] {
                bytes.extend(u32::try_from(number).unwrap().to_le_bytes());
            }
            bytes.extend(units);
        }
        bytes
    }

    #[test]
    fn only_what_is_in_directories_that_can_be_listed_is_told() {
        let volume = MemVolume::new(|| FileTime(1));
        for name in ["base", r"base\open"] {
            let path = NtPath::new(name.into()).unwrap();
            let request = OpenRequest {
                path: &path,
                intent: Intent::Create,
                data: Data::empty(),
                make_directory: true,
                attributes: FileAttributes::empty(),
                security: None,
                mode: None,
                no_follow: false,
                posix: None,
                wait: Wait::Allowed,
            };
            volume.open(&request).unwrap();
        }
        let base = NtPath::new("base".into()).unwrap();
        let told = |names: &[&str]| notified(&*volume, &base, &list(names));
        let all = ["abc", r"open\f", "x", r"open\g"];
        assert_eq!(told(&all), list(&all));
        assert_eq!(told(&["a", r"closed\f", r"open\g", r"closed\deep\x", "b"]), list(&["a", r"open\g", "b"]));
        assert_eq!(told(&[r"closed\f"]), Vec::<u8>::new());
        assert_eq!(told(&[]), Vec::<u8>::new());
    }
}
