//! The parts of an upload's form, one by one.

use bytes::Bytes;

use crate::json::is_digits;
use crate::multipart::Part;
use crate::refusal::{Refusal, require};
use crate::wire::Wire;

/// A form whose parts are all there, in order and in form, and agree with each other.
pub(super) struct Form {
    pub(super) wire: Wire,
    pub(super) size: u64,
    /// How many chunks the file has: 1 where the form does not say.
    pub(super) chunks: u64,
    /// 0-based.
    pub(super) chunk: u64,
    pub(super) mediatype: String,
    pub(super) request: String,
    pub(super) data_ticket: String,
    pub(super) pass_ticket: String,
    pub(super) bytes: Bytes,
}

impl Form {
    pub(super) fn read(parts: Vec<Part>, chunk_size: u64) -> Result<Self, Refusal> {
        let wire = check_order(&parts)?;
        let parts = Parts(parts);
        parts.check_id()?;
        wire.check_date(parts.text("lastModifiedDate")?)?;
        let name = parts.filled("name")?;
        let mediatype = parts.check_mediatype()?;
        let size = parts.number("size")?;
        require(size > 0, || "size: 0".into())?;
        let (chunks, chunk) = parts.check_chunk()?;
        let bytes = parts.check_file(name)?;
        check_length(bytes.len() as u64, size, chunks, chunk, chunk_size)?;
        Ok(Self {
            wire,
            size,
            chunks,
            chunk,
            mediatype,
            request: parts.filled("uploadmediarequest")?.to_owned(),
            data_ticket: parts.text("webwx_data_ticket")?.to_owned(),
            pass_ticket: parts.text("pass_ticket")?.to_owned(),
            bytes,
        })
    }
}

fn check_order(parts: &[Part]) -> Result<Wire, Refusal> {
    let found: Vec<&str> = parts.iter().map(|part| part.name.as_str()).collect();
    let chunked = found.iter().any(|name| matches!(*name, "chunks" | "chunk"));
    let wire = Wire::of_form(&found, chunked);
    let expected = wire.parts(chunked);
    require(found == expected, || format!("parts: are {}, expected {}", found.join(" "), expected.join(" ")))?;
    Ok(wire)
}

/// All chunks of a file are equally long, but for the last, which has the rest; none is longer than `largest`.
fn check_length(length: u64, size: u64, chunks: u64, chunk: u64, largest: u64) -> Result<(), Refusal> {
    require(length > 0 && length <= largest, || format!("filename: {length} bytes, at most {largest} go in a chunk"))?;
    if chunk + 1 < chunks {
        let fitting = size.div_ceil(length);
        return require(chunks == fitting, || {
            format!("chunks: {chunks}, but {size} bytes in chunks of {length} are {fitting}")
        });
    }
    let before = size.checked_sub(length).filter(|before| (chunks == 1) == (*before == 0));
    let fits = before.is_some_and(|before| {
        chunks == 1 || (before % (chunks - 1) == 0 && (length..=largest).contains(&(before / (chunks - 1))))
    });
    require(fits, || {
        format!("filename: {length} bytes, which is not what {chunks} chunks of {size} bytes leave for the last")
    })
}

/// Parts whose names have been checked.
struct Parts(Vec<Part>);

impl Parts {
    fn get(&self, name: &str) -> Option<&Part> {
        self.0.iter().find(|part| part.name == name)
    }

    fn text(&self, name: &str) -> Result<&str, Refusal> {
        let part = self.get(name).ok_or_else(|| Refusal::parameter(format!("{name}: missing")))?;
        require(part.filename.is_none(), || format!("{name}: a file, expected a text"))?;
        part.text()
    }

    fn filled(&self, name: &str) -> Result<&str, Refusal> {
        let text = self.text(name)?;
        require(!text.is_empty(), || format!("{name}: empty"))?;
        Ok(text)
    }

    fn number(&self, name: &str) -> Result<u64, Refusal> {
        let text = self.text(name)?;
        let number = text.parse().ok().filter(|_| is_digits(text));
        number.ok_or_else(|| Refusal::parameter(format!("{name}: {text:?} is not a number")))
    }

    fn check_id(&self) -> Result<(), Refusal> {
        if self.get("id").is_none() {
            return Ok(());
        }
        let id = self.text("id")?;
        require(id.strip_prefix("WU_FILE_").is_some_and(is_digits), || {
            format!("id: {id:?}, expected WU_FILE_ and a number")
        })
    }

    /// `mediatype` follows from `type`.
    fn check_mediatype(&self) -> Result<String, Refusal> {
        let kind = self.text("type")?;
        require(kind.split_once('/').is_some_and(|(left, right)| !left.is_empty() && !right.is_empty()), || {
            format!("type: {kind:?} is no MIME type")
        })?;
        let expected = match kind {
            "image/jpeg" | "image/jpg" | "image/png" | "image/bmp" | "image/x-ms-bmp" => "pic",
            "video/mp4" => "video",
            _ => "doc",
        };
        let found = self.text("mediatype")?;
        require(found == expected, || format!("mediatype: {found:?}, expected {expected} for {kind}"))?;
        Ok(found.to_owned())
    }

    /// `chunks` and `chunk` stand there only when there is more than one chunk, and then always.
    fn check_chunk(&self) -> Result<(u64, u64), Refusal> {
        if self.get("chunks").is_none() {
            return Ok((1, 0));
        }
        let chunks = self.number("chunks")?;
        require(chunks > 1, || format!("chunks: {chunks}, but a single chunk goes without"))?;
        let chunk = self.number("chunk")?;
        require(chunk < chunks, || format!("chunk: {chunk} of {chunks}; it counts from 0"))?;
        Ok((chunks, chunk))
    }

    /// The bytes, under the file name that `name` gives; a form writes quotes and line ends of it as `%22`,
    /// `%0D` and `%0A`.
    fn check_file(&self, name: &str) -> Result<Bytes, Refusal> {
        let part = self.get("filename").ok_or_else(|| Refusal::parameter("filename: missing"))?;
        let found = part.filename.as_deref();
        let found = found.ok_or_else(|| Refusal::parameter("filename: a text, expected a file"))?;
        let expected = name.replace('"', "%22").replace('\r', "%0D").replace('\n', "%0A");
        require(found == expected, || format!("filename: {found:?}, but name is {name:?}"))?;
        Ok(part.value.clone())
    }
}
