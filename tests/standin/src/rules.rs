//! The forms that a field may have, each with the clients in the field that use it with success.
//!
//! A form that is on no list is refused: nobody has seen it work. What the requests of this project have to look like
//! is another matter, and is held against the journal by the project's own tests.

use std::fmt;

use crate::dialect::Dialect;
use crate::json::{is_digits, is_lower_hex};
use crate::refusal::{Refusal, require};
use crate::session::Session;

/// Who is known to send a form, and to get its pictures through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Client {
    /// WeChat Web's own page.
    Page,
    /// wechat4u 0.7, for Node.
    Wechat4u,
    /// itchat-uos 1.5, for Python.
    ItchatUos,
    /// openwechat, for Go.
    Openwechat,
    /// The File Transfer Helper's own page, as far as it was written down, and the clients that do as it does.
    FileHelper,
}

use Client::{FileHelper, ItchatUos, Openwechat, Page, Wechat4u};

impl fmt::Display for Client {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Page => "the page",
            Wechat4u => "wechat4u",
            ItchatUos => "itchat-uos",
            Openwechat => "openwechat",
            FileHelper => "File Transfer Helper",
        })
    }
}

/// One form of a field.
struct Form {
    /// In a refusal's words.
    what: &'static str,
    /// Nobody, where it is open what the service makes of it.
    clients: &'static [Client],
    /// Whether a value has it; `None` where the field is left out.
    fits: fn(Option<&str>, &Session) -> bool,
}

/// All forms of one field.
pub(crate) struct Rule(&'static [Form]);

impl Rule {
    /// The value has one of the forms. A JSON value is given by its text, so that `"1"` is not `1`.
    pub(crate) fn check(&self, at: &str, found: Option<&str>, session: &Session) -> Result<(), Refusal> {
        require(self.0.iter().any(|form| form.is_of(session.dialect) && (form.fits)(found, session)), || {
            let forms: Vec<String> = self.0.iter().map(|form| format!("{} ({})", form.what, form.senders())).collect();
            format!("{at}: {}, expected {}", found.unwrap_or("missing"), forms.join(", or "))
        })
    }
}

impl Form {
    /// What is known of the File Transfer Helper alone is nothing for WeChat Web.
    fn is_of(&self, dialect: Dialect) -> bool {
        dialect == Dialect::FileHelper || self.clients != [FileHelper]
    }

    fn senders(&self) -> String {
        let clients: Vec<String> = self.clients.iter().map(Client::to_string).collect();
        if clients.is_empty() { "nobody; open".into() } else { clients.join(", ") }
    }
}

/// Only these values.
macro_rules! form {
    ($what:literal, $clients:expr, $fits:expr) => {
        Form {
            what: $what,
            clients: &$clients,
            fits: |found, session| found.is_some_and(|found| $fits(found, session)),
        }
    };
}

/// Not there.
macro_rules! left_out {
    ($clients:expr) => {
        Form { what: "left out", clients: &$clients, fits: |found, _| found.is_none() }
    };
}

const ALL: [Client; 5] = [Page, Wechat4u, ItchatUos, Openwechat, FileHelper];
const ON_WEB: [Client; 4] = [Page, Wechat4u, ItchatUos, Openwechat];

pub(crate) static ID: Rule = Rule(&[
    form!("WU_FILE_ and a number", ON_WEB, |id: &str, _| id.strip_prefix("WU_FILE_").is_some_and(is_digits)),
    left_out!([Wechat4u, FileHelper]),
]);

pub(crate) static LAST_MODIFIED: Rule = Rule(&[
    form!("the text of a Date", [Page, ItchatUos, Openwechat, FileHelper], |date: &str, _| is_date(date)),
    form!("a date as in mail", [Wechat4u], |date: &str, _| chrono::DateTime::parse_from_rfc2822(date).is_ok()),
]);

pub(crate) static MEDIATYPE: Rule =
    Rule(&[form!("pic, doc or video", ALL, |kind: &str, _| matches!(kind, "pic" | "doc" | "video"))]);

pub(crate) static PASS_TICKET: Rule = Rule(&[
    form!("the session's ticket, decoded", [Page], is_ticket),
    form!("percent-encoded, as the login gave it", [ItchatUos, Openwechat, FileHelper], is_ticket_in_percent),
    form!("with its percent signs encoded again", [Wechat4u], is_ticket_in_percent_twice),
    form!("undefined", [Page], |ticket: &str, _| ticket == "undefined"),
]);

/// The address's own encoding is undone when this is asked.
pub(crate) static PASS_TICKET_IN_ADDRESS: Rule = Rule(&[
    left_out!([Page, ItchatUos]),
    form!("the session's ticket, encoded twice", [Page, Wechat4u, Openwechat, FileHelper], is_ticket_in_percent),
    form!("encoded once", [], is_ticket),
    form!("encoded once, on its own page", [FileHelper], is_ticket),
    form!("undefined", [ItchatUos], |ticket: &str, _| ticket == "undefined"),
]);

pub(crate) static UPLOAD_TYPE: Rule = Rule(&[
    form!("2", ALL, |number: &str, _| number == "2"),
    // The page's first block of parameters has it; what goes out has 2.
    form!("1", [], |number: &str, _| number == "1"),
]);

pub(crate) static CLIENT_MEDIA_ID: Rule = Rule(&[
    form!("a number of 13 digits", [Page, FileHelper], |id: &str, _| is_digits(id) && id.len() == 13),
    form!("of 14 digits", [ItchatUos, Openwechat], |id: &str, _| is_digits(id) && id.len() == 14),
    form!("of 16 digits", [Wechat4u], |id: &str, _| is_digits(id) && id.len() == 16),
    form!("16 or 17 digits in a string", [FileHelper], |id: &str, _| {
        unquoted(id).is_some_and(|id| is_digits(id) && matches!(id.len(), 16 | 17))
    }),
]);

pub(crate) static FILE_MD5: Rule = Rule(&[
    form!("32 lower-case hex digits", [Page, ItchatUos, Openwechat, FileHelper], |md5: &str, _| {
        unquoted(md5).is_some_and(|md5| is_lower_hex(md5, 32))
    }),
    left_out!([Wechat4u]),
]);

pub(crate) static UIN: Rule = Rule(&[
    form!("a number", [Page, Wechat4u, Openwechat, FileHelper], |uin: &str, _| is_digits(uin)),
    form!("digits in a string", [ItchatUos, FileHelper], |uin: &str, _| unquoted(uin).is_some_and(is_digits)),
]);

pub(crate) static DEVICE_ID: Rule = Rule(&[
    form!("e and 15 digits", ALL, |id: &str, _| device_digits(id) == Some(15)),
    // The digits of a double, without the zeros at its end.
    form!("e and fewer", [ItchatUos], |id: &str, _| device_digits(id).is_some_and(|digits| (1..15).contains(&digits))),
    form!("15 digits", [FileHelper], |id: &str, _| unquoted(id).is_some_and(|id| is_digits(id) && id.len() == 15)),
]);

pub(crate) static MESSAGE_ID: Rule = Rule(&[
    form!("17 digits in a string", [Page, Openwechat, FileHelper], |id: &str, _| {
        unquoted(id).is_some_and(|id| is_digits(id) && id.len() == 17)
    }),
    form!("16 digits in a string", [FileHelper], |id: &str, _| {
        unquoted(id).is_some_and(|id| is_digits(id) && id.len() == 16)
    }),
    form!("a number of 16 digits", [Wechat4u], |id: &str, _| is_digits(id) && id.len() == 16),
    form!("of 14 digits", [ItchatUos], |id: &str, _| is_digits(id) && id.len() == 14),
]);

/// Whether it may be left out, the ids of the message say.
pub(crate) static PICTURE_CONTENT: Rule = Rule(&[
    form!("an empty string", [Page, Openwechat, FileHelper], is_empty_string),
    left_out!([Wechat4u, ItchatUos]),
]);

pub(crate) static EMOTICON_CONTENT: Rule =
    Rule(&[left_out!([Page, Wechat4u, ItchatUos]), form!("an empty string", [Openwechat], is_empty_string)]);

pub(crate) static EMOTICON_F: Rule = Rule(&[left_out!(ON_WEB), form!("json", [], |f: &str, _| f == "json")]);

/// What is between the quotes of a JSON string that needs no escaping.
fn unquoted(json: &str) -> Option<&str> {
    json.strip_prefix('"')?.strip_suffix('"')
}

fn is_empty_string(json: &str, _: &Session) -> bool {
    json == "\"\""
}

fn device_digits(json: &str) -> Option<usize> {
    unquoted(json)?.strip_prefix('e').filter(|digits| is_digits(digits)).map(str::len)
}

fn is_ticket(found: &str, session: &Session) -> bool {
    found == session.pass_ticket
}

fn is_ticket_in_percent(found: &str, session: &Session) -> bool {
    found == session.encoded_pass_ticket()
}

fn is_ticket_in_percent_twice(found: &str, session: &Session) -> bool {
    found == session.encoded_pass_ticket().replace('%', "%25")
}

/// `String(Date)`, with a name of the time zone or without.
fn is_date(text: &str) -> bool {
    let (stamp, zone) = text.split_once(" (").unwrap_or((text, "UTC)"));
    let named = zone.len() > 1 && zone.ends_with(')');
    named && chrono::DateTime::parse_from_str(stamp, "%a %b %d %Y %H:%M:%S GMT%z").is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn takes(rule: &Rule, found: &str) -> bool {
        rule.check("", Some(found), &Session::invented("", "")).is_ok()
    }

    #[test]
    fn dates_are_as_some_client_writes_them() {
        for (date, is_taken) in [
            ("Tue Nov 21 2023 17:53:00 GMT+0800 (China Standard Time)", true),
            ("Tue Nov 21 2023 17:53:00 GMT+0800 (CST)", true),
            ("Tue Nov 21 2023 17:53:00 GMT+0800 (中国标准时间)", true),
            ("Tue Nov 21 2023 17:53:00 GMT+0800", true),
            ("Tue, 21 Nov 2023 09:53:00 GMT", true),
            ("Mon Nov 21 2023 17:53:00 GMT+0800", false),
            ("Tue Nov 21 2023 25:53:00 GMT+0800", false),
            ("2023-11-21T09:53:00Z", false),
            ("1700000000000", false),
            ("Invalid Date", false),
            ("", false),
        ] {
            assert_eq!(takes(&LAST_MODIFIED, date), is_taken, "{date}");
        }
    }

    #[test]
    fn the_readme_shows_each_rule() {
        let rules: [(&str, &Rule); 14] = [
            ("part `id`", &ID),
            ("part `lastModifiedDate`", &LAST_MODIFIED),
            ("part `mediatype`", &MEDIATYPE),
            ("part `pass_ticket`", &PASS_TICKET),
            ("`pass_ticket` in an address", &PASS_TICKET_IN_ADDRESS),
            ("`UploadType`", &UPLOAD_TYPE),
            ("`ClientMediaId`", &CLIENT_MEDIA_ID),
            ("`FileMd5`", &FILE_MD5),
            ("`Uin`", &UIN),
            ("`DeviceID`", &DEVICE_ID),
            ("`LocalID`, `ClientMsgId`", &MESSAGE_ID),
            ("`Content` of an image", &PICTURE_CONTENT),
            ("`Content` of an emoticon", &EMOTICON_CONTENT),
            ("`f` in an emoticon's address", &EMOTICON_F),
        ];
        let row = |field: &str, form: &Form| format!("| {field} | {} | {} |\n", form.what, form.senders());
        let rows = rules.iter().flat_map(|(field, rule)| rule.0.iter().map(move |form| row(field, form)));
        let table: String = rows.collect();
        let readme = include_str!("../README.md");
        assert!(readme.contains(&table), "README.md is to have these rows:\n{table}");
    }
}
