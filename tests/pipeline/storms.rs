//! Many things go wrong at once.

use proptest::prelude::*;
use standin::{Config, World};
use webwx_image::error::ErrorKind;

use crate::link::{CHUNK, Link};
use crate::{SEND, UPLOAD, chunks, media_requests, png, reloaded};

/// A fault and where it strikes.
fn strikes() -> impl Strategy<Value = Vec<(&'static str, Option<u64>, u32, &'static str)>> {
    let faults = vec![
        "reset",
        "accept-then-reset",
        "status:502",
        "html",
        "empty",
        "truncate",
        "delay:3000",
        "delay:70000",
        "ret:-1",
        "ret:1",
        "ret:1205",
        "ret:1205+mediaid",
        "ret:1100",
    ];
    let strike = (prop::bool::weighted(0.75), prop::option::of(0..5_u64), 1..3_u32, prop::sample::select(faults));
    let strike = strike.prop_map(|(is_upload, chunk, times, fault)| {
        if is_upload || fault.ends_with("mediaid") { (UPLOAD, chunk, times, fault) } else { (SEND, None, times, fault) }
    });
    prop::collection::vec(strike, 0..6)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever goes wrong: one message at most, never another picture, and an error where there is no receipt.
    #[test]
    fn no_storm_sends_twice_or_something_else(
        seed in any::<u64>(),
        strikes in strikes(),
        concurrency in 1..4_u32,
        latency_ms in prop::sample::select(vec![0, 40]),
        forget_at in prop::option::of(0..30_usize),
    ) {
        let file = png(chunks(5) - 1);
        let mut link = Link::new(World::new(Config { chunk_size: CHUNK, ..Config::default() }), seed);
        link.config.concurrency = concurrency;
        link.latency_ms = latency_ms;
        for (endpoint, chunk, times, fault) in strikes {
            link.order(endpoint, chunk, times, fault);
        }
        let mut upload = link.begin(&file, None).expect("good input");
        let mut steps = 0;
        let uploaded = loop {
            if Some(steps) == forget_at {
                link.world.forget_uploads();
            }
            if let Some(outcome) = link.step(&mut upload, &file) {
                break outcome;
            }
            steps += 1;
        };
        let sent = uploaded.and_then(|media| link.send(&media));
        prop_assert!(link.sent() <= 1);
        if link.sent() == 1 {
            prop_assert_eq!(&link.last_message().picture.bytes, &file.bytes);
        }
        match sent {
            Ok(receipt) => prop_assert_eq!(&receipt.msg_id, &link.last_message().msg_id),
            Err(error) => prop_assert!(error.place().is_some() && error.kind() != ErrorKind::Internal),
        }
        prop_assert!(media_requests(&link).len() <= 2, "starts over once at most");
        prop_assert!(link.accepted.is_sorted_by_key(|(now, _)| now.loaded));

        let mut later = reloaded(&link, seed ^ 1);
        later.world.clear_faults();
        let mut again = later.begin(&file, Some(&upload.checkpoint())).expect("its own checkpoint");
        prop_assert!(later.upload(&mut again, &file).is_ok(), "a checkpoint always goes on");
    }
}
