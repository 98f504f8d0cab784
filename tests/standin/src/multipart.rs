//! A strict reader of multipart/form-data that is already in memory. It copies nothing.

use bytes::Bytes;
use http::header;
use memchr::memmem;

use crate::exchange::Call;
use crate::refusal::{Refusal, require};

/// One part of a form.
#[derive(Clone, Debug)]
pub(crate) struct Part {
    pub(crate) name: String,
    pub(crate) filename: Option<String>,
    pub(crate) content_type: Option<String>,
    pub(crate) value: Bytes,
}

impl Part {
    pub(crate) fn text(&self) -> Result<&str, Refusal> {
        std::str::from_utf8(&self.value).map_err(|_| Refusal::parameter(format!("{}: not UTF-8", self.name)))
    }
}

/// The parts of the request's form, in their order.
pub(crate) fn parts(call: &Call<'_>) -> Result<Vec<Part>, Refusal> {
    require(call.media_type() == "multipart/form-data", || {
        format!("content-type: {}, expected multipart/form-data", call.media_type())
    })?;
    let boundary = call.header(header::CONTENT_TYPE.as_str()).and_then(boundary);
    let boundary = boundary.ok_or_else(|| Refusal::parameter("content-type: no boundary"))?;
    split(call.body, boundary)
        .and_then(|parts| parts.iter().map(read).collect())
        .ok_or_else(|| Refusal::parameter("body: not well-formed multipart/form-data"))
}

fn boundary(content_type: &str) -> Option<&str> {
    let mut parameters = content_type.split(';').skip(1);
    let value = parameters.find_map(|parameter| parameter.trim().strip_prefix("boundary="))?;
    Some(value.trim_matches('"')).filter(|value| !value.is_empty())
}

/// What stands between `--boundary` lines, up to the closing `--boundary--`.
fn split(body: &Bytes, boundary: &str) -> Option<Vec<Bytes>> {
    let opening = format!("--{boundary}");
    let between = format!("\r\n{opening}");
    let finder = memmem::Finder::new(&between);
    let mut rest = body.slice_ref(body.strip_prefix(opening.as_bytes())?);
    let mut parts = Vec::new();
    while !rest.starts_with(b"--") {
        let part = rest.slice_ref(rest.strip_prefix(b"\r\n")?);
        let end = finder.find(&part)?;
        parts.push(part.slice(..end));
        rest = part.slice(end + between.len()..);
    }
    matches!(&rest[2..], b"" | b"\r\n").then_some(parts)
}

fn read(part: &Bytes) -> Option<Part> {
    let end = memmem::find(part, b"\r\n\r\n")?;
    let head = std::str::from_utf8(&part[..end]).ok()?;
    let header = |wanted: &str| {
        head.lines()
            .filter_map(|line| line.split_once(':'))
            .find_map(|(name, value)| name.eq_ignore_ascii_case(wanted).then(|| value.trim().to_owned()))
    };
    let disposition = header("content-disposition")?;
    let after = |name: &str| disposition.split_once(&format!("; {name}=\"")).map(|(_, after)| after);
    disposition.starts_with("form-data;").then_some(Part {
        name: after("name")?.split_once('"')?.0.to_owned(),
        // It stands last, and has quotes in it that some clients escape by a backslash.
        filename: after("filename").and_then(|after| after.rsplit_once('"')).map(|(name, _)| name.to_owned()),
        content_type: header("content-type"),
        value: part.slice(end + 4..),
    })
}

#[cfg(test)]
mod tests {
    use super::split;
    use bytes::Bytes;

    #[test]
    fn splitting_needs_every_delimiter() {
        let split = |body: &'static str| split(&Bytes::from_static(body.as_bytes()), "b").map(|p| p.len());
        assert_eq!(split("--b\r\nx\r\n--b\r\ny\r\n--b--\r\n"), Some(2));
        assert_eq!(split("--b--"), Some(0));
        assert_eq!(split("--b\r\nx\r\n--b\r\ny"), None);
        assert_eq!(split("--b\r\nx\r\n--b--junk"), None);
        assert_eq!(split("x\r\n--b--"), None);
        assert_eq!(split(""), None);
    }
}
