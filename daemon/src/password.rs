//! Passwords: made, read from a file or asked for. Never from the command line, where everybody on the machine could read them.

use crate::exit::Refused;
use crate::identity::random;
use anyhow::{Context as _, Result, bail};
use lanward_auth::{LmHash, NtHash};
use lanward_nt::NtString;
use lanward_wire::CodePage;
use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};
use std::fs::File;
use std::io::{self, BufRead as _, BufReader, IsTerminal as _, Read, Write as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

/// No password is longer, in bytes.
const MAX_PASSWORD: u64 = 1024;

/// Characters that nobody takes for one another.
const ALPHABET: &[u8; 31] = b"abcdefghjkmnpqrstuvwxyz23456789";

/// A password that is easy to type and hard to guess: four groups of four characters, 79 bits.
pub(crate) fn generate() -> io::Result<String> {
    let mut password = String::with_capacity(19);
    while password.len() < 19 {
        if password.len() % 5 == 4 {
            password.push('-');
        }
        let [byte] = random::<1>()?;
        // Bytes above the last whole multiple would make some characters likelier than others.
        if byte < 248 {
            password.push(char::from(ALPHABET[usize::from(byte) % ALPHABET.len()]));
        }
    }
    Ok(password)
}

/// The hash of the password in `file`, `-` for standard input, or of one that is asked for.
pub(crate) fn obtain(file: Option<&Path>, user: &str) -> Result<NtHash> {
    let password = obtain_clear(file, user)?;
    Ok(NtHash::of_password(&password.as_str().into()))
}

/// The same with the LM hash, which only a short password in characters of DOS's first code page has.
pub(crate) fn obtain_with_lm(file: Option<&Path>, user: &str) -> Result<(NtHash, LmHash)> {
    let password: NtString = obtain_clear(file, user)?.as_str().into();
    let why = "a password with an LM hash has at most 14 characters, all of code page 437";
    let hash = LmHash::of_text(&password, CodePage::default());
    let hash = hash.ok_or_else(|| Refused::Input(why.to_owned()))?;
    Ok((NtHash::of_password(&password), hash))
}

fn obtain_clear(file: Option<&Path>, user: &str) -> Result<String> {
    let password = match file {
        Some(file) if file == Path::new("-") => first_line(io::stdin().lock())?,
        Some(file) => from_file(file)?,
        None if io::stdin().is_terminal() => ask_twice(user)?,
        None => {
            bail!("nobody is there to ask for a password: use --password-file FILE, or - for standard input")
        }
    };
    if password.is_empty() {
        return Err(Refused::Input("the password is empty".to_owned()).into());
    }
    Ok(password)
}

/// A password that another server knows: from a file, from the environment, or asked for.
pub(crate) fn clear(file: Option<&Path>, user: &str) -> Result<String> {
    match (file, std::env::var("LANWARD_PASSWORD")) {
        (Some(_), _) => obtain_clear(file, user),
        (None, Ok(password)) => Ok(password),
        (None, Err(_)) if io::stdin().is_terminal() => ask(&format!("Password for {user}: ")),
        (None, Err(_)) => {
            bail!("nobody is there to ask for a password: use --password-file FILE, or - for standard input")
        }
    }
}

/// The hash of such a password.
pub(crate) fn existing(file: Option<&Path>, user: &str) -> Result<NtHash> {
    Ok(NtHash::of_password(&clear(file, user)?.as_str().into()))
}

fn from_file(path: &Path) -> Result<String> {
    let file = File::open(path).with_context(|| path.display().to_string())?;
    let mode = file.metadata()?.mode();
    if mode & 0o004 != 0 {
        eprintln!("lanward: warning: everybody on this machine can read {} (chmod 600 it)", path.display());
    }
    first_line(file).with_context(|| path.display().to_string())
}

fn first_line(from: impl Read) -> Result<String> {
    let mut line = String::new();
    BufReader::new(from.take(MAX_PASSWORD)).read_line(&mut line)?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}

fn ask_twice(user: &str) -> Result<String> {
    let first = ask(&format!("Password for {user}: "))?;
    if ask("Once more: ")? != first {
        return Err(Refused::Input("the two are not the same".to_owned()).into());
    }
    Ok(first)
}

fn ask(prompt: &str) -> Result<String> {
    eprint!("{prompt}");
    io::stderr().flush()?;
    let stdin = io::stdin();
    let quiet = Quiet::begin(&stdin)?;
    let line = first_line(stdin.lock());
    drop(quiet);
    eprintln!();
    line
}

/// A terminal that shows nothing of what is typed, until it is dropped.
struct Quiet<'a> {
    terminal: &'a io::Stdin,
    before: rustix::termios::Termios,
}

impl<'a> Quiet<'a> {
    fn begin(terminal: &'a io::Stdin) -> io::Result<Self> {
        let before = tcgetattr(terminal)?;
        let mut quiet = before.clone();
        quiet.local_modes.remove(LocalModes::ECHO);
        tcsetattr(terminal, OptionalActions::Flush, &quiet)?;
        Ok(Self { terminal, before })
    }
}

impl Drop for Quiet<'_> {
    fn drop(&mut self) {
        if let Err(error) = tcsetattr(self.terminal, OptionalActions::Now, &self.before) {
            eprintln!("lanward: the terminal stays silent ({error}): type `stty echo`");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn generated_passwords_are_four_groups_and_never_the_same() {
        let made: Vec<String> = (0..50).map(|_| generate().unwrap()).collect();
        for password in &made {
            let groups: Vec<&str> = password.split('-').collect();
            assert_eq!(groups.iter().map(|g| g.len()).collect::<Vec<_>>(), [4, 4, 4, 4], "{password}");
            assert!(groups.concat().bytes().all(|b| ALPHABET.contains(&b)), "{password}");
        }
        let distinct: std::collections::HashSet<_> = made.iter().collect();
        assert_eq!(distinct.len(), made.len());
    }

    #[test]
    fn only_the_first_line_counts() {
        for text in ["secret", "secret\n", "secret\r\nrest"] {
            assert_eq!(first_line(text.as_bytes()).unwrap(), "secret");
        }
        assert_eq!(first_line(" spaced out \n".as_bytes()).unwrap(), " spaced out ");
    }
}
