//! Pictures by other people's encoders, held against what other people's decoders say of them; and their pixels, before and after
//! their metadata is taken out.
//!
//! `make.py` makes them: 150 with every run, or as many as `PICTURES` says, by the chance that `PICTURES_SEED` names. It runs in a
//! Python environment below `target/`; where that cannot be had, a line says so, and nothing is tested.

#![allow(clippy::expect_used, reason = "a test fails by panicking")]

use std::env;
use std::fs;
use std::io::{Write, stderr};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use webwx_image::error::{ErrorKind, Place};
use webwx_image::image::{Action, ImageInfo, Inspection, Part, Stripping};

const PACKAGES: [&str; 2] = ["pillow==13.0.0", "pillow-heif==1.8.1"];
/// Made in about ten seconds.
const EVERY_TIME: usize = 150;

#[test]
fn pictures_are_what_decoders_say() {
    let wanted = env::var("PICTURES").ok().map(|count| count.parse().expect("PICTURES is a number"));
    let seed = env::var("PICTURES_SEED").unwrap_or_else(|_| "1".to_owned());
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("pictures");
    let python = match python(&folder.join("python")) {
        Ok(python) => python,
        Err(reason) if wanted.is_none() => return say(&format!("left out: pictures by other encoders: {reason}")),
        Err(reason) => panic!("{reason}"),
    };
    let count = wanted.unwrap_or(EVERY_TIME);
    let made = folder.join("made");
    _ = fs::remove_dir_all(&made);
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/pictures/make.py");
    let done = Command::new(&python)
        .arg("-B")
        .args([&script, &made])
        .args([&count.to_string(), &seed])
        .output()
        .expect("Python runs");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    say(String::from_utf8_lossy(&done.stdout).trim_end());

    let list = fs::read_to_string(made.join("list.tsv")).expect("a list");
    let stripped = folder.join("stripped");
    _ = fs::remove_dir_all(&stripped);
    fs::create_dir(&stripped).expect("a folder");
    let (mut held, mut wrong) = (0, Vec::new());
    for line in list.lines() {
        let fields: Vec<&str> = line.split('\t').collect();
        let &[file, _, kind, ref facts @ ..] = &fields[..] else { panic!("{line}") };
        // No encoder made it.
        if kind == "!" {
            say(line);
            continue;
        }
        held += 1;
        if let Err(own) = hold(&made.join(file), kind, facts) {
            wrong.push(format!("{line}: {own}"));
        }
        if let Some(made) = strip(&made.join(file)) {
            fs::write(stripped.join(file), made).expect("a file");
        }
    }
    say(&format!("{held} pictures by other encoders, {} of them read in another way", wrong.len()));
    assert!(wrong.is_empty(), "in {}:\n{}", made.display(), wrong.join("\n"));
    assert!(held >= count - count / 50, "only {held} of {count} pictures could be made");

    let script = script.with_file_name("same.py");
    let told =
        run(Command::new(python).arg("-B").args([&script, &made, &stripped])).expect("the pictures are compared");
    let (other, count) = told.trim_end().rsplit_once('\n').unwrap_or(("", told.trim_end()));
    say(&format!("without metadata: {count}"));
    assert!(other.is_empty() && !count.starts_with('0'), "in {}:\n{other}", stripped.display());
}

/// A picture without its metadata; `None` where that is not to be had.
fn strip(path: &Path) -> Option<Vec<u8>> {
    let bytes = fs::read(path).expect("a picture");
    let mut stripping = Stripping::new(Place::at("here"), &inspect(&bytes).ok()?).ok()?;
    loop {
        match stripping.next_action() {
            Action::Read { offset, length } => {
                stripping.handle(bytes[offset as usize..][..length as usize].to_vec());
            }
            Action::Done(stripped) => {
                let parts = stripped.expect("a picture of few pieces").parts;
                let bytes = |part| match part {
                    Part::Kept(range) => bytes[range.start as usize..range.end as usize].to_vec(),
                    Part::Made(made) => made,
                };
                return Some(parts.into_iter().flat_map(bytes).collect());
            }
        }
    }
}

/// Whether a picture is read as these say: width, height, orientation, alpha, animation, each "?" where it is not known.
fn hold(path: &Path, kind: &str, facts: &[&str]) -> Result<(), String> {
    let bytes = fs::read(path).expect("a picture");
    let own = match inspect(&bytes) {
        Err(error) if kind == "-" && error.kind() == ErrorKind::NotAnImage && !error.retryable() => return Ok(()),
        Err(error) => return Err(error.to_string()),
        Ok(info) => info,
    };
    let side = |side: Option<u32>| side.map_or("none".to_owned(), |side| side.to_string());
    let flag = |flag: Option<bool>| flag.map_or("none", |flag| if flag { "True" } else { "False" }).to_owned();
    let own_facts =
        [side(own.width), side(own.height), own.orientation.to_string(), flag(own.has_alpha), flag(own.is_animated)];
    let alike = own_facts.iter().zip(facts).all(|(own, other)| own == other || *other == "?");
    if own.mime == kind && alike && facts.len() == own_facts.len() { Ok(()) } else { Err(format!("{own:?}")) }
}

/// Of a file that is read as a Blob is: by the parts that are asked for.
fn inspect(bytes: &[u8]) -> Result<ImageInfo, webwx_image::error::Error> {
    let mut inspection = Inspection::new(Place::at("here"), bytes.len() as u64);
    for _ in 0..100 {
        match inspection.next_action() {
            Action::Read { offset, length } => {
                inspection.handle(bytes[offset as usize..][..length as usize].to_vec());
            }
            Action::Done(outcome) => return outcome,
        }
    }
    panic!("more than 100 reads");
}

/// A Python that has the packages.
fn python(folder: &Path) -> Result<PathBuf, String> {
    let python = folder.join(if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" });
    let has_packages = |python: &Path| {
        let list = run(Command::new(python).args(["-m", "pip", "freeze"]))?;
        let has = |package: &&str| list.lines().any(|line| line.replace('_', "-").eq_ignore_ascii_case(package));
        PACKAGES.iter().all(has).then_some(()).ok_or("the packages are not there".to_owned())
    };
    if python.is_file() && has_packages(&python).is_ok() {
        return Ok(python);
    }
    let system = if cfg!(windows) { "python" } else { "python3" };
    run(Command::new(system).args(["-m", "venv", "--clear"]).arg(folder))?;
    let options =
        ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--retries", "1", "--timeout", "15"];
    run(Command::new(&python).args(options).args(PACKAGES))?;
    Ok(python)
}

/// What a program prints; or why it does not, in one line.
fn run(command: &mut Command) -> Result<String, String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let done = command.stdin(Stdio::null()).output().map_err(|error| format!("{name}: {error}"))?;
    if done.status.success() {
        return Ok(String::from_utf8_lossy(&done.stdout).into_owned());
    }
    let said = String::from_utf8_lossy(&done.stderr);
    Err(format!("{name}: {}", said.trim().lines().last().unwrap_or("it failed")))
}

/// Past the test runner, which keeps what a test prints for itself.
fn say(line: &str) {
    if !line.is_empty() {
        _ = writeln!(stderr(), "{line}");
    }
}
