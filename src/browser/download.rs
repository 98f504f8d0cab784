//! A picture comes in, is looked at, and goes out with what is known of it.

use js_sys::{Object, Reflect};
use serde::Serialize;
use std::prelude::rust_2024::*;
use wasm_bindgen::prelude::*;
use web_sys::Blob;

use super::error::Outcome;
use super::job::{Progress, Step};
use super::source::Source;
use super::transport::Transport;
use super::values::to_js;
use crate::download::{Expectation, Size, Verdict, Verified};
use crate::http::Request;
use crate::image::ImageInfo;
use crate::retry::Attempts;

/// A picture that passed.
pub(super) struct Downloaded {
    blob: Blob,
    info: ImageInfo,
    facts: Facts,
}

#[derive(Serialize)]
struct Facts {
    md5: String,
    verified: Verified,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
}

impl Downloaded {
    pub(super) fn at_url(mut self, url: String) -> Self {
        self.facts.url = Some(url);
        self
    }

    pub(super) fn into_js(self) -> JsValue {
        let value = to_js(&self.facts);
        _ = Object::<JsValue>::assign(value.unchecked_ref(), to_js(&self.info).unchecked_ref());
        _ = Reflect::set(&value, &"blob".into(), &self.blob);
        value
    }
}

/// Gets a picture, and tries again where an answer may be better the next time.
pub(super) async fn download(
    transport: &Transport,
    request: &Request,
    size: Size,
    expect: Option<&Expectation>,
    progress: &Progress,
) -> Outcome<Downloaded> {
    let mut attempts = Attempts::default();
    loop {
        match attempt(transport, request, size, expect, progress).await {
            Ok(downloaded) => return Ok(downloaded),
            Err(fault) => transport.pause(&mut attempts, fault).await?,
        }
    }
}

async fn attempt(
    transport: &Transport,
    request: &Request,
    size: Size,
    expect: Option<&Expectation>,
    progress: &Progress,
) -> Outcome<Downloaded> {
    let place = request.place;
    let expected = expect.and_then(|expect| expect.total(size));
    let on_bytes = |loaded, total: Option<u64>| progress.report(Step::Download, loaded, total.or(expected));
    let body = transport.download(request, &on_bytes).await?;
    let source = Source::Blob(body.blob);
    let mut info = source.inspect(place).await?;
    let verdict = expect.map(|expect| expect.check(place, size, info.size, &body.md5)).transpose()?;
    let Verdict { verified, warnings } = verdict.unwrap_or_default();
    info.warnings.extend(warnings);
    let blob = source.typed(&info)?;
    let facts = Facts { md5: body.md5, verified, url: None };
    Ok(Downloaded { blob, info, facts })
}
