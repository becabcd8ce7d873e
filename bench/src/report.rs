//! The table for people and the JSON for programs.

use crate::bars::{Bar, bar};
use crate::target::Sample;
use crate::works::{Unit, Work};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// What every ratio is a ratio of.
pub(crate) const REFERENCE: &str = "samba";
/// Whose ratio the bars are for.
pub(crate) const OURS: &str = "lanward";

/// One row: a work and what it cost each server, round by round.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) work: Work,
    pub(crate) samples: BTreeMap<&'static str, Vec<Sample>>,
    /// Servers that could not do it, and why.
    pub(crate) failures: BTreeMap<&'static str, String>,
}

impl Row {
    pub(crate) const fn new(work: Work) -> Self {
        Self { work, samples: BTreeMap::new(), failures: BTreeMap::new() }
    }

    /// The medians of a server's rounds.
    fn median(&self, server: &str) -> Option<Sample> {
        let samples = self.samples.get(server)?;
        let cost = median(samples.iter().map(|s| s.cost))?;
        Some(Sample { cost, rate: median(samples.iter().map(|s| s.rate))? })
    }

    /// A server's cost as a ratio of the reference's.
    fn ratio(&self, server: &str) -> Option<f64> {
        let (theirs, reference) = (self.median(server)?, self.median(REFERENCE)?);
        (reference.cost > 0.0).then(|| theirs.cost / reference.cost)
    }

    /// Whether the bar is reached; `None` if there is none or nothing to hold against it.
    fn reached(&self) -> Option<bool> {
        match bar(&self.work.name) {
            Bar::Ratio(most) => self.ratio(OURS).map(|ratio| ratio <= most),
            Bar::KiB(most) => self.median(OURS).map(|sample| sample.cost <= most),
            Bar::None => None,
        }
    }

    fn cell(&self, server: &'static str) -> String {
        let Some(sample) = self.median(server) else {
            return if self.failures.contains_key(server) { "failed".into() } else { "".into() };
        };
        let rate = sample.rate;
        match self.work.unit {
            Unit::Gibibyte => format!("{:.3} ({rate:.0} MiB/s)", sample.cost),
            Unit::Thousand => format!("{:.1} ({rate:.0}/s)", sample.cost * 1000.0),
            Unit::One => format!("{:.2} ({rate:.1}/s)", sample.cost * 1000.0),
            Unit::KiB => format!("{:.1}", sample.cost),
        }
    }
}

/// The line above the table, which says how its numbers are to be read.
pub(crate) const LEGEND: &str = "server CPU: s per GiB, ms per 1,000 operations, ms per listing; memory: KiB per session; \
in brackets the throughput\nmedians of the rounds; ratio = server / samba; ok = the bar is reached";

/// A Markdown table with a column for each server that ran.
pub(crate) fn table(rows: &[Row], servers: &[&'static str]) -> String {
    let rivals: Vec<&str> = servers.iter().copied().filter(|s| *s != REFERENCE && *s != OURS).collect();
    let mut head: Vec<String> = vec!["work".into(), "per".into()];
    head.extend(servers.iter().map(|s| (*s).to_owned()));
    head.extend(["ratio".into(), "bar".into(), "ok".into()]);
    head.extend(rivals.iter().map(|r| format!("{r} ratio")));
    let mut table = vec![head];
    table.extend(rows.iter().map(|row| line(row, servers, &rivals)));
    let mut lines: Vec<String> = table.iter().map(|cells| format!("| {} |", cells.join(" | "))).collect();
    lines.insert(1, format!("|{}", "---|".repeat(table[0].len())));
    lines.join("\n")
}

fn line(row: &Row, servers: &[&'static str], rivals: &[&str]) -> Vec<String> {
    let ratio = |server: &str| row.ratio(server).map_or(String::new(), |r| format!("{r:.3}"));
    let mut cells = vec![row.work.name.clone(), per(row.work.unit).to_owned()];
    cells.extend(servers.iter().map(|server| row.cell(server)));
    cells.push(ratio(OURS));
    cells.push(match bar(&row.work.name) {
        Bar::Ratio(most) => format!("{most}"),
        Bar::KiB(most) => format!("{most} KiB"),
        Bar::None => String::new(),
    });
    cells.push(row.reached().map_or("", |ok| if ok { "ok" } else { "NO" }).to_owned());
    cells.extend(rivals.iter().map(|rival| ratio(rival)));
    cells
}

const fn per(unit: Unit) -> &'static str {
    match unit {
        Unit::Gibibyte => "GiB",
        Unit::Thousand => "1,000",
        Unit::One => "1",
        Unit::KiB => "session",
    }
}

/// Everything that was measured, round by round; CPU in seconds per unit.
pub(crate) fn json(rows: &[Row], servers: &[&'static str], settings: &Value) -> Value {
    let works: Vec<Value> = rows.iter().map(|row| row_json(row, servers)).collect();
    json!({ "settings": settings, "servers": servers, "works": works })
}

fn row_json(row: &Row, servers: &[&'static str]) -> Value {
    let measured = servers.iter().map(|server| {
        let samples = row.samples.get(server).map_or(&[][..], Vec::as_slice);
        let value = json!({
            "cost": row.median(server).map(|s| s.cost),
            "rate": row.median(server).map(|s| s.rate),
            "ratio": row.ratio(server),
            "costs": samples.iter().map(|s| s.cost).collect::<Vec<f64>>(),
            "rates": samples.iter().map(|s| s.rate).collect::<Vec<f64>>(),
            "failure": row.failures.get(server),
        });
        ((*server).to_owned(), value)
    });
    let (most, most_kib) = match bar(&row.work.name) {
        Bar::Ratio(most) => (Some(most), None),
        Bar::KiB(most) => (None, Some(most)),
        Bar::None => (None, None),
    };
    json!({
        "work": row.work.name,
        "per": per(row.work.unit),
        "bar_ratio": most,
        "bar_kib": most_kib,
        "reached": row.reached(),
        "servers": measured.collect::<serde_json::Map<String, Value>>(),
    })
}

/// The middle value, or the mean of the two in the middle.
fn median(values: impl Iterator<Item = f64>) -> Option<f64> {
    let mut sorted: Vec<f64> = values.collect();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    let upper = *sorted.get(middle)?;
    Some(if sorted.len().is_multiple_of(2) { f64::midpoint(sorted[middle - 1], upper) } else { upper })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(name: &str, samba: &[f64], lanward: &[f64]) -> Row {
        let work = Work::all(false).into_iter().find(|w| w.name == name).unwrap();
        let mut row = Row::new(work);
        let samples = |costs: &[f64]| costs.iter().map(|cost| Sample { cost: *cost, rate: 1.0 }).collect();
        row.samples.insert(REFERENCE, samples(samba));
        row.samples.insert(OURS, samples(lanward));
        row
    }

    #[test]
    fn medians() {
        assert_eq!(median([3.0, 1.0, 2.0].into_iter()), Some(2.0));
        assert_eq!(median([4.0, 1.0, 2.0, 3.0].into_iter()), Some(2.5));
        assert_eq!(median([].into_iter()), None);
    }

    #[test]
    fn ratios_are_held_against_the_bar() {
        let good = row("read-blocks signed", &[1.0, 9.0, 1.0], &[0.5, 0.6, 0.1]);
        assert_eq!(good.ratio(OURS), Some(0.5));
        assert_eq!(good.reached(), Some(true));
        assert_eq!(row("unlink", &[1.0], &[0.3]).reached(), Some(false));
        assert_eq!(row("echo", &[1.0], &[0.3]).reached(), None);
        let table = table(&[good], &[REFERENCE, OURS]);
        assert!(table.contains("| 0.500 | 0.6 | ok |"), "{table}");
    }

    #[test]
    fn a_bar_in_kib_needs_no_reference() {
        let mut memory = row("idle-session at 1000", &[], &[13.5]);
        assert_eq!((memory.ratio(OURS), memory.reached()), (None, Some(true)));
        memory.samples.insert(OURS, vec![Sample { cost: 15.0, rate: 1.0 }]);
        assert_eq!(memory.reached(), Some(false));
    }
}
