//! The one error: what happened (a kind with a stable code), where (a [`Place`]), and a sentence that says what to do.
//!
//! No message carries a secret: an error is made of endpoint names, counts, codes and the caller's own field names.

use crate::prelude::*;

use core::fmt;

/// Milliseconds to wait after an answer "too often" (docs/protocol.md, "Answers").
pub const TOO_OFTEN_WAIT_MS: u32 = 60_000;

/// What went wrong. [`ErrorKind::code`] is the stable name that JavaScript sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// The caller's fault; nothing was sent.
    InvalidInput,
    /// No answer: connection refused, reset, CORS, offline.
    Network,
    /// No answer within the time allowed for one request.
    Timeout,
    /// An answer with a status outside 200-299.
    HttpStatus,
    /// An answer that is not what the endpoint gives: HTML, empty, truncated.
    MalformedResponse,
    /// Ret 1100, 1101, 1102 or -14: logged out, or logged in elsewhere.
    SessionLost,
    /// Ret 1205 or 1105: too often.
    RateLimited,
    /// Ret 1203: the account is barred from Web.
    AccountBarred,
    /// Ret 1204: nothing may be sent to this target.
    TargetRefused,
    /// Any other Ret that is not 0.
    Rejected,
    /// A picture of 0 bytes.
    EmptyImage,
    /// Bytes that are no picture.
    NotAnImage,
    /// A picture, but not the expected one.
    WrongImage,
    /// The checkpoint belongs to another file, target, chunk size, account or host.
    ResumeMismatch,
    /// The file was changed, moved or deleted after the caller picked it.
    FileChanged,
    /// The gateway's code is not 1000, or there is no URL.
    GatewayFailed,
    /// A bug in this library.
    Internal,
}

impl ErrorKind {
    /// The stable code, as in the package's `ErrorCode`.
    pub const fn code(self) -> &'static str {
        match self {
            Self::InvalidInput => "invalid-input",
            Self::Network => "network",
            Self::Timeout => "timeout",
            Self::HttpStatus => "http-status",
            Self::MalformedResponse => "malformed-response",
            Self::SessionLost => "session-lost",
            Self::RateLimited => "rate-limited",
            Self::AccountBarred => "account-barred",
            Self::TargetRefused => "target-refused",
            Self::Rejected => "rejected",
            Self::EmptyImage => "empty-image",
            Self::NotAnImage => "not-an-image",
            Self::WrongImage => "wrong-image",
            Self::ResumeMismatch => "resume-mismatch",
            Self::FileChanged => "file-changed",
            Self::GatewayFailed => "gateway-failed",
            Self::Internal => "internal",
        }
    }
}

/// Where it happened: a step in the protocol's own words, and the chunk of an upload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The endpoint's name (`webwxuploadmedia`, `getMsgImg`, …) or the function's.
    pub step: &'static str,
    /// 0-based index and count, when a file goes out in more than one chunk.
    pub chunk: Option<(u32, u32)>,
    /// Counts the sections of a picture that comes in sections, from 1.
    pub section: Option<u32>,
}

impl Place {
    /// A place without a chunk.
    pub const fn at(step: &'static str) -> Self {
        Self { step, chunk: None, section: None }
    }

    /// The same with a section of a picture.
    pub(crate) const fn section(self, section: u32) -> Self {
        Self { section: Some(section), ..self }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.step)?;
        if let Some((index, count)) = self.chunk {
            write!(f, ", chunk {} of {count}", index + 1)?;
        }
        match self.section {
            Some(section) => write!(f, ", section {section}"),
            None => Ok(()),
        }
    }
}

/// A failure: matched by [`kind`](Self::kind), read by people through `Display`.
///
/// Its facts lie behind a pointer: every result of the core has room for an error, and most never hold one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error(Box<Facts>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Facts {
    kind: ErrorKind,
    place: Option<Place>,
    detail: String,
    retryable: bool,
    ret: Option<i64>,
    status: Option<u16>,
    may_have_arrived: bool,
    /// Of a message that was to be sent: whether it may be out.
    message_may_be_out: Option<bool>,
}

impl Error {
    /// The caller's fault, found before anything was sent. The sentence names the field and says what is wanted.
    pub fn invalid_input(detail: impl Into<String>) -> Self {
        Self::new(ErrorKind::InvalidInput, None, detail)
    }

    /// An error that is not retryable.
    pub fn new(kind: ErrorKind, place: impl Into<Option<Place>>, detail: impl Into<String>) -> Self {
        Self::of(kind, place.into(), detail.into())
    }

    fn of(kind: ErrorKind, place: Option<Place>, detail: String) -> Self {
        Self(Box::new(Facts {
            kind,
            place,
            detail,
            retryable: false,
            ret: None,
            status: None,
            may_have_arrived: false,
            message_may_be_out: None,
        }))
    }

    /// A transient error: the same request may succeed the next time.
    pub fn transient(kind: ErrorKind, place: Place, detail: impl Into<String>) -> Self {
        let mut error = Self::new(kind, place, detail);
        error.0.retryable = true;
        error
    }

    /// A status outside 200-299. The server's own faults, and its requests to come later, are worth a retry.
    pub fn http_status(place: Place, status: u16) -> Self {
        let mut error = Self::new(ErrorKind::HttpStatus, place, format!("HTTP status {status}"));
        error.0.status = Some(status);
        error.0.retryable = status >= 500 || status == 408 || status == 429;
        error
    }

    /// A `BaseResponse.Ret` other than 0 (docs/protocol.md, "Answers").
    pub fn from_ret(place: Place, ret: i64) -> Self {
        let (kind, meaning) = match ret {
            1 => (ErrorKind::Rejected, "invalid parameter, or body too large"),
            -1 => (ErrorKind::Rejected, "system error"),
            -2 => (ErrorKind::Rejected, "logic error"),
            -14 => (ErrorKind::SessionLost, "invalid ticket; log in again"),
            1100 => (ErrorKind::SessionLost, "logged out; log in again"),
            // Seen for hours with good sessions (docs/protocol.md, "Answers").
            1101 if place.step == "webwxuploadmedia" => (
                ErrorKind::SessionLost,
                "logged in elsewhere, or uploads are refused for a while: if download() still works, wait; if not, log in again",
            ),
            1101 => (ErrorKind::SessionLost, "logged in elsewhere; log in again"),
            1102 => (ErrorKind::SessionLost, "invalid cookies; log in again"),
            1105 | 1205 => (ErrorKind::RateLimited, "too many requests; wait a minute or more"),
            1200 => (ErrorKind::Rejected, "the service could not parse the request"),
            1203 => (ErrorKind::AccountBarred, "the account is barred from WeChat Web"),
            1204 => (ErrorKind::TargetRefused, "sending to this receiver is not allowed"),
            _ => (ErrorKind::Rejected, "refused"),
        };
        let mut error = Self::new(kind, place, format!("Ret {ret} ({meaning})"));
        error.0.ret = Some(ret);
        error.0.retryable = ret == -1;
        error
    }

    /// A bug in this library.
    pub fn internal(detail: &str) -> Self {
        Self::new(ErrorKind::Internal, None, detail)
    }

    /// The same error with the gateway's code as `ret`.
    #[must_use]
    pub fn with_ret(mut self, ret: Option<i64>) -> Self {
        self.0.ret = ret;
        self
    }

    /// What went wrong.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// Where it happened; `None` for bad input.
    pub fn place(&self) -> Option<Place> {
        self.0.place
    }

    /// Whether every further request makes it worse, so that a list of pictures ends with it (docs/guarantees.md).
    pub fn ends_batch(&self) -> bool {
        matches!(self.0.kind, ErrorKind::RateLimited | ErrorKind::SessionLost | ErrorKind::AccountBarred)
    }

    /// The same error as that of a picture behind the end of its batch: nothing of it was sent.
    #[must_use]
    pub fn as_end_of_batch(&self) -> Self {
        let mut error = self.clone();
        error.0.detail = format!("not sent, because the batch ended: {self}");
        (error.0.place, error.0.message_may_be_out) = (Some(Place::at("WebWx.sendImages")), None);
        error
    }

    /// Whether the same request, sent again, may well succeed.
    pub fn retryable(&self) -> bool {
        self.0.retryable
    }

    /// How long to wait before the next request, in milliseconds: an estimate, for `RateLimited` only.
    pub fn retry_after_ms(&self) -> Option<u32> {
        (self.0.kind == ErrorKind::RateLimited).then_some(TOO_OFTEN_WAIT_MS)
    }

    /// `BaseResponse.Ret`, or the gateway's code.
    pub fn ret(&self) -> Option<i64> {
        self.0.ret
    }

    /// Whether the service may have done what it was asked for, although this failed: a try of it went without an answer, this one or
    /// one before.
    pub fn may_have_arrived(&self) -> bool {
        self.0.may_have_arrived || self.is_no_answer()
    }

    /// The same error, with what all tries together say of whether the service may have done what it was asked for.
    #[must_use]
    pub fn with_may_have_arrived(mut self, may_have_arrived: bool) -> Self {
        self.0.may_have_arrived = may_have_arrived;
        self
    }

    /// Of a message: whether it may be out, by this call or by one before it. `None` where no message was to be sent.
    pub fn message_may_be_out(&self) -> Option<bool> {
        self.0.message_may_be_out
    }

    /// The same error, of a message.
    pub(crate) fn of_a_message(mut self, may_be_out: bool) -> Self {
        self.0.message_may_be_out = Some(may_be_out);
        self
    }

    /// Whether it leaves open what the service did.
    fn is_no_answer(&self) -> bool {
        match self.0.kind {
            ErrorKind::Network | ErrorKind::Timeout | ErrorKind::MalformedResponse => true,
            ErrorKind::HttpStatus => self.0.status.is_some_and(|status| status >= 500),
            _ => false,
        }
    }

    /// The HTTP status, when it was what failed.
    pub fn status(&self) -> Option<u16> {
        self.0.status
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.place {
            Some(place) => write!(f, "{place}: {}", self.0.detail),
            None => f.write_str(&self.0.detail),
        }
    }
}

impl core::error::Error for Error {}

/// What the core's functions give.
pub type Result<T> = core::result::Result<T, Error>;
