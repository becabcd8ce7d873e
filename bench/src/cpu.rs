//! CPU time and memory of a whole process tree, read from outside it.

use anyhow::{Context as _, Result};
use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Where a server's CPU time is read.
#[derive(Debug, Clone)]
pub(crate) enum CpuMeter {
    /// A control group of its own: nanoseconds, and no process that came and went is missed.
    Group(PathBuf),
    /// The process tree below a PID, each process with its reaped children: steps of 10 ms.
    Tree(u32),
}

/// What a tree of processes holds, in KiB.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Memory {
    /// Proportional set size: shared pages are divided among those that share them.
    pub(crate) pss: u64,
    /// Page tables, which no set size counts.
    pub(crate) page_tables: u64,
    /// How many processes there are.
    pub(crate) processes: u64,
}

impl Memory {
    /// Pages and page tables together, KiB.
    pub(crate) const fn total(self) -> u64 {
        self.pss + self.page_tables
    }
}

/// Makes a control group that counts CPU time, if this user may: the old cpuacct controller or the unified hierarchy.
pub(crate) fn make_group(name: &str) -> Option<PathBuf> {
    let roots = ["/sys/fs/cgroup/cpuacct", "/sys/fs/cgroup"];
    roots.iter().map(|root| Path::new(root).join(name)).find(|group| {
        let made = fs::create_dir(group).is_ok();
        let counts = made && group_seconds(group).is_ok();
        if made && !counts {
            let _ = fs::remove_dir(group);
        }
        counts
    })
}

fn group_seconds(group: &Path) -> Result<f64> {
    if let Ok(text) = fs::read_to_string(group.join("cpuacct.usage")) {
        return Ok(text.trim().parse::<f64>()? / 1e9);
    }
    let text = fs::read_to_string(group.join("cpu.stat"))?;
    let usage =
        text.lines().find_map(|l| l.strip_prefix("usage_usec ")).context("no usage_usec in cpu.stat")?;
    Ok(usage.trim().parse::<f64>()? / 1e6)
}

impl CpuMeter {
    /// CPU seconds, user and system, since the server started.
    pub(crate) fn seconds(&self) -> Result<f64> {
        match self {
            Self::Group(group) => group_seconds(group),
            Self::Tree(root) => {
                let of = |pid| process(pid).map_or(0, |p| p.ticks);
                Ok(tree(*root)?.into_iter().map(of).sum::<u64>() as f64 / 100.0)
            }
        }
    }

    /// The same once the server has been idle for a moment, so that what a reply left behind is counted too.
    pub(crate) fn settled_seconds(&self) -> Result<f64> {
        let mut before = self.seconds()?;
        for _ in 0..40 {
            std::thread::sleep(Duration::from_millis(15));
            let now = self.seconds()?;
            if now - before < 0.000_2 {
                return Ok(now);
            }
            before = now;
        }
        Ok(before)
    }

    /// How the figure was come by, for the report.
    pub(crate) const fn method(&self) -> &'static str {
        match self {
            Self::Group(_) => "control group",
            Self::Tree(_) => "/proc, 10 ms steps",
        }
    }
}

struct Process {
    parent: u32,
    /// utime, stime, cutime and cstime in ticks of 10 ms.
    ticks: u64,
}

fn process(pid: u32) -> Option<Process> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name may hold spaces and brackets: fields are counted from the last bracket.
    let fields: Vec<&str> = text.rsplit_once(')')?.1.split_whitespace().collect();
    let number = |i: usize| fields.get(i)?.parse::<u64>().ok();
    let ticks = (11..=14).map_while(number).sum();
    Some(Process { parent: u32::try_from(number(1)?).ok()?, ticks })
}

/// A process and all that descend from it.
pub(crate) fn tree(root: u32) -> Result<Vec<u32>> {
    let mut children: HashMap<u32, Vec<u32>> = HashMap::new();
    for entry in fs::read_dir("/proc")? {
        let Some(pid) = entry?.file_name().to_str().and_then(|n| n.parse().ok()) else { continue };
        if let Some(p) = process(pid) {
            children.entry(p.parent).or_default().push(pid);
        }
    }
    let mut found = vec![root];
    let mut next = 0;
    while let Some(pid) = found.get(next) {
        found.extend(children.remove(pid).unwrap_or_default());
        next += 1;
    }
    Ok(found)
}

/// What the process tree holds now.
pub(crate) fn memory(root: u32) -> Result<Memory> {
    let mut sum = Memory::default();
    for pid in tree(root)? {
        let Ok(rollup) = fs::read_to_string(format!("/proc/{pid}/smaps_rollup")) else { continue };
        let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
        sum.pss += kib(&rollup, "Pss:");
        sum.page_tables += kib(&status, "VmPTE:");
        sum.processes += 1;
    }
    Ok(sum)
}

fn kib(text: &str, key: &str) -> u64 {
    let line = text.lines().find_map(|l| l.strip_prefix(key));
    line.and_then(|l| l.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_is_in_its_own_tree() {
        let me = std::process::id();
        assert_eq!(tree(me).unwrap()[0], me);
        let held = memory(me).unwrap();
        assert!(held.processes >= 1 && held.pss > 100 && held.total() > held.pss);
        assert_eq!(process(me).unwrap().parent, std::os::unix::process::parent_id());
    }

    #[test]
    fn kib_reads_the_kernels_columns() {
        assert_eq!(kib("Rss:      12 kB\nPss:\t   34 kB\n", "Pss:"), 34);
        assert_eq!(kib("", "Pss:"), 0);
    }
}
