//! The functions that belong to no client.

use js_sys::{ArrayBuffer, JsString, Promise, Reflect, Uint8Array};
use serde::Serialize;
use std::prelude::rust_2024::*;
use wasm_bindgen::prelude::*;

use super::blob::Hasher;
use super::foreign::{JsResult, bytes_of, window_of};
use super::job::promise;
use super::listener::Listener;
use super::open::open;
use super::options::{Options, safe_integer};
use super::transport::Transport;
use super::values::{from_js, to_js};
use crate::base64;
use crate::cdn::{self, CdnKey, Way};
use crate::digest::Md5Hex;
use crate::error::{Error, Place, Result};
use crate::ids::ClientMediaId;
use crate::image::{Removed, Stripped};
use crate::job::{Event, Progress};
use crate::message::Message;
use crate::message::tape::{Tape, tape};
use crate::session::{Session, SessionInit};
use crate::upload::{UploadMediaRequest, upload_media_request};

/// The platform's own fetch, with the defaults.
fn plain() -> Result<Transport> {
    Transport::of(&Options::new(JsValue::UNDEFINED))
}

/// Lower-case hex MD5 of a source.
#[wasm_bindgen]
pub fn md5(source: JsValue, options: JsValue) -> Promise {
    let options = Options::new(options);
    promise(&options.clone(), async move {
        let listener = Listener::of(&options)?;
        let on_hashed = |loaded, total| listener.tell(&Event::Progress(Progress::hashed(loaded, total)));
        Ok(open(source, &plain()?).await?.md5(&on_hashed).await?.as_str().into())
    })
}

/// An MD5 that is fed piece by piece.
#[wasm_bindgen]
#[derive(Default)]
pub struct Md5 {
    hasher: Option<Hasher>,
}

#[wasm_bindgen]
impl Md5 {
    /// Nothing hashed yet.
    #[wasm_bindgen(constructor)]
    pub fn new() -> Self {
        Self { hasher: Some(Hasher::default()) }
    }

    /// The next bytes.
    pub fn update(&mut self, data: &JsValue) -> JsResult<()> {
        let bytes = buffer(data, "Md5.update")?;
        self.hasher.as_mut().ok_or_else(ended)?.update(&bytes)
    }

    /// Ends the hash.
    pub fn digest(&mut self) -> JsResult<String> {
        Ok(self.hasher.take().ok_or_else(ended)?.finish().as_str().to_owned())
    }
}

/// The bytes of an argument that has to be a `BufferSource`.
fn buffer(data: &JsValue, function: &str) -> JsResult<Uint8Array> {
    let wrong = |what: &str| Error::invalid_input(format!("{function}: {what}"));
    let bytes = bytes_of(data).ok_or_else(|| wrong("expected an ArrayBuffer or a view of one"))?;
    Ok(bytes.map_err(|error| wrong(&error.to_string()))?)
}

fn ended() -> Error {
    Error::invalid_input("Md5: digest() was already called; create a new Md5")
}

/// Standard base64 of a source.
#[wasm_bindgen(js_name = toBase64)]
pub fn to_base64(source: JsValue) -> Promise {
    promise(&Options::new(JsValue::UNDEFINED), async move {
        Ok(encode(&open(source, &plain()?).await?.all().await?)?.into())
    })
}

/// A `data:` URL of a source, under its own type or the one that its bytes show.
#[wasm_bindgen(js_name = toDataUrl)]
pub fn to_data_url(source: JsValue) -> Promise {
    promise(&Options::new(JsValue::UNDEFINED), async move {
        let source = open(source, &plain()?).await?;
        let mime = match source.own_type() {
            Some(mime) => mime,
            None => source
                .inspect(Place::at("toDataUrl"))
                .await
                .map_or("application/octet-stream", |info| info.mime)
                .to_owned(),
        };
        let head: JsString = format!("data:{mime};base64,").into();
        let encoded = encode(&source.all().await?)?;
        Ok(head.concat(&encoded).into())
    })
}

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(extends = Uint8Array)]
    type Encoder;
    #[wasm_bindgen(method, catch, js_name = toBase64)]
    fn to_base64(this: &Encoder) -> JsResult<JsString>;
    /// Node's.
    #[wasm_bindgen(js_namespace = ["globalThis", "Buffer"], js_name = from, catch)]
    fn buffer_of(bytes: &ArrayBuffer, offset: u32, length: u32) -> JsResult<Encoder>;
    #[wasm_bindgen(method, catch, js_name = toString)]
    fn to_text(this: &Encoder, encoding: &str) -> JsResult<JsString>;
}

/// No engine makes a string of more bytes than this, and the module would end in trying.
const MOST_ENCODED: u32 = 384 * 1024 * 1024;

/// Bytes that are encoded at once in the module: whole groups of three, which need no padding.
const PIECE: u32 = 48 * 1024;

/// By the platform's own encoder where it has one: no byte and no letter goes through the module.
fn encode(bytes: &Uint8Array) -> Result<JsString> {
    if bytes.length() >= MOST_ENCODED {
        return Err(Error::invalid_input("expected less than 384 MiB"));
    }
    let native = bytes.unchecked_ref::<Encoder>().to_base64();
    let native = native.or_else(|_| buffer_of(&bytes.buffer(), bytes.byte_offset(), bytes.length())?.to_text("base64"));
    if let Ok(text) = native {
        return Ok(text);
    }
    let mut text = JsString::from("");
    for start in (0..bytes.length()).step_by(PIECE as usize) {
        let piece = window_of(bytes, start, bytes.length().min(start + PIECE));
        let piece = piece.map_err(|_| Error::invalid_input("the buffer is detached: it was transferred"))?;
        text = text.concat(&base64::encode(&piece.to_vec()).into());
    }
    Ok(text)
}

/// Bytes of base64: standard or URL-safe alphabet, padded or not.
#[wasm_bindgen(js_name = fromBase64)]
pub fn from_base64(text: &str) -> JsResult<Uint8Array> {
    let wrong = || Error::invalid_input("fromBase64: expected base64 of the standard or URL-safe alphabet");
    let bytes = base64::decode(text).ok_or_else(wrong)?;
    Ok(Uint8Array::from(bytes.as_slice()))
}

/// Type and dimensions of a picture.
#[wasm_bindgen(js_name = inspectImage)]
pub fn inspect_image(source: JsValue) -> Promise {
    promise(&Options::new(JsValue::UNDEFINED), async move {
        Ok(to_js(&open(source, &plain()?).await?.inspect(Place::at("inspectImage")).await?))
    })
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct WithoutMetadata {
    removed: Vec<Removed>,
    had_location: bool,
}

/// A picture without its metadata.
#[wasm_bindgen(js_name = stripMetadata)]
pub fn strip_metadata(source: JsValue) -> Promise {
    promise(&Options::new(JsValue::UNDEFINED), async move {
        let (blob, stripped) = open(source, &plain()?).await?.strip(Place::at("stripMetadata")).await?;
        let Stripped { removed, had_location, .. } = stripped;
        let value = to_js(&WithoutMetadata { removed, had_location });
        _ = Reflect::set(&value, &"blob".into(), &blob);
        Ok(value)
    })
}

#[wasm_bindgen(raw_module = "./message.js")]
extern "C" {
    /// The object of a message that was written down. `text`: [`Tape::text`].
    #[wasm_bindgen(js_name = messageOf, catch)]
    fn message_of(words: &[u32], content: &JsValue, text: Option<&str>, beside: &str) -> JsResult<JsValue>;
}

/// Reads the content of a received message; `original` is the same string as JavaScript has it. It crosses as a flat list: as a value of
/// serde-wasm-bindgen's, half of the time went into some 45 strings that stand in the content already.
#[wasm_bindgen(js_name = parseMessage)]
pub fn parse_message(content: &str, original: &JsValue) -> JsResult<JsValue> {
    let Tape { words, text, beside } = tape(content)?;
    message_of(&words, original, text.as_deref(), &beside)
}

/// The pictures in a received message.
#[wasm_bindgen(js_name = picturesIn)]
pub fn pictures_in(content: &str) -> JsResult<JsValue> {
    Ok(to_js(&Message::parse(content)?.pictures()))
}

/// The file behind a `cdn…url`.
#[wasm_bindgen(js_name = decodeCdnUrl)]
pub fn decode_cdn_url(hex: &str) -> JsResult<JsValue> {
    Ok(to_js(&cdn::decode_cdn_url(hex)?))
}

/// The plain bytes of a CDN file.
#[wasm_bindgen(js_name = decryptCdnImage)]
pub fn decrypt_cdn_image(bytes: &JsValue, aes_key: &str) -> JsResult<Uint8Array> {
    let (mut bytes, key) = (all_of(bytes, "decryptCdnImage")?, CdnKey::new(aes_key)?);
    let length = cdn::decrypt_cdn_image(&mut bytes, &key)?;
    Ok(Uint8Array::from(&bytes[..length]))
}

/// The bytes of a file as the CDN has them.
#[wasm_bindgen(js_name = encryptCdnImage)]
pub fn encrypt_cdn_image(bytes: &JsValue, aes_key: &str) -> JsResult<Uint8Array> {
    let (mut bytes, key) = (all_of(bytes, "encryptCdnImage")?, CdnKey::new(aes_key)?);
    cdn::encrypt_cdn_image(&mut bytes, &key);
    Ok(Uint8Array::from(bytes.as_slice()))
}

/// Bytes that a file of so many plain bytes has on the CDN.
#[wasm_bindgen(js_name = encryptedCdnSize)]
#[allow(clippy::cast_precision_loss)]
pub fn encrypted_cdn_size(size: &JsValue) -> JsResult<f64> {
    let wrong = || Error::invalid_input("size must be a whole number of bytes");
    let size = safe_integer(size).ok_or_else(wrong)?;
    Ok(cdn::encrypted_size(size) as f64)
}

/// All bytes of an argument, as long as they may be together in memory.
fn all_of(bytes: &JsValue, function: &str) -> JsResult<Vec<u8>> {
    let bytes = buffer(bytes, function)?;
    cdn::check_length(bytes.length() as usize)?;
    Ok(bytes.to_vec())
}

/// The 16 bytes of a key in any of its forms.
#[wasm_bindgen(js_name = cdnKey)]
pub fn cdn_key(aes_key: &str) -> JsResult<Uint8Array> {
    Ok(Uint8Array::from(CdnKey::new(aes_key)?.as_bytes().as_slice()))
}

/// Whole blocks taken through the cipher, without padding, for the streams. The bytes are the package's own.
#[wasm_bindgen(js_name = cdnBlocks)]
pub fn cdn_blocks(mut bytes: Vec<u8>, aes_key: &str, encrypts: bool) -> JsResult<Vec<u8>> {
    CdnKey::new(aes_key)?.blocks(&mut bytes, if encrypts { Way::Encrypt } else { Way::Decrypt });
    Ok(bytes)
}

/// The `uploadmediarequest` field.
#[wasm_bindgen(js_name = buildUploadMediaRequest)]
pub fn build_upload_media_request(init: JsValue) -> JsResult<String> {
    let options = Options::new(init);
    let session: SessionInit =
        from_js(&options.get("session"), "session: expected an object of strings (uin may be a number)")?;
    if session.device_id.is_none() {
        return Err(Error::invalid_input("session.deviceId is missing: expected \"e\" and 15 digits").into());
    }
    // No origin stands in the request, and nothing is sent: which one it is does not matter here.
    let session = Session::new(&SessionInit { origin: None, file_origin: None, ..session }, &[])?;
    let wrong = || Error::invalid_input("fileMd5: expected 32 lower-case hex digits");
    let md5 = Md5Hex::new(&options.required_text("fileMd5")?).ok_or_else(wrong)?;
    let total_len = options.integer("totalLen")?;
    if total_len == 0 {
        return Err(Error::invalid_input("totalLen: expected at least 1").into());
    }
    let (aes_key, signature) = (options.text("aesKey")?, options.text("signature")?);
    let request = UploadMediaRequest {
        session: &session,
        device_id: session.device_id().unwrap_or_default(),
        to: &options.to(&session)?,
        client_media_id: ClientMediaId::new(options.integer("clientMediaId")?)?,
        total_len,
        file_md5: &md5,
        upload_type: options.upload_type()?,
        aes_key: aes_key.as_deref(),
        signature: signature.as_deref(),
    };
    Ok(upload_media_request(&request))
}
