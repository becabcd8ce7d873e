//! Lists in parts ([MS-SRVS] 3.1.4.8 and its like): what fits the client's preference, and where to go on.

use crate::win32;
use lanward_rpc::srvsvc::MAX_PREFERRED_LENGTH;
use lanward_rpc::{Entry, EnumResponse, entry_length};

/// Most bytes of entries in one answer, whatever the client prefers; the rest comes with the resume handle.
const MAX_LENGTH: usize = 512 * 1024;

/// What a client wants of a list.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wanted {
    pub level: u32,
    pub preferred_maximum_length: u32,
    pub resume_handle: Option<u32>,
}

impl Wanted {
    /// An answer that is none.
    pub(crate) fn refused<E>(self, status: u32) -> EnumResponse<E> {
        EnumResponse {
            level: self.level,
            entries: Some(Vec::new()),
            total_entries: 0,
            resume_handle: self.resume_handle,
            status,
        }
    }

    /// As much of `all`, behind the resume handle, as the client wants and `view` makes an entry of. The handle is the place in `all`, so
    /// that what is passed over plays no part in it.
    pub(crate) fn part<T, E: Entry>(self, all: &[T], view: impl Fn(&T) -> Option<E>) -> EnumResponse<E> {
        let limit = match self.preferred_maximum_length {
            MAX_PREFERRED_LENGTH => MAX_LENGTH,
            preferred => MAX_LENGTH.min(preferred as usize),
        };
        // A handle behind the end enumerates nothing, successfully.
        let start = (self.resume_handle.unwrap_or(0) as usize).min(all.len());
        let (mut entries, mut total, mut used, mut next) = (Vec::new(), 0, 0, None);
        for (place, thing) in all.iter().enumerate().skip(start) {
            let Some(mut entry) = view(thing) else { continue };
            total += 1;
            if next.is_some() {
                continue;
            }
            used += entry_length(&mut entry, self.level);
            if used > limit {
                next = Some(place as u32);
            } else {
                entries.push(entry);
            }
        }
        let status = match next {
            None => win32::SUCCESS,
            Some(_) if entries.is_empty() => return self.refused(win32::BUFFER_TOO_SMALL),
            Some(_) => win32::MORE_DATA,
        };
        EnumResponse {
            level: self.level,
            entries: Some(entries),
            total_entries: total,
            resume_handle: self.resume_handle.map(|_| next.unwrap_or(0)),
            status,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lanward_rpc::srvsvc::FileInfo;

    fn part(preferred_maximum_length: u32, resume_handle: Option<u32>) -> EnumResponse<FileInfo> {
        let all: Vec<u32> = (0..10).collect();
        // Of odd ones nothing is shown.
        Wanted { level: 2, preferred_maximum_length, resume_handle }
            .part(&all, |id| (id % 2 == 0).then(|| FileInfo { id: *id, ..FileInfo::default() }))
    }

    fn ids(response: &EnumResponse<FileInfo>) -> Vec<u32> {
        response.entries.iter().flatten().map(|file| file.id).collect()
    }

    #[test]
    fn parts_follow_each_other_whatever_is_passed_over() {
        let first = part(8, Some(0));
        assert_eq!((ids(&first), first.total_entries, first.status), (vec![0, 2], 5, 234));
        assert_eq!(first.resume_handle, Some(4));
        let second = part(8, first.resume_handle);
        assert_eq!((ids(&second), second.total_entries, second.resume_handle), (vec![4, 6], 3, Some(8)));
        let last = part(8, second.resume_handle);
        assert_eq!((ids(&last), last.total_entries, last.status), (vec![8], 1, 0));
        assert_eq!(last.resume_handle, Some(0));
    }

    #[test]
    fn the_edges() {
        assert_eq!(ids(&part(MAX_PREFERRED_LENGTH, None)), [0, 2, 4, 6, 8]);
        let small = part(3, Some(0));
        assert_eq!((ids(&small).len(), small.status, small.resume_handle), (0, 0x84b, Some(0)));
        let behind = part(0, Some(u32::MAX));
        assert_eq!((ids(&behind).len(), behind.status, behind.total_entries), (0, 0, 0));
        assert_eq!(part(8, None).resume_handle, None);
    }
}
