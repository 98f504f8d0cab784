use aes::Aes128;
use aes::cipher::{BlockCipherEncrypt, KeyInit};
use webwx_image::cdn::{CdnKey, decode_cdn_url, decrypt_cdn_image, encrypt_cdn_image, encrypted_size};
use webwx_image::error::ErrorKind;

/// The whole input as a `cdn…url`; then its first line as an aeskey for the bytes behind it.
pub fn cdn(bytes: &[u8]) {
    check_url(&String::from_utf8_lossy(bytes));
    let end = bytes.iter().position(|&byte| byte == b'\n').unwrap_or(0);
    let key = String::from_utf8_lossy(&bytes[..end]);
    let body = bytes.get(end + 1..).unwrap_or_default();
    check_decryption(&key, body);
}

fn check_url(text: &str) {
    match decode_cdn_url(text) {
        Ok(file) => {
            let hex = text.trim().to_ascii_lowercase();
            assert!(hex.len().is_multiple_of(2) && hex.bytes().all(|b| b.is_ascii_hexdigit()), "{text}");
            assert!(hex.contains(&hex_of(file.file_id.as_bytes())), "the file id stands in the input");
            let largest = (1 << 48) - 1;
            let fields = [file.uploaded_at, file.fields.a, file.fields.b, file.fields.c, file.fields.flags];
            assert!(fields.iter().all(|&field| field <= largest), "{fields:?}");
            assert!(decode_cdn_url(&hex.to_ascii_uppercase()).is_ok_and(|again| again == file));
            assert!(decode_cdn_url(&hex[2..]).is_err() && decode_cdn_url(&hex[..hex.len() - 2]).is_err());
        }
        Err(error) => {
            assert_eq!((error.kind(), error.place(), error.retryable()), (ErrorKind::InvalidInput, None, false));
            let said = error.to_string();
            assert!(said.starts_with("invalid CDN URL: ") && said.len() < 80, "{said}");
        }
    }
}

fn check_decryption(text: &str, body: &[u8]) {
    let key = match CdnKey::new(text) {
        Ok(key) => key,
        Err(error) => {
            assert_eq!((error.kind(), error.place()), (ErrorKind::InvalidInput, None));
            assert!(hex_key(text).is_none() && error.to_string().len() < 80, "{error}");
            return;
        }
    };
    // What is 32 hex digits is nothing else.
    assert!(hex_key(text).is_none_or(|digits| digits == *key.as_bytes()), "{text}");
    let key = &key;
    let mut bytes = body.to_vec();
    match decrypt_cdn_image(&mut bytes, key) {
        Ok(plain) => {
            let padding = &bytes[plain..];
            assert!((1..=16).contains(&padding.len()), "{padding:?}");
            assert!(padding.iter().all(|&byte| usize::from(byte) == padding.len()), "{padding:?}");
            assert_eq!(encrypted(&bytes[..plain], key), body, "it can be done again, the other way");
        }
        Err(error) => {
            assert_eq!((error.kind(), error.place()), (ErrorKind::InvalidInput, None));
            assert!(error.to_string().len() < 80, "{error}");
        }
    }
    // The other way round: what is encrypted under a good key comes back.
    let mut bytes = body.to_vec();
    encrypt_cdn_image(&mut bytes, key);
    assert_eq!((&bytes, bytes.len() as u64), (&encrypted(body, key), encrypted_size(body.len() as u64)));
    assert_eq!(decrypt_cdn_image(&mut bytes, key), Ok(body.len()));
    assert_eq!(&bytes[..body.len()], body);
}

fn encrypted(plain: &[u8], key: &CdnKey) -> Vec<u8> {
    let missing = 16 - plain.len() % 16;
    let mut bytes = plain.to_vec();
    bytes.resize(plain.len() + missing, u8::try_from(missing).expect("at most 16"));
    let cipher = Aes128::new(&(*key.as_bytes()).into());
    for block in bytes.as_chunks_mut::<16>().0 {
        cipher.encrypt_block(block.into());
    }
    bytes
}

fn hex_key(text: &str) -> Option<[u8; 16]> {
    let text = text.trim();
    let is_key = text.len() == 32 && text.bytes().all(|b| b.is_ascii_hexdigit());
    is_key.then(|| u128::from_str_radix(text, 16).expect("32 hex digits").to_be_bytes())
}

fn hex_of(bytes: &[u8]) -> String {
    bytes
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .filter_map(|digit| char::from_digit(digit.into(), 16))
        .collect()
}
