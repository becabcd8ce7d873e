use rustix::fd::{AsFd, AsRawFd};

/// cachestat(2), which Linux has since 6.5 and the C library does not wrap.
const CACHESTAT: libc::c_long = 451;

#[repr(C)]
struct Range {
    offset: u64,
    length: u64,
}

#[repr(C)]
#[derive(Default)]
struct Counts {
    cached: u64,
    dirty: u64,
    writeback: u64,
    evicted: u64,
    recently_evicted: u64,
}

/// Whether `length` bytes of a file from `offset` on are all in memory, so that using them waits for no disk. A system that cannot tell
/// answers that they are not.
#[must_use]
pub fn is_cached(file: impl AsFd, offset: u64, length: u64) -> bool {
    let page = rustix::param::page_size() as u64;
    let Some(last) = length.checked_sub(1).and_then(|n| offset.checked_add(n)) else { return true };
    let pages = last / page - offset / page + 1;
    let (range, mut counts) = (Range { offset, length }, Counts::default());
    let fd = file.as_fd().as_raw_fd();
    // SAFETY: `range` and `counts` have the layout of the kernel's `cachestat_range` and `cachestat` and live across the call.
    let outcome = unsafe { libc::syscall(CACHESTAT, fd, &raw const range, &raw mut counts, 0) };
    outcome == 0 && counts.cached >= pages
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    #[test]
    fn what_was_just_written_is_in_memory() {
        let mut file = std::fs::File::options()
            .create(true)
            .truncate(true)
            .read(true)
            .write(true)
            .open(std::env::temp_dir().join(format!("lanward-cached-{}", std::process::id())))
            .unwrap();
        file.write_all(&[7; 10_000]).unwrap();
        // A kernel without the call answers "no" to everything, which is allowed; one with it knows the whole file, and no more of it.
        if is_cached(&file, 0, 10_000) {
            assert!(is_cached(&file, 9_000, 1_000));
            assert!(!is_cached(&file, 0, 100_000));
        }
        assert!(is_cached(&file, 0, 0));
        std::fs::remove_file(std::env::temp_dir().join(format!("lanward-cached-{}", std::process::id())))
            .unwrap();
    }
}
