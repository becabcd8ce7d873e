use crate::name::OpenName;
use lanward_nt::{NtPath, NtString, ShortName};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How long a name is remembered ([MS-FSA] 2.1.1.1 TunnelCacheList).
const LIFETIME: Duration = Duration::from_secs(15);
/// Names remembered at once.
const MOST: usize = 32;

/// Long names that were lately opened by their 8.3 name. An old program saves a file by removing it and making it anew, and knows only the
/// 8.3 name: the file is to keep its long one.
#[derive(Debug, Default)]
pub(crate) struct Tunnel {
    entries: Mutex<Vec<Entry>>,
}

#[derive(Debug)]
struct Entry {
    /// The path that was asked for, in upper case.
    asked: NtString,
    long: NtString,
    since: Instant,
}

impl Tunnel {
    /// Notes that `asked` was found as `found`, if that was by an 8.3 name.
    pub(crate) fn note(&self, asked: &OpenName, found: &NtPath) {
        let (short, long) = (asked.path.file_name(), found.file_name());
        if !ShortName::is_made(short) || ShortName::beside(long) != ShortName::of(short) {
            return;
        }
        let asked = asked.path.as_string().to_uppercase();
        let mut entries = self.fresh();
        entries.retain(|e| e.asked != asked);
        if entries.len() == MOST {
            entries.remove(0);
        }
        entries.push(Entry { asked, long: NtString(long.to_vec()), since: Instant::now() });
    }

    /// The path with the long name in place of the 8.3 name `asked` ends in, if that is remembered.
    pub(crate) fn long_path(&self, asked: &OpenName) -> Option<NtPath> {
        if !ShortName::is_made(asked.path.file_name()) {
            return None;
        }
        let key = asked.path.as_string().to_uppercase();
        let entries = self.fresh();
        let entry = entries.iter().find(|e| e.asked == key)?;
        asked.path.parent().join(entry.long.units())
    }

    fn fresh(&self) -> MutexGuard<'_, Vec<Entry>> {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        entries.retain(|e| e.since.elapsed() < LIFETIME);
        entries
    }
}
