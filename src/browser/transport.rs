//! The only I/O: a core [`Request`] goes out by fetch, an answer comes back. Dropping a request that is under way aborts it.

use std::cell::Cell;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::prelude::rust_2024::*;
use std::task::Poll;

use gloo_net::http::RequestBuilder;
use gloo_timers::future::TimeoutFuture;
use js_sys::{Array, Date, Function, Object, Promise, Reflect, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    AbortController, Blob, FormData, ReadableStream, ReadableStreamDefaultReader, RequestCredentials, RequestMode,
    RequestRedirect,
};

use super::blob::{AnyResponse, Hasher, make_blob};
use super::error::{Fault, Outcome};
use super::types::Options;
use crate::error::{Place, Result};
use crate::http::{Body, Failure, Method, PartValue, Request, Response};
use crate::retry::{Attempts, RetryPolicy};

thread_local! {
    /// Whether the platform's fetch keeps cookies, as a browser's does. Where it does not, the session's own go along as a header.
    static COOKIE_JAR: Cell<bool> = const { Cell::new(true) };
}

/// Told by the entry that knows its platform.
#[wasm_bindgen(js_name = setCookieJar)]
pub fn set_cookie_jar(has_one: bool) {
    COOKIE_JAR.set(has_one);
}

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_name = fetch, catch)]
    fn global_fetch(request: &web_sys::Request) -> std::result::Result<Promise, JsValue>;
}

/// How requests go out.
#[derive(Clone)]
pub(super) struct Transport {
    fetch: Option<Function>,
    timeout_ms: u32,
    pub(super) retry: RetryPolicy,
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

/// A body that came in: its bytes stay in a Blob.
pub(super) struct Download {
    pub(super) blob: Blob,
    pub(super) md5: String,
}

impl Clock {
    pub(super) fn of(options: &Options) -> Result<Self> {
        Ok(Self { now: options.function("now")?, random: options.function("random")? })
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
    pub(super) fn of(options: &Options) -> Result<Self> {
        Ok(Self {
            fetch: options.function("fetch")?,
            timeout_ms: options.timeout()?,
            retry: options.retry()?,
            clock: Clock::of(options)?,
        })
    }

    pub(super) fn fetch(&self) -> Option<&Function> {
        self.fetch.as_ref()
    }

    /// One request, one answer, its body read as text.
    pub(super) async fn exchange(&self, request: &Request, file: Option<&Blob>) -> std::result::Result<Response, Lost> {
        self.timed(self.timeout_ms, |controller| async move {
            let answer = self.send(request, file, &controller).await?;
            let retry_after_ms = self.retry_after_ms(&answer);
            let body = JsFuture::from(answer.text()?).await?;
            Ok(Response { status: answer.status(), body: body.as_string().unwrap_or_default(), retry_after_ms })
        })
        .await
    }

    /// The same request until it has an answer that `parse` takes, or the policy ends it.
    pub(super) async fn call<T>(&self, request: &Request, parse: impl Fn(&Response) -> Result<T>) -> Outcome<T> {
        let mut attempts = Attempts::default();
        loop {
            let (error, cause, asked_ms) = match self.exchange(request, None).await {
                Ok(response) => match parse(&response) {
                    Ok(value) => return Ok(value),
                    Err(error) => (error, JsValue::UNDEFINED, response.retry_after_ms),
                },
                Err(lost) => (lost.failure.at(request.place), lost.cause, None),
            };
            self.pause(&mut attempts, Fault::new(error, cause), asked_ms).await?;
        }
    }

    /// Waits before the next try, or gives the fault back when there is none.
    pub(super) async fn pause(&self, attempts: &mut Attempts, fault: Fault, asked_ms: Option<u64>) -> Outcome<()> {
        let Fault { error, cause, checkpoint } = fault;
        match attempts.after(error, &self.retry, asked_ms, self.clock.random()) {
            Ok(ms) => {
                TimeoutFuture::new(ms).await;
                Ok(())
            }
            Err(error) => Err(Fault { error, cause, checkpoint }),
        }
    }

    /// A request for bytes: they are hashed as they come and kept in a Blob. `on_bytes` hears how many there are, and of how many.
    pub(super) async fn download(
        &self,
        request: &Request,
        on_bytes: impl Fn(u64, Option<u64>),
    ) -> std::result::Result<(u16, Download), Lost> {
        let (answer, controller) = self
            .timed(self.timeout_ms, |controller| async move {
                Ok((self.send(request, None, &controller).await?, InFlight::new(controller)))
            })
            .await?;
        let status = answer.status();
        let total = header(&answer, "content-length").and_then(|length| length.parse().ok());
        let body = read_body(&answer, |loaded| on_bytes(loaded, total), self.timeout_ms).await?;
        controller.finish();
        Ok((status, body))
    }

    /// Fires a request and forgets it.
    pub(super) fn fire(&self, request: Request) {
        let transport = self.clone();
        wasm_bindgen_futures::spawn_local(async move {
            _ = transport.exchange(&request, None).await;
        });
    }

    async fn send(
        &self,
        request: &Request,
        file: Option<&Blob>,
        controller: &AbortController,
    ) -> JsResult<AnyResponse> {
        let promise = match &self.fetch {
            None => global_fetch(&native_request(request, file, controller)?)?,
            Some(fetch) => {
                let init = plain_init(request, file, controller)?;
                Promise::resolve(&fetch.call2(&JsValue::UNDEFINED, &request.url.as_str().into(), &init)?)
            }
        };
        let answer = JsFuture::from(promise).await?;
        if answer.is_object() { Ok(answer.unchecked_into()) } else { Err("fetch gave no Response".into()) }
    }

    /// Ends the work after so many milliseconds, and aborts its request when it ends without an answer, or is dropped.
    async fn timed<T, F: Future<Output = JsResult<T>>>(
        &self,
        ms: u32,
        work: impl FnOnce(AbortController) -> F,
    ) -> std::result::Result<T, Lost> {
        let controller = AbortController::new().map_err(Lost::network)?;
        let guard = InFlight::new(controller.clone());
        let answer = within(ms, work(controller)).await?;
        guard.finish();
        Ok(answer)
    }

    /// `Retry-After`: seconds, or a date.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss)]
    fn retry_after_ms(&self, answer: &AnyResponse) -> Option<u64> {
        let text = header(answer, "retry-after")?;
        if let Ok(seconds) = text.trim().parse::<u64>() {
            return Some(seconds.saturating_mul(1000));
        }
        let wait = Date::parse(&text) - self.clock.now_ms() as f64;
        (wait > 0.0).then_some(wait as u64)
    }
}

type JsResult<T> = std::result::Result<T, JsValue>;

/// Aborts its request when it is dropped, unless that is finished.
struct InFlight {
    controller: Option<AbortController>,
}

impl InFlight {
    fn new(controller: AbortController) -> Self {
        Self { controller: Some(controller) }
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

/// Reads a body piece by piece. The timeout is for each piece: a large picture on a slow line is no failure.
async fn read_body(
    answer: &AnyResponse,
    on_loaded: impl Fn(u64),
    timeout_ms: u32,
) -> std::result::Result<Download, Lost> {
    let mut hasher = Hasher::default();
    let parts = Array::new();
    let mut loaded = 0;
    let mut take = |bytes: &Uint8Array| {
        hasher.update(bytes);
        loaded += u64::from(bytes.length());
        on_loaded(loaded);
        parts.push(bytes);
    };
    if let Ok(stream) = answer.body().dyn_into::<ReadableStream>() {
        let reader: ReadableStreamDefaultReader = stream.get_reader().unchecked_into();
        loop {
            let piece = within(timeout_ms, JsFuture::from(reader.read())).await?;
            let piece = Options::new(piece);
            if piece.flag("done") {
                break;
            }
            take(&piece.get("value").unchecked_into());
        }
    } else {
        // An injected fetch may give a body that is no stream.
        let blob: Blob = within(timeout_ms, async { JsFuture::from(answer.blob()?).await }).await?.unchecked_into();
        let buffer = within(timeout_ms, JsFuture::from(blob.array_buffer())).await?;
        take(&Uint8Array::new(&buffer));
    }
    let blob = make_blob(&parts, "").map_err(|fault| Lost::network(fault.cause))?;
    Ok(Download { blob, md5: hasher.finish() })
}

fn header(answer: &AnyResponse, name: &str) -> Option<String> {
    answer.headers().get(name).ok().flatten()
}

/// Headers of a request, with the session's cookies where the platform keeps none.
fn headers(request: &Request) -> Vec<(&'static str, &str)> {
    let cookies = request.cookies.as_deref().filter(|_| !COOKIE_JAR.get());
    let named = request.headers.iter().map(|(name, value)| (*name, value.as_str()));
    named.chain(cookies.map(|cookies| ("cookie", cookies))).collect()
}

fn credentials(request: &Request) -> RequestCredentials {
    if request.cookies.is_some() { RequestCredentials::Include } else { RequestCredentials::Omit }
}

/// A request that carries the session is not led to another address; one without may be.
fn redirect(request: &Request) -> RequestRedirect {
    let carries_secrets = request.cookies.is_some() || !request.headers.is_empty();
    if carries_secrets { RequestRedirect::Error } else { RequestRedirect::Follow }
}

fn native_request(request: &Request, file: Option<&Blob>, controller: &AbortController) -> JsResult<web_sys::Request> {
    let mut builder = match request.method {
        Method::Get => gloo_net::http::Request::get(&request.url),
        Method::Post => gloo_net::http::Request::post(&request.url),
    };
    builder =
        builder.credentials(credentials(request)).redirect(redirect(request)).abort_signal(Some(&controller.signal()));
    if request.place.step == "reportforweb" {
        builder = builder.mode(RequestMode::NoCors);
    }
    for (name, value) in headers(request) {
        builder = builder.header(name, value);
    }
    let built = match body(request, file)? {
        Some(body) => builder.body(body),
        None => RequestBuilder::build(builder),
    };
    built.map(Into::into).map_err(|error| error.to_string().into())
}

/// The `init` of an injected fetch: plain values, which a wrapper can read and spread.
fn plain_init(request: &Request, file: Option<&Blob>, controller: &AbortController) -> JsResult<Object> {
    let set = |object: &Object, key: &str, value: &JsValue| Reflect::set(object, &key.into(), value).map(drop);
    let plain_headers = Object::new();
    for (name, value) in headers(request) {
        set(&plain_headers, name, &value.into())?;
    }
    let init = Object::new();
    set(&init, "method", &request.method.as_str().into())?;
    set(&init, "headers", &plain_headers)?;
    set(&init, "credentials", &credentials(request).into())?;
    set(&init, "redirect", &redirect(request).into())?;
    set(&init, "signal", &controller.signal())?;
    if let Some(body) = body(request, file)? {
        set(&init, "body", &body)?;
    }
    Ok(init)
}

#[allow(clippy::cast_precision_loss)]
fn body(request: &Request, file: Option<&Blob>) -> JsResult<Option<JsValue>> {
    match &request.body {
        Body::Empty => Ok(None),
        Body::Json(json) => Ok(Some(json.as_str().into())),
        Body::Form(parts) => {
            let form = FormData::new()?;
            for part in parts {
                match (&part.value, file) {
                    (PartValue::Text(text), _) => form.append_with_str(part.name, text)?,
                    (PartValue::File { range, name, mime }, Some(file)) => {
                        let (start, end) = (range.start as f64, range.end as f64);
                        let slice = file.slice_with_f64_and_f64_and_content_type(start, end, mime)?;
                        form.append_with_blob_and_filename(part.name, &slice, name)?;
                    }
                    (PartValue::File { .. }, None) => {}
                }
            }
            Ok(Some(form.into()))
        }
    }
}
