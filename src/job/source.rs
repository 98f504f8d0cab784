//! A source on its way out: opened, uploaded, and sent.
//!
//! | phase | input | next |
//! |---|---|---|
//! | `Opening` | the file | `Uploading` |
//! | | it cannot be opened | the end |
//! | `Uploading` | a MediaId | `Uploaded`, or the end where no more is wanted |
//! | | failure | the end |
//! | `Uploaded` | the call of [`SendSource::send`] | `Sending` |
//! | `Sending` | a receipt, or failure | the end |

use alloc::rc::Rc;

use super::due::Due;
use super::progress::{Progress, Stage};
use super::{Action, Context, Event, Handled, Input, Job, Opened, RequestId, Send, Step, Upload};
use crate::client::Client;
use crate::error::{Error, Result};
use crate::prelude::*;
use crate::send::Receipt;
use crate::session::Receiver;
use crate::upload::{Checkpoint, UploadedMedia};

/// What a source is wanted for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Goal {
    /// A MediaId.
    Media,
    /// A message.
    Message,
    /// A message, when `SendSource::send` is called.
    MessageInTurn,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    /// What was uploaded.
    pub media: UploadedMedia,
    /// The message; none where only the upload was wanted.
    pub receipt: Option<Receipt>,
}

/// One source: open it, upload it and, if that is the goal, send it.
#[derive(Debug)]
pub struct SendSource {
    client: Rc<Client>,
    to: Receiver,
    source: usize,
    goal: Goal,
    phase: Phase,
    /// What was sent of it, for the end.
    media: Option<UploadedMedia>,
    checkpoint: Option<Checkpoint>,
    due: Due<Sent>,
}

#[derive(Debug)]
enum Phase {
    Closed {
        resume: Option<Checkpoint>,
    },
    /// How much of it is hashed, once that has begun.
    Opening {
        id: RequestId,
        resume: Option<Checkpoint>,
        hashed: Option<u64>,
    },
    Uploading(Box<Upload>),
    Uploaded,
    Sending(Box<Send>),
    Over,
}

impl SendSource {
    /// Source number `source` of the driver's, to one receiver. With `resume`, the upload goes on where an earlier one stopped.
    pub fn new(client: &Rc<Client>, source: usize, to: Receiver, goal: Goal, resume: Option<Checkpoint>) -> Self {
        Self {
            client: Rc::clone(client),
            to,
            source,
            goal,
            phase: Phase::Closed { resume },
            media: None,
            checkpoint: None,
            due: Due::new(),
        }
    }

    /// Where its upload would go on, if it began. Once its message is being sent, that is what is to be tried again.
    pub fn checkpoint(&self) -> Option<&Checkpoint> {
        self.checkpoint.as_ref()
    }

    /// Which source it is.
    pub(super) fn source(&self) -> usize {
        self.source
    }

    /// Whether nothing of it goes up any more: it is uploaded, or it failed.
    pub(super) fn is_uploaded(&self) -> bool {
        !matches!(self.phase, Phase::Closed { .. } | Phase::Opening { .. } | Phase::Uploading(_))
    }

    /// Whether its message waits for its turn.
    pub(super) fn is_waiting(&self) -> bool {
        matches!(self.phase, Phase::Uploaded)
    }

    /// Whether its message is being sent.
    pub(super) fn is_sending(&self) -> bool {
        matches!(self.phase, Phase::Sending(_))
    }

    /// The actions that it waits for.
    pub(super) fn under_way(&self) -> Vec<RequestId> {
        match &self.phase {
            Phase::Opening { id, .. } => vec![*id],
            Phase::Uploading(upload) => upload.under_way(),
            Phase::Sending(sending) => sending.under_way().into_iter().collect(),
            Phase::Closed { .. } | Phase::Uploaded | Phase::Over => Vec::new(),
        }
    }

    /// Lets the message of an uploaded source leave.
    pub(super) fn send(&mut self, cx: &mut Context<'_>) {
        if !self.is_waiting() {
            return;
        }
        self.checkpoint = None;
        let sending = self.media.as_ref().map(|media| Send::new(cx, &self.client, media, &self.to));
        match sending {
            Some(Ok(sending)) => self.phase = Phase::Sending(Box::new(sending)),
            Some(Err(error)) => self.end(Err(error)),
            None => {}
        }
    }

    fn opened(&mut self, cx: &mut Context<'_>, opened: Result<Opened>) -> Handled {
        let Phase::Opening { resume, .. } = core::mem::replace(&mut self.phase, Phase::Over) else {
            return Handled::Ignored;
        };
        let upload = opened.and_then(|mut opened| {
            let resume = opened.resume.take().map(|resume| *resume).or(resume);
            Upload::new(cx, &self.client, self.source, opened, self.to.clone(), resume.as_ref())
        });
        match upload {
            Ok(upload) => {
                self.phase = Phase::Uploading(Box::new(upload));
                Handled::Accepted
            }
            Err(error) => {
                self.end(Err(error));
                Handled::Failed
            }
        }
    }

    fn hashed(&mut self, loaded: u64, total: u64) -> Handled {
        let Phase::Opening { hashed, .. } = &mut self.phase else { return Handled::Ignored };
        let before = hashed.replace(loaded.max(hashed.unwrap_or_default()));
        if before.is_none() {
            self.due.tell(Progress::of(Stage::Read, total, Some(total)));
        }
        self.due.tell(Progress::of(Stage::Hash, loaded.max(before.unwrap_or_default()), Some(total)));
        Handled::Noted
    }

    fn end(&mut self, outcome: Result<Sent>) {
        self.phase = Phase::Over;
        self.due.end(outcome);
    }

    /// Goes on from a child's step to one of its own.
    fn uploaded(&mut self, cx: &mut Context<'_>, outcome: Result<UploadedMedia>) -> Step<Sent> {
        match outcome {
            Err(error) => self.end(Err(error)),
            Ok(media) => match self.goal {
                Goal::Media => {
                    self.checkpoint = None;
                    self.end(Ok(Sent { media, receipt: None }));
                }
                Goal::Message | Goal::MessageInTurn => {
                    self.media = Some(media);
                    self.phase = Phase::Uploaded;
                    if self.goal == Goal::Message {
                        self.send(cx);
                    }
                }
            },
        }
        self.poll(cx)
    }
}

impl Job for SendSource {
    type Output = Sent;

    fn poll(&mut self, cx: &mut Context<'_>) -> Step<Sent> {
        if let Some(step) = self.due.next() {
            return step;
        }
        match &mut self.phase {
            Phase::Closed { resume } => {
                let (id, source) = (RequestId::new(cx), self.source);
                self.phase = Phase::Opening { id, resume: resume.take(), hashed: None };
                Step::Do(Action::Open { id, source })
            }
            Phase::Opening { .. } | Phase::Uploaded | Phase::Over => Step::Do(Action::Wait(None)),
            Phase::Uploading(upload) => match upload.poll(cx) {
                Step::Done(outcome) => {
                    let checkpoint = upload.checkpoint();
                    self.checkpoint = Some(checkpoint);
                    self.uploaded(cx, outcome)
                }
                Step::Do(action) => {
                    if let Action::Event(Event::Checkpoint { checkpoint, .. }) = &action {
                        self.checkpoint = Some(checkpoint.clone());
                    }
                    Step::Do(action)
                }
            },
            Phase::Sending(sending) => match sending.poll(cx) {
                Step::Done(outcome) => {
                    let media = self.media.take();
                    let sent = outcome.and_then(|receipt| match media {
                        Some(media) => Ok(Sent { media, receipt: Some(receipt) }),
                        None => Err(Error::internal("a message without its media")),
                    });
                    self.end(sent);
                    self.poll(cx)
                }
                Step::Do(action) => Step::Do(action),
            },
        }
    }

    fn handle(&mut self, cx: &mut Context<'_>, input: Input) -> Handled {
        match (&mut self.phase, input) {
            (Phase::Opening { id: waits_for, .. }, Input::Opened { id, file }) if *waits_for == id => {
                self.opened(cx, file)
            }
            (Phase::Opening { id: waits_for, .. }, Input::Hashed { id, loaded, total }) if *waits_for == id => {
                self.hashed(loaded, total)
            }
            (Phase::Uploading(upload), input) => upload.handle(cx, input),
            (Phase::Sending(sending), input) => sending.handle(cx, input),
            _ => Handled::Ignored,
        }
    }

    fn abort(&mut self, cx: &mut Context<'_>) {
        match &mut self.phase {
            Phase::Uploading(upload) => upload.abort(cx),
            Phase::Sending(sending) => sending.abort(cx),
            Phase::Closed { .. } | Phase::Opening { .. } | Phase::Uploaded | Phase::Over => {}
        }
    }
}
