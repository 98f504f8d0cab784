//! What each record of a file is to its picture: segments of JPEG, chunks of PNG and WebP, blocks of GIF.
//!
//! What is kept is listed, and everything else goes: what shapes the pixels and their colours, and the density. So what nobody
//! knows yet, and may name a place, goes too.

use serde::Serialize;

use super::reader::{Reader, word};
use super::tiff;
use crate::prelude::*;

/// What stood beside the pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Metadata {
    /// EXIF: camera, time, location, a thumbnail.
    Exif,
    /// XMP.
    Xmp,
    /// JPEG's APP13, in which IPTC stands.
    Iptc,
    /// Comments, and PNG's text chunks.
    Text,
    /// PNG's tIME.
    Time,
    /// A smaller copy in a JFIF segment.
    Thumbnail,
    /// What stands behind the end of the picture: further pictures, the film of a moving photo.
    Trailer,
    /// Every other record that is not needed to show the picture.
    Other,
}

/// What becomes of a record.
#[derive(Clone, Copy)]
pub(super) enum Fate {
    /// It stays as it is.
    Keep,
    /// It goes; where bytes were made instead, those stand in its place.
    Remove(Metadata),
    /// It goes, but for the orientation.
    Exif,
    /// The bytes that were made stand in its place, and say the same of another length.
    Rewrite,
}

/// A record, from where it was asked for.
pub(super) struct Record {
    pub(super) next: u32,
    pub(super) fate: Fate,
    pub(super) made: Vec<u8>,
    /// Whether the picture ends with it.
    pub(super) is_last: bool,
}

/// Tells of the record at a position, given what became of the one before.
pub(super) type Sort = fn(&mut Reader, u32, Fate) -> Record;

/// By MIME type; `None` for formats whose metadata is woven into their structure.
pub(super) fn sort_of(mime: &str) -> Option<Sort> {
    Some(match mime {
        "image/jpeg" => jpeg,
        "image/png" => png,
        "image/gif" => gif,
        "image/webp" => webp,
        // It has no place for any.
        "image/bmp" => |reader, _, _| Record::new(reader.end, Fate::Keep),
        _ => return None,
    })
}

impl Record {
    fn new(next: u32, fate: Fate) -> Self {
        Self { next, fate, made: Vec::new(), is_last: false }
    }

    pub(super) fn last(next: u32) -> Self {
        Self { is_last: true, ..Self::new(next, Fate::Keep) }
    }
}

const EXIF: u32 = word(*b"Exif");

/// Where a VP8X chunk, counted from its name, has its flags, and those that say what stands beside the pixels.
pub(super) const VP8X_FLAGS: usize = 8;
pub(super) const VP8X_HAS_EXIF: u8 = 8;
const VP8X_HAS_XMP: u8 = 4;

fn jpeg(reader: &mut Reader, at: u32, _: Fate) -> Record {
    const JFIF: u32 = word(*b"JFIF");
    const JFXX: u32 = word(*b"JFXX");
    const HTTP: u32 = word(*b"http");
    const ICC: u32 = word(*b"ICC_");
    const ADOBE: u32 = word(*b"Adob");
    /// The segment of a JFIF without a thumbnail: its marker, and the rest by its own length.
    const JFIF_LENGTH: u32 = 16;

    if at == 0 {
        return Record::new(2, Fate::Keep);
    }
    if reader.found.is_inside {
        // Pixels, with no marker but those within them.
        let (next, is_marker) = reader.marker(at);
        reader.found.is_inside = !is_marker;
        return Record::new(next, Fate::Keep);
    }
    // What decoders pass over, as in `formats`.
    if reader.number(at, 1) != 0xff {
        return Record::new(at + 1, Fate::Remove(Metadata::Other));
    }
    let marker = reader.number(at + 1, 1);
    if marker == 0xff {
        return Record::new(at + 1, Fate::Remove(Metadata::Other));
    }
    match marker {
        0xd9 => return Record::last(at + 2),
        0..=0xbf | 0xd0..=0xd7 => return Record::new(at + 2, Fate::Remove(Metadata::Other)),
        0xd8 => {
            reader.found.count = 1;
            return Record::new(at + 2, Fate::Keep);
        }
        _ => {}
    }
    // It counts its own two bytes.
    let length = reader.length(at + 2, 2).max(2);
    let next = at + 2 + length;
    let name = if matches!(marker, 0xe0..=0xef) && length >= 6 { reader.number(at + 4, 4) } else { 0 };
    let mut made = Vec::new();
    let fate = match (marker, name) {
        (0xe0, JFIF) if length > JFIF_LENGTH => {
            made.extend([0xff, 0xe0, 0, 16]);
            for field in [4, 8, 12] {
                made.extend(reader.number(at + field, 4).to_be_bytes());
            }
            made.extend([0, 0]);
            Fate::Remove(Metadata::Thumbnail)
        }
        (0xe0, JFIF) | (0xe2, ICC) | (0xee, ADOBE) => Fate::Keep,
        (0xe0, JFXX) => Fate::Remove(Metadata::Thumbnail),
        (0xe1, EXIF) => {
            // Behind the first pixels, browsers look for none.
            if reader.found.count == 0 {
                tiff::orientation(reader, at + 10, next);
            }
            Fate::Exif
        }
        (0xe1, HTTP) => Fate::Remove(Metadata::Xmp),
        (0xed, _) => Fate::Remove(Metadata::Iptc),
        (0xe0..=0xef, _) => Fate::Remove(Metadata::Other),
        (0xfe, _) => Fate::Remove(Metadata::Text),
        (0xda, _) => {
            reader.found.is_inside = true;
            reader.found.count = 1;
            Fate::Keep
        }
        _ => Fate::Keep,
    };
    Record { made, ..Record::new(next, fate) }
}

fn png(reader: &mut Reader, at: u32, _: Fate) -> Record {
    const IDAT: u32 = word(*b"IDAT");
    const IEND: u32 = word(*b"IEND");
    const CHUNK_EXIF: u32 = word(*b"eXIf");
    const TEXT: u32 = word(*b"tEXt");
    const PACKED_TEXT: u32 = word(*b"zTXt");
    const WORLD_TEXT: u32 = word(*b"iTXt");
    const TIME: u32 = word(*b"tIME");
    /// The keyword of XMP begins so.
    const XMP: u32 = word(*b"XML:");
    /// Set in the name of a chunk that a decoder may pass over.
    const IS_ANCILLARY: u32 = 0x2000_0000;
    /// Those of them that change how pixels look, or are pixels.
    const KEPT: [u32; 18] = [
        word(*b"tRNS"),
        word(*b"cHRM"),
        word(*b"gAMA"),
        word(*b"iCCP"),
        word(*b"sBIT"),
        word(*b"sRGB"),
        word(*b"cICP"),
        word(*b"mDCV"),
        word(*b"mDCv"),
        word(*b"cLLI"),
        word(*b"cLLi"),
        word(*b"bKGD"),
        word(*b"hIST"),
        word(*b"pHYs"),
        word(*b"sPLT"),
        word(*b"acTL"),
        word(*b"fcTL"),
        word(*b"fdAT"),
    ];

    if at == 0 {
        return Record::new(8, Fate::Keep);
    }
    let (length, name) = (reader.length(at, 4), reader.number(at + 4, 4));
    let next = at + 12 + length;
    Record::new(
        next,
        match name {
            IEND => return Record::last(next),
            IDAT => {
                reader.found.count = 1;
                Fate::Keep
            }
            CHUNK_EXIF => {
                // Behind the first pixels, browsers look for none.
                if reader.found.count == 0 {
                    tiff::orientation(reader, at + 8, next);
                }
                Fate::Exif
            }
            WORLD_TEXT if length > 4 && reader.number(at + 8, 4) == XMP => Fate::Remove(Metadata::Xmp),
            TEXT | PACKED_TEXT | WORLD_TEXT => Fate::Remove(Metadata::Text),
            TIME => Fate::Remove(Metadata::Time),
            _ if name & IS_ANCILLARY == 0 || KEPT.contains(&name) => Fate::Keep,
            _ => Fate::Remove(Metadata::Other),
        },
    )
}

fn gif(reader: &mut Reader, at: u32, before: Fate) -> Record {
    /// How often an animation runs, and profiles of colours.
    const KEPT: [u32; 3] = [word(*b"NETS"), word(*b"ANIM"), word(*b"ICCR")];
    const XMP: u32 = word(*b"XMP ");

    let table = |flags: u32| if flags & 0x80 == 0 { 0 } else { 6 << (flags & 7) };
    if at == 0 {
        return Record::new(13 + table(reader.number(10, 1)), Fate::Keep);
    }
    let first = reader.number(at, 1);
    if reader.found.is_inside {
        // A piece of what began before, and goes the same way.
        reader.found.is_inside = first > 0;
        return Record::new(at + 1 + first, before);
    }
    match first {
        0x21 => {
            reader.found.is_inside = true;
            let fate = match reader.number(at + 1, 1) {
                0xfe => Fate::Remove(Metadata::Text),
                0xff => match reader.number(at + 3, 4) {
                    name if KEPT.contains(&name) => Fate::Keep,
                    XMP => Fate::Remove(Metadata::Xmp),
                    _ => Fate::Remove(Metadata::Other),
                },
                _ => Fate::Keep,
            };
            Record::new(at + 2, fate)
        }
        0x2c => {
            reader.found.is_inside = true;
            Record::new(at + 11 + table(reader.number(at + 9, 1)), Fate::Keep)
        }
        0 => Record::new(at + 1, Fate::Keep),
        // The end, or what decoders take for it.
        _ => Record::last(at + 1),
    }
}

fn webp(reader: &mut Reader, at: u32, _: Fate) -> Record {
    // The names by the order of their bytes, as `formats` reads them.
    const VP8X: u32 = word(*b"X8PV");
    const CHUNK_EXIF: u32 = word(*b"FIXE");
    const XMP: u32 = word(*b" PMX");
    const KEPT: [u32; 6] =
        [word(*b" 8PV"), word(*b"L8PV"), word(*b"HPLA"), word(*b"MINA"), word(*b"FMNA"), word(*b"PCCI")];

    reader.is_little_endian = true;
    if at == 0 {
        let made = b"RIFF\0\0\0\0WEBP".to_vec();
        return Record { made, ..Record::new(12, Fate::Rewrite) };
    }
    let (name, length) = (reader.number(at, 4), reader.length(at + 4, 4));
    let next = at + 8 + length + (length & 1);
    if name == VP8X && length == 10 {
        let mut made = b"VP8X".to_vec();
        for field in [4, 8, 12] {
            made.extend(reader.number(at + field, 4).to_le_bytes());
        }
        made.extend(&reader.number(at + 16, 2).to_le_bytes()[..2]);
        made[VP8X_FLAGS] &= !(VP8X_HAS_EXIF | VP8X_HAS_XMP);
        reader.found.count = 1;
        return Record { made, ..Record::new(next, Fate::Rewrite) };
    }
    Record::new(
        next,
        match name {
            CHUNK_EXIF if reader.found.count == 1 => {
                let content = if reader.number(at + 8, 4) == EXIF.swap_bytes() { at + 14 } else { at + 8 };
                tiff::orientation(reader, content, next);
                Fate::Exif
            }
            // In a simple file, nobody looks for it.
            CHUNK_EXIF => Fate::Remove(Metadata::Exif),
            XMP => Fate::Remove(Metadata::Xmp),
            VP8X => Fate::Keep,
            _ if KEPT.contains(&name) => Fate::Keep,
            _ => Fate::Remove(Metadata::Other),
        },
    )
}
