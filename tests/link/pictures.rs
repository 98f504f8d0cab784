//! Real pictures of any size: tiny ones, made longer by bytes behind their end, which every reader passes over.

use webwx_image::digest::Md5;
use webwx_image::error::Place;
use webwx_image::image::inspect;
use webwx_image::upload::{FileInfo, MediaKind};

/// What kind of picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    /// 3 by 2 pixels.
    Png,
    /// 5 by 4 pixels.
    Jpeg,
    /// 1 by 1 pixel.
    Gif,
}

/// A file to send.
#[derive(Clone, Debug)]
pub(crate) struct File {
    /// All of it.
    pub(crate) bytes: Vec<u8>,
    /// Its name on the wire.
    pub(crate) name: String,
}

impl File {
    /// A picture of so many bytes; `seed` tells one from another.
    pub(crate) fn new(format: Format, size: usize, seed: u8) -> Self {
        let (head, extension): (&[u8], _) = match format {
            Format::Png => (include_bytes!("../fixtures/pictures/tiny.png"), "png"),
            Format::Jpeg => (include_bytes!("../fixtures/pictures/tiny.jpg"), "jpg"),
            Format::Gif => (include_bytes!("../fixtures/pictures/tiny.gif"), "gif"),
        };
        assert!(size >= head.len(), "no picture is that small");
        let mut bytes = head.to_vec();
        let mut next = seed;
        bytes.resize_with(size, || {
            next = next.wrapping_mul(137).wrapping_add(71);
            next
        });
        Self { bytes, name: format!("picture.{extension}") }
    }

    /// What an upload has to know.
    pub(crate) fn info(&self) -> FileInfo {
        let info = inspect(Place::at("upload"), &self.bytes).expect("a picture");
        FileInfo {
            name: self.name.clone(),
            mime: info.mime.to_owned(),
            kind: MediaKind::of_image(info.mime).expect("a type that is sent"),
            converted: None,
            last_modified: "Tue Nov 21 2023 17:53:00 GMT+0800 (China Standard Time)".to_owned(),
            size: info.size,
            md5: md5(&self.bytes),
        }
    }
}

/// Lower-case hex.
pub(crate) fn md5(bytes: &[u8]) -> String {
    let mut md5 = Md5::new();
    md5.update(bytes);
    md5.finish()
}
