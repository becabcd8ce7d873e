//! Rules about source text that no lint expresses.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::{Finding, Member};
use crate::root::root;

const MAX_LINES: usize = 800;

/// What is looked for, in pieces: whatever else looks for it is not to find it here.
const UNCHECKED: &str = concat!("un", "safe");
const UNFINISHED: [&str; 2] = [concat!("to", "do!("), concat!("unimple", "mented!(")];
const IGNORED: &str = concat!("#[", "ignore]");

/// The dialects know nothing of each other: what a file below the first may not name.
const DIALECTS: [(&str, [&str; 2]); 2] = [
    ("services/smb/src/smb1/", ["lanward_smb2", "smb2"]),
    ("services/smb/src/smb2/", ["lanward_smb1", "smb1"]),
];

pub(super) fn check(members: &[Member]) -> Result<Vec<Finding>> {
    let mut findings = Vec::new();
    for member in members {
        for path in rust_files(&root().join(&member.directory))? {
            let text = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
            let shown = path.strip_prefix(root()).unwrap_or(&path).display().to_string();
            findings.extend(check_file(&shown, &text, member.tier() == "platform"));
        }
    }
    Ok(findings)
}

fn rust_files(directory: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut open = vec![directory.to_path_buf()];
    while let Some(next) = open.pop() {
        for entry in fs::read_dir(&next).with_context(|| next.display().to_string())? {
            let path = entry?.path();
            if path.is_dir() && !path.ends_with("target") {
                open.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

fn check_file(shown: &str, text: &str, may_be_unchecked: bool) -> Vec<Finding> {
    let mut findings = Vec::new();
    let count = text.lines().count();
    if count > MAX_LINES {
        findings.push(format!("{shown} has {count} lines, more than {MAX_LINES}"));
    }
    let strangers =
        DIALECTS.iter().find(|(below, _)| shown.starts_with(below)).map_or(&[][..], |(_, names)| names);
    for (number, line) in text.lines().enumerate() {
        let code = without_text(line);
        let at = format!("{shown}:{}", number + 1);
        if !may_be_unchecked && words(&code).any(|word| word == UNCHECKED) {
            findings.push(format!("{at} says `{UNCHECKED}` outside platform/"));
        }
        if UNFINISHED.iter().any(|macro_| code.contains(macro_)) {
            findings.push(format!("{at} is unfinished"));
        }
        if let Some(stranger) = words(&code).find(|word| strangers.contains(word)) {
            findings.push(format!("{at} is of one dialect and names `{stranger}`"));
        }
        if code.contains(IGNORED) {
            findings.push(format!("{at} ignores a test without a reason"));
        }
    }
    findings
}

fn words(code: &str) -> impl Iterator<Item = &str> {
    code.split(|c: char| !(c.is_alphanumeric() || c == '_'))
}

/// The line without its comment and without the insides of its string literals.
/// Raw strings and strings over several lines are beyond it; they would only report too much.
fn without_text(line: &str) -> String {
    let mut code = String::with_capacity(line.len());
    let mut inside = false;
    let mut characters = line.chars().peekable();
    while let Some(c) = characters.next() {
        match c {
            '\\' if inside => {
                characters.next();
            }
            '\'' if !inside && characters.peek() == Some(&'"') => {
                characters.next();
            }
            '"' => inside = !inside,
            '/' if !inside && characters.peek() == Some(&'/') => break,
            _ if inside => {}
            _ => code.push(c),
        }
    }
    code
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_is_judged_and_text_about_code_is_not() {
        let bad = include_str!("samples/refused.txt");
        assert_eq!(check_file("x.rs", bad, false).len(), 3);
        assert_eq!(check_file("x.rs", bad, true).len(), 2);
        let good = include_str!("samples/taken.txt");
        assert_eq!(check_file("x.rs", good, false), Vec::<Finding>::new());
    }

    #[test]
    fn what_is_looked_for_is_not_said_here() {
        let text = include_str!("source.rs");
        for found in [UNCHECKED, IGNORED, UNFINISHED[0], UNFINISHED[1]] {
            assert!(!text.contains(found), "{found}");
        }
    }

    #[test]
    fn dialects_do_not_name_each_other() {
        let text = "// smb1 had it\nuse crate::smb1::Unit;\n";
        assert_eq!(check_file("services/smb/src/smb2/unit.rs", text, false).len(), 1);
        assert_eq!(check_file("services/smb/src/smb1/unit.rs", text, false), Vec::<Finding>::new());
        assert_eq!(check_file("services/smb/src/service.rs", text, false), Vec::<Finding>::new());
    }

    #[test]
    fn a_long_file_is_found() {
        assert_eq!(check_file("x.rs", &"\n".repeat(MAX_LINES), false).len(), 0);
        assert_eq!(check_file("x.rs", &"\n".repeat(MAX_LINES + 1), false).len(), 1);
    }
}
