//! The machine: it says which bytes of a file it wants, and is given them.

use super::formats::{self, Format};
use super::reader::{Found, Reader};
use super::{ImageInfo, refusal};
use crate::error::{Error, ErrorKind, Place, Result};
use crate::prelude::*;

/// Bytes that are asked for at once, at most.
const READ: u32 = 16 * 1024;
/// No number is longer.
pub(super) const LEAST_READ: u32 = 8;
/// Reads of a whole file, at most: 16 MiB. No more than that can stand before a JPEG's frame.
const MOST_READS: u32 = 1024;
/// For so many a read counts once the size is known: at most 64 more, or 1 MiB, go into the rest.
const READ_FOR_THE_REST: u32 = 16;
/// Reads that one record of a file may take, at most: 1 MiB, and no more is kept.
const MOST_PARTS: usize = 64;
/// No file is read behind this position.
pub(super) const MOST_BYTES: u32 = i32::MAX.cast_unsigned();

/// What to do next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action<T = ImageInfo> {
    /// Read these bytes, and give them to `handle`.
    Read {
        /// Where they begin.
        offset: u32,
        /// How many; at least one, and all of them lie in the file.
        length: u32,
    },
    /// It is over.
    Done(Result<T>),
}

/// One file being inspected, by as few bytes as it takes: at most 1 024 reads of 16 KiB and, once its size is known, at most 64. No more
/// than 1 MiB is kept.
pub struct Inspection {
    place: Place,
    size: u64,
    reader: Reader,
    /// Known once the first bytes are.
    format: Option<Format>,
    /// The record that is read.
    at: u32,
    /// The bytes that were asked for: where they begin, and how many.
    wanted: (u32, u32),
    reads: u32,
    at_once: u32,
}

impl Inspection {
    /// Of a file of `size` bytes. Errors will name `place`.
    pub fn new(place: Place, size: u64) -> Self {
        let end = u32::try_from(size).unwrap_or(MOST_BYTES).min(MOST_BYTES);
        Self { place, size, reader: Reader::new(end), format: None, at: 0, wanted: (0, 0), reads: 0, at_once: READ }
    }

    /// Asks for so many bytes at once, at most; 16 384 if this is not called.
    #[must_use]
    pub fn reading(mut self, at_once: u32) -> Self {
        self.at_once = at_once.max(LEAST_READ);
        self
    }

    /// What to do now. Asked again after each [`Action::Read`] was handled.
    pub fn next_action(&mut self) -> Action {
        if self.size == 0 {
            let error = Error::transient(ErrorKind::EmptyImage, self.place, "expected an image, got 0 bytes");
            return Action::Done(Err(error));
        }
        loop {
            let before = self.reader.found;
            let (format, next) = if let Some(format) = self.format {
                (Some(format), (format.walk)(&mut self.reader, self.at))
            } else {
                let format = formats::format(&mut self.reader);
                (format, format.map(|format| format.start))
            };
            let is_out_of_reach = match self.reader.missing.take() {
                Some(offset) => {
                    self.reader.found = before;
                    self.reader.is_cut = false;
                    if self.reads < MOST_READS && self.reader.parts.len() < MOST_PARTS {
                        let length = self.at_once.min(self.reader.end - offset);
                        self.wanted = (offset, length);
                        return Action::Read { offset, length };
                    }
                    true
                }
                None => false,
            };
            if self.reader.is_cut {
                self.reader.found = before;
            }
            self.format = format;
            match next {
                Some(next) if !is_out_of_reach && !self.reader.is_cut => {
                    self.at = next;
                    self.reader.keep(next);
                }
                _ => return Action::Done(self.outcome(is_out_of_reach || self.size > u64::from(MOST_BYTES))),
            }
        }
    }

    /// The bytes that were asked for. Fewer mean that the file ends there.
    pub fn handle(&mut self, bytes: Vec<u8>) {
        let (start, length) = self.wanted;
        if let Ok(came) = u32::try_from(bytes.len())
            && came < length
        {
            self.reader.end = start + came;
        }
        self.reads += if self.reader.found.width == 0 { 1 } else { READ_FOR_THE_REST };
        self.reader.parts.push((start, bytes));
    }

    pub(super) fn knows_its_format(&self) -> bool {
        self.format.is_some()
    }

    fn outcome(&mut self, is_out_of_reach: bool) -> Result<ImageInfo> {
        let Some(Format { mime, .. }) = self.format else {
            let first = self.reader.parts.first().map_or(&[][..], |(_, bytes)| bytes);
            return Err(refusal::no_image(self.place, first));
        };
        let Found { width, height, orientation, has_alpha, is_animated, is_picture, .. } = self.reader.found;
        let sides = if orientation < 4 { (width, height) } else { (height, width) };
        let is_side = |side| (1..=i32::MAX.cast_unsigned()).contains(&side);
        let sides = Some(sides).filter(|&(width, height)| is_side(width) && is_side(height));
        if sides.is_none() && !is_picture && !is_out_of_reach {
            return Err(refusal::broken(self.place, mime));
        }
        let or_no = |fact: Option<bool>| fact.or_else(|| (!is_out_of_reach).then_some(false));
        Ok(ImageInfo {
            mime,
            extension: if mime == "image/jpeg" { "jpg" } else { mime.split_at("image/".len()).1 },
            width: sides.map(|(width, _)| width),
            height: sides.map(|(_, height)| height),
            orientation: orientation + 1,
            has_alpha: or_no(has_alpha),
            is_animated: or_no(is_animated),
            size: self.size,
            warnings: if sides.is_none() { vec!["width and height were not found".to_owned()] } else { vec![] },
        })
    }
}
