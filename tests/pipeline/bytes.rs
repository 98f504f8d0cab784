//! Progress by bytes: what an upload says of a body that is on its way.

use webwx_image::http::{Failure, Response};
use webwx_image::upload::{Action, Standing, Upload};

use crate::link::{CHUNK, Link};
use crate::{chunks, png};

const SIZE: u64 = 3 * CHUNK - 500;

fn begin(concurrency: u32) -> Upload {
    let mut link = Link::default();
    link.config.concurrency = concurrency;
    link.begin(&png(chunks(3) - 500), None).expect("good input")
}

fn next(upload: &mut Upload) -> u32 {
    match upload.next_action() {
        Action::Send(transmission) => transmission.id,
        other => panic!("not to be sent: {other:?}"),
    }
}

fn answer(upload: &mut Upload, id: u32, body: &str) -> Option<Standing> {
    let response = Response { status: 200, body: body.to_owned(), retry_after_ms: None };
    upload.handle(id, &Ok(response), 0.5)
}

const TAKEN: &str = r#"{"BaseResponse":{"Ret":0,"ErrMsg":""},"MediaId":"","StartPos":0}"#;
const COMPLETE: &str = r#"{"BaseResponse":{"Ret":0,"ErrMsg":""},"MediaId":"@crypt_1_2","StartPos":2500}"#;

#[test]
fn bytes_on_their_way_count_by_their_share_of_the_body() {
    let mut upload = begin(1);
    let first = next(&mut upload);
    assert_eq!(upload.sent(first, 600, 1200), Some(Standing { loaded: 500, chunk: 0, chunks: 3 }));
    assert_eq!(upload.sent(first, 600, 1200), None, "no news");
    assert_eq!(upload.sent(first, 300, 1200), None, "less than before");
    assert_eq!(upload.sent(first, 1200, 1200).map(|standing| standing.loaded), Some(CHUNK));
    let accepted = answer(&mut upload, first, TAKEN);
    assert_eq!(accepted, Some(Standing { loaded: CHUNK, chunk: 1, chunks: 3 }));
    let second = next(&mut upload);
    assert_eq!(upload.sent(second, 120, 1200).map(|standing| standing.loaded), Some(CHUNK + 100));
}

#[test]
fn chunks_side_by_side_are_added_up() {
    let mut upload = begin(2);
    let (first, second) = (next(&mut upload), next(&mut upload));
    assert_eq!(upload.sent(first, 1, 2).map(|standing| standing.loaded), Some(500));
    assert_eq!(upload.sent(second, 1, 4).map(|standing| standing.loaded), Some(750));
    assert_eq!(answer(&mut upload, second, TAKEN).map(|standing| standing.loaded), Some(CHUNK));
    assert_eq!(upload.sent(first, 3, 5).map(|standing| standing.loaded), Some(CHUNK + 600));
}

#[test]
fn what_was_lost_is_not_told_again() {
    let mut upload = begin(1);
    let first = next(&mut upload);
    assert_eq!(upload.sent(first, 9, 10).map(|standing| standing.loaded), Some(900));
    assert_eq!(upload.handle(first, &Err(Failure::Network), 0.5), None);
    let again = next(&mut upload);
    assert_eq!(upload.sent(first, 10, 10), None, "that request is over");
    assert_eq!(upload.sent(again, 8, 10), None);
    assert_eq!(upload.sent(again, 10, 10).map(|standing| standing.loaded), Some(CHUNK));
}

#[test]
fn the_end_is_the_services_word() {
    let mut upload = begin(1);
    for _ in 0..2 {
        let id = next(&mut upload);
        answer(&mut upload, id, TAKEN);
    }
    let last = next(&mut upload);
    assert_eq!(upload.sent(last, 98, 100).map(|standing| standing.loaded), Some(2 * CHUNK + 490));
    assert_eq!(upload.sent(last, 100, 100), None);
    let end = answer(&mut upload, last, COMPLETE);
    assert_eq!(end, Some(Standing { loaded: SIZE, chunk: 3, chunks: 3 }));
    assert_eq!(upload.sent(last, 100, 100), None);
}

#[test]
fn strange_counts_do_no_harm() {
    let mut upload = begin(1);
    let first = next(&mut upload);
    assert_eq!(upload.sent(first, 0, 0), None);
    assert_eq!(upload.sent(77, 1, 2), None, "no such request");
    assert_eq!(upload.sent(first, u64::MAX, 1).map(|standing| standing.loaded), Some(CHUNK));
    assert_eq!(upload.sent(first, u64::MAX, u64::MAX), None);
}
