//! Random steps of four clients on a server and in a model at once, for as long as is said.
//! usage: model SECONDS [SEED]

use std::time::{Duration, SystemTime};

fn main() -> std::process::ExitCode {
    let mut numbers = std::env::args().skip(1).map(|argument| argument.parse::<u64>());
    let (Some(Ok(seconds)), seed) = (numbers.next(), numbers.next()) else {
        eprintln!("usage: model SECONDS [SEED]");
        return 2.into();
    };
    let clock = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let seed = seed.and_then(Result::ok).unwrap_or(clock.as_secs());
    println!("seed {seed}");
    match lanward_testsuite::model::run(seed, Duration::from_secs(seconds)) {
        Ok(steps) => {
            println!("{steps} steps, no difference");
            0.into()
        }
        Err(difference) => {
            println!("{difference}");
            1.into()
        }
    }
}
