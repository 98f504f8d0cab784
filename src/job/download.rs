//! The download of one picture. Failures of the services look like success, so it is judged by its bytes.
//!
//! ```text
//! request ──▶ Head: the status ──▶ Begun: is it a picture? ──▶ Received …: is it too much? ──▶ Picture: is it the right one? ──▶ the end
//!    ▲                                                                             │
//!    └───────────────────────────── a transient failure ◀──────────────────────────┘
//! ```

use super::call::{Call, Turn, Verdict};
use super::due::Due;
use super::progress::{Progress, Stage};
use super::{Action, Context, Handled, Input, Job, Length, RequestId, Step, Transmission, Wanted};
use crate::digest::Md5Hex;
use crate::download::{Bounds, Expectation, Size, Verdict as Judgement, Verified};
use crate::error::{Error, Place, Result};
use crate::http::{Failure, Request, Response, check_status};
use crate::image::{ImageInfo, check_head};
use crate::prelude::*;
use crate::retry::Terms;

/// A picture that may be handed on. Its bytes stay with the driver.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// What its head says.
    pub image: ImageInfo,
    /// Of its bytes.
    pub md5: Md5Hex,
    /// How it was compared with its message.
    pub judgement: Judgement,
}

/// Gets one picture and verifies it.
#[derive(Debug)]
pub struct Download {
    request: Request,
    /// What may come: the first that fits.
    sizes: Vec<Size>,
    expect: Option<Expectation>,
    call: Call,
    /// Of the answer that is coming in.
    announced: Option<Length>,
    /// Its header.
    retry_after: Option<String>,
    /// The most bytes ever reported.
    most_loaded: u64,
    bounds: Bounds,
    /// When all of it has to be there; known from its first request on.
    until_ms: Option<u64>,
    due: Due<Picture>,
}

impl Download {
    /// What `request` gives, compared with what `expect` says of it.
    pub fn new(request: Request, size: Size, expect: Option<Expectation>, terms: Terms) -> Self {
        Self {
            request,
            sizes: vec![size],
            expect,
            call: Call::new(terms),
            announced: None,
            retry_after: None,
            most_loaded: 0,
            bounds: Bounds::default(),
            until_ms: None,
            due: Due::new(),
        }
    }

    /// The same with bounds of the caller's own.
    #[must_use]
    pub fn within(self, bounds: Bounds) -> Self {
        Self { bounds, ..self }
    }

    /// The same where any of these sizes may come.
    #[must_use]
    pub(super) fn accepting(self, sizes: &[Size]) -> Self {
        Self { sizes: sizes.to_vec(), ..self }
    }

    /// The same with a time by which all of it has to be there, which began earlier.
    #[must_use]
    pub(super) fn until(self, until_ms: Option<u64>) -> Self {
        Self { until_ms, ..self }
    }

    fn place(&self) -> Place {
        self.request.place
    }

    fn headed(&mut self, cx: &Context<'_>, response: Response, length: Option<Length>, id: RequestId) -> Handled {
        let place = self.place();
        self.retry_after = response.retry_after;
        match check_status(place, response.status) {
            Ok(()) => {
                self.call.extend(cx);
                self.announced = length;
                // The answer says how much is to come: there is no need to wait for it.
                let bytes = length.filter(|length| length.is_exact).map_or(0, |length| length.bytes);
                self.bounded(cx, bytes, id).unwrap_or(Handled::Noted)
            }
            Err(error) => self.refused(cx, error, id),
        }
    }

    /// The answer is not needed: nobody waits for the rest of it.
    fn refused(&mut self, cx: &Context<'_>, error: Error, id: RequestId) -> Handled {
        self.due.push(Action::Cancel(id));
        self.failed(cx, error)
    }

    /// Ends the answer if so many bytes are too many.
    fn bounded(&mut self, cx: &Context<'_>, bytes: u64, id: RequestId) -> Option<Handled> {
        // A body may be encoded where CORS hides headers: then its length is another.
        let by_answer = self.announced.filter(|length| length.is_exact).map(|length| length.bytes);
        let by_message = self.expect.as_ref().and_then(Expectation::most);
        let error = self.bounds.check(self.place(), bytes, by_message.into_iter().chain(by_answer)).err()?;
        Some(self.refused(cx, error, id))
    }

    /// What is neither a picture nor can be known by its length or MD5 is not read to its end.
    fn begun(&mut self, cx: &Context<'_>, head: &[u8], id: RequestId) -> Handled {
        let has_facts = self.expect.as_ref().is_some_and(Expectation::has_facts);
        match check_head(self.place(), head) {
            Err(error) if !has_facts => self.refused(cx, error, id),
            _ => Handled::Noted,
        }
    }

    fn received(&mut self, cx: &Context<'_>, loaded: u64, id: RequestId) -> Handled {
        if let Some(handled) = self.bounded(cx, loaded, id) {
            return handled;
        }
        self.call.extend(cx);
        self.most_loaded = self.most_loaded.max(loaded);
        let announced = self.announced.map(|length| length.bytes);
        let total = announced.or_else(|| self.expect.as_ref()?.total(*self.sizes.first()?));
        self.due.tell(Progress::of(Stage::Download, self.most_loaded, total));
        Handled::Noted
    }

    fn arrived(&mut self, cx: &Context<'_>, size: u64, image: Result<ImageInfo>, md5: Md5Hex) -> Handled {
        let place = self.place();
        if self.announced.is_some_and(|length| length.is_exact && size < length.bytes) {
            // WebKit takes what came before the connection broke for the whole.
            return self.failed(cx, Failure::Network.at(place));
        }
        let judged = judge(place, self.expect.as_ref(), &self.sizes, size, image, md5);
        match judged {
            Ok(picture) => {
                self.call.taken();
                self.due.end(Ok(picture));
                Handled::Accepted
            }
            Err(error) => self.failed(cx, error),
        }
    }

    fn failed(&mut self, cx: &Context<'_>, error: Error) -> Handled {
        self.announced = None;
        let retry_after = self.retry_after.take();
        match self.call.failed::<()>(cx, error, retry_after.as_deref()) {
            Verdict::Failed(error) => {
                self.due.end(Err(error));
                Handled::Failed
            }
            Verdict::Taken(()) | Verdict::Retrying => Handled::Retrying,
        }
    }
}

/// Whether these bytes may be handed on: they are a picture, and of one of the sizes that are wanted.
pub(super) fn judge(
    place: Place,
    expect: Option<&Expectation>,
    sizes: &[Size],
    size: u64,
    image: Result<ImageInfo>,
    md5: Md5Hex,
) -> Result<Picture> {
    let Some(expect) = expect else {
        // The thumbnail is a request of its own; which original comes, nobody says.
        let variant = sizes.first().copied().filter(|size| *size == Size::Thumbnail);
        return Ok(Picture { image: image?, md5, judgement: Judgement { variant, ..Judgement::default() } });
    };
    let mut refusal = None;
    let fits =
        |wanted: &Size| expect.check(place, *wanted, size, &md5).map_err(|error| refusal.get_or_insert(error).clone());
    let judgement = sizes.iter().map(fits).find_map(Result::ok);
    match (image, judgement) {
        (Ok(image), Some(judgement)) => Ok(Picture { image, md5, judgement }),
        // The message knows its bytes better than our reader does.
        (Err(error), Some(judgement)) if judgement.verified != Verified::None => {
            Ok(Picture { image: ImageInfo::unknown(size, &error), md5, judgement })
        }
        (Err(error), _) => Err(error),
        (Ok(_), None) => Err(refusal.unwrap_or_else(|| Error::internal("a picture of no size"))),
    }
}

impl Job for Download {
    type Output = Picture;

    fn poll(&mut self, cx: &mut Context<'_>) -> Step<Picture> {
        if let Some(step) = self.due.next() {
            return step;
        }
        let until_ms = *self.until_ms.get_or_insert(cx.now.elapsed_ms + u64::from(self.bounds.total_ms));
        if until_ms <= cx.now.elapsed_ms && !self.call.is_over() {
            let id = self.call.under_way();
            self.call.taken();
            self.due.end(Err(self.bounds.late(self.place())));
            return id.map_or_else(|| self.poll(cx), |id| Step::Do(Action::Cancel(id)));
        }
        match self.call.poll(cx) {
            Turn::Send(id) => {
                let request = self.request.clone();
                Step::Do(Action::Request(Transmission { id, request, source: 0, wanted: Wanted::Picture }))
            }
            Turn::Expired(id, failure) => {
                self.failed(cx, failure.at(self.place()));
                Step::Do(Action::Cancel(id))
            }
            Turn::Wait(ms) => Step::Do(Action::Wait(Some(ms.min(until_ms)))),
        }
    }

    fn handle(&mut self, cx: &mut Context<'_>, input: Input) -> Handled {
        match input {
            Input::Head { id, response, length } if self.call.waits_for(id) => self.headed(cx, response, length, id),
            Input::Received { id, loaded } if self.call.waits_for(id) => self.received(cx, loaded, id),
            Input::Begun { id, head } if self.call.waits_for(id) => self.begun(cx, &head, id),
            Input::Picture { id, size, image, md5 } if self.call.waits_for(id) => self.arrived(cx, size, image, md5),
            Input::Lost { id, failure } if self.call.waits_for(id) => self.failed(cx, failure.at(self.place())),
            _ => Handled::Ignored,
        }
    }

    fn abort(&mut self, _: &mut Context<'_>) {}
}
