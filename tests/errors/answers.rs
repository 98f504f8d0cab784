//! What the services answer, and what is said of it.

use webwx_image::download;
use webwx_image::error::{Error, ErrorKind, Place};
use webwx_image::http::Failure;

use crate::hand::answer;
use crate::{HERE, assert_final, assert_transient, gateway, sent, uploaded};

/// It was seen for hours where getting images still worked.
const UPLOAD_1101: &str = "Ret 1101 (logged in elsewhere, or uploads are refused for a while: if download() still works, wait; if \
                           not, log in again)";

#[test]
fn rets() {
    for (ret, kind, sentence) in [
        (1, ErrorKind::Rejected, "Ret 1 (invalid parameter, or body too large)"),
        (-1, ErrorKind::Rejected, "Ret -1 (system error)"),
        (-2, ErrorKind::Rejected, "Ret -2 (logic error)"),
        (-14, ErrorKind::SessionLost, "Ret -14 (invalid ticket; log in again)"),
        (1100, ErrorKind::SessionLost, "Ret 1100 (logged out; log in again)"),
        (1101, ErrorKind::SessionLost, "Ret 1101 (logged in elsewhere; log in again)"),
        (1102, ErrorKind::SessionLost, "Ret 1102 (invalid cookies; log in again)"),
        (1105, ErrorKind::RateLimited, "Ret 1105 (too many requests; wait a minute or more)"),
        (1205, ErrorKind::RateLimited, "Ret 1205 (too many requests; wait a minute or more)"),
        (1200, ErrorKind::Rejected, "Ret 1200 (the service could not parse the request)"),
        (1203, ErrorKind::AccountBarred, "Ret 1203 (the account is barred from WeChat Web)"),
        (1204, ErrorKind::TargetRefused, "Ret 1204 (sending to this receiver is not allowed)"),
        (2, ErrorKind::Rejected, "Ret 2 (refused)"),
        (i64::MIN, ErrorKind::Rejected, "Ret -9223372036854775808 (refused)"),
    ] {
        let refusal =
            format!(r#"{{"BaseResponse":{{"Ret":{ret},"ErrMsg":""}},"MediaId":"@crypt_foreign","MsgID":"1"}}"#);
        let place = Place { chunk: Some((2, 7)), ..Place::at("webwxuploadmedia") };
        for (error, at) in [
            (uploaded(100, &[Ok(answer(200, &refusal))]).expect_err("a Ret"), HERE),
            (sent(200, &refusal).expect_err("a Ret"), Place::at("webwxsendmsgimg")),
            (Error::from_ret(place, ret), place),
        ] {
            let is_upload_1101 = ret == 1101 && at.step == "webwxuploadmedia";
            let sentence = if is_upload_1101 { UPLOAD_1101 } else { sentence };
            assert_eq!((error.kind(), error.to_string()), (kind, format!("{at}: {sentence}")));
            assert_eq!((error.ret(), error.status(), error.place()), (Some(ret), None, Some(at)));
            assert_eq!(error.retryable(), ret == -1);
        }
    }
}

#[test]
fn places() {
    assert_eq!(HERE.to_string(), "webwxuploadmedia");
    assert_eq!(
        Place { chunk: Some((2, 7)), ..Place::at("webwxuploadmedia") }.to_string(),
        "webwxuploadmedia, chunk 3 of 7"
    );
    let taken = || Ok(answer(200, r#"{"BaseResponse":{"Ret":0}}"#));
    let refused = Ok(answer(200, r#"{"BaseResponse":{"Ret":1205}}"#));
    let error = uploaded(2700, &[taken(), taken(), refused]).expect_err("a Ret");
    assert_eq!(
        error.to_string(),
        "webwxuploadmedia, chunk 3 of 7: Ret 1205 (too many requests; wait a minute or more)"
    );
}

#[test]
fn no_answer() {
    assert_transient(
        uploaded(100, &[Err(Failure::Network)]),
        ErrorKind::Network,
        "webwxuploadmedia: no response: the connection failed, or CORS blocked it",
    );
    assert_transient(
        uploaded(100, &[Err(Failure::Timeout(60_000))]),
        ErrorKind::Timeout,
        "webwxuploadmedia: no response within 60000 ms",
    );
    assert_final(
        uploaded(100, &[Err(Failure::FileChanged)]),
        ErrorKind::FileChanged,
        "webwxuploadmedia: the file changed after it was hashed; pick it again",
    );
}

#[test]
fn http_statuses() {
    for (status, is_transient) in [
        (199, false),
        (301, false),
        (304, false),
        (400, false),
        (403, false),
        (404, false),
        (408, true),
        (413, false),
        (429, true),
        (500, true),
        (502, true),
        (504, true),
    ] {
        let good_body = r#"{"BaseResponse":{"Ret":0},"MediaId":"@crypt_x","MsgID":"1"}"#;
        for (error, step) in [
            (uploaded(100, &[Ok(answer(status, good_body))]).expect_err("a status"), "webwxuploadmedia"),
            (sent(status, good_body).expect_err("a status"), "webwxsendmsgimg"),
            (gateway().parse(&answer(status, r#"{"code":1000}"#)).expect_err("a status"), "getMsgImg"),
            (webwx_image::http::check_status(download::GET_MSG_IMG, status).expect_err("a status"), "webwxgetmsgimg"),
        ] {
            assert_eq!(error.to_string(), format!("{step}: HTTP status {status}"));
            assert_eq!((error.kind(), error.status()), (ErrorKind::HttpStatus, Some(status)));
            assert_eq!((error.retryable(), error.ret()), (is_transient, None), "{status}");
        }
    }
    for status in [200, 206, 299] {
        assert_eq!(webwx_image::http::check_status(HERE, status), Ok(()));
    }
}

#[test]
fn answers_that_are_not_the_endpoints() {
    let late_title = format!("<html>{}<title>Late</title>", "a ".repeat(2048));
    let too_long = format!(r#"{{"BaseResponse":{{"Ret":0}},"MsgID":"1"}}{}"#, " ".repeat(1_048_576));
    let long_title = format!("<html><head><TITLE lang=en>\n  {}</title>", "long ".repeat(40));
    let cut = &"long ".repeat(16)[..79];
    for (body, sentence) in [
        ("", "expected JSON, got an empty body"),
        (" \r\n ", "expected JSON, got an empty body"),
        (
            "<html><head><title>502 Bad\r\n Gateway</title></head><body>x</body></html>",
            "expected JSON, got an HTML page (502 Bad Gateway)",
        ),
        ("\n<!DOCTYPE html><body><h1>Gone</h1> for good</body>", "expected JSON, got an HTML page (Gone for good)"),
        ("<html><title></title><p>Sorry", "expected JSON, got an HTML page (Sorry)"),
        ("<html>", "expected JSON, got an HTML page ()"),
        (late_title.as_str(), &format!("expected JSON, got an HTML page ({})", "a ".repeat(40))),
        (too_long.as_str(), "expected at most 1048576 bytes, got more"),
        (long_title.as_str(), &format!("expected JSON, got an HTML page ({cut} )")),
        (r#"{"BaseResponse":{"Ret":0,"ErrMsg":""},"Media"#, "truncated JSON"),
        (r#"{"BaseResponse":{"Ret""#, "truncated JSON"),
        ("{", "truncated JSON"),
        ("{}", "expected BaseResponse.Ret in the response"),
        (r#"{"MediaId":"@crypt_x","MsgID":"1"}"#, "expected BaseResponse.Ret in the response"),
        (r#"{"BaseResponse":{"ErrMsg":""},"MediaId":"@crypt_x"}"#, "expected BaseResponse.Ret in the response"),
        ("null", "unexpected JSON"),
        ("OK", "unexpected JSON"),
        ("0", "unexpected JSON"),
        (r#"[[0],"@crypt_x"]"#, "unexpected JSON"),
        (r#"{"BaseResponse":{"Ret":"0"}}"#, "unexpected JSON"),
        (r#"{"BaseResponse":{"Ret":0.5}}"#, "unexpected JSON"),
        (r#"{"BaseResponse":null,"MediaId":"@crypt_x"}"#, "expected BaseResponse.Ret in the response"),
        (r#"{"BaseResponse":{"Ret":0},"MediaId":7}"#, "unexpected JSON"),
        (r#"{"BaseResponse":{"Ret":0}} and more"#, "unexpected JSON"),
    ] {
        let sentence_at = |step: &str| format!("{step}: {sentence}");
        let kind = ErrorKind::MalformedResponse;
        assert_transient(uploaded(100, &[Ok(answer(200, body))]), kind, &sentence_at("webwxuploadmedia"));
        assert_transient(sent(200, body), kind, &sentence_at("webwxsendmsgimg"));
    }
}

#[test]
fn a_ret_counts_whatever_stands_beside_it() {
    for rest in
        [r#""MediaId":7"#, r#""MsgID":1.5e20"#, r#""CDNThumbImgHeight":-1"#, r#""LocalID":{}"#, r#""AESKey":[]"#]
    {
        let body = format!(r#"{{"BaseResponse":{{"Ret":1205}},{rest}}}"#);
        let error = uploaded(100, &[Ok(answer(200, &body))]).expect_err("a Ret");
        assert_eq!((error.kind(), error.retryable()), (ErrorKind::RateLimited, false), "{rest}");
        let error = sent(200, &body).expect_err("a Ret");
        assert_eq!((error.kind(), error.retryable()), (ErrorKind::RateLimited, false), "{rest}");
    }
}

#[test]
fn an_answer_that_says_two_things_says_nothing() {
    for body in [
        r#"{"BaseResponse":{"Ret":0},"BaseResponse":{"Ret":0},"MediaId":"@crypt_x","MsgID":"1"}"#,
        r#"{"BaseResponse":{"Ret":1205,"Ret":0},"MediaId":"@crypt_x","MsgID":"1"}"#,
        r#"{"BaseResponse":{"Ret":0},"MediaId":"@crypt_x","MediaId":"@crypt_y","MsgID":"1","MsgID":"2"}"#,
        r#"{"BaseResponse":{"Ret":0},"MediaId":null,"MediaId":"@crypt_y","MsgID":"1","\u004dsgID":"1"}"#,
    ] {
        let sentence = |step| format!("{step}: unexpected JSON");
        let kind = ErrorKind::MalformedResponse;
        assert_transient(uploaded(100, &[Ok(answer(200, body))]), kind, &sentence("webwxuploadmedia"));
        assert_transient(sent(200, body), kind, &sentence("webwxsendmsgimg"));
    }
}

#[test]
fn a_ret_counts_in_an_answer_that_is_cut_off_behind_it() {
    let whole = r#"{ "BaseResponse": {"Ret": 1205, "ErrMsg": ""}, "MediaId": "" }"#;
    for end in 1..whole.len() {
        let error = uploaded(100, &[Ok(answer(200, &whole[..end]))]).expect_err("half an answer");
        let is_told = end > whole.find(',').expect("a comma");
        let kind = if is_told { ErrorKind::RateLimited } else { ErrorKind::MalformedResponse };
        assert_eq!((error.kind(), error.retryable()), (kind, !is_told), "{}", &whole[..end]);
    }
    let error = uploaded(100, &[Ok(answer(200, r#"{"BaseResponse":{"Ret":0,"#))]).expect_err("half an answer");
    assert_eq!(error.kind(), ErrorKind::MalformedResponse);
}

#[test]
fn a_refusal_counts_in_an_answer_that_no_reader_takes() {
    let deep = format!("{}{}", "[".repeat(200), "]".repeat(200));
    for rest in [
        r#""ErrMsg":"a line
""#
        .replace("\\n", "\n"),
        format!(r#""Deep":{deep}"#),
        "nonsense".to_owned(),
    ] {
        for body in [
            format!(r#"{{"BaseResponse":{{"Ret":1205,{rest}}}}}"#),
            format!(r#"{{"BaseResponse":{{"Ret":1205}}}} {rest}"#),
        ] {
            let error = sent(200, &body).expect_err("a Ret");
            assert_eq!((error.kind(), error.retryable()), (ErrorKind::RateLimited, false), "{body}");
        }
    }
    for body in
        [r#"{"BaseResponse":{"Ret":1.1e3},"#, r#"{"BaseResponse":{"Ret":12"#, r#"{"BaseResponse":{"Ret":1205x}}"#]
    {
        let error = sent(200, body).expect_err("no Ret");
        assert_eq!(error.kind(), ErrorKind::MalformedResponse, "{body}");
    }
}

#[test]
fn half_a_character_spoils_no_answer() {
    for half in [r"\ud83d", r"\uDE00", r"\ud83d\ud83d\ude00", r"\ud83dx", r"\\\ud83d", r"\ud83d\n", r"\ude00\ud83d"] {
        let body = format!(r#"{{"BaseResponse":{{"Ret":0,"ErrMsg":"{half}"}},"MsgID":"7","LocalID":"{half}"}}"#);
        let receipt = sent(200, &body).unwrap_or_else(|error| panic!("{half}: {error}"));
        assert_eq!(receipt.msg_id.as_str(), "7");
        let body = format!(r#"{{"BaseResponse":{{"Ret":1205,"ErrMsg":"{half}"}}}}"#);
        let error = sent(200, &body).expect_err("a Ret");
        assert_eq!(error.kind(), ErrorKind::RateLimited, "{half}");
    }
    // What stands for itself stays.
    for whole in [r"\ud83d\ude00", r"\\ud83d", r"\u00e9", "\u{1f600}"] {
        let body = format!(r#"{{"BaseResponse":{{"Ret":0}},"MsgID":"7","LocalID":"{whole}"}}"#);
        let receipt = sent(200, &body).expect(whole);
        let expected: String = serde_json::from_str(&format!("\"{whole}\"")).expect(whole);
        assert_eq!(receipt.local_id, expected);
    }
}

#[test]
fn success_needs_more_than_ret_0() {
    for body in [
        r#"{"BaseResponse":{"Ret":0}}"#,
        r#"{"BaseResponse":{"Ret":0},"MediaId":""}"#,
        r#"{"BaseResponse":{"Ret":0},"MediaId":null}"#,
    ] {
        let sentence = "webwxuploadmedia: Ret 0, but no MediaId for the complete file";
        assert_transient(uploaded(100, &[Ok(answer(200, body))]), ErrorKind::MalformedResponse, sentence);
    }
    for msg_id in [
        "",
        r#","MsgID":"""#,
        r#","MsgID":null"#,
        r#","MsgID":"12a""#,
        r#","MsgID":-5"#,
        r#","MsgID":"111111111111111111111""#,
    ] {
        let body = format!(r#"{{"BaseResponse":{{"Ret":0}}{msg_id}}}"#);
        let sentence = "webwxsendmsgimg: Ret 0, but no MsgID";
        assert_transient(sent(200, &body), ErrorKind::MalformedResponse, sentence);
    }
    for (written, msg_id) in
        [(r#""18446744073709551616""#, "18446744073709551616"), ("9223372036854775809", "9223372036854775809")]
    {
        let body = format!(r#"{{"BaseResponse":{{"Ret":0}},"MsgID":{written}}}"#);
        let receipt = sent(200, &body).expect("a receipt");
        assert_eq!((receipt.msg_id.as_str(), receipt.local_id.as_str()), (msg_id, "17000000000000500"), "all digits");
    }
    let other = r#"{"BaseResponse":{"Ret":0},"MsgID":"1","LocalID":"15114939427950364"}"#;
    assert_eq!(sent(200, other).expect("a receipt").local_id, "15114939427950364");
}
