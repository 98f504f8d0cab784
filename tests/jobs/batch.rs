//! Many pictures in the order of a list.

use webwx_image::client::ClientOptions;
use webwx_image::error::{Error, ErrorKind};
use webwx_image::http::Failure;
use webwx_image::job::{Action, Batch, Ended, Event, Handled, Input, Job, Pace, Pictures, RequestId, Sent, Step};

use crate::hand::{Hand, json};
use crate::{MEDIA, RECEIPT, TAKEN, client, opened, options, ret, to};

/// A batch, the page that it runs on, and what it has asked for and nobody has answered.
struct Page {
    hand: Hand,
    batch: Batch,
    /// By their names: "next", "open 0", "chunk 1 of 3 of 0", "send".
    asked: Vec<(String, RequestId)>,
    outcomes: Vec<(usize, Result<Sent, Ended>)>,
    is_over: bool,
    until_ms: Option<u64>,
}

impl Page {
    /// One image at a time.
    fn new(options: ClientOptions) -> Self {
        Self::at_pace(options, Pace { pictures: Pictures::new(1).expect("one"), ..Pace::default() })
    }

    fn at_pace(options: ClientOptions, pace: Pace) -> Self {
        let batch = Batch::new(&client(options), to("@you"), pace);
        let (hand, asked, outcomes) = (Hand::new(), Vec::new(), Vec::new());
        Self { hand, batch, asked, outcomes, is_over: false, until_ms: None }
    }

    /// Lets it do what it wants to do now. Gives the names of it.
    fn turn(&mut self) -> Vec<String> {
        let mut names = Vec::new();
        while !self.is_over {
            assert!(names.len() < 100, "it never waits");
            let (name, id) = match self.hand.poll(&mut self.batch) {
                Step::Do(Action::Wait(until_ms)) => {
                    self.until_ms = until_ms;
                    break;
                }
                Step::Do(action @ (Action::Form { .. } | Action::Keep { .. } | Action::Join { .. })) => {
                    panic!("{action:?} is for gateways")
                }
                Step::Do(Action::Next(id)) => ("next".to_owned(), Some(id)),
                Step::Do(Action::Open { id, source }) => (format!("open {source}"), Some(id)),
                Step::Do(Action::Request(sent)) if sent.request.place.step == "webwxsendmsgimg" => {
                    assert!(json(&sent.request).contains("@crypt_1"));
                    assert_eq!(sent.source, self.outcomes.len(), "its place in the list");
                    ("send".to_owned(), Some(sent.id))
                }
                Step::Do(Action::Request(sent)) => {
                    let chunk = sent.request.place.chunk.map_or(1, |(index, _)| index + 1);
                    (format!("chunk {chunk} of {}", sent.source), Some(sent.id))
                }
                Step::Do(Action::Cancel(id)) => {
                    let at = self.asked.iter().position(|(_, asked)| *asked == id).expect("under way");
                    (format!("stop {}", self.asked.remove(at).0), None)
                }
                Step::Do(Action::Event(Event::Outcome { source, outcome })) => {
                    self.outcomes.push((source, *outcome));
                    (format!("outcome {source}"), None)
                }
                Step::Do(Action::Event(Event::Progress(progress))) => {
                    assert!(progress.source.is_some());
                    continue;
                }
                Step::Do(Action::Event(_)) => continue,
                Step::Done(outcome) => {
                    outcome.expect("a list has an end, and no error of its own");
                    self.is_over = true;
                    ("end".to_owned(), None)
                }
            };
            self.asked.extend(id.map(|id| (name.clone(), id)));
            names.push(name);
        }
        names
    }

    fn id(&mut self, name: &str) -> RequestId {
        let at = self.asked.iter().position(|(asked, _)| asked == name);
        self.asked.remove(at.unwrap_or_else(|| panic!("{name} is not under way: {:?}", self.asked))).1
    }

    fn handle(&mut self, input: Input) -> Handled {
        self.hand.handle(&mut self.batch, input)
    }

    /// The list has another source, or none.
    fn list(&mut self, more: bool) -> Vec<String> {
        let id = self.id("next");
        assert_eq!(self.handle(Input::Listed { id, more }), Handled::Accepted);
        self.turn()
    }

    fn open(&mut self, source: usize, size: u64) -> Vec<String> {
        let id = self.id(&format!("open {source}"));
        assert_eq!(self.handle(Input::Opened { id, file: Ok(opened(size)) }), Handled::Accepted);
        self.turn()
    }

    fn answer(&mut self, name: &str, body: &str) -> Vec<String> {
        let id = self.id(name);
        self.hand.good(&mut self.batch, id, body);
        self.turn()
    }

    /// The caller takes the outcome, and wants the next.
    fn take(&mut self) -> Vec<String> {
        assert_eq!(self.handle(Input::Taken), Handled::Accepted);
        self.turn()
    }

    /// The first source is uploaded, and its message is under way; the second is listed.
    fn sending_the_first() -> Self {
        let mut page = Self::new(options());
        page.turn();
        page.list(true);
        page.open(0, 1000);
        assert_eq!(page.answer("chunk 1 of 0", MEDIA), ["send", "next"]);
        page
    }

    fn ended(&self, at: usize) -> (usize, &Ended) {
        let (source, outcome) = &self.outcomes[at];
        (*source, outcome.as_ref().expect_err("not sent"))
    }
}

#[test]
fn an_empty_list_is_over_at_once() {
    let mut page = Page::new(options());
    assert_eq!(page.turn(), ["next"]);
    assert_eq!(page.turn(), [""; 0], "it is asked once");
    assert_eq!(page.list(false), ["end"]);
}

#[test]
fn the_next_is_uploaded_while_a_message_is_sent_and_sent_when_its_outcome_is_taken() {
    let mut page = Page::sending_the_first();
    assert_eq!(page.list(true), ["open 1"]);
    assert_eq!(page.open(1, 1500), ["chunk 1 of 1"]);
    assert_eq!(page.answer("chunk 1 of 1", TAKEN), ["chunk 2 of 1"]);
    assert_eq!(page.answer("chunk 2 of 1", MEDIA), [""; 0], "one ahead, and its message waits");
    assert_eq!(page.answer("send", RECEIPT), ["outcome 0"]);
    assert_eq!(page.turn(), [""; 0], "until the caller has taken it");
    assert_eq!(page.take(), ["send", "next"]);
    assert_eq!(page.list(false), [""; 0]);
    assert_eq!(page.answer("send", RECEIPT), ["outcome 1"]);
    assert_eq!(page.take(), ["end"]);
    let sizes: Vec<_> = page
        .outcomes
        .iter()
        .map(|(source, outcome)| (*source, outcome.as_ref().map(|sent| (sent.media.size, sent.receipt.is_some()))))
        .collect();
    assert_eq!(sizes, [(0, Ok((1000, true))), (1, Ok((1500, true)))]);
}

#[test]
fn the_list_is_read_as_far_as_it_is_worked_on() {
    let mut page = Page::new(options());
    page.turn();
    assert_eq!(page.list(true), ["open 0"]);
    assert_eq!(page.open(0, 1500), ["chunk 1 of 0"]);
    assert_eq!(page.answer("chunk 1 of 0", TAKEN), ["chunk 2 of 0"], "nothing is listed meanwhile");
    page.answer("chunk 2 of 0", MEDIA);
    assert_eq!(page.answer("send", RECEIPT), ["outcome 0"]);
    assert_eq!(page.list(true), ["open 1"], "a caller who has not taken the first does not stop it");
    page.open(1, 1000);
    assert_eq!(page.answer("chunk 1 of 1", MEDIA), [""; 0], "but the second waits, and a third is not begun");
    assert_eq!(page.take(), ["send", "next"]);
}

#[test]
fn a_source_that_fails_is_told_in_its_turn_and_the_next_goes_on() {
    let mut page = Page::sending_the_first();
    page.list(true);
    let id = page.id("open 1");
    assert_eq!(page.handle(Input::Opened { id, file: Err(Error::invalid_input("no picture")) }), Handled::Failed);
    assert_eq!(page.turn(), [""; 0], "its outcome waits for that of the first, and two are all that is in work");
    assert_eq!(page.answer("send", RECEIPT), ["outcome 0", "next"]);
    assert_eq!(page.list(true), ["open 2"]);
    page.open(2, 1000);
    page.answer("chunk 1 of 2", MEDIA);
    assert_eq!(page.take(), ["outcome 1"]);
    let (source, ended) = page.ended(1);
    assert_eq!((source, ended.error.kind(), ended.ended_by), (1, ErrorKind::InvalidInput, None));
    assert_eq!(ended.checkpoint, None);
    assert_eq!(page.take(), ["send", "next"]);
    assert_eq!(page.list(false), [""; 0]);
    assert_eq!(page.answer("send", RECEIPT), ["outcome 2"]);
    assert_eq!(page.take(), ["end"]);
}

#[test]
fn a_failed_upload_is_told_with_its_checkpoint() {
    let mut page = Page::new(options());
    page.turn();
    page.list(true);
    page.open(0, 2500);
    page.answer("chunk 1 of 0", TAKEN);
    assert_eq!(page.answer("chunk 2 of 0", &ret(1)), ["outcome 0", "next"]);
    let (_, ended) = page.ended(0);
    assert_eq!((ended.error.ret(), ended.ended_by), (Some(1), None));
    assert_eq!(ended.checkpoint.as_ref().map(|checkpoint| checkpoint.next_chunk), Some(1));
}

#[test]
fn an_error_that_ends_the_batch_stops_what_is_going_up() {
    for (number, kind) in
        [(1205, ErrorKind::RateLimited), (1101, ErrorKind::SessionLost), (1203, ErrorKind::AccountBarred)]
    {
        let mut page = Page::sending_the_first();
        page.list(true);
        page.open(1, 2500);
        page.answer("chunk 1 of 1", TAKEN);
        assert_eq!(page.answer("send", &ret(number)), ["stop chunk 2 of 1", "outcome 0"]);
        assert_eq!(page.take(), ["outcome 1"]);
        assert_eq!(page.take(), ["next"], "the rest of the list is told, but not begun");
        assert_eq!(page.list(true), ["outcome 2"]);
        assert_eq!(page.take(), ["next"]);
        assert_eq!(page.list(false), ["end"]);

        let (source, first) = page.ended(0);
        assert_eq!((source, first.error.kind(), first.ended_by), (0, kind, None));
        for (at, next_chunk) in [(1, Some(1)), (2, None)] {
            let (source, ended) = page.ended(at);
            assert_eq!((source, ended.error.kind(), ended.ended_by), (at, kind, Some(0)));
            assert_eq!(ended.checkpoint.as_ref().map(|checkpoint| checkpoint.next_chunk), next_chunk);
            assert_eq!(
                ended.error.to_string(),
                format!("WebWx.sendImages: not sent, because the batch ended: {}", first.error)
            );
            assert_eq!((ended.error.ret(), ended.error.message_may_be_out()), (Some(number), None));
        }
    }
}

#[test]
fn other_errors_end_no_batch() {
    for number in [1, 1204, -2] {
        let mut page = Page::sending_the_first();
        page.list(true);
        page.open(1, 1000);
        assert_eq!(page.answer("send", &ret(number)), ["outcome 0"]);
        assert_eq!(page.answer("chunk 1 of 1", MEDIA), [""; 0]);
        assert_eq!(page.take(), ["send", "next"]);
    }
}

#[test]
fn a_message_that_is_out_is_waited_for_when_the_batch_ends() {
    let mut page = Page::sending_the_first();
    page.list(true);
    page.open(1, 1000);
    assert_eq!(page.answer("chunk 1 of 1", &ret(1205)), [""; 0], "the first message comes first");
    assert_eq!(page.answer("send", RECEIPT), ["outcome 0"]);
    assert!(page.outcomes[0].1.is_ok());
    assert_eq!(page.take(), ["outcome 1"]);
    let (source, ended) = page.ended(1);
    assert_eq!((source, ended.error.kind(), ended.ended_by), (1, ErrorKind::RateLimited, None));
    assert_eq!(page.take(), ["next"]);
    assert_eq!(page.list(true), ["outcome 2"]);
    assert_eq!(page.ended(2).1.ended_by, Some(1));
}

#[test]
fn the_first_error_ends_it_and_a_later_one_is_its_own() {
    let mut page = Page::sending_the_first();
    page.list(true);
    page.open(1, 1000);
    page.answer("chunk 1 of 1", &ret(1205));
    assert_eq!(page.answer("send", &ret(1101)), ["outcome 0"]);
    assert_eq!(page.take(), ["outcome 1"]);
    page.take();
    page.list(true);
    let told: Vec<_> = (0..3).map(|at| (page.ended(at).1.error.ret(), page.ended(at).1.ended_by)).collect();
    assert_eq!(told, [(Some(1101), None), (Some(1205), None), (Some(1205), Some(1))]);
}

#[test]
fn an_uploaded_source_whose_message_waits_is_not_sent_after_the_end() {
    let mut page = Page::sending_the_first();
    page.list(true);
    page.open(1, 1000);
    page.answer("chunk 1 of 1", MEDIA);
    assert_eq!(page.answer("send", &ret(1205)), ["outcome 0"]);
    assert_eq!(page.take(), ["outcome 1"]);
    let (_, ended) = page.ended(1);
    assert_eq!(ended.ended_by, Some(0));
    assert_eq!(ended.checkpoint.as_ref().map(|checkpoint| checkpoint.next_chunk), Some(1), "all of it is uploaded");
}

#[test]
fn it_waits_for_whatever_is_first() {
    let mut page = Page::sending_the_first();
    page.list(true);
    page.open(1, 1000);
    let message = page.id("send");
    page.hand.answer(&mut page.batch, message, Err(Failure::Network));
    assert_eq!(page.turn(), [""; 0]);
    assert_eq!(page.until_ms, Some(375), "the message again, before the chunk is given up");
    page.hand.pass(375);
    assert_eq!(page.turn(), ["send"]);
    assert_eq!(page.until_ms, Some(60_000));
    page.hand.pass(60_000);
    assert_eq!(page.turn(), ["stop send", "stop chunk 1 of 1"]);
}

#[test]
fn what_nobody_waits_for_is_ignored() {
    let mut page = Page::new(options());
    assert_eq!(page.handle(Input::Taken), Handled::Ignored, "there was no outcome");
    page.turn();
    let id = page.id("next");
    page.handle(Input::Listed { id, more: true });
    assert_eq!(page.handle(Input::Listed { id, more: true }), Handled::Ignored);
    page.turn();
    page.open(0, 1000);
    let chunk = page.id("chunk 1 of 0");
    page.hand.good(&mut page.batch, chunk, MEDIA);
    assert_eq!(page.hand.good(&mut page.batch, chunk, MEDIA), Handled::Ignored);
}

#[test]
fn an_abort_notes_the_message_under_way() {
    let mut page = Page::sending_the_first();
    page.list(true);
    page.hand.lend(|cx| page.batch.abort(cx));
    assert!(page.hand.messages.to_json().contains(r#""mayBeOut":true"#));
}

/// Two images at a time, and both are listed and open: 0 has two chunks, 1 has three.
fn two_at_once(min_interval_ms: u32) -> Page {
    let mut page = Page::at_pace(options(), Pace { min_interval_ms, ..Pace::default() });
    assert_eq!(page.turn(), ["next"]);
    assert_eq!(page.list(true), ["open 0", "next"]);
    assert_eq!(page.list(true), ["open 1"], "a third is not listed");
    assert_eq!(page.open(0, 1500), ["chunk 1 of 0"]);
    assert_eq!(page.open(1, 2500), ["chunk 1 of 1"]);
    page
}

#[test]
fn two_are_uploaded_at_once_each_chunk_after_chunk_and_sent_in_order() {
    let mut page = two_at_once(0);
    assert_eq!(page.answer("chunk 1 of 1", TAKEN), ["chunk 2 of 1"]);
    assert_eq!(page.answer("chunk 2 of 1", TAKEN), ["chunk 3 of 1"]);
    assert_eq!(page.answer("chunk 3 of 1", MEDIA), [""; 0], "it waits for the first, and counts as one of two");
    assert_eq!(page.answer("chunk 1 of 0", TAKEN), ["chunk 2 of 0"]);
    assert_eq!(page.answer("chunk 2 of 0", MEDIA), ["send", "next"], "while it is sent, another is begun");
    assert_eq!(page.list(true), ["open 2"]);
    assert_eq!(page.open(2, 1000), ["chunk 1 of 2"]);
    assert_eq!(page.answer("chunk 1 of 2", MEDIA), [""; 0], "two wait for their messages: no more is uploaded");
    assert_eq!(page.answer("send", RECEIPT), ["outcome 0"]);
    assert_eq!(page.take(), ["send", "next"]);
    assert_eq!(page.list(false), [""; 0]);
    assert_eq!(page.answer("send", RECEIPT), ["outcome 1"]);
    assert_eq!(page.take(), ["send"]);
    assert_eq!(page.answer("send", RECEIPT), ["outcome 2"]);
    assert_eq!(page.take(), ["end"]);
    let order: Vec<_> = page.outcomes.iter().map(|(source, outcome)| (*source, outcome.is_ok())).collect();
    assert_eq!(order, [(0, true), (1, true), (2, true)]);
}

#[test]
fn the_end_of_a_batch_stops_both_uploads_and_gives_both_checkpoints() {
    for number in [1205, 1101, 1203] {
        let mut page = two_at_once(0);
        page.answer("chunk 1 of 0", TAKEN);
        page.answer("chunk 1 of 1", TAKEN);
        page.answer("chunk 2 of 1", TAKEN);
        assert_eq!(page.answer("chunk 2 of 0", &ret(number)), ["stop chunk 3 of 1", "outcome 0"]);
        assert_eq!(page.take(), ["outcome 1"]);
        assert_eq!(page.take(), ["next"]);
        assert_eq!(page.list(false), ["end"]);
        for (at, next_chunk, ended_by) in [(0, 1, None), (1, 2, Some(0))] {
            let (_, ended) = page.ended(at);
            let checkpoint = ended.checkpoint.as_ref().expect("it has begun");
            assert_eq!(
                (checkpoint.next_chunk, ended.ended_by, ended.error.ret()),
                (next_chunk, ended_by, Some(number))
            );
        }
    }
}

#[test]
fn messages_keep_their_interval_and_uploads_go_on_meanwhile() {
    let mut page = two_at_once(2000);
    page.answer("chunk 1 of 0", TAKEN);
    assert_eq!(page.answer("chunk 2 of 0", MEDIA), ["send", "next"], "the first does not wait");
    page.list(true);
    page.open(2, 1500);
    page.answer("chunk 1 of 1", TAKEN);
    page.answer("chunk 2 of 1", TAKEN);
    page.answer("chunk 3 of 1", MEDIA);
    page.hand.pass(500);
    assert_eq!(page.answer("send", RECEIPT), ["outcome 0"]);
    assert_eq!(page.take(), [""; 0]);
    assert_eq!(page.until_ms, Some(2000));
    assert_eq!(page.answer("chunk 1 of 2", TAKEN), ["chunk 2 of 2"]);
    page.hand.pass(1499);
    assert_eq!(page.turn(), [""; 0]);
    page.hand.pass(1);
    assert_eq!(page.turn(), ["send", "next"]);
}

#[test]
fn after_too_often_the_next_list_of_the_client_waits() {
    let mut page = Page::sending_the_first();
    page.answer("send", &ret(1205));
    page.hand.pass(1000);
    for (wait, until_ms) in [(60_000, Some(60_000)), (1500, Some(1500)), (1000, None), (0, None)] {
        page.batch = Batch::new(&client(options()), to("@you"), Pace { after_too_often_ms: wait, ..Pace::default() });
        page.asked.clear();
        let asks = page.turn();
        assert_eq!(
            (asks.is_empty(), page.until_ms.filter(|_| asks.is_empty())),
            (until_ms.is_some(), until_ms),
            "{wait}"
        );
    }
    page.batch = Batch::new(&client(options()), to("@you"), Pace::default());
    page.asked.clear();
    page.turn();
    page.hand.pass(59_000);
    assert_eq!(page.turn(), ["next"]);
    assert_eq!(page.list(true), ["open 0", "next"], "and the rest of it does not");
}

#[test]
fn other_ends_make_no_list_wait() {
    let mut page = Page::sending_the_first();
    page.answer("send", &ret(1101));
    page.batch = Batch::new(&client(options()), to("@you"), Pace::default());
    assert_eq!(page.turn(), ["next"]);
}

#[test]
fn a_pace_is_one_or_two() {
    for pictures in [0, 3, u64::MAX] {
        let error = Pictures::new(pictures).expect_err("out of range");
        assert_eq!(error.to_string(), "pictures: expected an integer from 1 to 2");
    }
    assert_eq!(Pace::default().pictures, Pictures::new(2).expect("two"));
}
