//! The parts of an upload's form, one by one.

use bytes::Bytes;

use crate::json::is_digits;
use crate::multipart::Part;
use crate::refusal::{Refusal, require};
use crate::rules::{self, Rule};
use crate::session::Session;
use crate::state::MediaKind;

/// Each client writes them in an order of its own, openwechat in another one each time; all write the bytes last.
const NEEDED: [&str; 9] = [
    "name",
    "type",
    "lastModifiedDate",
    "size",
    "mediatype",
    "uploadmediarequest",
    "webwx_data_ticket",
    "pass_ticket",
    "filename",
];
const OPTIONAL: [&str; 3] = ["id", "chunks", "chunk"];

/// A form whose parts are all there, in a known form, and agree with each other.
pub(super) struct Form {
    pub(super) size: u64,
    /// How many chunks the file has: 1 where the form does not say.
    pub(super) chunks: u64,
    /// 0-based.
    pub(super) chunk: u64,
    pub(super) kind: MediaKind,
    /// Whether it has the part `id`.
    pub(super) has_id: bool,
    pub(super) request: String,
    pub(super) bytes: Bytes,
}

impl Form {
    pub(super) fn read(parts: Vec<Part>, chunk_size: u64, session: &Session) -> Result<Self, Refusal> {
        check_names(&parts)?;
        let parts = Parts(parts, session);
        parts.check("id", &rules::ID)?;
        parts.check("lastModifiedDate", &rules::LAST_MODIFIED)?;
        parts.filled("name")?;
        parts.check_type()?;
        let kind = parts.kind()?;
        let size = parts.number("size")?;
        require(size > 0, || "size: 0".into())?;
        let (chunks, chunk) = parts.chunk()?;
        let bytes = parts.bytes()?;
        check_length(bytes.len() as u64, size, chunks, chunk, chunk_size)?;
        session.check_data_ticket(Some(parts.text("webwx_data_ticket")?))?;
        session.check_pass_ticket(&rules::PASS_TICKET, Some(parts.text("pass_ticket")?))?;
        let (has_id, request) = (parts.get("id").is_some(), parts.filled("uploadmediarequest")?.to_owned());
        Ok(Self { size, chunks, chunk, kind, has_id, request, bytes })
    }
}

/// Every part that is needed, and beside them nothing unknown, none twice, the bytes last.
fn check_names(parts: &[Part]) -> Result<(), Refusal> {
    let names: Vec<&str> = parts.iter().map(|part| part.name.as_str()).collect();
    for name in NEEDED {
        require(names.contains(&name), || format!("{name}: missing"))?;
    }
    for (place, name) in names.iter().enumerate() {
        require(NEEDED.contains(name) || OPTIONAL.contains(name), || format!("{name}: an unknown part"))?;
        require(!names[..place].contains(name), || format!("{name}: given twice"))?;
    }
    require(names.last() == Some(&"filename"), || "filename: not the last part".into())
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
struct Parts<'s>(Vec<Part>, &'s Session);

impl Parts<'_> {
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

    fn check(&self, name: &str, rule: &Rule) -> Result<(), Refusal> {
        let text = if self.get(name).is_some() { Some(self.text(name)?) } else { None };
        rule.check(name, text, self.1)
    }

    fn check_type(&self) -> Result<(), Refusal> {
        let kind = self.text("type")?;
        require(kind.split_once('/').is_some_and(|(left, right)| !left.is_empty() && !right.is_empty()), || {
            format!("type: {kind:?} is no MIME type")
        })
    }

    /// As the client chose, whatever `type` says: any file may go as a document.
    fn kind(&self) -> Result<MediaKind, Refusal> {
        self.check("mediatype", &rules::MEDIATYPE)?;
        Ok(match self.text("mediatype")? {
            "pic" => MediaKind::Pic,
            "video" => MediaKind::Video,
            _ => MediaKind::Doc,
        })
    }

    /// `chunks` and `chunk` stand there only when there is more than one chunk, and then always.
    fn chunk(&self) -> Result<(u64, u64), Refusal> {
        if self.get("chunks").is_none() && self.get("chunk").is_none() {
            return Ok((1, 0));
        }
        let chunks = self.number("chunks")?;
        require(chunks > 1, || format!("chunks: {chunks}, but a single chunk goes without"))?;
        let chunk = self.number("chunk")?;
        require(chunk < chunks, || format!("chunk: {chunk} of {chunks}; it counts from 0"))?;
        Ok((chunks, chunk))
    }

    /// The bytes, under any name and type.
    fn bytes(&self) -> Result<Bytes, Refusal> {
        let part = self.get("filename").filter(|part| part.filename.is_some());
        part.map(|part| part.value.clone()).ok_or_else(|| Refusal::parameter("filename: a text, expected a file"))
    }
}
