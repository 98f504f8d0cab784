//! The rules that hold on every day, by what is seen of its jobs from outside: their requests, what the service says, what they tell.
//!
//! | file | of what |
//! |---|---|
//! | `truth` | one reply: what it says, read without the core |
//! | `call` | one request and its tries |
//! | `upload`, `message`, `source`, `batch`, `get` | one job; `job` is any of them |
//! | `ledger` | the whole day: ids and messages |

mod batch;
mod call;
mod get;
mod job;
mod ledger;
mod message;
mod source;
mod truth;
mod upload;

use std::collections::BTreeMap;

use standin::http::{HeaderValue, header};
use standin::{Fault, Reply, Session};
use webwx_image::job::{Ended as List, Event, Handled, Input, RequestId, Sent, Transmission, Wanted as Want};
use webwx_image::upload::Checkpoint;

use crate::drive::{BEGIN_MS, Chance, Ended, JobId, Moment, Reaction, Served, Watch};
use crate::tally::Tally;
use crate::trace::Trace;
use call::Asked;
use truth::{Truth, Wanted};

pub(crate) use batch::BatchWatch;
pub(crate) use get::{GetWatch, Way};
pub(crate) use job::JobWatch;
pub(crate) use ledger::{Ledger, Letter};
pub(crate) use message::MessageWatch;
pub(crate) use source::{Order, SourceWatch, msg_type};

/// A request that has left, and what the service said to it.
#[derive(Clone)]
struct Request {
    is_chunk: bool,
    wanted: Wanted,
    truth: Truth,
    asked: Asked,
}

/// Whoever knows the rules.
pub(crate) struct Rules<'a> {
    pub(crate) ledger: Ledger,
    pub(crate) tally: Tally,
    trace: &'a Trace,
    chance: Chance,
    jobs: BTreeMap<JobId, JobWatch>,
    /// What was wanted of a request, and what the service said.
    asked: BTreeMap<(JobId, RequestId), Request>,
    /// What has to be said of the input that was handed over last.
    due: Option<Handled>,
    /// The last checkpoint of each source, as a page keeps it.
    checkpoints: BTreeMap<(JobId, usize), String>,
    /// What lists have told, until the user hears it.
    pub(crate) outcomes: Vec<(JobId, usize, Result<Sent, List>)>,
    /// What must stand in no checkpoint.
    secrets: Vec<String>,
    /// Whether the caller's options allow the page's counters.
    reports: bool,
    /// Nobody aborts any more.
    pub(crate) is_healed: bool,
}

impl<'a> Rules<'a> {
    pub(crate) fn new(trace: &'a Trace, seed: u64, session: &Session, reports: bool) -> Self {
        let secrets = [&session.sid, &session.skey, &session.data_ticket, &session.pass_ticket];
        Self {
            ledger: Ledger::default(),
            tally: Tally::default(),
            trace,
            chance: Chance::new(seed),
            jobs: BTreeMap::new(),
            asked: BTreeMap::new(),
            due: None,
            checkpoints: BTreeMap::new(),
            outcomes: Vec::new(),
            secrets: secrets.map(Clone::clone).into(),
            reports,
            is_healed: false,
        }
    }

    /// A job begins, under these rules.
    pub(crate) fn begin(&mut self, job: JobId, watch: JobWatch) {
        self.jobs.insert(job, watch);
    }

    /// The last checkpoint that the caller was given for a source.
    pub(crate) fn kept(&self, job: JobId, source: usize) -> Option<String> {
        self.checkpoints.get(&(job, source)).cloned()
    }

    /// A job is aborted, or the page goes away with it.
    pub(crate) fn abandoned(&mut self, job: JobId) {
        let watch = self.jobs.remove(&job).expect("it was running");
        watch.abandoned(&mut self.ledger);
    }

    /// A caller keeps a checkpoint: it holds nothing that has to stay secret.
    fn keep(&mut self, job: JobId, source: usize, checkpoint: &Checkpoint) {
        let json = serde_json::to_string(checkpoint).expect("plain data");
        assert!(!self.secrets.iter().any(|secret| json.contains(secret)), "checkpoint: holds a secret");
        self.checkpoints.insert((job, source), json);
    }

    fn job(&mut self, job: JobId) -> &mut JobWatch {
        self.jobs.get_mut(&job).expect("it is running")
    }

    /// A service that is busy may name a time to come back at: none, soon, a date, or next year.
    fn ask_to_wait(&mut self, now_ms: u64, reply: &mut Reply) -> Asked {
        let Reply::Answer(response) = reply else { return Asked::Nothing };
        if !matches!(response.status().as_u16(), 429 | 503) && !self.chance.one_in(20) {
            return Asked::Nothing;
        }
        let (name, asked) = match self.chance.up_to(6) {
            0 => ("0".to_owned(), Asked::Nothing),
            1 => ("2".to_owned(), Asked::In(2000)),
            2 => ("31536000".to_owned(), Asked::In(31_536_000_000)),
            3 => ("soon".to_owned(), Asked::Nothing),
            4 | 5 => {
                let at_s = now_ms / 1000 + self.chance.up_to(9);
                let (hours, minutes, seconds) = (at_s / 3600 % 24, at_s / 60 % 60, at_s % 60);
                let date = format!("Wed, 15 Nov 2023 {hours:02}:{minutes:02}:{seconds:02} GMT");
                (date, Asked::Until(BEGIN_MS + at_s % 86_400 * 1000))
            }
            _ => return Asked::Nothing,
        };
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_str(&name).expect("a header"));
        asked
    }

    /// The stand-in refuses only what was ordered, or what its own forgetting spoiled.
    fn check_refusal(&self, served: &Served<'_>, reply: &Reply) {
        let Reply::Answer(response) = reply else { return };
        // Half of a good answer does not say that it is one.
        if served.fault == Some(Fault::Truncate) {
            return;
        }
        let text = std::str::from_utf8(response.body()).ok().filter(|text| text.starts_with('{'));
        // That a size is not there is no fault.
        let is_good = |text: &str| {
            text.starts_with(r#"{"BaseResponse":{"Ret":0,"#) || text.contains("成功") || text.contains("no HD picture")
        };
        let Some(text) = text.filter(|text| !is_good(text)) else { return };
        let is_ordered = text.contains("as ordered");
        let is_own_fault = self.ledger.is_service_at_fault && text.contains(r#""ErrMsg":"chunk: the last "#);
        assert!(is_ordered || is_own_fault, "strictness: {} is refused: {text}", served.sent.request.place);
    }

    fn tell(&self, now_ms: u64, job: JobId, served: &Served<'_>, reply: &Reply) {
        self.trace.say(now_ms, || {
            let answered = match reply {
                Reply::Answer(response) => {
                    let text = String::from_utf8_lossy(response.body());
                    let line: String = text.chars().take_while(|c| !c.is_control()).take(110).collect();
                    format!("{} {line}", response.status().as_u16())
                }
                Reply::Partial { sent, .. } => format!("{sent} bytes, then nothing"),
                Reply::Cut => "nothing".to_owned(),
            };
            let fault =
                served.fault.as_ref().map_or_else(String::new, |fault| format!(" [{}]", String::from(fault.clone())));
            let place = served.sent.request.place;
            let late = if served.is_awaited { "" } else { " (nobody waits for it)" };
            format!("{job}: {place} is served{late}{fault}: {answered}")
        });
    }
}

impl Watch for Rules<'_> {
    fn leaves(&mut self, at: Moment, job: JobId, sent: &Transmission) {
        let place = sent.request.place;
        self.trace.say(at.ms, || format!("{job}: {place} leaves"));
        if sent.wanted == Want::Nothing {
            assert!(self.reports && place.step == "reportforweb", "end: {place} leaves for nothing");
            return;
        }
        let wanted = self.jobs.get_mut(&job).expect("it is running").leaves(at, &mut self.ledger, sent);
        let is_chunk = place.step == "webwxuploadmedia";
        let request = Request { is_chunk, wanted, truth: Truth::late(), asked: Asked::Nothing };
        let before = self.asked.insert((job, sent.id), request);
        assert!(before.is_none(), "ids: two requests of {job} have one name");
    }

    fn served(&mut self, now_ms: u64, job: JobId, served: &Served<'_>, reply: &mut Reply) {
        self.tally.request(served.fault.as_ref());
        let step = served.sent.request.place.step;
        let is_lie = served.fault == Some(Fault::Ret(0)) && !step.starts_with("webwxsend");
        self.ledger.is_service_at_fault |= is_lie;
        self.tell(now_ms, job, served, reply);
        self.check_refusal(served, reply);
        self.ledger.look_at(served.world.messages());
        let asked = self.ask_to_wait(now_ms, reply);
        if let Some(request) = self.asked.get_mut(&(job, served.sent.id)) {
            (request.truth, request.asked) = (Truth::of(reply, request.wanted), asked);
        }
    }

    fn comes(&mut self, at: Moment, job: JobId, input: &Input) {
        let request = input.id().and_then(|id| self.asked.get(&(job, id)).cloned());
        let watch = self.jobs.get_mut(&job).expect("it is running");
        let due = match (input, request) {
            (Input::Answer { id, .. } | Input::Lost { id, .. } | Input::Picture { id, .. }, Some(request)) => {
                watch.settled(at, *id, &request.truth, request.asked)
            }
            // Of bytes that came in answers.
            (Input::Picture { .. }, None) => watch.joined(),
            (Input::Head { id, .. }, Some(request)) => watch.headed(at, *id, &request.truth, request.asked),
            (Input::Received { id, .. }, _) => watch.goes_on(at, *id),
            // Progress by bytes is for chunks.
            (Input::BytesSent { .. }, Some(request)) if !request.is_chunk => Handled::Ignored,
            (Input::BytesSent { .. } | Input::Hashed { .. } | Input::Begun { .. }, _) => Handled::Noted,
            (Input::Opened { id, .. }, _) => watch.opened(*id),
            (Input::Listed { .. } | Input::Formed { .. }, _) => Handled::Accepted,
            (Input::Taken, _) => watch.taken(),
            (input, None) => panic!("end: {input:?} for a request that never left"),
        };
        self.tally.restarts += u64::from(due == Handled::StartedOver);
        self.due = Some(due);
    }

    fn handled(&mut self, _: Moment, job: JobId, handled: Handled) {
        let due = self.due.take();
        assert!(due == Some(handled), "truth: {job} has {handled:?}, but due is {due:?}");
    }

    fn stopped(&mut self, at: Moment, job: JobId, request: RequestId) {
        let is_known = self.job(job).stopped(at, request);
        assert!(is_known, "end: {job} stops what is not under way");
    }

    fn opens(&mut self, at: Moment, job: JobId, action: RequestId, source: usize) {
        self.job(job).opens(at, action, source);
    }

    fn told(&mut self, at: Moment, job: JobId, event: &Event) -> Reaction {
        let watch = self.jobs.get_mut(&job).expect("it is running");
        let aborts_once_in = match event {
            Event::Progress(progress) => {
                watch.progress(&mut self.ledger, progress);
                300
            }
            Event::Checkpoint { source, checkpoint } => {
                watch.checkpoint(*source, checkpoint);
                self.keep(job, *source, checkpoint);
                100
            }
            Event::Outcome { source, outcome } => {
                watch.outcome(&mut self.ledger, *source, outcome);
                self.trace.say(at.ms, || format!("{job}: outcome {source}: {}", describe(outcome)));
                self.outcomes.push((job, *source, (**outcome).clone()));
                30
            }
        };
        // The callbacks of the shell may abort as well.
        let aborts = !self.is_healed && self.chance.one_in(aborts_once_in);
        if aborts { Reaction::Abort } else { Reaction::GoOn }
    }

    fn waits(&mut self, at: Moment, job: JobId, until_ms: Option<u64>) {
        let due_ms = self.job(job).waits();
        let is_in_time = due_ms.is_none_or(|due_ms| until_ms.is_some_and(|until_ms| until_ms <= due_ms));
        assert!(is_in_time, "end: {job} waits at {} ms until {until_ms:?}, but is due at {due_ms:?}", at.ms);
    }

    fn ended(&mut self, _: Moment, ended: &Ended) {
        let watch = self.jobs.remove(&ended.job).expect("it was running");
        watch.ended(&mut self.ledger, ended);
        if let Some(checkpoint) = &ended.checkpoint {
            self.keep(ended.job, 0, checkpoint);
        }
    }
}

fn describe(outcome: &Result<Sent, List>) -> String {
    match outcome {
        Ok(_) => "sent".to_owned(),
        Err(ended) => ended.error.to_string(),
    }
}
