//! Counting of verdicts.

use std::fmt;
use std::ops::AddAssign;

/// How many cases passed, failed and were skipped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) passed: u32,
    pub(crate) failed: u32,
    pub(crate) skipped: u32,
}

impl Tally {
    pub(crate) fn pass(&mut self, name: &str) {
        self.passed += 1;
        println!("ok {name}");
    }

    pub(crate) fn fail(&mut self, name: &str, why: &str) {
        self.failed += 1;
        println!("FAIL {name} {why}");
    }

    pub(crate) fn skip(&mut self, name: &str, why: &str) {
        self.skipped += 1;
        println!("skip {name} {why}");
    }

    /// Counts a line a suite printed if it is a verdict.
    pub(crate) fn count_line(&mut self, line: &str) {
        match line.split_once(' ').map(|(verdict, _)| verdict) {
            Some("ok") => self.passed += 1,
            Some("FAIL") => self.failed += 1,
            Some("skip") => self.skipped += 1,
            _ => {}
        }
    }
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} passed, {} failed, {} skipped", self.passed, self.failed, self.skipped)
    }
}

/// Whether a line is a closing total, which only the outermost command may print.
pub(crate) fn is_total(line: &str) -> bool {
    line.contains(" passed, ") && line.ends_with(" skipped")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_a_suite_are_counted_by_their_first_word() {
        let mut tally = Tally::default();
        for line in ["ok a/b 0.1s", "FAIL a/c why", "skip a/d why", "okay", "== mounted", "ok"] {
            tally.count_line(line);
        }
        assert_eq!(tally, Tally { passed: 1, failed: 1, skipped: 1 });
        assert!(is_total(&tally.to_string()));
    }
}
