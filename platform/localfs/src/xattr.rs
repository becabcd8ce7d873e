//! Extended attributes of an open object, whatever its descriptor is good for.

use crate::open::Handle;
use rustix::fd::AsRawFd as _;
use rustix::fs::{self, XattrFlags};
use rustix::io::Result;
use std::ffi::CStr;

impl Handle {
    /// The object by a name of its own, for calls that take no bare descriptor.
    pub(crate) fn proc_path(&self) -> String {
        format!("/proc/self/fd/{}", self.fd.as_raw_fd())
    }

    pub(crate) fn xattr(&self, name: &CStr, value: &mut [u8]) -> Result<usize> {
        if self.path_only {
            return fs::getxattr(self.proc_path(), name, value);
        }
        fs::fgetxattr(&self.fd, name, value)
    }

    pub(crate) fn set_xattr(&self, name: &CStr, value: &[u8]) -> Result<()> {
        if self.path_only {
            return fs::setxattr(self.proc_path(), name, value, XattrFlags::empty());
        }
        fs::fsetxattr(&self.fd, name, value, XattrFlags::empty())
    }

    pub(crate) fn remove_xattr(&self, name: &CStr) -> Result<()> {
        if self.path_only {
            return fs::removexattr(self.proc_path(), name);
        }
        fs::fremovexattr(&self.fd, name)
    }

    /// Names, each with a NUL behind it; `RANGE` when there are more than fit.
    pub(crate) fn xattr_names(&self, names: &mut [u8]) -> Result<usize> {
        if self.path_only {
            return fs::listxattr(self.proc_path(), names);
        }
        fs::flistxattr(&self.fd, names)
    }
}
