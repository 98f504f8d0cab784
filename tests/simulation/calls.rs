//! The calls for what is to be sent: how they begin, and what the user makes of their ends.

use webwx_image::error::Error;
use webwx_image::job::{Batch, Goal, Opened, Send, SendSource, Sent, Upload};
use webwx_image::session::Receiver;
use webwx_image::upload::{Checkpoint, ChunkSize, FileInfo, UploadedMedia};

use crate::drive::{Ended, JobId, Outcome, Source, md5};
use crate::rules::{BatchWatch, JobWatch, Letter, MessageWatch, Order, SourceWatch};
use crate::run::{Run, Who};
use crate::user::{Mistake, Next, Setback, State, is_mismatch};

/// What an error asks for that says "too often".
const SOME_MINUTES_MS: u64 = 600_000;

impl Run<'_> {
    /// An alarm goes off: the user makes the call that is due, unless something else has happened meanwhile.
    pub(crate) fn call(&mut self, alarm: usize) {
        let (who, calls) = self.alarms[alarm].clone();
        match who {
            Who::Errand(errand) => {
                let wish = &self.errands[errand];
                if wish.calls == calls && wish.state == State::Open && wish.job.is_none() {
                    self.call_errand(errand);
                }
            }
            Who::List(errands) => self.call_list(errands),
            Who::Chore(chore) => self.call_chore(chore),
        }
    }

    fn call_errand(&mut self, errand: usize) {
        self.errands[errand].calls += 1;
        if self.dice.one_in(3) {
            self.new_client();
        }
        let next = self.errands[errand].next;
        if let (Next::SendAgain, Some(media)) = (next, self.errands[errand].uploaded()) {
            return self.send(errand, &media);
        }
        let resume = self.errands[errand].resume().filter(|_| next == Next::Resume);
        match &resume {
            Some(checkpoint) => {
                self.rules.tally.resumes += 1;
                self.mistake(errand, checkpoint);
            }
            None => self.errands[errand].checkpoint = None,
        }
        let goal = if self.plan.is_split { Goal::Media } else { Goal::Message };
        let order = self.order(errand, goal, resume);
        let to = receiver(&order.to);
        let job = SendSource::new(&self.user.client, 0, to, goal, order.resume.clone());
        let source = self.errands[errand].source.clone();
        let job = self.driver.start(&self.user.owner, job, vec![source]);
        self.rules.begin(job, JobWatch::Source(Box::new(SourceWatch::new((job, 0), order))));
        self.errands[errand].job = Some((job, 0));
        self.calls.insert(job, Who::Errand(errand));
        self.trace.say(self.driver.now_ms, || format!("picture {errand}: {job} for it, {next:?}"));
    }

    fn call_list(&mut self, errands: Vec<usize>) {
        self.lists += 1;
        if self.dice.one_in(3) {
            self.new_client();
        }
        let orders: Vec<Order> = errands.iter().map(|errand| self.order(*errand, Goal::MessageInTurn, None)).collect();
        let to = orders.first().map_or_else(|| self.driver.world.peer().to_owned(), |order| order.to.clone());
        let pace = self.plan.pace;
        let batch = Batch::new(&self.user.client, receiver(&to), pace);
        let told_ms = self.rules.ledger.too_often_ms.get(&self.user.of.0);
        let rests_until_ms = told_ms.map_or(0, |ms| ms + u64::from(pace.after_too_often_ms));
        let sources = errands.iter().map(|errand| self.errands[*errand].source.clone()).collect();
        let job = self.driver.start(&self.user.owner, batch, sources);
        self.rules.begin(job, JobWatch::Batch(BatchWatch::new(job, orders, pace, rests_until_ms)));
        for (source, errand) in errands.iter().enumerate() {
            let errand = &mut self.errands[*errand];
            (errand.job, errand.checkpoint) = (Some((job, source)), None);
            errand.calls += 1;
        }
        self.trace.say(self.driver.now_ms, || format!("a list of pictures {errands:?}: {job} for it"));
        self.calls.insert(job, Who::List(errands));
    }

    fn order(&self, errand: usize, goal: Goal, resume: Option<Checkpoint>) -> Order {
        let errand = &self.errands[errand];
        Order {
            client: self.user.client.clone(),
            of: self.user.of,
            info: errand.source.info.clone(),
            to: errand.to.clone(),
            goal,
            resume,
        }
    }

    /// A checkpoint in the wrong hands is refused before anything is sent.
    fn mistake(&mut self, errand: usize, checkpoint: &Checkpoint) {
        let Ok(info) = self.errands[errand].source.info.clone() else { return };
        if !self.dice.one_in(6) {
            return;
        }
        self.rules.tally.mistakes += 1;
        let mistake = self.dice.pick(&[Mistake::File, Mistake::Receiver, Mistake::ChunkSize]);
        let mut client = (*self.user.client).clone();
        let (mut info, mut to) = (info, self.errands[errand].to.clone());
        match mistake {
            Mistake::File => info = FileInfo { md5: md5(info.md5.as_str().as_bytes()), ..info },
            Mistake::Receiver => {
                let other = self.driver.world.contacts().iter().find(|contact| **contact != to);
                to.clone_from(other.expect("more than one"));
            }
            Mistake::ChunkSize => {
                let chunk_size = client.options.chunk_size.get() - 1;
                client.options.chunk_size = ChunkSize::new(chunk_size).expect("more than one byte");
            }
        }
        let (opened, to, now_ms) = (Opened { file: info, resume: None, md5_ms: 0 }, receiver(&to), self.driver.now_ms);
        let refused = self
            .user
            .owner
            .lend(now_ms, 0.5, |cx| Upload::new(cx, &client.into(), 0, opened, to, Some(checkpoint)).map(drop));
        assert!(refused.as_ref().is_err_and(is_mismatch), "checkpoint: another {mistake:?} gives {refused:?}");
    }

    fn send(&mut self, errand: usize, media: &UploadedMedia) {
        let to = self.errands[errand].to.clone();
        let info = self.errands[errand].source.info.clone().expect("it was uploaded");
        let job = self.begin_send(media, &info, to);
        self.errands[errand].job = Some((job, 0));
        self.calls.insert(job, Who::Errand(errand));
        self.trace.say(self.driver.now_ms, || format!("picture {errand}: {job} sends it"));
    }

    /// Sends what was uploaded, for an errand or beside it.
    pub(crate) fn begin_send(&mut self, media: &UploadedMedia, info: &FileInfo, to: String) -> JobId {
        let (peer, client) = (receiver(&to), self.user.client.clone());
        let (now_ms, random) = (self.driver.now_ms, self.dice.fraction());
        let send = self.user.owner.lend(now_ms, random, |cx| Send::new(cx, &client, media, &peer));
        let job = self.driver.start(&self.user.owner, send.expect("good input"), Vec::new());
        let order = Order { client, of: self.user.of, info: Ok(info.clone()), to, goal: Goal::Message, resume: None };
        let letter = Letter::of(&order, info, media.media_id.clone());
        let watch = MessageWatch::new(&mut self.rules.ledger, self.plan.options.terms, (job, 0), letter);
        self.rules.begin(job, JobWatch::Message(Box::new(watch)));
        job
    }

    /// A job is over.
    pub(crate) fn ended(&mut self, ended: Ended) {
        let job = ended.job;
        match (self.calls.get(&job).cloned(), ended.outcome) {
            (Some(Who::Errand(errand)), Ok(Outcome::Sent(sent))) => self.source_sent(job, errand, &sent),
            (Some(Who::Errand(errand)), Ok(Outcome::Receipt(_))) => self.sent(job, errand, None),
            (Some(Who::List(_)), Ok(_)) => self.list_ended(job),
            (Some(Who::Chore(chore)), outcome) => {
                self.calls.remove(&job);
                self.chore_ended(chore, outcome.as_ref().err());
            }
            (_, Err(error)) => self.set_back(job, &Setback::Failed(&error)),
            (who, Ok(outcome)) => panic!("truth: {who:?} is given {outcome:?}"),
        }
    }

    fn source_sent(&mut self, job: JobId, errand: usize, sent: &Sent) {
        if sent.receipt.is_some() {
            return self.sent(job, errand, Some(&sent.media));
        }
        self.rules.tally.end("uploaded");
        self.calls.remove(&job);
        let wish = &mut self.errands[errand];
        wish.media = Some(serde_json::to_string(&sent.media).expect("plain data"));
        wish.checkpoint = self.rules.kept(job, 0).or(wish.checkpoint.take());
        wish.job = None;
        let media = self.errands[errand].uploaded().expect("it was just kept");
        self.send(errand, &media);
    }

    /// A picture is out.
    fn sent(&mut self, job: JobId, errand: usize, media: Option<&UploadedMedia>) {
        self.rules.tally.end("sent");
        self.calls.remove(&job);
        let wish = &mut self.errands[errand];
        let media = media.cloned().or_else(|| wish.uploaded());
        (wish.state, wish.checkpoint, wish.media, wish.job) = (State::Sent, None, None, None);
        self.trace.say(self.driver.now_ms, || format!("picture {errand}: sent"));
        self.plan_more(errand, media);
    }

    /// Outcomes of lists are told before their job is over.
    pub(crate) fn hear_outcomes(&mut self) {
        for (job, source, outcome) in std::mem::take(&mut self.rules.outcomes) {
            let Some(Who::List(errands)) = self.calls.get(&job) else { panic!("end: an outcome of {job}") };
            let errand = errands[source];
            match outcome {
                Ok(sent) => {
                    self.rules.tally.end("sent");
                    self.errands[errand].state = State::Sent;
                    self.errands[errand].checkpoint = None;
                    self.plan_more(errand, Some(sent.media));
                }
                Err(ended) => {
                    let wish = &mut self.errands[errand];
                    wish.checkpoint =
                        ended.checkpoint.as_ref().map(|left| serde_json::to_string(left).expect("plain data"));
                    self.errand_set_back(errand, &Setback::Failed(&ended.error));
                }
            }
            self.errands[errand].job = None;
        }
    }

    fn list_ended(&mut self, job: JobId) {
        self.rules.tally.end("listed");
        let Some(Who::List(errands)) = self.calls.remove(&job) else { panic!("end: a list of {job}") };
        let again: Vec<usize> =
            errands.into_iter().filter(|errand| self.errands[*errand].state == State::Open).collect();
        if self.lists < 3 && !again.is_empty() && self.dice.one_in(2) {
            // Not everybody waits: then the list does.
            let in_ms = self.dice.pick(&[0, SOME_MINUTES_MS]) + self.dice.up_to(20_000);
            for errand in &again {
                // Its own alarm is of no use any more.
                self.errands[*errand].calls += 1;
            }
            self.call_later(Who::List(again), in_ms);
        }
    }

    /// A call has ended without success.
    pub(crate) fn set_back(&mut self, job: JobId, setback: &Setback<'_>) {
        match self.calls.remove(&job).expect("somebody called") {
            Who::Errand(errand) => {
                let kept = self.rules.kept(job, 0);
                let wish = &mut self.errands[errand];
                wish.checkpoint = kept.or(wish.checkpoint.take());
                wish.job = None;
                self.errand_set_back(errand, setback);
            }
            Who::List(errands) => {
                for (source, errand) in errands.into_iter().enumerate() {
                    let wish = &mut self.errands[errand];
                    if wish.job.take_if(|of| of.0 == job).is_some() {
                        wish.checkpoint = self.rules.kept(job, source);
                        self.errand_set_back(errand, setback);
                    }
                }
            }
            Who::Chore(chore) => {
                let error = if let Setback::Failed(error) = setback { Some(*error) } else { None };
                self.chore_set_back(chore, error, setback.name());
            }
        }
    }

    /// The user decides what follows.
    fn errand_set_back(&mut self, errand: usize, setback: &Setback<'_>) {
        self.count(setback, || format!("picture {errand}"));
        let next = self.errands[errand].after(&mut self.dice, setback);
        self.trace.say(self.driver.now_ms, || format!("picture {errand}: the user's next is {next:?}"));
        self.errands[errand].next = next;
        if next == Next::Stop {
            self.errands[errand].state = State::GivenUp;
            return;
        }
        let in_ms = self.patience(setback);
        self.call_later(Who::Errand(errand), in_ms);
    }

    /// How long the user waits before the next call.
    pub(crate) fn patience(&mut self, setback: &Setback<'_>) -> u64 {
        let is_final = |error: &Error| !error.retryable();
        let in_ms = if matches!(setback, Setback::Failed(error) if is_final(error)) { SOME_MINUTES_MS } else { 500 };
        in_ms + self.dice.up_to(20_000)
    }

    /// A call ended without success, which after a bad day it may not.
    pub(crate) fn count(&mut self, setback: &Setback<'_>, whose: impl Fn() -> String) {
        let how = setback.name();
        self.rules.tally.end(how);
        self.trace.say(self.driver.now_ms, || match setback {
            Setback::Failed(error) => format!("{}: {how}: {error}", whose()),
            _ => format!("{}: {how}", whose()),
        });
        let is_lasting = matches!(setback, Setback::Failed(_));
        assert!(!(self.rules.is_healed && is_lasting), "checkpoint: {} goes on, but does not arrive: {how}", whose());
    }
}

/// A name of the world.
pub(crate) fn receiver(name: &str) -> Receiver {
    Receiver::new(name).expect("a name")
}

/// What a source is known by.
pub(crate) fn info(source: &Source) -> &FileInfo {
    source.info.as_ref().expect("it was opened")
}
