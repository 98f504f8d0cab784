//! The two forms of one request that are known to be accepted.
//!
//! The official page's form is the one that the project has to speak, so it is checked to the letter. Public
//! clients have spoken another for years, and it works: their pictures arrive. A request is held against one
//! of the two as a whole; a mixture of both is refused.

use crate::refusal::{Refusal, require};

/// Whose form a request has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wire {
    /// The official page.
    Page,
    /// wechat4u and its relatives. They name the parts of the form in another order, leave `id` out of an
    /// upload with one chunk, put `UploadType` behind `MediaType`, leave `FileMd5` out, make ids of 16 digits
    /// (and, in a send, as JSON numbers), write dates as in mail, and send no `Content`.
    PublicClient,
}

impl Wire {
    /// Told by all parts of the form.
    pub(crate) fn of_form(parts: &[&str], chunked: bool) -> Self {
        if parts == Self::PublicClient.parts(chunked) { Self::PublicClient } else { Self::Page }
    }

    /// Told by the keys of a send.
    pub(crate) fn of_send<'k>(keys: impl Iterator<Item = &'k str>) -> Self {
        if keys.eq(["BaseRequest", "Scene", "Msg"]) { Self::PublicClient } else { Self::Page }
    }

    /// The names of the parts, in their order.
    pub(crate) fn parts(self, chunked: bool) -> Vec<&'static str> {
        const FILE: [&str; 4] = ["name", "type", "lastModifiedDate", "size"];
        const REQUEST: [&str; 4] = ["mediatype", "uploadmediarequest", "webwx_data_ticket", "pass_ticket"];
        let (before, between, after): (&[&str], &[&str], &[&str]) = match (self, chunked) {
            (Self::Page, false) => (&["id"], &[], &[]),
            (Self::Page, true) => (&["id"], &["chunks", "chunk"], &[]),
            (Self::PublicClient, false) => (&[], &[], &[]),
            (Self::PublicClient, true) => (&[], &[], &["id", "chunk", "chunks"]),
        };
        [before, &FILE, between, &REQUEST, after, &["filename"]].concat()
    }

    /// The keys of `uploadmediarequest`, in their order.
    pub(crate) fn media_request(self) -> &'static [&'static str] {
        match self {
            Self::Page => &[
                "UploadType",
                "BaseRequest",
                "ClientMediaId",
                "TotalLen",
                "StartPos",
                "DataLen",
                "MediaType",
                "FromUserName",
                "ToUserName",
                "FileMd5",
            ],
            Self::PublicClient => &[
                "BaseRequest",
                "ClientMediaId",
                "TotalLen",
                "StartPos",
                "DataLen",
                "MediaType",
                "UploadType",
                "FromUserName",
                "ToUserName",
            ],
        }
    }

    /// How many digits a ClientMediaId has: milliseconds, or microseconds.
    pub(crate) fn client_media_id_digits(self) -> usize {
        match self {
            Self::Page => 13,
            Self::PublicClient => 16,
        }
    }

    /// `lastModifiedDate`: `String(Date)`, or `Date.prototype.toGMTString`.
    pub(crate) fn check_date(self, text: &str) -> Result<(), Refusal> {
        let readable = match self {
            Self::Page => {
                let (stamp, zone) = text.split_once(" (").unwrap_or((text, "UTC)"));
                let named = zone.len() > 1 && zone.ends_with(')');
                named && chrono::DateTime::parse_from_str(stamp, "%a %b %d %Y %H:%M:%S GMT%z").is_ok()
            }
            Self::PublicClient => chrono::DateTime::parse_from_rfc2822(text).is_ok(),
        };
        require(readable, || format!("lastModifiedDate: {text:?} is not the text of a Date"))
    }
}

#[cfg(test)]
mod tests {
    use super::Wire;

    #[test]
    fn dates_have_the_form_of_the_wire() {
        for (text, page, client) in [
            ("Tue Nov 21 2023 17:53:00 GMT+0800 (China Standard Time)", true, false),
            ("Tue Nov 21 2023 17:53:00 GMT+0800", true, false),
            ("Tue, 21 Nov 2023 09:53:00 GMT", false, true),
            ("Mon Nov 21 2023 17:53:00 GMT+0800", false, false),
            ("Tue Nov 21 2023 25:53:00 GMT+0800", false, false),
            ("2023-11-21T09:53:00Z", false, false),
            ("Invalid Date", false, false),
            ("", false, false),
        ] {
            assert_eq!(Wire::Page.check_date(text).is_ok(), page, "{text}");
            assert_eq!(Wire::PublicClient.check_date(text).is_ok(), client, "{text}");
        }
    }
}
