//! When a file was written, as clients of SMB1 are told.
//!
//! A file system may note later that a file was written ([MS-FSA] 2.1.4.17), and up to Windows 10 v1809 NTFS did so when the open closed
//! (note 43). Programs of those days count on it: one that sets a time, writes and finds another time takes the file for somebody else's.
//! The volume has the true times all along. What is held back is only what opens are told whose [`SecurityContext`] has a delay, and no
//! timer runs for it: whoever asks works out what is due.
//!
//! [`SecurityContext`]: crate::SecurityContext

use crate::FileOpen;
use crate::node::FileNode;
use lanward_nt::{FileTime, NtStatus};
use lanward_vfs::Metadata;
use std::sync::atomic::Ordering;
use std::time::{Duration, SystemTime};
use tokio::time::Instant;

/// What was written since the time was set, by an open that did not set it: the volume knows when.
const CHANGED: u64 = u64::MAX;

/// The times of a file that are held back.
#[derive(Debug, Default)]
pub(crate) struct HeldTimes {
    /// What is told as long as an open that wrote is not closed.
    told: Option<Told>,
    /// Such opens.
    writers: u32,
    /// A write was told of, or the time was set, since there were none: of what is written now the close tells.
    settled: bool,
}

#[derive(Debug, Clone, Copy)]
struct Told {
    write_time: FileTime,
    change_time: FileTime,
    /// When the first write will be told of, and when it was.
    due: Option<(Instant, FileTime)>,
}

impl Told {
    const fn of(metadata: &Metadata) -> Self {
        Self { write_time: metadata.last_write_time, change_time: metadata.change_time, due: None }
    }
}

impl HeldTimes {
    /// Tells of the first write once that is due.
    fn advance(&mut self, now: Instant) {
        let Some(told) = &mut self.told else { return };
        if let Some((_, written)) = told.due.filter(|(due, _)| *due <= now) {
            *told = Told { write_time: written, change_time: written, due: None };
            self.settled = true;
        }
    }

    /// An open wrote, `before` being the file as it was; `first`: it had not written yet.
    fn hold(&mut self, before: &Metadata, first: bool, delay: Duration) {
        let now = Instant::now();
        self.advance(now);
        self.writers += u32::from(first);
        let told = self.told.get_or_insert(Told::of(before));
        if !self.settled && told.due.is_none() {
            // One too long to say is until the close.
            told.due = now.checked_add(delay).map(|due| (due, current_time()));
        }
    }

    /// The last open that wrote makes the times of the volume those that are told; answers whether there are others.
    fn release(&mut self) -> bool {
        self.writers = self.writers.saturating_sub(1);
        if self.writers == 0 {
            *self = Self::default();
        }
        self.writers > 0
    }

    fn show(&mut self, metadata: &mut Metadata) {
        self.advance(Instant::now());
        if let Some(told) = &self.told {
            (metadata.last_write_time, metadata.change_time) = (told.write_time, told.change_time);
        }
    }
}

impl FileNode {
    /// Puts the times that are told in place of the volume's.
    pub(crate) fn show_held_times(&self, metadata: &mut Metadata) {
        if self.holds_times.load(Ordering::Acquire) {
            self.state().held_times.show(metadata);
        }
    }
}

impl FileOpen {
    /// Whether this open set the write time, which what it changes then leaves alone ([MS-FSA] 2.1.4.17 UserSetModificationTime).
    fn keeps_write_time(&self) -> bool {
        self.sticky_write_time.load(Ordering::Relaxed) != 0
    }

    /// This open set the write time.
    pub(crate) fn note_set_write_time(&self) {
        let set = self.sticky_write_time.load(Ordering::Relaxed);
        if set != 0 {
            self.node.set_write_time.store(set, Ordering::Release);
        }
    }

    /// Before a change through an open that keeps the write time: what another open made of it meanwhile is what it keeps.
    ///
    /// # Errors
    /// What the volume answers.
    pub(crate) fn look_up_kept_time(&self) -> Result<(), NtStatus> {
        let set = &self.node.set_write_time;
        if self.keeps_write_time() && set.load(Ordering::Acquire) == CHANGED {
            let now = self.file.metadata()?.last_write_time.0;
            // Whoever came first is as right.
            let _ = set.compare_exchange(CHANGED, now, Ordering::AcqRel, Ordering::Acquire);
        }
        Ok(())
    }

    /// After a change: the write time it leaves alone, if it does.
    pub(crate) fn kept_write_time(&self) -> Option<FileTime> {
        let set = self.node.set_write_time.load(Ordering::Relaxed);
        match self.sticky_write_time.load(Ordering::Relaxed) {
            0 => {
                if set != 0 && set != CHANGED {
                    self.node.set_write_time.store(CHANGED, Ordering::Release);
                }
                None
            }
            own => Some(FileTime(if set == CHANGED { own } else { set })),
        }
    }

    /// How long this open is not told of writes; `None`: they are told at once. The POSIX extensions have the times of POSIX.
    fn write_time_delay(&self) -> Option<Duration> {
        self.by.write_time_delay.filter(|_| !self.posix)
    }

    /// The file before its first write through an open that tells of it later.
    ///
    /// # Errors
    /// What the volume answers.
    pub(crate) fn before_write(&self) -> Result<Option<Metadata>, NtStatus> {
        if self.keeps_write_time() {
            return self.look_up_kept_time().map(|()| None);
        }
        if self.write_time_delay().is_none() || self.holds_time.load(Ordering::Relaxed) {
            return Ok(None);
        }
        self.file.metadata().map(Some)
    }

    /// After a write, with what [`FileOpen::before_write`] answered before it.
    ///
    /// # Errors
    /// What the volume answers.
    pub(crate) fn note_write_time(&self, before: Option<&Metadata>) -> Result<(), NtStatus> {
        let Some(delay) = self.write_time_delay() else { return self.tell_held_times() };
        if let Some(before) = before {
            let mut state = self.node.state();
            if self.is_closed() {
                return Ok(());
            }
            let first = !self.holds_time.swap(true, Ordering::AcqRel);
            state.held_times.hold(before, first, delay);
            if !self.node.holds_times.swap(true, Ordering::AcqRel) {
                self.file_system.files_with_held_times.fetch_add(1, Ordering::AcqRel);
            }
        }
        Ok(())
    }

    /// After the data changed otherwise, or its time was set: that is told at once, and of what is written from then on the close tells.
    ///
    /// # Errors
    /// What the volume answers.
    pub(crate) fn settle_write_time(&self) -> Result<(), NtStatus> {
        if self.write_time_delay().is_some() {
            self.node.state().held_times.settled = true;
        }
        self.tell_held_times()
    }

    /// Makes the times of the volume those that are told, if others are.
    ///
    /// # Errors
    /// What the volume answers.
    pub(crate) fn tell_held_times(&self) -> Result<(), NtStatus> {
        if !self.node.holds_times.load(Ordering::Acquire) {
            return Ok(());
        }
        let now = self.file.metadata()?;
        if let Some(told) = &mut self.node.state().held_times.told {
            *told = Told::of(&now);
        }
        Ok(())
    }

    /// Puts the times that this open is told in place of the volume's.
    pub(crate) fn show_held_times(&self, metadata: &mut Metadata) {
        if self.write_time_delay().is_some() {
            self.node.show_held_times(metadata);
        }
    }

    /// The same of what this directory lists.
    pub(crate) fn show_held_times_of_entry(&self, metadata: &mut Metadata) {
        if self.write_time_delay().is_none()
            || self.file_system.files_with_held_times.load(Ordering::Acquire) == 0
        {
            return;
        }
        let node = self.file_system.shard(metadata.number).get(&metadata.number).cloned();
        if let Some(node) = node {
            node.show_held_times(metadata);
        }
    }

    /// This open closes.
    pub(crate) fn release_held_times(&self) {
        if self.write_time_delay().is_none() {
            return;
        }
        let others = {
            let mut state = self.node.state();
            if !self.holds_time.swap(false, Ordering::AcqRel) {
                return;
            }
            let others = state.held_times.release();
            if !others && self.node.holds_times.swap(false, Ordering::AcqRel) {
                self.file_system.files_with_held_times.fetch_sub(1, Ordering::AcqRel);
            }
            others
        };
        if others {
            // What cannot be looked at now is told when the others close.
            let _ = self.tell_held_times();
        }
    }
}

fn current_time() -> FileTime {
    FileTime::from_unix_duration(SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default())
}
