//! Pictures coming in, the gateway, and the counters.

use webwx_image::download::{self, Size};
use webwx_image::error::{Error, Place};
use webwx_image::gateway::{Ask, Gateway, GetMsgImg, GivenId, Location, picture_request};
use webwx_image::http::{Body, Failure, Method, Request};
use webwx_image::ids::MsgId;
use webwx_image::origin::Origin;
use webwx_image::report;
use webwx_image::session::Session;

use crate::hand::json;
use crate::{init, sending_session, session_with};

fn msg_id(digits: &str) -> MsgId {
    MsgId::new(digits).expect("digits")
}

#[test]
fn the_image_of_a_message() {
    let url = concat!(
        "https://wx.qq.com/cgi-bin/mmwebwx-bin/webwxgetmsgimg?MsgID=8997396119269472610",
        "&skey=%40crypt_a936502b_74e29c164b1802c5bfd4b1f9a7db4b5e"
    );
    for (size, end) in [(Size::Full, ""), (Size::Thumbnail, "&type=slave"), (Size::Big, "&type=big")] {
        let request = download::request(&sending_session(), &msg_id(" 8997396119269472610 "), size);
        assert_eq!((request.method, request.url.as_str()), (Method::Get, format!("{url}{end}").as_str()));
        assert!(request.headers.is_empty() && matches!(request.body, Body::Empty) && request.cookies.is_some());
    }
    let odd = session_with(|init| init.skey = Some("@a b&c=d/é".into()));
    let request = download::request(&odd, &msg_id("1"), Size::Full);
    assert!(request.url.ends_with("?MsgID=1&skey=%40a%20b%26c%3Dd%2F%C3%A9"), "{}", request.url);
}

fn wanted(msg_id: GivenId, kind: Option<u8>) -> GetMsgImg {
    GetMsgImg {
        w_id: "00000171-0504-4e11-0005-89183b61f7e4".into(),
        msg_id,
        from_user: "wxid_i6qsbbjenjuj22".into(),
        to_user: "wxid_wl9qchkanp9u22".into(),
        content: "<msg><img length=\"1\"/></msg>".into(),
        kind,
    }
}

/// The request of a wish without sizes.
fn asked(gateway: &Gateway, wanted: &GetMsgImg) -> Request {
    let order = gateway.order(wanted.into(), &[]).expect("good input");
    gateway.request(&order, &Ask::default()).expect("a form of this package")
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
        (GivenId::Number(1_114_390_854), None, body("1114390854", "")),
        (GivenId::Number(u64::MAX), Some(0), body("18446744073709551615", r#","type":0"#)),
        (GivenId::Text(msg_id("09223372036854775807")), Some(1), body(r#""09223372036854775807""#, r#","type":1"#)),
    ] {
        let request = asked(&gateway, &wanted(msg_id, kind));
        assert_eq!((request.method, request.url.as_str()), (Method::Post, "http://localhost:18081/getMsgImg"));
        let headers = [("content-type", "application/json"), ("authorization", "raw token")];
        assert_eq!(request.headers, headers.map(|(name, value)| (name.into(), value.to_owned())));
        assert_eq!((json(&request), request.cookies.as_deref()), (expected.as_str(), None));
    }
    let elsewhere = Gateway::new(Some("https://gateway.example:8443/"), "t").expect("good input");
    let request = asked(&elsewhere, &wanted(GivenId::Number(1), None));
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
        let wanted = GetMsgImg { content: content.into(), ..wanted(GivenId::Number(1), None) };
        let request = asked(&gateway, &wanted);
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

fn queries(requests: &[Request]) -> Vec<&str> {
    requests.iter().map(|request| request.url.split_once('?').expect("a query").1).collect()
}

#[test]
fn the_counters_of_an_upload() {
    let small = ["rid=69373&rkey=9&rvalue=1", "rid=63637&rkey=72&rvalue=146", "rid=63637&rkey=76&rvalue=1"];
    for (origin, reports_to) in [
        (None, "https://support.weixin.qq.com"),
        (Some("https://wx8.qq.com"), "https://support.weixin.qq.com"),
        (Some("http://127.0.0.1:4000"), "http://127.0.0.1:4000"),
    ] {
        let session = session_with(|init| init.origin = origin.map(str::to_owned));
        let requests = report::begun(&session, 1_048_576, 146);
        assert_eq!(queries(&requests), small);
        for request in requests {
            assert!(request.url.starts_with(&format!("{reports_to}/cgi-bin/mmsupport-bin/reportforweb?")));
            assert_eq!(request.method, Method::Get);
            assert!(request.cookies.is_none() && request.headers.is_empty(), "counters carry no session");
        }
    }
    let session = session_with(|_| {});
    let large = ["rid=69373&rkey=9&rvalue=1", "rid=63637&rkey=70&rvalue=14", "rid=63637&rkey=74&rvalue=1"];
    assert_eq!(queries(&report::begun(&session, 10 * 1_048_576, 149)), large, "whole milliseconds for each MiB");
    assert_eq!(queries(&report::begun(&session, 1_048_577, 1))[1], "rid=63637&rkey=70&rvalue=1", "0 is sent as 1");
    let proxy = Origin::parse("https://proxy.example", "origin").expect("an origin");
    let mut init = init();
    init.origin = Some("https://proxy.example".into());
    let session = Session::new(&init, &[proxy]).expect("a named origin");
    assert!(report::begun(&session, 1, 1)[0].url.starts_with("https://proxy.example/"), "no telemetry from a stranger");
}

#[test]
fn the_counter_of_an_upload_without_an_answer() {
    let session = session_with(|_| {});
    let place = Place::at("webwxuploadmedia");
    for error in [Failure::Network.at(place), Failure::Timeout(1).at(place), Error::http_status(place, 502)] {
        let counter: Vec<Request> = report::failed(&session, &error).into_iter().collect();
        assert_eq!(queries(&counter), ["rid=69373&rkey=10&rvalue=1"], "{error}");
    }
    for ret in [1, 1101, 1205] {
        assert!(report::failed(&session, &Error::from_ret(place, ret)).is_none(), "the page counts no refusal");
    }
}
