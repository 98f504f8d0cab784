//! Ordered faults, the journal, and the other handles for tests.

mod common;

use common::{
    CHUNK, File, GATEWAY, PAGE, answer, control, form_request, get, get_url, json_of, media_id, order, png, post,
};
use common::{refusal, send, send_body, send_url, upload, upload_request, world};
use serde_json::{Value, json};
use standin::bytes::Bytes;
use standin::http;
use standin::{Outcome, Reply, World};

#[test]
fn a_reset_takes_nothing() {
    let mut world = world();
    let file = File::png(png(9, 9, 1));
    order(&mut world, r#"[{"endpoint":"webwxuploadmedia","fault":"reset"}]"#);
    assert!(matches!(try_upload(&mut world, &file, 0).reply, Reply::Cut));
    assert!(matches!(try_upload(&mut world, &file, 0).reply, Reply::Answer(_)), "once, if nothing is said");

    let id = media_id(&mut world, &File { id: 1_700_000_000_005, ..file });
    order(&mut world, r#"[{"endpoint":"webwxsendmsgimg","fault":"reset","times":2}]"#);
    for _ in 0..2 {
        assert!(matches!(try_send(&mut world, &id).reply, Reply::Cut));
    }
    assert_eq!(world.messages().len(), 3);
    assert!(matches!(try_send(&mut world, &id).reply, Reply::Answer(_)));
    assert_eq!(world.messages().len(), 4);
}

#[test]
fn accept_then_reset_takes_all() {
    let mut world = world();
    let id = media_id(&mut world, &File::png(png(9, 9, 1)));
    order(&mut world, r#"[{"endpoint":"webwxsendmsgimg","fault":"accept-then-reset"}]"#);
    assert!(matches!(try_send(&mut world, &id).reply, Reply::Cut));
    assert_eq!(world.messages().len(), 4);
    let sent = world.messages()[3].msg_id.clone();
    let body = send_body(&world, &id);
    assert_eq!(send(&mut world, &body)["MsgID"], sent.as_str());
    assert_eq!(world.messages().len(), 4);
}

#[test]
fn a_fault_can_wait_for_its_chunk() {
    let mut world = world();
    let file = File::png(png(40, 40, 1));
    let last = file.chunks() - 1;
    assert!(last > 1);
    order(&mut world, &format!(r#"[{{"endpoint":"webwxuploadmedia","chunk":{last},"fault":"accept-then-reset"}}]"#));
    for chunk in 0..last {
        assert_eq!(refusal(&json_of(&try_upload(&mut world, &file, chunk))).0, 0);
    }
    assert!(matches!(try_upload(&mut world, &file, last).reply, Reply::Cut));
    assert_ne!(json_of(&try_upload(&mut world, &file, last))["MediaId"], "", "it had been taken");

    let small = File { bytes: vec![1; CHUNK], id: 1_700_000_000_006, ..file };
    order(&mut world, r#"[{"endpoint":"webwxuploadmedia","chunk":0,"fault":"reset"}]"#);
    assert!(matches!(try_upload(&mut world, &small, 0).reply, Reply::Cut), "a single chunk is chunk 0");
}

#[test]
fn answers_that_are_none() {
    let mut world = world();
    let file = File::png(png(9, 9, 1));
    for (fault, status, start) in [
        ("status:502", 502, "<html>"),
        ("html", 200, "<html>\r\n<head><title>502 Bad Gateway</title>"),
        ("empty", 200, ""),
        ("redirect:https://elsewhere.example/", 302, "<html>"),
    ] {
        order(&mut world, &format!(r#"[{{"endpoint":"webwxuploadmedia","fault":"{fault}"}}]"#));
        let outcome = try_upload(&mut world, &file, 0);
        let response = answer(&outcome);
        let body = String::from_utf8_lossy(response.body());
        assert_eq!(response.status().as_u16(), status);
        assert!(body.starts_with(start) && body.is_empty() == start.is_empty(), "{fault}: {body}");
        assert_eq!(response.headers()["access-control-allow-origin"], PAGE, "readable, so that the status counts");
        if status == 302 {
            assert_eq!(response.headers()["location"], "https://elsewhere.example/");
        }
    }
}

#[test]
fn cut_off_json_ends_half_way_and_cut_off_pictures_break() {
    let mut world = world();
    let file = File::png(png(9, 9, 1));
    order(&mut world, r#"[{"endpoint":"webwxuploadmedia","fault":"truncate"}]"#);
    let outcome = try_upload(&mut world, &file, 0);
    assert!(serde_json::from_slice::<Value>(answer(&outcome).body()).is_err());
    assert!(answer(&outcome).body().starts_with(br#"{"BaseResponse":{"Ret":0"#));
    assert_ne!(upload(&mut world, &file)[0]["MediaId"], "", "it had been taken");

    order(&mut world, r#"[{"endpoint":"webwxgetmsgimg","fault":"truncate"}]"#);
    let message = world.messages()[0].clone();
    let request = get(world.session(), &get_url(world.session(), &message.msg_id, ""));
    let Reply::Partial { response, sent } = world.handle(&request).reply else { panic!("a whole answer") };
    assert_eq!((response.body().len(), sent), (message.picture.bytes.len(), message.picture.bytes.len() / 2));
}

#[test]
fn ordered_rets_take_nothing_and_give_nothing() {
    let mut world = world();
    let file = File::png(png(9, 9, 1));
    order(&mut world, r#"[{"endpoint":"webwxuploadmedia","fault":"ret:1205"}]"#);
    let answer = json_of(&try_upload(&mut world, &file, 0));
    assert_eq!((refusal(&answer), &answer["MediaId"]), ((1205, "as ordered".into()), &json!("")));

    let id = media_id(&mut world, &file);
    order(&mut world, r#"[{"endpoint":"webwxsendmsgimg","fault":"ret:-1"}]"#);
    assert_eq!(refusal(&json_of(&try_send(&mut world, &id))).0, -1);
    assert_eq!(world.messages().len(), 3);

    order(&mut world, r#"[{"endpoint":"getMsgImg","fault":"ret:1001"}]"#);
    let request = http::Request::post(format!("{GATEWAY}/getMsgImg")).body(Bytes::new()).expect("a request");
    let failed = json_of(&world.handle(&request));
    assert_eq!(failed, json!({ "message": "失败: as ordered", "code": "1001", "data": null }));
}

#[test]
fn a_foreign_media_id_delivers_the_wrong_picture() {
    let mut world = world();
    let file = File::png(png(9, 9, 1));
    order(&mut world, r#"[{"endpoint":"webwxuploadmedia","fault":"ret:1205+mediaid"}]"#);
    let answer = json_of(&try_upload(&mut world, &file, 0));
    assert_eq!(refusal(&answer).0, 1205);
    let foreign = answer["MediaId"].as_str().expect("a string");
    assert!(foreign.starts_with("@crypt_"));
    let body = send_body(&world, foreign);
    assert_eq!(refusal(&send(&mut world, &body)).0, 0, "nobody stops it");
    assert_ne!(world.messages()[3].picture.md5, common::md5(&file.bytes));
}

#[test]
fn a_delay_delays() {
    let mut world = world();
    order(&mut world, r#"[{"endpoint":"webwxuploadmedia","fault":"delay:1500"}]"#);
    let outcome = try_upload(&mut world, &File::png(png(9, 9, 1)), 0);
    assert_eq!((outcome.delay_ms, refusal(&json_of(&outcome)).0), (1500, 0));
}

#[test]
fn orders_that_make_no_sense_are_refused_as_a_whole() {
    let mut world = world();
    let good = r#"{"endpoint":"webwxuploadmedia","fault":"reset"}"#;
    for (bad, why) in [
        (r#"{"endpoint":"webwxupload","fault":"reset"}"#, "unknown variant `webwxupload`"),
        (r#"{"endpoint":"webwxuploadmedia","fault":"explode"}"#, "unknown fault \"explode\""),
        (r#"{"endpoint":"webwxuploadmedia","fault":"status:99"}"#, "unknown fault \"status:99\""),
        (r#"{"endpoint":"webwxuploadmedia","fault":"reset:1"}"#, "unknown fault \"reset:1\""),
        (r#"{"endpoint":"webwxuploadmedia","fault":"ret:x"}"#, "unknown fault \"ret:x\""),
        (r#"{"endpoint":"webwxuploadmedia","fault":"redirect:"}"#, "unknown fault \"redirect:\""),
        (r#"{"endpoint":"webwxuploadmedia","fault":"delay:-1"}"#, "unknown fault \"delay:-1\""),
        (r#"{"endpoint":"webwxuploadmedia","fault":"reset","time":1}"#, "unknown field `time`"),
        (r#"{"endpoint":"webwxuploadmedia","fault":"reset","times":0}"#, "times: 0"),
        (r#"{"endpoint":"webwxuploadmedia"}"#, "missing field `fault`"),
        (
            r#"{"endpoint":"webwxsendmsgimg","fault":"ret:1205+mediaid"}"#,
            "webwxsendmsgimg cannot answer ret:1205+mediaid",
        ),
        (r#"{"endpoint":"gatewayimage","fault":"ret:1"}"#, "gatewayimage cannot answer ret:1"),
        (r#"{"endpoint":"webwxgetmsgimg","fault":"reset","chunk":1}"#, "webwxgetmsgimg has no chunks"),
    ] {
        let (status, answer) = order(&mut world, &format!("[{good},{bad}]"));
        let error = answer["error"].as_str().expect("a string");
        assert!(status == 400 && error.starts_with(why), "{status} {error}, expected {why}");
    }
    assert_eq!(order(&mut world, good).0, 400, "a list is expected");
    assert!(world.faults().is_empty());

    let (status, pending) = order(&mut world, &format!("[{good}]"));
    assert_eq!((status, pending), (200, json!([{ "endpoint": "webwxuploadmedia", "times": 1, "fault": "reset" }])));
    control(&mut world, "DELETE", "faults");
    assert_eq!(control(&mut world, "GET", "faults"), json!([]));
}

#[test]
fn the_journal_tells_all() {
    let mut world = world();
    let file = File::png(png(40, 40, 1));
    let id = media_id(&mut world, &file);
    order(&mut world, r#"[{"endpoint":"webwxsendmsgimg","fault":"reset"}]"#);
    try_send(&mut world, &id);
    let message = world.messages()[0].clone();
    let request = get(world.session(), &get_url(world.session(), &message.msg_id, ""));
    world.handle(&request);

    let journal = control(&mut world, "GET", "journal");
    assert_eq!(journal.as_array().expect("a list").len(), file.chunks() + 2, "control requests are not in it");
    let first = &journal[0];
    for (key, value) in [
        ("method", json!("POST")),
        ("host", json!("file.wx.qq.com")),
        ("path", json!("/cgi-bin/mmwebwx-bin/webwxuploadmedia")),
        ("query", json!({ "f": "json" })),
        ("json", Value::Null),
        ("status", json!(200)),
    ] {
        assert_eq!(first[key], value, "{key}");
    }
    assert_eq!(first["headers"]["origin"], PAGE);
    assert_eq!(first["form"][0], json!({ "name": "id", "value": "WU_FILE_0" }));
    assert_eq!(
        first["form"].as_array().and_then(|form| form.last()),
        Some(&json!({
            "name": "filename", "filename": "picture", "type": "application/octet-stream",
            "size": CHUNK, "md5": common::md5(&file.bytes[..CHUNK]),
        }))
    );
    assert_eq!(first["response"]["BaseResponse"]["Ret"], 0);
    let sent = &journal[file.chunks()];
    assert_eq!((&sent["json"]["Msg"]["MediaId"], &sent["form"]), (&json!(id), &Value::Null));
    assert_eq!((&sent["status"], &sent["response"], &sent["fault"]), (&Value::Null, &Value::Null, &json!("reset")));
    let got = &journal[file.chunks() + 1];
    assert_eq!(
        got["response"],
        json!({ "type": "image/jpeg", "size": message.picture.bytes.len(), "md5": message.picture.md5 })
    );
    assert_eq!(got["query"]["MsgID"], message.msg_id.as_str());

    control(&mut world, "DELETE", "journal");
    assert_eq!(control(&mut world, "GET", "journal"), json!([]));
}

#[test]
fn a_reset_world_is_a_new_one() {
    let mut world = world();
    let before = control(&mut world, "GET", "messages");
    let id = media_id(&mut world, &File::png(png(9, 9, 1)));
    try_send(&mut world, &id);
    order(&mut world, r#"[{"endpoint":"webwxuploadmedia","fault":"reset"}]"#);
    control(&mut world, "POST", "reset");
    assert_eq!(control(&mut world, "GET", "messages"), before);
    assert_eq!(control(&mut world, "GET", "journal"), json!([]));
    assert!(world.faults().is_empty());
    let body = send_body(&world, &id);
    assert_eq!(refusal(&send(&mut world, &body)).1, "Msg.MediaId: not one that was given");
}

#[test]
fn messages_have_the_form_of_the_page() {
    let mut world = world();
    let messages = control(&mut world, "GET", "messages");
    let first = &messages[0];
    assert_eq!((&first["MsgType"], &first["FromUserName"]), (&json!(3), &json!(world.peer())));
    assert_eq!((&first["ImgWidth"], &first["ImgHeight"]), (&json!(120), &json!(90)));
    assert!(first["MsgId"].is_string() && first["CreateTime"].is_u64());
    assert!(first["Content"].as_str().expect("a string").starts_with("&lt;?xml"));
    assert!(first.get("ClientMsgId").is_none());
    assert_eq!(messages[1]["MsgType"], 47);
    assert!(messages[2]["Content"].as_str().expect("a string").starts_with('@'));
}

#[test]
fn the_page_gives_the_session_in_cookies_and_by_its_injector() {
    let mut world = world();
    for (host, scope) in
        [("wx2.qq.com", "; Domain=.qq.com; Secure"), ("web.wechat.com", "; Domain=.wechat.com; Secure")]
    {
        let mut get = |path: &str| {
            let url = format!("https://{host}{path}");
            world.handle(&http::Request::get(url).body(Bytes::new()).expect("a request"))
        };
        let (outcome, script) = (get("/"), get("/page.js"));
        let cookies: Vec<&str> =
            answer(&outcome).headers().get_all("set-cookie").iter().map(|line| line.to_str().expect("text")).collect();
        assert_eq!(cookies.len(), 4);
        assert_eq!(cookies[1], format!("wxuin={}; Path=/{scope}", world.session().uin));
        assert!(String::from_utf8_lossy(answer(&outcome).body()).contains("<script src=\"/page.js\">"));
        let script = String::from_utf8_lossy(answer(&script).body());
        assert!(script.contains("accountFactory") && script.contains(&world.session().skey));
        assert!(script.contains(world.peer()));
    }
    assert!(world.journal().is_empty());
    let session = control(&mut world, "GET", "session");
    assert_eq!(session["session"]["userName"], world.session().user_name.as_str());
    assert_eq!((&session["origin"], &session["peer"]), (&json!(PAGE), &json!(world.peer())));
    assert_eq!(session["gatewayAuthorization"], world.gateway_authorization());
}

fn try_upload(world: &mut World, file: &File, chunk: usize) -> Outcome {
    let form = file.form(world, chunk);
    world.handle(&form_request(upload_request(world.session()), &form))
}

fn try_send(world: &mut World, media_id: &str) -> Outcome {
    let request = post(world.session(), &send_url("webwxsendmsgimg"), &send_body(world, media_id));
    world.handle(&request)
}
