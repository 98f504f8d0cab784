//! Bad days, to order: what is to go wrong, where, and how often.

use http::{HeaderValue, StatusCode, header};
use serde::{Deserialize, Serialize};

use crate::answer::{empty, html, refused};
use crate::endpoint::Endpoint;
use crate::exchange::{Call, Outcome, Reply, Response};
use crate::gateway::GatewayForm;
use crate::refusal::Refusal;
use crate::state::State;
use crate::upload::wire_chunk;

/// What goes wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Fault {
    /// `reset`: the connection is cut, the request never taken.
    Reset,
    /// `accept-then-reset`: the request is taken, its answer lost.
    AcceptThenReset,
    /// `status:502`: that status with a page of HTML; the request is not taken.
    Status(StatusCode),
    /// `html`: a page of HTML under status 200; the request is not taken.
    Html,
    /// `empty`: 200 with no bytes; the request is not taken.
    Empty,
    /// `truncate`: the request is taken, half of its answer comes. A picture's connection is cut; JSON ends
    /// half-way as if that were all.
    Truncate,
    /// `ret:1205`: that Ret (the gateway's code); the request is not taken.
    Ret(i64),
    /// `ret:1205+mediaid`: that Ret, and beside it the MediaId of somebody else's picture.
    RetWithForeignMediaId(i64),
    /// `delay:250`: the answer comes that many milliseconds later.
    Delay(u64),
    /// `redirect:http://…`: 302 to that address; `redirect-307:http://…`, where a body goes along. The request is not taken.
    Redirect(StatusCode, String),
}

impl TryFrom<String> for Fault {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let unknown = || format!("unknown fault {text:?}");
        let (name, value) = text.split_once(':').map_or((text.as_str(), None), |(n, v)| (n, Some(v)));
        match (name, value) {
            ("reset", None) => Ok(Self::Reset),
            ("accept-then-reset", None) => Ok(Self::AcceptThenReset),
            ("html", None) => Ok(Self::Html),
            ("empty", None) => Ok(Self::Empty),
            ("truncate", None) => Ok(Self::Truncate),
            ("status", Some(code)) => {
                let status = code.parse().ok().filter(|code| (200..600).contains(code));
                let status = status.and_then(|code| StatusCode::from_u16(code).ok());
                status.map(Self::Status).ok_or_else(unknown)
            }
            ("ret", Some(value)) => match value.strip_suffix("+mediaid") {
                Some(ret) => ret.parse().map(Self::RetWithForeignMediaId),
                None => value.parse().map(Self::Ret),
            }
            .map_err(|_| unknown()),
            ("delay", Some(ms)) => ms.parse().map(Self::Delay).map_err(|_| unknown()),
            ("redirect" | "redirect-307", Some(url)) if HeaderValue::from_str(url).is_ok() && !url.is_empty() => {
                let keeps_body = name.ends_with("307");
                let status = if keeps_body { StatusCode::TEMPORARY_REDIRECT } else { StatusCode::FOUND };
                Ok(Self::Redirect(status, url.to_owned()))
            }
            _ => Err(unknown()),
        }
    }
}

impl From<Fault> for String {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Reset => "reset".into(),
            Fault::AcceptThenReset => "accept-then-reset".into(),
            Fault::Status(status) => format!("status:{}", status.as_u16()),
            Fault::Html => "html".into(),
            Fault::Empty => "empty".into(),
            Fault::Truncate => "truncate".into(),
            Fault::Ret(ret) => format!("ret:{ret}"),
            Fault::RetWithForeignMediaId(ret) => format!("ret:{ret}+mediaid"),
            Fault::Delay(ms) => format!("delay:{ms}"),
            Fault::Redirect(StatusCode::FOUND, url) => format!("redirect:{url}"),
            Fault::Redirect(status, url) => format!("redirect-{}:{url}", status.as_u16()),
        }
    }
}

/// A fault, where it strikes, and how often.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Strike {
    /// Which service.
    pub endpoint: Endpoint,
    /// Only at this `chunk` of the wire, which counts from 0; any, if there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chunk: Option<u64>,
    /// How often.
    #[serde(default = "once")]
    pub times: u32,
    /// What goes wrong.
    pub fault: Fault,
}

fn once() -> u32 {
    1
}

impl Strike {
    /// Whether the endpoint can have that fault at all.
    pub(crate) fn check(&self) -> Result<(), String> {
        let name = self.endpoint.name();
        if self.times == 0 {
            return Err("times: 0".into());
        }
        if self.chunk.is_some() && self.endpoint != Endpoint::UploadMedia {
            return Err(format!("{name} has no chunks"));
        }
        let possible = match self.fault {
            Fault::Ret(_) => !matches!(self.endpoint, Endpoint::ReportForWeb | Endpoint::GatewayImage),
            Fault::RetWithForeignMediaId(_) => {
                matches!(self.endpoint, Endpoint::UploadMedia | Endpoint::CheckUpload)
            }
            _ => true,
        };
        if possible { Ok(()) } else { Err(format!("{name} cannot answer {}", String::from(self.fault.clone()))) }
    }
}

/// The faults that are still to come, in the order in which they were ordered.
#[derive(Clone, Debug, Default)]
pub(crate) struct Faults(Vec<Strike>);

impl Faults {
    pub(crate) fn add(&mut self, strikes: impl IntoIterator<Item = Strike>) {
        self.0.extend(strikes);
    }

    pub(crate) fn pending(&self) -> &[Strike] {
        &self.0
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    /// The fault for this request, used up by one.
    pub(crate) fn strike(&mut self, endpoint: Endpoint, call: &Call<'_>) -> Option<Fault> {
        let position = self.0.iter().position(|strike| {
            strike.endpoint == endpoint && strike.chunk.is_none_or(|chunk| wire_chunk(call) == Some(chunk))
        })?;
        let strike = &mut self.0[position];
        strike.times -= 1;
        let fault = strike.fault.clone();
        if strike.times == 0 {
            self.0.remove(position);
        }
        Some(fault)
    }
}

impl Fault {
    /// What the client sees instead of the answer that `take` would give; `take` is called only by faults that
    /// let the request through.
    pub(crate) fn befall(
        &self,
        endpoint: Endpoint,
        form: GatewayForm,
        state: &mut State,
        take: impl FnOnce(&mut State) -> Response,
    ) -> Outcome {
        let ordered = |ret: i64| Refusal::new(ret, "as ordered");
        match self {
            Self::Reset => Reply::Cut.into(),
            Self::AcceptThenReset => {
                take(state);
                Reply::Cut.into()
            }
            Self::Truncate => truncate(take(state)).into(),
            Self::Delay(delay_ms) => Outcome { delay_ms: *delay_ms, reply: Reply::Answer(take(state)) },
            Self::Status(status) => html(*status, &status.to_string()).into(),
            Self::Html => html(StatusCode::OK, "502 Bad Gateway").into(),
            Self::Empty => empty().into(),
            Self::Ret(ret) => refused(endpoint, ordered(*ret), String::new(), form).into(),
            Self::RetWithForeignMediaId(ret) => refused(endpoint, ordered(*ret), state.foreign_media_id(), form).into(),
            Self::Redirect(status, url) => redirect(*status, url).into(),
        }
    }
}

fn redirect(status: StatusCode, url: &str) -> Response {
    let mut response = html(status, &status.to_string());
    if let Ok(address) = HeaderValue::from_str(url) {
        response.headers_mut().insert(header::LOCATION, address);
    }
    response
}

fn truncate(response: Response) -> Reply {
    let sent = response.body().len() / 2;
    let is_json = response.body().starts_with(b"{");
    if is_json { Reply::Answer(response.map(|body| body.slice(..sent))) } else { Reply::Partial { response, sent } }
}
