//! Whoever wants the pictures sent, and acts on an error's code as a reasonable caller does.

use webwx_image::download::Size;
use webwx_image::error::{Error, ErrorKind};
use webwx_image::gateway;
use webwx_image::ids::MsgId;
use webwx_image::json::FromJson;
use webwx_image::upload::{Checkpoint, FileInfo, UploadedMedia};

use crate::drive::{Chance, JobId, Source};
use crate::plan::Wish;

/// A picture that is to be sent, and how far that is.
pub(crate) struct Errand {
    pub(crate) source: Source,
    /// Receiver.
    pub(crate) to: String,
    /// The last that was handed out, as a page keeps it.
    pub(crate) checkpoint: Option<String>,
    /// An upload that is not sent, as a page keeps it.
    pub(crate) media: Option<String>,
    /// The call under way, and which of its sources this is.
    pub(crate) job: Option<(JobId, usize)>,
    /// Calls so far.
    pub(crate) calls: u32,
    /// What the next of them is.
    pub(crate) next: Next,
    pub(crate) state: State,
}

/// What has become of an errand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// Still wanted.
    Open,
    /// Out.
    Sent,
    /// The user has let it be.
    GivenUp,
}

/// How a call ended that did not succeed.
pub(crate) enum Setback<'a> {
    /// With an error.
    Failed(&'a Error),
    /// The user's own signal.
    Aborted,
    /// The page went away, or the module stopped.
    Cut,
}

/// What the user calls next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// `sendImage` with the checkpoint.
    Resume,
    /// `sendImage` without.
    Afresh,
    /// `send` with the media that is there.
    SendAgain,
    /// Nothing more.
    Stop,
}

/// No user tries for ever.
const MOST_CALLS: u32 = 5;

impl Errand {
    /// Nothing has been done yet.
    pub(crate) fn new(wish: Wish, to: String) -> Self {
        Self {
            source: wish.source,
            to,
            checkpoint: None,
            media: None,
            job: None,
            calls: 0,
            next: Next::Resume,
            state: State::Open,
        }
    }

    /// The checkpoint, read back from its JSON.
    pub(crate) fn resume(&self) -> Option<Checkpoint> {
        self.checkpoint.as_ref().map(|text| Checkpoint::from_json(text).expect("its own text"))
    }

    /// The media, read back from its JSON.
    pub(crate) fn uploaded(&self) -> Option<UploadedMedia> {
        self.media.as_ref().map(|text| UploadedMedia::from_json(text).expect("its own text"))
    }

    /// What follows a setback. Only what passes is tried again, and what came too often after some minutes; whoever is told to
    /// stop stops.
    pub(crate) fn after(&self, dice: &mut Chance, setback: &Setback<'_>) -> Next {
        let goes_on = match setback {
            Setback::Failed(error) if error.kind() == ErrorKind::RateLimited => dice.one_in(2),
            Setback::Failed(error) => error.retryable() && !dice.one_in(4),
            Setback::Aborted => !dice.one_in(3),
            Setback::Cut => !dice.one_in(8),
        };
        if !goes_on || self.calls >= MOST_CALLS {
            return Next::Stop;
        }
        if self.media.is_some() && dice.one_in(2) {
            Next::SendAgain
        } else if self.checkpoint.is_some() && !dice.one_in(8) {
            Next::Resume
        } else {
            Next::Afresh
        }
    }
}

impl Setback<'_> {
    /// How it is counted.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Failed(error) => error.kind().code(),
            Self::Aborted => "aborted",
            Self::Cut => "cut",
        }
    }
}

/// Something that the user does beside.
#[derive(Clone)]
pub(crate) struct Chore {
    pub(crate) ask: Ask,
    pub(crate) calls: u32,
}

/// What a chore is.
#[derive(Clone)]
pub(crate) enum Ask {
    /// What was uploaded, to somebody else or to the same again.
    Send { media: Box<UploadedMedia>, info: Box<FileInfo>, to: String },
    /// A received picture, to somebody.
    Forward { content: String, to: String, md5: String },
    /// A message's picture.
    Get { msg_id: MsgId, size: Wanted, md5: String, expect: Option<String>, is_another: bool },
    /// The same, by a gateway: where it is, or all of it.
    Gateway { wish: Box<gateway::Wish>, sizes: Vec<Size>, md5: String, only_where: bool },
}

/// Which of a message's pictures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
    Full,
    Thumbnail,
    Big,
}

/// What differs where a checkpoint is in the wrong hands.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Mistake {
    /// Of the same size.
    File,
    /// Somebody else in the chat list.
    Receiver,
    /// A byte less.
    ChunkSize,
}

/// A mistake has its own error.
pub(crate) fn is_mismatch(error: &Error) -> bool {
    error.kind() == ErrorKind::ResumeMismatch && !error.retryable() && error.to_string().contains("belongs to another")
}
