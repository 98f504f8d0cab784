//! The page that a logged-in browser has open: the session in cookies and in an `angular` injector.

use http::{HeaderValue, header};
use serde_json::json;

use crate::answer::typed;
use crate::exchange::Response;
use crate::session::Session;
use crate::state::State;

const PAGE: &str = include_str!("page/page.html");
const MODEL: &str = include_str!("page/page.js");
const CHAT: &str = include_str!("page/chat.js");

/// A GIF of one point that cannot be seen.
const NOTHING: &[u8] =
    b"GIF89a\x01\0\x01\0\x80\0\0\0\0\0\xff\xff\xff!\xf9\x04\x01\0\0\0\0,\0\0\0\0\x01\0\x01\0\0\x02\x01D\0;";

/// The page itself, under that Content-Security-Policy.
pub(crate) fn answer(session: &Session, policy: Option<&HeaderValue>, host: &str) -> Response {
    let mut response = typed("text/html; charset=utf-8", PAGE);
    if let Some(policy) = policy {
        response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy.clone());
    }
    set_cookies(session, host, &mut response);
    response
}

/// The page's scripts: what it shows of a chat; and its model, with the session, the contacts and their messages in it,
/// and the first contact's chat open. Some values carry stray blanks, as real pages have shown. They are no inline
/// scripts, so that they run under strict policies.
pub(crate) fn script(name: &str, state: &State) -> Option<Response> {
    let text = match name {
        "/chat.js" => CHAT.to_owned(),
        "/page.js" => model(state),
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
