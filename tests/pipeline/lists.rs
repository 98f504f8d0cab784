//! Many pictures, one after another.

use standin::{Config, World};
use webwx_image::error::ErrorKind;
use webwx_image::job::{Batch, Event, Pace, Pictures};

use crate::link::{CHUNK, End, File, Format, Happened, Link, Source, Trip};
use crate::{SEND, UPLOAD, chunks, fields, png, requests};

fn pictures(count: u8) -> Vec<File> {
    (1..=count).map(|seed| File::new(Format::Png, chunks(2), seed)).collect()
}

/// One image after another, so that an ordered fault meets a certain one.
fn one_at_once() -> Pace {
    Pace { pictures: Pictures::new(1).expect("one"), ..Pace::default() }
}

/// The pictures of all messages, in the order of the chat.
fn chat(link: &Link) -> Vec<Vec<u8>> {
    let messages = link.world().messages().iter().filter(|message| message.client_msg_id.is_some());
    messages.map(|message| message.picture.bytes.to_vec()).collect()
}

/// What the caller was told of: which source, and the code of its error.
fn told(link: &Link) -> Vec<(usize, Option<&'static str>)> {
    let code =
        |outcome: &Result<_, webwx_image::job::Ended>| outcome.as_ref().err().map(|ended| ended.error.kind().code());
    link.log.outcomes.iter().map(|(source, outcome)| (*source, code(outcome))).collect()
}

#[test]
fn messages_are_in_the_order_of_the_list_and_two_pictures_in_work() {
    let mut was_beside = false;
    for seed in 0..10 {
        let mut link = Link::new(World::new(Config { chunk_size: CHUNK, ..Config::default() }), seed);
        link.driver.line.latency_ms = 40;
        link.driver.line.dawdle_ms = 50 * seed;
        let files = pictures(6);
        link.send_images(&files).outcome.expect("a list does not fail");
        assert_eq!(told(&link), (0..6).map(|source| (source, None)).collect::<Vec<_>>());
        assert_eq!(chat(&link), files.into_iter().map(|file| file.bytes).collect::<Vec<_>>());
        let of = |step: &'static str| link.log.trips.iter().filter(move |trip| trip.place.step == step);
        let is_beside = |a: &Trip, b: &Trip| a.left_ms < b.over_ms && b.left_ms < a.over_ms;
        was_beside |= of(UPLOAD).any(|chunk| of(SEND).any(|send| is_beside(chunk, send)));
        assert!(of(SEND).all(|one| of(SEND).filter(|other| is_beside(one, other)).count() <= 1), "one after another");
    }
    assert!(was_beside, "the next goes up while the one before is sent");
}

#[test]
fn an_empty_list_asks_for_nothing() {
    let mut link = Link::default();
    link.send_images(&[]).outcome.expect("a list does not fail");
    assert_eq!((link.log.outcomes.len(), link.world().journal().len()), (0, 0));
}

/// A list of five, whose second picture is refused for good at this service.
fn barred(endpoint: &str, ret: i64, seed: u64) -> Link {
    let mut link = Link::new(World::new(Config { chunk_size: CHUNK, ..Config::default() }), seed);
    link.driver.line.latency_ms = 40;
    let files = pictures(5);
    let batch = Batch::new(&link.client(), link.peer(), one_at_once());
    let job = link.driver.start(&link.owner.clone(), batch, files.iter().map(Source::of).collect());
    // The first has its chunks and its message.
    while requests(&link, endpoint) < if endpoint == UPLOAD { 2 } else { 1 } {
        assert!(link.step().is_none());
    }
    if endpoint == SEND {
        // Its second try only: the third goes up meanwhile.
        link.order(endpoint, None, 1, "status:502");
    }
    link.order(endpoint, None, 1, &format!("ret:{ret}"));
    link.run(job).outcome.expect("a list does not fail");
    assert_eq!(chat(&link), [files[0].bytes.clone()]);
    link
}

#[test]
fn what_would_only_get_worse_ends_the_list() {
    for (ret, kind) in
        [(1205, ErrorKind::RateLimited), (1101, ErrorKind::SessionLost), (1203, ErrorKind::AccountBarred)]
    {
        for endpoint in [UPLOAD, SEND] {
            let mut was_going_up = false;
            for seed in 0..10 {
                let link = barred(endpoint, ret, seed);
                let code = Some(kind.code());
                assert_eq!(told(&link), [(0, None), (1, code), (2, code), (3, code), (4, code)], "{endpoint}");
                let ends = link.log.outcomes[1..].iter().map(|(_, outcome)| outcome.as_ref().expect_err("it ended"));
                let ends: Vec<_> = ends.collect();
                assert_eq!(ends[0].ended_by, None);
                for ended in &ends[1..] {
                    assert_eq!((ended.ended_by, ended.error.message_may_be_out()), (Some(1), None));
                    let text = format!("WebWx.sendImages: not sent, because the batch ended: {endpoint}");
                    assert!(ended.error.to_string().starts_with(&text), "{}", ended.error);
                }
                let left: Vec<_> =
                    ends.iter().map(|ended| ended.checkpoint.as_ref().map_or(0, |left| left.next_chunk)).collect();
                assert!(left[2..] == [0, 0] && (endpoint == SEND || left[1] == 0), "{endpoint}: {left:?}");
                was_going_up |= left[1] > 0;

                let end = |trip: &Trip| trip.end == End::Answered && trip.place.step == endpoint;
                let end = link.log.trips.iter().rposition(end).expect("a trip");
                let after = &link.log.trips[end + 1..];
                assert!(after.iter().all(|trip| trip.place.step == SEND || trip.end == End::Stopped), "{after:?}");
                let left_ms = link.log.trips[end].over_ms;
                assert!(after.iter().all(|trip| trip.left_ms <= left_ms), "nothing is asked after it");
            }
            assert!(endpoint == UPLOAD || was_going_up, "one of ten has a chunk of the third");
        }
    }
}

#[test]
fn other_failures_end_nothing() {
    for (endpoint, fault, times) in
        [(UPLOAD, "ret:1", 1), (SEND, "ret:1204", 1), (UPLOAD, "reset", 4), (SEND, "status:502", 4), (SEND, "html", 4)]
    {
        let mut link = Link::default();
        link.order(endpoint, None, times, fault);
        let files = pictures(4);
        link.send_at_pace(&files, one_at_once()).outcome.expect("a list does not fail");
        let failed: Vec<bool> = told(&link).iter().map(|(_, code)| code.is_some()).collect();
        assert_eq!(failed, [true, false, false, false], "{endpoint} {fault}");
        assert_eq!(chat(&link), files[1..].iter().map(|file| file.bytes.clone()).collect::<Vec<_>>());
    }
}

#[test]
fn what_cannot_be_opened_is_told_in_its_turn() {
    let mut link = Link::default();
    let broken = webwx_image::error::Error::invalid_input("no picture");
    let (one, other) = (png(chunks(1)), File::new(Format::Gif, chunks(1), 2));
    let sources = vec![Source::of(&one), Source::broken(broken.clone()), Source::broken(broken), Source::of(&other)];
    let batch = Batch::new(&link.client(), link.peer(), Pace::default());
    let job = link.driver.start(&link.owner.clone(), batch, sources);
    link.run(job).outcome.expect("a list does not fail");
    let code = Some(ErrorKind::InvalidInput.code());
    assert_eq!(told(&link), [(0, None), (1, code), (2, code), (3, None)]);
    assert_eq!(chat(&link), [one.bytes, other.bytes]);
}

#[test]
fn a_caller_who_leaves_in_the_middle_has_nothing_sent_behind_the_back() {
    let mut link = Link::default();
    let batch = Batch::new(&link.client(), link.peer(), Pace::default());
    let sources = pictures(5).iter().map(Source::of).collect();
    let job = link.driver.start(&link.owner.clone(), batch, sources);
    link.log.aborts_at = Some(|event| matches!(event, Event::Outcome { source: 1, .. }));
    while !matches!(link.driver.step(&mut link.log), Some(Happened::Aborted(aborted)) if aborted == job) {}
    link.log.aborts_at = None;
    while link.driver.step(&mut link.log).is_some() {}
    assert_eq!((told(&link).len(), chat(&link).len(), requests(&link, SEND)), (2, 2, 2));
    assert!(fields(&link, "chunk").len() <= 6, "the third was going up");

    // Sent again, the two that are out are other messages: the caller has their receipts.
    let mut pictures = pictures(5);
    link.log.outcomes.clear();
    link.send_images(&pictures.split_off(2)).outcome.expect("a list does not fail");
    assert_eq!(chat(&link).len(), 5);
}

#[test]
fn two_images_go_up_side_by_side_each_chunk_after_chunk() {
    let mut link = Link::new(World::new(Config { chunk_size: CHUNK, ..Config::default() }), 1);
    link.driver.line.latency_ms = 40;
    let files = pictures(6);
    link.send_images(&files).outcome.expect("a list does not fail");
    let two_ms = link.driver.now_ms;
    assert_eq!(chat(&link), files.iter().map(|file| file.bytes.clone()).collect::<Vec<_>>());
    let uploads: Vec<&Trip> = link.log.trips.iter().filter(|trip| trip.place.step == UPLOAD).collect();
    let under_way = |at_ms: u64| uploads.iter().filter(|trip| (trip.left_ms..trip.over_ms).contains(&at_ms)).count();
    assert_eq!(uploads.iter().map(|trip| under_way(trip.left_ms)).max(), Some(2));
    let of = |source: usize| uploads.iter().filter(move |trip| trip.source == source);
    for source in 0..6 {
        assert!(of(source).zip(of(source).skip(1)).all(|(one, next)| one.over_ms <= next.left_ms));
    }

    let mut link = Link::new(World::new(Config { chunk_size: CHUNK, ..Config::default() }), 1);
    link.driver.line.latency_ms = 40;
    link.send_at_pace(&files, one_at_once()).outcome.expect("a list does not fail");
    assert!(two_ms * 4 < link.driver.now_ms * 3, "{two_ms} ms, and {} ms one at a time", link.driver.now_ms);
}
