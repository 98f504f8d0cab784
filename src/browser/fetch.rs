//! A core [`Request`] becomes a fetch: the platform's own, or the caller's.

use std::cell::Cell;
use std::prelude::rust_2024::*;

use gloo_net::http::RequestBuilder;
use js_sys::{Array, Function, Object, Promise, Reflect};
use wasm_bindgen::prelude::*;
use web_sys::{AbortSignal, Blob, FormData, RequestCredentials, RequestInit, RequestMode, RequestRedirect};

use super::blob::make_blob;
use super::foreign::{JsResult, promised};
use crate::http::{Body, Method, Part, PartValue, Request};
use crate::ids::device_id;
use crate::multipart::Multipart;

std::thread_local! {
    /// Whether the platform's fetch keeps cookies, as a browser's does. Where it does not, the session's own go along as a header.
    static COOKIE_JAR: Cell<bool> = const { Cell::new(true) };
}

/// Told by the entry that knows its platform.
#[wasm_bindgen(js_name = setCookieJar)]
pub fn set_cookie_jar(has_one: bool) {
    COOKIE_JAR.set(has_one);
}

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_name = fetch, catch)]
    fn fetch_request(request: &web_sys::Request) -> JsResult<JsValue>;
    #[wasm_bindgen(js_name = fetch, catch)]
    fn fetch_url(url: &JsValue, init: &RequestInit) -> JsResult<JsValue>;
}

/// Sends a request; `file` is what its file parts are ranges of. What the promise gives is for [`AnyResponse::of`].
///
/// [`AnyResponse::of`]: super::foreign::AnyResponse::of
pub(super) fn send(
    injected: Option<&Function>,
    request: &Request,
    file: Option<&Blob>,
    signal: &AbortSignal,
) -> JsResult<Promise> {
    match injected {
        None => promised(fetch_request(&native_request(request, file, signal)?)),
        Some(fetch) => call(fetch, &request.url.as_str().into(), &plain_init(request, file, signal)?.into()),
    }
}

/// Gets what lies at a URL of the caller's.
pub(super) fn get(injected: Option<&Function>, url: &JsValue, signal: &AbortSignal) -> JsResult<Promise> {
    let init = RequestInit::new();
    init.set_signal(Some(signal));
    init.set_redirect(RequestRedirect::Follow);
    match injected {
        Some(fetch) => call(fetch, url, &init),
        None => promised(fetch_url(url, &init)),
    }
}

/// Without `this`, as a bare function.
fn call(fetch: &Function, url: &JsValue, init: &JsValue) -> JsResult<Promise> {
    promised(fetch.call2(&JsValue::UNDEFINED, url, init))
}

/// Headers of a request, with the session's cookies where the platform keeps none.
fn headers(request: &Request) -> Vec<(&str, &str)> {
    let cookies = request.cookies.as_deref().filter(|_| !COOKIE_JAR.get());
    let named = request.headers.iter().map(|(name, value)| (&**name, value.as_str()));
    named.chain(cookies.map(|cookies| ("cookie", cookies))).collect()
}

fn credentials(request: &Request) -> RequestCredentials {
    if request.cookies.is_some() { RequestCredentials::Include } else { RequestCredentials::Omit }
}

/// A request that carries the session is not redirected to another address; one without may be.
fn redirect(request: &Request) -> RequestRedirect {
    if request.carries_secrets() { RequestRedirect::Error } else { RequestRedirect::Follow }
}

fn native_request(request: &Request, file: Option<&Blob>, signal: &AbortSignal) -> JsResult<web_sys::Request> {
    let mut builder = match request.method {
        Method::Get => gloo_net::http::Request::get(&request.url),
        Method::Post => gloo_net::http::Request::post(&request.url),
    };
    builder = builder.credentials(credentials(request)).redirect(redirect(request)).abort_signal(Some(signal));
    if request.is_blind {
        builder = builder.mode(RequestMode::NoCors);
    }
    for (name, value) in headers(request) {
        builder = builder.header(name, value);
    }
    let body = match (&request.body, file) {
        (Body::Form(parts), Some(file)) if !COOKIE_JAR.get() => Some(encoded(parts, file)?.into()),
        _ => body(request, file)?,
    };
    let built = match body {
        Some(body) => builder.body(body),
        None => RequestBuilder::build(builder),
    };
    built.map(Into::into).map_err(|error| error.to_string().into())
}

/// The `init` of an injected fetch: plain values, which a wrapper can read and spread.
fn plain_init(request: &Request, file: Option<&Blob>, signal: &AbortSignal) -> JsResult<Object> {
    let set = |object: &Object, key: &str, value: &JsValue| Reflect::set(object, &key.into(), value).map(drop);
    let plain_headers = Object::new();
    for (name, value) in headers(request) {
        set(&plain_headers, name, &value.into())?;
    }
    let init = Object::new();
    set(&init, "method", &request.method.as_str().into())?;
    set(&init, "headers", &plain_headers)?;
    set(&init, "credentials", &credentials(request).into())?;
    set(&init, "redirect", &redirect(request).into())?;
    set(&init, "signal", signal)?;
    if let Some(body) = body(request, file)? {
        set(&init, "body", &body)?;
    }
    Ok(init)
}

fn body(request: &Request, file: Option<&Blob>) -> JsResult<Option<JsValue>> {
    match &request.body {
        Body::Empty => Ok(None),
        Body::Json(json) => Ok(Some(json.as_str().into())),
        Body::Form(parts) => Ok(Some(form(parts, file)?.into())),
    }
}

/// A form as a Blob. Node's FormData makes a File of each slice, and its fetch copies that.
#[allow(clippy::cast_precision_loss)]
fn encoded(parts: &[Part], file: &Blob) -> JsResult<Blob> {
    let digits = || device_id(js_sys::Math::random());
    let boundary = ["----", &digits(), &digits()].concat();
    let Some(Multipart { head, file: range, tail }) = Multipart::of(parts, &boundary) else {
        return Err("a form that does not end with its file".into());
    };
    let slice = file.slice_with_f64_and_f64_and_content_type(range.start as f64, range.end as f64, "")?;
    let pieces = Array::of3(&head.into(), &slice, &tail.into());
    make_blob(&pieces, &["multipart/form-data; boundary=", &boundary].concat())
}

/// A form; `file` is what its file parts are ranges of.
#[allow(clippy::cast_precision_loss)]
pub(super) fn form(parts: &[Part], file: Option<&Blob>) -> JsResult<FormData> {
    let form = FormData::new()?;
    for part in parts {
        match (&part.value, file) {
            (PartValue::Text(text), _) => form.append_with_str(part.name, text)?,
            (PartValue::File { range, name, mime }, Some(file)) => {
                let (start, end) = (range.start as f64, range.end as f64);
                let slice = file.slice_with_f64_and_f64_and_content_type(start, end, mime)?;
                form.append_with_blob_and_filename(part.name, &slice, name)?;
            }
            (PartValue::File { .. }, None) => {}
        }
    }
    Ok(form)
}
