use crate::target::{Mode, Sample, Target};
use anyhow::Result;

/// Connects, negotiates, logs in, connects the share and hangs up.
pub(super) fn connect(target: &mut Target, count: u32) -> Result<Sample> {
    target.measure(f64::from(count) / 1000.0, count.into(), |t| {
        for _ in 0..count {
            drop(t.connect(Mode::Plain)?);
        }
        Ok(())
    })
}

pub(super) fn echo(target: &mut Target, count: u32) -> Result<Sample> {
    target.measure(f64::from(count) / 1000.0, count.into(), |t| {
        let client = t.client(Mode::Plain)?;
        for _ in 0..count {
            client.connection.echo(Some(client.tree.session))?;
        }
        Ok(())
    })
}
