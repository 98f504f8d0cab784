//! Values that others made: an injected fetch's answer, a caller's buffer, a Blob of another realm. They are known by what they say of
//! themselves, not by instanceof, and whatever they throw is caught.

use std::prelude::rust_2024::*;

use js_sys::{DataView, JsString, Promise, Reflect, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::Blob;

use crate::error::{Error, Result as Checked};
use crate::http::LONGEST_TEXT;

pub(super) type JsResult<T> = Result<T, JsValue>;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = ["Object", "prototype", "toString"], js_name = call, catch)]
    fn class_of(value: &JsValue) -> JsResult<JsValue>;
    #[wasm_bindgen(js_name = String, catch)]
    pub(super) fn text_of(value: &JsValue) -> JsResult<JsString>;

    #[wasm_bindgen(js_namespace = ArrayBuffer, js_name = isView)]
    fn is_view(value: &JsValue) -> bool;
    /// A property of `value` as the class of `model` has it, whatever `value` has of its own.
    #[wasm_bindgen(js_namespace = Reflect, js_name = get, catch)]
    fn get_as(model: &JsValue, key: &str, value: &JsValue) -> JsResult<JsValue>;

    #[wasm_bindgen(extends = Uint8Array, js_name = Uint8Array)]
    type Window;
    #[wasm_bindgen(constructor, catch, js_class = "Uint8Array")]
    fn whole(buffer: &JsValue) -> JsResult<Window>;
    #[wasm_bindgen(constructor, catch, js_class = "Uint8Array")]
    fn part(buffer: &JsValue, offset: &JsValue, length: &JsValue) -> JsResult<Window>;

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
    fn done(this: &Piece) -> JsResult<JsValue>;
    #[wasm_bindgen(method, getter, catch)]
    fn value(this: &Piece) -> JsResult<JsValue>;
}

/// UTF-16 units of a name or a header, at most.
const LONGEST_WORD: u32 = 4096;

/// A string of at most so many UTF-16 units, copied into the module's memory, which never shrinks; none for a longer one, and for what is
/// no text.
pub(super) fn text_within(value: &JsValue, most: u32) -> Option<String> {
    value.dyn_ref::<JsString>().filter(|text| text.length() <= most).map(Into::into)
}

/// So much of a string as an answer may have, and one byte more.
#[allow(clippy::cast_possible_truncation)]
pub(super) fn first_text(value: &JsValue, longest: usize) -> Option<String> {
    value.dyn_ref::<JsString>().map(|text| text.slice(0, longest as u32 + 1).into())
}

/// Whether a string is longer than an answer may be.
pub(super) fn is_longer(value: &JsValue) -> bool {
    value.dyn_ref::<JsString>().is_some_and(|text| text.length() as usize > LONGEST_TEXT)
}

/// The first bytes of a piece, at most so many.
#[allow(clippy::cast_possible_truncation)]
pub(super) fn head_of(piece: &Uint8Array, most: usize) -> Vec<u8> {
    window_of(piece, 0, piece.length().min(most as u32)).map(|head| head.to_vec()).unwrap_or_default()
}

/// A short text that a property holds; none where its getter throws.
pub(super) fn word_in(object: &JsValue, key: &str) -> Option<String> {
    text_within(&Reflect::get(object, &key.into()).ok()?, LONGEST_WORD)
}

/// The name of a value's class, as `[object …]` has it.
pub(super) fn tag_of(value: &JsValue) -> String {
    class_of(value).ok().and_then(|tag| text_within(&tag, LONGEST_WORD)).unwrap_or_default()
}

/// All bytes of a view.
fn window_of_view(view: &JsValue) -> JsResult<Window> {
    let array = Uint8Array::new_with_length(0);
    let data = DataView::new(&array.buffer(), 0, 0);
    let fact = |key| get_as(&array, key, view).or_else(|_| get_as(&data, key, view));
    Window::part(&fact("buffer")?, &fact("byteOffset")?, &fact("byteLength")?)
}

/// The bytes of a `BufferSource`, not copied. An error where they are gone, since the buffer was handed to somebody else, and where they
/// are more than the module can count.
pub(super) fn bytes_of(source: &JsValue) -> Option<Checked<Uint8Array>> {
    let window = if is_view(source) {
        window_of_view(source)
    } else if matches!(tag_of(source).as_str(), "[object ArrayBuffer]" | "[object SharedArrayBuffer]") {
        Window::whole(source)
    } else {
        return None;
    };
    let Ok(window) = window else {
        return Some(Err(Error::invalid_input("the buffer is detached: it was transferred")));
    };
    // As a number: the 32 bits of `length()` would be those of a shorter one.
    let length = Reflect::get(&window, &"length".into()).ok().and_then(|length| length.as_f64());
    if length.is_none_or(|length| length > f64::from(u32::MAX)) {
        return Some(Err(Error::invalid_input("expected at most 4294967295 bytes")));
    }
    Some(Ok(window.unchecked_into()))
}

/// All bytes of a buffer that somebody else may have transferred.
pub(super) fn whole(buffer: &JsValue) -> JsResult<Uint8Array> {
    Window::whole(buffer).map(JsCast::unchecked_into)
}

/// A Blob or File, of whichever realm.
pub(super) fn blob_of(value: &JsValue) -> Option<Blob> {
    let is_blob = matches!(tag_of(value).as_str(), "[object Blob]" | "[object File]") && blob_size(value).is_some();
    is_blob.then(|| value.clone().unchecked_into())
}

/// Bytes of a Blob; none where it does not say.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
pub(super) fn blob_size(blob: &JsValue) -> Option<u64> {
    let size = Reflect::get(blob, &"size".into()).ok()?.as_f64();
    size.filter(|&size| size >= 0.0).map(|size| size as u64)
}

/// Some of a caller's bytes, not copied. An error where they are gone by now. `subarray` would ask the bytes for their constructor, which
/// Firefox denies a content script whose bytes are the page's.
pub(super) fn window_of(bytes: &Uint8Array, start: u32, end: u32) -> JsResult<Uint8Array> {
    let offset = bytes.byte_offset() + start;
    Window::part(&bytes.buffer(), &offset.into(), &(end - start).into()).map(JsCast::unchecked_into)
}

/// A promise for all bytes of a Blob; [`bytes_of`] takes what it gives.
pub(super) fn read_blob(blob: &Blob) -> JsResult<Promise> {
    promised(blob.unchecked_ref::<AnyBlob>().array_buffer())
}

/// The bytes that a promise of [`read_blob`] gave.
pub(super) fn blob_bytes(buffer: &JsValue) -> JsResult<Uint8Array> {
    Ok(bytes_of(buffer).ok_or("the Blob returned no bytes")??)
}

/// A reader that fills buffers of ours with a Blob's bytes; none where the platform has no such.
pub(super) fn blob_reader(blob: &Blob) -> Option<Reading> {
    let options = js_sys::Object::new();
    Reflect::set(&options, &"mode".into(), &"byob".into()).ok()?;
    blob.unchecked_ref::<AnyBlob>().stream().ok()?.get_reader_of(&options).ok().map(Reading::of)
}

/// A promise of our own for what a call gave, which may be a promise or the value itself. `Promise.resolve` would hand on a promise as
/// it is, with whatever `then` and `constructor` somebody gave it.
pub(super) fn promised(called: JsResult<JsValue>) -> JsResult<Promise> {
    called.map(|value| Promise::new(&mut |resolve, _| _ = resolve.call1(&JsValue::UNDEFINED, &value)))
}

impl AnyResponse {
    /// What a fetch resolved to, if it can be read as a Response.
    pub(super) fn of(value: JsValue) -> JsResult<Self> {
        if !value.is_object() {
            return Err("fetch returned no Response".into());
        }
        let response: Self = value.unchecked_into();
        response.raw_status()?.as_f64().ok_or("fetch returned no Response")?;
        Ok(response)
    }

    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    pub(super) fn status(&self) -> u16 {
        self.raw_status().ok().and_then(|status| status.as_f64()).unwrap_or_default() as u16
    }

    pub(super) fn header(&self, name: &str) -> Option<String> {
        text_within(&self.headers().and_then(|headers| headers.get(name)).ok()?, LONGEST_WORD)
    }

    /// Whether all of its headers are to be seen: of another origin's answer, CORS hides some.
    pub(super) fn is_open(&self) -> bool {
        self.raw_type().ok().is_some_and(|kind| kind == "basic")
    }

    /// Whether somebody has read the body before.
    pub(super) fn is_used(&self) -> bool {
        self.raw_body_used().is_ok_and(|used| used.is_truthy())
    }

    /// A promise for the body as a string.
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
    blob_of(value).ok_or_else(|| "the response's blob() returned no Blob".into())
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
        return Err("the body's stream returned no chunk".into());
    }
    let piece: Piece = piece.unchecked_into();
    if piece.done()?.is_truthy() {
        return Ok(None);
    }
    Ok(Some(bytes_of(&piece.value()?).ok_or("the body's stream returned no bytes")??))
}
