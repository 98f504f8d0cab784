//! Where the dimensions stand in the formats that WeChat clients exchange.

use core::mem::swap;

use super::head::{FAR, Head, word};
use super::heif;

const PNG: u32 = word(*b"\x89PNG");
const GIF: u32 = word(*b"GIF8");
const RIFF: u32 = word(*b"RIFF");
const WEBP: u32 = word(*b"WEBP");
const FTYP: u32 = word(*b"ftyp");
const TIFF_LITTLE: u32 = word(*b"II*\0");
const TIFF_BIG: u32 = word(*b"MM\0*");

/// Reads the dimensions, and gives the MIME type; `None` for what does not begin like a picture.
pub(super) fn read(head: &mut Head) -> Option<&'static str> {
    let (mark, second, third) = (head.number(0, 4), head.number(4, 4), head.number(8, 4));
    if head.is_short {
        return None;
    }
    Some(match mark {
        0xffd8_ff00..=0xffd8_ffff => {
            jpeg(head);
            "image/jpeg"
        }
        PNG => {
            head.sides(16, 4);
            "image/png"
        }
        GIF => {
            head.is_little_endian = true;
            head.sides(6, 2);
            "image/gif"
        }
        TIFF_LITTLE | TIFF_BIG => {
            head.is_little_endian = mark == TIFF_LITTLE;
            tiff(head);
            "image/tiff"
        }
        RIFF if third == WEBP => {
            head.is_little_endian = true;
            webp(head);
            "image/webp"
        }
        _ if second == FTYP => heif::read(head)?,
        0x424d_0000..=0x424d_ffff => {
            head.is_little_endian = true;
            bmp(head);
            "image/bmp"
        }
        _ => return None,
    })
}

/// They stand in the frame, behind segments that tell their length.
fn jpeg(head: &mut Head) {
    let mut at = 2;
    while head.number(at, 1) == 0xff {
        at += match head.number(at + 1, 1) {
            // Any number of fill bytes may lead a marker.
            0xff => 1,
            // Markers without a segment.
            0x01 | 0xd0..=0xd7 => 2,
            0xc0..=0xc3 | 0xc5..=0xc7 | 0xc9..=0xcb | 0xcd..=0xcf => {
                // The height comes first.
                head.sides(at + 5, 2);
                return swap(&mut head.width, &mut head.height);
            }
            // A second beginning, the end, or pixels: there was no frame before them.
            0xd8..=0xda => return,
            _ => match head.length(at + 2, 2) {
                0 | 1 => return,
                length => 2 + length,
            },
        };
    }
}

fn webp(head: &mut Head) {
    // Above the 14 bits of a side stands how far a decoder may scale it.
    const SIDE: u32 = 0x3fff;
    match head.number(15, 1) {
        // VP8, lossy.
        0x20 => {
            head.sides(26, 2);
            head.width &= SIDE;
            head.height &= SIDE;
        }
        // VP8L, lossless.
        0x4c => {
            let bits = head.number(21, 4);
            head.width = (bits & SIDE) + 1;
            head.height = (bits >> 14 & SIDE) + 1;
        }
        // VP8X, extended.
        0x58 => {
            head.sides(24, 3);
            head.width += 1;
            head.height += 1;
        }
        _ => {}
    }
}

fn bmp(head: &mut Head) {
    // The length of the header tells its age.
    match head.number(14, 4) {
        12 => head.sides(18, 2),
        16..=124 => {
            head.sides(18, 4);
            // Below 0, the height says that the first row is the top one. A width is never below 0.
            head.width = head.width.cast_signed().max(0).cast_unsigned();
            head.height = head.height.cast_signed().unsigned_abs();
        }
        _ => {}
    }
}

/// They stand among the entries of the first directory.
fn tiff(head: &mut Head) {
    let directory = head.length(4, 4).min(FAR);
    if directory == 0 {
        return;
    }
    let mut entries = head.number(directory, 2);
    let mut at = directory + 2;
    while entries > 0 && (head.width == 0 || head.height == 0) && !head.is_short {
        let (tag, kind) = (head.number(at, 2), head.number(at + 2, 2));
        let value = head.number(at + 8, if kind == 3 { 2 } else { 4 });
        match (tag, kind) {
            (0x100, 3 | 4) => head.width = value,
            (0x101, 3 | 4) => head.height = value,
            _ => {}
        }
        at += 12;
        entries -= 1;
    }
}
