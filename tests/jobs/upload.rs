//! The upload of one file. Which phase follows which is in `transitions`.

use std::rc::Rc;

use webwx_image::client::{Client, ClientOptions};
use webwx_image::http::{Failure, PartValue};
use webwx_image::job::{
    Action, Event, Handled, Input, Messages, Stage, Step, Transmission, Upload, UploadProgress, Wanted,
};
use webwx_image::upload::{Checkpoint, Thumbnail};

use crate::hand::{Hand, answer, json, part, parts};
use crate::{
    CHECK_ABOVE, MEDIA, TAKEN, at_once, checkpoints, client, events, opened, options, progress, ret, steps, to,
};

fn begin(hand: &mut Hand, client: &Rc<Client>, size: u64, resume: Option<&Checkpoint>) -> Upload {
    hand.lend(|cx| Upload::new(cx, client, 3, opened(size), to("@you"), resume)).expect("good input")
}

/// The requests that may leave now.
fn requests(hand: &mut Hand, upload: &mut Upload) -> Vec<Transmission> {
    let mut requests = Vec::new();
    while let Step::Do(Action::Request(sent)) = hand.step(upload) {
        requests.push(sent);
        assert!(requests.len() < 100, "it never waits");
    }
    requests
}

fn places(requests: &[Transmission]) -> Vec<String> {
    requests.iter().map(|sent| sent.request.place.to_string()).collect()
}

#[test]
fn chunks_go_side_by_side_and_the_last_alone() {
    let (mut hand, client) = (Hand::new(), client(at_once(2)));
    let mut upload = begin(&mut hand, &client, 4500, None);
    let first = requests(&mut hand, &mut upload);
    assert_eq!(places(&first), ["webwxuploadmedia, chunk 1 of 5", "webwxuploadmedia, chunk 2 of 5"]);
    hand.good(&mut upload, first[1].id, TAKEN);
    let third = requests(&mut hand, &mut upload);
    assert_eq!(places(&third), ["webwxuploadmedia, chunk 3 of 5"]);
    hand.good(&mut upload, first[0].id, TAKEN);
    let fourth = requests(&mut hand, &mut upload);
    assert_eq!(places(&fourth), ["webwxuploadmedia, chunk 4 of 5"]);
    hand.good(&mut upload, fourth[0].id, TAKEN);
    assert_eq!(places(&requests(&mut hand, &mut upload)), [""; 0], "the third is still under way");
    hand.good(&mut upload, third[0].id, TAKEN);
    let last = requests(&mut hand, &mut upload);
    assert_eq!(places(&last), ["webwxuploadmedia, chunk 5 of 5"]);
    hand.good(&mut upload, last[0].id, MEDIA);
    let media = hand.end(&mut upload).expect("a MediaId");
    assert_eq!((media.media_id.as_str(), media.thumbnail), ("@crypt_1", Thumbnail { width: 100, height: 71 }));
    assert_eq!((media.size, media.mime.as_str(), media.instant), (4500, "image/png", false));
    assert_eq!((media.md5, media.file_name, media.aes_key), (opened(1).file.md5, None, None));
}

#[test]
fn a_request_says_whose_bytes_it_wants_and_that_its_answer_is_text() {
    let (mut hand, client) = (Hand::new(), client(options()));
    let mut upload = begin(&mut hand, &client, 2500, None);
    let sent = hand.request(&mut upload);
    assert_eq!((sent.source, sent.wanted), (3, Wanted::Text));
    let Some(PartValue::File { range, .. }) = parts(&sent.request).last().map(|part| part.value.clone()) else {
        panic!("the bytes come last")
    };
    assert_eq!(range, 0..1000);
}

#[test]
fn a_second_try_is_the_same_request_under_another_name() {
    let (mut hand, client) = (Hand::new(), client(options()));
    let mut upload = begin(&mut hand, &client, 2500, None);
    let first = hand.request(&mut upload);
    assert_eq!(hand.answer(&mut upload, first.id, Err(Failure::Network)), Handled::Retrying);
    assert_eq!(hand.wait(&mut upload), Some(375));
    hand.pass(374);
    assert_eq!(hand.wait(&mut upload), Some(375));
    hand.pass(1);
    let second = hand.request(&mut upload);
    assert!(first.request == second.request && first.id != second.id);
    assert_eq!(hand.good(&mut upload, first.id, TAKEN), Handled::Ignored, "it was lost");
    assert_eq!(hand.good(&mut upload, second.id, TAKEN), Handled::Accepted);
    assert_eq!(hand.good(&mut upload, second.id, TAKEN), Handled::Ignored, "it has its answer");
}

#[test]
fn a_request_without_an_answer_in_time_is_stopped_and_tried_again() {
    let mut once = options();
    (once.terms.timeout_ms, once.terms.retry.limit) = (1000, 1);
    let (mut hand, client) = (Hand::new(), client(once));
    let mut upload = begin(&mut hand, &client, 2500, None);
    let first = hand.request(&mut upload);
    hand.pass(500);
    hand.handle(&mut upload, Input::BytesSent { id: first.id, sent: 1, total: 2 });
    assert_eq!(hand.wait(&mut upload), Some(1000), "its bytes bring it no more time");
    hand.pass(500);
    assert_eq!(steps(&mut hand, &mut upload), format!("stop {}, wait 375 ms", first.id));
    hand.pass(375);
    let second = hand.request(&mut upload);
    hand.pass(1000);
    assert_eq!(steps(&mut hand, &mut upload), format!("stop {}, timeout", second.id));
}

#[test]
fn a_failure_stops_what_is_under_way() {
    let (mut hand, client) = (Hand::new(), client(at_once(3)));
    let mut upload = begin(&mut hand, &client, 4500, None);
    let sent = requests(&mut hand, &mut upload);
    hand.good(&mut upload, sent[0].id, TAKEN);
    let fourth = requests(&mut hand, &mut upload);
    assert_eq!(hand.good(&mut upload, sent[1].id, &ret(1205)), Handled::Failed);
    let stopped = format!("stop {}, stop {}, rate-limited", sent[2].id, fourth[0].id);
    assert_eq!(steps(&mut hand, &mut upload), stopped);
    assert_eq!(hand.good(&mut upload, sent[2].id, TAKEN), Handled::Ignored);
    assert_eq!(upload.checkpoint().next_chunk, 1);
}

#[test]
fn a_lost_upload_starts_over_once_under_another_id() {
    let (mut hand, client) = (Hand::new(), client(at_once(2)));
    let mut upload = begin(&mut hand, &client, 4500, None);
    let sent = requests(&mut hand, &mut upload);
    let old = part(&sent[0].request, "uploadmediarequest").to_owned();
    hand.answer(&mut upload, sent[0].id, Err(Failure::Network));
    assert_eq!(hand.good(&mut upload, sent[1].id, &ret(1)), Handled::StartedOver);
    let again = requests(&mut hand, &mut upload);
    assert_eq!(places(&again), ["webwxuploadmedia, chunk 1 of 5", "webwxuploadmedia, chunk 2 of 5"]);
    let new = part(&again[0].request, "uploadmediarequest");
    assert_eq!(new, part(&again[1].request, "uploadmediarequest"));
    assert_eq!(new, old.replace("1700000000000", "1700000000001"), "another ClientMediaId, and nothing else");
    assert_eq!(upload.checkpoint().client_media_id.get(), 1_700_000_000_001);
    assert_eq!(hand.good(&mut upload, again[1].id, &ret(1)), Handled::Failed, "twice is a refusal");
}

#[test]
fn what_is_under_way_when_an_upload_starts_over_is_stopped() {
    let (mut hand, client) = (Hand::new(), client(at_once(3)));
    let mut upload = begin(&mut hand, &client, 5500, None);
    let sent = requests(&mut hand, &mut upload);
    hand.answer(&mut upload, sent[0].id, Err(Failure::Network));
    assert_eq!(hand.good(&mut upload, sent[1].id, &ret(1)), Handled::StartedOver);
    let Step::Do(Action::Cancel(stopped)) = hand.step(&mut upload) else { panic!("nothing is stopped") };
    assert_eq!(stopped, sent[2].id);
    assert_eq!(requests(&mut hand, &mut upload).len(), 3);
}

#[test]
fn each_taken_chunk_gives_a_checkpoint() {
    let (mut hand, client) = (Hand::new(), client(at_once(3)));
    let mut upload = begin(&mut hand, &client, 3500, None);
    let sent = requests(&mut hand, &mut upload);
    let mut next_chunks = Vec::new();
    for at in [1, 2, 0] {
        hand.good(&mut upload, sent[at].id, TAKEN);
        let (events, _) = events(&mut hand, &mut upload);
        assert!(matches!(events[1], Event::Checkpoint { source: 3, .. }), "{events:?}");
        let checkpoints = checkpoints(events);
        assert_eq!(checkpoints, [upload.checkpoint()]);
        next_chunks.push(checkpoints[0].next_chunk);
    }
    assert_eq!(next_chunks, [0, 0, 3], "up to the first that is missing");
    let checkpoint = upload.checkpoint();
    assert_eq!((checkpoint.version, checkpoint.size, checkpoint.to.as_str()), (1, 3500, "@you"));
    assert_eq!((checkpoint.chunk_size.get(), checkpoint.device_id.as_str()), (1000, "e500000000000000"));
}

#[test]
fn an_upload_goes_on_under_its_old_ids() {
    let (mut hand, client) = (Hand::new(), client(options()));
    let mut stopped = begin(&mut hand, &client, 3500, None);
    let first = hand.request(&mut stopped);
    hand.good(&mut stopped, first.id, TAKEN);
    let checkpoint = stopped.checkpoint();

    let mut later = Hand::new();
    (later.now.date_ms, later.random) = (1_800_000_000_000, 0.25);
    let mut upload = begin(&mut later, &client, 3500, Some(&checkpoint));
    assert_eq!(upload.progress(), UploadProgress { loaded: 1000, chunk: 1, chunks: 4 });
    assert_eq!(upload.checkpoint(), checkpoint);
    let second = later.request(&mut upload);
    assert_eq!(second.request.place.to_string(), "webwxuploadmedia, chunk 2 of 4");
    let request = |sent: &Transmission| part(&sent.request, "uploadmediarequest").to_owned();
    assert_eq!(request(&second), request(&first));

    // All of it was taken, but nobody saw the MediaId.
    let checkpoint = Checkpoint { next_chunk: 4, ..checkpoint };
    let mut upload = begin(&mut later, &client, 3500, Some(&checkpoint));
    let last = later.request(&mut upload);
    assert_eq!(last.request.place.to_string(), "webwxuploadmedia, chunk 4 of 4");
}

/// What is told of an upload's bytes.
fn loaded(hand: &mut Hand, upload: &mut Upload) -> Vec<(u64, Option<u32>)> {
    progress(hand, upload).iter().map(|progress| (progress.loaded, progress.chunk)).collect()
}

#[test]
fn bytes_on_their_way_are_told_and_the_last_ones_only_with_the_answer() {
    let (mut hand, client) = (Hand::new(), client(options()));
    let mut upload = begin(&mut hand, &client, 2000, None);
    let (told, Step::Do(Action::Request(sent))) = events(&mut hand, &mut upload) else { panic!("no request") };
    let [Event::Progress(begun)] = &told[..] else { panic!("{told:?}") };
    assert_eq!((begun.stage, begun.loaded, begun.total), (Stage::Upload, 0, Some(2000)));
    assert_eq!((begun.chunk, begun.chunks, begun.source), (Some(0), Some(2), None));
    // The form is larger than the chunk in it: 1400 bytes for 1000.
    for (sent_bytes, expected) in [(0, None), (7, None), (14, Some(10)), (21, None), (25, Some(17)), (700, Some(500))] {
        let handled = hand.handle(&mut upload, Input::BytesSent { id: sent.id, sent: sent_bytes, total: 1400 });
        assert_eq!(handled, Handled::Noted);
        let expected: Vec<_> = expected.map(|loaded| (loaded, Some(0))).into_iter().collect();
        assert_eq!(loaded(&mut hand, &mut upload), expected, "{sent_bytes}");
    }
    hand.handle(&mut upload, Input::BytesSent { id: sent.id, sent: 9999, total: 1400 });
    assert_eq!(loaded(&mut hand, &mut upload), [(1000, Some(0))]);
    hand.handle(&mut upload, Input::BytesSent { id: sent.id, sent: 10, total: 0 });
    assert_eq!(loaded(&mut hand, &mut upload), [], "it never goes back");
    hand.good(&mut upload, sent.id, TAKEN);
    let (told, Step::Do(Action::Request(last))) = events(&mut hand, &mut upload) else { panic!("no request") };
    assert!(matches!(&told[0], Event::Progress(told) if (told.loaded, told.chunk) == (1000, Some(1))), "{told:?}");
    hand.handle(&mut upload, Input::BytesSent { id: last.id, sent: 1400, total: 1400 });
    assert_eq!(loaded(&mut hand, &mut upload), [], "only the answer says that the service has it");
    hand.good(&mut upload, last.id, MEDIA);
    assert_eq!(loaded(&mut hand, &mut upload), [(2000, Some(2))]);
}

#[test]
fn progress_never_goes_back() {
    let (mut hand, client) = (Hand::new(), client(options()));
    let mut upload = begin(&mut hand, &client, 2000, None);
    let first = hand.request(&mut upload);
    hand.handle(&mut upload, Input::BytesSent { id: first.id, sent: 3, total: 4 });
    assert_eq!(loaded(&mut hand, &mut upload), [(750, Some(0))]);
    hand.answer(&mut upload, first.id, Err(Failure::Network));
    assert_eq!(upload.progress(), UploadProgress { loaded: 750, chunk: 0, chunks: 2 });
    hand.pass(375);
    let again = hand.request(&mut upload);
    hand.handle(&mut upload, Input::BytesSent { id: again.id, sent: 1, total: 4 });
    assert_eq!(loaded(&mut hand, &mut upload), []);
    hand.good(&mut upload, again.id, TAKEN);
    assert_eq!(loaded(&mut hand, &mut upload), [(1000, Some(1))]);
}

#[test]
fn two_chunks_on_their_way_count_together() {
    let (mut hand, client) = (Hand::new(), client(at_once(2)));
    let mut upload = begin(&mut hand, &client, 2500, None);
    let sent = requests(&mut hand, &mut upload);
    hand.handle(&mut upload, Input::BytesSent { id: sent[0].id, sent: 1, total: 2 });
    hand.handle(&mut upload, Input::BytesSent { id: sent[1].id, sent: 1, total: 4 });
    assert_eq!(loaded(&mut hand, &mut upload), [(500, Some(0)), (750, Some(0))]);
    hand.good(&mut upload, sent[0].id, TAKEN);
    hand.handle(&mut upload, Input::BytesSent { id: sent[1].id, sent: 1, total: 2 });
    assert_eq!(loaded(&mut hand, &mut upload), [(1000, Some(1)), (1500, Some(1))]);
}

/// A file that is asked about first, in 51 chunks.
fn large(hand: &mut Hand) -> (Upload, Transmission) {
    let client = client(ClientOptions::default());
    let mut upload = begin(hand, &client, CHECK_ABOVE + 1, None);
    let check = hand.request(&mut upload);
    (upload, check)
}

#[test]
fn a_large_file_is_asked_about_first() {
    let (mut hand, small) = (Hand::new(), client(ClientOptions::default()));
    let mut upload = begin(&mut hand, &small, CHECK_ABOVE, None);
    assert_eq!(hand.request(&mut upload).request.place.to_string(), "webwxuploadmedia, chunk 1 of 50");

    let (mut upload, first) = large(&mut hand);
    assert_eq!(first.request.place.to_string(), "webwxcheckupload");
    hand.answer(&mut upload, first.id, Err(Failure::Network));
    hand.pass(375);
    hand.random = 0.25;
    let check = hand.request(&mut upload);
    assert!(check.request == first.request, "the same in every try");
    hand.good(&mut upload, check.id, r#"{"BaseResponse":{"Ret":0},"MediaId":"","AESKey":"key","Signature":"sig"}"#);
    let first = hand.request(&mut upload);
    let request = part(&first.request, "uploadmediarequest");
    assert!(request.ends_with(r#","AESKey":"key","Signature":"sig"}"#), "{request}");
    let mut sent = first;
    for _ in 1..51 {
        hand.good(&mut upload, sent.id, TAKEN);
        sent = hand.request(&mut upload);
    }
    hand.good(&mut upload, sent.id, MEDIA);
    let media = hand.end(&mut upload).expect("a MediaId");
    assert_eq!((media.aes_key.as_deref(), media.signature.as_deref()), (Some("key"), Some("sig")));
    assert!(!media.instant);
}

#[test]
fn a_file_that_the_service_has_goes_up_in_no_time() {
    let mut hand = Hand::new();
    let (mut upload, check) = large(&mut hand);
    hand.good(&mut upload, check.id, MEDIA);
    let (told, step) = events(&mut hand, &mut upload);
    let [Event::Progress(all)] = &told[..] else { panic!("{told:?}") };
    assert_eq!((all.loaded, all.chunk, all.chunks), (CHECK_ABOVE + 1, Some(51), Some(51)));
    let Step::Done(Ok(media)) = step else { panic!("{step:?}") };
    assert_eq!((media.media_id.as_str(), media.instant), ("@crypt_1", true));
    assert_eq!((media.thumbnail, media.signature), (Thumbnail::default(), None));
}

#[test]
fn a_large_file_goes_on_behind_its_check() {
    let mut hand = Hand::new();
    let (upload, _) = large(&mut hand);
    let checkpoint = Checkpoint { next_chunk: 7, ..upload.checkpoint() };
    let client = client(ClientOptions::default());
    let mut upload = begin(&mut hand, &client, CHECK_ABOVE + 1, Some(&checkpoint));
    let check = hand.request(&mut upload);
    assert!(json(&check.request).contains("\"FileSize\":26214401"));
    hand.good(&mut upload, check.id, TAKEN);
    assert_eq!(hand.request(&mut upload).request.place.to_string(), "webwxuploadmedia, chunk 8 of 51");
}

#[test]
fn the_pages_counters_go_out_where_they_are_wanted() {
    let reporting = ClientOptions { reports: true, ..options() };
    let queries = |requests: &[Transmission]| -> Vec<String> {
        assert!(requests.iter().all(|sent| sent.wanted == Wanted::Nothing && sent.request.is_blind));
        requests.iter().filter_map(|sent| sent.request.url.split_once('?').map(|(_, query)| query.to_owned())).collect()
    };
    let (mut hand, client) = (Hand::new(), client(reporting));
    let mut upload = begin(&mut hand, &client, 2500, None);
    let mut sent = requests(&mut hand, &mut upload);
    let chunk = sent.pop().expect("the chunk");
    assert_eq!(chunk.request.place.step, "webwxuploadmedia");
    let begun = ["rid=69373&rkey=9&rvalue=1", "rid=63637&rkey=72&rvalue=7", "rid=63637&rkey=76&rvalue=1"];
    assert_eq!(queries(&sent), begun);
    let counter = sent[0].id;
    assert_eq!(hand.answer(&mut upload, counter, Err(Failure::Network)), Handled::Ignored);

    for (failure, counters) in [(Err(Failure::Network), 1), (Ok(answer(502, "")), 1), (Ok(answer(200, &ret(1205))), 0)]
    {
        let mut options = reporting;
        options.terms.retry.limit = 0;
        let client = crate::client(options);
        let mut upload = begin(&mut hand, &client, 2500, None);
        let chunk = requests(&mut hand, &mut upload).pop().expect("the chunk");
        hand.answer(&mut upload, chunk.id, failure);
        let mut failed = Vec::new();
        let error = loop {
            match hand.step(&mut upload) {
                Step::Do(Action::Request(sent)) => failed.push(sent),
                Step::Done(outcome) => break outcome.expect_err("no answer"),
                Step::Do(action) => panic!("{action:?}"),
            }
        };
        assert_eq!(queries(&failed), vec!["rid=69373&rkey=10&rvalue=1"; counters], "{error}");
    }
}

#[test]
fn an_abort_leaves_nothing_behind() {
    let (mut hand, client) = (Hand::new(), client(options()));
    let mut upload = begin(&mut hand, &client, 2500, None);
    hand.request(&mut upload);
    hand.abort(&mut upload);
    assert_eq!(hand.messages, Messages::default());
}
