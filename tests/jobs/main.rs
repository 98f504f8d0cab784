//! Each job, played step by step: what it asks for, what it makes of what comes, and when it ends.

#![allow(clippy::expect_used, reason = "a test fails by panicking")]

mod batch;
mod call;
mod download;
mod forms;
mod gateway;
#[path = "../hand/mod.rs"]
mod hand;
mod messages;
mod plain;
mod source;
mod transitions;
mod upload;

use std::fmt::Debug;
use std::rc::Rc;

use webwx_image::client::{Client, ClientOptions};
use webwx_image::digest::Md5Hex;
use webwx_image::error::Error;
use webwx_image::job::{Action, Event, Job, Opened, Progress, Step};
use webwx_image::session::{Receiver, Session, SessionInit};
use webwx_image::upload::{Checkpoint, ChunkSize, Concurrency, FileInfo, MediaKind, Thumbnail, UploadedMedia};

use hand::{Hand, MOST_STEPS};

/// Above this size, the service is asked first whether it has the file.
const CHECK_ABOVE: u64 = 25 * 1024 * 1024;

const TAKEN: &str = r#"{"BaseResponse":{"Ret":0},"MediaId":""}"#;
const MEDIA: &str = r#"{"BaseResponse":{"Ret":0},"MediaId":"@crypt_1","CDNThumbImgWidth":100,"CDNThumbImgHeight":71}"#;
const RECEIPT: &str = r#"{"BaseResponse":{"Ret":0},"MsgID":"42"}"#;

/// An answer that refuses.
fn ret(ret: i64) -> String {
    format!(r#"{{"BaseResponse":{{"Ret":{ret}}}}}"#)
}

fn session() -> Session {
    let string = |string: &str| Some(string.to_owned());
    let init = SessionInit {
        uin: string("1"),
        sid: string("s"),
        skey: string("k"),
        user_name: string("@me"),
        data_ticket: string("t"),
        ..SessionInit::default()
    };
    Session::new(&init, &[]).expect("a good session")
}

/// Chunks of 1000 bytes, one at a time.
fn options() -> ClientOptions {
    ClientOptions { chunk_size: ChunkSize::new(1000).expect("a good size"), ..ClientOptions::default() }
}

fn at_once(chunks: u64) -> ClientOptions {
    ClientOptions { concurrency: Concurrency::new(chunks).expect("a good number"), ..options() }
}

fn client(options: ClientOptions) -> Rc<Client> {
    hand::client(&session(), options)
}

fn to(name: &str) -> Receiver {
    Receiver::new(name).expect("a good name")
}

fn opened(size: u64) -> Opened {
    let file = FileInfo {
        name: "a.png".into(),
        mime: "image/png".into(),
        kind: MediaKind::Picture,
        converted: None,
        warnings: vec![],
        last_modified: "Tue Nov 21 2023 17:53:00 GMT+0800".into(),
        size,
        md5: Md5Hex::new("daf2d55da001844735acd560b28d8a1a").expect("32 hex digits"),
    };
    Opened { file, resume: None, md5_ms: 7 }
}

fn media() -> UploadedMedia {
    let Opened { file, .. } = opened(1000);
    UploadedMedia {
        media_id: "@crypt_1".into(),
        md5: file.md5,
        size: file.size,
        mime: file.mime,
        thumbnail: Thumbnail { width: 100, height: 71 },
        instant: false,
        aes_key: None,
        signature: None,
        file_name: None,
        converted: None,
        warnings: vec![],
    }
}

/// The events that come before another step.
fn events<J: Job>(hand: &mut Hand, job: &mut J) -> (Vec<Event>, Step<J::Output>) {
    let mut events = Vec::new();
    while events.len() < MOST_STEPS {
        match hand.poll(job) {
            Step::Do(Action::Event(event)) => events.push(event),
            step => return (events, step),
        }
    }
    panic!("it tells and tells")
}

/// Of those events, how far the job is.
fn progress<J: Job>(hand: &mut Hand, job: &mut J) -> Vec<Progress> {
    let only = |event| if let Event::Progress(progress) = event { Some(progress) } else { None };
    events(hand, job).0.into_iter().filter_map(only).collect()
}

/// Of those events, where an upload would go on.
fn checkpoints(events: Vec<Event>) -> Vec<Checkpoint> {
    let only = |event| if let Event::Checkpoint { checkpoint, .. } = event { Some(checkpoint) } else { None };
    events.into_iter().filter_map(only).collect()
}

/// The steps of a job in words, events aside, until it waits or is over.
fn steps<J: Job<Output: Debug>>(hand: &mut Hand, job: &mut J) -> String {
    let mut steps = Vec::new();
    while steps.len() < MOST_STEPS {
        match hand.step(job) {
            Step::Do(Action::Request(sent)) => steps.push(sent.request.place.to_string()),
            Step::Do(Action::Cancel(id)) => steps.push(format!("stop {id}")),
            Step::Do(Action::Wait(None)) => steps.push("wait".to_owned()),
            Step::Do(Action::Wait(Some(until_ms))) => {
                steps.push(format!("wait {} ms", until_ms - hand.now.elapsed_ms));
            }
            Step::Do(action) => steps.push(format!("{action:?}")),
            Step::Done(Ok(_)) => steps.push("success".to_owned()),
            Step::Done(Err(error)) => steps.push(code(&error)),
        }
        if steps.last().is_some_and(|last| !last.starts_with("webwx") && !last.starts_with("stop")) {
            return steps.join(", ");
        }
    }
    panic!("it never waits")
}

fn code(error: &Error) -> String {
    error.kind().code().to_owned()
}
