use super::job::Job;
use crate::{Act, Caller, Subject, Zone};
use lanward_nt::security::Token;
use lanward_nt::{NtStatus, NtString, Sid};
use std::net::IpAddr;
use std::sync::Arc;

/// Who asks for something to be printed, or to be done about it.
#[derive(Debug, Clone)]
pub struct Requester {
    /// Who, as it is told.
    pub subject: Subject,
    /// What the computer calls itself; its address where it did not say.
    pub client: NtString,
    /// `None` for who administers the server from its own machine: nothing is refused.
    pub(super) token: Option<Token>,
    pub(super) zone: Option<Arc<Zone>>,
}

impl Requester {
    /// Whoever calls through a pipe or a tree connect. Make one for each call: it knows the policy of its moment.
    ///
    /// # Errors
    /// ACCESS_DENIED: nobody, where nobody may print.
    pub fn of(caller: &Caller) -> Result<Self, NtStatus> {
        caller.may(Act::Print)?;
        let session = caller.session.and_then(|id| caller.server.session(id));
        let name = session.map(|session| session.client_name()).unwrap_or_default();
        let address = caller.peer.ip().to_canonical();
        let mut token = caller.user.token();
        if caller.user.is_admin && !token.groups.contains(&Sid::administrators()) {
            token.groups.push(Sid::administrators());
        }
        Ok(Self {
            subject: Subject::new(&caller.user, Some(caller.peer), caller.session),
            client: if name.units().is_empty() { address.to_string().as_str().into() } else { name },
            token: Some(token),
            zone: Some(caller.server.zone_of(caller.local, caller.peer)),
        })
    }

    /// Whoever administers the server from the machine it runs on.
    #[must_use]
    pub fn operator(name: &str) -> Self {
        Self { subject: Subject::operator(name), client: "localhost".into(), token: None, zone: None }
    }

    /// The address it asks from; `None` from this machine.
    #[must_use]
    pub fn address(&self) -> Option<IpAddr> {
        self.subject.peer.map(|peer| peer.ip().to_canonical())
    }

    /// Whether the job is its own. Guests and nobody own nothing: one of them is as good as another.
    #[must_use]
    pub fn owns(&self, job: &Job) -> bool {
        let named =
            self.token.as_ref().is_some_and(|token| token.groups.contains(&Sid::authenticated_users()));
        named && job.owner_sid == self.subject.sid
    }

    /// Whether printers of this share are there for it.
    pub(super) fn sees(&self, share: &NtString) -> bool {
        self.zone.as_ref().is_none_or(|zone| zone.shows(share))
    }
}
