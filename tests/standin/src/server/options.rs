//! The command line.

use std::path::PathBuf;

use http::HeaderValue;
use lexopt::prelude::*;

use crate::gateway::GatewayForm;
use crate::world::Config;

/// What the command line asks for.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "a command line is made of switches")]
pub struct Options {
    /// Print one line of JSON instead of a few readable ones.
    pub json: bool,
    /// The page's port; the other origins take the next ones. 0 lets the system choose all.
    pub port: u16,
    /// Speak TLS, with a certificate made on the spot.
    pub tls: bool,
    /// Stop when standard input closes.
    pub stdin_bound: bool,
    /// A folder whose `www`, `dist` and `tests/fixtures` are served too.
    pub serve: Option<PathBuf>,
    /// Which form the gateway answers in.
    pub gateway_form: GatewayForm,
    /// Leave the content type out of JSON answers.
    pub no_content_type: bool,
    /// The length of every chunk but the last.
    pub chunk_size: u64,
    /// Serve the page of the File Transfer Helper too, at origins of its own.
    pub file_helper: bool,
    /// The page's Content-Security-Policy.
    pub policy: Option<HeaderValue>,
    /// Keep connections open, as the service does. For benches: a browser repeats a request by itself when a connection that it used
    /// before is cut.
    pub keep_alive: bool,
}

/// What `--help` prints.
pub const USAGE: &str = "\
standin [--json] [--port N] [--tls] [--stdin-bound] [--serve DIR] [--gateway-form old|new]
        [--no-content-type] [--chunk-size N] [--policy TEXT] [--keep-alive] [--filehelper]";

impl Options {
    /// Reads the command line; `None` where only help was asked for.
    ///
    /// # Errors
    /// Names the option that is unknown or has no good value.
    pub fn read(mut line: lexopt::Parser) -> Result<Option<Self>, lexopt::Error> {
        let mut options = Self {
            json: false,
            port: 0,
            tls: false,
            stdin_bound: false,
            serve: None,
            gateway_form: GatewayForm::default(),
            no_content_type: false,
            chunk_size: Config::default().chunk_size,
            file_helper: false,
            policy: None,
            keep_alive: false,
        };
        while let Some(argument) = line.next()? {
            match argument {
                Long("json") => options.json = true,
                Long("port") => options.port = line.value()?.parse()?,
                Long("tls") => options.tls = true,
                Long("stdin-bound") => options.stdin_bound = true,
                Long("serve") => options.serve = Some(line.value()?.into()),
                Long("gateway-form") => {
                    options.gateway_form = line.value()?.parse_with(|form| match form {
                        "old" => Ok(GatewayForm::Old),
                        "new" => Ok(GatewayForm::New),
                        _ => Err("expected old or new"),
                    })?;
                }
                Long("no-content-type") => options.no_content_type = true,
                Long("chunk-size") => {
                    options.chunk_size = line.value()?.parse_with(|size| match size.parse() {
                        Ok(size) if size > 0 => Ok(size),
                        _ => Err("expected a number above 0"),
                    })?;
                }
                Long("filehelper") => options.file_helper = true,
                Long("policy") => options.policy = Some(line.value()?.parse()?),
                Long("keep-alive") => options.keep_alive = true,
                Long("help") | Short('h') => return Ok(None),
                other => return Err(other.unexpected()),
            }
        }
        Ok(Some(options))
    }
}
