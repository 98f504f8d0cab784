//! The requests of each client that is known to get its pictures through, written as that client writes them.

mod common;

use common::{CHUNK, File, Form, base_request, emoticon_body, file_body, json_of, md5, media_id, png, post, refusal};
use common::{send_body, send_url, upload_form, world};
use serde_json::{Value, json};
use standin::{Config, World};

/// Three chunks, the last of 500 bytes.
fn file() -> File {
    File::png((0..2500_u32).map(|at| at.wrapping_mul(2_654_435_761).to_be_bytes()[0]).collect())
}

/// The MediaId of a file that goes up as a client has it, which is the page's form with these edits.
fn upload(world: &mut World, file: &File, as_a_client_has_it: impl Fn(&World, &mut Form, usize)) -> String {
    let mut media_id = Value::Null;
    for chunk in 0..file.chunks() {
        let mut form = file.form(world, chunk);
        as_a_client_has_it(world, &mut form, chunk);
        let mut answer = upload_form(world, &form);
        assert_eq!(refusal(&answer), (0, String::new()), "chunk {chunk}");
        media_id = answer["MediaId"].take();
    }
    media_id.as_str().expect("a string").to_owned()
}

/// Sends that body to that address; gives the length of the list of messages.
fn send(world: &mut World, url: &str, body: &str) -> usize {
    let answer = json_of(&world.handle(&post(world.session(), url, body)));
    assert_eq!(refusal(&answer), (0, String::new()));
    world.messages().len()
}

/// The ticket as the login gives it.
fn encoded_ticket(world: &World) -> String {
    world.session().pass_ticket.replace('+', "%2B").replace('/', "%2F").replace('=', "%3D")
}

#[test]
fn the_page() {
    for ticket in [None, Some("undefined")] {
        let mut world = world();
        let media_id = upload(&mut world, &file(), |world, form, _| {
            form.set("pass_ticket", ticket.unwrap_or(&world.session().pass_ticket));
        });
        // Its HTTP layer encodes the ticket, which is encoded already.
        let ticket = encoded_ticket(&world).replace('%', "%25");
        let body = send_body(&world, &media_id);
        let url = send_url("webwxsendmsgimg");
        for more in [String::new(), "&lang=zh_CN".into(), format!("&pass_ticket={ticket}&lang=zh_CN")] {
            assert_eq!(send(&mut world, &format!("{url}{more}"), &body), 4);
        }
    }
}

#[test]
fn the_page_s_gif() {
    let mut world = world();
    let media_id = media_id(&mut world, &File::gif());
    let body = emoticon_body(&world, &media_id);
    let url = send_url("webwxsendemoticon");
    assert!(url.ends_with("?fun=sys"));
    assert_eq!(send(&mut world, &url, &body), 4);
}

#[test]
fn the_page_s_picture_and_file_above_the_limit() {
    for mediatype in ["pic", "doc"] {
        let mut world = World::new(Config { chunk_size: CHUNK as u64, check_over: 2000, ..Config::default() });
        let mut file = File { mediatype, ..file() };
        let checked = common::check(&mut world, &file, |body| body);
        let text = |key: &str| checked[key].as_str().expect("a string").to_owned();
        file.more = format!(r#","AESKey":"{}","Signature":"{}""#, text("AESKey"), text("Signature"));
        let media_id = media_id(&mut world, &file);
        let sent = if mediatype == "pic" {
            let body = send_body(&world, &media_id);
            send(&mut world, &send_url("webwxsendmsgimg"), &body)
        } else {
            let body = file_body(&world, &media_id, "big.psd", file.bytes.len());
            let body = body.replace("\"Type\":6", &format!("\"Signature\":\"{}\",\"Type\":6", text("Signature")));
            send(&mut world, &send_url("webwxsendappmsg"), &body)
        };
        assert_eq!(sent, 4, "{mediatype}");
    }
}

#[test]
fn wechat4u() {
    let mut world = world();
    let file = file();
    let digest = md5(&file.bytes);
    let media_id = upload(&mut world, &file, |world, form, _| {
        form.edit("uploadmediarequest", r#""UploadType":2,"#, "");
        form.edit("uploadmediarequest", r#""MediaType":4,"#, r#""MediaType":4,"UploadType":2,"#);
        form.edit("uploadmediarequest", &format!(r#","FileMd5":"{digest}""#), "");
        form.edit("uploadmediarequest", "1700000000000", "1700000000000123");
        form.set("lastModifiedDate", "Tue, 21 Nov 2023 09:53:00 GMT");
        form.set("pass_ticket", &encoded_ticket(world).replace('%', "%25"));
        let order = ["name", "type", "lastModifiedDate", "size", "mediatype", "uploadmediarequest"];
        let then = ["webwx_data_ticket", "pass_ticket", "id", "chunk", "chunks", "filename"];
        form.0 = order.into_iter().chain(then).map(|name| form.part(name).clone()).collect();
    });
    let message = numbered(&world, &media_id, "1700000000000123", "1700000000000123");
    let body = format!("{{\"BaseRequest\":{},\"Scene\":0,\"Msg\":{message}}}", base_request(world.session()));
    let ticket = encoded_ticket(&world).replace('%', "%25");
    let url = format!("{}&lang=zh_CN&pass_ticket={ticket}", send_url("webwxsendmsgimg"));
    assert_eq!(send(&mut world, &url, &body), 4);
}

#[test]
fn wechat4u_in_one_chunk_leaves_the_id_out() {
    let mut world = world();
    upload(&mut world, &File::png(png(9, 9, 1)), |_, form, _| form.remove("id"));
}

#[test]
fn itchat_uos() {
    let mut world = world();
    let uin = world.session().uin;
    let media_id = upload(&mut world, &file(), |world, form, _| {
        form.edit("uploadmediarequest", "1700000000000", "17000000000001");
        form.edit("uploadmediarequest", &format!("\"Uin\":{uin}"), &format!("\"Uin\":\"{uin}\""));
        form.edit("uploadmediarequest", "e123456789012345", "e12345678901234");
        form.set("lastModifiedDate", "Tue Nov 21 2023 17:53:00 GMT+0800 (CST)");
        form.set("pass_ticket", &encoded_ticket(world));
    });
    // It asks the clock for each id.
    let message = numbered(&world, &media_id, "17000000000001", "17000000000002");
    let base = base_request(world.session()).replace(&uin.to_string(), &format!("\"{uin}\""));
    let body = format!("{{\"BaseRequest\": {base}, \"Msg\": {message}, \"Scene\": 0}}");
    assert_eq!(send(&mut world, &send_url("webwxsendmsgimg"), &body), 4);
}

#[test]
fn openwechat() {
    let mut world = world();
    let file = file();
    let media_id = upload(&mut world, &file, |world, form, chunk| {
        form.edit("uploadmediarequest", "1700000000000", "17000000000000");
        form.set("lastModifiedDate", "Tue Nov 21 2023 17:53:00 GMT+0800 (中国标准时间)");
        form.set("pass_ticket", &encoded_ticket(world));
        form.set("name", "/tmp/a\"b.png");
        form.part("filename").1 = Some("/tmp/a\\\"b.png".into());
        // uploadmediarequest is the first, the bytes are the last, and the others have an order of chance.
        let place = form.0.iter().position(|(name, ..)| name == "uploadmediarequest").expect("it is there");
        let request = form.0.remove(place);
        let bytes = form.0.pop().expect("it is there");
        form.0.rotate_left(3 * chunk + 1);
        form.0.insert(0, request);
        form.0.push(bytes);
    });
    let session = world.session();
    let message = json!({
        "Type": 3, "Content": "", "FromUserName": session.user_name, "ToUserName": world.peer(),
        "LocalID": "17000000000001234", "ClientMsgId": "17000000000001234", "MediaId": media_id,
    });
    let body = format!("{{\"BaseRequest\":{},\"Msg\":{message},\"Scene\":0}}\n", base_request(session));
    let ticket = encoded_ticket(&world).replace('%', "%25");
    let url = format!("{}&lang=zh_CN&pass_ticket={ticket}", send_url("webwxsendmsgimg"));
    assert_eq!(send(&mut world, &url, &body), 4);
}

/// A picture's message whose ids are numbers and which has no Content.
fn numbered(world: &World, media_id: &str, local_id: &str, client_msg_id: &str) -> String {
    let from = &world.session().user_name;
    format!(
        "{{\"Type\":3,\"MediaId\":\"{media_id}\",\"FromUserName\":\"{from}\",\"ToUserName\":\"{}\",\
         \"LocalID\":{local_id},\"ClientMsgId\":{client_msg_id}}}",
        world.peer(),
    )
}
