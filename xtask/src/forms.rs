//! Module and glue to every form of the package: each entry of src/npm becomes one script that holds all it needs.
//!
//! ```text
//! webwx_image_bg.wasm ──wasm2js──▶ core.js ───┐
//!          └──────────deflate────▶ packed.js ─┤
//! webwx_image.js, src/npm/*.js ───────────────┴──esbuild──▶ index, node, inline, js, webwx-image.iife
//! ```

use std::fs;
use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result, bail};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::{Compression, write::DeflateEncoder};

use crate::build::WASM;
use crate::workspace::{Workspace, quietly};

/// The entries that are modules: the names of src/npm's files and of the results.
const MODULES: [&str; 4] = ["index", "node", "inline", "js"];

/// The entry that is a script, and what it is called in the package.
const SCRIPT: (&str, &str) = ("iife", "webwx-image.iife");

/// The translation's way to trap, and ours: by a class of its own, so that it can be told from other errors.
const TRAP: (&str, &str) = ("throw new Error('abort');", "throw new Trap('unreachable');");

/// Makes the forms of what lies in `parts` (module, glue and src/npm) and puts them into `folder`.
pub(crate) fn make(workspace: &Workspace, parts: &Path, folder: &Path) -> Result<()> {
    translate(workspace, parts).context("wasm2js")?;
    pack(parts)?;
    bundle(workspace, parts, folder).context("esbuild")?;
    fs::copy(parts.join(WASM), folder.join(WASM))?;
    fs::copy(parts.join("index.d.ts"), folder.join("index.d.ts"))?;
    Ok(())
}

/// The module as JavaScript: `instantiate(imports)` gives its exports, and fresh ones each time.
fn translate(workspace: &Workspace, parts: &Path) -> Result<()> {
    let core = parts.join("core.js");
    // As for Emscripten: a function, where it would otherwise be a module that is its own one instance.
    let mut wasm2js = workspace.npm_tool("binaryen/bin/wasm2js");
    quietly(wasm2js.args(["-Oz", "--emscripten"]).arg(parts.join(WASM)).arg("-o").arg(&core))?;
    let script = fs::read_to_string(&core)?;
    if !script.contains(TRAP.0) {
        bail!("the translation has changed: it does not say `{}` any more", TRAP.0);
    }
    let script = script.replace(TRAP.0, TRAP.1);
    // A 64-bit integer is handed out in two halves. The glue puts them together in those imports that take one, and
    // knows of no such export.
    let glue = fs::read_to_string(parts.join("webwx_image.js"))?;
    let taken = script.matches("var legalimport$").count();
    if taken != glue.matches("int64(arg0, arguments[1])").count() || script.contains("legalstub$") {
        bail!("a 64-bit integer crosses the boundary where the glue does not expect it");
    }
    Ok(fs::write(core, format!("import {{ Trap }} from \"./trap.js\";\n{script}\nexport {{ instantiate }};\n"))?)
}

/// The module as text.
fn pack(parts: &Path) -> Result<()> {
    let mut deflate = DeflateEncoder::new(Vec::new(), Compression::best());
    deflate.write_all(&fs::read(parts.join(WASM))?)?;
    let packed = STANDARD.encode(deflate.finish()?);
    Ok(fs::write(parts.join("packed.js"), format!("export const packed = \"{packed}\";\n"))?)
}

fn bundle(workspace: &Workspace, parts: &Path, folder: &Path) -> Result<()> {
    let banner = concat!("--banner:js=/*! webwx-image ", env!("CARGO_PKG_VERSION"), " | MIT OR Apache-2.0 */");
    let outdir = format!("--outdir={}", folder.display());
    let esbuild = |args: &[&str]| {
        let mut esbuild = workspace.npm_program("esbuild");
        esbuild.args([
            "--bundle",
            "--minify",
            "--sourcemap",
            "--target=es2022",
            "--platform=neutral",
            "--log-level=warning",
        ]);
        // The parts may lie outside of the project's folder, and import an npm package.
        esbuild.env("NODE_PATH", workspace.root.join("node_modules"));
        quietly(esbuild.args([banner, &outdir]).args(args).current_dir(parts))
    };
    let modules = MODULES.map(|name| format!("{name}.js"));
    let mut args = vec!["--format=esm", "--external:node:*"];
    args.extend(modules.iter().map(String::as_str));
    esbuild(&args)?;
    let (entry, name) = SCRIPT;
    esbuild(&["--format=iife", "--global-name=WebwxImage", &format!("{name}={entry}.js")])
}
