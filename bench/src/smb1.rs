//! The load's client of SMB1: its connections, and what they have open.

use crate::servers::{PASSWORD, SHARE, USER};
use crate::target::{BIG, BIG_SIZE, Target, pattern};
use anyhow::{Context as _, Result, ensure};
use lanward_client::smb1::{Connection, Create, File, Options, Signing, Tree};
use lanward_nt::AccessMask;
use lanward_smb1::Dialect;
use std::time::Duration;

/// Bytes of one large read or write: what the redirectors of Windows XP and later ask for at most.
pub(crate) const BLOCK: u32 = 60 << 10;
/// How much of the 64 MiB file is read and written: whole blocks of it.
pub(crate) const BLOCKS_SIZE: u64 = BIG_SIZE / BLOCK as u64 * BLOCK as u64;

/// How the load travels. Always NT LM 0.12.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    Plain,
    /// With MD5, both ways.
    Signed,
}

impl Mode {
    pub(crate) const ALL: [Self; 2] = [Self::Plain, Self::Signed];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Signed => "signed",
        }
    }

    fn options(self) -> Options {
        let options = Options::only(Dialect::NtLm).timeout(Duration::from_secs(120));
        match self {
            Self::Plain => options.signing(Signing::Declined),
            // What the answers are worth is no matter here, and looking takes the time of a CPU that the server could have.
            Self::Signed => Options { verify: false, ..options.signing(Signing::Required) },
        }
    }
}

/// A connection that has logged in and connected the share.
#[derive(Debug)]
pub(crate) struct Client {
    pub(crate) connection: Connection,
    pub(crate) tree: Tree,
    big: Option<File>,
}

impl Target {
    fn connect_smb1(&self, mode: Mode) -> Result<Client> {
        let mut connection = Connection::connect(self.server.address, mode.options())?;
        let session = connection.login(USER, PASSWORD)?;
        let tree = connection.tree_connect(&session, SHARE)?;
        ensure!(connection.is_signing() == (mode == Mode::Signed), "signing is not as it was asked for");
        Ok(Client { connection, tree, big: None })
    }

    /// The connection that the load of this mode shares.
    pub(crate) fn smb1(&mut self, mode: Mode) -> Result<&mut Client> {
        let at = usize::from(mode == Mode::Signed);
        if self.smb1_clients[at].is_none() {
            let client = self
                .connect_smb1(mode)
                .with_context(|| format!("{} SMB1 {}", self.server.name, mode.name()))?;
            self.smb1_clients[at] = Some(client);
        }
        self.smb1_clients[at].as_mut().context("the client is there")
    }

    /// The 64 MiB file, written once so that it has its pages, and open on the mode's connection.
    pub(crate) fn smb1_big_file(&mut self, mode: Mode) -> Result<(&mut Connection, File)> {
        let written = self.share.big_file;
        let client = self.smb1(mode)?;
        let file = match client.big {
            Some(file) => file,
            None => {
                let access = AccessMask::GENERIC_READ | AccessMask::GENERIC_WRITE;
                let create = Create::open(BIG, access).disposition(Create::OPEN_IF);
                client.connection.create(client.tree, &create)?
            }
        };
        client.big = Some(file);
        if !written {
            let block = pattern(BLOCK as usize);
            for offset in (0..BIG_SIZE).step_by(BLOCK as usize) {
                let length = usize::try_from((BIG_SIZE - offset).min(BLOCK.into()))?;
                client.connection.write(file, offset, &block[..length])?;
            }
        }
        self.share.big_file = true;
        Ok((&mut self.smb1(mode)?.connection, file))
    }
}
