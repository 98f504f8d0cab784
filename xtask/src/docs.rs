//! What the documents show and do not say themselves: the README's picture.

use anyhow::{Result, bail};

use crate::browsers::Engine;
use crate::build::Profile;
use crate::workspace::Workspace;
use crate::{build, setup};

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
