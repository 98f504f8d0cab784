//! One request and its tries, whatever the job: here a gateway is asked.

use webwx_image::error::ErrorKind;
use webwx_image::gateway::{Gateway, GetMsgImg, GivenId};
use webwx_image::http::{Failure, Response};
use webwx_image::job::{Handled, Input, Locate};
use webwx_image::retry::Terms;

use crate::hand::{Hand, answer};
use crate::steps;

const FOUND: &str = r#"{"code":1000,"data":"https://x/1.png"}"#;

fn locate(terms: Terms) -> Locate {
    let wanted = GetMsgImg {
        w_id: "w".into(),
        msg_id: GivenId::Number(1),
        from_user: "a".into(),
        to_user: "b".into(),
        content: "<msg><img/></msg>".into(),
        kind: None,
    };
    Locate::new(&Gateway::new(None, "t").expect("a token"), &wanted, terms).expect("good input")
}

/// Lets it wait until it has something to do, and says for how long.
fn waited(hand: &mut Hand, job: &mut Locate) -> u64 {
    let until_ms = hand.wait(job).expect("a time");
    let wait_ms = until_ms - hand.now.elapsed_ms;
    hand.pass(wait_ms);
    wait_ms
}

#[test]
fn waits_double_until_the_tries_are_used_up() {
    let (mut hand, mut job) = (Hand::new(), locate(Terms::default()));
    let first = hand.request(&mut job);
    let (mut id, mut waits) = (first.id, Vec::new());
    while hand.answer(&mut job, id, Err(Failure::Network)) == Handled::Retrying {
        waits.push(waited(&mut hand, &mut job));
        let again = hand.request(&mut job);
        assert!(again.id > id && again.id.to_string() != id.to_string() && again.request == first.request);
        id = again.id;
    }
    assert_eq!(waits, [375, 750, 1500]);
    let error = hand.end(&mut job).expect_err("no answer");
    assert_eq!((error.kind(), error.may_have_arrived()), (ErrorKind::Network, true));
}

#[test]
fn randomness_takes_up_to_half_off_a_wait() {
    for (random, wait_ms) in [(0.0, 250), (0.999_999, 499)] {
        let (mut hand, mut job) = (Hand::new(), locate(Terms::default()));
        hand.random = random;
        let id = hand.request(&mut job).id;
        hand.answer(&mut job, id, Err(Failure::Network));
        assert_eq!(waited(&mut hand, &mut job), wait_ms);
    }
}

#[test]
fn a_server_may_ask_for_a_longer_wait() {
    let date = "Tue, 14 Nov 2023 22:13:24 GMT";
    for (retry_after, wait_ms) in
        [("2", 2000), (" 2 ", 2000), ("0", 375), ("9999999", 10_000), (date, 4000), ("soon", 375), ("-5", 375)]
    {
        let (mut hand, mut job) = (Hand::new(), locate(Terms::default()));
        let id = hand.request(&mut job).id;
        let busy = Response { retry_after: Some(retry_after.to_owned()), ..answer(503, "") };
        assert_eq!(hand.answer(&mut job, id, Ok(busy)), Handled::Retrying);
        assert_eq!(waited(&mut hand, &mut job), wait_ms, "{retry_after}");
    }
}

#[test]
fn what_no_second_try_mends_ends_it() {
    let (mut hand, mut job) = (Hand::new(), locate(Terms::default()));
    let id = hand.request(&mut job).id;
    assert_eq!(hand.good(&mut job, id, r#"{"code":1001}"#), Handled::Failed);
    let error = hand.end(&mut job).expect_err("a code");
    assert_eq!((error.kind(), error.may_have_arrived()), (ErrorKind::GatewayFailed, false));
}

#[test]
fn an_error_remembers_what_earlier_tries_left_open() {
    let (mut hand, mut job) = (Hand::new(), locate(Terms::default()));
    let id = hand.request(&mut job).id;
    hand.answer(&mut job, id, Ok(answer(502, "")));
    waited(&mut hand, &mut job);
    let id = hand.request(&mut job).id;
    hand.good(&mut job, id, r#"{"code":1001}"#);
    let error = hand.end(&mut job).expect_err("a code");
    assert_eq!((error.kind(), error.may_have_arrived()), (ErrorKind::GatewayFailed, true));
}

#[test]
fn a_request_is_given_its_time_and_then_stopped() {
    let terms = Terms { timeout_ms: 5000, ..Terms::default() };
    let (mut hand, mut job) = (Hand::new(), locate(terms));
    hand.pass(100);
    let first = hand.request(&mut job).id;
    assert_eq!(hand.wait(&mut job), Some(5100));
    hand.pass(4999);
    assert_eq!(hand.wait(&mut job), Some(5100));
    hand.pass(1);
    assert_eq!(steps(&mut hand, &mut job), format!("stop {first}, wait 375 ms"));
    assert_eq!(hand.good(&mut job, first, FOUND), Handled::Ignored, "it was given up");
    hand.pass(375);
    let second = hand.request(&mut job).id;
    assert_eq!(hand.wait(&mut job), Some(5100 + 375 + 5000), "each try has the whole time");
    assert_eq!(hand.good(&mut job, first, FOUND), Handled::Ignored);
    assert_eq!(hand.good(&mut job, second, FOUND), Handled::Accepted);
    assert_eq!(hand.good(&mut job, second, FOUND), Handled::Ignored);
    assert_eq!(hand.end(&mut job).map(|location| location.url), Ok("https://x/1.png".to_owned()));
}

#[test]
fn no_answer_in_time_is_an_error_that_names_the_time() {
    let mut terms = Terms { timeout_ms: 5000, ..Terms::default() };
    terms.retry.limit = 0;
    let (mut hand, mut job) = (Hand::new(), locate(terms));
    let id = hand.request(&mut job).id;
    hand.pass(5000);
    assert_eq!(steps(&mut hand, &mut job), format!("stop {id}, timeout"));
    let (mut hand, mut job) = (Hand::new(), locate(terms));
    let id = hand.request(&mut job).id;
    hand.answer(&mut job, id, Err(Failure::Timeout(5000)));
    let error = hand.end(&mut job).expect_err("no answer");
    assert_eq!(error.to_string(), "getMsgImg: no response within 5000 ms");
}

#[test]
fn a_clock_that_is_set_back_changes_no_wait() {
    let (mut hand, mut job) = (Hand::new(), locate(Terms::default()));
    let id = hand.request(&mut job).id;
    hand.now.date_ms -= 1_000_000;
    hand.answer(&mut job, id, Err(Failure::Network));
    assert_eq!(waited(&mut hand, &mut job), 375);
}

#[test]
fn what_is_for_another_request_or_of_another_kind_is_ignored() {
    let (mut hand, mut job) = (Hand::new(), locate(Terms::default()));
    let stranger = hand.request(&mut locate(Terms::default())).id;
    let id = hand.request(&mut job).id;
    assert_eq!(hand.good(&mut job, stranger, FOUND), Handled::Ignored);
    assert_eq!(hand.handle(&mut job, Input::BytesSent { id, sent: 1, total: 2 }), Handled::Ignored);
    assert_eq!(hand.handle(&mut job, Input::Received { id, loaded: 1 }), Handled::Ignored);
    assert_eq!(hand.handle(&mut job, Input::Taken), Handled::Ignored);
    assert_eq!(hand.wait(&mut job), Some(60_000));
}
