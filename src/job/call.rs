//! One request, sent until it has an answer that its reader takes or until its tries are used up. The other jobs are made of these.

use super::{Context, Handled, Input, RequestId, Transmission, Wanted};
use crate::error::{Error, Place, Result};
use crate::http::{Failure, Request, Response};
use crate::retry::{Terms, Tries};

/// One request and its tries.
#[derive(Debug)]
pub(super) struct Call {
    terms: Terms,
    tries: Tries,
    state: State,
}

#[derive(Clone, Copy, Debug)]
enum State {
    /// To be sent at this time.
    Due { at_ms: u64 },
    /// Sent; without an answer by this time it is lost.
    Sent { id: RequestId, until_ms: u64 },
    /// It has its answer, or no more tries.
    Over,
}

/// What a call wants.
#[derive(Debug)]
pub(super) enum Turn {
    /// Send the request under this id.
    Send(RequestId),
    /// Stop this request, and hand its loss to the job.
    Expired(RequestId, Failure),
    /// Nothing before this time.
    Wait(u64),
}

/// What came of an answer.
pub(super) enum Verdict<T> {
    /// The reader took it.
    Taken(T),
    /// It is tried again.
    Retrying,
    /// It failed for good.
    Failed(Error),
}

impl Call {
    pub(super) fn new(terms: Terms) -> Self {
        Self { terms, tries: Tries::default(), state: State::Due { at_ms: 0 } }
    }

    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Turn {
        let now_ms = cx.now.elapsed_ms;
        match self.state {
            State::Due { at_ms } if at_ms > now_ms => Turn::Wait(at_ms),
            State::Due { .. } => {
                let id = RequestId::new(cx);
                self.state = State::Sent { id, until_ms: now_ms + u64::from(self.terms.timeout_ms) };
                Turn::Send(id)
            }
            State::Sent { until_ms, .. } if until_ms > now_ms => Turn::Wait(until_ms),
            State::Over => Turn::Wait(u64::MAX),
            State::Sent { id, .. } => Turn::Expired(id, Failure::Timeout(self.terms.timeout_ms)),
        }
    }

    /// Whether this is the request that it waits for.
    pub(super) fn waits_for(&self, id: RequestId) -> bool {
        matches!(self.state, State::Sent { id: sent, .. } if sent == id)
    }

    /// The request under way, if there is one.
    pub(super) fn under_way(&self) -> Option<RequestId> {
        match self.state {
            State::Sent { id, .. } => Some(id),
            State::Due { .. } | State::Over => None,
        }
    }

    /// Something came of the request: it has its whole time again.
    pub(super) fn extend(&mut self, cx: &Context<'_>) {
        if let State::Sent { until_ms, .. } = &mut self.state {
            *until_ms = cx.now.elapsed_ms + u64::from(self.terms.timeout_ms);
        }
    }

    /// Whether it has its answer, or no more tries.
    pub(super) fn is_over(&self) -> bool {
        matches!(self.state, State::Over)
    }

    /// The request has its answer.
    pub(super) fn taken(&mut self) {
        self.state = State::Over;
    }

    /// The request failed, as far as this try goes. `retry_after` is the answer's own header.
    pub(super) fn failed<T>(&mut self, cx: &Context<'_>, error: Error, retry_after: Option<&str>) -> Verdict<T> {
        match self.tries.after(error, &self.terms.retry, retry_after, cx.now.date_ms, cx.random) {
            Ok(wait_ms) => {
                self.state = State::Due { at_ms: cx.now.elapsed_ms + u64::from(wait_ms) };
                Verdict::Retrying
            }
            Err(error) => {
                self.state = State::Over;
                Verdict::Failed(error)
            }
        }
    }

    /// An answer, which `read` judges, or none.
    pub(super) fn settled<T>(
        &mut self,
        cx: &Context<'_>,
        place: Place,
        answer: Answered<'_>,
        read: impl FnOnce(&Response) -> Result<T>,
    ) -> Verdict<T> {
        match answer {
            Ok(response) => match read(response) {
                Ok(value) => {
                    self.taken();
                    Verdict::Taken(value)
                }
                Err(error) => self.failed(cx, error, response.retry_after.as_deref()),
            },
            Err(failure) => self.failed(cx, failure.at(place), None),
        }
    }
}

/// What came of a request: an answer, or none.
pub(super) type Answered<'a> = core::result::Result<&'a Response, Failure>;

/// A job of one request whose answer is read as a string: [`Call`] with its request and its end.
#[derive(Debug)]
pub(super) struct Exchange {
    request: Request,
    call: Call,
}

impl Exchange {
    pub(super) fn new(request: Request, terms: Terms) -> Self {
        Self { request, call: Call::new(terms) }
    }

    pub(super) fn under_way(&self) -> Option<RequestId> {
        self.call.under_way()
    }

    pub(super) fn request(&self) -> &Request {
        &self.request
    }

    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Exchanging {
        match self.call.poll(cx) {
            Turn::Send(id) => {
                let request = self.request.clone();
                Exchanging::Send(Transmission { id, request, source: 0, wanted: Wanted::Text })
            }
            Turn::Expired(id, failure) => Exchanging::Expired(id, Input::Lost { id, failure }),
            Turn::Wait(until_ms) => Exchanging::Wait(until_ms),
        }
    }

    /// Takes an input; the verdict, if it is for this exchange.
    pub(super) fn handle<T>(
        &mut self,
        cx: &Context<'_>,
        input: &Input,
        read: impl FnOnce(&Response) -> Result<T>,
    ) -> Option<Verdict<T>> {
        let (id, answer) = match input {
            Input::Answer { id, response } => (id, Ok(response)),
            Input::Lost { id, failure } => (id, Err(*failure)),
            _ => return None,
        };
        self.call.waits_for(*id).then(|| self.call.settled(cx, self.request.place, answer, read))
    }
}

/// What an exchange wants.
pub(super) enum Exchanging {
    Send(Transmission),
    /// Stop the request, and handle this.
    Expired(RequestId, Input),
    Wait(u64),
}

impl<T> Verdict<T> {
    /// In the words of [`Handled`], with the end of the job, if this is one.
    pub(super) fn settle(self) -> (Handled, Option<Result<T>>) {
        match self {
            Self::Taken(value) => (Handled::Accepted, Some(Ok(value))),
            Self::Retrying => (Handled::Retrying, None),
            Self::Failed(error) => (Handled::Failed, Some(Err(error))),
        }
    }
}
