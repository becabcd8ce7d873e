//! Whom the commands ask: the server of this machine, over its control socket, or another, over SMB.

use crate::command::state::Which;
use crate::control::{Request, Response, ask};
use crate::exit::Refused;
use crate::net::{NetAccounts, NetAnswer, NetFile, NetRequest, NetSession, NetShare, NetStatistics, Remote};
use crate::password;
use anyhow::{Context as _, Result};
use clap::Args;
use std::path::PathBuf;

/// Another server than this machine's.
#[derive(Debug, Args)]
pub(super) struct There {
    /// Ask this server over SMB instead of the one of this machine
    #[arg(long, value_name = "HOST[:PORT]", global = true)]
    server: Option<String>,
    /// Sign in there as this user; as the one who runs the command when it is left out
    #[arg(long, value_name = "[DOMAIN\\]NAME", global = true)]
    user: Option<String>,
    /// A file with the password in its first line; - for standard input. Otherwise $LANWARD_PASSWORD has it, or it is asked for
    #[arg(long, value_name = "FILE", global = true)]
    password_file: Option<PathBuf>,
}

impl There {
    /// Asks a server named as `\\HOST`.
    pub(super) fn set_server(&mut self, computer: &str) {
        self.server = Some(computer.trim_start_matches('\\').to_owned());
    }
}

pub(super) enum Peer {
    Here(PathBuf),
    There(Box<Remote>),
}

impl Peer {
    /// # Errors
    /// The configuration cannot be read; the other server lets nobody in.
    pub(super) fn new(which: &Which, there: &There) -> Result<Self> {
        match &there.server {
            Some(server) => {
                let user = match &there.user {
                    Some(user) => user.clone(),
                    None => std::env::var("USER").context("nobody to sign in as: use --user NAME")?,
                };
                let hash = password::existing(there.password_file.as_deref(), &user)?;
                Ok(Self::There(Box::new(Remote::connect(server, &user, hash)?)))
            }
            None => Ok(Self::Here(which.state_dir()?)),
        }
    }

    /// A folder as the server is told of it: here beneath the folder the command runs in, elsewhere as it is written.
    ///
    /// # Errors
    /// Nobody knows where the command runs.
    pub(super) fn path(&self, path: &str) -> Result<PathBuf> {
        match self {
            Self::Here(_) => Ok(std::path::absolute(path)?),
            Self::There(_) => Ok(PathBuf::from(path)),
        }
    }

    /// # Errors
    /// What the server refused, as Windows numbers it; nobody answers.
    pub(super) fn ask(&mut self, request: NetRequest) -> Result<NetAnswer> {
        match self {
            Self::Here(state_dir) => match ask(state_dir, &Request::Net(request))? {
                Response::Net(answer) => Ok(answer?),
                _ => Err(confused()),
            },
            Self::There(remote) => remote.ask(request),
        }
    }

    pub(super) fn shares(&mut self) -> Result<Vec<NetShare>> {
        match self.ask(NetRequest::Shares)? {
            NetAnswer::Shares(shares) => Ok(shares),
            _ => Err(confused()),
        }
    }

    pub(super) fn sessions(&mut self) -> Result<Vec<NetSession>> {
        match self.ask(NetRequest::Sessions)? {
            NetAnswer::Sessions(sessions) => Ok(sessions),
            _ => Err(confused()),
        }
    }

    pub(super) fn statistics(&mut self) -> Result<NetStatistics> {
        match self.ask(NetRequest::Statistics)? {
            NetAnswer::Statistics(statistics) => Ok(statistics),
            _ => Err(confused()),
        }
    }

    pub(super) fn accounts(&mut self) -> Result<NetAccounts> {
        match self.ask(NetRequest::Accounts)? {
            NetAnswer::Accounts(accounts) => Ok(accounts),
            _ => Err(confused()),
        }
    }

    pub(super) fn files(&mut self) -> Result<Vec<NetFile>> {
        match self.ask(NetRequest::Files)? {
            NetAnswer::Files(files) => Ok(files),
            _ => Err(confused()),
        }
    }
}

pub(super) fn confused() -> anyhow::Error {
    Refused::Unavailable("the server answered something else; is it of this version?".to_owned()).into()
}
