//! The only I/O: requests go out, answers come back, in the time they are given. Dropping a request that is under way aborts it.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::prelude::rust_2024::*;
use std::rc::Rc;
use std::task::Poll;

use gloo_timers::future::TimeoutFuture;
use js_sys::{Function, Promise, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortController, AbortSignal, Blob};

use super::arrival::{BodyParts, arrived};
use super::blob::Hasher;
use super::clock::Clock;
use super::error::{Fault, Outcome, without_quotes};
use super::fetch;
use super::foreign::{AnyResponse, JsResult, blob_bytes, body_blob, first_text, head_of, piece_bytes, read_blob};
use super::inbox::Inbox;
use super::options::Options;
use super::source::{Held, hash};
use super::xhr::{self, UnderWay};
use crate::error::{Place, Result};
use crate::http::{Body, Failure, Request, Response, check_status};
use crate::image::HEAD;
use crate::job::{Input, Length, RequestId, Transmission, Wanted};

/// How requests go out.
#[derive(Clone)]
pub(super) struct Transport {
    fetch: Option<Function>,
    timeout_ms: u32,
    pub(super) clock: Clock,
}

/// No answer: why, and what the platform threw.
pub(super) struct Lost {
    pub(super) failure: Failure,
    pub(super) cause: JsValue,
}

/// What came of a request, or of a step of it.
pub(super) type Answered<T> = std::result::Result<T, Lost>;

impl Transport {
    /// As the options of a client have it; without options, the platform's fetch and the defaults.
    pub(super) fn of(options: &Options) -> Result<Self> {
        Ok(Self { fetch: options.function("fetch")?, timeout_ms: options.timeout()?, clock: Clock::of(options)? })
    }

    /// Carries one request, and puts what comes of it into the inbox. `hears_bytes`: whether anybody wants to know how many of its
    /// bytes have left. Dropped before it is over, it aborts the request.
    pub(super) fn carry(
        &self,
        transmission: Transmission,
        file: Option<Rc<Held>>,
        hears_bytes: bool,
        inbox: Rc<Inbox>,
    ) -> impl Future<Output = ()> + 'static {
        let fetch = self.fetch.clone();
        async move {
            let Transmission { id, request, wanted, .. } = transmission;
            if let (Some(file), Some(range)) = (&file, request.file_range())
                && let Err(fault) = file.check(range).await
            {
                inbox.put_with(Input::Lost { id, failure: Failure::FileChanged }, fault.into_cause());
                return;
            }
            let file = file.as_ref().map(|file| &file.blob);
            let by_xhr = hears_bytes && fetch.is_none() && matches!(request.body, Body::Form(_)) && xhr::is_here();
            let carried = match wanted {
                Wanted::Text if by_xhr => upload(id, &request, file, &inbox).await,
                Wanted::Text | Wanted::Nothing => exchange(fetch.as_ref(), id, &request, file, &inbox).await,
                Wanted::Picture => picture(fetch.as_ref(), id, &request, &inbox).await,
            };
            if let Err(cause) = carried {
                inbox.lost(id, without_quotes(cause, &request.said()));
            }
        }
    }

    /// What lies at a URL of the caller's: `blob:` and `data:` are the platform's business, whoever fetches the rest. Where its bytes lie in the page already, they stay there.
    pub(super) async fn get(&self, place: Place, url: &JsValue, is_local: bool) -> Outcome<Blob> {
        let (guard, signal) = InFlight::new().map_err(|cause| Lost::from(cause).at(place))?;
        let answer = self.opened(place, fetch::get(self.fetch.as_ref().filter(|_| !is_local), url, &signal)).await?;
        let blob = if is_local { self.blob(&answer).await } else { self.read_body(&answer).await };
        let blob = blob.map_err(|lost| lost.at(place))?;
        guard.finish();
        Ok(blob)
    }

    /// The head of an answer that is no refusal.
    async fn opened(&self, place: Place, promise: JsResult<Promise>) -> Outcome<AnyResponse> {
        let answer = self.wait(promise).await;
        let answer = answer.and_then(|answer| Ok(AnyResponse::of(answer)?)).map_err(|lost| lost.at(place))?;
        check_status(place, answer.status())?;
        Ok(answer)
    }

    /// The body of an answer as the platform reads it.
    async fn blob(&self, answer: &AnyResponse) -> Answered<Blob> {
        Ok(body_blob(&self.deadline().wait(answer.blob()).await?)?)
    }

    /// Reads a body piece by piece. The timeout is for each piece: a large picture on a slow line is no failure.
    async fn read_body(&self, answer: &AnyResponse) -> Answered<Blob> {
        let Some(reader) = answer.reader()? else { return self.blob(answer).await };
        let mut body = BodyParts::default();
        while let Some(bytes) = piece_bytes(self.wait(reader.read()).await?)? {
            body.push(&bytes)?;
        }
        reader.finish();
        Ok(body.into_blob(&answer.header("content-type").unwrap_or_default())?)
    }

    /// What a promise of somebody else gives, within the time that a request has.
    pub(super) async fn wait(&self, promise: JsResult<Promise>) -> Answered<JsValue> {
        self.deadline().wait(promise).await
    }

    /// The time that one step of a request has from now.
    fn deadline(&self) -> Deadline {
        Deadline { ms: self.timeout_ms, timeout: TimeoutFuture::new(self.timeout_ms) }
    }
}

/// One request, one answer, its body read as a string.
async fn exchange(
    fetch: Option<&Function>,
    id: RequestId,
    request: &Request,
    file: Option<&Blob>,
    inbox: &Inbox,
) -> JsResult<()> {
    let (guard, signal) = InFlight::new()?;
    let answer = AnyResponse::of(JsFuture::from(fetch::send(fetch, request, file, &signal)?).await?)?;
    let body = if let Some(reader) = answer.reader()? {
        let mut body = Vec::new();
        let mut is_whole = false;
        while body.len() <= request.longest && !is_whole {
            match piece_bytes(JsFuture::from(reader.read()?).await?)? {
                Some(bytes) => body.extend(head_of(&bytes, request.longest + 1 - body.len())),
                None => is_whole = true,
            }
        }
        if is_whole {
            reader.finish();
            guard.finish();
        }
        // As the platform makes a string of it.
        String::from_utf8_lossy(body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&body)).into_owned()
    } else {
        // An injected fetch may give a body that is no stream.
        let text = JsFuture::from(answer.text()?).await?;
        guard.finish();
        first_text(&text, request.longest).ok_or("the response's text() returned no string")?
    };
    let response = Response { status: answer.status(), body, retry_after: answer.header("retry-after") };
    inbox.put(Input::Answer { id, response });
    Ok(())
}

/// The same by XMLHttpRequest, which says how many bytes have left.
async fn upload(id: RequestId, request: &Request, file: Option<&Blob>, inbox: &Rc<Inbox>) -> JsResult<()> {
    let heard = Rc::clone(inbox);
    let on_sent = Box::new(move |sent, total| heard.put(Input::BytesSent { id, sent, total }));
    let Body::Form(parts) = &request.body else { return Err("no form to send".into()) };
    let under_way = UnderWay::send(request, &fetch::form(parts, file)?, on_sent)?;
    JsFuture::from(under_way.is_over()).await?;
    let xhr::Answer { status, text, retry_after } = under_way.answer(request)?;
    inbox.put(Input::Answer { id, response: Response { status, body: text, retry_after } });
    Ok(())
}

/// One picture: its bytes are hashed as they come.
async fn picture(fetch: Option<&Function>, id: RequestId, request: &Request, inbox: &Inbox) -> JsResult<()> {
    let (guard, signal) = InFlight::new()?;
    let answer = AnyResponse::of(JsFuture::from(fetch::send(fetch, request, None, &signal)?).await?)?;
    let response = Response { status: answer.status(), body: String::new(), retry_after: answer.header("retry-after") };
    let (announced, exact) = (announced_length(&answer), answer.is_open());
    inbox.put(Input::Head { id, response, length: announced.map(|bytes| Length { bytes, is_exact: exact }) });
    let (mut hasher, mut body, mut loaded) = (Hasher::default(), BodyParts::default(), 0);
    let mime = answer.header("content-type").unwrap_or_default();
    let mut head = Some(Vec::new());
    let mut take = |bytes: &Uint8Array| {
        loaded += u64::from(bytes.length());
        if let Some(first) = &mut head {
            first.extend(head_of(bytes, HEAD as usize - first.len()));
        }
        if let Some(head) = head.take_if(|first| first.len() == HEAD as usize) {
            inbox.put(Input::Begun { id, head });
        }
        inbox.put(Input::Received { id, loaded });
    };
    let blob = if let Some(reader) = answer.reader()? {
        while let Some(bytes) = piece_bytes(JsFuture::from(reader.read()?).await?)? {
            take(&bytes);
            body.push(&bytes)?;
            hash(&mut hasher, &bytes).await?;
        }
        reader.finish();
        body.into_blob(&mime)?
    } else {
        // An injected fetch may give a body that is no stream.
        let blob = body_blob(&JsFuture::from(answer.blob()?).await?)?;
        let bytes = blob_bytes(&JsFuture::from(read_blob(&blob)?).await?)?;
        take(&bytes);
        hash(&mut hasher, &bytes).await?;
        blob
    };
    guard.finish();
    arrived(inbox, id, request.place, blob, loaded, hasher).await
}

/// Aborts its request when it is dropped, unless that is finished.
struct InFlight {
    controller: Option<AbortController>,
}

impl InFlight {
    fn new() -> JsResult<(Self, AbortSignal)> {
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
            Failure::Network | Failure::FileChanged => (failed.to_owned(), self.cause),
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
