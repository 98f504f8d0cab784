//! The reader of heads, held to another one (imagesize) that shares no line with it; and where it means to differ.

#![allow(clippy::expect_used, reason = "a test fails by panicking")]

mod differences;
mod make;

use std::fs;
use std::path::Path;

use make::any_head;
use proptest::prelude::*;
use proptest::sample::Index;
use webwx_image::error::Place;
use webwx_image::image::{Inspection, inspect};

/// What is read from the head of a file of this size; `None` for no picture and for a broken one.
fn read(head: &[u8], size: usize) -> Option<Inspection> {
    inspect(Place::at("here"), head, size as u64).ok()
}

/// MIME type, width and height.
fn picture(head: &[u8], size: usize) -> Option<(&'static str, u32, u32)> {
    match read(head, size)? {
        Inspection::Image(info) => Some((info.mime, info.width, info.height)),
        Inspection::NeedsHead(_) => None,
    }
}

fn sides(head: &[u8], size: usize) -> Option<(u32, u32)> {
    picture(head, size).map(|(_, width, height)| (width, height))
}

/// What the other one reads. It takes a side of 0 for a side, and for formats that are none of ours.
fn other_sides(head: &[u8]) -> Option<(u32, u32)> {
    let size = imagesize::blob_size(head).ok()?;
    let (width, height) = (size.width.try_into().ok()?, size.height.try_into().ok()?);
    (width > 0 && height > 0).then_some((width, height))
}

fn is_heif(head: &[u8]) -> bool {
    head.get(4..8) == Some(b"ftyp")
}

/// Heads of which the other one makes something else, as `differences.rs` tells.
fn is_meant_to_differ(head: &[u8]) -> bool {
    let is_least = |at, least| head.get(at).is_some_and(|&byte| byte >= least);
    match head {
        [b'B', b'M', ..] => head.get(14..18) == Some(&[12, 0, 0, 0]) || is_least(25, 0x80),
        [b'R', b'I', ..] => head.get(15) == Some(&b' ') && (is_least(27, 0x40) || is_least(29, 0x40)),
        _ => false,
    }
}

/// Where a change leaves the head one that both understand: the other one does not look at how long most of a HEIF's boxes are.
fn changeable(head: &[u8]) -> Vec<usize> {
    if !is_heif(head) {
        return (0..head.len()).collect();
    }
    let boxes = head.windows(4).enumerate().filter_map(|(at, name)| match name {
        b"ispe" => Some(at + 8..at + 16),
        b"irot" => Some(at + 4..at + 5),
        _ => None,
    });
    boxes.flatten().collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_head_by_the_book_is_read_as_it_was_made(made in any_head()) {
        prop_assert_eq!(picture(&made.bytes, made.bytes.len()), Some((made.mime, made.width, made.height)));
        prop_assert_eq!(other_sides(&made.bytes), Some((made.width, made.height)));
    }

    #[test]
    fn a_cut_head_is_read_alike_or_more_of_it_is_wanted(made in any_head()) {
        let whole = made.bytes.len();
        for length in 12..whole.min(1200) {
            let head = &made.bytes[..length];
            let other = other_sides(head);
            match read(head, whole) {
                Some(Inspection::Image(own)) => {
                    prop_assert_eq!((own.width, own.height), (made.width, made.height), "{} bytes", length);
                    // The other one wants all four bytes of a value in a TIFF, of which a short one fills two.
                    prop_assert!(other.is_some() || made.mime == "image/tiff", "{} bytes", length);
                }
                // The list of a HEIF may go on behind the head, and the other one takes what there is.
                Some(Inspection::NeedsHead(_)) => prop_assert!(other.is_none() || is_heif(head), "{} bytes", length),
                None => prop_assert!(false, "{} bytes are taken for broken", length),
            }
        }
    }

    #[test]
    fn a_changed_head_is_read_alike_where_both_read_it(
        made in any_head(),
        changes in prop::collection::vec((any::<Index>(), any::<u8>()), 1..4),
    ) {
        let mut bytes = made.bytes;
        let places = changeable(&bytes);
        for (at, byte) in changes {
            bytes[*at.get(&places)] = byte;
        }
        if let (Some(own), Some(other)) = (sides(&bytes, bytes.len()), other_sides(&bytes)) {
            prop_assert!(own == other || is_meant_to_differ(&bytes), "{:?}, and {:?}", own, other);
        }
    }
}

#[test]
fn real_pictures_are_read_alike() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut count = 0;
    for folder in ["www/pictures", "tests/fixtures/pictures"] {
        for entry in fs::read_dir(root.join(folder)).expect("a folder of pictures") {
            let path = entry.expect("an entry").path();
            let bytes = fs::read(&path).expect("a picture");
            let Some(own) = sides(&bytes, bytes.len()) else { continue };
            assert_eq!(Some(own), other_sides(&bytes), "{}", path.display());
            let thumbnail = standin::Picture::new(bytes.into()).thumbnail().expect("the stand-in reads it, too");
            let own = picture(&thumbnail, thumbnail.len()).expect("its thumbnail");
            assert_eq!((own.0, Some((own.1, own.2))), ("image/jpeg", other_sides(&thumbnail)), "{}", path.display());
            count += 1;
        }
    }
    assert!(count >= 6, "only {count} pictures");
}
