//! `npm run bench`: everything made ready, then tests/bench/main.mjs, which measures.

use std::env::consts::EXE_SUFFIX;
use std::process::ExitCode;

use anyhow::{Context, Result};

use crate::browsers::Engine;
use crate::build;
use crate::dist::Profile;
use crate::setup;
use crate::sizes;
use crate::workspace::{Workspace, quietly};

/// Where npm finds what the package is measured beside.
const FOLDER: &str = "tests/bench";

/// Runs the benches with the user's own arguments. A target that is missed is told, and no failure: machines differ.
pub(crate) fn run(workspace: &Workspace, args: &[&str]) -> Result<ExitCode> {
    setup::tools(workspace)?;
    setup::npm_packages(workspace, FOLDER)?;
    let chromium = Engine::Chromium.program()?;
    println!("building the package and the stand-in (the first time takes a few minutes)");
    build::package(workspace, Profile::Release)?;
    // Optimised: it should not be what takes the time.
    quietly(workspace.cargo().args(["build", "--quiet", "--profile=bench", "--package=standin"]))?;
    let standin = workspace.target.join("release").join(format!("standin{EXE_SUFFIX}"));

    let mut node = workspace.command("node");
    node.arg(format!("{FOLDER}/main.mjs")).args(args);
    node.env("STANDIN", standin).env(Engine::Chromium.variable(), chromium);
    node.env("SIZES", sizes::table(&workspace.dist())?);
    let status = node.status().context("node could not be run")?;
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
