//! [MS-SMB2] 3.1.4.4.1 Algorithm for Scanning Data Patterns V1.

use super::PatternPayload;
use crate::field::long;

/// Fewer repetitions are not worth a payload.
const FEWEST: usize = 64;

/// The run `data` begins with and, unless that is all of it, the run it ends with; each if it is long enough.
pub(super) fn scan(data: &[u8]) -> (Option<PatternPayload>, Option<PatternPayload>) {
    let forward = data.first().map_or(0, |first| data.iter().take_while(|b| *b == first).count());
    if forward == data.len() {
        return (run(data.first(), forward), None);
    }
    let backward = data.last().map_or(0, |last| data.iter().rev().take_while(|b| *b == last).count());
    (run(data.first(), forward), run(data.last(), backward))
}

fn run(byte: Option<&u8>, count: usize) -> Option<PatternPayload> {
    let pattern = *byte?;
    (count >= FEWEST).then_some(PatternPayload { pattern, repetitions: long(count) })
}
