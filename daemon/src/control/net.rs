//! `lanward net` of this server: views over the live lists, and what can be done to them.

use super::Control;
use crate::net::{
    Failure, NetAccounts, NetAnswer, NetFile, NetRequest, NetSession, NetShare, NetStatistics, NewShare,
};
use crate::run::now;
use crate::share_store::ShareChanges;
use lanward_nt::NtString;
use lanward_server::{ShareChange, ShareError, ShareStore as _};
use std::sync::Arc;

impl Control {
    /// # Errors
    /// As Windows numbers them.
    pub(super) async fn net(&self, request: NetRequest) -> Result<NetAnswer, Failure> {
        match request {
            NetRequest::Shares => Ok(NetAnswer::Shares(self.net_shares())),
            NetRequest::AddShare(share) => self.add_share(share).await,
            NetRequest::ChangeShare { name, remark, max_users } => {
                self.change_share(&name, remark, max_users).await
            }
            NetRequest::DeleteShare(name) => {
                done(self.changes().remove(&self.server, &name.as_str().into()).await)
            }
            NetRequest::Sessions => Ok(NetAnswer::Sessions(self.net_sessions())),
            NetRequest::DeleteSessions { computer, user } => {
                self.delete_sessions(&computer, user.as_deref()).await
            }
            NetRequest::Files => Ok(NetAnswer::Files(self.net_files())),
            NetRequest::CloseFile(id) => self.close_file(id).await,
            NetRequest::Statistics => Ok(NetAnswer::Statistics(self.net_statistics())),
            NetRequest::Accounts => Ok(NetAnswer::Accounts(NetAccounts::of(&self.server))),
        }
    }

    fn changes(&self) -> ShareChanges {
        ShareChanges(Arc::clone(&self.shares))
    }

    fn net_shares(&self) -> Vec<NetShare> {
        self.server.shares().iter().map(|share| NetShare::of(share)).collect()
    }

    fn net_sessions(&self) -> Vec<NetSession> {
        let now = now();
        self.server.sessions().iter().map(|session| NetSession::of(session, now)).collect()
    }

    fn net_files(&self) -> Vec<NetFile> {
        self.server.opens().iter().map(|open| NetFile::of(open)).collect()
    }

    async fn add_share(&self, share: NewShare) -> Result<NetAnswer, Failure> {
        let share = lanward_server::NewShare {
            name: share.name.as_str().into(),
            comment: share.remark.as_str().into(),
            path: share.path,
            max_uses: share.max_users,
            security: None,
            persistent: true,
        };
        done(self.changes().add(&self.server, share).await)
    }

    async fn change_share(
        &self,
        name: &str,
        remark: Option<String>,
        max_users: Option<u32>,
    ) -> Result<NetAnswer, Failure> {
        let change = ShareChange {
            comment: remark.map(|remark| remark.as_str().into()),
            max_uses: max_users.map(Some),
            ..ShareChange::default()
        };
        done(self.changes().change(&self.server, &name.into(), change).await)
    }

    fn net_statistics(&self) -> NetStatistics {
        let counted = self.server.statistics();
        NetStatistics {
            server: self.server.identity().name.clone(),
            since: u64::try_from(self.server.started().to_unix().0).unwrap_or(0),
            sessions_accepted: counted.sessions_opened,
            sessions_timed_out: counted.sessions_timed_out,
            sessions_errored_out: 0,
            bytes_sent: counted.bytes_sent,
            bytes_received: counted.bytes_received,
            system_errors: 0,
            permission_violations: counted.permission_errors,
            password_violations: counted.password_errors,
            files_accessed: counted.file_opens,
        }
    }

    /// Every session of the computer ends with all it has open ([MS-SRVS] 3.1.4.6, behaviour 1.19), and nothing else does.
    async fn delete_sessions(&self, computer: &str, user: Option<&str>) -> Result<NetAnswer, Failure> {
        let now = now();
        let meant = |session: &Arc<lanward_server::Session>| {
            let shown = NetSession::of(session, now);
            let named = |user: &str| NtString::from(shown.user.as_str()).eq_ignore_case(&user.into());
            shown.is_of(computer) && user.is_none_or(named)
        };
        let sessions: Vec<_> = self.server.sessions().into_iter().filter(meant).collect();
        if sessions.is_empty() {
            return Err(Failure::NO_SUCH_CLIENT);
        }
        for session in sessions {
            session.close().await;
        }
        tracing::info!(computer, user, "Ended the sessions of a computer");
        self.tell_changed("sessions ended", format!("{computer} {}", user.unwrap_or_default()));
        Ok(NetAnswer::Done)
    }

    async fn close_file(&self, id: u32) -> Result<NetAnswer, Failure> {
        let open = self.server.opens().into_iter().find(|open| open.global_id() == id);
        let open = open.ok_or(Failure::NO_SUCH_FILE)?;
        if let Err(status) = open.close(false).await {
            tracing::warn!(%status, id, "closing a file that somebody asked to close");
        }
        tracing::info!(id, user = %open.user().name, "Closed an open");
        self.tell_changed("open closed", id.to_string());
        Ok(NetAnswer::Done)
    }
}

/// What became of a change of the shares, as [MS-SRVS] numbers it.
fn done(outcome: Result<(), ShareError>) -> Result<NetAnswer, Failure> {
    match outcome {
        Ok(()) => Ok(NetAnswer::Done),
        Err(ShareError::Exists) => Err(Failure::DUPLICATE_SHARE),
        Err(ShareError::NotFound) => Err(Failure::NO_SUCH_SHARE),
        Err(ShareError::InvalidName) => Err(Failure::INVALID_NAME),
        Err(ShareError::NoDirectory) => Err(Failure::UNKNOWN_DIRECTORY),
        Err(ShareError::Special | ShareError::Demanded | ShareError::Private) => Err(Failure::ACCESS_DENIED),
        Err(ShareError::NotKept) => Err(Failure::WRITE_FAULT),
    }
}
