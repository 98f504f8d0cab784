//! What a fresh machine lacks: installed where that can be done quietly, else named in one clear line.

use std::env;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::SystemTime;

use anyhow::{Result, bail};

use crate::workspace::{Workspace, quietly};

/// The oldest Node that has all that the package and its tests use.
const NODE: u32 = 20;

/// What building needs: Node, the npm packages, the compiler's parts.
pub(crate) fn tools(workspace: &Workspace) -> Result<()> {
    node()?;
    npm_packages(workspace, "")?;
    compiler_parts(workspace)
}

fn node() -> Result<()> {
    let Some(version) = printed(Command::new("node").arg("--version")) else {
        bail!("Node is missing: install version {NODE} or newer, from https://nodejs.org");
    };
    let major = version.trim_start_matches('v').split('.').next().and_then(|major| major.parse::<u32>().ok());
    if major.is_none_or(|major| major < NODE) {
        bail!("Node {version} is too old: install version {NODE} or newer, from https://nodejs.org");
    }
    Ok(())
}

/// Installs the npm packages that a folder of the project wants, when there are none, or older ones than its lock file
/// names. What only one kind of tests needs is in that one's folder.
pub(crate) fn npm_packages(workspace: &Workspace, folder: &str) -> Result<()> {
    let folder = workspace.root.join(folder);
    let changed =
        |path: &str| -> Option<SystemTime> { fs::metadata(folder.join(path)).and_then(|data| data.modified()).ok() };
    // npm writes this copy of the lock at the end of a complete installation.
    let installed = changed("node_modules/.package-lock.json");
    if installed.is_some() && installed >= changed("package-lock.json") {
        return Ok(());
    }
    eprintln!("installing npm packages");
    quietly(workspace.npm().args(["ci", "--loglevel=error", "--no-progress"]).current_dir(&folder))
}

/// A Python with itchat-uos, the client that a test runs, in a virtual environment of its own.
///
/// # Errors
/// Where there is no Python, or it cannot be given the packages: its test is then left out.
pub(crate) fn itchat(workspace: &Workspace) -> Result<PathBuf> {
    let wanted = workspace.root.join("tests/node/itchat/requirements.txt");
    let folder = workspace.target.join("itchat");
    // A copy of what was wanted, from the end of a complete installation.
    let installed = folder.join("requirements.txt");
    let python = folder.join("bin/python");
    if fs::read(&installed).is_ok_and(|text| fs::read(&wanted).is_ok_and(|wanted| text == wanted)) {
        return Ok(python);
    }
    eprintln!("installing itchat-uos for Python");
    quietly(workspace.command("python3").args(["-m", "venv", "--clear"]).arg(&folder))?;
    let pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement"];
    quietly(workspace.command(&python).args(pip).arg(&wanted))?;
    fs::copy(&wanted, &installed)?;
    Ok(python)
}

/// The compiler's parts for the module: the target, and the standard library's source, which a release compiles.
/// rust-toolchain.toml names both, and rustup fetches them with the compiler, unless it is set to fetch nothing by itself.
fn compiler_parts(workspace: &Workspace) -> Result<()> {
    let target = "wasm32-unknown-unknown";
    let folder = |what: &[&str]| -> Option<PathBuf> {
        let rustc = env::var_os("RUSTC").map_or_else(|| "rustc".into(), PathBuf::from);
        printed(workspace.command(rustc).arg("--print").args(what)).map(PathBuf::from)
    };
    let libraries = folder(&["target-libdir", "--target", target]);
    let source = folder(&["sysroot"]).map(|sysroot| sysroot.join("lib/rustlib/src/rust/library"));
    for (folder, kind, name) in [(libraries, "target", target), (source, "component", "rust-src")] {
        if folder.is_some_and(|folder| folder.exists()) {
            continue;
        }
        if printed(Command::new("rustup").arg("--version")).is_none() {
            bail!("the Rust {kind} {name} is missing: install Rust with rustup, from https://rustup.rs");
        }
        eprintln!("installing the Rust {kind} {name}");
        quietly(workspace.command("rustup").args([kind, "add", name]))?;
    }
    Ok(())
}

/// What a program prints, or nothing if it cannot be run or fails.
pub(crate) fn printed(command: &mut Command) -> Option<String> {
    let output = command.stdin(Stdio::null()).output().ok().filter(|output| output.status.success())?;
    Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn toml(name: &str) -> Result<toml::Table> {
        Ok(fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(name))?.parse()?)
    }

    #[test]
    fn the_compiler_that_is_promised_is_the_one_that_everything_is_tested_with() -> Result<()> {
        let promised = toml("Cargo.toml")?["workspace"]["package"]["rust-version"].clone();
        let pinned = toml("rust-toolchain.toml")?["toolchain"]["channel"].clone();
        assert_eq!(pinned.as_str(), promised.as_str().map(|version| format!("{version}.0")).as_deref());
        Ok(())
    }

    #[test]
    fn the_crate_and_the_package_have_one_version() -> Result<()> {
        let package = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../package.json"))?;
        let package: serde_json::Value = serde_json::from_str(&package)?;
        assert_eq!(toml("Cargo.toml")?["workspace"]["package"]["version"].as_str(), package["version"].as_str());
        Ok(())
    }
}
