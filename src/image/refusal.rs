//! What came instead of a picture, as far as it can be told.

use crate::error::{Error, ErrorKind, Place};
use crate::prelude::*;
use crate::text::{find, html_summary};

pub(super) fn broken(place: Place, mime: &str) -> Error {
    Error::new(ErrorKind::NotAnImage, place, format!("starts like {mime}, but its header is invalid or truncated"))
}

/// An HTML page is quoted, since it says what a server meant; and a server may mean something else the next time.
pub(super) fn no_image(place: Place, first: &[u8]) -> Error {
    let text = String::from_utf8_lossy(&first[..first.len().min(4096)]);
    let text = text.trim_start_matches('\u{feff}').trim_start();
    let what = match first {
        [0xff, 0x0a, ..] | [0, 0, 0, 12, b'J', b'X', b'L', b' ', ..] => "JPEG XL",
        [b'w', b'x', b'g', b'f', ..] => "wxgf, WeChat's own format",
        _ if is_svg(text) => "SVG",
        _ if text.starts_with('<') => {
            let detail = format!("expected an image, got an HTML page: \"{}\"", html_summary(text));
            return Error::transient(ErrorKind::NotAnImage, place, detail);
        }
        _ => "something else",
    };
    let detail = format!("expected JPEG, PNG, GIF, WebP, BMP, TIFF, AVIF or HEIC, got {what}");
    Error::new(ErrorKind::NotAnImage, place, detail)
}

/// Whether the first element is an `svg`. Before it stand declarations and comments.
fn is_svg(text: &str) -> bool {
    find(text, "<svg").is_some_and(|at| text[..at].split('<').skip(1).all(|tag| tag.starts_with(['?', '!'])))
}
