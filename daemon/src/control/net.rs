//! `lanward net` of this server: views over the live lists, and what can be done to them.

use super::Control;
use crate::net::{Failure, NetAnswer, NetFile, NetRequest, NetSession, NetShare};
use crate::run::now;
use std::sync::Arc;

impl Control {
    /// # Errors
    /// As Windows numbers them.
    pub(super) async fn net(&self, request: NetRequest) -> Result<NetAnswer, Failure> {
        match request {
            NetRequest::Shares => Ok(NetAnswer::Shares(self.net_shares())),
            NetRequest::AddShare(_) | NetRequest::ChangeShare { .. } | NetRequest::DeleteShare(_) => {
                Err(Failure::NOT_SUPPORTED)
            }
            NetRequest::Sessions => Ok(NetAnswer::Sessions(self.net_sessions())),
            NetRequest::DeleteSessions { computer, user } => {
                self.delete_sessions(&computer, user.as_deref()).await
            }
            NetRequest::Files => Ok(NetAnswer::Files(self.net_files())),
            NetRequest::CloseFile(id) => self.close_file(id).await,
        }
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

    /// Every session of the computer ends with all it has open ([MS-SRVS] 3.1.4.6, behaviour 1.19), and nothing else does.
    async fn delete_sessions(&self, computer: &str, user: Option<&str>) -> Result<NetAnswer, Failure> {
        let now = now();
        let meant = |session: &Arc<lanward_server::Session>| {
            let shown = NetSession::of(session, now);
            shown.is_of(computer) && user.is_none_or(|user| shown.user.eq_ignore_ascii_case(user))
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
