//! Jobs: what this library does, as state machines without I/O.
//!
//! Every job has the same two verbs. [`Job::poll`] says what to do next, [`Job::handle`] takes what came of it. Whoever drives a job
//! has the network, the file, the clock and the randomness; the job has the decisions: what is asked, what an answer means, whether
//! and when a request is tried again, how long one may take, what is reported, and when it ends.
//!
//! ```text
//!              ┌───────────── poll ──────────────┐
//!              ▼                                 │
//!           [ Job ] ── Request, Open, Next … ──▶ driver ──▶ network, file, callbacks
//!              ▲                                 │
//!              └──────────── handle ─────────────┘
//! ```
//!
//! | job | what it does | made of |
//! |---|---|---|
//! | [`Upload`] | takes a file to a MediaId | requests side by side |
//! | [`Send`] | takes a MediaId to a message | one request |
//! | [`Forward`] | sends a received picture on | one request |
//! | [`SendSource`] | opens a source, uploads it and sends it | `Upload`, `Send` |
//! | [`Batch`] | the same for a list | `SendSource` for each |
//! | [`Download`] | gets a picture and verifies it | one request |
//! | [`GetImage`] | the same in the first size that can be had | `Download` for each |
//! | [`Locate`] | asks a gateway for a URL | one request |
//! | [`Attempt`] | asks a gateway for a picture in one size, gets and verifies it | requests one after another, `Download` |
//! | [`GetPicture`] | the same in the first size that can be had | `Attempt` for each |

mod attempt;
mod batch;
mod call;
mod chunks;
mod clock;
mod download;
mod due;
mod gateway;
mod messages;
mod pace;
mod preferred;
mod progress;
mod send;
mod source;
mod upload;

use core::fmt;

use crate::digest::Md5Hex;
use crate::error::{Place, Result};
use crate::gateway::{Ask, Given};
use crate::http::{Failure, Request, Response};
use crate::ids::Ids;
use crate::image::ImageInfo;
use crate::prelude::*;
use crate::upload::{Checkpoint, FileInfo};

pub use attempt::Attempt;
pub use batch::{Batch, Ended};
pub use clock::Now;
pub use download::{Download, Picture};
pub use gateway::{ByGateway, GetImage, GetPicture, Locate, OfWeb};
pub use messages::Messages;
pub use pace::{Pace, Pictures};
pub use preferred::{Plan, Preferred};
pub use progress::{Progress, Stage};
pub use send::{Forward, Send};
pub use source::{Goal, SendSource, Sent};
pub use upload::{Upload, UploadProgress};

/// A job. How to drive it:
///
/// 1. Call [`poll`](Self::poll) and do what it says, until it says [`Action::Wait`].
/// 2. Wait for something to [`handle`](Self::handle), but no longer than `Wait` says.
/// 3. Hand over what came, if anything did, and begin again. What the job does not wait for, it ignores.
/// 4. [`Step::Done`] is the end: the job is not polled again, and the requests under way are stopped but for [`Wanted::Nothing`].
///
/// To end it earlier, call [`abort`](Self::abort) and stop the requests under way. What it knew is not lost: an upload's
/// [`Checkpoint`] was an event after each accepted chunk, and a message that may be out stays in [`Messages`].
pub trait Job {
    /// What it gives in the end.
    type Output;

    /// What to do next.
    fn poll(&mut self, cx: &mut Context<'_>) -> Step<Self::Output>;

    /// Takes what came of an action.
    fn handle(&mut self, cx: &mut Context<'_>, input: Input) -> Handled;

    /// Ends it before its end: the requests under way are stopped by the driver, and what may be out is noted in [`Messages`].
    fn abort(&mut self, cx: &mut Context<'_>);
}

/// What a job is lent for a call: the time, a random number, and what outlives it.
#[derive(Debug)]
pub struct Context<'a> {
    /// The time.
    pub now: Now,
    /// 0 ≤ n < 1, a new one for each call.
    pub random: f64,
    /// The ids of a page: none is given twice.
    pub ids: &'a mut Ids,
    /// The messages of a client that may be out although nobody has a receipt.
    pub messages: &'a mut Messages,
}

/// Names a request, or another step that has an answer, among all of a page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RequestId(u64);

/// What a job wants.
#[derive(Debug)]
pub enum Step<T> {
    /// Something is to be done.
    Do(Action),
    /// The end.
    Done(Result<T>),
}

/// What is to be done.
#[derive(Debug)]
pub enum Action {
    /// Send a request. Its answer is [`Input::Answer`] or, for [`Wanted::Picture`], [`Input::Head`] and [`Input::Picture`]; without one,
    /// [`Input::Lost`].
    Request(Transmission),
    /// Stop a request: nobody waits for it any more. A request that cannot be stopped may go on.
    Cancel(RequestId),
    /// Open a source, inspect it, convert it if need be, and hash it: [`Input::Hashed`] on the way, then [`Input::Opened`].
    Open {
        /// Names the action.
        id: RequestId,
        /// Which source of the job.
        source: usize,
    },
    /// See whether the list has another source: [`Input::Listed`].
    Next(RequestId),
    /// Ask the form of the caller's own gateway: [`Input::Formed`].
    Form {
        /// Names the action.
        id: RequestId,
        /// What it is asked.
        ask: FormAsk,
    },
    /// Keep these bytes of a picture behind those that came under the same id. Those of an earlier id are not wanted any more.
    Keep {
        /// Names the picture.
        id: RequestId,
        /// The bytes.
        bytes: Vec<u8>,
    },
    /// All bytes of a picture were given: [`Input::Picture`] says what they are.
    Join {
        /// Names the picture.
        id: RequestId,
        /// Where they came from.
        place: Place,
    },
    /// Tell the caller.
    Event(Event),
    /// Wait for an input or, where there is one, until this time ([`Now::elapsed_ms`]), whichever is first.
    Wait(Option<u64>),
}

/// What the form of the caller's own gateway is asked.
#[derive(Clone, Debug)]
pub enum FormAsk {
    /// The request.
    Request(Ask),
    /// What the answer to it says.
    Read(Ask, Response),
}

/// What such a form says.
#[derive(Clone, Debug)]
pub enum Formed {
    /// The request. Its place is not the form's to say.
    Request(Box<Request>),
    /// What the answer gives.
    Given(Given),
}

/// A request that is to be sent.
#[derive(Debug)]
pub struct Transmission {
    /// Names it.
    pub id: RequestId,
    /// The request.
    pub request: Request,
    /// Which source of the job it is for; a file part is a range of that source.
    pub source: usize,
    /// What of the answer is wanted.
    pub wanted: Wanted,
}

/// What of an answer is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// Its body as a string.
    Text,
    /// Its bytes, kept outside, with what their head and their hash say.
    Picture,
    /// Nothing: the job does not wait for it, and it may outlive the job unless that is aborted.
    Nothing,
}

/// The length of a body, as its answer announces it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Length {
    /// Bytes.
    pub bytes: u64,
    /// Whether a shorter body was truncated. Where CORS hides headers, the body may be encoded.
    pub is_exact: bool,
}

/// What came of an action.
#[derive(Debug)]
pub enum Input {
    /// The whole answer of [`Wanted::Text`].
    Answer {
        /// Of this request.
        id: RequestId,
        /// The answer.
        response: Response,
    },
    /// No answer, or the end of one.
    Lost {
        /// Of this request.
        id: RequestId,
        /// Why.
        failure: Failure,
    },
    /// So much of a request's body has left.
    BytesSent {
        /// Of this request.
        id: RequestId,
        /// Bytes so far.
        sent: u64,
        /// Bytes in all, the form's other fields with them.
        total: u64,
    },
    /// The head of an answer of [`Wanted::Picture`].
    Head {
        /// Of this request.
        id: RequestId,
        /// Status and headers, with an empty body.
        response: Response,
        /// What the answer announces of its body.
        length: Option<Length>,
    },
    /// So much of the picture has come.
    Received {
        /// Of this request.
        id: RequestId,
        /// Bytes so far.
        loaded: u64,
    },
    /// The first bytes of the picture, once there are [`image::HEAD`](crate::image::HEAD) of them. A shorter picture has none.
    Begun {
        /// Of this request.
        id: RequestId,
        /// The bytes.
        head: Vec<u8>,
    },
    /// All of the picture.
    Picture {
        /// Of this request.
        id: RequestId,
        /// Bytes.
        size: u64,
        /// What its head says.
        image: Result<ImageInfo>,
        /// Of its bytes.
        md5: Md5Hex,
    },
    /// A source is being hashed.
    Hashed {
        /// Of this step.
        id: RequestId,
        /// Bytes so far.
        loaded: u64,
        /// Bytes in all.
        total: u64,
    },
    /// A source was opened, or cannot be.
    Opened {
        /// Of this step.
        id: RequestId,
        /// What it is.
        file: Result<Opened>,
    },
    /// The list has another source, or has none.
    Listed {
        /// Of this step.
        id: RequestId,
        /// Whether there is one.
        more: bool,
    },
    /// What the form of the caller's own gateway says.
    Formed {
        /// Of this question.
        id: RequestId,
        /// Its answer, or what is wrong with it.
        formed: Result<Formed>,
    },
    /// The caller took the last outcome of a list and wants the next.
    Taken,
}

/// A source that is ready to be uploaded.
#[derive(Clone, Debug)]
pub struct Opened {
    /// What it is.
    pub file: FileInfo,
    /// Where an earlier upload of it stopped, where the list says so of this source.
    pub resume: Option<Box<Checkpoint>>,
    /// Milliseconds that its MD5 took, for the page's counters.
    pub md5_ms: u64,
}

/// What a call of [`Job::handle`] did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Handled {
    /// The step succeeded.
    Accepted,
    /// It failed, and is tried again.
    Retrying,
    /// The service has lost the upload: everything goes out again.
    StartedOver,
    /// It failed, and with it the job.
    Failed,
    /// It is noted; the step goes on.
    Noted,
    /// The job does not wait for that.
    Ignored,
}

/// What a caller is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// How far it is.
    Progress(Progress),
    /// Where an upload would go on.
    Checkpoint {
        /// Which source of the job.
        source: usize,
        /// The place.
        checkpoint: Checkpoint,
    },
    /// What became of one source of a list. Then [`Input::Taken`] is waited for.
    Outcome {
        /// Which source.
        source: usize,
        /// Its receipt, or why there is none.
        outcome: Box<core::result::Result<Sent, Ended>>,
    },
}

impl Input {
    /// The action that it is for.
    pub fn id(&self) -> Option<RequestId> {
        match self {
            Self::Answer { id, .. }
            | Self::Lost { id, .. }
            | Self::BytesSent { id, .. }
            | Self::Head { id, .. }
            | Self::Received { id, .. }
            | Self::Begun { id, .. }
            | Self::Picture { id, .. }
            | Self::Hashed { id, .. }
            | Self::Opened { id, .. }
            | Self::Listed { id, .. }
            | Self::Formed { id, .. } => Some(*id),
            Self::Taken => None,
        }
    }
}

impl RequestId {
    /// A new one.
    pub(crate) fn new(cx: &mut Context<'_>) -> Self {
        Self(cx.ids.request())
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{}", self.0)
    }
}
