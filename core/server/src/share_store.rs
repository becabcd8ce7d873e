//! Shares that management makes, changes and takes away ([MS-SRVS] 3.1.1: sticky shares are kept in persistent storage).

use crate::{Server, Settings, ShareCaching};
use lanward_nt::NtString;
use lanward_nt::security::SecurityDescriptor;
use std::fmt;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

/// What a store answers when it is done.
pub type StoreAnswer<'a> = Pin<Box<dyn Future<Output = Result<(), ShareError>> + Send + 'a>>;

/// A folder that is to be shared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewShare {
    /// Its name.
    pub name: NtString,
    /// What people read beside the name.
    pub comment: NtString,
    /// The folder, absolute.
    pub path: PathBuf,
    /// How many tree connects it takes at once; `None` for no limit.
    pub max_uses: Option<u32>,
    /// Who may do what through it; `None` for every named user everything.
    pub security: Option<SecurityDescriptor>,
    /// It comes back when the server does (Share.IsPersistent).
    pub persistent: bool,
}

/// What is to be different about a share; what is `None` stays as it is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ShareChange {
    /// Share.Remark
    pub comment: Option<NtString>,
    /// Share.MaxUses; the inner `None` for no limit
    pub max_uses: Option<Option<u32>>,
    /// Share.FileSecurity
    pub security: Option<SecurityDescriptor>,
    /// Share.CscFlags
    pub caching: Option<ShareCaching>,
    /// Share.DoAccessBasedDirectoryEnumeration
    pub hide_unreadable: Option<bool>,
    /// Share.EncryptData
    pub encrypt: Option<bool>,
    /// Share.CompressData
    pub compress: Option<bool>,
}

/// What is to be different about the server itself ([MS-SRVS] 3.1.1.4 ServerConfiguration); what is `None` stays as it is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ServerChange {
    /// sv103_comment
    pub comment: Option<String>,
    /// sv103_users: [`crate::Limits::users`]; the inner `None` for no limit
    pub users: Option<Option<u32>>,
    /// sv103_disc: [`crate::Settings::idle_disconnect`]; the inner `None` for never
    pub idle_disconnect: Option<Option<Duration>>,
}

impl ServerChange {
    /// The settings with what changes.
    pub fn apply(&self, settings: &mut Settings) {
        if let Some(comment) = &self.comment {
            settings.comment = Some(comment.clone());
        }
        if let Some(users) = self.users {
            settings.limits.users = users;
        }
        if let Some(idle_disconnect) = self.idle_disconnect {
            settings.idle_disconnect = idle_disconnect;
        }
    }

    /// With what a later change changes too.
    #[must_use]
    pub fn and(self, later: Self) -> Self {
        Self {
            comment: later.comment.or(self.comment),
            users: later.users.or(self.users),
            idle_disconnect: later.idle_disconnect.or(self.idle_disconnect),
        }
    }
}

/// Why a store did not do as it was asked. Nothing is changed then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ShareError {
    /// There is a share of that name.
    Exists,
    /// There is none, or none that management can change.
    NotFound,
    /// Not a share's name.
    InvalidName,
    /// No directory that can be served is there.
    NoDirectory,
    /// It is one that the server itself needs: `IPC$`.
    Special,
    /// The configuration demands it, and what is written is not weakened from afar.
    Demanded,
    /// The folder holds what the server keeps of itself.
    Private,
    /// It could not be written down.
    NotKept,
}

impl fmt::Display for ShareError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Exists => "there is a share of that name",
            Self::NotFound => "there is no such share",
            Self::InvalidName => "that is no name for a share",
            Self::NoDirectory => "there is no such folder",
            Self::Special => "the server needs that share",
            Self::Demanded => "the configuration demands it",
            Self::Private => "what the server keeps of itself is not shared",
            Self::NotKept => "it could not be written down",
        })
    }
}

impl std::error::Error for ShareError {}

/// Where shares are kept that management makes, and what it changes about the server. What succeeded is live, and if it is to last it is on disk.
pub trait ShareStore: Send + Sync + fmt::Debug {
    /// Shares a folder.
    fn add<'a>(&'a self, server: &'a Arc<Server>, share: NewShare) -> StoreAnswer<'a>;

    /// Changes a share under its users; none of them is disconnected.
    fn change<'a>(
        &'a self,
        server: &'a Arc<Server>,
        name: &'a NtString,
        change: ShareChange,
    ) -> StoreAnswer<'a>;

    /// Takes a share away and ends what is connected to it.
    fn remove<'a>(&'a self, server: &'a Arc<Server>, name: &'a NtString) -> StoreAnswer<'a>;

    /// Makes a share one that does not come back when the server does ([MS-SRVS] 3.1.4.13).
    fn make_temporary<'a>(&'a self, server: &'a Arc<Server>, name: &'a NtString) -> StoreAnswer<'a>;

    /// Changes the server itself. Nobody is disconnected.
    fn change_server<'a>(&'a self, server: &'a Arc<Server>, change: ServerChange) -> StoreAnswer<'a>;
}
