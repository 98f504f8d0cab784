//! The only I/O: requests go out, answers come back, in the time they are given. Dropping a request that is under way aborts it.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::prelude::rust_2024::*;
use std::task::Poll;

use gloo_timers::future::TimeoutFuture;
use js_sys::{Array, Date, Function, Promise, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortController, AbortSignal, Blob};

use super::blob::{Hasher, make_blob};
use super::clock::Clock;
use super::error::{Fault, Outcome};
use super::fetch;
use super::foreign::{AnyResponse, JsResult, blob_bytes, body_blob, piece_bytes, read_blob};
use super::options::Options;
use super::xhr::{self, OnSent, UnderWay};
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

/// No answer: why, and what the platform threw.
pub(super) struct Lost {
    pub(super) failure: Failure,
    pub(super) cause: JsValue,
}

/// What came of a request, or of a step of it.
pub(super) type Answered<T> = std::result::Result<T, Lost>;

/// A picture that came in: its bytes stay in a Blob.
pub(super) struct Download {
    pub(super) blob: Blob,
    pub(super) md5: String,
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
    pub(super) async fn carry(&self, request: &Request, file: &Blob, on_sent: Option<OnSent>) -> Answered<Response> {
        let on_sent = on_sent.filter(|_| self.fetch.is_none() && xhr::is_here());
        let (Some(on_sent), Body::Form(parts)) = (on_sent, &request.body) else {
            return self.exchange(request, Some(file)).await;
        };
        let under_way = UnderWay::send(request, &fetch::form(parts, Some(file))?, on_sent)?;
        self.deadline().wait(Ok(under_way.is_over())).await?;
        let answer = under_way.answer(request)?;
        let retry_after_ms = self.retry_after_ms(answer.retry_after);
        Ok(Response { status: answer.status, body: answer.text, retry_after_ms })
    }

    /// One request, one answer, its body read as text.
    async fn exchange(&self, request: &Request, file: Option<&Blob>) -> Answered<Response> {
        let (guard, signal) = InFlight::new()?;
        let mut deadline = self.deadline();
        let answer = deadline.wait(fetch::send(self.fetch.as_ref(), request, file, &signal)).await?;
        let answer = AnyResponse::of(answer)?;
        let body = deadline.wait(answer.text()).await?.as_string();
        let body = body.ok_or_else(|| JsValue::from("the answer's text is no text"))?;
        guard.finish();
        Ok(Response {
            status: answer.status(),
            body,
            retry_after_ms: self.retry_after_ms(answer.header("retry-after")),
        })
    }

    /// The same request until it has an answer that `parse` takes, or the policy ends it.
    pub(super) async fn call<T>(&self, request: &Request, parse: impl Fn(&Response) -> Result<T>) -> Outcome<T> {
        let mut attempts = Attempts::default();
        loop {
            let fault = match self.exchange(request, None).await {
                Ok(response) => match parse(&response) {
                    Ok(value) => return Ok(value),
                    Err(error) => Fault::from(error).retry_after(response.retry_after_ms),
                },
                Err(lost) => lost.at(request.place),
            };
            self.pause(&mut attempts, fault).await?;
        }
    }

    /// Waits before the next try, or gives the fault back when there is none.
    pub(super) async fn pause(&self, attempts: &mut Attempts, fault: Fault) -> Outcome<()> {
        let wait = attempts.after(fault.error().clone(), &self.retry, fault.retry_after_ms(), self.clock.random());
        match wait {
            Ok(ms) => TimeoutFuture::new(ms).await,
            Err(error) => return Err(fault.judged(|_| error)),
        }
        Ok(())
    }

    /// A request for a picture: its bytes are hashed as they come. `on_bytes` hears how many there are, and of how many.
    pub(super) async fn download(&self, request: &Request, on_bytes: &dyn Fn(u64, Option<u64>)) -> Outcome<Download> {
        let place = request.place;
        let (guard, signal) = InFlight::new().map_err(|lost| lost.at(place))?;
        let answer = self.answer(place, fetch::send(self.fetch.as_ref(), request, None, &signal)).await?;
        let total = announced_length(&answer);
        let (mut hasher, mut loaded) = (Hasher::default(), 0);
        let mut on_piece = |bytes: &Uint8Array| {
            hasher.update(bytes);
            loaded += u64::from(bytes.length());
            on_bytes(loaded, total);
        };
        let blob = self.read_body(&answer, &mut on_piece).await.map_err(|lost| lost.at(place))?;
        if answer.is_open() && total.is_some_and(|total| loaded < total) {
            // WebKit takes what came before the connection broke for the whole.
            return Err(Lost::from(JsValue::from("the body ended before its announced length")).at(place));
        }
        guard.finish();
        Ok(Download { blob, md5: hasher.finish() })
    }

    /// What lies at a URL of the caller's. Where its bytes lie in the page already, they stay there.
    pub(super) async fn get(&self, place: Place, url: &str, is_local: bool) -> Outcome<Blob> {
        let (guard, signal) = InFlight::new().map_err(|lost| lost.at(place))?;
        let answer = self.answer(place, fetch::get(self.fetch.as_ref(), url, &signal)).await?;
        let blob = if is_local { self.blob(&answer).await } else { self.read_body(&answer, &mut |_| {}).await };
        let blob = blob.map_err(|lost| lost.at(place))?;
        guard.finish();
        Ok(blob)
    }

    /// The head of an answer that is no refusal.
    async fn answer(&self, place: Place, promise: JsResult<Promise>) -> Outcome<AnyResponse> {
        let answer = self.deadline().wait(promise).await;
        let answer = answer.and_then(|answer| Ok(AnyResponse::of(answer)?)).map_err(|lost| lost.at(place))?;
        check_status(place, answer.status())
            .map_err(|error| Fault::from(error).retry_after(self.retry_after_ms(answer.header("retry-after"))))?;
        Ok(answer)
    }

    /// The body of an answer as the platform reads it.
    async fn blob(&self, answer: &AnyResponse) -> Answered<Blob> {
        Ok(body_blob(&self.deadline().wait(answer.blob()).await?)?)
    }

    /// Fires a request and forgets it.
    pub(super) fn fire(&self, request: Request) {
        let transport = self.clone();
        wasm_bindgen_futures::spawn_local(async move {
            _ = transport.exchange(&request, None).await;
        });
    }

    /// Reads a body piece by piece. The timeout is for each piece: a large picture on a slow line is no failure.
    async fn read_body(&self, answer: &AnyResponse, on_bytes: &mut dyn FnMut(&Uint8Array)) -> Answered<Blob> {
        let Some(reader) = answer.reader()? else {
            // An injected fetch may give a body that is no stream.
            let blob = self.blob(answer).await?;
            on_bytes(&blob_bytes(&self.deadline().wait(read_blob(&blob)).await?)?);
            return Ok(blob);
        };
        let parts = Array::new();
        let mut loose = Array::new();
        let mut loose_bytes = 0;
        while let Some(bytes) = piece_bytes(self.deadline().wait(reader.read()).await?)? {
            on_bytes(&bytes);
            loose.push(&bytes);
            loose_bytes += bytes.length();
            if loose_bytes >= BLOB_PART {
                parts.push(&make_blob(&loose, "")?.into());
                (loose, loose_bytes) = (Array::new(), 0);
            }
        }
        reader.finish();
        let mime = answer.header("content-type").unwrap_or_default();
        Ok(make_blob(&parts.concat(&loose), &mime)?)
    }

    /// What a promise of somebody else gives, within the time that a request has.
    pub(super) async fn wait(&self, promise: JsResult<Promise>) -> Answered<JsValue> {
        self.deadline().wait(promise).await
    }

    /// The time that one step of a request has from now.
    fn deadline(&self) -> Deadline {
        Deadline { ms: self.timeout_ms, timeout: TimeoutFuture::new(self.timeout_ms) }
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

/// Aborts its request when it is dropped, unless that is finished.
struct InFlight {
    controller: Option<AbortController>,
}

impl InFlight {
    fn new() -> Answered<(Self, AbortSignal)> {
        let controller = AbortController::new()?;
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

/// What the platform threw instead of an answer.
impl From<JsValue> for Lost {
    fn from(cause: JsValue) -> Self {
        Self { failure: Failure::Network, cause }
    }
}

impl Lost {
    /// In words: what failed, or how long it was waited for.
    pub(super) fn into_reason(self, failed: &str, late: &str) -> (String, JsValue) {
        match self.failure {
            Failure::Network => (failed.to_owned(), self.cause),
            Failure::Timeout(ms) => (format!("{late} within {ms} ms"), self.cause),
        }
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

/// An end to waiting.
struct Deadline {
    ms: u32,
    timeout: TimeoutFuture,
}

impl Deadline {
    /// What a promise gives. Every wait for the platform is this one: what is made of the value comes after it, so that the machinery
    /// is compiled once.
    async fn wait(&mut self, promise: JsResult<Promise>) -> Answered<JsValue> {
        let mut settled = JsFuture::from(promise?);
        poll_fn(|context| {
            if let Poll::Ready(result) = Pin::new(&mut settled).poll(context) {
                return Poll::Ready(result.map_err(Into::into));
            }
            let late = |()| Err(Lost { failure: Failure::Timeout(self.ms), cause: JsValue::UNDEFINED });
            Pin::new(&mut self.timeout).poll(context).map(late)
        })
        .await
    }
}
