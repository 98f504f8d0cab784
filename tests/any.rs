//! Whatever comes in, nothing panics, and nothing is taken for what it is not.

#![allow(clippy::expect_used, reason = "a test fails by panicking")]

#[path = "hand/mod.rs"]
mod hand;

use proptest::prelude::*;
use webwx_image::cdn::{CdnKey, decode_cdn_url, decrypt_cdn_image};
use webwx_image::digest::{Md5, Md5Hex};
use webwx_image::error::{ErrorKind, Place};
use webwx_image::gateway::Gateway;
use webwx_image::ids::{ClientMediaId, MsgId};
use webwx_image::image::inspect;
use webwx_image::job::{Forward, Opened, Upload};
use webwx_image::json::FromJson;
use webwx_image::origin::Origin;
use webwx_image::session::{PageFacts, Receiver, Session, SessionInit, from_page};
use webwx_image::upload::{Checkpoint, ChunkSize, FileInfo, MediaKind};

use hand::{Hand, answer, client, one_try};

const HERE: Place = Place::at("here");

/// Beginnings of real files, so that more than the first bytes is reached.
const HEADS: [&[u8]; 10] = [
    include_bytes!("fixtures/pictures/tiny.png"),
    include_bytes!("fixtures/pictures/tiny.jpg"),
    include_bytes!("fixtures/pictures/tiny.gif"),
    b"RIFF\x24\0\0\0WEBPVP8 ",
    b"RIFF\x24\0\0\0WEBPVP8X\x0a\0\0\0",
    b"BM\x46\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0",
    b"II*\0\x08\0\0\0\x01\0",
    b"MM\0*\0\0\0\x08\0\x02",
    b"\0\0\0\x1cftypavif\0\0\0\0avifmif1\0\0\0\x0cmeta",
    b"\0\0\0\x18ftypheic\0\0\0\0heicmif1",
];

fn session() -> Session {
    let text = |text: &str| Some(text.to_owned());
    let init = SessionInit {
        uin: text("1"),
        sid: text("s"),
        skey: text("k"),
        user_name: text("@me"),
        data_ticket: text("t"),
        ..SessionInit::default()
    };
    Session::new(&init, &[]).expect("a good session")
}

fn file() -> FileInfo {
    FileInfo {
        name: "a.png".into(),
        mime: "image/png".into(),
        kind: MediaKind::Picture,
        converted: None,
        warnings: vec![],
        last_modified: "Tue Nov 21 2023 17:53:00 GMT+0800".into(),
        size: 1000,
        md5: Md5Hex::new("daf2d55da001844735acd560b28d8a1a").expect("32 hex digits"),
    }
}

fn you() -> Receiver {
    Receiver::new("@you").expect("a good name")
}

/// An upload of one chunk.
fn begin(resume: Option<&Checkpoint>) -> webwx_image::error::Result<Upload> {
    let client = client(&session(), one_try());
    Hand::new().lend(|cx| Upload::new(cx, &client, 0, Opened { file: file(), resume: None, md5_ms: 1 }, you(), resume))
}

/// Texts that come near to an answer.
fn answers() -> impl Strategy<Value = String> {
    let value = prop_oneof![
        Just("0".to_owned()),
        Just("null".to_owned()),
        Just("\"@crypt_x\"".to_owned()),
        any::<i64>().prop_map(|number| number.to_string()),
        any::<f64>().prop_map(|number| format!("{number:e}")),
        "[\"{}\\[\\]:,a-z0-9<> ]{0,12}",
        Just("{\"Ret\":0}".to_owned()),
        any::<i32>().prop_map(|ret| format!("{{\"Ret\":{ret}}}")),
        Just("{\"url\":\"https://x/y\"}".to_owned()),
    ];
    let key = prop::sample::select(vec![
        "BaseResponse",
        "MediaId",
        "MsgID",
        "LocalID",
        "CDNThumbImgWidth",
        "AESKey",
        "code",
        "data",
        "msg",
        "message",
    ]);
    let object = prop::collection::vec((key, value), 0..5).prop_map(|members| {
        let members: Vec<String> = members.iter().map(|(key, value)| format!("\"{key}\":{value}")).collect();
        format!("{{{}}}", members.join(","))
    });
    (prop_oneof![any::<String>(), object], any::<prop::sample::Index>(), prop::bool::weighted(0.2)).prop_map(
        |(text, at, is_cut)| {
            let boundaries: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
            if is_cut { text[..*at.get(&boundaries)].to_owned() } else { text }
        },
    )
}

/// The Ret of an answer, read by another reader.
fn ret(body: &str) -> Option<i64> {
    serde_json::from_str::<serde_json::Value>(body).ok()?["BaseResponse"]["Ret"].as_i64()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn windows_of_any_size_have_the_digest_of_the_whole(
        bytes in prop::collection::vec(any::<u8>(), 0..600),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..6),
    ) {
        let mut ends: Vec<usize> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).chain([bytes.len()]).collect();
        ends.sort_unstable();
        let (mut whole, mut pieces, mut start) = (Md5::new(), Md5::new(), 0);
        whole.update(&bytes);
        for end in ends {
            pieces.update(&bytes[start..end]);
            start = end;
        }
        let digest = pieces.finish();
        prop_assert_eq!(&digest, &whole.finish());
        prop_assert_eq!(Md5Hex::new(digest.as_str()), Some(digest));
    }

    #[test]
    fn any_bytes_can_be_looked_at(
        head in prop::sample::select(HEADS.to_vec()),
        kept in any::<prop::sample::Index>(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4),
        tail in prop::collection::vec(any::<u8>(), 0..200),
    ) {
        let mut bytes = [&head[..kept.index(head.len() + 1)], &tail[..]].concat();
        for (at, byte) in changes {
            if !bytes.is_empty() {
                let at = at.index(bytes.len());
                bytes[at] = byte;
            }
        }
        match inspect(HERE, &bytes) {
            Ok(info) => prop_assert!(info.width != Some(0) && info.height != Some(0) && info.size == bytes.len() as u64),
            Err(error) => prop_assert!(matches!(error.kind(), ErrorKind::NotAnImage | ErrorKind::EmptyImage)),
        }
    }

    #[test]
    fn only_ret_0_with_a_media_id_is_an_upload(body in answers(), status in prop::sample::select(vec![200, 200, 200, 502])) {
        let mut upload = begin(None).expect("good input");
        let outcome = Hand::new().play(&mut upload, [Ok(answer(status, &body))]);
        if let Ok(media) = outcome {
            prop_assert!(status == 200 && ret(&body) == Some(0) && !media.media_id.is_empty(), "{}", body);
        } else if let Err(error) = outcome {
            prop_assert!(error.place() == Some(Place::at("webwxuploadmedia")) && error.kind() != ErrorKind::Internal);
            prop_assert!(error.ret().is_none_or(|found| found != 0 && ret(&body).is_none_or(|known| known == found)), "{}", body);
        }
    }

    #[test]
    fn only_ret_0_with_digits_is_a_receipt(body in answers()) {
        let client = client(&session(), one_try());
        let mut forward = Hand::new().lend(|cx| Forward::new(cx, &client, "<msg><img/></msg>", &you())).expect("good input");
        if let Ok(receipt) = Hand::new().play(&mut forward, [Ok(answer(200, &body))]) {
            prop_assert!(ret(&body) == Some(0), "{}", body);
            let digits = receipt.msg_id.as_str();
            prop_assert!(!digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit()));
        }
    }

    #[test]
    fn only_code_1000_with_a_url_is_a_place(body in answers()) {
        let gateway = Gateway::new(None, "t").expect("good input");
        match gateway.parse(&answer(200, &body)) {
            Ok(location) => prop_assert!(location.url.starts_with("http") && body.contains("1000"), "{}", body),
            Err(error) => prop_assert!(error.place() == Some(Place::at("getMsgImg")) && error.to_string().len() < 400),
        }
    }

    #[test]
    fn any_text_can_be_a_cdn_url(hex in "(30[0-9a-f]{2})?(0201[0-9a-f]{2}|04[0-9a-f]{4}|30[0-9a-f]{2}){0,12}[0-9a-z]{0,3}") {
        if let Err(error) = decode_cdn_url(&hex) {
            prop_assert!(error.to_string().starts_with("invalid CDN URL: "));
        }
    }

    #[test]
    fn any_bytes_can_be_decrypted(mut bytes in prop::collection::vec(any::<u8>(), 0..80), key in "[0-9a-fA-F]{30,34}") {
        let length = bytes.len();
        let key_of = CdnKey::new(&key);
        prop_assert_eq!(key_of.is_ok(), key.len() == 32);
        if let Ok(plain) = key_of.and_then(|key| decrypt_cdn_image(&mut bytes, &key)) {
            prop_assert!(plain < length && length - plain <= 16);
        }
    }

    #[test]
    fn any_text_can_be_a_session_or_an_origin(texts in prop::collection::vec("\\PC{0,16}|@[a-z;\n]{0,4}|[0-9]{1,21}", 8)) {
        let [uin, sid, skey, user_name, data_ticket, pass_ticket, origin, cookies] = texts.try_into().expect("eight");
        if let Ok(origin) = Origin::parse(&origin, "origin") {
            prop_assert_eq!(Origin::parse(origin.as_str(), "origin"), Ok(origin));
        }
        let account = SessionInit {
            uin: Some(uin),
            sid: Some(sid),
            skey: Some(skey),
            user_name: Some(user_name),
            data_ticket: Some(data_ticket),
            pass_ticket: Some(pass_ticket),
            ..SessionInit::default()
        };
        if let Ok(session) = Session::new(&account, &[]) {
            let get = webwx_image::download::request(&session, &MsgId::new("1").expect("digits"), webwx_image::download::Size::Full);
            prop_assert!(get.url.bytes().all(|byte| byte.is_ascii_graphic()), "{}", get.url);
            prop_assert!(get.cookies.expect("cookies").split("; ").count() == 3, "no cookie of another name gets in");
        }
        if let Ok(read) = from_page(PageFacts { account, search: Some(cookies.clone()), cookies, origin, ..PageFacts::default() }) {
            prop_assert!(read.data_ticket.is_some_and(|ticket| !ticket.is_empty()));
        }
    }

    #[test]
    fn any_address_can_be_of_the_past(urls in prop::collection::vec("(https://(filehelper\\.weixin|x)\\.qq\\.com|x)?/cgi-bin/mmwebwx-bin/[a-z?&=%0-9é]{0,24}|\\PC{0,24}", 0..4), is_watched in any::<bool>()) {
        let wire = SessionInit { user_name: Some("@me".into()), ..SessionInit::default() };
        let origin = "https://filehelper.weixin.qq.com".to_owned();
        let cookies = "wxuin=1; wxsid=s; webwx_data_ticket=t".to_owned();
        let facts = PageFacts { wire, is_watched, urls, cookies, origin, ..PageFacts::default() };
        match from_page(facts) {
            Ok(read) => prop_assert_eq!(read.dialect.as_deref(), Some("filehelper")),
            Err(error) => prop_assert!(error.to_string().contains("missing Skey;"), "{}", error),
        }
    }

    #[test]
    fn any_json_can_be_a_checkpoint(next_chunk in any::<u32>(), chunk_size in 0..600_000_u64, size in any::<u64>(), id in 0..20_000_000_000_000_u64) {
        let own = begin(None).expect("good input").checkpoint();
        let mut json = serde_json::to_value(&own).expect("plain data");
        (json["nextChunk"], json["chunkSize"], json["size"], json["clientMediaId"]) = (next_chunk.into(), chunk_size.into(), size.into(), id.into());
        let read = Checkpoint::from_json(&json.to_string());
        let values = ChunkSize::new(chunk_size).ok().zip(ClientMediaId::new(id).ok());
        let expected = values.map(|(chunk_size, client_media_id)| Checkpoint { chunk_size, size, client_media_id, next_chunk, ..own.clone() });
        prop_assert_eq!(read.ok(), expected);
        let another = Checkpoint { next_chunk, ..own };
        prop_assert_eq!(begin(Some(&another)).is_ok(), next_chunk <= 1);
    }
}
