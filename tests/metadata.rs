//! Metadata is taken out of pictures, named, and nothing else is changed. That the pixels stay the same is held by tests/pictures, and
//! that it holds for any bytes by tests/fuzz.

#![allow(clippy::expect_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::Path;

use webwx_image::error::{ErrorKind, Place};
use webwx_image::image::{Action, Metadata, Part, Stripped, Stripping, inspect};

const HERE: Place = Place::at("here");

/// One of the fuzz target's files.
fn file(name: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/corpus/strip_metadata");
    fs::read(folder.join(name)).expect("a file of the corpus")
}

/// What is told of a file, its bytes afterwards, and how many reads that took.
fn strip(bytes: &[u8]) -> (Stripped, Vec<u8>, usize) {
    let mut stripping = Stripping::new(HERE, &inspect(HERE, bytes).expect("a picture")).expect("of a known kind");
    for reads in 0.. {
        match stripping.next_action() {
            Action::Read { offset, length } => {
                stripping.handle(bytes[offset as usize..][..length as usize].to_vec());
            }
            Action::Done(outcome) => {
                let stripped = outcome.expect("a file of few pieces");
                let bytes = |part: &Part| match part {
                    Part::Kept(range) => bytes[range.start as usize..range.end as usize].to_vec(),
                    Part::Made(made) => made.clone(),
                };
                let made = stripped.parts.iter().flat_map(bytes).collect();
                return (stripped, made, reads);
            }
        }
    }
    unreachable!("reads have an end")
}

fn removed(stripped: &Stripped) -> Vec<(Metadata, u32)> {
    stripped.removed.iter().map(|removed| (removed.kind, removed.bytes)).collect()
}

fn has(bytes: &[u8], word: &[u8]) -> bool {
    bytes.windows(word.len()).any(|window| window == word)
}

#[test]
fn a_jpeg_keeps_its_orientation_and_its_density() {
    use Metadata::{Exif, Iptc, Other, Text, Thumbnail, Trailer, Xmp};
    let (stripped, made, _) = strip(&file("jpeg_of_everything"));
    let expected = [(Thumbnail, 15), (Other, 10), (Iptc, 12), (Exif, 78), (Xmp, 45), (Text, 9), (Trailer, 22)];
    assert_eq!(removed(&stripped), expected);
    assert!(stripped.had_location);
    assert_eq!(inspect(HERE, &made).expect("a picture").orientation, 6);
    assert!(has(&made, b"JFIF\0\x01\x01\x01\0H\0H\0\0\xff"), "{}", made.escape_ascii());
    assert!(made.ends_with(b"\xff\xd9"));
}

#[test]
fn a_jpeg_keeps_what_its_colours_are_read_by() {
    let icc = b"\xff\xe2\0\x12ICC_PROFILE\0\x01\x01ab";
    let mut bytes = file("jpeg_adobe");
    bytes.splice(2..2, icc.iter().copied());
    let (stripped, made, _) = strip(&bytes);
    assert_eq!(removed(&stripped), []);
    assert!(made == bytes && has(&made, b"Adobe"));
}

#[test]
fn a_jpeg_of_several_scans_is_searched_to_its_end() {
    let bytes = file("jpeg_progressive");
    let at = bytes.windows(2).rposition(|pair| pair == b"\xff\xda").expect("the last scan");
    let comment = b"\xff\xfe\0\x06here";
    let with = [&bytes[..at], comment, &bytes[at..]].concat();
    let (stripped, made, _) = strip(&with);
    assert_eq!(removed(&stripped).last(), Some(&(Metadata::Text, 8)));
    assert_eq!(made, strip(&bytes).1);
}

#[test]
fn a_png_keeps_the_chunks_that_colours_are_read_by() {
    use Metadata::{Exif, Other, Text, Time, Xmp};
    let bytes = file("png_of_everything");
    let gamma = b"\0\0\0\x04gAMA\0\0\xb1\x8f\x0b\xfc\x61\x05";
    let bytes = [&bytes[..33], gamma, &bytes[33..]].concat();
    let (stripped, made, _) = strip(&bytes);
    assert_eq!(removed(&stripped), [(Text, 44), (Xmp, 38), (Time, 19), (Other, 13), (Exif, 78)]);
    assert!(stripped.had_location && has(&made, gamma));
    assert_eq!(inspect(HERE, &made).expect("a picture").orientation, 6);
    // Its check is the one that decoders expect.
    assert!(
        has(&made, b"\0\0\0\x1aeXIfMM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0\xd6gKi"),
        "{}",
        made.escape_ascii()
    );
}

#[test]
fn a_webp_says_what_it_has_left() {
    let (stripped, made, _) = strip(&file("webp_of_everything"));
    assert_eq!(removed(&stripped).iter().map(|(kind, _)| *kind).collect::<Vec<_>>(), [Metadata::Exif, Metadata::Xmp]);
    assert!(stripped.had_location);
    assert_eq!(made[4..8], u32::try_from(made.len() - 8).expect("short").to_le_bytes());
    // The flags of EXIF and of XMP.
    assert_eq!(made[20] & 0xc, 8);
    assert!(made.ends_with(b"EXIF\x1a\0\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0"));
    let (nothing, same, _) = strip(&file("webp_simple"));
    assert_eq!((removed(&nothing), same), (vec![], file("webp_simple")));
}

#[test]
fn a_gif_keeps_how_often_it_runs() {
    let (stripped, made, _) = strip(&file("gif_of_everything"));
    assert_eq!(removed(&stripped), [(Metadata::Text, 9), (Metadata::Xmp, 21), (Metadata::Trailer, 6)]);
    assert!(has(&made, b"NETSCAPE2.0\x03\x01\0\0\0") && made.ends_with(b";"));
    assert!(!stripped.had_location);
}

#[test]
fn pixels_are_read_once_and_by_parts() {
    let bytes = file("jpeg_of_everything");
    let at = bytes.windows(2).rposition(|pair| pair == b"\xff\xd9").expect("its end");
    let long = [&bytes[..at], &vec![0x55; 1 << 20], &bytes[at..]].concat();
    let (stripped, made, reads) = strip(&long);
    assert_eq!((stripped.removed.len(), stripped.parts.len()), (7, 4));
    assert!(made.len() > 1 << 20 && (17..20).contains(&reads), "{reads} reads");
}

#[test]
fn an_alternation_has_an_end() {
    let bytes = file("jpeg_adobe");
    let long = [&bytes[..2], &b"\xff\xfe\0\x02\xff\xdd\0\x04\0\0".repeat(70_000), &bytes[2..]].concat();
    let mut stripping = Stripping::new(HERE, &inspect(HERE, &long).expect("a picture")).expect("of a known kind");
    let error = loop {
        match stripping.next_action() {
            Action::Read { offset, length } => stripping.handle(long[offset as usize..][..length as usize].to_vec()),
            Action::Done(outcome) => break outcome.expect_err("too many pieces"),
        }
    };
    assert_eq!(
        (error.kind(), error.to_string()),
        (ErrorKind::InvalidInput, "here: the file has too many pieces".into())
    );
}

#[test]
fn other_kinds_are_refused() {
    let heic =
        fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/convert/picture.heic")).expect("a file");
    let info = inspect(HERE, &heic).expect("a picture");
    let error = Stripping::new(HERE, &info).err().expect("an error");
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert_eq!(error.to_string(), "here: expected JPEG, PNG, GIF, WebP or BMP, got image/heic");
    let error = Stripping::new(HERE, &webwx_image::image::ImageInfo { mime: "image/png", size: 1 << 31, ..info });
    assert_eq!(error.err().expect("an error").to_string(), "here: expected at most 2147483647 bytes");
}
