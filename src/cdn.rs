//! What a message says of the CDN (docs/protocol.md, "CDN"): the DER in a `cdn…url`, and the cipher of the bytes it stands for.

use core::fmt;

use serde::Serialize;

use crate::aes::Aes128;
pub use crate::aes::Way;
use crate::base64;
use crate::error::{Error, Result};
use crate::prelude::*;

/// The content of a `cdn…url` attribute.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CdnFile {
    /// Names the file on the CDN; no URL follows from it.
    pub file_id: String,
    /// Unix seconds.
    pub uploaded_at: u64,
    /// The integers whose meaning is not known.
    pub fields: CdnFields,
}

/// The remaining integers, as unsigned numbers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CdnFields {
    /// First.
    pub a: u64,
    /// Second.
    pub b: u64,
    /// Third.
    pub c: u64,
    /// Behind the file id.
    pub flags: u64,
}

/// Bytes of a file that is decrypted at once, at most.
const LARGEST_FILE: usize = 64 * 1024 * 1024;

/// Decodes the hex of a `cdn…url`.
pub fn decode_cdn_url(hex: &str) -> Result<CdnFile> {
    let bytes = unhex(hex.trim()).ok_or_else(|| no_cdn_url("not hex"))?;
    let mut outer = Der { rest: &bytes };
    let mut parts = Der { rest: outer.take(Tag::Sequence)? };
    outer.end()?;
    parts.integer()?;
    let mut wrapped = Der { rest: parts.take(Tag::OctetString)? };
    let mut file = Der { rest: wrapped.take(Tag::Sequence)? };
    wrapped.end()?;
    parts.take(Tag::OctetString)?;
    parts.end()?;

    file.integer()?;
    let (a, b, c) = (file.integer()?, file.integer()?, file.integer()?);
    let uploaded_at = file.integer()?;
    let file_id = file.take(Tag::OctetString)?;
    let flags = file.integer()?;
    file.integer()?;
    file.end()?;
    let file_id = core::str::from_utf8(file_id).map_err(|_| no_cdn_url("the file id is not UTF-8"))?;
    Ok(CdnFile { file_id: file_id.to_owned(), uploaded_at, fields: CdnFields { a, b, c, flags } })
}

/// Refuses more bytes than are decrypted at once: all of them are in memory together.
pub fn check_length(bytes: usize) -> Result<()> {
    if bytes > LARGEST_FILE {
        return Err(Error::invalid_input("expected at most 67108864 bytes; larger files go through a stream"));
    }
    Ok(())
}

/// The key of a file on the CDN. `Debug` does not show it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct CdnKey([u8; 16]);

impl CdnKey {
    /// A key as it is written: 32 hex digits, base64 of 16 bytes, or base64 of 32 hex digits. Their lengths tell them apart: 32; 22,
    /// or 24 with padding; 43, or 44 with padding.
    pub fn new(text: &str) -> Result<Self> {
        let digits = |text: &str| unhex(text).and_then(|key| key.try_into().ok());
        let text = text.trim();
        let key = digits(text).or_else(|| {
            let bytes = base64::decode(text)?;
            <[u8; 16]>::try_from(bytes.as_slice()).ok().or_else(|| digits(core::str::from_utf8(&bytes).ok()?))
        });
        let wrong = "aesKey: expected 32 hex digits, base64 of 16 bytes, or base64 of 32 hex digits";
        key.map(Self).ok_or_else(|| Error::invalid_input(wrong))
    }

    /// The key itself.
    pub fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }

    /// Takes whole blocks through the cipher, in place, without padding; gives false where bytes are left over.
    pub fn blocks(&self, bytes: &mut [u8], way: Way) -> bool {
        let (blocks, rest) = bytes.as_chunks_mut::<16>();
        let cipher = Aes128::new(self.0, way);
        for block in blocks {
            cipher.block(block);
        }
        rest.is_empty()
    }
}

impl fmt::Debug for CdnKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CdnKey(not shown)")
    }
}

/// Bytes that so many plain bytes have on the CDN: whole blocks of 16, with 1 to 16 bytes of padding.
pub fn encrypted_size(plain: u64) -> u64 {
    (plain / 16 + 1) * 16
}

/// Encrypts plain bytes for the CDN: AES-128-ECB with PKCS#7 padding, in place.
pub fn encrypt_cdn_image(bytes: &mut Vec<u8>, key: &CdnKey) {
    let padding = 16 - bytes.len() % 16;
    bytes.resize(bytes.len() + padding, padding.to_le_bytes()[0]);
    key.blocks(bytes, Way::Encrypt);
}

/// Decrypts CDN bytes: AES-128-ECB with PKCS#7 padding, in place; gives the length of the plain bytes.
pub fn decrypt_cdn_image(bytes: &mut [u8], key: &CdnKey) -> Result<usize> {
    if bytes.is_empty() || !bytes.len().is_multiple_of(16) {
        return Err(Error::invalid_input("expected a multiple of 16 encrypted bytes"));
    }
    key.blocks(bytes, Way::Decrypt);
    let padding = bytes.last().copied().unwrap_or_default();
    let plain = bytes.len() - usize::from(padding).min(bytes.len());
    let is_pkcs7 = (1..=16).contains(&padding) && bytes[plain..].iter().all(|&byte| byte == padding);
    if is_pkcs7 { Ok(plain) } else { Err(Error::invalid_input("invalid padding: wrong key, or truncated bytes")) }
}

/// Tags of the three types that occur.
#[derive(Clone, Copy)]
enum Tag {
    Integer = 0x02,
    OctetString = 0x04,
    Sequence = 0x30,
}

/// A reader for as much of DER as a `cdn…url` has.
struct Der<'a> {
    rest: &'a [u8],
}

impl<'a> Der<'a> {
    /// The content of the next value, which has to be of this type.
    fn take(&mut self, tag: Tag) -> Result<&'a [u8]> {
        let cut_off = || no_cdn_url("truncated");
        let (&found, rest) = self.rest.split_first().ok_or_else(cut_off)?;
        if found != tag as u8 {
            return Err(no_cdn_url("unexpected structure"));
        }
        let (&first, rest) = rest.split_first().ok_or_else(cut_off)?;
        // Up to 127 the length stands for itself; above, it is the number of bytes that hold it.
        let (length, rest) = match first {
            0..=0x7f => (usize::from(first), rest),
            0x81 | 0x82 => {
                let (digits, rest) = rest.split_at_checked(usize::from(first - 0x80)).ok_or_else(cut_off)?;
                (digits.iter().fold(0, |length, &byte| length << 8 | usize::from(byte)), rest)
            }
            _ => return Err(no_cdn_url("too long")),
        };
        let (content, rest) = rest.split_at_checked(length).ok_or_else(cut_off)?;
        self.rest = rest;
        Ok(content)
    }

    /// The service writes its unsigned numbers without the sign byte that DER asks for.
    fn integer(&mut self) -> Result<u64> {
        let content = self.take(Tag::Integer)?;
        if content.is_empty() || content.len() > 6 {
            return Err(no_cdn_url("an integer of invalid length"));
        }
        Ok(content.iter().fold(0, |number, &byte| number << 8 | u64::from(byte)))
    }

    fn end(&self) -> Result<()> {
        if self.rest.is_empty() { Ok(()) } else { Err(no_cdn_url("trailing bytes")) }
    }
}

fn no_cdn_url(why: &str) -> Error {
    Error::invalid_input(format!("invalid CDN URL: {why}"))
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> =
        text.chars().map(|c| c.to_digit(16).and_then(|digit| u8::try_from(digit).ok())).collect();
    let (pairs, []) = digits.as_deref()?.as_chunks::<2>() else { return None };
    Some(pairs.iter().map(|[high, low]| high << 4 | low).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SEED: &str = "30580201000451304f0201000204ced8878302032f55f90204b80260b402045e7815f4042a777875706c6f61645f777869645f776c397163686b616e70397532323238305f313538343932383234340204010438010201000400";

    #[test]
    fn the_url_of_the_seed() {
        let file = decode_cdn_url(SEED).expect("a cdn url");
        assert_eq!(file.file_id, "wxupload_wxid_wl9qchkanp9u22280_1584928244");
        assert_eq!(file.uploaded_at, 1_584_928_244);
        assert_eq!(file.fields, CdnFields { a: 0xced8_8783, b: 0x2f_55f9, c: 0xb802_60b4, flags: 0x0104_3801 });
    }

    #[test]
    fn a_uuid_and_a_tail() {
        let url = "3057020100044b304902010002044baa7cfa02032f59e10204157100cb020463b70dd4042466353237633530322d613238342d326566332d363864372d3566386537633039326265340204011800020201000405004c550500";
        assert_eq!(decode_cdn_url(url).map(|file| file.file_id), Ok("f527c502-a284-2ef3-68d7-5f8e7c092be4".to_owned()));
    }

    #[test]
    fn a_length_may_take_two_bytes() {
        let with_long_lengths = |hex: &str| {
            // The outer sequence: 30, and its length by two bytes where SEED has one.
            let inner = &hex[4..];
            format!("3082{:04x}{inner}", inner.len() / 2)
        };
        assert_eq!(decode_cdn_url(&with_long_lengths(SEED)), decode_cdn_url(SEED));
        assert!(decode_cdn_url(SEED).is_ok());
    }

    #[test]
    fn what_is_no_cdn_url_is_refused() {
        for (hex, why) in [
            ("3057xxxxxx0", "invalid CDN URL: not hex"),
            ("305", "invalid CDN URL: not hex"),
            ("", "invalid CDN URL: truncated"),
            (&SEED[..80], "invalid CDN URL: truncated"),
            ("0400", "invalid CDN URL: unexpected structure"),
            ("3084ffffffff", "invalid CDN URL: too long"),
        ] {
            assert_eq!(decode_cdn_url(hex).expect_err(hex).to_string(), why, "{hex}");
        }
        let more = format!("{SEED}00");
        assert_eq!(decode_cdn_url(&more).expect_err("trailing").to_string(), "invalid CDN URL: trailing bytes");
    }

    const KEY: &str = "000102030405060708090a0b0c0d0e0f";

    /// FIPS 197, appendix C.1, as the only block but for the padding; and its own padding block.
    #[test]
    fn published_vector() {
        let key = CdnKey::new(KEY).expect("a key");
        let (plain, encrypted) = ("00112233445566778899aabbccddeeff", "69c4e0d86a7b0430d8cdb78070b4c55a");
        let mut block = unhex(encrypted).expect("hex");
        let error = decrypt_cdn_image(&mut block, &key).expect_err("no padding");
        assert_eq!(Some(&block), unhex(plain).as_ref());
        assert_eq!(error.to_string(), "invalid padding: wrong key, or truncated bytes");
        encrypt_cdn_image(&mut block, &key);
        assert_eq!((block.len(), Some(&block[..16])), (32, unhex(encrypted).as_deref()));
    }

    #[test]
    fn every_length_comes_back() {
        let key = CdnKey::new(KEY).expect("a key");
        for length in 0..100_u8 {
            let plain: Vec<u8> = (0..length).collect();
            let mut bytes = plain.clone();
            encrypt_cdn_image(&mut bytes, &key);
            assert_eq!(bytes.len() as u64, encrypted_size(length.into()));
            let end = decrypt_cdn_image(&mut bytes, &key).expect("what was encrypted");
            assert_eq!(bytes[..end], plain);
        }
        assert!(!key.blocks(&mut [0; 17], Way::Decrypt));
    }

    #[test]
    fn the_three_forms_of_a_key() {
        let key = CdnKey::new(KEY).expect("a key");
        let (of_bytes, of_digits) = (base64::encode(key.as_bytes()), base64::encode(KEY.as_bytes()));
        assert_eq!((of_bytes.len(), of_digits.len()), (24, 44));
        for form in [
            KEY.to_uppercase(),
            format!(" {KEY}\n"),
            of_bytes.clone(),
            of_bytes.trim_end_matches('=').to_owned(),
            of_digits.trim_end_matches('=').to_owned(),
            base64::encode(KEY.to_uppercase().as_bytes()),
            of_digits,
        ] {
            assert_eq!(CdnKey::new(&form), Ok(key), "{form}");
        }
        // 32 digits are a key, although they are base64 of 24 bytes as well.
        let digits = "a".repeat(32);
        assert_eq!(CdnKey::new(&digits).map(|key| key.0), Ok([0xaa; 16]));
        let url_safe = CdnKey([0xfb; 16]);
        assert_eq!(CdnKey::new(&base64::encode(&[0xfb; 16]).replace('+', "-").replace('/', "_")), Ok(url_safe));
        assert_eq!(format!("{key:?}"), "CdnKey(not shown)");
    }

    #[test]
    fn bad_keys_and_lengths() {
        let no_hex = base64::encode(b"zz0102030405060708090a0b0c0d0e0f");
        for key in [
            "",
            "00",
            "0001020304050607",
            "zz0102030405060708090a0b0c0d0e0f",
            &KEY[1..],
            &base64::encode(&[1; 15]),
            &base64::encode(&[1; 17]),
            &base64::encode(&[0xff; 32]),
            &no_hex,
        ] {
            let error = CdnKey::new(key).expect_err(key);
            let sentence = "aesKey: expected 32 hex digits, base64 of 16 bytes, or base64 of 32 hex digits";
            assert_eq!(error.to_string(), sentence);
        }
        let key = CdnKey::new(KEY).expect("a key");
        for length in [0, 1, 15, 17] {
            let error = decrypt_cdn_image(&mut vec![0; length], &key).expect_err("length");
            assert_eq!(error.to_string(), "expected a multiple of 16 encrypted bytes");
        }
    }
}
