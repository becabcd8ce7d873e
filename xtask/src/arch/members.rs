//! The workspace's crates and what they depend on, from `cargo metadata`.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::root::root;

/// A crate of the workspace.
pub(crate) struct Member {
    pub(crate) name: String,
    /// Its directory relative to the root, such as `proto/wire`.
    pub(crate) directory: String,
    pub(crate) dependencies: Vec<Dependency>,
}

impl Member {
    /// The first part of the directory.
    pub(crate) fn tier(&self) -> &str {
        tier_of(&self.directory)
    }
}

/// A declared dependency; those only tests use are told apart because they shape no layer.
pub(crate) struct Dependency {
    pub(crate) name: String,
    pub(crate) for_tests: bool,
    pub(crate) features: Vec<String>,
}

pub(crate) fn tier_of(directory: &str) -> &str {
    directory.split('/').next().unwrap_or(directory)
}

pub(crate) fn members() -> Result<Vec<Member>> {
    let output = Command::new("cargo")
        .args(["metadata", "--no-deps", "--format-version", "1"])
        .current_dir(root())
        .output()
        .context("cargo metadata")?;
    ensure!(output.status.success(), "cargo metadata: {}", String::from_utf8_lossy(&output.stderr));
    parse(&serde_json::from_slice(&output.stdout)?)
}

fn parse(metadata: &Value) -> Result<Vec<Member>> {
    let workspace = text(metadata, "workspace_root")?;
    let packages = list(metadata, "packages")?;
    packages.iter().map(|package| member(package, Path::new(workspace))).collect()
}

fn member(package: &Value, workspace: &Path) -> Result<Member> {
    let manifest = Path::new(text(package, "manifest_path")?);
    let directory = manifest.parent().unwrap_or(manifest).strip_prefix(workspace)?;
    Ok(Member {
        name: text(package, "name")?.to_owned(),
        directory: directory.to_string_lossy().into_owned(),
        dependencies: list(package, "dependencies")?.iter().map(dependency).collect::<Result<_>>()?,
    })
}

fn dependency(declared: &Value) -> Result<Dependency> {
    let features = list(declared, "features")?.iter().filter_map(Value::as_str);
    Ok(Dependency {
        name: text(declared, "name")?.to_owned(),
        for_tests: declared["kind"] == "dev",
        features: features.map(str::to_owned).collect(),
    })
}

fn text<'v>(value: &'v Value, key: &str) -> Result<&'v str> {
    value[key].as_str().with_context(|| format!("cargo metadata has no {key}"))
}

fn list<'v>(value: &'v Value, key: &str) -> Result<&'v Vec<Value>> {
    value[key].as_array().with_context(|| format!("cargo metadata has no {key}"))
}
