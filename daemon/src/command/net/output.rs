//! What the commands print: a table in the frame Windows people know, or JSON.

use crate::net::{COMPLETED, NO_ENTRIES, RULE};
use anyhow::Result;
use serde::Serialize;
use std::fmt::Display;
use std::io::{IsTerminal as _, Write as _, stdin, stdout};

pub(super) fn json(value: &impl Serialize) -> Result<()> {
    Ok(writeln!(stdout(), "{}", serde_json::to_string_pretty(value)?)?)
}

/// A table, or a word that there is nothing for it.
pub(super) fn table(head: &str, rows: impl IntoIterator<Item = impl Display>) -> Result<()> {
    let mut out = stdout().lock();
    let mut rows = rows.into_iter().peekable();
    if rows.peek().is_none() {
        writeln!(out, "{NO_ENTRIES}\n")?;
        return Ok(());
    }
    writeln!(out, "\n{head}\n\n{RULE}")?;
    for row in rows {
        writeln!(out, "{}", printable(&row.to_string()))?;
    }
    Ok(writeln!(out, "{COMPLETED}\n")?)
}

/// Names, three in a row.
pub(super) fn columns(head: &str, names: impl IntoIterator<Item = String>) -> Result<()> {
    let mut out = stdout().lock();
    let names: Vec<String> = names.into_iter().map(|name| printable(&name)).collect();
    writeln!(out, "\n{}\n\n{RULE}", printable(head))?;
    for row in names.chunks(3) {
        let row: String = row.iter().map(|name| format!("{name:<25}")).collect();
        writeln!(out, "{}", row.trim_end())?;
    }
    Ok(writeln!(out, "{COMPLETED}\n")?)
}

/// Names and their values, one in a line.
pub(super) fn fields(fields: &[(&str, String)]) -> Result<()> {
    let mut out = stdout().lock();
    for (name, value) in fields {
        let line = format!("{name:<18} {value}");
        writeln!(out, "{}", printable(line.trim_end()))?;
    }
    Ok(writeln!(out, "{COMPLETED}\n")?)
}

/// What was asked for is done.
pub(super) fn completed(as_json: bool) -> Result<()> {
    if as_json {
        return json(&serde_json::json!({ "completed": true }));
    }
    Ok(writeln!(stdout(), "{COMPLETED}\n")?)
}

/// Whether whoever is at the terminal says yes. Without a terminal nobody does.
pub(super) fn confirmed(question: &str) -> Result<bool> {
    if !stdin().is_terminal() {
        return Ok(false);
    }
    write!(stdout(), "{question} (Y/N) [N]: ")?;
    stdout().flush()?;
    let mut answer = String::new();
    stdin().read_line(&mut answer)?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}

/// Names come from clients: nothing in them reaches the terminal as a command to it.
pub(super) fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '?' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::printable;

    #[test]
    fn names_command_no_terminal() {
        assert_eq!(printable("a\u{1b}[2Jb\nc ü"), "a?[2Jb?c ü");
    }
}
