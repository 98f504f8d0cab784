//! TIFF's directories, of which EXIF is made, too.

use super::reader::Reader;

/// More directories than this are not looked at: their chain may be a ring.
const MOST_DIRECTORIES: u32 = 64;

/// What the entries of a directory say of a picture; 0 for what they do not say.
#[derive(Default)]
struct Directory {
    width: u32,
    height: u32,
    orientation: u32,
    extra_samples: u32,
    /// A smaller copy of another picture, or a mask for it.
    is_part: bool,
    has_location: bool,
    /// Where its entries end.
    end: u32,
}

/// The header; then directory by directory up to the first with a full picture.
pub(super) fn walk(reader: &mut Reader, at: u32) -> Option<u32> {
    if at == 0 {
        return first(reader, 0);
    }
    let is_big = reader.found.is_inside;
    let directory = entries(reader, at, is_big);
    if reader.is_stuck() {
        return None;
    }
    let found = &mut reader.found;
    if found.count == 0 || !directory.is_part {
        (found.width, found.height, found.orientation) = (directory.width, directory.height, directory.orientation);
        found.has_alpha = Some(matches!(directory.extra_samples, 1 | 2));
    }
    found.count += 1;
    if !directory.is_part || found.count == MOST_DIRECTORIES {
        return None;
    }
    let next = reader.length(directory.end, if is_big { 8 } else { 4 });
    // Where the file ends before it, this was the last one.
    reader.is_cut = false;
    Some(next).filter(|&next| next > 0)
}

/// The orientation that the EXIF between these positions names. Where it is broken, there is none.
pub(super) fn orientation(reader: &mut Reader, start: u32, end: u32) {
    reader.within(end, |reader| {
        if let Some(at) = first(reader, start) {
            let directory = entries(reader, start + at, false);
            let found = &mut reader.found;
            found.has_location |= directory.has_location;
            if found.orientation == 0 {
                found.orientation = directory.orientation;
            }
        }
    });
}

/// Where the first directory stands, counted from the header.
fn first(reader: &mut Reader, start: u32) -> Option<u32> {
    reader.is_little_endian = reader.number(start, 1) == 0x49;
    reader.found.is_inside = reader.number(start + 2, 2) == 43;
    let (at, length) = if reader.found.is_inside { (8, 8) } else { (4, 4) };
    Some(reader.length(start + at, length)).filter(|&at| at > 0)
}

fn entries(reader: &mut Reader, at: u32, is_big: bool) -> Directory {
    let (head, count) = if is_big { (8, reader.length(at, 8)) } else { (2, reader.number(at, 2)) };
    let (size, value_at) = if is_big { (20, 12) } else { (12, 8) };
    let mut directory = Directory { end: at + head, ..Directory::default() };
    for _ in 0..count {
        let at = directory.end;
        let (tag, kind) = (reader.number(at, 2), reader.number(at + 2, 2));
        let length = match kind {
            1 | 6 => 1,
            3 | 8 => 2,
            4 | 9 | 13 => 4,
            16..=18 => 8,
            _ => 0,
        };
        let value = match length {
            0 => 0,
            8 => reader.length(at + value_at, 8),
            _ => reader.number(at + value_at, length),
        };
        match tag {
            0xfe => directory.is_part = value & 5 != 0,
            0xff => directory.is_part = value == 2,
            // As in libtiff, the first of several counts.
            0x100 if directory.width == 0 => directory.width = value,
            0x101 if directory.height == 0 => directory.height = value,
            0x112 if matches!(value, 1..=8) => directory.orientation = value - 1,
            0x8825 => directory.has_location = true,
            0x152 => directory.extra_samples = value,
            _ => {}
        }
        directory.end = at + size;
        if reader.is_stuck() {
            break;
        }
    }
    directory
}
