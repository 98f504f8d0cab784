//! The driver: it carries out what any job of the core wants, and hands back what came of it. Compiled once for all jobs. Dropping it
//! aborts the job.

use std::collections::VecDeque;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::prelude::rust_2024::*;
use std::rc::Rc;
use std::task::{Context as TaskContext, Poll};

use gloo_timers::future::TimeoutFuture;
use wasm_bindgen::prelude::*;
use web_sys::Blob;

use super::clock::timer;
use super::error::{Fault, Outcome};
use super::inbox::Inbox;
use super::listener::Listener;
use super::sources::Sources;
use super::state::State;
use super::transport::Transport;
use crate::error::{Error, Result};
use crate::job::{Action, Context, Event, Input, Job, RequestId, Step, Wanted};

/// What a job is driven with.
pub(super) struct Io<'a> {
    pub(super) transport: &'a Transport,
    pub(super) state: &'a State,
    pub(super) sources: &'a Sources,
    pub(super) listener: &'a Listener,
}

/// Drives a job to its end. A picture's bytes come with what it gives. The fault has what the platform threw, if that is what ended it.
pub(super) async fn drive<J: Job>(job: &mut J, io: &Io<'_>) -> Outcome<(J::Output, Option<Blob>)> {
    let mut ending = Ending { job, end: None };
    let inbox = Rc::new(Inbox::default());
    let cause = run(&mut ending, io, &inbox).await;
    match ending.end {
        Some(Ok(output)) => Ok((output, inbox.picture())),
        Some(Err(error)) => Err(Fault::new(error, cause)),
        None => Err(Error::internal("a job without an end").into()),
    }
}

/// A job whose end is kept here, so that the driver need not know its type.
struct Ending<'a, J: Job> {
    job: &'a mut J,
    end: Option<Result<J::Output>>,
}

/// Any job: what it wants, or nothing once it is over.
trait Driven {
    fn poll(&mut self, cx: &mut Context<'_>) -> Option<Action>;
    fn handle(&mut self, cx: &mut Context<'_>, input: Input);
    fn abort(&mut self, cx: &mut Context<'_>);
}

impl<J: Job> Driven for Ending<'_, J> {
    fn poll(&mut self, cx: &mut Context<'_>) -> Option<Action> {
        match self.job.poll(cx) {
            Step::Do(action) => Some(action),
            Step::Done(end) => {
                self.end = Some(end);
                None
            }
        }
    }

    fn handle(&mut self, cx: &mut Context<'_>, input: Input) {
        self.job.handle(cx, input);
    }

    fn abort(&mut self, cx: &mut Context<'_>) {
        self.job.abort(cx);
    }
}

/// A job on its way: where it is dropped before its end, it is aborted.
struct OnItsWay<'a> {
    job: Option<&'a mut dyn Driven>,
    io: &'a Io<'a>,
}

impl OnItsWay<'_> {
    fn poll(&mut self) -> Option<Action> {
        let job = self.job.as_mut()?;
        let action = self.io.with_context(|cx| job.poll(cx));
        if action.is_none() {
            self.job = None;
        }
        action
    }

    fn handle(&mut self, input: Input) {
        if let Some(job) = self.job.as_mut() {
            self.io.with_context(|cx| job.handle(cx, input));
        }
    }
}

impl Drop for OnItsWay<'_> {
    fn drop(&mut self) {
        if let Some(job) = self.job.take() {
            self.io.with_context(|cx| job.abort(cx));
        }
    }
}

async fn run(job: &mut dyn Driven, io: &Io<'_>, inbox: &Rc<Inbox>) -> JsValue {
    let mut job = OnItsWay { job: Some(job), io };
    let mut under_way = UnderWay::default();
    let mut cause = JsValue::UNDEFINED;
    while let Some(action) = job.poll() {
        match action {
            Action::Request(transmission) => {
                let is_wanted = transmission.wanted != Wanted::Nothing;
                let (id, file) = (transmission.id, io.sources.blob(transmission.source));
                let carried = io.transport.carry(transmission, file, io.listener.hears_bytes(), Rc::clone(inbox));
                under_way.push(id, is_wanted, Box::pin(carried));
            }
            Action::Cancel(id) => under_way.stop(id),
            Action::Open { id, source } => {
                let opened = io.sources.open(id, source, io.transport.clone(), Rc::clone(inbox));
                under_way.push(id, true, Box::pin(opened));
            }
            Action::Next(id) => job.handle(Input::Listed { id, more: io.sources.next() }),
            Action::Event(Event::Outcome { source, outcome }) => {
                io.sources.release(source);
                let taken = io.listener.deliver(source, *outcome, &cause, Rc::clone(inbox));
                under_way.push(RequestId::default(), true, Box::pin(taken));
            }
            Action::Event(event) => {
                io.listener.tell(&event);
                turn().await;
            }
            Action::Wait(until_ms) => {
                if let Some((input, thrown)) = under_way.next(inbox, timer(until_ms)).await {
                    cause = thrown;
                    job.handle(input);
                }
            }
        }
    }
    under_way.leave();
    cause
}

/// Gives the signal a chance: a callback may have fired it, and then the job ends here, before its next request.
async fn turn() {
    let mut has_waited = false;
    poll_fn(|task| {
        if has_waited {
            return Poll::Ready(());
        }
        has_waited = true;
        task.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

type Work = Pin<Box<dyn Future<Output = ()>>>;

/// What is under way. Dropping a piece of work aborts its request.
#[derive(Default)]
struct UnderWay {
    list: VecDeque<(RequestId, bool, Work)>,
}

impl UnderWay {
    fn push(&mut self, id: RequestId, is_wanted: bool, work: Work) {
        self.list.push_back((id, is_wanted, work));
    }

    fn stop(&mut self, id: RequestId) {
        self.list.retain(|(other, ..)| *other != id);
    }

    /// What nobody waits for goes on without the job.
    fn leave(self) {
        for (_, is_wanted, work) in self.list {
            if !is_wanted {
                wasm_bindgen_futures::spawn_local(work);
            }
        }
    }

    /// The next input and what was thrown with it, or none when it is time.
    async fn next(&mut self, inbox: &Inbox, mut timer: Option<TimeoutFuture>) -> Option<(Input, JsValue)> {
        poll_fn(|task| {
            inbox.wake(task.waker());
            self.list.retain_mut(|(_, _, work)| !is_over(work, task));
            if let Some(input) = inbox.take() {
                return Poll::Ready(Some(input));
            }
            match &mut timer {
                Some(timer) => Pin::new(timer).poll(task).map(|()| None),
                None => Poll::Pending,
            }
        })
        .await
    }
}

fn is_over(work: &mut Work, task: &mut TaskContext<'_>) -> bool {
    work.as_mut().poll(task).is_ready()
}

impl Io<'_> {
    pub(super) fn with_context<T>(&self, use_it: impl FnOnce(&mut Context<'_>) -> T) -> T {
        // A caller's clock may be a function: it is asked before anything is borrowed.
        let (now, random) = (self.transport.clock.now(), self.transport.clock.random());
        self.state
            .with(self.transport.clock.is_own(), |ids, messages| use_it(&mut Context { now, random, ids, messages }))
    }
}
