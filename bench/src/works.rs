//! The work that is measured, each kind in a file of its own.

mod data;
mod listing;
mod memory;
mod names;
mod sessions;
mod shares;
mod smb1_data;
mod smb1_names;
mod torture;

use crate::smb1;
use crate::target::{Mode, Sample, Target};
use anyhow::Result;

/// What a cost is per.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unit {
    /// CPU seconds per GiB; the rate is MiB in a second.
    Gibibyte,
    /// CPU milliseconds per 1,000 operations, which is microseconds for one; the rate is operations in a second.
    Thousand,
    /// CPU milliseconds for one; the rate is how many in a second.
    One,
    /// KiB of memory for one session.
    KiB,
}

/// How much of everything a round has.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Size {
    /// 1 MiB blocks.
    pub(crate) blocks: u32,
    /// MiB of a sequential file.
    pub(crate) sequential: u32,
    /// Files that are created, looked at and deleted.
    pub(crate) files: u32,
    /// Small reads and writes.
    pub(crate) small: u32,
    /// Connections.
    pub(crate) connections: u32,
    /// MiB that are moved by SMB1.
    pub(crate) smb1: u32,
    /// Seconds that one of smbtorture's benchmarks takes.
    pub(crate) seconds: u32,
}

impl Size {
    pub(crate) const FULL: Self = Self {
        blocks: 1024,
        sequential: 512,
        files: 2000,
        small: 8000,
        connections: 150,
        smb1: 512,
        seconds: 10,
    };
    pub(crate) const QUICK: Self = Self {
        blocks: 384,
        sequential: 256,
        files: 1000,
        small: 3000,
        connections: 50,
        smb1: 192,
        seconds: 5,
    };
}

/// One kind of work.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Kind {
    ReadBlocks(Mode),
    WriteBlocks(Mode),
    ReadSequential(Mode),
    WriteSequential(Mode),
    ReadSmall,
    WriteSmall,
    Names(names::Step),
    List(u32),
    Connect,
    Echo,
    EnumerateShares,
    IdleSession(u32),
    AfterTransfer,
    /// `true`: several requests in flight.
    Smb1Read(smb1::Mode, bool),
    Smb1Write(smb1::Mode, bool),
    Smb1Names(smb1_names::Step),
    Torture(torture::Suite),
}

/// A row of the tables.
#[derive(Debug, Clone)]
pub(crate) struct Work {
    /// Its name.
    pub(crate) name: String,
    /// What its cost is per.
    pub(crate) unit: Unit,
    /// Whether it is measured once and not in rounds.
    pub(crate) once: bool,
    kind: Kind,
}

impl Work {
    fn new(name: impl Into<String>, unit: Unit, kind: Kind) -> Self {
        Self { name: name.into(), unit, once: unit == Unit::KiB, kind }
    }

    /// Everything, in the order in which it is done.
    pub(crate) fn all(quick: bool) -> Vec<Self> {
        let mut works = Vec::new();
        for mode in Mode::ALL {
            let name = mode.name();
            works.push(Self::new(format!("read-blocks {name}"), Unit::Gibibyte, Kind::ReadBlocks(mode)));
            works.push(Self::new(format!("write-blocks {name}"), Unit::Gibibyte, Kind::WriteBlocks(mode)));
        }
        for mode in Mode::ALL {
            let name = mode.name();
            works.push(Self::new(format!("write-seq {name}"), Unit::Gibibyte, Kind::WriteSequential(mode)));
            works.push(Self::new(format!("read-seq {name}"), Unit::Gibibyte, Kind::ReadSequential(mode)));
        }
        for step in names::Step::ALL {
            works.push(Self::new(step.name(), Unit::Thousand, Kind::Names(step)));
        }
        works.push(Self::new("read-4k", Unit::Thousand, Kind::ReadSmall));
        works.push(Self::new("write-4k", Unit::Thousand, Kind::WriteSmall));
        works.push(Self::new("list-3001", Unit::One, Kind::List(3001)));
        if !quick {
            works.push(Self::new("list-100000", Unit::One, Kind::List(100_000)));
        }
        works.push(Self::new("connect", Unit::Thousand, Kind::Connect));
        works.push(Self::new("echo", Unit::Thousand, Kind::Echo));
        works.push(Self::new("share-enum", Unit::Thousand, Kind::EnumerateShares));
        works.push(Self::new("idle-session at 1000", Unit::KiB, Kind::IdleSession(1000)));
        if !quick {
            works.push(Self::new("idle-session at 5000", Unit::KiB, Kind::IdleSession(5000)));
        }
        works.push(Self::new("after-transfer", Unit::KiB, Kind::AfterTransfer));
        works.extend(Self::smb1());
        works
    }

    /// SMB1, by the client of this project and by smbtorture's benchmarks.
    fn smb1() -> Vec<Self> {
        let mut works = Vec::new();
        for mode in smb1::Mode::ALL {
            let name = mode.name();
            for (form, pipelined) in [("blocks", false), ("pipelined", true)] {
                let read = Kind::Smb1Read(mode, pipelined);
                works.push(Self::new(format!("smb1-read-{form} {name}"), Unit::Gibibyte, read));
                let write = Kind::Smb1Write(mode, pipelined);
                works.push(Self::new(format!("smb1-write-{form} {name}"), Unit::Gibibyte, write));
            }
        }
        for step in smb1_names::Step::ALL {
            let unit = if step == smb1_names::Step::List { Unit::One } else { Unit::Thousand };
            works.push(Self::new(step.name(), unit, Kind::Smb1Names(step)));
        }
        for suite in torture::Suite::ALL {
            works.push(Self::new(suite.name(), suite.unit(), Kind::Torture(suite)));
        }
        works
    }

    /// Does it once on one server.
    pub(crate) fn run(&self, target: &mut Target, size: Size, round: u32) -> Result<Sample> {
        match self.kind {
            Kind::ReadBlocks(mode) => data::read_blocks(target, mode, size.blocks, round),
            Kind::WriteBlocks(mode) => data::write_blocks(target, mode, size.blocks, round),
            Kind::ReadSequential(mode) => data::read_sequential(target, mode, size.sequential),
            Kind::WriteSequential(mode) => data::write_sequential(target, mode, size.sequential),
            Kind::ReadSmall => data::read_small(target, size.small, round),
            Kind::WriteSmall => data::write_small(target, size.small, round),
            Kind::Names(step) => names::run(target, step, size.files),
            Kind::List(entries) => listing::run(target, entries),
            Kind::Connect => sessions::connect(target, size.connections),
            Kind::Echo => sessions::echo(target, size.small),
            Kind::EnumerateShares => shares::enumerate(target, size.connections),
            Kind::IdleSession(sessions) => memory::idle(target, sessions),
            Kind::AfterTransfer => memory::after_transfer(target),
            Kind::Smb1Read(mode, pipelined) => smb1_data::read(target, mode, pipelined, size.smb1, round),
            Kind::Smb1Write(mode, pipelined) => smb1_data::write(target, mode, pipelined, size.smb1, round),
            Kind::Smb1Names(step) => smb1_names::run(target, step, size.files),
            Kind::Torture(suite) => torture::run(target, suite, size.seconds),
        }
    }
}
