//! `webwxuploadmedia` and `webwxcheckupload`.

use webwx_image::client::ClientOptions;
use webwx_image::download::{self, Size};
use webwx_image::http::{Method, Part, PartValue, Request};
use webwx_image::ids::{ClientMediaId, MsgId};
use webwx_image::upload::{Concurrency, FileInfo, UploadMediaRequest, UploadType, upload_media_request};

use crate::hand::{json, part, parts};
use crate::{
    COOKIES, FRIEND, JSON_HEADERS, ME, file, first_request, init, md5, page, session, session_with, to, upload,
};

/// The block of parameters that the capture prints. The page builds it first, and writes `UploadType` 2 into what it sends.
const CAPTURED: &str = concat!(
    r#"{"UploadType":1,"BaseRequest":{"Uin":2272112421,"Sid":"sbP3ymYOQZio10BD","#,
    r#""Skey":"@crypt_a936502b_e15410d6dbff4c856aa8d26e71ec8ac1","DeviceID":"e236986525200640"},"#,
    r#""ClientMediaId":1511509303507,"TotalLen":39766,"StartPos":0,"DataLen":39766,"MediaType":4,"#,
    r#""FromUserName":"@55917ed2bbb04c07687466c1a5afd3e4adaf015eee65728814f49b5d7885705a","#,
    r#""ToUserName":"@47ec5786aa3c8ac093b1150ff2846a7feb382b4299373cb7dc0143f925d74ff1","#,
    r#""FileMd5":"daf2d55da001844735acd560b28d8a1a"}"#
);

/// What is sent.
fn sent() -> String {
    CAPTURED.replace(r#"{"UploadType":1"#, r#"{"UploadType":2"#)
}

#[test]
fn the_uploadmediarequest_of_the_capture() {
    let (session, friend, md5) = (session(&init()), to(FRIEND), md5());
    let request = UploadMediaRequest {
        session: &session,
        device_id: "e236986525200640",
        to: &friend,
        client_media_id: ClientMediaId::new(1_511_509_303_507).expect("13 digits"),
        total_len: 39766,
        file_md5: &md5,
        upload_type: UploadType::new(1).expect("1 or 2"),
        aes_key: None,
        signature: None,
    };
    assert_eq!(upload_media_request(&request), CAPTURED);

    let two = UploadMediaRequest { upload_type: UploadType::default(), ..request };
    assert_eq!(upload_media_request(&two), sent());

    let checked = UploadMediaRequest { aes_key: Some("key"), signature: Some("sig"), ..request };
    let expected = CAPTURED.replace(r#"8a1a"}"#, r#"8a1a","AESKey":"key","Signature":"sig"}"#);
    assert_eq!(upload_media_request(&checked), expected);
}

#[test]
fn one_chunk_has_neither_chunks_nor_chunk() {
    let request = first_request(&session(&init()), file("image/png", 39766), ClientOptions::default());
    assert_eq!(request.method, Method::Post);
    assert_eq!(request.url, "https://file.wx.qq.com/cgi-bin/mmwebwx-bin/webwxuploadmedia?f=json");
    assert_eq!(request.headers, [], "the boundary is made by whoever makes the body");
    assert_eq!(request.cookies.as_deref(), Some(COOKIES));
    let expected = [
        Part::text("id", "WU_FILE_3"),
        Part::text("name", "photo \"1\".png"),
        Part::text("type", "image/png"),
        Part::text("lastModifiedDate", "Fri Nov 24 2017 15:41:43 GMT+0800 (CST)"),
        Part::text("size", "39766"),
        Part::text("mediatype", "pic"),
        Part::text("uploadmediarequest", sent()),
        Part::text("webwx_data_ticket", "gScDxle6RuLZRNXBh+IEbkmF"),
        Part::text("pass_ticket", "undefined"),
        Part {
            name: "filename",
            value: PartValue::File { range: 0..39766, name: "photo \"1\".png".into(), mime: "image/png".into() },
        },
    ];
    assert!(parts(&request) == expected);
}

#[test]
fn many_chunks_are_told_by_the_form_alone() {
    let concurrency = Concurrency::new(3).expect("a good number");
    let size = 3 * 524_288 - 1;
    let (mut hand, options) = (page(), ClientOptions { concurrency, ..ClientOptions::default() });
    let mut upload = upload(&mut hand, &session(&init()), file("image/jpeg", size), options);
    let sent: Vec<Request> = (0..3)
        .map(|_| {
            let sent = hand.request(&mut upload);
            hand.good(&mut upload, sent.id, r#"{"BaseResponse":{"Ret":0,"ErrMsg":""},"MediaId":"@crypt_m"}"#);
            sent.request
        })
        .collect();
    hand.end(&mut upload).expect("a MediaId");
    for (index, request) in (0_u64..).zip(&sent) {
        let names: Vec<&str> = parts(request).iter().map(|part| part.name).collect();
        let expected = [
            "id",
            "name",
            "type",
            "lastModifiedDate",
            "size",
            "chunks",
            "chunk",
            "mediatype",
            "uploadmediarequest",
            "webwx_data_ticket",
            "pass_ticket",
            "filename",
        ];
        assert_eq!(names, expected);
        assert_eq!((part(request, "chunks"), part(request, "chunk")), ("3", index.to_string().as_str()));
        assert_eq!(part(request, "size"), size.to_string());
        assert_eq!(part(request, "id"), "WU_FILE_3");
        let text = part(request, "uploadmediarequest");
        assert_eq!(text, part(&sent[0], "uploadmediarequest"), "the same text in every chunk");
        assert!(text.contains(r#""TotalLen":1572863,"StartPos":0,"DataLen":1572863,"#), "{text}");
        let Some(PartValue::File { range, mime, .. }) = parts(request).last().map(|part| part.value.clone()) else {
            panic!("the bytes come last")
        };
        assert_eq!((part(request, "type"), mime.as_str()), ("image/jpeg", "application/octet-stream"));
        assert_eq!(range, index * 524_288..((index + 1) * 524_288).min(size));
        assert_eq!(request.place.to_string(), format!("webwxuploadmedia, chunk {} of 3", index + 1));
    }
}

#[test]
fn mediatype_follows_from_what_it_is_sent_as() {
    let file_of = |mime: &str| FileInfo::file("a".into(), mime.into(), String::new(), 10, md5());
    for (file, mediatype) in [
        (file("image/jpeg", 10), "pic"),
        (file("image/png", 10), "pic"),
        (file("image/bmp", 10), "pic"),
        (file("image/gif", 10), "doc"),
        (file_of("image/png"), "doc"),
        (file_of("image/webp"), "doc"),
        (file_of("video/mp4"), "doc"),
        (file_of("application/octet-stream"), "doc"),
    ] {
        let mime = file.mime.clone();
        let request = first_request(&session(&init()), file, ClientOptions::default());
        assert_eq!((part(&request, "mediatype"), part(&request, "type")), (mediatype, mime.as_str()));
    }
}

#[test]
fn the_upload_type_is_an_option() {
    let options = ClientOptions { upload_type: UploadType::new(1).expect("1 or 2"), ..ClientOptions::default() };
    let request = first_request(&session(&init()), file("image/png", 39766), options);
    assert_eq!(part(&request, "uploadmediarequest"), CAPTURED);
}

#[test]
fn the_check_of_a_big_file() {
    let request = first_request(&session(&init()), file("image/png", 26_214_401), ClientOptions::default());
    assert_eq!(request.method, Method::Post);
    assert_eq!(request.url, "https://wx.qq.com/cgi-bin/mmwebwx-bin/webwxcheckupload?lang=zh_CN");
    assert_eq!(request.headers, JSON_HEADERS.map(|(name, value)| (name.into(), value.to_owned())));
    assert_eq!(request.cookies.as_deref(), Some(COOKIES));
    let expected = format!(
        r#"{{"FromUserName":"{ME}","ToUserName":"{FRIEND}","FileSize":26214401,"FileMd5":"daf2d55da001844735acd560b28d8a1a","FileName":"photo \"1\".png","FileType":7,"BaseRequest":{{"Uin":2272112421,"Sid":"sbP3ymYOQZio10BD","Skey":"@crypt_a936502b_e15410d6dbff4c856aa8d26e71ec8ac1","DeviceID":"e236986525200640"}}}}"#
    );
    assert_eq!(json(&request), expected);
}

#[test]
fn hosts_follow_the_page() {
    for (page, file_host) in [
        ("https://wx2.qq.com", "https://file.wx2.qq.com"),
        ("https://web2.wechat.com/", "https://file.web2.wechat.com"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
    ] {
        let session = session_with(|init| init.origin = Some(page.into()));
        let upload = first_request(&session, file("image/png", 10), ClientOptions::default());
        assert_eq!(upload.url, format!("{file_host}/cgi-bin/mmwebwx-bin/webwxuploadmedia?f=json"));
        let get = download::request(&session, &MsgId::new("1").expect("digits"), Size::Full);
        assert!(get.url.starts_with(&format!("{}/cgi-bin/", page.trim_end_matches('/'))), "{}", get.url);
        let check = first_request(&session, file("image/png", 26_214_401), ClientOptions::default());
        assert!(check.url.starts_with(page.trim_end_matches('/')));
    }
    let own = session_with(|init| {
        init.origin = Some("http://localhost:1".into());
        init.file_origin = Some("http://localhost:2".into());
    });
    let upload = first_request(&own, file("image/png", 10), ClientOptions::default());
    assert_eq!(upload.url, "http://localhost:2/cgi-bin/mmwebwx-bin/webwxuploadmedia?f=json");
}
