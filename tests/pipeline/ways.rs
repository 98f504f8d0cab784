//! Out and back again, on good days.

use standin::{Config, GatewayForm, World};
use webwx_image::client::ClientOptions;
use webwx_image::download::{Size, Verified};
use webwx_image::error::{ErrorKind, Place};
use webwx_image::gateway::{Gateway, GetMsgImg, GivenId};
use webwx_image::ids::MsgId;
use webwx_image::job::{Progress, Stage};
use webwx_image::message::Message;

use crate::link::{File, Format, Link, md5};
use crate::{CHECK, SEND, UPLOAD, assert_sent_once, chunks, expectation, media_requests, png, requests};

#[test]
fn every_size_around_a_chunk_goes_out_and_comes_back() {
    for format in [Format::Png, Format::Jpeg, Format::Gif] {
        for (size, count) in [
            (200, 1),
            (chunks(1) - 1, 1),
            (chunks(1), 1),
            (chunks(1) + 1, 2),
            (chunks(2), 2),
            (chunks(2) + 1, 3),
            (chunks(3), 3),
            (chunks(50) - 1, 50),
            (chunks(50), 50),
        ] {
            let mut link = Link::default();
            let file = File::new(format, size, 7);
            let receipt = link.send_image(&file).unwrap_or_else(|error| panic!("{format:?} {size}: {error}"));
            assert_eq!(requests(&link, UPLOAD), count, "{format:?} {size}");
            assert_eq!(media_requests(&link).len(), 1, "one text for all chunks");
            assert_sent_once(&link, &file);
            let message = link.last_message().clone();
            assert_eq!(
                (message.msg_id.as_str(), message.msg_type),
                (receipt.msg_id.as_str(), if format == Format::Gif { 47 } else { 3 })
            );
            assert_eq!(message.client_msg_id.as_ref(), Some(&receipt.local_id));

            let came = link.download(receipt.msg_id.as_str(), Size::Full, None).expect("the original");
            assert_eq!(came.bytes, file.bytes);
            assert_eq!((came.info.mime, came.info.size), (file.info().mime.as_str(), size as u64));
            assert_eq!((came.verdict.verified, came.verdict.warnings), (Verified::None, vec![]));
            let big = link.download(receipt.msg_id.as_str(), Size::Big, None).expect("the original");
            assert_eq!(big.bytes, file.bytes);
            let small = link.download(receipt.msg_id.as_str(), Size::Thumbnail, None).expect("the thumbnail");
            assert!(small.info.mime == "image/jpeg" && small.info.width.max(small.info.height) <= Some(120));
        }
    }
}

#[test]
fn real_chunks_have_524_288_bytes() {
    for (size, count) in [(524_287, 1), (524_288, 1), (524_289, 2), (1_048_577, 3)] {
        let mut link = Link::new(World::new(Config::default()), 1);
        link.options = ClientOptions::default();
        let file = png(size);
        link.send_image(&file).expect("sent");
        assert_eq!(requests(&link, UPLOAD), count, "{size}");
        assert_sent_once(&link, &file);
    }
}

#[test]
fn progress_counts_bytes_and_chunks_and_ends_at_the_total() {
    let mut link = Link::default();
    let file = png(chunks(3) - 400);
    let job = link.begin(&file, None).expect("good input");
    link.upload(job).expect("uploaded");
    let heard =
        |progress: &Progress| (progress.stage, progress.loaded, progress.total, progress.chunk, progress.chunks);
    let heard: Vec<_> = link.log.progress.iter().map(heard).collect();
    let expected = [(0, 0), (1000, 1), (2000, 2), (2600, 3)];
    assert_eq!(heard, expected.map(|(loaded, chunk)| (Stage::Upload, loaded, Some(2600), Some(chunk), Some(3))));
}

#[test]
fn the_thumbnail_of_the_service_comes_along() {
    let mut link = Link::default();
    let file = File::new(Format::Jpeg, chunks(2), 1);
    let job = link.begin(&file, None).expect("good input");
    let media = link.upload(job).expect("uploaded");
    assert_eq!((media.thumbnail.width, media.thumbnail.height), (5, 4));
    assert_eq!((media.size, media.mime.as_str(), media.instant), (2000, "image/jpeg", false));
    assert_eq!((media.md5, media.aes_key, media.signature), (md5(&file.bytes), None, None));
    assert!(media.media_id.starts_with("@crypt_"));
}

#[test]
fn files_over_25_mb_ask_first_and_may_be_there_already() {
    let world = World::new(Config { journal: false, ..Config::default() });
    let mut link = Link::new(world, 1);
    link.options = ClientOptions::default();
    let file = File::new(Format::Jpeg, 26_214_401, 3);
    let info = file.info();
    let peer = link.peer();
    for instant in [false, true] {
        let job = link.begin_to(peer.clone(), &file, info.clone(), None).expect("good input");
        let media = link.upload(job).expect("uploaded");
        assert_eq!(media.instant, instant);
        assert!(media.aes_key.is_some() && media.signature.is_some());
        link.send(&media).expect("sent, with the signature that the check gave");
        assert_eq!(link.last_message().picture.md5, info.md5.as_str());
        let places: Vec<&str> = link.log.trips.iter().map(|trip| trip.place.step).collect();
        let chunks = if instant { 0 } else { 51 };
        assert_eq!((places[0], *places.last().expect("a trip"), places.len()), (CHECK, SEND, chunks + 2));
        link.log.trips.clear();
    }
    assert_eq!(link.sent(), 2);
    just_at_the_limit_nothing_is_asked(&mut link);
}

fn just_at_the_limit_nothing_is_asked(link: &mut Link) {
    let info = webwx_image::upload::FileInfo { size: 26_214_400, ..png(200).info() };
    let peer = link.peer();
    link.log.left.clear();
    link.begin_to(peer, &png(200), info, None).expect("good input");
    assert!(link.step().is_none());
    assert_eq!(link.log.left, [Place { chunk: Some((0, 50)), ..Place::at(UPLOAD) }]);
    link.driver.close_page();
}

#[test]
fn a_received_picture_is_held_against_its_message() {
    let mut link = Link::default();
    let photo = link.world().messages()[0].clone();
    let expect = expectation(&photo.content);
    let came = link.download(&photo.msg_id, Size::Full, Some(&expect)).expect("the original");
    assert_eq!((came.bytes, came.verdict.verified), (photo.picture.bytes.clone(), Verified::Md5));
    assert_eq!(came.verdict.warnings, [""; 0]);
    assert_eq!(expect.total(Size::Full), Some(photo.picture.bytes.len() as u64));

    let other = link.world().messages()[2].clone();
    let error = link.download(&other.msg_id, Size::Full, Some(&expect)).expect_err("another picture");
    assert_eq!((error.kind(), error.retryable()), (ErrorKind::WrongImage, false));
    let size = other.picture.bytes.len();
    let text = format!("webwxgetmsgimg: {size} bytes with another md5: not the image of this message");
    assert_eq!(error.to_string(), text);
}

#[test]
fn a_received_thumbnail_is_held_against_its_message() {
    let mut link = Link::default();
    let photo = link.world().messages()[0].clone();
    let expect = expectation(&photo.content);
    let came = link.download(&photo.msg_id, Size::Thumbnail, Some(&expect)).expect("the thumbnail");
    assert_eq!((came.verdict.verified, came.verdict.warnings), (Verified::Length, vec![]));
    assert_eq!(expect.total(Size::Thumbnail), Some(came.info.size));
}

#[test]
fn ones_own_picture_is_known_by_its_length() {
    let mut link = Link::default();
    let receipt = link.send_image(&png(chunks(2))).expect("sent");
    let expect = expectation(&link.last_message().content.clone());
    let came = link.download(receipt.msg_id.as_str(), Size::Full, Some(&expect)).expect("the original");
    assert_eq!((came.verdict.verified, came.verdict.warnings), (Verified::Length, vec![]));
}

#[test]
fn received_pictures_are_sent_on() {
    for index in [0, 2] {
        let mut link = Link::default();
        let received = link.world().messages()[index].clone();
        let message = Message::parse(&received.content).expect("not too long");
        let receipt = link.forward(&message.content).expect("sent on");
        assert_eq!((link.sent(), link.last_message().msg_id.as_str()), (1, receipt.msg_id.as_str()));
        assert_eq!(link.last_message().picture.md5, received.picture.md5);
        assert_eq!(requests(&link, UPLOAD), 0);
    }
}

#[test]
fn the_gateway_gives_the_same_picture_in_both_forms() {
    for gateway_form in [GatewayForm::Old, GatewayForm::New] {
        let mut link = Link::new(World::new(Config { gateway_form, ..Config::default() }), 1);
        let gateway = Gateway::new(None, link.world().gateway_authorization()).expect("good input");
        let photo = link.world().messages()[0].clone();
        let wanted = GetMsgImg {
            w_id: "00000171-0504-4e11-0005-89183b61f7e4".into(),
            msg_id: GivenId::Text(MsgId::new(&photo.msg_id).expect("digits")),
            from_user: "wxid_one".into(),
            to_user: "wxid_two".into(),
            content: format!("wxid_one:\n{}", photo.content),
            kind: None,
        };
        let (url, came) = link.gateway_download(&gateway, &wanted).expect("the picture");
        assert!(url.starts_with("https://file.wx.qq.com/msgImg/"), "{url}");
        assert_eq!((came.bytes, came.verdict.verified), (photo.picture.bytes.clone(), Verified::Md5));

        let number = GetMsgImg { msg_id: GivenId::Number(photo.msg_id.parse().expect("digits")), ..wanted.clone() };
        assert_eq!(link.gateway_download(&gateway, &number).expect("the picture").0, url);

        let unknown = GetMsgImg { msg_id: GivenId::Number(1), ..wanted };
        let error = link.gateway_download(&gateway, &unknown).expect_err("no such message");
        let code = if gateway_form == GatewayForm::Old { 1001 } else { 10001 };
        assert_eq!((error.kind(), error.ret(), error.retryable()), (ErrorKind::GatewayFailed, Some(code), false));
        assert_eq!(error.to_string(), format!("getMsgImg: code {code}: \"失败: msgId: no message 1\""));
        let journal = serde_json::to_string(link.world().journal().last().expect("a request")).expect("plain data");
        assert!(!journal.contains("wxid_one:"), "the prefix does not go out");
    }
}
