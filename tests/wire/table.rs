//! The page's requests beside ours, endpoint by endpoint.
//!
//! What the official page sends was read off the wire: its published code, run in a browser against the stand-in. Each row has its
//! request as lines, with the session's values by name, and every line in which ours differs, with the reason. A difference that is
//! not listed fails, and so does one that is listed and gone.

use webwx_image::client::ClientOptions;
use webwx_image::download::{self, Size};
use webwx_image::http::{Body, PartValue, Request};
use webwx_image::ids::MsgId;
use webwx_image::report;
use webwx_image::session::Session;
use webwx_image::upload::{FileInfo, MediaKind, UploadedMedia};

use crate::sending::{MEDIA_ID, RECEIVER, media};
use crate::{FRIEND, ME, file, first_request, forward_request, page, send_request, session_with, upload};

/// A line of the page's, our lines in its place, and why.
type Difference<'a> = (&'a str, &'a str, &'a str);

fn session_of_a_page(lang: &str, pass_ticket: &str) -> Session {
    session_with(|init| {
        init.lang = Some(lang.into());
        init.pass_ticket = Some(pass_ticket.into());
    })
}

/// A page at `?lang=zh_CN`, with the ticket that its login gave.
fn fresh() -> Session {
    session_of_a_page("zh_CN", "a%2Bb%3D%3D")
}

/// A page without a language in its address, after a reload.
fn reloaded() -> Session {
    session_of_a_page("", "")
}

/// The request as lines: method and address, each pair of the query, each header, each part of a form, each member of a JSON object.
fn lines(request: &Request) -> Vec<String> {
    let (address, query) = request.url.split_once('?').unwrap_or((&request.url, ""));
    let mut lines = vec![format!("{} {address}", request.method.as_str())];
    lines.extend(query.split('&').filter(|_| request.url.contains('?')).map(|pair| format!("?{pair}")));
    lines.extend(request.headers.iter().map(|(name, value)| format!("{name}: {value}")));
    match &request.body {
        Body::Empty => {}
        Body::Json(json) => lines.extend(json.replace(",\"", ",\n\"").lines().map(str::to_owned)),
        Body::Form(parts) => lines.extend(parts.iter().map(|part| match &part.value {
            PartValue::Text(text) => format!("{}={text}", part.name),
            PartValue::File { range, name, mime } => {
                format!("{}: bytes {}..{} of \"{name}\", {mime}", part.name, range.start, range.end)
            }
        })),
    }
    let named = [
        ("{skey}", "@crypt_a936502b_e15410d6dbff4c856aa8d26e71ec8ac1"),
        ("{skey in a URL}", "%40crypt_a936502b_e15410d6dbff4c856aa8d26e71ec8ac1"),
        ("{me}", ME),
        ("{friend}", FRIEND),
        ("{receiver}", RECEIVER),
        ("{media}", MEDIA_ID),
        ("{md5}", "daf2d55da001844735acd560b28d8a1a"),
    ];
    let by_name = |line: String| named.iter().fold(line, |line, (name, value)| line.replace(value, name));
    lines.into_iter().map(by_name).collect()
}

/// Ours is the page's but for the differences.
#[track_caller]
fn assert_as_the_page(request: &Request, page: &str, differences: &[Difference<'_>]) {
    let mut expected: Vec<String> = page.lines().map(|line| line.trim().to_owned()).collect();
    expected.retain(|line| !line.is_empty());
    for (theirs, ours, reason) in differences {
        let at = expected.iter().position(|line| line == theirs);
        let at = at.unwrap_or_else(|| panic!("the page has no line {theirs:?}, which differs since {reason}"));
        assert_ne!(theirs, ours, "no difference, so no reason: {reason}");
        expected.splice(at..=at, ours.lines().map(str::to_owned));
    }
    assert_eq!(lines(request), expected);
}

fn named(name: &str, size: u64) -> FileInfo {
    FileInfo { name: name.into(), ..file("image/png", size) }
}

fn as_file(name: &str, signature: Option<&str>) -> UploadedMedia {
    UploadedMedia { file_name: Some(name.into()), ..media("application/pdf", signature) }
}

#[test]
fn webwxuploadmedia_of_one_chunk() {
    let request = first_request(&fresh(), named("photo.png", 39_766), ClientOptions::default());
    let page = r#"
        POST https://file.wx.qq.com/cgi-bin/mmwebwx-bin/webwxuploadmedia
        ?f=json
        id=WU_FILE_3
        name=photo.png
        type=image/png
        lastModifiedDate=Fri Nov 24 2017 15:41:43 GMT+0800 (CST)
        size=39766
        mediatype=pic
        uploadmediarequest={"UploadType":2,"BaseRequest":{"Uin":2272112421,"Sid":"sbP3ymYOQZio10BD","Skey":"{skey}","DeviceID":"e236986525200640"},"ClientMediaId":1511509303507,"TotalLen":39766,"StartPos":0,"DataLen":39766,"MediaType":4,"FromUserName":"{me}","ToUserName":"{friend}","FileMd5":"{md5}"}
        webwx_data_ticket=gScDxle6RuLZRNXBh+IEbkmF
        pass_ticket=a+b==
        filename: bytes 0..39766 of "photo.png", image/png
    "#;
    assert_as_the_page(&request, page, &[]);
}

#[test]
fn webwxuploadmedia_of_the_second_chunk_after_a_reload() {
    let (mut hand, session) = (page(), reloaded());
    let options = ClientOptions {
        concurrency: webwx_image::upload::Concurrency::new(2).expect("a good number"),
        ..ClientOptions::default()
    };
    let mut upload = upload(&mut hand, &session, named("photo.png", 1_500_000), options);
    let _first = hand.request(&mut upload);
    let page = r#"
        POST https://file.wx.qq.com/cgi-bin/mmwebwx-bin/webwxuploadmedia
        ?f=json
        id=WU_FILE_3
        name=photo.png
        type=image/png
        lastModifiedDate=Fri Nov 24 2017 15:41:43 GMT+0800 (CST)
        size=1500000
        chunks=3
        chunk=1
        mediatype=pic
        uploadmediarequest={"UploadType":2,"BaseRequest":{"Uin":2272112421,"Sid":"sbP3ymYOQZio10BD","Skey":"{skey}","DeviceID":"e236986525200640"},"ClientMediaId":1511509303507,"TotalLen":1500000,"StartPos":0,"DataLen":1500000,"MediaType":4,"FromUserName":"{me}","ToUserName":"{friend}","FileMd5":"{md5}"}
        webwx_data_ticket=gScDxle6RuLZRNXBh+IEbkmF
        pass_ticket=undefined
        filename: bytes 524288..1048576 of "photo.png", application/octet-stream
    "#;
    assert_as_the_page(&hand.request(&mut upload).request, page, &[]);
}

#[test]
fn webwxuploadmedia_by_the_bytes_and_not_by_the_name() {
    let request = first_request(&reloaded(), named("photo.jfif", 10), ClientOptions::default());
    let page = r#"
        POST https://file.wx.qq.com/cgi-bin/mmwebwx-bin/webwxuploadmedia
        ?f=json
        id=WU_FILE_3
        name=photo.jfif
        type=image/jpeg
        lastModifiedDate=Fri Nov 24 2017 15:41:43 GMT+0800 (CST)
        size=10
        mediatype=doc
        uploadmediarequest={"UploadType":2,"BaseRequest":{"Uin":2272112421,"Sid":"sbP3ymYOQZio10BD","Skey":"{skey}","DeviceID":"e236986525200640"},"ClientMediaId":1511509303507,"TotalLen":10,"StartPos":0,"DataLen":10,"MediaType":4,"FromUserName":"{me}","ToUserName":"{friend}","FileMd5":"{md5}"}
        webwx_data_ticket=gScDxle6RuLZRNXBh+IEbkmF
        pass_ticket=undefined
        filename: bytes 0..10 of "photo.jfif", image/jpeg
    "#;
    let reason = "the page believes the name's ending, and would send this picture as a file";
    let type_reason = "the page sends the type that the browser has for the name's ending, and we that of the bytes";
    let differences = [
        ("type=image/jpeg", "type=image/png", type_reason),
        ("mediatype=doc", "mediatype=pic", reason),
        (
            "filename: bytes 0..10 of \"photo.jfif\", image/jpeg",
            "filename: bytes 0..10 of \"photo.jfif\", image/png",
            type_reason,
        ),
    ];
    assert_as_the_page(&request, page, &differences);
    let file = FileInfo { kind: MediaKind::File, ..named("photo.png", 10) };
    let request = first_request(&reloaded(), file, ClientOptions::default());
    let page = page.replace("photo.jfif", "photo.png").replace("image/jpeg", "image/png").replace("doc", "pic");
    let reason = "what sendFile sends leaves as a file, and every file of the page's goes up as doc";
    assert_as_the_page(&request, &page, &[("mediatype=pic", "mediatype=doc", reason)]);
}

const CHECK: &str = r#"
    POST https://wx.qq.com/cgi-bin/mmwebwx-bin/webwxcheckupload
    ?lang=zh_CN
    ?pass_ticket=a%252Bb%253D%253D
    accept: application/json, text/plain, */*
    content-type: application/json;charset=UTF-8
    {"FromUserName":"{me}",
    "ToUserName":"{friend}",
    "FileSize":26214401,
    "FileMd5":"{md5}",
    "FileName":"big.png",
    "FileType":7,
    "BaseRequest":{"Uin":2272112421,
    "Sid":"sbP3ymYOQZio10BD",
    "Skey":"{skey}",
    "DeviceID":"e236986525200640"}}
"#;

#[test]
fn webwxcheckupload() {
    let of = |session: &Session| first_request(session, named("big.png", 26_214_401), ClientOptions::default());
    assert_as_the_page(&of(&fresh()), CHECK, &[]);
    let bare = CHECK.replace("    ?lang=zh_CN\n    ?pass_ticket=a%252Bb%253D%253D\n", "");
    assert_as_the_page(&of(&reloaded()), &bare, &[]);
    let of_the_capture = of(&session_with(|_| {}));
    let with_lang = CHECK.replace("    ?pass_ticket=a%252Bb%253D%253D\n", "");
    assert_as_the_page(&of_the_capture, &with_lang, &[]);
}

/// A message of the page's, around what differs between the endpoints.
fn message(endpoint: &str, msg: &str) -> String {
    format!(
        r#"
        POST https://wx.qq.com/cgi-bin/mmwebwx-bin/{endpoint}
        ?lang=zh_CN
        ?pass_ticket=a%252Bb%253D%253D
        accept: application/json, text/plain, */*
        content-type: application/json;charset=UTF-8
        {{"BaseRequest":{{"Uin":2272112421,
        "Sid":"sbP3ymYOQZio10BD",
        "Skey":"{{skey}}",
        "DeviceID":"e236986525200640"}},
        "Msg":{msg}
        "FromUserName":"{{me}}",
        "ToUserName":"{{receiver}}",
        "LocalID":"15114939427950364",
        "ClientMsgId":"15114939427950364"}},
        "Scene":0}}
        "#
    )
}

#[test]
fn webwxsendmsgimg() {
    let msg = "{\"Type\":3,\n\"MediaId\":\"{media}\",\n\"Content\":\"\",";
    let page = message("webwxsendmsgimg\n?fun=async\n?f=json", msg);
    assert_as_the_page(&send_request(&fresh(), &media("image/png", None), RECEIVER), &page, &[]);
    // Above 25 MB, where the check gave a Signature: the page has none in a picture's message.
    assert_as_the_page(&send_request(&fresh(), &media("image/png", Some("sig")), RECEIVER), &page, &[]);
    let bare = page.replace("        ?lang=zh_CN\n        ?pass_ticket=a%252Bb%253D%253D\n", "");
    assert_as_the_page(&send_request(&reloaded(), &media("image/png", None), RECEIVER), &bare, &[]);
}

#[test]
fn webwxsendmsgimg_of_a_large_picture_that_the_service_has() {
    // The page sends it before it has drawn its thumbnail, which is what sets Content.
    let page = message("webwxsendmsgimg\n?fun=async\n?f=json", "{\"Type\":3,\n\"MediaId\":\"{media}\",");
    let instant = UploadedMedia { instant: true, ..media("image/png", Some("sig")) };
    let theirs = "\"MediaId\":\"{media}\",";
    let ours = "\"MediaId\":\"{media}\",\n\"Content\":\"\",";
    let reason = "messages without Content were answered with Ret -1";
    assert_as_the_page(&send_request(&fresh(), &instant, RECEIVER), &page, &[(theirs, ours, reason)]);
}

#[test]
fn webwxsendemoticon() {
    let msg = "{\"Type\":47,\n\"EmojiFlag\":2,\n\"MediaId\":\"{media}\",";
    let page = message("webwxsendemoticon\n?fun=sys", msg);
    assert_as_the_page(&send_request(&fresh(), &media("image/gif", None), RECEIVER), &page, &[]);
}

/// The content of a file's message, in one line of JSON.
fn content(title: &str, extension: &str) -> String {
    format!(
        "\"Content\":\"<appmsg appid='wxeb7ec651dd0aefa9' sdkver=''><title>{title}</title><des></des><action></action>\
         <type>6</type><content></content><url></url><lowurl></lowurl><appattach><totallen>977168</totallen>\
         <attachid>{{media}}</attachid><fileext>{extension}</fileext></appattach><extinfo></extinfo></appmsg>\","
    )
}

#[test]
fn webwxsendappmsg() {
    let endpoint = "webwxsendappmsg\n?fun=async\n?f=json";
    let plain = message(endpoint, &format!("{{\"Type\":6,\n{}", content("report.PDF", "PDF")));
    assert_as_the_page(&send_request(&fresh(), &as_file("report.PDF", None), RECEIVER), &plain, &[]);
    let signed = message(endpoint, &format!("{{\"Signature\":\"sig\",\n\"Type\":6,\n{}", content("report.PDF", "PDF")));
    assert_as_the_page(&send_request(&fresh(), &as_file("report.PDF", Some("sig")), RECEIVER), &signed, &[]);
}

#[test]
fn webwxsendappmsg_with_names_that_the_page_gets_wrong() {
    let endpoint = "webwxsendappmsg\n?fun=async\n?f=json";
    for (name, theirs, ours, reason) in [
        ("R&D.pdf", content("R&D.pdf", "pdf"), content("R&amp;D.pdf", "pdf"), "the page does not escape a name in XML"),
        ("notes", content("notes", "undefined"), content("notes", ""), "the page writes the undefined ending as it is"),
    ] {
        let page = message(endpoint, &format!("{{\"Type\":6,\n{theirs}"));
        let request = send_request(&fresh(), &as_file(name, None), RECEIVER);
        assert_as_the_page(&request, &page, &[(&theirs, &ours, reason)]);
    }
}

#[test]
fn a_forward() {
    let msg = "{\"Type\":3,\n\"MediaId\":\"\",\n\"Content\":\"<msg><img/></msg>\",";
    let page = message("webwxsendmsgimg\n?fun=async\n?f=json", msg).replace("\"Scene\":0", "\"Scene\":2");
    assert_as_the_page(&forward_request(&fresh(), "<msg><img/></msg>", RECEIVER), &page, &[]);
}

#[test]
fn webwxgetmsgimg() {
    let page = "
        GET https://wx.qq.com/cgi-bin/mmwebwx-bin/webwxgetmsgimg
        ?
        ?MsgID=8997396119269472610
        ?skey={skey in a URL}
        ?type=slave
    ";
    let msg_id = MsgId::new("8997396119269472610").expect("digits");
    let request = download::request(&fresh(), &msg_id, Size::Thumbnail);
    let url = request.url.replace("%40crypt_a936502b_e15410d6dbff4c856aa8d26e71ec8ac1", "{skey in a URL}");
    let request = Request { url, ..request };
    let reason = "the page writes ?&MsgID= for its thumbnails and ?MsgID= for its preview, as the capture has it";
    assert_as_the_page(&request, page, &[("?", "", reason)]);
}

#[test]
fn reportforweb() {
    let counters = report::begun(&fresh(), 39_766, 146);
    for (counter, query) in counters.iter().zip([
        "?rid=69373\n?rkey=9\n?rvalue=1",
        "?rid=63637\n?rkey=72\n?rvalue=146",
        "?rid=63637\n?rkey=76\n?rvalue=1",
    ]) {
        let page = format!("GET https://support.weixin.qq.com/cgi-bin/mmsupport-bin/reportforweb\n{query}");
        // The page sends the first before it hashes, and each by an image, with the cookies of qq.com: they count nothing for us.
        assert_as_the_page(counter, &page, &[]);
        assert!(counter.cookies.is_none());
    }
}
