//! Progress by bytes: what an upload says of a body that is on its way. Driven by hand, as the docs of `Job` say.

use std::collections::VecDeque;

use webwx_image::error::Result;
use webwx_image::http::Failure;
use webwx_image::job::{Action, Event, Handled, Input, Opened, RequestId, Step, Upload};
use webwx_image::upload::UploadedMedia;

use crate::hand::{Hand, answer};
use crate::link::{CHUNK, Link};
use crate::{chunks, png};

const SIZE: u64 = 3 * CHUNK - 500;

const TAKEN: &str = r#"{"BaseResponse":{"Ret":0,"ErrMsg":""},"MediaId":"","StartPos":0}"#;
const COMPLETE: &str = r#"{"BaseResponse":{"Ret":0,"ErrMsg":""},"MediaId":"@crypt_1_2","StartPos":2500}"#;

/// An upload of three chunks.
struct Played {
    upload: Upload,
    hand: Hand,
    requests: VecDeque<RequestId>,
    end: Option<Result<UploadedMedia>>,
}

/// So many bytes, and so many chunks.
type Told = (u64, u32);

impl Played {
    fn new(concurrency: u64) -> Self {
        let mut link = Link::default();
        link.at_once(concurrency);
        let mut hand = Hand::new();
        let opened = Opened { file: png(chunks(3) - 500).info(), resume: None, md5_ms: 0 };
        let upload = hand.lend(|cx| Upload::new(cx, &link.client(), 0, opened, link.peer(), None)).expect("good input");
        let mut played = Self { upload, hand, requests: VecDeque::new(), end: None };
        assert_eq!(played.told(), [(0, 0)]);
        played
    }

    /// Lets it do all it can do. What it tells of its progress.
    fn told(&mut self) -> Vec<Told> {
        let mut told = Vec::new();
        while self.end.is_none() {
            match self.hand.poll(&mut self.upload) {
                Step::Do(Action::Request(sent)) => self.requests.push_back(sent.id),
                Step::Do(Action::Event(Event::Progress(progress))) => {
                    assert_eq!((progress.total, progress.chunks), (Some(SIZE), Some(3)));
                    told.push((progress.loaded, progress.chunk.expect("of an upload")));
                }
                Step::Do(Action::Event(_)) => {}
                Step::Do(Action::Wait(_)) => break,
                Step::Do(other) => panic!("not to be done: {other:?}"),
                Step::Done(end) => self.end = Some(end),
            }
        }
        told
    }

    fn next(&mut self) -> RequestId {
        self.requests.pop_front().expect("a request")
    }

    fn handle(&mut self, input: Input) -> Handled {
        self.hand.handle(&mut self.upload, input)
    }

    fn sent(&mut self, id: RequestId, sent: u64, total: u64) -> Vec<Told> {
        assert_eq!(self.handle(Input::BytesSent { id, sent, total }), Handled::Noted);
        self.told()
    }

    fn answer(&mut self, id: RequestId, body: &str) -> Vec<Told> {
        assert_eq!(self.handle(Input::Answer { id, response: answer(200, body) }), Handled::Accepted);
        self.told()
    }
}

#[test]
fn bytes_on_their_way_count_by_their_share_of_the_body() {
    let mut upload = Played::new(1);
    let first = upload.next();
    assert_eq!(upload.sent(first, 600, 1200), [(500, 0)]);
    assert_eq!(upload.sent(first, 600, 1200), [], "no news");
    assert_eq!(upload.sent(first, 300, 1200), [], "less than before");
    assert_eq!(upload.sent(first, 1200, 1200), [(CHUNK, 0)]);
    assert_eq!(upload.answer(first, TAKEN), [(CHUNK, 1)]);
    let second = upload.next();
    assert_eq!(upload.sent(second, 120, 1200), [(CHUNK + 100, 1)]);
}

#[test]
fn chunks_side_by_side_are_added_up() {
    let mut upload = Played::new(2);
    let (first, second) = (upload.next(), upload.next());
    assert_eq!(upload.sent(first, 1, 2), [(500, 0)]);
    assert_eq!(upload.sent(second, 1, 4), [(750, 0)]);
    assert_eq!(upload.answer(second, TAKEN), [(CHUNK, 1)]);
    assert_eq!(upload.sent(first, 3, 5), [(CHUNK + 600, 1)]);
}

#[test]
fn what_was_lost_is_not_told_again() {
    let mut upload = Played::new(1);
    let first = upload.next();
    assert_eq!(upload.sent(first, 9, 10), [(900, 0)]);
    assert_eq!(upload.handle(Input::Lost { id: first, failure: Failure::Network }), Handled::Retrying);
    assert_eq!(upload.told(), []);
    upload.hand.pass(500);
    assert_eq!(upload.told(), []);
    let again = upload.next();
    assert_eq!(upload.handle(Input::BytesSent { id: first, sent: 10, total: 10 }), Handled::Ignored);
    assert_eq!(upload.sent(again, 8, 10), []);
    assert_eq!(upload.sent(again, 10, 10), [(CHUNK, 0)]);
}

#[test]
fn the_end_is_the_services_word() {
    let mut upload = Played::new(1);
    for chunk in 1..=2 {
        let id = upload.next();
        assert_eq!(upload.answer(id, TAKEN), [(u64::from(chunk) * CHUNK, chunk)]);
    }
    let last = upload.next();
    assert_eq!(upload.sent(last, 98, 100), [(2 * CHUNK + 490, 2)]);
    assert_eq!(upload.sent(last, 100, 100), []);
    assert_eq!(upload.answer(last, COMPLETE), [(SIZE, 3)]);
    let media = upload.end.take().expect("the end").expect("uploaded");
    assert_eq!(media.media_id, "@crypt_1_2");
    assert_eq!(upload.handle(Input::BytesSent { id: last, sent: 100, total: 100 }), Handled::Ignored);
}

#[test]
fn strange_counts_do_no_harm() {
    let mut upload = Played::new(1);
    let first = upload.next();
    assert_eq!(upload.sent(first, 0, 0), []);
    let nobody = RequestId::default();
    assert_eq!(upload.handle(Input::BytesSent { id: nobody, sent: 1, total: 2 }), Handled::Ignored);
    assert_eq!(upload.sent(first, u64::MAX, 1), [(CHUNK, 0)]);
    assert_eq!(upload.sent(first, u64::MAX, u64::MAX), []);
}
