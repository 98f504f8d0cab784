//! `npm start`: everything made ready, then examples/round-trip.mjs, which tells the rest.

use std::process::{Command, ExitCode};
use std::thread;

use anyhow::{Context, Result, anyhow};

use crate::build;
use crate::setup;
use crate::workspace::Workspace;

/// Runs the round trip with the user's own arguments and passes its exit code on.
///
/// What is made ready is told on standard error: under `--json` standard output is one line of JSON and nothing else.
pub(crate) fn run(workspace: &Workspace, args: &[&str]) -> Result<ExitCode> {
    eprintln!("building the stand-in and the package (the first time takes up to three minutes)");
    // The npm packages are loaded while the stand-in compiles: one waits for the network, the other for the processor.
    thread::scope(|scope| {
        let standin = scope.spawn(|| build::standin(workspace));
        setup::tools(workspace)?;
        standin.join().map_err(|_| anyhow!("the build of the stand-in panicked"))?
    })?;
    build::usable(workspace)?;

    let mut example = workspace.command("node");
    example.arg("examples/round-trip.mjs").args(args).env("STANDIN", workspace.standin());
    hand_over(&mut example)
}

/// Becomes the program, so that Ctrl-C and signals reach it and its exit code is ours.
#[cfg(unix)]
fn hand_over(program: &mut Command) -> Result<ExitCode> {
    use std::os::unix::process::CommandExt;
    Err(program.exec()).context("node could not be run")
}

/// Waits for the program; the console hands Ctrl-C to both.
#[cfg(not(unix))]
fn hand_over(program: &mut Command) -> Result<ExitCode> {
    let status = program.status().context("node could not be run")?;
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    Ok(code.map_or(ExitCode::FAILURE, ExitCode::from))
}
