//! Parts of a file, read as numbers wherever they stand.

use crate::prelude::*;

/// Lengths and positions beyond this are cut to it: behind the end of any file that is read, and far from where a sum of a
/// position and a length overflows 32 bits.
pub(super) const FAR: u32 = 0x7fff_0000;

/// What was found in a file so far.
#[derive(Clone, Copy, Default)]
pub(super) struct Found {
    /// Pixels as stored; 0 until they are found.
    pub(super) width: u32,
    /// Pixels as stored, likewise.
    pub(super) height: u32,
    /// EXIF's orientation less 1: from 4 on, the sides are swapped when the picture is shown.
    pub(super) orientation: u32,
    /// `None` until it is known.
    pub(super) has_alpha: Option<bool>,
    /// `None` until it is known.
    pub(super) is_animated: Option<bool>,
    /// The file holds a picture, though its sides may not be found.
    pub(super) is_picture: bool,
    /// Whether EXIF has a directory of GPS.
    pub(super) has_location: bool,
    /// Frames or directories seen.
    pub(super) count: u32,
    /// What the next record is, in formats whose records do not say it themselves.
    pub(super) is_inside: bool,
}

/// The parts of a file that are at hand.
///
/// A format reads what it needs without looking back: a number that is not at hand is 0, and it is noted where it stands. Only at
/// the end of a record it is asked whether all of it was there. So every loop has to end at [`Reader::is_stuck`].
pub(super) struct Reader {
    /// Where each part begins, and its bytes.
    pub(super) parts: Vec<(u32, Vec<u8>)>,
    /// Bytes of the file, or of the segment that is read.
    pub(super) end: u32,
    pub(super) is_little_endian: bool,
    /// The first number that was wanted and is in the file, but not in the parts.
    pub(super) missing: Option<u32>,
    /// Whether a number was wanted that is behind the end.
    pub(super) is_cut: bool,
    pub(super) found: Found,
}

impl Reader {
    /// Of a file of so many bytes, of which none is at hand.
    pub(super) fn new(end: u32) -> Self {
        Self { parts: Vec::new(), end, is_little_endian: false, missing: None, is_cut: false, found: Found::default() }
    }

    pub(super) fn is_stuck(&self) -> bool {
        self.is_cut || self.missing.is_some()
    }

    /// The number in so many bytes, at most four of them.
    pub(super) fn number(&mut self, at: u32, length: u32) -> u32 {
        if self.end < length || at > self.end - length {
            self.is_cut = true;
            return 0;
        }
        for (start, part) in &self.parts {
            let bytes = at.checked_sub(*start).and_then(|at| part.get(at as usize..)?.get(..length as usize));
            let Some(bytes) = bytes else { continue };
            let mut number = 0;
            for (place, &byte) in (0..).zip(bytes) {
                let higher = if self.is_little_endian { place } else { length - 1 - place };
                number |= u32::from(byte) << (8 * higher);
            }
            return number;
        }
        self.missing.get_or_insert(at);
        0
    }

    /// Where the next marker stands that ends a JPEG's pixels, and that one was found; or how far there is none in the bytes at hand.
    pub(super) fn marker(&mut self, at: u32) -> (u32, bool) {
        let mut behind = self.parts.iter().filter_map(|(start, part)| part.get(at.checked_sub(*start)? as usize..));
        let Some(bytes) = behind.find(|bytes| bytes.len() > 1 || (bytes.len() == 1 && at + 1 == self.end)) else {
            self.missing.get_or_insert(at);
            return (at, false);
        };
        // Within pixels, 0xff is followed by 0, and restarts are marked, after any number of fill bytes.
        let is_end = |pair: &[u8]| pair[0] == 0xff && !matches!(pair[1], 0 | 0xd0..=0xd7 | 0xff);
        match (0..).zip(bytes.windows(2)).find(|(_, pair)| is_end(pair)) {
            Some((offset, _)) => (at + offset, true),
            // The last byte may be the first of a marker.
            None => (at + u32::try_from(bytes.len() - 1).map_or(1, |last| last.max(1)), false),
        }
    }

    /// A length or a position, in at most eight bytes.
    pub(super) fn length(&mut self, at: u32, length: u32) -> u32 {
        if length < 8 {
            return self.number(at, length).min(FAR);
        }
        let (first, second) = (self.number(at, 4), self.number(at + 4, 4));
        let (high, low) = if self.is_little_endian { (second, first) } else { (first, second) };
        if high > 0 { FAR } else { low.min(FAR) }
    }

    /// Gives up the parts that end before this position.
    pub(super) fn keep(&mut self, at: u32) {
        self.parts.retain(|(start, part)| (at.saturating_sub(*start) as usize) < part.len());
    }

    /// The width, and behind it the height.
    pub(super) fn sides(&mut self, at: u32, length: u32) {
        self.found.width = self.number(at, length);
        self.found.height = self.number(at + length, length);
    }

    /// Reads something that ends at `end`, and whose errors are no errors of the file.
    pub(super) fn within(&mut self, end: u32, read: impl FnOnce(&mut Self)) {
        let (whole, is_little_endian) = (self.end, self.is_little_endian);
        self.end = whole.min(end);
        read(self);
        self.is_cut = false;
        (self.end, self.is_little_endian) = (whole, is_little_endian);
    }
}

impl Found {
    /// A quarter turn.
    pub(super) fn swap_sides(&mut self) {
        core::mem::swap(&mut self.width, &mut self.height);
    }
}

/// Four letters as a big-endian number.
pub(super) const fn word(letters: [u8; 4]) -> u32 {
    u32::from_be_bytes(letters)
}
