//! Oplocks and leases as they stand in messages ([MS-SMB2] 2.2.13, 2.2.14, 2.2.23).

use super::connection::Connection;
use super::context::Context;
use super::reply::{Out, Protection, Reply};
use lanward_fsa::{BreakNotice, CacheRequest, CacheState, HeldCache, LeaseRequest, OplockLevel};
use lanward_nt::NtStatus;
use lanward_smb2::messages::{
    Capabilities, CreateContextList, CreateResponseContext, LeaseBreakFlags, LeaseBreakNotification,
    LeaseContext, LeaseContextV2, LeaseFlags, LeaseKey, LeaseState, OplockBreak, OplockBreakResponse,
    OplockLevel as WireLevel,
};
use lanward_smb2::{Command, FileId, Header, MessageId, SessionId};
use lanward_wire::Encode;

/// What a CREATE asks to cache ([MS-SMB2] 3.3.5.9, 3.3.5.9.8, 3.3.5.9.11).
pub(super) fn requested<'a>(
    context: &'a Context<'_>,
    level: WireLevel,
    lease: Option<&LeaseContextV2>,
    version_2: bool,
) -> CacheRequest<'a> {
    let Ok(session) = context.session() else { return CacheRequest::None };
    let level = match level {
        WireLevel::II => OplockLevel::Two,
        WireLevel::EXCLUSIVE => OplockLevel::Exclusive,
        WireLevel::BATCH => OplockLevel::Batch,
        WireLevel::LEASE => {
            return lease.map_or(CacheRequest::None, |lease| leased(context, lease, version_2));
        }
        _ => return CacheRequest::None,
    };
    CacheRequest::Oplock { level, route: session.core.breaks() }
}

fn leased<'a>(context: &'a Context<'_>, lease: &LeaseContextV2, version_2: bool) -> CacheRequest<'a> {
    let table = context.channel.as_ref().and_then(|channel| channel.leases());
    let (Some(table), Some(negotiated)) = (table, context.connection.negotiated()) else {
        return CacheRequest::None;
    };
    if version_2 && !negotiated.dialect.is_smb3() {
        return CacheRequest::None;
    }
    CacheRequest::Lease(LeaseRequest {
        table,
        key: lease.key.0,
        state: CacheState::from_bits(lease.state.bits()),
        epoch: version_2.then_some(lease.epoch),
        parent: lease.flags.contains(LeaseFlags::PARENT_LEASE_KEY_SET).then_some(lease.parent_key.0),
        directories: negotiated.capabilities.contains(Capabilities::DIRECTORY_LEASING),
    })
}

/// The OplockLevel of a CREATE response.
pub(super) const fn level(cache: &HeldCache) -> WireLevel {
    match cache {
        HeldCache::Oplock(level) => wire_level(*level),
        HeldCache::Lease(_) => WireLevel::LEASE,
    }
}

pub(super) const fn wire_level(level: OplockLevel) -> WireLevel {
    match level {
        OplockLevel::None => WireLevel::NONE,
        OplockLevel::Two => WireLevel::II,
        OplockLevel::Exclusive => WireLevel::EXCLUSIVE,
        OplockLevel::Batch => WireLevel::BATCH,
    }
}

/// The lease of a CREATE response, in the version the lease was first asked for in.
pub(super) fn answer_lease(cache: &HeldCache, contexts: &mut CreateContextList) {
    let HeldCache::Lease(lease) = cache else { return };
    let (key, state) = (LeaseKey(lease.key), wire_state(lease.state));
    let mut flags = if lease.breaking { LeaseFlags::BREAK_IN_PROGRESS } else { LeaseFlags::default() };
    let Some(epoch) = lease.epoch else {
        contexts.push_response(&CreateResponseContext::Lease(LeaseContext { key, state, flags }));
        return;
    };
    if lease.parent.is_some() {
        flags |= LeaseFlags::PARENT_LEASE_KEY_SET;
    }
    let parent_key = LeaseKey(lease.parent.unwrap_or_default());
    let lease = LeaseContextV2 { key, state, flags, parent_key, epoch };
    contexts.push_response(&CreateResponseContext::LeaseV2(lease));
}

/// The message that tells of a break; `None` when the open it is about is closed by now.
pub(super) fn notification(connection: &Connection, notice: BreakNotice) -> Option<Reply> {
    let header =
        Header { command: Command::OPLOCK_BREAK, message_id: MessageId::UNSOLICITED, ..Header::default() }
            .response(NtStatus::SUCCESS);
    let (header, body, protection) = match notice {
        BreakNotice::Oplock { open, level } => {
            let (channel, entry) = connection.channel_of_open(open)?;
            let session = &channel.session;
            let sealed =
                session.encrypt_data || entry.open.tree().is_some_and(|tree| session.seals_for(tree.share()));
            let file_id = FileId { persistent: entry.open.id().0, volatile: open };
            let body = OplockBreakResponse::Oplock(OplockBreak { oplock_level: wire_level(level), file_id });
            let header = Header { session_id: channel.session.id, ..header };
            (header, body, if sealed { Protection::Seal(channel) } else { Protection::None })
        }
        BreakNotice::Lease { key, current, new, epoch, acknowledge, .. } => {
            let body = LeaseBreakNotification {
                new_epoch: epoch,
                flags: if acknowledge { LeaseBreakFlags::ACK_REQUIRED } else { LeaseBreakFlags::default() },
                lease_key: LeaseKey(key),
                current_lease_state: wire_state(current),
                new_lease_state: wire_state(new),
            };
            let header = Header { session_id: SessionId(0), ..header };
            (header, OplockBreakResponse::LeaseNotification(body), Protection::None)
        }
    };
    let mut out = Out::new(matches!(protection, Protection::Seal(_)));
    out.body(|w| body.encode(w));
    out.set_header(&header);
    Some(Reply::new(out, protection))
}

fn wire_state(state: CacheState) -> LeaseState {
    LeaseState::from_bits_retain(state.bits())
}
