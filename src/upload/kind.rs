//! What a file is sent as (docs/protocol.md, "Upload"): it decides the form's `mediatype` and the endpoint of the message.

use crate::error::{Error, Result};
use crate::json::plain;
use crate::prelude::*;
use crate::text::split_last;

/// The MIME type of bytes of which nothing more is known.
pub const OCTET_STREAM: &str = "application/octet-stream";

/// The image types that the service takes as a picture, with what each is sent as. The page sends all others as files.
const SENDABLE: [(&str, MediaKind); 4] = [
    ("image/jpeg", MediaKind::Picture),
    ("image/png", MediaKind::Picture),
    ("image/bmp", MediaKind::Picture),
    ("image/gif", MediaKind::Emoticon),
];

/// What a file is sent as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MediaKind {
    /// A picture in the chat, by `webwxsendmsgimg`.
    Picture,
    /// A GIF, by `webwxsendemoticon`: as a picture, another one was delivered.
    Emoticon,
    /// A file to be saved by the receiver, by `webwxsendappmsg`.
    File,
}

impl MediaKind {
    /// What an image of this type is sent as; `None` where the service does not take it as one.
    pub fn of_image(mime: &str) -> Option<Self> {
        SENDABLE.iter().find(|(sendable, _)| *sendable == mime).map(|&(_, kind)| kind)
    }

    /// The form field `mediatype`.
    pub(super) fn mediatype(self) -> &'static str {
        match self {
            Self::Picture => "pic",
            Self::Emoticon | Self::File => "doc",
        }
    }
}

plain! {
    /// The change of type that an image went through before it was sent.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct Conversion {
        /// MIME type of the source.
        pub from as "from": String,
        /// MIME type of what was sent.
        pub to as "to": String,
        /// True where the source is an animation: the rest of its frames was not sent.
        pub first_frame_only as "firstFrameOnly": Option<bool>,
    }
}

/// The error for an image that the service does not take and that was not converted.
pub fn not_sendable(mime: &str, reason: &str) -> Error {
    Error::invalid_input(format!(
        "{mime} cannot be sent as an image: {reason}; send a JPEG, PNG, BMP or GIF, pass `decode`, or use sendFile()"
    ))
}

/// The name with the ending of another type: `photo.webp` becomes `photo.jpg`.
pub fn renamed(name: &str, extension: &str) -> String {
    let stem = match split_last(name, b'.') {
        Some((stem, ending)) if !stem.is_empty() && (1..=5).contains(&ending.len()) => stem,
        _ => name,
    };
    format!("{stem}.{extension}")
}

/// The ending of a file name without its dot; empty where it has none.
pub(crate) fn extension(name: &str) -> &str {
    match split_last(name, b'.') {
        Some((stem, ending)) if !stem.is_empty() => ending,
        _ => "",
    }
}

/// The kind of an image that is sent as it is.
pub(super) fn kind_of_image(mime: &str) -> Result<MediaKind> {
    MediaKind::of_image(mime).ok_or_else(|| not_sendable(mime, "the service accepts it as a file only"))
}
