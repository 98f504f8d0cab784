//! The one session this world knows, and the checks that a request belongs to it.

use serde::Serialize;

use crate::dialect::Dialect;
use crate::exchange::Call;
use crate::json::Object;
use crate::refusal::{Refusal, require};
use crate::rules::{self, Rule};

/// A logged-in WeChat Web session. Serialises to the `Session` of the published package.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Session {
    /// The account's number; it does not fit 32 bits with a sign.
    pub uin: u64,
    /// Cookie `wxsid`.
    pub sid: String,
    /// `@crypt_<8 hex>_<32 hex>`.
    pub skey: String,
    /// The account's own `@…` name in this session.
    pub user_name: String,
    /// Cookie `webwx_data_ticket`.
    pub data_ticket: String,
    /// In its decoded form.
    pub pass_ticket: String,
    /// Where the page is.
    pub origin: String,
    /// Where uploads go.
    pub file_origin: String,
    /// How the page speaks that the request at hand is of.
    #[serde(skip)]
    pub(crate) dialect: Dialect,
}

impl Session {
    /// Invented values in the form of real ones.
    pub(crate) fn invented(origin: &str, file_origin: &str) -> Self {
        Self {
            uin: 2_618_340_597,
            sid: "k7Zq+VdWn/0LbX3e".into(),
            skey: "@crypt_5d1e80c4_0f7c2b9ae61d4583b7904ce2f85a316d".into(),
            user_name: "@7c41d09be2385fa6170ce9b4d85f2361a0e7bd94c63f18527ad0be96f341c852".into(),
            data_ticket: "gSfVwz8/qT3mYx+LpD0aRk7H".into(),
            pass_ticket: "nV4Bt0q+R7dWj/3mXzLk9YbEo8C1hUfTaGs5PvIQr2NxKwD6uA==".into(),
            origin: origin.into(),
            file_origin: file_origin.into(),
            dialect: Dialect::Web,
        }
    }

    /// The ticket as the login gives it to a page or a client.
    pub(crate) fn encoded_pass_ticket(&self) -> String {
        form_urlencoded::byte_serialize(self.pass_ticket.as_bytes()).collect()
    }

    /// The three cookies that every request to the page host and the file host carries.
    pub(crate) fn check_cookies(&self, call: &Call<'_>) -> Result<(), Refusal> {
        let uin = self.uin.to_string();
        let expected = [("wxuin", uin.as_str()), ("wxsid", &self.sid), ("webwx_data_ticket", &self.data_ticket)];
        for (name, value) in expected {
            match call.cookie(name) {
                Some(found) if found == value => {}
                Some(_) => {
                    return Err(Refusal::new(Refusal::COOKIE, format!("cookie {name}: not the session's")));
                }
                None => return Err(Refusal::new(Refusal::COOKIE, format!("cookie {name}: missing"))),
            }
        }
        Ok(())
    }

    pub(crate) fn check_base_request(&self, request: &Object<'_>) -> Result<(), Refusal> {
        let base = request.object("BaseRequest")?;
        base.has_keys(&["Uin", "Sid", "Skey", "DeviceID"], &[])?;
        base.check("DeviceID", &rules::DEVICE_ID, self)?;
        base.check("Uin", &rules::UIN, self)?;
        let mine = [
            ("Uin", base.text("Uin")?.trim_matches('"') == self.uin.to_string()),
            ("Sid", base.string("Sid")? == self.sid),
            ("Skey", base.string("Skey")? == self.skey),
        ];
        for (key, same) in mine {
            if !same {
                return Err(Refusal::new(Refusal::LOGGED_OUT, format!("{}: not the session's", base.at(key))));
            }
        }
        Ok(())
    }

    /// `FromUserName` is this account.
    pub(crate) fn check_sender(&self, request: &Object<'_>) -> Result<(), Refusal> {
        let from = request.string("FromUserName")?;
        require(from == self.user_name, || format!("{}: not the session's", request.at("FromUserName")))
    }

    /// The ticket in a form, or in an address.
    pub(crate) fn check_pass_ticket(&self, rule: &Rule, found: Option<&str>) -> Result<(), Refusal> {
        let why = "pass_ticket: neither the session's nor undefined";
        rule.check("pass_ticket", found, self).map_err(|_| Refusal::new(Refusal::TICKET, why))
    }

    /// The ticket from the cookie, which an upload repeats.
    pub(crate) fn check_data_ticket(&self, found: Option<&str>) -> Result<(), Refusal> {
        if found == Some(&self.data_ticket) {
            return Ok(());
        }
        Err(Refusal::new(Refusal::TICKET, "webwx_data_ticket: not the session's"))
    }
}
