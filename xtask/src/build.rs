//! Rust to npm package: the module and its glue, every form of them, `dist/`, and the extension that holds one.

use std::fs;
use std::path::Path;
use std::time::Instant;

use anyhow::Result;

use crate::demo;
use crate::dist::Profile;
use crate::extension;
use crate::fingerprint;
use crate::forms;
use crate::module;
use crate::setup;
#[cfg(feature = "release")]
use crate::sizes;
use crate::userscript;
use crate::workspace::{Workspace, quietly};

/// What the scripts in `dist/` are bundled from, in a folder of it that is not published: for tsc and the tests.
const PARTS: &str = ".parts";

/// Where the demo for static hosts lies for the tests, in the target folder.
const SITE: &str = "site";

/// The file in `dist/` that says what it was made from.
const STAMP: &str = ".inputs";

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
        #[cfg(feature = "release")]
        println!("\n{}", sizes::table(&workspace.dist())?);
    }
    Ok(())
}

#[cfg(feature = "release")]
/// `npm run extension`: builds everything and packs the extension as the stores take it.
pub(crate) fn extension(workspace: &Workspace) -> Result<()> {
    setup::tools(workspace)?;
    package(workspace, Profile::Release)?;
    extension::bundle(workspace)?;
    extension::pack(workspace)
}

/// All that the tests are about: the package, the extension that holds it, the demo for static hosts, and the stand-in.
pub(crate) fn tested(workspace: &Workspace) -> Result<()> {
    package(workspace, Profile::Release)?;
    extension::bundle(workspace)?;
    demo::make(workspace, &workspace.target.join(SITE))?;
    standin(workspace)
}

/// `npm run site -- --demo`: the demo for static hosts, without the documents.
pub(crate) fn demo(workspace: &Workspace) -> Result<()> {
    setup::tools(workspace)?;
    package(workspace, Profile::Release)?;
    demo::make(workspace, &workspace.target.join(SITE))
}

/// Makes a development build of `dist/`, unless it is up to date in any profile.
pub(crate) fn usable(workspace: &Workspace) -> Result<()> {
    if made_from(workspace) != Some(inputs(workspace, Profile::Release)?) {
        package(workspace, Profile::Dev)?;
    }
    Ok(())
}

/// Makes `dist/` if its inputs changed since it was made; says whether it did.
pub(crate) fn package(workspace: &Workspace, profile: Profile) -> Result<bool> {
    let inputs = inputs(workspace, profile)?;
    if made_from(workspace).as_ref() == Some(&inputs) {
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
    let dist = workspace.dist();
    if dist.exists() {
        fs::remove_dir_all(&dist)?;
    }
    copy_files(&made, &dist)?;
    copy_files(&parts, &dist.join(PARTS))?;
    fs::write(dist.join(STAMP), inputs)?;
    Ok(true)
}

/// The fingerprint of what `dist/` was made from, if there is one. It lies with the result, since several target folders can
/// share one.
fn made_from(workspace: &Workspace) -> Option<String> {
    fs::read_to_string(workspace.dist().join(STAMP)).ok()
}

/// The fingerprint of what it is made from now.
fn inputs(workspace: &Workspace, profile: Profile) -> Result<String> {
    fingerprint::of(&workspace.root, &INPUTS, profile.name())
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
