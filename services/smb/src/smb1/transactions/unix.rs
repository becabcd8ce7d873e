//! Levels of the CIFS UNIX extensions about files, over the core's POSIX support. Only where the zone and the share have it.

use super::paths::{self, Named, Opening, file_of};
use super::query_information::whole;
use super::reply::Reply;
use super::unix_volume::{POSIX_PATH_OPERATIONS, POSIX_PATHNAMES};
use super::{posix_open, searches};
use crate::smb1::context::{Context, Outcome};
use lanward_fsa::{FileInformationClass, FileOpen};
use lanward_nt::fscc::{
    FileBasicInformation, FileDispositionInformationEx, FileLengthInformation, FileRenameInformation,
    ReparseTag, SymbolicLink,
};
use lanward_nt::security::{Ace, Acl, SecurityDescriptor};
use lanward_nt::{AccessMask, CreateDisposition, CreateOptions, FileTime, NtStatus, NtString, PosixSid, Sid};
use lanward_smb1::Text;
use lanward_smb1::subcommands::{Parameters, QueryLevel, SetLevel, UnixBasic, UnixInfo2};
use lanward_vfs::{FileKind, Metadata};
use lanward_wire::{Encode, Reader};

/// Where the levels of the extensions are.
const LEVELS: std::ops::Range<u16> = 0x0200..0x0300;
/// OWNER_SECURITY_INFORMATION, GROUP_SECURITY_INFORMATION, DACL_SECURITY_INFORMATION
const OWNER: u32 = 1;
const GROUP: u32 = 2;
const DACL: u32 = 4;

/// The twelve permission bits of a mode.
const PERMISSIONS: u64 = 0o7777;

impl Context<'_> {
    /// Whether clients of this zone may use the extensions on this share.
    pub(in crate::smb1) fn may_use_unix(&self) -> bool {
        let share = self.tree.as_ref().is_some_and(|t| t.core.share().posix.is_some());
        share && self.connection.zone().posix
    }

    /// Whether the client said that its paths are those of POSIX.
    pub(in crate::smb1) fn speaks_posix(&self) -> bool {
        self.connection.transactions.agreed(POSIX_PATHNAMES) && self.may_use_unix()
    }

    /// Whether the client may set a level of the extensions. Those that open or remove what a path names are for clients that agreed on them: to others
    /// they are numbers without a meaning, and one of them takes no more than two zeros to delete a file.
    pub(super) fn may_set_unix(&self, level: SetLevel) -> bool {
        let operation = level == SetLevel::POSIX_OPEN || level == SetLevel::POSIX_UNLINK;
        (is_level(level.0) || makes(level))
            && self.may_use_unix()
            && (!operation || self.connection.transactions.agreed(POSIX_PATH_OPERATIONS))
    }
}

/// Whether a level is one that a file is queried or set by.
pub(super) fn is_level(level: u16) -> bool {
    LEVELS.contains(&level) && !makes(SetLevel(level)) || QueryLevel(level) == QueryLevel::UNIX_LINK
}

/// Whether setting a level makes or removes a name.
pub(super) fn makes(level: SetLevel) -> bool {
    let levels = [SetLevel::UNIX_LINK, SetLevel::UNIX_HLINK, SetLevel::POSIX_OPEN, SetLevel::POSIX_UNLINK];
    levels.contains(&level)
}

/// What `stat` tells of a file.
pub(super) fn information(m: &Metadata) -> UnixInfo2 {
    let kind = match (m.kind, m.posix.mode >> 12) {
        _ if m.reparse_tag == Some(ReparseTag::SYMLINK) => UnixBasic::SYMLINK,
        (FileKind::Directory, _) => UnixBasic::DIRECTORY,
        (FileKind::File, _) => UnixBasic::FILE,
        (FileKind::Symlink, _) => UnixBasic::SYMLINK,
        (FileKind::Special, 0o2) => UnixBasic::CHARACTER_DEVICE,
        (FileKind::Special, 0o6) => UnixBasic::BLOCK_DEVICE,
        (FileKind::Special, 0o14) => UnixBasic::SOCKET,
        (FileKind::Special, _) => UnixBasic::FIFO,
    };
    let basic = UnixBasic {
        end_of_file: m.end_of_file,
        bytes: m.allocation_size,
        times: [m.change_time.0, m.last_access_time.0, m.last_write_time.0],
        uid: m.posix.owner.into(),
        gid: m.posix.group.into(),
        kind,
        device: [0; 2],
        unique_id: m.number.inode,
        permissions: m.posix.permissions().into(),
        links: m.link_count.into(),
    };
    UnixInfo2 { basic, created: m.creation_time.0, flags: 0, flags_mask: 0 }
}

/// Writes what a level tells of a file.
pub(super) async fn tell(
    file: &FileOpen,
    level: QueryLevel,
    reply: &mut Reply,
) -> Result<NtStatus, NtStatus> {
    let text = reply.text();
    match level {
        QueryLevel::UNIX_BASIC => {
            let info = information(&file.metadata()?);
            whole(reply, |w| info.basic.encode(w, text))
        }
        QueryLevel::UNIX_INFO2 => {
            let info = information(&file.metadata()?);
            whole(reply, |w| info.encode(w, text))
        }
        QueryLevel::UNIX_LINK => {
            let point = file.reparse_point().await?;
            let link = <SymbolicLink as lanward_wire::Decode>::decode(&mut Reader::new(&point.data));
            let link = link.map_err(|_| NtStatus::NOT_A_REPARSE_POINT)?;
            let target = posix_path(&link.substitute_name);
            whole(reply, |w| text.write(&target, w))
        }
        _ => Err(NtStatus::INVALID_LEVEL),
    }
}

/// A path with its components between slashes.
fn posix_path(path: &NtString) -> NtString {
    const SLASH: u16 = 0x2f;
    const BACKSLASH: u16 = 0x5c;
    let names = path.units().split(|u| matches!(*u, SLASH | BACKSLASH));
    let names: Vec<_> = names.map(|name| NtString(name.to_vec()).to_posix_name().0).collect();
    NtString(names.join(&SLASH))
}

/// Sets what `stat` tells, as far as it is to be something else than it is. If an open is `meant`, only of its own file: its name may be another's by
/// now, and is another's where it is in a previous version or of a stream.
pub(super) async fn change(
    context: &Context<'_>,
    named: &Named,
    meant: Option<&FileOpen>,
    level: SetLevel,
    data: &[u8],
) -> Result<(), NtStatus> {
    let wanted = wanted(level, data)?;
    let look = Opening { posix: true, ..Opening::existing(AccessMask::READ_ATTRIBUTES) };
    let open = paths::open(context, named, look).await?;
    let found = file_of(&open).and_then(|file| still(file, meant)?.metadata());
    searches::close(&open).await;
    let change = Change::between(&wanted, &information(&found?));
    let open = paths::open(context, named, Opening { access: change.needs(), ..look }).await?;
    let made = match file_of(&open).and_then(|file| still(file, meant)) {
        Ok(file) => change.make(file).await,
        Err(status) => Err(status),
    };
    searches::close(&open).await;
    made
}

/// The file of a name, if it is the one that is meant.
fn still<'f>(file: &'f FileOpen, meant: Option<&FileOpen>) -> Result<&'f FileOpen, NtStatus> {
    let same = |meant: &FileOpen| {
        meant.file_number() == file.file_number()
            && meant.is_named_stream() == file.is_named_stream()
            && meant.file_system().is_same(file.file_system())
    };
    if meant.is_none_or(same) { Ok(file) } else { Err(NtStatus::OBJECT_NAME_NOT_FOUND) }
}

/// What a client wants `stat` to tell.
fn wanted(level: SetLevel, data: &[u8]) -> Result<UnixInfo2, NtStatus> {
    let malformed = |_| NtStatus::INVALID_PARAMETER;
    let info = match level {
        SetLevel::UNIX_BASIC => UnixInfo2 {
            basic: UnixBasic::decode(data, Text::default()).map_err(malformed)?,
            created: UnixBasic::NO_CHANGE,
            ..UnixInfo2::default()
        },
        SetLevel::UNIX_INFO2 => UnixInfo2::decode(data, Text::default()).map_err(malformed)?,
        _ => return Err(NtStatus::INVALID_LEVEL),
    };
    // No file here has such flags.
    if info.flags & info.flags_mask != 0 { Err(NtStatus::INVALID_PARAMETER) } else { Ok(info) }
}

/// What of a file is to become something else.
#[derive(Debug, PartialEq, Eq)]
struct Change {
    /// Owner, group and mode; the others are [`UnixBasic::NO_CHANGE`].
    basic: UnixBasic,
    length: Option<u64>,
    times: FileBasicInformation,
}

impl Change {
    fn between(wanted: &UnixInfo2, is: &UnixInfo2) -> Self {
        const NO_CHANGE: u64 = UnixBasic::NO_CHANGE;
        const NO_CHANGE_32: u64 = 0xffff_ffff;
        let other = |wanted: u64, is: u64| if wanted == is { NO_CHANGE } else { wanted };
        // Of these some clients have 32 bits in mind.
        let number = |wanted: u64, is: u64| match wanted {
            NO_CHANGE_32 => NO_CHANGE,
            wanted => other(wanted, is),
        };
        let time = |wanted: u64, is: u64| match other(wanted, is) {
            NO_CHANGE => FileTime(0),
            time => FileTime(time),
        };
        let (basic, now) = (&wanted.basic, &is.basic);
        let length = other(basic.end_of_file, now.end_of_file);
        // Clients may send the kind of file along with its permissions.
        let permissions = match basic.permissions {
            NO_CHANGE | NO_CHANGE_32 => NO_CHANGE,
            mode => other(mode & PERMISSIONS, now.permissions),
        };
        Self {
            basic: UnixBasic {
                uid: number(basic.uid, now.uid),
                gid: number(basic.gid, now.gid),
                permissions,
                ..UnixBasic::default()
            },
            length: (length != NO_CHANGE).then_some(length),
            times: FileBasicInformation {
                creation_time: time(wanted.created, is.created),
                last_access_time: time(basic.times[1], now.times[1]),
                last_write_time: time(basic.times[2], now.times[2]),
                ..FileBasicInformation::default()
            },
        }
    }

    /// The rights that it takes.
    fn needs(&self) -> AccessMask {
        let mut access = AccessMask::READ_ATTRIBUTES;
        access.set(AccessMask::WRITE_ATTRIBUTES, self.times != FileBasicInformation::default());
        access.set(AccessMask::WRITE_DATA, self.length.is_some());
        let owners = [self.basic.uid, self.basic.gid].iter().any(|id| *id != UnixBasic::NO_CHANGE);
        access.set(AccessMask::WRITE_OWNER, owners);
        access.set(AccessMask::WRITE_DAC, self.basic.permissions != UnixBasic::NO_CHANGE);
        access
    }

    async fn make(&self, file: &FileOpen) -> Result<(), NtStatus> {
        if let Some((parts, descriptor)) = descriptor(&self.basic)? {
            file.set_security(parts, &descriptor).await?;
        }
        if let Some(length) = self.length {
            let length = FileLengthInformation { length }.to_bytes();
            file.set_information(FileInformationClass::END_OF_FILE, &length).await?;
        }
        if self.times == FileBasicInformation::default() {
            return Ok(());
        }
        file.set_information(FileInformationClass::BASIC, &self.times.to_bytes()).await
    }
}

/// A descriptor that says owner, group and mode, as far as they are to be set, and which of its parts do.
fn descriptor(basic: &UnixBasic) -> Result<Option<(u32, Vec<u8>)>, NtStatus> {
    let number = |n: u64| match n {
        UnixBasic::NO_CHANGE => Ok(None),
        n => u32::try_from(n).map(Some).map_err(|_| NtStatus::INVALID_PARAMETER),
    };
    let (owner, group, mode) = (number(basic.uid)?, number(basic.gid)?, number(basic.permissions)?);
    let mut parts = 0;
    let mut descriptor = SecurityDescriptor::default();
    if let Some(owner) = owner {
        parts |= OWNER;
        descriptor.owner = Some(PosixSid::Owner(owner).into());
    }
    if let Some(group) = group {
        parts |= GROUP;
        descriptor.group = Some(PosixSid::Group(group).into());
    }
    if let Some(mode) = mode {
        parts |= DACL;
        let says: Sid = PosixSid::Mode(mode).into();
        descriptor.dacl = Some(Some(Acl::new(vec![Ace::allow(says, AccessMask::empty(), 0)])));
    }
    Ok((parts != 0).then(|| (parts, descriptor.to_bytes())))
}

/// Makes or removes a name.
pub(super) async fn make(
    context: &mut Context<'_>,
    named: &Named,
    level: SetLevel,
    data: &[u8],
    reply: &mut Reply,
) -> Outcome {
    match level {
        SetLevel::POSIX_OPEN => return posix_open::posix_open(context, named, data, reply).await,
        SetLevel::POSIX_UNLINK => unlink(context, named, data).await?,
        SetLevel::UNIX_LINK => {
            let target = context.text.read(&mut Reader::new(data), "Target")?;
            symbolic_link(context, named, target).await?;
        }
        _ => {
            let existing = context.text.read(&mut Reader::new(data), "Target")?;
            hard_link(context, named, &existing).await?;
        }
    }
    reply.set_no_ea_error();
    Ok(NtStatus::SUCCESS)
}

/// SMB_POSIX_PATH_UNLINK: the name goes at once, whoever has the file open.
async fn unlink(context: &Context<'_>, named: &Named, data: &[u8]) -> Result<(), NtStatus> {
    const DIRECTORY: u16 = 1;
    let flags = Reader::new(data).u16("Flags").map_err(|_| NtStatus::INVALID_PARAMETER)?;
    let options = if flags & DIRECTORY != 0 {
        CreateOptions::DIRECTORY_FILE
    } else {
        CreateOptions::NON_DIRECTORY_FILE
    };
    let opening = Opening { options, posix: true, ..Opening::existing(AccessMask::DELETE) };
    let open = paths::open(context, named, opening).await?;
    let flags = FileDispositionInformationEx::FLAG_DELETE
        | FileDispositionInformationEx::FLAG_POSIX_SEMANTICS
        | FileDispositionInformationEx::FLAG_IGNORE_READONLY_ATTRIBUTE;
    let wanted = FileDispositionInformationEx { flags }.to_bytes();
    let gone = file_of(&open)?.set_information(FileInformationClass::DISPOSITION_EX, &wanted).await;
    searches::close(&open).await;
    gone
}

/// SMB_SET_FILE_UNIX_HLINK: another name for a file that is there.
async fn hard_link(context: &Context<'_>, named: &Named, existing: &NtString) -> Result<(), NtStatus> {
    let existing = paths::named(context, existing).await?;
    if existing.snapshot.is_some() || named.snapshot.is_some() {
        return Err(NtStatus::MEDIA_WRITE_PROTECTED);
    }
    let opening = Opening { posix: true, ..Opening::existing(AccessMask::READ_ATTRIBUTES) };
    let open = paths::open(context, &existing, opening).await?;
    let wanted =
        FileRenameInformation { replace_if_exists: 0, root_directory: 0, file_name: named.path.clone() };
    let linked = file_of(&open)?.set_information(FileInformationClass::LINK, &wanted.to_bytes()).await;
    searches::close(&open).await;
    linked
}

/// SMB_SET_FILE_UNIX_LINK: a symbolic link to wherever the client says.
async fn symbolic_link(context: &Context<'_>, named: &Named, target: NtString) -> Result<(), NtStatus> {
    const SLASH: u16 = 0x2f;
    let relative = target.units().first() != Some(&SLASH);
    let target = target.from_posix_path();
    let link = SymbolicLink { substitute_name: target.clone(), print_name: target, relative };
    let opening = Opening {
        access: AccessMask::WRITE_ATTRIBUTES | AccessMask::WRITE_DATA | AccessMask::DELETE,
        disposition: CreateDisposition::Create,
        options: CreateOptions::NON_DIRECTORY_FILE,
        posix: true,
    };
    let open = paths::open(context, named, opening).await?;
    let file = file_of(&open)?;
    let made = file.set_reparse_point(&link.reparse_point().bytes()).await;
    if made.is_err() {
        // What could not become a link is not left behind as a file.
        let gone = FileDispositionInformationEx { flags: FileDispositionInformationEx::FLAG_DELETE };
        file.set_information(FileInformationClass::DISPOSITION_EX, &gone.to_bytes()).await.ok();
    }
    searches::close(&open).await;
    made
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_to_be_set_is_in_the_descriptor() {
        let nothing = UnixBasic {
            uid: UnixBasic::NO_CHANGE,
            gid: UnixBasic::NO_CHANGE,
            permissions: UnixBasic::NO_CHANGE,
            ..UnixBasic::default()
        };
        assert_eq!(descriptor(&nothing), Ok(None));
        let mode = UnixBasic { permissions: 0o640, ..nothing };
        let (parts, bytes) = descriptor(&mode).unwrap().unwrap();
        let says = <SecurityDescriptor as lanward_wire::Decode>::decode(&mut Reader::new(&bytes)).unwrap();
        assert_eq!((parts, says.owner), (DACL, None));
        let entries = says.dacl.flatten().unwrap().entries;
        assert_eq!(entries[0].sid().and_then(PosixSid::of), Some(PosixSid::Mode(0o640)));
        assert_eq!(descriptor(&UnixBasic { uid: 1 << 40, ..nothing }), Err(NtStatus::INVALID_PARAMETER));
        let parts = descriptor(&UnixBasic { uid: 7, gid: 8, ..nothing }).unwrap().unwrap().0;
        assert_eq!(parts, OWNER | GROUP);
    }

    #[test]
    fn what_is_already_so_takes_no_rights() {
        const NO_CHANGE: u64 = UnixBasic::NO_CHANGE;
        let is = UnixBasic { uid: 7, gid: 8, permissions: 0o640, times: [1, 2, 3], ..UnixBasic::default() };
        let is = UnixInfo2 { basic: is, created: 4, ..UnixInfo2::default() };
        let rights = |wanted: UnixBasic, created| {
            Change::between(&UnixInfo2 { basic: wanted, created, ..is }, &is).needs()
        };
        let same = UnixBasic { permissions: 0o100_640, times: [9, 2, 3], ..is.basic };
        assert_eq!(rights(same, 4), AccessMask::READ_ATTRIBUTES);
        let nothing = UnixBasic { uid: NO_CHANGE, gid: 0xffff_ffff, permissions: 0xffff_ffff, ..same };
        let nothing = UnixBasic { end_of_file: NO_CHANGE, times: [NO_CHANGE; 3], ..nothing };
        assert_eq!(rights(nothing, NO_CHANGE), AccessMask::READ_ATTRIBUTES);
        let attributes = AccessMask::READ_ATTRIBUTES | AccessMask::WRITE_ATTRIBUTES;
        assert_eq!(rights(same, 5), attributes);
        assert!(rights(UnixBasic { permissions: 0o600, ..same }, 4).contains(AccessMask::WRITE_DAC));
        assert!(rights(UnixBasic { gid: 9, ..same }, 4).contains(AccessMask::WRITE_OWNER));
        assert!(rights(UnixBasic { end_of_file: 9, ..same }, 4).contains(AccessMask::WRITE_DATA));
    }

    #[test]
    fn levels_are_asked_for_or_make_something() {
        assert!(is_level(0x200) && is_level(0x20b) && is_level(0x201) && !is_level(0x109) && !is_level(1004));
        assert!([0x201, 0x203, 0x209, 0x20a].map(SetLevel).into_iter().all(makes));
        assert!(!makes(SetLevel::UNIX_BASIC));
    }
}
