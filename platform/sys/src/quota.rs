//! What the kernel counts and limits for each user of a file system ([quotactl(2)]).
//!
//! [quotactl(2)]: https://man7.org/linux/man-pages/man2/quotactl.2.html

use crate::read::last_error;
use rustix::fd::{AsFd, AsRawFd};
use rustix::io::Result;
use std::ffi::{c_int, c_long};

/// The same number on every architecture, as with all calls since 5.1.
const SYS_QUOTACTL_FD: c_long = 443;
/// Limits are counted in blocks of this many bytes.
const BLOCK: u64 = 1024;
const Q_GETQUOTA: u32 = 0x80_0007;
const Q_SETQUOTA: u32 = 0x80_0008;
const Q_GETNEXTQUOTA: u32 = 0x80_0009;
const Q_XGETQSTATV: u32 = 0x5808;
/// `dqb_valid`: the limits of blocks are given.
const BLOCK_LIMITS: u32 = 1;
const USERS_ARE_COUNTED: u16 = 1;
const USERS_ARE_LIMITED: u16 = 2;

/// `struct if_nextdqblk` of Linux, whose beginning is `struct if_dqblk`.
#[repr(C)]
#[derive(Default)]
struct Block {
    hard_limit: u64,
    soft_limit: u64,
    space: u64,
    inode_hard_limit: u64,
    inode_soft_limit: u64,
    inodes: u64,
    block_time: u64,
    inode_time: u64,
    valid: u32,
    id: u32,
}

/// `struct fs_quota_statv` of Linux, of which only the beginning is read.
#[repr(C, align(8))]
struct State {
    version: i8,
    pad: u8,
    flags: u16,
    rest: [u8; 252],
}

/// What a user takes of a file system, and may take. Bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UserQuota {
    /// Who.
    pub uid: u32,
    /// What his files take.
    pub used: u64,
    /// What they may take for a time only.
    pub soft_limit: Option<u64>,
    /// What they may take.
    pub hard_limit: Option<u64>,
}

/// Whether the file system of `of` counts what users take: `Some(true)` if limits hold.
#[must_use]
pub fn user_quotas(of: impl AsFd) -> Option<bool> {
    let mut state = State { version: 1, pad: 0, flags: 0, rest: [0; 252] };
    // SAFETY: the call reads the version and writes no more than `struct fs_quota_statv`, which is shorter than `State`.
    unsafe { call(of, Q_XGETQSTATV, 0, (&raw mut state).expose_provenance()) }.ok()?;
    (state.flags & USERS_ARE_COUNTED != 0).then_some(state.flags & USERS_ARE_LIMITED != 0)
}

/// What `uid` takes and may take of the file system of `of`.
///
/// # Errors
/// `SRCH` where nothing is counted, or `NOENT` for one of whom nothing is known; `PERM` for another user without privilege; `NOSYS`.
pub fn user_quota(of: impl AsFd, uid: u32) -> Result<UserQuota> {
    let mut block = Block::default();
    // SAFETY: the call writes a `struct if_dqblk`, which `Block` begins with.
    unsafe { call(of, Q_GETQUOTA, uid, (&raw mut block).expose_provenance()) }?;
    Ok(UserQuota { uid, ..told(&block) })
}

/// As [`user_quota`], of the first user from `uid` on of whom something is known.
///
/// # Errors
/// As for [`user_quota`]; `NOENT` or `SRCH` when there is nobody more.
pub fn next_user_quota(of: impl AsFd, uid: u32) -> Result<UserQuota> {
    let mut block = Block::default();
    // SAFETY: the call writes a `struct if_nextdqblk`, which is `Block`.
    unsafe { call(of, Q_GETNEXTQUOTA, uid, (&raw mut block).expose_provenance()) }?;
    Ok(told(&block))
}

/// Limits what `uid` may take of the file system of `of`; `None` for as much as there is. A limit is a whole number of KiB, at least one.
///
/// # Errors
/// `PERM` without privilege; `SRCH`, `NOSYS` where nothing is limited.
pub fn set_user_quota(
    of: impl AsFd,
    uid: u32,
    soft_limit: Option<u64>,
    hard_limit: Option<u64>,
) -> Result<()> {
    let blocks = |limit: Option<u64>| limit.map_or(0, |bytes| (bytes / BLOCK).max(1));
    let mut block = Block {
        hard_limit: blocks(hard_limit),
        soft_limit: blocks(soft_limit),
        valid: BLOCK_LIMITS,
        ..Block::default()
    };
    // SAFETY: the call reads a `struct if_dqblk`, which `Block` begins with.
    unsafe { call(of, Q_SETQUOTA, uid, (&raw mut block).expose_provenance()) }
}

fn told(block: &Block) -> UserQuota {
    let bytes = |blocks: u64| (blocks != 0).then(|| blocks.saturating_mul(BLOCK));
    UserQuota {
        uid: block.id,
        used: block.space,
        soft_limit: bytes(block.soft_limit),
        hard_limit: bytes(block.hard_limit),
    }
}

/// # Safety
/// What is at `address` is what `command` reads or writes, and lives across the call.
unsafe fn call(of: impl AsFd, command: u32, uid: u32, address: usize) -> Result<()> {
    const USERS: u32 = 0;
    let command = command << 8 | USERS;
    let fd = of.as_fd().as_raw_fd();
    // SAFETY: the caller's promise.
    let outcome = unsafe { libc::syscall(SYS_QUOTACTL_FD, fd, command, uid as c_int, address) };
    if outcome == 0 { Ok(()) } else { Err(last_error()) }
}

#[cfg(test)]
mod tests {
    use super::{Block, State, user_quota, user_quotas};

    #[test]
    fn shapes_are_the_kernels() {
        assert_eq!(size_of::<Block>(), 72);
        assert_eq!(size_of::<State>(), 256);
    }

    #[test]
    fn a_file_system_without_quotas_says_so() {
        let proc = std::fs::File::open("/proc").unwrap();
        assert_eq!(user_quotas(&proc), None);
        assert!(user_quota(&proc, 0).is_err());
    }
}
