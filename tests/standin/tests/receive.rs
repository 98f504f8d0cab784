//! webwxgetmsgimg, the gateway and reportforweb.

mod common;

use common::{GATEWAY, PAGE, answer, get, get_url, json_of, md5, world};
use serde_json::{Value, json};
use standin::bytes::Bytes;
use standin::http::{self, StatusCode};
use standin::{Config, GatewayForm, World};

#[test]
fn originals_come_byte_for_byte_and_always_as_jpeg() {
    let mut world = world();
    for message in world.messages().to_vec() {
        for more in ["", "&type=big"] {
            let request = get(world.session(), &get_url(world.session(), &message.msg_id, more));
            let outcome = world.handle(&request);
            assert_eq!(answer(&outcome).headers()["content-type"], "image/jpeg");
            assert_eq!(md5(answer(&outcome).body()), message.picture.md5);
        }
    }
}

#[test]
fn thumbnails_are_small_jpegs() {
    let mut world = world();
    for message in world.messages().to_vec() {
        let request = get(world.session(), &get_url(world.session(), &message.msg_id, "&type=slave"));
        let outcome = world.handle(&request);
        let body = answer(&outcome).body();
        assert_eq!(image::guess_format(body).expect("a picture"), image::ImageFormat::Jpeg);
        let small = image::load_from_memory(body).expect("a whole picture");
        assert_eq!((small.width(), small.height()), message.picture.thumbnail_size());
        assert!(small.width() <= 120 && small.height() <= 120);
        assert_eq!((message.img_width, message.img_height), message.picture.thumbnail_size());
    }
}

#[test]
fn whatever_is_wrong_with_a_download_nothing_comes() {
    let mut world = world();
    let session = world.session().clone();
    let msg_id = world.messages()[0].msg_id.clone();
    let url = get_url(&session, &msg_id, "");
    for wrong in [
        url.replace("skey=%40", "skey=%41"),
        url.replace("&skey=", "&key="),
        url.replace(&msg_id, "1234567890123456789"),
        url.replace(&msg_id, "none"),
        format!("{url}&type=huge"),
        format!("{url}&type=slave&type=big"),
    ] {
        let outcome = world.handle(&get(&session, &wrong));
        let response = answer(&outcome);
        assert_eq!((response.status(), response.body().len()), (StatusCode::OK, 0), "{wrong}");
    }
    let without_cookies = http::Request::get(url).body(Bytes::new()).expect("a request");
    let outcome = world.handle(&without_cookies);
    assert_eq!((answer(&outcome).status(), answer(&outcome).body().len()), (StatusCode::OK, 0));
}

#[test]
fn the_old_gateway_gives_the_address_itself() {
    let mut world = world();
    let (status, answer) = ask(&mut world, |body| body);
    assert_eq!(status, StatusCode::OK);
    let keys: Vec<&String> = answer.as_object().expect("an object").keys().collect();
    assert_eq!(keys.len(), 3);
    assert_eq!((&answer["message"], &answer["code"]), (&json!("成功"), &json!("1000")));
    let url = answer["data"].as_str().expect("a string").to_owned();
    assert!(url.starts_with("https://file.wx.qq.com/"), "{url}");

    let request = http::Request::get(&url).header("origin", "https://anywhere.example").body(Bytes::new());
    let outcome = world.handle(&request.expect("a request"));
    let response = common::answer(&outcome);
    assert_eq!(response.headers()["access-control-allow-origin"], "*");
    assert!(!response.headers().contains_key("access-control-allow-credentials"));
    assert_eq!(response.headers()["content-type"], "image/jpeg");
    assert_eq!(md5(response.body()), world.messages()[0].picture.md5);

    let told = http::Request::get(&url).header("authorization", "secret").body(Bytes::new());
    assert_eq!(common::answer(&world.handle(&told.expect("a request"))).status(), 404);
}

#[test]
fn the_new_gateway_gives_an_object_with_the_address() {
    let mut world = World::new(Config { gateway_form: GatewayForm::New, ..Config::default() });
    let (_, answer) = ask(&mut world, |body| body);
    assert_eq!((&answer["msg"], &answer["code"]), (&json!("成功"), &json!(1000)));
    assert!(answer["data"]["url"].as_str().expect("a string").starts_with("https://"));
    let (_, failed) = ask(&mut world, |body| body.replace("\"wId\":\"w\"", "\"wId\":\"\""));
    assert_eq!(failed, json!({ "msg": "失败: wId: empty", "code": 10001, "data": null }));
}

#[test]
fn msg_ids_are_read_by_their_digits() {
    let mut world = world();
    let msg_id = world.messages()[0].msg_id.clone();
    assert!(msg_id.len() >= 19);
    for (text, code) in [
        (format!("\"{msg_id}\""), "1000"),
        (format!("{}1", &msg_id[..msg_id.len() - 1]), "1001"),
        (format!("{msg_id}.0"), "1001"),
        (format!("\"{msg_id} \""), "1001"),
        ("null".into(), "1001"),
    ] {
        let (_, answer) =
            ask(&mut world, |body| body.replace(&format!("\"msgId\":{msg_id}"), &format!("\"msgId\":{text}")));
        assert_eq!(answer["code"], code, "{text}");
    }
}

#[test]
fn every_key_of_the_gateway_is_checked() {
    type Edit = fn(String) -> String;
    let table: [(Edit, &str); 9] = [
        (|b| b.replace("\"fromUser\":\"a\"", "\"fromUser\":1"), "fromUser: 1 is not a string"),
        (|b| b.replace("\"toUser\":\"b\",", ""), "toUser: missing"),
        (|b| b.replace("\"toUser\":\"b\"", "\"toUser\":\"b\",\"more\":1"), "more: unknown key"),
        (|b| b.replace("\"toUser\":\"b\"", "\"toUser\":\"b\",\"type\":2"), "type: 2, expected 0 or 1"),
        (|b| b.replace("\"content\":\"", "\"content\":\"wxid_1:\\n"), "content: does not begin with XML"),
        (|b| b.replace("\"content\":\"<", "\"content\":\"&lt;"), "content: does not begin with XML"),
        (|b| b.replace("<img ", "<emoji "), "content: no <img> in <msg>"),
        (|b| b.replace("<msg>", "<msg><appmsg>"), "content: no <img> in <msg>"),
        (|b| format!("[{b}]"), "body: not a JSON object"),
    ];
    for (edit, why) in table {
        let (status, answer) = ask(&mut world(), edit);
        assert_eq!((status, &answer["code"], &answer["data"]), (StatusCode::OK, &json!("1001"), &Value::Null));
        let message = answer["message"].as_str().expect("a string");
        assert!(message.starts_with(&format!("失败: {why}")), "{message}, expected {why}");
    }
    let (_, hd) = ask(&mut world(), |body| body.replace("\"toUser\":\"b\"", "\"toUser\":\"b\",\"type\":1"));
    assert_eq!(hd["code"], "1000");
    let (_, broken) = ask(&mut world(), |body| body.replace("<imgdatahash />", "<imgdatahash>"));
    assert_eq!(broken["code"], "1000", "what follows the image may be broken");
}

#[test]
fn the_token_goes_raw() {
    let mut world = world();
    for token in [Some("Bearer "), Some("x"), None] {
        let mut request = gateway_request(&world, |body| body);
        let right = world.gateway_authorization();
        request.headers_mut().remove("authorization");
        if let Some(prefix) = token {
            let value = format!("{prefix}{right}").parse().expect("a header");
            request.headers_mut().insert("authorization", value);
        }
        let answer = json_of(&world.handle(&request));
        assert_eq!(answer["message"], "失败: authorization: not the token that was given");
    }
}

#[test]
fn the_page_s_counters_are_taken_on_the_support_host_and_on_the_page() {
    let mut world = world();
    let path = |rid: u32, rkey: u32| format!("/cgi-bin/mmsupport-bin/reportforweb?rid={rid}&rkey={rkey}&rvalue=1");
    let known = [(69373, 9), (69373, 10), (63637, 70), (63637, 72), (63637, 74), (63637, 76)];
    let on_both = known.iter().flat_map(|(rid, rkey)| {
        ["https://support.weixin.qq.com", PAGE].map(|origin| (format!("{origin}{}", path(*rid, *rkey)), 200))
    });
    let began = path(69373, 9);
    let others = [
        (format!("{PAGE}{}", path(69373, 11)), 400),
        (format!("{PAGE}{}", path(63637, 9)), 400),
        (format!("{PAGE}{}", path(1, 9)), 400),
        (format!("{PAGE}{began}&more=1"), 400),
        (format!("{PAGE}{}", began.replace("rkey=9", "rkey=x")), 400),
        (format!("{PAGE}{}", began.replace("rvalue=1", "rvalue=1.5")), 400),
        (format!("{GATEWAY}{began}"), 404),
    ];
    for (url, status) in on_both.chain(others) {
        let request = http::Request::get(&url).body(Bytes::new()).expect("a request");
        assert_eq!(answer(&world.handle(&request)).status(), status, "{url}");
    }
}

fn gateway_request(world: &World, edit: impl FnOnce(String) -> String) -> http::Request<Bytes> {
    let message = &world.messages()[0];
    let xml = message.content.replace("<br/>", "\n").replace("&lt;", "<").replace("&gt;", ">");
    let content = serde_json::to_string(&xml).expect("JSON");
    let body = format!(
        "{{\"wId\":\"w\",\"msgId\":{},\"fromUser\":\"a\",\"toUser\":\"b\",\"content\":{content}}}",
        message.msg_id
    );
    http::Request::post(format!("{GATEWAY}/getMsgImg"))
        .header("content-type", "application/json")
        .header("authorization", world.gateway_authorization())
        .body(edit(body).into())
        .expect("a request")
}

fn ask(world: &mut World, edit: impl FnOnce(String) -> String) -> (StatusCode, Value) {
    let outcome = world.handle(&gateway_request(world, edit));
    (answer(&outcome).status(), json_of(&outcome))
}
