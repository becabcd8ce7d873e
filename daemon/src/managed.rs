//! What management changed, over the configuration: shares it added, changed and removed, and what it set of the server. The configuration stays
//! its author's; this is a file of its own in the state directory, and where both speak of a thing this one counts.

use crate::config::Config;
use anyhow::{Context as _, Result};
use lanward_nt::security::SecurityDescriptor;
use lanward_server::{NewShare, ServerChange, ShareCaching, ShareChange};
use lanward_wire::{Decode as _, Encode as _, Reader, Writer};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// No limit, where a number is expected.
const UNLIMITED: u32 = u32::MAX;

/// All of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub(crate) struct Managed {
    #[serde(skip_serializing_if = "is_default")]
    pub(crate) server: ManagedServer,
    /// By their names in upper case.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) shares: BTreeMap<String, ManagedShare>,
}

/// What became of a share.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum ManagedShare {
    /// Management made it.
    Added {
        name: String,
        path: PathBuf,
        #[serde(flatten)]
        look: Look,
    },
    /// The configuration has it; this is different.
    Changed(Look),
    /// The configuration has it, and it is not there.
    Removed,
}

/// What management sets of a share; what is left out is as it would be without.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub(crate) struct Look {
    #[serde(skip_serializing_if = "Option::is_none")]
    comment: Option<String>,
    /// All ones for no limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    max_uses: Option<u32>,
    /// A self-relative security descriptor, in hexadecimal digits.
    #[serde(skip_serializing_if = "Option::is_none")]
    security: Option<String>,
    /// The bits of [MS-SRVS] 2.2.2.5.
    #[serde(skip_serializing_if = "Option::is_none")]
    caching: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hide_unreadable: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    encrypt: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    compress: Option<bool>,
}

/// What management set of the server.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub(crate) struct ManagedServer {
    #[serde(skip_serializing_if = "Option::is_none")]
    comment: Option<String>,
    /// All ones for no limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    max_sessions: Option<u32>,
    /// In seconds; all ones for never.
    #[serde(skip_serializing_if = "Option::is_none")]
    idle_disconnect: Option<u32>,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

impl Managed {
    /// Where it is in a state directory.
    pub(crate) fn file(state_dir: &Path) -> PathBuf {
        state_dir.join("managed.json")
    }

    /// Reads it; a file that is not there says nothing.
    ///
    /// # Errors
    /// It cannot be read, or is no such file.
    pub(crate) fn read(file: &Path) -> Result<Self> {
        let text = match std::fs::read(file) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Self::default()),
            Err(error) => return Err(error).with_context(|| file.display().to_string()),
        };
        serde_json::from_slice(&text).with_context(|| {
            format!("{} is not what management wrote: remove it to begin anew", file.display())
        })
    }

    /// Writes it, whole or not at all, so that it is there after a loss of power.
    ///
    /// # Errors
    /// It cannot be written; what was there is still there.
    pub(crate) fn write(&self, file: &Path) -> Result<()> {
        let named = || file.display().to_string();
        let new = file.with_extension("json.new");
        let text = serde_json::to_vec_pretty(self)?;
        let written = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&new);
        let mut written = written.with_context(named)?;
        written.write_all(&text).with_context(named)?;
        written.sync_all().with_context(named)?;
        std::fs::rename(&new, file).with_context(named)?;
        let dir = file.parent().unwrap_or(Path::new("/"));
        File::open(dir).and_then(|dir| dir.sync_all()).with_context(named)
    }
}

impl ManagedShare {
    pub(crate) fn added(new: &NewShare) -> Self {
        let look = Look {
            comment: Some(new.comment.to_string_lossy()),
            max_uses: new.max_uses,
            security: new.security.as_ref().map(hex),
            ..Look::default()
        };
        Self::Added { name: new.name.to_string_lossy(), path: new.path.clone(), look }
    }

    /// What is set of it.
    pub(crate) fn look(&self) -> Look {
        match self {
            Self::Added { look, .. } | Self::Changed(look) => look.clone(),
            Self::Removed => Look::default(),
        }
    }
}

impl Look {
    /// With what a change sets.
    pub(crate) fn and(self, change: &ShareChange) -> Self {
        Self {
            comment: change.comment.as_ref().map(ToString::to_string).or(self.comment),
            max_uses: change.max_uses.map(|limit| limit.unwrap_or(UNLIMITED)).or(self.max_uses),
            security: change.security.as_ref().map(hex).or(self.security),
            caching: change.caching.map(ShareCaching::bits).or(self.caching),
            hide_unreadable: change.hide_unreadable.or(self.hide_unreadable),
            encrypt: change.encrypt.or(self.encrypt),
            compress: change.compress.or(self.compress),
        }
    }

    /// The change that makes a share look like this. A descriptor nobody can read lets nobody in.
    pub(crate) fn change(&self) -> ShareChange {
        ShareChange {
            comment: self.comment.as_deref().map(Into::into),
            max_uses: self.max_uses.map(|limit| (limit != UNLIMITED).then_some(limit)),
            security: self.security.as_deref().map(|digits| descriptor(digits).unwrap_or_else(closed)),
            caching: self.caching.map(ShareCaching::from_bits),
            hide_unreadable: self.hide_unreadable,
            encrypt: self.encrypt,
            compress: self.compress,
        }
    }

    /// The keys that are set, as the configuration has them.
    pub(crate) fn keys(&self) -> Vec<&'static str> {
        let keys = [
            ("comment", self.comment.is_some()),
            ("max-uses", self.max_uses.is_some()),
            ("who may use it", self.security.is_some()),
            ("what clients may keep", self.caching.is_some()),
            ("hide-unreadable", self.hide_unreadable.is_some()),
            ("encrypt", self.encrypt.is_some()),
            ("compress", self.compress.is_some()),
        ];
        keys.iter().filter(|(_, set)| *set).map(|(key, _)| *key).collect()
    }
}

impl ManagedServer {
    pub(crate) fn of(change: &ServerChange) -> Self {
        let seconds = |time: Duration| u32::try_from(time.as_secs()).unwrap_or(UNLIMITED);
        Self {
            comment: change.comment.clone(),
            max_sessions: change.users.map(|limit| limit.unwrap_or(UNLIMITED)),
            idle_disconnect: change.idle_disconnect.map(|time| time.map_or(UNLIMITED, seconds)),
        }
    }

    pub(crate) fn change(&self) -> ServerChange {
        let limit = |value: u32| (value != UNLIMITED).then_some(value);
        ServerChange {
            comment: self.comment.clone(),
            users: self.max_sessions.map(limit),
            idle_disconnect: self.idle_disconnect.map(|s| limit(s).map(|s| Duration::from_secs(s.into()))),
        }
    }

    /// The keys that are set, as the configuration has them.
    pub(crate) fn keys(&self) -> Vec<&'static str> {
        let keys = [
            ("server.comment", self.comment.is_some()),
            ("limits.max-sessions", self.max_sessions.is_some()),
            ("limits.idle-disconnect", self.idle_disconnect.is_some()),
        ];
        keys.iter().filter(|(_, set)| *set).map(|(key, _)| *key).collect()
    }
}

/// Limits that the configuration writes down.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Written {
    users: Option<u32>,
    idle_disconnect: Option<Duration>,
}

impl Written {
    pub(crate) fn of(config: &Config) -> Self {
        let idle_disconnect = config.limits.idle_disconnect.and_then(|span| span.0);
        Self { users: config.limits.max_sessions, idle_disconnect }
    }

    /// A change that lifts none of them.
    pub(crate) fn within(&self, change: ServerChange) -> ServerChange {
        ServerChange {
            comment: change.comment,
            users: change.users.map(|users| lower(users, self.users)),
            idle_disconnect: change.idle_disconnect.map(|time| lower(time, self.idle_disconnect)),
        }
    }
}

/// The lower of two limits, of which `None` is none.
fn lower<T: Ord>(one: Option<T>, other: Option<T>) -> Option<T> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}

fn hex(descriptor: &SecurityDescriptor) -> String {
    let mut bytes = Vec::new();
    descriptor.encode(&mut Writer::new(&mut bytes));
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn descriptor(digits: &str) -> Option<SecurityDescriptor> {
    let digits: Option<Vec<u8>> = digits.chars().map(|c| c.to_digit(16).map(|d| d as u8)).collect();
    let bytes: Vec<u8> = digits?.chunks(2).map(|pair| pair.iter().fold(0, |sum, d| sum << 4 | d)).collect();
    SecurityDescriptor::decode(&mut Reader::new(&bytes)).ok()
}

/// With a list that is empty.
fn closed() -> SecurityDescriptor {
    SecurityDescriptor { dacl: Some(Some(Default::default())), ..SecurityDescriptor::default() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lanward_nt::security::{Ace, Acl};
    use lanward_nt::{AccessMask, Sid};

    fn everything() -> ShareChange {
        let list = Acl::new(vec![Ace::allow(Sid::everyone(), AccessMask::FILE_GENERIC_READ, 0)]);
        let security = SecurityDescriptor {
            control: SecurityDescriptor::SELF_RELATIVE | SecurityDescriptor::DACL_PRESENT,
            dacl: Some(Some(list)),
            ..SecurityDescriptor::default()
        };
        ShareChange {
            comment: Some("c".into()),
            max_uses: Some(None),
            security: Some(security),
            caching: Some(ShareCaching::Off),
            hide_unreadable: Some(true),
            encrypt: Some(false),
            compress: Some(true),
        }
    }

    #[test]
    fn what_is_written_is_read() {
        let dir = tempfile::tempdir().unwrap();
        let file = Managed::file(dir.path());
        assert_eq!(Managed::read(&file).unwrap(), Managed::default());
        let look = Look::default().and(&everything());
        let added = ManagedShare::Added { name: "Docs".into(), path: "/srv".into(), look: look.clone() };
        let server =
            ServerChange { users: Some(None), idle_disconnect: Some(None), comment: Some("x".into()) };
        let managed = Managed {
            server: ManagedServer::of(&server),
            shares: BTreeMap::from([
                ("DOCS".into(), added),
                ("OLD".into(), ManagedShare::Removed),
                ("PUB".into(), ManagedShare::Changed(look.clone())),
            ]),
        };
        managed.write(&file).unwrap();
        let read = Managed::read(&file).unwrap();
        assert_eq!(read, managed);
        assert_eq!((look.change(), read.server.change()), (everything(), server));
        assert_eq!(look.keys().len(), 7);
        std::fs::write(&file, "{\"sharse\": 1}").unwrap();
        assert!(format!("{:#}", Managed::read(&file).unwrap_err()).contains("managed.json"));
    }

    #[test]
    fn a_later_change_leaves_what_it_does_not_say() {
        let first = Look::default().and(&everything());
        let second = first.clone().and(&ShareChange { comment: Some("d".into()), ..ShareChange::default() });
        let expected = ShareChange { comment: Some("d".into()), ..everything() };
        assert_eq!(second.change(), expected);
        assert_eq!(first.clone().and(&ShareChange::default()), first);
    }

    #[test]
    fn a_descriptor_that_is_none_lets_nobody_in() {
        for digits in ["", "zz", "0100"] {
            let look = Look { security: Some(digits.into()), ..Look::default() };
            assert_eq!(look.change().security, Some(closed()), "{digits}");
        }
    }
}
