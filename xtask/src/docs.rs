//! What is made for readers: the pages of both interfaces, and the README's picture.

use anyhow::{Result, bail};

use crate::browsers::Engine;
use crate::build;
use crate::dist::Profile;
use crate::setup;
use crate::workspace::Workspace;

/// `npm run docs`: the package's interface by typedoc, the crate's by rustdoc. A link that leads nowhere fails, and so does
/// a name that nothing is said of.
pub(crate) fn pages(workspace: &Workspace) -> Result<()> {
    setup::tools(workspace)?;
    let mut typedoc = workspace.npm_tool("typedoc/bin/typedoc");
    if !typedoc.args(["--options", "docs/typedoc.json", "--logLevel", "Warn"]).status()?.success() {
        bail!("typedoc found something wrong");
    }
    println!("the package's interface: docs/api/index.html");
    let mut rustdoc = workspace.cargo();
    rustdoc.args(["doc", "--quiet", "--locked", "--no-deps", "--package", "webwx-image"]);
    if !rustdoc.env("RUSTDOCFLAGS", "--deny warnings").status()?.success() {
        bail!("rustdoc found something wrong");
    }
    println!("the crate's: {}", workspace.target.join("doc/webwx_image/index.html").display());
    Ok(())
}

/// `npm run screenshot`: docs/demo.png, made anew from the demo page as it is.
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
