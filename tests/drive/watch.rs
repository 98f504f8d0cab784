//! Whoever watches a run: notes it, or holds it against rules.

use standin::{Fault, Reply, World};
use webwx_image::job::{Event, Handled, Input, RequestId, Transmission};

use super::{Ended, JobId};

/// A time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Moment {
    /// Milliseconds since the run began.
    pub(crate) ms: u64,
    /// What the job's page takes for the date, in milliseconds.
    pub(crate) date_ms: u64,
}

/// What a caller does in a callback.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reaction {
    GoOn,
    /// It fires the job's signal.
    Abort,
}

/// The service has had a request.
pub(crate) struct Served<'a> {
    pub(crate) sent: &'a Transmission,
    /// What was ordered to go wrong with it.
    pub(crate) fault: Option<Fault>,
    /// Whether a job still waits for the answer.
    pub(crate) is_awaited: bool,
    pub(crate) world: &'a World,
}

/// What happens, in its order. Inputs that nobody waits for are not told.
pub(crate) trait Watch {
    /// A job sends a request.
    fn leaves(&mut self, _at: Moment, _job: JobId, _sent: &Transmission) {}

    /// The service has had it; what comes back may be changed.
    fn served(&mut self, _now_ms: u64, _job: JobId, _served: &Served<'_>, _reply: &mut Reply) {}

    /// An input is about to be handed over.
    fn comes(&mut self, _at: Moment, _job: JobId, _input: &Input) {}

    /// What the job made of that.
    fn handled(&mut self, _at: Moment, _job: JobId, _handled: Handled) {}

    /// A job stops a request.
    fn stopped(&mut self, _at: Moment, _job: JobId, _request: RequestId) {}

    /// A job opens a source.
    fn opens(&mut self, _at: Moment, _job: JobId, _action: RequestId, _source: usize) {}

    /// A job tells its caller.
    fn told(&mut self, _at: Moment, _job: JobId, _event: &Event) -> Reaction {
        Reaction::GoOn
    }

    /// A job waits, in milliseconds of the run.
    fn waits(&mut self, _at: Moment, _job: JobId, _until_ms: Option<u64>) {}

    /// A job is over.
    fn ended(&mut self, _at: Moment, _ended: &Ended) {}
}
