use super::data::{stream_in, stream_out};
use crate::target::{Client, Mode, Sample, Target};
use anyhow::Result;
use lanward_client::Create;
use std::time::{Duration, Instant};

/// Sessions that each move this much and then rest.
const MOVERS: u32 = 16;
const MOVED: u32 = 32;

/// KiB for each session that has logged in, connected the share and does nothing more.
pub(super) fn idle(target: &mut Target, sessions: u32) -> Result<Sample> {
    // The first session brings up what all of them share.
    drop(target.connect(Mode::Plain)?);
    let before = at_rest(target)?;
    let start = Instant::now();
    let held = (0..sessions).map(|_| target.connect(Mode::Plain)).collect::<Result<Vec<Client>>>()?;
    let rate = f64::from(sessions) / start.elapsed().as_secs_f64();
    let after = at_rest(target)?;
    drop(held);
    Ok(Sample { cost: (after - before) / f64::from(sessions), rate })
}

/// KiB that each session holds more than before, some time after it wrote and read a file of 32 MiB.
pub(super) fn after_transfer(target: &mut Target) -> Result<Sample> {
    let mut held = (0..MOVERS).map(|_| target.connect(Mode::Plain)).collect::<Result<Vec<Client>>>()?;
    let before = at_rest(target)?;
    let start = Instant::now();
    for (n, client) in held.iter_mut().enumerate() {
        move_a_file(client, &format!("moved-{n}.bin"))?;
    }
    let rate = f64::from(2 * MOVED * MOVERS) / start.elapsed().as_secs_f64();
    let after = at_rest(target)?;
    drop(held);
    Ok(Sample { cost: (after - before) / f64::from(MOVERS), rate })
}

fn move_a_file(client: &mut Client, name: &str) -> Result<()> {
    let file = client.connection.create(client.tree, &Create::new_file(name))?.file;
    stream_out(&mut client.connection, file, MOVED)?;
    stream_in(&mut client.connection, file, MOVED)?;
    client.connection.close(file)?;
    client.connection.touch(client.tree, &Create::delete_on_close(name))?;
    Ok(())
}

/// KiB of the server once it has stopped changing, at most after twenty seconds.
fn at_rest(target: &Target) -> Result<f64> {
    let mut last = target.server.memory()?;
    for _ in 0..20 {
        std::thread::sleep(Duration::from_secs(1));
        let now = target.server.memory()?;
        if now.processes == last.processes && now.total().abs_diff(last.total()) < 64 {
            return Ok(now.total() as f64);
        }
        last = now;
    }
    Ok(last.total() as f64)
}
