//! The inside of MD5, block by block, in the order in which WebAssembly's engines run it fastest. md-5's is as right and a sixth slower
//! there: an engine puts a number that it knows at the end of a step's sum, where the next step waits for it.

#![allow(
    clippy::inline_always,
    reason = "a call would take longer than what these do, and optimising for size would make one"
)]

use core::hint::black_box;

/// Adds one block (RFC 1321, 3.4) to the state.
pub(super) fn compress(state: &mut [u32; 4], block: &[u8; 64]) {
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
