use lanward_nt::NtStatus;

/// Most bytes of entries in one answer, whatever the client prefers; the rest comes with the resume handle.
const MAX_LENGTH: usize = 256 << 10;

/// A part of an enumeration.
pub(crate) struct Page<T> {
    pub entries: Vec<T>,
    /// Where the next part begins.
    pub next: u32,
    more: bool,
}

impl<T> Page<T> {
    /// MORE_ENTRIES if there are, SUCCESS if these were the last; `nothing` if there were none.
    pub(crate) fn status_or(&self, nothing: NtStatus) -> NtStatus {
        match (self.more, self.entries.is_empty()) {
            (true, _) => NtStatus::MORE_ENTRIES,
            (false, true) => nothing,
            (false, false) => NtStatus::SUCCESS,
        }
    }
}

/// As many entries from `start` on as fit what the client prefers and the server's limit, one at least.
pub(crate) fn page<T>(
    all: impl Iterator<Item = T>,
    start: u32,
    preferred_length: u32,
    length: impl Fn(&T) -> usize,
) -> Page<T> {
    let limit = usize::try_from(preferred_length).map_or(MAX_LENGTH, |preferred| preferred.min(MAX_LENGTH));
    let (mut entries, mut used, mut next, mut more) = (Vec::new(), 0, start, false);
    for entry in all.skip(usize::try_from(start).unwrap_or(usize::MAX)) {
        used += length(&entry);
        if used > limit && !entries.is_empty() {
            more = true;
            break;
        }
        entries.push(entry);
        next = next.saturating_add(1);
    }
    Page { entries, next, more }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_follow_one_another() {
        let mut seen = Vec::new();
        let mut start = 0;
        loop {
            let part = page(0..10, start, 25, |_| 10);
            assert!(!part.entries.is_empty() && part.entries.len() <= 2);
            seen.extend(part.entries.iter().copied());
            start = part.next;
            if part.status_or(NtStatus::NO_MORE_ENTRIES) == NtStatus::SUCCESS {
                break;
            }
        }
        assert_eq!(seen, (0..10).collect::<Vec<_>>());
        assert_eq!(
            page(0..10, 10, 25, |_| 10).status_or(NtStatus::NO_MORE_ENTRIES),
            NtStatus::NO_MORE_ENTRIES
        );
        assert_eq!(page(0..10, 0, 0, |_| 10).entries.len(), 1);
    }
}
