//! Pictures coming in, the gateway, and the counters.

use webwx_image::download::{self, Size};
use webwx_image::gateway::{Gateway, GetMsgImg, Location, MsgId, picture_request};
use webwx_image::http::{Body, Method};
use webwx_image::origin::Origin;
use webwx_image::report;
use webwx_image::session::Session;

use crate::{init, json, sending_session, session_with};

#[test]
fn the_image_of_a_message() {
    let url = concat!(
        "https://wx.qq.com/cgi-bin/mmwebwx-bin/webwxgetmsgimg?MsgID=8997396119269472610",
        "&skey=%40crypt_a936502b_74e29c164b1802c5bfd4b1f9a7db4b5e"
    );
    for (size, end) in [(Size::Full, ""), (Size::Thumbnail, "&type=slave"), (Size::Big, "&type=big")] {
        let request = download::request(&sending_session(), " 8997396119269472610 ", size).expect("good input");
        assert_eq!((request.method, request.url.as_str()), (Method::Get, format!("{url}{end}").as_str()));
        assert!(request.headers.is_empty() && matches!(request.body, Body::Empty) && request.cookies.is_some());
    }
    let odd = session_with(|init| init.skey = Some("@a b&c=d/é".into()));
    let request = download::request(&odd, "1", Size::Full).expect("good input");
    assert!(request.url.ends_with("?MsgID=1&skey=%40a%20b%26c%3Dd%2F%C3%A9"), "{}", request.url);
}

fn wanted(msg_id: MsgId, kind: Option<u8>) -> GetMsgImg {
    GetMsgImg {
        w_id: "00000171-0504-4e11-0005-89183b61f7e4".into(),
        msg_id,
        from_user: "wxid_i6qsbbjenjuj22".into(),
        to_user: "wxid_wl9qchkanp9u22".into(),
        content: "<msg><img length=\"1\"/></msg>".into(),
        kind,
    }
}

#[test]
fn the_gateways_request() {
    let gateway = Gateway::new(None, " raw token ").expect("good input");
    let body = |msg_id: &str, end: &str| {
        format!(
            concat!(
                r#"{{"wId":"00000171-0504-4e11-0005-89183b61f7e4","msgId":{},"fromUser":"wxid_i6qsbbjenjuj22","#,
                r#""toUser":"wxid_wl9qchkanp9u22","content":"<msg><img length=\"1\"/></msg>"{}}}"#
            ),
            msg_id, end
        )
    };
    for (msg_id, kind, expected) in [
        (MsgId::Number(1_114_390_854), None, body("1114390854", "")),
        (MsgId::Number(u64::MAX), Some(0), body("18446744073709551615", r#","type":0"#)),
        (MsgId::Text("09223372036854775807".into()), Some(1), body(r#""09223372036854775807""#, r#","type":1"#)),
    ] {
        let (request, _) = gateway.request(&wanted(msg_id, kind)).expect("good input");
        assert_eq!((request.method, request.url.as_str()), (Method::Post, "http://localhost:18081/getMsgImg"));
        let headers = [("content-type", "application/json"), ("authorization", "raw token")];
        assert_eq!(request.headers, headers.map(|(name, value)| (name, value.to_owned())));
        assert_eq!((json(&request), request.cookies.as_deref()), (expected.as_str(), None));
    }
    let elsewhere = Gateway::new(Some("https://gateway.example:8443/"), "t").expect("good input");
    let (request, _) = elsewhere.request(&wanted(MsgId::Number(1), None)).expect("good input");
    assert_eq!(request.url, "https://gateway.example:8443/getMsgImg");
}

#[test]
fn the_gateway_gets_content_without_its_wrapping() {
    let gateway = Gateway::new(None, "t").expect("good input");
    for content in [
        "<msg><img length=\"1\"/></msg>",
        "wxid_someone:\n<msg><img length=\"1\"/></msg>",
        "&lt;msg&gt;&lt;img length=\"1\"/&gt;&lt;/msg&gt;",
        "@0f0f:<br/>&lt;msg&gt;&lt;img length=\"1\"/&gt;&lt;/msg&gt;",
    ] {
        let wanted = GetMsgImg { content: content.into(), ..wanted(MsgId::Number(1), None) };
        let (request, _) = gateway.request(&wanted).expect("good input");
        assert!(json(&request).ends_with(r#""content":"<msg><img length=\"1\"/></msg>"}"#), "{content}");
    }
}

#[test]
fn nothing_secret_goes_to_the_pictures_own_origin() {
    let location = Location { url: "https://cos.example//msgImg/1.png".into(), message: String::new() };
    let request = picture_request(&location);
    assert_eq!((request.method, request.url), (Method::Get, location.url));
    assert!(request.headers.is_empty() && request.cookies.is_none() && matches!(request.body, Body::Empty));
}

#[test]
fn the_three_counters() {
    for (origin, reports_to) in [
        (None, "https://support.weixin.qq.com"),
        (Some("https://wx8.qq.com"), "https://support.weixin.qq.com"),
        (Some("http://127.0.0.1:4000"), "http://127.0.0.1:4000"),
    ] {
        let session = session_with(|init| init.origin = origin.map(str::to_owned));
        let requests = report::requests(&session, 146);
        let queries = ["rid=69373&rkey=9&rvalue=1", "rid=63637&rkey=72&rvalue=146", "rid=63637&rkey=76&rvalue=1"];
        for (request, query) in requests.iter().zip(queries) {
            let url = format!("{reports_to}/cgi-bin/mmsupport-bin/reportforweb?{query}");
            assert_eq!((request.method, &request.url), (Method::Get, &url));
            assert!(request.cookies.is_none() && request.headers.is_empty(), "counters carry no session");
        }
    }
    let proxy = Origin::parse("https://proxy.example", "origin").expect("an origin");
    let mut init = init();
    init.origin = Some("https://proxy.example".into());
    let session = Session::new(&init, 0.5, &[proxy]).expect("a named origin");
    assert!(report::requests(&session, 1)[0].url.starts_with("https://proxy.example/"), "no telemetry from a stranger");
}
