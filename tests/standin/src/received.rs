//! The pictures that are there from the start: drawn here, once, for all worlds.

use std::io::Cursor;
use std::sync::{Arc, LazyLock};

use image::codecs::gif::GifEncoder;
use image::codecs::jpeg::JpegEncoder;
use image::{Frame, ImageFormat, Rgb, RgbImage, Rgba, RgbaImage};

use crate::content::{emoji_xml, escaped, image_xml};
use crate::message::Kind;
use crate::picture::{Picture, md5_hex};

/// Sunset over hills, with film grain: a JPEG of more than 600 KB.
static PHOTO: LazyLock<Arc<Picture>> = LazyLock::new(|| {
    let (width, height) = (1280, 960);
    let drawn = RgbImage::from_fn(width, height, |x, y| {
        let (across, down) = (share(x, width), share(y, height));
        let hill = 0.62 + 0.08 * (across * 9.0).sin() + 0.05 * (across * 23.0).cos();
        let sun = (across - 0.68).hypot((down - 0.42) * 0.75) < 0.09;
        let grain = f64::from((x.wrapping_mul(7919) ^ y.wrapping_mul(104_729)).wrapping_mul(2_654_435_761) >> 27);
        let [red, green, blue] = match (down > hill, sun) {
            (true, _) => [34.0, 64.0 - 30.0 * down, 52.0],
            (false, true) => [255.0, 214.0, 120.0],
            (false, false) => [230.0 - 60.0 * down, 120.0 + 60.0 * down, 150.0 - 40.0 * down],
        };
        Rgb([byte(red + grain), byte(green + grain), byte(blue + grain)])
    });
    let mut file = Vec::new();
    let written = JpegEncoder::new_with_quality(&mut file, 95).encode_image(&drawn);
    finished(written, file)
});

/// Overlapping discs: a small PNG.
static DISCS: LazyLock<Arc<Picture>> = LazyLock::new(|| {
    let side = 320;
    let drawn = RgbImage::from_fn(side, side, |x, y| {
        let (across, down) = (share(x, side), share(y, side));
        let disc = |cx: f64, cy: f64| {
            if (across - cx).hypot(down - cy) < 0.3 { 220.0 } else { 30.0 }
        };
        Rgb([byte(disc(0.38, 0.4)), byte(disc(0.62, 0.4)), byte(disc(0.5, 0.62))])
    });
    let mut file = Cursor::new(Vec::new());
    let written = drawn.write_to(&mut file, ImageFormat::Png);
    finished(written, file.into_inner())
});

/// A ball that bounces: a GIF with four frames.
static BALL: LazyLock<Arc<Picture>> = LazyLock::new(|| {
    let side = 96;
    let frames = [0.3, 0.5, 0.7, 0.5].map(|height: f64| {
        Frame::new(RgbaImage::from_fn(side, side, |x, y| {
            let ball = (share(x, side) - 0.5).hypot(share(y, side) - height) < 0.2;
            if ball { Rgba([232, 90, 60, 255]) } else { Rgba([246, 242, 226, 255]) }
        }))
    });
    let mut file = Vec::new();
    let written = GifEncoder::new(&mut file).encode_frames(frames);
    finished(written, file)
});

/// A warning sign that must never be seen: the picture of another account.
static FOREIGN: LazyLock<Arc<Picture>> = LazyLock::new(|| {
    let drawn =
        RgbImage::from_fn(160, 120, |x, y| if (x + y) / 20 % 2 == 0 { Rgb([250, 204, 20]) } else { Rgb([20, 20, 20]) });
    let mut file = Cursor::new(Vec::new());
    let written = drawn.write_to(&mut file, ImageFormat::Png);
    finished(written, file.into_inner())
});

/// What the peer has sent so far: a photo with readable content, an emoticon, and a picture whose content is
/// opaque.
pub(crate) fn chat() -> [(Kind, String, Arc<Picture>); 3] {
    // The photo's content names the length of its thumbnail, which takes a while to draw.
    static CHAT: LazyLock<[(Kind, String, Arc<Picture>); 3]> = LazyLock::new(|| {
        [
            (Kind::Image, escaped(&image_xml(&PHOTO)), PHOTO.clone()),
            (Kind::Emoticon, escaped(&emoji_xml(&BALL)), BALL.clone()),
            (Kind::Image, opaque(&DISCS), DISCS.clone()),
        ]
    });
    CHAT.clone()
}

/// The photo, the discs, and the GIF.
pub(crate) fn photo() -> Arc<Picture> {
    PHOTO.clone()
}

pub(crate) fn discs() -> Arc<Picture> {
    DISCS.clone()
}

pub(crate) fn ball() -> Arc<Picture> {
    BALL.clone()
}

/// The picture behind a MediaId that belongs to somebody else.
pub(crate) fn foreign_picture() -> Arc<Picture> {
    FOREIGN.clone()
}

/// `@` and 128 hex digits.
fn opaque(picture: &Picture) -> String {
    let digits: String = (0..4).map(|part| md5_hex(format!("{part} {}", picture.md5).as_bytes())).collect();
    format!("@{digits}")
}

fn share(position: u32, whole: u32) -> f64 {
    f64::from(position) / f64::from(whole)
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to a byte just before")]
fn byte(value: f64) -> u8 {
    value.clamp(0.0, 255.0) as u8
}

fn finished(written: image::ImageResult<()>, file: Vec<u8>) -> Arc<Picture> {
    written.expect("drawing into memory cannot fail");
    Arc::new(Picture::new(file.into()))
}

#[cfg(test)]
mod tests {
    use super::{BALL, DISCS, FOREIGN, PHOTO, chat};

    #[test]
    fn the_pictures_are_what_they_are_said_to_be() {
        assert!(PHOTO.bytes.len() > 600 * 1024, "{}", PHOTO.bytes.len());
        assert_eq!((PHOTO.extension(), PHOTO.thumbnail_size()), ("jpg", (120, 90)));
        assert_eq!((DISCS.extension(), DISCS.thumbnail_size()), ("png", (120, 120)));
        assert_eq!((BALL.extension(), BALL.thumbnail_size(), BALL.is_gif()), ("gif", (96, 96), true));
        assert_eq!((FOREIGN.extension(), FOREIGN.thumbnail_size()), ("png", (120, 90)));
    }

    #[test]
    fn contents_name_their_pictures() {
        for (_, content, picture) in chat() {
            let opaque = content.starts_with('@');
            assert_eq!(content.contains(&picture.md5), !opaque);
            assert_eq!(content.contains(&format!("\"{}\"", picture.bytes.len())), !opaque);
        }
    }
}
