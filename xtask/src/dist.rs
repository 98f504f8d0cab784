//! What lies in `dist/`: how it is built, and the names of the files that several steps speak of.

/// How the package is built.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Profile {
    /// What is published.
    Release,
    /// What is quick to make: large, with the names of functions in stack traces; only `.`, since the other forms hold the
    /// module, which takes long to translate.
    Dev,
}

impl Profile {
    /// As the user and the folders of the build call it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Release => "release",
            Self::Dev => "dev",
        }
    }
}

/// The module, in `dist/` and in the package's exports.
pub(crate) const WASM: &str = "webwx_image_bg.wasm";

/// The one script for places that know no modules, in `dist/` and in the package's exports.
pub(crate) const SCRIPT: &str = "webwx-image.iife.js";
