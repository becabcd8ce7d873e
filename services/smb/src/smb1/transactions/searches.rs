//! Searches under way: directories that FIND_FIRST2 opened and FIND_NEXT2 goes on with, until somebody ends them ([MS-CIFS] 3.3.1.3
//! SearchOpenTable).

use super::find_levels::Place;
use crate::smb1::context::{Context, Outcome};
use crate::smb1::reply::Out;
use lanward_fsa::FileSystem;
use lanward_nt::{NtStatus, NtString};
use lanward_server::Open;
use lanward_smb1::messages::{Empty, FidRequest};
use lanward_smb1::{Body, Message, SmbFileAttributes};
use std::sync::{Arc, Mutex};

/// Searches a connection may have under way at once.
const MOST: usize = 2048;

/// A search under way.
#[derive(Debug)]
pub(in crate::smb1) struct SearchOpen {
    pub(in crate::smb1) tid: u16,
    pub(in crate::smb1) uid: u16,
    pub(in crate::smb1) process_id: u32,
    /// The directory.
    pub(super) open: Arc<Open>,
    /// What that is in, if that is not the share as it is now.
    pub(super) snapshot: Option<Arc<FileSystem>>,
    pub(super) pattern: NtString,
    pub(super) attributes: SmbFileAttributes,
    /// How far it came.
    pub(super) place: Mutex<Place>,
}

/// Gives a search its SID.
///
/// # Errors
/// OS2_NO_MORE_SIDS: it has as many as it may.
pub(super) fn enter(context: &Context<'_>, search: SearchOpen) -> Result<u16, NtStatus> {
    let mut searches = context.connection.transactions.searches();
    if searches.len() >= MOST {
        // What its tree connect or session took with it.
        searches.take(|s| s.open.is_closed());
    }
    let room = searches.len() < MOST;
    let entered = if room { searches.insert_with(|_| Arc::new(search)) } else { None };
    entered.ok_or(NO_MORE_SIDS)
}

/// STATUS_OS2_NO_MORE_SIDS
const NO_MORE_SIDS: NtStatus = NtStatus(0x0071_0001);

/// The search a SID means.
///
/// # Errors
/// INVALID_HANDLE: there is none, or it is another user's or of another tree connect.
pub(super) fn find(context: &Context<'_>, sid: u16) -> Result<Arc<SearchOpen>, NtStatus> {
    let found = context.connection.transactions.searches().get(sid).cloned();
    let (tid, uid) = (context.header.tree_id, context.header.user_id);
    found.filter(|s| s.tid == tid && s.uid == uid && !s.open.is_closed()).ok_or(NtStatus::INVALID_HANDLE)
}

/// Ends a search.
pub(super) async fn end(context: &Context<'_>, sid: u16) {
    let ended = context.connection.transactions.searches().remove(sid);
    if let Some(search) = ended {
        close(&search.open).await;
    }
}

/// Closes what was opened for one request; nobody waits for what comes of it.
pub(super) async fn close(open: &Open) {
    if let Err(status) = open.close(false).await {
        tracing::debug!(%status, "closing what a request had opened");
    }
}

/// [MS-CIFS] 3.3.5.39 Receiving an SMB_COM_FIND_CLOSE2 Request
pub(in crate::smb1) async fn find_close2(
    context: &mut Context<'_>,
    body: &mut Body<'_>,
    out: &mut Out,
) -> Outcome {
    let sid = FidRequest::decode(body)?.fid;
    find(context, sid)?;
    end(context, sid).await;
    out.message(&Empty {});
    Ok(NtStatus::SUCCESS)
}
