//! The gateway: what it is given, and what it answers.

use webwx_image::error::{ErrorKind, Place};
use webwx_image::gateway::{Gateway, GetMsgImg};

use crate::hand::answer;
use crate::{assert_final, assert_invalid, assert_transient, gateway, wanted};

#[test]
fn gateways() {
    let sentence = "authorization: expected the gateway's token";
    for authorization in ["", " ", "a\nb"] {
        assert_invalid(Gateway::new(None, authorization), sentence);
    }
    let sentence = "origin: expected an http or https origin like https://wx.qq.com, without a path";
    assert_invalid(Gateway::new(Some("localhost:18081"), "t"), sentence);
    let gateway = gateway();
    for (wanted, sentence) in [
        (GetMsgImg { w_id: " ".into(), ..wanted() }, "wId is missing"),
        (GetMsgImg { from_user: String::new(), ..wanted() }, "fromUser is missing"),
        (GetMsgImg { to_user: String::new(), ..wanted() }, "toUser is missing"),
        (GetMsgImg { kind: Some(2), ..wanted() }, "type: expected 0 (normal) or 1 (HD)"),
        (
            GetMsgImg { content: "x".repeat(1_048_577), ..wanted() },
            "content: expected at most 1 MiB, got 1048577 bytes",
        ),
    ] {
        assert_invalid(gateway.order((&wanted).into(), &[]), sentence);
    }
    for content in ["", "hello", "<msg><emoji/></msg>", "<html></html>", "<msg><appmsg><img/></appmsg></msg>"] {
        let sentence = "content: expected an <img>";
        assert_invalid(gateway.order((&GetMsgImg { content: content.into(), ..wanted() }).into(), &[]), sentence);
    }
}

#[test]
fn what_gateways_answer() {
    let gateway = gateway();
    let url = "https://cos.example//msgImg/1.png";
    for body in [
        format!(r#"{{"message":"成功","code":"1000","data":"{url}"}}"#),
        format!(r#"{{"msg":"成功","code":1000,"data":{{"url":" {url} "}}}}"#),
        format!(r#"{{"code":" 1000 ","message":"成功","msg":"x","data":"{url}","more":[]}}"#),
    ] {
        let location = gateway.parse(&answer(200, &body)).expect("a place");
        assert_eq!((location.url.as_str(), location.message.as_str()), (url, "成功"), "{body}");
    }
    let long = "words ".repeat(40);
    let failed = ErrorKind::GatewayFailed;
    for (body, kind, ret, sentence) in [
        (r#"{"message":"失败","code":"1001","data":null}"#.to_owned(), failed, 1001, "code 1001: \"失败\"".to_owned()),
        (r#"{"msg":"no","code":10001}"#.into(), failed, 10001, "code 10001: \"no\"".into()),
        (r#"{"code":-5,"msg":" "}"#.into(), failed, -5, "code -5".into()),
        (
            format!(r#"{{"code":1001,"msg":"a\nb {long}"}}"#),
            failed,
            1001,
            format!("code 1001: \"{}\"", format!("a b {long}").chars().take(80).collect::<String>()),
        ),
        (r#"{"code":1001,"msg":"TOKENMARK is not valid"}"#.into(), failed, 1001, "code 1001".into()),
        (
            r#"{"code":"1205","msg":"slow down"}"#.into(),
            ErrorKind::RateLimited,
            1205,
            "code 1205 (too many requests): \"slow down\"".into(),
        ),
        (r#"{"code":1105}"#.into(), ErrorKind::RateLimited, 1105, "code 1105 (too many requests)".into()),
        (r#"{"code":1001.0,"message":5,"msg":"no"}"#.into(), failed, 1001, "code 1001: \"no\"".into()),
        (r#"{"code":1001,"message":" ","msg":"no"}"#.into(), failed, 1001, "code 1001: \"no\"".into()),
        (r#"{"code":1000,"message":{},"msg":5}"#.into(), failed, 1000, "code 1000, but no URL".into()),
        (r#"{"code":1000,"data":null}"#.into(), failed, 1000, "code 1000, but no URL".into()),
        (r#"{"code":1000,"data":" "}"#.into(), failed, 1000, "code 1000, but no URL".into()),
        (r#"{"code":1000,"data":{"link":"https://x"}}"#.into(), failed, 1000, "code 1000, but no URL".into()),
        (r#"{"code":1000,"data":[]}"#.into(), failed, 1000, "code 1000, but no URL".into()),
    ] {
        let error = assert_final(gateway.parse(&answer(200, &body)), kind, &format!("getMsgImg: {sentence}"));
        assert_eq!((error.ret(), error.place()), (Some(ret), Some(Place::at("getMsgImg"))));
    }
    for url in [
        "javascript:alert(1)",
        "file:///etc/passwd",
        "//x",
        "ftp://x/y",
        "https://",
        "http:///x",
        "https://a b",
        "https://u:p@x/y",
        "http://[/",
    ] {
        let body = format!(r#"{{"code":1000,"data":"{url}"}}"#);
        let sentence = "getMsgImg: code 1000, but its URL is not http or https";
        assert_final(gateway.parse(&answer(200, &body)), failed, sentence);
    }
    for (own, url, is_refused) in [
        ("https://gateway.example", "http://127.0.0.1/1.png", true),
        ("https://gateway.example", "http://169.254.169.254:80/1.png", true),
        ("https://gateway.example", "http://LOCALHOST?x", true),
        ("https://gateway.example", "https://[::1]/", true),
        ("https://gateway.example", "https://cos.example/1.png", false),
        ("http://192.168.1.5:9", "http://127.0.0.1/1.png", false),
        ("http://localhost:18081", "http://10.0.0.1/1.png", false),
    ] {
        let gateway = Gateway::new(Some(own), "t").expect("good input");
        let answer = answer(200, &format!(r#"{{"code":1000,"data":"{url}"}}"#));
        if is_refused {
            let sentence = "getMsgImg: code 1000, but its URL names a private host (allowPrivateHosts is not set)";
            assert_final(gateway.parse(&answer), failed, sentence);
        } else {
            assert!(gateway.parse(&answer).is_ok(), "{own} {url}");
        }
        assert!(gateway.allowing_private_hosts().parse(&answer).is_ok(), "{own} {url}");
    }
    let sentence = "getMsgImg: the code is not a number: \"nope\"";
    let error = assert_final(gateway.parse(&answer(200, r#"{"code":"E1","message":"nope"}"#)), failed, sentence);
    assert_eq!(error.ret(), None);
    for (body, sentence) in [
        ("", "getMsgImg: expected JSON, got an empty body"),
        ("<html>x", "getMsgImg: expected JSON, got an HTML page (x)"),
        ("[\"1000\"]", "getMsgImg: unexpected JSON"),
        ("{\"code\":", "getMsgImg: truncated JSON"),
        (r#"{"code":}"#, "getMsgImg: unexpected JSON"),
        ("{}", "getMsgImg: expected a code in the JSON response"),
        (r#"{"code":null}"#, "getMsgImg: expected a code in the JSON response"),
        (r#"{"code":1000.5}"#, "getMsgImg: expected a code in the JSON response"),
    ] {
        assert_transient(gateway.parse(&answer(200, body)), ErrorKind::MalformedResponse, sentence);
    }
}
