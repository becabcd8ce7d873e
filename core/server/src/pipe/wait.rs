use crate::{Act, TreeConnect};
use lanward_nt::{NtStatus, NtString};
use std::time::Duration;

/// How long is waited where the client leaves it to the pipe: what a pipe of Windows is made with where its maker does not say.
const USUAL: Duration = Duration::from_millis(50);

/// The longest anybody waits for an instance, whatever he asks for.
const LONGEST: Duration = Duration::from_mins(10);

impl TreeConnect {
    /// Waits until an instance of a pipe can be opened ([MS-SMB2] 3.3.5.15.10, [MS-CIFS] 3.3.5.57.11); `limit` is how long, `None` as long as the
    /// pipe says. Dropping the future gives it up.
    ///
    /// # Errors
    /// OBJECT_NAME_NOT_FOUND: there is no such pipe, or none that this caller may open: the two are told apart by nobody; IO_TIMEOUT: all
    /// instances were taken all the time; USER_SESSION_DELETED.
    pub async fn wait_for_pipe(&self, name: &NtString, limit: Option<Duration>) -> Result<(), NtStatus> {
        if !self.is_ipc() {
            return Err(NtStatus::OBJECT_NAME_NOT_FOUND);
        }
        let caller = self.caller()?;
        caller.may(Act::OpenPipe(name)).map_err(|_| NtStatus::OBJECT_NAME_NOT_FOUND)?;
        let limit = limit.unwrap_or(USUAL).min(LONGEST);
        let free = tokio::time::timeout(limit, self.server.pipes().wait(name, &caller)).await;
        free.unwrap_or(Err(NtStatus::IO_TIMEOUT))
    }
}
