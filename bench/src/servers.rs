//! The servers of a run: each on a free loopback port, with the same kind of share and the same account.

mod lanward;
mod process;
mod rocketsmbd;
mod samba;

use anyhow::{Context as _, Result};
use std::path::{Path, PathBuf};

pub(crate) use process::{Server, find_program};

/// The account on every server.
pub(crate) const USER: &str = "bencher";
/// Its password: of loopback servers that live for one run.
pub(crate) const PASSWORD: &str = "Bench-Mark.1";
/// The share on every server.
pub(crate) const SHARE: &str = "bench";

/// A kind of server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The reference; what is measured is compared with it.
    Samba,
    /// Lanward.
    Lanward,
    /// Another server written in Rust.
    Rocketsmbd,
}

impl Kind {
    pub(crate) const ALL: [Self; 3] = [Self::Samba, Self::Lanward, Self::Rocketsmbd];

    /// What the tables call it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Samba => "samba",
            Self::Lanward => "lanward",
            Self::Rocketsmbd => "rocketsmbd",
        }
    }
}

/// Starts servers, any number of each kind.
#[derive(Debug)]
pub(crate) struct Launcher {
    lanward: PathBuf,
}

impl Launcher {
    /// With Lanward's binary, or with the release build beside the bench, which is built first if `needed`.
    pub(crate) fn new(binary: Option<&Path>, needed: bool) -> Result<Self> {
        let lanward = match binary {
            // The server gets a working folder of its own.
            Some(binary) => std::path::absolute(binary)?,
            None => lanward::default_program()?,
        };
        if needed && binary.is_none() {
            lanward::build()?;
        }
        Ok(Self { lanward })
    }

    /// Starts one.
    pub(crate) fn start(&self, kind: Kind) -> Result<Server> {
        match kind {
            Kind::Samba => samba::start(),
            Kind::Lanward => lanward::start(&self.lanward),
            Kind::Rocketsmbd => rocketsmbd::start(),
        }
        .with_context(|| kind.name())
    }
}
