use lanward_testsuite::model;
use std::time::{Duration, SystemTime};

/// Other steps in each run; whoever sees it fail finds the seed in the message. `cargo xtask model` runs it for longer.
#[test]
fn four_clients_and_the_model_agree() {
    let clock = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let outcome = model::run(clock.as_secs(), Duration::from_secs(15));
    assert!(outcome.as_ref().is_ok_and(|steps| *steps > 0), "{outcome:?}");
}
