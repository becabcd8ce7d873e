//! How a session is protected, as far as its server knows.

use crate::config::Dialect;
use lanward_server::{Session, UserKind};
use serde::{Deserialize, Serialize};

/// A session's protection. Every channel of a session has the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct Security {
    pub(crate) dialect: String,
    /// The algorithm of what is signed.
    pub(crate) signing: String,
    /// Unsigned requests are refused.
    pub(crate) signing_required: bool,
    /// The cipher of what is encrypted; `none` if nothing can be.
    pub(crate) cipher: String,
    /// Unencrypted requests are refused.
    pub(crate) encryption_required: bool,
    /// The shares it uses that refuse unencrypted requests although the session does not.
    pub(crate) encrypted_shares: Vec<String>,
    /// `NTLMv2`, `NTLMv1`, `guest` or `anonymous`.
    pub(crate) authentication: String,
    /// Connections it can be used over.
    pub(crate) channels: usize,
}

impl Security {
    pub(crate) fn of(session: &Session) -> Self {
        let protection = session.protection();
        let channels = session.channels();
        let connection = channels.first();
        let negotiated = connection.and_then(|connection| connection.protection());
        let dialect = connection.map_or(0, |connection| connection.dialect());
        let user = session.user();
        let sealed = session.trees().into_iter().map(|tree| tree.share().clone()).filter(|s| s.encrypt);
        Self {
            dialect: Dialect::name(dialect).unwrap_or("?").to_owned(),
            signing: negotiated.map_or_else(none, |n| n.signing.to_string()),
            signing_required: protection.signing_required,
            cipher: negotiated.and_then(|n| n.cipher).map_or_else(none, |cipher| cipher.to_string()),
            encryption_required: protection.encrypted,
            encrypted_shares: sealed.map(|share| share.name.to_string_lossy()).collect(),
            authentication: match user.kind {
                UserKind::Named => protection.authentication.to_string(),
                UserKind::Guest => "guest".to_owned(),
                UserKind::Anonymous => "anonymous".to_owned(),
            },
            channels: channels.len(),
        }
    }

    /// Signing in a word for a column.
    pub(crate) fn signing_word(&self) -> &str {
        if self.signing_required || self.encryption_required { &self.signing } else { "optional" }
    }

    /// Encryption in a word for a column.
    pub(crate) fn cipher_word(&self) -> &str {
        match (self.encryption_required, self.encrypted_shares.is_empty()) {
            (true, _) => &self.cipher,
            (false, false) => "by share",
            (false, true) => "optional",
        }
    }
}

fn none() -> String {
    "none".to_owned()
}
