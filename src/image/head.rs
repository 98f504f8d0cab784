//! The first bytes of a file, read as numbers.

/// The first bytes of a file, and what was found in them.
///
/// A number that stands behind the last byte is 0, and it is noted that the head is too short for it: a format reads what it
/// needs without looking back, and only at the end it is asked whether all of it was there.
pub(super) struct Head<'a> {
    bytes: &'a [u8],
    pub(super) is_little_endian: bool,
    /// Whether a number was wanted that is not in the head.
    pub(super) is_short: bool,
    /// Pixels; 0 as long as they were not found.
    pub(super) width: u32,
    /// Pixels, likewise.
    pub(super) height: u32,
}

impl<'a> Head<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, is_little_endian: false, is_short: false, width: 0, height: 0 }
    }

    /// The number in so many bytes, at most four of them.
    pub(super) fn number(&mut self, at: usize, length: usize) -> u32 {
        let Some(bytes) = self.bytes.get(at..).and_then(|bytes| bytes.get(..length)) else {
            self.is_short = true;
            return 0;
        };
        let append = |number: u32, &byte: &u8| number << 8 | u32::from(byte);
        if self.is_little_endian { bytes.iter().rev().fold(0, append) } else { bytes.iter().fold(0, append) }
    }

    /// A number that is a length or a position.
    pub(super) fn length(&mut self, at: usize, length: usize) -> usize {
        self.number(at, length) as usize
    }

    /// The width, and behind it the height.
    pub(super) fn sides(&mut self, at: usize, length: usize) {
        self.width = self.number(at, length);
        self.height = self.number(at + length, length);
    }
}

/// Behind the end of any head, and far from where a sum of positions overflows.
pub(super) const FAR: usize = 1 << 30;

/// Four letters as a big-endian number.
pub(super) const fn word(letters: [u8; 4]) -> u32 {
    u32::from_be_bytes(letters)
}
