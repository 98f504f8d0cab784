//! What a reply really says, read without a line of the core: what jobs make of it is compared with that.

use serde_json::Value;
use standin::Reply;
use webwx_image::error::{Error, ErrorKind, Place};

/// What a reply has to bring to be a success.
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
    /// A gateway's code 1000 and a URL.
    Location,
    /// GeWe's ret 200 and a URL.
    Gewe,
    /// `WeChatPadPro`'s Code 200 and a section: the place behind it is what it brings.
    Section,
    /// Code 0 of the Tools, and a picture.
    Whole,
}

/// A reply, understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Truth {
    /// The id or URL that was wanted, empty where there is none.
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
    pub(crate) is_transient: bool,
    /// Ret 0, but the id that was wanted is not there.
    pub(crate) lacks_id: bool,
}

/// The kinds of errors after which nothing more of a list is to be asked.
pub(crate) fn ends_batch(kind: ErrorKind) -> bool {
    [ErrorKind::SessionLost, ErrorKind::RateLimited, ErrorKind::AccountBarred].contains(&kind)
}

impl Verdict {
    const fn of(kind: ErrorKind, is_transient: bool) -> Self {
        Self { kind, ret: None, status: None, is_transient, lacks_id: false }
    }

    /// A picture of another message.
    pub(crate) const fn another_picture() -> Self {
        Self::of(ErrorKind::WrongImage, false)
    }

    /// Compares an error with the facts.
    pub(crate) fn check(&self, error: &Error, place: Place) {
        let said = (error.kind(), error.ret(), error.status(), error.retryable(), error.place());
        let is = (self.kind, self.ret, self.status, self.is_transient, Some(place));
        assert!(said == is, "truth: the error says {said:?} ({error}), the service said {is:?}");
    }

    /// Whether the service may have done what it was asked for.
    pub(crate) fn leaves_open(&self) -> bool {
        match self.kind {
            ErrorKind::Network | ErrorKind::Timeout | ErrorKind::MalformedResponse => true,
            ErrorKind::HttpStatus => self.status.is_some_and(|status| status >= 500),
            _ => false,
        }
    }
}

impl Truth {
    /// Reads a reply.
    pub(crate) fn of(reply: &Reply, wanted: Wanted) -> Self {
        let Reply::Answer(response) = reply else {
            return Self::Bad(Verdict::of(ErrorKind::Network, true));
        };
        let status = response.status();
        if !status.is_success() {
            let is_transient = status.is_server_error() || matches!(status.as_u16(), 408 | 429);
            let verdict = Verdict::of(ErrorKind::HttpStatus, is_transient);
            return Self::Bad(Verdict { status: Some(status.as_u16()), ..verdict });
        }
        match wanted {
            Wanted::Picture => of_bytes(response.body()),
            Wanted::Location => of_gateway(response.body(), "code", 1000, |value| {
                value["data"].as_str().or_else(|| value["data"]["url"].as_str()).map(str::to_owned)
            }),
            Wanted::Gewe => {
                of_gateway(response.body(), "ret", 200, |value| value["data"]["fileUrl"].as_str().map(str::to_owned))
            }
            Wanted::Section => of_gateway(response.body(), "Code", 200, |value| {
                let data = &value["Data"];
                let end = data["StartPos"].as_u64()? + data["DataLen"].as_u64()?;
                Some(end.to_string()).filter(|_| data["Data"].is_object())
            }),
            Wanted::Whole => of_gateway(response.body(), "Code", 0, |value| {
                value["Data"]["Image"].as_str().filter(|_| value["Success"] == true).map(|_| String::new())
            }),
            _ => of_json(response.body(), wanted),
        }
    }

    /// No reply in time.
    pub(crate) fn late() -> Self {
        Self::Bad(Verdict::of(ErrorKind::Timeout, true))
    }

    /// Whether it is a status that is refused before a body is looked at.
    pub(crate) fn is_refused_status(&self) -> bool {
        matches!(self, Self::Bad(verdict) if verdict.status.is_some())
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

/// A code as a number or a string, and beside the good one what `found` finds.
fn of_gateway(bytes: &[u8], code: &str, good: i64, found: impl Fn(&Value) -> Option<String>) -> Truth {
    let value: Option<Value> = serde_json::from_slice(bytes).ok();
    let code = value.as_ref().and_then(|value| value[code].as_i64().or_else(|| value[code].as_str()?.parse().ok()));
    let (Some(value), Some(code)) = (value, code) else {
        return Truth::Bad(Verdict::of(ErrorKind::MalformedResponse, true));
    };
    let kind = match found(&value) {
        Some(found) if code == good => return Truth::Good(found),
        _ if [1105, 1205].contains(&code) => ErrorKind::RateLimited,
        _ => ErrorKind::GatewayFailed,
    };
    Truth::Bad(Verdict { ret: Some(code), ..Verdict::of(kind, false) })
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
        _ => return Truth::Good(value["MediaId"].as_str().unwrap_or_default().to_owned()),
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
