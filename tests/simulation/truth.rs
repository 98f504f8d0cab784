//! What an answer really says, read without a line of the core: the errors of a run are held against it.

use serde_json::Value;
use standin::Response;
use webwx_image::error::{Error, ErrorKind, Place};
use webwx_image::http::Failure;

/// What came back, bytes and all.
pub(crate) type Answer = Result<Response, Failure>;

/// What an answer has to bring to be a success.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// Ret 0.
    Ret,
    /// Ret 0 and a MediaId.
    MediaId,
    /// Ret 0 and a MsgID.
    MsgId,
    /// A picture.
    Picture,
}

/// An answer, understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Truth {
    /// The id that was wanted, empty where there is none.
    Good(String),
    /// What has to be said of it.
    Bad(Verdict),
}

/// The facts that an error has to tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Verdict {
    pub(crate) kind: ErrorKind,
    pub(crate) ret: Option<i64>,
    pub(crate) status: Option<u16>,
    /// A second try may mend it.
    pub(crate) passes: bool,
    /// Ret 0, but the id that was wanted is not there.
    pub(crate) lacks_id: bool,
}

impl Verdict {
    const fn of(kind: ErrorKind, passes: bool) -> Self {
        Self { kind, ret: None, status: None, passes, lacks_id: false }
    }

    /// Holds an error against the facts.
    pub(crate) fn check(&self, error: &Error, place: Place) {
        let said = (error.kind(), error.ret(), error.status(), error.retryable(), error.place());
        let is = (self.kind, self.ret, self.status, self.passes, Some(place));
        assert!(said == is, "truth: the error says {said:?} ({error}), the service said {is:?}");
    }
}

impl Truth {
    /// Reads an answer.
    pub(crate) fn of(answer: &Answer, wanted: Wanted) -> Self {
        let response = match answer {
            Ok(response) => response,
            Err(Failure::Network) => return Self::Bad(Verdict::of(ErrorKind::Network, true)),
            Err(Failure::Timeout(_)) => return Self::Bad(Verdict::of(ErrorKind::Timeout, true)),
        };
        let status = response.status();
        if !status.is_success() {
            let passes = status.is_server_error() || matches!(status.as_u16(), 408 | 429);
            let verdict = Verdict::of(ErrorKind::HttpStatus, passes);
            return Self::Bad(Verdict { status: Some(status.as_u16()), ..verdict });
        }
        if wanted == Wanted::Picture { of_bytes(response.body()) } else { of_json(response.body(), wanted) }
    }
}

/// A picture does not begin with `<` or `{`; the pictures of this world are whole wherever they begin as one.
fn of_bytes(bytes: &[u8]) -> Truth {
    match bytes.first() {
        None => Truth::Bad(Verdict::of(ErrorKind::EmptyImage, true)),
        Some(b'<') => Truth::Bad(Verdict::of(ErrorKind::NotAnImage, true)),
        Some(b'{') => Truth::Bad(Verdict::of(ErrorKind::NotAnImage, false)),
        Some(_) => Truth::Good(String::new()),
    }
}

fn of_json(bytes: &[u8], wanted: Wanted) -> Truth {
    let value: Option<Value> = serde_json::from_slice(bytes).ok();
    let ret = value.as_ref().map_or_else(|| ret_of_a_part(bytes), |value| value["BaseResponse"]["Ret"].as_i64());
    match (ret, value) {
        (Some(0), Some(value)) => good(&value, wanted),
        (Some(ret), _) if ret != 0 => Truth::Bad(of_ret(ret)),
        _ => Truth::Bad(Verdict::of(ErrorKind::MalformedResponse, true)),
    }
}

/// What is refused is refused, though the rest of the answer never came.
fn ret_of_a_part(bytes: &[u8]) -> Option<i64> {
    let text = std::str::from_utf8(bytes).ok()?;
    let (ret, _) = text.strip_prefix(r#"{"BaseResponse":{"Ret":"#)?.split_once(',')?;
    ret.parse().ok()
}

fn good(value: &Value, wanted: Wanted) -> Truth {
    let key = match wanted {
        Wanted::MediaId => "MediaId",
        Wanted::MsgId => "MsgID",
        Wanted::Ret | Wanted::Picture => return Truth::Good(value["MediaId"].as_str().unwrap_or_default().to_owned()),
    };
    match value[key].as_str() {
        Some(id) if !id.is_empty() => Truth::Good(id.to_owned()),
        _ => Truth::Bad(Verdict { lacks_id: true, ..Verdict::of(ErrorKind::MalformedResponse, true) }),
    }
}

fn of_ret(ret: i64) -> Verdict {
    let kind = match ret {
        -14 | 1100 | 1101 | 1102 => ErrorKind::SessionLost,
        1105 | 1205 => ErrorKind::RateLimited,
        1203 => ErrorKind::AccountBarred,
        1204 => ErrorKind::TargetRefused,
        _ => ErrorKind::Rejected,
    };
    Verdict { ret: Some(ret), ..Verdict::of(kind, ret == -1) }
}
