//! What a caller may get wrong, found before anything is sent.

use webwx_image::cdn::{decode_cdn_url, decrypt_cdn_image};
use webwx_image::download::{self, Size};
use webwx_image::error::{ErrorKind, Place};
use webwx_image::origin::Origin;
use webwx_image::send::Send;
use webwx_image::session::{PageFacts, Session, SessionInit, from_page};
use webwx_image::upload::{
    Checkpoint, FileInfo, UploadConfig, UploadMediaRequest, UploadedMedia, check_size, upload_media_request,
};

use crate::{Spoilt, assert_final, assert_invalid, begin, file, init, media, session, text};

#[test]
fn sessions() {
    let table: [(Spoilt, &str); 23] = [
        (|s| s.uin = None, "session.uin is missing; read it with sessionFromPage()"),
        (|s| s.uin = text(" "), "session.uin is missing; read it with sessionFromPage()"),
        (|s| s.sid = None, "session.sid is missing; read it with sessionFromPage()"),
        (|s| s.skey = text("\t"), "session.skey is missing; read it with sessionFromPage()"),
        (|s| s.user_name = None, "session.userName is missing; read it with sessionFromPage()"),
        (|s| s.data_ticket = text(""), "session.dataTicket is missing; read it with sessionFromPage()"),
        (|s| s.sid = text("a;b"), "session.sid holds a character that no session value has"),
        (|s| s.skey = text("a\nb"), "session.skey holds a character that no session value has"),
        (|s| s.data_ticket = text("a\u{0}b"), "session.dataTicket holds a character that no session value has"),
        (|s| s.user_name = text("@a\rb"), "session.userName holds a character that no session value has"),
        (|s| s.uin = text("1;2"), "session.uin must be a whole number above 0"),
        (|s| s.uin = text("0"), "session.uin must be a whole number above 0"),
        (|s| s.uin = text("-1"), "session.uin must be a whole number above 0"),
        (|s| s.uin = text("2.5"), "session.uin must be a whole number above 0"),
        (|s| s.uin = text("me"), "session.uin must be a whole number above 0"),
        (|s| s.user_name = text("me"), "session.userName must be one's own \"@…\" name"),
        (|s| s.device_id = text("e12"), "session.deviceId must be \"e\" and 15 digits"),
        (|s| s.device_id = text("f123456789012345"), "session.deviceId must be \"e\" and 15 digits"),
        (
            |s| s.origin = text("wx.qq.com"),
            "session.origin must be an http or https origin, like https://wx.qq.com, without a path",
        ),
        (
            |s| s.file_origin = text("https://file.wx.qq.com/path"),
            "session.fileOrigin must be an http or https origin, like https://wx.qq.com, without a path",
        ),
        (
            |s| s.origin = text("http://wx.qq.com"),
            "session.origin: http://wx.qq.com must be https: the session's values do not go over an open line",
        ),
        (
            |s| s.origin = text("https://wx.qq.com.example"),
            "session.origin: https://wx.qq.com.example is outside WeChat's hosts; name it in allowedOrigins if the session's values may go there",
        ),
        (
            |s| s.file_origin = text("https://evil.example"),
            "session.fileOrigin: https://evil.example is outside WeChat's hosts; name it in allowedOrigins if the session's values may go there",
        ),
    ];
    for (spoil, sentence) in table {
        let mut init = init();
        spoil(&mut init);
        assert_invalid(Session::new(&init, 0.5, &[]), sentence);
    }
    assert_invalid(
        Origin::parse("javascript:alert(1)", "allowedOrigins"),
        "allowedOrigins must be an http or https origin, like https://wx.qq.com, without a path",
    );
}

#[test]
fn sessions_of_a_page() {
    let facts = |account: SessionInit, cookies: &str| PageFacts {
        account,
        cookies: cookies.into(),
        origin: "https://wx.qq.com".into(),
        search: "?x=lang=no&lang=en_US&lang=de".into(),
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

const CONTENT: &str = "<msg><img length=\"1\"/></msg>";

#[test]
fn only_pictures_are_sent_on() {
    for content in ["", "hello", "<msg><emoji/></msg>", "<msg><appmsg/></msg>"] {
        let send = Send::forward(&session(), content, "@you", "17000000000001234".into());
        assert_invalid(send, "only an image or opaque message can be forwarded");
    }
}

#[test]
fn receivers() {
    let sentence = "`to` must be the receiver's \"@…\" name, as the chat list has it, or \"filehelper\"";
    for to in ["", " ", "@", "you", "you@here", "@a b", "@é", "filehelper2"] {
        assert_invalid(begin(file(), to, UploadConfig::default(), None), sentence);
        assert_invalid(Send::media(&session(), &media(), to, "17000000000001234".into()), sentence);
        assert_invalid(Send::forward(&session(), CONTENT, to, "17000000000001234".into()), sentence);
    }
    for to in ["@a", "@@a1", " @a ", "filehelper"] {
        assert!(begin(file(), to, UploadConfig::default(), None).is_ok(), "{to}");
    }
}

#[test]
fn files_and_their_limits() {
    let config = UploadConfig::default();
    let empty = FileInfo { size: 0, ..file() };
    let error = assert_final(
        begin(empty, "@you", config, None),
        ErrorKind::EmptyImage,
        "upload: the file has 0 bytes; choose a picture",
    );
    assert_eq!(error.place(), Some(Place::at("upload")));
    assert_invalid(
        check_size(2_147_483_648),
        "the file has 2147483648 bytes; the service takes at most 2147483647, so send a smaller copy",
    );
    assert_eq!(check_size(2_147_483_647), Ok(()));
    let nameless = FileInfo { name: " ".into(), ..file() };
    assert_invalid(begin(nameless, "@you", config, None), "the file needs a name: pass `name`");
    for md5 in ["", "DAF2D55DA001844735ACD560B28D8A1A", "daf2d55da001844735acd560b28d8a1"] {
        let file = FileInfo { md5: md5.into(), ..file() };
        assert_invalid(begin(file, "@you", config, None), "md5 must be 32 lower-case hex digits");
    }
}

#[test]
fn upload_options() {
    let good = UploadConfig::default();
    for chunk_size in [0, 524_289, u64::MAX] {
        let config = UploadConfig { chunk_size, ..good };
        assert_invalid(begin(file(), "@you", config, None), "chunkSize must be 1 to 524288 bytes");
    }
    let config = UploadConfig { chunk_size: 100, ..good };
    let large = |size| FileInfo { size, ..file() };
    let sentence = "chunkSize is too small for this file: at most 100000 chunks go up";
    assert_invalid(begin(large(10_000_001), "@you", config, None), sentence);
    assert!(begin(large(10_000_000), "@you", config, None).is_ok());
    for concurrency in [0, 65] {
        let config = UploadConfig { concurrency, ..good };
        assert_invalid(begin(file(), "@you", config, None), "concurrency must be 1 to 64");
    }
    for upload_type in [0, 3] {
        let config = UploadConfig { upload_type, ..good };
        assert_invalid(begin(file(), "@you", config, None), "uploadType must be 1 or 2");
    }
}

#[test]
fn checkpoints() {
    let config = UploadConfig::default();
    let good = begin(file(), "@you", config, None).expect("good input").checkpoint();
    for (checkpoint, what) in [
        (Checkpoint { md5: "00".into(), ..good.clone() }, "file"),
        (Checkpoint { size: 999, ..good.clone() }, "file"),
        (Checkpoint { to: "@else".into(), ..good.clone() }, "receiver"),
        (Checkpoint { chunk_size: 400, ..good.clone() }, "chunk size"),
    ] {
        let sentence = format!("resume: the checkpoint belongs to another {what}; upload without it");
        let error =
            assert_final(begin(file(), "@you", config, Some(&checkpoint)), ErrorKind::ResumeMismatch, &sentence);
        assert_eq!(error.place(), Some(Place::at("resume")));
    }
    for (checkpoint, sentence) in [
        (Checkpoint { version: 0, ..good.clone() }, "resume: version must be 1"),
        (Checkpoint { next_chunk: 2, ..good.clone() }, "resume: not a checkpoint that an upload gave out"),
        (Checkpoint { device_id: "e".into(), ..good.clone() }, "resume: not a checkpoint that an upload gave out"),
        (Checkpoint { client_media_id: 17, ..good.clone() }, "clientMediaId must be a time in milliseconds, 13 digits"),
    ] {
        assert_invalid(begin(file(), "@you", config, Some(&checkpoint)), sentence);
    }
    assert!(begin(file(), "@you", config, Some(&good)).is_ok());
}

#[test]
fn the_parts_of_an_uploadmediarequest() {
    let session = session();
    let good = UploadMediaRequest {
        session: &session,
        to: "@you",
        client_media_id: 1_700_000_000_000,
        total_len: 1,
        file_md5: "daf2d55da001844735acd560b28d8a1a",
        upload_type: 1,
        aes_key: None,
        signature: None,
    };
    let to = "`to` must be the receiver's \"@…\" name, as the chat list has it, or \"filehelper\"";
    for (request, sentence) in [
        (UploadMediaRequest { upload_type: 3, ..good }, "uploadType must be 1 or 2"),
        (UploadMediaRequest { file_md5: "x", ..good }, "fileMd5 must be 32 lower-case hex digits"),
        (UploadMediaRequest { total_len: 0, ..good }, "totalLen must be at least 1"),
        (UploadMediaRequest { to: "you", ..good }, to),
    ] {
        assert_invalid(upload_media_request(&request), sentence);
    }
    for client_media_id in [0, 999_999_999_999, 10_000_000_000_000] {
        let request = UploadMediaRequest { client_media_id, ..good };
        assert_invalid(upload_media_request(&request), "clientMediaId must be a time in milliseconds, 13 digits");
    }
    assert!(upload_media_request(&good).is_ok());
}

#[test]
fn what_cannot_be_sent() {
    let media = UploadedMedia { media_id: " ".into(), ..media() };
    let sentence = "media.mediaId is empty; pass what upload() gave";
    assert_invalid(Send::media(&session(), &media, "@you", "17000000000001234".into()), sentence);
}

#[test]
fn what_cannot_be_downloaded() {
    for msg_id in ["", " ", "12a", "-1", "1.0", "٣", "123456789012345678901"] {
        assert_invalid(download::request(&session(), msg_id, Size::Full), "msgId must be a text of 1 to 20 digits");
    }
    assert!(download::request(&session(), "12345678901234567890", Size::Full).is_ok());
}

#[test]
fn what_is_no_cdn_url_and_no_key() {
    for (hex, sentence) in [
        ("xyz", "no cdn url: not hex"),
        ("30", "no cdn url: cut off"),
        ("0400", "no cdn url: not the structure of a cdn url"),
        ("3084ffffffff", "no cdn url: longer than any cdn url"),
        ("3000ff", "no cdn url: more behind its end"),
        ("30020200", "no cdn url: a number of an impossible length"),
    ] {
        assert_invalid(decode_cdn_url(hex), sentence);
    }
    // SEQUENCE { 0, OCTET STRING { SEQUENCE { 0, 1, 2, 3, 4, file id ff, 5, 0 } }, OCTET STRING {} }
    let no_text = "3021020100041a30180201000201010201020201030201040401ff0201050201000400";
    assert_invalid(decode_cdn_url(no_text), "no cdn url: its file id is no text");
    assert_eq!(decode_cdn_url(&no_text.replace("0401ff", "040161")).map(|file| file.file_id), Ok("a".into()));
    assert_invalid(decrypt_cdn_image(&mut [0; 16], "0"), "aesKey must be 32 hex digits");
    let key = "000102030405060708090a0b0c0d0e0f";
    assert_invalid(decrypt_cdn_image(&mut [0; 15], key), "the encrypted bytes must fill blocks of 16");
    let sentence = "the padding is wrong: another key, or not all of the bytes";
    assert_invalid(decrypt_cdn_image(&mut [0; 16], key), sentence);
}
