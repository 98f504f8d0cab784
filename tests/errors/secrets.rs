//! What no error, and no `Debug`, may ever show.

use webwx_image::cdn::{CdnKey, decode_cdn_url};
use webwx_image::client::ClientOptions;
use webwx_image::download::{self, Expectation, Size};
use webwx_image::gateway::{Ask, Gateway, GetMsgImg};
use webwx_image::ids::MsgId;
use webwx_image::image::inspect;
use webwx_image::job::{Action, Batch, Download, GetPicture, Goal, Input, Job, Locate, Opened, Pace, SendSource, Step};
use webwx_image::message::{Kind, Message};
use webwx_image::retry::Terms;
use webwx_image::session::{Receiver, Session};
use webwx_image::upload::{self, FileInfo};

use crate::hand::{Hand, answer, client};
use crate::{Spoilt, begin, file, forward, gateway, init, media, sending, sent, session, text, to, uploaded, wanted};

/// Values that must not be shown: session, uploads, gateway, messages.
const MARKS: [&str; 9] =
    ["SKEYMARK", "SIDMARK", "DATAMARK", "PASSMARK", "TOKENMARK", "AESMARK", "SIGNMARK", "MEDIAMARK", "2272112421"];

#[track_caller]
fn assert_silent(shown: &str) {
    let said = MARKS.iter().find(|mark| shown.contains(**mark));
    assert_eq!(said, None, "{shown}");
}

/// A picture's message with a key, and the service's answer with one.
const CONTENT: &str = "<msg><img aeskey=\"AESMARK\" cdnthumbaeskey=\"AESMARK\" length=\"1\" hdlength=\"1\"/></msg>";
const KEYS: &str = r#"{"BaseResponse":{"Ret":0},"MediaId":"","AESKey":"AESMARK","Signature":"SIGNMARK"}"#;
const TAKEN: &str = r#"{"BaseResponse":{"Ret":0},"MediaId":"@crypt_MEDIAMARK"}"#;
const RECEIPT: &str = r#"{"BaseResponse":{"Ret":0},"MsgID":"1"}"#;

#[test]
fn no_value_shows_a_secret() {
    let session = session();
    let message = Message::parse(CONTENT).expect("not too long");
    let Kind::Image(image) = &message.kind else { panic!("no image") };
    let emoticon = Message::parse("<msg><emoji aeskey=\"AESMARK\"/></msg>").expect("not too long");
    let gateway = gateway();
    let wanted = GetMsgImg { content: CONTENT.into(), ..wanted() };
    let order = gateway.order((&wanted).into(), &[]).expect("good input");
    let (gateway_request, expectation) = (gateway.request(&order, &Ask::default()), order.expect.clone());
    let get = download::request(&session, &MsgId::new("1").expect("digits"), Size::Full);
    let checkpoint = begin(file(), "@you", ClientOptions::default(), None).expect("good input").checkpoint();
    for shown in [
        format!("{:?} {session:?} {} {:?}", init(), session.origin(), client(&session, ClientOptions::default())),
        format!("{:?} {:?} {:?}", media(), answer(200, TAKEN), sent(200, RECEIPT)),
        format!("{gateway:?} {wanted:?} {gateway_request:?} {expectation:?} {order:?} {get:?}"),
        format!("{message:?} {image:?} {:?} {:?} {emoticon:?}", image.thumbnail, image.normal),
        format!("{:?} {:?}", Expectation::of(image), message.warnings),
        format!("{checkpoint:?} {}", serde_json::to_string(&checkpoint).expect("plain data")),
        format!("{:?} {}", file(), serde_json::to_string(&upload::Thumbnail::default()).expect("plain data")),
    ] {
        assert_silent(&shown);
    }
}

/// `Debug` of a job, of each of its steps, and of it again behind each; until it has no more answers, or is over.
fn shown<J: Job<Output: std::fmt::Debug> + std::fmt::Debug>(mut job: J, bodies: &[&str]) -> String {
    let (mut hand, mut bodies) = (Hand::new(), bodies.iter());
    let mut shown = vec![format!("{job:?}")];
    while shown.len() < 1000 {
        let step = hand.poll(&mut job);
        shown.push(format!("{step:?} {job:?} {:?}", hand.messages));
        let input = match step {
            Step::Do(Action::Request(request)) => bodies.next().map(|body| {
                let response = answer(200, body);
                Input::Answer { id: request.id, response }
            }),
            Step::Do(Action::Open { id, .. }) => {
                Some(Input::Opened { id, file: Ok(Opened { file: file(), resume: None, md5_ms: 0 }) })
            }
            Step::Do(Action::Next(id)) => Some(Input::Listed { id, more: true }),
            Step::Do(Action::Wait(_)) | Step::Done(_) => return shown.join(" "),
            Step::Do(_) => None,
        };
        if let Some(input) = input {
            shown.push(format!("{input:?}"));
            hand.handle(&mut job, input);
        }
    }
    panic!("it never ends")
}

#[test]
fn no_job_shows_a_secret() {
    let session = session();
    let client = client(&session, ClientOptions { reports: true, ..ClientOptions::default() });
    let wanted = GetMsgImg { content: CONTENT.into(), ..wanted() };
    let url = r#"{"code":1000,"data":"https://cos.example/1.png"}"#;
    let get = download::request(&session, &MsgId::new("1").expect("digits"), Size::Full);
    let begin = |size| begin(FileInfo { size, ..file() }, "@you", ClientOptions::default(), None).expect("good input");
    let source = || SendSource::new(&client, 0, to("@you"), Goal::Message, None);
    for (shown, is_over) in [
        (shown(begin(1000), &[TAKEN]), true),
        (shown(begin(26_214_401), &[KEYS]), false),
        (shown(sending(), &[RECEIPT]), true),
        (shown(sending(), &[]), false),
        (shown(forward(CONTENT).expect("an image"), &[RECEIPT]), true),
        (shown(source(), &["", "", "", TAKEN]), false),
        (shown(source(), &["", "", "", TAKEN, RECEIPT]), true),
        (shown(Batch::new(&client, to("@you"), Pace::default()), &["", "", "", TAKEN]), false),
        (shown(Download::new(get, Size::Full, None, Terms::default()), &[]), false),
        (shown(Locate::new(&gateway(), &wanted, Terms::default()).expect("good input"), &[url]), true),
        (shown(GetPicture::new(&gateway(), &wanted, Terms::default()).expect("good input"), &[url]), false),
    ] {
        assert_silent(&shown);
        assert_eq!(shown.contains("Done("), is_over, "{shown}");
    }
}

#[test]
fn no_error_holds_a_secret() {
    let echo = r#"{"BaseResponse":{"Ret":RET,"ErrMsg":"SKEYMARK SIDMARK DATAMARK PASSMARK"},"MediaId":"MEDIAMARK","MsgID":"AESMARK"}"#;
    let mut errors = Vec::new();
    for ret in [1, -1, -14, 1100, 1205, 7] {
        let body = echo.replace("RET", &ret.to_string());
        errors.push(uploaded(100, &[Ok(answer(200, &body))]).expect_err("a Ret"));
        errors.push(sent(200, &body).expect_err("a Ret"));
    }
    for body in [echo.replace("RET", "\"SKEYMARK\""), echo.replace("RET", "0")[..80].to_owned(), "SKEYMARK".into()] {
        errors.push(uploaded(100, &[Ok(answer(200, &body))]).expect_err("malformed"));
        errors.push(sent(200, &body).expect_err("malformed"));
    }
    errors.push(sent(200, &echo.replace("RET", "0")).expect_err("no MsgID"));
    errors.push(gateway().parse(&answer(200, r#"{"code":401,"msg":"bad token TOKENMARK"}"#)).expect_err("a code"));
    let spoils: [Spoilt; 6] = [
        |s| s.uin = text("2272112421x"),
        |s| s.sid = text("SIDMARK;"),
        |s| s.skey = text("SKEYMARK\n."),
        |s| s.data_ticket = text("DATAMARK;"),
        |s| s.user_name = text("SIDMARK"),
        |s| s.device_id = text("SKEYMARK"),
    ];
    for spoil in spoils {
        let mut init = init();
        spoil(&mut init);
        errors.push(Session::new(&init, &[]).expect_err("spoilt"));
    }
    errors.push(Gateway::new(None, "TOKENMARK\n.").expect_err("a line end"));
    errors.push(Receiver::new("SKEYMARK").expect_err("no name"));
    errors.push(decode_cdn_url("AESMARK").expect_err("no hex"));
    errors.push(CdnKey::new("AESMARK").expect_err("no hex"));
    for error in errors {
        assert_silent(&format!("{error} {error:?}"));
    }
}

#[test]
fn a_service_that_quotes_a_key_in_its_own_words() {
    let key = "6164c35b7fd24ae0AESMARK8b9d1c3f5";
    let page = format!("<title>Bad request: 密钥{key}无效 sid=\"{key}\"</title>");
    let error = uploaded(100, &[Ok(answer(200, &page))]).expect_err("a page");
    assert_silent(&error.to_string());
    assert!(error.to_string().ends_with("(Bad request: 密钥…无效 …)"), "{error}");
    let content = format!(r#"{{"code":1001,"msg":"bad content: <msg><img aeskey=\"{key}\""}}"#);
    let error = gateway().parse(&answer(200, &content)).expect_err("a code");
    assert_silent(&error.to_string());
    assert_eq!(error.to_string(), "getMsgImg: code 1001: \"bad content: <msg><img …\"");
}

#[test]
fn what_is_as_long_as_a_sid_is_left_out() {
    let quoted = |word: &str| {
        let error = sent(200, &format!("<title>no session {word}!</title>")).expect_err("a page");
        error.to_string().trim_start_matches("webwxsendmsgimg: expected JSON, got an HTML page ").to_owned()
    };
    // With the mark behind it: 15 and 16 characters.
    assert_eq!(quoted("sbP3ymYOQZio10"), "(no session sbP3ymYOQZio10!)");
    assert_eq!(quoted("sbP3ymYOQZio10B"), "(no session …)");
    assert_eq!(quoted("会话会话会话会话会话会话会话会话"), "(no session 会话会话会话会话会话会话会话会话!)");
    assert_eq!(quoted("会sbP3ymYOQZio10BD话"), "(no session 会…话!)");
}

#[test]
fn a_page_that_quotes_the_request() {
    let page =
        "<html><p>The requested URL /cgi-bin/x?MsgID=1&skey=%40crypt_SKEYMARK&amp;pass_ticket=PASSMARK was not found";
    for error in [
        uploaded(100, &[Ok(answer(200, page))]).expect_err("a page"),
        sent(200, page).expect_err("a page"),
        inspect(download::GET_MSG_IMG, page.as_bytes()).expect_err("a page"),
    ] {
        assert_silent(&error.to_string());
    }
}
