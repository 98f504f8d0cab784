//! The session of a page where somebody is logged in: from its services first, from its cookies else.

use super::SessionInit;
use crate::error::{Error, ErrorKind, Place, Result};
use crate::prelude::*;

/// What a page knows of its session, gathered by the shell without judging it.
#[derive(Clone, Default)]
pub struct PageFacts {
    /// `accountFactory.getUin()` and its sisters, as far as they answered.
    pub account: SessionInit,
    /// `document.cookie`.
    pub cookies: String,
    /// `location.origin`.
    pub origin: String,
    /// `location.search`, where the page tells it.
    pub search: Option<String>,
}

/// The session of a logged-in page; names everything that is missing.
pub fn from_page(facts: PageFacts) -> Result<SessionInit> {
    let PageFacts { account, cookies, origin, search } = facts;
    let clean = |value: Option<String>| {
        value.map(|v| v.trim().to_owned()).filter(|v| !v.is_empty() && v != "undefined" && v != "null")
    };
    let cookie = |name: &str| clean(cookie_value(&cookies, name).map(str::to_owned));
    let session = SessionInit {
        uin: clean(account.uin).filter(|uin| uin != "0").or_else(|| cookie("wxuin")),
        sid: clean(account.sid).or_else(|| cookie("wxsid")),
        skey: clean(account.skey),
        user_name: clean(account.user_name),
        data_ticket: cookie("webwx_data_ticket"),
        pass_ticket: clean(account.pass_ticket),
        origin: Some(origin),
        // None in the address is none in the page's requests.
        lang: search.as_deref().map(|search| language(search).unwrap_or_default()),
        ..SessionInit::default()
    };
    let missing: Vec<&str> = [
        ("Uin", session.uin.is_none()),
        ("Sid", session.sid.is_none()),
        ("Skey", session.skey.is_none()),
        ("UserName", session.user_name.is_none()),
        ("cookie webwx_data_ticket", session.data_ticket.is_none()),
    ]
    .into_iter()
    .filter_map(|(name, is_missing)| is_missing.then_some(name))
    .collect();
    if missing.is_empty() {
        return Ok(session);
    }
    Err(Error::new(
        ErrorKind::SessionLost,
        Place::at("sessionFromPage"),
        format!("missing {}; log in to WeChat Web, and call this in the page's main world", missing.join(", ")),
    ))
}

/// The value of `lang` in a query, as the page takes it: undecoded.
fn language(search: &str) -> Option<String> {
    let mut pairs = search.strip_prefix('?')?.split('&');
    pairs.find_map(|pair| pair.strip_prefix("lang=")).filter(|lang| !lang.is_empty()).map(str::to_owned)
}

/// A cookie by its whole name (`last_wxuin` is not `wxuin`).
fn cookie_value<'a>(cookies: &'a str, name: &str) -> Option<&'a str> {
    cookies.split(';').find_map(|pair| {
        let (key, value) = pair.split_once('=')?;
        (key.trim() == name).then(|| value.trim())
    })
}
