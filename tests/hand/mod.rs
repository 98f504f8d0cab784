//! The driver of a job, played by hand: a test says what comes of each action, and when.

#![allow(dead_code, reason = "each test uses some of it")]

use std::rc::Rc;

use webwx_image::client::{Client, ClientOptions};
use webwx_image::error::Result;
use webwx_image::http::{Body, Failure, Part, PartValue, Request, Response};
use webwx_image::ids::Ids;
use webwx_image::job::{Action, Context, Handled, Input, Job, Messages, Now, RequestId, Step, Transmission};
use webwx_image::session::Session;

/// The time at which a test begins, in milliseconds since the epoch.
pub(crate) const BEGIN_MS: u64 = 1_700_000_000_000;

/// More than any job of a test takes.
pub(crate) const MOST_STEPS: usize = 10_000;

/// What a driver keeps between the calls of a job.
pub(crate) struct Hand {
    pub(crate) now: Now,
    pub(crate) random: f64,
    pub(crate) ids: Ids,
    pub(crate) messages: Messages,
}

/// What comes of a request.
pub(crate) type Answer = std::result::Result<Response, Failure>;

/// A client, as every job of an upload or a message wants it.
pub(crate) fn client(session: &Session, options: ClientOptions) -> Rc<Client> {
    Rc::new(Client { session: session.clone(), options })
}

/// Options under which nothing is tried twice.
pub(crate) fn one_try() -> ClientOptions {
    let mut options = ClientOptions::default();
    options.terms.retry.limit = 0;
    options
}

/// An answer.
pub(crate) fn answer(status: u16, body: &str) -> Response {
    Response { status, body: body.into(), retry_after: None }
}

impl Hand {
    pub(crate) fn new() -> Self {
        let now = Now { date_ms: BEGIN_MS, elapsed_ms: 0 };
        Self { now, random: 0.5, ids: Ids::default(), messages: Messages::default() }
    }

    /// Lets this much time pass.
    pub(crate) fn pass(&mut self, ms: u64) {
        self.now.date_ms += ms;
        self.now.elapsed_ms += ms;
    }

    /// What a job is made with.
    pub(crate) fn lend<T>(&mut self, work: impl FnOnce(&mut Context<'_>) -> T) -> T {
        let Self { now, random, ids, messages } = self;
        work(&mut Context { now: *now, random: *random, ids, messages })
    }

    pub(crate) fn poll<J: Job>(&mut self, job: &mut J) -> Step<J::Output> {
        self.lend(|cx| job.poll(cx))
    }

    pub(crate) fn handle<J: Job>(&mut self, job: &mut J, input: Input) -> Handled {
        self.lend(|cx| job.handle(cx, input))
    }

    pub(crate) fn abort<J: Job>(&mut self, job: &mut J) {
        self.lend(|cx| job.abort(cx));
    }

    /// The next step that is no event.
    pub(crate) fn step<J: Job>(&mut self, job: &mut J) -> Step<J::Output> {
        for _ in 0..MOST_STEPS {
            match self.poll(job) {
                Step::Do(Action::Event(_)) => {}
                step => return step,
            }
        }
        panic!("it tells and tells")
    }

    /// The request that is to be sent now.
    #[track_caller]
    pub(crate) fn request<J: Job<Output: std::fmt::Debug>>(&mut self, job: &mut J) -> Transmission {
        match self.step(job) {
            Step::Do(Action::Request(transmission)) => transmission,
            step => panic!("no request, but {step:?}"),
        }
    }

    /// The time until which it waits.
    #[track_caller]
    pub(crate) fn wait<J: Job<Output: std::fmt::Debug>>(&mut self, job: &mut J) -> Option<u64> {
        match self.step(job) {
            Step::Do(Action::Wait(until_ms)) => until_ms,
            step => panic!("no wait, but {step:?}"),
        }
    }

    /// The end.
    #[track_caller]
    pub(crate) fn end<J: Job<Output: std::fmt::Debug>>(&mut self, job: &mut J) -> Result<J::Output> {
        match self.step(job) {
            Step::Done(outcome) => outcome,
            Step::Do(action) => panic!("not the end, but {action:?}"),
        }
    }

    /// What comes of a request.
    pub(crate) fn answer<J: Job>(&mut self, job: &mut J, id: RequestId, answer: Answer) -> Handled {
        let input = match answer {
            Ok(response) => Input::Answer { id, response },
            Err(failure) => Input::Lost { id, failure },
        };
        self.handle(job, input)
    }

    /// A good answer with this body.
    pub(crate) fn good<J: Job>(&mut self, job: &mut J, id: RequestId, body: &str) -> Handled {
        self.answer(job, id, Ok(answer(200, body)))
    }

    /// To the end of a job, one answer for each request.
    #[track_caller]
    pub(crate) fn play<J: Job>(&mut self, job: &mut J, answers: impl IntoIterator<Item = Answer>) -> Result<J::Output> {
        let mut answers = answers.into_iter();
        for _ in 0..MOST_STEPS {
            match self.poll(job) {
                Step::Do(Action::Request(sent)) => {
                    let answer = answers.next().expect("an answer for each request");
                    self.answer(job, sent.id, answer);
                }
                Step::Do(Action::Wait(until_ms)) => {
                    let until_ms = until_ms.expect("nothing is under way, and nothing is waited for");
                    self.pass(until_ms - self.now.elapsed_ms);
                }
                Step::Do(_) => {}
                Step::Done(outcome) => return outcome,
            }
        }
        panic!("it never ends")
    }
}

/// The parts of a form.
#[track_caller]
pub(crate) fn parts(request: &Request) -> &[Part] {
    match &request.body {
        Body::Form(parts) => parts,
        _ => panic!("no form"),
    }
}

/// One field of a form.
#[track_caller]
pub(crate) fn part<'a>(request: &'a Request, name: &str) -> &'a str {
    match parts(request).iter().find(|part| part.name == name).map(|part| &part.value) {
        Some(PartValue::Text(text)) => text,
        _ => panic!("no text {name}"),
    }
}

/// The body of a POST of JSON.
#[track_caller]
pub(crate) fn json(request: &Request) -> &str {
    match &request.body {
        Body::Json(json) => json,
        _ => panic!("no JSON"),
    }
}
