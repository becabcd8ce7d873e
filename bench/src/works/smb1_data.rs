use crate::smb1::{BLOCK, BLOCKS_SIZE, Mode};
use crate::target::{Places, Sample, Target, pattern};
use anyhow::{Result, ensure};
use lanward_client::smb1::{Connection, File, Request, Ticket};
use lanward_smb1::Command;
use lanward_smb1::messages::{WriteAndxRequest, WriteAndxResponse};
use std::collections::VecDeque;

/// Requests in flight where the work has several: about a mebibyte of them, as smbclient and the kernel's client keep.
const IN_FLIGHT: usize = 16;

/// Blocks of a number of MiB.
const fn blocks(mebibytes: u32) -> u32 {
    (mebibytes << 10) / (BLOCK >> 10)
}

fn measure(
    target: &mut Target,
    mode: Mode,
    mebibytes: u32,
    work: impl FnOnce(&mut Connection, File, u32) -> Result<()>,
) -> Result<Sample> {
    target.smb1_big_file(mode)?;
    let count = blocks(mebibytes);
    let moved = f64::from(count) * f64::from(BLOCK) / f64::from(1 << 20);
    target.measure(moved / 1024.0, moved, |t| {
        let (connection, file) = t.smb1_big_file(mode)?;
        work(connection, file, count)
    })
}

/// Blocks at random places, one at a time or several in flight.
pub(super) fn read(
    target: &mut Target,
    mode: Mode,
    pipelined: bool,
    mebibytes: u32,
    round: u32,
) -> Result<Sample> {
    measure(target, mode, mebibytes, |c, file, count| {
        in_flight(
            c,
            pipelined,
            count,
            round,
            |c, at| Ok(c.send_read(file, at, BLOCK)?),
            |c, ticket| {
                let got = c.receive_read(ticket)?.len();
                ensure!(got == BLOCK as usize, "a read gave {got} bytes");
                Ok(())
            },
        )
    })
}

/// The same, written.
pub(super) fn write(
    target: &mut Target,
    mode: Mode,
    pipelined: bool,
    mebibytes: u32,
    round: u32,
) -> Result<Sample> {
    let data = pattern(BLOCK as usize);
    measure(target, mode, mebibytes, |c, file, count| {
        let send = |c: &mut Connection, offset| {
            let body = WriteAndxRequest { fid: file.id, offset, data: &data, ..WriteAndxRequest::default() };
            Ok(c.send(&Request::new(Command::WRITE_ANDX, file, &body))?)
        };
        in_flight(c, pipelined, count, round, send, |c, ticket| {
            let taken = c.receive(ticket)?.check(&[])?.decode::<WriteAndxResponse>()?.taken();
            ensure!(taken == BLOCK, "a write took {taken} bytes");
            Ok(())
        })
    })
}

fn in_flight(
    connection: &mut Connection,
    pipelined: bool,
    count: u32,
    round: u32,
    send: impl Fn(&mut Connection, u64) -> Result<Ticket>,
    receive: impl Fn(&mut Connection, Ticket) -> Result<()>,
) -> Result<()> {
    let most = if pipelined { IN_FLIGHT } else { 1 };
    let (mut places, mut waiting) = (Places::new(round.into()), VecDeque::new());
    for _ in 0..count {
        if waiting.len() == most
            && let Some(oldest) = waiting.pop_front()
        {
            receive(connection, oldest)?;
        }
        waiting.push_back(send(connection, places.block(BLOCKS_SIZE, BLOCK.into()))?);
    }
    waiting.into_iter().try_for_each(|ticket| receive(connection, ticket))
}
