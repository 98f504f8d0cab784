//! Rust to npm package: cargo → wasm-bindgen → wasm-opt → every form of it → dist/.

use std::fs;
use std::iter;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result, bail};
use wasm_bindgen_cli_support::Bindgen;

use crate::workspace::{Workspace, quietly};
use crate::{extension, fingerprint, forms, glue, setup, sizes, trim, userscript};

/// The module's file name, in `dist/` and in the package's exports.
pub(crate) const WASM: &str = "webwx_image_bg.wasm";

/// What the scripts in `dist/` are bundled from, in a folder of it that is not published: for tsc and the tests.
const PARTS: &str = ".parts";

/// Everything that the package is made from. xtask's own source is among it: a changed build makes another result.
const INPUTS: [&str; 8] = [
    "Cargo.toml",
    "Cargo.lock",
    "package-lock.json",
    "rust-toolchain.toml",
    "src",
    "xtask/src",
    userscript::SOURCES[0],
    userscript::SOURCES[1],
];

/// Plain WebAssembly 1.0 and nothing later: smaller by measurement, runs in every engine, and is what wasm2js can
/// translate for pages that forbid WebAssembly.
const TARGET_FEATURES: &str = "-reference-types,-multivalue,-bulk-memory,-nontrapping-fptoint,-sign-ext";

/// The precompiled standard library holds these opcodes whatever our own code is compiled with: wasm-opt must accept
/// them, and the `…-lowering` passes take them out.
const WASM_OPT: [&str; 10] = [
    "-Oz",
    "--enable-bulk-memory",
    "--enable-bulk-memory-opt",
    "--enable-sign-ext",
    "--enable-nontrapping-float-to-int",
    "--enable-mutable-globals",
    "--enable-reference-types",
    "--llvm-memory-copy-fill-lowering",
    "--llvm-nontrapping-fptoint-lowering",
    "--signext-lowering",
];

/// How the package is built.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Profile {
    /// What is published.
    Release,
    /// Quick to make, with the names of functions in stack traces; only `.`, since the other forms hold the module,
    /// which is large and takes long to translate.
    Dev,
}

/// `npm run build`: makes `dist/` and prints what it weighs.
pub(crate) fn run(workspace: &Workspace, profile: Profile) -> Result<()> {
    setup::tools(workspace)?;
    let begin = Instant::now();
    if package(workspace, profile)? {
        println!("dist/ made in {:.1} s", begin.elapsed().as_secs_f32());
    } else {
        println!("dist/ is up to date");
    }
    if profile == Profile::Release {
        extension::build(workspace)?;
        println!("\n{}", sizes::table(&workspace.dist())?);
    }
    Ok(())
}

/// Makes `dist/` if its inputs changed since it was made; says whether it did.
pub(crate) fn package(workspace: &Workspace, profile: Profile) -> Result<bool> {
    let dist = workspace.dist();
    // The stamp lies with the result that it speaks of, since several target folders can share one dist/.
    let stamp = dist.join(".inputs");
    let salt = if profile == Profile::Dev { "dev" } else { "release" };
    let inputs = fingerprint::of(&workspace.root, &INPUTS, salt)?;
    if fs::read_to_string(&stamp).is_ok_and(|made_from| made_from == inputs) {
        return Ok(false);
    }

    let compiled = compile(workspace, profile)?;
    let staging = workspace.target.join("xtask").join(salt);
    let (parts, made) = (staging.join("parts"), staging.join("dist"));
    if staging.exists() {
        fs::remove_dir_all(&staging)?;
    }
    bind(&compiled, &parts, profile).context("wasm-bindgen")?;
    if profile == Profile::Release {
        glue::shorten(&parts.join(WASM), &parts.join("webwx_image.js"))?;
        shrink(workspace, &parts.join(WASM))?;
    }
    copy_files(&workspace.root.join("src/npm"), &parts)?;
    fs::create_dir(&made)?;
    forms::make(workspace, &parts, &made, profile)?;
    if profile == Profile::Release {
        userscript::make(workspace, &made)?;
    }

    // Only a complete result replaces the old one.
    if dist.exists() {
        fs::remove_dir_all(&dist)?;
    }
    copy_files(&made, &dist)?;
    copy_files(&parts, &dist.join(PARTS))?;
    fs::write(stamp, inputs)?;
    Ok(true)
}

/// Builds the stand-in, which tests and `npm start` talk to.
pub(crate) fn standin(workspace: &Workspace) -> Result<()> {
    quietly(workspace.cargo().args(["build", "--quiet", "--package", "standin"]))
}

/// Rust → raw WebAssembly.
fn compile(workspace: &Workspace, profile: Profile) -> Result<PathBuf> {
    let (option, folder) = match profile {
        Profile::Release => ("--profile=release", "release"),
        Profile::Dev => ("--profile=dev", "debug"),
    };
    let mut cargo = workspace.cargo();
    // `cargo rustc --crate-type` instead of a crate-type list in Cargo.toml: with rlib beside cdylib, cargo silently
    // leaves link-time optimisation out.
    cargo.args(["rustc", "--quiet", "--lib", "--crate-type=cdylib", "--package=webwx-image"]);
    cargo.args(["--target=wasm32-unknown-unknown", option]);
    if profile == Profile::Release {
        // trim/relocations.rs reads what the linker tells, and takes it out again.
        cargo.args(["--", "-Clink-arg=--emit-relocs"]);
    }
    // As an environment variable of this one target, so that the host's builds are not rebuilt for it.
    cargo.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS", rust_flags(workspace));
    if !cargo.status().context("cargo could not be run")?.success() {
        bail!("the module did not compile");
    }
    Ok(workspace.target.join("wasm32-unknown-unknown").join(folder).join("webwx_image.wasm"))
}

/// The flags for the module, among them the paths that stand for this machine's in panic messages: shorter, the same
/// everywhere, and nobody's home folder in a published file.
fn rust_flags(workspace: &Workspace) -> String {
    let home = std::env::var_os("HOME").or_else(|| std::env::var_os("USERPROFILE"));
    let cargo_home =
        std::env::var_os("CARGO_HOME").map(PathBuf::from).or_else(|| Some(PathBuf::from(home?).join(".cargo")));
    let sources = cargo_home.and_then(|home| fs::read_dir(home.join("registry/src")).ok());
    let registries = sources.into_iter().flatten().flatten().map(|entry| (entry.path(), "dep"));
    let remapped = registries.chain([(workspace.root.clone(), "webwx-image")]).filter_map(|(from, to)| {
        // Flags in the environment are parted by blanks: a path with one is left as it is.
        let from = from.to_str().filter(|path| !path.contains(char::is_whitespace))?;
        Some(format!("--remap-path-prefix={from}={to}"))
    });
    let features = format!("-Ctarget-feature={TARGET_FEATURES}");
    // A picture is decrypted once, and pays for the cipher's code each time the module is loaded.
    let cipher = "--cfg=aes_backend_soft=\"compact\"".to_owned();
    // The standard library's objects say that they use reference types, which they do not; wasm-bindgen would believe it.
    let declared = ["-Clink-arg=--features=mutable-globals", "-Clink-arg=--no-check-features"].map(str::to_owned);
    iter::once(features).chain([cipher]).chain(declared).chain(remapped).collect::<Vec<_>>().join(" ")
}

/// Raw WebAssembly → module and glue.
///
/// The glue is that of the target `web`, loaded by our own src/npm/module.js, since it alone can be given a compiled
/// module at once (`initSync`) and can start afresh after a panic (`__wbg_reset_state`). It reaches WebAssembly only
/// by that global's name, so the JavaScript build can hand it another one.
fn bind(compiled: &Path, folder: &Path, profile: Profile) -> Result<()> {
    let dev = profile == Profile::Dev;
    let module = if dev { fs::read(compiled)? } else { trim::silence(compiled).context("trimming")? };
    Bindgen::new()
        .input_bytes("webwx_image", module)
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
    glue::amend(&folder.join("webwx_image.js"))
}

/// Makes the module small.
fn shrink(workspace: &Workspace, wasm: &Path) -> Result<()> {
    let mut wasm_opt: Command = workspace.npm_tool("binaryen/bin/wasm-opt");
    quietly(wasm_opt.args(WASM_OPT).arg(wasm).arg("-o").arg(wasm)).context("wasm-opt")
}

/// Copies the files of one folder into another.
fn copy_files(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        if entry.file_type()?.is_file() {
            // Contents alone: a read-only source shall not make a read-only copy.
            fs::write(to.join(entry.file_name()), fs::read(entry.path())?)?;
        }
    }
    Ok(())
}
