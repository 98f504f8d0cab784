//! The rules that hold on every day, by what is seen of its jobs from outside: their requests, what the service says, what they tell.
//!
//! | file | of what |
//! |---|---|
//! | `truth` | one reply: what it says, read without the core |
//! | `call` | one request and its tries |
//! | `upload`, `message`, `source`, `batch`, `get` | one job |
//! | `ledger` | the whole day: ids and messages |

mod batch;
mod call;
mod get;
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

use crate::drive::{BEGIN_MS, Chance, Ended, JobId, Moment, Outcome, Reaction, Served, Watch};
use crate::tally::Tally;
use crate::trace::Trace;
use call::Asked;
use truth::{Truth, Wanted};

pub(crate) use batch::BatchWatch;
pub(crate) use get::{GetWatch, Way};
pub(crate) use ledger::{Ledger, Letter};
pub(crate) use message::MessageWatch;
pub(crate) use source::{Order, SourceWatch, msg_type};

/// The rules of one job.
pub(crate) enum JobWatch {
    Source(Box<SourceWatch>),
    Batch(BatchWatch),
    Message(Box<MessageWatch>),
    Get(Box<GetWatch>),
}

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
        let ledger = &mut self.ledger;
        match watch {
            JobWatch::Source(source) => source.abandoned(ledger),
            JobWatch::Batch(batch) => batch.abandoned(ledger),
            JobWatch::Message(message) => message.abandoned(ledger),
            JobWatch::Get(_) => {}
        }
    }

    fn job(&mut self, job: JobId) -> &mut JobWatch {
        self.jobs.get_mut(&job).expect("it is running")
    }

    /// A reply to a request of a job.
    fn settled(&mut self, at: Moment, job: JobId, id: RequestId) -> Handled {
        let Request { truth, asked, .. } = self.asked.remove(&(job, id)).expect("it was served");
        let handled = match self.job(job) {
            JobWatch::Source(source) => source.settled(at, id, &truth, asked),
            JobWatch::Batch(batch) => batch.settled(at, id, &truth, asked),
            JobWatch::Message(message) => message.settled(at, id, &truth, asked),
            JobWatch::Get(get) => get.settled(at, id, &truth, asked),
        };
        self.tally.restarts += u64::from(handled == Some(Handled::StartedOver));
        handled.expect("end: a reply that nobody waits for is taken")
    }

    fn headed(&mut self, at: Moment, job: JobId, id: RequestId) -> Handled {
        let Request { truth, asked, .. } = self.asked[&(job, id)].clone();
        match self.job(job) {
            JobWatch::Get(get) => get.headed(at, id, &truth, asked),
            _ => panic!("end: a picture comes in for a job that sends"),
        }
    }

    fn opened(&mut self, job: JobId, action: RequestId) -> Handled {
        match self.job(job) {
            JobWatch::Source(source) => source.opened(action).expect("it was opened"),
            JobWatch::Batch(batch) => batch.opened(action),
            _ => panic!("end: a source is open for a job that has none"),
        }
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
        let text = std::str::from_utf8(response.body()).ok().filter(|text| text.starts_with('{'));
        let is_good = |text: &str| text.starts_with(r#"{"BaseResponse":{"Ret":0,"#) || text.contains("成功");
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
        let ledger = &mut self.ledger;
        let wanted = match self.jobs.get_mut(&job).expect("it is running") {
            JobWatch::Source(source) => {
                let wanted = source.wanted(sent);
                source.leaves(at, ledger, sent);
                wanted
            }
            JobWatch::Batch(batch) => {
                let wanted = batch.wanted(sent);
                batch.leaves(at, ledger, sent);
                wanted
            }
            JobWatch::Message(message) => {
                message.leaves(at, ledger, sent);
                Wanted::MsgId
            }
            JobWatch::Get(get) => {
                get.leaves(at, sent);
                GetWatch::wanted(sent)
            }
        };
        let is_chunk = place.step == "webwxuploadmedia";
        let request = Request { is_chunk, wanted, truth: Truth::late(), asked: Asked::Nothing };
        self.asked.insert((job, sent.id), request);
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
        self.due = Some(match input {
            Input::Answer { id, .. } | Input::Lost { id, .. } | Input::Picture { id, .. } => self.settled(at, job, *id),
            Input::Head { id, .. } => self.headed(at, job, *id),
            Input::Received { id, .. } => {
                if let JobWatch::Get(get) = self.job(job) {
                    get.goes_on(at, *id);
                }
                Handled::Noted
            }
            // Progress by bytes is for chunks.
            Input::BytesSent { id, .. } if !self.asked[&(job, *id)].is_chunk => Handled::Ignored,
            Input::BytesSent { .. } | Input::Hashed { .. } => Handled::Noted,
            Input::Opened { id, .. } => self.opened(job, *id),
            Input::Listed { .. } => Handled::Accepted,
            Input::Taken => {
                if let JobWatch::Batch(batch) = self.job(job) {
                    batch.taken();
                }
                Handled::Accepted
            }
        });
    }

    fn handled(&mut self, _: Moment, job: JobId, handled: Handled) {
        let due = self.due.take();
        assert!(due == Some(handled), "truth: {job} has {handled:?}, but due is {due:?}");
    }

    fn stopped(&mut self, at: Moment, job: JobId, request: RequestId) {
        let is_known = match self.job(job) {
            JobWatch::Source(source) => source.stopped(at, request),
            JobWatch::Batch(batch) => batch.stopped(at, request),
            JobWatch::Message(message) => message.stopped(at, request),
            JobWatch::Get(get) => get.stopped(at, request),
        };
        assert!(is_known, "end: {job} stops what is not under way");
    }

    fn opens(&mut self, _: Moment, job: JobId, action: RequestId, source: usize) {
        match self.job(job) {
            JobWatch::Source(watch) => watch.opens(action),
            JobWatch::Batch(batch) => batch.opens(action, source),
            _ => panic!("end: {job} opens a source, and has none"),
        }
    }

    fn told(&mut self, at: Moment, job: JobId, event: &Event) -> Reaction {
        let ledger = &mut self.ledger;
        let watch = self.jobs.get_mut(&job).expect("it is running");
        let aborts_once_in = match (event, watch) {
            (Event::Progress(progress), JobWatch::Source(source)) => {
                source.progress(ledger, progress);
                300
            }
            (Event::Progress(progress), JobWatch::Batch(batch)) => {
                batch.progress(ledger, progress);
                300
            }
            (Event::Progress(progress), JobWatch::Message(message)) => {
                message.progress(progress);
                300
            }
            (Event::Progress(progress), JobWatch::Get(get)) => {
                get.progress(progress);
                300
            }
            (Event::Checkpoint { source, checkpoint }, watch) => {
                match watch {
                    JobWatch::Source(watch) => watch.checkpoint(checkpoint),
                    JobWatch::Batch(batch) => batch.checkpoint(*source, checkpoint),
                    _ => panic!("checkpoint: of {job}, which uploads nothing"),
                }
                self.keep(job, *source, checkpoint);
                100
            }
            (Event::Outcome { source, outcome }, JobWatch::Batch(batch)) => {
                batch.outcome(ledger, *source, outcome);
                self.outcomes.push((job, *source, (**outcome).clone()));
                self.trace.say(at.ms, || format!("{job}: outcome {source}: {}", describe(outcome)));
                30
            }
            (event, _) => panic!("end: {job} tells {event:?}"),
        };
        // The callbacks of the shell may abort as well.
        let aborts = !self.is_healed && self.chance.one_in(aborts_once_in);
        if aborts { Reaction::Abort } else { Reaction::GoOn }
    }

    fn waits(&mut self, at: Moment, job: JobId, until_ms: Option<u64>) {
        let due_ms = match self.job(job) {
            JobWatch::Source(source) => source.waits(),
            JobWatch::Batch(batch) => batch.waits(),
            JobWatch::Message(message) => message.waits(),
            JobWatch::Get(get) => get.waits(),
        };
        let is_in_time = due_ms.is_none_or(|due_ms| until_ms.is_some_and(|until_ms| until_ms <= due_ms));
        assert!(is_in_time, "end: {job} waits at {} ms until {until_ms:?}, but is due at {due_ms:?}", at.ms);
    }

    fn ended(&mut self, _: Moment, ended: &Ended) {
        let watch = self.jobs.remove(&ended.job).expect("it was running");
        let ledger = &mut self.ledger;
        match (watch, &ended.outcome) {
            (JobWatch::Source(mut source), Ok(Outcome::Sent(sent))) => source.ends_well(ledger, sent),
            (JobWatch::Source(mut source), Err(error)) => source.ends(ledger, error, ended.checkpoint.as_ref()),
            (JobWatch::Batch(batch), outcome) => batch.ends(outcome.as_ref().map(drop)),
            (JobWatch::Message(message), Ok(Outcome::Receipt(receipt))) => message.ends_well(ledger, receipt),
            (JobWatch::Message(message), Err(error)) => message.ends(ledger, error),
            (JobWatch::Get(get), _) => get.ends(ended),
            (_, Ok(other)) => panic!("truth: {} gives {other:?}", ended.job),
        }
        if let Some(checkpoint) = &ended.checkpoint {
            self.keep(ended.job, 0, checkpoint);
        }
    }
}

impl Rules<'_> {
    /// A caller keeps a checkpoint: it holds nothing that has to stay secret.
    fn keep(&mut self, job: JobId, source: usize, checkpoint: &Checkpoint) {
        let json = serde_json::to_string(checkpoint).expect("plain data");
        assert!(!self.secrets.iter().any(|secret| json.contains(secret)), "checkpoint: holds a secret");
        self.checkpoints.insert((job, source), json);
    }
}

fn describe(outcome: &Result<Sent, List>) -> String {
    match outcome {
        Ok(_) => "sent".to_owned(),
        Err(ended) => ended.error.to_string(),
    }
}
