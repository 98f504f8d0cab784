//! Where the reader does not follow the other one, on purpose.

use webwx_image::image::Inspection;

use crate::make::{bmp, ftyp, heif_box, ispe, jpeg_segment, tiff, webp};
use crate::{other_sides, picture, read, sides};

fn whole(head: &[u8]) -> Option<(u32, u32)> {
    sides(head, head.len())
}

/// A file whose list has these properties.
fn heif(brands: &[&str], properties: &[Vec<u8>]) -> Vec<u8> {
    let ipco = heif_box(*b"ipco", &properties.concat());
    let meta = [&[0; 4], &heif_box(*b"iprp", &ipco)[..]].concat();
    [ftyp(brands), heif_box(*b"meta", &meta)].concat()
}

#[test]
fn the_two_headers_of_a_bmp_and_its_direction() {
    assert_eq!(whole(&[bmp(12, &[7, 0], &[9, 0]), vec![0; 8]].concat()), Some((7, 9)));
    for header in [16, 40, 64, 108, 124] {
        assert_eq!(whole(&bmp(header, &7_i32.to_le_bytes(), &(-9_i32).to_le_bytes())), Some((7, 9)), "{header}");
    }
    assert_eq!(whole(&bmp(40, &7_i32.to_le_bytes(), &i32::MIN.to_le_bytes())), Some((7, 1 << 31)));
    assert_eq!(whole(&bmp(40, &(-7_i32).to_le_bytes(), &[9, 0, 0, 0])), None);
    for header in [0, 13, 125] {
        assert_eq!(whole(&bmp(header, &[7, 0, 0, 0], &[9, 0, 0, 0])), None, "{header}");
    }
    assert_eq!(whole(b"BMW builds cars, and this is a text about it"), None);
}

#[test]
fn a_webp_that_asks_to_be_scaled() {
    let sides = [7 | 0x40, 0x40, 9, 0xc0];
    assert_eq!(whole(&webp(*b"VP8 ", &[&[0x30, 1, 0, 0x9d, 1, 0x2a], &sides[..]].concat())), Some((0x47, 9)));
}

#[test]
fn the_markers_of_a_jpeg_that_have_no_segment() {
    let frame = jpeg_segment(0xc2, &[8, 0, 9, 0, 7, 3]);
    let jpeg = |between: &[u8]| [&[0xff, 0xd8], between, &frame].concat();
    for between in [&[0xff; 5][..], &[0xff, 0x01], &[0xff, 0xd0, 0xff, 0xd7, 0xff]] {
        assert_eq!(whole(&jpeg(between)), Some((7, 9)), "{between:x?}");
    }
    for between in [[0xff, 0xd8], [0xff, 0xd9], [0xff, 0xda]] {
        let head = jpeg(&[&between[..], &[0, 2]].concat());
        assert_eq!(read(&head, 1_000_000), None, "{between:x?}: pixels do not make a frame");
    }
}

#[test]
fn a_tiff_that_is_cut_in_a_value_and_one_of_64_bits() {
    let head = tiff(true, &[], &[(0x100, 3, 7), (0x101, 4, 9)]);
    assert_eq!(whole(&head), Some((7, 9)));
    assert_eq!(read(&head[..head.len() - 1], head.len()), Some(Inspection::NeedsHead(head.len() as u64)));
    assert_eq!(whole(&tiff(true, &[], &[(0x102, 99, 0), (0x100, 3, 7), (0x101, 3, 9)])), Some((7, 9)));
    assert_eq!(whole(&tiff(false, &[], &[(0x100, 11, 7), (0x101, 11, 9)])), None, "no picture is 0.5 pixels wide");
    assert_eq!(read(&[b"II+\0\x08\0\0\0\x10", &[0; 100][..]].concat(), 1_000_000), None);
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
        let head = heif(brands, &[ispe(7, 9)]);
        assert_eq!(picture(&head, head.len()), mime.map(|mime| (mime, 7, 9)), "{brands:?}");
    }
    let film = [ftyp(&["isom", "avc1"]), heif_box(*b"moov", &[0; 100])].concat();
    assert_eq!(read(&film, 1_000_000), None, "no more of a film is wanted");
}

#[test]
fn a_list_that_is_all_there_or_is_not() {
    let head = heif(&["heic"], &[ispe(64, 48), ispe(640, 480), heif_box(*b"irot", &[3])]);
    assert_eq!(sides(&head, 1_000_000), Some((480, 640)), "nothing behind the list is wanted");
    let cut = &head[..head.len() - 29];
    assert_eq!(other_sides(cut), Some((64, 48)));
    assert_eq!(sides(cut, 1_000_000), None, "a larger one may follow");
    assert_eq!(read(cut, 1_000_000), Some(Inspection::NeedsHead(1_000_000)));
    assert_eq!(whole(cut), None);
    assert_eq!(read(&heif(&["heic"], &[heif_box(*b"hvcC", &[0; 9])]), 1_000_000), None, "no size in all of the list");
    // In 32 bits, the product of the sides would be 0.
    assert_eq!(whole(&heif(&["avif"], &[ispe(640, 480), ispe(65_536, 65_536)])), Some((65_536, 65_536)));
}

#[test]
fn boxes_that_are_no_boxes() {
    let list = heif_box(*b"ipco", &ispe(7, 9));
    let mut longer = list.clone();
    longer[3] += 1;
    for (first, expected) in [
        (&list[..], Some((7, 9))),
        (&heif_box(*b"free", &[]), Some((7, 9))),
        (b"\0\0\0\x07free", None),
        (b"\xff\xff\xff\xfffree", None),
        (&longer, None),
    ] {
        let rest = if first == longer { &[][..] } else { &list };
        let iprp = heif_box(*b"iprp", &[first, rest].concat());
        let meta = heif_box(*b"meta", &[&[0; 4], &iprp[..]].concat());
        assert_eq!(whole(&[ftyp(&["heic"]), meta, heif_box(*b"mdat", &[0; 99])].concat()), expected, "{first:x?}");
    }
}
