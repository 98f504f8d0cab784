//! Listeners on loopback: page, files, gateway, and page and files of the File Transfer Helper.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};

use axum::Router;
use axum_server::Handle;
use tokio::task::JoinHandle;

use super::exchange::Service;
use super::tls;

pub(super) struct Listeners(Vec<TcpListener>);

impl Listeners {
    /// So many, on `port` and those after it, or on ports that the system chooses.
    pub(super) fn bind(port: u16, count: u16) -> io::Result<Self> {
        let one = |offset: u16| {
            let port = if port == 0 { Some(0) } else { port.checked_add(offset) };
            let port = port.ok_or_else(|| io::Error::other(format!("no port {offset} after {port:?}")))?;
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))
                .map_err(|error| io::Error::new(error.kind(), format!("127.0.0.1:{port}: {error}")))?;
            listener.set_nonblocking(true)?;
            Ok::<_, io::Error>(listener)
        };
        (0..count).map(one).collect::<io::Result<_>>().map(Self)
    }

    pub(super) fn addresses(&self) -> io::Result<Vec<SocketAddr>> {
        self.0.iter().map(TcpListener::local_addr).collect()
    }

    /// Serves on all of them; which host is meant is told by the Host header alone.
    ///
    /// Without `keep_alive`, every connection carries one request: browsers send a request again by themselves when a connection
    /// that was used before is cut, and a `reset` that was ordered would never be seen.
    pub(super) fn serve(
        self,
        service: Service,
        secure: bool,
        keep_alive: bool,
        handle: &Handle<SocketAddr>,
    ) -> io::Result<Vec<JoinHandle<io::Result<()>>>> {
        let app = Router::new().fallback_service(service);
        let tls = if secure { Some(tls::config()?) } else { None };
        self.0
            .into_iter()
            .map(|listener| {
                let app = app.clone().into_make_service();
                let handle = handle.clone();
                Ok(if let Some(tls) = tls.clone() {
                    let mut server = axum_server::from_tcp_rustls(listener, tls)?.handle(handle);
                    server.http_builder().http1().keep_alive(keep_alive);
                    tokio::spawn(async move { server.serve(app).await })
                } else {
                    let mut server = axum_server::from_tcp(listener)?.handle(handle);
                    server.http_builder().http1().keep_alive(keep_alive);
                    tokio::spawn(async move { server.serve(app).await })
                })
            })
            .collect()
    }
}
