//! Recorded attacks: `corpus/AREA/ID/` holds `pdus.hex`, what is sent, and `expect.toml`, what must come of it.

use lanward_client::corpus::Case;
use std::path::{Path, PathBuf};
use std::{fs, io};

/// Every case there is, by name.
///
/// # Errors
/// A file that cannot be read or does not say what it should.
pub fn cases() -> io::Result<Vec<Case>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    let mut cases = Vec::new();
    for area in directories(&root)? {
        for case in directories(&area)? {
            let name = format!("{}/{}", name_of(&area), name_of(&case));
            let read = |file| fs::read_to_string(case.join(file));
            let expectation = toml::from_str(&read("expect.toml")?).map_err(|e| invalid(&name, &e))?;
            let recorded = Case::new(name.clone(), expectation, &read("pdus.hex")?);
            cases.push(recorded.ok_or_else(|| invalid(&name, &"pdus.hex"))?);
        }
    }
    cases.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(cases)
}

fn invalid(name: &str, what: &dyn std::fmt::Display) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("{name}: {what}"))
}

fn directories(path: &Path) -> io::Result<Vec<PathBuf>> {
    let entries = fs::read_dir(path)?.map(|e| e.map(|e| e.path())).collect::<io::Result<Vec<_>>>()?;
    Ok(entries.into_iter().filter(|p| p.is_dir()).collect())
}

fn name_of(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}
