//! [MS-SMB2] 3.3.1.5 GlobalSessionTable: every session, whatever connections it is used over.

use super::{Channel, Connection, Ids, Session};
use crate::Service;
use lanward_smb2::SessionId;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

/// The sessions of all connections. Their connections own them; whoever ends one takes it out.
#[derive(Debug, Default)]
pub(crate) struct SessionTable(Mutex<Ids<u64, Weak<Session>>>);

impl SessionTable {
    /// A session that is not closed.
    pub(crate) fn find(&self, id: SessionId) -> Option<Arc<Session>> {
        self.lock().get(&id.0).and_then(Weak::upgrade).filter(|s| !s.core.is_closed())
    }

    fn lock(&self) -> MutexGuard<'_, Ids<u64, Weak<Session>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Service {
    /// Lets a connection use a session from now on.
    pub(crate) fn enter_channel(&self, connection: &Arc<Connection>, channel: Arc<Channel>) {
        let session = Arc::clone(&channel.session);
        self.sessions.lock().insert(session.id.0, Arc::downgrade(&session));
        session.add_connection(connection);
        let forgotten = connection.enter(channel);
        let ended = session.core.is_closed().then_some(session.id);
        // Whoever ended it meanwhile found it in no table.
        let mut table = self.sessions.lock();
        forgotten.into_iter().chain(ended).for_each(|id| drop(table.remove(&id.0)));
    }

    /// [MS-SMB2] 3.3.7.1: a connection is gone; its session ends with the last of its channels.
    pub(crate) async fn lose_channel(&self, connection: &Arc<Connection>, channel: &Channel) {
        let session = &channel.session;
        session.remove_connection(connection);
        if !session.core.remove_channel(&connection.entry) {
            self.end_session(session).await;
        }
    }

    /// Ends a session on all its channels. Their connections keep its keys, to answer that it is gone.
    pub(crate) async fn end_session(&self, session: &Session) {
        self.sessions.lock().remove(&session.id.0);
        session.leave().await;
        // A channel that was bound just then may have entered it again.
        self.sessions.lock().remove(&session.id.0);
    }
}
