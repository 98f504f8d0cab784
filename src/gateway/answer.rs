//! What gateways' answers have in common: a code, words, and something that holds a URL or base64.

use alloc::borrow::Cow;

use super::{Gateway, Location};
use crate::error::{Error, ErrorKind, Place, Result};
use crate::hosts::is_private;
use crate::http::{malformed, unreadable};
use crate::json::{Read, Value};
use crate::origin::Origin;
use crate::prelude::*;
use crate::text::{find, quotable, replaced};

/// The names that a form has for the parts of its answer.
pub(super) struct Envelope {
    pub(super) place: Place,
    pub(super) code: &'static str,
    /// The code of success.
    pub(super) good: i64,
    pub(super) words: [&'static str; 2],
    pub(super) data: &'static str,
}

/// A good answer.
pub(super) struct Good<'text> {
    /// None where it is null.
    pub(super) data: Option<Value<'text>>,
    pub(super) said: String,
}

impl Envelope {
    /// Reads the code first: the rest counts only beside the good one. Codes are numbers or texts of digits.
    pub(super) fn open<'text>(&self, gateway: &Gateway, text: &'text str) -> Result<Good<'text>> {
        let place = self.place;
        let root = Value::parse(text).map_err(|why| self.unreadable(why))?;
        let member = |name| root.member(name).map_err(|why| self.unreadable(why));
        let answered = member(self.code)?;
        let code =
            answered.and_then(|code| code.as_text().map_or_else(|| code.as_whole(), |text| text.trim().parse().ok()));
        let [first, second] = self.words;
        let words = [member(first)?, member(second)?].into_iter().flatten().filter_map(Value::as_text);
        let said = words.map(|words| words.trim().to_owned()).find(|words| !words.is_empty()).unwrap_or_default();
        match code {
            Some(code) if code == self.good => Ok(Good { data: member(self.data)?, said }),
            Some(code) => Err(refused(gateway, place, &said, Some(code))),
            None if answered.is_some_and(|code| code.as_text().is_some()) => {
                Err(failed(place, format!("the code is not a number{}", quoted(gateway, &said))))
            }
            None => Err(malformed(place, "expected a code in the JSON response")),
        }
    }

    /// The error of a good code without what has to be beside it.
    pub(super) fn without(&self, what: &str) -> Error {
        failed(self.place, format!("code {}, but {what}", self.good)).with_ret(Some(self.good))
    }

    pub(super) fn unreadable(&self, why: crate::json::Unreadable) -> Error {
        unreadable(self.place, why, "unexpected JSON")
    }
}

/// The error of another code than that of success.
pub(super) fn refused(gateway: &Gateway, place: Place, said: &str, code: Option<i64>) -> Error {
    let said = quoted(gateway, said);
    let error = match code {
        Some(code @ (1105 | 1205)) => {
            Error::new(ErrorKind::RateLimited, place, format!("code {code} (too many requests){said}"))
        }
        Some(code) => failed(place, format!("code {code}{said}")),
        None => failed(place, format!("refused{said}")),
    };
    error.with_ret(code)
}

/// Refuses a URL that a picture may not come from, and joins one without an origin to the caller's base. `beside` is what the answer is
/// otherwise, for errors.
pub(super) fn location(
    gateway: &Gateway,
    place: Place,
    url: Option<&str>,
    beside: &str,
    code: Option<i64>,
    said: String,
) -> Result<Location> {
    let wrong = |what: &str| Err(failed(place, format!("{beside}, but {what}")).with_ret(code));
    let Some(url) = url.map(str::trim).filter(|url| !url.is_empty()) else {
        return wrong("no URL");
    };
    // A blank in a URL is one that nobody encoded.
    let url = replaced(url, " ", "%20");
    if url.chars().any(char::is_whitespace) {
        return wrong("its URL holds a line break or a tab");
    }
    if is_relative(&url) {
        return match &gateway.file_base {
            // The base is the caller's own, and ends before its path does: nothing behind it names another host.
            Some(base) => Ok(Location { url: format!("{base}/{}", url.trim_start_matches('/')), message: said }),
            None => wrong("its URL is relative, and fileBase is not set"),
        };
    }
    match web_origin(&url) {
        Some(origin) if gateway.allows_private || !is_private(origin.host()) => Ok(Location { url, message: said }),
        Some(_) => wrong("its URL names a private host (allowPrivateHosts is not set)"),
        None => wrong("its URL is not http or https"),
    }
}

/// Whether a URL has neither scheme nor host: its first segment holds no colon, and it does not begin with two slashes.
fn is_relative(url: &str) -> bool {
    let first = url.split(['/', '?', '#']).next().unwrap_or_default();
    let is_slash = |at: usize| matches!(url.as_bytes().get(at), Some(b'/' | b'\\'));
    !(first.contains([':', '\\']) || is_slash(0) && is_slash(1))
}

/// The origin of a URL: `http:` or `https:`, a host, and no name and password before it.
pub(super) fn web_origin(url: &str) -> Option<Origin> {
    let authority_start = find(url, "://").map_or(0, |at| at + 3);
    let end = url[authority_start..]
        .bytes()
        .position(|b| matches!(b, b'/' | b'?' | b'#'))
        .map_or(url.len(), |at| authority_start + at);
    Origin::parse(&url[..end], "url").ok().filter(|_| !url.chars().any(char::is_whitespace))
}

/// A member under any of these names.
pub(super) fn any_of<'text>(value: Value<'text>, names: &[&str]) -> Read<Option<Value<'text>>> {
    for name in names {
        if let Some(found) = value.member(name)? {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

/// A number, or a text of its digits.
pub(super) fn number(value: Option<Value<'_>>) -> Option<u64> {
    let value = value?;
    value.as_number().or_else(|| value.as_text()?.trim().parse().ok())
}

/// A text that is not empty.
pub(super) fn words(value: Option<Value<'_>>) -> Option<Cow<'_, str>> {
    value.and_then(Value::as_text).filter(|text| !text.trim().is_empty())
}

fn failed(place: Place, detail: String) -> Error {
    Error::new(ErrorKind::GatewayFailed, place, detail)
}

/// The gateway's own words, short and on one line; nothing where they repeat the token.
fn quoted(gateway: &Gateway, said: &str) -> String {
    if said.trim().is_empty() || find(said, &gateway.authorization).is_some() {
        return String::new();
    }
    format!(": \"{}\"", quotable(said))
}
