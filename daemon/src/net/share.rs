//! Rows of `lanward net share`.

use lanward_server::{Share, ShareKind};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::path::PathBuf;

/// A share as its server shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct NetShare {
    pub(crate) name: String,
    /// `disk`, `ipc`, `printer` or `device`.
    pub(crate) kind: String,
    /// It is not shown to those who look around.
    pub(crate) special: bool,
    /// Where it is on the server; empty if it is nowhere or not told.
    pub(crate) path: String,
    pub(crate) remark: String,
    /// Nothing for no limit.
    pub(crate) max_users: Option<u32>,
    pub(crate) users: u32,
}

/// A share that is to be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct NewShare {
    pub(crate) name: String,
    pub(crate) path: PathBuf,
    pub(crate) remark: String,
    pub(crate) max_users: Option<u32>,
}

impl NetShare {
    pub(crate) fn of(share: &Share) -> Self {
        let name = share.name.to_string_lossy();
        Self {
            kind: match share.kind {
                ShareKind::Disk(_) => "disk",
                ShareKind::Ipc => "ipc",
                ShareKind::Printer(_) => "print",
                ShareKind::Device(_) => "device",
            }
            .to_owned(),
            special: name.ends_with('$'),
            name,
            path: share.path.to_string_lossy(),
            remark: share.comment.to_string_lossy(),
            max_users: share.max_uses,
            users: share.current_uses(),
        }
    }

    /// The heads of the columns.
    pub(crate) const HEAD: &str = "Share name   Resource                        Remark";

    /// The heads of the columns of `net view`.
    pub(crate) const VIEW_HEAD: &str = "Share name   Type     Used as  Comment";

    /// Its row in `net view`.
    pub(crate) fn view(&self) -> String {
        let kind = match self.kind.as_str() {
            "printer" => "Print",
            "ipc" => "IPC",
            "device" => "Device",
            _ => "Disk",
        };
        format!("{:<12} {kind:<8} {:<8} {}", self.name, "", self.remark).trim_end().to_owned()
    }
}

impl fmt::Display for NetShare {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let row = format!("{:<12} {:<31} {}", self.name, self.path, self.remark);
        f.write_str(row.trim_end())
    }
}
