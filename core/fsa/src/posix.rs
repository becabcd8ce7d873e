//! What the SMB3 POSIX extensions add to an open ([POSIX-SMB2], [POSIX-FSCC]).
//!
//! Whoever opens a file so finds it by its exact name, denies nobody anything, frees names at once, and is told modes and owners. The mode decides
//! nothing here: descriptors do, and clients heed it.

use crate::{FileOpen, FileSystem};
use lanward_nt::fscc::{FileFsPosixInformation, FilePosixInformation, ReparseTag};
use lanward_nt::security::{Acl, SecurityDescriptor, SecurityInformation};
use lanward_nt::{NtPath, NtStatus, PosixSid};
use lanward_vfs::{
    Data, FileKind, Intent, Metadata, OpenRequest, PosixState, Volume, VolumeInformation, Wait,
};
use lanward_wire::{Decode as _, Reader};

/// [POSIX-FSCC] 2.1.1.2, in its place above the permission bits.
const TYPE_SYMLINK: u32 = 2 << 12;
const TYPE_CHARACTER_DEVICE: u32 = 3 << 12;
const TYPE_BLOCK_DEVICE: u32 = 4 << 12;
const TYPE_FIFO: u32 = 5 << 12;
const TYPE_SOCKET: u32 = 6 << 12;
/// Bytes a client does well to read and write at once.
const OPTIMAL_TRANSFER: u32 = 1 << 20;
const UNKNOWN: u64 = u64::MAX;
/// The authority of users and groups that have no account, who in a list are people like any others.
const UNIX: u64 = 22;

/// What a path names, with its path in the volume's case; with `posix` the name exactly as it is, a link itself.
///
/// # Errors
/// What [`Volume::open`] answers.
pub(crate) fn find(
    volume: &dyn Volume,
    path: &NtPath,
    posix: bool,
    wait: Wait,
) -> Result<(NtPath, Metadata), NtStatus> {
    if !posix {
        return volume.lookup(path, wait);
    }
    let opened = volume.open(&OpenRequest {
        path,
        intent: Intent::Open,
        data: Data::empty(),
        make_directory: false,
        attributes: lanward_nt::FileAttributes::empty(),
        security: None,
        mode: None,
        no_follow: true,
        posix: Some(0),
        wait,
    })?;
    Ok((opened.path, opened.metadata))
}

/// The mode of a file as it is sent ([POSIX-FSCC] 2.1.1). Directories have no type: older clients, who take it from the attributes, would add theirs
/// to it, and newer ones know that.
fn wire_mode(m: &Metadata) -> u32 {
    let kind = match (m.kind, m.posix.mode >> 12) {
        (FileKind::Special, 0o2) => TYPE_CHARACTER_DEVICE,
        (FileKind::Special, 0o6) => TYPE_BLOCK_DEVICE,
        (FileKind::Special, 0o14) => TYPE_SOCKET,
        (FileKind::Special, _) => TYPE_FIFO,
        _ if m.reparse_tag == Some(ReparseTag::SYMLINK) => TYPE_SYMLINK,
        _ => 0,
    };
    kind | u32::from(m.posix.permissions())
}

impl FileSystem {
    /// The information of a POSIX listing about a file.
    pub(crate) fn posix_information(&self, m: &Metadata) -> FilePosixInformation {
        FilePosixInformation {
            creation_time: m.creation_time,
            last_access_time: m.last_access_time,
            last_write_time: m.last_write_time,
            change_time: m.change_time,
            end_of_file: m.end_of_file,
            allocation_size: m.allocation_size,
            attributes: m.attributes,
            inode: self.file_id(m.number),
            device: u32::try_from(m.number.device & 0xffff_ffff).unwrap_or_default(),
            link_count: m.link_count,
            reparse_tag: m.reparse_tag.unwrap_or_default().0,
            mode: wire_mode(m),
            owner: PosixSid::Owner(m.posix.owner).into(),
            group: PosixSid::Group(m.posix.group).into(),
        }
    }
}

/// [POSIX-FSCC] 2.3.2.1
pub(crate) fn volume_information(volume: &VolumeInformation) -> FileFsPosixInformation {
    let unit = volume.allocation_unit.max(1);
    let blocks = |bytes: u64| bytes / u64::from(unit);
    let (total_file_nodes, free_file_nodes) = volume.files.unwrap_or((UNKNOWN, UNKNOWN));
    FileFsPosixInformation {
        optimal_transfer_size: OPTIMAL_TRANSFER,
        block_size: unit,
        total_blocks: blocks(volume.total_bytes),
        blocks_available: blocks(volume.free_bytes),
        user_blocks_available: blocks(volume.available_bytes),
        total_file_nodes,
        free_file_nodes,
        file_system_identifier: volume.serial.into(),
    }
}

impl FileOpen {
    /// Whether it was opened with the POSIX extensions.
    #[must_use]
    pub const fn is_posix(&self) -> bool {
        self.posix
    }

    /// What the POSIX extensions tell of the file, in answer to an open and later.
    #[must_use]
    pub fn posix_information(&self, metadata: &Metadata) -> FilePosixInformation {
        self.file_system.posix_information(metadata)
    }
}

/// Changes to a file that a POSIX client asks for within a security descriptor: its kernel spells chmod and chown so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct PosixChange {
    pub(crate) mode: Option<u16>,
    pub(crate) owner: Option<u32>,
    pub(crate) group: Option<u32>,
}

impl PosixChange {
    /// Takes what is POSIX's out of a descriptor, and out of `info` what then says nothing more. `current` is what the file has: who sends that
    /// back with a mode beside it changes the mode.
    pub(crate) fn take(
        new: &mut SecurityDescriptor,
        info: &mut SecurityInformation,
        current: &SecurityDescriptor,
    ) -> Self {
        let mut change = Self::default();
        if info.contains(SecurityInformation::OWNER)
            && let Some(PosixSid::Owner(owner)) = new.owner.as_ref().and_then(PosixSid::of)
        {
            change.owner = Some(owner);
            info.remove(SecurityInformation::OWNER);
        }
        if info.contains(SecurityInformation::GROUP)
            && let Some(PosixSid::Group(group)) = new.group.as_ref().and_then(PosixSid::of)
        {
            change.group = Some(group);
            info.remove(SecurityInformation::GROUP);
        }
        if let Some(Some(dacl)) = &mut new.dacl
            && info.contains(SecurityInformation::DACL)
        {
            change.mode = take_mode(dacl);
            let current = current.dacl.as_ref().and_then(Option::as_ref);
            let same = current.is_some_and(|current| current.entries == dacl.entries);
            if change.mode.is_some() && (same || dacl.entries.is_empty()) {
                info.remove(SecurityInformation::DACL);
            }
        }
        change
    }
}

/// Whether a descriptor is a way of spelling a mode: a list with one in it, as kernels send with a create. The mode itself comes beside it, and the
/// rest of such a list opens the file to everybody.
pub(crate) fn says_mode(descriptor: &[u8]) -> bool {
    SecurityDescriptor::decode(&mut Reader::new(descriptor))
        .ok()
        .and_then(|d| d.dacl.flatten())
        .is_some_and(|mut dacl| take_mode(&mut dacl).is_some())
}

/// Takes out of a list what allows and denies nobody anything, and answers the mode it held.
fn take_mode(dacl: &mut Acl) -> Option<u16> {
    let mut mode = None;
    dacl.entries.retain(|entry| {
        let named = entry.sid().filter(|sid| sid.authority() != UNIX);
        let Some(sid) = named.and_then(PosixSid::of) else { return true };
        if let PosixSid::Mode(bits) = sid {
            mode = u16::try_from(bits & u32::from(PosixState::PERMISSIONS)).ok();
        }
        false
    });
    mode
}

#[cfg(test)]
mod tests {
    use super::*;
    use lanward_nt::Sid;
    use lanward_nt::security::Ace;

    #[test]
    fn a_mode_is_taken_out_of_a_list_and_people_stay() {
        let read = lanward_nt::AccessMask::READ_DATA;
        let of = |sid| Ace::allow(sid, read, 0);
        let people = vec![
            Ace::deny(Sid::new(22, &[2, 100]), read, 0),
            of(Sid::new(22, &[1, 1000])),
            of(Sid::everyone()),
        ];
        let says = [PosixSid::Mode(0o640), PosixSid::Owner(1000)].map(|sid| of(sid.into()));
        let mut list = Acl::new([&says[..], &people[..]].concat());
        assert_eq!(take_mode(&mut list), Some(0o640));
        assert_eq!(list.entries, people);
        assert_eq!(take_mode(&mut list), None);
    }
}
