//! A server under load: its open connections and what is known to be on its share.

use crate::servers::{PASSWORD, SHARE, Server, USER};
use crate::smb1;
use anyhow::{Context as _, Result, bail};
use lanward_client::{Connection, Create, File, Options, Tree};
use lanward_nt::AccessMask;
use lanward_smb2::messages::CreateDisposition;
use lanward_smb2::{Cipher, Dialect, SigningAlgorithm};
use std::time::{Duration, Instant};

/// How the load travels. Always 3.1.1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Neither signed nor encrypted.
    Plain,
    /// Signed with AES-128-GMAC.
    Signed,
    /// Encrypted with AES-128-GCM.
    Sealed,
}

impl Mode {
    pub(crate) const ALL: [Self; 3] = [Self::Plain, Self::Signed, Self::Sealed];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Signed => "signed",
            Self::Sealed => "sealed",
        }
    }

    fn options(self) -> Options {
        let options = Options {
            ciphers: vec![Cipher::Aes128Gcm],
            signing_algorithms: vec![SigningAlgorithm::AesGmac, SigningAlgorithm::AesCmac],
            timeout: Duration::from_secs(120),
            ..Options::only(Dialect::V3_1_1)
        };
        match self {
            Self::Plain => options,
            Self::Signed => options.signed(),
            Self::Sealed => options.sealed(),
        }
    }
}

/// A connection that has logged in and connected the share.
#[derive(Debug)]
pub(crate) struct Client {
    pub(crate) connection: Connection,
    pub(crate) tree: Tree,
    /// The 64 MiB file, once it has been opened.
    big: Option<File>,
}

/// The server's share as the load has left it.
#[derive(Debug, Default)]
pub(crate) struct Share {
    pub(crate) big_file: bool,
    pub(crate) files: bool,
    pub(crate) directories: bool,
    pub(crate) folder: bool,
    pub(crate) listed: Vec<usize>,
    pub(crate) smb1_folder: bool,
    pub(crate) smb1_files: bool,
}

/// A server under load.
#[derive(Debug)]
pub(crate) struct Target {
    pub(crate) server: Server,
    pub(crate) share: Share,
    clients: [Option<Client>; 3],
    /// Unsigned and signed.
    pub(crate) smb1_clients: [Option<smb1::Client>; 2],
}

/// What one piece of work cost.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sample {
    /// Server CPU seconds for one unit (a GiB, or 1,000 operations); KiB for memory.
    pub(crate) cost: f64,
    /// Units in a second: MiB, or operations.
    pub(crate) rate: f64,
}

/// The file that blocks are read from and written to.
pub(crate) const BIG: &str = "big.bin";
/// Its size.
pub(crate) const BIG_SIZE: u64 = 64 << 20;

impl Target {
    pub(crate) fn new(server: Server) -> Self {
        Self { server, share: Share::default(), clients: [None, None, None], smb1_clients: [None, None] }
    }

    /// After a failure: new connections, and nothing taken for granted about the share.
    pub(crate) fn start_over(&mut self) {
        self.clients = [None, None, None];
        self.smb1_clients = [None, None];
        if std::fs::remove_dir_all(self.server.folder.join("smb1-names")).is_ok() {
            self.share.smb1_folder = false;
        }
        self.share.smb1_files = false;
        let names = self.server.folder.join("names");
        if std::fs::remove_dir_all(&names).is_ok() {
            self.share.folder = false;
        }
        self.share.files = false;
        self.share.directories = false;
    }

    /// A connection of its own that has logged in and connected the share.
    pub(crate) fn connect(&self, mode: Mode) -> Result<Client> {
        let mut connection = Connection::connect(self.server.address, mode.options())?;
        let session = connection.login(USER, PASSWORD)?;
        let tree = connection.tree_connect(session, SHARE)?;
        Ok(Client { connection, tree, big: None })
    }

    /// The connection that the load of this mode shares.
    pub(crate) fn client(&mut self, mode: Mode) -> Result<&mut Client> {
        let at = Mode::ALL.iter().position(|m| *m == mode).unwrap_or_default();
        if self.clients[at].is_none() {
            let client =
                self.connect(mode).with_context(|| format!("{} {}", self.server.name, mode.name()))?;
            self.remark(&client, mode);
            self.clients[at] = Some(client);
        }
        self.clients[at].as_mut().context("the client is there")
    }

    /// Says so when the server makes of the mode something else than its name says.
    fn remark(&self, client: &Client, mode: Mode) {
        let negotiated = client.connection.negotiated();
        let signs = client.connection.sessions().iter().any(|s| s.sign);
        if mode == Mode::Plain && signs {
            eprintln!("{}: requires signing, so its plain work is signed", self.server.name);
        }
        if mode == Mode::Signed && negotiated.signing != Some(SigningAlgorithm::AesGmac) {
            eprintln!("{}: signs with {:?}", self.server.name, negotiated.signing);
        }
    }

    /// Runs a piece of work and says what it cost the server, divided by `units`; `count` is what the rate counts.
    pub(crate) fn measure(
        &mut self,
        units: f64,
        count: f64,
        work: impl FnOnce(&mut Self) -> Result<()>,
    ) -> Result<Sample> {
        let before = self.server.cpu.settled_seconds()?;
        let start = Instant::now();
        work(self)?;
        let wall = start.elapsed().as_secs_f64();
        let cpu = self.server.cpu.settled_seconds()? - before;
        if !self.server.is_alive() {
            bail!("{} has ended", self.server.name);
        }
        Ok(Sample { cost: cpu / units, rate: count / wall })
    }

    /// The 64 MiB file, written once so that it has its pages, and open on the mode's connection.
    pub(crate) fn big_file(&mut self, mode: Mode) -> Result<(&mut Connection, File)> {
        let written = self.share.big_file;
        let client = self.client(mode)?;
        if !written {
            let block = pattern(1 << 20);
            let create = Create::new_file(BIG).disposition(CreateDisposition::OVERWRITE_IF);
            let file = client.connection.create(client.tree, &create)?.file;
            for offset in (0..BIG_SIZE).step_by(1 << 20) {
                client.connection.write(file, offset, &block)?;
            }
            client.connection.close(file)?;
        }
        let file = match client.big {
            Some(file) => file,
            None => {
                let access = AccessMask::GENERIC_READ | AccessMask::GENERIC_WRITE;
                client.connection.create(client.tree, &Create::open(BIG, access))?.file
            }
        };
        client.big = Some(file);
        self.share.big_file = true;
        Ok((&mut self.client(mode)?.connection, file))
    }
}

/// Bytes that do not compress to nothing.
pub(crate) fn pattern(length: usize) -> Vec<u8> {
    let mut random = Places::new(7);
    (0..length.div_ceil(8)).flat_map(|_| random.next().to_le_bytes()).take(length).collect()
}

/// Places in a file, the same in every run: every server gets the same load.
#[derive(Debug)]
pub(crate) struct Places(u64);

impl Places {
    pub(crate) const fn new(seed: u64) -> Self {
        Self(seed ^ 0x9e37_79b9_7f4a_7c15)
    }

    /// The next number (xorshift).
    pub(crate) const fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// The offset of one of the blocks that a file of `size` bytes has.
    pub(crate) const fn block(&mut self, size: u64, block: u64) -> u64 {
        self.next() % (size / block) * block
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_aligned_and_repeat() {
        let (mut a, mut b) = (Places::new(1), Places::new(1));
        for _ in 0..1000 {
            let at = a.block(BIG_SIZE, 4096);
            assert!(at < BIG_SIZE && at.is_multiple_of(4096));
            assert_eq!(at, b.block(BIG_SIZE, 4096));
        }
        assert_eq!(pattern(13).len(), 13);
    }
}
