//! What goes into the world and what comes out: plain values, no sockets.

use bytes::Bytes;
use http::uri::Authority;
use http::{HeaderMap, Method, header};

use crate::dialect::Dialect;

/// A whole request: the body has been read.
pub type Request = http::Request<Bytes>;
/// A whole answer.
pub type Response = http::Response<Bytes>;

/// What the world decided about one request.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// How long the answer (or the cut) is to wait, in milliseconds.
    pub delay_ms: u64,
    /// What the client gets after that wait.
    pub reply: Reply,
}

/// What a client gets to see.
#[derive(Clone, Debug)]
pub enum Reply {
    /// A whole answer.
    Answer(Response),
    /// An answer that announces its full length, of which only `sent` bytes come before the connection is cut.
    Partial {
        /// The answer as it would have been.
        response: Response,
        /// How many bytes of its body are sent.
        sent: usize,
    },
    /// The connection is cut before any status line.
    Cut,
}

impl Outcome {
    /// The answer, if a whole one came.
    pub fn answer(&self) -> Option<&Response> {
        match &self.reply {
            Reply::Answer(response) => Some(response),
            Reply::Partial { .. } | Reply::Cut => None,
        }
    }
}

impl From<Reply> for Outcome {
    fn from(reply: Reply) -> Self {
        Self { delay_ms: 0, reply }
    }
}

impl From<Response> for Outcome {
    fn from(response: Response) -> Self {
        Reply::Answer(response).into()
    }
}

/// A request with its address taken apart.
pub(crate) struct Call<'a> {
    pub(crate) method: &'a Method,
    /// The authority that was asked: name, and port if there is one.
    pub(crate) host: String,
    pub(crate) path: &'a str,
    pub(crate) query: Vec<(String, String)>,
    /// How the page speaks that this is a request of.
    pub(crate) dialect: Dialect,
    pub(crate) headers: &'a HeaderMap,
    pub(crate) body: &'a Bytes,
}

impl<'a> Call<'a> {
    pub(crate) fn read(request: &'a Request) -> Self {
        let uri = request.uri();
        let host = header_text(request.headers(), header::HOST.as_str())
            .or_else(|| uri.authority().map(Authority::as_str))
            .unwrap_or_default();
        let query = uri.query().unwrap_or_default();
        Self {
            method: request.method(),
            host: host.to_ascii_lowercase(),
            path: uri.path(),
            dialect: Dialect::Web,
            query: form_urlencoded::parse(query.as_bytes()).into_owned().collect(),
            headers: request.headers(),
            body: request.body(),
        }
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        header_text(self.headers, name)
    }

    /// The value of the one query parameter of that name; `None` also when it stands there twice.
    pub(crate) fn query(&self, name: &str) -> Option<&str> {
        let mut values = self.query.iter().filter(|(key, _)| key == name);
        let first = values.next();
        if values.next().is_some() { None } else { first.map(|(_, value)| value.as_str()) }
    }

    pub(crate) fn cookie(&self, name: &str) -> Option<&str> {
        self.headers
            .get_all(header::COOKIE)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|line| line.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
            .find_map(|(key, value)| (key == name).then_some(value))
    }

    /// The last segment of the path, which names the endpoint.
    pub(crate) fn last_segment(&self) -> &'a str {
        self.path.rsplit('/').next().unwrap_or_default()
    }

    /// The media type of the body, without its parameters.
    pub(crate) fn media_type(&self) -> &str {
        let value = self.header(header::CONTENT_TYPE.as_str()).unwrap_or_default();
        value.split(';').next().unwrap_or_default().trim()
    }
}

fn header_text<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}
