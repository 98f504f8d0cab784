//! Base64 as RFC 4648 has it: for `data:` URLs and for platforms without an encoder of their own. A kept crate was weighed and is six
//! times as large, since it holds each alphabet's tables and unrolled loops; the tests hold this one to it.

use crate::prelude::*;

const STANDARD: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Bytes in the standard alphabet, padded.
pub fn encode(bytes: &[u8]) -> String {
    let mut text = vec![b'='; bytes.len().div_ceil(3) * 4];
    let (groups, rest) = bytes.as_chunks();
    let (fours, _) = text.as_chunks_mut();
    for (four, group) in fours.iter_mut().zip(groups) {
        *four = symbols(*group);
    }
    if let ([first, others @ ..], Some(four)) = (rest, fours.last_mut()) {
        let [a, b, c, _] = symbols([*first, others.first().copied().unwrap_or(0), 0]);
        *four = [a, b, if others.is_empty() { b'=' } else { c }, b'='];
    }
    String::from_utf8(text).unwrap_or_default()
}

fn symbols([a, b, c]: [u8; 3]) -> [u8; 4] {
    let bits = u32::from_be_bytes([0, a, b, c]);
    // Written out: as a loop over the shifts it takes three times as long.
    let symbol = |shift| STANDARD[(bits >> shift) as usize & 63];
    [symbol(18), symbol(12), symbol(6), symbol(0)]
}

/// Bytes of a string in the standard or the URL-safe alphabet, but not in both; padded, or not at all. ASCII whitespace is ignored: MIME breaks
/// lines. None where it is anything else, or has bits behind the last byte.
pub fn decode(text: &str) -> Option<Vec<u8>> {
    if text.bytes().any(|b| b.is_ascii_whitespace()) {
        return decode(&text.split_ascii_whitespace().collect::<String>());
    }
    let holds = |one, other| text.bytes().any(|b| b == one || b == other);
    if holds(b'+', b'/') && holds(b'-', b'_') {
        return None;
    }
    let symbols = text.strip_suffix("==").or(text.strip_suffix('=')).unwrap_or(text);
    if symbols.len() % 4 == 1 || (symbols.len() < text.len() && !text.len().is_multiple_of(4)) {
        return None;
    }
    let mut bytes = Vec::with_capacity(symbols.len() / 4 * 3 + 2);
    let (mut bits, mut count) = (0_u32, 0);
    for symbol in symbols.bytes() {
        bits = bits << 6 | u32::from(value(symbol)?);
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count).to_le_bytes()[0]);
            bits &= (1 << count) - 1;
        }
    }
    (bits == 0).then_some(bytes)
}

/// Characters that [`pieces`] takes at once: whole groups of four.
pub(crate) const PIECE: usize = 256 * 1024;

/// The bytes of a text without blanks, some at a time: together those of [`decode`], but that each piece may have its own alphabet.
pub(crate) fn pieces(text: &str) -> impl Iterator<Item = Option<Vec<u8>>> {
    // A piece that ends before the text does has no padding.
    let is_last = move |end: usize| end == text.len();
    (0..text.len()).step_by(PIECE).map(move |start| {
        let end = text.len().min(start + PIECE);
        let bytes = decode(text.get(start..end)?)?;
        (is_last(end) || bytes.len() == PIECE / 4 * 3).then_some(bytes)
    })
}

fn value(symbol: u8) -> Option<u8> {
    match symbol {
        b'A'..=b'Z' => Some(symbol - b'A'),
        b'a'..=b'z' => Some(symbol - b'a' + 26),
        b'0'..=b'9' => Some(symbol - b'0' + 52),
        b'+' | b'-' => Some(62),
        b'/' | b'_' => Some(63),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::Engine;
    use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn encodes_as_the_kept_crate_does(bytes: Vec<u8>) {
            prop_assert_eq!(encode(&bytes), STANDARD.encode(&bytes));
        }

        #[test]
        fn decodes_each_form(bytes: Vec<u8>) {
            for engine in [STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD] {
                prop_assert_eq!(decode(&engine.encode(&bytes)), Some(bytes.clone()));
            }
        }

        #[test]
        fn takes_what_the_kept_crate_takes(text in "[A-Da-d+/=_\r\n\t -]{0,12}|\\PC{0,9}") {
            let engines = [STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD];
            let dense: String = text.split_ascii_whitespace().collect();
            let theirs = engines.iter().find_map(|engine| engine.decode(&dense).ok());
            prop_assert_eq!(decode(&text), theirs);
        }
    }
}
