//! What the project is built with: whether it may be (licences and origins, which need no network), and what is known
//! against it (advisories, which do). What cannot be asked here and now is skipped, and says so.

mod advisories;
mod package;

use std::fs;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::workspace::{Workspace, host};
use package::{Package, Rules};

/// What npm installs: the tools, the bundlers that the package is tried with, and what it is measured beside.
const NPM_LOCKS: [&str; 4] = [
    "package-lock.json",
    "tests/bench/package-lock.json",
    "tests/package/package-lock.json",
    "tests/prose/package-lock.json",
];

/// Every check that can be made on this machine.
pub(crate) fn check(workspace: &Workspace) -> Result<()> {
    let metadata = metadata(workspace)?;
    let rules = Rules::read(&read(workspace, "deny.toml")?)?;
    let crates = package::crates(&metadata)?;
    let mut packages = Vec::new();
    for lock in NPM_LOCKS {
        let lock: Value = serde_json::from_str(&read(workspace, lock)?)?;
        packages.extend(package::npm_packages(&lock)?);
    }
    let objections: Vec<String> =
        crates.iter().chain(&packages).flat_map(|package: &Package| rules.objections(package)).collect();
    if !objections.is_empty() {
        bail!("{}\nsee deny.toml", objections.join("\n"));
    }
    println!("licences and origins of {} crates and {} npm packages: good", crates.len(), packages.len());
    advisories::cargo_deny(workspace, &metadata)?;
    advisories::npm_audit(workspace)
}

/// cargo's account of all crates that are built on this machine: for itself, and for the wasm target.
fn metadata(workspace: &Workspace) -> Result<Value> {
    let host = host()?;
    let platforms = ["--filter-platform", &host, "--filter-platform", "wasm32-unknown-unknown"];
    let output = workspace.cargo().args(["metadata", "--locked", "--format-version", "1"]).args(platforms).output()?;
    if !output.status.success() {
        bail!("{}\ncargo metadata failed", String::from_utf8_lossy(&output.stderr).trim_end());
    }
    Ok(serde_json::from_slice(&output.stdout)?)
}

fn read(workspace: &Workspace, name: &str) -> Result<String> {
    fs::read_to_string(workspace.root.join(name)).with_context(|| name.to_owned())
}
