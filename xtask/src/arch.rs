//! `cargo xtask check-arch`: the tree is the dependency diagram, and this proves it.

mod edges;
mod members;
mod source;

use std::fs;

use anyhow::{Context, Result};

pub(crate) use members::{Member, members};

use crate::root::root;
use crate::tally::Tally;

/// One broken rule, as a line a reader can act on.
type Finding = String;

pub(crate) fn run() -> Result<Tally> {
    let members = members()?;
    let checks: [(&str, Vec<Finding>); 3] = [
        ("arch/edges", edges::check(&members)),
        ("arch/named", unnamed(&members)?),
        ("arch/source", source::check(&members)?),
    ];
    let mut tally = Tally::default();
    for (name, findings) in checks {
        if findings.is_empty() {
            tally.pass(name);
        }
        for finding in findings {
            tally.fail(name, &finding);
        }
    }
    Ok(tally)
}

/// Crates whose directory ARCHITECTURE.md does not name.
fn unnamed(members: &[Member]) -> Result<Vec<Finding>> {
    let path = root().join("ARCHITECTURE.md");
    if !path.exists() {
        return Ok(vec!["ARCHITECTURE.md is missing".to_owned()]);
    }
    let text = fs::read_to_string(path).context("ARCHITECTURE.md")?;
    let absent = members.iter().filter(|member| !text.contains(&format!("`{}", member.directory)));
    Ok(absent.map(|member| format!("ARCHITECTURE.md does not name `{}`", member.directory)).collect())
}
