//! What has happened, in its order.

use std::collections::BTreeMap;

use standin::Reply;
use standin::http::{HeaderValue, header};
use webwx_image::error::Place;
use webwx_image::job::{Ended, Event, Handled, Input, Progress, RequestId, Sent, Transmission, Wanted};
use webwx_image::upload::Checkpoint;

use super::drive::{JobId, Moment, Reaction, Served, Watch};

/// Requests, events, and what inputs did.
#[derive(Default)]
pub(crate) struct Log {
    /// Every request that has left.
    pub(crate) left: Vec<Place>,
    /// Every request that is over, in that order.
    pub(crate) trips: Vec<Trip>,
    /// What the caller was told of progress.
    pub(crate) progress: Vec<Progress>,
    /// Every checkpoint that the caller was given.
    pub(crate) checkpoints: Vec<Checkpoint>,
    /// What the caller of a list was told.
    pub(crate) outcomes: Vec<(usize, Result<Sent, Ended>)>,
    /// What each input did.
    pub(crate) handled: Vec<Handled>,
    /// A `Retry-After` for every refusal by the service's front, by its status.
    pub(crate) retry_after: Option<String>,
    /// A caller that aborts, by what it is told.
    pub(crate) aborts_at: Option<fn(&Event) -> bool>,
    under_way: BTreeMap<(JobId, RequestId), (Place, usize, u64)>,
}

/// A request's way there and back.
#[derive(Clone, Debug)]
pub(crate) struct Trip {
    /// What was asked.
    pub(crate) place: Place,
    /// For which source of a list.
    pub(crate) source: usize,
    /// When it left.
    pub(crate) left_ms: u64,
    /// When it was over.
    pub(crate) over_ms: u64,
    /// How it ended.
    pub(crate) end: End,
}

/// How a request ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// With an answer.
    Answered,
    /// Without one.
    Lost,
    /// The job stopped it.
    Stopped,
}

impl Log {
    /// Bytes of the chunks that were accepted, as the caller heard of them.
    pub(crate) fn loaded(&self) -> Vec<u64> {
        self.progress.iter().filter(|progress| progress.chunks.is_some()).map(|progress| progress.loaded).collect()
    }

    fn over(&mut self, at: Moment, job: JobId, id: RequestId, end: End) {
        if let Some((place, source, left_ms)) = self.under_way.remove(&(job, id)) {
            self.trips.push(Trip { place, source, left_ms, over_ms: at.ms, end });
        }
    }
}

impl Watch for Log {
    fn leaves(&mut self, at: Moment, job: JobId, sent: &Transmission) {
        let place = sent.request.place;
        self.left.push(place);
        if sent.wanted != Wanted::Nothing {
            self.under_way.insert((job, sent.id), (place, sent.source, at.ms));
        }
    }

    fn served(&mut self, _: u64, _: JobId, _: &Served<'_>, reply: &mut Reply) {
        if let (Reply::Answer(response), Some(retry_after)) = (reply, &self.retry_after)
            && !response.status().is_success()
        {
            let value = HeaderValue::from_str(retry_after).expect("a header");
            response.headers_mut().insert(header::RETRY_AFTER, value);
        }
    }

    fn comes(&mut self, at: Moment, job: JobId, input: &Input) {
        match input {
            Input::Answer { id, .. } | Input::Picture { id, .. } => self.over(at, job, *id, End::Answered),
            Input::Lost { id, .. } => self.over(at, job, *id, End::Lost),
            _ => {}
        }
    }

    fn handled(&mut self, _: Moment, _: JobId, handled: Handled) {
        self.handled.push(handled);
    }

    fn stopped(&mut self, at: Moment, job: JobId, request: RequestId) {
        self.over(at, job, request, End::Stopped);
    }

    fn told(&mut self, _: Moment, _: JobId, event: &Event) -> Reaction {
        match event {
            Event::Progress(progress) => self.progress.push(*progress),
            Event::Checkpoint { checkpoint, .. } => self.checkpoints.push(checkpoint.clone()),
            Event::Outcome { source, outcome } => self.outcomes.push((*source, (**outcome).clone())),
        }
        let aborts = self.aborts_at.is_some_and(|aborts| aborts(event));
        if aborts { Reaction::Abort } else { Reaction::GoOn }
    }
}
