//! One picture is one message, however often it is tried, by one call or by several.

use std::rc::Rc;

use webwx_image::client::{Client, ClientOptions};
use webwx_image::error::Error;
use webwx_image::http::{Body, Failure};
use webwx_image::job::{Action, Event, Forward, Handled, Messages, RequestId, Send, Stage, Step, Wanted};
use webwx_image::json::FromJson;
use webwx_image::upload::UploadedMedia;

use crate::hand::{Answer, Hand, answer, json};
use crate::{RECEIPT, client, events, media, progress, ret, steps, to};

const CONTENT: &str = "<msg><img length=\"1\"/></msg>";

/// A page and its client.
struct Page {
    hand: Hand,
    client: Rc<Client>,
}

impl Page {
    /// Nothing is tried twice by one call.
    fn new() -> Self {
        let mut options = ClientOptions::default();
        options.terms.retry.limit = 0;
        Self { hand: Hand::new(), client: client(options) }
    }

    fn send_to(&mut self, name: &str) -> Send {
        self.send_media(&media(), name)
    }

    fn send_media(&mut self, media: &UploadedMedia, name: &str) -> Send {
        self.hand.lend(|cx| Send::new(cx, &self.client, media, &to(name))).expect("good input")
    }

    /// Lets a message leave, and gives the id on the wire.
    fn leave(&mut self, job: &mut Send) -> (String, RequestId) {
        let sent = self.hand.request(job);
        (client_msg_id(json(&sent.request)), sent.id)
    }

    /// A whole call: its id on the wire, and the error if it fails.
    fn call(&mut self, answer: Answer) -> (String, Result<(), Error>) {
        let mut send = self.send_to("@you");
        let (client_msg_id, id) = self.leave(&mut send);
        self.hand.answer(&mut send, id, answer);
        (client_msg_id, self.hand.end(&mut send).map(drop))
    }
}

fn client_msg_id(json: &str) -> String {
    let message: serde_json::Value = serde_json::from_str(json).expect("JSON");
    assert_eq!(message["Msg"]["ClientMsgId"], message["Msg"]["LocalID"]);
    message["Msg"]["ClientMsgId"].as_str().expect("a string").to_owned()
}

#[allow(clippy::unnecessary_wraps, reason = "what comes of a request is an answer or none")]
fn refused(number: i64) -> Answer {
    Ok(answer(200, &ret(number)))
}

#[test]
fn a_delivered_message_and_a_refused_one_are_done_with() {
    let mut page = Page::new();
    let (first, receipt) = page.call(Ok(answer(200, RECEIPT)));
    assert_eq!((first.as_str(), receipt), ("17000000000000500", Ok(())));
    let (second, refusal) = page.call(refused(1204));
    let (third, _) = page.call(Ok(answer(200, RECEIPT)));
    assert_eq!((second.as_str(), third.as_str()), ("17000000000010500", "17000000000020500"));
    assert_eq!(refusal.expect_err("a Ret").message_may_be_out(), Some(false));
    assert_eq!(page.hand.messages.to_json(), "[]");
}

#[test]
fn after_a_lost_answer_the_next_call_has_the_same_id_until_there_is_a_receipt() {
    let mut page = Page::new();
    let (first, lost) = page.call(Err(Failure::Network));
    assert_eq!(lost.expect_err("lost").message_may_be_out(), Some(true));
    let (again, refusal) = page.call(refused(1205));
    assert_eq!(again, first);
    assert_eq!(refusal.expect_err("a Ret").message_may_be_out(), Some(true), "the first may still be out");
    let (once_more, receipt) = page.call(Ok(answer(200, RECEIPT)));
    assert_eq!((once_more, receipt), (first.clone(), Ok(())));
    let (new, _) = page.call(Ok(answer(200, RECEIPT)));
    assert_ne!(new, first);
}

#[test]
fn whether_a_message_may_be_out_follows_from_what_came() {
    for (answer, may_be_out) in [
        (Err(Failure::Network), true),
        (Err(Failure::Timeout(5)), true),
        (Ok(answer(500, "")), true),
        (Ok(answer(502, "")), true),
        (Ok(answer(200, "<html>")), true),
        (Ok(answer(200, r#"{"BaseResponse":{"Ret":0}}"#)), true),
        (Ok(answer(499, "")), false),
        (Ok(answer(404, "")), false),
        (refused(-1), false),
        (refused(1101), false),
    ] {
        let mut page = Page::new();
        let (_, outcome) = page.call(answer.clone());
        assert_eq!(outcome.expect_err("a failure").message_may_be_out(), Some(may_be_out), "{answer:?}");
        assert_eq!(page.hand.messages.to_json() == "[]", !may_be_out);
    }
}

#[test]
fn the_tries_of_one_call_have_one_id() {
    let mut page = Page::new();
    page.client = client(ClientOptions::default());
    let mut send = page.send_to("@you");
    let first = page.hand.request(&mut send);
    assert_eq!(page.hand.answer(&mut send, first.id, Err(Failure::Network)), Handled::Retrying);
    page.hand.pass(375);
    let second = page.hand.request(&mut send);
    assert!(second.request == first.request && second.id != first.id);
    page.hand.good(&mut send, second.id, &ret(1204));
    let error = page.hand.end(&mut send).expect_err("a Ret");
    assert_eq!(error.message_may_be_out(), Some(true), "the first try may have arrived");
}

#[test]
fn one_upload_to_two_receivers_is_two_messages() {
    let mut page = Page::new();
    let (first, _) = page.call(Err(Failure::Network));
    let mut to_other = page.send_to("@other");
    let (second, _) = page.leave(&mut to_other);
    assert_ne!(first, second);
    let other = UploadedMedia { media_id: "@crypt_2".into(), ..media() };
    let mut of_other = page.send_media(&other, "@you");
    assert_ne!(page.leave(&mut of_other).0, first, "and another upload is another message");
    assert_eq!(page.call(Ok(answer(200, RECEIPT))).0, first);
}

#[test]
fn two_calls_at_once_are_two_messages() {
    let mut page = Page::new();
    let (mut one, mut two) = (page.send_to("@you"), page.send_to("@you"));
    let ((first, first_id), (second, second_id)) = (page.leave(&mut one), page.leave(&mut two));
    assert_ne!(first, second);
    page.hand.answer(&mut two, second_id, Err(Failure::Network));
    let mut three = page.send_to("@you");
    let (third, third_id) = page.leave(&mut three);
    assert_eq!(third, second, "the one that nobody is sending");
    for (mut job, id) in [(one, first_id), (three, third_id)] {
        page.hand.good(&mut job, id, RECEIPT);
        page.hand.end(&mut job).expect("a receipt");
    }
    assert_eq!(page.hand.messages.to_json(), "[]");
}

#[test]
fn an_aborted_message_may_be_out_if_it_had_left() {
    let mut page = Page::new();
    let mut unsent = page.send_to("@you");
    page.hand.abort(&mut unsent);
    assert_eq!(page.hand.messages.to_json(), "[]");
    let mut sent = page.send_to("@you");
    let (first, _) = page.leave(&mut sent);
    page.hand.abort(&mut sent);
    let mut again = page.send_to("@you");
    page.hand.abort(&mut again);
    let (second, _) = page.call(Ok(answer(200, RECEIPT)));
    assert_eq!(first, second, "though the call between did not send it");
    page.hand.abort(&mut sent);
    assert_eq!(page.hand.messages.to_json(), "[]", "an end that comes late brings nothing back");
}

#[test]
fn an_abort_leaves_the_messages_of_other_calls_alone() {
    let mut page = Page::new();
    let mut lost = page.send_to("@lost");
    let (first, id) = page.leave(&mut lost);
    page.hand.answer(&mut lost, id, Err(Failure::Network));
    let (mut one, mut two) = (page.send_to("@you"), page.send_to("@other"));
    page.hand.abort(&mut one);
    page.leave(&mut two);
    let kept: serde_json::Value = serde_json::from_str(&page.hand.messages.to_json()).expect("JSON");
    assert_eq!(kept.as_array().map(Vec::len), Some(2), "{kept}");
    let mut again = page.send_to("@lost");
    assert_eq!(page.leave(&mut again).0, first);
}

#[test]
fn a_forwarded_picture_is_one_message_too() {
    let mut page = Page::new();
    let mut ids = Vec::new();
    for answer in [Err(Failure::Network), Ok(answer(200, RECEIPT)), Ok(answer(200, RECEIPT))] {
        let mut forward = page.hand.lend(|cx| Forward::new(cx, &page.client, CONTENT, &to("@you"))).expect("an image");
        let sent = page.hand.request(&mut forward);
        assert_eq!(sent.wanted, Wanted::Text);
        ids.push(client_msg_id(json(&sent.request)));
        page.hand.answer(&mut forward, sent.id, answer);
        drop(page.hand.end(&mut forward));
    }
    assert!(ids[0] == ids[1] && ids[1] != ids[2], "{ids:?}");
}

#[test]
fn a_forward_that_is_aborted_may_be_out() {
    let mut page = Page::new();
    let mut forward = page.hand.lend(|cx| Forward::new(cx, &page.client, CONTENT, &to("@you"))).expect("an image");
    page.hand.request(&mut forward);
    page.hand.abort(&mut forward);
    assert!(page.hand.messages.to_json().contains(r#""mayBeOut":true"#));
}

#[test]
fn a_receipt_that_nobody_was_told_of_does_not_end_a_message() {
    let mut page = Page::new();
    let mut send = page.send_to("@you");
    let (first, id) = page.leave(&mut send);
    page.hand.good(&mut send, id, RECEIPT);
    page.hand.abort(&mut send);
    assert_eq!(page.call(Ok(answer(200, RECEIPT))).0, first);
}

#[test]
fn a_receipt_names_the_message() {
    let mut page = Page::new();
    let mut send = page.send_to("@you");
    let (client_msg_id, id) = page.leave(&mut send);
    page.hand.good(&mut send, id, RECEIPT);
    let receipt = page.hand.end(&mut send).expect("a receipt");
    assert_eq!((receipt.msg_id.as_str(), receipt.local_id), ("42", client_msg_id));
}

#[test]
fn a_message_is_told_as_nothing_and_then_as_all_of_its_bytes() {
    let mut page = Page::new();
    let mut send = page.send_to("@you");
    let (told, step) = events(&mut page.hand, &mut send);
    let Step::Do(Action::Request(message)) = step else { panic!("{step:?}") };
    let Body::Json(body) = &message.request.body else { panic!("no JSON") };
    let [Event::Progress(begun)] = &told[..] else { panic!("{told:?}") };
    assert_eq!((begun.stage, begun.loaded, begun.total), (Stage::Send, 0, Some(body.len() as u64)));
    page.hand.good(&mut send, message.id, RECEIPT);
    let ended = progress(&mut page.hand, &mut send);
    assert_eq!(ended.iter().map(|told| told.loaded).collect::<Vec<_>>(), [body.len() as u64]);
}

#[test]
fn a_message_without_an_answer_in_time_may_be_out() {
    let mut page = Page::new();
    let mut send = page.send_to("@you");
    let (first, id) = page.leave(&mut send);
    page.hand.pass(60_000);
    assert_eq!(steps(&mut page.hand, &mut send), format!("stop {id}, timeout"));
    assert_eq!(page.call(Ok(answer(200, RECEIPT))).0, first);
}

#[test]
fn the_messages_outlive_the_program() {
    let mut page = Page::new();
    let (lost, _) = page.call(Err(Failure::Network));
    let mut under_way = page.send_to("@other");
    let (sent, _) = page.leave(&mut under_way);
    let kept = page.hand.messages.to_json();
    assert!(!kept.contains("@crypt_skey"), "{kept}");

    page.hand.messages = Messages::from_json(&kept).expect("its own text");
    let mut again = page.send_to("@other");
    assert_eq!(page.leave(&mut again).0, sent, "it was being sent when the program ended");
    assert_eq!(page.call(Ok(answer(200, RECEIPT))).0, lost);
}

#[test]
fn every_change_is_counted() {
    let mut page = Page::new();
    let mut revisions = vec![page.hand.messages.revision()];
    let mut count = |page: &Page| {
        let revision = page.hand.messages.revision();
        assert!(revisions.iter().all(|&earlier| earlier < revision), "{revision} after {revisions:?}");
        revisions.push(revision);
    };
    let mut send = page.send_to("@you");
    count(&page);
    let (_, id) = page.leave(&mut send);
    page.hand.answer(&mut send, id, Err(Failure::Network));
    count(&page);
    let mut send = page.send_to("@you");
    count(&page);
    page.hand.abort(&mut send);
    count(&page);
    let mut send = page.send_to("@you");
    let (_, id) = page.leave(&mut send);
    count(&page);
    page.hand.good(&mut send, id, RECEIPT);
    page.hand.end(&mut send).expect("a receipt");
    count(&page);
}
