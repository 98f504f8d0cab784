//! Where things are, and how other programs are called.

use std::env::consts::EXE_SUFFIX;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use serde_json::Value;

/// The places that the commands work in.
pub(crate) struct Workspace {
    /// The folder of the root Cargo.toml and package.json.
    pub(crate) root: PathBuf,
    /// Cargo's target folder, wherever its settings put it.
    pub(crate) target: PathBuf,
}

impl Workspace {
    /// Asks cargo, which knows `CARGO_TARGET_DIR` and its configuration files better than we do.
    pub(crate) fn find() -> Result<Self> {
        // Told by `cargo run`, so that a target folder shared by several checkouts leads to the right one.
        let here = std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
        let output = Command::new(cargo_path())
            .args(["metadata", "--no-deps", "--format-version", "1"])
            .current_dir(here)
            .stderr(Stdio::inherit())
            .output()
            .context("cargo could not be run: install Rust with rustup, from https://rustup.rs")?;
        if !output.status.success() {
            bail!("cargo metadata failed");
        }
        let metadata: Value = serde_json::from_slice(&output.stdout)?;
        let path = |key: &str| {
            let text = metadata[key].as_str().with_context(|| format!("cargo metadata gives no {key}"))?;
            anyhow::Ok(PathBuf::from(text))
        };
        Ok(Self { root: path("workspace_root")?, target: path("target_directory")? })
    }

    /// The built package.
    pub(crate) fn dist(&self) -> PathBuf {
        self.root.join("dist")
    }

    /// The stand-in's program, which `cargo build -p standin` makes.
    pub(crate) fn standin(&self) -> PathBuf {
        self.target.join("debug").join(format!("standin{EXE_SUFFIX}"))
    }

    /// A program to be run in the root folder.
    pub(crate) fn command(&self, program: impl AsRef<Path>) -> Command {
        let mut command = Command::new(program.as_ref());
        command.current_dir(&self.root);
        command
    }

    /// cargo, the same one that runs this.
    pub(crate) fn cargo(&self) -> Command {
        self.command(cargo_path())
    }

    /// npm itself.
    pub(crate) fn npm(&self) -> Command {
        self.command(npm_script("npm"))
    }

    /// A program that an npm package brings along, which need not be a script.
    pub(crate) fn npm_program(&self, name: &str) -> Command {
        self.command(self.root.join("node_modules/.bin").join(npm_script(name)))
    }

    /// A script that an npm package brings along, run by Node.
    pub(crate) fn npm_tool(&self, script: &str) -> Command {
        let mut command = self.command("node");
        command.arg(self.root.join("node_modules").join(script));
        command
    }
}

/// The target triple of this machine.
pub(crate) fn host() -> Result<String> {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(rustc).arg("-vV").output().context("rustc could not be run")?;
    let version = String::from_utf8_lossy(&output.stdout);
    let host = version.lines().find_map(|line| line.strip_prefix("host: "));
    Ok(host.context("rustc -vV names no host")?.to_owned())
}

/// The name of a program that npm installs as a script, on this system.
fn npm_script(name: &str) -> String {
    if cfg!(windows) { format!("{name}.cmd") } else { name.to_owned() }
}

fn cargo_path() -> PathBuf {
    std::env::var_os("CARGO").map_or_else(|| "cargo".into(), PathBuf::from)
}

/// Runs a program to its end and tells what it said only if it failed.
pub(crate) fn quietly(command: &mut Command) -> Result<()> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command.stdin(Stdio::null()).output().with_context(|| format!("{name} could not be run"))?;
    if output.status.success() {
        return Ok(());
    }
    let said = [output.stdout, output.stderr].concat();
    bail!("{}\n{name} failed ({})", String::from_utf8_lossy(&said).trim_end(), output.status)
}
