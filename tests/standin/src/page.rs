//! The page that a logged-in browser has open: the session in cookies and in an `angular` injector.

use std::iter;

use http::{HeaderValue, header};
use serde_json::{Map, json};

use crate::answer::typed;
use crate::exchange::Response;
use crate::session::Session;
use crate::state::State;

const PAGE: &str = include_str!("page.html");
const SCRIPT: &str = include_str!("page.js");

/// The contacts' names, in the order of the contacts: emoji are HTML in the page's model, and one's own name for a
/// contact comes before theirs.
const NAMES: [(&str, &str); 3] =
    [("Ann <span class=\"emoji emoji1f33b\"></span>", ""), ("Hiking &amp; more", "Hikers"), ("File Transfer", "")];

/// The page itself, under that Content-Security-Policy.
pub(crate) fn answer(session: &Session, policy: Option<&HeaderValue>, host: &str) -> Response {
    let mut response = typed("text/html; charset=utf-8", PAGE);
    if let Some(policy) = policy {
        response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy.clone());
    }
    set_cookies(session, host, &mut response);
    response
}

/// The page's script, with the session, the contacts and their messages in it, and the first contact's chat open. Some
/// values carry stray blanks, as real pages have shown. It is no inline script, so that it runs under strict policies.
pub(crate) fn script(state: &State) -> Response {
    let session = &state.session;
    let contact = |(user_name, (nick, remark)): (&String, (&str, &str))| {
        let contact = json!({ "UserName": user_name, "NickName": nick, "RemarkName": remark });
        (user_name.clone(), contact)
    };
    let contacts: Map<_, _> = iter::zip(&state.contacts, NAMES).map(contact).collect();
    let account = json!({
        "uin": session.uin,
        "sid": format!("{} ", session.sid),
        "skey": session.skey,
        "userName": format!("{} ", session.user_name),
        "passTicket": session.pass_ticket,
        "open": state.contacts[0],
        "contacts": contacts,
        "messages": state.messages.all(),
    });
    typed("text/javascript; charset=utf-8", SCRIPT.replace("\"ACCOUNT\"", &account.to_string()))
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
