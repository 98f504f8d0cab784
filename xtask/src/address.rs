//! The public address of the repository: one command writes it into every manifest that names it, and makes the links of the packed
//! READMEs absolute.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::workspace::Workspace;

/// The documents that npm packs, with links into the repository.
const READMES: [&str; 2] = ["README.md", "README.zh-CN.md"];

/// Writes `repository`, `homepage` and `bugs` into package.json, and `repository` into Cargo.toml. What was there before is replaced.
pub(crate) fn fill(workspace: &Workspace, address: &str) -> Result<()> {
    let address = address.trim_end_matches('/');
    if !address.starts_with("https://") || address.contains(char::is_whitespace) || address.contains('"') {
        bail!("expected the repository's https address, got {address}");
    }
    edit(&workspace.root.join("package.json"), |text| in_package_json(text, address))?;
    edit(&workspace.root.join("Cargo.toml"), |text| in_cargo_toml(text, address))
}

fn in_package_json(text: &str, address: &str) -> Result<String> {
    const KEYS: [&str; 3] = ["  \"repository\": ", "  \"homepage\": ", "  \"bugs\": "];
    let mut lines: Vec<String> =
        text.lines().filter(|line| !KEYS.iter().any(|key| line.starts_with(key))).map(str::to_owned).collect();
    let license =
        lines.iter().position(|line| line.starts_with("  \"license\": ")).context("package.json: no license")?;
    let added = [
        format!("  \"repository\": {{ \"type\": \"git\", \"url\": \"git+{address}.git\" }},"),
        format!("  \"homepage\": \"{address}#readme\","),
        format!("  \"bugs\": \"{address}/issues\","),
    ];
    lines.splice(license..license, added);
    Ok(lines.join("\n") + "\n")
}

fn in_cargo_toml(text: &str, address: &str) -> Result<String> {
    let mut lines: Vec<String> =
        text.lines().filter(|line| !line.starts_with("repository")).map(str::to_owned).collect();
    for (before, added) in [
        ("license = ", format!("repository = \"{address}\"")),
        ("license.workspace = ", "repository.workspace = true".to_owned()),
    ] {
        let at = lines
            .iter()
            .position(|line| line.starts_with(before))
            .with_context(|| format!("Cargo.toml: no {before}"))?;
        lines.insert(at, added);
    }
    Ok(lines.join("\n") + "\n")
}

/// Before packing: makes the links of the READMEs absolute, and keeps the originals in the target folder. Without an address, they stay
/// as they are.
pub(crate) fn make_links_absolute(workspace: &Workspace) -> Result<()> {
    let manifest: Value = serde_json::from_str(&fs::read_to_string(workspace.root.join("package.json"))?)?;
    let Some(url) = manifest["repository"]["url"].as_str() else {
        println!("package.json names no repository: the READMEs are packed with relative links");
        return Ok(());
    };
    let address = url.trim_start_matches("git+").trim_end_matches(".git");
    let kept = workspace.target.join("readme");
    fs::create_dir_all(&kept)?;
    for name in READMES {
        let path = workspace.root.join(name);
        let text = fs::read_to_string(&path)?;
        fs::write(kept.join(name), &text)?;
        fs::write(&path, absolute(&text, address))?;
    }
    Ok(())
}

/// After packing: puts the READMEs back.
pub(crate) fn restore_links(workspace: &Workspace) -> Result<()> {
    for name in READMES {
        let kept = workspace.target.join("readme").join(name);
        if kept.exists() {
            fs::copy(&kept, workspace.root.join(name))?;
            fs::remove_file(kept)?;
        }
    }
    Ok(())
}

/// A document of the root folder with absolute links. An image's is that of its bytes.
fn absolute(markdown: &str, address: &str) -> String {
    let mut parts = markdown.split("](");
    let mut whole = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let is_relative = !part.starts_with("http") && !part.starts_with('#');
        let is_image = whole.rsplit_once('[').is_some_and(|(before, _)| before.ends_with('!'));
        whole.push_str("](");
        if is_relative {
            whole.push_str(address);
            whole.push_str(if is_image { "/raw/HEAD/" } else { "/blob/HEAD/" });
        }
        whole.push_str(part);
    }
    whole
}

fn edit(path: &Path, change: impl FnOnce(&str) -> Result<String>) -> Result<()> {
    let text = fs::read_to_string(path).with_context(|| path.display().to_string())?;
    Ok(fs::write(path, change(&text)?)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_become_absolute() {
        let text = "[a](docs/a.md#b), ![c](d.png), [e](https://x.example), [f](#g)";
        let wanted = "[a](https://h.example/o/r/blob/HEAD/docs/a.md#b), ![c](https://h.example/o/r/raw/HEAD/d.png), \
                      [e](https://x.example), [f](#g)";
        assert_eq!(absolute(text, "https://h.example/o/r"), wanted);
    }

    #[test]
    fn an_address_replaces_the_one_before() -> Result<()> {
        let package = "{\n  \"license\": \"MIT\",\n  \"type\": \"module\"\n}\n";
        let once = in_package_json(package, "https://h.example/a")?;
        let again = in_package_json(&once, "https://h.example/b")?;
        let value: Value = serde_json::from_str(&again)?;
        assert_eq!(value["repository"]["url"], "git+https://h.example/b.git");
        assert_eq!(
            (&value["homepage"], &value["bugs"]),
            (&"https://h.example/b#readme".into(), &"https://h.example/b/issues".into())
        );
        assert_eq!(again, in_package_json(package, "https://h.example/b")?);
        let manifest = "[workspace.package]\nlicense = \"MIT\"\n\n[package]\nlicense.workspace = true\n";
        let once = in_cargo_toml(manifest, "https://h.example/a")?;
        assert_eq!(in_cargo_toml(&once, "https://h.example/b")?, in_cargo_toml(manifest, "https://h.example/b")?);
        assert!(
            once.contains("repository = \"https://h.example/a\"\nlicense = ")
                && once.contains("repository.workspace = true\n")
        );
        Ok(())
    }
}
