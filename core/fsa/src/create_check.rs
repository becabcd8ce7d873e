use crate::name::{OpenName, StreamPart};
use crate::{CreateParams, SecurityContext};
use lanward_nt::{AccessMask, CreateDisposition, CreateOptions, FileAttributes, NtStatus, ShareAccess};
use lanward_vfs::{Data, FileKind, Metadata};

/// Rights that mean nothing ([MS-FSA] 2.1.5.1 phase 1).
const INVALID_ACCESS: AccessMask = AccessMask::from_bits_retain(0x0ce0_fe00);
const NOT_SUPPORTED: CreateOptions = CreateOptions::CREATE_TREE_CONNECTION
    .union(CreateOptions::OPEN_BY_FILE_ID)
    .union(CreateOptions::RESERVE_OPFILTER);
const INVALID_OPTIONS: CreateOptions = CreateOptions::from_bits_retain(0xff00_0000);
const SHARE_ALL: ShareAccess = ShareAccess::READ.union(ShareAccess::WRITE).union(ShareAccess::DELETE);
/// What a client may name as attributes; what of it is no file's is passed over ([MS-FSCC] 2.6).
const VALID_ATTRIBUTES: FileAttributes = FileAttributes::from_bits_retain(0x0002_ffb7 & !0x4000);
/// What a file that is marked READONLY, or on a volume that is, cannot be opened for.
const DATA_WRITES: AccessMask = AccessMask::WRITE_DATA.union(AccessMask::APPEND_DATA);

/// What an open wants, after everything that can be said without looking at the volume.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wanted {
    /// What share, account and privileges allow at most.
    pub(crate) limit: AccessMask,
    /// Rights asked for by name.
    pub(crate) named: AccessMask,
    /// Whatever may be had besides.
    pub(crate) maximum: bool,
    /// Rights that overwriting needs.
    pub(crate) added: AccessMask,
    /// FILE_DIRECTORY_FILE, or the stream of a directory.
    pub(crate) directory: bool,
    /// FILE_NON_DIRECTORY_FILE, or the stream of a file.
    pub(crate) file: bool,
    /// A named stream: overwriting it leaves what else there is of its file alone.
    pub(crate) named_stream: bool,
    /// Whether a missing name may be made.
    pub(crate) may_make: bool,
}

impl Wanted {
    /// [MS-FSA] 2.1.5.1 phase 1.
    ///
    /// # Errors
    /// INVALID_PARAMETER, NOT_SUPPORTED, ACCESS_DENIED, OBJECT_NAME_INVALID and their like.
    pub(crate) fn new(p: &CreateParams<'_>, by: &SecurityContext, name: &OpenName) -> Result<Self, NtStatus> {
        let limit = by.most();
        if p.desired_access.is_empty() || p.desired_access.intersects(INVALID_ACCESS) {
            return Err(NtStatus::ACCESS_DENIED);
        }
        check_options(p)?;
        let access = check_access(p, limit)?;
        let directory =
            p.options.contains(CreateOptions::DIRECTORY_FILE) || name.stream == StreamPart::Directory;
        let file =
            p.options.contains(CreateOptions::NON_DIRECTORY_FILE) || name.stream == StreamPart::MainData;
        if name.is_named_stream() {
            check_named_stream(name, directory)?;
        }
        if name.trailing_backslash && file {
            return Err(NtStatus::OBJECT_NAME_INVALID);
        }
        if directory && name.stream == StreamPart::MainData {
            return Err(NtStatus::NOT_A_DIRECTORY);
        }
        if directory && file {
            return Err(NtStatus::INVALID_PARAMETER);
        }
        let named_stream = name.is_named_stream();
        let added = match p.disposition {
            CreateDisposition::Supersede => AccessMask::DELETE,
            CreateDisposition::Overwrite | CreateDisposition::OverwriteIf => AccessMask::WRITE_DATA,
            _ => AccessMask::empty(),
        };
        if !limit.contains(added) {
            return Err(NtStatus::ACCESS_DENIED);
        }
        let maximum = access.contains(AccessMask::MAXIMUM_ALLOWED);
        let named = access.difference(AccessMask::MAXIMUM_ALLOWED);
        Ok(Self { limit, named, maximum, added, directory, file, named_stream, may_make: true })
    }

    /// What MAXIMUM_ALLOWED adds where everything is allowed: no privilege comes without being asked for.
    pub(crate) const fn everything(&self) -> AccessMask {
        self.limit.difference(AccessMask::ACCESS_SYSTEM_SECURITY)
    }

    /// The rights the open gets on a file that exists and that its user has `rights` on ([MS-FSA] 2.1.5.1.2.1).
    ///
    /// # Errors
    /// ACCESS_DENIED, CANNOT_DELETE.
    pub(crate) fn grant(
        &self,
        p: &CreateParams<'_>,
        metadata: &Metadata,
        rights: AccessMask,
        read_only: bool,
    ) -> Result<AccessMask, NtStatus> {
        let is_file = metadata.kind != FileKind::Directory;
        let marked = metadata.attributes.contains(FileAttributes::READONLY);
        let fixed = marked && is_file;
        if fixed && (self.named.intersects(DATA_WRITES) || p.disposition.overwrites()) {
            return Err(NtStatus::ACCESS_DENIED);
        }
        if (marked || read_only) && p.options.contains(CreateOptions::DELETE_ON_CLOSE) {
            return Err(NtStatus::CANNOT_DELETE);
        }
        // [MS-FSA] 2.1.5.1.2: what overwriting sets anew must be allowed too; servers ignore SYNCHRONIZE ([MS-SMB2] 2.2.13.1.1).
        let overwrites = p.disposition.overwrites();
        let sets = AccessMask::WRITE_EA | AccessMask::WRITE_ATTRIBUTES;
        let besides = if overwrites && !self.named_stream { self.added.union(sets) } else { self.added };
        if !rights.contains(self.named.difference(AccessMask::SYNCHRONIZE).union(besides)) {
            return Err(NtStatus::ACCESS_DENIED);
        }
        let withheld = if fixed || read_only {
            DATA_WRITES.union(AccessMask::DELETE_CHILD)
        } else {
            AccessMask::empty()
        };
        let limit = self.everything().intersection(rights).difference(withheld);
        Ok(if self.maximum { self.named.union(limit) } else { self.named })
    }

    /// What the volume's handle is needed for when the open gets `access`.
    pub(crate) fn data(&self, access: AccessMask) -> Data {
        let mut data = Data::empty();
        data.set(Data::READ, access.intersects(AccessMask::READ_DATA | AccessMask::EXECUTE));
        data.set(Data::WRITE, access.intersects(DATA_WRITES) || !self.added.is_empty());
        data
    }

    /// Whether the object that was found is of the kind that was asked for ([MS-FSA] 2.1.5.1 phase 7).
    ///
    /// # Errors
    /// STOPPED_ON_SYMLINK, IO_REPARSE_TAG_NOT_HANDLED, NOT_A_DIRECTORY, FILE_IS_A_DIRECTORY, OBJECT_NAME_INVALID, OBJECT_NAME_COLLISION or
    /// ACCESS_DENIED.
    pub(crate) fn check_kind(
        &self,
        p: &CreateParams<'_>,
        name: &OpenName,
        metadata: &Metadata,
    ) -> Result<(), NtStatus> {
        crate::reparse::check(p, metadata)?;
        let is_directory = metadata.kind == FileKind::Directory;
        if !is_directory && self.directory {
            return Err(NtStatus::NOT_A_DIRECTORY);
        }
        if !is_directory && name.trailing_backslash {
            return Err(NtStatus::OBJECT_NAME_INVALID);
        }
        if is_directory && self.file {
            return Err(NtStatus::FILE_IS_A_DIRECTORY);
        }
        if is_directory && p.disposition.overwrites() {
            let root = name.path.is_root();
            return Err(if root { NtStatus::ACCESS_DENIED } else { NtStatus::OBJECT_NAME_COLLISION });
        }
        Ok(())
    }
}

/// Attributes that make overwriting a file an error unless they are asked for again ([MS-FSA] 2.1.5.1.2).
///
/// # Errors
/// ACCESS_DENIED.
pub(crate) fn check_overwrite(existing: FileAttributes, wanted: FileAttributes) -> Result<(), NtStatus> {
    let kept = FileAttributes::HIDDEN | FileAttributes::SYSTEM;
    if wanted.contains(existing.intersection(kept)) { Ok(()) } else { Err(NtStatus::ACCESS_DENIED) }
}

/// # Errors
/// OBJECT_NAME_INVALID, NOT_A_DIRECTORY.
fn check_named_stream(name: &OpenName, directory: bool) -> Result<(), NtStatus> {
    if directory {
        return Err(NtStatus::NOT_A_DIRECTORY);
    }
    if name.trailing_backslash { Err(NtStatus::OBJECT_NAME_INVALID) } else { Ok(()) }
}

fn check_options(p: &CreateParams<'_>) -> Result<(), NtStatus> {
    let both = CreateOptions::DIRECTORY_FILE | CreateOptions::NON_DIRECTORY_FILE;
    if p.options.intersects(INVALID_OPTIONS) || p.options.contains(both) {
        return Err(NtStatus::INVALID_PARAMETER);
    }
    if p.options.intersects(NOT_SUPPORTED) {
        return Err(NtStatus::NOT_SUPPORTED);
    }
    if !SHARE_ALL.contains(p.share_access) || !VALID_ATTRIBUTES.contains(p.attributes) {
        return Err(NtStatus::INVALID_PARAMETER);
    }
    if p.options.contains(CreateOptions::DIRECTORY_FILE) && p.disposition.overwrites() {
        return Err(NtStatus::INVALID_PARAMETER);
    }
    Ok(())
}

fn check_access(p: &CreateParams<'_>, limit: AccessMask) -> Result<AccessMask, NtStatus> {
    let access = p.desired_access.map_generic();
    let deletes = access.intersects(AccessMask::DELETE | AccessMask::MAXIMUM_ALLOWED);
    if p.options.contains(CreateOptions::DELETE_ON_CLOSE) && !deletes {
        return Err(NtStatus::INVALID_PARAMETER);
    }
    if access.difference(limit).contains(AccessMask::ACCESS_SYSTEM_SECURITY) {
        return Err(NtStatus::PRIVILEGE_NOT_HELD);
    }
    let allowed = limit.union(AccessMask::MAXIMUM_ALLOWED | AccessMask::SYNCHRONIZE);
    if !allowed.contains(access) {
        return Err(NtStatus::ACCESS_DENIED);
    }
    Ok(access)
}
