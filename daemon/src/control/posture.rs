//! What is weak in what a server allows and in what goes on, and who allowed it.

use super::Security;
use crate::interfaces::is_private;
use lanward_server::{RestrictAnonymous, Server, Session, Weakness as Lack, Zone};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

/// A server's posture at one moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct Posture {
    pub(crate) sessions: Census,
    pub(crate) weaknesses: Vec<Weakness>,
}

/// How many sessions there are of which kind.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct Census {
    pub(crate) total: usize,
    pub(crate) by_dialect: BTreeMap<String, usize>,
    pub(crate) by_signing: BTreeMap<String, usize>,
    pub(crate) by_cipher: BTreeMap<String, usize>,
    pub(crate) by_authentication: BTreeMap<String, usize>,
}

/// Something that protects less than it could.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct Weakness {
    /// A word for programs.
    pub(crate) what: String,
    pub(crate) reason: String,
    /// What allows it: `zone NAME`, `share NAME`, `listen`.
    pub(crate) allowed_by: String,
    /// The session it is a weakness of; nothing for one of the configuration.
    pub(crate) session: Option<SessionName>,
}

/// A session as people tell it from others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct SessionName {
    pub(crate) id: u32,
    pub(crate) user: String,
    pub(crate) client: std::net::SocketAddr,
}

impl Posture {
    pub(super) fn of(server: &Server) -> Self {
        let sessions = server.sessions();
        let mut weaknesses = of_configuration(server);
        weaknesses.extend(sessions.iter().flat_map(|session| of_session(session)));
        Self { sessions: Census::of(&sessions), weaknesses }
    }
}

impl Census {
    fn of(sessions: &[Arc<Session>]) -> Self {
        let mut census = Self { total: sessions.len(), ..Self::default() };
        for session in sessions {
            let security = Security::of(session);
            let (signing, cipher) = (security.signing_word().to_owned(), security.cipher_word().to_owned());
            *census.by_signing.entry(signing).or_default() += 1;
            *census.by_cipher.entry(cipher).or_default() += 1;
            *census.by_dialect.entry(security.dialect).or_default() += 1;
            *census.by_authentication.entry(security.authentication).or_default() += 1;
        }
        census
    }
}

fn of_configuration(server: &Server) -> Vec<Weakness> {
    let settings = server.settings();
    let zones = || settings.zones.iter().chain([&settings.default_zone]);
    let mut found: Vec<Weakness> = zones().flat_map(|zone| of_zone(zone)).collect();
    for share in server.shares().iter().filter(|share| !share.is_ipc() && share.guest_ok) {
        let open = zones().filter(|zone| zone.guest_allowed && zone.shows(&share.name));
        found.extend(open.map(|zone| {
            let reason = format!("anybody comes in without a password from zone {}", zone.name);
            weakness("guest-share", &reason, format!("share {}", share.name.to_string_lossy()))
        }));
    }
    for transport in server.transports().iter().filter(|t| !is_private(t.address().ip())) {
        let reason = format!("{} can be reached from everywhere", transport.address());
        found.push(weakness("public-address", &reason, "listen".to_owned()));
    }
    found
}

fn of_zone(zone: &Zone) -> Vec<Weakness> {
    let (nobody, restrict) = (&zone.null_sessions, zone.null_sessions.restrict);
    let rules = [
        (
            zone.min_dialect < 0x0202,
            "smb1",
            "SMB1 is spoken: it encrypts nothing, and does not notice a negotiation that was tampered with",
        ),
        (
            (0x0202..0x0210).contains(&zone.min_dialect),
            "old-dialect",
            "SMB 2.0.2 is taken: it neither encrypts nor notices a negotiation that was tampered with",
        ),
        (!zone.signing_required, "signing-optional", "what is not signed can be changed on its way"),
        (zone.guest_allowed, "guests", "guests come in without a password, and nothing they send is signed"),
        (zone.anonymous_allowed, "null-sessions", "NULL sessions come in without a name"),
        (
            zone.anonymous_allowed && restrict == RestrictAnonymous::Nothing,
            "null-listing",
            "NULL sessions list shares and policy, through the pipes that are open to them",
        ),
        (
            zone.anonymous_allowed && restrict == RestrictAnonymous::Nothing && !nobody.restrict_sam,
            "null-accounts",
            "NULL sessions list accounts: whoever guesses passwords learns whose to guess",
        ),
        (
            zone.anonymous_allowed && !nobody.pipes.is_empty(),
            "null-pipes",
            "NULL sessions call the services behind the pipes that null-session-pipes names",
        ),
        (
            zone.anonymous_allowed && !nobody.shares.is_empty(),
            "null-shares",
            "NULL sessions read the shares that null-session-shares names",
        ),
        (zone.ntlmv1, "ntlmv1", "NTLMv1 proofs are taken: passwords can be found from what is overheard"),
        (zone.lm, "lm", "LM proofs are taken: passwords are found at once from what is overheard"),
        (zone.plaintext, "plaintext", "passwords in plain text are taken"),
        (zone.share_level, "share-level", "a password for each share lets anybody in who knows it"),
    ];
    let held = rules.into_iter().filter(|(holds, ..)| *holds);
    held.map(|(_, what, reason)| weakness(what, reason, format!("zone {}", zone.name))).collect()
}

fn of_session(session: &Session) -> Vec<Weakness> {
    let (zone, user) = (session.zone(), session.user());
    let found = session.weaknesses().into_iter();
    found
        .map(|lack| {
            let by = format!("zone {}", zone.name);
            // A floor that was raised since holds for whoever comes now.
            let allowed_by =
                if allows(&zone, lack) { by } else { format!("{by}, as it was when the session began") };
            let user = user.name.to_string_lossy();
            let name = SessionName { id: session.global_id(), user, client: session.peer() };
            Weakness { session: Some(name), ..weakness(lack.word(), lack.reason(), allowed_by) }
        })
        .collect()
}

/// Whether sessions of a zone that begin now may lack it.
fn allows(zone: &Zone, lack: Lack) -> bool {
    match lack {
        Lack::OldDialect => zone.min_dialect < 0x0210,
        Lack::Smb1 => zone.min_dialect < 0x0202,
        Lack::Unsigned => !zone.signing_required,
        Lack::Guest => zone.guest_allowed,
        Lack::NullSession => zone.anonymous_allowed,
        Lack::NtlmV1 => zone.ntlmv1,
        Lack::Lm => zone.lm,
        Lack::Plaintext => zone.plaintext,
    }
}

fn weakness(what: &str, reason: &str, allowed_by: String) -> Weakness {
    Weakness { what: what.to_owned(), reason: reason.to_owned(), allowed_by, session: None }
}

impl fmt::Display for Posture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Census { total, by_dialect, by_signing, by_cipher, by_authentication } = &self.sessions;
        writeln!(f, "{total} sessions")?;
        let counts = [
            ("dialect", by_dialect),
            ("signing", by_signing),
            ("encryption", by_cipher),
            ("authentication", by_authentication),
        ];
        for (name, counts) in counts.into_iter().filter(|(_, counts)| !counts.is_empty()) {
            let shown: Vec<String> = counts.iter().map(|(kind, count)| format!("{kind}: {count}")).collect();
            writeln!(f, "  by {name:<15} {}", shown.join(", "))?;
        }
        if self.weaknesses.is_empty() {
            return writeln!(f, "\nNo weakness is configured, and none is in use.");
        }
        writeln!(f, "\n{:<18} {:<28} WHAT AND WHY", "WEAKNESS", "ALLOWED BY")?;
        for weakness in &self.weaknesses {
            let Weakness { what, reason, allowed_by, session } = weakness;
            write!(f, "{what:<18} {allowed_by:<28} {reason}")?;
            if let Some(SessionName { id, user, client }) = session {
                write!(
                    f,
                    " (session {id} of {} at {client})",
                    if user.is_empty() { "nobody" } else { user }
                )?;
            }
            writeln!(f)?;
        }
        Ok(())
    }
}
