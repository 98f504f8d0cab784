//! The fuzz targets without a fuzzer: every file of the corpus, then mutations of it for a bounded time (README.md beside this file).
//!
//! `FUZZ_SEED` begins another run, `FUZZ_ROUNDS` makes it longer.

#![allow(clippy::expect_used, reason = "a test fails by panicking")]

mod mutate;
mod runs;
/// Public for libFuzzer's sake, which has them in a crate of its own.
pub mod targets;

use std::env;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::path::{Path, PathBuf};
use std::time::Instant;

use mutate::{Mutator, words_of};

const TESTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests");

/// What goes into one of the targets, and how often.
struct Plan {
    name: &'static str,
    target: fn(&[u8]),
    /// Folders of `tests/` whose files are inputs as well.
    fixtures: &'static [&'static str],
    /// About a second's worth, unoptimised.
    rounds: u64,
}

#[test]
fn parse_message() {
    let fixtures = &["fixtures/messages"];
    Plan { name: "parse_message", target: targets::parse_message, fixtures, rounds: 6000 }.run();
}

#[test]
fn cdn() {
    Plan { name: "cdn", target: targets::cdn, fixtures: &[], rounds: 30_000 }.run();
}

#[test]
fn answers() {
    Plan { name: "answers", target: targets::answers, fixtures: &[], rounds: 8000 }.run();
}

#[test]
fn inspect_image() {
    let fixtures = &["fixtures/pictures", "fixtures/field"];
    Plan { name: "inspect_image", target: targets::inspect_image, fixtures, rounds: 100_000 }.run();
}

#[test]
fn strip_metadata() {
    let fixtures = &["fixtures/pictures", "fixtures/field", "fixtures/convert", "fuzz/corpus/inspect_image"];
    Plan { name: "strip_metadata", target: targets::strip_metadata, fixtures, rounds: 20_000 }.run();
}

impl Plan {
    fn run(&self) {
        let (seed, rounds) = (number("FUZZ_SEED").unwrap_or(1), number("FUZZ_ROUNDS").unwrap_or(self.rounds));
        let mut corpus = Vec::new();
        for folder in
            self.fixtures.iter().map(|&folder| folder.to_owned()).chain([format!("fuzz/corpus/{}", self.name)])
        {
            for path in files(&Path::new(TESTS).join(folder)) {
                let input = fs::read(&path).expect("a file of the corpus");
                self.try_on(&input, &path.display().to_string());
                corpus.push(input);
            }
        }
        assert!(!corpus.is_empty(), "no corpus for {}", self.name);

        let words = fs::read_to_string(Path::new(TESTS).join(format!("fuzz/words/{}.dict", self.name)));
        let words = words_of(&words.expect("the target's words"));
        let begin = Instant::now();
        let mut mutator = Mutator::new(seed, &corpus, &words);
        for round in 0..rounds {
            let input = mutator.next();
            self.try_on(&input, &format!("round {round} with FUZZ_SEED={seed}"));
        }
        eprintln!(
            "{}: {} files, {rounds} rounds with FUZZ_SEED={seed}, {} ms",
            self.name,
            corpus.len(),
            begin.elapsed().as_millis()
        );
    }

    /// Runs the target, and says how to come back to what it fails on.
    fn try_on(&self, input: &[u8], what: &str) {
        if let Err(panic) = catch_unwind(AssertUnwindSafe(|| (self.target)(input))) {
            let kept = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("fuzz-{}", self.name));
            let kept = fs::write(&kept, input).map_or_else(|error| error.to_string(), |()| kept.display().to_string());
            eprintln!("{} fails on {what}; the input is in {kept}:\n{}", self.name, input.escape_ascii());
            resume_unwind(panic);
        }
    }
}

/// The files of a folder, always in the same order.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    files.sort();
    files
}

fn number(variable: &str) -> Option<u64> {
    let text = env::var(variable).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{variable} must be a whole number")))
}
