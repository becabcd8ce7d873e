//! Levels of the CIFS UNIX extensions about volumes: what the server has of them, how large the volume is, and as whom the client acts.

use super::fs_information::file_system;
use super::query_information::whole;
use super::reply::Reply;
use crate::smb1::context::Context;
use lanward_fsa::FsInformationClass;
use lanward_nt::{NtPath, NtStatus};
use lanward_smb1::subcommands::QueryFsLevel;
use lanward_vfs::Wait;
use lanward_wire::{Encode, Reader};

/// The version of the extensions there is.
const MAJOR: u16 = 1;
const MINOR: u16 = 0;
/// CIFS_UNIX_POSIX_PATHNAMES_CAP
pub(super) const POSIX_PATHNAMES: u64 = 0x10;
/// CIFS_UNIX_POSIX_PATH_OPERATIONS_CAP
pub(super) const POSIX_PATH_OPERATIONS: u64 = 0x20;
/// SMB_SET_CIFS_UNIX_INFO
const SET_UNIX_INFO: u16 = 0x0200;
/// SMB_WHOAMI_GUEST
const GUEST: u32 = 1;

pub(super) fn is_level(level: QueryFsLevel) -> bool {
    [QueryFsLevel::UNIX, QueryFsLevel::POSIX, QueryFsLevel::WHO_AM_I].contains(&level)
}

pub(super) const fn is_set_level(level: u16) -> bool {
    level == SET_UNIX_INFO
}

/// Writes what a level tells.
///
/// # Errors
/// INVALID_LEVEL: not here.
pub(super) fn tell(
    context: &Context<'_>,
    level: QueryFsLevel,
    reply: &mut Reply,
) -> Result<NtStatus, NtStatus> {
    if !context.may_use_unix() {
        return Err(NtStatus::INVALID_LEVEL);
    }
    match level {
        QueryFsLevel::UNIX => whole(reply, |w| {
            w.u16(MAJOR);
            w.u16(MINOR);
            w.u64(POSIX_PATHNAMES | POSIX_PATH_OPERATIONS);
        }),
        QueryFsLevel::POSIX => {
            file_system(context)?.query_volume_information(FsInformationClass::POSIX, &mut reply.data())?;
            Ok(NtStatus::SUCCESS)
        }
        _ => who_am_i(context, reply),
    }
}

/// The client says what of the extensions it wants for the rest of the connection.
///
/// # Errors
/// INVALID_LEVEL: not here; INVALID_PARAMETER.
pub(super) fn agree(context: &Context<'_>, data: &[u8]) -> Result<NtStatus, NtStatus> {
    if !context.may_use_unix() {
        return Err(NtStatus::INVALID_LEVEL);
    }
    let r = &mut Reader::new(data);
    let malformed = |_| NtStatus::INVALID_PARAMETER;
    r.skip(4, "Version").map_err(malformed)?;
    let capabilities = r.u64("Capabilities").map_err(malformed)?;
    context.connection.transactions.agree(capabilities);
    Ok(NtStatus::SUCCESS)
}

/// SMB_QUERY_POSIX_WHO_AM_I: the numbers files are opened as, and who the user is; without the lists where they do not fit.
fn who_am_i(context: &Context<'_>, reply: &mut Reply) -> Result<NtStatus, NtStatus> {
    let tree = &context.tree()?.core;
    let (user, share) = (tree.user(), tree.share());
    let (uid, gid, gids) = match share.unix.as_ref().map(|users| users.identity_of(user)).transpose()? {
        Some(identity) => (identity.user.user, identity.user.group, identity.user.groups.clone()),
        // Files are opened as whoever the share belongs to.
        None => {
            let root = file_system(context)?.volume().lookup(&NtPath::root(), Wait::Allowed)?.1.posix;
            (root.owner, root.group, Vec::new())
        }
    };
    let token = user.token();
    let sids: Vec<u8> = [&token.user].into_iter().chain(&token.groups).flat_map(Encode::to_bytes).collect();
    let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    let session = context.session()?;
    let guest = session.core.is_guest() || session.core.is_anonymous();
    /// The fixed part.
    const FIXED: usize = 40;
    let fits = FIXED + 8 * gids.len() + sids.len() <= reply.data_budget().limit();
    whole(reply, |w| {
        w.u32(if guest { GUEST } else { 0 });
        w.u32(GUEST);
        w.u64(uid.into());
        w.u64(gid.into());
        w.u32(if fits { count(gids.len()) } else { 0 });
        w.u32(if fits { count(token.groups.len() + 1) } else { 0 });
        w.u32(if fits { count(sids.len()) } else { 0 });
        w.u32(0);
        if fits {
            gids.iter().for_each(|gid| w.u64((*gid).into()));
            w.bytes(&sids);
        }
    })
}
