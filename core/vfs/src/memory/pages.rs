use crate::AllocatedRange;
use std::collections::BTreeMap;

/// Bytes in one page.
pub(super) const PAGE: u64 = 4096;
pub(super) const PAGE_BYTES: usize = 4096;

/// A file's data: pages that were written, everything between them reads as zero.
#[derive(Debug, Default)]
pub(super) struct Pages {
    length: u64,
    pages: BTreeMap<u64, Box<[u8; PAGE_BYTES]>>,
}

/// The part of one page a stretch of bytes touches: page number, first byte in it, count.
fn pieces(offset: u64, length: u64) -> impl Iterator<Item = (u64, usize, usize)> {
    let end = offset + length;
    let mut at = offset;
    std::iter::from_fn(move || {
        (at < end).then(|| {
            let within = at % PAGE;
            let count = (PAGE - within).min(end - at);
            let piece = (at / PAGE, within as usize, count as usize);
            at += count;
            piece
        })
    })
}

impl Pages {
    pub(super) fn length(&self) -> u64 {
        self.length
    }

    pub(super) fn allocated(&self) -> u64 {
        self.pages.len() as u64 * PAGE
    }

    /// Bytes of the pages that writing `from..to` would add.
    pub(super) fn missing(&self, from: u64, to: u64) -> u64 {
        let (first, end) = (from / PAGE, to.div_ceil(PAGE));
        if from >= to {
            return 0;
        }
        (end - first - self.pages.range(first..end).count() as u64) * PAGE
    }

    pub(super) fn read(&self, offset: u64, buf: &mut [u8]) -> usize {
        let count = self.length.saturating_sub(offset).min(buf.len() as u64);
        let mut done = 0;
        for (page, within, n) in pieces(offset, count) {
            let into = &mut buf[done..done + n];
            match self.pages.get(&page) {
                Some(bytes) => into.copy_from_slice(&bytes[within..within + n]),
                None => into.fill(0),
            }
            done += n;
        }
        done
    }

    pub(super) fn write(&mut self, offset: u64, data: &[u8]) {
        let mut done = 0;
        for (page, within, n) in pieces(offset, data.len() as u64) {
            let bytes = self.pages.entry(page).or_insert_with(|| Box::new([0; PAGE_BYTES]));
            bytes[within..within + n].copy_from_slice(&data[done..done + n]);
            done += n;
        }
        self.length = self.length.max(offset + data.len() as u64);
    }

    pub(super) fn set_length(&mut self, length: u64) {
        if length < self.length {
            self.pages.split_off(&length.div_ceil(PAGE));
            if let Some(last) = self.pages.get_mut(&(length / PAGE)) {
                last[(length % PAGE) as usize..].fill(0);
            }
        }
        self.length = length;
    }

    /// Makes a stretch read as zero and gives whole pages back.
    pub(super) fn zero(&mut self, offset: u64, length: u64) {
        let end = offset.saturating_add(length).min(self.length);
        if offset >= end {
            return;
        }
        let touched: Vec<u64> =
            self.pages.range(offset / PAGE..end.div_ceil(PAGE)).map(|(p, _)| *p).collect();
        for page in touched {
            let (start, stop) = (page * PAGE, (page + 1) * PAGE);
            if offset <= start && stop <= end {
                self.pages.remove(&page);
            } else if let Some(bytes) = self.pages.get_mut(&page) {
                let (from, to) = (offset.max(start) - start, end.clamp(start, stop) - start);
                bytes[from.min(to) as usize..to as usize].fill(0);
            }
        }
    }

    pub(super) fn ranges(&self, offset: u64, length: u64, limit: usize) -> Vec<AllocatedRange> {
        let end = offset.saturating_add(length).min(self.length);
        let mut ranges: Vec<AllocatedRange> = Vec::new();
        if offset >= end {
            return ranges;
        }
        for page in self.pages.range(offset / PAGE..end.div_ceil(PAGE)).map(|(p, _)| *p) {
            let (from, to) = ((page * PAGE).max(offset), ((page + 1) * PAGE).min(end));
            if let Some(last) = ranges.last_mut().filter(|last| last.offset + last.length == from) {
                last.length += to - from;
            } else if ranges.len() == limit {
                break;
            } else {
                ranges.push(AllocatedRange { offset: from, length: to - from });
            }
        }
        ranges
    }
}
