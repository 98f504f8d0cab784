//! Rust to the module and its glue: cargo → wasm-bindgen → wasm-opt.
//!
//! A release build compiles the standard library too (`-Zbuild-std`), with the same flags as the rest. The options for
//! that are unstable: they are for the pinned compiler, and for this one build. What runs on the host does not get the
//! flags, and every other command uses stable options only.

use std::fs;
use std::iter;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use wasm_bindgen_cli_support::Bindgen;

use crate::dist::{Profile, WASM};
use crate::glue;
use crate::order;
use crate::workspace::{Workspace, quietly};

/// The options of a development build: no line numbers (the names of functions are there without), and our own code fast
/// enough to be used.
const DEV: [&str; 4] =
    ["--config", "profile.dev.debug=false", "--config", "profile.dev.package.webwx-image.opt-level=1"];

/// The options of a release: the standard library from source, made for size, and by the flags below.
const RELEASE: [&str; 2] = ["-Zbuild-std=std", "-Zbuild-std-features=optimize_for_size"];

/// The flags of a release.
const RELEASE_FLAGS: [&str; 5] = [
    // WebAssembly 1.0 with one addition, which also makes copying fast: all that wasm2js can translate. More features make
    // the module larger.
    "-Ctarget-cpu=mvp",
    "-Ctarget-feature=+bulk-memory",
    // A panic traps where it stands, without a message: the module has no console, and src/npm/door.js makes an error of
    // the trap. So nobody reads what `Debug` writes either.
    "-Zunstable-options",
    "-Cpanic=immediate-abort",
    "-Zfmt-debug=none",
];

/// What makes the module small. The lowest addresses are the end of the stack, where nothing lies by an address plus a
/// constant. A function with one caller is not always inlined into it: more locals make longer code.
const WASM_OPT: [&str; 7] = [
    "--flatten",
    "--rereloop",
    "-Oz",
    "-Oz",
    "--converge",
    "--low-memory-unused",
    "--one-caller-inline-max-function-size=20",
];

/// Compiles the module, and puts it and its glue into `folder`.
pub(crate) fn make(workspace: &Workspace, folder: &Path, profile: Profile) -> Result<()> {
    let compiled = compile(workspace, profile)?;
    bind(&compiled, folder, profile).context("wasm-bindgen")?;
    if profile == Profile::Release {
        glue::shorten(&folder.join(WASM), &folder.join("webwx_image.js"))?;
        shrink(workspace, &folder.join(WASM))?;
    }
    Ok(())
}

/// Rust → raw WebAssembly.
fn compile(workspace: &Workspace, profile: Profile) -> Result<PathBuf> {
    let mut cargo = workspace.cargo();
    // `cargo rustc --crate-type` instead of a crate-type list in Cargo.toml: with rlib beside cdylib, cargo silently
    // leaves link-time optimisation out.
    cargo.args(["rustc", "--quiet", "--lib", "--crate-type=cdylib", "--package=webwx-image"]);
    cargo.args(["--target=wasm32-unknown-unknown", "--profile", profile.name()]);
    match profile {
        Profile::Release => cargo.args(RELEASE).env("RUSTC_BOOTSTRAP", "1"),
        Profile::Dev => cargo.args(DEV),
    };
    // As an environment variable of this one target, so that the host's builds do not have them. Those that the user's
    // environment may have for all targets would go before it.
    cargo.env_remove("RUSTFLAGS").env_remove("CARGO_ENCODED_RUSTFLAGS");
    cargo.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS", rust_flags(profile));
    if !cargo.status().context("cargo could not be run")?.success() {
        bail!("the module did not compile");
    }
    let folder = if profile == Profile::Dev { "debug" } else { "release" };
    Ok(workspace.target.join("wasm32-unknown-unknown").join(folder).join("webwx_image.wasm"))
}

/// The flags for the module's crates and, in a release, for the standard library.
fn rust_flags(profile: Profile) -> String {
    // A picture is decrypted once, and pays for the cipher's code each time the module is loaded.
    let cipher = "--cfg=aes_backend_soft=\"compact\"";
    let release = if profile == Profile::Release { RELEASE_FLAGS.as_slice() } else { &[] };
    iter::once(&cipher).chain(release).copied().collect::<Vec<_>>().join(" ")
}

/// Raw WebAssembly → module and glue.
///
/// The glue is that of the target `web`, loaded by our own src/npm/module.js, since it alone can be given a compiled
/// module at once (`initSync`) and can start again after a panic (`__wbg_reset_state`). It reaches WebAssembly only
/// by that global's name, so the JavaScript build can hand it another one.
fn bind(compiled: &Path, folder: &Path, profile: Profile) -> Result<()> {
    let dev = profile == Profile::Dev;
    Bindgen::new()
        .input_path(compiled)
        .out_name("webwx_image")
        .web(true)?
        // For tsc, which holds src/npm against it; it is not published.
        .typescript(true)
        .ts_typed_array_buffers(true)
        // Where the module lies is src/npm/index.js's business.
        .omit_default_module_path(true)
        .reset_state_function(true)
        .keep_debug(dev)
        .debug(dev)
        .remove_name_section(!dev)
        .remove_producers_section(!dev)
        .generate(folder)?;
    fs::remove_file(folder.join("webwx_image_bg.wasm.d.ts"))?;
    glue::patch(&folder.join("webwx_image.js"))
}

/// Makes the module small, as it is and in gzip.
fn shrink(workspace: &Workspace, wasm: &Path) -> Result<()> {
    let mut wasm_opt = workspace.npm_tool("binaryen/bin/wasm-opt");
    quietly(wasm_opt.args(WASM_OPT).arg(wasm).arg("-o").arg(wasm)).context("wasm-opt")?;
    order::arrange(wasm).context("the order of the functions")
}
