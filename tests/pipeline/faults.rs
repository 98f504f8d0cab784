//! One thing goes wrong, at each place where it can.

use std::collections::BTreeSet;

use webwx_image::client::ClientOptions;
use webwx_image::download::Size;
use webwx_image::error::{Error, ErrorKind, Place};
use webwx_image::gateway::{Gateway, GetMsgImg, GivenId};
use webwx_image::ids::MsgId;

use crate::link::{File, Format, Link};
use crate::{CHECK, SEND, UPLOAD, assert_sent_once, chunks, expectation, fields, media_requests, png, requests};

/// What a fault looks like from this end: its kind, and whether it is tried again.
const FAULTS: [(&str, ErrorKind, bool); 27] = [
    ("reset", ErrorKind::Network, true),
    ("accept-then-reset", ErrorKind::Network, true),
    ("redirect:https://elsewhere.example/", ErrorKind::Network, true),
    ("delay:60001", ErrorKind::Timeout, true),
    ("html", ErrorKind::MalformedResponse, true),
    ("empty", ErrorKind::MalformedResponse, true),
    ("truncate", ErrorKind::MalformedResponse, true),
    ("status:400", ErrorKind::HttpStatus, false),
    ("status:403", ErrorKind::HttpStatus, false),
    ("status:404", ErrorKind::HttpStatus, false),
    ("status:408", ErrorKind::HttpStatus, true),
    ("status:429", ErrorKind::HttpStatus, true),
    ("status:502", ErrorKind::HttpStatus, true),
    ("status:504", ErrorKind::HttpStatus, true),
    ("ret:-1", ErrorKind::Rejected, true),
    ("ret:1", ErrorKind::Rejected, false),
    ("ret:-2", ErrorKind::Rejected, false),
    ("ret:1200", ErrorKind::Rejected, false),
    ("ret:9999", ErrorKind::Rejected, false),
    ("ret:-14", ErrorKind::SessionLost, false),
    ("ret:1100", ErrorKind::SessionLost, false),
    ("ret:1101", ErrorKind::SessionLost, false),
    ("ret:1102", ErrorKind::SessionLost, false),
    ("ret:1105", ErrorKind::RateLimited, false),
    ("ret:1205", ErrorKind::RateLimited, false),
    ("ret:1203", ErrorKind::AccountBarred, false),
    ("ret:1204", ErrorKind::TargetRefused, false),
];

fn assert_is(error: &Error, fault: &str, kind: ErrorKind, retryable: bool, place: Place) {
    assert_eq!((error.kind(), error.retryable(), error.place()), (kind, retryable, Some(place)), "{fault}: {error}");
    let number = |prefix: &str| fault.strip_prefix(prefix).and_then(|value| value.parse::<i64>().ok());
    assert_eq!(error.ret(), number("ret:"), "{fault}");
    assert_eq!(error.status().map(i64::from), number("status:"), "{fault}");
    assert!(error.to_string().starts_with(&format!("{place}: ")), "{fault}: {error}");
}

#[test]
fn every_fault_at_every_chunk() {
    let file = png(chunks(4) + 1);
    for (fault, kind, retryable) in FAULTS {
        for chunk in [0, 2, 4] {
            let place = Place { chunk: Some((chunk, 5)), ..Place::at(UPLOAD) };
            let mut link = Link::default();
            link.order(UPLOAD, Some(chunk.into()), 1, fault);
            let outcome = link.send_image(&file);
            let tried = fields(&link, "chunk").iter().filter(|found| **found == chunk.to_string()).count();
            if retryable {
                outcome.unwrap_or_else(|error| panic!("{fault} at {chunk}: {error}"));
                assert_sent_once(&link, &file);
                assert_eq!((tried, requests(&link, UPLOAD)), (2, 6), "{fault} at {chunk}");
            } else {
                assert_is(&outcome.expect_err(fault), fault, kind, retryable, place);
                assert_eq!((tried, requests(&link, UPLOAD)), (1, chunk as usize + 1), "{fault} at {chunk}");
                assert_eq!((requests(&link, SEND), link.sent()), (0, 0));
            }
            assert_eq!(media_requests(&link).len(), 1, "{fault} at {chunk}: each try has the same ids");
            assert_eq!(fields(&link, "id").iter().collect::<BTreeSet<_>>().len(), 1);

            let mut worse = Link::default();
            worse.order(UPLOAD, Some(chunk.into()), 9, fault);
            let error = worse.send_image(&file).expect_err(fault);
            assert_is(&error, fault, kind, retryable, place);
            let most = if retryable { 4 } else { 1 };
            assert_eq!(requests(&worse, UPLOAD), chunk as usize + most, "{fault} at {chunk}");
            assert_eq!((requests(&worse, SEND), worse.sent()), (0, 0), "{fault} at {chunk}");
        }
    }
}

#[test]
fn a_single_chunk_is_not_counted_in_errors() {
    for (fault, kind, retryable) in FAULTS {
        let mut link = Link::default();
        link.order(UPLOAD, Some(0), 4, fault);
        let error = link.send_image(&png(500)).expect_err(fault);
        assert_is(&error, fault, kind, retryable, Place::at(UPLOAD));
        assert_eq!(requests(&link, UPLOAD), if retryable { 4 } else { 1 }, "{fault}");
    }
}

#[test]
fn every_fault_at_the_send() {
    for (format, endpoint) in [(Format::Png, SEND), (Format::Gif, "webwxsendemoticon")] {
        let file = File::new(format, chunks(1), 1);
        for (fault, kind, retryable) in FAULTS {
            let mut link = Link::default();
            link.order(endpoint, None, 1, fault);
            let outcome = link.send_image(&file);
            if retryable {
                let receipt = outcome.unwrap_or_else(|error| panic!("{fault}: {error}"));
                assert_sent_once(&link, &file);
                assert_eq!(receipt.msg_id.as_str(), link.last_message().msg_id, "{fault}");
            } else {
                assert_is(&outcome.expect_err(fault), fault, kind, retryable, Place::at(endpoint));
                assert_eq!(link.sent(), 0, "{fault}");
            }
            let bodies = link.world().journal().iter().filter(|entry| entry.path.ends_with(endpoint));
            let bodies: Vec<_> = bodies.map(|entry| entry.json.as_ref().expect("JSON").get()).collect();
            assert_eq!(bodies.len(), if retryable { 2 } else { 1 }, "{fault}");
            assert!(bodies.iter().all(|body| *body == bodies[0]), "{fault}: the same ClientMsgId in each try");

            let mut worse = Link::default();
            worse.order(endpoint, None, 9, fault);
            assert_is(&worse.send_image(&file).expect_err(fault), fault, kind, retryable, Place::at(endpoint));
            assert_eq!(requests(&worse, endpoint), if retryable { 4 } else { 1 }, "{fault}");
            let was_taken = matches!(fault, "accept-then-reset" | "truncate" | "delay:60001");
            assert_eq!(worse.sent(), usize::from(was_taken), "{fault}: one message at most");
        }
    }
}

/// The answers of the check are small; its file is not, so the bytes of one are kept for all faults.
#[test]
fn every_fault_at_the_check() {
    let info = webwx_image::upload::FileInfo { size: 26_214_401, ..png(500).info() };
    for (fault, kind, retryable) in FAULTS {
        let mut link = Link::default();
        link.options = ClientOptions::default();
        link.order(CHECK, None, 9, fault);
        let peer = link.peer();
        let job = link.begin_to(peer, &png(500), info.clone(), None).expect("good input");
        let ended = link.run(job);
        let error = ended.outcome.expect_err(fault);
        assert_is(&error, fault, kind, retryable, Place::at(CHECK));
        assert_eq!(requests(&link, CHECK), if retryable { 4 } else { 1 }, "{fault}");
        assert_eq!(link.world().journal().len(), requests(&link, CHECK), "{fault}: no chunk before the check's answer");
        assert_eq!(ended.checkpoint.expect("an upload has one").next_chunk, 0);
    }
}

#[test]
fn every_fault_at_the_download() {
    for (fault, kind, retryable) in [
        ("reset", ErrorKind::Network, true),
        ("accept-then-reset", ErrorKind::Network, true),
        ("redirect:https://elsewhere.example/", ErrorKind::Network, true),
        ("truncate", ErrorKind::Network, true),
        ("html", ErrorKind::NotAnImage, true),
        ("empty", ErrorKind::EmptyImage, true),
        ("status:404", ErrorKind::HttpStatus, false),
        ("status:502", ErrorKind::HttpStatus, true),
        ("ret:1102", ErrorKind::NotAnImage, false),
    ] {
        for times in [1, 9] {
            let mut link = Link::default();
            let photo = link.world().messages()[0].clone();
            link.order("webwxgetmsgimg", None, times, fault);
            let outcome = link.download(&photo.msg_id, Size::Full, Some(&expectation(&photo.content)));
            if retryable && times == 1 {
                assert_eq!(outcome.expect(fault).bytes, photo.picture.bytes);
            } else {
                let error = outcome.expect_err(fault);
                let found = (error.kind(), error.retryable(), error.place());
                assert_eq!(found, (kind, retryable, Some(Place::at("webwxgetmsgimg"))), "{fault}");
                assert_eq!(link.world().journal().len(), if retryable { 4 } else { 1 }, "{fault}");
            }
        }
    }
}

#[test]
fn every_fault_at_the_gateway() {
    for (fault, kind, retryable) in [
        ("reset", ErrorKind::Network, true),
        ("redirect:https://elsewhere.example/", ErrorKind::Network, true),
        ("truncate", ErrorKind::MalformedResponse, true),
        ("html", ErrorKind::MalformedResponse, true),
        ("empty", ErrorKind::MalformedResponse, true),
        ("delay:60001", ErrorKind::Timeout, true),
        ("status:404", ErrorKind::HttpStatus, false),
        ("status:502", ErrorKind::HttpStatus, true),
        ("ret:1205", ErrorKind::RateLimited, false),
        ("ret:1105", ErrorKind::RateLimited, false),
        ("ret:1", ErrorKind::GatewayFailed, false),
        ("ret:1000", ErrorKind::GatewayFailed, false),
    ] {
        for times in [1, 9] {
            let mut link = Link::default();
            let gateway = Gateway::new(None, link.world().gateway_authorization()).expect("good input");
            let photo = link.world().messages()[0].clone();
            let wanted = GetMsgImg {
                w_id: "w".into(),
                msg_id: GivenId::Text(MsgId::new(&photo.msg_id).expect("digits")),
                from_user: "a".into(),
                to_user: "b".into(),
                content: photo.content.clone(),
                kind: Some(1),
            };
            link.order("getMsgImg", None, times, fault);
            let outcome = link.gateway_download(&gateway, &wanted);
            if retryable && times == 1 {
                assert_eq!(outcome.expect(fault).1.bytes, photo.picture.bytes);
            } else {
                let error = outcome.expect_err(fault);
                let found = (error.kind(), error.retryable(), error.place());
                assert_eq!(found, (kind, retryable, Some(Place::at("getMsgImg"))), "{fault}: {error}");
                assert_eq!(link.world().journal().len(), if retryable { 4 } else { 1 }, "{fault}");
            }
        }
    }
}

#[test]
fn a_media_id_beside_a_ret_is_never_used() {
    let file = png(chunks(3));
    for ret in [1, -2, 1100, 1204, 1205] {
        for chunk in [0, 1, 2] {
            let mut link = Link::default();
            link.order(UPLOAD, Some(chunk), 1, &format!("ret:{ret}+mediaid"));
            let error = link.send_image(&file).expect_err("refused");
            assert_eq!(error.ret(), Some(ret));
            assert_eq!((requests(&link, SEND), link.sent()), (0, 0));
        }
    }
    let mut passing = Link::default();
    passing.order(UPLOAD, None, 2, "ret:-1+mediaid");
    passing.send_image(&file).expect("sent");
    assert_sent_once(&passing, &file);

    let mut middle = Link::default();
    middle.order(UPLOAD, Some(1), 1, "ret:0+mediaid");
    let error = middle.send_image(&file).expect_err("a chunk is missing");
    assert_eq!(error.to_string(), "webwxuploadmedia, chunk 3 of 3: Ret 1 (invalid parameter, or body too large)");
    assert_eq!(middle.sent(), 0, "a MediaId that comes before the last chunk is nobody's");

    let info = webwx_image::upload::FileInfo { size: 26_214_401, ..png(500).info() };
    let mut checked = Link::default();
    checked.order(CHECK, None, 1, "ret:1205+mediaid");
    let peer = checked.peer();
    let job = checked.begin_to(peer, &png(500), info, None).expect("good input");
    let error = checked.upload(job).expect_err("refused");
    assert_eq!(error.to_string(), "webwxcheckupload: Ret 1205 (too many requests; wait a minute or more)");
}

#[test]
fn waits_grow_and_no_limit_means_no_second_try() {
    let mut link = Link::default();
    link.order(UPLOAD, None, 9, "reset");
    link.send_image(&png(500)).expect_err("cut");
    assert!((1750..=3500).contains(&link.elapsed_ms()), "250-500, 500-1000 and 1000-2000: {}", link.elapsed_ms());

    let mut once = Link::default();
    once.terms().retry.limit = 0;
    once.order(UPLOAD, None, 9, "reset");
    once.send_image(&png(500)).expect_err("cut");
    assert_eq!((requests(&once, UPLOAD), once.elapsed_ms()), (1, 0));

    let mut slow = Link::default();
    slow.order(UPLOAD, None, 9, "delay:60000");
    slow.send_image(&png(500)).expect("slow, but within the time");
    assert_eq!(slow.elapsed_ms(), 60_000);
}
