//! A deterministic simulation: the core against the stand-in, through more bad days than its users will meet.
//!
//! A seed stands for one bad day: pictures, options, faults, aborts, reloads, clocks that are set, answers in any order. Nothing in it
//! is left to the machine that runs it, so that a seed tells the same story each time. README.md says what must hold, and how to run it.

#![allow(clippy::expect_used, reason = "a test fails by panicking")]

mod big;
mod calls;
mod chores;
#[path = "../drive/mod.rs"]
mod drive;
mod plan;
mod rules;
mod run;
mod tally;
mod trace;
mod user;

use std::any::Any;
use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use tally::Tally;
use trace::Trace;

/// Runs in one test, unless `SCHEDULES` says otherwise.
const SCHEDULES: u64 = 20_000;

/// A rule that a run broke.
struct Broken {
    seed: u64,
    rule: String,
}

#[test]
fn no_bad_day_breaks_a_rule() {
    if let Some(seed) = number("SEED") {
        tell(seed);
    } else {
        run_many(number("SCHEDULES").unwrap_or(SCHEDULES));
        check_that_stories_repeat();
    }
}

/// A seed tells the same story each time.
fn check_that_stories_repeat() {
    for seed in 1..=20 {
        let [once, again] = [Trace::told(), Trace::told()].map(|trace| {
            run::run(seed, &trace);
            trace.text()
        });
        assert!(once == again && !once.is_empty(), "seed {seed} tells two stories");
    }
}

/// One run, with its story.
fn tell(seed: u64) {
    let trace = Trace::told();
    let outcome = catch_unwind(AssertUnwindSafe(|| run::run(seed, &trace)));
    print(&trace.text());
    match outcome {
        Ok(tally) => print(&format!("seed {seed} breaks no rule\n{tally}")),
        Err(panic) => panic!("seed {seed}: {}", words(&*panic)),
    }
}

/// Seeds 1 to `count`, on all cores, until one breaks a rule.
fn run_many(count: u64) {
    let begun = Instant::now();
    let next = AtomicU64::new(1);
    let (total, broken) = (Mutex::new(Tally::default()), Mutex::new(None::<Broken>));
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    // What breaks is told below, with its story: not by each thread as it comes.
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                let mut mine = Tally::default();
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed > count {
                        break;
                    }
                    match catch_unwind(AssertUnwindSafe(|| run::run(seed, &Trace::silent()))) {
                        Ok(tally) => mine.add(tally),
                        Err(panic) => {
                            next.store(count + 1, Ordering::Relaxed);
                            let mut broken = broken.lock().expect("no panic in here");
                            if broken.as_ref().is_none_or(|other| seed < other.seed) {
                                *broken = Some(Broken { seed, rule: words(&*panic) });
                            }
                        }
                    }
                }
                total.lock().expect("no panic in here").add(mine);
            });
        }
    });
    let broken = broken.into_inner().expect("no panic in there");
    let story = broken.as_ref().map(|broken| {
        let trace = Trace::told();
        _ = catch_unwind(AssertUnwindSafe(|| run::run(broken.seed, &trace)));
        trace.text()
    });
    std::panic::set_hook(hook);
    let tally = total.into_inner().expect("no panic in there");
    print(&format!("{} schedules in {:.1} s\n{tally}", tally.schedules, begun.elapsed().as_secs_f64()));
    if let (Some(Broken { seed, rule }), Some(story)) = (broken, story) {
        print(&story);
        panic!("seed {seed}: {rule}\nagain, with its story: SEED={seed} cargo test --test simulation -- --nocapture");
    }
}

fn number(variable: &str) -> Option<u64> {
    let text = std::env::var(variable).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{variable} must be a number")))
}

fn words(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().cloned();
    text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned())).unwrap_or_default()
}

/// To be seen also where the test passes, so not by a macro whose output is kept back.
fn print(text: &str) {
    let mut out = std::io::stdout().lock();
    _ = writeln!(out, "{text}");
}
