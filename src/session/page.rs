//! The session of a page where somebody is logged in: from its services first, then from what its requests said, from its cookies else.

use super::SessionInit;
use crate::error::{Error, ErrorKind, Place, Result};
use crate::http::decoded;
use crate::json::{FromJson, Read, Value};
use crate::origin::{Dialect, Origin};
use crate::prelude::*;

/// What a page knows of its session, gathered by the shell without judging it.
#[derive(Clone, Default)]
pub struct PageFacts {
    /// `accountFactory.getUin()` and its sisters, as far as they answered.
    pub account: SessionInit,
    /// What was seen of the page's requests: its `BaseRequest`, Skey, `pass_ticket` and UserName, and the `origin` that they went to.
    pub wire: SessionInit,
    /// Whether the page's requests are looked at.
    pub is_watched: bool,
    /// Addresses of its services that the page has asked for, the surest first: requests of the past from the newest on, then pictures.
    pub urls: Vec<String>,
    /// `document.cookie`.
    pub cookies: String,
    /// `location.origin`.
    pub origin: String,
    /// `location.search`, where the page tells it.
    pub search: Option<String>,
}

impl FromJson for PageFacts {
    const KEYS: &'static [&'static [&'static str]] =
        &[SessionInit::KEYS[0], &["account", "wire", "isWatched", "urls", "cookies", "origin", "search"]];

    fn of(value: Value<'_>) -> Read<Self> {
        let part = |name| value.member(name)?.map_or(Ok(SessionInit::default()), SessionInit::of);
        Ok(Self {
            account: part("account")?,
            wire: part("wire")?,
            is_watched: value.flag("isWatched")?,
            urls: value.member("urls")?.map_or(Ok(Vec::new()), Value::list)?,
            cookies: value.text("cookies")?.unwrap_or_default(),
            origin: value.text("origin")?.unwrap_or_default(),
            search: value.text("search")?,
        })
    }
}

/// The session of a logged-in page; names everything that is missing.
pub fn from_page(facts: PageFacts) -> Result<SessionInit> {
    let (dialect, services) = facts.services();
    let has_requests = facts.has_requests();
    let PageFacts { account, wire, is_watched, urls, cookies, origin, search } = facts;
    let clean = |value: Option<String>| {
        value.map(|v| v.trim().to_owned()).filter(|v| !v.is_empty() && v != "undefined" && v != "null" && v != "0")
    };
    let cookie = |name: &str| clean(cookie_value(&cookies, name).map(str::to_owned));
    let past = |name: &str| urls.iter().find_map(|url| clean(decoded(of_service(url, &origin)?.1.value(name)?)));
    let first = |own, seen, name| clean(own).or_else(|| clean(seen)).or_else(|| past(name));
    let session = SessionInit {
        uin: first(account.uin, wire.uin, "uin").or_else(|| cookie("wxuin")),
        sid: first(account.sid, wire.sid, "sid").or_else(|| cookie("wxsid")),
        skey: first(account.skey, wire.skey, "skey"),
        user_name: clean(account.user_name).or_else(|| clean(wire.user_name)),
        data_ticket: cookie("webwx_data_ticket").or_else(|| past("webwx_data_ticket")),
        pass_ticket: first(account.pass_ticket, wire.pass_ticket, "pass_ticket"),
        origin: Some(services),
        // None in the address is none in the page's requests.
        lang: search.as_deref().map(|search| language(search).unwrap_or_default()),
        dialect: Some(dialect).filter(|dialect| *dialect != Dialect::Web).map(|dialect| dialect.name().to_owned()),
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
    let remedy = match dialect {
        Dialect::Web => "log in to WeChat Web, and call this in the page's main world",
        Dialect::FileHelper if !is_watched => {
            "call watchPage() before the page's scripts run, and reload the page once"
        }
        Dialect::FileHelper if has_requests => "reload the page once: they were sent before watchPage() was called",
        Dialect::FileHelper => "log in to the File Transfer Helper",
    };
    let place = Place::at("sessionFromPage");
    Err(Error::new(ErrorKind::SessionLost, place, format!("missing {}; {remedy}", missing.join(", "))))
}

impl PageFacts {
    /// Whether anything is known of the page's requests.
    fn has_requests(&self) -> bool {
        self.wire.skey.is_some() || self.urls.iter().any(|url| of_service(url, &self.origin).is_some())
    }

    /// How the page speaks, and where its services are. The File Transfer Helper may ask another of its hosts than it stands on. A page at
    /// a host of its own is WeChat Web if it has that page's services.
    fn services(&self) -> (Dialect, String) {
        let own = || self.origin.clone();
        match Origin::parse(&self.origin, "") {
            Ok(origin) if origin.dialect() == Dialect::FileHelper => {
                let asked = self.urls.iter().filter_map(|url| Some(of_service(url, &self.origin)?.0));
                let mut asked = self.wire.origin.as_deref().into_iter().chain(asked);
                let is_helper =
                    |asked: &&str| Origin::parse(asked, "").is_ok_and(|it| it.dialect() == Dialect::FileHelper);
                (Dialect::FileHelper, asked.find(is_helper).map_or_else(own, str::to_owned))
            }
            Ok(origin) if !origin.is_wechat() && self.account.skey.is_none() && self.has_requests() => {
                (Dialect::FileHelper, own())
            }
            _ => (Dialect::Web, own()),
        }
    }
}

/// The query of a URL.
struct Query<'a>(&'a str);

impl<'a> Query<'a> {
    /// The value of a name, undecoded. The official pages write `?&` and `??&` before the first.
    fn value(&self, name: &str) -> Option<&'a str> {
        let mut pairs = self.0.split(['?', '&']).filter_map(|pair| pair.split_once('='));
        pairs.find_map(|(key, value)| (key == name).then_some(value))
    }
}

/// Origin and query of a URL that is one of the services': of the page's own host, or of another of WeChat's. Others could say anything.
fn of_service<'a>(url: &'a str, page: &str) -> Option<(&'a str, Query<'a>)> {
    let (origin, rest) = url.split_once("/cgi-bin/mmwebwx-bin/")?;
    let (_, query) = rest.split_once('?')?;
    let is_ours = origin == page || Origin::parse(origin, "").is_ok_and(|origin| origin.is_wechat());
    is_ours.then_some((origin, Query(query)))
}

/// The value of `lang` in a query, as the page takes it: undecoded.
fn language(search: &str) -> Option<String> {
    Query(search.strip_prefix('?')?).value("lang").filter(|lang| !lang.is_empty()).map(str::to_owned)
}

/// A cookie by its whole name (`last_wxuin` is not `wxuin`).
fn cookie_value<'a>(cookies: &'a str, name: &str) -> Option<&'a str> {
    cookies.split(';').find_map(|pair| {
        let (key, value) = pair.split_once('=')?;
        (key.trim() == name).then(|| value.trim())
    })
}
