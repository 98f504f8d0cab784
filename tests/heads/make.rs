//! Heads of pictures, made by the book; those of AVIF and HEIC are in `heif.rs`.

use proptest::collection::vec;
use proptest::prelude::*;

/// A head, and what stands in it.
#[derive(Clone, Debug)]
pub(crate) struct Made {
    pub(crate) bytes: Vec<u8>,
    pub(crate) mime: &'static str,
    pub(crate) width: u32,
    pub(crate) height: u32,
}

/// A head of any of the formats.
pub(crate) fn any_head() -> impl Strategy<Value = Made> {
    prop_oneof![jpegs(), flat_ones(), webps(), tiffs()]
}

fn jpegs() -> impl Strategy<Value = Made> {
    let segment = (prop_oneof![Just(0xc4_u8), Just(0xdb), Just(0xdd), 0xe0..=0xef_u8, Just(0xfe)], any_bytes(0..300));
    let frame = prop::sample::select(vec![0xc0_u8, 0xc1, 0xc2, 0xc3, 0xc5, 0xc9, 0xcf]);
    (vec(segment, 0..5), frame, 1..=u16::MAX, 1..=u16::MAX).prop_map(|(segments, frame, width, height)| {
        let mut bytes = vec![0xff, 0xd8];
        for (marker, content) in segments {
            bytes.extend(jpeg_segment(marker, &content));
        }
        let content = [&[8], &height.to_be_bytes()[..], &width.to_be_bytes(), &[3, 1, 0x22, 0, 2, 0x11, 1, 3, 0x11, 1]];
        bytes.extend(jpeg_segment(frame, &content.concat()));
        Made { bytes, mime: "image/jpeg", width: width.into(), height: height.into() }
    })
}

pub(crate) fn jpeg_segment(marker: u8, content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(content.len() + 2).expect("a short segment");
    [&[0xff, marker], &length.to_be_bytes()[..], content].concat()
}

/// Those whose dimensions always stand at the same place.
fn flat_ones() -> impl Strategy<Value = Made> {
    let side = || prop_oneof![1..5000_u32, 1..=i32::MAX.cast_unsigned()];
    let format = prop::sample::select(vec!["image/png", "image/gif", "image/bmp"]);
    (format, side(), side(), any_bytes(8..40)).prop_map(|(mime, width, height, rest)| match mime {
        "image/png" => {
            let sides = [width.to_be_bytes(), height.to_be_bytes()].concat();
            Made { bytes: [b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR", &sides[..], &rest].concat(), mime, width, height }
        }
        "image/gif" => {
            let (width, height) = (width & 0xffff | 1, height & 0xffff | 1);
            let sides = [&width.to_le_bytes()[..2], &height.to_le_bytes()[..2]].concat();
            // No table of colours, and no frame: the first one may enlarge the screen.
            Made { bytes: [b"GIF89a", &sides[..], &[0, 0, 0], b";", &rest].concat(), mime, width, height }
        }
        _ => {
            let [width_bytes, height_bytes] = [width, height].map(u32::to_le_bytes);
            Made { bytes: [&bmp(40, &width_bytes, &height_bytes)[..], &rest].concat(), mime, width, height }
        }
    })
}

pub(crate) fn bmp(header: u32, width: &[u8], height: &[u8]) -> Vec<u8> {
    [&b"BM\0\0\0\0\0\0\0\0\x36\0\0\0"[..], &header.to_le_bytes(), width, height].concat()
}

fn webps() -> impl Strategy<Value = Made> {
    let kind = prop::sample::select(vec![*b"VP8 ", *b"VP8L", *b"VP8X"]);
    (kind, 1..=0x3fff_u32, 1..=0x3fff_u32, any_bytes(4..20)).prop_map(|(kind, width, height, rest)| {
        let content = match kind[3] {
            b' ' => [&[0x30, 1, 0, 0x9d, 1, 0x2a], &width.to_le_bytes()[..2], &height.to_le_bytes()[..2]].concat(),
            b'L' => [&[0x2f], &((width - 1) | ((height - 1) << 14)).to_le_bytes()[..]].concat(),
            _ => [&[0; 4], &(width - 1).to_le_bytes()[..3], &(height - 1).to_le_bytes()[..3]].concat(),
        };
        Made { bytes: webp(kind, &[&content[..], &rest].concat()), mime: "image/webp", width, height }
    })
}

pub(crate) fn webp(kind: [u8; 4], content: &[u8]) -> Vec<u8> {
    let length = u32::try_from(content.len()).expect("a short chunk");
    [b"RIFF\0\0\0\0WEBP", &kind[..], &length.to_le_bytes(), content].concat()
}

fn tiffs() -> impl Strategy<Value = Made> {
    // Each with the length of its type; the two sides stand among them.
    let entry = (prop::sample::select(vec![0x102_u16, 0x103, 0x106, 0x111, 0x11a]), 1..=5_u16, any::<u32>());
    let side = || prop_oneof![1..=0xffff_u32, 1..=0x7fff_ffff_u32];
    let picture = (side(), side(), any::<bool>(), any::<bool>());
    (picture, vec(entry, 0..6), vec(entry_of_nothing(), 0..3), any_bytes(0..40)).prop_map(
        |((width, height, is_little_endian, is_swapped), before, behind, gap)| {
            let side = |tag, value| (tag, if value > 0xffff { 4 } else { 3 }, value);
            let mut sides = [side(0x100, width), side(0x101, height)];
            if is_swapped {
                sides.reverse();
            }
            let entries = [&before[..], &sides, &behind].concat();
            Made { bytes: tiff(is_little_endian, &gap, &entries), mime: "image/tiff", width, height }
        },
    )
}

fn entry_of_nothing() -> impl Strategy<Value = (u16, u16, u32)> {
    (0x8000..0x9000_u16, Just(7), any::<u32>())
}

/// Entries are a tag, a type and a value.
pub(crate) fn tiff(is_little_endian: bool, gap: &[u8], entries: &[(u16, u16, u32)]) -> Vec<u8> {
    let short = |value: u16| if is_little_endian { value.to_le_bytes() } else { value.to_be_bytes() };
    let long = |value: u32| if is_little_endian { value.to_le_bytes() } else { value.to_be_bytes() };
    let mut bytes = if is_little_endian { b"II*\0".to_vec() } else { b"MM\0*".to_vec() };
    bytes.extend(long(u32::try_from(8 + gap.len()).expect("a short gap")));
    bytes.extend(gap);
    bytes.extend(short(u16::try_from(entries.len()).expect("a few entries")));
    for &(tag, kind, value) in entries {
        bytes.extend([short(tag), short(kind)].concat());
        bytes.extend(long(1));
        match u16::try_from(value) {
            Ok(value) if kind == 3 => bytes.extend([short(value), [0, 0]].concat()),
            _ => bytes.extend(long(value)),
        }
    }
    bytes
}

pub(crate) fn any_bytes(length: std::ops::Range<usize>) -> impl Strategy<Value = Vec<u8>> {
    vec(any::<u8>(), length)
}
