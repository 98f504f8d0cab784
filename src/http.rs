//! Requests and responses as plain values. The shell turns a [`Request`] into a fetch and its answer into a [`Response`].

use alloc::borrow::Cow;
use core::fmt;
use core::ops::Range;

use serde::Serialize;

use crate::error::{Error, ErrorKind, Place, Result};
use crate::json::{Unreadable, whole_characters};
use crate::prelude::*;
use crate::text::html_summary;

/// The two methods that the protocol uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// GET
    Get,
    /// POST
    Post,
}

impl Method {
    /// The name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
        }
    }
}

/// Milliseconds that one request has for its answer, where the caller names none.
pub const DEFAULT_TIMEOUT: u32 = 60_000;

/// Bytes of a body that is read as text. A driver reads no further than one byte more; no answer of an endpoint comes near it.
pub const LONGEST_TEXT: usize = 1024 * 1024;

/// One request. `Debug` shows the place alone: the URL, headers and body carry tickets.
#[derive(Clone, PartialEq, Eq)]
pub struct Request {
    /// Names the request in errors.
    pub place: Place,
    /// GET or POST.
    pub method: Method,
    /// Absolute URL, with its query.
    pub url: String,
    /// Name and value.
    pub headers: Vec<(Cow<'static, str>, String)>,
    /// What goes with a POST.
    pub body: Body,
    /// The `Cookie` header for a platform that keeps no cookies itself; also: whether cookies go with the request at all.
    pub cookies: Option<String>,
    /// Whether the answer is not looked at, so that CORS need not allow it.
    pub is_blind: bool,
    /// A token that stands in the headers or in the URL.
    pub secret: Option<String>,
    /// Bytes of the answer's body that are read as text, at most, and one more.
    pub longest: usize,
}

/// A request's body.
#[derive(Clone, PartialEq, Eq)]
pub enum Body {
    /// None.
    Empty,
    /// JSON text; the shell adds nothing to it.
    Json(String),
    /// `multipart/form-data`, its parts in order.
    Form(Vec<Part>),
}

/// One part of a form.
#[derive(Clone, PartialEq, Eq)]
pub struct Part {
    /// The field's name.
    pub name: &'static str,
    /// The field's value.
    pub value: PartValue,
}

/// What a part carries: a string, or a range of the file that the shell slices out of its Blob. The bytes never pass through here.
#[derive(Clone, PartialEq, Eq)]
pub enum PartValue {
    /// A string field.
    Text(String),
    /// A file field.
    File {
        /// Bytes of the file, from and to (exclusive).
        range: Range<u64>,
        /// The part's file name.
        name: String,
        /// The part's MIME type.
        mime: String,
    },
}

/// An answer whose body has been read as text.
#[derive(Clone, PartialEq, Eq)]
pub struct Response {
    /// HTTP status.
    pub status: u16,
    /// The body: the whole, or the beginning of one that is longer than [`Request::longest`].
    pub body: String,
    /// The header `Retry-After`, where the server sent one.
    pub retry_after: Option<String>,
}

/// Why there was no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The connection failed, or the browser hid the answer (CORS).
    Network,
    /// Nothing within this many milliseconds.
    Timeout(u32),
    /// The bytes to be sent cannot be read any more.
    FileChanged,
}

impl Request {
    /// A GET.
    pub fn get(place: Place, url: String) -> Self {
        Self {
            place,
            method: Method::Get,
            url,
            headers: Vec::new(),
            body: Body::Empty,
            cookies: None,
            is_blind: false,
            secret: None,
            longest: LONGEST_TEXT,
        }
    }

    /// A POST of JSON, with the headers that WeChat Web itself sends.
    pub fn post_json(place: Place, url: String, json: String) -> Self {
        Self {
            method: Method::Post,
            headers: vec![
                ("accept".into(), "application/json, text/plain, */*".to_owned()),
                ("content-type".into(), "application/json;charset=UTF-8".to_owned()),
            ],
            body: Body::Json(json),
            ..Self::get(place, url)
        }
    }

    /// A POST of a form. The boundary, and so `Content-Type`, is the shell's.
    pub fn post_form(place: Place, url: String, parts: Vec<Part>) -> Self {
        Self { method: Method::Post, body: Body::Form(parts), ..Self::get(place, url) }
    }

    /// Whether it holds what must not be redirected to another address: cookies, or a token.
    pub fn carries_secrets(&self) -> bool {
        self.cookies.is_some() || self.secret.is_some()
    }

    /// The bytes of the file that go with it.
    pub fn file_range(&self) -> Option<Range<u64>> {
        let Body::Form(parts) = &self.body else { return None };
        parts.iter().find_map(|part| match &part.value {
            PartValue::File { range, .. } => Some(range.clone()),
            PartValue::Text(_) => None,
        })
    }

    /// What it says: its query, its credentials and its body. Whoever throws instead of answering may repeat some of it.
    pub fn said(&self) -> String {
        let query = self.url.split_once('?').map_or("", |(_, query)| query);
        let of = |secret: &Option<String>| secret.clone().unwrap_or_default();
        let mut said = [query.to_owned(), of(&self.secret), of(&self.cookies)].join("\n");
        match &self.body {
            Body::Empty => {}
            Body::Json(json) => said.push_str(json),
            Body::Form(parts) => {
                for part in parts {
                    if let PartValue::Text(text) = &part.value {
                        said.push('\n');
                        said.push_str(text);
                    }
                }
            }
        }
        said
    }

    /// Lets the session's cookies go with the request.
    #[must_use]
    pub fn with_cookies(self, cookies: String) -> Self {
        Self { cookies: Some(cookies), ..self }
    }

    /// The same with a token in it.
    #[must_use]
    pub fn with_secret(self, secret: String) -> Self {
        Self { secret: Some(secret), ..self }
    }

    /// The same with an answer of so many bytes, at most.
    #[must_use]
    pub fn reading(self, longest: usize) -> Self {
        Self { longest, ..self }
    }
}

impl Part {
    /// A string field.
    pub fn text(name: &'static str, value: impl Into<String>) -> Self {
        Self { name, value: PartValue::Text(value.into()) }
    }
}

impl Failure {
    /// The error of a request that got no answer.
    pub fn at(self, place: Place) -> Error {
        match self {
            Self::Network => {
                Error::transient(ErrorKind::Network, place, "no response: the connection failed, or CORS blocked it")
            }
            Self::Timeout(ms) => Error::transient(ErrorKind::Timeout, place, format!("no response within {ms} ms")),
            Self::FileChanged => {
                Error::new(ErrorKind::FileChanged, place, "the file changed after it was hashed; pick it again")
            }
        }
    }
}

impl Response {
    /// The body of an answer with a good status that is worth parsing as JSON, with no character in halves.
    pub(crate) fn json_text(&self, place: Place) -> Result<Cow<'_, str>> {
        self.json_text_within(place, LONGEST_TEXT)
    }

    /// The same of an answer that may have so many bytes.
    pub(crate) fn json_text_within(&self, place: Place, longest: usize) -> Result<Cow<'_, str>> {
        check_status(place, self.status)?;
        // A byte order mark is left by whoever reads the body without the platform's decoder.
        let body = self.body.trim().trim_start_matches('\u{feff}');
        if body.is_empty() {
            return Err(malformed(place, "expected JSON, got an empty body"));
        }
        if body.starts_with('<') {
            return Err(malformed(place, &format!("expected JSON, got an HTML page ({})", html_summary(body))));
        }
        if self.body.len() > longest {
            return Err(malformed(place, &format!("expected at most {longest} bytes, got more")));
        }
        // Every endpoint answers with an object.
        if !body.starts_with('{') {
            return Err(unreadable(place, Unreadable::Other, NO_JSON));
        }
        Ok(whole_characters(body))
    }
}

/// Refuses a status outside 200-299, before anything is made of the body.
pub fn check_status(place: Place, status: u16) -> Result<()> {
    if (200..300).contains(&status) { Ok(()) } else { Err(Error::http_status(place, status)) }
}

/// JSON text of a value that has no way to fail: plain structs of strings and numbers.
pub(crate) fn to_json<T: Serialize>(value: &T) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

/// What is said of an answer that is no JSON, or JSON in another shape.
pub(crate) const NO_JSON: &str = "unexpected JSON";

/// The error for an answer whose JSON cannot be read, with what is said of one that does not just end too early.
pub(crate) fn unreadable(place: Place, why: Unreadable, no_json: &str) -> Error {
    malformed(place, if why == Unreadable::CutOff { "truncated JSON" } else { no_json })
}

/// The error for an answer that is not what the endpoint gives.
pub(crate) fn malformed(place: Place, what: &str) -> Error {
    Error::transient(ErrorKind::MalformedResponse, place, what)
}

/// A value for a query, as `encodeURIComponent` writes it.
pub(crate) fn query_value(value: &str) -> String {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    let mut encoded = String::new();
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.!~*'()".contains(&byte) {
            encoded.push(byte.into());
        } else {
            encoded.push('%');
            encoded.push(DIGITS[usize::from(byte >> 4)].into());
            encoded.push(DIGITS[usize::from(byte & 15)].into());
        }
    }
    encoded
}

/// What such a value stands for; a `%` without two hex digits stands for itself. None where it is no UTF-8.
pub(crate) fn decoded(value: &str) -> Option<String> {
    let digit = |at: usize| value.as_bytes().get(at).and_then(|&byte| char::from(byte).to_digit(16));
    let mut plain = Vec::new();
    let mut at = 0;
    while let Some(&byte) = value.as_bytes().get(at) {
        let escaped = if byte == b'%' { digit(at + 1).zip(digit(at + 2)) } else { None };
        plain.push(escaped.map_or(byte, |(high, low)| (high << 4 | low).to_le_bytes()[0]));
        at += if escaped.is_some() { 3 } else { 1 };
    }
    String::from_utf8(plain).ok()
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Request({} {})", self.method.as_str(), self.place)
    }
}

impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Response({}, {} bytes)", self.status, self.body.len())
    }
}

#[cfg(test)]
mod tests {
    use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

    use super::*;

    /// What `encodeURIComponent` leaves as it is.
    const COMPONENT: &AsciiSet = &NON_ALPHANUMERIC
        .remove(b'-')
        .remove(b'_')
        .remove(b'.')
        .remove(b'!')
        .remove(b'~')
        .remove(b'*')
        .remove(b'\'')
        .remove(b'(')
        .remove(b')');

    #[test]
    fn values_are_encoded_and_decoded_as_by_percent_encoding() {
        let all: String = (0..=0x7f).map(char::from).chain("é€😀".chars()).collect();
        assert_eq!(query_value(&all), utf8_percent_encode(&all, COMPONENT).to_string());
        let pieces = ["%", "4", "a", "F", "g", "%C3", "%a9", "%2B", "é", ""];
        for [a, b, c] in pieces.map(|a| pieces.map(|b| pieces.map(|c| [a, b, c]))).concat().concat() {
            let text = format!("{a}{b}{c}%C3%A9");
            let theirs = percent_decode_str(&text).decode_utf8().ok();
            assert_eq!(decoded(&text).as_deref(), theirs.as_deref(), "{text}");
        }
    }
}
