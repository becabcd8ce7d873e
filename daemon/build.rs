//! Writes down where the corpus of attacks lies, for `lanward selftest` to carry it along.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let manifest = env::var("CARGO_MANIFEST_DIR").map_err(io::Error::other)?;
    let root = Path::new(&manifest).join("../testsuite/corpus").canonicalize()?;
    println!("cargo::rerun-if-changed={}", root.display());
    let mut list = "[\n".to_owned();
    for area in folders(&root)? {
        for case in folders(&area)? {
            let name = case.strip_prefix(&root).map_err(io::Error::other)?.display().to_string();
            let [expected, sent] = ["expect.toml", "pdus.hex"].map(|file| case.join(file));
            writeln!(list, "({name:?}, include_str!({expected:?}), include_str!({sent:?})),")
                .map_err(io::Error::other)?;
        }
    }
    list.push(']');
    let out = env::var("OUT_DIR").map_err(io::Error::other)?;
    fs::write(Path::new(&out).join("corpus.rs"), list)
}

/// The folders in a folder, by name.
fn folders(path: &Path) -> io::Result<Vec<PathBuf>> {
    let entries = fs::read_dir(path)?.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<_>>>()?;
    let mut folders: Vec<_> = entries.into_iter().filter(|path| path.is_dir()).collect();
    folders.sort();
    Ok(folders)
}
