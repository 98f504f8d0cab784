//! What a picture's first bytes say: type and dimensions. Names and Content-Type headers are not believed.

mod formats;
mod head;
mod heif;

use head::Head;
use serde::Serialize;

use crate::error::{Error, ErrorKind, Place, Result};
use crate::prelude::*;
use crate::text::html_summary;

/// What a file is, from its bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ImageInfo {
    /// MIME type.
    #[serde(rename = "type")]
    pub mime: &'static str,
    /// The usual file-name extension, without its dot.
    pub extension: &'static str,
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
    /// Bytes of the whole file.
    pub size: u64,
}

/// How many of a file's first bytes to look at first.
pub const FIRST_HEAD: u64 = 64 * 1024;
/// A JPEG's dimensions can stand behind this much of metadata; beyond it we give up.
const LONGEST_HEAD: u64 = 16 * 1024 * 1024;

/// The answer of [`inspect`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Inspection {
    /// Read.
    Image(ImageInfo),
    /// The dimensions stand further back: call again with this many of the file's first bytes.
    NeedsHead(u64),
}

/// Reads the `head` (first bytes) of a file of `size` bytes.
pub fn inspect(place: Place, head: &[u8], size: u64) -> Result<Inspection> {
    if size == 0 {
        return Err(Error::transient(ErrorKind::EmptyImage, place, "0 bytes instead of a picture"));
    }
    let mut found = Head::new(head);
    let Some(mime) = formats::read(&mut found) else {
        return Err(no_image(place, head));
    };
    let read = head.len() as u64;
    let Head { is_short, width, height, .. } = found;
    if is_short && read < size && read < LONGEST_HEAD {
        return Ok(Inspection::NeedsHead((read.max(FIRST_HEAD) * 16).min(size).min(LONGEST_HEAD)));
    }
    if is_short || width == 0 || height == 0 {
        return Err(broken(place, mime));
    }
    let extension = if mime == "image/jpeg" { "jpg" } else { mime.split_at("image/".len()).1 };
    Ok(Inspection::Image(ImageInfo { mime, extension, width, height, size }))
}

fn broken(place: Place, mime: &str) -> Error {
    Error::new(ErrorKind::NotAnImage, place, format!("begins like {mime}, but its header is broken or cut off"))
}

/// Names what came instead, as far as it can be told: an HTML page is quoted, since it says what a server meant.
fn no_image(place: Place, head: &[u8]) -> Error {
    let text = String::from_utf8_lossy(&head[..head.len().min(4096)]);
    let text = text.trim_start_matches('\u{feff}').trim_start();
    if text.starts_with('<') {
        let detail = format!("an HTML page instead of a picture: \"{}\"", html_summary(text));
        return Error::transient(ErrorKind::NotAnImage, place, detail);
    }
    Error::new(
        ErrorKind::NotAnImage,
        place,
        "the bytes are no picture of a known type (JPEG, PNG, GIF, WebP, BMP, TIFF, AVIF, HEIC)",
    )
}
