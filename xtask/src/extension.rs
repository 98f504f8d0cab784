//! The browser extension: `www/extension/` is complete but for its scripts, which are bundled into `built/` beside the
//! rest, so that the folder itself can be loaded; `npm run extension` packs what the browser needs of it.

use std::fs;
use std::io::{Cursor, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use walkdir::WalkDir;
use zip::write::{SimpleFileOptions, ZipWriter};

use crate::dist::SCRIPT;
use crate::workspace::{Workspace, quietly};

/// Where it lies, in the root.
const FOLDER: &str = "www/extension";

/// Each script of `built/`, and the one it begins with.
const SCRIPTS: [(&str, &str); 5] = [
    ("page", "page/bridge"),
    ("door", "content/door"),
    ("content", "content/main"),
    ("worker", "worker/main"),
    ("options", "options/main"),
];

/// What of the folder a browser needs.
const SHIPPED: [&str; 6] = ["manifest.json", "_locales", "built", "icons", "options.css", "options.html"];

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
    Ok(fs::write(built.join(SCRIPT), script)?)
}

/// Packs the folder as the stores take it, and says where.
pub(crate) fn pack(workspace: &Workspace) -> Result<()> {
    let archive = workspace.target.join(concat!("webwx-image-extension-", env!("CARGO_PKG_VERSION"), ".zip"));
    fs::write(&archive, archived(&workspace.root)?)?;
    println!("{} ({} bytes)", archive.display(), fs::metadata(&archive)?.len());
    Ok(())
}

/// The same files give the same archive: sorted, and with the format's first day as their date.
fn archived(root: &Path) -> Result<Vec<u8>> {
    let folder = root.join(FOLDER);
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let shipped = SHIPPED.iter().flat_map(|name| WalkDir::new(folder.join(name)).sort_by_file_name());
    for entry in shipped {
        let entry = entry?;
        if entry.file_type().is_file() && is_shipped(entry.path()) {
            add(&mut zip, &name_in(&folder, entry.path())?, entry.path())?;
        }
    }
    // The package and idb-keyval, which is in the worker, are under the Apache licence; ours is either.
    for name in ["LICENSE-APACHE", "LICENSE-MIT"] {
        add(&mut zip, name, &root.join(name))?;
    }
    Ok(zip.finish()?.into_inner())
}

fn add(zip: &mut ZipWriter<Cursor<Vec<u8>>>, name: &str, path: &Path) -> Result<()> {
    let options = SimpleFileOptions::default().compression_level(Some(9));
    zip.start_file(name, options)?;
    Ok(zip.write_all(&fs::read(path).with_context(|| path.display().to_string())?)?)
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
