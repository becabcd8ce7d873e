//! In what sessions are less protected than they could be, for whoever administers the server (behaviour 3.10).

use crate::{Authentication, Event, Server, Session, Subject, UserKind};
use std::collections::BTreeMap;

/// Something that a session lacks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Weakness {
    /// SMB 2.0.2.
    OldDialect,
    /// SMB1.
    Smb1,
    /// A user's requests need neither be signed nor encrypted.
    Unsigned,
    /// A guest.
    Guest,
    /// A NULL session.
    NullSession,
    /// NTLMv1.
    NtlmV1,
    /// LM.
    Lm,
    /// A password as it is.
    Plaintext,
}

impl Weakness {
    /// A word for programs.
    #[must_use]
    pub const fn word(self) -> &'static str {
        self.told().0
    }

    /// What it means, for people.
    #[must_use]
    pub const fn reason(self) -> &'static str {
        self.told().1
    }

    const fn told(self) -> (&'static str, &'static str) {
        match self {
            Self::OldDialect => ("old-dialect", "it speaks SMB 2.0.2"),
            Self::Smb1 => ("smb1", "it speaks SMB1"),
            Self::Unsigned => ("unsigned", "its requests need not be signed"),
            Self::Guest => ("guest", "a guest: nobody proved anything"),
            Self::NullSession => ("null-session", "a NULL session: nobody's"),
            Self::NtlmV1 => ("ntlmv1", "its user proved itself by NTLMv1"),
            Self::Lm => ("lm", "its user proved itself by LM"),
            Self::Plaintext => ("plaintext", "its user sent the password as it is"),
        }
    }
}

impl Session {
    /// What it lacks now.
    #[must_use]
    pub fn weaknesses(&self) -> Vec<Weakness> {
        let (kind, protection, channels) = (self.user().kind, self.protection(), self.channels());
        let dialect = channels.first().map_or(0, |connection| connection.dialect());
        let open = !protection.signing_required && !protection.encrypted;
        let by = protection.authentication;
        let rules = [
            (dialect == 0x0202, Weakness::OldDialect),
            (channels.iter().any(|connection| (1..0x0202).contains(&connection.dialect())), Weakness::Smb1),
            (kind == UserKind::Named && open, Weakness::Unsigned),
            (kind == UserKind::Guest, Weakness::Guest),
            (self.is_anonymous(), Weakness::NullSession),
            (by == Authentication::NtlmV1, Weakness::NtlmV1),
            (by == Authentication::Lm, Weakness::Lm),
            (by == Authentication::Plaintext, Weakness::Plaintext),
        ];
        rules.into_iter().filter_map(|(holds, weakness)| holds.then_some(weakness)).collect()
    }

    /// Counts and tells what it lacks, each once.
    pub(crate) fn tell_weaknesses(&self) {
        let new = self.note_weaknesses(self.weaknesses());
        if new.is_empty() {
            return;
        }
        let server = self.server();
        new.iter().for_each(|weakness| server.totals.weaken(weakness.word()));
        if server.has_audience() {
            server.event(Event::WeakSession { who: Subject::of(self), weaknesses: new });
        }
    }
}

impl Server {
    /// Sessions since the start that lacked something, by its word; one that lacked two things is in both.
    #[must_use]
    pub fn weak_sessions(&self) -> BTreeMap<&'static str, u64> {
        self.totals.weak()
    }
}
