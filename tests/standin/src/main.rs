//! The stand-in as a program: see `--help`, or README.md beside it.

use std::io::{self, Write};
use std::process::ExitCode;

use standin::server::{Options, USAGE, run};

#[tokio::main]
async fn main() -> ExitCode {
    let options = match Options::read(lexopt::Parser::from_env()) {
        Ok(Some(options)) => options,
        Ok(None) => return exit(io::stdout(), USAGE, ExitCode::SUCCESS),
        Err(error) => {
            return exit(io::stderr(), &format!("standin: {error}\n{USAGE}"), ExitCode::FAILURE);
        }
    };
    match run(options).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => exit(io::stderr(), &format!("standin: {error}"), ExitCode::FAILURE),
    }
}

fn exit(mut stream: impl Write, text: &str, code: ExitCode) -> ExitCode {
    // If even this cannot be written, nobody is there to be told.
    writeln!(stream, "{text}").map_or(ExitCode::FAILURE, |()| code)
}
