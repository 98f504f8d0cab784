//! Where the facts stand in the formats that WeChat clients exchange.
//!
//! A format is read record by record: its function is told where one begins, and tells where the next one does, or `None` at the
//! end. What was found is kept from record to record; the bytes are not.

use super::reader::{Reader, word};
use super::{heif, tiff};

/// Reads the record at a position, and gives the next one's.
pub(super) type Walk = fn(&mut Reader, u32) -> Option<u32>;

/// A type of picture.
#[derive(Clone, Copy)]
pub(super) struct Format {
    pub(super) mime: &'static str,
    pub(super) walk: Walk,
    /// Where the first record begins.
    pub(super) start: u32,
}

/// What a file's first bytes show; `None` for what does not begin like a picture.
pub(super) fn format(reader: &mut Reader) -> Option<Format> {
    const PNG: u32 = word(*b"\x89PNG");
    const GIF: u32 = word(*b"GIF8");
    const RIFF: u32 = word(*b"RIFF");
    const WEBP: u32 = word(*b"WEBP");
    const FTYP: u32 = word(*b"ftyp");

    let (mark, second, third) = (reader.number(0, 4), reader.number(4, 4), reader.number(8, 4));
    if reader.is_stuck() {
        return None;
    }
    let (mime, walk, start): (_, Walk, _) = match mark {
        0xffd8_ff00..=0xffd8_ffff => ("image/jpeg", jpeg, 2),
        PNG => ("image/png", png, 0),
        // 87a and 89a.
        GIF if matches!(second >> 16, 0x3761 | 0x3961) => ("image/gif", gif, 6),
        // Of 32 and of 64 bits.
        0x4949_2a00 | 0x4d4d_002a | 0x4949_2b00 | 0x4d4d_002b => ("image/tiff", tiff::walk, 0),
        RIFF if third == WEBP => ("image/webp", webp, 12),
        _ if second == FTYP => (heif::mime(reader)?, heif::walk, 0),
        0x424d_0000..=0x424d_ffff => ("image/bmp", bmp, 14),
        _ => return None,
    };
    Some(Format { mime, walk, start })
}

/// A marker with its segment; or a byte that is no marker, which decoders pass over, too (libjpeg's `next_marker`).
fn jpeg(reader: &mut Reader, at: u32) -> Option<u32> {
    const EXIF: u32 = word(*b"Exif");

    let (first, marker) = (reader.number(at, 1), reader.number(at + 1, 1));
    // Any number of fill bytes may lead a marker.
    if first != 0xff || marker == 0xff {
        return Some(at + 1);
    }
    // No marker at all, and those without a segment.
    if matches!(marker, 0..=0xbf | 0xd0..=0xd7) {
        return Some(at + 2);
    }
    // A second beginning, the end, or pixels.
    if matches!(marker, 0xd8..=0xda) {
        return None;
    }
    let length = reader.length(at + 2, 2);
    let next = at + 2 + length;
    match marker {
        // Tables, and no frames.
        0xc4 | 0xc8 | 0xcc => {}
        // One that is too short for its sides has none.
        0xc0..=0xcf if reader.found.width == 0 && length > 6 => {
            // The height comes first.
            reader.sides(at + 5, 2);
            reader.found.swap_sides();
        }
        0xe1 if reader.number(at + 4, 4) == EXIF => tiff::orientation(reader, at + 10, next),
        _ => {}
    }
    Some(next)
}

/// A chunk, up to the first of pixels: what stands behind it is not looked at by browsers.
fn png(reader: &mut Reader, at: u32) -> Option<u32> {
    const IHDR: u32 = word(*b"IHDR");
    const IDAT: u32 = word(*b"IDAT");
    const TRNS: u32 = word(*b"tRNS");
    const ACTL: u32 = word(*b"acTL");
    const EXIF: u32 = word(*b"eXIf");
    /// Apple's own, before IHDR.
    const CGBI: u32 = word(*b"CgBI");

    if at == 0 {
        // Behind a transfer that changed line ends, the signature is another.
        return (reader.number(4, 4) == 0x0d0a_1a0a).then_some(8);
    }
    let (length, name, content) = (reader.length(at, 4), reader.number(at + 4, 4), at + 8);
    let next = content + length + 4;
    match name {
        CGBI => {}
        IHDR if length == 13 => {
            reader.sides(content, 4);
            reader.found.has_alpha = Some(reader.number(content + 9, 1) & 4 != 0);
        }
        _ if reader.found.width == 0 => return None,
        IDAT => return None,
        TRNS => reader.found.has_alpha = Some(true),
        ACTL => reader.found.is_animated = Some(reader.number(content, 4) > 1),
        EXIF => tiff::orientation(reader, content, next),
        _ => {}
    }
    Some(next)
}

/// The screen, a block's head, or one of the pieces behind it; up to the second frame.
fn gif(reader: &mut Reader, at: u32) -> Option<u32> {
    /// The bytes of a table of colours, by the flags that stand before it.
    fn table(flags: u32) -> u32 {
        if flags & 0x80 == 0 { 0 } else { 6 << (flags & 7) }
    }

    reader.is_little_endian = true;
    let first = reader.number(at, 1);
    if at == 6 {
        reader.sides(at, 2);
        return Some(at + 7 + table(reader.number(at + 4, 1)));
    }
    if reader.found.is_inside {
        reader.found.is_inside = first > 0;
        return Some(at + 1 + first);
    }
    reader.found.is_inside = true;
    match first {
        0x21 => {
            // The graphic control extension of the first frame, which may name a transparent colour.
            if reader.found.count == 0 && reader.number(at + 1, 1) == 0xf9 {
                reader.found.has_alpha = Some(reader.number(at + 3, 1) & 1 == 1);
            }
            Some(at + 2)
        }
        0x2c => {
            let [left, top, width, height] = [1, 3, 5, 7].map(|offset| reader.number(at + offset, 2));
            let found = &mut reader.found;
            if found.count > 0 {
                found.is_animated = Some(true);
                return None;
            }
            found.count = 1;
            // Browsers enlarge the screen for the first frame, and leave what it does not cover transparent.
            let is_smaller = left + top > 0 || width < found.width || height < found.height;
            found.has_alpha = Some(is_smaller || found.has_alpha == Some(true));
            found.width = found.width.max(left + width);
            found.height = found.height.max(top + height);
            Some(at + 11 + table(reader.number(at + 9, 1)))
        }
        _ => None,
    }
}

/// A chunk, up to the first picture or, in an animation, the second.
fn webp(reader: &mut Reader, at: u32) -> Option<u32> {
    const VP8: u32 = word(*b" 8PV");
    const VP8L: u32 = word(*b"L8PV");
    const VP8X: u32 = word(*b"X8PV");
    const ANMF: u32 = word(*b"FMNA");
    // Above the 14 bits of a side stands how far a decoder may scale it.
    const SIDE: u32 = 0x3fff;

    reader.is_little_endian = true;
    let (name, length, content) = (reader.number(at, 4), reader.length(at + 4, 4), at + 8);
    match name {
        VP8 if length > 9 && reader.number(content + 3, 3) == 0x2a_019d => {
            reader.sides(content + 6, 2);
            reader.found.width &= SIDE;
            reader.found.height &= SIDE;
            return None;
        }
        VP8L if length > 4 && reader.number(content, 1) == 0x2f => {
            let bits = reader.number(content + 1, 4);
            reader.found.width = (bits & SIDE) + 1;
            reader.found.height = (bits >> 14 & SIDE) + 1;
            reader.found.has_alpha = Some(bits >> 28 & 1 == 1);
            return None;
        }
        VP8X if length > 9 => {
            let flags = reader.number(content, 1);
            reader.sides(content + 4, 3);
            reader.found.width += 1;
            reader.found.height += 1;
            reader.found.has_alpha = Some(flags & 0x10 != 0);
            if flags & 2 == 0 {
                return None;
            }
        }
        _ if reader.found.width == 0 => return None,
        ANMF => {
            reader.found.count += 1;
            if reader.found.count > 1 {
                reader.found.is_animated = Some(true);
                return None;
            }
        }
        _ => {}
    }
    Some(content + length + (length & 1))
}

/// All that there is.
fn bmp(reader: &mut Reader, at: u32) -> Option<u32> {
    reader.is_little_endian = true;
    // The length of the header tells its age.
    let length = reader.number(at, 4);
    match length {
        12 => reader.sides(at + 4, 2),
        16..=124 => {
            reader.sides(at + 4, 4);
            // Below 0, the height says that the first row is the top one. A width is never below 0.
            reader.found.height = reader.found.height.cast_signed().unsigned_abs();
        }
        _ => {}
    }
    // With masks for the colours, from the third version on there may be one for alpha.
    if length >= 56 && matches!(reader.number(at + 16, 4), 3 | 6) {
        reader.found.has_alpha = Some(reader.number(at + 52, 4) > 0);
    }
    None
}
