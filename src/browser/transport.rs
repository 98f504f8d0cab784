//! The only I/O: requests go out, answers come back, in the time they are given. Dropping a request that is under way aborts it.

use std::cell::Cell;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::prelude::rust_2024::*;
use std::task::Poll;

use gloo_timers::future::TimeoutFuture;
use js_sys::{Array, Date, Function, Uint8Array};
use wasm_bindgen::prelude::*;
use web_sys::{AbortController, AbortSignal, Blob};

use super::blob::{Hasher, make_blob};
use super::error::{Fault, Outcome};
use super::fetch;
use super::foreign::{AnyReader, AnyResponse, JsResult, read_blob};
use super::types::Options;
use super::xhr::{self, OnSent};
use crate::error::{Place, Result};
use crate::http::{Body, Failure, Request, Response, check_status};
use crate::retry::{Attempts, RetryPolicy};

/// So many bytes of an answer are in the page's own memory at once; then they go into a Blob, which the platform keeps elsewhere.
const BLOB_PART: u32 = 4 * 1024 * 1024;

/// How requests go out.
#[derive(Clone)]
pub(super) struct Transport {
    fetch: Option<Function>,
    timeout_ms: u32,
    retry: RetryPolicy,
    pub(super) clock: Clock,
}

/// Time and chance, or the caller's own.
#[derive(Clone)]
pub(super) struct Clock {
    now: Option<Function>,
    random: Option<Function>,
}

/// No answer: why, and what the platform threw.
pub(super) struct Lost {
    pub(super) failure: Failure,
    pub(super) cause: JsValue,
}

/// A picture that came in: its bytes stay in a Blob.
pub(super) struct Download {
    pub(super) blob: Blob,
    pub(super) md5: String,
}

impl Clock {
    fn of(options: &Options) -> Result<Self> {
        Ok(Self { now: options.function("now")?, random: options.function("random")? })
    }

    /// Whether the caller gave it.
    pub(super) fn is_own(&self) -> bool {
        self.now.is_some()
    }

    /// Milliseconds since the epoch.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    pub(super) fn now_ms(&self) -> u64 {
        call_for_number(self.now.as_ref()).unwrap_or_else(Date::now) as u64
    }

    /// 0 ≤ n < 1.
    pub(super) fn random(&self) -> f64 {
        call_for_number(self.random.as_ref()).unwrap_or_else(js_sys::Math::random)
    }
}

fn call_for_number(function: Option<&Function>) -> Option<f64> {
    function?.call0(&JsValue::UNDEFINED).ok()?.as_f64()
}

impl Transport {
    /// As the options of a client have it; without options, the platform's fetch and the defaults.
    pub(super) fn of(options: &Options) -> Result<Self> {
        Ok(Self {
            fetch: options.function("fetch")?,
            timeout_ms: options.timeout()?,
            retry: options.retry()?,
            clock: Clock::of(options)?,
        })
    }

    /// One request with bytes of a file, one answer. `on_sent` hears of the bytes that leave, where the platform tells.
    pub(super) async fn carry(
        &self,
        request: &Request,
        file: &Blob,
        on_sent: Option<OnSent>,
    ) -> std::result::Result<Response, Lost> {
        let on_sent = on_sent.filter(|_| self.fetch.is_none() && xhr::is_here());
        let (Some(on_sent), Body::Form(parts)) = (on_sent, &request.body) else {
            return self.exchange(request, Some(file)).await;
        };
        let form = fetch::form(parts, Some(file)).map_err(Lost::network)?;
        let answer = within(self.timeout_ms, xhr::send(request, &form, on_sent)).await?;
        let retry_after_ms = self.retry_after_ms(answer.retry_after);
        Ok(Response { status: answer.status, body: answer.text, retry_after_ms })
    }

    /// One request, one answer, its body read as text.
    async fn exchange(&self, request: &Request, file: Option<&Blob>) -> std::result::Result<Response, Lost> {
        let (guard, signal) = InFlight::new()?;
        let answer = within(self.timeout_ms, async {
            let answer = fetch::send(self.fetch.as_ref(), request, file, &signal).await?;
            let retry_after_ms = self.retry_after_ms(answer.header("retry-after"));
            Ok(Response { status: answer.status(), body: answer.text().await?, retry_after_ms })
        })
        .await?;
        guard.finish();
        Ok(answer)
    }

    /// The same request until it has an answer that `parse` takes, or the policy ends it.
    pub(super) async fn call<T>(&self, request: &Request, parse: impl Fn(&Response) -> Result<T>) -> Outcome<T> {
        let mut attempts = Attempts::default();
        loop {
            let fault = match self.exchange(request, None).await {
                Ok(response) => match parse(&response) {
                    Ok(value) => return Ok(value),
                    Err(error) => Fault { retry_after_ms: response.retry_after_ms, ..error.into() },
                },
                Err(lost) => lost.at(request.place),
            };
            self.pause(&mut attempts, fault).await?;
        }
    }

    /// Waits before the next try, or gives the fault back when there is none.
    pub(super) async fn pause(&self, attempts: &mut Attempts, fault: Fault) -> Outcome<()> {
        let wait = attempts.after(fault.error.clone(), &self.retry, fault.retry_after_ms, self.clock.random());
        match wait {
            Ok(ms) => TimeoutFuture::new(ms).await,
            Err(error) => return Err(Fault { error, ..fault }),
        }
        Ok(())
    }

    /// A request for a picture: its bytes are hashed as they come. `on_bytes` hears how many there are, and of how many.
    pub(super) async fn download(&self, request: &Request, on_bytes: impl Fn(u64, Option<u64>)) -> Outcome<Download> {
        let place = request.place;
        let (guard, signal) = InFlight::new().map_err(|lost| lost.at(place))?;
        let send = fetch::send(self.fetch.as_ref(), request, None, &signal);
        let answer = within(self.timeout_ms, send).await.map_err(|lost| lost.at(place))?;
        check_status(place, answer.status()).map_err(|error| Fault {
            retry_after_ms: self.retry_after_ms(answer.header("retry-after")),
            ..error.into()
        })?;
        let total = announced_length(&answer);
        let (mut hasher, mut loaded) = (Hasher::default(), 0);
        let read = self.read_body(&answer, |bytes| {
            hasher.update(bytes);
            loaded += u64::from(bytes.length());
            on_bytes(loaded, total);
        });
        let blob = read.await.map_err(|lost| lost.at(place))?;
        if answer.is_open() && total.is_some_and(|total| loaded < total) {
            // WebKit takes what came before the connection broke for the whole.
            return Err(Lost::network("the body ended before its announced length".into()).at(place));
        }
        guard.finish();
        Ok(Download { blob, md5: hasher.finish() })
    }

    /// What lies at a URL of the caller's. Where its bytes lie in the page already, they stay there.
    pub(super) async fn get(&self, place: Place, url: &str, is_local: bool) -> Outcome<Blob> {
        let (guard, signal) = InFlight::new().map_err(|lost| lost.at(place))?;
        let get = fetch::get(self.fetch.as_ref(), url, &signal);
        let answer = within(self.timeout_ms, get).await.map_err(|lost| lost.at(place))?;
        check_status(place, answer.status())?;
        let blob =
            if is_local { within(self.timeout_ms, answer.blob()).await } else { self.read_body(&answer, |_| {}).await };
        let blob = blob.map_err(|lost| lost.at(place))?;
        guard.finish();
        Ok(blob)
    }

    /// Fires a request and forgets it.
    pub(super) fn fire(&self, request: Request) {
        let transport = self.clone();
        wasm_bindgen_futures::spawn_local(async move {
            _ = transport.exchange(&request, None).await;
        });
    }

    /// Reads a body piece by piece. The timeout is for each piece: a large picture on a slow line is no failure.
    async fn read_body(
        &self,
        answer: &AnyResponse,
        mut on_bytes: impl FnMut(&Uint8Array),
    ) -> std::result::Result<Blob, Lost> {
        let Some(reader) = answer.reader().map_err(Lost::network)? else {
            // An injected fetch may give a body that is no stream.
            let blob = within(self.timeout_ms, answer.blob()).await?;
            on_bytes(&within(self.timeout_ms, read_blob(&blob)).await?);
            return Ok(blob);
        };
        let body = Reading { reader, is_read: Cell::new(false) };
        let parts = Array::new();
        let mut loose = Array::new();
        let mut loose_bytes = 0;
        while let Some(bytes) = within(self.timeout_ms, body.reader.read()).await? {
            on_bytes(&bytes);
            loose.push(&bytes);
            loose_bytes += bytes.length();
            if loose_bytes >= BLOB_PART {
                parts.push(&new_blob(&loose, "")?.into());
                (loose, loose_bytes) = (Array::new(), 0);
            }
        }
        body.is_read.set(true);
        let mime = answer.header("content-type").unwrap_or_default();
        new_blob(&parts.concat(&loose), &mime)
    }

    /// `Retry-After`: seconds, or a date.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss)]
    fn retry_after_ms(&self, header: Option<String>) -> Option<u64> {
        let text = header?;
        if let Ok(seconds) = text.trim().parse::<u64>() {
            return Some(seconds.saturating_mul(1000));
        }
        let wait = Date::parse(&text) - self.clock.now_ms() as f64;
        (wait > 0.0).then_some(wait as u64)
    }
}

/// Lets go of its body when it is dropped before the end: an injected fetch may not listen to the signal.
struct Reading {
    reader: AnyReader,
    is_read: Cell<bool>,
}

impl Drop for Reading {
    fn drop(&mut self) {
        if !self.is_read.get() {
            self.reader.cancel();
        }
    }
}

/// Aborts its request when it is dropped, unless that is finished.
struct InFlight {
    controller: Option<AbortController>,
}

impl InFlight {
    fn new() -> std::result::Result<(Self, AbortSignal), Lost> {
        let controller = AbortController::new().map_err(Lost::network)?;
        let signal = controller.signal();
        Ok((Self { controller: Some(controller) }, signal))
    }

    fn finish(mut self) {
        self.controller = None;
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        if let Some(controller) = &self.controller {
            controller.abort();
        }
    }
}

impl Lost {
    fn network(cause: JsValue) -> Self {
        Self { failure: Failure::Network, cause }
    }

    pub(super) fn at(self, place: Place) -> Fault {
        Fault::new(self.failure.at(place), self.cause)
    }
}

/// Bytes in the body. The length of encoded bytes says nothing of those that arrive here.
fn announced_length(answer: &AnyResponse) -> Option<u64> {
    let is_encoded = answer.header("content-encoding").is_some();
    answer.header("content-length").filter(|_| !is_encoded)?.parse().ok()
}

fn new_blob(parts: &Array, mime: &str) -> std::result::Result<Blob, Lost> {
    make_blob(parts, mime).map_err(|fault| Lost::network(fault.cause))
}

/// The work's result, or a timeout.
async fn within<T>(ms: u32, work: impl Future<Output = JsResult<T>>) -> std::result::Result<T, Lost> {
    let mut work = pin!(work);
    let mut timeout = pin!(TimeoutFuture::new(ms));
    poll_fn(|context| {
        if let Poll::Ready(result) = work.as_mut().poll(context) {
            return Poll::Ready(result.map_err(Lost::network));
        }
        let late = |()| Err(Lost { failure: Failure::Timeout(ms), cause: JsValue::UNDEFINED });
        timeout.as_mut().poll(context).map(late)
    })
    .await
}
