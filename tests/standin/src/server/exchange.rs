//! One request over a socket: read it whole, ask the world, write what the client is to see.

use std::convert::Infallible;
use std::io;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use bytes::Bytes;
use futures_util::stream;
use http::{HeaderValue, StatusCode, header};
use http_body_util::{BodyExt, Limited};
use tokio::time::sleep;
use tower::ServiceExt;
use tower_http::services::ServeDir;

use crate::exchange::Reply;
use crate::hosts::Role;
use crate::world::World;

/// More than this in one request is not read.
const BODY_LIMIT: usize = 64 * 1024 * 1024;
/// Long enough for half an answer to leave the socket before it is cut.
const BEFORE_THE_CUT: Duration = Duration::from_millis(50);

/// The folders that are served beside the world: first segment of the address, folder under the root.
const FOLDERS: [(&str, &str); 3] = [("www", "www"), ("dist", "dist"), ("fixtures", "tests/fixtures")];

/// The world and the folders, as a service that all connections share.
#[derive(Clone)]
pub(super) struct Service {
    world: Arc<Mutex<World>>,
    root: Option<PathBuf>,
}

impl Service {
    pub(super) fn new(world: Arc<Mutex<World>>, root: Option<PathBuf>) -> Self {
        Self { world, root }
    }

    async fn answer(self, request: Request) -> Response {
        let (head, body) = request.into_parts();
        let Ok(body) = Limited::new(body, BODY_LIMIT).collect().await else {
            return status(StatusCode::PAYLOAD_TOO_LARGE);
        };
        let request = http::Request::from_parts(head, body.to_bytes());
        if let Some(response) = self.file(&request).await {
            return response;
        }
        let outcome = self.world.lock().unwrap_or_else(PoisonError::into_inner).handle(&request);
        sleep(Duration::from_millis(outcome.delay_ms)).await;
        match outcome.reply {
            Reply::Answer(response) => response.map(Body::from),
            Reply::Partial { mut response, sent } => {
                let length = HeaderValue::from(response.body().len());
                response.headers_mut().insert(header::CONTENT_LENGTH, length);
                response.map(|body| broken_off(&body, sent))
            }
            Reply::Cut => Response::new(cut()),
        }
    }

    /// A file under `/www/`, `/dist/` or `/fixtures/` of the page host.
    async fn file(&self, request: &http::Request<Bytes>) -> Option<Response> {
        let root = self.root.as_ref()?;
        let (first, rest) = request.uri().path().strip_prefix('/')?.split_once('/')?;
        let (_, folder) = FOLDERS.iter().find(|(name, _)| *name == first)?;
        let host = request.headers().get(header::HOST)?.to_str().ok()?;
        let role = self.world.lock().unwrap_or_else(PoisonError::into_inner).role(host)?;
        if !matches!(role, Role::Page(_)) {
            return None;
        }
        let mut inner = http::Request::new(Body::empty());
        *inner.method_mut() = request.method().clone();
        *inner.uri_mut() = format!("/{rest}").parse().ok()?;
        let files = ServeDir::new(root.join(folder)).redirect_path_prefix(format!("/{first}"));
        let served = files.oneshot(inner).await;
        let mut response = served.unwrap_or_else(|never| match never {}).map(Body::new);
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        Some(response)
    }
}

impl tower::Service<Request> for Service {
    type Response = Response;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let service = self.clone();
        Box::pin(async move { Ok(service.answer(request).await) })
    }
}

fn status(status: StatusCode) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response
}

/// A body that fails before anything of it is there: the server then drops the connection, status line and
/// all, since nothing has been flushed.
fn cut() -> Body {
    Body::from_stream(stream::once(async { Err::<Bytes, _>(io::Error::other("cut, as ordered")) }))
}

/// A body that fails after `sent` bytes. The full length has been announced by then.
fn broken_off(body: &Bytes, sent: usize) -> Body {
    let first = body.slice(..sent);
    Body::from_stream(stream::unfold(Some(first), |first| async {
        match first {
            Some(first) if !first.is_empty() => Some((Ok(first), Some(Bytes::new()))),
            Some(_) => {
                sleep(BEFORE_THE_CUT).await;
                Some((Err(io::Error::other("cut, as ordered")), None))
            }
            None => None,
        }
    }))
}
