//! Several chunks in flight.

use standin::{Config, World};

use crate::link::{CHUNK, End, Link, Trip};
use crate::{UPLOAD, assert_sent_once, chunks, fields, interrupted, media_requests, png, reloaded, requests};

#[test]
fn chunks_side_by_side_in_any_order_and_the_last_alone() {
    let file = png(chunks(10) - 300);
    let mut was_mixed = false;
    for seed in 0..40 {
        let mut link = Link::new(World::new(Config { chunk_size: CHUNK, ..Config::default() }), seed);
        link.at_once(3);
        link.driver.line.latency_ms = 40;
        link.order(UPLOAD, Some(seed % 10), 1, ["reset", "empty", "accept-then-reset"][(seed % 3) as usize]);
        link.send_image(&file).expect("sent");
        assert_sent_once(&link, &file);
        let order = fields(&link, "chunk");
        was_mixed |= !order.is_sorted_by_key(|chunk| chunk.parse::<u32>().expect("a number"));
        assert_eq!(order.last().map(String::as_str), Some("9"));

        let uploads: Vec<_> = link.log.trips.iter().filter(|trip| trip.place.step == UPLOAD).collect();
        let beside =
            |at: &Trip| uploads.iter().filter(|trip| trip.left_ms < at.over_ms && at.left_ms < trip.over_ms).count();
        let at_once = |ms: u64| uploads.iter().filter(|trip| trip.left_ms <= ms && ms < trip.over_ms).count();
        assert!(uploads.iter().all(|trip| at_once(trip.left_ms) <= 3), "seed {seed}");
        let last = uploads.iter().filter(|trip| trip.place.chunk == Some((9, 10)) && trip.over_ms > trip.left_ms);
        assert!(last.clone().count() >= 1 && last.into_iter().all(|trip| beside(trip) == 1), "seed {seed}");

        let loaded = link.log.loaded();
        assert!(loaded.is_sorted() && loaded.last() == Some(&9700), "seed {seed}: {loaded:?}");
        assert_eq!(loaded.iter().filter(|loaded| **loaded == 9700).count(), 1);
    }
    assert!(was_mixed, "the seeds bring answers in another order");
}

#[test]
fn checkpoints_of_chunks_side_by_side_go_on_too() {
    let file = png(chunks(8));
    for seed in 0..10 {
        for accepted in 1..8 {
            let mut first = Link::new(World::new(Config { chunk_size: CHUNK, ..Config::default() }), seed);
            first.at_once(4);
            first.driver.line.latency_ms = 40;
            let checkpoint = interrupted(&mut first, &file, accepted);
            assert!(checkpoint.next_chunk as usize <= accepted);
            let mut second = reloaded(&first, seed + 100);
            let job = second.begin(&file, Some(&checkpoint)).expect("its own checkpoint");
            let media = second.upload(job).expect("uploaded");
            let sent: Vec<String> = (checkpoint.next_chunk..8).map(|chunk| chunk.to_string()).collect();
            assert_eq!(fields(&second, "chunk"), sent, "seed {seed}: no chunk is missed, so none has to be sent twice");
            assert_eq!(media_requests(&second), media_requests(&first));
            second.send(&media).expect("sent");
            assert_sent_once(&second, &file);
        }
    }
}

#[test]
fn a_permanent_error_stops_the_chunks_beside_it() {
    let file = png(chunks(9));
    for seed in 0..10 {
        let mut link = Link::new(World::new(Config { chunk_size: CHUNK, ..Config::default() }), seed);
        link.at_once(3);
        link.driver.line.latency_ms = 40;
        link.order(UPLOAD, Some(3), 1, "ret:1203");
        let error = link.send_image(&file).expect_err("barred");
        assert_eq!(
            error.to_string(),
            "webwxuploadmedia, chunk 4 of 9: Ret 1203 (the account is barred from WeChat Web)"
        );
        let last = link.log.trips.iter().rfind(|trip| trip.end == End::Answered).expect("a trip");
        assert_eq!(last.place.chunk, Some((3, 9)), "seed {seed}: nothing counts after it");
        assert!(requests(&link, UPLOAD) <= link.log.trips.len() + 2, "seed {seed}: nothing leaves after it");
        assert_eq!(link.sent(), 0);
    }
}
