//! Rust to npm package: the module and its glue, every form of them, `dist/`, and the extension that holds one.

use std::fs;
use std::path::Path;
use std::time::Instant;

use anyhow::Result;

use crate::dist::Profile;
use crate::extension;
use crate::fingerprint;
use crate::forms;
use crate::module;
use crate::setup;
use crate::sizes;
use crate::userscript;
use crate::workspace::{Workspace, quietly};

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
        extension::bundle(workspace)?;
        println!("\n{}", sizes::table(&workspace.dist())?);
    }
    Ok(())
}

/// `npm run extension`: builds everything and packs the extension as the stores take it.
pub(crate) fn extension(workspace: &Workspace) -> Result<()> {
    setup::tools(workspace)?;
    package(workspace, Profile::Release)?;
    extension::bundle(workspace)?;
    extension::pack(workspace)
}

/// All that the tests are about: the package, the extension that holds it, and the stand-in.
pub(crate) fn tested(workspace: &Workspace) -> Result<()> {
    package(workspace, Profile::Release)?;
    extension::bundle(workspace)?;
    standin(workspace)
}

/// Makes `dist/` if its inputs changed since it was made; says whether it did.
pub(crate) fn package(workspace: &Workspace, profile: Profile) -> Result<bool> {
    let dist = workspace.dist();
    // The stamp lies with the result that it speaks of, since several target folders can share one dist/.
    let stamp = dist.join(".inputs");
    let inputs = fingerprint::of(&workspace.root, &INPUTS, profile.name())?;
    if fs::read_to_string(&stamp).is_ok_and(|made_from| made_from == inputs) {
        return Ok(false);
    }

    let staging = workspace.target.join("xtask").join(profile.name());
    let (parts, made) = (staging.join("parts"), staging.join("dist"));
    if staging.exists() {
        fs::remove_dir_all(&staging)?;
    }
    module::make(workspace, &parts, profile)?;
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
