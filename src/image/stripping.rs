//! The machine that takes metadata out of a file: record by record it says what stays, and no pixel is decoded.

use core::ops::Range;

use serde::Serialize;

use super::ImageInfo;
use super::inspection::{Action, LEAST_READ, MOST_BYTES};
use super::reader::Reader;
use super::records::{self, Fate, Metadata, Record, Sort, VP8X_FLAGS, VP8X_HAS_EXIF};
use crate::error::{Error, Place, Result};
use crate::prelude::*;

/// Bytes that are asked for at once.
const READ: u32 = 64 * 1024;
/// Pieces that the result has, at most: each is a Blob of its own for the platform.
const MOST_PARTS: usize = 65_536;

/// A piece of the file without its metadata.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// These bytes of the file.
    Kept(Range<u32>),
    /// These bytes.
    Made(Vec<u8>),
}

/// What was taken out, of one kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Removed {
    /// What it was.
    pub kind: Metadata,
    /// Bytes that the file has less.
    pub bytes: u32,
}

/// A file without its metadata.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stripped {
    /// The new file, piece by piece.
    pub parts: Vec<Part>,
    /// What was taken out, each kind once, in the order of the file.
    pub removed: Vec<Removed>,
    /// Whether the EXIF that was taken out has a directory of GPS.
    pub had_location: bool,
}

/// One file being stripped: asked what to do, and given what it asked for, as [`Inspection`](super::Inspection) is.
pub struct Stripping {
    place: Place,
    reader: Reader,
    mime: &'static str,
    sort: Sort,
    /// The record that is read, and what became of the one before.
    at: u32,
    fate: Fate,
    is_over: bool,
    size: u32,
    at_once: u32,
    wanted: (u32, u32),
    parts: Vec<Part>,
    removed: Vec<Removed>,
    /// The part that says the orientation, if there was EXIF.
    exif: Option<usize>,
    /// A WebP's part with the flags.
    flags: Option<usize>,
}

impl Stripping {
    /// Of a file that was inspected. Errors will name `place`.
    pub fn new(place: Place, info: &ImageInfo) -> Result<Self> {
        let sort = records::sort_of(info.mime).ok_or_else(|| {
            let detail = format!("{place}: expected JPEG, PNG, GIF, WebP or BMP, got {}", info.mime);
            Error::invalid_input(detail)
        })?;
        let size = u32::try_from(info.size).ok().filter(|&size| size <= MOST_BYTES);
        let size = size.ok_or_else(|| Error::invalid_input(format!("{place}: expected at most {MOST_BYTES} bytes")))?;
        Ok(Self {
            place,
            reader: Reader::new(size),
            mime: info.mime,
            sort,
            at: 0,
            fate: Fate::Keep,
            is_over: false,
            size,
            at_once: READ,
            wanted: (0, 0),
            parts: Vec::new(),
            removed: Vec::new(),
            exif: None,
            flags: None,
        })
    }

    /// Asks for so many bytes at once, at most; 65 536 if this is not called.
    #[must_use]
    pub fn reading(mut self, at_once: u32) -> Self {
        self.at_once = at_once.max(LEAST_READ);
        self
    }

    /// What to do now. Asked again after each [`Action::Read`] was handled.
    pub fn next_action(&mut self) -> Action<Stripped> {
        while self.at < self.reader.end && !self.is_over {
            let before = self.reader.found;
            let record = (self.sort)(&mut self.reader, self.at, self.fate);
            if let Some(offset) = self.reader.missing.take() {
                self.reader.found = before;
                self.reader.is_cut = false;
                let length = self.at_once.min(self.reader.end - offset);
                self.wanted = (offset, length);
                return Action::Read { offset, length };
            }
            let record = if self.reader.is_cut {
                // The file ends within a record's head: nothing is told by these few bytes.
                self.reader.found = before;
                Record::last(self.reader.end)
            } else {
                record
            };
            if let Err(error) = self.take(record) {
                return Action::Done(Err(error));
            }
        }
        if self.at < self.size {
            self.remove(Metadata::Trailer, self.size - self.at);
            self.at = self.size;
        }
        Action::Done(Ok(self.outcome()))
    }

    /// The bytes that were asked for. Fewer mean that the file ends there.
    pub fn handle(&mut self, bytes: Vec<u8>) {
        let (start, length) = self.wanted;
        if let Ok(came) = u32::try_from(bytes.len())
            && came < length
        {
            self.reader.end = start + came;
            self.size = self.reader.end;
        }
        self.reader.parts.push((start, bytes));
    }

    fn take(&mut self, record: Record) -> Result<()> {
        let Record { next, fate, made, is_last } = record;
        let next = next.min(self.reader.end);
        let length = next - self.at;
        match fate {
            Fate::Keep => match self.parts.last_mut() {
                Some(Part::Kept(range)) if range.end == self.at => range.end = next,
                _ => self.parts.push(Part::Kept(self.at..next)),
            },
            Fate::Remove(kind) => self.remove(kind, length.saturating_sub(u32::try_from(made.len()).unwrap_or(0))),
            Fate::Exif => {
                self.remove(Metadata::Exif, length);
                if self.exif.is_none() {
                    self.exif = Some(self.parts.len());
                    self.parts.push(Part::Made(Vec::new()));
                }
            }
            Fate::Rewrite => self.flags = Some(self.parts.len()),
        }
        if !made.is_empty() {
            self.parts.push(Part::Made(made));
        }
        if self.parts.len() > MOST_PARTS {
            return Err(Error::invalid_input(format!("{}: the file has too many pieces", self.place)));
        }
        (self.at, self.fate, self.is_over) = (next, fate, is_last);
        self.reader.keep(next);
        Ok(())
    }

    fn remove(&mut self, kind: Metadata, bytes: u32) {
        match self.removed.iter_mut().find(|removed| removed.kind == kind) {
            Some(removed) => removed.bytes += bytes,
            None => self.removed.push(Removed { kind, bytes }),
        }
    }

    /// The orientation and the lengths are known only now.
    fn outcome(&mut self) -> Stripped {
        let mut parts = core::mem::take(&mut self.parts);
        let orientation = self.reader.found.orientation;
        if let Some(at) = self.exif
            && orientation > 0
        {
            let made = smallest_exif(self.mime, orientation.to_le_bytes()[0] + 1);
            if let Some(exif) = self.removed.iter_mut().find(|removed| removed.kind == Metadata::Exif) {
                exif.bytes = exif.bytes.saturating_sub(u32::try_from(made.len()).unwrap_or(0));
            }
            parts[at] = Part::Made(made);
            if let Some(Part::Made(head)) = self.flags.map(|at| &mut parts[at]) {
                head[VP8X_FLAGS] |= VP8X_HAS_EXIF;
            }
        }
        if self.mime == "image/webp" {
            let length = parts.iter().map(Part::length).sum::<u32>();
            if let Some(Part::Made(head)) = parts.first_mut() {
                head[4..8].copy_from_slice(&length.saturating_sub(8).to_le_bytes());
            }
        }
        parts.retain(|part| part.length() > 0);
        self.removed.retain(|removed| removed.bytes > 0);
        Stripped { parts, removed: core::mem::take(&mut self.removed), had_location: self.reader.found.has_location }
    }
}

impl Part {
    /// Bytes.
    pub fn length(&self) -> u32 {
        match self {
            Self::Kept(range) => range.end - range.start,
            Self::Made(bytes) => u32::try_from(bytes.len()).unwrap_or_default(),
        }
    }
}

/// The record of a format that says an orientation and nothing else.
fn smallest_exif(mime: &str, orientation: u8) -> Vec<u8> {
    // The header; one entry, tag 274, a short; and no further directory.
    let mut tiff = *b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\0\0\0\0\0\0\0";
    tiff[19] = orientation;
    match mime {
        "image/jpeg" => [&b"\xff\xe1\0\x22Exif\0\0"[..], &tiff].concat(),
        "image/png" => {
            let chunk = [&b"eXIf"[..], &tiff].concat();
            let check = crc32(&chunk).to_be_bytes();
            [&[0, 0, 0, 26][..], &chunk, &check].concat()
        }
        _ => [&b"EXIF\x1a\0\0\0"[..], &tiff].concat(),
    }
}

/// The check that ends a PNG's chunk.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0, |crc, &byte| {
        (0..8).fold(crc ^ u32::from(byte), |crc, _| (crc >> 1) ^ if crc & 1 == 1 { 0xedb8_8320 } else { 0 })
    })
}
