//! What `lanward net` asks for and shows, of this server or of another.

mod accounts;
mod failure;
mod file;
mod remote;
mod remote_accounts;
mod session;
mod share;
mod statistics;
mod table;

pub(crate) use accounts::NetAccounts;
pub(crate) use failure::Failure;
pub(crate) use file::NetFile;
pub(crate) use remote::{Remote, address};
pub(crate) use session::NetSession;
pub(crate) use share::{NetShare, NewShare};
pub(crate) use statistics::NetStatistics;
pub(crate) use table::{COMPLETED, NO_ENTRIES, RULE};

use serde::{Deserialize, Serialize};

/// What is asked of a server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum NetRequest {
    Shares,
    AddShare(NewShare),
    /// Changes what is given.
    ChangeShare {
        name: String,
        remark: Option<String>,
        max_users: Option<u32>,
    },
    DeleteShare(String),
    Sessions,
    /// Ends the sessions of a computer, of one user if one is named.
    DeleteSessions {
        computer: String,
        user: Option<String>,
    },
    Files,
    CloseFile(u32),
    Statistics,
    Accounts,
}

impl NetRequest {
    /// Whether it changes something.
    pub(crate) const fn changes(&self) -> bool {
        match self {
            Self::AddShare(_)
            | Self::ChangeShare { .. }
            | Self::DeleteShare(_)
            | Self::DeleteSessions { .. }
            | Self::CloseFile(_) => true,
            Self::Shares | Self::Sessions | Self::Files | Self::Statistics | Self::Accounts => false,
        }
    }
}

/// What it answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum NetAnswer {
    Shares(Vec<NetShare>),
    Sessions(Vec<NetSession>),
    Files(Vec<NetFile>),
    Statistics(NetStatistics),
    Accounts(NetAccounts),
    Done,
}
