//! The page that a logged-in browser has open: the session in cookies and in an `angular` injector.

use http::{HeaderValue, header};
use serde_json::json;

use crate::answer::typed;
use crate::exchange::Response;
use crate::session::Session;

const PAGE: &str = include_str!("page.html");

/// The page, with the session in it. Some values carry stray blanks, as real pages have shown.
pub(crate) fn answer(session: &Session, peer: &str, host: &str) -> Response {
    let account = json!({
        "uin": session.uin,
        "sid": format!("{} ", session.sid),
        "skey": session.skey,
        "userName": format!("{} ", session.user_name),
        "passTicket": session.pass_ticket,
        "peer": peer,
    });
    let mut response = typed("text/html; charset=utf-8", PAGE.replace("\"ACCOUNT\"", &account.to_string()));
    set_cookies(session, host, &mut response);
    response
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
