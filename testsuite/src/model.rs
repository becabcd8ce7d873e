//! Random steps of several clients, taken on a whole server and in a naive model at once: any difference is an error.
//!
//! A step is one request. The model says beforehand what it must be answered, who must be told of a break, and for whose
//! acknowledgment it waits; the clients acknowledge at once. Whoever finds a difference gets the seed and the fewest steps
//! that show it.

mod caches;
mod dice;
mod drive;
mod step;
mod world;

use crate::Plan;
use drive::{Clients, Difference};
use std::fmt;
use std::io;
use std::time::{Duration, Instant};
use step::{Scope, Step};
use world::World;

/// Steps on one server before a new one is started.
const RUN: usize = 600;
/// After so many steps everybody is asked whether something came that should not have.
const QUIET: usize = 10;

/// What the model and the server came to differ in.
#[derive(Debug)]
pub struct Divergence {
    seed: u64,
    steps: Vec<Step>,
    difference: Difference,
}

impl fmt::Display for Divergence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "seed {}: after these steps", self.seed)?;
        self.steps.iter().try_for_each(|step| writeln!(f, "  {step:?}"))?;
        f.write_str(&self.difference)
    }
}

/// Runs seed after seed from `seed` on until the time is up; how many steps were taken.
///
/// # Errors
/// The first divergence, with as few steps as were found to show it; or a server cannot be started.
pub fn run(seed: u64, time: Duration) -> Result<u64, Box<dyn std::error::Error + Send + Sync>> {
    let end = Instant::now() + time;
    let (mut seed, mut taken) = (seed, 0);
    while Instant::now() < end {
        let steps = step::steps(seed, RUN, SCOPE);
        if let Err((at, difference)) = take(&steps)? {
            let divergence = shrink(seed, &steps[..=at], difference)?;
            return Err(divergence.to_string().into());
        }
        taken += RUN as u64;
        seed = seed.wrapping_add(1);
    }
    Ok(taken)
}

/// What the server knows of.
const SCOPE: Scope = Scope { streams: true, caches: true };

/// Takes the steps on a new server and in a new model; where they differ first, and how.
fn take(steps: &[Step]) -> io::Result<Result<(), (usize, Difference)>> {
    let site = Plan::default().start()?;
    let mut clients = Clients::connect(&site).map_err(io::Error::other)?;
    let mut world = World::default();
    let mut since = 0;
    for (at, step) in steps.iter().enumerate() {
        let Some(expected) = world.take(step) else { continue };
        if let Err(difference) = clients.take(step, &expected) {
            return Ok(Err((at, difference)));
        }
        since += 1;
        if (since % QUIET == 0 || at + 1 == steps.len())
            && let Err(difference) = clients.hears_nothing()
        {
            return Ok(Err((at, difference)));
        }
    }
    Ok(Ok(()))
}

/// Leaves out steps as long as a difference remains.
fn shrink(seed: u64, steps: &[Step], difference: Difference) -> io::Result<Divergence> {
    let (mut steps, mut difference) = (steps.to_vec(), difference);
    let mut size = steps.len() / 2;
    while size > 0 {
        let mut from = 0;
        while from < steps.len() {
            let mut fewer = steps.clone();
            fewer.drain(from..(from + size).min(steps.len()));
            match take(&fewer)? {
                Err((at, other)) => {
                    fewer.truncate(at + 1);
                    (steps, difference) = (fewer, other);
                }
                Ok(()) => from += size,
            }
        }
        size /= 2;
    }
    Ok(Divergence { seed, steps, difference })
}
