//! What a fresh machine lacks: installed where that can be done quietly, else named in one clear line.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::SystemTime;

use anyhow::{Context, Result, bail};

use crate::workspace::{Workspace, quietly};

/// The oldest Node that has all that the package and its tests use.
const NODE: u32 = 20;

/// What building needs: Node, the npm packages, the wasm target.
pub(crate) fn tools(workspace: &Workspace) -> Result<()> {
    node()?;
    npm_packages(workspace, "")?;
    wasm_target(workspace)
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

/// rust-toolchain.toml names the target, and rustup fetches it with the compiler. Without rustup it may be missing.
fn wasm_target(workspace: &Workspace) -> Result<()> {
    let target = "wasm32-unknown-unknown";
    let rustc = env::var_os("RUSTC").map_or_else(|| "rustc".into(), PathBuf::from);
    let libraries = printed(workspace.command(rustc).args(["--print=target-libdir", "--target", target]));
    if libraries.is_some_and(|folder| Path::new(&folder).exists()) {
        return Ok(());
    }
    if printed(Command::new("rustup").arg("--version")).is_none() {
        bail!("the Rust target {target} is missing: install Rust with rustup, from https://rustup.rs");
    }
    eprintln!("installing the Rust target {target}");
    quietly(workspace.command("rustup").args(["target", "add", target]))
}

/// Chromium for the browser tests: `CHROME_PATH`, or what is installed, or, for root on Debian, installed now.
pub(crate) fn chromium() -> Result<PathBuf> {
    if let Some(path) = env::var_os("CHROME_PATH").filter(|path| !path.is_empty()).map(PathBuf::from) {
        if path.is_file() {
            return Ok(path);
        }
        bail!("CHROME_PATH is {}, and there is no such program", path.display());
    }
    if let Some(path) = installed_chromium() {
        return Ok(path);
    }
    if is_root() && on_path("apt-get").is_some() {
        eprintln!("installing Chromium");
        let apt_get =
            |args: &[&str]| quietly(Command::new("apt-get").args(args).env("DEBIAN_FRONTEND", "noninteractive"));
        apt_get(&["update"])?;
        apt_get(&["install", "-y", "--no-install-recommends", "chromium"])?;
    }
    installed_chromium().context(
        "the browser tests need Chromium: install it (Debian, Ubuntu: sudo apt-get install chromium), \
         or set CHROME_PATH to a Chrome or Chromium program",
    )
}

fn installed_chromium() -> Option<PathBuf> {
    let names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
    let apps = [
        "/Applications/Chromium.app/Contents/MacOS/Chromium",
        "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
        r"C:\Program Files\Google\Chrome\Application\chrome.exe",
    ];
    let app = || apps.map(PathBuf::from).into_iter().find(|path| path.is_file());
    names.into_iter().find_map(on_path).or_else(app)
}

fn on_path(program: &str) -> Option<PathBuf> {
    let folders = env::var_os("PATH")?;
    env::split_paths(&folders).map(|folder| folder.join(program)).find(|path| path.is_file())
}

fn is_root() -> bool {
    printed(Command::new("id").arg("-u")).is_some_and(|id| id == "0")
}

/// What a program prints, or nothing if it cannot be run or fails.
fn printed(command: &mut Command) -> Option<String> {
    let output = command.stdin(Stdio::null()).output().ok().filter(|output| output.status.success())?;
    Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
