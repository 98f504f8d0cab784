//! What a picture's bytes say: type, dimensions and how it is turned. Names and Content-Type headers are not believed.
//!
//! A picture is what the decoders of the field (browsers, libjpeg, libheif, libtiff, Pillow) show as one. Only what is needed is
//! read, wherever it stands: [`Inspection`] says which bytes.

mod formats;
mod heif;
mod inspection;
mod reader;
mod records;
mod refusal;
mod stripping;
mod tiff;

use serde::Serialize;

pub use self::inspection::{Action, Inspection};
pub use self::records::Metadata;
pub use self::stripping::{Part, Removed, Stripped, Stripping};
use crate::error::{Error, Place, Result};
use crate::prelude::*;

/// What a file is, from its bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ImageInfo {
    /// MIME type.
    #[serde(rename = "type")]
    pub mime: &'static str,
    /// The usual file-name extension, without its dot.
    pub extension: &'static str,
    /// Pixels, as browsers show it (`naturalWidth`): after `orientation`. `None` where the type is sure and no size was found.
    pub width: Option<u32>,
    /// Pixels, likewise.
    pub height: Option<u32>,
    /// How the stored pixels are turned to be shown: 1 to 8, as in EXIF; from 5 on, the stored sides are swapped. It comes from what
    /// browsers follow: the EXIF of JPEG and PNG, TIFF's tag 274, and `irot` and `imir` in AVIF and HEIC.
    pub orientation: u32,
    /// Whether the first frame can be transparent: it has an alpha channel or a transparent colour. `None` where that was out of reach.
    pub has_alpha: Option<bool>,
    /// Whether there is more than one frame to show one after another. `None` where that was out of reach.
    pub is_animated: Option<bool>,
    /// Bytes of the whole file.
    pub size: u64,
    /// What was odd but readable.
    pub warnings: Vec<String>,
}

impl ImageInfo {
    /// What is kept although no decoder takes it, for instance since its MD5 is the message's: its type is the one that says nothing,
    /// and the error that it was refused with is a warning.
    pub fn unknown(size: u64, refusal: &Error) -> Self {
        Self {
            mime: "application/octet-stream",
            extension: "bin",
            width: None,
            height: None,
            orientation: 1,
            has_alpha: None,
            is_animated: None,
            size,
            warnings: vec![refusal.to_string()],
        }
    }
}

/// Bytes that show whether a file starts like a picture, and if not, what it is instead.
pub const HEAD: u32 = 4096;

/// Refuses a file that does not begin like a picture. `head` is its first [`HEAD`] bytes.
pub fn check_head(place: Place, head: &[u8]) -> Result<()> {
    // A picture of a known type would ask for more.
    let mut inspection = Inspection::new(place, u64::MAX).reading(HEAD);
    inspection.next_action();
    inspection.handle(head.to_vec());
    match inspection.next_action() {
        Action::Done(Err(error)) if !inspection.knows_its_format() => Err(error),
        _ => Ok(()),
    }
}

/// Reads a file that is all there.
pub fn inspect(place: Place, bytes: &[u8]) -> Result<ImageInfo> {
    let mut inspection = Inspection::new(place, bytes.len() as u64);
    loop {
        match inspection.next_action() {
            Action::Read { offset, length } => {
                inspection.handle(bytes[offset as usize..][..length as usize].to_vec());
            }
            Action::Done(outcome) => return outcome,
        }
    }
}
