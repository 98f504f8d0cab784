//! Sockets around a world: listeners on loopback, one command line.

mod exchange;
mod listen;
mod options;
mod tls;

use std::io::{self, Read, Write};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum_server::Handle;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::oneshot;

use crate::hosts::Origins;
use crate::world::{Config, World};
use exchange::Service;
use listen::Listeners;
pub use options::{Options, USAGE};

/// Runs the stand-in until it is told to stop.
///
/// # Errors
/// When a port is taken, or the certificate cannot be made.
pub async fn run(options: Options) -> io::Result<()> {
    let listeners = Listeners::bind(options.port, if options.file_helper { 5 } else { 3 })?;
    let scheme = if options.tls { "https" } else { "http" };
    let mut origins = listeners.addresses()?.into_iter().map(|address| format!("{scheme}://{address}"));
    let mut next = || origins.next().unwrap_or_default();
    let (page, file, gateway) = (next(), next(), next());
    let file_helper = options.file_helper.then(|| (next(), next()));
    let config = Config {
        origins: Origins { page, file, gateway, file_helper },
        gateway_form: options.gateway_form,
        typed_answers: !options.no_content_type,
        chunk_size: options.chunk_size,
        policy: options.policy,
        ..Config::default()
    };
    let world = World::new(config);
    let announcement = announcement(&world, options.json)?;
    let service = Service::new(Arc::new(Mutex::new(world)), options.serve);

    let handle = Handle::<SocketAddr>::new();
    let served = listeners.serve(service, options.tls, options.keep_alive, &handle)?;
    writeln!(io::stdout(), "{announcement}")?;
    io::stdout().flush()?;
    stopped(options.stdin_bound).await?;
    handle.shutdown();
    for server in served {
        server.await.map_err(io::Error::other)??;
    }
    Ok(())
}

fn announcement(world: &World, json: bool) -> io::Result<String> {
    let invitation = world.invitation();
    if json {
        return serde_json::to_string(&invitation).map_err(io::Error::other);
    }
    let value = serde_json::to_value(&invitation).map_err(io::Error::other)?;
    let text = |key: &str| value[key].as_str().unwrap_or_default().to_owned();
    let helper = value["fileHelper"]["origin"].as_str();
    let helper = helper.map_or(String::new(), |origin| format!("  File Transfer Helper  {origin}\n"));
    Ok(format!(
        "WeChat Web stand-in\n  page     {}\n  files    {}\n  gateway  {}  (Authorization: {})\n  peer     {}\n{helper}\
         Stop it with Ctrl-C.",
        text("origin"),
        text("fileOrigin"),
        text("gatewayOrigin"),
        text("gatewayAuthorization"),
        text("peer"),
    ))
}

/// Waits for SIGTERM, Ctrl-C or, where that is asked for, the end of standard input.
async fn stopped(stdin_bound: bool) -> io::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let (closed, closing) = oneshot::channel();
    let never_closed = if stdin_bound {
        // A thread of its own: a pending read of standard input must not keep the runtime from ending.
        std::thread::spawn(move || {
            let mut discarded = [0; 1024];
            while io::stdin().read(&mut discarded).is_ok_and(|count| count > 0) {}
            closed.send(())
        });
        None
    } else {
        Some(closed)
    };
    tokio::select! {
        _ = terminate.recv() => Ok(()),
        result = tokio::signal::ctrl_c() => result,
        _ = closing => Ok(()),
    }?;
    drop(never_closed);
    Ok(())
}
