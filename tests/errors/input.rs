//! What a caller may get wrong, found before anything is sent.

use webwx_image::cdn::{CdnKey, check_length, decode_cdn_url, decrypt_cdn_image};
use webwx_image::client::ClientOptions;
use webwx_image::digest::Md5Hex;
use webwx_image::error::{ErrorKind, Place};
use webwx_image::ids::{ClientMediaId, MsgId};
use webwx_image::job::Send;
use webwx_image::json::FromJson;
use webwx_image::origin::Origin;
use webwx_image::session::{PageFacts, Receiver, Session, SessionInit, from_page};
use webwx_image::upload::{Checkpoint, ChunkSize, Concurrency, FileInfo, UploadType, UploadedMedia, check_size};

use crate::hand::{Hand, client, one_try};
use crate::{Spoilt, assert_final, assert_invalid, begin, file, forward, init, md5, media, session, text, to};

#[test]
fn sessions() {
    let table: [(Spoilt, &str); 23] = [
        (|s| s.uin = None, "session.uin is missing; read it with sessionFromPage()"),
        (|s| s.uin = text(" "), "session.uin is missing; read it with sessionFromPage()"),
        (|s| s.sid = None, "session.sid is missing; read it with sessionFromPage()"),
        (|s| s.skey = text("\t"), "session.skey is missing; read it with sessionFromPage()"),
        (|s| s.user_name = None, "session.userName is missing; read it with sessionFromPage()"),
        (|s| s.data_ticket = text(""), "session.dataTicket is missing; read it with sessionFromPage()"),
        (|s| s.sid = text("a;b"), "session.sid contains an invalid character"),
        (|s| s.skey = text("a\nb"), "session.skey contains an invalid character"),
        (|s| s.data_ticket = text("a\u{0}b"), "session.dataTicket contains an invalid character"),
        (|s| s.user_name = text("@a\rb"), "session.userName contains an invalid character"),
        (|s| s.uin = text("1;2"), "session.uin: expected a positive integer"),
        (|s| s.uin = text("0"), "session.uin: expected a positive integer"),
        (|s| s.uin = text("-1"), "session.uin: expected a positive integer"),
        (|s| s.uin = text("2.5"), "session.uin: expected a positive integer"),
        (|s| s.uin = text("me"), "session.uin: expected a positive integer"),
        (|s| s.user_name = text("me"), "session.userName: expected the user's own \"@…\" name"),
        (|s| s.device_id = text("e12"), "session.deviceId: expected \"e\" and 15 digits"),
        (|s| s.device_id = text("f123456789012345"), "session.deviceId: expected \"e\" and 15 digits"),
        (
            |s| s.origin = text("wx.qq.com"),
            "session.origin: expected an http or https origin like https://wx.qq.com, without a path",
        ),
        (
            |s| s.file_origin = text("https://file.wx.qq.com/path"),
            "session.fileOrigin: expected an http or https origin like https://wx.qq.com, without a path",
        ),
        (
            |s| s.origin = text("http://wx.qq.com"),
            "session.origin: http://wx.qq.com must be https: session values are sent over HTTPS only",
        ),
        (
            |s| s.origin = text("https://wx.qq.com.example"),
            "session.origin: https://wx.qq.com.example is not a WeChat host; add it to allowedOrigins if it may receive the session",
        ),
        (
            |s| s.file_origin = text("https://evil.example"),
            "session.fileOrigin: https://evil.example is not a WeChat host; add it to allowedOrigins if it may receive the session",
        ),
    ];
    for (spoil, sentence) in table {
        let mut init = init();
        spoil(&mut init);
        assert_invalid(Session::new(&init, &[]), sentence);
    }
    assert_invalid(
        Origin::parse("javascript:alert(1)", "allowedOrigins"),
        "allowedOrigins: expected an http or https origin like https://wx.qq.com, without a path",
    );
}

#[test]
fn sessions_of_a_page() {
    let facts = |account: SessionInit, cookies: &str| PageFacts {
        account,
        cookies: cookies.into(),
        origin: "https://wx.qq.com".into(),
        search: Some("?x=lang=no&lang=en_US&lang=de".into()),
        ..PageFacts::default()
    };
    let nothing = SessionInit { uin: text("0"), skey: text("undefined"), sid: text(" "), ..SessionInit::default() };
    let error = assert_final(
        from_page(facts(nothing, "last_wxuin=5; wxsid=; webwx_data_ticket=undefined")),
        ErrorKind::SessionLost,
        "sessionFromPage: missing Uin, Sid, Skey, UserName, cookie webwx_data_ticket; log in to WeChat Web, and call this in the page's main world",
    );
    assert_eq!(error.place(), Some(Place::at("sessionFromPage")));
    let some = SessionInit { skey: text("@crypt_1"), user_name: text("@me"), ..SessionInit::default() };
    assert_final(
        from_page(facts(some.clone(), "wxuin=5; wxsid=s")),
        ErrorKind::SessionLost,
        "sessionFromPage: missing cookie webwx_data_ticket; log in to WeChat Web, and call this in the page's main world",
    );
    let read = from_page(facts(some, "last_wxuin=9; wxuin=5; wxsid=a=b; webwx_data_ticket= t ")).expect("a session");
    assert_eq!((read.uin, read.sid, read.data_ticket), (text("5"), text("a=b"), text("t")));
    assert_eq!(read.lang, text("en_US"), "the page's own language, as it stands in its address");
    let full = SessionInit { uin: text(" 7 "), sid: text("s "), pass_ticket: text("p"), ..init() };
    let read = from_page(facts(full, "wxuin=5; wxsid=x; webwx_data_ticket=t")).expect("a session");
    assert_eq!(
        (read.uin, read.sid, read.pass_ticket),
        (text("7"), text("s"), text("p")),
        "the page before its cookies"
    );
    assert_eq!(read.origin, text("https://wx.qq.com"));
}

#[test]
fn sessions_of_the_file_transfer_helper() {
    let facts = |is_watched: bool, urls: &[&str], wire: SessionInit| PageFacts {
        wire,
        is_watched,
        urls: urls.iter().map(|&url| url.to_owned()).collect(),
        cookies: "wxuin=5; wxsid=s; webwx_data_ticket=t".into(),
        origin: "https://filehelper.weixin.qq.com".into(),
        ..PageFacts::default()
    };
    let sync =
        "https://szfilehelper.weixin.qq.com/cgi-bin/mmwebwx-bin/webwxsync?sid=a%3D&skey=%40crypt_1&pass_ticket=p";
    for (facts, sentence) in [
        (
            facts(false, &[], SessionInit::default()),
            "sessionFromPage: missing Skey, UserName; call watchPage() before the page's scripts run, and reload the page once",
        ),
        (
            facts(true, &[], SessionInit::default()),
            "sessionFromPage: missing Skey, UserName; log in to the File Transfer Helper",
        ),
        (
            facts(true, &[sync], SessionInit::default()),
            "sessionFromPage: missing UserName; reload the page once: they were sent before watchPage() was called",
        ),
    ] {
        assert_final(from_page(facts), ErrorKind::SessionLost, sentence);
    }
    let seen = SessionInit { user_name: text("@me"), ..SessionInit::default() };
    let read = from_page(facts(true, &[sync], seen.clone())).expect("a session");
    assert_eq!((read.uin, read.sid, read.skey), (text("5"), text("a="), text("@crypt_1")));
    assert_eq!((read.pass_ticket, read.dialect), (text("p"), text("filehelper")));
    assert_eq!(read.origin, text("https://szfilehelper.weixin.qq.com"), "where the services are");
    let wire = SessionInit { skey: text("@crypt_2"), origin: text("https://cmfilehelper.weixin.qq.com"), ..seen };
    let read = from_page(facts(true, &[sync], wire.clone())).expect("a session");
    assert_eq!(
        (read.skey, read.origin),
        (text("@crypt_2"), text("https://cmfilehelper.weixin.qq.com")),
        "the wire first"
    );
    // At a host of its own, a page without the services of WeChat Web whose requests are known is this one.
    let elsewhere = PageFacts { origin: "http://127.0.0.1:1".into(), ..facts(true, &[], wire) };
    let own = SessionInit { skey: text("@crypt_3"), ..SessionInit::default() };
    let web = PageFacts { account: own, ..elsewhere.clone() };
    assert_eq!(from_page(elsewhere).expect("a session").dialect, text("filehelper"));
    assert_eq!(from_page(web).expect("a session").dialect, None);
}

#[test]
fn only_pictures_are_sent_on() {
    for content in ["", "hello", "<msg><emoji/></msg>", "<msg><appmsg/></msg>"] {
        assert_invalid(forward(content), "only an image or opaque message can be forwarded");
    }
    let opaque = format!("@{}", "0f".repeat(64));
    for content in ["<msg><img length=\"1\"/></msg>", &opaque] {
        assert!(forward(content).is_ok(), "{content}");
    }
}

#[test]
fn receivers() {
    let sentence = "`to`: expected the receiver's \"@…\" name, as in the chat list, or \"filehelper\"";
    for name in ["", " ", "@", "you", "you@here", "@a b", "@é", "filehelper2"] {
        assert_invalid(Receiver::new(name), sentence);
    }
    for name in ["@a", "@@a1", " @a ", "filehelper"] {
        assert_eq!(to(name).as_str(), name.trim());
    }
}

#[test]
fn files_and_their_limits() {
    let options = ClientOptions::default();
    let empty = FileInfo { size: 0, ..file() };
    let error = assert_final(
        begin(empty, "@you", options, None),
        ErrorKind::EmptyImage,
        "upload: the file has 0 bytes; choose another file",
    );
    assert_eq!(error.place(), Some(Place::at("upload")));
    assert_invalid(check_size(2_147_483_648), "the file has 2147483648 bytes; the service accepts at most 2147483647");
    assert_eq!(check_size(2_147_483_647), Ok(()));
    let large = FileInfo { size: 2_147_483_648, ..file() };
    assert!(begin(large, "@you", options, None).is_err());
    let nameless = FileInfo { name: " ".into(), ..file() };
    assert_invalid(begin(nameless, "@you", options, None), "the file needs a name: pass `name`");
}

#[test]
fn values_that_cannot_be_made() {
    for digits in ["", "DAF2D55DA001844735ACD560B28D8A1A", "daf2d55da001844735acd560b28d8a1"] {
        assert_eq!(Md5Hex::new(digits), None);
    }
    for digits in ["", " ", "12a", "-1", "1.0", "٣", "123456789012345678901"] {
        assert_eq!(MsgId::new(digits), None);
    }
    for digits in ["1", "12345678901234567890", " 1\n"] {
        assert_eq!(MsgId::new(digits).as_ref().map(MsgId::as_str), Some(digits.trim()));
    }
    for bytes in [0, 524_289, u64::MAX] {
        assert_invalid(ChunkSize::new(bytes), "chunkSize: expected an integer from 1 to 524288");
    }
    for chunks in [0, 65, u64::MAX] {
        assert_invalid(Concurrency::new(chunks), "concurrency: expected an integer from 1 to 64");
    }
    for number in [0, 3] {
        assert_invalid(UploadType::new(number), "uploadType: expected 1 or 2");
    }
    for ms in [0, 999_999_999_999, 10_000_000_000_000] {
        assert_invalid(ClientMediaId::new(ms), "clientMediaId: expected a time in milliseconds, 13 digits");
    }
    for number in [1, 64, 524_288] {
        assert_eq!(ChunkSize::new(number).map(ChunkSize::get), Ok(number));
    }
    for number in [1, 64] {
        assert_eq!(Concurrency::new(number).map(Concurrency::get), Ok(usize::try_from(number).expect("small")));
    }
    for ms in [1_000_000_000_000, 9_999_999_999_999] {
        assert_eq!(ClientMediaId::new(ms).map(ClientMediaId::get), Ok(ms));
    }
}

#[test]
fn chunks_that_would_be_too_many() {
    let options = ClientOptions { chunk_size: ChunkSize::new(100).expect("a good size"), ..ClientOptions::default() };
    let large = |size| FileInfo { size, ..file() };
    let sentence = "chunkSize: too small for this file, which may have at most 100000 chunks";
    assert_invalid(begin(large(10_000_001), "@you", options, None), sentence);
    assert!(begin(large(10_000_000), "@you", options, None).is_ok());
}

#[test]
fn checkpoints() {
    let options = ClientOptions::default();
    let good = begin(file(), "@you", options, None).expect("good input").checkpoint();
    let small = ChunkSize::new(400).expect("a good size");
    for (checkpoint, what) in [
        (Checkpoint { md5: md5(&"0".repeat(32)), ..good.clone() }, "file"),
        (Checkpoint { size: 999, ..good.clone() }, "file"),
        (Checkpoint { to: to("@else"), ..good.clone() }, "receiver"),
        (Checkpoint { chunk_size: small, ..good.clone() }, "chunk size"),
        (Checkpoint { account: Some("0000".into()), ..good.clone() }, "account or host"),
    ] {
        let sentence = format!("resume: the checkpoint belongs to another {what}; upload without it");
        let error =
            assert_final(begin(file(), "@you", options, Some(&checkpoint)), ErrorKind::ResumeMismatch, &sentence);
        assert_eq!(error.place(), Some(Place::at("resume")));
    }
    for (checkpoint, sentence) in [
        (Checkpoint { version: 0, ..good.clone() }, "resume: expected version 1"),
        (Checkpoint { version: 2, ..good.clone() }, "resume: expected version 1"),
        (Checkpoint { next_chunk: 2, ..good.clone() }, Checkpoint::FOREIGN),
        (Checkpoint { device_id: "e".into(), ..good.clone() }, "resume: expected a checkpoint of an upload"),
    ] {
        assert_invalid(begin(file(), "@you", options, Some(&checkpoint)), sentence);
    }
    let of_an_older_version = Checkpoint { account: None, ..good.clone() };
    for checkpoint in [Checkpoint { next_chunk: 1, ..good.clone() }, of_an_older_version, good] {
        assert!(begin(file(), "@you", options, Some(&checkpoint)).is_ok());
    }
}

#[test]
fn what_is_no_checkpoint_cannot_be_read() {
    let good = begin(file(), "@you", ClientOptions::default(), None).expect("good input").checkpoint();
    let json = serde_json::to_value(&good).expect("plain data");
    assert_eq!(Checkpoint::from_json(&json.to_string()), Ok(good));
    for (key, value) in [
        ("version", "1".into()),
        ("md5", "00".into()),
        ("size", (-1).into()),
        ("to", "you".into()),
        ("chunkSize", 0.into()),
        ("chunkSize", 524_289.into()),
        ("clientMediaId", 17.into()),
        ("deviceId", 17.into()),
        ("nextChunk", 1.5.into()),
        ("nextChunk", serde_json::Value::Null),
    ] {
        let mut json = json.clone();
        json[key] = value;
        assert!(Checkpoint::from_json(&json.to_string()).is_err(), "{key}: {}", json[key]);
    }
}

#[test]
fn media_that_cannot_be_sent() {
    let send = |media: &UploadedMedia| {
        let client = client(&session(), one_try());
        Hand::new().lend(|cx| Send::new(cx, &client, media, &to("@you")))
    };
    let nameless = UploadedMedia { media_id: " ".into(), ..media() };
    assert_invalid(send(&nameless), "media.mediaId is empty; pass the result of upload()");
    let webp = UploadedMedia { mime: "image/webp".into(), ..media() };
    let sentence = "image/webp cannot be sent as an image: the service accepts it as a file only; \
                    send a JPEG, PNG, BMP or GIF, pass `decode`, or use sendFile()";
    assert_invalid(send(&webp), sentence);
    assert!(send(&UploadedMedia { file_name: text("a.webp"), ..webp }).is_ok());
}

#[test]
fn what_is_no_cdn_url_and_no_key() {
    for (hex, sentence) in [
        ("xyz", "invalid CDN URL: not hex"),
        ("30", "invalid CDN URL: truncated"),
        ("0400", "invalid CDN URL: unexpected structure"),
        ("3084ffffffff", "invalid CDN URL: too long"),
        ("3000ff", "invalid CDN URL: trailing bytes"),
        ("30020200", "invalid CDN URL: an integer of invalid length"),
    ] {
        assert_invalid(decode_cdn_url(hex), sentence);
    }
    // SEQUENCE { 0, OCTET STRING { SEQUENCE { 0, 1, 2, 3, 4, file id ff, 5, 0 } }, OCTET STRING {} }
    let no_text = "3021020100041a30180201000201010201020201030201040401ff0201050201000400";
    assert_invalid(decode_cdn_url(no_text), "invalid CDN URL: the file id is not UTF-8");
    assert_eq!(decode_cdn_url(&no_text.replace("0401ff", "040161")).map(|file| file.file_id), Ok("a".into()));
    let sentence = "aesKey: expected 32 hex digits, base64 of 16 bytes, or base64 of 32 hex digits";
    assert_invalid(CdnKey::new("0"), sentence);
    let key = &CdnKey::new("000102030405060708090a0b0c0d0e0f").expect("a key");
    assert_invalid(check_length(67_108_865), "expected at most 67108864 bytes; larger files go through a stream");
    assert_invalid(decrypt_cdn_image(&mut [0; 15], key), "expected a multiple of 16 encrypted bytes");
    let sentence = "invalid padding: wrong key, or truncated bytes";
    assert_invalid(decrypt_cdn_image(&mut [0; 16], key), sentence);
}
