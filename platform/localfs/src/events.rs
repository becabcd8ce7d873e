//! What inotify tells, taken apart.

use rustix::fs::inotify::{ReadFlags, WatchFlags};

/// What makes an index wrong, and nothing else: every event costs the one who causes it.
pub(crate) const WATCHED: WatchFlags = WatchFlags::CREATE
    .union(WatchFlags::DELETE)
    .union(WatchFlags::MOVED_FROM)
    .union(WatchFlags::MOVED_TO)
    .union(WatchFlags::DELETE_SELF)
    .union(WatchFlags::ONLYDIR);

/// One event.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Event<'a> {
    pub(crate) watch: i32,
    pub(crate) flags: ReadFlags,
    /// What the two events of a rename have in common.
    pub(crate) cookie: u32,
    pub(crate) name: &'a [u8],
}

/// Header of an event: watch, mask, cookie and the length of the name that follows, padded with NUL.
const HEADER: usize = 16;
/// Longest event there can be.
pub(crate) const LONGEST: usize = HEADER + 256;

/// The events a read gave; one that is cut short ends them.
pub(crate) fn events(mut bytes: &[u8]) -> impl Iterator<Item = Event<'_>> {
    std::iter::from_fn(move || {
        let (header, rest) = bytes.split_at_checked(HEADER)?;
        let word = |at: usize| header.get(at..).and_then(|b| b.first_chunk::<4>()).copied();
        let length = usize::try_from(u32::from_ne_bytes(word(12)?)).ok()?;
        let (padded, rest) = rest.split_at_checked(length)?;
        bytes = rest;
        let name = padded.split(|b| *b == 0).next().unwrap_or_default();
        let flags = ReadFlags::from_bits_retain(u32::from_ne_bytes(word(4)?));
        let cookie = u32::from_ne_bytes(word(8)?);
        Some(Event { watch: i32::from_ne_bytes(word(0)?), flags, cookie, name })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_events_and_a_stump() {
        let mut bytes = Vec::new();
        for (watch, mask, name) in [(3_i32, 0x100_u32, &b"new\0\0\0\0\0"[..]), (4, 0x4000_0200, b"")] {
            bytes.extend_from_slice(&watch.to_ne_bytes());
            bytes.extend_from_slice(&mask.to_ne_bytes());
            bytes.extend_from_slice(&7_u32.to_ne_bytes());
            bytes.extend_from_slice(&u32::try_from(name.len()).unwrap().to_ne_bytes());
            bytes.extend_from_slice(name);
        }
        bytes.extend_from_slice(&[1; 17]);
        let found: Vec<_> = events(&bytes).collect();
        assert_eq!(found.len(), 2);
        assert_eq!(found[0], Event { watch: 3, flags: ReadFlags::CREATE, cookie: 7, name: b"new" });
        assert!(found[1].flags.contains(ReadFlags::DELETE | ReadFlags::ISDIR) && found[1].name.is_empty());
    }
}
