//! Bytes in all their forms: a source becomes a Blob, and a Blob is read by windows.

use js_sys::{ArrayBuffer, Date, Function, Object, Promise, Reflect, Uint8Array};
use std::prelude::rust_2024::*;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, BlobPropertyBag};

use super::error::{Fault, Outcome};
use super::job::{Progress, Step};
use crate::digest::Md5;
use crate::download::check_status;
use crate::error::{Error, ErrorKind, Place};
use crate::image::{FIRST_HEAD, ImageInfo, Inspection, inspect};

/// Bytes read from a Blob at once.
const WINDOW: u64 = 4 * 1024 * 1024;
/// Bytes copied into the module's memory at once.
const STEP: u32 = 64 * 1024;
/// Bytes in memory that are hashed before the page gets a turn.
const TURN: u32 = 16 * 1024 * 1024;

const READ: Place = Place::at("read");

#[wasm_bindgen]
extern "C" {
    /// The name of a value's class: a content script's Blob is not an instance of the page's.
    #[wasm_bindgen(js_namespace = ["Object", "prototype", "toString"], js_name = call)]
    fn tag_of(value: &JsValue) -> String;
    #[wasm_bindgen(js_name = String)]
    fn to_text(value: &JsValue) -> String;
    #[wasm_bindgen(js_name = fetch, catch)]
    fn global_fetch(url: &str) -> Result<Promise, JsValue>;

    /// A Response of any realm, or what an injected fetch gives for one.
    #[wasm_bindgen(extends = Object)]
    pub(super) type AnyResponse;
    #[wasm_bindgen(method, getter)]
    pub(super) fn status(this: &AnyResponse) -> u16;
    #[wasm_bindgen(method, catch)]
    pub(super) fn text(this: &AnyResponse) -> Result<Promise, JsValue>;
    #[wasm_bindgen(method, catch)]
    pub(super) fn blob(this: &AnyResponse) -> Result<Promise, JsValue>;
    #[wasm_bindgen(method, getter)]
    pub(super) fn body(this: &AnyResponse) -> JsValue;
    #[wasm_bindgen(method, getter)]
    pub(super) fn headers(this: &AnyResponse) -> AnyHeaders;

    pub(super) type AnyHeaders;
    #[wasm_bindgen(method, catch)]
    pub(super) fn get(this: &AnyHeaders, name: &str) -> Result<Option<String>, JsValue>;

    #[wasm_bindgen(js_namespace = ArrayBuffer, js_name = isView)]
    fn is_view(value: &JsValue) -> bool;
    type View;
    #[wasm_bindgen(method, getter)]
    fn buffer(this: &View) -> JsValue;
    #[wasm_bindgen(method, getter, js_name = byteOffset)]
    fn byte_offset(this: &View) -> u32;
    #[wasm_bindgen(method, getter, js_name = byteLength)]
    fn byte_length(this: &View) -> u32;
}

/// What a source turned out to be.
pub(super) enum Source {
    Blob(Blob),
    Bytes(Uint8Array),
}

/// Reads a `BytesSource`. `fetch`, if there is one, gets what lies on the network; `blob:` and `data:` never leave the page.
pub(super) async fn open(source: JsValue, fetch: Option<&Function>) -> Outcome<Source> {
    if let Some(bytes) = bytes_of(&source) {
        return Ok(Source::Bytes(bytes));
    }
    match tag_of(&source).as_str() {
        "[object Blob]" | "[object File]" => Ok(Source::Blob(source.unchecked_into())),
        "[object Response]" => response_blob(source.unchecked_into()).await,
        "[object String]" | "[object URL]" => fetch_blob(&to_text(&source), fetch).await,
        _ => Err(Error::invalid_input("a picture is a Blob, File, ArrayBuffer, typed array, Response or URL").into()),
    }
}

async fn fetch_blob(url: &str, fetch: Option<&Function>) -> Outcome<Source> {
    let url = url.trim();
    let scheme = url.split(':').next().unwrap_or_default().to_ascii_lowercase();
    let answer = match (scheme.as_str(), fetch) {
        ("http" | "https", Some(fetch)) => {
            fetch.call2(&JsValue::UNDEFINED, &url.into(), &Object::new()).map(|promise| Promise::resolve(&promise))
        }
        ("http" | "https" | "blob" | "data", _) => global_fetch(url),
        _ => {
            let wrong = "a picture's URL must begin with blob:, data:, http: or https:";
            return Err(Error::invalid_input(wrong).into());
        }
    };
    let unreachable = |cause| {
        let detail = match scheme.as_str() {
            "blob" => "the blob: URL cannot be read; it was revoked, or belongs to another page",
            "data" => "the data: URL cannot be read",
            _ => "no answer from the picture's URL: the connection failed, or the browser hid the answer (CORS)",
        };
        Fault::new(Error::passing(ErrorKind::Network, READ, detail), cause)
    };
    let response = JsFuture::from(answer.map_err(unreachable)?).await.map_err(unreachable)?;
    response_blob(response.unchecked_into()).await
}

async fn response_blob(response: AnyResponse) -> Outcome<Source> {
    check_status(READ, response.status())?;
    let broken = |cause| {
        let detail = "the answer's bytes cannot be read; it broke off, or was read before";
        Fault::new(Error::passing(ErrorKind::Network, READ, detail), cause)
    };
    let blob = JsFuture::from(response.blob().map_err(broken)?).await.map_err(broken)?;
    Ok(Source::Blob(blob.unchecked_into()))
}

/// The bytes of a `BufferSource`, not copied.
pub(super) fn bytes_of(source: &JsValue) -> Option<Uint8Array> {
    if is_view(source) {
        let view: &View = source.unchecked_ref();
        return Some(Uint8Array::new_with_byte_offset_and_length(
            &view.buffer(),
            view.byte_offset(),
            view.byte_length(),
        ));
    }
    matches!(tag_of(source).as_str(), "[object ArrayBuffer]" | "[object SharedArrayBuffer]")
        .then(|| Uint8Array::new(source))
}

impl Source {
    /// Bytes.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    pub(super) fn size(&self) -> u64 {
        match self {
            Self::Blob(blob) => blob.size() as u64,
            Self::Bytes(bytes) => u64::from(bytes.length()),
        }
    }

    /// The File's own name, if it is one.
    pub(super) fn name(&self) -> Option<String> {
        let Self::Blob(blob) = self else { return None };
        Reflect::get(blob, &"name".into()).ok()?.as_string().filter(|name| !name.trim().is_empty())
    }

    /// What `String(date)` gives for the File's own date, or for `now_ms`.
    #[allow(clippy::cast_precision_loss)]
    pub(super) fn last_modified(&self, now_ms: u64) -> String {
        let own = match self {
            Self::Blob(blob) => Reflect::get(blob, &"lastModified".into()).ok().and_then(|ms| ms.as_f64()),
            Self::Bytes(_) => None,
        };
        Date::new(&own.unwrap_or(now_ms as f64).into()).to_string().into()
    }

    /// The same bytes as a Blob, of this type.
    pub(super) fn to_blob(&self, mime: &str) -> Outcome<Blob> {
        match self {
            Self::Blob(blob) => Ok(blob.clone()),
            Self::Bytes(bytes) => make_blob(&[bytes.clone()].into_iter().collect(), mime),
        }
    }

    /// The whole under its real type; a slice of a Blob shares its bytes.
    #[allow(clippy::cast_precision_loss)]
    pub(super) fn typed(&self, info: &ImageInfo) -> Outcome<Blob> {
        let blob = self.to_blob(info.mime)?;
        blob.slice_with_f64_and_f64_and_content_type(0.0, info.size as f64, info.mime).map_err(unreadable)
    }

    /// The MIME type that a Blob has of itself.
    pub(super) fn own_type(&self) -> Option<String> {
        match self {
            Self::Blob(blob) => Some(blob.type_()).filter(|mime| !mime.is_empty()),
            Self::Bytes(_) => None,
        }
    }

    /// Bytes `start` to `end`.
    #[allow(clippy::cast_possible_truncation, clippy::cast_precision_loss)]
    async fn window(&self, start: u64, end: u64) -> Outcome<Uint8Array> {
        match self {
            Self::Bytes(bytes) => Ok(bytes.subarray(start as u32, end as u32)),
            Self::Blob(blob) => {
                let slice = blob.slice_with_f64_and_f64(start as f64, end as f64).map_err(unreadable)?;
                let buffer = JsFuture::from(slice.array_buffer()).await.map_err(unreadable)?;
                Ok(Uint8Array::new(buffer.unchecked_ref::<ArrayBuffer>()))
            }
        }
    }

    /// All bytes, for those who want them as text.
    pub(super) async fn all(&self) -> Outcome<Uint8Array> {
        self.window(0, self.size()).await
    }

    /// Type and dimensions, from no more of the file than it takes.
    pub(super) async fn inspect(&self, place: Place) -> Outcome<ImageInfo> {
        let size = self.size();
        let mut wanted = FIRST_HEAD.min(size);
        loop {
            let head = self.window(0, wanted).await?.to_vec();
            match inspect(place, &head, size)? {
                Inspection::Image(info) => return Ok(info),
                Inspection::NeedsHead(more) => wanted = more,
            }
        }
    }

    /// The MD5, in constant memory.
    pub(super) async fn md5(&self, progress: &Progress) -> Outcome<String> {
        let size = self.size();
        let window = match self {
            Self::Blob(_) => WINDOW,
            Self::Bytes(_) => u64::from(TURN),
        };
        let mut hasher = Hasher::default();
        let mut start = 0;
        progress.report(Step::Hash, 0, Some(size));
        while start < size {
            let end = (start + window).min(size);
            hasher.update(&self.window(start, end).await?);
            progress.report(Step::Hash, end, Some(size));
            start = end;
            if start < size && matches!(self, Self::Bytes(_)) {
                gloo_timers::future::TimeoutFuture::new(0).await;
            }
        }
        Ok(hasher.finish())
    }
}

/// An MD5 of bytes that live in JavaScript: they come in through one small window.
#[derive(Default)]
pub(super) struct Hasher {
    md5: Md5,
    step: Vec<u8>,
}

impl Hasher {
    pub(super) fn update(&mut self, bytes: &Uint8Array) {
        let mut start = 0;
        while start < bytes.length() {
            let end = (start + STEP).min(bytes.length());
            let len = (end - start) as usize;
            if self.step.len() < len {
                self.step.resize(len, 0);
            }
            bytes.subarray(start, end).copy_to(&mut self.step[..len]);
            self.md5.update(&self.step[..len]);
            start = end;
        }
    }

    pub(super) fn finish(self) -> String {
        self.md5.finish()
    }
}

/// A Blob of these parts.
pub(super) fn make_blob(parts: &js_sys::Array, mime: &str) -> Outcome<Blob> {
    let options = BlobPropertyBag::new();
    options.set_type(mime);
    Blob::new_with_u8_array_sequence_and_options(parts, &options).map_err(unreadable)
}

fn unreadable(cause: JsValue) -> Fault {
    let detail = "the bytes cannot be read; was the file moved or changed since it was picked?";
    Fault::new(Error::passing(ErrorKind::Network, READ, detail), cause)
}
