//! What the tests of the stand-in share: requests as the official page makes them, open to being spoilt.

#![allow(dead_code, reason = "every test file uses its own part of it")]

use std::io::Cursor;

use image::{ImageFormat, Rgb, RgbImage};
use md5::{Digest, Md5};
use serde_json::{Value, json};
use standin::bytes::Bytes;
use standin::http;
use standin::{Config, Outcome, Request, Response, Session, World};

pub(crate) const PAGE: &str = "https://wx.qq.com";
pub(crate) const FILE: &str = "https://file.wx.qq.com";
pub(crate) const GATEWAY: &str = "http://localhost:18081";

/// Small enough for several chunks in no time.
pub(crate) const CHUNK: usize = 1000;

pub(crate) fn world() -> World {
    World::new(Config { chunk_size: CHUNK as u64, ..Config::default() })
}

pub(crate) fn cookies(session: &Session) -> String {
    format!("last_wxuin=1; wxuin={}; wxsid={}; webwx_data_ticket={}", session.uin, session.sid, session.data_ticket)
}

pub(crate) fn base_request(session: &Session) -> String {
    format!(
        r#"{{"Uin":{},"Sid":"{}","Skey":"{}","DeviceID":"e123456789012345"}}"#,
        session.uin, session.sid, session.skey
    )
}

pub(crate) fn md5(bytes: &[u8]) -> String {
    hex::encode(Md5::digest(bytes))
}

/// A PNG of that size; `seed` tells one from another.
pub(crate) fn png(width: u32, height: u32, seed: u32) -> Vec<u8> {
    let drawn = RgbImage::from_fn(width, height, |x, y| {
        let mixed = (x.wrapping_mul(31) ^ y.wrapping_mul(17)).wrapping_add(seed).wrapping_mul(2_654_435_761);
        let [red, green, blue, _] = mixed.to_be_bytes();
        Rgb([red, green, blue])
    });
    let mut file = Cursor::new(Vec::new());
    drawn.write_to(&mut file, ImageFormat::Png).expect("a PNG in memory");
    file.into_inner()
}

pub(crate) fn gif() -> Vec<u8> {
    let mut file = Cursor::new(Vec::new());
    RgbImage::from_pixel(40, 30, Rgb([1, 2, 3])).write_to(&mut file, ImageFormat::Gif).expect("a GIF in memory");
    file.into_inner()
}

/// The form of one chunk, part by part.
#[derive(Clone)]
pub(crate) struct Form(pub(crate) Vec<(String, Option<String>, Vec<u8>)>);

impl Form {
    pub(crate) fn set(&mut self, name: &str, value: &str) {
        self.part(name).2 = value.into();
    }

    pub(crate) fn edit(&mut self, name: &str, from: &str, to: &str) {
        let text = String::from_utf8(self.part(name).2.clone()).expect("a text");
        assert!(text.contains(from), "{name} has no {from}");
        self.set(name, &text.replace(from, to));
    }

    pub(crate) fn remove(&mut self, name: &str) {
        self.0.retain(|(found, ..)| found != name);
    }

    pub(crate) fn part(&mut self, name: &str) -> &mut (String, Option<String>, Vec<u8>) {
        self.0.iter_mut().find(|(found, ..)| found == name).unwrap_or_else(|| panic!("no part {name}"))
    }

    fn body(&self) -> Bytes {
        let mut body = Vec::new();
        for (name, filename, value) in &self.0 {
            body.extend(format!("--XX\r\nContent-Disposition: form-data; name=\"{name}\"").bytes());
            if let Some(filename) = filename {
                body.extend(format!("; filename=\"{filename}\"").bytes());
                body.extend(b"\r\nContent-Type: application/octet-stream");
            }
            body.extend(b"\r\n\r\n");
            body.extend(value);
            body.extend(b"\r\n");
        }
        body.extend(b"--XX--\r\n");
        body.into()
    }
}

/// A file on its way to the peer.
#[derive(Clone)]
pub(crate) struct File {
    pub(crate) bytes: Vec<u8>,
    pub(crate) mime: &'static str,
    pub(crate) mediatype: &'static str,
    pub(crate) id: u64,
    /// The peer, if nobody else.
    pub(crate) to: Option<String>,
    /// More of `uploadmediarequest`, behind FileMd5.
    pub(crate) more: String,
}

impl File {
    pub(crate) fn png(bytes: Vec<u8>) -> Self {
        let (mime, mediatype) = ("image/png", "pic");
        Self { bytes, mime, mediatype, id: 1_700_000_000_000, to: None, more: String::new() }
    }

    pub(crate) fn gif() -> Self {
        Self { mime: "image/gif", mediatype: "doc", id: 1_700_000_000_001, ..Self::png(gif()) }
    }

    pub(crate) fn chunks(&self) -> usize {
        self.bytes.len().div_ceil(CHUNK)
    }

    pub(crate) fn form(&self, world: &World, chunk: usize) -> Form {
        let session = world.session();
        let size = self.bytes.len();
        let request = format!(
            "{{\"UploadType\":2,\"BaseRequest\":{},\"ClientMediaId\":{},\"TotalLen\":{size},\"StartPos\":0,\
             \"DataLen\":{size},\"MediaType\":4,\"FromUserName\":\"{}\",\"ToUserName\":\"{}\",\
             \"FileMd5\":\"{}\"{}}}",
            base_request(session),
            self.id,
            session.user_name,
            self.to.as_deref().unwrap_or(world.peer()),
            md5(&self.bytes),
            self.more,
        );
        let slice = self.bytes.chunks(CHUNK).nth(chunk).unwrap_or_default();
        let mut parts = Vec::new();
        let mut text = |name: &str, value: &str| parts.push((name.into(), None, value.into()));
        text("id", "WU_FILE_0");
        text("name", "picture");
        text("type", self.mime);
        text("lastModifiedDate", "Tue Nov 21 2023 17:53:00 GMT+0800 (China Standard Time)");
        text("size", &size.to_string());
        if self.chunks() > 1 {
            text("chunks", &self.chunks().to_string());
            text("chunk", &chunk.to_string());
        }
        text("mediatype", self.mediatype);
        text("uploadmediarequest", &request);
        text("webwx_data_ticket", &session.data_ticket);
        text("pass_ticket", "undefined");
        parts.push(("filename".into(), Some("picture".into()), slice.into()));
        Form(parts)
    }
}

pub(crate) fn upload_request(session: &Session) -> http::request::Builder {
    http::Request::post(format!("{FILE}/cgi-bin/mmwebwx-bin/webwxuploadmedia?f=json"))
        .header("origin", PAGE)
        .header("cookie", cookies(session))
        .header("content-type", "multipart/form-data; boundary=XX")
}

pub(crate) fn upload_form(world: &mut World, form: &Form) -> Value {
    let request = upload_request(world.session()).body(form.body()).expect("a request");
    json_of(&world.handle(&request))
}

pub(crate) fn form_request(builder: http::request::Builder, form: &Form) -> Request {
    builder.body(form.body()).expect("a request")
}

/// The answer to one chunk.
pub(crate) fn upload_chunk(world: &mut World, file: &File, chunk: usize) -> Value {
    let form = file.form(world, chunk);
    upload_form(world, &form)
}

/// The answers to all chunks, in order.
pub(crate) fn upload(world: &mut World, file: &File) -> Vec<Value> {
    (0..file.chunks()).map(|chunk| upload_chunk(world, file, chunk)).collect()
}

/// Uploads and gives the MediaId.
pub(crate) fn media_id(world: &mut World, file: &File) -> String {
    let answers = upload(world, file);
    let last = answers.last().expect("at least one chunk");
    assert_eq!(last["BaseResponse"], json!({ "Ret": 0, "ErrMsg": "" }));
    last["MediaId"].as_str().expect("a string").to_owned()
}

pub(crate) const CLIENT_MSG_ID: &str = "17000000000001234";

/// The body of a send, as the page writes it.
pub(crate) fn send_body(world: &World, media_id: &str) -> String {
    let session = world.session();
    format!(
        "{{\"BaseRequest\":{},\"Msg\":{{\"Type\":3,\"MediaId\":\"{media_id}\",\"Content\":\"\",\
         \"FromUserName\":\"{}\",\"ToUserName\":\"{}\",\"LocalID\":\"{CLIENT_MSG_ID}\",\
         \"ClientMsgId\":\"{CLIENT_MSG_ID}\"}},\"Scene\":0}}",
        base_request(session),
        session.user_name,
        world.peer(),
    )
}

pub(crate) fn emoticon_body(world: &World, media_id: &str) -> String {
    let body = send_body(world, media_id);
    body.replace("\"Type\":3,", "\"Type\":47,\"EmojiFlag\":2,").replace("\"Content\":\"\",", "")
}

pub(crate) fn post(session: &Session, url: &str, body: &str) -> Request {
    http::Request::post(url)
        .header("cookie", cookies(session))
        .header("content-type", "application/json;charset=UTF-8")
        .body(Bytes::copy_from_slice(body.as_bytes()))
        .expect("a request")
}

/// As the page writes it; `lang` only where its own address has one.
pub(crate) fn send_url(endpoint: &str) -> String {
    let query = if endpoint == "webwxsendemoticon" { "fun=sys" } else { "fun=async&f=json" };
    format!("{PAGE}/cgi-bin/mmwebwx-bin/{endpoint}?{query}")
}

pub(crate) fn send(world: &mut World, body: &str) -> Value {
    let request = post(world.session(), &send_url("webwxsendmsgimg"), body);
    json_of(&world.handle(&request))
}

pub(crate) fn send_emoticon(world: &mut World, body: &str) -> Value {
    let request = post(world.session(), &send_url("webwxsendemoticon"), body);
    json_of(&world.handle(&request))
}

/// The body of a file's send, as the page writes it, but for the escaping of the name.
pub(crate) fn file_body(world: &World, media_id: &str, name: &str, size: usize) -> String {
    let session = world.session();
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
    let content = format!(
        "<appmsg appid='wxeb7ec651dd0aefa9' sdkver=''><title>{}</title><des></des><action></action><type>6</type>\
         <content></content><url></url><lowurl></lowurl><appattach><totallen>{size}</totallen>\
         <attachid>{media_id}</attachid><fileext>{extension}</fileext></appattach><extinfo></extinfo></appmsg>",
        name.replace('&', "&amp;").replace('<', "&lt;"),
    );
    format!(
        "{{\"BaseRequest\":{},\"Msg\":{{\"Type\":6,\"Content\":{},\"FromUserName\":\"{}\",\"ToUserName\":\"{}\",\
         \"LocalID\":\"{CLIENT_MSG_ID}\",\"ClientMsgId\":\"{CLIENT_MSG_ID}\"}},\"Scene\":0}}",
        base_request(session),
        json!(content),
        session.user_name,
        world.peer(),
    )
}

pub(crate) fn send_file(world: &mut World, body: &str) -> Value {
    let request = post(world.session(), &send_url("webwxsendappmsg"), body);
    json_of(&world.handle(&request))
}

pub(crate) fn get_url(session: &Session, msg_id: &str, more: &str) -> String {
    let skey = session.skey.replace('@', "%40");
    format!("{PAGE}/cgi-bin/mmwebwx-bin/webwxgetmsgimg?MsgID={msg_id}&skey={skey}{more}")
}

pub(crate) fn get(session: &Session, url: &str) -> Request {
    http::Request::get(url).header("cookie", cookies(session)).body(Bytes::new()).expect("a request")
}

pub(crate) fn answer(outcome: &Outcome) -> &Response {
    outcome.answer().expect("an answer, not a cut")
}

pub(crate) fn json_of(outcome: &Outcome) -> Value {
    serde_json::from_slice(answer(outcome).body()).expect("JSON")
}

/// Ret and ErrMsg in one.
pub(crate) fn refusal(answer: &Value) -> (i64, String) {
    let base = &answer["BaseResponse"];
    (base["Ret"].as_i64().expect("Ret"), base["ErrMsg"].as_str().expect("ErrMsg").to_owned())
}

/// Orders a fault through the control endpoint; gives status and body.
pub(crate) fn order(world: &mut World, faults: &str) -> (u16, Value) {
    let request = http::Request::post(format!("{PAGE}/__standin/faults"))
        .body(Bytes::copy_from_slice(faults.as_bytes()))
        .expect("a request");
    let outcome = world.handle(&request);
    (answer(&outcome).status().as_u16(), json_of(&outcome))
}

/// Asks webwxcheckupload, in the page's order.
pub(crate) fn check(world: &mut World, file: &File, edit: impl FnOnce(String) -> String) -> Value {
    let session = world.session().clone();
    let body = format!(
        "{{\"FromUserName\":\"{}\",\"ToUserName\":\"{}\",\"FileSize\":{},\"FileMd5\":\"{}\",\
         \"FileName\":\"a.png\",\"FileType\":7,\"BaseRequest\":{}}}",
        session.user_name,
        file.to.as_deref().unwrap_or(world.peer()),
        file.bytes.len(),
        md5(&file.bytes),
        base_request(&session),
    );
    let url = format!("{PAGE}/cgi-bin/mmwebwx-bin/webwxcheckupload");
    json_of(&world.handle(&post(&session, &url, &edit(body))))
}

pub(crate) fn control(world: &mut World, method: &str, name: &str) -> Value {
    let request = http::Request::builder()
        .method(method)
        .uri(format!("{PAGE}/__standin/{name}"))
        .body(Bytes::new())
        .expect("a request");
    json_of(&world.handle(&request))
}
