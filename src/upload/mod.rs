//! What an upload is made of: the file, its requests, what the service made of it, and where it stopped. [`crate::job::Upload`] is the
//! order of it.

mod checkpoint;
pub(crate) mod form;
mod kind;
mod values;

use core::fmt;

use crate::digest::Md5Hex;
use crate::error::{Error, ErrorKind, Place, Result};
use crate::image::ImageInfo;
use crate::json::plain;
use crate::prelude::*;

pub use checkpoint::Checkpoint;
pub(crate) use checkpoint::account;
pub use form::{UploadMediaRequest, upload_media_request};
pub(crate) use kind::extension;
use kind::kind_of_image;
pub use kind::{Conversion, MediaKind, OCTET_STREAM, not_sendable, renamed};
pub use values::{ChunkSize, Concurrency, LARGEST_CHUNK, MOST_AT_ONCE, UploadType};

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
    /// Of an image: what was odd but readable.
    pub warnings: Vec<String>,
    /// The form field `lastModifiedDate`: what `String(date)` gives in a browser.
    pub last_modified: String,
    /// Bytes.
    pub size: u64,
    /// Of the whole file.
    pub md5: Md5Hex,
}

plain! {
    /// A file that the service has taken. `Debug` shows neither its id nor its keys.
    #[derive(Clone, PartialEq, Eq)]
    pub struct UploadedMedia {
        /// `@crypt_…`: what is sent.
        pub media_id as "mediaId": String,
        /// Of the whole file.
        pub md5 as "md5": Md5Hex,
        /// Bytes.
        pub size as "size": u64,
        /// MIME type: of an image, from its bytes.
        pub mime as "type": String,
        /// The thumbnail that the service made; 0 by 0 where it did not say.
        pub thumbnail as "thumbnail": Thumbnail,
        /// The service had the file already.
        pub instant as "instant": bool,
        /// From `webwxcheckupload`.
        pub aes_key as "aesKey": Option<String>,
        /// From `webwxcheckupload`; goes into a file's message.
        pub signature as "signature": Option<String>,
        /// The name of a file: what has one is sent as a file, and everything else as a picture.
        pub file_name as "fileName": Option<String>,
        /// How the picture was converted before it was uploaded.
        pub converted as "converted": Option<Conversion>,
        /// Of an image: what was odd but readable.
        pub warnings as "warnings": Vec<String>,
    }
}

plain! {
    /// Pixels.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub struct Thumbnail {
        /// Across.
        pub width as "width": u32,
        /// Down.
        pub height as "height": u32,
    }
}

impl UploadedMedia {
    /// Refuses media that no upload gave.
    pub(crate) fn check(&self) -> Result<()> {
        if self.media_id.trim().is_empty() {
            return Err(Error::invalid_input("media.mediaId is empty; pass the result of upload()"));
        }
        self.kind().map(drop)
    }

    /// What it is sent as.
    pub(crate) fn kind(&self) -> Result<MediaKind> {
        if self.file_name.is_some() { Ok(MediaKind::File) } else { kind_of_image(&self.mime) }
    }
}

impl FileInfo {
    /// Of an image that was looked at and hashed, and that the service takes as a picture. The name defaults to `image.<extension>`.
    pub fn picture(image: &ImageInfo, name: Option<String>, last_modified: String, md5: Md5Hex) -> Result<Self> {
        Ok(Self {
            name: name.unwrap_or_else(|| format!("image.{}", image.extension)),
            mime: image.mime.to_owned(),
            kind: kind_of_image(image.mime)?,
            converted: None,
            warnings: image.warnings.clone(),
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
        Ok(())
    }
}

impl FileInfo {
    /// Of any bytes that are to be sent as a file.
    pub fn file(name: String, mime: String, last_modified: String, size: u64, md5: Md5Hex) -> Self {
        Self { name, mime, kind: MediaKind::File, converted: None, warnings: vec![], last_modified, size, md5 }
    }
}

/// Refuses an empty file, and one that is larger than the service's numbers.
pub fn check_size(size: u64) -> Result<()> {
    match size {
        0 => Err(Error::new(ErrorKind::EmptyImage, Place::at("upload"), "the file has 0 bytes; choose another file")),
        1..=LARGEST_FILE => Ok(()),
        _ => {
            Err(Error::invalid_input(format!("the file has {size} bytes; the service accepts at most {LARGEST_FILE}")))
        }
    }
}

impl fmt::Debug for UploadedMedia {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "UploadedMedia({}, {} bytes, ids not shown)", self.mime, self.size)
    }
}
