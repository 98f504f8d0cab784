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

use crate::dist::{Profile, WASM};
use crate::workspace::{Workspace, quietly};

/// The entry that loads the module over the net, and the one that reads it from the disk: the names of src/npm's files and of
/// the results.
const LOADING: &str = "index.js";
const READING: &str = "node.js";

/// The entries that hold the module.
const HOLDING: [&str; 2] = ["inline.js", "js.js"];

/// The entry of the one script, behind the name of the result.
const SCRIPT_ENTRY: &str = "webwx-image.iife=iife.js";

/// The translation's way to trap, and ours: by a class of its own, so that it can be told from other errors. Goes when
/// wasm2js throws such a class, or calls a function of ours.
const TRAP: (&str, &str) = ("throw new Error('abort');", "throw new Trap('unreachable');");

/// Makes the forms of what lies in `parts` (module, glue and src/npm) and puts them into `folder`.
pub(crate) fn make(workspace: &Workspace, parts: &Path, folder: &Path, profile: Profile) -> Result<()> {
    let bundle = |options: &[&str], entries: &[&str]| {
        bundle(workspace, parts, folder, options, entries).with_context(|| format!("esbuild {}", entries.join(" ")))
    };
    bundle(&["--format=esm", "--minify"], &[LOADING])?;
    // Nothing of it goes over a wire, and Node shows the whole line that an uncaught error came from.
    bundle(&["--format=esm", "--external:node:*"], &[READING])?;
    if profile == Profile::Release {
        translate(workspace, parts).context("wasm2js")?;
        pack(parts)?;
        bundle(&["--format=esm", "--minify"], &HOLDING)?;
        bundle(&["--format=iife", "--minify", "--global-name=WebwxImage"], &[SCRIPT_ENTRY])?;
    }
    fs::copy(parts.join(WASM), folder.join(WASM))?;
    fs::copy(parts.join("index.d.ts"), folder.join("index.d.ts"))?;
    // Its inflate is in the inline form and in the script, and its licence wants to be with it.
    fs::copy(workspace.root.join("node_modules/fflate/LICENSE"), folder.join("fflate.LICENSE"))?;
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
        bail!("expected the translation to say `{}`", TRAP.0);
    }
    let script = script.replace(TRAP.0, TRAP.1);
    // A 64-bit integer is returned in two halves. The glue puts them together in those imports that take one, and
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

/// Makes one mapped script of each entry and all that it imports.
fn bundle(workspace: &Workspace, parts: &Path, folder: &Path, options: &[&str], entries: &[&str]) -> Result<()> {
    let banner = concat!("--banner:js=/*! webwx-image ", env!("CARGO_PKG_VERSION"), " | MIT OR Apache-2.0 */");
    let mut esbuild = workspace.npm_program("esbuild");
    esbuild.args(["--bundle", "--sourcemap", "--target=es2022", "--platform=neutral"]);
    esbuild.args(["--log-level=warning", banner, &format!("--outdir={}", folder.display())]);
    // The parts may lie outside of the project's folder, and import an npm package.
    esbuild.env("NODE_PATH", workspace.root.join("node_modules")).current_dir(parts);
    quietly(esbuild.args(options).args(entries))?;
    fs::read_dir(folder)?.try_for_each(|entry| name_sources(&entry?.path()))
}

/// Names the npm packages in a source map by their place beside dist/: esbuild's path to them depends on where the target folder is.
fn name_sources(path: &Path) -> Result<()> {
    if path.extension().is_none_or(|extension| extension != "map") {
        return Ok(());
    }
    let mut map: serde_json::Value = serde_json::from_str(&fs::read_to_string(path)?)?;
    for source in map["sources"].as_array_mut().context("a source map without sources")? {
        let place = source.as_str().and_then(|name| name.find("node_modules/").map(|at| format!("../{}", &name[at..])));
        *source = place.map_or_else(|| source.take(), serde_json::Value::String);
    }
    Ok(fs::write(path, map.to_string())?)
}
