//! The browsers that the tests run in: found on this machine or, for root on Debian, installed.

use std::env;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::setup::printed;
use crate::workspace::quietly;

/// What drives a browser, and tells it from others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Engine {
    Chromium,
    Firefox,
    /// The browser of WebKitGTK, driven by `WebKitWebDriver` on a display by Xvfb.
    Webkit,
}

impl Engine {
    /// In the order in which they are tested.
    pub(crate) const ALL: [Self; 3] = [Self::Chromium, Self::Firefox, Self::Webkit];

    /// As the tests know it, in the variable `BROWSER`.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Chromium => "chromium",
            Self::Firefox => "firefox",
            Self::Webkit => "webkit",
        }
    }

    /// The variable with the path of its program: from the user, and to the tests.
    pub(crate) fn variable(self) -> &'static str {
        match self {
            Self::Chromium => "CHROME_PATH",
            Self::Firefox => "FIREFOX_PATH",
            Self::Webkit => "WEBKIT_DRIVER_PATH",
        }
    }

    /// Whether nothing is tested without it. CI tests in all.
    pub(crate) fn is_needed(self) -> bool {
        self == Self::Chromium || env::var("CI").is_ok_and(|value| value == "true")
    }

    /// The path of its program: what the variable names, or what is installed or can be.
    pub(crate) fn program(self) -> Result<PathBuf> {
        let variable = self.variable();
        if let Some(path) = env::var_os(variable).filter(|path| !path.is_empty()).map(PathBuf::from) {
            if path.is_file() {
                return Ok(path);
            }
            bail!("{variable} is {}, and there is no such program", path.display());
        }
        if let Some(path) = self.installed() {
            return Ok(path);
        }
        let packages = self.packages().join(" ");
        if is_root() && on_path("apt-get").is_some() {
            eprintln!("installing {packages}");
            install(self.packages()).with_context(|| format!("{packages} cannot be installed"))?;
        }
        self.installed().with_context(|| {
            let name = self.name();
            format!(
                "{name} is not installed (Debian, Ubuntu: sudo apt-get install {packages}), nor named in {variable}"
            )
        })
    }

    fn installed(self) -> Option<PathBuf> {
        if self == Self::Webkit {
            on_path("Xvfb")?;
        }
        let app = || self.apps().iter().map(PathBuf::from).find(|path| path.is_file());
        self.commands().iter().find_map(|name| on_path(name)).or_else(app)
    }

    fn commands(self) -> &'static [&'static str] {
        match self {
            Self::Chromium => &["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"],
            Self::Firefox => &["firefox-esr", "firefox"],
            Self::Webkit => &["WebKitWebDriver"],
        }
    }

    /// Where it lies on systems that put no such program on the path.
    fn apps(self) -> &'static [&'static str] {
        match self {
            Self::Chromium => &[
                "/Applications/Chromium.app/Contents/MacOS/Chromium",
                "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
                r"C:\Program Files\Google\Chrome\Application\chrome.exe",
            ],
            Self::Firefox => {
                &["/Applications/Firefox.app/Contents/MacOS/firefox", r"C:\Program Files\Mozilla Firefox\firefox.exe"]
            }
            Self::Webkit => &[],
        }
    }

    /// Debian's packages.
    fn packages(self) -> &'static [&'static str] {
        match self {
            Self::Chromium => &["chromium"],
            Self::Firefox => &["firefox-esr"],
            Self::Webkit => &["webkit2gtk-driver", "xvfb"],
        }
    }
}

fn install(packages: &[&str]) -> Result<()> {
    let apt_get = |args: &[&str]| quietly(Command::new("apt-get").args(args).env("DEBIAN_FRONTEND", "noninteractive"));
    apt_get(&["update"])?;
    apt_get(&[&["install", "-y", "--no-install-recommends"], packages].concat())
}

fn on_path(program: &str) -> Option<PathBuf> {
    let folders = env::var_os("PATH")?;
    env::split_paths(&folders).map(|folder| folder.join(program)).find(|path| path.is_file())
}

fn is_root() -> bool {
    printed(Command::new("id").arg("-u")).is_some_and(|id| id == "0")
}
