//! Real pictures of any size: tiny ones, made longer by bytes behind their end, which every reader passes over.

use std::sync::Arc;

use webwx_image::digest::{Md5, Md5Hex};
use webwx_image::error::{Error, Place, Result};
use webwx_image::image::inspect;
use webwx_image::upload::FileInfo;

/// What kind of file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    /// 3 by 2 pixels.
    Png,
    /// 5 by 4 pixels.
    Jpeg,
    /// 1 by 1 pixel.
    Gif,
    /// Any bytes, to be sent as a file.
    Document,
}

/// A file to send.
#[derive(Clone, Debug)]
pub(crate) struct File {
    /// All of it.
    pub(crate) bytes: Vec<u8>,
    /// Its name on the wire.
    pub(crate) name: String,
    format: Format,
}

/// What a job's caller hands in, and what opening it gives.
#[derive(Clone, Debug)]
pub(crate) struct Source {
    pub(crate) file: Arc<File>,
    pub(crate) info: Result<FileInfo>,
}

impl File {
    /// A file of so many bytes; `seed` tells one from another.
    pub(crate) fn new(format: Format, size: usize, seed: u8) -> Self {
        let (head, extension): (&[u8], _) = match format {
            Format::Png => (include_bytes!("../fixtures/pictures/tiny.png"), "png"),
            Format::Jpeg => (include_bytes!("../fixtures/pictures/tiny.jpg"), "jpg"),
            Format::Gif => (include_bytes!("../fixtures/pictures/tiny.gif"), "gif"),
            Format::Document => (b"%PDF-1.7\n", "pdf"),
        };
        assert!(size >= head.len(), "no picture is that small");
        let mut next = seed;
        let noise: [u8; 256] = std::array::from_fn(|_| {
            next = next.wrapping_mul(137).wrapping_add(71);
            next
        });
        let rest = size - head.len();
        let mut bytes = [head, &noise.repeat(rest.div_ceil(noise.len()))].concat();
        bytes.truncate(size);
        Self { bytes, name: format!("picture.{extension}"), format }
    }

    /// What an upload has to know.
    pub(crate) fn info(&self) -> FileInfo {
        let last_modified = "Tue Nov 21 2023 17:53:00 GMT+0800 (China Standard Time)".to_owned();
        let md5 = md5(&self.bytes);
        if self.format == Format::Document {
            let (mime, size) = ("application/pdf".to_owned(), self.bytes.len() as u64);
            return FileInfo::file(self.name.clone(), mime, last_modified, size, md5);
        }
        let image = inspect(Place::at("upload"), &self.bytes).expect("a picture");
        FileInfo::picture(&image, Some(self.name.clone()), last_modified, md5).expect("a type that is sent")
    }
}

impl Source {
    /// A file that can be opened.
    pub(crate) fn of(file: &File) -> Self {
        Self::known(file.clone(), file.info())
    }

    /// A file of which is known, or said, what it is.
    pub(crate) fn known(file: impl Into<Arc<File>>, info: FileInfo) -> Self {
        Self { file: file.into(), info: Ok(info) }
    }

    /// What cannot be opened.
    pub(crate) fn broken(error: Error) -> Self {
        Self {
            file: Arc::new(File { bytes: Vec::new(), name: String::new(), format: Format::Document }),
            info: Err(error),
        }
    }
}

/// Of all bytes.
pub(crate) fn md5(bytes: &[u8]) -> Md5Hex {
    let mut md5 = Md5::new();
    md5.update(bytes);
    md5.finish()
}
