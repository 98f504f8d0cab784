//! A picture as the world keeps it: its bytes, and what is read from them.

use std::io::Cursor;
use std::sync::OnceLock;

use bytes::Bytes;
use image::codecs::jpeg::JpegEncoder;
use image::{ImageFormat, ImageReader};
use md5::{Digest, Md5};

/// The longer side of a thumbnail, in pixels.
const THUMBNAIL: u32 = 120;
const THUMBNAIL_QUALITY: u8 = 75;

/// The bytes of a picture, or of whatever was sent as one.
#[derive(Debug)]
pub struct Picture {
    /// The file, byte for byte.
    pub bytes: Bytes,
    /// Lower-case hex.
    pub md5: String,
    format: Option<ImageFormat>,
    width: u32,
    height: u32,
    thumbnail: OnceLock<Option<Bytes>>,
}

impl Picture {
    /// Reads the head of the file; bytes that are no picture have neither format nor size.
    pub fn new(bytes: Bytes) -> Self {
        let md5 = md5_hex(&bytes);
        let reader = ImageReader::new(Cursor::new(&bytes)).with_guessed_format().ok();
        let format = reader.as_ref().and_then(ImageReader::format);
        let size = reader.and_then(|reader| reader.into_dimensions().ok());
        let (width, height) = size.unwrap_or_default();
        Self { bytes, md5, format, width, height, thumbnail: OnceLock::new() }
    }

    /// A GIF goes out as an emoticon, everything else as an image.
    pub fn is_gif(&self) -> bool {
        self.format == Some(ImageFormat::Gif)
    }

    /// The usual ending of its file name.
    pub(crate) fn extension(&self) -> &'static str {
        self.format.and_then(|format| format.extensions_str().first()).copied().unwrap_or("bin")
    }

    /// Its MIME type.
    pub(crate) fn media_type(&self) -> &'static str {
        self.format.map_or("application/octet-stream", |format| format.to_mime_type())
    }

    /// Width and height of the thumbnail: the picture's own, or scaled down to fit.
    pub fn thumbnail_size(&self) -> (u32, u32) {
        let longer = self.width.max(self.height);
        if longer <= THUMBNAIL {
            return (self.width, self.height);
        }
        let scale = |side: u32| {
            let scaled = (u64::from(side) * u64::from(THUMBNAIL) + u64::from(longer) / 2) / u64::from(longer);
            u32::try_from(scaled).unwrap_or(THUMBNAIL).max(1)
        };
        (scale(self.width), scale(self.height))
    }

    /// The thumbnail as a JPEG, drawn once; `None` where the bytes are no picture.
    pub fn thumbnail(&self) -> Option<Bytes> {
        self.thumbnail.get_or_init(|| self.draw_thumbnail()).clone()
    }

    fn draw_thumbnail(&self) -> Option<Bytes> {
        let whole = image::load_from_memory(&self.bytes).ok()?;
        let (width, height) = self.thumbnail_size();
        let small = whole.thumbnail_exact(width, height).into_rgb8();
        let mut jpeg = Vec::new();
        JpegEncoder::new_with_quality(&mut jpeg, THUMBNAIL_QUALITY).encode_image(&small).ok()?;
        Some(jpeg.into())
    }
}

/// MD5 in lower-case hex.
pub(crate) fn md5_hex(bytes: &[u8]) -> String {
    hex::encode(Md5::digest(bytes))
}
