//! The sending of one message: of what was uploaded, or of a received picture.

use super::call::{Exchange, Exchanging};
use super::due::Due;
use super::progress::{Progress, Stage};
use super::{Action, Context, Handled, Input, Job, RequestId, Step};
use crate::client::Client;
use crate::error::{Error, Result};
use crate::http::Body;
use crate::prelude::*;
use crate::send::{self, Receipt};
use crate::session::Receiver;
use crate::upload::UploadedMedia;

/// Sends what was uploaded. Every try has the same `ClientMsgId`, and so has the next call after a lost answer.
#[derive(Debug)]
pub struct Send(Outgoing);

/// Sends a received picture on.
#[derive(Debug)]
pub struct Forward(Outgoing);

#[derive(Debug)]
struct Outgoing {
    client_msg_id: String,
    exchange: Exchange,
    has_left: bool,
    due: Due<Receipt>,
}

impl Send {
    /// Refuses media that no upload gave.
    pub fn new(cx: &mut Context<'_>, client: &Client, media: &UploadedMedia, to: &Receiver) -> Result<Self> {
        media.check()?;
        client.session.check_receiver(to)?;
        Ok(Self(Outgoing::new(cx, client, &media.media_id, to, |device_id, id| {
            send::media_request(&client.session, device_id, media, to, id)
        })))
    }
}

impl Send {
    /// The request that it waits for.
    pub(super) fn under_way(&self) -> Option<RequestId> {
        self.0.exchange.under_way()
    }
}

impl Forward {
    /// `content` as `parseMessage` gives it. Refuses a message that is no image.
    pub fn new(cx: &mut Context<'_>, client: &Client, content: &str, to: &Receiver) -> Result<Self> {
        send::check_content(content)?;
        client.session.check_receiver(to)?;
        Ok(Self(Outgoing::new(cx, client, content, to, |device_id, id| {
            send::forward_request(&client.session, device_id, content, to, id)
        })))
    }
}

impl Outgoing {
    fn new(
        cx: &mut Context<'_>,
        client: &Client,
        what: &str,
        to: &Receiver,
        request: impl FnOnce(&str, &str) -> crate::http::Request,
    ) -> Self {
        let Context { now, random, ids, messages } = cx;
        let client_msg_id = messages.begin(what, to, || ids.client_msg_id(now.date_ms, *random));
        let request = request(&client.device_id(cx.random), &client_msg_id);
        let exchange = Exchange::new(request, client.options.terms);
        let mut outgoing = Self { client_msg_id, exchange, has_left: false, due: Due::new() };
        outgoing.tell(0);
        outgoing
    }

    /// How much of the body has been sent: nothing yet, or all of it.
    fn tell(&mut self, loaded: u64) {
        let size = match &self.exchange.request().body {
            Body::Json(json) => json.len() as u64,
            Body::Empty | Body::Form(_) => 0,
        };
        self.due.tell(Progress::of(Stage::Send, loaded.min(size), Some(size)));
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Step<Receipt> {
        if let Some(step) = self.due.next() {
            // Not before: a caller who aborts meanwhile has no receipt, and a second call is to be the same message.
            if matches!(step, Step::Done(Ok(_))) {
                cx.messages.delivered(&self.client_msg_id);
            }
            return step;
        }
        match self.exchange.poll(cx) {
            Exchanging::Send(transmission) => {
                self.has_left = true;
                Step::Do(Action::Request(transmission))
            }
            Exchanging::Expired(id, lost) => {
                self.handle(cx, &lost);
                Step::Do(Action::Cancel(id))
            }
            Exchanging::Wait(until_ms) => Step::Do(Action::Wait(Some(until_ms))),
        }
    }

    fn handle(&mut self, cx: &mut Context<'_>, input: &Input) -> Handled {
        let place = self.exchange.request().place;
        let read = |response: &_| send::receipt(place, response, &self.client_msg_id);
        let Some(verdict) = self.exchange.handle(cx, input, read) else { return Handled::Ignored };
        let (handled, end) = verdict.settle();
        match end {
            Some(Ok(receipt)) => {
                self.tell(u64::MAX);
                self.due.end(Ok(receipt));
            }
            Some(Err(error)) => {
                let error: Error = cx.messages.failed(&self.client_msg_id, error);
                self.due.end(Err(error));
            }
            None => {}
        }
        handled
    }

    fn abort(&mut self, cx: &mut Context<'_>) {
        cx.messages.aborted(&self.client_msg_id, self.has_left);
    }
}

impl Job for Send {
    type Output = Receipt;

    fn poll(&mut self, cx: &mut Context<'_>) -> Step<Receipt> {
        self.0.poll(cx)
    }

    fn handle(&mut self, cx: &mut Context<'_>, input: Input) -> Handled {
        self.0.handle(cx, &input)
    }

    fn abort(&mut self, cx: &mut Context<'_>) {
        self.0.abort(cx);
    }
}

impl Job for Forward {
    type Output = Receipt;

    fn poll(&mut self, cx: &mut Context<'_>) -> Step<Receipt> {
        self.0.poll(cx)
    }

    fn handle(&mut self, cx: &mut Context<'_>, input: Input) -> Handled {
        self.0.handle(cx, &input)
    }

    fn abort(&mut self, cx: &mut Context<'_>) {
        self.0.abort(cx);
    }
}
