//! MD5 by windows: a file's `FileMd5` stands in the JSON of its first chunk, so hashing comes before uploading.

#![allow(
    clippy::inline_always,
    reason = "a call would take longer than what these do, and optimising for size would make one"
)]

use crate::prelude::*;

use core::hint::black_box;

const BLOCK: usize = 64;

/// An MD5 that takes its input piece by piece.
#[derive(Clone)]
pub struct Md5 {
    state: [u32; 4],
    /// Bytes taken so far.
    length: u64,
    /// The last of them, which fill no block yet.
    tail: [u8; BLOCK],
}

impl Default for Md5 {
    fn default() -> Self {
        Self { state: [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476], length: 0, tail: [0; BLOCK] }
    }
}

impl Md5 {
    /// Nothing hashed yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// The next bytes.
    pub fn update(&mut self, mut bytes: &[u8]) {
        let filled = self.filled();
        self.length += bytes.len() as u64;
        if filled > 0 {
            let (first, rest) = bytes.split_at(bytes.len().min(BLOCK - filled));
            self.tail[filled..filled + first.len()].copy_from_slice(first);
            if filled + first.len() < BLOCK {
                return;
            }
            compress(&mut self.state, &self.tail);
            bytes = rest;
        }
        let (blocks, rest) = bytes.as_chunks();
        for block in blocks {
            compress(&mut self.state, block);
        }
        self.tail[..rest.len()].copy_from_slice(rest);
    }

    /// Ends the hash: 32 lower-case hex digits, the form of `FileMd5`.
    pub fn finish(mut self) -> String {
        let bits = self.length.wrapping_mul(8).to_le_bytes();
        // A one, then zeros, so that the length ends a block.
        let mut padding = [0; BLOCK];
        padding[0] = 0x80;
        let room = BLOCK - bits.len();
        let filled = self.filled();
        self.update(&padding[..if filled < room { room } else { room + BLOCK } - filled]);
        self.update(&bits);
        let digest: Vec<u8> = self.state.into_iter().flat_map(u32::to_le_bytes).collect();
        hex(&digest)
    }

    /// Bytes in the tail.
    fn filled(&self) -> usize {
        self.length.to_le_bytes()[0] as usize % BLOCK
    }
}

/// One block (RFC 1321, 3.4). Our own, since no crate's is as fast as WebAssembly can be.
fn compress(state: &mut [u32; 4], block: &[u8; BLOCK]) {
    let (words, _) = block.as_chunks();
    // Hidden from the optimiser, which would add a number that it knows at the end of a step, where the next one waits for it,
    // and not at its beginning, where there is time: that costs a fifth of the speed.
    let sines = black_box(&SINES);
    let [mut a, mut b, mut c, mut d] = *state;
    macro_rules! step {
        ($mix:ident, $a:ident $b:ident $c:ident $d:ident, $at:expr, $word:expr, $shift:expr) => {
            let sum = $a.wrapping_add(u32::from_le_bytes(words[$word % 16]).wrapping_add(sines[$at]));
            $a = $mix(sum, $b, $c, $d).rotate_left($shift).wrapping_add($b);
        };
    }
    macro_rules! steps {
        ($mix:ident, [$($at:literal)*], $first:literal + $next:literal, $shifts:expr) => {$(
            step!($mix, a b c d, $at, $first + $next * $at, $shifts[0]);
            step!($mix, d a b c, $at + 1, $first + $next * ($at + 1), $shifts[1]);
            step!($mix, c d a b, $at + 2, $first + $next * ($at + 2), $shifts[2]);
            step!($mix, b c d a, $at + 3, $first + $next * ($at + 3), $shifts[3]);
        )*};
    }
    steps!(f, [0 4 8 12], 0 + 1, [7, 12, 17, 22]);
    steps!(g, [16 20 24 28], 1 + 5, [5, 9, 14, 20]);
    steps!(h, [32 36 40 44], 5 + 3, [4, 11, 16, 23]);
    steps!(i, [48 52 56 60], 0 + 7, [6, 10, 15, 21]);
    for (old, new) in state.iter_mut().zip([a, b, c, d]) {
        *old = old.wrapping_add(new);
    }
}

// The four functions of the RFC, each added to the sum in the order in which its arguments are ready: `x` is the step before.

#[inline(always)]
fn f(sum: u32, x: u32, y: u32, z: u32) -> u32 {
    sum.wrapping_add(((y ^ z) & x) ^ z)
}

#[inline(always)]
fn g(sum: u32, x: u32, y: u32, z: u32) -> u32 {
    sum.wrapping_add(y & !z).wrapping_add(x & z)
}

#[inline(always)]
fn h(sum: u32, x: u32, y: u32, z: u32) -> u32 {
    sum.wrapping_add(x ^ (y ^ z))
}

#[inline(always)]
fn i(sum: u32, x: u32, y: u32, z: u32) -> u32 {
    sum.wrapping_add(y ^ (x | !z))
}

/// 2³² · |sin n| for n from 1.
#[rustfmt::skip]
#[allow(clippy::unreadable_literal)]
static SINES: [u32; 64] = [
    0xd76aa478, 0xe8c7b756, 0x242070db, 0xc1bdceee, 0xf57c0faf, 0x4787c62a, 0xa8304613, 0xfd469501,
    0x698098d8, 0x8b44f7af, 0xffff5bb1, 0x895cd7be, 0x6b901122, 0xfd987193, 0xa679438e, 0x49b40821,
    0xf61e2562, 0xc040b340, 0x265e5a51, 0xe9b6c7aa, 0xd62f105d, 0x02441453, 0xd8a1e681, 0xe7d3fbc8,
    0x21e1cde6, 0xc33707d6, 0xf4d50d87, 0x455a14ed, 0xa9e3e905, 0xfcefa3f8, 0x676f02d9, 0x8d2a4c8a,
    0xfffa3942, 0x8771f681, 0x6d9d6122, 0xfde5380c, 0xa4beea44, 0x4bdecfa9, 0xf6bb4b60, 0xbebfbc70,
    0x289b7ec6, 0xeaa127fa, 0xd4ef3085, 0x04881d05, 0xd9d4d039, 0xe6db99e5, 0x1fa27cf8, 0xc4ac5665,
    0xf4292244, 0x432aff97, 0xab9423a7, 0xfc93a039, 0x655b59c3, 0x8f0ccc92, 0xffeff47d, 0x85845dd1,
    0x6fa87e4f, 0xfe2ce6e0, 0xa3014314, 0x4e0811a1, 0xf7537e82, 0xbd3af235, 0x2ad7d2bb, 0xeb86d391,
];

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
    use proptest::collection::vec;
    use proptest::prelude::*;

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

    proptest! {
        #[test]
        fn agrees_with_another_ones(pieces in vec(vec(any::<u8>(), 0..200), 0..5)) {
            use md5::Digest as _;
            let mut own = Md5::new();
            for piece in &pieces {
                own.update(piece);
            }
            prop_assert_eq!(own.finish(), hex(&md5::Md5::digest(pieces.concat())));
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
