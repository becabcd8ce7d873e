//! Paths of the repository.

use std::env;
use std::path::{Path, PathBuf};

/// The repository's root: the parent of this crate's directory.
pub(crate) fn root() -> &'static Path {
    let own = Path::new(env!("CARGO_MANIFEST_DIR"));
    own.parent().unwrap_or(own)
}

/// Cargo's target directory.
pub(crate) fn target() -> PathBuf {
    env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}

/// The directory of the foreign-peer tests.
pub(crate) fn interop() -> PathBuf {
    root().join("interop")
}
