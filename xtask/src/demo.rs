//! The demo as files for any static host: the page, the package, and the stand-in as WebAssembly for a service worker.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use walkdir::WalkDir;
use wasm_bindgen_cli_support::Bindgen;

use crate::workspace::{Workspace, quietly};

/// What of `www/` is the demo; the rest of it is about the extension and the userscript.
const LEFT_OUT: [&str; 2] = ["extension", "userscript"];

/// Tells the page that there is a stand-in beside it.
const WORKER: &str = r#"<meta name="standin" content="standin.js" />"#;

/// Puts the demo into `demo/` of a site, and the package beside it, where the page looks for it.
pub(crate) fn make(workspace: &Workspace, site: &Path) -> Result<()> {
    let demo = site.join("demo");
    copy(&workspace.root.join("www"), &demo, &LEFT_OUT)?;
    copy(&workspace.dist(), &site.join("dist"), &[".parts", ".inputs"])?;
    let page = fs::read_to_string(demo.join("index.html"))?;
    let Some((head, rest)) = page.split_once("    <title>") else { bail!("the demo has no title") };
    fs::write(demo.join("index.html"), format!("{head}    {WORKER}\n    <title>{rest}"))?;
    fs::copy(workspace.root.join("tests/standin/worker/standin.js"), demo.join("standin.js"))?;
    standin(workspace, &demo.join("standin"))
}

/// Compiles the stand-in, and binds it for a service worker that is no module: Firefox has no others.
fn standin(workspace: &Workspace, folder: &Path) -> Result<()> {
    let mut cargo = workspace.cargo();
    cargo.args(["rustc", "--quiet", "--lib", "--crate-type=cdylib", "--package=standin-worker"]);
    cargo.args(["--target=wasm32-unknown-unknown", "--profile=release"]);
    if !cargo.status().context("cargo could not be run")?.success() {
        bail!("the stand-in did not compile");
    }
    let compiled = workspace.target.join("wasm32-unknown-unknown/release/standin_worker.wasm");
    Bindgen::new()
        .input_path(compiled)
        .out_name("standin_worker")
        .no_modules(true)?
        .typescript(false)
        .generate(folder)
        .context("wasm-bindgen")?;
    let wasm = folder.join("standin_worker_bg.wasm");
    let mut wasm_opt = workspace.npm_tool("binaryen/bin/wasm-opt");
    quietly(wasm_opt.arg("-Os").arg(&wasm).arg("-o").arg(&wasm)).context("wasm-opt")
}

/// Copies a folder, but for the entries of these names.
fn copy(from: &Path, to: &Path, left_out: &[&str]) -> Result<()> {
    let is_wanted = |name: &str| !left_out.contains(&name);
    let entries = WalkDir::new(from).into_iter().filter_entry(|entry| is_wanted(&entry.file_name().to_string_lossy()));
    for entry in entries {
        let entry = entry?;
        let path = to.join(entry.path().strip_prefix(from)?);
        if entry.file_type().is_dir() {
            fs::create_dir_all(path)?;
        } else {
            fs::write(path, fs::read(entry.path())?)?;
        }
    }
    Ok(())
}
