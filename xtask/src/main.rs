//! The one door behind the npm scripts: it sets up, builds, tests and starts everything here.
//!
//! ```text
//! setup ──▶ build ──▶ start, screenshot
//!   │         ├─────▶ extension
//!   │         ├─────▶ bench
//!   │         └─────▶ test
//!   └─────▶ site
//! ```
#![allow(clippy::print_stdout, reason = "a command-line tool talks by printing")]
// `npm start` is built without the feature: some functions have no caller then.
#![cfg_attr(not(feature = "release"), allow(dead_code))]

// It goes one way: a module knows only those in the groups above its own. tests/flow.rs holds them to it.

#[cfg(feature = "release")]
mod archive;
mod dist;
mod fingerprint;
mod workspace;

mod setup;

mod address;
mod browsers;
mod demo;
#[cfg(feature = "release")]
mod dependencies;
mod extension;
mod forms;
mod glue;
mod order;
#[cfg(feature = "release")]
mod sizes;
mod userscript;

mod module;

mod build;

#[cfg(feature = "release")]
mod bench;
mod docs;
mod start;
#[cfg(feature = "release")]
mod suite;

use std::process::ExitCode;

use anyhow::{Result, bail};

use crate::browsers::Engine;
use crate::dist::Profile;
#[cfg(feature = "release")]
use crate::suite::Stage;
use crate::workspace::Workspace;

const USAGE: &str = "\
usage: cargo run -p xtask -- COMMAND

  setup [--browser]      install what this machine lacks: npm packages, compiler parts, with --browser browsers
  build [--dev]          make dist/; --dev: quick to make, large, with function names
  extension              make the browser extension, and pack it
  test [--only STAGE]    run every test; STAGE is one of cargo, types, node, package, browser, or one of the
                         browser's engines: chromium, firefox, webkit
  bench [--quick] [--only NAME] [--in node|chromium]
                         measure the package beside what people would use instead; the whole is written down
  dependencies           licences and origins of all that is built with, and advisories where they can be had
  site [--demo]          make site/: the documents, the package's interface and the crate's, as pages with search; and the demo.
                         --demo: the demo alone, into target/site/
  screenshot             make docs/demo.png, the README's picture, anew
  start [IMAGE] [--once] [--json] [--port N]
                         send IMAGE to the built-in stand-in and get it back, then serve the demo page";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    run(&args).unwrap_or_else(|error| {
        eprintln!("{error:#}");
        ExitCode::FAILURE
    })
}

fn run(args: &[String]) -> Result<ExitCode> {
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let workspace = Workspace::find()?;
    match args.as_slice() {
        ["setup"] => setup::tools(&workspace)?,
        ["setup", "--browser"] => {
            setup::tools(&workspace)?;
            for engine in Engine::ALL {
                match engine.program() {
                    Err(error) if engine.is_needed() => return Err(error),
                    Err(error) => println!("left out: {error}"),
                    Ok(program) => println!("{}: {}", engine.name(), program.display()),
                }
            }
        }
        ["build"] => build::run(&workspace, Profile::Release)?,
        ["build", "--dev"] => build::run(&workspace, Profile::Dev)?,
        #[cfg(feature = "release")]
        ["extension"] => build::extension(&workspace)?,
        #[cfg(feature = "release")]
        ["test"] => return suite::run(&workspace, &Stage::ALL),
        #[cfg(feature = "release")]
        ["test", "--only", name] => match Stage::named(name).as_slice() {
            [] => bail!("no stage is called {name}\n\n{USAGE}"),
            stages => return suite::run(&workspace, stages),
        },
        #[cfg(feature = "release")]
        ["bench", rest @ ..] => return bench::run(&workspace, rest),
        #[cfg(feature = "release")]
        ["dependencies"] => dependencies::check(&workspace)?,
        ["address", url] => address::fill(&workspace, url)?,
        ["readme", "--absolute"] => address::make_links_absolute(&workspace)?,
        ["readme", "--restore"] => address::restore_links(&workspace)?,
        ["site"] => docs::site(&workspace)?,
        ["site", "--demo"] => build::demo(&workspace)?,
        ["screenshot"] => docs::screenshot(&workspace)?,
        ["start", rest @ ..] => return start::run(&workspace, rest),
        [] | ["help" | "--help" | "-h"] => println!("{USAGE}"),
        _ => bail!("not a command: {}\n\n{USAGE}", args.join(" ")),
    }
    Ok(ExitCode::SUCCESS)
}
