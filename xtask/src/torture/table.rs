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
    /// It said nothing for too long.
    Timeout,
    /// smbtorture died in it.
    Crash,
    /// It got no turn.
    NotRun,
}

impl Outcome {
    const ALL: [Self; 7] =
        [Self::Success, Self::Failure, Self::Error, Self::Skip, Self::Timeout, Self::Crash, Self::NotRun];
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

/// Reads rows that [`write`] wrote, with or without their reasons.
pub(super) fn read(path: &Path) -> Result<Vec<Row>> {
    let text = fs::read_to_string(path).with_context(|| path.display().to_string())?;
    text.lines().skip(1).map(row).collect::<Result<_>>().with_context(|| path.display().to_string())
}

fn row(line: &str) -> Result<Row> {
    let mut fields = fields(line);
    if fields.len() == 4 {
        fields.push(String::new());
    }
    let [suite, test, result, seconds, reason]: [String; 5] = fields
        .try_into()
        .map_err(|fields: Vec<_>| anyhow::anyhow!("{} fields, not 4 or 5: {line}", fields.len()))?;
    let outcome = Outcome::ALL.into_iter().find(|outcome| outcome.to_string() == result);
    let outcome = outcome.with_context(|| format!("no result {result}: {line}"))?;
    Ok(Row { suite, test, outcome, seconds: seconds.parse().context("seconds")?, reason })
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

    #[test]
    fn rows_come_back_as_they_were_written() {
        let line = "s,s.one,timeout,1.50,\"a, b\"";
        let row = row(line).unwrap();
        assert_eq!((row.suite.as_str(), row.outcome, row.reason.as_str()), ("s", Outcome::Timeout, "a, b"));
        assert!(super::row("s,s.one,maybe,1.50,").is_err());
        assert!(super::row("s,s.one").is_err());
    }
}
