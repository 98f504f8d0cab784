//! One run: the events of a bad day, in the order of a clock that only this run knows.
//!
//! ```text
//! user ── call ──▶ job ── Leaves ──▶ Reaches: World::handle ──▶ Arrives ──▶ job ── end ──▶ user
//!                              └────────── Expires ────────────────────────▶ job
//! ```

use std::collections::BTreeMap;
use std::sync::Arc;

use standin::http::{HeaderValue, header};
use standin::{Config, World};
use webwx_image::http::{Failure, Request};

use crate::big::Big;
use crate::dice::Dice;
use crate::job::{Flight, Job};
use crate::ledger::Ledger;
use crate::page::{Client, Page, session};
use crate::plan::{Disturbance, Plan};
use crate::tally::Tally;
use crate::trace::Trace;
use crate::truth::{Answer, Wanted};
use crate::user::{Errand, Next, Setback, State};
use crate::wire;

/// Names a request: whose, which call's, and its number there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Key {
    pub(crate) errand: usize,
    pub(crate) serial: u32,
    pub(crate) id: u32,
}

/// What is still to come.
pub(crate) enum Event {
    /// The user makes the call that is due.
    Calls { errand: usize, serial: u32 },
    /// A request's wait is over.
    Leaves { key: Key, request: Box<Request> },
    /// The service has it.
    Reaches { key: Key, request: Box<Request> },
    /// The answer is here.
    Arrives { key: Key, answer: Answer },
    /// The time for it is up.
    Expires { key: Key },
}

/// Everything there is in one run.
pub(crate) struct Run<'a> {
    pub(crate) plan: Plan,
    pub(crate) dice: Dice,
    /// Throws for how the bytes of a request's body leave: of their own, so that a seed stands for the same day with and without them.
    pub(crate) line_dice: Dice,
    pub(crate) world: World,
    pub(crate) page: Page,
    pub(crate) errands: Vec<Errand>,
    pub(crate) ledger: Ledger,
    pub(crate) tally: Tally,
    pub(crate) trace: &'a Trace,
    /// Milliseconds since the run began.
    pub(crate) now_ms: u64,
    /// The bad day is over: from here on everything has to succeed.
    pub(crate) is_healed: bool,
    /// Calls in all.
    pub(crate) serials: u32,
    events: BTreeMap<(u64, u64), Event>,
    made: u64,
    taken: u32,
}

/// The bad day of a seed, from its first event to its last. Panics where a rule is broken.
pub(crate) fn run(seed: u64, trace: &Trace) -> Tally {
    let mut dice = Dice::new(seed);
    let mut plan = Plan::new(&mut dice);
    let mut world = match plan.big {
        Some(big) => big.world(),
        None => World::new(Config { chunk_size: plan.config.chunk_size, journal: false, ..Config::default() }),
    };
    trace.say(0, || plan.describe());
    world.order(std::mem::take(&mut plan.strikes)).expect("faults that their endpoints can have");
    let page = Page::new(0, Client::new(0, session(&world, dice.fraction())), 0);
    let errands = std::mem::take(&mut plan.errands).into_iter().map(|wish| {
        let to = world.contacts()[wish.contact].clone();
        Errand::new(wish, to)
    });
    let errands = errands.collect();
    let mut run = Run {
        plan,
        dice,
        line_dice: Dice::new(!seed),
        world,
        page,
        errands,
        ledger: Ledger::default(),
        tally: Tally::default(),
        trace,
        now_ms: 0,
        is_healed: false,
        serials: 0,
        events: BTreeMap::new(),
        made: 0,
        taken: 0,
    };
    run.play();
    run.heal();
    run.tally.messages += run.ledger.check_all(run.world.messages()) as u64;
    run.tally.schedules += 1;
    run.tally
}

impl Run<'_> {
    fn play(&mut self) {
        for index in 0..self.errands.len() {
            self.errands[index].checkpoint = self.plan.big.and_then(Big::checkpoint);
            let at_ms = if self.dice.one_in(2) { 0 } else { self.dice.up_to(300) };
            self.call_later(index, at_ms);
        }
        self.take_all();
    }

    /// Takes every event there is, and those that follow from them.
    fn take_all(&mut self) {
        loop {
            while self.plan.disturbances.first().is_some_and(|(at, _)| *at <= self.taken) {
                let (_, disturbance) = self.plan.disturbances.remove(0);
                self.disturb(disturbance);
            }
            let Some(((at_ms, _), event)) = self.events.pop_first() else { break };
            self.now_ms = at_ms;
            self.taken += 1;
            assert!(self.taken < 20_000, "end: it never comes");
            self.take(event);
        }
    }

    /// The storm is over. What is not sent yet and has a checkpoint goes on from it, in a new page, and arrives.
    fn heal(&mut self) {
        self.trace.say(self.now_ms, || "the bad day is over".to_owned());
        self.is_healed = true;
        self.world.clear_faults();
        self.plan.disturbances.clear();
        self.plan.latency_ms = 0;
        if self.dice.one_in(4) {
            self.disturb(Disturbance::Forget);
        }
        self.now_ms += 1000;
        self.open_page();
        for index in 0..self.errands.len() {
            let errand = &mut self.errands[index];
            if errand.state != State::Sent && errand.checkpoint.is_some() {
                (errand.state, errand.media, errand.next) = (State::Open, None, Next::Resume);
                self.tally.healed += 1;
                self.call_later(index, 0);
            }
        }
        self.take_all();
        for errand in &self.errands {
            let is_left = errand.state != State::Sent && errand.checkpoint.is_some();
            assert!(
                !is_left && errand.job.is_none(),
                "checkpoint: an upload does not go on from {:?}",
                errand.checkpoint
            );
        }
    }

    fn take(&mut self, event: Event) {
        match event {
            Event::Calls { errand, serial } => {
                if serial == self.errands[errand].calls && self.errands[errand].state == State::Open {
                    self.call(errand);
                }
            }
            Event::Leaves { key, request } => self.leaves(key, request),
            Event::Reaches { key, request } => self.reaches(key, &request),
            Event::Arrives { key, answer } => self.settle(key, &answer),
            Event::Expires { key } => self.settle(key, &Err(Failure::Timeout(self.plan.timeout_ms))),
        }
    }

    /// A request whose job is gone has its timer cleared, and never leaves.
    fn leaves(&mut self, key: Key, request: Box<Request>) {
        if self.flight(key).is_none() {
            return;
        }
        self.trace.say(self.now_ms, || format!("picture {}: {} leaves", key.errand, request.place));
        let reaches_ms = self.dice.up_to(self.plan.latency_ms);
        self.later(u64::from(self.plan.timeout_ms), Event::Expires { key });
        self.later(reaches_ms, Event::Reaches { key, request });
    }

    /// Where nobody waits for it any more, a request may have been stopped on its way, or not.
    fn reaches(&mut self, key: Key, request: &Request) {
        let is_awaited = self.flight(key).is_some();
        if !is_awaited && self.dice.one_in(2) {
            return;
        }
        let file = Arc::clone(&self.errands[key.errand].file);
        let before = self.world.faults().to_vec();
        let outcome = self.world.handle(&wire::to_standin(request, &file.bytes));
        let fault = before.into_iter().enumerate().find_map(|(index, strike)| {
            let after = self.world.faults().get(index);
            (after.is_none_or(|after| *after != strike)).then_some(strike.fault)
        });
        self.tally.request(fault.as_ref());
        let is_lie = fault == Some(standin::Fault::Ret(0)) && !request.place.step.starts_with("webwxsend");
        self.ledger.is_service_at_fault |= is_lie;
        let mut answer = wire::to_answer(request, outcome.reply);
        self.trace.say(self.now_ms, || {
            let answered = match &answer {
                Ok(response) => {
                    let text = String::from_utf8_lossy(response.body());
                    let line: String = text.chars().take_while(|c| !c.is_control()).take(110).collect();
                    format!("{} {line}", response.status().as_u16())
                }
                Err(failure) => format!("{failure:?}"),
            };
            let fault = fault.map_or_else(String::new, |fault| format!(" [{}]", String::from(fault)));
            format!("picture {}: {} is served{fault}: {answered}", key.errand, request.place)
        });
        self.check_refusal(request, &answer);
        self.ledger.look_at(self.world.messages());
        if is_awaited {
            self.ask_to_wait(&mut answer);
            let took_ms = outcome.delay_ms + self.dice.up_to(self.plan.latency_ms);
            self.later(took_ms, Event::Arrives { key, answer });
        }
    }

    /// The stand-in is strict: it refuses only what was ordered, or what its own forgetting spoiled.
    fn check_refusal(&self, request: &Request, answer: &Answer) {
        let Ok(response) = answer else { return };
        let refusal = std::str::from_utf8(response.body()).ok().filter(|text| text.starts_with('{'));
        let Some(text) = refusal.filter(|text| !text.starts_with(r#"{"BaseResponse":{"Ret":0,"#)) else { return };
        let is_ordered = text.contains(r#""ErrMsg":"as ordered""#);
        let is_own_fault = self.ledger.is_service_at_fault && text.contains(r#""ErrMsg":"chunk: the last "#);
        assert!(is_ordered || is_own_fault, "strictness: {} is refused: {text}", request.place);
    }

    /// A service that is busy may name a time to come back at: none, soon, or next year.
    fn ask_to_wait(&mut self, answer: &mut Answer) {
        let Ok(response) = answer else { return };
        if matches!(response.status().as_u16(), 429 | 503) {
            let seconds = self.dice.pick(&[None, Some("0"), Some("2"), Some("31536000"), Some("soon")]);
            if let Some(seconds) = seconds {
                response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static(seconds));
            }
        }
    }

    fn disturb(&mut self, disturbance: Disturbance) {
        self.trace.say(self.now_ms, || format!("{disturbance:?}"));
        match disturbance {
            Disturbance::Abort(errand) => self.abort(errand),
            Disturbance::Forget => {
                self.tally.forgets += 1;
                self.ledger.is_service_at_fault = true;
                self.world.forget_uploads();
            }
            Disturbance::SetClock(by_ms) => {
                self.tally.clocks += 1;
                self.page.error_ms += by_ms;
            }
            Disturbance::RepeatAMoment => {
                let index = self.dice.below(8);
                self.tally.clocks += 1;
                self.page.next_look_ms = self.ledger.moment_of(self.page.number, index);
            }
            Disturbance::Reload => {
                self.tally.reloads += 1;
                self.open_page();
            }
        }
    }

    /// An abort drops the job where it stands: its timers are cleared, and its requests are of no use.
    pub(crate) fn abort(&mut self, errand: usize) {
        if self.errands[errand].job.take().is_some() {
            self.tally.aborts += 1;
            self.setback(errand, &Setback::Aborted);
        }
    }

    /// A new page has new ids, a new client, and a clock of its own mind. Jobs are gone; checkpoints were kept.
    fn open_page(&mut self) {
        let error_ms = if self.dice.one_in(2) {
            0
        } else {
            i64::try_from(self.dice.up_to(5_000_000_000)).expect("small") - 2_500_000_000
        };
        let client = self.new_client();
        self.page = Page::new(self.page.number + 1, client, error_ms);
        for index in 0..self.errands.len() {
            let errand = &mut self.errands[index];
            errand.media = None;
            if errand.job.take().is_some() {
                self.setback(index, &Setback::Reloaded);
            }
        }
    }

    /// Another `WebWx`.
    pub(crate) fn new_client(&mut self) -> Client {
        let random = self.random();
        Client::new(self.page.client.number + 1, session(&self.world, random))
    }

    /// What `Math.random()` says.
    pub(crate) fn random(&mut self) -> f64 {
        let random = self.dice.fraction();
        self.plan.fixed_random.unwrap_or(random)
    }

    pub(crate) fn call_later(&mut self, errand: usize, in_ms: u64) {
        let serial = self.errands[errand].calls;
        self.later(in_ms, Event::Calls { errand, serial });
    }

    /// Puts a request on its way.
    pub(crate) fn send(&mut self, key: Key, job: &mut Job, after_ms: u32, request: Request, wanted: Wanted) {
        job.flights.insert(key.id, Flight { place: request.place, wanted });
        self.later(u64::from(after_ms), Event::Leaves { key, request: Box::new(request) });
    }

    fn flight(&self, key: Key) -> Option<&Flight> {
        let job = self.errands[key.errand].job.as_ref().filter(|job| job.serial == key.serial)?;
        job.flights.get(&key.id)
    }

    fn later(&mut self, in_ms: u64, event: Event) {
        self.made += 1;
        self.events.insert((self.now_ms + in_ms, self.made), event);
    }
}
