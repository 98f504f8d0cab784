//! webwxuploadmedia and webwxcheckupload: what is taken, what is refused, and in which words.

mod common;

use common::{CHUNK, File, Form, check, cookies, json_of, md5, media_id, png, refusal};
use common::{form_request, send, send_body, upload, upload_chunk, upload_form, upload_request, world};
use serde_json::json;
use standin::{Config, World};

#[test]
fn answers_have_the_shape_of_the_capture() {
    let mut world = world();
    let file = File::png(png(200, 142, 1));
    let answers = upload(&mut world, &file);
    assert!(answers.len() > 3);
    let keys = ["BaseResponse", "MediaId", "StartPos", "CDNThumbImgHeight", "CDNThumbImgWidth"];
    for answer in &answers {
        let found: Vec<&String> = answer.as_object().expect("an object").keys().collect();
        assert_eq!(found.len(), keys.len());
        assert!(keys.iter().all(|key| answer.get(key).is_some()));
    }
    let middle = json!({
        "BaseResponse": { "Ret": 0, "ErrMsg": "" },
        "MediaId": "", "StartPos": 0, "CDNThumbImgHeight": 0, "CDNThumbImgWidth": 0,
    });
    assert!(answers[..answers.len() - 1].iter().all(|answer| *answer == middle));
    let last = answers.last().expect("a last answer");
    assert_eq!(last["StartPos"], file.bytes.len());
    assert_eq!((&last["CDNThumbImgWidth"], &last["CDNThumbImgHeight"]), (&json!(120), &json!(85)));
    let media_id = last["MediaId"].as_str().expect("a string");
    let hex: Vec<&str> = media_id.strip_prefix("@crypt_").expect("@crypt_").split('_').collect();
    assert_eq!(hex.iter().map(|part| part.len()).collect::<Vec<_>>(), [8, 640]);
}

#[test]
fn the_text_has_the_keys_in_order_and_a_plain_content_type() {
    let mut world = world();
    let file = File::png(png(5, 5, 1));
    let form = file.form(&world, 0);
    let request = form_request(upload_request(world.session()), &form);
    let outcome = world.handle(&request);
    let response = outcome.answer().expect("an answer");
    assert_eq!(response.headers()["content-type"], "text/plain");
    let text = String::from_utf8(response.body().to_vec()).expect("UTF-8");
    assert!(text.starts_with(r#"{"BaseResponse":{"Ret":0,"ErrMsg":""},"MediaId":"@crypt_"#), "{text}");
    assert!(text.ends_with(r#","CDNThumbImgHeight":5,"CDNThumbImgWidth":5}"#), "{text}");

    let mut untyped = World::new(Config { typed_answers: false, ..Config::default() });
    let outcome = untyped.handle(&request);
    assert!(!outcome.answer().expect("an answer").headers().contains_key("content-type"));
}

/// One way to spoil a form, and the refusal it meets.
type Spoilt = (fn(&mut Form), i64, &'static str);

#[test]
fn every_field_is_checked() {
    let table: &[Spoilt] = &[
        (|f| f.remove("pass_ticket"), 1, "pass_ticket: missing"),
        (|f| f.remove("uploadmediarequest"), 1, "uploadmediarequest: missing"),
        (|f| f.0.insert(0, ("extra".into(), None, vec![])), 1, "extra: an unknown part"),
        (|f| f.0.insert(0, ("size".into(), None, vec![])), 1, "size: given twice"),
        (|f| f.0.rotate_right(1), 1, "filename: not the last part"),
        (|f| f.set("id", "WU_FILE_"), 1, "id: WU_FILE_, expected WU_FILE_ and a number (the page, "),
        (|f| f.set("id", "0"), 1, "id: 0, expected"),
        (|f| f.set("name", ""), 1, "name: empty"),
        (|f| f.set("type", "png"), 1, "type: \"png\" is no MIME type"),
        (|f| f.set("lastModifiedDate", "1700000000000"), 1, "lastModifiedDate: 1700000000000, expected"),
        (|f| f.set("size", "2500.0"), 1, "size: \"2500.0\" is not a number"),
        (|f| f.set("size", "0"), 1, "size: 0"),
        (|f| f.set("size", "2499"), 1, "filename: 500 bytes, which is not what 3 chunks of 2499 bytes leave"),
        (|f| f.set("size", "900"), 1, "filename: 500 bytes, which is not what 3 chunks of 900 bytes leave"),
        (|f| f.set("chunks", "4"), 1, "chunks: 4, but 2500 bytes in chunks of 500 are 5"),
        (|f| f.set("chunks", "1"), 1, "chunks: 1, but a single chunk goes without"),
        (|f| f.set("chunk", "3"), 1, "chunk: 3 of 3; it counts from 0"),
        (|f| f.set("chunk", "-1"), 1, "chunk: \"-1\" is not a number"),
        (|f| f.remove("chunk"), 1, "chunk: missing"),
        (|f| f.remove("chunks"), 1, "chunks: missing"),
        (
            |f| f.0.retain(|part| !part.0.starts_with("chunk")),
            1,
            "filename: 500 bytes, which is not what 1 chunks of 2500 bytes leave",
        ),
        (|f| f.set("mediatype", "image"), 1, "mediatype: image, expected pic, doc or video"),
        (|f| f.set("mediatype", "doc"), 1, "mediatype: differs from an earlier chunk's"),
        (|f| f.set("webwx_data_ticket", "x"), -14, "webwx_data_ticket: not the session's"),
        (|f| f.set("pass_ticket", "x"), -14, "pass_ticket: neither the session's nor undefined"),
        (|f| f.part("filename").2.push(0), 1, "filename: 501 bytes, which is not what 3 chunks of 2500 bytes leave"),
        (|f| f.part("filename").1 = None, 1, "filename: a text, expected a file"),
        (|f| f.part("id").1 = Some("x".into()), 1, "id: a file, expected a text"),
    ];
    for (spoil, ret, why) in table {
        let mut world = world();
        upload_all_but_last(&mut world);
        let mut form = last_form(&world);
        spoil(&mut form);
        let answer = upload_form(&mut world, &form);
        let (found_ret, found_why) = refusal(&answer);
        assert!(found_ret == *ret && found_why.starts_with(why), "{found_ret} {found_why}, expected {ret} {why}");
        assert_eq!(answer["MediaId"], "");
        let form = last_form(&world);
        assert_eq!(refusal(&upload_form(&mut world, &form)).0, 0, "the upload goes on");
    }
}

#[test]
fn every_key_of_the_media_request_is_checked() {
    let table = [
        (r#"{"UploadType":2,"#, "{", 1, "uploadmediarequest.UploadType: missing"),
        (r#""UploadType":2"#, r#""UploadType":3"#, 1, "uploadmediarequest.UploadType: 3, expected 2 ("),
        (r#""UploadType":2"#, r#""UploadType":"2""#, 1, "uploadmediarequest.UploadType: \"2\", expected 2 ("),
        (r#""UploadType":2"#, r#""UploadType":2,"More":1"#, 1, "uploadmediarequest.More: unknown key"),
        (r#""UploadType":2"#, r#""UploadType":2,"UploadType":2"#, 1, "uploadmediarequest.UploadType: given twice"),
        (r#""StartPos":0"#, r#""StartPos":2000"#, 1, "uploadmediarequest.StartPos: 2000, expected 0"),
        (r#""DataLen":2500"#, r#""DataLen":500"#, 1, "uploadmediarequest.DataLen: 500, expected 2500"),
        (r#""TotalLen":2500"#, r#""TotalLen":2501"#, 1, "uploadmediarequest.TotalLen: 2501, expected 2500"),
        (r#""TotalLen":2500"#, r#""TotalLen":2.5e3"#, 1, "uploadmediarequest.TotalLen: 2.5e3 is not a whole"),
        (r#""MediaType":4"#, r#""MediaType":1"#, 1, "uploadmediarequest.MediaType: 1, expected 4"),
        ("1700000000000", "170000000000", 1, "uploadmediarequest.ClientMediaId: 170000000000, expected a number of 13"),
        ("1700000000000", "170000000000012", 1, "uploadmediarequest.ClientMediaId: 170000000000012, expected"),
        ("1700000000000", "\"1700000000000\"", 1, "uploadmediarequest.ClientMediaId: \"1700000000000\", expected"),
        (r#""FromUserName":"@"#, r#""FromUserName":"@0"#, 1, "uploadmediarequest.FromUserName: not the session's"),
        (r#""ToUserName":"@"#, r#""ToUserName":"@0"#, 1204, "uploadmediarequest.ToUserName: not a contact"),
        (r#""ToUserName":"@"#, r#""ToUserName":""#, 1, "uploadmediarequest.ToUserName: \""),
        (r#""FileMd5":""#, r#""FileMd5":"0"#, 1, "uploadmediarequest.FileMd5: \"0"),
        (r#""Uin":"#, r#""Uin":1"#, 1101, "uploadmediarequest.BaseRequest.Uin: not the session's"),
        (r#""Sid":""#, r#""Sid":" "#, 1101, "uploadmediarequest.BaseRequest.Sid: not the session's"),
        (r#""Skey":"@"#, r#""Skey":"%40"#, 1101, "uploadmediarequest.BaseRequest.Skey: not the session's"),
        (r#""DeviceID":"e1"#, r#""DeviceID":"E1"#, 1, "uploadmediarequest.BaseRequest.DeviceID: \"E1"),
        (r#""DeviceID":"e1"#, r#""DeviceID":"e11"#, 1, "uploadmediarequest.BaseRequest.DeviceID: \"e11"),
        (r#"{"Uin":"#, r#"{"More":1,"Uin":"#, 1, "uploadmediarequest.BaseRequest.More: unknown key"),
        (r#"{"Uin":"#, r#"{"Uin":null,"Uin":"#, 1, "uploadmediarequest.BaseRequest.Uin: given twice"),
    ];
    for (from, to, ret, why) in table {
        let mut world = world();
        let mut form = file().form(&world, 0);
        form.edit("uploadmediarequest", from, to);
        let (found_ret, found_why) = refusal(&upload_form(&mut world, &form));
        assert!(found_ret == ret && found_why.starts_with(why), "{found_ret} {found_why}, expected {ret} {why}");
    }
}

#[test]
fn the_request_around_the_form_is_checked() {
    let mut world = world();
    let form = File::png(png(5, 5, 1)).form(&world, 0);
    let url = |query: &str| format!("https://file.wx.qq.com/cgi-bin/mmwebwx-bin/webwxuploadmedia{query}");
    let table = [
        (url(""), "cookie", "multipart/form-data; boundary=XX", 1, "f: expected json"),
        (url("?f=json"), "no-cookie", "multipart/form-data; boundary=XX", 1102, "cookie wxuin: missing"),
        (url("?f=json"), "cookie", "text/plain", 1, "content-type: text/plain, expected multipart/form-data"),
        (url("?f=json"), "cookie", "multipart/form-data", 1, "content-type: no boundary"),
        (url("?f=json"), "cookie", "multipart/form-data; boundary=YY", 1, "body: not well-formed"),
    ];
    for (url, cookie, content_type, ret, why) in table {
        let builder = standin::http::Request::post(url)
            .header(cookie, cookies(world.session()))
            .header("content-type", content_type);
        let (found_ret, found_why) = refusal(&json_of(&world.handle(&form_request(builder, &form))));
        assert!(found_ret == ret && found_why.starts_with(why), "{found_ret} {found_why}, expected {ret} {why}");
    }
    let stale = cookies(world.session()).replace("wxsid=", "wxsid=old");
    let builder = standin::http::Request::post(url("?f=json"))
        .header("cookie", stale)
        .header("content-type", "multipart/form-data; boundary=XX");
    let answer = json_of(&world.handle(&form_request(builder, &form)));
    assert_eq!(refusal(&answer), (1102, "cookie wxsid: not the session's".into()));
}

#[test]
fn a_chunk_is_never_longer_than_the_real_limit() {
    let mut world = World::new(Config::default());
    let file = File::png(vec![7; 524_289]);
    let mut form = File { bytes: file.bytes[..1].to_vec(), ..file.clone() }.form(&world, 0);
    form.set("size", "524289");
    form.part("filename").2.clone_from(&file.bytes);
    assert_eq!(refusal(&upload_form(&mut world, &form)).1, "filename: 524289 bytes, at most 524288 go in a chunk");
}

#[test]
fn all_chunks_share_one_request_text() {
    let mut world = world();
    upload_all_but_last(&mut world);
    let mut form = last_form(&world);
    form.edit("uploadmediarequest", "e123456789012345", "e123456789012346");
    let (ret, why) = refusal(&upload_form(&mut world, &form));
    assert_eq!(ret, 1);
    assert!(why.starts_with("uploadmediarequest: differs from an earlier chunk's"), "{why}");
}

#[test]
fn the_whole_must_have_the_announced_md5() {
    let mut world = world();
    let file = file();
    upload_all_but_last(&mut world);
    let mut form = last_form(&world);
    form.part("filename").2[0] ^= 1;
    let (ret, why) = refusal(&upload_form(&mut world, &form));
    assert_eq!(ret, 1);
    assert!(why.starts_with(&format!("FileMd5: {}, but the bytes have ", md5(&file.bytes))), "{why}");
}

#[test]
fn the_last_chunk_waits_for_all_others_which_come_in_any_order() {
    let mut world = world();
    let file = file();
    let last = file.form(&world, 2);
    assert_eq!(refusal(&upload_form(&mut world, &last)).1, "chunk: the last came before 0, 1");
    assert_eq!(refusal(&upload_chunk(&mut world, &file, 1)).0, 0);
    assert_eq!(refusal(&upload_form(&mut world, &last)).1, "chunk: the last came before 0");
    let mut wrong = file.form(&world, 0);
    wrong.part("filename").2[0] ^= 1;
    assert_eq!(refusal(&upload_form(&mut world, &wrong)).0, 0);
    assert_eq!(refusal(&upload_chunk(&mut world, &file, 0)).0, 0, "it replaces the wrong one");
    assert_ne!(upload_form(&mut world, &last)["MediaId"], "");
}

#[test]
fn a_chunk_that_comes_again_gets_the_same_answer() {
    let mut world = world();
    let file = file();
    let first = upload(&mut world, &file);
    assert_eq!(upload(&mut world, &file), first);
    let mut other = last_form(&world);
    other.part("filename").2[0] ^= 1;
    assert_eq!(refusal(&upload_form(&mut world, &other)).1, "filename: the last chunk came again with other bytes");
}

#[test]
fn a_forgotten_upload_has_to_start_over() {
    let mut world = world();
    upload_all_but_last(&mut world);
    world.forget_uploads();
    let form = last_form(&world);
    assert_eq!(refusal(&upload_form(&mut world, &form)).1, "chunk: the last came before 0, 1");
}

#[test]
fn a_new_client_media_id_is_a_new_upload() {
    let mut world = world();
    upload_all_but_last(&mut world);
    let mut form = last_form(&world);
    form.edit("uploadmediarequest", "1700000000000", "1700000000001");
    assert_eq!(refusal(&upload_form(&mut world, &form)), (1, "chunk: the last came before 0, 1".into()));
}

#[test]
fn big_files_ask_first() {
    let mut world = World::new(Config { chunk_size: CHUNK as u64, check_over: 2000, ..Config::default() });
    let mut file = file();
    assert_eq!(refusal(&upload(&mut world, &file)[0]).1, "AESKey: missing; over 2000 bytes ask webwxcheckupload first");
    let checked = check(&mut world, &file, |body| body);
    assert_eq!(refusal(&checked), (0, String::new()));
    assert_eq!(checked["MediaId"], "");
    let text = |key: &str| checked[key].as_str().expect("a string").to_owned();
    assert_eq!(text("AESKey").len(), 32);
    assert!(!text("EncryFileName").is_empty());
    file.more = format!(r#","AESKey":"{}","Signature":"wrong""#, text("AESKey"));
    assert_eq!(
        refusal(&upload(&mut world, &file)[0]).1,
        "uploadmediarequest.Signature: not what webwxcheckupload gave for this file"
    );
    file.more = format!(r#","AESKey":"{}","Signature":"{}""#, text("AESKey"), text("Signature"));
    let media_id = media_id(&mut world, &file);

    let body = send_body(&world, &media_id);
    let signed =
        |signature: &str| body.replace("\"},\"Scene\"", &format!("\",\"Signature\":\"{signature}\"}},\"Scene\""));
    let wrong = refusal(&send(&mut world, &signed("x")));
    assert_eq!(wrong, (1, "Msg.Signature: not the one that webwxcheckupload gave".into()));
    assert_eq!(refusal(&send(&mut world, &body)), (0, String::new()), "a picture's message needs none");
    assert_eq!(refusal(&send(&mut world, &signed(&text("Signature")))), (0, String::new()));

    let again = check(&mut world, &file, |body| body);
    assert_ne!(again["MediaId"], "", "the server has the file");
    assert_ne!(again["MediaId"], media_id);
}

#[test]
fn checking_is_checked_too() {
    type Edit = fn(String) -> String;
    let table: [(Edit, i64, &str); 8] = [
        (|b| b.replace("\"FileType\":7,", ""), 1, "FileType: missing"),
        (|b| b.replace("\"FileType\":7", "\"FileType\":4"), 1, "FileType: 4, expected 7"),
        (|b| b.replace("\"FileName\":\"a.png\"", "\"FileName\":\"\""), 1, "FileName: empty"),
        (|b| b.replace("\"FileSize\":", "\"FileSize\":-"), 1, "FileSize: -2500 is not a whole number"),
        (|b| b.replace("\"FileMd5\":\"", "\"FileMd5\":\"Z"), 1, "FileMd5: \"Z"),
        (|b| b.replace("\"ToUserName\":\"@", "\"ToUserName\":\"@f"), 1204, "ToUserName: not a contact"),
        (|b| b.replace("\"FileType\"", "\"Kind\":1,\"FileType\""), 1, "Kind: unknown key"),
        (|b| b.replace("\"Skey\":\"", "\"Skey\":\"x"), 1101, "BaseRequest.Skey: not the session's"),
    ];
    for (edit, ret, why) in table {
        let mut world = world();
        let file = file();
        let (found_ret, found_why) = refusal(&check(&mut world, &file, edit));
        assert!(found_ret == ret && found_why.starts_with(why), "{found_ret} {found_why}, expected {ret} {why}");
    }
}

/// Three chunks, the last of 500 bytes.
fn file() -> File {
    let bytes = (0..2500_u32).map(|at| at.wrapping_mul(2_654_435_761).to_be_bytes()[0]).collect();
    File::png(bytes)
}

fn upload_all_but_last(world: &mut World) {
    for chunk in 0..2 {
        assert_eq!(refusal(&upload_chunk(world, &file(), chunk)), (0, String::new()));
    }
}

fn last_form(world: &World) -> Form {
    file().form(world, 2)
}
