use serde::de::IgnoredAny;
use serde_json::Value;
use webwx_image::error::{Error, ErrorKind, Place};
use webwx_image::gateway::{Gateway, picture_request};
use webwx_image::http::{Body, Response};
use webwx_image::send::Send;
use webwx_image::session::{Session, SessionInit};
use webwx_image::upload::{self, Action, FileInfo, MediaKind, Upload, UploadConfig};

/// Above this, `webwxcheckupload` comes first.
const ABOVE_CHECK: u64 = 25 * 1024 * 1024 + 1;
const CLIENT_MSG_ID: &str = "17000000000001234";

/// One body as the answer to everything: to every request of three uploads, to a send and to a gateway's request.
pub fn answers(bytes: &[u8]) {
    let body = String::from_utf8_lossy(bytes).into_owned();
    let response = Response { status: 200, body, retry_after_ms: None };
    // Another reader, of serde_json's own making. It knows nothing of text that it cannot read: a number too large, half a character.
    let value = serde_json::from_str::<Value>(response.body.trim()).ok();
    for size in [1000, upload::LARGEST_CHUNK * 3, ABOVE_CHECK] {
        check_upload(size, &response, value.as_ref());
    }
    check_send(&response, value.as_ref());
    check_gateway(&response, value.as_ref());
    let refused = Response { status: 502, ..response };
    let error = send().parse(&refused).expect_err("502");
    assert_eq!((error.kind(), error.status()), (ErrorKind::HttpStatus, Some(502)));
}

fn check_upload(size: u64, response: &Response, value: Option<&Value>) {
    let mut upload = upload_of(size);
    let mut in_flight = Vec::new();
    let mut loaded = upload.standing().loaded;
    for _ in 0..1000 {
        match upload.next_action() {
            Action::Send(transmission) => in_flight.push(transmission.id),
            Action::Await => {
                let id = in_flight.pop().expect("something to wait for");
                if let Some(accepted) = upload.handle(id, &Ok(response.clone()), 0.5) {
                    assert!(accepted.loaded >= loaded && accepted.loaded <= size, "{accepted:?}");
                    loaded = accepted.loaded;
                    check_ret_0(response, value);
                }
            }
            Action::Done(Ok(media)) => {
                check_ret_0(response, value);
                assert!(!media.media_id.is_empty());
                if let Some(value) = value {
                    assert_eq!(value["MediaId"].as_str(), Some(media.media_id.as_str()));
                }
                return;
            }
            Action::Done(Err(error)) => return check_error(&error, value),
        }
    }
    panic!("the same answer again and again, and no end");
}

fn check_send(response: &Response, value: Option<&Value>) {
    match send().parse(response) {
        Ok(receipt) => {
            check_ret_0(response, value);
            assert!(!receipt.msg_id.is_empty() && receipt.msg_id.bytes().all(|b| b.is_ascii_digit()));
            // What is beyond 64 bits that reader takes for a float; here it keeps its digits.
            if let Some(value) = value.filter(|value| !value["MsgID"].is_f64() && !value["LocalID"].is_f64()) {
                assert_eq!(digits_or_text(&value["MsgID"]), Some(receipt.msg_id));
                let local_id = digits_or_text(&value["LocalID"]).filter(|id| !id.is_empty());
                assert_eq!(local_id.unwrap_or_else(|| CLIENT_MSG_ID.to_owned()), receipt.local_id);
            }
        }
        Err(error) => check_error(&error, value),
    }
}

fn check_gateway(response: &Response, value: Option<&Value>) {
    let gateway = Gateway::new(None, "token").expect("good input");
    match gateway.parse(response) {
        Ok(location) => {
            let value = value.expect("what the gateway's answer is read from is JSON for everyone");
            assert_eq!(code(value), Some(1000));
            let said = value["data"].as_str().or_else(|| value["data"]["url"].as_str());
            assert_eq!(said.map(str::trim), Some(location.url.as_str()));
            let lower = location.url.to_ascii_lowercase();
            assert!(lower.starts_with("http://") || lower.starts_with("https://"), "{lower}");
            let request = picture_request(&location);
            assert!(request.cookies.is_none() && request.headers.is_empty() && request.body == Body::Empty);
        }
        Err(error) => {
            assert_eq!(error.place(), Some(Place::at("getMsgImg")));
            assert!(
                matches!(
                    error.kind(),
                    ErrorKind::GatewayFailed | ErrorKind::RateLimited | ErrorKind::MalformedResponse
                ),
                "{error}"
            );
            assert!(error.to_string().chars().count() < 200, "{error}");
            assert!(error.ret().is_none() || error.ret() == value.and_then(code), "{error}");
        }
    }
}

/// Nothing is a success but JSON that says Ret 0.
fn check_ret_0(response: &Response, value: Option<&Value>) {
    assert!(serde_json::from_str::<IgnoredAny>(response.body.trim()).is_ok(), "taken, and no JSON");
    assert!(value.is_none_or(|value| value["BaseResponse"]["Ret"].as_i64() == Some(0)), "taken without Ret 0");
}

fn check_error(error: &Error, value: Option<&Value>) {
    assert!(error.place().is_some() && error.status().is_none(), "{error}");
    assert!(!matches!(error.kind(), ErrorKind::Internal | ErrorKind::InvalidInput), "{error}");
    assert!(error.to_string().chars().count() < 200, "{error}");
    if let Some(ret) = error.ret() {
        assert_ne!(ret, 0);
        assert!(value.is_none_or(|value| value["BaseResponse"]["Ret"].as_i64() == Some(ret)), "{error}");
    }
}

/// A gateway's code, a whole number or a string of one.
fn code(value: &Value) -> Option<i64> {
    let text = value["code"].as_str().map_or_else(|| value["code"].to_string(), |text| text.trim().to_owned());
    text.strip_suffix(".0").filter(|_| value["code"].is_f64()).unwrap_or(&text).parse().ok()
}

fn digits_or_text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned).or_else(|| value.is_number().then(|| value.to_string()))
}

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
    Session::new(&init, 0.5, &[]).expect("a good session")
}

fn send() -> Send {
    Send::forward(&session(), "<msg><img/></msg>", "@you", CLIENT_MSG_ID.to_owned()).expect("good input")
}

fn upload_of(size: u64) -> Upload {
    let file = FileInfo {
        name: "a.png".to_owned(),
        mime: "image/png".to_owned(),
        kind: MediaKind::Picture,
        converted: None,
        last_modified: "Tue Nov 21 2023 17:53:00 GMT+0800".to_owned(),
        size,
        md5: "daf2d55da001844735acd560b28d8a1a".to_owned(),
    };
    let ids = upload::Ids {
        client_media_id: 1_700_000_000_000,
        spare_media_id: 1_700_000_000_001,
        file_id: "WU_FILE_0".to_owned(),
    };
    let mut config = UploadConfig { concurrency: 2, ..UploadConfig::default() };
    config.retry.limit = 1;
    Upload::new(&session(), file, "@you", config, ids, None).expect("good input")
}
