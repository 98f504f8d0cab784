//! MD5 by windows: a file's `FileMd5` stands in the JSON of its first chunk, so hashing comes before uploading.

use crate::prelude::*;

use md5::Digest as _;

/// An MD5 that takes its input piece by piece.
#[derive(Clone, Default)]
pub struct Md5 {
    state: md5::Md5,
}

impl Md5 {
    /// Nothing hashed yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// The next bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        self.state.update(bytes);
    }

    /// Ends the hash: 32 lower-case hex digits, the form of `FileMd5`.
    pub fn finish(self) -> String {
        hex(&self.state.finalize())
    }
}

/// Lower-case hex.
pub(crate) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]).map(|nibble| char::from(DIGITS[usize::from(nibble)])).collect()
}

/// Whether a text is an MD5 in the wire's form.
pub(crate) fn is_md5(text: &str) -> bool {
    text.len() == 32 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn md5(bytes: &[u8]) -> String {
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
            assert_eq!(md5(text.as_bytes()), digest, "{text}");
        }
    }

    #[test]
    fn windows_of_any_size_give_the_same_digest() {
        let bytes: Vec<u8> = (0..1000_u32).map(|n| n.to_le_bytes()[0]).collect();
        for window in [1, 7, 63, 64, 65, 999, 1000] {
            let mut pieces = Md5::new();
            bytes.chunks(window).for_each(|piece| pieces.update(piece));
            assert_eq!(pieces.finish(), md5(&bytes), "windows of {window}");
        }
    }

    #[test]
    fn the_form_of_a_digest() {
        assert!(is_md5("d41d8cd98f00b204e9800998ecf8427e"));
        for bad in [
            "",
            "D41D8CD98F00B204E9800998ECF8427E",
            "d41d8cd98f00b204e9800998ecf8427",
            "g41d8cd98f00b204e9800998ecf8427e",
        ] {
            assert!(!is_md5(bad), "{bad}");
        }
    }
}
