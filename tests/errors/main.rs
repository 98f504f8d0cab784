//! Every sentence that an error can say, letter for letter; and what no error and no `Debug` may ever say.

#![allow(clippy::expect_used, reason = "a test fails by panicking")]

mod answers;
mod gateways;
mod input;
mod pictures;
mod secrets;

use webwx_image::download::{Expectation, Size};
use webwx_image::error::{Error, ErrorKind, Place, Result};
use webwx_image::gateway::{Gateway, GetMsgImg, MsgId};
use webwx_image::http::{Failure, Response};
use webwx_image::image::inspect;
use webwx_image::message::{Image, Variant};
use webwx_image::send::Send;
use webwx_image::session::{Session, SessionInit};
use webwx_image::upload::{
    self, Action, Checkpoint, FileInfo, MediaKind, Thumbnail, Upload, UploadConfig, UploadedMedia,
};

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
    Session::new(&init(), 0.5, &[]).expect("a good session")
}

fn file() -> FileInfo {
    FileInfo {
        name: "a.png".into(),
        mime: "image/png".into(),
        kind: MediaKind::Picture,
        converted: None,
        last_modified: "Tue Nov 21 2023 17:53:00 GMT+0800".into(),
        size: 1000,
        md5: "daf2d55da001844735acd560b28d8a1a".into(),
    }
}

fn ids() -> upload::Ids {
    upload::Ids { client_media_id: 1_700_000_000_000, spare_media_id: 1_700_000_000_001, file_id: "WU_FILE_0".into() }
}

fn begin(file: FileInfo, to: &str, config: UploadConfig, resume: Option<&Checkpoint>) -> Result<Upload> {
    Upload::new(&session(), file, to, config, ids(), resume)
}

fn answer(status: u16, body: &str) -> Response {
    Response { status, body: body.into(), retry_after_ms: None }
}

/// What one chunk of several makes of an answer that it does not try again.
fn uploaded(size: u64, answers: &[std::result::Result<Response, Failure>]) -> Result<UploadedMedia> {
    let mut config = UploadConfig { chunk_size: 400, ..UploadConfig::default() };
    config.retry.limit = 0;
    let mut upload = begin(FileInfo { size, ..file() }, "@you", config, None)?;
    let mut answers = answers.iter();
    loop {
        match upload.next_action() {
            Action::Send(next) => {
                upload.handle(next.id, answers.next().expect("an answer for each request"), 0.5);
            }
            Action::Await => panic!("nothing is under way"),
            Action::Done(outcome) => return outcome,
        }
    }
}

fn send() -> Send {
    let media = media();
    Send::media(&session(), &media, "@you", "17000000000001234".into()).expect("good input")
}

fn media() -> UploadedMedia {
    UploadedMedia {
        media_id: "@crypt_MEDIAMARK".into(),
        md5: "daf2d55da001844735acd560b28d8a1a".into(),
        size: 1000,
        mime: "image/png".into(),
        thumbnail: Thumbnail::default(),
        instant: false,
        aes_key: text("AESMARK"),
        signature: text("SIGNMARK"),
        file_name: None,
        converted: None,
    }
}

fn gateway() -> Gateway {
    Gateway::new(None, "TOKENMARK").expect("good input")
}

fn wanted() -> GetMsgImg {
    GetMsgImg {
        w_id: "w".into(),
        msg_id: MsgId::Number(1),
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

/// The same, for an error that another try may mend.
#[track_caller]
fn assert_passing<T>(result: Result<T>, kind: ErrorKind, sentence: &str) -> Error {
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
        ErrorKind::InvalidInput => Session::new(&SessionInit::default(), 0.5, &[]).map(drop),
        ErrorKind::Network => Err(Failure::Network.at(HERE)),
        ErrorKind::Timeout => Err(Failure::Timeout(1).at(HERE)),
        ErrorKind::HttpStatus => webwx_image::http::check_status(HERE, 502),
        ErrorKind::MalformedResponse => send().parse(&answer(200, "")).map(drop),
        ErrorKind::SessionLost => refused(1100),
        ErrorKind::RateLimited => refused(1205),
        ErrorKind::AccountBarred => refused(1203),
        ErrorKind::TargetRefused => refused(1204),
        ErrorKind::Rejected => refused(1),
        ErrorKind::EmptyImage => inspect(HERE, &[]).map(drop),
        ErrorKind::NotAnImage => inspect(HERE, b"text").map(drop),
        ErrorKind::WrongImage => expectation(Some("00"), Some(1)).check(HERE, Size::Full, 2, "11").map(drop),
        ErrorKind::ResumeMismatch => {
            let checkpoint = begin(file(), "@you", UploadConfig::default(), None).map(|upload| upload.checkpoint());
            begin(file(), "@else", UploadConfig::default(), Some(&checkpoint.expect("good input"))).map(drop)
        }
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
