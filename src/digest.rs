//! MD5 by windows: a file's `FileMd5` stands in the JSON of its first chunk, so hashing comes before uploading. The hash is md-5's.

use md5::Digest;
use serde::Serialize;

use crate::json::{Plain, Read, Unreadable, Value};
use crate::prelude::*;

/// An MD5 that takes its input piece by piece.
#[derive(Clone, Default)]
pub struct Md5(md5::Md5);

/// An MD5 in the form of `FileMd5`: 32 lower-case hex digits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Md5Hex(String);

impl Md5 {
    /// Nothing hashed yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// The next bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// Ends the hash.
    pub fn finish(self) -> Md5Hex {
        Md5Hex(hex(&self.0.finalize()))
    }
}

impl Md5Hex {
    /// `None` for what is not 32 lower-case hex digits.
    pub fn new(digits: &str) -> Option<Self> {
        let is_md5 = digits.len() == 32 && digits.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        is_md5.then(|| Self(digits.to_owned()))
    }

    /// The digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Plain for Md5Hex {
    fn read(object: Value<'_>, key: &str) -> Read<Self> {
        Self::new(&object.required_text(key)?).ok_or(Unreadable::Other)
    }
}

/// Lower-case hex.
pub(crate) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]).map(|nibble| char::from(DIGITS[usize::from(nibble)])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn md5(bytes: &[u8]) -> Md5Hex {
        let mut md5 = Md5::new();
        md5.update(bytes);
        md5.finish()
    }

    #[test]
    fn vectors_of_rfc_1321() {
        for (text, digest) in [
            ("", "d41d8cd98f00b204e9800998ecf8427e"),
            ("a", "0cc175b9c0f1b6a831c399e269772661"),
            ("abc", "900150983cd24fb0d6963f7d28e17f72"),
            ("message digest", "f96b697d7cb7938d525a2f31aaf161d0"),
            ("abcdefghijklmnopqrstuvwxyz", "c3fcd3d76192e4007dfb496cca67e13b"),
            ("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", "d174ab98d277d9f5a5611c2c9f419d9f"),
            (
                "12345678901234567890123456789012345678901234567890123456789012345678901234567890",
                "57edf4a22be3c955ac49da2e2107b67a",
            ),
        ] {
            assert_eq!(md5(text.as_bytes()).as_str(), digest, "{text}");
        }
    }

    #[test]
    fn windows_of_any_size_give_the_same_digest() {
        let bytes: Vec<u8> = (0..5000_u32).map(|n| n.to_le_bytes()[0]).collect();
        for window in [1, 7, 63, 64, 65, 999, 1023, 1024, 1025, 4999, 5000] {
            let mut pieces = Md5::new();
            bytes.chunks(window).for_each(|piece| pieces.update(piece));
            assert_eq!(pieces.finish(), md5(&bytes), "windows of {window}");
        }
    }

    #[test]
    fn the_form_of_a_digest() {
        let good = "d41d8cd98f00b204e9800998ecf8427e";
        assert_eq!(Md5Hex::new(good).as_ref().map(Md5Hex::as_str), Some(good));
        for bad in [
            "",
            "D41D8CD98F00B204E9800998ECF8427E",
            "d41d8cd98f00b204e9800998ecf8427",
            "d41d8cd98f00b204e9800998ecf8427e0",
            "g41d8cd98f00b204e9800998ecf8427e",
        ] {
            assert_eq!(Md5Hex::new(bad), None, "{bad}");
        }
    }
}
