//! SMB_POSIX_PATH_OPEN of the CIFS UNIX extensions: `open` and `mkdir`.

use super::paths::{self, Named};
use super::reply::Reply;
use super::{searches, unix};
use crate::smb1::context::{Context, Outcome};
use crate::smb1::session::OpenMode;
use lanward_fsa::{CacheRequest, CreateParams};
use lanward_nt::{AccessMask, CreateDisposition, CreateOptions, FileAttributes, NtStatus};
use lanward_smb1::subcommands::{Parameters, QueryLevel};
use lanward_vfs::Metadata;
use lanward_wire::Reader;
use std::sync::Arc;

/// What of `open`'s flags is known, by its own numbers.
const WRITE_ONLY: u32 = 0x02;
const READ_WRITE: u32 = 0x04;
const CREATE: u32 = 0x10;
const EXCLUSIVE: u32 = 0x20;
const TRUNCATE: u32 = 0x40;
const APPEND: u32 = 0x80;
const SYNCHRONOUS: u32 = 0x100;
const DIRECTORY: u32 = 0x200;

/// A level in the answer: nothing is told of the file.
const NO_INFO: u16 = 0xffff;
const PERMISSIONS: u64 = 0o7777;

/// What is asked for.
#[derive(Debug)]
struct Request {
    flags: u32,
    mode: u64,
    level: QueryLevel,
}

impl Request {
    fn decode(data: &[u8]) -> Result<Self, NtStatus> {
        let malformed = |_| NtStatus::INVALID_PARAMETER;
        let r = &mut Reader::new(data);
        r.skip(4, "OplockFlags").map_err(malformed)?;
        Ok(Self {
            flags: r.u32("OpenFlags").map_err(malformed)?,
            mode: r.u64("Permissions").map_err(malformed)?,
            level: QueryLevel(r.u16("Level").map_err(malformed)?),
        })
    }

    const fn has(&self, flag: u32) -> bool {
        self.flags & flag != 0
    }

    fn access(&self) -> AccessMask {
        let write = AccessMask::WRITE_DATA | AccessMask::WRITE_ATTRIBUTES | AccessMask::WRITE_EA;
        let write = if self.has(APPEND) { write | AccessMask::APPEND_DATA } else { write };
        let basic = AccessMask::READ_ATTRIBUTES | AccessMask::READ_CONTROL;
        if self.has(DIRECTORY) {
            return basic;
        }
        basic
            | match () {
                () if self.has(READ_WRITE) => AccessMask::READ_DATA | AccessMask::READ_EA | write,
                () if self.has(WRITE_ONLY) => write,
                () => AccessMask::READ_DATA | AccessMask::READ_EA,
            }
    }

    const fn disposition(&self) -> CreateDisposition {
        match (self.has(CREATE), self.has(EXCLUSIVE), self.has(TRUNCATE)) {
            (true, true, _) => CreateDisposition::Create,
            (true, false, true) => CreateDisposition::OverwriteIf,
            (true, false, false) => CreateDisposition::OpenIf,
            (false, _, true) => CreateDisposition::Overwrite,
            (false, _, false) => CreateDisposition::Open,
        }
    }

    fn options(&self) -> CreateOptions {
        let kind = match self.has(DIRECTORY) {
            true => CreateOptions::DIRECTORY_FILE,
            false => CreateOptions::NON_DIRECTORY_FILE,
        };
        if self.has(SYNCHRONOUS) { kind | CreateOptions::WRITE_THROUGH } else { kind }
    }
}

pub(super) async fn posix_open(
    context: &mut Context<'_>,
    named: &Named,
    data: &[u8],
    reply: &mut Reply,
) -> Outcome {
    /// What the answer has besides what it tells of the file.
    const FIXED: usize = 12;
    let request = Request::decode(data)?;
    let told = match request.level {
        QueryLevel::UNIX_BASIC => 100,
        QueryLevel::UNIX_INFO2 => 116,
        _ => 0,
    };
    if reply.data_budget().limit() < FIXED + told {
        return Err(NtStatus::INFO_LENGTH_MISMATCH.into());
    }
    let withheld = context.tree()?.core.share().posix.unwrap_or_default();
    let mode = u16::try_from(request.mode & PERMISSIONS).unwrap_or_default() & !withheld;
    let params = CreateParams {
        path: &named.path,
        desired_access: request.access(),
        share_access: paths::SHARED,
        disposition: request.disposition(),
        options: request.options(),
        attributes: FileAttributes::empty(),
        allocation_size: None,
        extended_attributes: Vec::new(),
        posix: Some(mode),
        security_descriptor: None,
        cache: CacheRequest::None,
        waits: Some(context.unit.waits()),
    };
    let created = paths::create(context, named, params).await?;
    let entered = context.enter_open(Arc::clone(&created.open), OpenMode::default());
    let fid = match entered {
        Ok(fid) => fid,
        Err(status) => {
            searches::close(&created.open).await;
            return Err(status.into());
        }
    };
    let told = created.metadata.filter(|_| known(request.level));
    write(reply, fid, created.action.into(), request.level, told)?;
    reply.set_no_ea_error();
    Ok(NtStatus::SUCCESS)
}

fn known(level: QueryLevel) -> bool {
    [QueryLevel::UNIX_BASIC, QueryLevel::UNIX_INFO2].contains(&level)
}

fn write(
    reply: &mut Reply,
    fid: u16,
    action: u32,
    level: QueryLevel,
    told: Option<Metadata>,
) -> Result<(), NtStatus> {
    let text = reply.text();
    let written = reply.data().push_truncated(|w| {
        // No oplock.
        w.u16(0);
        w.u16(fid);
        w.u32(action);
        w.u16(if told.is_some() { level.0 } else { NO_INFO });
        w.u16(0);
        if let Some(metadata) = told {
            let info = unix::information(&metadata);
            if level == QueryLevel::UNIX_BASIC { info.basic.encode(w, text) } else { info.encode(w, text) }
        }
    });
    written.map_err(|_| NtStatus::INFO_LENGTH_MISMATCH)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_of_open() {
        let of = |flags| Request { flags, mode: 0, level: QueryLevel::UNIX_BASIC };
        type D = CreateDisposition;
        let dispositions = [0x01, 0x14, 0x34, 0x44, 0x54].map(|flags| of(flags).disposition());
        assert_eq!(dispositions, [D::Open, D::OpenIf, D::Create, D::Overwrite, D::OverwriteIf]);
        assert!(!of(0x01).access().contains(AccessMask::WRITE_DATA));
        assert!(of(0x02).access().contains(AccessMask::WRITE_DATA));
        assert!(!of(0x02).access().contains(AccessMask::READ_DATA));
        assert!(of(0x84).access().contains(AccessMask::APPEND_DATA | AccessMask::READ_DATA));
        assert_eq!(of(0x300).options(), CreateOptions::DIRECTORY_FILE | CreateOptions::WRITE_THROUGH);
    }
}
