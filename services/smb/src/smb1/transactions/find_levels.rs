//! What a search tells of each entry ([MS-CIFS] 2.2.8.1, [MS-SMB] 2.2.8.1).

use super::unix;
use crate::smb1::attributes;
use crate::smb1::fids::TIME_ZONE;
use lanward_fsa::SearchEntry;
use lanward_nt::{FileTime, NtStatus, NtString};
use lanward_smb1::subcommands::{FindLevel, FullEa, InfoStandard, Parameters, encode_fea_list};
use lanward_smb1::{DosTime, Text};
use lanward_wire::{BudgetedWriter, Writer};

/// How far a search came.
#[derive(Debug, Clone, Default)]
pub(super) struct Place {
    /// Entries passed, those that are not told of included: the resume key of the last one.
    pub(super) passed: u32,
    /// The names of those that were told of last, as far as [`Place::MOST`] goes: a client that takes files away may go on behind any of them.
    told: Vec<NtString>,
    /// Bytes of them.
    held: usize,
}

impl Place {
    /// Bytes of names that are kept, and of what it takes to keep each.
    const MOST: usize = 32 << 10;
    const EACH: usize = 56;

    /// Another one was told of.
    pub(super) fn tell(&mut self, name: &NtString) {
        let length = Self::EACH + 2 * name.units().len();
        while self.held + length > Self::MOST && !self.told.is_empty() {
            self.held -= Self::EACH + 2 * self.told.remove(0).units().len();
        }
        self.held += length;
        self.told.push(name.clone());
    }

    /// None of those is among what is told next.
    pub(super) fn forget_told(&mut self) {
        (self.told, self.held) = (Vec::new(), 0);
    }

    /// The name of the last one.
    pub(super) fn last(&self) -> Option<&NtString> {
        self.told.last()
    }

    /// The names that were told of behind one.
    pub(super) fn behind(&self, name: &NtString) -> &[NtString] {
        let at = self.told.iter().position(|told| told.eq_ignore_case(name));
        at.and_then(|at| self.told.get(at + 1..)).unwrap_or_default()
    }
}

/// Entries while they are written.
#[derive(Debug)]
pub(super) struct Listing<'r> {
    out: BudgetedWriter<'r>,
    level: FindLevel,
    /// Entries of the oldest levels have resume keys.
    keys: bool,
    text: Text,
    /// Where the last entry is.
    last: Option<usize>,
    count: u16,
}

/// Where entries of [MS-FSCC]'s structures begin.
const ALIGNMENT: usize = 8;

impl<'r> Listing<'r> {
    /// # Errors
    /// INVALID_LEVEL: there is no such level.
    pub(super) fn new(
        level: FindLevel,
        keys: bool,
        text: Text,
        out: BudgetedWriter<'r>,
    ) -> Result<Self, NtStatus> {
        let known = matches!(
            level,
            FindLevel::STANDARD
                | FindLevel::QUERY_EA_SIZE
                | FindLevel::QUERY_EAS_FROM_LIST
                | FindLevel::UNIX
                | FindLevel::UNIX_INFO2
        );
        if !known && level.class().is_none() {
            return Err(NtStatus::INVALID_LEVEL);
        }
        Ok(Self { out, level, keys, text, last: None, count: 0 })
    }

    /// Entries written.
    pub(super) const fn count(&self) -> u16 {
        self.count
    }

    /// Where the last of them begins.
    pub(super) fn last_offset(&self) -> u16 {
        u16::try_from(self.last.unwrap_or(0)).unwrap_or(u16::MAX)
    }

    /// Bytes there are for more.
    pub(super) fn room(&self) -> usize {
        self.out.remaining()
    }

    /// Writes an entry, with the extended attributes that were asked for; `false` if it does not fit.
    pub(super) fn push(&mut self, entry: &SearchEntry, attributes: &[FullEa], key: u32) -> bool {
        let (level, text, keys) = (self.level, self.text, self.keys);
        let chained = level.class().is_some() || matches!(level, FindLevel::UNIX | FindLevel::UNIX_INFO2);
        let align = if chained { ALIGNMENT } else { 1 };
        let start = self.out.position().next_multiple_of(align);
        let written = self.out.push(align, |w| match level {
            FindLevel::UNIX => unix_entry(entry, key, false, text, w),
            FindLevel::UNIX_INFO2 => unix_entry(entry, key, true, text, w),
            _ => match level.class() {
                Some(class) => {
                    let name = terminated_if_oem(text, entry.name());
                    entry.information.encode_named(class, key, &name, w);
                }
                None => standard(entry, (level, attributes), keys.then_some(key), (start, text), w),
            },
        });
        if written.is_err() {
            return false;
        }
        if let Some(before) = self.last.filter(|_| chained) {
            let distance = u32::try_from(start - before).unwrap_or(u32::MAX);
            self.out.patch(before, &distance.to_le_bytes());
        }
        self.last = Some(start);
        self.count += 1;
        true
    }
}

/// A time of the server's clock as DOS has it.
pub(super) fn dos_time(time: FileTime) -> DosTime {
    DosTime::from_file_time(time, TIME_ZONE)
}

/// A name as entries have it that say how long it is: in a code page with its terminator, which counts.
fn terminated_if_oem(text: Text, name: &NtString) -> Vec<u8> {
    let mut bytes = text.bytes(name);
    if !text.unicode {
        bytes.push(0);
    }
    bytes
}

/// SMB_INFO_STANDARD, SMB_INFO_QUERY_EA_SIZE and SMB_INFO_QUERY_EAS_FROM_LIST ([MS-CIFS] 2.2.8.1.1 to 2.2.8.1.3).
fn standard(
    entry: &SearchEntry,
    (level, attributes): (FindLevel, &[FullEa]),
    key: Option<u32>,
    (start, text): (usize, Text),
    w: &mut Writer<'_>,
) {
    let info = &entry.information;
    if let Some(key) = key {
        w.u32(key);
    }
    let short = |n: u64| u32::try_from(n).unwrap_or(u32::MAX);
    let info = InfoStandard {
        created: dos_time(info.creation_time),
        accessed: dos_time(info.last_access_time),
        written: dos_time(info.last_write_time),
        file_data_size: short(info.end_of_file),
        allocation_size: short(info.allocation_size),
        attributes: attributes::to_dos(info.attributes),
    };
    info.encode(w, text);
    match level {
        FindLevel::QUERY_EA_SIZE => w.u32(entry.metadata().ea_size),
        FindLevel::QUERY_EAS_FROM_LIST => encode_fea_list(attributes, w),
        _ => {}
    }
    let name = text.bytes(entry.name());
    w.u8(u8::try_from(name.len()).unwrap_or(u8::MAX));
    // Only the first of the three aligns its name, and only it ends it as a string; behind the others is one byte.
    let aligns = level == FindLevel::STANDARD && text.unicode;
    if aligns && (start + w.position()) % 2 == 1 {
        w.u8(0);
    }
    w.bytes(&name);
    w.zeros(if aligns { 2 } else { 1 });
}

/// SMB_FIND_FILE_UNIX and SMB_FIND_FILE_UNIX_INFO2: what `stat` tells.
fn unix_entry(entry: &SearchEntry, key: u32, second: bool, text: Text, w: &mut Writer<'_>) {
    let name = entry.name().to_posix_name();
    w.u32(0);
    w.u32(key);
    let info = unix::information(entry.metadata());
    if second {
        info.encode(w, text);
        let bytes = text.bytes(&name);
        w.u32(u32::try_from(bytes.len()).unwrap_or(u32::MAX));
        w.bytes(&bytes);
    } else {
        info.basic.encode(w, text);
        w.bytes(&text.bytes(&name));
        w.zeros(if text.unicode { 2 } else { 1 });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_knows_what_was_told_last_and_not_more_than_it_may() {
        let mut place = Place::default();
        assert_eq!((place.last(), place.behind(&"a".into())), (None, &[][..]));
        ["a", "B", "c"].iter().for_each(|name| place.tell(&(*name).into()));
        assert_eq!(place.last(), Some(&"c".into()));
        assert_eq!(place.behind(&"A".into()), ["B".into(), "c".into()]);
        assert!(place.behind(&"c".into()).is_empty() && place.behind(&"d".into()).is_empty());
        let long = NtString(vec![0x61; 255]);
        (0..100).for_each(|_| place.tell(&long));
        assert!(place.held <= Place::MOST && place.told.len() > 10 && place.behind(&"A".into()).is_empty());
        place.forget_told();
        assert_eq!(place.last(), None);
    }
}
