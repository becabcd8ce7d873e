//! Operations whose results end with an NTSTATUS or a Win32 error.

use crate::call::Call;
use lanward_auth::SessionKey;
use lanward_nt::NtStatus;
use lanward_rpc::{Fault, Operation, Results};
use lanward_server::{Caller, Draft, Event, Subject};
use std::sync::Arc;
use std::time::Duration;

/// Why an operation has no results.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal<S = NtStatus> {
    /// It answers this and nothing else.
    Status(S),
    /// It does not answer.
    Fault(Fault),
}

impl From<NtStatus> for Refusal {
    fn from(status: NtStatus) -> Self {
        Self::Status(status)
    }
}

impl From<u32> for Refusal<u32> {
    fn from(error: u32) -> Self {
        Self::Status(error)
    }
}

impl<S> From<Fault> for Refusal<S> {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

/// Why an operation has no results, in the status its results end with.
pub(crate) type RefusalOf<Q> = Refusal<<<Q as Operation>::Response as Results>::Status>;

/// Answers a call with a function of what there is.
///
/// # Errors
/// What the arguments or the operation say.
pub(crate) fn view<'c, Q: Operation>(
    call: &'c Call<'c>,
    operate: impl FnOnce(&'c Call<'c>, Q) -> Result<Q::Response, RefusalOf<Q>>,
) -> Result<Vec<u8>, Fault> {
    let request = call.arguments(Q::decode)?;
    answer(call, operate(call, request))
}

/// Answers a call with what has to be waited for.
///
/// # Errors
/// What the arguments or the operation say.
pub(crate) async fn perform<'c, Q: Operation, F>(
    call: &'c Call<'c>,
    operate: impl FnOnce(&'c Call<'c>, Q) -> F,
) -> Result<Vec<u8>, Fault>
where
    F: Future<Output = Result<Q::Response, RefusalOf<Q>>>,
{
    let request = call.arguments(Q::decode)?;
    answer(call, operate(call, request).await)
}

fn answer<R: Results>(call: &Call<'_>, outcome: Result<R, Refusal<R::Status>>) -> Result<Vec<u8>, Fault> {
    let response = match outcome {
        Ok(response) => response,
        Err(Refusal::Status(status)) => R::refused(status),
        Err(Refusal::Fault(fault)) => return Err(fault),
    };
    call.results(|w| response.encode(w))
}

/// How long a session that has barred itself, by a change of its own account, has for the answer.
const LAST_ANSWER: Duration = Duration::from_secs(1);

/// Changes the accounts on a thread that may wait, tells of it, and ends the sessions of those who may no longer come in.
///
/// # Errors
/// Those of `edit` and of the store.
pub(crate) async fn change<T: Send + 'static>(
    call: &Call<'_>,
    what: &'static str,
    name: String,
    edit: impl FnOnce(&mut Draft) -> Result<T, NtStatus> + Send + 'static,
) -> Result<T, NtStatus> {
    change_for(call.caller, what, name, edit).await
}

/// The same, whatever protocol the caller speaks.
///
/// # Errors
/// Those of `edit` and of the store.
pub(crate) async fn change_for<T: Send + 'static>(
    caller: &Caller,
    what: &'static str,
    name: String,
    edit: impl FnOnce(&mut Draft) -> Result<T, NtStatus> + Send + 'static,
) -> Result<T, NtStatus> {
    let (server, asking) = (Arc::clone(&caller.server), caller.session);
    let by = Subject::new(&caller.user, Some(caller.peer), asking);
    // On its own: what was changed is told and has its effect, though the caller may have gone meanwhile.
    let changing = tokio::spawn(async move {
        let book = Arc::clone(server.accounts());
        let value = tokio::task::spawn_blocking(move || book.change(edit)).await;
        let value = value.map_err(|_| NtStatus::INTERNAL_ERROR)??;
        server.event(Event::Changed { by, what, name });
        server.close_barred_sessions(asking).await;
        let own = asking.and_then(|id| server.session(id));
        if own.is_some_and(|session| server.is_barred(&session.user())) {
            tokio::spawn(async move {
                tokio::time::sleep(LAST_ANSWER).await;
                server.close_barred_sessions(None).await;
            });
        }
        Ok(value)
    });
    changing.await.map_err(|_| NtStatus::INTERNAL_ERROR)?
}

impl Call<'_> {
    /// The key that passwords and secrets travel under ([MS-SAMR] 3.1.2.4): that of the session the pipe was opened in.
    ///
    /// # Errors
    /// NO_USER_SESSION_KEY: there is none, or not one both ends know.
    pub(crate) fn session_key(&self) -> Result<SessionKey, NtStatus> {
        let caller = self.caller;
        let session = caller.session.and_then(|id| caller.server.session(id));
        let key = session.and_then(|session| session.application_key().cloned());
        key.ok_or(NtStatus::NO_USER_SESSION_KEY)
    }
}
