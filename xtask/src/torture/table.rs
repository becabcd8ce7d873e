//! Rows of results and the CSV files they are kept in.

use std::fmt::{self, Write as _};
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use crate::tally::Tally;

/// How a sub-test ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Success,
    Failure,
    Error,
    Skip,
    /// It was cut by the deadline of its process, twice.
    Timeout,
    /// smbtorture died in it.
    Crash,
    /// It got no turn.
    NotRun,
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Success => "success",
            Self::Failure => "failure",
            Self::Error => "error",
            Self::Skip => "skip",
            Self::Timeout => "timeout",
            Self::Crash => "crash",
            Self::NotRun => "notrun",
        })
    }
}

/// One sub-test's result.
#[derive(Clone, Debug)]
pub(super) struct Row {
    pub(super) suite: String,
    pub(super) test: String,
    pub(super) outcome: Outcome,
    pub(super) seconds: f64,
    pub(super) reason: String,
}

impl Row {
    pub(super) fn count(&self, tally: &mut Tally) {
        match self.outcome {
            Outcome::Success => tally.passed += 1,
            Outcome::Skip => tally.skipped += 1,
            _ => tally.failed += 1,
        }
    }
}

pub(super) fn write(path: &Path, rows: &[Row]) -> Result<()> {
    let mut text = "suite,test,result,seconds,reason\n".to_owned();
    for row in rows {
        let (suite, test, reason) = (quoted(&row.suite), quoted(&row.test), quoted(&row.reason));
        writeln!(text, "{suite},{test},{},{:.2},{reason}", row.outcome, row.seconds)?;
    }
    fs::write(path, text).with_context(|| path.display().to_string())
}

fn quoted(field: &str) -> String {
    let field = field.replace(['\n', '\r'], " ");
    if field.contains([',', '"']) { format!("\"{}\"", field.replace('"', "\"\"")) } else { field }
}

/// The fields of one CSV line.
pub(super) fn fields(line: &str) -> Vec<String> {
    let mut found = vec![String::new()];
    let mut inside = false;
    let mut characters = line.chars().peekable();
    while let Some(c) = characters.next() {
        match c {
            '"' if inside && characters.peek() == Some(&'"') => {
                characters.next();
                push(&mut found, '"');
            }
            '"' => inside = !inside,
            ',' if !inside => found.push(String::new()),
            _ => push(&mut found, c),
        }
    }
    found
}

fn push(fields: &mut [String], c: char) {
    if let Some(last) = fields.last_mut() {
        last.push(c);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_survive_quoting() {
        let kept = ["a", "b, c", "say \"x\"", ""];
        let line = kept.map(quoted).join(",");
        assert_eq!(fields(&line), kept);
    }
}
