//! Plain data: what is written is what is read, and nothing else is let in.

use std::collections::BTreeSet;
use std::fmt::Debug;

use serde::Serialize;
use serde_json::{Value, json};
use webwx_image::job::Messages;
use webwx_image::json::FromJson;
use webwx_image::session::SessionInit;
use webwx_image::upload::{Checkpoint, Conversion, Thumbnail, UploadedMedia};

/// Every key of an object, at any depth.
fn keys(value: &Value) -> BTreeSet<&str> {
    match value {
        Value::Object(members) => {
            members.iter().flat_map(|(key, value)| keys(value).into_iter().chain([key.as_str()])).collect()
        }
        Value::Array(values) => values.iter().flat_map(keys).collect(),
        _ => BTreeSet::new(),
    }
}

/// `full` has every member that there is; those of `optional` may be missing.
fn check<T: FromJson + Serialize + Debug>(full: &Value, optional: &[&str]) {
    let read = T::from_json(&full.to_string()).unwrap_or_else(|why| panic!("{full}: {why:?}"));
    assert_eq!(&serde_json::to_value(&read).expect("plain data"), full, "written as it was read");
    let known: BTreeSet<&str> = T::KEYS.iter().copied().flatten().copied().collect();
    assert_eq!(keys(full), known, "all that is read is let in, and nothing else");
    for key in full.as_object().expect("an object").keys() {
        let mut without = full.clone();
        without.as_object_mut().expect("an object").remove(key);
        let mut with_null = full.clone();
        with_null[key] = Value::Null;
        for less in [&without, &with_null] {
            let read = T::from_json(&less.to_string());
            assert_eq!(read.is_ok(), optional.contains(&key.as_str()), "{key}");
            if let Ok(read) = read {
                assert_eq!(serde_json::to_value(&read).expect("plain data"), without, "what is absent is left out");
            }
        }
    }
}

fn conversion() -> Value {
    json!({ "from": "image/webp", "to": "image/jpeg", "firstFrameOnly": true })
}

#[test]
fn structs_are_written_read_and_let_in_by_one_list() {
    check::<Thumbnail>(&json!({ "width": 100, "height": 71 }), &[]);
    check::<Conversion>(&conversion(), &["firstFrameOnly"]);
    let checkpoint = json!({
        "version": 1,
        "md5": "daf2d55da001844735acd560b28d8a1a",
        "size": 1000,
        "to": "@you",
        "chunkSize": 524_288,
        "clientMediaId": 1_700_000_000_000_u64,
        "deviceId": "e500000000000000",
        "account": "0a1b",
        "nextChunk": 1,
    });
    check::<Checkpoint>(&checkpoint, &["account"]);
    let media = json!({
        "mediaId": "@crypt_1",
        "md5": "daf2d55da001844735acd560b28d8a1a",
        "size": 1000,
        "type": "image/png",
        "thumbnail": { "width": 100, "height": 71 },
        "instant": false,
        "aesKey": "key",
        "signature": "sig",
        "fileName": "a.png",
        "converted": conversion(),
        "warnings": ["odd"],
    });
    check::<UploadedMedia>(&media, &["aesKey", "signature", "fileName", "converted", "warnings"]);
}

#[test]
fn a_session_is_written_as_it_is_read() {
    let session = json!({
        "uin": "1",
        "sid": "s",
        "skey": "k",
        "userName": "@me",
        "dataTicket": "t",
        "passTicket": "p",
        "deviceId": "e500000000000000",
        "origin": "https://wx.qq.com",
        "fileOrigin": "https://file.wx.qq.com",
        "dialect": "web",
        "lang": "zh_CN",
    });
    let all: Vec<&str> = session.as_object().expect("an object").keys().map(String::as_str).collect();
    check::<SessionInit>(&session, &all);
}

#[test]
fn messages_are_read_as_they_are_written() {
    let message = json!({ "what": "@crypt_1", "to": "@you", "id": "1", "isBeingSent": true, "mayBeOut": false });
    let known: BTreeSet<&str> = Messages::KEYS.iter().copied().flatten().copied().collect();
    assert_eq!(keys(&message), known);
    let read = Messages::from_json(&json!([message]).to_string()).expect("a list");
    let out = json!([{ "what": "@crypt_1", "to": "@you", "id": "1", "isBeingSent": false, "mayBeOut": true }]);
    assert_eq!(serde_json::from_str::<Value>(&read.to_json()).expect("JSON"), out);
    for list in ["{}", "[1]", "[{}]", "null", "["] {
        assert!(Messages::from_json(list).is_err(), "{list}");
    }
}

#[test]
fn wrong_types_are_not_taken() {
    for media in [r#"{"width":1,"height":"1"}"#, r#"{"width":1,"height":-1}"#, r#"{"width":1,"height":1.5}"#, "[]"] {
        assert!(Thumbnail::from_json(media).is_err(), "{media}");
    }
    for conversion in [r#"{"from":1,"to":"b"}"#, r#"{"from":"a","to":"b","firstFrameOnly":"yes"}"#] {
        assert!(Conversion::from_json(conversion).is_err(), "{conversion}");
    }
    let twice = r#"{"width":1,"width":1,"height":1}"#;
    assert!(Thumbnail::from_json(twice).is_err(), "a member given twice says nothing");
}
