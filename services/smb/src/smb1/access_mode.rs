//! The AccessMode of the older opens ([MS-CIFS] 2.2.4.3.1 and its note on 3.3.5.5): what a file is opened for and what others may do meanwhile.

use lanward_nt::{AccessMask, NtStatus, NtString, ShareAccess};
use lanward_smb1::AccessMode;

/// STATUS_OS2_INVALID_ACCESS: an access mode that there is not, or an action that neither opens nor creates.
pub(crate) const OS2_INVALID_ACCESS: NtStatus = NtStatus(0x000c_0001);

/// An access mode, taken apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Wanted {
    pub(crate) access: AccessMask,
    pub(crate) share: ShareAccess,
    /// Whether it is opened as DOS does, and may be an open of a file that the process has open like this already ([MS-CIFS] 3.2.4.5.1).
    pub(crate) compatible: bool,
    /// Opens of the same process may be this open.
    pub(crate) shared_with_own: bool,
    pub(crate) write_through: bool,
}

impl Wanted {
    /// What a mode says of a file with this name.
    ///
    /// # Errors
    /// [`OS2_INVALID_ACCESS`].
    pub(crate) fn of(mode: AccessMode, name: &NtString) -> Result<Self, NtStatus> {
        const READ_WRITE: AccessMask = AccessMask::GENERIC_READ.union(AccessMask::GENERIC_WRITE);
        let write_through = mode.is_write_through();
        if mode.is_fcb() {
            let share = ShareAccess::empty();
            return Ok(Self {
                access: READ_WRITE,
                share,
                compatible: true,
                shared_with_own: true,
                write_through,
            });
        }
        let access = match mode.access() {
            AccessMode::READ => AccessMask::GENERIC_READ,
            AccessMode::WRITE => AccessMask::GENERIC_WRITE | AccessMask::READ_ATTRIBUTES,
            AccessMode::READ_WRITE => READ_WRITE,
            AccessMode::EXECUTE => AccessMask::GENERIC_READ | AccessMask::GENERIC_EXECUTE,
            _ => return Err(OS2_INVALID_ACCESS),
        };
        let writes = access.contains(AccessMask::GENERIC_WRITE);
        let compatible = mode.sharing() == 0;
        let program = is_program(name);
        let share = match mode.sharing() {
            0 if program => ShareAccess::READ | ShareAccess::WRITE,
            0 if writes => ShareAccess::empty(),
            0 | 2 => ShareAccess::READ,
            1 => ShareAccess::empty(),
            3 => ShareAccess::WRITE,
            4 => ShareAccess::READ | ShareAccess::WRITE,
            _ => return Err(OS2_INVALID_ACCESS),
        };
        let shared_with_own = compatible && writes && !program;
        Ok(Self { access, share, compatible, shared_with_own, write_through })
    }

    /// The rights on data that it asks for.
    pub(crate) fn data(&self) -> AccessMask {
        let mut data = AccessMask::empty();
        data.set(AccessMask::READ_DATA, self.access.contains(AccessMask::GENERIC_READ));
        data.set(AccessMask::WRITE_DATA, self.access.contains(AccessMask::GENERIC_WRITE));
        data
    }
}

/// Whether a name is one of those that everybody may open at once in compatibility mode.
fn is_program(name: &NtString) -> bool {
    let dot = name.units().iter().rposition(|u| *u == 0x2e);
    let extension = dot.map(|at| NtString(name.units()[at + 1..].to_vec()));
    extension.is_some_and(|e| {
        ["EXE", "DLL", "SYM", "COM"].iter().any(|program| e.eq_ignore_case(&(*program).into()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modes_say_access_and_sharing() {
        let of = |mode, name: &str| Wanted::of(AccessMode(mode), &name.into());
        let share = |mode, name| of(mode, name).map(|w| w.share.bits());
        let (none, read, write, both) = (Ok(0), Ok(1), Ok(2), Ok(3));
        assert_eq!([0x10, 0x20, 0x30, 0x40].map(|m| share(m, "a")), [none, read, write, both]);
        assert_eq!([0x00, 0x01, 0x02].map(|m| share(m, "a.dat")), [read, none, none]);
        assert_eq!([0x00, 0x01, 0x02].map(|m| share(m, "a.Exe")), [both; 3]);
        assert_eq!(share(0xff, "a.exe"), none);
        assert_eq!(share(0x50, "a"), Err(OS2_INVALID_ACCESS));
        assert_eq!(share(0x04, "a"), Err(OS2_INVALID_ACCESS));
    }

    #[test]
    fn who_may_be_the_same_open() {
        let of = |mode, name: &str| {
            let wanted = Wanted::of(AccessMode(mode), &name.into()).unwrap();
            (wanted.compatible, wanted.shared_with_own)
        };
        assert_eq!(
            (of(0x02, "a"), of(0x00, "a"), of(0x02, "a.com")),
            ((true, true), (true, false), (true, false))
        );
        assert_eq!((of(0xff, "a.com"), of(0x42, "a")), ((true, true), (false, false)));
    }
}
