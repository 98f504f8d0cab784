//! Values that others made: an injected fetch's answer, a caller's buffer, a Blob of another realm. They are known by what they say of
//! themselves, not by instanceof, and whatever they throw is caught.

use std::prelude::rust_2024::*;

use js_sys::{Promise, Reflect, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::Blob;

pub(super) type JsResult<T> = Result<T, JsValue>;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = ["Object", "prototype", "toString"], js_name = call, catch)]
    fn class_of(value: &JsValue) -> JsResult<String>;
    #[wasm_bindgen(js_name = String, catch)]
    pub(super) fn text_of(value: &JsValue) -> JsResult<String>;

    #[wasm_bindgen(js_namespace = ArrayBuffer, js_name = isView)]
    fn is_view(value: &JsValue) -> bool;
    type View;
    #[wasm_bindgen(method, getter)]
    fn buffer(this: &View) -> JsValue;
    #[wasm_bindgen(method, getter, js_name = byteOffset)]
    fn byte_offset(this: &View) -> u32;
    #[wasm_bindgen(method, getter, js_name = byteLength)]
    fn byte_length(this: &View) -> u32;

    #[wasm_bindgen(extends = Uint8Array, js_name = Uint8Array)]
    type Window;
    #[wasm_bindgen(constructor, catch, js_class = "Uint8Array")]
    fn whole(buffer: &JsValue) -> JsResult<Window>;
    #[wasm_bindgen(constructor, catch, js_class = "Uint8Array")]
    fn part(buffer: &JsValue, offset: u32, length: u32) -> JsResult<Window>;

    #[wasm_bindgen(extends = Uint8Array)]
    type Bytes;
    #[wasm_bindgen(method, catch)]
    fn subarray(this: &Bytes, start: u32, end: u32) -> JsResult<Uint8Array>;

    type AnyBlob;
    #[wasm_bindgen(method, catch, js_name = arrayBuffer)]
    fn array_buffer(this: &AnyBlob) -> JsResult<JsValue>;
    #[wasm_bindgen(method, catch)]
    fn stream(this: &AnyBlob) -> JsResult<AnyStream>;

    /// A Response, or what stands for one.
    pub(super) type AnyResponse;
    #[wasm_bindgen(method, getter, catch, js_name = status)]
    fn raw_status(this: &AnyResponse) -> JsResult<JsValue>;
    #[wasm_bindgen(method, getter, catch, js_name = type)]
    fn raw_type(this: &AnyResponse) -> JsResult<JsValue>;
    #[wasm_bindgen(method, getter, catch, js_name = bodyUsed)]
    fn raw_body_used(this: &AnyResponse) -> JsResult<JsValue>;
    #[wasm_bindgen(method, getter, catch, js_name = body)]
    fn raw_body(this: &AnyResponse) -> JsResult<AnyStream>;
    #[wasm_bindgen(method, getter, catch)]
    fn headers(this: &AnyResponse) -> JsResult<AnyHeaders>;
    #[wasm_bindgen(method, catch, js_name = text)]
    fn raw_text(this: &AnyResponse) -> JsResult<JsValue>;
    #[wasm_bindgen(method, catch, js_name = blob)]
    fn raw_blob(this: &AnyResponse) -> JsResult<JsValue>;

    type AnyHeaders;
    #[wasm_bindgen(method, catch)]
    fn get(this: &AnyHeaders, name: &str) -> JsResult<JsValue>;

    type AnyStream;
    #[wasm_bindgen(method, catch, js_name = getReader)]
    fn get_reader(this: &AnyStream) -> JsResult<AnyReader>;
    #[wasm_bindgen(method, catch, js_name = getReader)]
    fn get_reader_of(this: &AnyStream, options: &JsValue) -> JsResult<AnyReader>;

    type AnyReader;
    #[wasm_bindgen(method, catch, js_name = read)]
    fn raw_read(this: &AnyReader) -> JsResult<JsValue>;
    #[wasm_bindgen(method, catch, js_name = read)]
    fn raw_read_into(this: &AnyReader, buffer: &Uint8Array) -> JsResult<JsValue>;
    #[wasm_bindgen(method, catch, js_name = cancel)]
    fn raw_cancel(this: &AnyReader) -> JsResult<JsValue>;

    type Piece;
    #[wasm_bindgen(method, getter, catch)]
    fn done(this: &Piece) -> JsResult<bool>;
    #[wasm_bindgen(method, getter, catch)]
    fn value(this: &Piece) -> JsResult<JsValue>;
}

/// The name of a value's class, as `[object …]` has it.
pub(super) fn tag_of(value: &JsValue) -> String {
    class_of(value).unwrap_or_default()
}

/// The bytes of a `BufferSource`, not copied. An error where they are gone: the buffer was handed to somebody else.
pub(super) fn bytes_of(source: &JsValue) -> Option<JsResult<Uint8Array>> {
    let window = if is_view(source) {
        let view: &View = source.unchecked_ref();
        Window::part(&view.buffer(), view.byte_offset(), view.byte_length())
    } else if matches!(tag_of(source).as_str(), "[object ArrayBuffer]" | "[object SharedArrayBuffer]") {
        Window::whole(source)
    } else {
        return None;
    };
    Some(window.map(JsCast::unchecked_into))
}

/// A Blob or File, of whichever realm.
pub(super) fn blob_of(value: &JsValue) -> Option<Blob> {
    matches!(tag_of(value).as_str(), "[object Blob]" | "[object File]").then(|| value.clone().unchecked_into())
}

/// Some of a caller's bytes, not copied. An error where they are gone by now.
pub(super) fn window_of(bytes: &Uint8Array, start: u32, end: u32) -> JsResult<Uint8Array> {
    bytes.unchecked_ref::<Bytes>().subarray(start, end)
}

/// A promise for all bytes of a Blob; [`bytes_of`] takes what it gives.
pub(super) fn read_blob(blob: &Blob) -> JsResult<Promise> {
    promised(blob.unchecked_ref::<AnyBlob>().array_buffer())
}

/// The bytes that a promise of [`read_blob`] gave.
pub(super) fn blob_bytes(buffer: &JsValue) -> JsResult<Uint8Array> {
    bytes_of(buffer).unwrap_or_else(|| Err("the Blob gave no bytes".into()))
}

/// A reader that fills buffers of ours with a Blob's bytes; none where the platform has no such.
pub(super) fn blob_reader(blob: &Blob) -> Option<Reading> {
    let options = js_sys::Object::new();
    Reflect::set(&options, &"mode".into(), &"byob".into()).ok()?;
    blob.unchecked_ref::<AnyBlob>().stream().ok()?.get_reader_of(&options).ok().map(Reading::of)
}

/// What a call gave, which may be a promise or the value itself.
fn promised(called: JsResult<JsValue>) -> JsResult<Promise> {
    called.map(|value| Promise::resolve(&value))
}

impl AnyResponse {
    /// What a fetch resolved to, if it can be read as a Response.
    pub(super) fn of(value: JsValue) -> JsResult<Self> {
        if !value.is_object() {
            return Err("fetch gave no Response".into());
        }
        let response: Self = value.unchecked_into();
        response.raw_status()?.as_f64().ok_or("fetch gave no Response")?;
        Ok(response)
    }

    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    pub(super) fn status(&self) -> u16 {
        self.raw_status().ok().and_then(|status| status.as_f64()).unwrap_or_default() as u16
    }

    pub(super) fn header(&self, name: &str) -> Option<String> {
        self.headers().and_then(|headers| headers.get(name)).ok()?.as_string()
    }

    /// Whether all of its headers are to be seen: of another origin's answer, CORS hides some.
    pub(super) fn is_open(&self) -> bool {
        self.raw_type().ok().and_then(|kind| kind.as_string()).as_deref() == Some("basic")
    }

    /// Whether somebody has read the body before.
    pub(super) fn is_used(&self) -> bool {
        self.raw_body_used().is_ok_and(|used| used.is_truthy())
    }

    /// A promise for the body as a text.
    pub(super) fn text(&self) -> JsResult<Promise> {
        promised(self.raw_text())
    }

    /// A reader for the body; none where the body is no stream.
    pub(super) fn reader(&self) -> JsResult<Option<Reading>> {
        let body = self.raw_body()?;
        if tag_of(&body) == "[object ReadableStream]" { Ok(Some(Reading::of(body.get_reader()?))) } else { Ok(None) }
    }

    /// A promise for the body as a Blob; [`body_blob`] takes what it gives.
    pub(super) fn blob(&self) -> JsResult<Promise> {
        promised(self.raw_blob())
    }
}

/// The Blob that a promise of [`AnyResponse::blob`] gave.
pub(super) fn body_blob(value: &JsValue) -> JsResult<Blob> {
    blob_of(value).ok_or_else(|| "the answer's blob is no Blob".into())
}

/// Bytes that are read piece by piece. Dropped before it is finished, it lets go of the rest: an injected fetch may not listen to
/// the signal.
pub(super) struct Reading {
    reader: AnyReader,
    is_finished: bool,
}

impl Reading {
    fn of(reader: AnyReader) -> Self {
        Self { reader, is_finished: false }
    }

    /// A promise for the next piece; [`piece_bytes`] takes what it gives.
    pub(super) fn read(&self) -> JsResult<Promise> {
        promised(self.reader.raw_read())
    }

    /// The same where [`blob_reader`] gave it: the piece comes in this buffer, which is gone from here.
    pub(super) fn read_into(&self, buffer: &Uint8Array) -> JsResult<Promise> {
        promised(self.reader.raw_read_into(buffer))
    }

    /// There was no further piece.
    pub(super) fn finish(mut self) {
        self.is_finished = true;
    }
}

impl Drop for Reading {
    /// What the stream says to that is of no interest.
    fn drop(&mut self) {
        if !self.is_finished
            && let Ok(promise) = promised(self.reader.raw_cancel())
        {
            wasm_bindgen_futures::spawn_local(async move {
                _ = JsFuture::from(promise).await;
            });
        }
    }
}

/// The bytes of a body's next piece; none at its end.
pub(super) fn piece_bytes(piece: JsValue) -> JsResult<Option<Uint8Array>> {
    if !piece.is_object() {
        return Err("the body's stream gave no piece".into());
    }
    let piece: Piece = piece.unchecked_into();
    if piece.done()? {
        return Ok(None);
    }
    bytes_of(&piece.value()?).unwrap_or_else(|| Err("the body's stream gave no bytes".into())).map(Some)
}
