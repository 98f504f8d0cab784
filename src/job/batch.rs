//! Many images to one receiver, in the order of a list, at a [`Pace`]. While the message of one is being sent, the next
//! [`Pictures`](super::Pictures) are opened and uploaded, each chunk after chunk. No more than these wait for their messages.
//!
//! A source goes through [`SendSource`]. Its outcome is reported after those before it, and the next outcome is reported, and the
//! next message sent, when the caller has taken it. An error after which every further request makes it worse
//! ([`Error::ends_batch`]) ends the batch: the uploads are stopped, and the rest is reported as not tried.

use alloc::collections::VecDeque;
use alloc::rc::Rc;

use super::due::Due;
use super::{Action, Context, Event, Goal, Handled, Input, Job, Pace, RequestId, SendSource, Sent, Step};
use crate::client::Client;
use crate::error::{Error, ErrorKind, Result};
use crate::prelude::*;
use crate::session::Receiver;
use crate::upload::Checkpoint;

/// Why a source of a list was not sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ended {
    /// What went wrong: with it, or with the one that ended the batch.
    pub error: Error,
    /// Where its upload would go on.
    pub checkpoint: Option<Checkpoint>,
    /// The source that ended the batch, where it was another one.
    pub ended_by: Option<usize>,
}

/// A list of sources.
#[derive(Debug)]
pub struct Batch {
    client: Rc<Client>,
    to: Receiver,
    pace: Pace,
    /// The earliest time of the next message, in elapsed milliseconds.
    next_message_ms: u64,
    /// Sources in work, in the order of the list.
    items: VecDeque<Item>,
    list: List,
    /// How many sources the list has given.
    listed: usize,
    /// Whether the caller has taken the last outcome.
    is_taken: bool,
    /// What ended the batch, and at which source.
    end: Option<(Error, usize)>,
    due: Due<()>,
}

#[derive(Debug)]
struct Item {
    job: SendSource,
    outcome: Option<Box<core::result::Result<Sent, Ended>>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum List {
    /// It may have another source.
    Open,
    /// It was asked for one.
    Asked(RequestId),
    /// It has none.
    Exhausted,
}

impl Batch {
    /// The sources that the driver has, to one receiver. The caller waits for the first outcome.
    pub fn new(client: &Rc<Client>, to: Receiver, pace: Pace) -> Self {
        Self {
            client: Rc::clone(client),
            to,
            pace,
            next_message_ms: 0,
            items: VecDeque::new(),
            list: List::Open,
            listed: 0,
            is_taken: true,
            end: None,
            due: Due::new(),
        }
    }

    fn listed(&mut self, more: bool) -> Handled {
        self.list = if more { List::Open } else { List::Exhausted };
        if more {
            let source = self.listed;
            self.listed += 1;
            let job = SendSource::new(&self.client, source, self.to.clone(), Goal::MessageInTurn, None);
            let outcome = self.end.as_ref().map(|end| Box::new(Err(Ended::not_tried(end, None))));
            self.items.push_back(Item { job, outcome });
        }
        Handled::Accepted
    }

    /// Whether another source may be begun, or reported as not tried.
    fn may_list(&self) -> bool {
        let is_ahead = |item: &&Item| item.outcome.is_none() && (!item.job.is_uploaded() || item.job.is_waiting());
        let pictures = self.pace.pictures.get();
        match self.end {
            Some(_) => self.items.is_empty() && self.is_taken,
            // One more than are uploaded at once: its message is being sent, or its outcome waits to be taken.
            None => self.items.len() <= pictures && self.items.iter().filter(is_ahead).count() < pictures,
        }
    }

    /// When the first source may be begun, if that is later than now.
    fn rests_until(&self, cx: &Context<'_>) -> Option<u64> {
        let told_ms = cx.messages.too_often_ms().filter(|_| self.listed == 0)?;
        Some(told_ms + u64::from(self.pace.after_too_often_ms)).filter(|until_ms| *until_ms > cx.now.elapsed_ms)
    }

    fn item_done(&mut self, cx: &mut Context<'_>, at: usize, outcome: Result<Sent>) {
        let item = &mut self.items[at];
        let source = item.job.source();
        let end = outcome.as_ref().err().filter(|error| error.ends_batch() && self.end.is_none());
        let end = end.map(|error| (error.clone(), source));
        let checkpoint = item.job.checkpoint().cloned();
        item.outcome = Some(Box::new(outcome.map_err(|error| Ended { error, checkpoint, ended_by: None })));
        if let Some(end) = end {
            self.stop(cx, end);
        }
    }

    /// Ends the batch: a message that is out is waited for, and everything else is stopped.
    fn stop(&mut self, cx: &mut Context<'_>, end: (Error, usize)) {
        if end.0.kind() == ErrorKind::RateLimited {
            cx.messages.too_often(cx.now.elapsed_ms);
        }
        for item in self.items.iter_mut().filter(|item| item.outcome.is_none() && !item.job.is_sending()) {
            item.job.under_way().into_iter().for_each(|id| self.due.push(Action::Cancel(id)));
            item.job.abort(cx);
            item.outcome = Some(Box::new(Err(Ended::not_tried(&end, item.job.checkpoint().cloned()))));
        }
        self.end = Some(end);
    }

    /// The outcome of the first source in work, if the caller waits for it.
    fn outcome(&mut self) -> Option<Event> {
        let outcome = self.items.front_mut().filter(|_| self.is_taken)?.outcome.take()?;
        let source = self.items.pop_front()?.job.source();
        self.is_taken = false;
        Some(Event::Outcome { source, outcome })
    }
}

impl Job for Batch {
    type Output = ();

    fn poll(&mut self, cx: &mut Context<'_>) -> Step<()> {
        if let Some(step) = self.due.next() {
            return step;
        }
        if let Some(event) = self.outcome() {
            return Step::Do(Action::Event(event));
        }
        let mut until_ms: Option<u64> = None;
        for at in 0..self.items.len() {
            let Item { job, outcome: None } = &mut self.items[at] else { continue };
            let source = job.source();
            match job.poll(cx) {
                Step::Do(Action::Wait(_)) if at == 0 && self.is_taken && job.is_waiting() => {
                    if cx.now.elapsed_ms >= self.next_message_ms {
                        self.next_message_ms = cx.now.elapsed_ms + u64::from(self.pace.min_interval_ms);
                        job.send(cx);
                        return self.poll(cx);
                    }
                    until_ms = [until_ms, Some(self.next_message_ms)].into_iter().flatten().min();
                }
                Step::Do(Action::Wait(ms)) => until_ms = [until_ms, ms].into_iter().flatten().min(),
                Step::Do(action) => return Step::Do(action.of_source(source)),
                Step::Done(outcome) => {
                    self.item_done(cx, at, outcome);
                    return self.poll(cx);
                }
            }
        }
        match self.list {
            List::Open if self.may_list() => {
                if let Some(until_ms) = self.rests_until(cx) {
                    return Step::Do(Action::Wait(Some(until_ms)));
                }
                let id = RequestId::new(cx);
                self.list = List::Asked(id);
                Step::Do(Action::Next(id))
            }
            List::Exhausted if self.items.is_empty() && self.is_taken => Step::Done(Ok(())),
            _ => Step::Do(Action::Wait(until_ms)),
        }
    }

    fn handle(&mut self, cx: &mut Context<'_>, input: Input) -> Handled {
        match input {
            Input::Listed { id, more } if self.list == List::Asked(id) => self.listed(more),
            Input::Taken if !self.is_taken => {
                self.is_taken = true;
                Handled::Accepted
            }
            input => {
                let id = input.id();
                let waiting = self
                    .items
                    .iter_mut()
                    .find(|item| item.outcome.is_none() && id.is_some_and(|id| item.job.under_way().contains(&id)));
                waiting.map_or(Handled::Ignored, |item| item.job.handle(cx, input))
            }
        }
    }

    fn abort(&mut self, cx: &mut Context<'_>) {
        self.items.iter_mut().for_each(|item| item.job.abort(cx));
    }
}

impl Ended {
    fn not_tried((error, source): &(Error, usize), checkpoint: Option<Checkpoint>) -> Self {
        Self { error: error.as_end_of_batch(), checkpoint, ended_by: Some(*source) }
    }
}

impl Action {
    /// The same, with the place of its source in the list.
    fn of_source(mut self, source: usize) -> Self {
        match &mut self {
            Self::Event(Event::Progress(progress)) => progress.source = u32::try_from(source).ok(),
            Self::Request(transmission) => transmission.source = source,
            _ => {}
        }
        self
    }
}
