//! What a picture's first bytes say: type and dimensions. Names and Content-Type headers are not believed.

// The header reader wants a std reader over bytes in memory; nothing else of std is let in.
extern crate std;
use std::io::{Cursor, ErrorKind as IoErrorKind};

use imagesize::{Compression, ImageError, ImageType};
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
        return Err(Error::passing(ErrorKind::EmptyImage, place, "0 bytes instead of a picture"));
    }
    let mut reader = Cursor::new(head);
    let found = imagesize::reader_type(&mut reader).ok().and_then(|kind| Some((kind, name(kind)?)));
    let Some((kind, (mime, extension))) = found else {
        return Err(no_image(place, head));
    };
    let read = head.len() as u64;
    let more = (read < size && read < LONGEST_HEAD)
        .then(|| Inspection::NeedsHead((read.max(FIRST_HEAD) * 16).min(size).min(LONGEST_HEAD)));
    let dimensions = kind.reader_size(&mut reader);
    // A HEIF lists several pictures. A list that goes on behind the head may name the right one there.
    let is_cut_list = matches!(kind, ImageType::Heif(_)) && reader.position() >= read;
    match (dimensions, more) {
        (Ok(_), Some(more)) if is_cut_list => Ok(more),
        (Ok(dimensions), _) => {
            let (Ok(width @ 1..), Ok(height @ 1..)) =
                (u32::try_from(dimensions.width), u32::try_from(dimensions.height))
            else {
                return Err(broken(place, mime));
            };
            Ok(Inspection::Image(ImageInfo { mime, extension, width, height, size }))
        }
        (Err(ImageError::IoError(error)), Some(more)) if error.kind() == IoErrorKind::UnexpectedEof => Ok(more),
        (Err(_), _) => Err(broken(place, mime)),
    }
}

/// MIME type and extension of the formats that WeChat clients exchange.
fn name(kind: ImageType) -> Option<(&'static str, &'static str)> {
    Some(match kind {
        ImageType::Jpeg => ("image/jpeg", "jpg"),
        ImageType::Png => ("image/png", "png"),
        ImageType::Gif => ("image/gif", "gif"),
        ImageType::Bmp => ("image/bmp", "bmp"),
        ImageType::Webp => ("image/webp", "webp"),
        ImageType::Tiff => ("image/tiff", "tiff"),
        ImageType::Heif(Compression::Av1) => ("image/avif", "avif"),
        ImageType::Heif(_) => ("image/heic", "heic"),
        _ => return None,
    })
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
        return Error::passing(ErrorKind::NotAnImage, place, detail);
    }
    Error::new(
        ErrorKind::NotAnImage,
        place,
        "the bytes are no picture of a known type (JPEG, PNG, GIF, WebP, BMP, TIFF, AVIF, HEIC)",
    )
}
