use crate::offload::short;
use crate::{FileSystem, SecurityContext};
use lanward_nt::{AccessMask, NtStatus};
use lanward_vfs::{FileKind, Opened, Permitted, Volume};
use std::sync::Arc;

/// What whoever finds an object may do with it: the machine lets everybody look at it. Auditing is no matter of the machine's.
const ALWAYS: AccessMask = AccessMask::READ_ATTRIBUTES
    .union(AccessMask::READ_CONTROL)
    .union(AccessMask::SYNCHRONIZE)
    .union(AccessMask::ACCESS_SYSTEM_SECURITY);
/// Right to read.
const READ: AccessMask = AccessMask::READ_DATA.union(AccessMask::READ_EA);
/// Right to write.
const WRITE: AccessMask = AccessMask::WRITE_DATA
    .union(AccessMask::APPEND_DATA)
    .union(AccessMask::WRITE_EA)
    .union(AccessMask::WRITE_ATTRIBUTES);
/// What an owner may do whatever the mode says.
const OWNED: AccessMask =
    AccessMask::WRITE_DAC.union(AccessMask::WRITE_OWNER).union(AccessMask::WRITE_ATTRIBUTES);

/// The most the machine's permissions come to. Programs run on the client: who may read one may run it.
fn rights(permitted: Permitted, is_directory: bool) -> AccessMask {
    let runs = if is_directory { Permitted::EXECUTE } else { Permitted::READ };
    let table = [
        (Permitted::READ, READ),
        (Permitted::WRITE, WRITE),
        (runs, AccessMask::EXECUTE),
        (Permitted::OWNED, OWNED),
        (Permitted::REMOVE, AccessMask::DELETE),
        (Permitted::REMOVE_BENEATH, AccessMask::DELETE_CHILD),
    ];
    table.into_iter().filter(|(p, _)| permitted.contains(*p)).fold(ALWAYS, |all, (_, rights)| all | rights)
}

/// The most the machine lets somebody do with an object that was found; `None` on a volume that acts for nobody. Blocks no longer than an open.
///
/// # Errors
/// What the volume answers.
pub(crate) fn machine_rights(volume: &dyn Volume, opened: &Opened) -> Result<Option<AccessMask>, NtStatus> {
    let is_directory = opened.metadata.kind == FileKind::Directory;
    let permitted = volume.permits(&opened.path, &*opened.file)?;
    Ok(permitted.map(|permitted| rights(permitted, is_directory)))
}

impl FileSystem {
    /// The same as a mask, which holds everything for whoever acts as nobody of the machine: then the volume is not asked.
    pub(crate) async fn machine_rights(
        &self,
        opened: &Opened,
        by: &SecurityContext,
    ) -> Result<AccessMask, NtStatus> {
        if by.identity.is_none() {
            return Ok(AccessMask::all());
        }
        let (volume, file, path) = (Arc::clone(self.volume()), Arc::clone(&opened.file), opened.path.clone());
        let opened = Opened { file, path, ..*opened };
        short(self.is_slow(), move || Ok(machine_rights(&*volume, &opened)?.unwrap_or(ALWAYS))).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn permissions_become_rights() {
        let file = |p| rights(p, false);
        assert_eq!(file(Permitted::empty()), ALWAYS);
        assert!(
            file(Permitted::READ).contains(AccessMask::FILE_GENERIC_READ | AccessMask::FILE_GENERIC_EXECUTE)
        );
        assert!(file(Permitted::WRITE).contains(AccessMask::FILE_GENERIC_WRITE));
        assert!(!file(Permitted::EXECUTE).intersects(AccessMask::EXECUTE), "a file that cannot be read");
        let owned = file(Permitted::OWNED);
        assert!(owned.contains(AccessMask::WRITE_DAC) && !owned.intersects(AccessMask::READ_DATA));
        assert!(!file(Permitted::all().difference(Permitted::REMOVE)).contains(AccessMask::DELETE));
        assert!(file(Permitted::all()).contains(AccessMask::FILE_ALL_ACCESS));
        assert!(rights(Permitted::EXECUTE, true).contains(AccessMask::EXECUTE));
        assert!(!rights(Permitted::READ, true).contains(AccessMask::EXECUTE));
    }
}
