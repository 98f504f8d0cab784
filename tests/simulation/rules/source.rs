//! The rules of one source on its way out: opened, uploaded, sent.

use std::rc::Rc;

use webwx_image::client::Client;
use webwx_image::error::{Error, Result};
use webwx_image::job::{Goal, Handled, Progress, RequestId, Sent, Stage, Transmission};
use webwx_image::upload::{Checkpoint, FileInfo, UploadedMedia};

use super::Ledger;
use super::call::Asked;
use super::ledger::{By, Letter};
use super::message::MessageWatch;
use super::truth::{Truth, Verdict, Wanted};
use super::upload::UploadWatch;
use crate::drive::Moment;

/// What a source is, and what is wanted of it.
#[derive(Clone)]
pub(crate) struct Order {
    pub(crate) client: Rc<Client>,
    /// Numbers of client and page.
    pub(crate) of: (u32, u32),
    pub(crate) info: Result<FileInfo>,
    pub(crate) to: String,
    pub(crate) goal: Goal,
    pub(crate) resume: Option<Checkpoint>,
}

/// One source.
pub(crate) struct SourceWatch {
    order: Order,
    by: By,
    phase: Phase,
    upload: Option<UploadWatch>,
    message: Option<MessageWatch>,
    /// It was being opened when nobody needed that any more.
    useless: Option<RequestId>,
    told: Option<(Stage, u64)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Closed,
    Opening(RequestId),
    /// It cannot be opened.
    Unopened,
    Uploading,
    Uploaded,
    Sending,
    Sent,
    /// The upload, or the message.
    Failed,
    /// Its list has ended.
    Dropped,
}

impl SourceWatch {
    /// A source that nobody has touched.
    pub(crate) fn new(by: By, order: Order) -> Self {
        Self { order, by, phase: Phase::Closed, upload: None, message: None, useless: None, told: None }
    }

    /// The number of its client.
    pub(crate) fn client(&self) -> u32 {
        self.order.of.0
    }

    /// Whether it is being opened or uploaded.
    pub(crate) fn is_going_up(&self) -> bool {
        matches!(self.phase, Phase::Opening(_) | Phase::Uploading)
    }

    /// Whether its message is on its way.
    pub(crate) fn is_sending(&self) -> bool {
        self.phase == Phase::Sending
    }

    /// Whether its message could leave.
    pub(crate) fn is_uploaded(&self) -> bool {
        self.phase == Phase::Uploaded
    }

    /// Why it failed, by an answer.
    pub(crate) fn failure(&self) -> Option<&Verdict> {
        let upload = self.upload.as_ref().and_then(UploadWatch::failure);
        upload.or_else(|| self.message.as_ref().and_then(MessageWatch::failure))
    }

    /// It is opened.
    pub(crate) fn opens(&mut self, action: RequestId) {
        assert!(self.phase == Phase::Closed, "order: a source that is {:?} is opened", self.phase);
        self.phase = Phase::Opening(action);
    }

    /// It is open, or cannot be. None where that is another source's.
    pub(crate) fn opened(&mut self, action: RequestId) -> Option<Handled> {
        if self.phase != Phase::Opening(action) {
            return None;
        }
        let Ok(info) = &self.order.info else {
            self.phase = Phase::Unopened;
            return Some(Handled::Failed);
        };
        self.phase = Phase::Uploading;
        self.upload = Some(UploadWatch::new(&self.order.client, info, self.order.resume.as_ref()));
        Some(Handled::Accepted)
    }

    /// What the answer to a request has to bring.
    pub(crate) fn wanted(&self, sent: &Transmission) -> Wanted {
        let place = sent.request.place;
        match place.step {
            "webwxuploadmedia" if self.upload.as_ref().is_some_and(|upload| upload.is_last(place)) => Wanted::MediaId,
            "webwxuploadmedia" | "webwxcheckupload" => Wanted::Ret,
            _ => Wanted::MsgId,
        }
    }

    /// A request leaves.
    pub(crate) fn leaves(&mut self, at: Moment, ledger: &mut Ledger, sent: &Transmission) {
        let place = sent.request.place;
        if place.step.starts_with("webwxsend") {
            return self.message.as_mut().expect("order: a message before its time").leaves(at, ledger, sent);
        }
        assert!(self.phase == Phase::Uploading, "order: {place} leaves for a source that is {:?}", self.phase);
        self.upload.as_mut().expect("it is uploading").leaves(at, self.order.of.1, ledger, sent);
    }

    /// A reply. None where the request is another source's.
    pub(crate) fn settled(&mut self, at: Moment, id: RequestId, truth: &Truth, asked: Asked) -> Option<Handled> {
        let handled = match self.phase {
            Phase::Uploading => self.upload.as_mut()?.settled(at, id, truth, asked),
            Phase::Sending => self.message.as_mut()?.settled(at, id, truth, asked),
            _ => None,
        };
        self.get_on();
        handled
    }

    fn get_on(&mut self) {
        let upload = self.upload.as_ref();
        match self.phase {
            Phase::Uploading if upload.is_some_and(UploadWatch::is_over) => {
                let is_good = upload.is_some_and(|upload| upload.media_id().is_some());
                self.phase = if is_good { Phase::Uploaded } else { Phase::Failed };
            }
            Phase::Sending if self.failure().is_some() => self.phase = Phase::Failed,
            _ => {}
        }
    }

    /// Its message is the next to leave.
    fn begin_message(&mut self, ledger: &mut Ledger) {
        assert!(
            self.order.goal != Goal::Media && self.phase == Phase::Uploaded,
            "order: a message of {:?}",
            self.phase
        );
        let media_id = self.upload.as_ref().and_then(UploadWatch::media_id).expect("it is uploaded").to_owned();
        let letter = self.letter(media_id);
        self.message = Some(MessageWatch::new(ledger, self.order.client.options.terms, self.by, letter));
        self.phase = Phase::Sending;
    }

    fn letter(&self, media_id: String) -> Letter {
        let info = self.order.info.as_ref().expect("it was uploaded");
        Letter::of(&self.order, info, media_id)
    }

    /// A request is stopped, because it is late or of no use.
    pub(crate) fn stopped(&mut self, at: Moment, id: RequestId) -> bool {
        let is_its_own = self.useless.take_if(|useless| *useless == id).is_some()
            || self.upload.as_mut().is_some_and(|upload| upload.stopped(at, id))
            || self.message.as_mut().is_some_and(|message| message.stopped(at, id));
        self.get_on();
        is_its_own
    }

    /// Its list has ended: what goes up is of no use, and has to be stopped. A message that is on its way is waited for.
    pub(crate) fn drop_it(&mut self) {
        match (self.phase, &mut self.upload) {
            (Phase::Opening(action), _) => self.useless = Some(action),
            (Phase::Uploading | Phase::Uploaded, Some(upload)) => upload.drop_calls(),
            _ => return,
        }
        self.phase = Phase::Dropped;
    }

    /// Everything that has to be stopped was.
    pub(crate) fn check_dropped(&self) {
        assert!(self.useless.is_none(), "end: a source is still being opened, though its list has ended");
        if let Some(upload) = &self.upload {
            upload.check_stopped();
        }
    }

    /// Progress is told: the stages in their order, and within one never less.
    pub(crate) fn progress(&mut self, ledger: &mut Ledger, progress: &Progress) {
        let now = (progress.stage, progress.loaded);
        assert!(self.told.is_none_or(|before| before <= now), "progress: {progress:?} after {:?}", self.told);
        self.told = Some(now);
        let size = self.order.info.as_ref().ok().map(|info| info.size);
        match progress.stage {
            Stage::Read | Stage::Hash => {
                let is_open = matches!(self.phase, Phase::Opening(_)) && progress.total == size;
                assert!(is_open, "progress: {progress:?} of a source that is {:?}", self.phase);
            }
            Stage::Upload => self.upload.as_mut().expect("it is uploading").progress(progress),
            Stage::Send => {
                if self.message.is_none() {
                    self.begin_message(ledger);
                }
                self.message.as_mut().expect("it has begun").progress(progress);
            }
            Stage::Download => panic!("progress: {progress:?} of an upload"),
        }
    }

    /// A checkpoint is handed out.
    pub(crate) fn checkpoint(&mut self, checkpoint: &Checkpoint) {
        self.upload.as_mut().expect("it is uploading").checkpoint(checkpoint);
    }

    /// The job waits, at most until then.
    pub(crate) fn waits(&self) -> Option<u64> {
        match self.phase {
            Phase::Uploading => self.upload.as_ref().expect("it is uploading").waits(),
            Phase::Sending => self.message.as_ref().expect("it is sending").waits(),
            Phase::Opening(_) => None,
            // A list's: its turn will come, or its outcome is to be told.
            _ if self.order.goal == Goal::MessageInTurn => None,
            phase => panic!("end: a job waits, but its source is {phase:?}"),
        }
    }

    /// It ends well.
    pub(crate) fn ends_well(&mut self, ledger: &mut Ledger, sent: &Sent) {
        self.ends_uploaded(&sent.media);
        match (&sent.receipt, &self.message) {
            (Some(receipt), Some(message)) if self.phase == Phase::Sending => message.ends_well(ledger, receipt),
            (None, _) if self.phase == Phase::Uploaded => {
                assert!(self.order.goal == Goal::Media, "end: uploaded, and nothing sent");
            }
            (receipt, _) => panic!("truth: {receipt:?} for a source that is {:?}", self.phase),
        }
        self.phase = Phase::Sent;
    }

    fn ends_uploaded(&self, media: &UploadedMedia) {
        self.upload.as_ref().expect("it was uploaded").ends_well(media);
    }

    /// It ends with an error, and where its upload would go on.
    pub(crate) fn ends(&mut self, ledger: &mut Ledger, error: &Error, checkpoint: Option<&Checkpoint>) {
        match (&self.phase, &self.upload, &self.message) {
            (Phase::Unopened, ..) => {
                assert!(self.order.info.as_ref() == Err(error), "truth: it cannot be opened, and fails with {error}");
                assert!(checkpoint.is_none(), "checkpoint: of what was not opened");
            }
            (Phase::Failed, Some(upload), None) => {
                upload.ends(error);
                upload.check_checkpoint(checkpoint.expect("checkpoint: none after a failed upload"));
                let may_be_out = error.message_may_be_out();
                assert!(may_be_out.is_none(), "delivery: nothing was sent, and the error says {may_be_out:?}");
            }
            (Phase::Failed, _, Some(message)) => {
                message.ends(ledger, error);
                assert!(checkpoint.is_none(), "checkpoint: after a complete upload");
            }
            (phase, ..) => panic!("truth: a source that is {phase:?} fails with {error}"),
        }
    }

    /// What a list says of it that another one ended: where it would go on.
    pub(crate) fn ends_untried(&self, checkpoint: Option<&Checkpoint>) {
        match (&self.upload, checkpoint) {
            (Some(upload), Some(checkpoint)) => upload.check_checkpoint(checkpoint),
            (None, Some(checkpoint)) => panic!("checkpoint: {checkpoint:?} of what was not opened"),
            (Some(upload), None) => {
                assert!(!upload.has_accepted(), "checkpoint: none, though the service has chunks of it");
            }
            (None, None) => {}
        }
    }

    /// Its caller aborts, or the page goes away.
    pub(crate) fn abandoned(&self, ledger: &mut Ledger) {
        if let Some(message) = &self.message {
            message.abandoned(ledger);
        }
    }
}

impl Letter {
    /// What was uploaded, to the receiver of the order.
    pub(crate) fn of(order: &Order, info: &FileInfo, media_id: String) -> Self {
        Self {
            client: order.of.0,
            page: order.of.1,
            what: media_id,
            to: order.to.clone(),
            md5: info.md5.as_str().to_owned(),
            msg_type: msg_type(info),
        }
    }
}

/// `MsgType` of what a file becomes.
pub(crate) fn msg_type(info: &FileInfo) -> u64 {
    match info.mime.as_str() {
        "image/gif" => 47,
        mime if mime.starts_with("image/") => 3,
        _ => 49,
    }
}
