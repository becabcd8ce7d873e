//! From text to a configuration, or to what is wrong with it.

use super::check::check;
use super::problem::Source;
use super::suggest::nearest;
use super::{Config, Invalid, Problem};
use std::path::Path;

/// Larger than any sensible file, in bytes.
const MAX_FILE: u64 = 1 << 20;

/// A configuration that can be used.
#[derive(Debug)]
pub(crate) struct Loaded {
    pub(crate) config: Config,
    /// What is unwise in it.
    pub(crate) warnings: Vec<Problem>,
}

/// Reads and checks a file.
///
/// # Errors
/// [`Invalid`]: it cannot be read or used.
pub(crate) fn load(file: &Path) -> Result<Loaded, Invalid> {
    parse(file, &text_of(file)?)
}

/// Reads a file without a look at what it leads to.
///
/// # Errors
/// [`Invalid`]: it cannot be read or understood.
pub(crate) fn read(file: &Path) -> Result<Config, Invalid> {
    understand(Source { file, text: &text_of(file)? })
}

fn text_of(file: &Path) -> Result<String, Invalid> {
    let unreadable = |error: std::io::Error| {
        let remedy = match error.kind() {
            std::io::ErrorKind::NotFound => "create it, or name another one",
            std::io::ErrorKind::PermissionDenied => "let this user read it",
            _ => "name a file that can be read",
        };
        let message = format!("cannot be read: {error}");
        Invalid(vec![Problem { file: file.to_owned(), line: None, message, remedy: Some(remedy.to_owned()) }])
    };
    let size = std::fs::metadata(file).map_err(unreadable)?.len();
    if size > MAX_FILE {
        return Err(unreadable(std::io::Error::other("it is larger than 1 MiB")));
    }
    std::fs::read_to_string(file).map_err(unreadable)
}

/// Checks a file's text.
///
/// # Errors
/// [`Invalid`]: it cannot be used.
pub(crate) fn parse(file: &Path, text: &str) -> Result<Loaded, Invalid> {
    let source = Source { file, text };
    let config = understand(source)?;
    let findings = check(source, &config);
    if !findings.errors.is_empty() {
        return Err(Invalid(findings.errors));
    }
    Ok(Loaded { config, warnings: findings.warnings })
}

fn understand(source: Source<'_>) -> Result<Config, Invalid> {
    toml::from_str(source.text).map_err(|error| Invalid(vec![refused(source, &error)]))
}

fn refused(source: Source<'_>, error: &toml::de::Error) -> Problem {
    let message = error.message();
    let (message, remedy) = match unknown_name(message) {
        Some((wrong, known)) => {
            let meant = nearest(wrong, known.iter().copied()).map(|name| format!("did you mean `{name}`?"));
            let all = format!("known here: {}", known.join(", "));
            let remedy = meant.map_or(all.clone(), |meant| format!("{meant} ({all})"));
            (format!("`{wrong}` is not known here"), Some(remedy))
        }
        None => (message.trim().to_owned(), None),
    };
    source.problem(error.span(), message, remedy)
}

/// The names in serde's "unknown field `a`, expected one of `b`, `c`", and the same for variants.
fn unknown_name(message: &str) -> Option<(&str, Vec<&str>)> {
    let rest = message.strip_prefix("unknown field").or_else(|| message.strip_prefix("unknown variant"))?;
    let mut names = rest.split('`').skip(1).step_by(2);
    let wrong = names.next()?;
    Some((wrong, names.collect()))
}

/// The keys of a table.
#[cfg(test)]
pub(crate) fn known_keys(table: &str) -> Vec<String> {
    let error = toml::from_str::<Config>(&format!("[{table}]\nno-such-key = 1\n")).unwrap_err();
    let (_, keys) = unknown_name(error.message()).expect("the key is not known");
    keys.into_iter().map(str::to_owned).collect()
}
