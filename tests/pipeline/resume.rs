//! Uploads that stop half-way, and go on.

use std::collections::BTreeMap;

use webwx_image::error::ErrorKind;
use webwx_image::json::FromJson;
use webwx_image::session::Receiver;
use webwx_image::upload::{Checkpoint, ChunkSize};

use crate::link::{CHUNK, File, Format, Link, Outcome, receipt};
use crate::{UPLOAD, assert_sent_once, chunks, fields, interrupted, kept, media_requests, png, reloaded, requests};

#[test]
fn every_checkpoint_goes_on_in_a_new_page() {
    let file = png(chunks(6) - 1);
    for accepted in 0..=6 {
        let mut first = Link::default();
        let checkpoint = interrupted(&mut first, &file, accepted);
        assert_eq!(checkpoint.next_chunk as usize, accepted);
        let checkpoint = kept(&checkpoint);

        let mut second = reloaded(&first, 2);
        let job = second.begin(&file, Some(&checkpoint)).expect("its own checkpoint");
        let media = second.upload(job).expect("uploaded");
        assert_eq!(second.log.loaded()[0], accepted.min(5) as u64 * CHUNK);
        // The MediaId comes with the last chunk, so that one goes out in any case.
        let sent: Vec<String> = (accepted.min(5)..6).map(|chunk| chunk.to_string()).collect();
        assert_eq!(fields(&second, "chunk"), sent);
        let before = media_requests(&first);
        assert!(before.is_empty() || media_requests(&second) == before, "the same ids as before");
        second.send(&media).expect("sent");
        assert_sent_once(&second, &file);
    }
}

#[test]
fn a_failed_upload_leaves_a_checkpoint_that_goes_on() {
    let file = png(chunks(6));
    for chunk in 0..6 {
        for fault in ["ret:1205", "reset", "accept-then-reset", "status:404"] {
            let mut first = Link::default();
            first.order(UPLOAD, Some(chunk), 4, fault);
            let job = first.begin(&file, None).expect("good input");
            let ended = first.run(job);
            ended.outcome.expect_err(fault);
            let checkpoint = ended.checkpoint.expect("an upload has one");
            assert_eq!(u64::from(checkpoint.next_chunk), chunk, "{fault}");
            first.driver.world.clear_faults();

            let mut second = reloaded(&first, 2);
            let job = second.begin(&file, Some(&checkpoint)).expect("its own checkpoint");
            let media = second.upload(job).expect("uploaded");
            assert_eq!(requests(&second, UPLOAD) as u64, 6 - chunk, "{fault}");
            assert_eq!(media_requests(&second), media_requests(&first));
            second.send(&media).expect("sent");
            assert_sent_once(&second, &file);
        }
    }
}

#[test]
fn a_service_that_forgot_is_told_everything_again_once() {
    let file = png(chunks(4));
    for accepted in 1..4 {
        let mut first = Link::default();
        let checkpoint = interrupted(&mut first, &file, accepted);
        let mut second = reloaded(&first, 2);
        second.driver.world.forget_uploads();
        let job = second.begin(&file, Some(&checkpoint)).expect("its own checkpoint");
        let media = second.upload(job).expect("uploaded");
        assert_eq!(media_requests(&second).len(), 2, "another ClientMediaId");
        let loaded = second.log.loaded();
        assert!(loaded.is_sorted() && loaded.last() == Some(&4000), "progress does not go back: {loaded:?}");
        let last = second.log.checkpoints.last().expect("one for each chunk");
        assert_ne!(last.client_media_id, checkpoint.client_media_id);
        second.send(&media).expect("sent");
        assert_sent_once(&second, &file);
    }
}

#[test]
fn a_service_that_forgets_twice_is_believed() {
    let file = png(chunks(3));
    let mut first = Link::default();
    let checkpoint = interrupted(&mut first, &file, 2);
    let mut second = reloaded(&first, 2);
    second.begin(&file, Some(&checkpoint)).expect("its own checkpoint");
    let error = loop {
        second.driver.world.forget_uploads();
        if let Some(ended) = second.step() {
            break ended.outcome.expect_err("forgotten for ever");
        }
    };
    assert_eq!((error.kind(), error.ret()), (ErrorKind::Rejected, Some(1)));
    assert_eq!(fields(&second, "chunk"), ["2", "0", "1", "2"]);
}

#[test]
fn a_service_that_forgot_between_two_tries_is_told_everything_again() {
    let file = png(chunks(3));
    let mut link = Link::default();
    link.order(UPLOAD, Some(2), 1, "reset");
    let job = link.begin(&file, None).expect("good input");
    while link.log.trips.len() < 3 {
        assert!(link.step().is_none());
    }
    link.driver.world.forget_uploads();
    link.upload(job).expect("uploaded");
    assert_eq!(fields(&link, "chunk"), ["0", "1", "2", "2", "0", "1", "2"]);
    assert_eq!(media_requests(&link).len(), 2);
}

#[test]
fn starting_over_takes_no_other_files_id() {
    let (one, other) = (png(chunks(3)), File::new(Format::Jpeg, chunks(3), 2));
    let mut link = Link::default();
    let (first, second) = (link.begin(&one, None).expect("good input"), link.begin(&other, None).expect("good input"));
    link.order(UPLOAD, Some(1), 1, "reset");
    link.order(UPLOAD, Some(1), 2, "ret:1");
    let mut media = BTreeMap::new();
    while media.len() < 2 {
        if let Some(ended) = link.step() {
            media.insert(ended.job, ended.outcome);
        }
    }
    // Both lose their second chunk: the one that was cut off before may believe that it was forgotten.
    let refused = media.remove(&second).expect("it ended").expect_err("nothing hints at a loss");
    assert_eq!(refused.ret(), Some(1));
    assert_eq!(media_requests(&link).len(), 3);
    let Ok(Outcome::Media(media)) = media.remove(&first).expect("it ended") else { panic!("not uploaded") };
    link.send(&media).expect("sent");
    assert_sent_once(&link, &one);
}

#[test]
fn a_checkpoint_of_something_else_is_refused_before_anything_is_sent() {
    let file = png(chunks(4));
    let mut link = Link::default();
    let checkpoint = interrupted(&mut link, &file, 2);
    let group = link.world().contacts()[1].clone();
    link.driver.world.clear_journal();
    let mut refused = |file: &File, to: Option<&str>, chunk_size: u64, checkpoint: &Checkpoint| {
        link.options.chunk_size = ChunkSize::new(chunk_size).expect("small");
        let to = to.map_or_else(|| link.peer(), |to| Receiver::new(to).expect("a name"));
        let error = link.begin_to(to, file, file.info(), Some(checkpoint)).expect_err("another");
        assert!(link.world().journal().is_empty() && !error.retryable());
        (error.kind(), error.to_string())
    };
    let mismatch = |what| {
        (ErrorKind::ResumeMismatch, format!("resume: the checkpoint belongs to another {what}; upload without it"))
    };
    assert_eq!(refused(&File::new(Format::Png, chunks(4), 2), None, CHUNK, &checkpoint), mismatch("file"));
    assert_eq!(refused(&png(chunks(4) + 1), None, CHUNK, &checkpoint), mismatch("file"));
    assert_eq!(refused(&file, Some(&group), CHUNK, &checkpoint), mismatch("receiver"));
    assert_eq!(refused(&file, None, CHUNK - 1, &checkpoint), mismatch("chunk size"));
    let invalid = |text: &str| (ErrorKind::InvalidInput, text.to_owned());
    let newer = Checkpoint { version: 2, ..checkpoint.clone() };
    assert_eq!(refused(&file, None, CHUNK, &newer), invalid("resume: expected version 1"));
    for broken in [
        Checkpoint { next_chunk: 5, ..checkpoint.clone() },
        Checkpoint { device_id: "e1".into(), ..checkpoint.clone() },
    ] {
        assert_eq!(refused(&file, None, CHUNK, &broken), invalid("resume: expected a checkpoint of an upload"));
    }
    let json = serde_json::to_string(&checkpoint).expect("plain data");
    let id = checkpoint.client_media_id.get().to_string();
    assert!(Checkpoint::from_json(&json.replace(&id, "1")).is_err(), "an id of 13 digits, or no checkpoint at all");
}

#[test]
fn a_source_is_opened_before_its_checkpoint_is_compared() {
    let (file, other) = (png(chunks(4)), File::new(Format::Png, chunks(4), 2));
    let mut link = Link::default();
    let checkpoint = interrupted(&mut link, &file, 2);
    link.driver.world.clear_journal();
    let ended = link.send_file(&other, Some(checkpoint.clone()));
    let error = ended.outcome.expect_err("another file");
    assert_eq!((error.kind(), ended.checkpoint), (ErrorKind::ResumeMismatch, None));
    assert!(link.world().journal().is_empty());
    receipt(link.send_file(&file, Some(checkpoint))).expect("sent");
    assert_eq!(fields(&link, "chunk"), ["2", "3"]);
    assert_sent_once(&link, &file);
}
