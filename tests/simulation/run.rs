//! One run: the events of a bad day, in the order of a clock that only this run knows.
//!
//! ```text
//! user ── call ──▶ driver: job ◀──▶ World ── end ──▶ user
//!                    └── all that happens ──▶ rules
//! ```

use std::collections::BTreeMap;
use std::rc::Rc;

use standin::{Config, GatewayForm, World};
use webwx_image::client::Client;

use crate::big::Big;
use crate::drive::{Chance, Driver, Happened, JobId, Owner, Page, session};
use crate::plan::{Disturbance, Plan};
use crate::rules::Rules;
use crate::tally::Tally;
use crate::trace::Trace;
use crate::user::{Chore, Errand, Next, Setback, State};

/// Who made a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Who {
    Errand(usize),
    /// All of these errands as one list.
    List(Vec<usize>),
    Chore(usize),
}

/// A `WebWx` of the page.
pub(crate) struct User {
    /// Numbers of client and page.
    pub(crate) of: (u32, u32),
    pub(crate) client: Rc<Client>,
    pub(crate) owner: Owner,
}

/// Everything there is in one run.
pub(crate) struct Run<'a> {
    pub(crate) plan: Plan,
    pub(crate) dice: Chance,
    pub(crate) driver: Driver,
    pub(crate) rules: Rules<'a>,
    pub(crate) user: User,
    pub(crate) errands: Vec<Errand>,
    pub(crate) chores: Vec<Chore>,
    /// Calls under way.
    pub(crate) calls: BTreeMap<JobId, Who>,
    /// What is to be called when an alarm goes off, and for an errand, after which of its calls.
    pub(crate) alarms: Vec<(Who, u32)>,
    pub(crate) lists: u32,
    pub(crate) trace: &'a Trace,
    taken: u32,
}

/// The bad day of a seed, from its first event to its last. Panics where a rule is broken.
pub(crate) fn run(seed: u64, trace: &Trace) -> Tally {
    let mut dice = Chance::new(seed);
    let mut plan = Plan::new(&mut dice);
    let gateway_form = dice.pick(&[GatewayForm::Old, GatewayForm::New]);
    let chunk_size = plan.options.chunk_size.get();
    let mut world = if let Some(big) = plan.big {
        big.world()
    } else {
        let section = dice.pick(&[9000, 30_000, 65_536]);
        World::new(Config { chunk_size, gateway_form, section, journal: false, ..Config::default() })
    };
    trace.say(0, || plan.describe());
    world.order(std::mem::take(&mut plan.strikes)).expect("faults that their endpoints can have");
    let errands = std::mem::take(&mut plan.errands).into_iter().map(|wish| {
        let to = world.contacts()[wish.contact].clone();
        Errand::new(wish, to)
    });
    let errands = errands.collect();
    let user = User {
        of: (0, 0),
        client: Rc::new(Client { session: session(&world, |_| {}), options: plan.options }),
        owner: Owner::on(Page::new(0, 0)),
    };
    let mut driver = Driver::new(world, !seed);
    driver.line = plan.line;
    let rules = Rules::new(trace, seed ^ 0xffff, driver.world.session(), plan.options.reports);
    let mut run = Run {
        plan,
        dice,
        driver,
        rules,
        user,
        errands,
        chores: Vec::new(),
        calls: BTreeMap::new(),
        alarms: Vec::new(),
        lists: 0,
        trace,
        taken: 0,
    };
    run.open_page(0);
    run.play();
    run.heal();
    let Rules { ledger, mut tally, .. } = run.rules;
    tally.messages += ledger.check_all(run.driver.world.messages()) as u64;
    tally.schedules += 1;
    tally
}

impl Run<'_> {
    fn play(&mut self) {
        for index in 0..self.errands.len() {
            self.errands[index].checkpoint = self.plan.big.and_then(Big::checkpoint);
        }
        if self.plan.is_list {
            self.call_later(Who::List((0..self.errands.len()).collect()), 0);
        } else {
            for index in 0..self.errands.len() {
                let in_ms = if self.dice.one_in(2) { 0 } else { self.dice.up_to(300) };
                self.call_later(Who::Errand(index), in_ms);
            }
        }
        for _ in 0..self.plan.chores {
            self.plan_chore();
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
            let Some(happened) = self.driver.step(&mut self.rules) else { break };
            self.taken += 1;
            assert!(self.taken < 40_000, "end: it never comes");
            self.hear_outcomes();
            match happened {
                Happened::Alarm(alarm) => self.call(alarm),
                Happened::Ended(ended) => self.ended(*ended),
                Happened::Aborted(job) => self.aborted(job),
                Happened::Nothing => {}
            }
        }
        let left: Vec<JobId> = self.driver.running().collect();
        assert!(left.is_empty(), "end: {left:?} have none");
    }

    /// The storm is over. What is not sent yet and has a checkpoint goes on from it, in a new page, and arrives.
    fn heal(&mut self) {
        self.trace.say(self.driver.now_ms, || "the bad day is over".to_owned());
        self.rules.is_healed = true;
        self.driver.world.clear_faults();
        self.plan.disturbances.clear();
        self.driver.line.latency_ms = 0;
        self.driver.line.is_rough = false;
        if self.dice.one_in(4) {
            self.disturb(Disturbance::Forget);
        }
        self.driver.now_ms += 1000;
        self.reload();
        for index in 0..self.errands.len() {
            let errand = &mut self.errands[index];
            if errand.state != State::Sent && errand.checkpoint.is_some() {
                (errand.state, errand.media, errand.next) = (State::Open, None, Next::Resume);
                self.rules.tally.healed += 1;
                self.call_later(Who::Errand(index), 0);
            }
        }
        self.take_all();
        for errand in &self.errands {
            let is_left = errand.state != State::Sent && errand.checkpoint.is_some();
            assert!(!is_left, "checkpoint: an upload does not go on from {:?}", errand.checkpoint);
        }
    }

    fn disturb(&mut self, disturbance: Disturbance) {
        self.trace.say(self.driver.now_ms, || format!("{disturbance:?}"));
        match disturbance {
            Disturbance::Abort(index) => {
                let running: Vec<JobId> = self.driver.running().collect();
                if let Some(job) = running.get(index).or(running.last()).copied() {
                    self.driver.abort(job);
                    self.aborted(job);
                }
            }
            Disturbance::Forget => {
                self.rules.tally.forgets += 1;
                self.rules.ledger.is_service_at_fault = true;
                self.driver.world.forget_uploads();
            }
            Disturbance::SetClock(by_ms) => {
                self.rules.tally.clocks += 1;
                let mut page = self.user.owner.page.borrow_mut();
                (page.error_ms, page.stands_at_ms) = (page.error_ms + by_ms, None);
            }
            Disturbance::RepeatAMoment => {
                let index = self.dice.below(8);
                self.rules.tally.clocks += 1;
                let moment_ms = self.rules.ledger.moment_of(self.user.of.1, index);
                self.user.owner.page.borrow_mut().stands_at_ms = moment_ms;
            }
            Disturbance::Reload => {
                self.rules.tally.reloads += 1;
                self.reload();
            }
            Disturbance::Stop => {
                self.rules.tally.stops += 1;
                self.stop();
            }
        }
    }

    /// The user's own signal, or a callback of the user's.
    fn aborted(&mut self, job: JobId) {
        self.rules.tally.aborts += 1;
        self.rules.abandoned(job);
        self.set_back(job, &Setback::Aborted);
    }

    /// A new page has new ids, a new client, and a clock of its own mind. Jobs are gone; what was kept as JSON is there.
    fn reload(&mut self) {
        let page = self.user.of.1 + 1;
        self.cut();
        self.open_page(page);
    }

    /// The module stops with all its jobs, and another takes its place in the same page.
    fn stop(&mut self) {
        self.cut();
        // Only the messages outlive it.
        self.rules.ledger.too_often_ms.clear();
        self.user.owner = self.user.owner.after_a_stop();
        // Another module takes some time to start. Two in the same millisecond, with the same random numbers, would make the same ids.
        self.driver.now_ms += 1;
        self.user.owner.page.borrow_mut().stands_at_ms = None;
    }

    fn cut(&mut self) {
        let jobs: Vec<JobId> = self.driver.running().collect();
        self.driver.close_page();
        for job in jobs {
            self.rules.abandoned(job);
            self.set_back(job, &Setback::Cut);
        }
    }

    /// Pages that disagree about the date might meet in one millisecond, which no page can know: each has days of its own.
    fn open_page(&mut self, number: u32) {
        let days = 40 * i64::from(number) * if number.is_multiple_of(2) { 1 } else { -1 };
        let mut page = Page::new(self.driver.now_ms, days * 86_400_000);
        page.random = self.plan.fixed_random;
        self.user.of.1 = number;
        self.user.owner = Owner::on(page);
        self.new_client();
    }

    /// Another `WebWx`, which knows nothing of the other's messages.
    pub(crate) fn new_client(&mut self) {
        self.user.of.0 += 1;
        self.user.owner = self.user.owner.another_client();
        let device_id = self.plan.has_device_id.then(|| format!("e{:015}", self.dice.up_to(999_999_999_999_999)));
        let session = session(&self.driver.world, |init| init.device_id = device_id);
        self.user.client = Rc::new(Client { session, options: self.plan.options });
    }

    pub(crate) fn call_later(&mut self, who: Who, in_ms: u64) {
        let calls = match who {
            Who::Errand(errand) => self.errands[errand].calls,
            Who::List(_) => self.lists,
            Who::Chore(chore) => self.chores[chore].calls,
        };
        self.driver.alarm(in_ms, self.alarms.len());
        self.alarms.push((who, calls));
    }
}
