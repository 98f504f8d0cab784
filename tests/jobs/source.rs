//! A source on its way out: opened, uploaded and sent.

use std::rc::Rc;

use webwx_image::client::{Client, ClientOptions};
use webwx_image::error::{Error, ErrorKind};
use webwx_image::http::Failure;
use webwx_image::job::{Action, Event, Goal, Handled, Input, Messages, Opened, RequestId, SendSource, Stage, Step};
use webwx_image::upload::Checkpoint;

use crate::hand::{Hand, json};
use crate::{MEDIA, RECEIPT, TAKEN, client, events, opened, options, progress, ret, steps, to};

fn source(client: &Rc<Client>, goal: Goal, resume: Option<Checkpoint>) -> SendSource {
    SendSource::new(client, 3, to("@you"), goal, resume)
}

fn opening(hand: &mut Hand, job: &mut SendSource) -> RequestId {
    let Step::Do(Action::Open { id, source: 3 }) = hand.step(job) else { panic!("nothing is opened") };
    id
}

fn open(hand: &mut Hand, job: &mut SendSource, size: u64) {
    let id = opening(hand, job);
    assert_eq!(hand.handle(job, Input::Opened { id, file: Ok(opened(size)) }), Handled::Accepted);
}

/// The answer to the request that is to be sent now.
fn next(hand: &mut Hand, job: &mut SendSource, body: &str) -> Handled {
    let sent = hand.request(job);
    hand.good(job, sent.id, body)
}

#[test]
fn a_source_is_opened_uploaded_and_sent() {
    let (mut hand, client) = (Hand::new(), client(options()));
    let mut job = source(&client, Goal::Message, None);
    let id = opening(&mut hand, &mut job);
    assert_eq!(steps(&mut hand, &mut job), "wait", "as long as it takes");
    hand.handle(&mut job, Input::Opened { id, file: Ok(opened(2500)) });
    let chunk = hand.request(&mut job);
    assert_eq!((chunk.request.place.to_string().as_str(), chunk.source), ("webwxuploadmedia, chunk 1 of 3", 3));
    assert_eq!(hand.good(&mut job, chunk.id, TAKEN), Handled::Accepted);
    assert_eq!(next(&mut hand, &mut job, TAKEN), Handled::Accepted);
    assert_eq!(next(&mut hand, &mut job, MEDIA), Handled::Accepted);
    let message = hand.request(&mut job);
    assert_eq!(message.request.place.step, "webwxsendmsgimg");
    assert!(json(&message.request).contains(r#""MediaId":"@crypt_1""#));
    assert_eq!(hand.good(&mut job, message.id, RECEIPT), Handled::Accepted);
    let sent = hand.end(&mut job).expect("a receipt");
    assert_eq!(sent.media.media_id, "@crypt_1");
    assert_eq!(sent.receipt.map(|receipt| receipt.msg_id.as_str().to_owned()), Some("42".to_owned()));
    assert_eq!(steps(&mut hand, &mut job), "wait", "it is over");
    assert_eq!(hand.good(&mut job, message.id, RECEIPT), Handled::Ignored);
}

#[test]
fn a_media_id_may_be_all_that_is_wanted() {
    let (mut hand, client) = (Hand::new(), client(options()));
    let mut job = source(&client, Goal::Media, None);
    open(&mut hand, &mut job, 1000);
    next(&mut hand, &mut job, MEDIA);
    let sent = hand.end(&mut job).expect("a MediaId");
    assert_eq!((sent.media.media_id.as_str(), sent.receipt), ("@crypt_1", None));
    assert_eq!(hand.messages, Messages::default());
}

#[test]
fn what_cannot_be_opened_ends_it() {
    let (mut hand, client) = (Hand::new(), client(options()));
    let mut job = source(&client, Goal::Message, None);
    let id = opening(&mut hand, &mut job);
    let error = Error::invalid_input("no picture");
    assert_eq!(hand.handle(&mut job, Input::Opened { id, file: Err(error.clone()) }), Handled::Failed);
    assert_eq!(hand.end(&mut job), Err(error));
    assert_eq!(job.checkpoint(), None);

    let mut job = source(&client, Goal::Message, None);
    let id = opening(&mut hand, &mut job);
    assert_eq!(hand.handle(&mut job, Input::Opened { id, file: Ok(opened(0)) }), Handled::Failed);
    assert_eq!(hand.end(&mut job).map_err(|error| error.kind()), Err(ErrorKind::EmptyImage));
}

#[test]
fn a_source_may_say_itself_where_it_goes_on() {
    let (mut hand, client) = (Hand::new(), client(options()));
    let mut first = source(&client, Goal::Media, None);
    open(&mut hand, &mut first, 2500);
    next(&mut hand, &mut first, TAKEN);
    events(&mut hand, &mut first);
    let resume = first.checkpoint().cloned();
    assert!(resume.is_some());

    let mut job = source(&client, Goal::Media, None);
    let id = opening(&mut hand, &mut job);
    let file = Ok(Opened { resume: resume.clone().map(Box::new), ..opened(2500) });
    assert_eq!(hand.handle(&mut job, Input::Opened { id, file }), Handled::Accepted);
    let (told, _) = events(&mut hand, &mut job);
    let chunks = told.iter().find_map(|event| match event {
        Event::Progress(progress) => progress.chunk,
        _ => None,
    });
    assert_eq!(chunks, resume.map(|checkpoint| checkpoint.next_chunk));
}

#[test]
fn hashing_is_told_behind_the_reading() {
    let (mut hand, client) = (Hand::new(), client(options()));
    let mut job = source(&client, Goal::Message, None);
    let id = opening(&mut hand, &mut job);
    let mut told = Vec::new();
    for loaded in [0, 400, 300, 1000] {
        assert_eq!(hand.handle(&mut job, Input::Hashed { id, loaded, total: 1000 }), Handled::Noted);
        told.extend(progress(&mut hand, &mut job).iter().map(|told| (told.stage, told.loaded, told.total)));
    }
    let stages = [(Stage::Read, 1000), (Stage::Hash, 0), (Stage::Hash, 400), (Stage::Hash, 400), (Stage::Hash, 1000)];
    assert_eq!(told, stages.map(|(stage, loaded)| (stage, loaded, Some(1000))));
}

#[test]
fn what_belongs_to_another_step_is_ignored() {
    let (mut hand, client) = (Hand::new(), client(options()));
    let (mut other, mut job) = (source(&client, Goal::Message, None), source(&client, Goal::Message, None));
    let stranger = opening(&mut hand, &mut other);
    let id = opening(&mut hand, &mut job);
    assert_eq!(hand.handle(&mut job, Input::Opened { id: stranger, file: Ok(opened(1)) }), Handled::Ignored);
    assert_eq!(hand.handle(&mut job, Input::Hashed { id: stranger, loaded: 0, total: 1 }), Handled::Ignored);
    assert_eq!(hand.good(&mut job, id, MEDIA), Handled::Ignored);
    hand.handle(&mut job, Input::Opened { id, file: Ok(opened(1000)) });
    assert_eq!(hand.handle(&mut job, Input::Opened { id, file: Ok(opened(1000)) }), Handled::Ignored);
    assert_eq!(hand.handle(&mut job, Input::Hashed { id, loaded: 1, total: 1000 }), Handled::Ignored);
}

#[test]
fn a_failed_upload_leaves_a_checkpoint_and_a_later_call_goes_on_there() {
    let (mut hand, client) = (Hand::new(), client(options()));
    let mut job = source(&client, Goal::Message, None);
    open(&mut hand, &mut job, 2500);
    next(&mut hand, &mut job, TAKEN);
    let (told, step) = events(&mut hand, &mut job);
    assert!(matches!(told[1], Event::Checkpoint { source: 3, .. }), "{told:?}");
    let Step::Do(Action::Request(second)) = step else { panic!("{step:?}") };
    assert_eq!(job.checkpoint().map(|checkpoint| checkpoint.next_chunk), Some(1));
    hand.good(&mut job, second.id, &ret(1205));
    assert_eq!(hand.end(&mut job).map_err(|error| error.kind()), Err(ErrorKind::RateLimited));
    let checkpoint = job.checkpoint().cloned().expect("where it stopped");
    assert_eq!(checkpoint.next_chunk, 1);

    let mut later = source(&client, Goal::Message, Some(checkpoint));
    open(&mut hand, &mut later, 2500);
    assert_eq!(hand.request(&mut later).request.place.to_string(), "webwxuploadmedia, chunk 2 of 3");
}

#[test]
fn an_upload_that_fails_at_its_first_request_has_a_checkpoint_too() {
    let (mut hand, client) = (Hand::new(), client(options()));
    let mut job = source(&client, Goal::Message, None);
    open(&mut hand, &mut job, 2500);
    next(&mut hand, &mut job, &ret(1101));
    hand.end(&mut job).expect_err("a Ret");
    assert_eq!(job.checkpoint().map(|checkpoint| checkpoint.next_chunk), Some(0));
}

#[test]
fn a_message_that_fails_has_no_checkpoint_since_its_upload_is_whole() {
    let (mut hand, client) = (Hand::new(), client(options()));
    let mut job = source(&client, Goal::Message, None);
    open(&mut hand, &mut job, 1000);
    next(&mut hand, &mut job, MEDIA);
    next(&mut hand, &mut job, &ret(1204));
    let error = hand.end(&mut job).expect_err("a Ret");
    assert_eq!((error.kind(), error.message_may_be_out()), (ErrorKind::TargetRefused, Some(false)));
    assert_eq!(job.checkpoint(), None);
}

#[test]
fn an_abort_while_the_message_is_under_way_leaves_it_open_whether_it_is_out() {
    let (mut hand, client) = (Hand::new(), client(options()));
    let mut job = source(&client, Goal::Message, None);
    hand.abort(&mut job);
    open(&mut hand, &mut job, 1000);
    let chunk = hand.request(&mut job);
    hand.abort(&mut job);
    assert_eq!(hand.messages.to_json(), "[]");
    hand.good(&mut job, chunk.id, MEDIA);
    hand.request(&mut job);
    hand.abort(&mut job);
    assert!(hand.messages.to_json().contains(r#""mayBeOut":true"#));
}

#[test]
fn the_times_are_those_of_the_step_under_way() {
    let mut short = options();
    short.terms.timeout_ms = 1000;
    let (mut hand, client) = (Hand::new(), client(ClientOptions { ..short }));
    let mut job = source(&client, Goal::Message, None);
    open(&mut hand, &mut job, 1000);
    let chunk = hand.request(&mut job);
    assert_eq!(hand.wait(&mut job), Some(1000));
    hand.answer(&mut job, chunk.id, Err(Failure::Network));
    assert_eq!(hand.wait(&mut job), Some(375));
    hand.pass(375);
    next(&mut hand, &mut job, MEDIA);
    let message = hand.request(&mut job);
    hand.pass(1000);
    assert_eq!(steps(&mut hand, &mut job), format!("stop {}, wait 375 ms", message.id));
}
