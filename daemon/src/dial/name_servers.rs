//! The file with the name servers of a line, while it is up.

use crate::exit::Refused;
use anyhow::{Context as _, Result};
use std::fs;
use std::io::ErrorKind;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};

/// Its first line: what does not begin so is somebody else's.
const OWN: &str = "# By lanward dial, while its line is up\n";

/// The file; it goes when this is dropped.
#[derive(Debug)]
pub(super) struct NameServers(PathBuf);

/// # Errors
/// There is a file of somebody else's, which would be gone in the end.
pub(super) fn check(file: &Path) -> Result<()> {
    match fs::read(file) {
        Ok(bytes) if bytes.starts_with(OWN.as_bytes()) => Ok(()),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        Ok(_) => {
            let why = "there is such a file, which `lanward dial` has not written: it takes away its own in the end";
            Err(Refused::Input(format!("{}: {why}, so name another", file.display())).into())
        }
        Err(error) => Err(error).with_context(|| file.display().to_string()),
    }
}

impl NameServers {
    /// Writes them down.
    ///
    /// # Errors
    /// As [`check`]; the system's.
    pub(super) fn write(file: &Path, servers: &[Ipv4Addr]) -> Result<Self> {
        check(file)?;
        let lines: String = servers.iter().map(|server| format!("nameserver {server}\n")).collect();
        fs::write(file, format!("{OWN}{lines}")).with_context(|| file.display().to_string())?;
        Ok(Self(file.to_owned()))
    }
}

impl Drop for NameServers {
    fn drop(&mut self) {
        // What somebody else has put there meanwhile stays.
        if check(&self.0).is_ok()
            && let Err(error) = fs::remove_file(&self.0)
            && error.kind() != ErrorKind::NotFound
        {
            tracing::warn!(%error, file = %self.0.display(), "the name servers stay");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_elses_file_is_written_or_taken_away() {
        let place = tempfile::tempdir().unwrap();
        let file = place.path().join("resolv.conf");
        fs::write(&file, "nameserver 192.0.2.1\n").unwrap();
        let servers = [Ipv4Addr::new(10, 0, 0, 1)];
        assert!(check(&file).is_err() && NameServers::write(&file, &servers).is_err());
        assert_eq!(fs::read_to_string(&file).unwrap(), "nameserver 192.0.2.1\n");
        fs::remove_file(&file).unwrap();
        check(&file).unwrap();
        let written = NameServers::write(&file, &servers).unwrap();
        assert!(fs::read_to_string(&file).unwrap().ends_with("\nnameserver 10.0.0.1\n"));
        // A run that was killed left one.
        std::mem::forget(written);
        drop(NameServers::write(&file, &servers).unwrap());
        assert!(!file.exists());
        let written = NameServers::write(&file, &servers).unwrap();
        fs::write(&file, "nameserver 192.0.2.1\n").unwrap();
        drop(written);
        assert!(file.exists());
    }
}
