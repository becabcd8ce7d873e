//! A share to which files can be brought and from which nothing can be taken.

use super::ShareView;
use crate::CreateParams;
use lanward_nt::{AccessMask, CreateDisposition, CreateOptions, NtStatus};
use lanward_vfs::{FileKind, Opened};

/// What reads a file's data or lists a directory.
const READS: AccessMask = AccessMask::READ_DATA.union(AccessMask::EXECUTE);
/// What changes a directory that is there.
const CHANGES: AccessMask = AccessMask::DELETE
    .union(AccessMask::DELETE_CHILD)
    .union(AccessMask::WRITE_ATTRIBUTES)
    .union(AccessMask::WRITE_EA)
    .union(AccessMask::WRITE_DAC)
    .union(AccessMask::WRITE_OWNER);

impl ShareView {
    /// What is asked for of a file that is to be made: who wants to read it as well gets an open that cannot. Many programs ask for both.
    ///
    /// # Errors
    /// ACCESS_DENIED: the file would be replaced.
    pub(crate) fn check_drop(&self, p: &mut CreateParams<'_>) -> Result<(), NtStatus> {
        if !self.rules.drop_box {
            return Ok(());
        }
        let replaces = [CreateDisposition::Supersede, CreateDisposition::Overwrite].contains(&p.disposition);
        if replaces {
            return Err(NtStatus::ACCESS_DENIED);
        }
        if p.disposition.creates() && !p.options.contains(CreateOptions::DIRECTORY_FILE) {
            let wanted = p.desired_access.map_generic();
            let most = wanted.contains(AccessMask::MAXIMUM_ALLOWED);
            let wanted = wanted.difference(READS | AccessMask::MAXIMUM_ALLOWED);
            let brings = AccessMask::FILE_GENERIC_WRITE | AccessMask::DELETE;
            p.desired_access = AccessMask::READ_ATTRIBUTES | if most { wanted | brings } else { wanted };
        }
        Ok(())
    }

    /// The rights on what was opened or made (`new_file`). The recycle bin itself stays where it is.
    ///
    /// # Errors
    /// OBJECT_NAME_NOT_FOUND: what was found has another name that does not exist for the user; ACCESS_DENIED: in a drop box, a file was there already.
    pub(crate) fn rights_on(
        &self,
        opened: &Opened,
        new_file: bool,
        rights: AccessMask,
    ) -> Result<AccessMask, NtStatus> {
        self.check_path(&opened.path, false)?;
        if self.is_bin(&opened.path) && !self.administrator {
            return Ok(rights.difference(CHANGES));
        }
        if !self.rules.drop_box {
            return Ok(rights);
        }
        match (new_file, opened.metadata.kind) {
            (true, FileKind::Directory) => Ok(rights),
            (true, _) => Ok(rights.difference(READS)),
            (false, FileKind::Directory) => Ok(rights.difference(CHANGES)),
            (false, _) => Err(NtStatus::ACCESS_DENIED),
        }
    }
}
