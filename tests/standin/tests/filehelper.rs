//! The File Transfer Helper: what its requests have to say, who may read the answers, and what the phone sent.

mod common;

use common::{CHUNK, File, Form, answer, base_request, cookies, form_request, json_of, png, post, refusal, send_body};
use serde_json::{Value, json};
use standin::bytes::Bytes;
use standin::http;
use standin::{Config, Request, Session, World};

const PAGE: &str = "https://szfilehelper.weixin.qq.com";
const FILE: &str = "https://file.wx2.qq.com";
const APP_ID: (&str, &str) = ("mmweb_appid", "wx_webfilehelper");

fn world() -> World {
    common::world()
}

fn named(mut request: Request) -> Request {
    request.headers_mut().insert(APP_ID.0, http::HeaderValue::from_static(APP_ID.1));
    request
}

fn form(world: &World) -> Form {
    let file = File { to: Some("filehelper".into()), ..File::png(png(10, 10, 1)) };
    assert!(file.bytes.len() < CHUNK);
    let mut form = file.form(world, 0);
    form.remove("id");
    form
}

fn upload(session: &Session, query: &str) -> http::request::Builder {
    http::Request::post(format!("{FILE}/cgi-bin/mmwebwx-bin/webwxuploadmedia?f=json{query}"))
        .header("origin", PAGE)
        .header("cookie", cookies(session))
        .header("content-type", "multipart/form-data; boundary=XX")
}

#[test]
fn an_upload_is_taken_as_the_page_sends_it_and_no_other_way() {
    let mut world = world();
    let session = world.session().clone();
    let good = form(&world);
    let mut with_id = good.clone();
    with_id.0.insert(0, ("id".into(), None, "WU_FILE_0".into()));
    let mut to_peer = good.clone();
    to_peer.edit("uploadmediarequest", "\"filehelper\"", &format!("\"{}\"", world.peer()));
    let named = |query: &str| upload(&session, query).header(APP_ID.0, APP_ID.1);
    for (request, ret, why) in [
        (form_request(named("&random=aBcd"), &good), 0, ""),
        (form_request(upload(&session, "&random=aBcd"), &good), 1, "mmweb_appid: missing, expected wx_webfilehelper"),
        (
            form_request(upload(&session, "&random=aBcd").header(APP_ID.0, "wx_web"), &good),
            1,
            "mmweb_appid: \"wx_web\", expected wx_webfilehelper",
        ),
        (form_request(named(""), &good), 1, "random: expected 4 letters"),
        (form_request(named("&random=abc"), &good), 1, "random: expected 4 letters"),
        (form_request(named("&random=aBcd"), &with_id), 1, "id: the File Transfer Helper has none"),
    ] {
        let outcome = world.handle(&request);
        assert_eq!(refusal(&json_of(&outcome)), (ret, why.to_owned()));
        let allowed = answer(&outcome).headers().get("access-control-allow-origin");
        assert_eq!(allowed.and_then(|origin| origin.to_str().ok()), Some(PAGE));
    }
    let outcome = world.handle(&form_request(named("&random=aBcd"), &to_peer));
    let (ret, why) = refusal(&json_of(&outcome));
    assert!(ret == 1 && why.contains("ToUserName") && why.ends_with("expected filehelper"), "{why}");
}

#[test]
fn the_same_host_of_files_keeps_its_two_pages_apart() {
    let mut world = world();
    let session = world.session().clone();
    let file = File::png(png(10, 10, 1));
    let form = file.form(&world, 0);
    for (origin, named, query, ret) in [
        ("https://wx2.qq.com", false, "", 0),
        ("https://wx2.qq.com", true, "", 1),
        ("https://wx2.qq.com", false, "&random=abcd", 1),
        (PAGE, false, "", 1),
    ] {
        let mut request = upload(&session, query).header("origin", origin);
        request.headers_mut().expect("headers").insert("origin", http::HeaderValue::from_static(origin));
        if named {
            request = request.header(APP_ID.0, APP_ID.1);
        }
        let outcome = world.handle(&form_request(request, &form));
        assert_eq!(refusal(&json_of(&outcome)).0, ret, "{origin} {named} {query}");
    }
    // A program that is no browser has no origin: what it calls its page tells.
    let mut request = upload(&session, "&random=abcd").header(APP_ID.0, APP_ID.1);
    request.headers_mut().expect("headers").remove("origin");
    let outcome = world.handle(&form_request(request, &form));
    assert_eq!(refusal(&json_of(&outcome)), (1, "id: the File Transfer Helper has none".into()));
}

#[test]
fn a_preflight_lets_the_header_pass_for_its_page_alone() {
    let mut world = world();
    for (origin, names) in [
        (PAGE, Some("content-type, mmweb_appid")),
        ("https://wx2.qq.com", Some("content-type")),
        ("https://wx.qq.com", None),
    ] {
        let request = http::Request::options(format!("{FILE}/cgi-bin/mmwebwx-bin/webwxuploadmedia?f=json"))
            .header("origin", origin)
            .header("access-control-request-method", "POST")
            .header("access-control-request-headers", "mmweb_appid")
            .body(Bytes::new())
            .expect("a request");
        let outcome = world.handle(&request);
        let headers = answer(&outcome).headers();
        let allowed = headers.get("access-control-allow-headers").and_then(|names| names.to_str().ok());
        assert_eq!(allowed, names, "{origin}");
    }
}

#[test]
fn a_picture_is_sent_and_got_under_the_page_s_name() {
    let mut world = world();
    let session = world.session().clone();
    let upload = form_request(upload(&session, "&random=abcd").header(APP_ID.0, APP_ID.1), &form(&world));
    let media_id = json_of(&world.handle(&upload))["MediaId"].as_str().expect("a string").to_owned();
    let body = send_body(&world, &media_id).replace(world.peer(), "filehelper");
    // What was written down of the page has the ticket encoded once, clients encode it twice.
    let url = format!("{PAGE}/cgi-bin/mmwebwx-bin/webwxsendmsgimg?fun=async&f=json");
    let refused = world.handle(&post(&session, &url, &body));
    assert_eq!(refusal(&json_of(&refused)).1, "mmweb_appid: missing, expected wx_webfilehelper");
    let sent = json_of(&world.handle(&named(post(&session, &url, &body))));
    assert_eq!(refusal(&sent), (0, String::new()));
    let get = |world: &mut World, msg_id: &str, more: &str| {
        let skey = session.skey.replace('@', "%40");
        // The page's own address has two question marks.
        let url = format!("{PAGE}/cgi-bin/mmwebwx-bin/webwxgetmsgimg??&MsgID={msg_id}&skey={skey}{more}");
        answer(&world.handle(&common::get(&session, &url))).body().len()
    };
    let msg_id = sent["MsgID"].as_str().expect("a string").to_owned();
    assert_eq!(get(&mut world, &msg_id, "&mmweb_appid=wx_webfilehelper"), png(10, 10, 1).len());
    assert_eq!(get(&mut world, &msg_id, ""), 0, "a request without a name gets nothing");
    let photo = world.phone()[0].clone();
    let length = get(&mut world, &photo.msg_id, "&mmweb_appid=wx_webfilehelper");
    assert_eq!(length, photo.picture.bytes.len());
    assert!(get(&mut world, &photo.msg_id, "&type=slave&mmweb_appid=wx_webfilehelper") < length);
}

/// A POST of the page's.
fn call(world: &mut World, endpoint: &str, body: &str) -> Value {
    let session = world.session().clone();
    let escaped = |text: &str| text.replace('@', "%40").replace('+', "%2B").replace('/', "%2F");
    let query = format!("sid={}&skey={}", escaped(&session.sid), escaped(&session.skey));
    let url = format!("{PAGE}/cgi-bin/mmwebwx-bin/{endpoint}?{query}");
    json_of(&world.handle(&named(post(&session, &url, body))))
}

#[test]
fn the_page_gets_to_know_what_the_phone_sends() {
    let mut world = world();
    let base = base_request(world.session());
    let me = world.session().user_name.clone();
    let init = call(&mut world, "webwxinit", &format!(r#"{{"BaseRequest":{base}}}"#));
    assert_eq!((refusal(&init).0, &init["User"]["UserName"]), (0, &json!(me)));
    let sync = |world: &mut World, key: &Value| {
        call(world, "webwxsync", &format!(r#"{{"BaseRequest":{base},"SyncKey":{key},"rr":-1}}"#))
    };
    let first = sync(&mut world, &init["SyncKey"]);
    let list = first["AddMsgList"].as_array().expect("a list");
    let kinds: Vec<&Value> = list.iter().map(|message| &message["MsgType"]).collect();
    assert_eq!(kinds, [3, 3, 47]);
    for message in list {
        assert_eq!((&message["FromUserName"], &message["ToUserName"]), (&json!(me), &json!("filehelper")));
        assert!(message["Content"].as_str().is_some_and(|content| content.starts_with("&lt;")), "{message}");
    }
    assert_eq!(sync(&mut world, &first["SyncKey"])["AddMsgCount"], 0);
    let msg_id = world.send_from_phone(png(20, 10, 3).into()).msg_id.clone();
    let second = sync(&mut world, &first["SyncKey"]);
    assert_eq!((&second["AddMsgCount"], &second["AddMsgList"][0]["MsgId"]), (&json!(1), &json!(msg_id)));
    assert_eq!(world.messages().len(), 3, "the phone's are in no other list");
    let refused =
        call(&mut world, "webwxsync", &format!(r#"{{"BaseRequest":{base},"SyncKey":{{"Count":2,"List":[]}},"rr":1}}"#));
    assert_eq!(refusal(&refused), (1, "SyncKey.List: no key 1".into()));
}

#[test]
fn its_page_is_another_one_at_its_own_origins_too() {
    let origins = standin::Origins {
        file_helper: Some(("http://127.0.0.1:7004".into(), "http://127.0.0.1:7005".into())),
        ..standin::Origins::default()
    };
    let mut world = World::new(Config { origins, ..Config::default() });
    let mut text = |url: &str| {
        let request = http::Request::get(url).body(Bytes::new()).expect("a request");
        let outcome = world.handle(&request);
        (
            answer(&outcome).headers().get_all("set-cookie").iter().count(),
            String::from_utf8_lossy(answer(&outcome).body()).into_owned(),
        )
    };
    for origin in ["http://127.0.0.1:7004", PAGE] {
        let (cookies, page) = text(&format!("{origin}/"));
        assert!(cookies == 4 && page.contains("id=\"chatBody\"") && !page.contains("page.js"), "{origin}");
        assert_eq!(text(&format!("{origin}/?logged-out")).0, 0);
        let (_, script) = text(&format!("{origin}/filehelper.js"));
        let file = if origin == PAGE { FILE } else { "http://127.0.0.1:7005" };
        assert!(script.contains(&format!("\"fileOrigin\":\"{file}\"")) && !script.contains("angular."), "{origin}");
    }
    assert!(text("https://wx.qq.com/").1.contains("page.js"));
    let session = text("https://wx.qq.com/__standin/session").1;
    let session: Value = serde_json::from_str(&session).expect("JSON");
    let helper = &session["fileHelper"];
    assert_eq!(helper["session"]["dialect"], "filehelper");
    assert_eq!(
        (&helper["origin"], &helper["session"]["fileOrigin"]),
        (&json!("http://127.0.0.1:7004"), &json!("http://127.0.0.1:7005"))
    );
}

#[test]
fn a_client_in_python_gets_its_picture_through() {
    let mut world = world();
    let session = world.session().clone();
    let mut form = form(&world);
    // Its ids have 16 digits, in strings; its numbers are strings; its ticket is as the login gave it.
    form.edit("uploadmediarequest", "1700000000000", "\"1795856967113956\"");
    form.edit("uploadmediarequest", &format!("\"Uin\":{}", session.uin), &format!("\"Uin\":\"{}\"", session.uin));
    form.edit("uploadmediarequest", "e123456789012345", "123456789012345");
    let ticket = session.pass_ticket.replace('+', "%2B").replace('/', "%2F").replace('=', "%3D");
    form.set("pass_ticket", &ticket);
    let request = upload(&session, "&random=g13o").header(APP_ID.0, APP_ID.1);
    let uploaded = json_of(&world.handle(&form_request(request, &form)));
    assert_eq!(refusal(&uploaded), (0, String::new()));
    let body = send_body(&world, uploaded["MediaId"].as_str().expect("a string"));
    let body = body.replace(world.peer(), "filehelper").replace(common::CLIENT_MSG_ID, "1795856967113957");
    let ticket = ticket.replace('%', "%25");
    let url = format!("{PAGE}/cgi-bin/mmwebwx-bin/webwxsendmsgimg?fun=async&f=json&pass_ticket={ticket}");
    assert_eq!(refusal(&json_of(&world.handle(&named(post(&session, &url, &body))))), (0, String::new()));
}
