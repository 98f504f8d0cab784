//! The reader of heads: held to another one (imagesize) that shares no line with it, and to heads whose facts are known; where it
//! means to differ; and what the field writes.

#![allow(clippy::expect_used, reason = "a test fails by panicking")]

mod differences;
mod field;
mod heif;
mod make;

use std::fs;
use std::path::Path;

use heif::any_heif;
use make::any_head;
use proptest::prelude::*;
use proptest::sample::Index;
use webwx_image::error::Place;
use webwx_image::image::{Action, ImageInfo, Inspection, inspect};

const HERE: Place = Place::at("here");
const AT_ONCE: u32 = 16 * 1024;

/// What a file is; `None` for no picture and for a broken one.
fn read(bytes: &[u8]) -> Option<ImageInfo> {
    inspect(HERE, bytes).ok()
}

/// MIME type, width and height.
fn picture(bytes: &[u8]) -> Option<(&'static str, u32, u32)> {
    let info = read(bytes)?;
    Some((info.mime, info.width?, info.height?))
}

fn sides(bytes: &[u8]) -> Option<(u32, u32)> {
    picture(bytes).map(|(_, width, height)| (width, height))
}

/// What a file is that has these bytes, and zeros between and behind them; and how many reads that takes.
fn read_sparse(size: u64, at_once: u32, pieces: &[(u64, &[u8])]) -> (Option<ImageInfo>, usize) {
    let mut inspection = Inspection::new(HERE, size).reading(at_once);
    for reads in 0.. {
        match inspection.next_action() {
            Action::Read { offset, length } => {
                let mut bytes = vec![0; length as usize];
                let window = u64::from(offset)..u64::from(offset + length);
                for &(start, piece) in pieces {
                    let (from, to) = (window.start.max(start), window.end.min(start + piece.len() as u64));
                    if from < to {
                        let within = |at: u64, start: u64| usize::try_from(at - start).expect("in memory");
                        bytes[within(from, window.start)..within(to, window.start)]
                            .copy_from_slice(&piece[within(from, start)..within(to, start)]);
                    }
                }
                inspection.handle(bytes);
            }
            Action::Done(outcome) => return (outcome.ok(), reads),
        }
    }
    unreachable!("reads have an end")
}

/// What the other one reads. It takes a side of 0 for a side, and for formats that are none of ours.
fn other_sides(head: &[u8]) -> Option<(u32, u32)> {
    let size = imagesize::blob_size(head).ok()?;
    let (width, height) = (size.width.try_into().ok()?, size.height.try_into().ok()?);
    (width > 0 && height > 0).then_some((width, height))
}

/// Heads of which the other one makes something else, as `differences.rs` tells.
fn is_meant_to_differ(head: &[u8]) -> bool {
    let is_least = |at, least| head.get(at).is_some_and(|&byte| byte >= least);
    match head {
        [b'B', b'M', ..] => head.get(14..18) == Some(&[12, 0, 0, 0]) || is_least(25, 0x80),
        [b'R', b'I', ..] => head.get(15) == Some(&b' ') && (is_least(27, 0x40) || is_least(29, 0x40)),
        // A table of colours, or something that is no end.
        [b'G', b'I', ..] => is_least(10, 0x80) || head.get(13) != Some(&b';'),
        // What a damaged segment or entry is taken for differs from reader to reader.
        [0xff | b'I' | b'M', ..] => true,
        _ => false,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_head_by_the_book_is_read_as_it_was_made(made in any_head()) {
        prop_assert_eq!(picture(&made.bytes), Some((made.mime, made.width, made.height)));
        prop_assert_eq!(other_sides(&made.bytes), Some((made.width, made.height)));
    }

    #[test]
    fn a_cut_head_is_read_alike_or_not_at_all(made in any_head()) {
        for length in 0..made.bytes.len().min(1200) {
            let head = &made.bytes[..length];
            if let Some(own) = read(head) {
                prop_assert_eq!((own.width, own.height), (Some(made.width), Some(made.height)), "{} bytes", length);
                // The other one wants all four bytes of a value in a TIFF, of which a short one fills two.
                prop_assert!(other_sides(head).is_some() || made.mime == "image/tiff", "{} bytes", length);
            }
        }
    }

    #[test]
    fn a_changed_head_is_read_alike_where_both_read_it(
        made in any_head(),
        changes in prop::collection::vec((any::<Index>(), any::<u8>()), 1..4),
    ) {
        let mut bytes = made.bytes;
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if let (Some(own), Some(other)) = (sides(&bytes), other_sides(&bytes)) {
            prop_assert!(own == other || is_meant_to_differ(&bytes), "{:?}, and {:?}", own, other);
        }
    }

    #[test]
    fn a_heif_is_read_as_it_was_made(made in any_heif()) {
        let info = read(&made.bytes).expect("a picture");
        prop_assert_eq!((info.mime, info.width, info.height), (made.mime, Some(made.width), Some(made.height)));
        prop_assert_eq!((info.orientation, info.has_alpha), (made.orientation, Some(made.has_alpha)));
        prop_assert_eq!((info.is_animated, info.warnings), (Some(false), vec![]));
        let (sparse, reads) = read_sparse(made.bytes.len() as u64, AT_ONCE, &[(0, &made.bytes)]);
        prop_assert_eq!(sparse, read(&made.bytes));
        prop_assert!(reads <= 4, "{} reads of {} bytes", reads, made.bytes.len());
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
            let Some((mime, width, height)) = picture(&bytes) else { continue };
            // The other one knows nothing of primary items and orientations.
            if !matches!(mime, "image/avif" | "image/heic") {
                assert_eq!(Some((width, height)), other_sides(&bytes), "{}", path.display());
            }
            count += 1;
            let Some(thumbnail) = standin::Picture::new(bytes.into()).thumbnail() else { continue };
            let own = picture(&thumbnail).expect("its thumbnail");
            assert_eq!((own.0, Some((own.1, own.2))), ("image/jpeg", other_sides(&thumbnail)), "{}", path.display());
        }
    }
    assert!(count >= 6, "only {count} pictures");
}
