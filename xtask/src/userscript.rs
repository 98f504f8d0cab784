//! The userscript: its parts put into one file that its users can read, and its version and the hash of the script that
//! it requires put into its metadata.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use sha2::{Digest, Sha256};

use crate::dist::SCRIPT;
use crate::workspace::Workspace;

/// Where it is made from: the script itself, and its parts.
pub(crate) const SOURCES: [&str; 2] = ["www/userscript/webwx-image.user.js", "www/userscript/parts"];

/// Its name in the package.
const NAME: &str = "webwx-image.user.js";

/// The modules that it imports, each after those that it imports itself.
const PARTS: [&str; 7] = ["words", "own", "request", "page", "card", "send", "save"];

/// Makes the userscript that belongs to the library in `folder`, and puts it there.
pub(crate) fn make(workspace: &Workspace, folder: &Path) -> Result<()> {
    let [script, parts] = SOURCES.map(|path| workspace.root.join(path));
    let read = |path: &Path| fs::read_to_string(path).with_context(|| path.display().to_string());
    let parts: Vec<String> = PARTS.iter().map(|name| read(&parts.join(format!("{name}.js")))).collect::<Result<_>>()?;
    let mut hash = String::new();
    for byte in Sha256::digest(fs::read(folder.join(SCRIPT))?) {
        write!(hash, "{byte:02x}")?;
    }
    let script = fill(&joined(&read(&script)?, &parts)?, env!("CARGO_PKG_VERSION"), &hash)?;
    Ok(fs::write(folder.join(NAME), script)?)
}

/// The script with its parts in the place of its imports. All of them share one scope then, so their names are unique.
fn joined(script: &str, parts: &[String]) -> Result<String> {
    let (before, after) = script.split_once("\nimport ").context("the userscript imports nothing")?;
    let mut whole = format!("{before}\n");
    for module in parts.iter().map(String::as_str).chain([after.split_once('\n').context("it ends early")?.1]) {
        let lines = module.lines().filter(|line| !line.starts_with("import "));
        let body: Vec<&str> = lines.map(|line| line.strip_prefix("export ").unwrap_or(line)).collect();
        write!(whole, "{}\n\n", body.join("\n").trim())?;
    }
    if whole.contains("\nimport ") || whole.contains("\nexport ") {
        bail!("an import or export of the userscript takes more than its one line");
    }
    Ok(format!("{}\n", whole.trim_end()))
}

/// Puts version and hash into the metadata.
fn fill(script: &str, version: &str, hash: &str) -> Result<String> {
    let end = "// ==/UserScript==\n";
    let (metadata, code) = script.split_once(end).context("the userscript has no metadata")?;
    let filled = metadata.replace("{version}", version).replace("{sha256}", hash);
    if !filled.contains(&format!("/{SCRIPT}#sha256={hash}\n")) {
        bail!("the userscript's metadata does not require {SCRIPT} with its hash");
    }
    Ok(format!("{filled}{end}{code}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_come_in_the_place_of_the_imports() -> Result<()> {
        let script = "// top\n\nimport { a } from \"./parts/a.js\";\nimport { b } from \"./parts/b.js\";\n\nb(a);\n";
        let parts = [
            "/** A. */\n\nexport const a = 1;\n".into(),
            "import { a } from \"./a.js\";\nexport function b() {}\n".into(),
        ];
        assert_eq!(joined(script, &parts)?, "// top\n\n/** A. */\n\nconst a = 1;\n\nfunction b() {}\n\nb(a);\n");
        assert!(joined("no import", &parts).is_err());
        Ok(())
    }

    #[test]
    fn metadata_gets_version_and_hash() -> Result<()> {
        let script = "// @version {version}\n// @require x@{version}/webwx-image.iife.js#sha256={sha256}\n// ==/UserScript==\n`{version}`";
        let filled = fill(script, "1.2.3", "00ff")?;
        assert!(filled.starts_with("// @version 1.2.3\n// @require x@1.2.3/webwx-image.iife.js#sha256=00ff\n"));
        assert!(filled.ends_with("`{version}`"));
        assert!(fill("// ==/UserScript==\n", "1.2.3", "00ff").is_err());
        Ok(())
    }
}
