//! What is known against a dependency: asked of cargo-deny and npm, where they are there and their lists can be had.

use std::fs;
use std::process::Output;

use anyhow::{Result, bail};
use serde_json::Value;

use crate::workspace::Workspace;

/// Licences by their strings, sources and bans need no network; advisories need their database, which is fetched first.
pub(super) fn cargo_deny(workspace: &Workspace, metadata: &Value) -> Result<()> {
    if !workspace.cargo().args(["deny", "--version"]).output()?.status.success() {
        skipped("cargo deny", "it is not installed (cargo install --locked cargo-deny)");
        return Ok(());
    }
    // Told what cargo said, it does not ask again: that would want the crates of all platforms.
    let path = workspace.target.join("metadata.json");
    fs::write(&path, metadata.to_string())?;
    let deny = |args: &[&str]| -> Result<Output> {
        Ok(workspace.cargo().args(["deny", "--metadata-path"]).arg(&path).args(args).output()?)
    };
    passes("cargo deny, bans, licences and sources", &deny(&["--offline", "check", "bans", "licenses", "sources"])?)?;
    let fetched = deny(&["fetch", "db"])?;
    if !fetched.status.success() {
        skipped("cargo deny, advisories", &format!("their database cannot be had: {}", last_line(&fetched.stderr)));
        return Ok(());
    }
    passes("cargo deny, advisories", &deny(&["--offline", "check", "advisories"])?)
}

fn passes(what: &str, output: &Output) -> Result<()> {
    let said = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() {
        bail!("{}\n{what}: failed", said.trim_end());
    }
    println!("{what}: good");
    Ok(())
}

/// An advisory on what the package takes along fails; one on tools is told: they run here alone, against the stand-in.
pub(super) fn npm_audit(workspace: &Workspace) -> Result<()> {
    for (what, args, fails) in [
        ("npm audit, what users install", ["audit", "--json", "--omit=dev"].as_slice(), true),
        ("npm audit, tools", ["audit", "--json"].as_slice(), false),
    ] {
        let output = workspace.npm().args(args).output()?;
        match Audit::read(&output.stdout) {
            Audit::Clean => println!("{what}: good"),
            Audit::Found(found) if fails => bail!("{what}: {}", found.join(", ")),
            Audit::Found(found) => println!("{what}: to be looked at: {}", found.join(", ")),
            Audit::Unknown(why) => skipped(what, &why),
        }
    }
    Ok(())
}

fn skipped(what: &str, why: &str) {
    println!("{what}: skipped, since {why}");
}

fn last_line(output: &[u8]) -> String {
    let text = String::from_utf8_lossy(output);
    text.lines().rfind(|line| !line.trim().is_empty()).unwrap_or("it said nothing").trim().to_owned()
}

/// What `npm audit --json` says.
#[derive(Debug, PartialEq, Eq)]
enum Audit {
    Clean,
    /// Package and severity.
    Found(Vec<String>),
    /// No report: the registry was not reached, or keeps none.
    Unknown(String),
}

impl Audit {
    fn read(stdout: &[u8]) -> Self {
        let Ok(report) = serde_json::from_slice::<Value>(stdout) else {
            return Self::Unknown("npm gave no report".to_owned());
        };
        let Some(found) = report["vulnerabilities"].as_object() else {
            let why = report["message"].as_str().unwrap_or("npm gave no report");
            return Self::Unknown(format!("the registry gave no report: {}", why.lines().next().unwrap_or_default()));
        };
        if found.is_empty() {
            return Self::Clean;
        }
        let told = |(name, about): (&String, &Value)| {
            format!("{name} ({})", about["severity"].as_str().unwrap_or("of unknown severity"))
        };
        Self::Found(found.iter().map(told).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_a_clean_report_from_findings_and_from_none() {
        assert_eq!(Audit::read(br#"{"auditReportVersion":2,"vulnerabilities":{}}"#), Audit::Clean);
        let found = br#"{"vulnerabilities":{"a":{"severity":"high"},"b":{}}}"#;
        let expected = ["a (high)".to_owned(), "b (of unknown severity)".to_owned()];
        assert_eq!(Audit::read(found), Audit::Found(expected.into()));
        let refused = br#"{"message":"405 Method Not Allowed","error":{"summary":""}}"#;
        let expected = "the registry gave no report: 405 Method Not Allowed";
        assert_eq!(Audit::read(refused), Audit::Unknown(expected.to_owned()));
        assert_eq!(Audit::read(b""), Audit::Unknown("npm gave no report".to_owned()));
    }

    #[test]
    fn finds_the_line_that_says_why() {
        assert_eq!(last_line(b"one\n  two \n\n"), "two");
        assert_eq!(last_line(b""), "it said nothing");
    }
}
