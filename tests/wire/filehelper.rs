//! The File Transfer Helper: what differs on the wire, and to whom it sends.

use webwx_image::client::ClientOptions;
use webwx_image::download::{self, Size};
use webwx_image::error::{ErrorKind, Result};
use webwx_image::http::Request;
use webwx_image::ids::MsgId;
use webwx_image::job::{Action, Forward, Goal, Input, Opened, Send, SendSource, Step, Upload};
use webwx_image::origin::Dialect;
use webwx_image::session::{Receiver, Session, SessionInit};
use webwx_image::upload::UploadedMedia;

use crate::hand::{Hand, client, json, part, parts};
use crate::sending::media;
use crate::{COOKIES, JSON_HEADERS, ME, chat, file, init, page, session, session_with, to};

const APP_ID: (&str, &str) = ("mmweb_appid", "wx_webfilehelper");

fn helper() -> Session {
    session_with(|init| {
        init.origin = Some("https://szfilehelper.weixin.qq.com".into());
        init.pass_ticket = Some("a%2Bb%3D%3D".into());
    })
}

fn headers(request: &Request) -> Vec<(&str, &str)> {
    request.headers.iter().map(|(name, value)| (&**name, value.as_str())).collect()
}

fn begin_upload(hand: &mut Hand, session: &Session, size: u64, name: &str) -> Result<Upload> {
    let client = client(session, ClientOptions { reports: true, ..ClientOptions::default() });
    let opened = Opened { file: file("image/png", size), resume: None, md5_ms: 1 };
    hand.lend(|cx| Upload::new(cx, &client, 0, opened, to(name), None))
}

#[test]
fn an_upload_has_no_id_and_a_random_address() {
    let mut hand = page();
    let mut upload = begin_upload(&mut hand, &helper(), 524_289, "filehelper").expect("good input");
    // Counters are wanted, and the page has none: the first request is the chunk.
    let first = hand.request(&mut upload);
    let url = "https://file.wx2.qq.com/cgi-bin/mmwebwx-bin/webwxuploadmedia?f=json&random=zZZZ";
    assert_eq!(first.request.url, url);
    assert_eq!(headers(&first.request), [APP_ID]);
    assert_eq!(first.request.cookies.as_deref(), Some(COOKIES));
    let names: Vec<&str> = parts(&first.request).iter().map(|part| part.name).collect();
    let expected = [
        "name",
        "lastModifiedDate",
        "size",
        "type",
        "chunks",
        "chunk",
        "mediatype",
        "uploadmediarequest",
        "webwx_data_ticket",
        "pass_ticket",
        "filename",
    ];
    assert_eq!(names, expected);
    assert_eq!(part(&first.request, "pass_ticket"), "a%2Bb%3D%3D", "as the login gives it");
    let said = part(&first.request, "uploadmediarequest").to_owned();
    assert!(said.contains(&format!(r#""FromUserName":"{ME}","ToUserName":"filehelper""#)), "{said}");
    hand.good(&mut upload, first.id, r#"{"BaseResponse":{"Ret":0},"MediaId":""}"#);
    hand.random = 0.25;
    let second = hand.request(&mut upload).request;
    assert!(second.url.ends_with("&random=mZZZ"), "{}", second.url);
    assert_eq!(part(&second, "uploadmediarequest"), said);
}

#[test]
fn messages_name_the_page_in_a_header_and_have_no_language() {
    let (mut hand, client) = (chat(), client(&helper(), ClientOptions::default()));
    let to = helper().receiver(None).expect("the only one");
    let url = "https://szfilehelper.weixin.qq.com/cgi-bin/mmwebwx-bin/webwxsendmsgimg?fun=async&f=json\
               &pass_ticket=a%252Bb%253D%253D";
    let mut send = hand.lend(|cx| Send::new(cx, &client, &media("image/png", None), &to)).expect("good input");
    let mut forward = hand.lend(|cx| Forward::new(cx, &client, "<msg><img/></msg>", &to)).expect("good input");
    for request in [hand.request(&mut send).request, hand.request(&mut forward).request] {
        assert_eq!(request.url, url);
        assert_eq!(headers(&request), [&JSON_HEADERS[..], &[APP_ID]].concat());
        assert!(json(&request).contains(r#""ToUserName":"filehelper""#));
    }
    let asked = session_with(|init| {
        init.origin = Some("https://filehelper.weixin.qq.com".into());
        init.lang = Some("zh_CN".into());
    });
    let mut upload = begin_upload(&mut page(), &asked, 26_214_401, "filehelper").expect("good input");
    let check = page().request(&mut upload).request;
    assert_eq!(check.url, "https://filehelper.weixin.qq.com/cgi-bin/mmwebwx-bin/webwxcheckupload?lang=zh_CN");
    assert_eq!(headers(&check), [&JSON_HEADERS[..], &[APP_ID]].concat());
}

#[test]
fn a_picture_is_asked_for_with_the_name_in_the_query() {
    let url = "https://szfilehelper.weixin.qq.com/cgi-bin/mmwebwx-bin/webwxgetmsgimg?MsgID=1\
               &skey=%40crypt_a936502b_e15410d6dbff4c856aa8d26e71ec8ac1";
    for (size, kind) in [(Size::Full, ""), (Size::Thumbnail, "&type=slave"), (Size::Big, "&type=big")] {
        let request = download::request(&helper(), &MsgId::new("1").expect("digits"), size);
        assert_eq!(request.url, format!("{url}{kind}&mmweb_appid=wx_webfilehelper"));
        assert_eq!((headers(&request), request.cookies.as_deref()), (vec![], Some(COOKIES)), "no preflight");
    }
}

#[test]
fn a_page_elsewhere_says_how_it_speaks() {
    for (origin, dialect, expected) in [
        ("https://wx.qq.com", None, Dialect::Web),
        ("https://cmfilehelper.weixin.qq.com", None, Dialect::FileHelper),
        ("http://127.0.0.1:1", None, Dialect::Web),
        ("http://127.0.0.1:1", Some(" "), Dialect::Web),
        ("http://127.0.0.1:1", Some("filehelper"), Dialect::FileHelper),
        ("https://filehelper.weixin.qq.com", Some("web"), Dialect::Web),
    ] {
        let session = session_with(|init| {
            init.origin = Some(origin.into());
            init.dialect = dialect.map(str::to_owned);
        });
        assert_eq!(session.dialect(), expected, "{origin} {dialect:?}");
        let request = download::request(&session, &MsgId::new("1").expect("digits"), Size::Full);
        assert_eq!(request.url.contains("mmweb_appid"), expected == Dialect::FileHelper);
    }
    let odd = SessionInit { dialect: Some("Filehelper".into()), ..init() };
    let error = Session::new(&odd, &[]).expect_err("no such dialect");
    assert_eq!(error.to_string(), "session.dialect: expected \"web\" or \"filehelper\"");
}

#[test]
fn nobody_but_the_file_transfer_helper_is_sent_to() {
    let sentence = "`to`: expected \"filehelper\" or nothing; this page sends to the File Transfer Helper alone";
    let refused = |outcome: Result<()>| {
        let error = outcome.expect_err("another receiver");
        assert_eq!((error.kind(), error.to_string().as_str()), (ErrorKind::InvalidInput, sentence));
    };
    let (helper, web) = (helper(), session(&init()));
    assert_eq!(helper.receiver(Some(" filehelper ")), Receiver::new("filehelper"));
    assert_eq!(web.receiver(Some("@friend")), Receiver::new("@friend"));
    assert_eq!(web.receiver(None).expect_err("none").to_string(), "to is missing");
    for name in ["@friend", "@@group"] {
        refused(helper.receiver(Some(name)).map(drop));
        refused(begin_upload(&mut page(), &helper, 10, name).map(drop));
        let (mut hand, client) = (chat(), client(&helper, ClientOptions::default()));
        let media: UploadedMedia = media("image/png", None);
        refused(hand.lend(|cx| Send::new(cx, &client, &media, &to(name))).map(drop));
        refused(hand.lend(|cx| Forward::new(cx, &client, "<msg><img/></msg>", &to(name))).map(drop));
    }
}

#[test]
fn a_source_for_somebody_else_ends_before_its_first_request() {
    let client = client(&helper(), ClientOptions::default());
    let mut hand = page();
    let mut job = SendSource::new(&client, 0, to("@friend"), Goal::Message, None);
    let id = loop {
        match hand.poll(&mut job) {
            Step::Do(Action::Open { id, .. }) => break id,
            Step::Do(Action::Event(_)) => {}
            step => panic!("it is opened first, not {step:?}"),
        }
    };
    let opened = Opened { file: file("image/png", 10), resume: None, md5_ms: 1 };
    hand.handle(&mut job, Input::Opened { id, file: Ok(opened) });
    assert_eq!(hand.end(&mut job).expect_err("another receiver").kind(), ErrorKind::InvalidInput);
}
