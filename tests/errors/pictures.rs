//! Bytes that are no picture, or not the expected one.

use webwx_image::download::{self, Expectation, Size, Verdict, Verified};
use webwx_image::error::ErrorKind;
use webwx_image::image::inspect;
use webwx_image::message::{Image, Variant};

use crate::{HERE, assert_final, assert_transient, expectation, md5, text};

const A: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const B: &str = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";

#[test]
fn pictures_held_against_their_message() {
    let variant = |length| Some(Variant { length: Some(length), ..Variant::default() });
    let message = Image {
        md5: text(&A.to_ascii_uppercase()),
        thumbnail: variant(10),
        normal: variant(100),
        hd: variant(90),
        ..Image::default()
    };
    let whole = Expectation::of(&message);
    assert_eq!((whole.total(Size::Full), whole.total(Size::Thumbnail)), (Some(90), Some(10)));
    let differs = "md5 differs from the message's";
    let original = "the original came instead of the thumbnail";
    let nothing = "the message has neither its length nor its MD5";
    let silent = expectation(None, None);
    for (expect, size, length, digits, verified, warning) in [
        (&whole, Size::Full, 7, A, Verified::Md5, None),
        (&whole, Size::Full, 100, B, Verified::Length, Some(differs)),
        (&whole, Size::Big, 90, B, Verified::Length, Some(differs)),
        (&whole, Size::Thumbnail, 10, B, Verified::Length, None),
        (&whole, Size::Thumbnail, 100, B, Verified::Length, Some(original)),
        (&whole, Size::Thumbnail, 7, A, Verified::Md5, Some(original)),
        (&expectation(None, Some(5)), Size::Full, 5, B, Verified::Length, None),
        (&silent, Size::Full, 5, B, Verified::None, Some(nothing)),
        (&silent, Size::Thumbnail, 5, B, Verified::None, Some(nothing)),
        (&expectation(Some(A), Some(5)), Size::Thumbnail, 7, B, Verified::None, Some(nothing)),
    ] {
        let warnings = warning.map(str::to_owned).into_iter().collect();
        let verdict = expect.check(HERE, size, length, &md5(digits)).expect("the right one");
        assert_eq!((verdict.verified, verdict.warnings), (verified, warnings), "{size:?} {length} {digits}");
    }
    let place = download::GET_MSG_IMG;
    assert_final(
        whole.check(place, Size::Full, 10, &md5(B)),
        ErrorKind::WrongImage,
        "webwxgetmsgimg: the thumbnail came instead of the original",
    );
    let small = Image { thumbnail: variant(10), ..Image::default() };
    assert_final(
        Expectation::of(&small).check(place, Size::Full, 10, &md5(B)),
        ErrorKind::WrongImage,
        "webwxgetmsgimg: the thumbnail came instead of the original",
    );
    // What is no MD5 says nothing: neither that a picture is the right one, nor that it is not.
    let odd = expectation(Some("zz"), None);
    let nothing = Verdict { warnings: vec![nothing.to_owned()], ..Verdict::default() };
    assert_eq!(odd.check(HERE, Size::Full, 5, &md5(B)), Ok(nothing));
    assert_final(
        expectation(Some("zz"), Some(5)).check(place, Size::Full, 6, &md5(B)),
        ErrorKind::WrongImage,
        "webwxgetmsgimg: 6 bytes: not the image of this message",
    );
    let unnamed = Image { normal: variant(5), ..Image::default() };
    let variant = Some(Size::Normal);
    let original = Verdict { verified: Verified::Length, warnings: vec![original.to_owned()], variant };
    assert_eq!(Expectation::of(&unnamed).check(HERE, Size::Thumbnail, 5, &md5(B)), Ok(original));
    for size in [Size::Full, Size::Thumbnail] {
        assert_final(
            whole.check(place, size, 11, &md5(B)),
            ErrorKind::WrongImage,
            "webwxgetmsgimg: 11 bytes with another md5: not the image of this message",
        );
    }
}

#[test]
fn bytes_that_are_no_picture() {
    assert_transient(inspect(HERE, &[]), ErrorKind::EmptyImage, "webwxuploadmedia: expected an image, got 0 bytes");
    let page = b"\xef\xbb\xbf \r\n<html><title>504 Gateway Time-out</title>";
    assert_transient(
        inspect(HERE, page),
        ErrorKind::NotAnImage,
        "webwxuploadmedia: expected an image, got an HTML page: \"504 Gateway Time-out\"",
    );
    for (bytes, got) in [
        (&b"{\"BaseResponse\":{\"Ret\":1}}"[..], "something else"),
        (b"x", "something else"),
        (b"GIF", "something else"),
        (b"\0", "something else"),
        (b"%PDF-1.7", "something else"),
        (b"<svg xmlns=\"http://www.w3.org/2000/svg\"/>", "SVG"),
    ] {
        assert_final(
            inspect(HERE, bytes),
            ErrorKind::NotAnImage,
            &format!("webwxuploadmedia: expected JPEG, PNG, GIF, WebP, BMP, TIFF, AVIF or HEIC, got {got}"),
        );
    }
    let (png, gif, jpeg): (&[u8], &[u8], &[u8]) = (
        include_bytes!("../fixtures/pictures/tiny.png"),
        include_bytes!("../fixtures/pictures/tiny.gif"),
        include_bytes!("../fixtures/pictures/tiny.jpg"),
    );
    for (whole, mime) in [(png, "image/png"), (jpeg, "image/jpeg")] {
        let sentence = format!("webwxuploadmedia: starts like {mime}, but its header is invalid or truncated");
        assert_final(inspect(HERE, &whole[..20]), ErrorKind::NotAnImage, &sentence);
    }
    for (whole, mime, extension, width, height) in
        [(png, "image/png", "png", 3, 2), (jpeg, "image/jpeg", "jpg", 5, 4), (gif, "image/gif", "gif", 1, 1)]
    {
        let info = inspect(HERE, whole).expect("a picture");
        assert_eq!((info.mime, info.extension, info.size), (mime, extension, whole.len() as u64));
        assert_eq!((info.width, info.height, info.orientation), (Some(width), Some(height), 1));
    }
    let mut flat = png.to_vec();
    flat[16..20].fill(0);
    let sentence = "webwxuploadmedia: starts like image/png, but its header is invalid or truncated";
    assert_final(inspect(HERE, &flat), ErrorKind::NotAnImage, sentence);
}
