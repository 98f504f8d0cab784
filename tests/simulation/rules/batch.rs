//! The rules of a list: its order, its pace, and where it stops.

use std::collections::BTreeSet;

use webwx_image::error::{Error, ErrorKind, Place};
use webwx_image::job::{Ended as Untold, Handled, Pace, Progress, RequestId, Sent, Stage, Transmission};
use webwx_image::upload::Checkpoint;

use super::Ledger;
use super::call::Asked;
use super::source::{Order, SourceWatch};
use super::truth::{Truth, Wanted, ends_batch};
use crate::drive::{JobId, Moment};

/// A list of sources.
pub(crate) struct BatchWatch {
    items: Vec<SourceWatch>,
    /// How many outcomes were told.
    told: usize,
    is_taken: bool,
    /// How many sources were opened.
    opened: usize,
    /// The source that ended it.
    ended_by: Option<usize>,
    pace: Pace,
    /// Before this time nothing is opened, in milliseconds of the run.
    rests_until_ms: u64,
    /// The messages whose first try has left, and when the last of them did.
    sent: BTreeSet<usize>,
    last_sent_ms: Option<u64>,
    /// When it ended with "too often".
    too_often_ms: Option<u64>,
}

impl BatchWatch {
    /// A list that is about to be sent.
    pub(crate) fn new(job: JobId, orders: Vec<Order>, pace: Pace, rests_until_ms: u64) -> Self {
        let items = orders.into_iter().enumerate().map(|(index, order)| SourceWatch::new((job, index), order));
        Self {
            items: items.collect(),
            told: 0,
            is_taken: true,
            opened: 0,
            ended_by: None,
            pace,
            rests_until_ms,
            sent: BTreeSet::new(),
            last_sent_ms: None,
            too_often_ms: None,
        }
    }

    /// The next source is opened: no more are uploaded or wait for their messages than the pace allows, and one more is in work.
    pub(crate) fn opens(&mut self, at: Moment, action: RequestId, source: usize) {
        assert!(source == self.opened, "order: source {source} is opened before source {}", self.opened);
        assert!(self.ended_by.is_none(), "end: source {source} is opened after the end of its list");
        assert!(at.ms >= self.rests_until_ms, "pace: source {source} is opened before {} ms", self.rests_until_ms);
        let pictures = self.pace.pictures.get();
        let ahead = self.items.iter().filter(|item| item.is_going_up() || item.is_uploaded()).count();
        assert!(ahead < pictures, "pace: source {source} is opened, and {ahead} are ahead");
        assert!(
            source <= self.told + pictures,
            "order: source {source} is opened, and the caller has heard of {}",
            self.told
        );
        self.items[source].opens(action);
        self.opened += 1;
    }

    /// A source is open, or cannot be.
    pub(crate) fn opened(&mut self, action: RequestId) -> Handled {
        self.items.iter_mut().find_map(|item| item.opened(action)).expect("it was opened")
    }

    /// What the answer to a request has to bring.
    pub(crate) fn wanted(&self, sent: &Transmission) -> Wanted {
        self.items[sent.source].wanted(sent)
    }

    /// A request leaves: a message only when those before it have been told of, and the caller wants the next.
    pub(crate) fn leaves(&mut self, at: Moment, ledger: &mut Ledger, sent: &Transmission) {
        let place = sent.request.place;
        if place.step.starts_with("webwxsend") {
            assert!(sent.source == self.told && self.is_taken, "order: {place} leaves before it is wanted");
            if self.sent.insert(sent.source) {
                let earliest_ms = self.last_sent_ms.map_or(0, |ms| ms + u64::from(self.pace.min_interval_ms));
                assert!(at.ms >= earliest_ms, "pace: message {} leaves before {earliest_ms} ms", sent.source);
                self.last_sent_ms = Some(at.ms);
            }
        }
        let item = &mut self.items[sent.source];
        assert!(self.ended_by.is_none() || item.is_sending(), "end: {place} leaves after the end of its list");
        item.leaves(at, ledger, sent);
    }

    /// A reply.
    pub(crate) fn settled(&mut self, at: Moment, id: RequestId, truth: &Truth, asked: Asked) -> Option<Handled> {
        let mut items = self.items.iter_mut();
        let handled = items.find_map(|item| item.settled(at, id, truth, asked));
        self.stop(at);
        handled
    }

    /// After some failures nothing more is asked: what goes up is stopped, and only a message that is on its way is waited for.
    fn stop(&mut self, at: Moment) {
        if self.ended_by.is_some() {
            return;
        }
        let ends = |item: &SourceWatch| item.failure().is_some_and(|failure| ends_batch(failure.kind));
        self.ended_by = self.items.iter().position(ends);
        let Some(end) = self.ended_by else { return };
        let kind = self.items[end].failure().map(|failure| failure.kind);
        self.too_often_ms = Some(at.ms).filter(|_| kind == Some(ErrorKind::RateLimited));
        self.items.iter_mut().for_each(SourceWatch::drop_it);
    }

    /// A request is stopped.
    pub(crate) fn stopped(&mut self, at: Moment, id: RequestId) -> bool {
        let is_known = self.items.iter_mut().any(|item| item.stopped(at, id));
        self.stop(at);
        is_known
    }

    /// Progress is told of one source.
    pub(crate) fn progress(&mut self, ledger: &mut Ledger, progress: &Progress) {
        let source = progress.source.expect("progress: of which source?") as usize;
        let is_time = progress.stage != Stage::Send || (source == self.told && self.is_taken);
        assert!(is_time, "order: message {source} is on its way after {} outcomes", self.told);
        self.items[source].progress(ledger, progress);
    }

    /// A checkpoint is handed out.
    pub(crate) fn checkpoint(&mut self, source: usize, checkpoint: &Checkpoint) {
        self.items[source].checkpoint(checkpoint);
    }

    /// An outcome is told, in the order of the list.
    pub(crate) fn outcome(&mut self, ledger: &mut Ledger, source: usize, outcome: &Result<Sent, Untold>) {
        assert!(source == self.told && self.is_taken, "order: outcome {source} after {}", self.told);
        (self.told, self.is_taken) = (self.told + 1, false);
        let is_by_itself = |untold: &Untold| untold.ended_by.is_none();
        match outcome {
            Ok(sent) => self.items[source].ends_well(ledger, sent),
            Err(untold) if is_by_itself(untold) => {
                self.items[source].ends(ledger, &untold.error, untold.checkpoint.as_ref());
            }
            Err(untold) => self.untold(source, untold),
        }
    }

    /// A source that another one ended: not tried, or not to its end, and nothing of it is out.
    fn untold(&self, source: usize, Untold { error, checkpoint, ended_by }: &Untold) {
        assert!(self.ended_by == *ended_by, "end: source {source} was ended by {ended_by:?}, not {:?}", self.ended_by);
        let item = &self.items[source];
        let failure = self.items[self.ended_by.expect("it is one")].failure().expect("it failed");
        let place = Place::at("WebWx.sendImages");
        failure.check(error, place);
        assert!(!item.is_sending() && item.failure().is_none(), "end: source {source} has an end of its own");
        assert!(error.message_may_be_out().is_none(), "delivery: {error} of a message that never left");
        item.ends_untried(checkpoint.as_ref());
    }

    /// The caller wants the next.
    pub(crate) fn taken(&mut self) {
        self.is_taken = true;
    }

    /// The job waits.
    pub(crate) fn waits(&self) -> Option<u64> {
        if self.ended_by.is_some() {
            self.items.iter().for_each(SourceWatch::check_dropped);
            return self.items.iter().filter(|item| item.is_sending()).filter_map(SourceWatch::waits).min();
        }
        self.items.iter().filter_map(SourceWatch::waits).min()
    }

    /// It is over: all have been told of.
    pub(crate) fn ends(&self, ledger: &mut Ledger, end: Result<(), &Error>) {
        self.remember(ledger);
        assert!(end.is_ok(), "end: a list fails with {end:?}");
        let (told, all) = (self.told, self.items.len());
        assert!(told == all && self.is_taken, "end: a list of {all} ends after {told}");
    }

    /// Its caller aborts, or the page goes away.
    pub(crate) fn abandoned(&self, ledger: &mut Ledger) {
        self.items.iter().for_each(|item| item.abandoned(ledger));
        self.remember(ledger);
    }

    /// The next list of the client has to wait.
    fn remember(&self, ledger: &mut Ledger) {
        if let (Some(ms), Some(item)) = (self.too_often_ms, self.items.first()) {
            ledger.too_often_ms.insert(item.client(), ms);
        }
    }
}
