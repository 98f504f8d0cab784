//! A picture that came in goes out to the caller, with what is known of it.

use std::prelude::rust_2024::*;

use js_sys::{Object, Reflect};
use serde::Serialize;
use wasm_bindgen::prelude::*;

use super::driver::{Io, drive};
use super::error::Outcome;
use super::source::Source;
use super::values::to_js;
use crate::digest::Md5Hex;
use crate::download::{Verdict, Verified};
use crate::error::Error;
use crate::job::{Job, Picture};

#[derive(Serialize)]
struct Facts {
    md5: Md5Hex,
    verified: Verified,
    warnings: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
}

/// Drives a job that ends with a picture. `parts` tells the picture, and its URL where the caller is told of it.
pub(super) async fn download<J: Job>(
    job: &mut J,
    io: &Io<'_>,
    parts: impl FnOnce(J::Output) -> (Picture, Option<String>),
) -> Outcome<JsValue> {
    let (output, blob) = drive(job, io).await?;
    let (Picture { image, md5, judgement }, url) = parts(output);
    let blob = blob.ok_or_else(|| Error::internal("a picture without its bytes"))?;
    let Verdict { verified, warnings } = judgement;
    let value = to_js(&Facts { md5, verified, warnings, url });
    _ = Object::<JsValue>::assign(value.unchecked_ref(), to_js(&image).unchecked_ref());
    let typed = Source::Blob(blob).typed(&image)?;
    _ = Reflect::set(&value, &"blob".into(), &typed);
    Ok(value)
}
