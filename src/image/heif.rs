//! AVIF and HEIC: boxes within boxes (ISO/IEC 14496-12), and in them pictures as items with properties (ISO/IEC 23008-12).

use super::reader::{Reader, word};

/// The brands of pictures: first those of AV1, then those of HEVC, then those that leave it open.
const BRANDS: [u32; 19] = [
    word(*b"avif"),
    word(*b"avio"),
    word(*b"avis"),
    word(*b"MA1A"),
    word(*b"MA1B"),
    word(*b"heic"),
    word(*b"heix"),
    word(*b"heim"),
    word(*b"heis"),
    word(*b"hevc"),
    word(*b"hevx"),
    word(*b"hevm"),
    word(*b"hevs"),
    word(*b"mif1"),
    word(*b"mif2"),
    word(*b"msf1"),
    word(*b"miaf"),
    word(*b"jpeg"),
    word(*b"jpgs"),
];

const META: u32 = word(*b"meta");
const PITM: u32 = word(*b"pitm");
const IPRP: u32 = word(*b"iprp");
const IPCO: u32 = word(*b"ipco");
const IPMA: u32 = word(*b"ipma");
const ISPE: u32 = word(*b"ispe");
const CLAP: u32 = word(*b"clap");
const IROT: u32 = word(*b"irot");
const IMIR: u32 = word(*b"imir");
const AUXC: u32 = word(*b"auxC");
const MOOV: u32 = word(*b"moov");
const TRAK: u32 = word(*b"trak");
const TKHD: u32 = word(*b"tkhd");
/// From a track to the number of its frames.
const SAMPLES: [u32; 4] = [word(*b"mdia"), word(*b"minf"), word(*b"stbl"), word(*b"stsz")];

/// A box, without its head.
#[derive(Clone, Copy)]
struct Content {
    name: u32,
    start: u32,
    end: u32,
}

/// The MIME type by the brands; `None` for films, and whatever else begins with a list of brands.
pub(super) fn mime(reader: &mut Reader) -> Option<&'static str> {
    let list = next_box(reader, 0, reader.end)?;
    // Behind the first of them stands a version, which is like none.
    let (mut mime, mut at) = (None, list.start);
    while at < list.end && !reader.is_stuck() {
        let brand = reader.number(at, 4);
        match BRANDS.iter().position(|&known| known == brand) {
            Some(0..=4) => return Some("image/avif"),
            Some(5..=12) => return Some("image/heic"),
            Some(_) => mime = Some("image/heic"),
            None => {}
        }
        at += 4;
    }
    mime
}

/// A box of the file, up to the last: the items may stand behind the pixels, and the tracks of an animation behind the items.
pub(super) fn walk(reader: &mut Reader, at: u32) -> Option<u32> {
    let content = next_box(reader, at, reader.end)?;
    if content.name == META {
        reader.found.is_picture = true;
        // A version and flags come first.
        _ = items(reader, Content { start: content.start + 4, ..content });
    }
    if content.name == MOOV {
        _ = track(reader, content);
    }
    Some(content.end)
}

/// The properties of the primary item. Thumbnails, tiles and masks are items of their own.
fn items(reader: &mut Reader, meta: Content) -> Option<()> {
    let pitm = find(reader, meta, &[PITM])?;
    let item = number_by_version(reader, pitm.start, pitm.start + 4);
    let iprp = find(reader, meta, &[IPRP])?;
    let ipco = find(reader, iprp, &[IPCO])?;
    let mut at = ipco.start;
    while let Some(property) = next_box(reader, at, ipco.end) {
        at = property.end;
        // The names of the two kinds of masks for alpha: "urn:mpeg:mpegB:cicp:systems:auxiliary:alpha" and "urn:mpeg:hevc:2015:auxid:1".
        if property.name == AUXC
            && (reader.number(at - 5, 4) == word(*b"lpha") || reader.number(property.start + 26, 4) == word(*b"id:1"))
        {
            reader.found.has_alpha = Some(true);
        }
    }
    // The size is that before all transformations, wherever it stands.
    for is_size in [true, false] {
        let mut at = iprp.start;
        while let Some(ipma) = next_box(reader, at, iprp.end) {
            at = ipma.end;
            if ipma.name == IPMA {
                associations(reader, ipma, item, ipco, is_size);
            }
        }
    }
    if reader.found.orientation >= 4 {
        reader.found.swap_sides();
    }
    Some(())
}

/// Which item has which properties.
fn associations(reader: &mut Reader, ipma: Content, item: u32, ipco: Content, is_size: bool) {
    let (length, mask) = if reader.number(ipma.start + 3, 1) & 1 == 0 { (1, 0x7f) } else { (2, 0x7fff) };
    let count = reader.number(ipma.start + 4, 4);
    let mut at = ipma.start + 8;
    for _ in 0..count {
        let id = number_by_version(reader, ipma.start, at);
        at += if reader.number(ipma.start, 1) == 0 { 2 } else { 4 };
        let properties = reader.number(at, 1);
        at += 1;
        for _ in 0..properties {
            // The highest bit says whether a reader has to know the property.
            let index = reader.number(at, length) & mask;
            if id == item {
                _ = property(reader, ipco, index, is_size);
            }
            at += length;
        }
        if reader.is_stuck() || at >= ipma.end {
            return;
        }
    }
}

/// Applies a property, as libheif does: in the order in which the item names them.
fn property(reader: &mut Reader, ipco: Content, index: u32, is_size: bool) -> Option<()> {
    let mut property = Content { end: ipco.start, ..ipco };
    for _ in 0..index {
        property = next_box(reader, property.end, ipco.end)?;
    }
    let start = property.start;
    match property.name {
        ISPE if is_size => reader.sides(start + 4, 4),
        CLAP if !is_size => {
            let (width, height) = (rounded(reader, start), rounded(reader, start + 8));
            let found = &mut reader.found;
            (found.width, found.height) = (found.width.min(width), found.height.min(height));
        }
        IROT if !is_size => {
            for _ in 0..reader.number(start, 1) & 3 {
                let found = &mut reader.found;
                found.orientation ^= if found.orientation & 1 == 0 { 7 } else { 5 };
                found.swap_sides();
            }
        }
        IMIR if !is_size => reader.found.orientation ^= if reader.number(start, 1) & 1 == 0 { 3 } else { 1 },
        _ => {}
    }
    Some(())
}

/// A fraction.
fn rounded(reader: &mut Reader, at: u32) -> u32 {
    let (numerator, denominator) = (reader.number(at, 4), reader.number(at + 4, 4));
    let whole = numerator.checked_div(denominator).unwrap_or(u32::MAX);
    whole + u32::from(numerator.checked_rem(denominator).is_some_and(|rest| rest >= denominator.div_ceil(2)))
}

/// What a file says that has frames: their number, and their size if there is no item.
fn track(reader: &mut Reader, moov: Content) -> Option<()> {
    let track = find(reader, moov, &[TRAK])?;
    if !reader.found.is_picture {
        reader.found.is_picture = true;
        let head = find(reader, track, &[TKHD])?;
        // Its last two numbers, in 65536ths of a pixel.
        reader.sides(head.end - 8, 4);
        reader.found.width >>= 16;
        reader.found.height >>= 16;
    }
    let samples = find(reader, track, &SAMPLES)?;
    reader.found.is_animated = Some(reader.number(samples.start + 8, 4) > 1);
    Some(())
}

/// The first box of this path.
fn find(reader: &mut Reader, parent: Content, path: &[u32]) -> Option<Content> {
    let Some((name, rest)) = path.split_first() else { return Some(parent) };
    let mut at = parent.start;
    loop {
        let child = next_box(reader, at, parent.end)?;
        if child.name == *name {
            return find(reader, child, rest);
        }
        at = child.end;
    }
}

/// The box at a position; `None` at the end of the one around it, and where its length is none.
fn next_box(reader: &mut Reader, at: u32, end: u32) -> Option<Content> {
    if reader.is_stuck() || at + 8 > end {
        return None;
    }
    let (length, name) = (reader.length(at, 4), reader.number(at + 4, 4));
    let (head, length) = match length {
        // Up to the end.
        0 => (8, end - at),
        // The length has 64 bits, and stands behind the name.
        1 => (16, reader.length(at + 8, 8)),
        length => (8, length),
    };
    (length >= head && length <= end - at).then_some(Content { name, start: at + head, end: at + length })
}

/// A number of 16 bits in version 0 of a box, and of 32 bits in others.
fn number_by_version(reader: &mut Reader, version: u32, at: u32) -> u32 {
    let length = if reader.number(version, 1) == 0 { 2 } else { 4 };
    reader.number(at, length)
}
