//! The journal: every request to a service, as it came, and what was answered.

use std::collections::BTreeMap;

use bytes::Bytes;
use http::header;
use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};

use crate::exchange::{Call, Reply, Response};
use crate::fault::Fault;
use crate::multipart::{Part, parts};
use crate::picture::md5_hex;

/// One request and its answer.
#[derive(Clone, Debug, Serialize)]
pub struct Entry {
    /// GET, POST or OPTIONS.
    pub method: String,
    /// The authority that was asked.
    pub host: String,
    /// Without the query.
    pub path: String,
    /// Decoded.
    pub query: BTreeMap<String, String>,
    /// By lower-case name; a header that came twice is joined with commas.
    pub headers: BTreeMap<String, String>,
    /// The parts of a multipart body, in their order.
    pub form: Option<Vec<Field>>,
    /// A JSON body, digit for digit.
    pub json: Option<Box<RawValue>>,
    /// The fault that struck, if one did.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fault: Option<Fault>,
    /// `null` where the connection was cut.
    pub status: Option<u16>,
    /// JSON as it is, text as a string, a picture as its type, size and md5; `null` where nothing came.
    pub response: Option<Box<RawValue>>,
}

/// One part of a form.
#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
pub enum Field {
    /// A part with a file name: its bytes are summed up.
    File {
        /// Of the part.
        name: String,
        /// Of the file.
        filename: String,
        /// Content-Type of the part.
        #[serde(rename = "type")]
        content_type: Option<String>,
        /// In bytes.
        size: usize,
        /// Lower-case hex.
        md5: String,
    },
    /// Any other part.
    Text {
        /// Of the part.
        name: String,
        /// Its text.
        value: String,
    },
}

impl From<Part> for Field {
    fn from(part: Part) -> Self {
        let Part { name, filename, content_type, value } = part;
        match filename {
            Some(filename) => Self::File { name, filename, content_type, size: value.len(), md5: md5_hex(&value) },
            None => Self::Text { name, value: String::from_utf8_lossy(&value).into_owned() },
        }
    }
}

impl Entry {
    pub(crate) fn new(call: &Call<'_>, fault: Option<Fault>, reply: &Reply) -> Self {
        let mut headers = BTreeMap::<String, String>::new();
        for (name, value) in call.headers {
            let value = String::from_utf8_lossy(value.as_bytes());
            headers
                .entry(name.as_str().to_owned())
                .and_modify(|earlier| *earlier = format!("{earlier}, {value}"))
                .or_insert_with(|| value.clone().into_owned());
        }
        let answer = match reply {
            Reply::Answer(response) | Reply::Partial { response, .. } => Some(response),
            Reply::Cut => None,
        };
        Self {
            method: call.method.to_string(),
            host: call.host.clone(),
            path: call.path.to_owned(),
            query: call.query.iter().cloned().collect(),
            headers,
            form: parts(call).ok().map(|parts| parts.into_iter().map(Field::from).collect()),
            json: json(call.body),
            fault,
            status: answer.map(|response| response.status().as_u16()),
            response: answer.and_then(summary),
        }
    }
}

fn json(bytes: &Bytes) -> Option<Box<RawValue>> {
    if bytes.is_empty() { None } else { serde_json::from_slice(bytes).ok() }
}

fn summary(response: &Response) -> Option<Box<RawValue>> {
    #[derive(Serialize)]
    struct Summary<'a> {
        r#type: &'a str,
        size: usize,
        md5: String,
    }

    let body = response.body();
    let content_type = response.headers().get(header::CONTENT_TYPE);
    let content_type = content_type.and_then(|value| value.to_str().ok()).unwrap_or_default();
    if let Some(json) = json(body) {
        return Some(json);
    }
    if body.is_empty() || !content_type.starts_with("image/") {
        return to_raw_value(&String::from_utf8_lossy(body)).ok();
    }
    to_raw_value(&Summary { r#type: content_type, size: body.len(), md5: md5_hex(body) }).ok()
}
