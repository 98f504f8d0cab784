//! The rules of one request and its tries, whatever it asks for.

use webwx_image::error::{Error, Place};
use webwx_image::http::Request;
use webwx_image::job::{Handled, RequestId, Transmission};
use webwx_image::retry::Terms;

use super::truth::{Truth, Verdict};
use crate::drive::Moment;

/// What a service asks for that is busy.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) enum Asked {
    #[default]
    Nothing,
    /// To wait so many milliseconds.
    In(u64),
    /// To wait until that date, in milliseconds.
    Until(u64),
}

/// One request.
pub(crate) struct CallWatch {
    terms: Terms,
    request: Request,
    made: u32,
    state: State,
    is_unsure: bool,
}

#[derive(Debug)]
enum State {
    /// It has an answer by then, or is given up.
    UnderWay { id: RequestId, until_ms: u64 },
    /// It is sent again between these times.
    Resting { least_ms: u64, most_ms: u64 },
    /// Its answer brought this id.
    Good(String),
    /// It failed for good.
    Bad(Verdict),
}

impl Asked {
    fn wait_ms(self, at: Moment) -> u64 {
        match self {
            Self::Nothing => 0,
            Self::In(ms) => ms,
            Self::Until(date_ms) => date_ms.saturating_sub(at.date_ms),
        }
    }
}

impl CallWatch {
    /// The first try leaves.
    pub(crate) fn first(terms: Terms, at: Moment, sent: &Transmission) -> Self {
        let state = State::UnderWay { id: sent.id, until_ms: at.ms + u64::from(terms.timeout_ms) };
        Self { terms, request: sent.request.clone(), made: 1, state, is_unsure: false }
    }

    /// What it asks for.
    pub(crate) fn place(&self) -> Place {
        self.request.place
    }

    /// Another try leaves. No wait is longer than the policy's cap, or shorter than half of what doubling gives.
    pub(crate) fn leaves(&mut self, at: Moment, sent: &Transmission) {
        let place = self.place();
        let State::Resting { least_ms, most_ms } = self.state else {
            panic!("end: {place} leaves again, but it is {:?}", self.state)
        };
        let is_time = (least_ms..=most_ms).contains(&at.ms);
        assert!(is_time, "retry: {place} leaves at {} ms, expected {least_ms} to {most_ms}", at.ms);
        assert!(sent.request == self.request, "ids: another {place} in another try");
        self.made += 1;
        let limit = self.terms.retry.limit;
        assert!(self.made <= limit + 1, "retry: try {} with a limit of {limit}", self.made);
        self.state = State::UnderWay { id: sent.id, until_ms: at.ms + u64::from(self.terms.timeout_ms) };
    }

    /// A reply came, or will not come any more.
    pub(crate) fn settled(&mut self, at: Moment, truth: &Truth, asked: Asked) {
        self.state = match truth {
            Truth::Good(id) => State::Good(id.clone()),
            Truth::Bad(verdict) => {
                self.is_unsure |= verdict.leaves_open();
                let policy = self.terms.retry;
                if verdict.is_transient && self.made <= policy.limit {
                    let cap = u64::from(policy.max_delay);
                    let doubled = (u64::from(policy.delay) << (self.made - 1)).min(cap);
                    let asked_ms = asked.wait_ms(at).min(cap);
                    let (least, most) = ((doubled / 2).max(asked_ms), doubled.max(asked_ms));
                    State::Resting { least_ms: at.ms + least, most_ms: at.ms + most }
                } else {
                    State::Bad(verdict.clone())
                }
            }
        };
    }

    /// A part of the reply came: the rest has all the time again.
    pub(crate) fn goes_on(&mut self, at: Moment) {
        if let State::UnderWay { until_ms, .. } = &mut self.state {
            *until_ms = at.ms + u64::from(self.terms.timeout_ms);
        }
    }

    /// Whether this is the try that is under way.
    pub(crate) fn is_under_way(&self, request: RequestId) -> bool {
        matches!(self.state, State::UnderWay { id, .. } if id == request)
    }

    /// The try that is under way.
    pub(crate) fn under_way(&self) -> Option<RequestId> {
        match self.state {
            State::UnderWay { id, .. } => Some(id),
            _ => None,
        }
    }

    /// Whether the try under way has had its time.
    pub(crate) fn is_late(&self, at: Moment) -> bool {
        matches!(self.state, State::UnderWay { until_ms, .. } if at.ms >= until_ms)
    }

    /// When something has to happen.
    pub(crate) fn until_ms(&self) -> Option<u64> {
        match self.state {
            State::UnderWay { until_ms, .. } => Some(until_ms),
            State::Resting { most_ms, .. } => Some(most_ms),
            State::Good(_) | State::Bad(_) => None,
        }
    }

    /// What the job has to say of the last reply.
    pub(crate) fn handled(&self) -> Handled {
        match self.state {
            State::UnderWay { .. } => Handled::Noted,
            State::Resting { .. } => Handled::Retrying,
            State::Good(_) => Handled::Accepted,
            State::Bad(_) => Handled::Failed,
        }
    }

    /// The id that its answer brought.
    pub(crate) fn good(&self) -> Option<&str> {
        match &self.state {
            State::Good(id) => Some(id),
            _ => None,
        }
    }

    /// Why it failed for good.
    pub(crate) fn bad(&self) -> Option<&Verdict> {
        match &self.state {
            State::Bad(verdict) => Some(verdict),
            _ => None,
        }
    }

    /// Whether it is tried again.
    pub(crate) fn is_resting(&self) -> bool {
        matches!(self.state, State::Resting { .. })
    }

    /// Whether any try left open what the service did.
    pub(crate) fn is_unsure(&self) -> bool {
        self.is_unsure
    }

    /// The job ends well, with this id.
    pub(crate) fn ends_well(&self, id: &str) {
        assert!(self.good() == Some(id), "truth: {} gives {id:?}, but is {:?}", self.place(), self.state);
    }

    /// The job ends with an error.
    pub(crate) fn ends(&self, error: &Error) {
        match &self.state {
            State::Bad(verdict) => verdict.check(error, self.place()),
            state => panic!("truth: {} fails with {error}, but is {state:?}", self.place()),
        }
    }
}
