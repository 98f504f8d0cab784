//! webwxsendappmsg and webwxgetmedia: any file, as it is.

mod common;

use common::{CHUNK, CLIENT_MSG_ID, FILE, File, answer, file_body, get, md5, media_id, order, png, refusal};
use common::{send_file, upload, world};
use serde_json::{Value, json};
use standin::{Config, World};

/// One way to spoil a text.
type Edit = fn(String) -> String;

const NAME: &str = "a & b <1>.png";

/// A picture that goes as a file.
fn document() -> File {
    File { mediatype: "doc", ..File::png(png(9, 9, 1)) }
}

#[test]
fn a_sent_file_is_there_under_its_msg_id_and_its_media_id() {
    let mut world = world();
    let file = document();
    let media_id = media_id(&mut world, &file);
    let body = file_body(&world, &media_id, NAME, file.bytes.len());
    let sent = send_file(&mut world, &body);
    assert_eq!(refusal(&sent), (0, String::new()));
    assert_eq!(send_file(&mut world, &body), sent, "the same ClientMsgId is one message");

    let messages = common::control(&mut world, "GET", "messages");
    assert_eq!(messages.as_array().map(Vec::len), Some(4));
    let message = &messages[3];
    for (key, value) in [
        ("MsgId", &sent["MsgID"]),
        ("MsgType", &json!(49)),
        ("AppMsgType", &json!(6)),
        ("FileName", &json!(NAME)),
        ("FileSize", &json!(file.bytes.len().to_string())),
        ("MediaId", &json!(media_id)),
        ("ClientMsgId", &json!(CLIENT_MSG_ID)),
    ] {
        assert_eq!(&message[key], value, "{key}");
    }
    let content = message["Content"].as_str().expect("a string");
    assert!(content.starts_with("&lt;msg&gt;&lt;appmsg ") && content.contains("a &amp;amp; b &amp;lt;1"), "{content}");
    assert!(messages[0].get("FileName").is_none());

    let table: [(Edit, usize); 6] = [
        (|url| url, file.bytes.len()),
        (|url| url.replace("mediaid=@crypt", "mediaid=@crypt0"), 0),
        (|url| url.replace("sender=@", "sender=@0"), 0),
        (|url| url.replace("webwx_data_ticket=", "webwx_data_ticket=0"), 0),
        (|url| format!("{url}&pass_ticket=x"), 0),
        (|url| format!("{url}&pass_ticket=undefined"), file.bytes.len()),
    ];
    for (edit, size) in table {
        let session = world.session();
        let ticket = session.data_ticket.replace('/', "%2F").replace('+', "%2B");
        let url = format!(
            "{FILE}/cgi-bin/mmwebwx-bin/webwxgetmedia?sender={}&mediaid={media_id}&encryfilename={}&fromuser={}\
             &webwx_data_ticket={ticket}",
            session.user_name,
            message["EncryFileName"].as_str().expect("a string"),
            session.uin,
        );
        let request = get(session, &edit(url));
        let outcome = world.handle(&request);
        let body = answer(&outcome).body();
        assert_eq!(body.len(), size, "{}", request.uri());
        assert!(body.is_empty() || md5(body) == md5(&file.bytes));
    }
}

#[test]
fn every_value_of_the_content_is_checked() {
    let table = [
        ("<title>", "<title></title><title>", 1, "Msg.Content: appmsg/title twice"),
        ("<title>a &amp; b &lt;1>.png</title>", "<title></title>", 1, "Msg.Content: appmsg/title is empty"),
        ("<title>a &amp; b &lt;1>.png</title>", "", 1, "Msg.Content: no appmsg/title"),
        ("a &amp; b", "a & b", 1, "Msg.Content: no XML ("),
        ("<type>6</type>", "<type>5</type>", 1, "Msg.Content: appmsg/type is 5, expected 6"),
        ("<totallen>", "<totallen>1", 1, "Msg.Content: appmsg/appattach/totallen is 1"),
        ("<attachid>@", "<attachid>", 1, "Msg.MediaId: not one that was given"),
        ("<fileext>png</fileext>", "", 1, "Msg.Content: no appmsg/appattach/fileext"),
        ("</appmsg>", "", 1, "Msg.Content: cut off"),
        ("appmsg>", "app>", 1, "Msg.Content: no XML ("),
        (r#""Type":6"#, r#""Type":49"#, 1, "Msg.Type: 49, expected 6"),
        (r#""Type":6"#, r#""Type":6,"MediaId":"""#, 1, "Msg.MediaId: unknown key"),
        (r#""Scene":0"#, r#""Scene":2"#, 1, "Scene: 2, expected 0"),
        (r#""ToUserName":"@"#, r#""ToUserName":"@0"#, 1204, "Msg.ToUserName: not a contact"),
        (r#""Type":6"#, r#""Signature":"x","Type":6"#, 1, "Msg.Signature: given, but webwxcheckupload gave none"),
    ];
    for (from, to, ret, why) in table {
        let mut world = world();
        let file = document();
        let media_id = media_id(&mut world, &file);
        let body = file_body(&world, &media_id, NAME, file.bytes.len());
        assert!(body.contains(from), "{from} is not in {body}");
        let (found_ret, found_why) = refusal(&send_file(&mut world, &body.replacen(from, to, 1)));
        assert!(found_ret == ret && found_why.starts_with(why), "{found_ret} {found_why}, expected {ret} {why}");
        assert_eq!(world.messages().len(), 3, "nothing was sent");
    }
}

#[test]
fn documents_and_films_go_as_files_and_pictures_do_not() {
    let mut world = world();
    for (id, mediatype, ret, why) in [
        (1, "doc", 0, ""),
        (2, "video", 0, ""),
        (3, "pic", 1, "Msg.Content: uploaded as pic; a file goes as doc or video"),
    ] {
        let file = File { mediatype, id: 1_700_000_000_000 + id, ..document() };
        let media_id = media_id(&mut world, &file);
        let body = file_body(&world, &media_id, NAME, file.bytes.len());
        let body = body.replace(CLIENT_MSG_ID, &format!("1700000000000000{id}"));
        assert_eq!(refusal(&send_file(&mut world, &body)), (ret, why.into()), "{mediatype}");
    }
}

#[test]
fn a_file_without_an_ending_says_so_as_each_client_does() {
    for extension in ["", "undefined"] {
        let mut world = world();
        let file = document();
        let media_id = media_id(&mut world, &file);
        let body = file_body(&world, &media_id, "README", file.bytes.len());
        let body = body.replace("<fileext></fileext>", &format!("<fileext>{extension}</fileext>"));
        assert_eq!(refusal(&send_file(&mut world, &body)), (0, String::new()), "{extension}");
    }
}

#[test]
fn a_big_file_brings_the_signature_of_its_check() {
    let mut world = World::new(Config { chunk_size: CHUNK as u64, check_over: 200, ..Config::default() });
    let mut file = document();
    assert_eq!(refusal(&upload(&mut world, &file)[0]).1, "AESKey: missing; over 200 bytes ask webwxcheckupload first");
    let checked: Value = common::check(&mut world, &file, |body| body);
    let text = |key: &str| checked[key].as_str().expect("a string").to_owned();
    file.more = format!(r#","AESKey":"{}","Signature":"{}""#, text("AESKey"), text("Signature"));
    let media_id = media_id(&mut world, &file);
    let body = file_body(&world, &media_id, NAME, file.bytes.len());
    let unsigned = refusal(&send_file(&mut world, &body));
    assert_eq!(unsigned, (1, "Msg.Signature: not the one that webwxcheckupload gave".into()));
    let signed = body.replace("\"Type\":6", &format!("\"Signature\":\"{}\",\"Type\":6", text("Signature")));
    assert_eq!(refusal(&send_file(&mut world, &signed)), (0, String::new()));
}

#[test]
fn faults_strike_files_too() {
    let mut world = world();
    let file = document();
    let media_id = media_id(&mut world, &file);
    let body = file_body(&world, &media_id, NAME, file.bytes.len());
    order(&mut world, r#"[{"endpoint":"webwxsendappmsg","fault":"ret:1205"}]"#);
    let answer = send_file(&mut world, &body);
    assert_eq!((refusal(&answer).0, &answer["MsgID"]), (1205, &json!("")));
    assert_eq!(refusal(&send_file(&mut world, &body)).0, 0);
    let journal = world.journal();
    assert_eq!(journal.last().map(|entry| entry.path.as_str()), Some("/cgi-bin/mmwebwx-bin/webwxsendappmsg"));
}

#[test]
fn a_foreign_media_id_delivers_the_wrong_file() {
    let mut world = world();
    let file = document();
    order(&mut world, r#"[{"endpoint":"webwxuploadmedia","fault":"ret:1205+mediaid"}]"#);
    let answer = common::upload_chunk(&mut world, &file, 0);
    let foreign = answer["MediaId"].as_str().expect("a string");
    let body = file_body(&world, foreign, NAME, file.bytes.len());
    assert_eq!(refusal(&send_file(&mut world, &body)).0, 0, "nobody stops it");
    assert_ne!(world.messages()[3].picture.md5, md5(&file.bytes));
}
