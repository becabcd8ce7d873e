use crate::target::{BIG_SIZE, Mode, Places, Sample, Target, pattern};
use anyhow::{Result, ensure};
use lanward_client::{Connection, Create, File};
use lanward_nt::AccessMask;
use lanward_smb2::MessageId;
use lanward_smb2::messages::CreateDisposition;
use std::collections::VecDeque;

const MIB: u32 = 1 << 20;
const SMALL: u32 = 4096;
/// Requests in flight in sequential work; random places are asked for one at a time.
const IN_FLIGHT: usize = 4;
const SEQUENTIAL: &str = "sequential.bin";

fn gib(mebibytes: u32) -> f64 {
    f64::from(mebibytes) / 1024.0
}

pub(super) fn read_blocks(target: &mut Target, mode: Mode, blocks: u32, round: u32) -> Result<Sample> {
    target.big_file(mode)?;
    target.measure(gib(blocks), blocks.into(), |t| read_places(t, mode, MIB, blocks, round))
}

pub(super) fn write_blocks(target: &mut Target, mode: Mode, blocks: u32, round: u32) -> Result<Sample> {
    target.big_file(mode)?;
    target.measure(gib(blocks), blocks.into(), |t| write_places(t, mode, MIB, blocks, round))
}

pub(super) fn read_small(target: &mut Target, count: u32, round: u32) -> Result<Sample> {
    target.big_file(Mode::Plain)?;
    let units = f64::from(count) / 1000.0;
    target.measure(units, count.into(), |t| read_places(t, Mode::Plain, SMALL, count, round))
}

pub(super) fn write_small(target: &mut Target, count: u32, round: u32) -> Result<Sample> {
    target.big_file(Mode::Plain)?;
    let units = f64::from(count) / 1000.0;
    target.measure(units, count.into(), |t| write_places(t, Mode::Plain, SMALL, count, round))
}

fn read_places(target: &mut Target, mode: Mode, length: u32, count: u32, round: u32) -> Result<()> {
    let (connection, file) = target.big_file(mode)?;
    let mut places = Places::new(round.into());
    for _ in 0..count {
        let id = connection.send_read(file, places.block(BIG_SIZE, length.into()), length)?;
        let got = connection.receive_read(id, <[u8]>::len)?;
        ensure!(got == length as usize, "a read of {length} bytes gave {got}");
    }
    Ok(())
}

fn write_places(target: &mut Target, mode: Mode, length: u32, count: u32, round: u32) -> Result<()> {
    let (connection, file) = target.big_file(mode)?;
    let mut places = Places::new(round.into());
    let block = pattern(length as usize);
    for _ in 0..count {
        let written = connection.write(file, places.block(BIG_SIZE, length.into()), &block)?;
        ensure!(written == length, "a write of {length} bytes took {written}");
    }
    Ok(())
}

/// A new file each time: its pages are new too, and what they cost is the same for every server.
pub(super) fn write_sequential(target: &mut Target, mode: Mode, mebibytes: u32) -> Result<Sample> {
    remove_sequential(target, mode)?;
    target.measure(gib(mebibytes), mebibytes.into(), |t| {
        let client = t.client(mode)?;
        let file = client.connection.create(client.tree, &Create::new_file(SEQUENTIAL))?.file;
        stream_out(&mut client.connection, file, mebibytes)?;
        Ok(client.connection.close(file)?)
    })
}

pub(super) fn read_sequential(target: &mut Target, mode: Mode, mebibytes: u32) -> Result<Sample> {
    let client = target.client(mode)?;
    let create = Create::new_file(SEQUENTIAL).disposition(CreateDisposition::OPEN_IF);
    let opened = client.connection.create(client.tree, &create)?;
    if opened.information.end_of_file != u64::from(mebibytes) << 20 {
        stream_out(&mut client.connection, opened.file, mebibytes)?;
    }
    client.connection.close(opened.file)?;
    let sample = target.measure(gib(mebibytes), mebibytes.into(), |t| {
        let client = t.client(mode)?;
        let create = Create::open(SEQUENTIAL, AccessMask::GENERIC_READ);
        let file = client.connection.create(client.tree, &create)?.file;
        stream_in(&mut client.connection, file, mebibytes)?;
        Ok(client.connection.close(file)?)
    })?;
    remove_sequential(target, mode)?;
    Ok(sample)
}

fn remove_sequential(target: &mut Target, mode: Mode) -> Result<()> {
    let client = target.client(mode)?;
    // It need not be there.
    let _ = client.connection.touch(client.tree, &Create::delete_on_close(SEQUENTIAL));
    Ok(())
}

/// Writes a file from its beginning, a few requests in flight.
pub(super) fn stream_out(connection: &mut Connection, file: File, mebibytes: u32) -> Result<()> {
    let block = pattern(MIB as usize);
    let done = |c: &mut Connection, id| {
        let written = c.receive_write(id)?;
        ensure!(written == MIB, "a write took {written} bytes");
        Ok(())
    };
    stream(connection, mebibytes, |c, at| Ok(c.send_write(file, at, &block)?), done)
}

/// Reads a file from its beginning, a few requests in flight.
pub(super) fn stream_in(connection: &mut Connection, file: File, mebibytes: u32) -> Result<()> {
    let done = |c: &mut Connection, id| {
        let got = c.receive_read(id, <[u8]>::len)?;
        ensure!(got == MIB as usize, "a read gave {got} bytes");
        Ok(())
    };
    stream(connection, mebibytes, |c, at| Ok(c.send_read(file, at, MIB)?), done)
}

fn stream(
    connection: &mut Connection,
    mebibytes: u32,
    send: impl Fn(&mut Connection, u64) -> Result<MessageId>,
    receive: impl Fn(&mut Connection, MessageId) -> Result<()>,
) -> Result<()> {
    let mut in_flight = VecDeque::new();
    for n in 0..mebibytes {
        if in_flight.len() == IN_FLIGHT
            && let Some(oldest) = in_flight.pop_front()
        {
            receive(connection, oldest)?;
        }
        in_flight.push_back(send(connection, u64::from(n) << 20)?);
    }
    in_flight.into_iter().try_for_each(|id| receive(connection, id))
}
