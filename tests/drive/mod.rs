//! The driver of the tests: it carries jobs of the core against the stand-in, in memory and under a clock of its own.
//!
//! ```text
//! job ── Request ──▶ (on its way) ──▶ World::handle ──▶ (on its way) ── Answer, Head …, Lost ──▶ job
//!  ├─── Open, Next ──▶ (takes a while) ── Hashed …, Opened, Listed ──▶ job
//!  ├─── Event ──▶ whoever watches
//!  └─── Wait ──▶ (until then) ──▶ job
//! ```
//!
//! It decides nothing: what is asked, what an answer means, and when a request is tried again or given up are the job's. A time is a
//! number that grows when the next event is taken, and the same seed gives the same run.

#![allow(dead_code, unused_imports, reason = "each of the tests that are driven uses its own part")]

mod chance;
mod job;
mod line;
mod page;
mod pictures;
mod watch;
mod wire;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use standin::World;
use standin::bytes::Bytes;
use webwx_image::error::Result;
use webwx_image::job::{Action, Event, FormAsk, Formed, Handled, Input, RequestId, Step, Transmission};
use webwx_image::upload::Checkpoint;

pub(crate) use chance::Chance;
pub(crate) use job::{AnyJob, Outcome};
pub(crate) use line::Line;
pub(crate) use page::{BEGIN_MS, Owner, Page, session};
pub(crate) use pictures::{File, Format, Source, md5};
pub(crate) use watch::{Moment, Reaction, Served, Watch};

/// Names a job among all of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct JobId(u32);

impl fmt::Display for JobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "job {}", self.0)
    }
}

/// Jobs, the service, and what lies between.
pub(crate) struct Driver {
    /// The other end.
    pub(crate) world: World,
    /// The way there and back.
    pub(crate) line: Line,
    /// Milliseconds since the run began.
    pub(crate) now_ms: u64,
    /// What jobs with a form of the caller's own ask.
    pub(crate) form: Option<Form>,
    chance: Chance,
    jobs: BTreeMap<JobId, Running>,
    /// By time; what comes before what only wakes; in the order in which they were made.
    events: BTreeMap<(u64, bool, u64), Ahead>,
    made: u64,
    started: u32,
}

/// A job that has not ended.
struct Running {
    job: Box<dyn AnyJob>,
    owner: Owner,
    sources: Vec<Source>,
    /// How many of them the job has been told of.
    listed: usize,
    /// What it waits for.
    awaited: BTreeSet<RequestId>,
    /// An outcome was told, and the caller has not taken it.
    is_untaken: bool,
    /// Counts its waits: an older one does not wake it.
    waits: u64,
    /// The bytes of the last picture that came.
    picture: Option<Bytes>,
    /// The bytes of a picture that the job hands over.
    kept: Option<(RequestId, Vec<u8>)>,
}

/// A gateway's form that is the caller's own.
pub(crate) type Form = Box<dyn Fn(&FormAsk) -> Result<Formed>>;

/// What is still to come.
enum Ahead {
    /// The user's own.
    Alarm(usize),
    /// A job's wait is over.
    Wakes { job: JobId, wait: u64 },
    /// The service has a request.
    Reaches { job: JobId, sent: Box<Transmission>, source: Option<Source> },
    /// Something is here for a job.
    Comes { job: JobId, input: Box<Input>, picture: Option<Bytes> },
}

/// What the user has to know of.
pub(crate) enum Happened {
    /// An alarm of the user's went off.
    Alarm(usize),
    /// A job is over.
    Ended(Box<Ended>),
    /// Whoever watches had a job aborted.
    Aborted(JobId),
    /// Something else.
    Nothing,
}

/// The end of a job.
pub(crate) struct Ended {
    pub(crate) job: JobId,
    pub(crate) outcome: Result<Outcome>,
    /// Where an upload in it would go on.
    pub(crate) checkpoint: Option<Checkpoint>,
    /// The bytes of the last picture that came.
    pub(crate) picture: Option<Bytes>,
}

impl Driver {
    /// Nothing happens yet.
    pub(crate) fn new(world: World, seed: u64) -> Self {
        Self {
            world,
            line: Line::default(),
            now_ms: 0,
            form: None,
            chance: Chance::new(seed),
            jobs: BTreeMap::new(),
            events: BTreeMap::new(),
            made: 0,
            started: 0,
        }
    }

    /// Begins a job; it is polled with the next step.
    pub(crate) fn start(&mut self, owner: &Owner, job: impl AnyJob + 'static, sources: Vec<Source>) -> JobId {
        let id = JobId(self.started);
        self.started += 1;
        let running = Running {
            job: Box::new(job),
            owner: owner.clone(),
            sources,
            listed: 0,
            awaited: BTreeSet::new(),
            is_untaken: false,
            waits: 0,
            picture: None,
            kept: None,
        };
        self.jobs.insert(id, running);
        self.later(0, Ahead::Wakes { job: id, wait: 0 });
        id
    }

    /// An alarm of the user's, in so many milliseconds.
    pub(crate) fn alarm(&mut self, in_ms: u64, alarm: usize) {
        self.later(in_ms, Ahead::Alarm(alarm));
    }

    /// The jobs that have not ended, oldest first.
    pub(crate) fn running(&self) -> impl ExactSizeIterator<Item = JobId> + '_ {
        self.jobs.keys().copied()
    }

    /// Where the upload of a job would go on.
    pub(crate) fn checkpoint(&self, job: JobId) -> Option<Checkpoint> {
        self.jobs.get(&job).and_then(|running| running.job.checkpoint())
    }

    /// The caller's signal: the job ends where it stands, and its requests are stopped.
    pub(crate) fn abort(&mut self, job: JobId) {
        let random = self.chance.fraction();
        if let Some(mut running) = self.jobs.remove(&job) {
            running.owner.lend(self.now_ms, random, |cx| running.job.abort(cx));
        }
    }

    /// The page goes away with all of its jobs.
    pub(crate) fn close_page(&mut self) {
        self.jobs.clear();
    }

    /// A number for what the user makes without a job.
    pub(crate) fn random(&mut self) -> f64 {
        self.chance.fraction()
    }

    /// Takes the next event, and lets its job do all it can do then. None where nothing is to come.
    pub(crate) fn step(&mut self, watch: &mut dyn Watch) -> Option<Happened> {
        loop {
            let ((at_ms, ..), event) = self.events.pop_first()?;
            if let Ahead::Wakes { job, wait } = event
                && self.jobs.get(&job).is_none_or(|running| running.waits != wait)
            {
                continue;
            }
            self.now_ms = self.now_ms.max(at_ms);
            return Some(match event {
                Ahead::Alarm(alarm) => Happened::Alarm(alarm),
                Ahead::Wakes { job, .. } => self.poll(job, watch),
                Ahead::Reaches { job, sent, source } => {
                    self.serve(job, &sent, source.as_ref(), watch);
                    Happened::Nothing
                }
                Ahead::Comes { job, input, picture } => self.hand(job, *input, picture, watch),
            });
        }
    }

    /// Hands an input over. What nobody waits for makes no difference.
    fn hand(&mut self, id: JobId, input: Input, picture: Option<Bytes>, watch: &mut dyn Watch) -> Happened {
        let random = self.chance.fraction();
        let Some(running) = self.jobs.get_mut(&id) else { return Happened::Nothing };
        let is_awaited = match input.id() {
            Some(request) => running.awaited.contains(&request),
            None => std::mem::take(&mut running.is_untaken),
        };
        let moment = running.owner.moment(self.now_ms);
        if is_awaited {
            if ends_its_action(&input) {
                input.id().map(|request| running.awaited.remove(&request));
            }
            if picture.is_some() {
                running.picture = picture;
            }
            watch.comes(moment, id, &input);
        }
        let handled = running.owner.lend(self.now_ms, random, |cx| running.job.handle(cx, input));
        if is_awaited {
            watch.handled(moment, id, handled);
        } else {
            assert!(handled == Handled::Ignored, "end: an input that nobody waits for is {handled:?}");
        }
        self.poll(id, watch)
    }

    /// Lets a job do all it can do now.
    fn poll(&mut self, id: JobId, watch: &mut dyn Watch) -> Happened {
        for _ in 0..10_000 {
            let random = self.chance.fraction();
            let Some(running) = self.jobs.get_mut(&id) else { return Happened::Nothing };
            let moment = running.owner.moment(self.now_ms);
            let action = match running.owner.lend(self.now_ms, random, |cx| running.job.poll(cx)) {
                Step::Do(action) => action,
                Step::Done(outcome) => return self.end(id, moment, outcome, watch),
            };
            match action {
                Action::Request(sent) => {
                    watch.leaves(moment, id, &sent);
                    self.leave(id, sent);
                }
                Action::Cancel(request) => {
                    let is_awaited = running.awaited.remove(&request);
                    assert!(is_awaited, "end: a request is stopped that is not under way");
                    watch.stopped(moment, id, request);
                }
                Action::Open { id: action, source } => {
                    watch.opens(moment, id, action, source);
                    self.open(id, action, source);
                }
                Action::Next(action) => self.list(id, action),
                Action::Form { id: action, ask } => self.ask(id, action, &ask),
                Action::Keep { id: picture, bytes } => {
                    let others = running.kept.take().filter(|(kept, _)| *kept == picture);
                    let (_, mut kept) = others.unwrap_or((picture, Vec::new()));
                    kept.extend(bytes);
                    running.kept = Some((picture, kept));
                }
                Action::Join { id: picture, place } => self.join(id, picture, place),
                Action::Event(event) => {
                    if let Event::Outcome { .. } = event {
                        running.is_untaken = true;
                        self.take(id);
                    }
                    if watch.told(moment, id, &event) == Reaction::Abort {
                        self.abort(id);
                        return Happened::Aborted(id);
                    }
                }
                Action::Wait(until_ms) => {
                    let until_ms = until_ms.map(|elapsed_ms| running.owner.run_ms(elapsed_ms));
                    self.wait(id, until_ms);
                    watch.waits(moment, id, until_ms);
                    return Happened::Nothing;
                }
            }
        }
        panic!("end: a job never waits");
    }

    fn wait(&mut self, id: JobId, until_ms: Option<u64>) {
        let Some(running) = self.jobs.get_mut(&id) else { return };
        running.waits += 1;
        let wait = running.waits;
        let may_come = !running.awaited.is_empty() || running.is_untaken;
        assert!(may_come || until_ms.is_some(), "end: a job waits for what never comes");
        if let Some(until_ms) = until_ms {
            let in_ms = until_ms.checked_sub(self.now_ms).filter(|in_ms| *in_ms > 0);
            self.later(in_ms.expect("end: a job waits for a time that is over"), Ahead::Wakes { job: id, wait });
        }
    }

    fn end(&mut self, id: JobId, moment: Moment, outcome: Result<Outcome>, watch: &mut dyn Watch) -> Happened {
        let running = self.jobs.remove(&id).expect("it was just polled");
        let ended = Ended { job: id, outcome, checkpoint: running.job.checkpoint(), picture: running.picture };
        watch.ended(moment, &ended);
        Happened::Ended(Box::new(ended))
    }

    fn later(&mut self, in_ms: u64, event: Ahead) {
        self.made += 1;
        let only_wakes = matches!(event, Ahead::Wakes { .. });
        self.events.insert((self.now_ms + in_ms, only_wakes, self.made), event);
    }

    fn comes(&mut self, in_ms: u64, job: JobId, input: Input) {
        self.later(in_ms, Ahead::Comes { job, input: Box::new(input), picture: None });
    }
}

/// Whether nothing more comes of an action after this.
fn ends_its_action(input: &Input) -> bool {
    match input {
        Input::Answer { .. }
        | Input::Lost { .. }
        | Input::Picture { .. }
        | Input::Opened { .. }
        | Input::Formed { .. }
        | Input::Listed { .. } => true,
        Input::BytesSent { .. }
        | Input::Head { .. }
        | Input::Begun { .. }
        | Input::Received { .. }
        | Input::Hashed { .. }
        | Input::Taken => false,
    }
}
