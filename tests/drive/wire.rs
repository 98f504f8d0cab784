//! From the core's requests to the stand-in's, and back: what a browser's fetch does.

use standin::bytes::Bytes;
use standin::http::{self, header};
use standin::{Reply, Request as StandinRequest, Response as StandinResponse};
use webwx_image::http::{Body, Part, PartValue, Request, Response};

const BOUNDARY: &str = "----standinlinkboundary7MA4YWxkTrZu0gW";

/// The request as it comes off the wire; a file part takes its range out of `file`.
pub(super) fn to_standin(request: &Request, file: &[u8]) -> StandinRequest {
    let mut builder = http::Request::builder().method(request.method.as_str()).uri(&request.url);
    for (name, value) in &request.headers {
        builder = builder.header(&**name, value);
    }
    if let Some(cookies) = &request.cookies {
        builder = builder.header(header::COOKIE, cookies);
    }
    let body = match &request.body {
        Body::Empty => Bytes::new(),
        Body::Json(json) => json.clone().into(),
        Body::Form(parts) => {
            builder = builder.header(header::CONTENT_TYPE, format!("multipart/form-data; boundary={BOUNDARY}"));
            multipart(parts, file)
        }
    };
    builder.body(body).expect("a request")
}

/// What a fetch makes of a reply: a redirect leads to where nobody answers, or is not followed at all.
pub(super) fn followed(reply: Reply) -> Reply {
    match reply {
        Reply::Answer(answer) if answer.status().is_redirection() => Reply::Cut,
        reply => reply,
    }
}

/// An answer whose body is text.
pub(super) fn to_text(answer: &StandinResponse) -> Response {
    Response { body: String::from_utf8_lossy(answer.body()).into_owned(), ..head(answer) }
}

/// An answer without its body.
pub(super) fn head(answer: &StandinResponse) -> Response {
    let retry_after = answer.headers().get(header::RETRY_AFTER).and_then(|value| value.to_str().ok());
    Response { status: answer.status().as_u16(), body: String::new(), retry_after: retry_after.map(str::to_owned) }
}

fn multipart(parts: &[Part], file: &[u8]) -> Bytes {
    let mut body = Vec::new();
    for part in parts {
        let name = part.name;
        let (head, value) = match &part.value {
            PartValue::Text(text) => (String::new(), text.as_bytes()),
            PartValue::File { range, name, mime } => {
                let name = name.replace('"', "%22").replace('\r', "%0D").replace('\n', "%0A");
                let [start, end] = [range.start, range.end].map(|at| usize::try_from(at).expect("in memory"));
                (format!("; filename=\"{name}\"\r\nContent-Type: {mime}"), &file[start..end])
            }
        };
        body.extend_from_slice(
            format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"{head}\r\n\r\n").as_bytes(),
        );
        body.extend_from_slice(value);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(format!("--{BOUNDARY}--\r\n").as_bytes());
    body.into()
}
