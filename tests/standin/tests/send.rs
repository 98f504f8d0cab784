//! webwxsendmsgimg and webwxsendemoticon.

mod common;

use common::{CLIENT_MSG_ID, File, PAGE, answer, emoticon_body, get, get_url, json_of, md5, media_id, png, post};
use common::{refusal, send, send_body, send_emoticon, send_url, upload, world};
use serde_json::json;
use standin::World;

#[test]
fn a_sent_picture_is_there_under_its_msg_id() {
    let mut world = world();
    let bytes = png(60, 40, 1);
    let id = media_id(&mut world, &File::png(bytes.clone()));
    let body = send_body(&world, &id);
    let request = post(world.session(), &send_url("webwxsendmsgimg"), &body);
    let outcome = world.handle(&request);
    let text = String::from_utf8(answer(&outcome).body().to_vec()).expect("UTF-8");
    assert!(text.starts_with(r#"{"BaseResponse":{"Ret":0,"ErrMsg":""},"MsgID":""#), "{text}");
    assert!(text.ends_with(&format!(r#","LocalID":"{CLIENT_MSG_ID}"}}"#)), "{text}");
    let msg_id = json_of(&outcome)["MsgID"].as_str().expect("a string").to_owned();

    let message = world.messages().last().expect("a message").clone();
    assert_eq!((&message.msg_id, message.msg_type), (&msg_id, 3));
    assert_eq!((&message.from_user_name, message.to_user_name.as_str()), (&world.session().user_name, world.peer()));
    assert_eq!(message.client_msg_id.as_deref(), Some(CLIENT_MSG_ID));
    let length = bytes.len();
    let own = format!("&lt;msg&gt;&lt;img length=\"{length}\" hdlength=\"0\" /&gt;");
    assert!(message.content.starts_with(&own), "{}", message.content);

    let request = get(world.session(), &get_url(world.session(), &msg_id, ""));
    assert_eq!(md5(answer(&world.handle(&request)).body()), md5(&bytes));
}

#[test]
fn the_same_client_msg_id_is_one_message() {
    let mut world = world();
    let id = media_id(&mut world, &File::png(png(9, 9, 1)));
    let body = send_body(&world, &id);
    let first = send(&mut world, &body);
    let count = world.messages().len();
    assert_eq!(send(&mut world, &body), first);
    assert_eq!(world.messages().len(), count);

    let other = File { id: 1_700_000_000_009, ..File::png(png(9, 9, 2)) };
    let other = media_id(&mut world, &other);
    let reused = send_body(&world, &other);
    let (ret, why) = refusal(&send(&mut world, &reused));
    assert_eq!((ret, why), (1, format!("Msg.ClientMsgId: {CLIENT_MSG_ID} was another message's")));
    let fresh = reused.replace(CLIENT_MSG_ID, "17000000000005678");
    assert_eq!(refusal(&send(&mut world, &fresh)).0, 0);
    assert_eq!(world.messages().len(), count + 1);
}

#[test]
fn one_upload_goes_to_several_chats() {
    let mut world = world();
    let bytes = png(9, 9, 1);
    let id = media_id(&mut world, &File::png(bytes.clone()));
    let body = send_body(&world, &id);
    let to_another = format!(r#""ToUserName":"{}""#, world.peer());
    assert!(body.contains(&to_another), "{body}");
    let other = body.replace(&to_another, r#""ToUserName":"filehelper""#).replace(CLIENT_MSG_ID, "17000000000005678");
    for body in [body, other] {
        let msg_id = send(&mut world, &body)["MsgID"].as_str().expect("a string").to_owned();
        let request = get(world.session(), &get_url(world.session(), &msg_id, ""));
        assert_eq!(md5(answer(&world.handle(&request)).body()), md5(&bytes));
    }
    let receivers: Vec<_> = world.messages().iter().rev().take(2).map(|message| message.to_user_name.clone()).collect();
    assert_eq!(receivers, ["filehelper", world.peer()]);
}

#[test]
fn every_key_of_a_send_is_checked() {
    let table = [
        (r#""Type":3"#, r#""Type":47"#, 1, "Msg.Type: 47, expected 3"),
        (r#""Content":"","#, "", -1, "Msg.Content: missing"),
        (r#""Content":"""#, r#""Content":"x""#, 1, "Msg.Content: \"x\", expected an empty string (the page, "),
        (r#","Scene":0"#, "", 1, "Scene: missing"),
        (r#""Scene":0"#, r#""Scene":1"#, 1, "Scene: 1, expected 0 or 2"),
        (r#""Scene":0"#, r#""Scene":"0""#, 1, "Scene: \"0\" is not a whole number"),
        (r#""MediaId":"@crypt_"#, r#""MediaId":"@crypt_0"#, 1, "Msg.MediaId: not one that was given"),
        (r#""FromUserName":"@"#, r#""FromUserName":"@0"#, 1, "Msg.FromUserName: not the session's"),
        (r#""ToUserName":"@"#, r#""ToUserName":"@0"#, 1204, "Msg.ToUserName: not a contact"),
        (r#""LocalID":"17000000000001234","#, "", 1, "Msg.LocalID: missing"),
        (r#""ClientMsgId":"1"#, r#""ClientMsgId":""#, 1, "Msg.ClientMsgId: \"7000000000001234\", expected 17"),
        (r#""17000000000001234"}"#, "17000000000001234}", 1, "Msg.ClientMsgId: 17000000000001234, expected 17"),
        (r#""ClientMsgId":"1"#, r#""ClientMsgId":"x"#, 1, "Msg.ClientMsgId: \"x7000000000001234\", expected 17"),
        (r#""Type":3"#, r#""Type":3,"More":1"#, 1, "Msg.More: unknown key"),
        (r#""Sid":""#, r#""Sid":"x"#, 1101, "BaseRequest.Sid: not the session's"),
        (r#""DeviceID":"e1"#, r#""DeviceID":"E1"#, 1, "BaseRequest.DeviceID: \"E1"),
        (r#""}},"Scene""#, r#"","Signature":"x"},"Scene""#, 1, "Msg.Signature: given, but webwxcheckupload gave"),
    ];
    for (from, to, ret, why) in table {
        let mut world = world();
        let id = media_id(&mut world, &File::png(png(9, 9, 1)));
        let from = from.replace("}},", "},");
        let body = send_body(&world, &id);
        assert!(body.contains(&from), "{from} is not in {body}");
        let (found_ret, found_why) = refusal(&send(&mut world, &body.replacen(&from, to, 1)));
        assert!(found_ret == ret && found_why.starts_with(why), "{found_ret} {found_why}, expected {ret} {why}");
        assert_eq!(world.messages().len(), 3, "nothing was sent");
    }
}

#[test]
fn the_request_around_a_send_is_checked() {
    let mut world = world();
    let id = media_id(&mut world, &File::png(png(9, 9, 1)));
    let body = send_body(&world, &id);
    let url = send_url("webwxsendmsgimg");
    let ticket = world.session().pass_ticket.replace('+', "%2B").replace('/', "%2F").replace('=', "%3D");
    for (url, ret, why) in [
        (url.replace("fun=async", "fun=sys"), 1, "fun: expected async"),
        (url.replace("&f=json", ""), 1, "f: expected json"),
        (format!("{url}&pass_ticket=x"), -14, "pass_ticket: neither the session's nor undefined"),
        (format!("{url}&pass_ticket={ticket}"), 0, ""),
        (format!("{url}&pass_ticket={}", ticket.replace('%', "%25")), 0, ""),
        (
            format!("{url}&pass_ticket={}", ticket.replace('%', "%2525")),
            -14,
            "pass_ticket: neither the session's nor undefined",
        ),
        (format!("{url}&lang=zh_CN"), 0, ""),
    ] {
        let answer = json_of(&world.handle(&post(world.session(), &url, &body)));
        assert_eq!(refusal(&answer), (ret, why.to_owned()));
    }
    let (mut head, body) = post(world.session(), &url, &body).into_parts();
    head.headers.remove("cookie");
    let answer = json_of(&world.handle(&standin::Request::from_parts(head, body)));
    assert_eq!(refusal(&answer), (1102, "cookie wxuin: missing".into()));
    assert_eq!((&answer["MsgID"], &answer["LocalID"]), (&json!(""), &json!("")));
}

#[test]
fn what_was_uploaded_for_one_contact_can_be_sent_to_others() {
    let mut world = world();
    let group = world.contacts()[1].clone();
    let file = File { to: Some(group.clone()), ..File::png(png(9, 9, 1)) };
    let id = media_id(&mut world, &file);
    let body = send_body(&world, &id);
    assert_eq!(refusal(&send(&mut world, &body)).0, 0);
    let to_the_group = body.replace(world.peer(), &group);
    let same_id = refusal(&send(&mut world, &to_the_group)).1;
    assert_eq!(same_id, format!("Msg.ClientMsgId: {CLIENT_MSG_ID} was another message's"));
    let other_id = to_the_group.replace(CLIENT_MSG_ID, "17000000000005678");
    assert_eq!(refusal(&send(&mut world, &other_id)).0, 0);
    let sent = world.messages().iter().filter(|message| message.client_msg_id.is_some());
    assert_eq!(sent.map(|message| message.to_user_name.as_str()).collect::<Vec<_>>(), [world.peer(), &group]);
}

#[test]
fn gifs_go_up_as_documents_and_out_as_emoticons_and_nothing_else_does() {
    let mut world = world();
    let gif = media_id(&mut world, &File::gif());
    let still = File { id: 1_700_000_000_011, ..File::png(png(9, 9, 1)) };
    let as_doc = media_id(&mut world, &File { mediatype: "doc", ..still.clone() });
    let still = media_id(&mut world, &File { id: 1_700_000_000_012, ..still });
    // The upload lets it in. What is sent with it is another picture, clients report.
    let as_pic = File { mime: "image/png", mediatype: "pic", id: 1_700_000_000_013, ..File::gif() };
    let as_pic = media_id(&mut world, &as_pic);

    for (media_id, why) in [
        (&gif, "Msg.MediaId: uploaded as doc; a picture goes as pic"),
        (&as_doc, "Msg.MediaId: uploaded as doc; a picture goes as pic"),
        (&as_pic, "Msg.MediaId: a GIF, which goes by webwxsendemoticon"),
    ] {
        let body = send_body(&world, media_id);
        assert_eq!(refusal(&send(&mut world, &body)), (1, why.into()));
    }
    for (media_id, why) in [
        (&still, "Msg.MediaId: uploaded as pic; a GIF goes as doc"),
        (&as_pic, "Msg.MediaId: uploaded as pic; a GIF goes as doc"),
        (&as_doc, "Msg.MediaId: no GIF"),
    ] {
        let body = emoticon_body(&world, media_id);
        assert_eq!(refusal(&send_emoticon(&mut world, &body)), (1, why.into()));
    }

    let body = emoticon_body(&world, &gif);
    for (more, why) in [
        ("", "Msg.EmojiFlag: missing"),
        ("\"EmojiFlag\":1,", "Msg.EmojiFlag: 1, expected 2"),
        ("\"EmojiFlag\":2,\"Flag\":1,", "Msg.Flag: unknown key"),
        ("\"EmojiFlag\":2,\"EmojiFlag\":2,", "Msg.EmojiFlag: given twice"),
        ("\"EmojiFlag\":2,\"Content\":\"x\",", "Msg.Content: \"x\", expected left out (the page, "),
    ] {
        let spoilt = body.replace("\"EmojiFlag\":2,", more);
        let (ret, found) = refusal(&send_emoticon(&mut world, &spoilt));
        assert!(ret == 1 && found.starts_with(why), "{found}, expected {why}");
    }
    let first = send_emoticon(&mut world, &body);
    assert_eq!(refusal(&first), (0, String::new()));
    assert_eq!(send_emoticon(&mut world, &body), first);
    let message = world.messages().last().expect("a message");
    assert_eq!((message.msg_type, message.msg_id.as_str()), (47, first["MsgID"].as_str().expect("a string")));
}

#[test]
fn received_pictures_are_forwarded_by_their_content() {
    let mut world = world();
    let received: Vec<(String, String)> = world
        .messages()
        .iter()
        .filter(|message| message.msg_type == 3)
        .map(|message| (message.content.clone(), message.picture.md5.clone()))
        .collect();
    assert_eq!(received.len(), 2);
    for (index, (content, md5)) in received.iter().enumerate() {
        let plain = content.replace("<br/>", "\n").replace("&lt;", "<").replace("&gt;", ">");
        let id = format!("1700000000000{index}678");
        let body = forward_body(&world, &plain).replace(CLIENT_MSG_ID, &id);
        assert_eq!(refusal(&send(&mut world, &body)), (0, String::new()));
        assert_eq!(world.messages().last().expect("a message").picture.md5, *md5);
    }
    let (escaped, _) = &received[0];
    for (content, why) in [
        (escaped.as_str(), "Msg.Content: still escaped"),
        ("<msg><img length=\"1\" /></msg>", "Msg.Content: not the content of a received image"),
        ("@0123", "Msg.Content: not the content of a received image"),
        ("", "Msg.Content: empty"),
    ] {
        let body = forward_body(&world, content);
        assert_eq!(refusal(&send(&mut world, &body)), (1, why.to_owned()));
    }
    let id = media_id(&mut world, &File::png(png(9, 9, 1)));
    let body = send_body(&world, &id).replace("\"Scene\":0", "\"Scene\":2");
    assert_eq!(refusal(&send(&mut world, &body)).1, "Msg.MediaId: expected empty in a forward");
}

#[test]
fn the_content_may_be_missing_where_the_ids_are_numbers() {
    for (id, content, ret) in [
        ("\"17000000000001234\"", "\"Content\":\"\",", 0),
        ("\"17000000000001234\"", "", -1),
        ("1700000000000123", "", 0),
        ("17000000000001", "", 0),
        ("1700000000000123", "\"Content\":\"\",", 0),
    ] {
        let mut world = world();
        let media_id = media_id(&mut world, &File::png(png(9, 9, 1)));
        let body = send_body(&world, &media_id).replace("\"Content\":\"\",", content);
        let body = body.replace(&format!("\"{CLIENT_MSG_ID}\""), id);
        let answer = send(&mut world, &body);
        assert_eq!(refusal(&answer).0, ret, "{id} {content}");
        assert_eq!(answer["LocalID"], if ret == 0 { id.trim_matches('"') } else { "" });
    }
}

#[test]
fn the_two_ids_may_differ_and_the_second_is_the_key() {
    let mut world = world();
    let media_id = media_id(&mut world, &File::png(png(9, 9, 1)));
    let body = send_body(&world, &media_id);
    let body =
        |local: &str| body.replace(&format!("\"LocalID\":\"{CLIENT_MSG_ID}\""), &format!("\"LocalID\":\"{local}\""));
    let (one, other) = ("17000000000001233", "17000000000001235");
    let first = send(&mut world, &body(one));
    assert_eq!((refusal(&first).0, &first["LocalID"]), (0, &json!(one)));
    let second = send(&mut world, &body(other));
    assert_eq!((&second["LocalID"], &second["MsgID"]), (&json!(other), &first["MsgID"]));
    assert_eq!(world.messages().len(), 4);
}

#[test]
fn only_whole_uploads_can_be_sent() {
    let mut world = world();
    let file = File::png(png(40, 40, 1));
    assert!(file.chunks() > 1);
    let answers = upload(&mut world, &file);
    let middle = send_body(&world, answers[0]["MediaId"].as_str().expect("a string"));
    assert_eq!(refusal(&send(&mut world, &middle)).1, "Msg.MediaId: not one that was given");
    let url = format!("{PAGE}/cgi-bin/mmwebwx-bin/webwxuploadmedia?f=json");
    let outcome = world.handle(&post(world.session(), &url, "{}"));
    assert_eq!(answer(&outcome).status(), 404, "uploads are for the file host");
}

fn forward_body(world: &World, content: &str) -> String {
    let content = serde_json::to_string(content).expect("JSON");
    send_body(world, "")
        .replace("\"Content\":\"\"", &format!("\"Content\":{content}"))
        .replace("\"Scene\":0", "\"Scene\":2")
}
