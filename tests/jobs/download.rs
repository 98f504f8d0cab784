//! The download of one picture.

use webwx_image::digest::Md5Hex;
use webwx_image::download::{self, Bounds, Expectation, Size, Verified};
use webwx_image::error::{Error, ErrorKind, Place, Result};
use webwx_image::http::{Failure, Response};
use webwx_image::ids::MsgId;
use webwx_image::image::{HEAD, ImageInfo, inspect};
use webwx_image::job::{Action, Download, Handled, Input, Length, RequestId, Stage, Step, Wanted};
use webwx_image::json::FromJson;
use webwx_image::retry::Terms;

use crate::hand::{Hand, answer};
use crate::{progress, session, steps};

fn get(expect: Option<&str>) -> Download {
    let request = download::request(&session(), &MsgId::new("1").expect("digits"), Size::Full);
    let expect = expect.map(|json| Expectation::from_json(json).expect("a message"));
    Download::new(request, Size::Full, expect, Terms::default())
}

/// The head of an answer, with the length that it announces.
fn head(id: RequestId, status: u16, length: Option<(u64, bool)>) -> Input {
    let length = length.map(|(bytes, is_exact)| Length { bytes, is_exact });
    Input::Head { id, response: answer(status, ""), length }
}

/// A picture of so many bytes.
fn picture(id: RequestId, size: u64) -> Input {
    let png = include_bytes!("../fixtures/pictures/tiny.png");
    picture_of(id, size, inspect(Place::at("here"), png).map(|info| ImageInfo { size, ..info }))
}

fn picture_of(id: RequestId, size: u64, image: Result<ImageInfo>) -> Input {
    Input::Picture { id, size, image, md5: Md5Hex::new(&"a".repeat(32)).expect("hex") }
}

fn loaded(hand: &mut Hand, job: &mut Download) -> Vec<(u64, Option<u64>)> {
    progress(hand, job).iter().map(|told| (told.loaded, told.total)).collect()
}

#[test]
fn a_picture_comes_in() {
    let (mut hand, mut job) = (Hand::new(), get(Some(r#"{"kind":"image","normal":{"length":85}}"#)));
    let sent = hand.request(&mut job);
    assert_eq!((sent.request.place.step, sent.wanted), ("webwxgetmsgimg", Wanted::Picture));
    assert_eq!(hand.handle(&mut job, head(sent.id, 200, None)), Handled::Noted);
    assert_eq!(hand.handle(&mut job, Input::Received { id: sent.id, loaded: 40 }), Handled::Noted);
    let told = progress(&mut hand, &mut job);
    assert_eq!((told[0].stage, told[0].loaded, told[0].total), (Stage::Download, 40, Some(85)));
    assert_eq!(hand.handle(&mut job, picture(sent.id, 85)), Handled::Accepted);
    let picture = hand.end(&mut job).expect("a picture");
    assert_eq!((picture.image.width, picture.md5.as_str()), (Some(3), "a".repeat(32).as_str()));
    assert_eq!((picture.judgement.verified, picture.judgement.warnings), (Verified::Length, vec![]));
    assert_eq!(hand.handle(&mut job, head(sent.id, 404, None)), Handled::Ignored, "it is over");
    hand.abort(&mut job);
}

#[test]
fn without_a_message_any_picture_will_do() {
    let (mut hand, mut job) = (Hand::new(), get(None));
    let id = hand.request(&mut job).id;
    hand.handle(&mut job, head(id, 200, None));
    hand.handle(&mut job, Input::Received { id, loaded: 7 });
    assert_eq!(loaded(&mut hand, &mut job), [(7, None)]);
    hand.handle(&mut job, picture(id, 7));
    let judgement = hand.end(&mut job).expect("a picture").judgement;
    assert_eq!((judgement.verified, judgement.warnings), (Verified::None, vec![]));
}

#[test]
fn a_refused_head_stops_the_request_before_its_bytes_come() {
    let (mut hand, mut job) = (Hand::new(), get(None));
    let id = hand.request(&mut job).id;
    assert_eq!(hand.handle(&mut job, head(id, 404, None)), Handled::Failed);
    assert_eq!(steps(&mut hand, &mut job), format!("stop {id}, http-status"));

    let (mut hand, mut job) = (Hand::new(), get(None));
    let id = hand.request(&mut job).id;
    let response = Response { retry_after: Some("3".to_owned()), ..answer(503, "") };
    assert_eq!(hand.handle(&mut job, Input::Head { id, response, length: None }), Handled::Retrying);
    assert_eq!(steps(&mut hand, &mut job), format!("stop {id}, wait 3000 ms"));
    assert_eq!(hand.handle(&mut job, picture(id, 85)), Handled::Ignored);
    hand.pass(3000);
    let again = hand.request(&mut job).id;
    hand.handle(&mut job, head(again, 206, None));
    assert_eq!(hand.handle(&mut job, picture(again, 85)), Handled::Accepted);
}

#[test]
fn what_is_shorter_than_it_was_announced_was_cut_off() {
    for (announced, size, handled) in [
        (Some((85, true)), 85, Handled::Accepted),
        (Some((85, true)), 84, Handled::Retrying),
        (Some((85, true)), 86, Handled::Accepted),
        (Some((85, false)), 84, Handled::Accepted),
        (None, 84, Handled::Accepted),
    ] {
        let (mut hand, mut job) = (Hand::new(), get(None));
        let id = hand.request(&mut job).id;
        hand.handle(&mut job, head(id, 200, announced));
        assert_eq!(hand.handle(&mut job, picture(id, size)), handled, "{announced:?} {size}");
    }
}

#[test]
fn what_an_earlier_answer_announced_says_nothing_of_the_next() {
    let (mut hand, mut job) = (Hand::new(), get(Some(r#"{"kind":"image","normal":{"length":90}}"#)));
    let first = hand.request(&mut job).id;
    hand.handle(&mut job, head(first, 200, Some((100, true))));
    hand.handle(&mut job, Input::Received { id: first, loaded: 80 });
    assert_eq!(loaded(&mut hand, &mut job), [(80, Some(100))]);
    assert_eq!(hand.handle(&mut job, Input::Lost { id: first, failure: Failure::Network }), Handled::Retrying);
    assert_eq!(steps(&mut hand, &mut job), "wait 375 ms");
    assert_eq!(hand.handle(&mut job, Input::Received { id: first, loaded: 99 }), Handled::Ignored);
    hand.pass(375);
    let second = hand.request(&mut job).id;
    hand.handle(&mut job, head(second, 200, None));
    hand.handle(&mut job, Input::Received { id: second, loaded: 10 });
    assert_eq!(loaded(&mut hand, &mut job), [(80, Some(90))], "and progress never goes back");
    assert_eq!(hand.handle(&mut job, picture(second, 90)), Handled::Accepted);
}

#[test]
fn bytes_that_come_give_it_more_time() {
    let (mut hand, mut job) = (Hand::new(), get(None));
    let id = hand.request(&mut job).id;
    hand.pass(50_000);
    hand.handle(&mut job, head(id, 200, None));
    assert_eq!(hand.wait(&mut job), Some(110_000));
    hand.pass(50_000);
    hand.handle(&mut job, Input::Received { id, loaded: 1 });
    assert_eq!(hand.wait(&mut job), Some(160_000));
    hand.pass(60_000);
    assert_eq!(steps(&mut hand, &mut job), format!("stop {id}, wait 375 ms"));
}

#[test]
fn what_is_no_picture_is_an_error_and_tried_again_where_that_may_help() {
    let place = Place::at("webwxgetmsgimg");
    let empty = inspect(place, &[]).expect_err("0 bytes");
    let text = inspect(place, b"text").expect_err("no picture");
    for (error, handled) in [(empty, Handled::Retrying), (text, Handled::Failed)] {
        let (mut hand, mut job) = (Hand::new(), get(None));
        let id = hand.request(&mut job).id;
        hand.handle(&mut job, head(id, 200, None));
        assert_eq!(hand.handle(&mut job, picture_of(id, 0, Err(error.clone()))), handled, "{error}");
    }
}

#[test]
fn a_message_knows_its_picture_better_than_we_do() {
    let odd = || inspect(Place::at("webwxgetmsgimg"), b"text").expect_err("no picture");
    let emoji = format!(r#"{{"kind":"emoji","md5":"{}"}}"#, "a".repeat(32));
    for (expect, verified) in [
        (r#"{"kind":"image","normal":{"length":4}}"#, Some(Verified::Length)),
        (emoji.as_str(), Some(Verified::Md5)),
        (r#"{"kind":"image","normal":{"length":5}}"#, None),
        (r#"{"kind":"opaque"}"#, None),
    ] {
        let (mut hand, mut job) = (Hand::new(), get(Some(expect)));
        let id = hand.request(&mut job).id;
        hand.handle(&mut job, picture_of(id, 4, Err(odd())));
        let outcome = hand.end(&mut job);
        assert_eq!(outcome.as_ref().ok().map(|picture| picture.judgement.verified), verified, "{expect}");
        match outcome {
            Ok(picture) => assert_eq!(picture.image, ImageInfo::unknown(4, &odd())),
            Err(error) => assert_eq!(error, odd(), "{expect}"),
        }
    }
}

#[test]
fn another_picture_is_an_error() {
    let (mut hand, mut job) = (Hand::new(), get(Some(r#"{"kind":"image","normal":{"length":85}}"#)));
    let id = hand.request(&mut job).id;
    hand.handle(&mut job, head(id, 200, None));
    assert_eq!(hand.handle(&mut job, picture(id, 86)), Handled::Failed);
    let error: Error = hand.end(&mut job).expect_err("another picture");
    assert_eq!((error.kind(), error.place()), (ErrorKind::WrongImage, Some(Place::at("webwxgetmsgimg"))));
}

#[test]
fn what_is_for_another_request_is_ignored() {
    let (mut hand, mut job) = (Hand::new(), get(None));
    let stranger = hand.request(&mut get(None)).id;
    let id = hand.request(&mut job).id;
    for input in [
        head(stranger, 404, None),
        picture(stranger, 85),
        Input::Received { id: stranger, loaded: 5 },
        Input::Lost { id: stranger, failure: Failure::Network },
        Input::Answer { id, response: answer(200, "") },
    ] {
        let said = format!("{input:?}");
        assert_eq!(hand.handle(&mut job, input), Handled::Ignored, "{said}");
    }
    assert_eq!(hand.wait(&mut job), Some(60_000));
}

/// An HTML page that is longer than what is looked at.
fn page() -> Vec<u8> {
    format!("{:4096}", "<html><title>Log in</title>").into_bytes()
}

#[test]
fn a_download_stops_behind_the_length_that_was_announced() {
    const MIB: u64 = 1024 * 1024;
    let message = r#"{"kind":"image","thumbnail":{"length":2000},"normal":{"length":1000},"hd":{"length":5000}}"#;
    let no_hd = r#"{"kind":"image","normal":{"length":1000},"hd":{}}"#;
    let thumbnail_alone = r#"{"kind":"image","md5":"ffffffffffffffffffffffffffffffff","thumbnail":{"length":9}}"#;
    for (expect, announced, most, said) in [
        (None, Some((1000, true)), 1000 + MIB, "expected 1000 bytes, got more"),
        (None, Some((1000, false)), 256 * MIB, "exceeds maxBytes, 268435456 bytes"),
        (None, None, 256 * MIB, "exceeds maxBytes, 268435456 bytes"),
        (Some(message), None, 5000 + MIB, "expected 5000 bytes, got more"),
        (Some(message), Some((u64::MAX, false)), 5000 + MIB, "expected 5000 bytes, got more"),
        (Some(message), Some((7, true)), 7 + MIB, "expected 7 bytes, got more"),
        (Some(no_hd), None, 256 * MIB, "exceeds maxBytes, 268435456 bytes"),
        (Some(thumbnail_alone), None, 256 * MIB, "exceeds maxBytes, 268435456 bytes"),
    ] {
        let (mut hand, mut job) = (Hand::new(), get(expect));
        let id = hand.request(&mut job).id;
        assert_eq!(hand.handle(&mut job, head(id, 200, announced)), Handled::Noted);
        assert_eq!(hand.handle(&mut job, Input::Received { id, loaded: most }), Handled::Noted, "{said}");
        progress(&mut hand, &mut job);
        assert_eq!(hand.handle(&mut job, Input::Received { id, loaded: most + 1 }), Handled::Failed, "{said}");
        assert!(matches!(hand.step(&mut job), Step::Do(Action::Cancel(stopped)) if stopped == id));
        let error = hand.end(&mut job).expect_err("too much");
        assert_eq!((error.kind(), error.retryable()), (ErrorKind::WrongImage, false));
        assert_eq!(error.to_string(), format!("webwxgetmsgimg: {said}"));
    }
}

#[test]
fn an_answer_that_announces_too_much_is_not_waited_for() {
    let bounds = Bounds { max_bytes: 100, ..Bounds::default() };
    for (announced, handled) in [
        ((100, true), Handled::Noted),
        ((101, true), Handled::Failed),
        // The length of something encoded.
        ((101, false), Handled::Noted),
    ] {
        let (mut hand, mut job) = (Hand::new(), get(None).within(bounds));
        let id = hand.request(&mut job).id;
        assert_eq!(hand.handle(&mut job, head(id, 200, Some(announced))), handled, "{announced:?}");
    }
    let expect = r#"{"kind":"image","normal":{"length":1000}}"#;
    let (mut hand, mut job) = (Hand::new(), get(Some(expect)));
    let id = hand.request(&mut job).id;
    assert_eq!(hand.handle(&mut job, head(id, 200, Some((3_000_000_000, true)))), Handled::Failed);
}

#[test]
fn what_begins_like_no_picture_is_stopped_unless_the_message_knows_its_bytes() {
    let no_facts = r#"{"kind":"image","normal":{}}"#;
    let by_length = r#"{"kind":"image","normal":{"length":5000}}"#;
    let by_md5 = r#"{"kind":"image","md5":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}"#;
    let png = include_bytes!("../fixtures/pictures/tiny.png");
    let begins_well = [&png[..], &[0; HEAD as usize]].concat()[..HEAD as usize].to_vec();
    for (expect, bytes, handled) in [
        (None, page(), Handled::Retrying),
        (None, vec![0; HEAD as usize], Handled::Failed),
        (Some(no_facts), page(), Handled::Retrying),
        (Some(by_length), page(), Handled::Noted),
        (Some(by_md5), page(), Handled::Noted),
        (None, begins_well, Handled::Noted),
    ] {
        let (mut hand, mut job) = (Hand::new(), get(expect));
        let id = hand.request(&mut job).id;
        hand.handle(&mut job, head(id, 200, None));
        assert_eq!(hand.handle(&mut job, Input::Begun { id, head: bytes }), handled, "{expect:?}");
        match handled {
            Handled::Retrying => assert_eq!(steps(&mut hand, &mut job), format!("stop {id}, wait 375 ms")),
            Handled::Failed => assert_eq!(steps(&mut hand, &mut job), format!("stop {id}, not-an-image")),
            _ => assert_eq!(hand.handle(&mut job, picture(id, 5000)), Handled::Accepted),
        }
    }
}

#[test]
fn a_body_that_drips_ends_at_the_overall_time() {
    let bounds = Bounds { total_ms: 100_000, ..Bounds::default() };
    let (mut hand, mut job) = (Hand::new(), get(None).within(bounds));
    let id = hand.request(&mut job).id;
    hand.handle(&mut job, head(id, 200, None));
    for loaded in 1..=3 {
        hand.pass(30_000);
        assert_eq!(hand.handle(&mut job, Input::Received { id, loaded }), Handled::Noted);
        progress(&mut hand, &mut job);
    }
    assert_eq!(hand.wait(&mut job), Some(hand.lend(|cx| cx.now.elapsed_ms) + 10_000), "not the time of a piece");
    hand.pass(10_000);
    assert!(matches!(hand.step(&mut job), Step::Do(Action::Cancel(stopped)) if stopped == id));
    let error = hand.end(&mut job).expect_err("too late");
    assert_eq!((error.kind(), error.retryable()), (ErrorKind::Timeout, true));
    assert_eq!(error.to_string(), "webwxgetmsgimg: not complete within 100000 ms (totalTimeout)");
    assert_eq!(hand.handle(&mut job, picture(id, 85)), Handled::Ignored);
}

#[test]
fn the_overall_time_is_that_of_all_tries() {
    let bounds = Bounds { total_ms: 70_000, ..Bounds::default() };
    let (mut hand, mut job) = (Hand::new(), get(None).within(bounds));
    let id = hand.request(&mut job).id;
    hand.pass(60_000);
    assert_eq!(steps(&mut hand, &mut job), format!("stop {id}, wait 375 ms"), "the first try");
    hand.pass(375);
    let again = hand.request(&mut job).id;
    hand.pass(9_625);
    assert_eq!(steps(&mut hand, &mut job), format!("stop {again}, timeout"));
}
