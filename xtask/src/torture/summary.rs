//! Our rows beside the reference's.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::table::{Outcome, Row};

/// Passes by suite, then what the reference passes and these rows do not with their reasons, and the names of what
/// only these rows pass. Suites that did not run are left out.
pub(super) fn compare(rows: &[Row], reference: &[Row]) -> String {
    let ran: BTreeSet<&str> = rows.iter().map(|row| row.suite.as_str()).collect();
    let reference: Vec<&Row> = reference.iter().filter(|row| ran.contains(row.suite.as_str())).collect();
    let theirs: BTreeSet<&str> =
        reference.iter().copied().filter(passes).map(|row| row.test.as_str()).collect();
    let ours: BTreeSet<&str> = rows.iter().filter(passes).map(|row| row.test.as_str()).collect();
    let mut text = table(rows, &reference);
    text += "\nThe reference passes, we do not:\n";
    for row in rows.iter().filter(|row| theirs.contains(row.test.as_str()) && !passes(row)) {
        line(&mut text, &format!("  {} {}: {}", row.test, row.outcome, row.reason));
    }
    for lost in theirs.iter().filter(|test| !rows.iter().any(|row| row.test == **test)) {
        line(&mut text, &format!("  {lost} was not there"));
    }
    text += "\nNeither passes:\n";
    for row in rows.iter().filter(|row| !theirs.contains(row.test.as_str()) && !passes(row)) {
        line(&mut text, &format!("  {} {}: {}", row.test, row.outcome, row.reason));
    }
    text += "\nOnly we pass:\n";
    for test in ours.difference(&theirs) {
        line(&mut text, &format!("  {test}"));
    }
    text
}

fn passes(row: &&Row) -> bool {
    row.outcome == Outcome::Success
}

fn table(rows: &[Row], reference: &[&Row]) -> String {
    let mut suites: BTreeMap<&str, [usize; 3]> = BTreeMap::new();
    for row in rows {
        let counts = suites.entry(&row.suite).or_default();
        counts[0] += usize::from(passes(&row));
        counts[2] += 1;
    }
    for row in reference.iter().filter(|row| passes(row)) {
        suites.entry(&row.suite).or_default()[1] += 1;
    }
    let mut text = format!("\n{:32} ours  reference  of\n", "passes");
    let mut all = [0; 3];
    for (suite, counts) in &suites {
        let mark = if counts[0] < counts[1] { " <" } else { "" };
        line(&mut text, &format!("{suite:32} {:4}  {:9} {:3}{mark}", counts[0], counts[1], counts[2]));
        all.iter_mut().zip(counts).for_each(|(sum, count)| *sum += count);
    }
    line(&mut text, &format!("{:32} {:4}  {:9} {:3}", "all", all[0], all[1], all[2]));
    text
}

fn line(text: &mut String, line: &str) {
    let written = writeln!(text, "{line}");
    debug_assert!(written.is_ok(), "a String takes everything");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(test: &str, outcome: Outcome) -> Row {
        Row { suite: "s".into(), test: test.into(), outcome, seconds: 0.0, reason: "why".into() }
    }

    #[test]
    fn gains_and_losses_are_named() {
        let ours = [row("s.a", Outcome::Success), row("s.b", Outcome::Failure), row("s.c", Outcome::Skip)];
        let mut theirs = vec![row("s.a", Outcome::Failure), row("s.b", Outcome::Success)];
        theirs.push(row("s.gone", Outcome::Success));
        theirs.push(Row { suite: "other".into(), ..row("other.x", Outcome::Success) });
        let text = compare(&ours, &theirs);
        let [_, lost, neither, gained] =
            text.split("\n\n").collect::<Vec<_>>().try_into().expect("a table and three lists");
        assert!(text.contains("all                                 1          2   3"), "{text}");
        assert_eq!(
            lost.lines().skip(1).collect::<Vec<_>>(),
            ["  s.b failure: why", "  s.gone was not there"]
        );
        assert_eq!(neither.lines().skip(1).collect::<Vec<_>>(), ["  s.c skip: why"]);
        assert_eq!(gained.lines().skip(1).collect::<Vec<_>>(), ["  s.a"]);
    }
}
