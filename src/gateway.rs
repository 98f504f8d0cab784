//! The `getMsgImg` gateway (docs/protocol.md, "Gateway"): a received content in, the URL of its picture out.

use core::fmt;

use serde::Serialize;

use crate::download::Expectation;
use crate::error::{Error, ErrorKind, Place, Result};
use crate::hosts::is_private;
use crate::http::{Request, Response, malformed, to_json, unreadable};
use crate::ids::MsgId;
use crate::json::Value;
use crate::message::{Kind, Message};
use crate::origin::Origin;
use crate::prelude::*;
use crate::text::{find, quotable, replaced};

const GET_MSG_IMG: Place = Place::at("getMsgImg");

/// Where the picture itself comes from.
pub const PICTURE: Place = Place::at("getMsgImg picture");

/// A gateway and its token. `Debug` does not show the token.
#[derive(Clone)]
pub struct Gateway {
    origin: Origin,
    authorization: String,
    /// Whether pictures may come from private hosts.
    allows_private: bool,
}

/// A message's id, in the form in which the caller has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum GivenId {
    /// Goes out as a JSON number, all digits.
    Number(u64),
    /// Goes out as a JSON string.
    Text(MsgId),
}

/// A picture to ask for, as the caller gives it.
#[derive(Clone)]
pub struct GetMsgImg {
    /// Instance.
    pub w_id: String,
    /// Message.
    pub msg_id: GivenId,
    /// Sender.
    pub from_user: String,
    /// Receiver.
    pub to_user: String,
    /// The received content, in any of its forms.
    pub content: String,
    /// 0 normal, 1 HD; older gateways do not know it.
    pub kind: Option<u8>,
}

/// Where the picture is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Location {
    /// http or https.
    pub url: String,
    /// What the gateway said.
    pub message: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Wire<'a> {
    w_id: &'a str,
    msg_id: &'a GivenId,
    from_user: &'a str,
    to_user: &'a str,
    content: &'a str,
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    kind: Option<u8>,
}

impl Gateway {
    /// A gateway at an origin, the default `http://localhost:18081`.
    pub fn new(origin: Option<&str>, authorization: &str) -> Result<Self> {
        let origin = Origin::parse(origin.unwrap_or("http://localhost:18081"), "origin")?;
        let authorization = authorization.trim();
        if authorization.is_empty() || !authorization.bytes().all(|b| b == b' ' || b.is_ascii_graphic()) {
            return Err(Error::invalid_input("authorization must be the token that the gateway's login gave"));
        }
        // What a gateway in this network names is in it, too.
        let allows_private = is_private(origin.host());
        Ok(Self { origin, authorization: authorization.to_owned(), allows_private })
    }

    /// The same, trusted with this machine and its network: it may name any host.
    #[must_use]
    pub fn allowing_private_hosts(self) -> Self {
        Self { allows_private: true, ..self }
    }

    /// Where it is.
    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    /// The request, with the content as the gateway wants it: without group prefix and outer escaping. And what the picture has to be by
    /// that content.
    pub fn request(&self, wanted: &GetMsgImg) -> Result<(Request, Expectation)> {
        for (name, value) in [("wId", &wanted.w_id), ("fromUser", &wanted.from_user), ("toUser", &wanted.to_user)] {
            if value.trim().is_empty() {
                return Err(Error::invalid_input(format!("{name} is missing")));
            }
        }
        if wanted.kind.is_some_and(|kind| kind > 1) {
            return Err(Error::invalid_input("type must be 0 (normal) or 1 (HD)"));
        }
        let message = Message::parse(&wanted.content)?;
        let Kind::Image(image) = &message.kind else {
            return Err(Error::invalid_input("content holds no <img>: there is no picture to ask the gateway for"));
        };
        let json = to_json(&Wire {
            w_id: &wanted.w_id,
            msg_id: &wanted.msg_id,
            from_user: &wanted.from_user,
            to_user: &wanted.to_user,
            content: &message.content,
            kind: wanted.kind,
        });
        let mut request = Request::post_json(GET_MSG_IMG, format!("{}/getMsgImg", self.origin), json);
        request.headers =
            vec![("content-type", "application/json".to_owned()), ("authorization", self.authorization.clone())];
        Ok((request, Expectation::of(image)))
    }

    /// The URL, if there is one. Gateways differ in the form of almost every key; success is code 1000 **and** an http(s) URL.
    pub fn parse(&self, response: &Response) -> Result<Location> {
        let place = GET_MSG_IMG;
        let unreadable = |why| unreadable(place, why, "an answer that is not the gateway's JSON");
        let text = response.json_text(place)?;
        let root = Value::parse(&text).map_err(unreadable)?;
        let member = |name| root.member(name).map_err(unreadable);
        let answered = member("code")?;
        let code =
            answered.and_then(|code| code.as_text().map_or_else(|| code.as_whole(), |text| text.trim().parse().ok()));
        let words = [member("message")?, member("msg")?].into_iter().flatten().filter_map(Value::as_text);
        let said = words.map(|words| words.trim().to_owned()).find(|words| !words.is_empty()).unwrap_or_default();
        let failed = |kind, detail: String| Err(Error::new(kind, place, detail).with_ret(code));
        match code {
            Some(1000) => {}
            Some(code @ (1105 | 1205)) => {
                return failed(ErrorKind::RateLimited, format!("code {code} (too often){}", self.quoted(&said)));
            }
            Some(code) => return failed(ErrorKind::GatewayFailed, format!("code {code}{}", self.quoted(&said))),
            None if answered.is_some_and(|code| code.as_text().is_some()) => {
                return failed(ErrorKind::GatewayFailed, format!("a code that is no number{}", self.quoted(&said)));
            }
            None => return Err(malformed(place, "a JSON answer without a code")),
        }
        let data = member("data")?;
        let url = data.and_then(|data| data.as_text().or_else(|| data.member("url").ok()??.as_text()));
        match url.as_deref().map(str::trim).filter(|url| !url.is_empty()) {
            // A blank in a URL is one that nobody encoded.
            Some(url) => match replaced(url, " ", "%20") {
                url if url.chars().any(char::is_whitespace) => {
                    failed(ErrorKind::GatewayFailed, "code 1000, but its URL holds a line break or a tab".to_owned())
                }
                url => match web_origin(&url) {
                    Some(origin) if self.allows_private || !is_private(origin.host()) => {
                        Ok(Location { url, message: said })
                    }
                    Some(_) => {
                        let detail = "code 1000, but its URL names a private host (allowPrivateHosts is not set)";
                        failed(ErrorKind::GatewayFailed, detail.to_owned())
                    }
                    None => failed(ErrorKind::GatewayFailed, "code 1000, but its URL is not http or https".to_owned()),
                },
            },
            None => failed(ErrorKind::GatewayFailed, "code 1000, but no URL".to_owned()),
        }
    }

    /// The gateway's own words, short and on one line; nothing where they repeat the token.
    fn quoted(&self, said: &str) -> String {
        if said.trim().is_empty() || find(said, &self.authorization).is_some() {
            return String::new();
        }
        format!(": \"{}\"", quotable(said))
    }
}

/// The request for the picture itself, on its own origin: no cookies and no token go there.
pub fn picture_request(location: &Location) -> Request {
    Request::get(PICTURE, location.url.clone())
}

/// The origin of a URL: `http:` or `https:`, a host, and no name and password before it.
fn web_origin(url: &str) -> Option<Origin> {
    let authority_start = find(url, "://").map_or(0, |at| at + 3);
    let end = url[authority_start..]
        .bytes()
        .position(|b| matches!(b, b'/' | b'?' | b'#'))
        .map_or(url.len(), |at| authority_start + at);
    Origin::parse(&url[..end], "url").ok().filter(|_| !url.chars().any(char::is_whitespace))
}

impl fmt::Debug for Gateway {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Gateway({}, token not shown)", self.origin)
    }
}

impl fmt::Debug for GetMsgImg {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GetMsgImg").field("msg_id", &self.msg_id).field("kind", &self.kind).finish_non_exhaustive()
    }
}
