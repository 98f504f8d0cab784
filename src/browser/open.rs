//! What a caller passes for a picture, in all its forms, becomes a [`Source`].

use std::prelude::rust_2024::*;

use js_sys::JsString;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::Blob;

use super::error::{Fault, Outcome};
use super::foreign::{AnyResponse, blob_bytes, blob_of, blob_size, body_blob, bytes_of, read_blob, tag_of, text_of};
use super::source::{READ, Source, ended, unreadable};
use super::transport::Transport;
use crate::error::{Error, ErrorKind};
use crate::http::check_status;

/// The source as it is now: a caller may write into a buffer, or give it away, while it is being sent. A Blob does not change.
pub(super) fn held(source: JsValue) -> JsValue {
    let bytes = bytes_of(&source).and_then(Result::ok);
    bytes.and_then(|bytes| Source::Bytes(bytes).to_blob("").ok()).map_or(source, Into::into)
}

/// Reads a `BytesSource`.
pub(super) async fn open(source: JsValue, transport: &Transport) -> Outcome<Source> {
    if let Some(bytes) = bytes_of(&source) {
        return Ok(Source::Bytes(bytes?));
    }
    if let Some(blob) = blob_of(&source) {
        // Chromium and WebKit say 0 of a file that is gone or was changed; reading it tells.
        if blob_size(&blob) == Some(0) {
            let bytes = JsFuture::from(read_blob(&blob).map_err(unreadable)?).await;
            if bytes.and_then(|buffer| blob_bytes(&buffer)).map_err(unreadable)?.length() > 0 {
                return Err(ended());
            }
        }
        return Ok(Source::Blob(blob));
    }
    match tag_of(&source).as_str() {
        "[object Response]" => read(source.unchecked_into()).await,
        "[object String]" | "[object URL]" => {
            get(text_of(&source).unwrap_or_else(|_| "".into()).trim(), transport).await
        }
        _ => Err(Error::invalid_input("expected a Blob, File, ArrayBuffer, typed array, Response or URL").into()),
    }
}

/// The bytes of a Response that the caller fetched.
async fn read(response: AnyResponse) -> Outcome<Source> {
    if response.is_used() {
        return Err(Error::invalid_input("the Response's body was already read; pass a new one, or a clone()").into());
    }
    check_status(READ, response.status())?;
    let broken =
        |cause| Fault::new(Error::transient(ErrorKind::Network, READ, "the Response's body was interrupted"), cause);
    let blob = match response.blob() {
        Ok(promise) => JsFuture::from(promise).await,
        Err(cause) => Err(cause),
    };
    nameless(&blob.and_then(|blob| body_blob(&blob)).map_err(broken)?)
}

/// The bytes at a URL.
async fn get(url: JsString, transport: &Transport) -> Outcome<Source> {
    // The rest of it stays outside: it may be a data: URL of any length.
    let scheme = String::from(url.slice(0, 8));
    let scheme = scheme.split(':').next().unwrap_or_default().to_ascii_lowercase();
    let local = match scheme.as_str() {
        "http" | "https" => None,
        "blob" => Some("the blob: URL cannot be read; it was revoked, or belongs to another page"),
        "data" => Some("the data: URL cannot be read"),
        _ => {
            let wrong = "expected a blob:, data:, http: or https: URL; for a path or file: URL in Node, pass the result of \
                         fs.openAsBlob(path)";
            return Err(Error::invalid_input(wrong).into());
        }
    };
    let blob = transport.get(READ, &url, local.is_some()).await.map_err(|fault| match local {
        Some(detail) => Fault::new(Error::invalid_input(detail), fault.into_cause()),
        None => fault,
    })?;
    nameless(&blob)
}

/// What was fetched, without a name and date: where a `blob:` URL stands for a File, Firefox gives that File back, and others do not.
fn nameless(blob: &Blob) -> Outcome<Source> {
    let source = Source::Blob(blob.clone());
    #[allow(clippy::cast_precision_loss)]
    let (size, mime) = (source.size() as f64, source.own_type().unwrap_or_default());
    blob.slice_with_f64_and_f64_and_content_type(0.0, size, &mime).map(Source::Blob).map_err(unreadable)
}
