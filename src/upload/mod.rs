//! The upload of one file: a state machine without I/O. It says which request is next and is told what came of it.
//!
//! ```text
//!                ┌── checking ──┐ MediaId: the server has the file
//!  over 25 MB ──▶│ webwxcheck…  ├──────────────────────────────────────┐
//!                └──────┬───────┘                                      ▼
//!  else ───────────▶ chunks 0 … n-2, up to `concurrency` at once ▶ last chunk alone ▶ MediaId
//! ```
//! Whatever is tried again goes out with the same ids and the same `uploadmediarequest`.

mod action;
mod checkpoint;
mod form;
mod kind;
mod machine;

use core::fmt;

use serde::Serialize;

use crate::digest::is_md5;
use crate::error::{Error, ErrorKind, Place, Result};
use crate::image::ImageInfo;
use crate::json::{FromJson, Read, Unreadable, Value};
use crate::prelude::*;
use crate::retry::RetryPolicy;

pub use action::{Action, Ids, Standing, Transmission};
pub use checkpoint::Checkpoint;
pub use form::{UploadMediaRequest, upload_media_request};
pub(crate) use kind::extension;
use kind::kind_of_image;
pub use kind::{Conversion, MediaKind, OCTET_STREAM, not_sendable, renamed};
pub use machine::Upload;

/// The largest chunk that the service takes, in bytes (docs/protocol.md, "Upload").
pub const LARGEST_CHUNK: u64 = 524_288;

/// More chunks than this in flight at once are of no use to anybody.
pub const MOST_AT_ONCE: u32 = 64;

/// Files above this size are asked about with `webwxcheckupload` first.
pub const CHECK_ABOVE: u64 = 25 * 1024 * 1024;

/// `TotalLen` is read as a signed 32-bit number by the service's kin; nothing beyond is sent.
pub const LARGEST_FILE: u64 = 0x7fff_ffff;

/// What an upload has to know of its file. The bytes stay outside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileInfo {
    /// File name on the wire.
    pub name: String,
    /// MIME type: of an image, from its bytes.
    pub mime: String,
    /// What it is sent as.
    pub kind: MediaKind,
    /// How it was converted, where it was.
    pub converted: Option<Conversion>,
    /// The form field `lastModifiedDate`: what `String(date)` gives in a browser.
    pub last_modified: String,
    /// Bytes.
    pub size: u64,
    /// 32 lower-case hex digits.
    pub md5: String,
}

/// How an upload goes about it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct UploadConfig {
    /// Bytes in a chunk, at most [`LARGEST_CHUNK`].
    pub chunk_size: u64,
    /// Chunks in flight at once.
    pub concurrency: u32,
    /// `UploadType`: 2 as the page sends it, or 1.
    pub upload_type: u8,
    /// When a request is tried again.
    pub retry: RetryPolicy,
}

impl Default for UploadConfig {
    fn default() -> Self {
        Self { chunk_size: LARGEST_CHUNK, concurrency: 1, upload_type: 2, retry: RetryPolicy::default() }
    }
}

/// A file that the service has taken. `Debug` shows neither its id nor its keys.
#[derive(Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct UploadedMedia {
    /// `@crypt_…`: what is sent.
    pub media_id: String,
    /// Of the whole file.
    pub md5: String,
    /// Bytes.
    pub size: u64,
    /// MIME type, from the bytes.
    #[serde(rename = "type")]
    pub mime: String,
    /// The thumbnail that the service made; 0 by 0 where it did not say.
    pub thumbnail: Thumbnail,
    /// The service had the file already.
    pub instant: bool,
    /// From `webwxcheckupload`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub aes_key: Option<String>,
    /// From `webwxcheckupload`; goes into a file's message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signature: Option<String>,
    /// The name of a file: what has one is sent as a file, and everything else as a picture.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file_name: Option<String>,
    /// How the picture was converted before it was uploaded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub converted: Option<Conversion>,
}

/// Pixels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Thumbnail {
    /// Across.
    pub width: u32,
    /// Down.
    pub height: u32,
}

impl UploadedMedia {
    /// What it is sent as.
    pub(crate) fn kind(&self) -> Result<MediaKind> {
        if self.file_name.is_some() { Ok(MediaKind::File) } else { kind_of_image(&self.mime) }
    }
}

impl FromJson for UploadedMedia {
    const KEYS: &'static [&'static str] = &[
        "mediaId",
        "md5",
        "size",
        "type",
        "thumbnail",
        "width",
        "height",
        "instant",
        "aesKey",
        "signature",
        "fileName",
        "converted",
        "from",
        "to",
        "firstFrameOnly",
    ];

    fn fill(&mut self, value: Value<'_, '_>) -> Read<()> {
        let thumbnail = value.member("thumbnail")?.ok_or(Unreadable::Other)?;
        self.media_id = value.required_text("mediaId")?;
        self.md5 = value.required_text("md5")?;
        self.size = value.required_number("size")?;
        self.mime = value.required_text("type")?;
        self.thumbnail.width = thumbnail.required_number("width")?;
        self.thumbnail.height = thumbnail.required_number("height")?;
        self.instant = value.flag("instant")?;
        self.aes_key = value.text("aesKey")?;
        self.signature = value.text("signature")?;
        self.file_name = value.text("fileName")?;
        self.converted = value.member("converted")?.map(read_conversion).transpose()?;
        Ok(())
    }
}

fn read_conversion(value: Value<'_, '_>) -> Read<Conversion> {
    Ok(Conversion {
        from: value.required_text("from")?,
        to: value.required_text("to")?,
        first_frame_only: value.member("firstFrameOnly")?.is_some() && value.flag("firstFrameOnly")?,
    })
}

impl FileInfo {
    /// Of an image that was looked at and hashed, and that the service takes as a picture. The name defaults to `image.<extension>`.
    pub fn picture(image: &ImageInfo, name: Option<String>, last_modified: String, md5: String) -> Result<Self> {
        Ok(Self {
            name: name.unwrap_or_else(|| format!("image.{}", image.extension)),
            mime: image.mime.to_owned(),
            kind: kind_of_image(image.mime)?,
            converted: None,
            last_modified,
            size: image.size,
            md5,
        })
    }

    /// Refuses what cannot be uploaded, before anything is sent.
    pub fn check(&self) -> Result<()> {
        check_size(self.size)?;
        if self.name.trim().is_empty() {
            return Err(Error::invalid_input("the file needs a name: pass `name`"));
        }
        check_md5(&self.md5, "md5")
    }
}

impl FileInfo {
    /// Of any bytes that are to be sent as a file.
    pub fn file(name: String, mime: String, last_modified: String, size: u64, md5: String) -> Self {
        Self { name, mime, kind: MediaKind::File, converted: None, last_modified, size, md5 }
    }
}

/// Refuses an empty file, and one that is larger than the service's numbers.
pub fn check_size(size: u64) -> Result<()> {
    match size {
        0 => Err(Error::new(ErrorKind::EmptyImage, Place::at("upload"), "the file has 0 bytes; choose a picture")),
        1..=LARGEST_FILE => Ok(()),
        _ => Err(Error::invalid_input(format!(
            "the file has {size} bytes; the service takes at most {LARGEST_FILE}, so send a smaller copy"
        ))),
    }
}

impl UploadConfig {
    /// Refuses numbers that the service would refuse.
    pub fn check(&self) -> Result<()> {
        if !(1..=LARGEST_CHUNK).contains(&self.chunk_size) {
            return Err(Error::invalid_input(format!("chunkSize must be 1 to {LARGEST_CHUNK} bytes")));
        }
        if !(1..=MOST_AT_ONCE).contains(&self.concurrency) {
            return Err(Error::invalid_input(format!("concurrency must be 1 to {MOST_AT_ONCE}")));
        }
        check_upload_type(self.upload_type)
    }
}

fn check_upload_type(upload_type: u8) -> Result<()> {
    if matches!(upload_type, 1 | 2) { Ok(()) } else { Err(Error::invalid_input("uploadType must be 1 or 2")) }
}

fn check_md5(md5: &str, field: &str) -> Result<()> {
    if is_md5(md5) { Ok(()) } else { Err(Error::invalid_input(format!("{field} must be 32 lower-case hex digits"))) }
}

impl fmt::Debug for UploadedMedia {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "UploadedMedia({}, {} bytes, ids not shown)", self.mime, self.size)
    }
}
