//! The driver: it carries out what any job of the core wants, and hands back what came of it. It is one function, compiled once for all
//! jobs. Dropping it aborts the job.

use std::collections::VecDeque;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::prelude::rust_2024::*;
use std::rc::Rc;
use std::task::Poll;

use gloo_timers::future::TimeoutFuture;
use wasm_bindgen::prelude::*;
use web_sys::Blob;

use super::arrival::Arrival;
use super::clock::timer;
use super::error::{Fault, Outcome};
use super::form::{CallersForm, no_form};
use super::inbox::Inbox;
use super::listener::Listener;
use super::sources::Sources;
use super::state::State;
use super::transport::Transport;
use crate::error::{Error, Result};
use crate::job::{Action, Context, Event, Input, Job, RequestId, Step, Wanted};
use crate::upload::Checkpoint;

/// What all jobs of a client work with.
pub(super) struct Place {
    pub(super) transport: Transport,
    pub(super) state: State,
}

/// A job with everything that it is driven with. Dropped before its end, it is aborted.
pub(super) struct Run {
    place: Rc<Place>,
    sources: Rc<Sources>,
    listener: Listener,
    form: Option<CallersForm>,
    job: Option<Box<dyn AnyJob>>,
}

/// A job whose type the driver need not know.
trait AnyJob {
    /// What it wants, or nothing once it is over.
    fn poll(&mut self, cx: &mut Context<'_>) -> Option<Action>;
    fn handle(&mut self, cx: &mut Context<'_>, input: Input);
    fn abort(&mut self, cx: &mut Context<'_>);
    /// What the caller gets in the end; of a failure also where its upload would go on.
    fn end(self: Box<Self>, picture: Option<Blob>) -> std::result::Result<JsValue, (Fault, Option<Checkpoint>)>;
}

/// A job, its end, and what becomes of that.
struct Ending<J: Job, F, C> {
    job: J,
    end: Option<Result<J::Output>>,
    finish: F,
    checkpoint: C,
}

impl<J, F, C> AnyJob for Ending<J, F, C>
where
    J: Job,
    F: FnOnce(J::Output, Option<Blob>) -> Outcome<JsValue>,
    C: Fn(&J) -> Option<&Checkpoint>,
{
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

    fn end(self: Box<Self>, picture: Option<Blob>) -> std::result::Result<JsValue, (Fault, Option<Checkpoint>)> {
        let Self { job, end, finish, checkpoint } = *self;
        match end.unwrap_or_else(|| Err(Error::internal("a job without a result"))) {
            Ok(output) => finish(output, picture).map_err(|fault| (fault, None)),
            Err(error) => Err((error.into(), checkpoint(&job).cloned())),
        }
    }
}

impl Place {
    /// Lends a job what it needs for one call.
    pub(super) fn with_context<T>(&self, use_it: impl FnOnce(&mut Context<'_>) -> T) -> T {
        // A caller's clock may be a function: it is asked before anything is borrowed.
        let (now, random) = (self.transport.clock.now(), self.transport.clock.random());
        self.state
            .with(self.transport.clock.is_own(), |ids, messages| use_it(&mut Context { now, random, ids, messages }))
    }
}

impl Run {
    /// A job without sources, whose end `finish` makes a value of.
    pub(super) fn new<J: Job + 'static>(
        place: &Rc<Place>,
        listener: Listener,
        job: J,
        finish: impl FnOnce(J::Output, Option<Blob>) -> Outcome<JsValue> + 'static,
    ) -> Self {
        Self::with_sources(place, listener, Rc::new(Sources::none()), job, finish, |_| None)
    }

    /// The same with sources; `checkpoint` tells where an upload that failed would go on.
    pub(super) fn with_sources<J: Job + 'static>(
        place: &Rc<Place>,
        listener: Listener,
        sources: Rc<Sources>,
        job: J,
        finish: impl FnOnce(J::Output, Option<Blob>) -> Outcome<JsValue> + 'static,
        checkpoint: impl Fn(&J) -> Option<&Checkpoint> + 'static,
    ) -> Self {
        let job = Ending { job, end: None, finish, checkpoint };
        Self { place: Rc::clone(place), sources, listener, form: None, job: Some(Box::new(job)) }
    }

    /// The same with the form of the caller's own gateway.
    pub(super) fn with_form(mut self, form: Option<CallersForm>) -> Self {
        self.form = form;
        self
    }

    /// Drives the job to its end. The error has what the platform threw, if that is what ended it.
    pub(super) async fn drive(mut self) -> Outcome<JsValue> {
        let inbox = Rc::new(Inbox::default());
        let mut under_way = UnderWay::default();
        let mut causes = Causes::default();
        let mut arriving = None;
        while let Some(action) = self.poll() {
            match action {
                Action::Request(transmission) => {
                    let is_wanted = transmission.wanted != Wanted::Nothing;
                    let (id, file) = (transmission.id, self.sources.held(transmission.source));
                    causes.asks(id, transmission.source);
                    let hears_bytes = self.listener.hears_bytes();
                    let carried = self.place.transport.carry(transmission, file, hears_bytes, Rc::clone(&inbox));
                    under_way.push(id, is_wanted, Box::pin(carried));
                }
                Action::Cancel(id) => under_way.stop(id),
                Action::Open { id, source } => {
                    causes.asks(id, source);
                    let opened = self.sources.open(id, source, self.place.transport.clone(), Rc::clone(&inbox));
                    under_way.push(id, true, Box::pin(opened));
                }
                Action::Form { id, ask } => {
                    let asked = self.form.as_ref().map(|form| form.ask(&ask));
                    let (formed, thrown) = asked.unwrap_or_else(|| (Err(no_form()), JsValue::UNDEFINED));
                    causes.threw(thrown);
                    self.handle(Input::Formed { id, formed });
                }
                Action::Keep { id, bytes } => {
                    if let Err(thrown) = Arrival::keep(&mut arriving, id, &bytes) {
                        // What the platform cannot keep is missing when the picture is joined.
                        arriving = None;
                        causes.threw(thrown);
                    }
                }
                Action::Join { id, place } => {
                    let joined = Arrival::join(arriving.take(), id, place, Rc::clone(&inbox));
                    under_way.push(id, true, Box::pin(joined));
                }
                Action::Next(id) => self.handle(Input::Listed { id, more: self.sources.next() }),
                Action::Event(Event::Outcome { source, outcome }) => {
                    self.sources.release(source);
                    let taken = self.listener.deliver(source, *outcome, &causes.take(source), Rc::clone(&inbox));
                    under_way.push(RequestId::default(), true, Box::pin(taken));
                }
                Action::Event(event) => {
                    self.listener.tell(&event);
                    turn().await;
                }
                Action::Wait(until_ms) => {
                    if let Some((input, thrown)) = under_way.next(&inbox, timer(until_ms)).await {
                        causes.came(&input, thrown);
                        self.handle(input);
                    }
                }
            }
        }
        under_way.leave();
        let Some(job) = self.job.take() else { return Ok(JsValue::UNDEFINED) };
        let end = job.end(inbox.picture());
        end.map_err(|(fault, checkpoint)| fault.because(causes.take(0)).at_checkpoint(checkpoint))
    }

    fn poll(&mut self) -> Option<Action> {
        let job = self.job.as_mut()?;
        self.place.with_context(|cx| job.poll(cx))
    }

    fn handle(&mut self, input: Input) {
        if let Some(job) = self.job.as_mut() {
            self.place.with_context(|cx| job.handle(cx, input));
        }
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        if let Some(mut job) = self.job.take() {
            self.place.with_context(|cx| job.abort(cx));
        }
    }
}

/// What the platform threw last for each source of a job. Its error is reported later, when another source may have failed too.
#[derive(Default)]
struct Causes {
    asked: Vec<(RequestId, usize)>,
    thrown: Vec<(usize, JsValue)>,
}

impl Causes {
    fn asks(&mut self, id: RequestId, source: usize) {
        self.asked.push((id, source));
    }

    fn came(&mut self, input: &Input, thrown: JsValue) {
        let source = self.asked.iter().rfind(|(id, _)| input.id() == Some(*id)).map(|(_, source)| *source);
        if let Some(source) = source {
            self.put(source, thrown);
        }
    }

    /// Of a job without sources: what was thrown between its requests.
    fn threw(&mut self, thrown: JsValue) {
        self.put(0, thrown);
    }

    fn put(&mut self, source: usize, thrown: JsValue) {
        self.thrown.retain(|(other, _)| *other != source);
        self.thrown.extend(Some((source, thrown)).filter(|(_, thrown)| !thrown.is_undefined()));
    }

    /// The last of a source that is over.
    fn take(&mut self, source: usize) -> JsValue {
        self.asked.retain(|(_, other)| *other != source);
        let at = self.thrown.iter().position(|(other, _)| *other == source);
        at.map_or(JsValue::UNDEFINED, |at| self.thrown.swap_remove(at).1)
    }
}

/// Checks the signal: a callback may have fired it, and then the job ends here, before its next request.
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
            self.list.retain_mut(|(_, _, work)| work.as_mut().poll(task).is_pending());
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
