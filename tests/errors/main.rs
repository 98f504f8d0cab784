//! Every sentence that an error can say, letter for letter; and what no error and no `Debug` may ever say.

#![allow(clippy::expect_used, reason = "a test fails by panicking")]

mod answers;
mod gateways;
#[path = "../hand/mod.rs"]
mod hand;
mod input;
mod pictures;
mod secrets;

use webwx_image::client::ClientOptions;
use webwx_image::digest::Md5Hex;
use webwx_image::download::{Expectation, Size};
use webwx_image::error::{Error, ErrorKind, Place, Result};
use webwx_image::gateway::{Gateway, GetMsgImg, GivenId};
use webwx_image::http::Failure;
use webwx_image::image::inspect;
use webwx_image::job::{Forward, Opened, Send, Upload};
use webwx_image::message::{Image, Variant};
use webwx_image::send::Receipt;
use webwx_image::session::{Receiver, Session, SessionInit};
use webwx_image::upload::{Checkpoint, ChunkSize, FileInfo, MediaKind, Thumbnail, UploadedMedia};

use hand::{Answer, Hand, answer, client, one_try};

const HERE: Place = Place::at("webwxuploadmedia");

#[allow(clippy::unnecessary_wraps, reason = "a field of `SessionInit` is an option")]
fn text(text: &str) -> Option<String> {
    Some(text.to_owned())
}

fn init() -> SessionInit {
    SessionInit {
        uin: text("2272112421"),
        sid: text("SIDMARK"),
        skey: text("@crypt_SKEYMARK"),
        user_name: text("@me"),
        data_ticket: text("DATAMARK"),
        pass_ticket: text("PASSMARK"),
        ..SessionInit::default()
    }
}

fn session() -> Session {
    Session::new(&init(), &[]).expect("a good session")
}

fn file() -> FileInfo {
    FileInfo {
        name: "a.png".into(),
        mime: "image/png".into(),
        kind: MediaKind::Picture,
        converted: None,
        warnings: vec![],
        last_modified: "Tue Nov 21 2023 17:53:00 GMT+0800".into(),
        size: 1000,
        md5: md5("daf2d55da001844735acd560b28d8a1a"),
    }
}

fn md5(digits: &str) -> Md5Hex {
    Md5Hex::new(digits).expect("32 lower-case hex digits")
}

fn to(name: &str) -> Receiver {
    Receiver::new(name).expect("a good name")
}

fn begin(file: FileInfo, name: &str, options: ClientOptions, resume: Option<&Checkpoint>) -> Result<Upload> {
    let client = client(&session(), options);
    Hand::new().lend(|cx| Upload::new(cx, &client, 0, Opened { file, resume: None, md5_ms: 1 }, to(name), resume))
}

/// What an upload in chunks of 400 bytes makes of these answers when it tries nothing twice.
fn uploaded(size: u64, answers: &[Answer]) -> Result<UploadedMedia> {
    let options = ClientOptions { chunk_size: ChunkSize::new(400)?, ..one_try() };
    let mut upload = begin(FileInfo { size, ..file() }, "@you", options, None)?;
    Hand::new().play(&mut upload, answers.iter().cloned())
}

/// A message whose answer comes.
fn sending() -> Send {
    let client = client(&session(), one_try());
    Hand::new().lend(|cx| Send::new(cx, &client, &media(), &to("@you"))).expect("good input")
}

/// What a message makes of its answer when it tries nothing twice.
fn sent(status: u16, body: &str) -> Result<Receipt> {
    Hand::new().play(&mut sending(), [Ok(answer(status, body))])
}

fn forward(content: &str) -> Result<Forward> {
    let client = client(&session(), one_try());
    Hand::new().lend(|cx| Forward::new(cx, &client, content, &to("@you")))
}

fn media() -> UploadedMedia {
    UploadedMedia {
        media_id: "@crypt_MEDIAMARK".into(),
        md5: md5("daf2d55da001844735acd560b28d8a1a"),
        size: 1000,
        mime: "image/png".into(),
        thumbnail: Thumbnail::default(),
        instant: false,
        aes_key: text("AESMARK"),
        signature: text("SIGNMARK"),
        file_name: None,
        converted: None,
        warnings: vec![],
    }
}

fn gateway() -> Gateway {
    Gateway::new(None, "TOKENMARK").expect("good input")
}

fn wanted() -> GetMsgImg {
    GetMsgImg {
        w_id: "w".into(),
        msg_id: GivenId::Number(1),
        from_user: "a".into(),
        to_user: "b".into(),
        content: "<msg><img length=\"1\"/></msg>".into(),
        kind: None,
    }
}

/// The error's kind and sentence, and that it is permanent.
#[track_caller]
fn assert_final<T>(result: Result<T>, kind: ErrorKind, sentence: &str) -> Error {
    let Err(error) = result else { panic!("no error, but expected: {sentence}") };
    assert_eq!((error.kind(), error.to_string().as_str(), error.retryable()), (kind, sentence, false));
    error
}

/// The same, for an error that another try may not meet.
#[track_caller]
fn assert_transient<T>(result: Result<T>, kind: ErrorKind, sentence: &str) -> Error {
    let Err(error) = result else { panic!("no error, but expected: {sentence}") };
    assert_eq!((error.kind(), error.to_string().as_str(), error.retryable()), (kind, sentence, true));
    error
}

#[track_caller]
fn assert_invalid<T>(result: Result<T>, sentence: &str) {
    let error = assert_final(result, ErrorKind::InvalidInput, sentence);
    assert_eq!((error.place(), error.ret(), error.status()), (None, None, None));
}

/// One error of each kind, made the way it comes about. A new kind does not compile without one.
fn example(kind: ErrorKind) -> Error {
    let refused = |ret: i64| Err(Error::from_ret(HERE, ret));
    let result: Result<()> = match kind {
        ErrorKind::InvalidInput => Session::new(&SessionInit::default(), &[]).map(drop),
        ErrorKind::Network => Err(Failure::Network.at(HERE)),
        ErrorKind::Timeout => Err(Failure::Timeout(1).at(HERE)),
        ErrorKind::HttpStatus => webwx_image::http::check_status(HERE, 502),
        ErrorKind::MalformedResponse => sent(200, "").map(drop),
        ErrorKind::SessionLost => refused(1100),
        ErrorKind::RateLimited => refused(1205),
        ErrorKind::AccountBarred => refused(1203),
        ErrorKind::TargetRefused => refused(1204),
        ErrorKind::Rejected => refused(1),
        ErrorKind::EmptyImage => inspect(HERE, &[]).map(drop),
        ErrorKind::NotAnImage => inspect(HERE, b"text").map(drop),
        ErrorKind::WrongImage => {
            expectation(Some("00"), Some(1)).check(HERE, Size::Full, 2, &md5(&"1".repeat(32))).map(drop)
        }
        ErrorKind::ResumeMismatch => {
            let checkpoint = begin(file(), "@you", ClientOptions::default(), None).map(|upload| upload.checkpoint());
            begin(file(), "@else", ClientOptions::default(), Some(&checkpoint.expect("good input"))).map(drop)
        }
        ErrorKind::FileChanged => Err(Failure::FileChanged.at(HERE)),
        ErrorKind::GatewayFailed => gateway().parse(&answer(200, r#"{"code":1001}"#)).map(drop),
        // Nothing in the core makes one: it stands for a panic, which only the shell can see.
        ErrorKind::Internal => Err(Error::new(ErrorKind::Internal, None, "a bug")),
    };
    result.expect_err("an error of this kind")
}

#[test]
fn every_kind_has_its_code() {
    for (kind, code) in [
        (ErrorKind::InvalidInput, "invalid-input"),
        (ErrorKind::Network, "network"),
        (ErrorKind::Timeout, "timeout"),
        (ErrorKind::HttpStatus, "http-status"),
        (ErrorKind::MalformedResponse, "malformed-response"),
        (ErrorKind::SessionLost, "session-lost"),
        (ErrorKind::RateLimited, "rate-limited"),
        (ErrorKind::AccountBarred, "account-barred"),
        (ErrorKind::TargetRefused, "target-refused"),
        (ErrorKind::Rejected, "rejected"),
        (ErrorKind::EmptyImage, "empty-image"),
        (ErrorKind::NotAnImage, "not-an-image"),
        (ErrorKind::WrongImage, "wrong-image"),
        (ErrorKind::ResumeMismatch, "resume-mismatch"),
        (ErrorKind::FileChanged, "file-changed"),
        (ErrorKind::GatewayFailed, "gateway-failed"),
        (ErrorKind::Internal, "internal"),
    ] {
        assert_eq!((example(kind).kind(), kind.code()), (kind, code));
    }
}

/// A way to spoil a session.
type Spoilt = fn(&mut SessionInit);

fn expectation(md5: Option<&str>, length: Option<u64>) -> Expectation {
    let normal = length.map(|length| Variant { length: Some(length), ..Variant::default() });
    Expectation::of(&Image { md5: md5.map(str::to_owned), normal, ..Image::default() })
}
