//! What sessions and tree connects tell of themselves.

use crate::{Event, Session, Subject, TreeConnect, User};
use lanward_nt::{FileTime, NtStatus, NtString};
use std::net::SocketAddr;
use std::time::{Duration, SystemTime};

impl Session {
    pub(crate) fn tell_opened(&self) {
        if !self.server().has_audience() {
            return;
        }
        let dialect = self.channels().first().map_or(0, |connection| connection.dialect());
        let (client, zone) = (self.client_name(), self.zone().name.clone());
        self.server().event(Event::LoggedOn { who: Subject::of(self), client, dialect, zone });
    }

    pub(crate) fn tell_ended(&self) {
        if !self.server().has_audience() {
            return;
        }
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let ticks = FileTime::from_unix_duration(now).0.saturating_sub(self.since().0);
        let lasted = Duration::from_micros(ticks / 10);
        self.server().event(Event::LoggedOff { who: Subject::of(self), lasted });
    }

    pub(crate) fn tell_connected(&self, share: &NtString, outcome: Result<(), NtStatus>) {
        if !self.server().has_audience() {
            return;
        }
        let (who, share) = (Subject::of(self), share.clone());
        self.server().event(match outcome {
            Ok(()) => Event::ShareConnected { who, share },
            Err(status) => Event::ShareRefused { who, share, status },
        });
    }
}

impl TreeConnect {
    pub(crate) fn tell_ended(&self) {
        if self.server.has_audience() {
            let (who, share) = (self.subject(), self.share().name.clone());
            self.server.event(Event::ShareDisconnected { who, share });
        }
    }

    /// Who is connected.
    pub(crate) fn subject(&self) -> Subject {
        let session = self.session();
        let (peer, id) = session.as_ref().map(|s| (s.peer(), s.id())).unzip();
        Subject::new(self.user(), peer, id)
    }
}

/// A user who was proved and has got no session all the same.
pub(crate) fn refused(user: &User, peer: SocketAddr, status: NtStatus) -> Event {
    let claimed = Some(format!("{}\\{}", user.domain, user.name));
    Event::LogonRefused { peer, claimed, status, why: "proved, but no session may be opened" }
}
