//! Reading and writing a file's data.

use crate::file::LocalFile;
use crate::status::status;
use lanward_vfs::{AllocatedRange, Capabilities, NtStatus, Result, Wait};
use rustix::fs::{FallocateFlags, SeekFrom, fallocate, seek};
use rustix::io::{Errno, ReadWriteFlags, pread, preadv2, pwrite, pwritev2};
use std::io::{IoSlice, IoSliceMut};
use std::sync::atomic::{AtomicBool, Ordering};

/// Zeros written at once where holes cannot be punched.
static ZEROS: [u8; 64 * 1024] = [0; 64 * 1024];

impl LocalFile {
    /// Runs `nowait` when the call may not wait and the file system can tell, else `plain`. A file system in memory or on a disk of this
    /// machine that cannot tell is asked plainly: what it does is a copy to or from the page cache.
    fn once(
        &self,
        wait: Wait,
        can_tell: &AtomicBool,
        nowait: &mut dyn FnMut() -> rustix::io::Result<usize>,
        plain: &mut dyn FnMut() -> rustix::io::Result<usize>,
    ) -> Result<usize> {
        if wait == Wait::Never {
            if can_tell.load(Ordering::Relaxed) {
                match again(nowait) {
                    Err(Errno::OPNOTSUPP | Errno::NOSYS) => can_tell.store(false, Ordering::Relaxed),
                    outcome => return outcome.map_err(status),
                }
            }
            if self.shared.capabilities.contains(Capabilities::SLOW) {
                return Err(NtStatus::CANT_WAIT);
            }
        }
        again(plain).map_err(status)
    }

    pub(crate) fn read_data(&self, offset: u64, buf: &mut [u8], wait: Wait) -> Result<usize> {
        self.check_data()?;
        let mut done = 0;
        while done < buf.len() {
            let Some(at) = offset.checked_add(done as u64).filter(|at| *at <= i64::MAX as u64) else { break };
            let (fd, rest) = (&self.handle.fd, std::cell::RefCell::new(&mut buf[done..]));
            let count = self.once(
                wait,
                &self.shared.nowait_read,
                &mut || preadv2(fd, &mut [IoSliceMut::new(*rest.borrow_mut())], at, ReadWriteFlags::NOWAIT),
                &mut || pread(fd, &mut **rest.borrow_mut(), at),
            )?;
            if count == 0 {
                break;
            }
            done += count;
        }
        Ok(done)
    }

    pub(crate) fn read_data_into(
        &self,
        offset: u64,
        length: usize,
        buf: &mut Vec<u8>,
        wait: Wait,
    ) -> Result<usize> {
        self.check_data()?;
        let start = buf.len();
        buf.reserve(length);
        while buf.len() - start < length {
            let done = buf.len() - start;
            let Some(at) = offset.checked_add(done as u64).filter(|at| *at <= i64::MAX as u64) else { break };
            let (fd, rest) = (&self.handle.fd, std::cell::RefCell::new(&mut *buf));
            let outcome = self.once(
                wait,
                &self.shared.nowait_read,
                &mut || lanward_sys::read_append(fd, at, length - done, *rest.borrow_mut(), true),
                &mut || lanward_sys::read_append(fd, at, length - done, *rest.borrow_mut(), false),
            );
            match outcome {
                Ok(0) => break,
                Ok(_) => {}
                Err(e) => {
                    buf.truncate(start);
                    return Err(e);
                }
            }
        }
        Ok(buf.len() - start)
    }

    pub(crate) fn write_data(&self, offset: u64, data: &[u8], wait: Wait) -> Result<()> {
        self.check_data()?;
        let end = offset.checked_add(data.len() as u64);
        if end.is_none_or(|end| end > i64::MAX as u64) {
            return Err(NtStatus::INVALID_PARAMETER);
        }
        let mut done = 0;
        while done < data.len() {
            let (fd, rest, at) = (&self.handle.fd, &data[done..], offset + done as u64);
            let count = self.once(
                wait,
                &self.shared.nowait_write,
                &mut || pwritev2(fd, &[IoSlice::new(rest)], at, ReadWriteFlags::NOWAIT),
                &mut || pwrite(fd, rest, at),
            )?;
            if count == 0 {
                return Err(NtStatus::UNEXPECTED_IO_ERROR);
            }
            done += count;
        }
        Ok(())
    }

    pub(crate) fn reserve_data(&self, length: u64) -> Result<()> {
        self.check_data()?;
        if length == 0 {
            return Ok(());
        }
        match fallocate(&self.handle.fd, FallocateFlags::KEEP_SIZE, 0, length) {
            Ok(()) | Err(Errno::OPNOTSUPP) => Ok(()),
            Err(e) => Err(status(e)),
        }
    }

    pub(crate) fn zero_data(&self, offset: u64, length: u64) -> Result<()> {
        self.check_data()?;
        let size = crate::metadata::stat(&self.handle.fd).map_err(status)?.stx_size;
        let end = offset.saturating_add(length).min(size);
        if offset >= end {
            return Ok(());
        }
        let flags = FallocateFlags::PUNCH_HOLE | FallocateFlags::KEEP_SIZE;
        match fallocate(&self.handle.fd, flags, offset, end - offset) {
            Err(Errno::OPNOTSUPP | Errno::NOSYS) => {}
            outcome => return outcome.map_err(status),
        }
        let mut at = offset;
        while at < end {
            let count = (end - at).min(ZEROS.len() as u64);
            self.write_data(at, &ZEROS[..count as usize], Wait::Allowed)?;
            at += count;
        }
        Ok(())
    }

    pub(crate) fn ranges(&self, offset: u64, length: u64, limit: usize) -> Result<Vec<AllocatedRange>> {
        self.check_data()?;
        let size = crate::metadata::stat(&self.handle.fd).map_err(status)?.stx_size;
        let end = offset.saturating_add(length).min(size);
        let (mut ranges, mut at) = (Vec::new(), offset);
        while at < end && ranges.len() < limit {
            let from = match seek(&self.handle.fd, SeekFrom::Data(at)) {
                Err(Errno::NXIO) => break,
                outcome => outcome.map_err(status)?,
            };
            if from >= end {
                break;
            }
            // There is a hole at the end of every file, unless it shrank just now.
            let to = seek(&self.handle.fd, SeekFrom::Hole(from)).unwrap_or(end).min(end);
            if to <= from {
                break;
            }
            ranges.push(AllocatedRange { offset: from, length: to - from });
            at = to;
        }
        Ok(ranges)
    }
}

fn again(call: &mut dyn FnMut() -> rustix::io::Result<usize>) -> rustix::io::Result<usize> {
    loop {
        match call() {
            Err(Errno::INTR) => {}
            outcome => return outcome,
        }
    }
}
