//! What no error, and no `Debug`, may ever show.

use webwx_image::cdn::{decode_cdn_url, decrypt_cdn_image};
use webwx_image::download::{self, Expectation, Size};
use webwx_image::gateway::{Gateway, GetMsgImg};
use webwx_image::image::inspect;
use webwx_image::message::{Kind, Message};
use webwx_image::session::Session;
use webwx_image::upload::{self, Action, FileInfo, UploadConfig};

use crate::{Spoilt, answer, begin, file, gateway, ids, init, media, send, session, text, uploaded, wanted};

/// Values that must not be shown: session, uploads, gateway, messages.
const MARKS: [&str; 9] =
    ["SKEYMARK", "SIDMARK", "DATAMARK", "PASSMARK", "TOKENMARK", "AESMARK", "SIGNMARK", "MEDIAMARK", "2272112421"];

#[track_caller]
fn assert_silent(shown: &str) {
    let said = MARKS.iter().find(|mark| shown.contains(**mark));
    assert_eq!(said, None, "{shown}");
}

#[test]
fn nothing_that_can_be_printed_holds_a_secret() {
    let session = session();
    let big = FileInfo { size: 26_214_401, ..file() };
    let mut upload = begin(big, "@you", UploadConfig::default(), None).expect("good input");
    let check = upload.next_action();
    let Action::Send(transmission) = &check else { panic!("nothing to send") };
    let keys = r#"{"BaseResponse":{"Ret":0},"MediaId":"","AESKey":"AESMARK","Signature":"SIGNMARK"}"#;
    upload.handle(transmission.id, &Ok(answer(200, keys)), 0.5);
    let chunk = upload.next_action();
    let Action::Send(transmission) = &chunk else { panic!("nothing to send") };
    let mut done = begin(file(), "@you", UploadConfig::default(), None).expect("good input");
    let Action::Send(only) = done.next_action() else { panic!("nothing to send") };
    let taken = r#"{"BaseResponse":{"Ret":0},"MediaId":"@crypt_MEDIAMARK"}"#;
    done.handle(only.id, &Ok(answer(200, taken)), 0.5);

    let content = "<msg><img aeskey=\"AESMARK\" cdnthumbaeskey=\"AESMARK\" length=\"1\" hdlength=\"1\"/></msg>";
    let message = Message::parse(content).expect("not too long");
    let Kind::Image(image) = &message.kind else { panic!("no image") };
    let emoticon = Message::parse("<msg><emoji aeskey=\"AESMARK\"/></msg>").expect("not too long");
    let gateway = gateway();
    let wanted = GetMsgImg { content: content.into(), ..wanted() };
    let (gateway_request, expectation) = gateway.request(&wanted).expect("good input");
    let get = download::request(&session, "1", Size::Full).expect("good input");
    let checkpoint = upload.checkpoint();

    for shown in [
        format!("{:?} {session:?} {}", init(), session.origin()),
        format!("{check:?} {chunk:?} {transmission:?} {:?}", transmission.request),
        format!("{upload:?} {done:?} {:?} {:?}", upload.standing(), ids()),
        format!("{:?}", done.next_action()),
        format!("{:?} {:?} {:?}", media(), send(), send().request()),
        format!(
            "{:?} {:?}",
            answer(200, taken),
            send().parse(&answer(200, r#"{"BaseResponse":{"Ret":0},"MsgID":"1"}"#))
        ),
        format!("{gateway:?} {wanted:?} {gateway_request:?} {expectation:?} {get:?}"),
        format!("{message:?} {image:?} {:?} {:?} {emoticon:?}", image.thumbnail, image.normal),
        format!("{:?} {:?}", Expectation::of(image), message.warnings),
        format!("{checkpoint:?} {}", serde_json::to_string(&checkpoint).expect("plain data")),
        format!("{:?} {}", file(), serde_json::to_string(&upload::Thumbnail::default()).expect("plain data")),
    ] {
        assert_silent(&shown);
    }
}

#[test]
fn no_error_holds_a_secret() {
    let echo = r#"{"BaseResponse":{"Ret":RET,"ErrMsg":"SKEYMARK SIDMARK DATAMARK PASSMARK"},"MediaId":"MEDIAMARK","MsgID":"AESMARK"}"#;
    let mut errors = Vec::new();
    for ret in [1, -1, -14, 1100, 1205, 7] {
        let body = echo.replace("RET", &ret.to_string());
        errors.push(uploaded(100, &[Ok(answer(200, &body))]).expect_err("a Ret"));
        errors.push(send().parse(&answer(200, &body)).expect_err("a Ret"));
    }
    for body in [echo.replace("RET", "\"SKEYMARK\""), echo.replace("RET", "0")[..80].to_owned(), "SKEYMARK".into()] {
        errors.push(uploaded(100, &[Ok(answer(200, &body))]).expect_err("malformed"));
        errors.push(send().parse(&answer(200, &body)).expect_err("malformed"));
    }
    errors.push(send().parse(&answer(200, &echo.replace("RET", "0"))).expect_err("no MsgID"));
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
        errors.push(Session::new(&init, 0.5, &[]).expect_err("spoilt"));
    }
    errors.push(Gateway::new(None, "TOKENMARK\n.").expect_err("a line end"));
    errors.push(download::request(&session(), "SKEYMARK", Size::Full).expect_err("letters"));
    errors.push(begin(file(), "SKEYMARK", UploadConfig::default(), None).expect_err("no name"));
    errors.push(decode_cdn_url("AESMARK").expect_err("no hex"));
    errors.push(decrypt_cdn_image(&mut [0; 16], "AESMARK").expect_err("no hex"));
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
fn a_page_that_quotes_the_request() {
    let page =
        "<html><p>The requested URL /cgi-bin/x?MsgID=1&skey=%40crypt_SKEYMARK&amp;pass_ticket=PASSMARK was not found";
    for error in [
        uploaded(100, &[Ok(answer(200, page))]).expect_err("a page"),
        send().parse(&answer(200, page)).expect_err("a page"),
        inspect(download::GET_MSG_IMG, page.as_bytes()).expect_err("a page"),
    ] {
        assert_silent(&error.to_string());
    }
}
