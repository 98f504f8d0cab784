//! The rules of one job, whatever it does.

use webwx_image::job::{Ended as List, Handled, Progress, RequestId, Sent, Transmission};
use webwx_image::upload::Checkpoint;

use super::call::Asked;
use super::truth::{Truth, Wanted};
use super::{BatchWatch, GetWatch, Ledger, MessageWatch, SourceWatch};
use crate::drive::{Ended, Moment, Outcome};

/// What is known of a job.
pub(crate) enum JobWatch {
    Source(Box<SourceWatch>),
    Batch(BatchWatch),
    Message(Box<MessageWatch>),
    Get(Box<GetWatch>),
}

impl JobWatch {
    /// A request leaves. What its answer has to bring.
    pub(super) fn leaves(&mut self, at: Moment, ledger: &mut Ledger, sent: &Transmission) -> Wanted {
        match self {
            Self::Source(source) => {
                let wanted = source.wanted(sent);
                source.leaves(at, ledger, sent);
                wanted
            }
            Self::Batch(batch) => {
                let wanted = batch.wanted(sent);
                batch.leaves(at, ledger, sent);
                wanted
            }
            Self::Message(message) => {
                message.leaves(at, ledger, sent);
                Wanted::MsgId
            }
            Self::Get(get) => {
                get.leaves(at, sent);
                GetWatch::wanted(sent)
            }
        }
    }

    /// A reply. What the job has to say of it.
    pub(super) fn settled(&mut self, at: Moment, id: RequestId, truth: &Truth, asked: Asked) -> Handled {
        let handled = match self {
            Self::Source(source) => source.settled(at, id, truth, asked),
            Self::Batch(batch) => batch.settled(at, id, truth, asked),
            Self::Message(message) => message.settled(at, id, truth, asked),
            Self::Get(get) => get.settled(at, id, truth, asked),
        };
        handled.expect("end: a reply that nobody waits for is taken")
    }

    /// The head of a picture's answer.
    pub(super) fn headed(&mut self, at: Moment, id: RequestId, truth: &Truth, asked: Asked) -> Handled {
        let Self::Get(get) = self else { panic!("end: a picture comes in for a job that sends") };
        get.headed(at, id, truth, asked)
    }

    /// Some bytes of a picture.
    pub(super) fn goes_on(&mut self, at: Moment, id: RequestId) -> Handled {
        let Self::Get(get) = self else { panic!("end: a picture comes in for a job that sends") };
        get.goes_on(at, id);
        Handled::Noted
    }

    /// A picture is joined of what came in answers.
    pub(super) fn joined(&self) -> Handled {
        let Self::Get(get) = self else { panic!("end: a picture is joined for a job that sends") };
        get.joined()
    }

    /// A request is stopped. Whether it is one of this job.
    pub(super) fn stopped(&mut self, at: Moment, id: RequestId) -> bool {
        match self {
            Self::Source(source) => source.stopped(at, id),
            Self::Batch(batch) => batch.stopped(at, id),
            Self::Message(message) => message.stopped(at, id),
            Self::Get(get) => get.stopped(at, id),
        }
    }

    /// A source is opened.
    pub(super) fn opens(&mut self, at: Moment, action: RequestId, source: usize) {
        match self {
            Self::Source(watch) => watch.opens(action),
            Self::Batch(batch) => batch.opens(at, action, source),
            Self::Message(_) | Self::Get(_) => panic!("end: a job without sources opens one"),
        }
    }

    /// A source is open, or cannot be.
    pub(super) fn opened(&mut self, action: RequestId) -> Handled {
        match self {
            Self::Source(source) => source.opened(action).expect("it was opened"),
            Self::Batch(batch) => batch.opened(action),
            Self::Message(_) | Self::Get(_) => panic!("end: a source is open for a job without sources"),
        }
    }

    /// The caller has taken an outcome.
    pub(super) fn taken(&mut self) -> Handled {
        let Self::Batch(batch) = self else { panic!("end: an outcome of a job that is no list") };
        batch.taken();
        Handled::Accepted
    }

    /// Progress is told.
    pub(super) fn progress(&mut self, ledger: &mut Ledger, progress: &Progress) {
        match self {
            Self::Source(source) => source.progress(ledger, progress),
            Self::Batch(batch) => batch.progress(ledger, progress),
            Self::Message(message) => message.progress(progress),
            Self::Get(get) => get.progress(progress),
        }
    }

    /// A checkpoint is handed out.
    pub(super) fn checkpoint(&mut self, source: usize, checkpoint: &Checkpoint) {
        match self {
            Self::Source(watch) => watch.checkpoint(checkpoint),
            Self::Batch(batch) => batch.checkpoint(source, checkpoint),
            Self::Message(_) | Self::Get(_) => panic!("checkpoint: of a job that uploads nothing"),
        }
    }

    /// An outcome of a list is told.
    pub(super) fn outcome(&mut self, ledger: &mut Ledger, source: usize, outcome: &Result<Sent, List>) {
        let Self::Batch(batch) = self else { panic!("end: an outcome of a job that is no list") };
        batch.outcome(ledger, source, outcome);
    }

    /// The job waits. When something has to happen at the latest.
    pub(super) fn waits(&self) -> Option<u64> {
        match self {
            Self::Source(source) => source.waits(),
            Self::Batch(batch) => batch.waits(),
            Self::Message(message) => message.waits(),
            Self::Get(get) => get.waits(),
        }
    }

    /// The job is over.
    pub(super) fn ended(self, ledger: &mut Ledger, ended: &Ended) {
        match (self, &ended.outcome) {
            (Self::Source(mut source), Ok(Outcome::Sent(sent))) => source.ends_well(ledger, sent),
            (Self::Source(mut source), Err(error)) => source.ends(ledger, error, ended.checkpoint.as_ref()),
            (Self::Batch(batch), outcome) => batch.ends(ledger, outcome.as_ref().map(drop)),
            (Self::Message(message), Ok(Outcome::Receipt(receipt))) => message.ends_well(ledger, receipt),
            (Self::Message(message), Err(error)) => message.ends(ledger, error),
            (Self::Get(get), _) => get.ends(ended),
            (_, Ok(other)) => panic!("truth: {} gives {other:?}", ended.job),
        }
    }

    /// The job is aborted, or its page goes away.
    pub(super) fn abandoned(self, ledger: &mut Ledger) {
        match self {
            Self::Source(source) => source.abandoned(ledger),
            Self::Batch(batch) => batch.abandoned(ledger),
            Self::Message(message) => message.abandoned(ledger),
            Self::Get(_) => {}
        }
    }
}
