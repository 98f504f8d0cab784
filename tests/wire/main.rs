//! The exact wire: every URL, header, field and key that goes out, held against the captures.

#![allow(clippy::expect_used, reason = "a test fails by panicking")]

mod filehelper;
mod getting;
#[path = "../hand/mod.rs"]
mod hand;
mod sending;
mod table;
mod uploading;

use webwx_image::client::ClientOptions;
use webwx_image::digest::Md5Hex;
use webwx_image::http::Request;
use webwx_image::job::{Forward, Now, Opened, Send, Upload};
use webwx_image::session::{Receiver, Session, SessionInit};
use webwx_image::upload::{FileInfo, MediaKind, UploadedMedia};

use hand::{Hand, client};

const JSON_HEADERS: [(&str, &str); 2] =
    [("accept", "application/json, text/plain, */*"), ("content-type", "application/json;charset=UTF-8")];
const COOKIES: &str = "wxuin=2272112421; wxsid=sbP3ymYOQZio10BD; webwx_data_ticket=gScDxle6RuLZRNXBh+IEbkmF";
const ME: &str = "@55917ed2bbb04c07687466c1a5afd3e4adaf015eee65728814f49b5d7885705a";
const FRIEND: &str = "@47ec5786aa3c8ac093b1150ff2846a7feb382b4299373cb7dc0143f925d74ff1";

/// The session of the captured upload, with the stray blanks that the capture shows.
fn init() -> SessionInit {
    let text = |text: &str| Some(text.to_owned());
    SessionInit {
        uin: text("2272112421"),
        sid: text("sbP3ymYOQZio10BD "),
        skey: text("@crypt_a936502b_e15410d6dbff4c856aa8d26e71ec8ac1"),
        user_name: Some(format!("{ME} ")),
        data_ticket: text("gScDxle6RuLZRNXBh+IEbkmF"),
        device_id: text("e236986525200640"),
        ..SessionInit::default()
    }
}

fn session(init: &SessionInit) -> Session {
    Session::new(init, &[]).expect("a good session")
}

/// The captured session with another value in one place.
fn session_with(change: impl FnOnce(&mut SessionInit)) -> Session {
    let mut init = init();
    change(&mut init);
    session(&init)
}

/// The session of the captured send.
fn sending_session() -> Session {
    session_with(|init| {
        init.sid = Some("oMrabhVznekD3NaC".into());
        init.skey = Some("@crypt_a936502b_74e29c164b1802c5bfd4b1f9a7db4b5e".into());
        init.device_id = Some("e426626750347587".into());
        init.user_name = Some("@201052a7770bca9418a5a8aba13ffc879f2768df968c8ec3d188d9790695fc8a".into());
    })
}

fn file(mime: &str, size: u64) -> FileInfo {
    FileInfo {
        name: "photo \"1\".png".into(),
        mime: mime.into(),
        kind: MediaKind::of_image(mime).unwrap_or(MediaKind::File),
        converted: None,
        warnings: vec![],
        last_modified: "Fri Nov 24 2017 15:41:43 GMT+0800 (CST)".into(),
        size,
        md5: md5(),
    }
}

fn md5() -> Md5Hex {
    Md5Hex::new("daf2d55da001844735acd560b28d8a1a").expect("32 hex digits")
}

fn to(name: &str) -> Receiver {
    Receiver::new(name).expect("a good name")
}

/// The page of the captured upload at its fourth file.
fn page() -> Hand {
    let mut hand = Hand::new();
    hand.now = Now { date_ms: 1_511_509_303_507, elapsed_ms: 0 };
    (0..3).for_each(|_| drop(hand.ids.file_id()));
    hand
}

fn upload(hand: &mut Hand, session: &Session, file: FileInfo, options: ClientOptions) -> Upload {
    let client = client(session, options);
    hand.lend(|cx| Upload::new(cx, &client, 0, Opened { file, resume: None, md5_ms: 1 }, to(FRIEND), None))
        .expect("good input")
}

/// The first request of an upload.
fn first_request(session: &Session, file: FileInfo, options: ClientOptions) -> Request {
    let mut hand = page();
    let mut upload = upload(&mut hand, session, file, options);
    hand.request(&mut upload).request
}

/// The page of the captured send.
fn chat() -> Hand {
    let mut hand = Hand::new();
    (hand.now.date_ms, hand.random) = (1_511_493_942_795, 0.364);
    hand
}

/// The request that sends what was uploaded.
fn send_request(session: &Session, media: &UploadedMedia, name: &str) -> Request {
    let (mut hand, client) = (chat(), client(session, ClientOptions::default()));
    let mut send = hand.lend(|cx| Send::new(cx, &client, media, &to(name))).expect("good input");
    hand.request(&mut send).request
}

/// The request that sends a received picture on.
fn forward_request(session: &Session, content: &str, name: &str) -> Request {
    let (mut hand, client) = (chat(), client(session, ClientOptions::default()));
    let mut forward = hand.lend(|cx| Forward::new(cx, &client, content, &to(name))).expect("good input");
    hand.request(&mut forward).request
}
