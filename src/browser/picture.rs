//! A picture that came in goes out to the caller, with what is known of it.

use std::prelude::rust_2024::*;

use js_sys::{Object, Reflect};
use serde::Serialize;
use wasm_bindgen::prelude::*;
use web_sys::Blob;

use super::error::Outcome;
use super::source::Source;
use super::values::to_js;
use crate::digest::Md5Hex;
use crate::download::{Size, Verdict, Verified};
use crate::error::Error;
use crate::job::Picture;

#[derive(Serialize)]
struct Facts {
    md5: Md5Hex,
    verified: Verified,
    variant: Option<Size>,
}

/// What the caller gets of a picture; `url` where the caller is told of it.
pub(super) fn downloaded(picture: Picture, blob: Option<Blob>, url: Option<JsValue>) -> Outcome<JsValue> {
    let Picture { mut image, md5, judgement: Verdict { verified, warnings, variant } } = picture;
    image.warnings.extend(warnings);
    let blob = blob.ok_or_else(|| Error::internal("an image without bytes"))?;
    let typed = Source::Blob(blob).typed(&image)?;
    let value = to_js(&Facts { md5, verified, variant });
    _ = Object::<JsValue>::assign(value.unchecked_ref(), to_js(&image).unchecked_ref());
    _ = Reflect::set(&value, &"blob".into(), &typed);
    if let Some(url) = url {
        _ = Reflect::set(&value, &"url".into(), &url);
    }
    Ok(value)
}
