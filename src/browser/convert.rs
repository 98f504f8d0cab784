//! Turns an image that the service does not take as a picture into one that it takes: by the caller's function, or by the
//! platform's own decoder. The core says which types need it.

use std::prelude::rust_2024::*;

use js_sys::{Function, Object, Promise, Reflect};
use wasm_bindgen::prelude::*;
use web_sys::{Blob, ImageBitmap, ImageData, ImageEncodeOptions, OffscreenCanvas, OffscreenCanvasRenderingContext2d};

use super::error::{Fault, Outcome};
use super::foreign::{JsResult, blob_of, bytes_of, promised};
use super::options::Options;
use super::source::Source;
use super::transport::Transport;
use super::values::to_js;
use crate::error::{Error, Place, Result};
use crate::image::ImageInfo;
use crate::upload::{Conversion, MediaKind, not_sendable};

/// The quality of a JPEG that is made here, 0 to 1: what browsers take by default.
const QUALITY: f64 = 0.92;

/// Pixels whose transparency is looked at in one step.
const STRIP: u32 = 256 * 1024;

const CONVERT: Place = Place::at("convert");

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_name = createImageBitmap, catch)]
    fn create_image_bitmap(blob: &Blob, options: &Object) -> JsResult<JsValue>;

    type Pixels;
    #[wasm_bindgen(method, getter, catch)]
    fn data(this: &Pixels) -> JsResult<JsValue>;
}

/// What a caller allows.
#[derive(Default)]
pub(super) struct Conversions {
    is_allowed: bool,
    decode: Option<Function>,
}

/// A picture in a form that the service takes.
pub(super) struct Sendable {
    pub(super) source: Source,
    pub(super) info: ImageInfo,
    pub(super) converted: Option<Conversion>,
}

impl Conversions {
    /// The options `convert` and `decode` of an upload.
    pub(super) fn of(options: &Options) -> Result<Self> {
        let is_allowed = match options.text("convert")?.as_deref() {
            None | Some("auto") => true,
            Some("never") => false,
            Some(_) => return Err(Error::invalid_input("convert: expected \"auto\" or \"never\"")),
        };
        Ok(Self { is_allowed, decode: options.function("decode")? })
    }

    /// The source as it is where the service takes its type, else a conversion of it.
    pub(super) async fn apply(&self, source: Source, info: ImageInfo, transport: &Transport) -> Outcome<Sendable> {
        if MediaKind::of_image(info.mime).is_some() {
            return Ok(Sendable { source, info, converted: None });
        }
        if !self.is_allowed {
            return Err(not_sendable(info.mime, "convert is \"never\"").into());
        }
        let blob = source.to_blob(info.mime)?;
        let (made, decoder) = match &self.decode {
            Some(decode) => (by_caller(decode, &blob, &info, transport).await?, "`decode`"),
            None => (by_platform(&blob, &info, transport).await?, "the platform"),
        };
        let (from, was_animated) = (info.mime.to_owned(), info.is_animated);
        let info = made.inspect(CONVERT).await.map_err(|fault| {
            let error = Error::invalid_input(format!("{from}: {decoder} returned no image: {}", fault.error()));
            Fault::new(error, fault.into_cause())
        })?;
        if MediaKind::of_image(info.mime).is_none() {
            return Err(not_sendable(&from, &format!("{decoder} returned {}", info.mime)).into());
        }
        let first_frame_only = (was_animated == Some(true) && info.is_animated != Some(true)).then_some(true);
        let converted = Conversion { from, to: info.mime.to_owned(), first_frame_only };
        Ok(Sendable { source: made, info, converted: Some(converted) })
    }
}

/// What the caller's `decode` makes of it.
async fn by_caller(decode: &Function, blob: &Blob, info: &ImageInfo, transport: &Transport) -> Outcome<Source> {
    let promise = promised(decode.call2(&JsValue::UNDEFINED, blob, &to_js(info)));
    let made = transport.wait(promise).await.map_err(|lost| {
        let (reason, cause) = lost.into_reason("`decode` threw", "`decode` did not finish");
        Fault::new(not_sendable(info.mime, &reason), cause)
    })?;
    if let Some(blob) = blob_of(&made) {
        return Ok(Source::Blob(blob));
    }
    match bytes_of(&made) {
        Some(Ok(bytes)) => Ok(Source::Bytes(bytes)),
        _ => Err(not_sendable(info.mime, "`decode` returned something that is not a Blob or BufferSource").into()),
    }
}

/// By createImageBitmap and an OffscreenCanvas, which pages and workers have.
async fn by_platform(blob: &Blob, info: &ImageInfo, transport: &Transport) -> Outcome<Source> {
    let refused = |reason: &str, cause| Fault::new(not_sendable(info.mime, reason), cause);
    if !has("createImageBitmap") || !has("OffscreenCanvas") {
        return Err(refused("this platform has no decoder for images", JsValue::UNDEFINED));
    }
    let decoded = transport.wait(bitmap(blob)).await.map_err(|lost| {
        let (reason, cause) = lost.into_reason("this platform cannot decode it", "decoding did not finish");
        refused(&reason, cause)
    })?;
    let drawn = draw(decoded.unchecked_ref()).map_err(|cause| refused("the image cannot be drawn here", cause))?;
    let made = transport.wait(drawn).await.map_err(|lost| {
        let (reason, cause) = lost.into_reason("this platform cannot encode it", "encoding did not finish");
        refused(&reason, cause)
    })?;
    blob_of(&made)
        .map(Source::Blob)
        .ok_or_else(|| refused("the platform's encoder returned no Blob", JsValue::UNDEFINED))
}

fn has(name: &str) -> bool {
    Reflect::get(&js_sys::global(), &name.into()).is_ok_and(|value| value.is_function())
}

/// Decodes, with the orientation of its metadata applied.
fn bitmap(blob: &Blob) -> JsResult<Promise> {
    let options = Object::new();
    Reflect::set(&options, &"imageOrientation".into(), &"from-image".into())?;
    promised(create_image_bitmap(blob, &options))
}

/// Draws a bitmap and begins to encode it: as PNG where a pixel is transparent, else as JPEG.
fn draw(bitmap: &ImageBitmap) -> JsResult<JsResult<Promise>> {
    let (width, height) = (bitmap.width(), bitmap.height());
    let canvas = OffscreenCanvas::new(width, height)?;
    // Or browsers keep the pixels where reading them is slow, and say so.
    let read_back = Object::new();
    Reflect::set(&read_back, &"willReadFrequently".into(), &JsValue::TRUE)?;
    let context = canvas.get_context_with_context_options("2d", &read_back)?.ok_or("no 2d context")?;
    let context: &OffscreenCanvasRenderingContext2d = context.unchecked_ref();
    context.draw_image_with_image_bitmap(bitmap, 0.0, 0.0)?;
    bitmap.close();
    let encoding = ImageEncodeOptions::new();
    if is_transparent(context, width, height)? {
        encoding.set_type("image/png");
    } else {
        encoding.set_type("image/jpeg");
        encoding.set_quality(QUALITY);
    }
    Ok(canvas.convert_to_blob_with_options(&encoding))
}

/// Whether any pixel is less than opaque. The pixels are looked at in strips, so that the module's memory stays small.
fn is_transparent(context: &OffscreenCanvasRenderingContext2d, width: u32, height: u32) -> JsResult<bool> {
    let rows = (STRIP / width.max(1)).max(1);
    let mut strip = Vec::new();
    for top in (0..height).step_by(rows as usize) {
        let lines = rows.min(height - top);
        let (width, height, top) = (f64::from(width), f64::from(lines), f64::from(top));
        let pixels: ImageData = context.get_image_data(0.0, top, width, height)?;
        let bytes = bytes_of(&pixels.unchecked_ref::<Pixels>().data()?).ok_or("no pixels")??;
        strip.resize(bytes.length() as usize, 0);
        bytes.copy_to(&mut strip);
        if strip.iter().skip(3).step_by(4).any(|&alpha| alpha < u8::MAX) {
            return Ok(true);
        }
    }
    Ok(false)
}
