//! A message as one flat list of numbers, for a reader on the other side of a boundary that has the content already: a string that stands
//! in the content crosses as two offsets.
//!
//! | kind | words, in this order |
//! |---|---|
//! | all | the kind (0 image, 1 emoji, 2 opaque, 3 other, 4 text), sender, content |
//! | image | md5, aesKey, encryVer; thumbnail, normal and hd as variants |
//! | emoji | md5, length, width, height, cdnUrl |
//! | other | element |
//! | all | the warnings; of an image and an emoji, names and values of the attributes |
//!
//! A string is two words: where it begins and ends in the text, in UTF-16 units; the first is [`NONE`] for none, and has [`BESIDE`] set where
//! the string is in the text beside. A number is two words, low and high; the second is [`NONE`] for none. A variant is 1 and its
//! `cdnUrl`, `aesKey`, `length`, `width` and `height`, or 0. A list is its length and its members.

use alloc::borrow::Cow;

use super::{Kind, Message, Variant, read};
use crate::error::Result;
use crate::prelude::*;

/// No string, no number.
pub const NONE: u32 = u32::MAX;
/// Set in the beginning of a string that is in [`Tape::beside`].
pub const BESIDE: u32 = 1 << 31;

/// Bytes from one entry of an index of UTF-16 offsets to the next.
const STRIDE: usize = 64;

/// A message, written down.
#[derive(Debug)]
pub struct Tape {
    /// See above.
    pub words: Vec<u32>,
    /// The text that the offsets are of, where it is not the content itself.
    pub text: Option<String>,
    /// The strings that are not in it, one behind the other.
    pub beside: String,
}

/// Reads a content as [`Message::parse`] does, and writes the message down.
pub fn tape(content: &str) -> Result<Tape> {
    read(content, |message, is_part| {
        let text = if is_part { content } else { &*message.content };
        let mut writer = Writer::new(text);
        writer.message(&message);
        let text = (!is_part).then(|| message.content.clone().into_owned());
        Tape { words: writer.words, text, beside: writer.beside }
    })
}

struct Writer<'t> {
    text: &'t str,
    /// The UTF-16 offset of every 64th byte; empty where the text is ASCII, and both are the same.
    units: Vec<u32>,
    words: Vec<u32>,
    beside: String,
    /// UTF-16 units in it.
    beside_units: u32,
}

impl<'t> Writer<'t> {
    fn new(text: &'t str) -> Self {
        let mut units = Vec::new();
        if !text.is_ascii() {
            let mut sum = 0;
            for bytes in text.as_bytes().chunks(STRIDE) {
                units.push(sum);
                sum += utf16_units(bytes);
            }
            units.push(sum);
        }
        Self { text, units, words: Vec::with_capacity(256), beside: String::new(), beside_units: 0 }
    }

    fn message(&mut self, message: &Message<Cow<'_, str>>) {
        self.words.push(match &message.kind {
            Kind::Image(_) => 0,
            Kind::Emoji(_) => 1,
            Kind::Opaque => 2,
            Kind::Other { .. } => 3,
            Kind::Text => 4,
        });
        self.maybe(message.sender.as_ref());
        self.string(&message.content);
        let attributes = match &message.kind {
            Kind::Image(image) => {
                self.maybe(image.md5.as_ref());
                self.maybe(image.aes_key.as_ref());
                self.number(image.encry_ver);
                self.variant(image.thumbnail.as_ref());
                self.variant(image.normal.as_ref());
                self.variant(image.hd.as_ref());
                Some(&image.attributes)
            }
            Kind::Emoji(emoji) => {
                self.maybe(emoji.md5.as_ref());
                self.number(emoji.length);
                self.number(emoji.width);
                self.number(emoji.height);
                self.maybe(emoji.cdn_url.as_ref());
                Some(&emoji.attributes)
            }
            Kind::Other { element } => {
                self.string(element);
                None
            }
            Kind::Opaque | Kind::Text => None,
        };
        self.length(message.warnings.len());
        message.warnings.iter().for_each(|warning| self.string(warning));
        let Some(attributes) = attributes else { return };
        self.length(attributes.len());
        for (key, value) in attributes {
            self.string(key);
            self.string(value);
        }
    }

    fn variant(&mut self, variant: Option<&Variant<Cow<'_, str>>>) {
        self.words.push(variant.is_some().into());
        let Some(variant) = variant else { return };
        self.maybe(variant.cdn_url.as_ref());
        self.maybe(variant.aes_key.as_ref());
        self.number(variant.length);
        self.number(variant.width);
        self.number(variant.height);
    }

    fn maybe(&mut self, text: Option<&Cow<'_, str>>) {
        match text {
            Some(text) => self.string(text),
            None => self.words.extend([NONE, 0]),
        }
    }

    /// A part of the text crosses as its place in it; everything else is put beside it.
    fn string(&mut self, part: &str) {
        let start = part.as_ptr().addr().wrapping_sub(self.text.as_ptr().addr());
        if self.text.get(start..start.wrapping_add(part.len())).is_some_and(|found| found == part) {
            let ends = [start, start + part.len()].map(|at| self.unit(at));
            self.words.extend(ends);
        } else {
            let begin = self.beside_units;
            self.beside.push_str(part);
            self.beside_units += utf16_units(part.as_bytes());
            self.words.extend([begin | BESIDE, self.beside_units]);
        }
    }

    /// The UTF-16 offset of a byte of the text.
    fn unit(&self, at: usize) -> u32 {
        match self.units.get(at / STRIDE) {
            Some(units) => units + utf16_units(&self.text.as_bytes()[at / STRIDE * STRIDE..at]),
            None => word(at),
        }
    }

    #[allow(clippy::cast_possible_truncation)]
    fn number(&mut self, number: Option<u64>) {
        match number {
            Some(number) => self.words.extend([number as u32, (number >> 32) as u32]),
            None => self.words.extend([0, NONE]),
        }
    }

    fn length(&mut self, length: usize) {
        self.words.push(word(length));
    }
}

/// No content is longer than 1 MiB.
fn word(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(NONE)
}

/// UTF-16 units of the characters that begin in these bytes.
fn utf16_units(bytes: &[u8]) -> u32 {
    bytes.iter().map(|byte| u32::from(byte & 0xc0 != 0x80) + u32::from(*byte >= 0xf0)).sum()
}
