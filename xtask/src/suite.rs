//! `npm test`: all stages, one after another, and one sum at the end.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use crate::browsers::Engine;
use crate::build;
use crate::setup;
use crate::sizes;
use crate::workspace::Workspace;

/// One kind of tests.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    /// The Rust tests, native.
    Cargo,
    /// The declarations, the package's own scripts, the uses that are meant to compile and the documents' code, by tsc.
    Types,
    /// The built package in Node, in each of its forms.
    Node,
    /// The packed package, and programs that install it.
    Package,
    /// The built package and the demo in a browser.
    Browser(Engine),
}

impl Stage {
    /// In the order in which they run.
    pub(crate) const ALL: [Self; 7] = [
        Self::Cargo,
        Self::Types,
        Self::Node,
        Self::Package,
        Self::Browser(Engine::Chromium),
        Self::Browser(Engine::Firefox),
        Self::Browser(Engine::Webkit),
    ];

    /// The stages that go by that name: one, or those of all browsers.
    pub(crate) fn named(name: &str) -> Vec<Self> {
        let is_named = |stage: &Self| stage.name() == name || (name == "browser" && matches!(stage, Self::Browser(_)));
        Self::ALL.into_iter().filter(is_named).collect()
    }

    fn name(self) -> &'static str {
        match self {
            Self::Cargo => "cargo",
            Self::Types => "types",
            Self::Node => "node",
            Self::Package => "package",
            Self::Browser(engine) => engine.name(),
        }
    }

    /// `None` if it was left out.
    fn run(self, workspace: &Workspace) -> Result<Option<Count>> {
        let count = match self {
            Self::Cargo => watched(workspace.cargo().args(["test", "--workspace", "--no-fail-fast", "--quiet"])),
            Self::Types => types(workspace),
            Self::Node => forms(workspace),
            Self::Package => {
                let within_budget = Count { passed: sizes::check(workspace)?, failed: 0 };
                setup::npm_packages(workspace, "tests/package")?;
                let engine = Engine::Chromium;
                browser_tests(workspace, "tests/package", engine, &engine.program()?)
                    .map(|count| count.plus(within_budget))
            }
            Self::Browser(engine) => match engine.program() {
                Err(error) if !engine.is_needed() => {
                    println!("left out: {error}");
                    return Ok(None);
                }
                program => browser_tests(workspace, "tests/browser", engine, &program?),
            },
        };
        count.map(Some)
    }
}

/// How many tests went which way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Count {
    passed: u64,
    failed: u64,
}

impl Count {
    const FAILURE: Self = Self { passed: 0, failed: 1 };

    fn plus(self, other: Self) -> Self {
        Self { passed: self.passed + other.passed, failed: self.failed + other.failed }
    }
}

/// Runs the stages. A failing one does not keep the others from running.
pub(crate) fn run(workspace: &Workspace, stages: &[Stage]) -> Result<ExitCode> {
    setup::tools(workspace)?;
    let mut rows = Vec::new();
    let mut sum = Count::default();

    let begin = announce("build");
    let built = build::tested(workspace);
    if let Err(error) = &built {
        eprintln!("{error:#}");
        sum.failed += 1;
    }
    rows.push(row("build", if built.is_ok() { "done" } else { "failed" }, begin.elapsed()));

    for stage in stages {
        let begin = announce(stage.name());
        // The Rust tests stand for themselves; all others are about what was built.
        let count = if built.is_ok() || *stage == Stage::Cargo {
            stage.run(workspace).unwrap_or_else(|error| {
                eprintln!("{error:#}");
                Some(Count::FAILURE)
            })
        } else {
            eprintln!("not run: there is no package to test");
            Some(Count::FAILURE)
        };
        let Some(count) = count else {
            rows.push(row(stage.name(), "left out", begin.elapsed()));
            continue;
        };
        let count = if count == Count::default() {
            eprintln!("this stage ran no test");
            Count::FAILURE
        } else {
            count
        };
        let result = format!("{} passed, {} failed", count.passed, count.failed);
        rows.push(row(stage.name(), &result, begin.elapsed()));
        sum = sum.plus(count);
    }

    println!("\n{}\n\n{} passed, {} failed", rows.join("\n"), sum.passed, sum.failed);
    Ok(if sum.failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn announce(stage: &str) -> Instant {
    println!("\n── {stage} ──");
    Instant::now()
}

fn row(stage: &str, result: &str, time: Duration) -> String {
    format!("{stage:<10}{result:<28}{:>8.1} s", time.as_secs_f32())
}

/// tsc on each project in tests/types, where a project counts as one test; then the documents, and their prose.
fn types(workspace: &Workspace) -> Result<Count> {
    let mut count = Count::default();
    for project in files(workspace, "tests/types", ".json")? {
        let status = workspace.npm_tool("typescript/bin/tsc").arg("--project").arg(&project).status()?;
        let name = project.file_name().unwrap_or_default().to_string_lossy();
        println!("tsc {name}: {}", if status.success() { "ok" } else { "FAILED" });
        count = count.plus(Count { passed: status.success().into(), failed: (!status.success()).into() });
    }
    setup::npm_packages(workspace, "tests/prose")?;
    let mut documents = files(workspace, "tests/types", ".test.mjs")?;
    documents.extend(files(workspace, "tests/prose", ".test.mjs")?);
    Ok(count.plus(node_tests(workspace, &documents, |_| {})?))
}

/// The tests in Node: all on Node's own form, then on the others those that are about what the package does.
fn forms(workspace: &Workspace) -> Result<Count> {
    /// These run once: they go through the forms themselves, are about a program that chooses one, or about what the
    /// network does, which is the same for all and takes long.
    const ONCE: [&str; 12] = [
        "at-once",
        "exports",
        "extension",
        "faults",
        "guides",
        "itchat",
        "load",
        "many",
        "recovery",
        "restart",
        "round-trip",
        "wechat4u",
    ];
    let mut tests = files(workspace, "tests/node", ".test.mjs")?;
    let with_itchat = |node: &mut Command| match setup::itchat(workspace) {
        Ok(python) => drop(node.env("ITCHAT_PYTHON", python)),
        Err(error) => println!("left out: itchat-uos, since {error:#}"),
    };
    let mut count = node_tests(workspace, &tests, with_itchat)?;
    tests.retain(|path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        !ONCE.iter().any(|once| name.strip_suffix(".test.mjs") == Some(once))
    });
    for form in ["inline", "js"] {
        println!("\nthe form webwx-image/{form}");
        let on_it = |node: &mut Command| {
            node.args(["--import", "./tests/node/form.mjs"]).env("FORM", form);
        };
        count = count.plus(node_tests(workspace, &tests, on_it)?);
    }
    Ok(count)
}

/// The tests of a folder that need a browser.
fn browser_tests(workspace: &Workspace, folder: &str, engine: Engine, program: &Path) -> Result<Count> {
    let mut tests = files(workspace, folder, ".test.mjs")?;
    // What is for Chromium alone is called so.
    tests.retain(|path| engine == Engine::Chromium || !path.to_string_lossy().ends_with(".chromium.test.mjs"));
    let in_it = |node: &mut Command| {
        node.env("BROWSER", engine.name()).env(engine.variable(), program);
    };
    node_tests(workspace, &tests, in_it)
}

/// Test files in Node, called as `set_up` wants.
fn node_tests(workspace: &Workspace, tests: &[PathBuf], set_up: impl FnOnce(&mut Command)) -> Result<Count> {
    if tests.is_empty() {
        return Ok(Count::default());
    }
    let mut node = workspace.command("node");
    set_up(&mut node);
    // Named one by one: a folder or a pattern as argument means something else in each version of Node.
    node.args(["--test", "--test-reporter=spec"]).args(tests).env("STANDIN", workspace.standin());
    watched(&mut node)
}

/// The files of a folder whose names end so, by name.
fn files(workspace: &Workspace, folder: &str, ending: &str) -> Result<Vec<PathBuf>> {
    let folder = workspace.root.join(folder);
    let entries = fs::read_dir(&folder).with_context(|| folder.display().to_string())?;
    let mut paths: Vec<PathBuf> = entries.map(|entry| Ok(entry?.path())).collect::<Result<_>>()?;
    paths.retain(|path| path.to_string_lossy().ends_with(ending));
    paths.sort();
    Ok(paths)
}

/// Runs a test runner, passes on what it prints as it prints it, and sums up its closing lines.
fn watched(command: &mut Command) -> Result<Count> {
    let name = command.get_program().to_string_lossy().into_owned();
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .with_context(|| format!("{name} could not be run"))?;
    let mut count = Count::default();
    if let Some(stdout) = child.stdout.take() {
        // By bytes: a test may print what is no UTF-8.
        for line in BufReader::new(stdout).split(b'\n') {
            let line = line?;
            let line = String::from_utf8_lossy(&line);
            println!("{line}");
            count = count.plus(closing_line(&line).unwrap_or_default());
        }
    }
    // A runner that fails without counting a failure (it did not compile, it crashed) is one.
    if !child.wait()?.success() && count.failed == 0 {
        count.failed = 1;
    }
    Ok(count)
}

/// What a runner's closing line says: cargo's `test result: ok. 3 passed; 0 failed; …` has both numbers, Node's
/// `ℹ pass 3` and `ℹ fail 0` one each. `None` for any other line.
fn closing_line(line: &str) -> Option<Count> {
    if let Some(result) = line.trim().strip_prefix("test result: ") {
        let (_, numbers) = result.split_once(". ")?;
        let number = |word: &str| {
            let part = numbers.split("; ").find_map(|part| part.strip_suffix(word))?;
            part.trim().parse().ok()
        };
        return Some(Count { passed: number(" passed")?, failed: number(" failed")? });
    }
    let (word, number) = line.trim().strip_prefix("ℹ ")?.split_once(' ')?;
    let number = number.parse().ok()?;
    match word {
        "pass" => Some(Count { passed: number, failed: 0 }),
        "fail" | "cancelled" => Some(Count { passed: 0, failed: number }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_closing_lines_of_the_runners() {
        let count = |passed, failed| Some(Count { passed, failed });
        let cargo =
            "test result: FAILED. 12 passed; 3 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.10s";
        assert_eq!(closing_line(cargo), count(12, 3));
        assert_eq!(closing_line("ℹ pass 7"), count(7, 0));
        assert_eq!(closing_line("ℹ fail 2"), count(0, 2));
        assert_eq!(closing_line("ℹ cancelled 1"), count(0, 1));
        assert_eq!(closing_line("ℹ duration_ms 83.5"), None);
        assert_eq!(closing_line("ℹ suites 4"), None);
        assert_eq!(closing_line("running 3 tests"), None);
    }

    #[test]
    fn finds_every_stage_by_its_name() {
        for stage in Stage::ALL {
            assert!(Stage::named(stage.name()) == [stage]);
        }
        assert_eq!(Stage::named("browser").len(), Engine::ALL.len());
        assert!(Stage::named("all").is_empty());
    }
}
