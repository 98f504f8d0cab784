//! The browser extension: `www/extension/` is complete but for its scripts, which are bundled into `built/` beside the
//! rest, so that Chromium can load the folder itself. Firefox gets the same files in a folder below `target/`, with what
//! `manifest.firefox.json` says differently. `npm run extension` packs both.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use serde_json::{Map, Value};
use walkdir::WalkDir;

#[cfg(feature = "release")]
use crate::archive;
use crate::dist::SCRIPT;
use crate::workspace::{Workspace, quietly};

/// Where it lies, in the root.
const FOLDER: &str = "www/extension";

const MANIFEST: &str = "manifest.json";

/// Each script of `built/`, and the one it begins with.
const SCRIPTS: [(&str, &str); 5] = [
    ("page", "page/bridge"),
    ("door", "content/door"),
    ("content", "content/main"),
    ("worker", "worker/main"),
    ("options", "options/main"),
];

/// What of the folder a browser needs beside its manifest.
const SHIPPED: [&str; 5] = ["_locales", "built", "icons", "options.css", "options.html"];

/// Where Firefox loads it from, in the target folder.
const FIREFOX: &str = "extension-firefox";

/// What the store of a browser takes.
struct Shipment {
    /// After the extension's name in that of its archive.
    suffix: &'static str,
    /// Paths in the archive, sorted, and what stands there.
    files: BTreeMap<String, Vec<u8>>,
}

/// Bundles the scripts, and puts the package beside them.
pub(crate) fn bundle(workspace: &Workspace) -> Result<()> {
    let folder = workspace.root.join(FOLDER);
    let built = folder.join("built");
    if built.exists() {
        fs::remove_dir_all(&built)?;
    }
    let mut esbuild = workspace.npm_program("esbuild");
    // Readable, as the stores that review extensions want it; as scripts, since content scripts cannot be modules.
    esbuild.args([
        "--bundle",
        "--format=iife",
        "--target=chrome123",
        "--charset=utf8",
        "--loader:.css=text",
        "--log-level=warning",
    ]);
    esbuild.arg(format!("--outdir={}", built.display()));
    esbuild.args(SCRIPTS.map(|(name, entry)| format!("{name}=src/{entry}.js")));
    quietly(esbuild.current_dir(&folder)).context("esbuild")?;
    // Without the line that names its source map, which does not come along.
    let library = fs::read_to_string(workspace.dist().join(SCRIPT)).context(SCRIPT)?;
    let (script, _) = library.rsplit_once("//# sourceMappingURL=").unwrap_or((&library, ""));
    fs::write(built.join(SCRIPT), script)?;
    unpack(&for_firefox(&workspace.root)?, &workspace.target.join(FIREFOX))
}

/// Packs the folder as the stores take it, and says where.
#[cfg(feature = "release")]
pub(crate) fn pack(workspace: &Workspace) -> Result<()> {
    for shipment in [for_chromium(&workspace.root)?, for_firefox(&workspace.root)?] {
        let name = format!("webwx-image-extension{}-{}.zip", shipment.suffix, env!("CARGO_PKG_VERSION"));
        let path = workspace.target.join(name);
        fs::write(&path, archive::of(&shipment.files)?)?;
        println!("{} ({} bytes)", path.display(), fs::metadata(&path)?.len());
    }
    Ok(())
}

fn for_chromium(root: &Path) -> Result<Shipment> {
    let manifest = fs::read(root.join(FOLDER).join(MANIFEST))?;
    Ok(Shipment { suffix: "", files: files(root, manifest)? })
}

fn for_firefox(root: &Path) -> Result<Shipment> {
    let read = |name: &str| -> Result<Map<String, Value>> {
        serde_json::from_slice(&fs::read(root.join(FOLDER).join(name))?).with_context(|| name.to_owned())
    };
    let manifest = changed(read(MANIFEST)?, read("manifest.firefox.json")?);
    let manifest = serde_json::to_vec_pretty(&manifest)?;
    Ok(Shipment { suffix: "-firefox", files: files(root, manifest)? })
}

/// A manifest with what another one says of the same keys; null takes a key away.
fn changed(mut manifest: Map<String, Value>, changes: Map<String, Value>) -> Map<String, Value> {
    for (key, value) in changes {
        if value.is_null() {
            manifest.remove(&key);
        } else {
            manifest.insert(key, value);
        }
    }
    manifest
}

/// Everything that is shipped, with this manifest.
fn files(root: &Path, manifest: Vec<u8>) -> Result<BTreeMap<String, Vec<u8>>> {
    let folder = root.join(FOLDER);
    let mut files = BTreeMap::from([(MANIFEST.to_owned(), manifest)]);
    for entry in SHIPPED.iter().flat_map(|name| WalkDir::new(folder.join(name))) {
        let entry = entry?;
        if entry.file_type().is_file() && is_shipped(entry.path()) {
            let bytes = fs::read(entry.path()).with_context(|| entry.path().display().to_string())?;
            files.insert(name_in(&folder, entry.path())?, bytes);
        }
    }
    // The package and idb-keyval, which is in the worker, are under the Apache licence; ours is either.
    for name in ["LICENSE-APACHE", "LICENSE-MIT"] {
        files.insert(name.to_owned(), fs::read(root.join(name))?);
    }
    Ok(files)
}

/// Lays the files into a folder of their own.
fn unpack(shipment: &Shipment, folder: &Path) -> Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder)?;
    }
    for (name, bytes) in &shipment.files {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().unwrap_or(folder))?;
        fs::write(path, bytes)?;
    }
    Ok(())
}

/// The script that draws the icons stays at home.
fn is_shipped(path: &Path) -> bool {
    path.extension().is_none_or(|extension| extension != "mjs")
}

/// A path as archives write it.
fn name_in(folder: &Path, path: &Path) -> Result<String> {
    let parts: PathBuf = path.strip_prefix(folder)?.into();
    let Some(name) = parts.to_str() else {
        bail!("{}: not a name for an archive", path.display());
    };
    Ok(name.replace('\\', "/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_differs_is_put_in_and_taken_out() -> Result<()> {
        let changed = changed(
            serde_json::from_str(r#"{"a":1,"b":2,"c":3}"#)?,
            serde_json::from_str(r#"{"b":null,"c":{"d":4}}"#)?,
        );
        assert_eq!(Value::Object(changed), serde_json::json!({"a": 1, "c": {"d": 4}}));
        Ok(())
    }
}
