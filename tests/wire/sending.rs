//! `webwxsendmsgimg` and `webwxsendemoticon`.

use webwx_image::client::ClientOptions;
use webwx_image::http::Method;
use webwx_image::session::SessionInit;
use webwx_image::upload::{Thumbnail, UploadedMedia};

use crate::hand::{json, part};
use crate::{
    FRIEND, JSON_HEADERS, file, first_request, forward_request, md5, page, send_request, sending_session, session_with,
    upload,
};

#[test]
fn the_pass_ticket_goes_decoded_into_the_form_and_encoded_twice_into_urls() {
    for (given, field, query) in [
        (None, "undefined", ""),
        (Some(""), "undefined", ""),
        (Some(" undefined "), "undefined", ""),
        (Some("a/b+c=="), "a/b+c==", "&pass_ticket=a%252Fb%252Bc%253D%253D"),
        (Some(" a%2Fb%2Bc%3D%3D "), "a/b+c==", "&pass_ticket=a%252Fb%252Bc%253D%253D"),
        (Some("a%252Fb"), "a%2Fb", "&pass_ticket=a%25252Fb"),
    ] {
        let session = session_with(|init| init.pass_ticket = given.map(str::to_owned));
        let request = first_request(&session, file("image/png", 10), ClientOptions::default());
        assert_eq!(part(&request, "pass_ticket"), field, "{given:?}");
        let forward = forward_request(&session, "<msg><img/></msg>", FRIEND);
        let url = "https://wx.qq.com/cgi-bin/mmwebwx-bin/webwxsendmsgimg?fun=async&f=json&lang=zh_CN";
        assert_eq!(forward.url, format!("{url}{query}"), "{given:?}");
        let check = first_request(&session, file("image/png", 26_214_401), ClientOptions::default());
        let url = "https://wx.qq.com/cgi-bin/mmwebwx-bin/webwxcheckupload?lang=zh_CN";
        assert_eq!(check.url, format!("{url}{query}"), "{given:?}");
    }
}

pub(crate) const MEDIA_ID: &str = concat!(
    "@crypt_a60f99f7_93b86d77b96410f61682940c55fe8fe9cc17e0c5cfed14f7ccd285ef57f8f91b419b77a13f76456a",
    "949c30384030f7eb365ea859e5bb7037a64cdaa19e87b23a284300984f836fe580e8e85bb918c2123467f205833684dc",
    "06f2b7e6912e982a06979eb727c3a5f713d7c958b4d0cf63ba6cdd4c0cc88503b4e2ac7e3ce6a910bba12bb863b6c524",
    "0fbe80f4f5d9e4b05ac0bc09bf26d703ae654b9de5388b895b0802de513d32551aa45c5e778a9cff1a03bb3f5e2e183b",
    "a8a65bcf1cb521a103acdb7ec1caa56029238b0656bc6eac57e5bec39dc94d1d908c25b79a84238184dc739f55d3c776",
    "c8c16183de2daab52e9d82c5ea4f571f0eff8f3bd71ad505cc2f42704aaf74340ffb6b3d1de86603a38c421451ed982b",
    "511bedb330100da73463ff22f53c349ea65cc93d68700135b69ed666908e3c750737afa417db41e9",
);
pub(crate) const RECEIVER: &str = "@1f2879f180e21b8a2906d594822857050889711650c5ef303960482ab7078812";

pub(crate) fn media(mime: &str, signature: Option<&str>) -> UploadedMedia {
    UploadedMedia {
        media_id: MEDIA_ID.into(),
        md5: md5(),
        size: 977_168,
        mime: mime.into(),
        thumbnail: Thumbnail { width: 100, height: 71 },
        instant: false,
        aes_key: signature.map(|_| "key".into()),
        signature: signature.map(str::to_owned),
        file_name: None,
        converted: None,
        warnings: vec![],
    }
}

/// The JSON of the captured send, around a `Msg` of one's own.
fn sent(msg: &str, scene: u8) -> String {
    format!(
        concat!(
            r#"{{"BaseRequest":{{"Uin":2272112421,"Sid":"oMrabhVznekD3NaC","#,
            r#""Skey":"@crypt_a936502b_74e29c164b1802c5bfd4b1f9a7db4b5e","DeviceID":"e426626750347587"}},"#,
            r#""Msg":{{{}}},"Scene":{}}}"#
        ),
        msg, scene
    )
}

/// Whom it goes from and to, and under which id.
fn way() -> String {
    format!(
        concat!(
            r#""FromUserName":"@201052a7770bca9418a5a8aba13ffc879f2768df968c8ec3d188d9790695fc8a","#,
            r#""ToUserName":"{}","LocalID":"15114939427950364","ClientMsgId":"15114939427950364""#
        ),
        RECEIVER
    )
}

#[test]
fn the_send_of_the_capture() {
    let request = send_request(&sending_session(), &media("image/jpeg", None), RECEIVER);
    assert_eq!(request.method, Method::Post);
    assert_eq!(request.url, "https://wx.qq.com/cgi-bin/mmwebwx-bin/webwxsendmsgimg?fun=async&f=json&lang=zh_CN");
    assert_eq!(request.headers, JSON_HEADERS.map(|(name, value)| (name.into(), value.to_owned())));
    assert!(request.cookies.as_deref().is_some_and(|cookies| cookies.contains("wxsid=oMrabhVznekD3NaC")));
    let msg = format!(r#""Type":3,"MediaId":"{MEDIA_ID}","Content":"",{}"#, way());
    assert_eq!(json(&request), sent(&msg, 0));
}

#[test]
fn a_signature_stands_in_a_files_message_and_in_no_pictures() {
    let session = sending_session();
    let request = send_request(&session, &media("image/jpeg", Some("sig")), RECEIVER);
    let msg = format!(r#""Type":3,"MediaId":"{MEDIA_ID}","Content":"",{}"#, way());
    assert_eq!(json(&request), sent(&msg, 0));

    let file = UploadedMedia { file_name: Some("a & <b>.tar.gz".into()), ..media("application/gzip", Some("sig")) };
    let request = send_request(&session, &file, RECEIVER);
    assert_eq!(request.url, "https://wx.qq.com/cgi-bin/mmwebwx-bin/webwxsendappmsg?fun=async&f=json&lang=zh_CN");
    let content = format!(
        concat!(
            "<appmsg appid='wxeb7ec651dd0aefa9' sdkver=''><title>a &amp; &lt;b>.tar.gz</title><des></des>",
            "<action></action><type>6</type><content></content><url></url><lowurl></lowurl><appattach>",
            "<totallen>977168</totallen><attachid>{}</attachid><fileext>gz</fileext></appattach><extinfo></extinfo>",
            "</appmsg>"
        ),
        MEDIA_ID
    );
    let msg = format!(r#""Signature":"sig","Type":6,"Content":"{content}",{}"#, way());
    assert_eq!(json(&request), sent(&msg, 0));
    let unsigned = UploadedMedia { signature: None, file_name: Some("noending".into()), ..file };
    let request = send_request(&session, &unsigned, RECEIVER);
    assert!(json(&request).contains(r#""Msg":{"Type":6,"#), "{}", json(&request));
    assert!(json(&request).contains("<fileext></fileext>"), "{}", json(&request));
}

#[test]
fn a_gif_goes_as_an_emoticon() {
    let session = session_with(|init| {
        *init = SessionInit { lang: Some("en US".into()), ..init.clone() };
    });
    let request = send_request(&session, &media("image/gif", None), RECEIVER);
    let url = "https://wx.qq.com/cgi-bin/mmwebwx-bin/webwxsendemoticon?fun=sys&lang=en%20US";
    assert_eq!((request.url.as_str(), request.place.step), (url, "webwxsendemoticon"));
    let request = send_request(&sending_session(), &media("image/gif", None), RECEIVER);
    let msg = format!(r#""Type":47,"EmojiFlag":2,"MediaId":"{MEDIA_ID}",{}"#, way());
    assert_eq!(json(&request), sent(&msg, 0));
}

#[test]
fn a_page_without_a_language_sends_none() {
    for (lang, ticket, query) in [
        (Some(""), None, ""),
        (Some(" "), Some("a="), "?pass_ticket=a%253D"),
        (None, None, "?lang=zh_CN"),
        (Some("en_US"), Some("a="), "?lang=en_US&pass_ticket=a%253D"),
    ] {
        let session = session_with(|init| {
            init.lang = lang.map(str::to_owned);
            init.pass_ticket = ticket.map(str::to_owned);
        });
        let check = first_request(&session, file("image/png", 26_214_401), ClientOptions::default());
        assert_eq!(check.url, format!("https://wx.qq.com/cgi-bin/mmwebwx-bin/webwxcheckupload{query}"));
        let request = send_request(&session, &media("image/png", None), RECEIVER);
        let more = query.replace('?', "&");
        let url = "https://wx.qq.com/cgi-bin/mmwebwx-bin/webwxsendmsgimg?fun=async&f=json";
        assert_eq!(request.url, format!("{url}{more}"));
    }
}

#[test]
fn a_forward_has_the_content_and_no_media_id() {
    let request = forward_request(&sending_session(), "<msg>\n\t<img length=\"1\"/></msg>", RECEIVER);
    assert_eq!(request.url, "https://wx.qq.com/cgi-bin/mmwebwx-bin/webwxsendmsgimg?fun=async&f=json&lang=zh_CN");
    let escaped = r#"<msg>\n\t<img length=\"1\"/></msg>"#;
    let msg = format!(r#""Type":3,"MediaId":"","Content":"{escaped}",{}"#, way());
    assert_eq!(json(&request), sent(&msg, 2));
}

#[test]
fn each_message_and_each_file_has_a_device_id_of_its_own_where_the_session_has_none() {
    let session = session_with(|init| init.device_id = None);
    assert_eq!(session.device_id(), None);
    let request = send_request(&session, &media("image/png", None), RECEIVER);
    assert!(json(&request).contains(r#""DeviceID":"e364000000000000"}"#), "{}", json(&request));
    let request = first_request(&session, file("image/png", 10), ClientOptions::default());
    assert!(part(&request, "uploadmediarequest").contains(r#""DeviceID":"e500000000000000"}"#));
    // The check of a big file is a request of its own.
    let mut hand = page();
    let mut upload = upload(&mut hand, &session, file("image/png", 26_214_401), ClientOptions::default());
    let check = hand.request(&mut upload);
    assert!(json(&check.request).contains(r#""DeviceID":"e500000000000000"}"#), "{}", json(&check.request));
    hand.random = 0.25;
    hand.good(&mut upload, check.id, r#"{"BaseResponse":{"Ret":0},"MediaId":"","AESKey":"key","Signature":"sig"}"#);
    for random in [0.75, 0.125] {
        hand.random = random;
        let chunk = hand.request(&mut upload);
        let request = part(&chunk.request, "uploadmediarequest").to_owned();
        assert!(request.contains(r#""DeviceID":"e250000000000000"}"#), "{request}");
        hand.good(&mut upload, chunk.id, r#"{"BaseResponse":{"Ret":0},"MediaId":""}"#);
    }
}
