//! The ledger: every sub-test that does not pass, with the reason, and the check that it stays true.
//!
//! Columns `suite,test,reason,section`. A reason that opens with `unsteady:` lets the sub-test end either way; one
//! that opens with `twice:` has it pass, in a second start of its own if a busy machine made the first one fail.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};

use super::table::{self, Outcome, Row};
use crate::tally::Tally;

/// Reasons by sub-test.
pub(super) type Ledger = BTreeMap<String, Entry>;

pub(super) struct Entry {
    suite: String,
    reason: String,
}

pub(super) fn read(path: &Path) -> Result<Ledger> {
    let text = fs::read_to_string(path).with_context(|| path.display().to_string())?;
    let mut ledger = Ledger::new();
    for (number, line) in text.lines().enumerate().skip(1).filter(|(_, line)| !line.trim().is_empty()) {
        let at = || format!("{}:{}", path.display(), number + 1);
        let [suite, test, reason, section]: [String; 4] = table::fields(line)
            .try_into()
            .map_err(|fields: Vec<_>| anyhow::anyhow!("{}: {} fields, not 4", at(), fields.len()))?;
        ensure!(!reason.is_empty() && !section.is_empty(), "{}: no reason or no section", at());
        let twice = ledger.insert(test, Entry { suite, reason });
        ensure!(twice.is_none(), "{}: listed twice", at());
    }
    Ok(ledger)
}

/// Sub-tests that are started once more when they do not pass.
pub(super) fn twice(ledger: &Ledger) -> BTreeSet<String> {
    ledger.iter().filter(|(_, entry)| entry.twice()).map(|(test, _)| test.clone()).collect()
}

impl Entry {
    fn twice(&self) -> bool {
        self.reason.starts_with("twice:")
    }
}

/// Listed failures count as skipped. A failure that is not listed, a listed sub-test that passes and is not unsteady, and a
/// listed one of a suite that ran without it all fail.
pub(super) fn judge(rows: &[Row], ledger: &Ledger) -> Tally {
    let mut tally = Tally::default();
    for row in rows {
        let name = format!("torture/{}", row.test);
        match (row.outcome, ledger.get(&row.test).filter(|entry| !entry.twice())) {
            (Outcome::Success, None) => tally.pass(&name),
            (Outcome::Success, Some(entry)) if entry.reason.starts_with("unsteady:") => tally.pass(&name),
            (Outcome::Success, Some(_)) => tally.fail(&name, "passes but is in the ledger: strike it out"),
            (_, Some(entry)) => tally.skip(&name, &entry.reason),
            (outcome, None) => {
                tally.fail(&name, &format!("{outcome}, not in the ledger to fail: {}", row.reason));
            }
        }
    }
    for (test, entry) in ledger {
        let suite_ran = rows.iter().any(|row| row.suite == entry.suite);
        if suite_ran && !rows.iter().any(|row| row.test == *test) {
            tally.fail(&format!("torture/{test}"), "is in the ledger but does not exist");
        }
    }
    tally
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(test: &str, outcome: Outcome) -> Row {
        Row { suite: "s".into(), test: test.into(), outcome, seconds: 0.0, reason: String::new() }
    }

    fn listed(entries: &[(&str, &str, &str)]) -> Ledger {
        let entry = |&(suite, test, reason): &(&str, &str, &str)| {
            (test.to_owned(), Entry { suite: suite.into(), reason: reason.into() })
        };
        entries.iter().map(entry).collect()
    }

    #[test]
    fn the_ledger_must_be_complete_and_current() {
        let rows = [
            row("s.new", Outcome::Success),
            row("s.known", Outcome::Failure),
            row("s.fixed", Outcome::Success),
            row("s.lost", Outcome::Timeout),
            row("s.shaky", Outcome::Success),
            row("s.second", Outcome::Success),
            row("s.never", Outcome::Failure),
        ];
        let ledger = listed(&[
            ("s", "s.known", "why"),
            ("s", "s.fixed", "why"),
            ("s", "s.shaky", "unsteady: why"),
            ("s", "s.second", "twice: why"),
            ("s", "s.never", "twice: why"),
            ("s", "s.gone", "why"),
            ("other", "other.not-run", "why"),
        ]);
        assert_eq!(judge(&rows, &ledger), Tally { passed: 3, failed: 4, skipped: 1 });
        assert_eq!(twice(&ledger), ["s.never", "s.second"].map(str::to_owned).into());
    }
}
