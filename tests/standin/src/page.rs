//! The pages that a logged-in browser has open: WeChat Web, with the session in cookies and in an `angular` injector, and the File
//! Transfer Helper, with the session in cookies and in its own requests.

use http::{HeaderValue, header};
use serde_json::json;

use crate::answer::typed;
use crate::dialect::Dialect;
use crate::exchange::{Call, Response};
use crate::session::Session;
use crate::state::State;

const PAGE: &str = include_str!("page/page.html");
const MODEL: &str = include_str!("page/page.js");
const CHAT: &str = include_str!("page/chat.js");
const HELPER_PAGE: &str = include_str!("page/filehelper.html");
const HELPER_MODEL: &str = include_str!("page/filehelper.js");
const HELPER_LOOKS: &str = include_str!("page/filehelper.css");

/// A GIF of one point that cannot be seen.
const NOTHING: &[u8] =
    b"GIF89a\x01\0\x01\0\x80\0\0\0\0\0\xff\xff\xff!\xf9\x04\x01\0\0\0\0,\0\0\0\0\x01\0\x01\0\0\x02\x01D\0;";

/// The page itself, under that Content-Security-Policy.
pub(crate) fn answer(session: &Session, policy: Option<&HeaderValue>, call: &Call<'_>) -> Response {
    let page = match call.dialect {
        Dialect::Web => PAGE,
        Dialect::FileHelper => HELPER_PAGE,
    };
    let mut response = typed("text/html; charset=utf-8", page);
    if let Some(policy) = policy {
        response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy.clone());
    }
    // Who is not logged in has none.
    if call.query("logged-out").is_none() {
        set_cookies(session, &call.host, &mut response);
    }
    response
}

/// The page's scripts: what it shows of a chat; and its model, with the session, the contacts and their messages in it,
/// and the first contact's chat open. Some values carry stray blanks, as real pages have shown. They are no inline
/// scripts, so that they run under strict policies.
pub(crate) fn script(file_origin: &str, call: &Call<'_>, state: &State) -> Option<Response> {
    let text = match (call.dialect, call.path) {
        (Dialect::Web, "/chat.js") => CHAT.to_owned(),
        (Dialect::Web, "/page.js") => model(state),
        (Dialect::FileHelper, "/filehelper.js") => helper_model(file_origin, state),
        (Dialect::FileHelper, "/filehelper.css") => return Some(typed("text/css", HELPER_LOOKS)),
        _ => return None,
    };
    Some(typed("text/javascript; charset=utf-8", text))
}

/// What stands in an emoji's place.
pub(crate) fn spacer() -> Response {
    typed("image/gif", NOTHING)
}

fn model(state: &State) -> String {
    let session = &state.session;
    let account = json!({
        "uin": session.uin,
        "sid": format!("{} ", session.sid),
        "skey": session.skey,
        "userName": format!("{} ", session.user_name),
        "passTicket": session.encoded_pass_ticket(),
        "open": state.contacts[0],
        "contacts": state.people,
        "messages": state.messages.all(),
        "album": state.album.shown,
    });
    MODEL.replace("\"ACCOUNT\"", &account.to_string())
}

/// The page of the File Transfer Helper: what its login gave it. Everything else it asks for.
fn helper_model(file_origin: &str, state: &State) -> String {
    let session = &state.session;
    let account = json!({
        "uin": session.uin,
        "sid": session.sid,
        "skey": session.skey,
        "passTicket": session.encoded_pass_ticket(),
        "fileOrigin": file_origin,
    });
    HELPER_MODEL.replacen("\"ACCOUNT\"", &account.to_string(), 1)
}

/// The three cookies of the session, and one whose name only looks like one of them. On the real names they
/// belong to the whole domain, so that the file host gets them too.
pub(crate) fn set_cookies(session: &Session, host: &str, response: &mut Response) {
    let name = host.split(':').next().unwrap_or_default();
    let scope = if name.ends_with(".qq.com") {
        "; Domain=.qq.com; Secure"
    } else if name.ends_with(".wechat.com") {
        "; Domain=.wechat.com; Secure"
    } else {
        ""
    };
    let uin = session.uin.to_string();
    let cookies = [
        ("last_wxuin", "1000000007"),
        ("wxuin", &uin),
        ("wxsid", &session.sid),
        ("webwx_data_ticket", &session.data_ticket),
    ];
    for (name, value) in cookies {
        if let Ok(line) = HeaderValue::from_str(&format!("{name}={value}; Path=/{scope}")) {
            response.headers_mut().append(header::SET_COOKIE, line);
        }
    }
}
