use std::rc::Rc;

use serde::de::IgnoredAny;
use serde_json::Value;
use webwx_image::client::{Client, ClientOptions};
use webwx_image::digest::Md5Hex;
use webwx_image::error::{Error, ErrorKind, Place, Result};
use webwx_image::gateway::{Ask, Gateway, Gewe, GivenId, PadPro, Tools, Wish, picture_request};
use webwx_image::http::{Body, Response};
use webwx_image::ids::Ids;
use webwx_image::job::{Action, Context, Event, Forward, Input, Job, Messages, Now, Opened, Step, Upload};
use webwx_image::send::Receipt;
use webwx_image::session::{Receiver, Session, SessionInit};
use webwx_image::upload::{Concurrency, FileInfo, LARGEST_CHUNK, MediaKind, UploadedMedia};

/// Above this, `webwxcheckupload` comes first.
const ABOVE_CHECK: u64 = 25 * 1024 * 1024 + 1;
const BEGIN_MS: u64 = 1_700_000_000_000;
const CLIENT_MSG_ID: &str = "17000000000000500";

/// One body as the answer to everything: to every request of three uploads, to a send and to a gateway's request.
pub fn answers(bytes: &[u8]) {
    let body = String::from_utf8_lossy(bytes).into_owned();
    let response = Response { status: 200, body, retry_after: None };
    // Another reader, of serde_json's own making. It knows nothing of text that it cannot read: a number too large, half a character.
    let value = serde_json::from_str::<Value>(response.body.trim()).ok();
    for size in [1000, u64::from(LARGEST_CHUNK) * 3, ABOVE_CHECK] {
        check_upload(size, &response, value.as_ref());
    }
    check_send(&response, value.as_ref());
    check_gateway(&response, value.as_ref());
    check_forms(&response, value.as_ref());
    let refused = Response { status: 502, ..response };
    let error = sent(&refused).expect_err("502");
    assert_eq!((error.kind(), error.status()), (ErrorKind::HttpStatus, Some(502)));
}

fn check_upload(size: u64, response: &Response, value: Option<&Value>) {
    let (mut ids, mut messages) = (Ids::default(), Messages::default());
    let mut upload = Upload::new(&mut context(&mut ids, &mut messages, 0), &client(), 0, opened(size), you(), None);
    let mut loaded = 0;
    let outcome = play(upload.as_mut().expect("good input"), response, |event| {
        if let Event::Progress(progress) = event {
            assert!(progress.loaded >= loaded && progress.loaded <= size, "{progress:?}");
            if progress.loaded > loaded {
                check_ret_0(response, value);
            }
            loaded = progress.loaded;
        }
    });
    match outcome {
        Ok(UploadedMedia { media_id, .. }) => {
            check_ret_0(response, value);
            assert!(!media_id.is_empty() && loaded == size);
            if let Some(value) = value {
                assert_eq!(value["MediaId"].as_str(), Some(media_id.as_str()));
            }
        }
        Err(error) => check_error(&error, value),
    }
}

fn check_send(response: &Response, value: Option<&Value>) {
    match sent(response) {
        Ok(receipt) => {
            check_ret_0(response, value);
            let msg_id = receipt.msg_id.as_str();
            assert!(!msg_id.is_empty() && msg_id.bytes().all(|b| b.is_ascii_digit()));
            // What is beyond 64 bits that reader takes for a float; here it keeps its digits.
            if let Some(value) = value.filter(|value| !value["MsgID"].is_f64() && !value["LocalID"].is_f64()) {
                assert_eq!(digits_or_text(&value["MsgID"]).as_deref().map(str::trim), Some(msg_id));
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
            // A blank inside is encoded.
            assert_eq!(said.map(|url| url.trim().replace(' ', "%20")), Some(location.url.clone()));
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

/// The gateways of other forms: nothing is taken but beside the good code.
fn check_forms(response: &Response, value: Option<&Value>) {
    let gateway = Gateway::new(Some("https://gateway.example"), "token").expect("good input");
    let content = || "<msg><img aeskey=\"00\" cdnmidimgurl=\"30\" length=\"5\"/></msg>".to_owned();
    let (from_user, to_user) = ("a".to_owned(), "b".to_owned());
    let padpro = PadPro { msg_id: GivenId::Number(1), from_user, to_user, content: content() };
    for (wish, name, good) in [
        (Wish::Gewe(Gewe { app_id: "a".into(), content: content(), path: None }), "ret", 200_i32),
        (Wish::PadPro(padpro), "Code", 200),
        (Wish::Tools(Tools { wxid: "w".into(), content: content() }), "Code", 0),
    ] {
        let order = gateway.order(wish, &[]).expect("good input");
        let ask = Ask { section: 1, ..Ask::default() };
        match gateway.read(&order, &ask, response) {
            Ok(given) => {
                let value = value.expect("what is read is JSON for everyone");
                let code = value[name].as_i64().or_else(|| value[name].as_str()?.trim().parse().ok());
                assert!(code == Some(i64::from(good)) || value[name].as_f64() == Some(f64::from(good)), "{value}");
                assert!(given.is_some());
            }
            Err(error) => {
                assert!(error.place().is_some() && error.to_string().chars().count() < 250, "{error}");
                assert!(!error.to_string().contains("token"), "{error}");
            }
        }
    }
}

/// Nothing is a success but JSON that says Ret 0.
fn check_ret_0(response: &Response, value: Option<&Value>) {
    // A byte order mark is passed over.
    let json = response.body.trim().trim_start_matches('\u{feff}');
    assert!(serde_json::from_str::<IgnoredAny>(json).is_ok(), "taken, and no JSON");
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
    Session::new(&init, &[]).expect("a good session")
}

/// Two chunks at once, and each request tried twice.
fn client() -> Rc<Client> {
    let concurrency = Concurrency::new(2).expect("a good number");
    let mut options = ClientOptions { concurrency, ..ClientOptions::default() };
    options.terms.retry.limit = 1;
    Rc::new(Client { session: session(), options })
}

fn you() -> Receiver {
    Receiver::new("@you").expect("a good name")
}

fn opened(size: u64) -> Opened {
    let file = FileInfo {
        name: "a.png".to_owned(),
        mime: "image/png".to_owned(),
        kind: MediaKind::Picture,
        converted: None,
        warnings: vec![],
        last_modified: "Tue Nov 21 2023 17:53:00 GMT+0800".to_owned(),
        size,
        md5: Md5Hex::new("daf2d55da001844735acd560b28d8a1a").expect("32 hex digits"),
    };
    Opened { file, resume: None, md5_ms: 1 }
}

/// What a message makes of this answer.
fn sent(response: &Response) -> Result<Receipt> {
    let (mut ids, mut messages) = (Ids::default(), Messages::default());
    let mut cx = context(&mut ids, &mut messages, 0);
    let mut forward = Forward::new(&mut cx, &client(), "<msg><img/></msg>", &you()).expect("good input");
    play(&mut forward, response, drop)
}

fn context<'a>(ids: &'a mut Ids, messages: &'a mut Messages, elapsed_ms: u64) -> Context<'a> {
    Context { now: Now { date_ms: BEGIN_MS + elapsed_ms, elapsed_ms }, random: 0.5, ids, messages }
}

/// To the end of a job, whose every request has the same answer.
fn play<J: Job>(job: &mut J, response: &Response, mut tell: impl FnMut(Event)) -> Result<J::Output> {
    let (mut ids, mut messages, mut elapsed_ms) = (Ids::default(), Messages::default(), 0);
    let mut under_way = Vec::new();
    for _ in 0..2000 {
        let mut cx = context(&mut ids, &mut messages, elapsed_ms);
        match job.poll(&mut cx) {
            Step::Do(Action::Request(sent)) => under_way.push(sent.id),
            Step::Do(Action::Event(event)) => tell(event),
            Step::Do(Action::Wait(until_ms)) => match under_way.pop() {
                Some(id) => drop(job.handle(&mut cx, Input::Answer { id, response: response.clone() })),
                None => elapsed_ms = until_ms.expect("something to wait for"),
            },
            Step::Do(_) => {}
            Step::Done(outcome) => return outcome,
        }
    }
    panic!("the same answer again and again, and no end");
}
