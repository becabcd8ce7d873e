use super::NotifyAction;
use lanward_nt::NtStatus;

/// Bytes of an entry before its name ([MS-FSCC] 2.7.1).
const FIXED: usize = 4 /* NextEntryOffset */ + 4 /* Action */ + 4 /* FileNameLength */;
const ALIGNMENT: usize = 4;

/// Changes that were not told yet, as the bytes that will tell them.
#[derive(Debug, Default)]
pub(crate) struct EventBuffer {
    bytes: Vec<u8>,
    /// Where the last entry begins.
    last: usize,
    capacity: usize,
    /// More happened than fits: the client has to look for itself.
    lost: bool,
}

impl EventBuffer {
    /// Room for `capacity` bytes of entries; nothing is kept yet.
    pub(crate) fn new(capacity: usize) -> Self {
        Self { capacity, ..Self::default() }
    }

    /// Bytes it keeps.
    pub(crate) const fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Whether there is nothing to tell.
    pub(crate) const fn is_empty(&self) -> bool {
        self.bytes.is_empty() && !self.lost
    }

    /// Adds an entry. What does not fit makes all of it one "look for yourself"; a change that repeats the one before is one change.
    pub(crate) fn push(&mut self, action: NotifyAction, name: &[u16]) {
        if !self.lost && !self.repeats(action, name) {
            self.append(action as u32, name);
        }
    }

    /// Adds an entry as it is.
    pub(crate) fn append(&mut self, action: u32, name: &[u16]) {
        let start = self.bytes.len().next_multiple_of(ALIGNMENT);
        let Ok(length) = u32::try_from(name.len().saturating_mul(2)) else { return self.lose() };
        if start.saturating_add(FIXED).saturating_add(name.len().saturating_mul(2)) > self.capacity {
            return self.lose();
        }
        if start > 0 {
            let distance = u32::try_from(start - self.last).unwrap_or_default();
            self.bytes[self.last..self.last + 4].copy_from_slice(&distance.to_le_bytes());
        }
        self.bytes.resize(start + 4, 0);
        self.bytes.extend_from_slice(&action.to_le_bytes());
        self.bytes.extend_from_slice(&length.to_le_bytes());
        self.bytes.extend(name.iter().flat_map(|u| u.to_le_bytes()));
        self.last = start;
    }

    /// From now on there is only to say that something changed.
    pub(crate) fn lose(&mut self) {
        *self = Self { capacity: self.capacity, lost: true, ..Self::default() };
    }

    /// Hands out all entries, if they fit in `max` bytes.
    ///
    /// # Errors
    /// NOTIFY_ENUM_DIR: they do not, or were too many; they are gone.
    pub(crate) fn take(&mut self, max: usize) -> Result<Vec<u8>, NtStatus> {
        let all = std::mem::replace(self, Self::new(self.capacity));
        if all.lost || all.bytes.len() > max { Err(NtStatus::NOTIFY_ENUM_DIR) } else { Ok(all.bytes) }
    }

    fn repeats(&self, action: NotifyAction, name: &[u16]) -> bool {
        if !matches!(action, NotifyAction::Modified | NotifyAction::ModifiedStream) {
            return false;
        }
        let Some(last) = self.bytes.get(self.last + 4..).filter(|b| b.len() == FIXED - 4 + name.len() * 2)
        else {
            return false;
        };
        last.starts_with(&(action as u32).to_le_bytes())
            && last[FIXED - 4..].chunks_exact(2).eq(name.iter().map(|u| u.to_le_bytes()))
    }
}

/// Entries as they were handed out: what happened, and to which name.
pub(crate) fn entries(bytes: &[u8]) -> Vec<(u32, Vec<u16>)> {
    let mut found = Vec::new();
    let mut rest = bytes;
    while let Some(([next, action, length], name)) =
        rest.as_chunks::<4>().0.first_chunk::<3>().zip(rest.get(FIXED..))
    {
        let [next, action, length] = [next, action, length].map(|word| u32::from_le_bytes(*word));
        let name = name.get(..usize::try_from(length).unwrap_or(usize::MAX)).unwrap_or_default();
        found.push((action, name.as_chunks::<2>().0.iter().map(|u| u16::from_le_bytes(*u)).collect()));
        if next == 0 {
            break;
        }
        rest = rest.get(usize::try_from(next).unwrap_or(usize::MAX)..).unwrap_or_default();
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn units(name: &str) -> Vec<u16> {
        name.encode_utf16().collect()
    }

    /// The entries of a buffer, read back.
    fn read_back(bytes: &[u8]) -> Vec<(u32, String)> {
        let (mut at, mut found) = (0, Vec::new());
        loop {
            let word = |i: usize| u32::from_le_bytes(bytes[at + i..at + i + 4].try_into().unwrap());
            let length = usize::try_from(word(8)).unwrap();
            let name: Vec<u16> = bytes[at + FIXED..at + FIXED + length]
                .chunks_exact(2)
                .map(|b| u16::from_le_bytes([b[0], b[1]]))
                .collect();
            found.push((word(4), String::from_utf16(&name).unwrap()));
            if word(0) == 0 {
                assert_eq!(at + FIXED + length, bytes.len(), "nothing follows the last entry");
                return found;
            }
            assert_eq!(word(0) % 4, 0);
            at += usize::try_from(word(0)).unwrap();
        }
    }

    #[test]
    fn entries_are_linked_and_aligned() {
        let mut buffer = EventBuffer::new(1000);
        buffer.push(NotifyAction::Added, &units("a"));
        buffer.push(NotifyAction::Removed, &units("d\\b"));
        let bytes = buffer.take(1000).unwrap();
        let expected: &[u8] = &[
            16, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, b'a', 0, 0, 0, // one
            0, 0, 0, 0, 2, 0, 0, 0, 6, 0, 0, 0, b'd', 0, b'\\', 0, b'b', 0,
        ];
        assert_eq!(bytes, expected);
        assert!(buffer.is_empty());
    }

    #[test]
    fn what_is_modified_twice_is_told_once() {
        let mut buffer = EventBuffer::new(1000);
        for _ in 0..2 {
            buffer.push(NotifyAction::Modified, &units("a"));
            buffer.push(NotifyAction::Modified, &units("a"));
            buffer.push(NotifyAction::Modified, &units("b"));
        }
        for _ in 0..2 {
            buffer.push(NotifyAction::Added, &units("c"));
        }
        let names: String = read_back(&buffer.take(1000).unwrap()).into_iter().map(|(_, n)| n).collect();
        assert_eq!(names, "ababcc");
    }

    #[test]
    fn a_buffer_without_room_only_says_that_something_changed() {
        let mut buffer = EventBuffer::new(0);
        assert!(buffer.is_empty());
        buffer.push(NotifyAction::Added, &units("a"));
        assert!(!buffer.is_empty());
        assert_eq!(buffer.take(1000), Err(NtStatus::NOTIFY_ENUM_DIR));
        assert!(buffer.is_empty());
    }

    const ACTIONS: [NotifyAction; 4] = [
        NotifyAction::Added,
        NotifyAction::Removed,
        NotifyAction::RenamedOldName,
        NotifyAction::RenamedNewName,
    ];

    proptest! {
        #[test]
        fn everything_is_told_or_that_something_was_lost(
            pushes in proptest::collection::vec((0usize..4, "[a-z]{1,12}"), 1..40),
            capacity in 0usize..1200,
            max in 0usize..1200,
        ) {
            let mut buffer = EventBuffer::new(capacity);
            let mut fits = true;
            let mut end = 0usize;
            for (action, name) in &pushes {
                buffer.push(ACTIONS[*action], &units(name));
                end = end.next_multiple_of(4) + 12 + name.len() * 2;
                fits &= end <= capacity;
                prop_assert!(buffer.len() <= capacity);
            }
            let expected: Vec<(u32, String)> =
                pushes.iter().map(|(a, n)| (ACTIONS[*a] as u32, n.clone())).collect();
            match buffer.take(max) {
                Ok(bytes) => {
                    prop_assert!(fits && bytes.len() <= max);
                    prop_assert_eq!(read_back(&bytes), expected);
                    let raw: Vec<_> = entries(&bytes).into_iter().map(|(a, n)| (a, String::from_utf16_lossy(&n))).collect();
                    prop_assert_eq!(raw, read_back(&bytes));
                }
                Err(status) => {
                    prop_assert_eq!(status, NtStatus::NOTIFY_ENUM_DIR);
                    prop_assert!(!fits || end > max);
                }
            }
            prop_assert!(buffer.is_empty());
        }
    }
}
