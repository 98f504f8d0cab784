//! What is made for readers: the site with the documents and both interfaces, and the README's image.

use std::fs;
use std::path::Path;

use anyhow::{Result, bail};
use walkdir::WalkDir;

use crate::browsers::Engine;
use crate::build;
use crate::demo;
use crate::dist::Profile;
use crate::setup;
use crate::workspace::Workspace;

/// `npm run site`: the documents and the package's interface by typedoc, the crate's interface by rustdoc, with one search over
/// all that typedoc made; and the demo, which any static host can serve. A dead link fails, and so does a name without documentation.
pub(crate) fn site(workspace: &Workspace) -> Result<()> {
    setup::tools(workspace)?;
    let site = workspace.root.join("site");
    if site.exists() {
        fs::remove_dir_all(&site)?;
    }
    let mut typedoc = workspace.npm_tool("typedoc/bin/typedoc");
    if !typedoc.args(["--options", "docs/typedoc.json", "--logLevel", "Warn"]).status()?.success() {
        bail!("typedoc reported problems");
    }
    let mut rustdoc = workspace.cargo();
    rustdoc.args(["doc", "--quiet", "--locked", "--no-deps", "--package", "webwx-image"]);
    if !rustdoc.env("RUSTDOCFLAGS", "--deny warnings").status()?.success() {
        bail!("rustdoc reported problems");
    }
    copy_tree(&workspace.target.join("doc"), &site.join("rust"))?;
    build::package(workspace, Profile::Release)?;
    demo::make(workspace, &site)?;
    println!("{}", site.join("index.html").display());
    Ok(())
}

/// Copies a folder with all that is in it.
fn copy_tree(from: &Path, to: &Path) -> Result<()> {
    for entry in WalkDir::new(from) {
        let entry = entry?;
        let target = to.join(entry.path().strip_prefix(from)?);
        if entry.file_type().is_dir() {
            fs::create_dir_all(target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

/// `npm run screenshot`: docs/demo.png, made again from the demo page as it is.
pub(crate) fn screenshot(workspace: &Workspace) -> Result<()> {
    setup::tools(workspace)?;
    let engine = Engine::Chromium;
    let program = engine.program()?;
    build::package(workspace, Profile::Release)?;
    build::standin(workspace)?;
    let mut script = workspace.command("node");
    script.arg("docs/screenshot.mjs").env("STANDIN", workspace.standin());
    if !script.env("BROWSER", engine.name()).env(engine.variable(), program).status()?.success() {
        bail!("the demo page could not be photographed");
    }
    Ok(())
}
