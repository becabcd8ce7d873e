//! Reparse points: what a client set, in an extended attribute, its tag beside the DOS attributes where listing finds it; and what the file
//! system has itself of the kind.

use crate::dos::{self, Dos};
use crate::file::LocalFile;
use crate::metadata::{Stored, stat};
use crate::status::status;
use crate::stored::{read_stored, write_stored};
use lanward_nt::NtString;
use lanward_nt::fscc::{NfsSpecial, ReparsePoint, SymbolicLink};
use lanward_sys::act_as_self;
use lanward_vfs::{Capabilities, FileKind, NtStatus, Result};
use rustix::fd::AsFd;
use rustix::fs::{FileType, getxattr, readlinkat};
use rustix::io::Errno;
use std::ffi::CStr;
use std::os::fd::AsRawFd as _;

const NAME: &CStr = c"user.lanward.reparse";

/// Why no path leads through a directory, opened by its name only: it is a reparse point that was set, as a link that leads out; or it is in the
/// depot of a share beneath, and not there.
pub(crate) fn check_way(directory: impl AsFd) -> rustix::io::Result<()> {
    let path = format!("/proc/self/fd/{}", directory.as_fd().as_raw_fd());
    let mut value = [0; dos::LONGEST];
    let outcome = act_as_self(|| getxattr(path, dos::NAME, &mut value));
    let Ok(length) = outcome else { return Ok(()) };
    match Dos::decode(&value[..length]) {
        Dos { private: true, .. } => Err(Errno::NOENT),
        Dos { reparse_tag: Some(_), .. } => Err(Errno::XDEV),
        _ => Ok(()),
    }
}

impl LocalFile {
    pub(crate) fn read_reparse_point(&self) -> Result<Option<ReparsePoint>> {
        match self.kind {
            FileKind::Symlink => self.link().map(|link| Some(link.reparse_point())),
            FileKind::Special => self.special().map(|special| Some(special.reparse_point())),
            FileKind::File | FileKind::Directory => self.stored_point(),
        }
    }

    pub(crate) fn write_reparse_point(&self, point: Option<&ReparsePoint>) -> Result<()> {
        if !self.shared.capabilities.contains(Capabilities::REPARSE_POINTS) {
            return Err(NtStatus::NOT_SUPPORTED);
        }
        if !matches!(self.kind, FileKind::File | FileKind::Directory) {
            return Err(NtStatus::ACCESS_DENIED);
        }
        // The tag makes it a reparse point: it comes last and goes first.
        if let Some(point) = point {
            self.handle.set_xattr(NAME, &point.bytes()).map_err(status)?;
        }
        let state = stat(&self.handle.fd).map_err(status)?;
        if let Stored::Some(dos) = read_stored(&self.shared, &self.handle, &state) {
            let dos = Dos {
                attributes: Some(dos.attributes.unwrap_or(dos::default_attributes(self.is_directory()))),
                reparse_tag: point.map(|p| p.tag),
                ..dos
            };
            write_stored(&self.handle, dos, &state)?;
        }
        if self.is_directory() {
            self.shared.directories.forget_paths();
        }
        if point.is_some() {
            return Ok(());
        }
        match self.handle.remove_xattr(NAME) {
            Ok(()) | Err(Errno::NODATA) => Ok(()),
            Err(e) => Err(status(e)),
        }
    }

    fn is_directory(&self) -> bool {
        self.kind == FileKind::Directory
    }

    fn stored_point(&self) -> Result<Option<ReparsePoint>> {
        let mut value = vec![0; ReparsePoint::MAX_LENGTH];
        match self.handle.xattr(NAME, &mut value) {
            Ok(length) => Ok(ReparsePoint::parse(&value[..length])),
            Err(Errno::NODATA | Errno::OPNOTSUPP | Errno::RANGE) => Ok(None),
            Err(e) => Err(status(e)),
        }
    }

    /// A link of the file system, in a client's spelling.
    fn link(&self) -> Result<SymbolicLink> {
        let target = readlinkat(&self.handle.fd, c"", Vec::new()).map_err(status)?;
        let text = String::from_utf8_lossy(target.to_bytes()).replace('/', "\\");
        let name = NtString::from(text.as_str());
        Ok(SymbolicLink {
            substitute_name: name.clone(),
            print_name: name,
            relative: !text.starts_with('\\'),
        })
    }

    fn special(&self) -> Result<NfsSpecial> {
        let state = stat(&self.handle.fd).map_err(status)?;
        let device = (state.stx_rdev_major, state.stx_rdev_minor);
        Ok(match FileType::from_raw_mode(state.stx_mode.into()) {
            FileType::CharacterDevice => NfsSpecial::CharacterDevice(device.0, device.1),
            FileType::BlockDevice => NfsSpecial::BlockDevice(device.0, device.1),
            FileType::Socket => NfsSpecial::Socket,
            _ => NfsSpecial::Fifo,
        })
    }
}
