//! The session: whose picture it is, and where it goes (docs/protocol.md, "Session").

mod page;
mod receiver;
mod ticket;

use core::fmt;

use serde::Serialize;

use crate::error::{Error, Result};
use crate::http::{Method, Request, query_value};
use crate::ids;
use crate::json::{FromJson, Read, Value};
use crate::origin::{Dialect, Origin};
use crate::prelude::*;

pub use page::{PageFacts, from_page};
pub use receiver::Receiver;
use ticket::PassTicket;

/// A session as the caller gives it: plain, unchecked, blanks and all.
#[derive(Clone, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SessionInit {
    /// Digits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uin: Option<String>,
    /// Sid, or cookie `wxsid`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sid: Option<String>,
    /// `@crypt_…`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub skey: Option<String>,
    /// One's own `@…` name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_name: Option<String>,
    /// Cookie `webwx_data_ticket`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data_ticket: Option<String>,
    /// As the page has it or decoded: both are understood.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pass_ticket: Option<String>,
    /// `e` and 15 digits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub device_id: Option<String>,
    /// The page's origin.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub origin: Option<String>,
    /// The origin that takes uploads.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file_origin: Option<String>,
    /// Language of the page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lang: Option<String>,
    /// The name of a [`Dialect`], where the page is not at its own host.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dialect: Option<String>,
}

impl FromJson for SessionInit {
    const KEYS: &'static [&'static [&'static str]] = &[&[
        "uin",
        "sid",
        "skey",
        "userName",
        "dataTicket",
        "passTicket",
        "deviceId",
        "origin",
        "fileOrigin",
        "lang",
        "dialect",
    ]];

    fn of(value: Value<'_>) -> Read<Self> {
        Ok(Self {
            uin: value.digits("uin")?,
            sid: value.text("sid")?,
            skey: value.text("skey")?,
            user_name: value.text("userName")?,
            data_ticket: value.text("dataTicket")?,
            pass_ticket: value.text("passTicket")?,
            device_id: value.text("deviceId")?,
            origin: value.text("origin")?,
            file_origin: value.text("fileOrigin")?,
            lang: value.text("lang")?,
            dialect: value.text("dialect")?,
        })
    }
}

/// A checked session. `Debug` shows no value that could be used.
#[derive(Clone, PartialEq, Eq)]
pub struct Session {
    uin: u64,
    sid: String,
    skey: String,
    user_name: String,
    data_ticket: String,
    pass_ticket: PassTicket,
    device_id: Option<String>,
    origin: Origin,
    file_origin: Origin,
    lang: Option<String>,
    dialect: Dialect,
}

/// `BaseRequest`, its keys in the wire's order.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct BaseRequest<'a> {
    uin: u64,
    sid: &'a str,
    skey: &'a str,
    #[serde(rename = "DeviceID")]
    device_id: &'a str,
}

impl Session {
    /// Checks and trims. `allowed` are origins beside WeChat's that the caller trusts with the session.
    pub fn new(init: &SessionInit, allowed: &[Origin]) -> Result<Self> {
        let uin = required(init.uin.as_deref(), "uin")?
            .parse::<u64>()
            .ok()
            .filter(|&uin| uin > 0)
            .ok_or_else(|| Error::invalid_input("session.uin: expected a positive integer"))?;
        let user_name = required(init.user_name.as_deref(), "userName")?;
        if !user_name.starts_with('@') {
            return Err(Error::invalid_input("session.userName: expected the user's own \"@…\" name"));
        }
        let device_id = match given(init.device_id.as_deref()) {
            Some(id) if ids::is_device_id(id) => Some(id.to_owned()),
            Some(_) => {
                return Err(Error::invalid_input("session.deviceId: expected \"e\" and 15 digits"));
            }
            None => None,
        };
        let origin = Origin::parse(given(init.origin.as_deref()).unwrap_or("https://wx.qq.com"), "session.origin")?;
        origin.check_trusted(allowed, "session.origin")?;
        let file_origin = match given(init.file_origin.as_deref()) {
            Some(text) => Origin::parse(text, "session.fileOrigin")?,
            None => origin.file_origin(),
        };
        file_origin.check_trusted(allowed, "session.fileOrigin")?;
        let dialect = match given(init.dialect.as_deref()) {
            Some(name) => Dialect::named(name)
                .ok_or_else(|| Error::invalid_input("session.dialect: expected \"web\" or \"filehelper\""))?,
            None => origin.dialect(),
        };
        let lang = init.lang.as_deref().map_or(dialect.lang(), str::trim);
        Ok(Self {
            uin,
            sid: cookie(init.sid.as_deref(), "sid")?.to_owned(),
            skey: required(init.skey.as_deref(), "skey")?.to_owned(),
            user_name: user_name.to_owned(),
            data_ticket: cookie(init.data_ticket.as_deref(), "dataTicket")?.to_owned(),
            pass_ticket: PassTicket::new(given(init.pass_ticket.as_deref())),
            device_id,
            origin,
            file_origin,
            lang: given(Some(lang)).map(Into::into),
            dialect,
        })
    }

    /// How the page speaks the services.
    pub fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// Whom a message goes to: the one that is named, or the only one that the page has.
    pub fn receiver(&self, to: Option<&str>) -> Result<Receiver> {
        let to = to.or(self.dialect.receiver()).ok_or_else(|| Error::invalid_input("to is missing"))?;
        let receiver = Receiver::new(to)?;
        self.check_receiver(&receiver)?;
        Ok(receiver)
    }

    /// Refuses a receiver whom the page does not have.
    pub(crate) fn check_receiver(&self, to: &Receiver) -> Result<()> {
        match self.dialect.receiver() {
            Some(only) if to.as_str() != only => Err(Error::invalid_input(format!(
                "`to`: expected \"{only}\" or nothing; this page sends to the File Transfer Helper alone"
            ))),
            _ => Ok(()),
        }
    }

    /// Where the page is: send, get image and check-upload go there.
    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    /// Where uploads go.
    pub fn file_origin(&self) -> &Origin {
        &self.file_origin
    }

    /// One's own `@…` name.
    pub fn user_name(&self) -> &str {
        &self.user_name
    }

    /// The caller's DeviceID, `e` and 15 digits. Without one, each message and each file has its own.
    pub fn device_id(&self) -> Option<&str> {
        self.device_id.as_deref()
    }

    pub(crate) fn uin(&self) -> u64 {
        self.uin
    }

    pub(crate) fn skey(&self) -> &str {
        &self.skey
    }

    pub(crate) fn data_ticket(&self) -> &str {
        &self.data_ticket
    }

    /// The ticket as the upload's form has it.
    pub(crate) fn pass_ticket_field(&self) -> String {
        self.pass_ticket.form_field(self.dialect.decodes_ticket())
    }

    /// The URL of a service on the page's host: its own query, then what the page's HTTP layer adds to each POST, `lang` and
    /// `pass_ticket`, each where there is one.
    pub(crate) fn page_url(&self, service: &str) -> String {
        let lang = self.lang.as_deref().map(|lang| ("lang", query_value(lang)));
        let ticket = self.pass_ticket.query_value().map(|ticket| ("pass_ticket", ticket));
        let mut url = format!("{}/cgi-bin/mmwebwx-bin/{service}", self.origin);
        for (name, value) in [lang, ticket].into_iter().flatten() {
            let mark = if url.contains('?') { '&' } else { '?' };
            url = format!("{url}{mark}{name}={value}");
        }
        url
    }

    pub(crate) fn base_request<'a>(&'a self, device_id: &'a str) -> BaseRequest<'a> {
        BaseRequest { uin: self.uin, sid: &self.sid, skey: &self.skey, device_id }
    }

    /// A request that carries this session: its cookies go along, and what its page calls itself.
    pub(crate) fn own(&self, mut request: Request) -> Request {
        if let Some(app_id) = self.dialect.app_id() {
            match request.method {
                Method::Get => request.url = format!("{}&mmweb_appid={app_id}", request.url),
                Method::Post => request.headers.push(("mmweb_appid".into(), app_id.to_owned())),
            }
        }
        request.with_cookies(self.cookies())
    }

    /// The cookies that a browser would send along.
    fn cookies(&self) -> String {
        format!("wxuin={}; wxsid={}; webwx_data_ticket={}", self.uin, self.sid, self.data_ticket)
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Session({}, {}, secrets not shown)", self.origin, self.file_origin)
    }
}

impl fmt::Debug for SessionInit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionInit(secrets not shown)")
    }
}

/// A value that is more than blanks.
fn given(value: Option<&str>) -> Option<&str> {
    value.map(str::trim).filter(|value| !value.is_empty())
}

fn required<'a>(value: Option<&'a str>, field: &str) -> Result<&'a str> {
    let value = given(value)
        .ok_or_else(|| Error::invalid_input(format!("session.{field} is missing; read it with sessionFromPage()")))?;
    if value.chars().any(char::is_control) {
        return Err(odd_character(field));
    }
    Ok(value)
}

/// A value that goes into the Cookie header too.
fn cookie<'a>(value: Option<&'a str>, field: &str) -> Result<&'a str> {
    let value = required(value, field)?;
    if value.bytes().all(|b| b.is_ascii_graphic() && b != b';') { Ok(value) } else { Err(odd_character(field)) }
}

fn odd_character(field: &str) -> Error {
    Error::invalid_input(format!("session.{field} contains an invalid character"))
}
