//! Where the reader does not follow the other one, on purpose.

use crate::heif::{Layout, PLAIN, Property, file, ftyp, heif_box};
use crate::make::{bmp, jpeg_segment, tiff, webp};
use crate::{picture, read, sides};

#[test]
fn the_two_headers_of_a_bmp_and_its_direction() {
    assert_eq!(sides(&[bmp(12, &[7, 0], &[9, 0]), vec![0; 8]].concat()), Some((7, 9)));
    for header in [16, 40, 64, 108, 124] {
        let bmp = [bmp(header, &7_i32.to_le_bytes(), &(-9_i32).to_le_bytes()), vec![0; 60]].concat();
        assert_eq!(sides(&bmp), Some((7, 9)), "{header}");
    }
    assert_eq!(sides(&bmp(40, &7_i32.to_le_bytes(), &i32::MIN.to_le_bytes())), None);
    assert_eq!(sides(&bmp(40, &(-7_i32).to_le_bytes(), &[9, 0, 0, 0])), None);
    for header in [0, 13, 125] {
        assert_eq!(sides(&bmp(header, &[7, 0, 0, 0], &[9, 0, 0, 0])), None, "{header}");
    }
    assert_eq!(sides(b"BMW builds cars, and this is a text about it"), None);
}

#[test]
fn a_webp_that_asks_to_be_scaled() {
    let scaled = [7 | 0x40, 0x40, 9, 0xc0];
    assert_eq!(sides(&webp(*b"VP8 ", &[&[0x30, 1, 0, 0x9d, 1, 0x2a], &scaled[..]].concat())), Some((0x47, 9)));
}

#[test]
fn the_markers_of_a_jpeg_that_have_no_segment() {
    let frame = jpeg_segment(0xc2, &[8, 0, 9, 0, 7, 3]);
    let jpeg = |between: &[u8]| [&[0xff, 0xd8], between, &frame].concat();
    for between in [&[0xff; 5][..], &[0xff, 0x01], &[0xff, 0xd0, 0xff, 0xd7, 0xff]] {
        assert_eq!(sides(&jpeg(between)), Some((7, 9)), "{between:x?}");
    }
    for between in [[0xff, 0xd8], [0xff, 0xd9], [0xff, 0xda]] {
        let head = jpeg(&[&between[..], &[0, 2]].concat());
        assert_eq!(read(&head), None, "{between:x?}: pixels do not make a frame");
    }
}

#[test]
fn a_tiff_that_is_cut_in_a_value_and_one_of_64_bits() {
    let head = tiff(true, &[], &[(0x100, 3, 7), (0x101, 4, 9)]);
    assert_eq!(sides(&head), Some((7, 9)));
    assert_eq!(read(&head[..head.len() - 1]), None);
    assert_eq!(sides(&tiff(true, &[], &[(0x102, 99, 0), (0x100, 3, 7), (0x101, 3, 9)])), Some((7, 9)));
    assert_eq!(sides(&tiff(false, &[], &[(0x100, 11, 7), (0x101, 11, 9)])), None, "no picture is 0.5 pixels wide");
    let entry = |tag: u16, value: u64| {
        [&tag.to_le_bytes()[..], &[16, 0], &[1, 0, 0, 0, 0, 0, 0, 0], &value.to_le_bytes()].concat()
    };
    let head = [&b"II+\0\x08\0\0\0"[..], &20_u64.to_le_bytes(), b"....", &2_u64.to_le_bytes()].concat();
    assert_eq!(sides(&[head.clone(), entry(0x100, 7), entry(0x101, 9)].concat()), Some((7, 9)));
    assert_eq!(sides(&[head, entry(0x100, 7), entry(0x101, 9 + (1 << 32))].concat()), Some((7, 0x7fff_0000)));
}

#[test]
fn brands_far_back_and_films() {
    for (brands, mime) in [
        (&["mif1", "miaf", "msf1", "avif"][..], Some("image/avif")),
        (&["mif1", "xxxx", "heic", "avif"], Some("image/heic")),
        (&["hevs", "avif"], Some("image/heic")),
        (&["avci", "mif1"], Some("image/heic")),
        (&["isom", "mp42"], None),
        (&["qt  "], None),
    ] {
        let bytes = file(brands, &[vec![Property::Size(7, 9)]], 0, &PLAIN);
        assert_eq!(picture(&bytes), mime.map(|mime| (mime, 7, 9)), "{brands:?}");
    }
    let film = [ftyp(&["isom", "avc1"]), heif_box(*b"moov", &[0; 100])].concat();
    assert_eq!(read(&film), None);
}

#[test]
fn only_the_primary_item_counts() {
    let items = [
        vec![Property::Size(512, 512)],
        vec![Property::Size(640, 480), Property::Turn(3)],
        vec![Property::Size(9000, 9000), Property::Turn(1), Property::Mirror(0)],
        vec![Property::Other(vec![]), Property::Size(160, 120)],
    ];
    for (primary, expected) in [(512, 512, 1), (480, 640, 6), (9000, 9000, 5), (160, 120, 1)].into_iter().enumerate() {
        let info = read(&file(&["heic"], &items, primary, &PLAIN)).expect("a picture");
        assert_eq!((info.width, info.height, info.orientation), (Some(expected.0), Some(expected.1), expected.2));
    }
    // As libheif does: sides are rounded, and a cut beyond the picture leaves it whole.
    for (cut, expected) in
        [([15, 1, 31, 2], (15, 16)), ([40, 3, 61, 3], (13, 20)), ([100, 1, 0xffff_ffff, 2], (64, 64))]
    {
        let items = [vec![Property::Size(64, 64), Property::Cut(cut)]];
        assert_eq!(sides(&file(&["heic"], &items, 0, &PLAIN)), Some(expected), "{cut:?}");
    }
}

#[test]
fn a_picture_whose_sides_are_not_told() {
    let warning = vec!["width and height were not found".to_owned()];
    let no_size = file(&["heic"], &[vec![Property::Other(vec![0; 9])], vec![Property::Size(7, 9)]], 0, &PLAIN);
    let no_primary = [ftyp(&["heic"]), heif_box(*b"meta", &[0; 4])].concat();
    let too_wide = file(&["heic"], &[vec![Property::Size(1 << 31, 9)]], 0, &PLAIN);
    for bytes in [no_size, no_primary, too_wide] {
        let info = read(&bytes).expect("a picture");
        assert_eq!((info.mime, info.width, info.height, &info.warnings), ("image/heic", None, None, &warning));
    }
    assert_eq!(read(&ftyp(&["heic"])), None, "nothing is in it");
}

#[test]
fn boxes_that_are_no_boxes() {
    let bytes = file(&["heic"], &[vec![Property::Size(7, 9)]], 0, &Layout { gap: 20, ..PLAIN });
    assert_eq!(sides(&bytes), Some((7, 9)));
    let at = |name: &[u8]| bytes.windows(4).position(|window| window == name).expect("a box") - 1;
    for (name, length) in [(b"ispe", 7), (b"ispe", 0xff), (b"ipco", 0xff), (b"iprp", 4), (b"pitm", 0xff), (b"meta", 2)]
    {
        let mut bytes = bytes.clone();
        bytes[at(name)] = length;
        assert_eq!(sides(&bytes), None, "{} of {length} bytes", name.escape_ascii());
    }
}
