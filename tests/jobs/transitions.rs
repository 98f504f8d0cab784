//! Every transition of an upload in one table.

use webwx_image::client::ClientOptions;
use webwx_image::http::Failure;
use webwx_image::job::{Handled, Input, Opened, RequestId, Upload};
use webwx_image::upload::Checkpoint;

use crate::hand::{Hand, answer};
use crate::{CHECK_ABOVE, MEDIA, TAKEN, client, opened, options, ret, steps, to};

/// An upload of three chunks, one at a time, or of 51 where the service is asked first. In each phase a request is under way. "Again" is
/// a second try: from then on the service may have lost what it was sent, and is believed if it says so.
const TABLE: &str = "
phase                    | input        | handled     | next
check                    | taken        | Accepted    | webwxuploadmedia, chunk 1 of 51, wait 60000 ms
check                    | a MediaId    | Accepted    | success
check                    | Ret 1        | Failed      | rejected
check                    | Ret -1       | Retrying    | wait 375 ms
check                    | Ret 1205     | Failed      | rate-limited
check                    | HTTP 502     | Retrying    | wait 375 ms
check                    | no answer    | Retrying    | wait 375 ms
check                    | 1 of 2 bytes | Ignored     | wait 60000 ms
first chunk              | taken        | Accepted    | webwxuploadmedia, chunk 2 of 3, wait 60000 ms
first chunk              | a MediaId    | Accepted    | webwxuploadmedia, chunk 2 of 3, wait 60000 ms
first chunk              | Ret 1        | Failed      | rejected
first chunk              | Ret -1       | Retrying    | wait 375 ms
first chunk              | Ret 1205     | Failed      | rate-limited
first chunk              | HTTP 502     | Retrying    | wait 375 ms
first chunk              | no answer    | Retrying    | wait 375 ms
first chunk              | 1 of 2 bytes | Noted       | wait 60000 ms
first chunk again        | Ret 1        | Failed      | rejected
middle chunk             | taken        | Accepted    | webwxuploadmedia, chunk 3 of 3, wait 60000 ms
middle chunk             | a MediaId    | Accepted    | webwxuploadmedia, chunk 3 of 3, wait 60000 ms
middle chunk             | Ret 1        | Failed      | rejected
middle chunk             | Ret -1       | Retrying    | wait 375 ms
middle chunk             | no answer    | Retrying    | wait 375 ms
middle chunk again       | taken        | Accepted    | webwxuploadmedia, chunk 3 of 3, wait 60000 ms
middle chunk again       | Ret 1        | StartedOver | webwxuploadmedia, chunk 1 of 3, wait 60000 ms
middle chunk again       | Ret -1       | Retrying    | wait 750 ms
middle chunk again       | Ret 1205     | Failed      | rate-limited
last chunk               | taken        | Retrying    | wait 375 ms
last chunk               | a MediaId    | Accepted    | success
last chunk               | Ret 1        | Failed      | rejected
last chunk               | no answer    | Retrying    | wait 375 ms
last chunk               | 1 of 2 bytes | Noted       | wait 60000 ms
last chunk again         | taken        | StartedOver | webwxuploadmedia, chunk 1 of 3, wait 60000 ms
last chunk again         | a MediaId    | Accepted    | success
last chunk again         | Ret 1        | StartedOver | webwxuploadmedia, chunk 1 of 3, wait 60000 ms
last chunk again         | Ret -1       | Retrying    | wait 750 ms
last chunk, resumed      | taken        | StartedOver | webwxuploadmedia, chunk 1 of 3, wait 60000 ms
last chunk, resumed      | Ret 1        | StartedOver | webwxuploadmedia, chunk 1 of 3, wait 60000 ms
last chunk, started over | taken        | Retrying    | wait 375 ms
last chunk, started over | Ret 1        | Failed      | rejected
last chunk, started over | a MediaId    | Accepted    | success
over                     | a MediaId    | Ignored     | wait
over                     | 1 of 2 bytes | Ignored     | wait
";

#[test]
fn of_an_upload() {
    for row in TABLE.lines().skip(2) {
        let mut cells = row.split(" | ").map(str::trim);
        let (phase, input) = (cells.next().unwrap_or_default(), cells.next().unwrap_or_default());
        let (mut hand, mut upload, id) = phase_of(phase);
        let handled = hand.handle(&mut upload, input_of(input, id));
        let handled = format!("{handled:?}");
        let next = steps(&mut hand, &mut upload);
        assert_eq!(format!("{phase:24} | {input:12} | {handled:11} | {next}"), row);
    }
}

/// An upload in this phase, and the request that it waits for.
fn phase_of(name: &str) -> (Hand, Upload, RequestId) {
    let small = |next_chunk, answers: &[&str]| begun(&opened(2500), options(), next_chunk, answers);
    let (busy, forgotten) = (&*ret(-1), &*ret(1));
    match name {
        "check" => begun(&opened(CHECK_ABOVE + 1), ClientOptions::default(), 0, &[]),
        "first chunk" => small(0, &[]),
        "first chunk again" => small(0, &[busy]),
        "middle chunk" => small(0, &[TAKEN]),
        "middle chunk again" => small(0, &[TAKEN, busy]),
        "last chunk" => small(0, &[TAKEN, TAKEN]),
        "last chunk again" => small(0, &[TAKEN, TAKEN, busy]),
        "last chunk, resumed" => small(2, &[]),
        "last chunk, started over" => small(2, &[forgotten, TAKEN, TAKEN]),
        "over" => {
            let (mut hand, mut upload, id) = small(2, &[]);
            hand.good(&mut upload, id, MEDIA);
            hand.end(&mut upload).expect("a MediaId");
            (hand, upload, id)
        }
        _ => panic!("no phase: {name}"),
    }
}

/// An upload from this chunk on, after these answers.
fn begun(opened: &Opened, options: ClientOptions, next_chunk: u32, answers: &[&str]) -> (Hand, Upload, RequestId) {
    let (mut hand, client) = (Hand::new(), client(options));
    let new = |hand: &mut Hand, resume: Option<&Checkpoint>| {
        hand.lend(|cx| Upload::new(cx, &client, 0, opened.clone(), to("@you"), resume)).expect("good input")
    };
    let mut upload = new(&mut hand, None);
    if next_chunk > 0 {
        let checkpoint = Checkpoint { next_chunk, ..upload.checkpoint() };
        upload = new(&mut hand, Some(&checkpoint));
    }
    for body in answers {
        let sent = hand.request(&mut upload);
        if hand.good(&mut upload, sent.id, body) == Handled::Retrying {
            let until_ms = hand.wait(&mut upload).expect("a time");
            hand.pass(until_ms - hand.now.elapsed_ms);
        }
    }
    let id = hand.request(&mut upload).id;
    (hand, upload, id)
}

fn input_of(name: &str, id: RequestId) -> Input {
    let answer = |body: &str| Input::Answer { id, response: answer(200, body) };
    match name {
        "taken" => answer(TAKEN),
        "a MediaId" => answer(MEDIA),
        "HTTP 502" => Input::Answer { id, response: crate::hand::answer(502, TAKEN) },
        "no answer" => Input::Lost { id, failure: Failure::Network },
        "1 of 2 bytes" => Input::BytesSent { id, sent: 1, total: 2 },
        name => answer(&ret(name.strip_prefix("Ret ").and_then(|ret| ret.parse().ok()).expect("a Ret"))),
    }
}
