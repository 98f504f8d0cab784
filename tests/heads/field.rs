//! What cameras, phones, editors and transfers write, after public reports of readers that stumbled over it: what decoders show is a
//! picture, and nothing else is.

use webwx_image::error::ErrorKind;
use webwx_image::image::{ImageInfo, inspect};

use crate::heif::{PLAIN, Property, file, ftyp, heif_box};
use crate::make::{jpeg_segment, tiff, webp};
use crate::{AT_ONCE, HERE, picture, read, read_sparse, sides};

const JPEG: &[u8] = include_bytes!("../fixtures/pictures/tiny.jpg");
const PNG: &[u8] = include_bytes!("../fixtures/pictures/tiny.png");

#[test]
fn pictures_of_the_field() {
    for (bytes, expected) in [
        // Browsers take the first frame for the screen, or make the screen as large as it.
        (&include_bytes!("../fixtures/field/screen-of-0.gif")[..], ("image/gif", 30, 20)),
        (include_bytes!("../fixtures/field/frame-wider-than-screen.gif"), ("image/gif", 30, 20)),
        // HEVC codes whole blocks: `clap` says what of 64 × 64 pixels is the picture.
        (include_bytes!("../fixtures/field/odd-sides.heic"), ("image/heic", 15, 15)),
        // Apple's chunk stands before IHDR.
        (include_bytes!("../fixtures/field/iphone.png"), ("image/png", 32, 32)),
    ] {
        assert_eq!(picture(bytes), Some(expected));
    }
}

#[test]
fn stray_bytes_between_the_segments_of_a_jpeg() {
    let with = |between: &[u8]| [&JPEG[..2], between, &JPEG[2..]].concat();
    let junk: Vec<u8> = (0..=0xfe).collect();
    for between in [
        &[0; 90][..],
        &[0xff; 90],
        &junk,
        &[&junk[..], &[0xff, 0], &junk].concat(),
        // A segment of no length, one that is too short, and a marker that nobody knows.
        &[0xff, 0xe5, 0, 0],
        &[&[0xff, 0xe5, 0, 9], &junk[..]].concat(),
        &[0xff, 0x02, 7],
    ] {
        assert_eq!(picture(&with(&jpeg_segment(0xe0, between))), Some(("image/jpeg", 5, 4)));
        assert_eq!(picture(&with(&[&jpeg_segment(0xe0, b"JFIF"), between].concat())), Some(("image/jpeg", 5, 4)));
    }
}

#[test]
fn a_frame_behind_megabytes() {
    let segments = jpeg_segment(0xe2, &vec![7; 65_533]).repeat(160);
    let jpeg = [&JPEG[..2], &segments, &JPEG[2..]].concat();
    let (info, reads) = read_sparse(jpeg.len() as u64, AT_ONCE, &[(0, &jpeg)]);
    assert_eq!(info.map(|info| (info.width, info.height)), Some((Some(5), Some(4))));
    assert!(reads <= 162, "{reads} reads for 160 segments");
    // No segment at all: after 1024 reads it is a picture all the same.
    let (info, reads) = read_sparse(1 << 30, 500, &[(0, &JPEG[..20])]);
    let info = info.expect("a picture");
    assert_eq!((info.mime, info.width, info.height, info.has_alpha), ("image/jpeg", None, None, None));
    assert_eq!((info.warnings.len(), reads), (1, 1024));
}

#[test]
fn a_frame_of_megabytes() {
    let head = b"GIF89a\x07\0\x09\0\0\0\0,\0\0\0\0\x07\0\x09\0\0\x08";
    let gif = |pixels: usize| [&head[..], &vec![0xff; pixels], &[0], &head[13..]].concat();
    let facts = |gif: &[u8]| {
        let (info, reads) = read_sparse(gif.len() as u64, AT_ONCE, &[(0, gif)]);
        (info.map(|info| (info.width, info.has_alpha, info.is_animated)), reads)
    };
    assert_eq!(facts(&gif(256 * 3000)), (Some((Some(7), Some(false), Some(true))), 47));
    // Whether there is another frame is not worth reading all of a long one.
    assert_eq!(facts(&gif(256 * 9000)), (Some((Some(7), Some(false), None)), 65));
}

#[test]
fn what_is_kept_all_the_same() {
    let refusal = inspect(HERE, b"wxgf\x1a\0\x01\0\0\0\0\0").expect_err("no picture");
    let info = ImageInfo::unknown(12, &refusal);
    assert_eq!((info.mime, info.width, info.size), ("application/octet-stream", None, 12));
    assert_eq!(info.warnings, [refusal.to_string()]);
}

#[test]
fn items_behind_the_pixels() {
    let meta = |gap| {
        let bytes = file(&["heic"], &[vec![Property::Size(640, 480)]], 0, &PLAIN);
        let start = ftyp(&["heic"]).len();
        let length = u32::from_be_bytes(bytes[start..start + 4].try_into().expect("four bytes")) as usize;
        (start as u64 + gap, bytes[start..start + length].to_vec())
    };
    let head = ftyp(&["heic"]);
    let (short, long): (u64, u64) = (18_000_000, 2_000_000_000);
    let mdat = [&u32::try_from(short).expect("32 bits").to_be_bytes()[..], b"mdat"].concat();
    let long_mdat = [&[0, 0, 0, 1][..], b"mdat", &long.to_be_bytes()].concat();
    for (gap, mdat) in [(short, mdat), (long, long_mdat)] {
        let (start, meta) = meta(gap);
        let pieces = [(0, &[&head[..], &mdat].concat()[..]), (start, &meta)];
        let (info, reads) = read_sparse(start + meta.len() as u64, AT_ONCE, &pieces);
        assert_eq!(info.map(|info| (info.width, info.height)), Some((Some(640), Some(480))));
        assert_eq!(reads, 2);
    }
}

#[test]
fn a_directory_at_the_end() {
    for is_little_endian in [true, false] {
        let bytes = tiff(is_little_endian, &vec![9; 22_000_000], &[(0x100, 3, 3000), (0x101, 4, 2500)]);
        let (info, reads) = read_sparse(bytes.len() as u64, AT_ONCE, &[(0, &bytes)]);
        assert_eq!(info.map(|info| (info.width, info.height)), Some((Some(3000), Some(2500))));
        assert_eq!(reads, 2);
    }
}

#[test]
fn the_full_picture_of_several() {
    let directories = |kinds: [(u16, u32); 3], ring: bool| {
        let mut bytes = b"II*\0\x08\0\0\0".to_vec();
        for (number, (tag, kind)) in (1..).zip(kinds) {
            let whole = tiff(true, &[], &[(tag, 4, kind), (0x100, 4, number), (0x101, 4, number)]);
            bytes.extend(&whole[8..]);
            let next = bytes.len() + 4;
            let next = if number < 3 {
                next
            } else if ring {
                8
            } else {
                0
            };
            bytes.extend(u32::try_from(next).expect("a short file").to_le_bytes());
        }
        bytes
    };
    // The old tag and the new one; a smaller copy, a mask, a page.
    for (kinds, expected) in [
        ([(0xfe, 0), (0xfe, 1), (0xfe, 1)], 1),
        ([(0xfe, 1), (0xfe, 0), (0xfe, 1)], 2),
        ([(0xfe, 4), (0xfe, 1), (0xfe, 0)], 3),
        ([(0xff, 2), (0xff, 1), (0xfe, 1)], 2),
        ([(0xfe, 2), (0xfe, 2), (0xfe, 2)], 1),
        ([(0xfe, 1), (0xfe, 1), (0xfe, 1)], 1),
    ] {
        for ring in [false, true] {
            assert_eq!(sides(&directories(kinds, ring)), Some((expected, expected)), "{kinds:?}");
        }
    }
}

#[test]
fn orientation_turns_the_sides() {
    let exif = |order: bool, orientation| tiff(order, &[0; 5], &[(0x10f, 2, 9), (0x112, 3, orientation)]);
    let jpeg = |exif: &[u8]| [&JPEG[..2], &jpeg_segment(0xe1, &[b"Exif\0\0", exif].concat()), &JPEG[2..]].concat();
    let png = |exif: &[u8]| {
        let length = u32::try_from(exif.len()).expect("a short chunk").to_be_bytes();
        [&PNG[..33], &length, b"eXIf", exif, &[0; 4], &PNG[33..]].concat()
    };
    let turned = |info: Option<ImageInfo>| info.map(|info| (info.width, info.height, info.orientation));
    for orientation in 1..=8 {
        let swap = |width, height| if orientation < 5 { (width, height) } else { (height, width) };
        for order in [true, false] {
            let exif = exif(order, orientation);
            for (bytes, (width, height)) in [
                (jpeg(&exif), swap(5, 4)),
                (png(&exif), swap(3, 2)),
                (tiff(order, &[], &[(0x100, 3, 7), (0x101, 3, 9), (0x112, 3, orientation)]), swap(7, 9)),
            ] {
                assert_eq!(turned(read(&bytes)), Some((Some(width), Some(height), orientation)));
            }
        }
    }
    // Broken EXIF is none.
    for exif in
        [&exif(true, 0)[..], &exif(true, 9), &exif(true, 6)[..30], b"II*\0\xff\xff\0\0", b"", b"II*\0\xff\xff\xff\xff"]
    {
        assert_eq!(turned(read(&jpeg(exif))), Some((Some(5), Some(4), 1)));
        assert_eq!(turned(read(&png(exif))), Some((Some(3), Some(2), 1)));
    }
}

#[test]
fn what_no_decoder_takes() {
    let converted = [&PNG[..4], b"\n\x1a\n", &PNG[8..]].concat();
    let doubled = [&PNG[..4], b"\r\r\n\x1a\r\n", &PNG[8..]].concat();
    let mut wide = PNG.to_vec();
    wide[16] = 0x80;
    let mut no_ihdr = PNG.to_vec();
    no_ihdr[12] = b'i';
    let refused = |bytes: &[u8]| {
        let error = inspect(HERE, bytes).expect_err("no picture");
        assert_eq!((error.kind(), error.retryable()), (ErrorKind::NotAnImage, false), "{error}");
        error.to_string()
    };
    for bytes in [converted, doubled, wide, no_ihdr] {
        assert_eq!(refused(&bytes), "here: starts like image/png, but its header is invalid or truncated");
    }
    let expected = |got| format!("here: expected JPEG, PNG, GIF, WebP, BMP, TIFF, AVIF or HEIC, got {got}");
    for (bytes, got) in [
        (&b"\xff\x0a\xfa\x7f\x01\x90\x08\x06\x01\x00\x70\x00"[..], "JPEG XL"),
        (b"\0\0\0\x0cJXL \r\n\x87\n\0\0\0\x14ftypjxl ", "JPEG XL"),
        (b"wxgf\x1a\0\x01\0\0\0\0\0\0\0", "wxgf, WeChat's own format"),
        (include_bytes!("../fixtures/field/drawing.svg"), "SVG"),
        (b"\xef\xbb\xbf<svg xmlns='http://www.w3.org/2000/svg'/>", "SVG"),
        (b"<?xml version='1.0'?>\n<!-- drawn --><!DOCTYPE svg>\n<svg width='1'/>", "SVG"),
        (b"GIF88a\x01\0\x01\0\0\0\0;", "something else"),
    ] {
        assert_eq!(refused(bytes), expected(got));
    }
    let page = b"<!doctype html><title>no</title><svg></svg>";
    assert!(inspect(HERE, page).expect_err("a page").retryable());
}

#[test]
fn transparency_and_animation() {
    let facts = |bytes: &[u8]| read(bytes).map(|info| (info.has_alpha, info.is_animated));
    let (yes, no) = (Some(true), Some(false));
    assert_eq!(facts(JPEG), Some((no, no)));
    // A frame of 1 × 1 on a screen of as much, with or without a transparent colour; then another frame.
    let gif = |flags, frames: usize| {
        let frame = [b"!\xf9\x04", &[flags, 0, 0, 0, 0][..], b",\0\0\0\0\x01\0\x01\0\0\x02\x02L\x01\0"].concat();
        [b"GIF89a\x01\0\x01\0\0\0\0", &frame.repeat(frames)[..], b";"].concat()
    };
    assert_eq!(facts(&gif(0, 1)), Some((no, no)));
    assert_eq!(facts(&gif(1, 1)), Some((yes, no)));
    assert_eq!(facts(&gif(0, 2)), Some((no, yes)));
    let second = [&gif(0, 1)[..gif(0, 1).len() - 1], &gif(1, 1)[13..]].concat();
    assert_eq!(facts(&second), Some((no, yes)), "a later frame lets the first one through");
    let webp = |flags, frames: usize| {
        let frame = [&b"ANMF\x11\0\0\0"[..], &[0; 18]].concat();
        [b"RIFF\0\0\0\0WEBPVP8X\x0a\0\0\0", &[flags, 0, 0, 0, 6, 0, 0, 8, 0, 0][..], &frame.repeat(frames)].concat()
    };
    assert_eq!(facts(&webp(0x00, 0)), Some((no, no)));
    assert_eq!(facts(&webp(0x10, 0)), Some((yes, no)));
    assert_eq!(facts(&webp(0x12, 1)), Some((yes, no)));
    assert_eq!(facts(&webp(0x02, 2)), Some((no, yes)));
    let png = |chunk: &[u8]| [&PNG[..33], chunk, &PNG[33..]].concat();
    assert_eq!(facts(&png(b"\0\0\0\x08acTL\0\0\0\x02\0\0\0\0....")), Some((no, yes)));
    assert_eq!(facts(&png(b"\0\0\0\x08acTL\0\0\0\x01\0\0\0\0....")), Some((no, no)));
    assert_eq!(facts(&png(b"\0\0\0\x06tRNS\0\0\0\0\0\0....")), Some((yes, no)));
    let track = |frames: u32| {
        let count = [&[0; 8], &frames.to_be_bytes()[..]].concat();
        let boxes = [*b"stbl", *b"minf", *b"mdia"]
            .iter()
            .fold(heif_box(*b"stsz", &count), |inner, name| heif_box(*name, &inner));
        let head =
            heif_box(*b"tkhd", &[&[0; 76], &(7_u32 << 16).to_be_bytes()[..], &(9_u32 << 16).to_be_bytes()].concat());
        heif_box(*b"moov", &heif_box(*b"trak", &[head, boxes].concat()))
    };
    let still = file(&["avis"], &[vec![Property::Size(7, 9)]], 0, &PLAIN);
    assert_eq!(facts(&[&still[..], &track(1)].concat()), Some((no, no)));
    assert_eq!(facts(&[&still[..], &track(2)].concat()), Some((no, yes)));
    // Without items, the track says how large it is.
    let sequence = [ftyp(&["hevc"]), track(5)].concat();
    assert_eq!((picture(&sequence), facts(&sequence)), (Some(("image/heic", 7, 9)), Some((no, yes))));
}

#[test]
fn a_frame_away_from_the_corner_leaves_the_rest_transparent() {
    for (left, top, has_alpha) in [(0, 0, false), (1, 0, true), (0, 1, true), (1, 1, true)] {
        // The frame reaches the far corner of the screen, or beyond: only its beginning makes the difference.
        let screen = [&b"GIF89a"[..], &[8, 0, 8, 0, 0, 0, 0]].concat();
        let frame = [0x2c, left, 0, top, 0, 8, 0, 8, 0, 0, 2, 0, 0x3b];
        let info = inspect(HERE, &[screen, frame.to_vec()].concat()).expect("a picture");
        assert_eq!(info.has_alpha, Some(has_alpha), "{left}, {top}");
    }
}

#[test]
fn a_lossless_webp_begins_with_its_mark() {
    let webp_of = |mark: u8| webp(*b"VP8L", &[mark, 6, 0, 1, 0, 0, 0, 0]);
    assert_eq!(picture(&webp_of(0x2f)), Some(("image/webp", 7, 5)));
    let error = inspect(HERE, &webp_of(0x2e)).expect_err("no decoder takes another");
    assert_eq!(error.kind(), ErrorKind::NotAnImage);
}
