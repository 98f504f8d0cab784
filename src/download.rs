//! `webwxgetmsgimg` (docs/protocol.md, "Get image"), and the judgement of what came: failures there look like success.

use serde::Serialize;

use crate::digest::Md5Hex;
use crate::error::{Error, ErrorKind, Place, Result};
use crate::http::{Request, query_value};
use crate::ids::MsgId;
use crate::json::{FromJson, Read, Unreadable, Value};
use crate::message::{Image, Variant};
use crate::prelude::*;
use crate::session::Session;

/// Where a picture from WeChat Web comes from.
pub const GET_MSG_IMG: Place = Place::at("webwxgetmsgimg");

/// Which of a message's pictures.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Size {
    /// The original.
    #[default]
    Full,
    /// At most 120 pixels or so.
    Thumbnail,
    /// The original of an emoticon.
    Big,
    /// The original alone, and not what was made of it for the chat.
    Hd,
    /// What was made of the original for the chat.
    Normal,
}

/// Bytes of a download, at most, where the caller names no bound: ten times what WeChat sends as a picture.
pub const DEFAULT_MAX_BYTES: u64 = 256 * 1024 * 1024;

/// Milliseconds that a download has with all its tries, where the caller names none. A line of 8 KB/s brings 25 MB in it.
pub const DEFAULT_TOTAL_TIMEOUT: u32 = 60 * 60 * 1000;

/// Bytes that may come beyond those that were announced, before a download is stopped.
const MARGIN: u64 = 1024 * 1024;

/// Where a download stops, whatever comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Bytes.
    pub max_bytes: u64,
    /// Milliseconds, with all tries.
    pub total_ms: u32,
}

impl Default for Bounds {
    fn default() -> Self {
        Self { max_bytes: DEFAULT_MAX_BYTES, total_ms: DEFAULT_TOTAL_TIMEOUT }
    }
}

impl Bounds {
    /// Refuses so many bytes: more than the caller's bound, or than any `announced` length and a margin.
    pub(crate) fn check(&self, place: Place, bytes: u64, announced: impl IntoIterator<Item = u64>) -> Result<()> {
        if bytes > self.max_bytes {
            return Err(wrong(place, &format!("exceeds maxBytes, {} bytes", self.max_bytes)));
        }
        match announced.into_iter().find(|announced| bytes > announced.saturating_add(MARGIN)) {
            Some(announced) => Err(wrong(place, &format!("expected {announced} bytes, got more"))),
            None => Ok(()),
        }
    }

    /// The error of a download that took too long.
    pub(crate) fn late(&self, place: Place) -> Error {
        let detail = format!("not complete within {} ms (totalTimeout)", self.total_ms);
        Error::transient(ErrorKind::Timeout, place, detail)
    }
}

/// The facts of a received message that its picture is held against.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Expectation {
    md5: Option<Md5Hex>,
    thumbnail: Option<Length>,
    normal: Option<Length>,
    hd: Option<Length>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Length {
    length: Option<u64>,
}

impl FromJson for Size {
    const KEYS: &'static [&'static [&'static str]] = &[];

    fn of(value: Value<'_>) -> Read<Self> {
        match value.as_text().as_deref() {
            Some("full") => Ok(Self::Full),
            Some("thumbnail") => Ok(Self::Thumbnail),
            Some("big") => Ok(Self::Big),
            Some("hd") => Ok(Self::Hd),
            Some("normal") => Ok(Self::Normal),
            _ => Err(Unreadable::Other),
        }
    }
}

impl FromJson for Expectation {
    const KEYS: &'static [&'static [&'static str]] = &[&["kind", "md5", "thumbnail", "normal", "hd", "length"]];

    fn of(value: Value<'_>) -> Read<Self> {
        let variant = |name| {
            let variant = value.member(name)?;
            variant.map(|variant| Ok(Length { length: variant.number("length")? })).transpose()
        };
        match value.required_text("kind")?.as_str() {
            "image" => Ok(Self {
                md5: value.text("md5")?.as_deref().and_then(message_md5),
                thumbnail: variant("thumbnail")?,
                normal: variant("normal")?,
                hd: variant("hd")?,
            }),
            // It says `length` of itself, and has one form only.
            "emoji" => Ok(Self {
                md5: value.text("md5")?.as_deref().and_then(message_md5),
                normal: Some(Length { length: value.number("length")? }),
                ..Self::default()
            }),
            // Nothing is known of its picture.
            _ => Ok(Self::default()),
        }
    }
}

/// The MD5 that a message names, in any case. What is no MD5 at all says nothing of the picture.
fn message_md5(digits: &str) -> Option<Md5Hex> {
    Md5Hex::new(&digits.to_ascii_lowercase())
}

/// Which fact of the message held.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verified {
    /// The very bytes.
    Md5,
    /// As many bytes.
    Length,
    /// Nothing to hold them against.
    #[default]
    None,
}

/// A picture that may be handed on: by default one that nothing was expected of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    /// How sure it is.
    pub verified: Verified,
    /// What was odd.
    pub warnings: Vec<String>,
    /// Which of the message's pictures it is, where that is known: [`Size::Hd`], [`Size::Normal`] or [`Size::Thumbnail`].
    pub variant: Option<Size>,
}

/// The request for a message's picture.
pub fn request(session: &Session, msg_id: &MsgId, size: Size) -> Request {
    let size = match size {
        Size::Full | Size::Hd | Size::Normal => "",
        Size::Thumbnail => "&type=slave",
        Size::Big => "&type=big",
    };
    let url = format!(
        "{}/cgi-bin/mmwebwx-bin/webwxgetmsgimg?MsgID={}&skey={}{size}",
        session.origin(),
        msg_id.as_str(),
        query_value(session.skey())
    );
    session.own(Request::get(GET_MSG_IMG, url))
}

impl Expectation {
    /// What a message says of its picture.
    pub fn of(image: &Image) -> Self {
        let length = |variant: &Option<Variant>| variant.as_ref().map(|variant| Length { length: variant.length });
        Self {
            md5: image.md5.as_deref().and_then(message_md5),
            thumbnail: length(&image.thumbnail),
            normal: length(&image.normal),
            hd: length(&image.hd),
        }
    }

    /// How many bytes to expect, for a progress bar that has nothing better.
    pub fn total(&self, size: Size) -> Option<u64> {
        let of = |variant: &Option<Length>| variant.as_ref().and_then(|variant| variant.length);
        match size {
            Size::Thumbnail => of(&self.thumbnail),
            Size::Hd => of(&self.hd),
            Size::Normal => of(&self.normal),
            Size::Full | Size::Big => of(&self.hd).or_else(|| of(&self.normal)),
        }
    }

    /// Whether it says anything that bytes could be held against. If not, they have to be a picture of a known type.
    pub(crate) fn has_facts(&self) -> bool {
        self.md5.is_some() || self.lengths().any(|length| length.is_some())
    }

    /// The most bytes that a picture of this message has; none where one of its forms may come whose length is not known.
    pub(crate) fn most(&self) -> Option<u64> {
        self.total(Size::Full)?;
        self.lengths().try_fold(0, |most, length| Some(most.max(length?)))
    }

    /// Of the forms that the message names.
    fn lengths(&self) -> impl Iterator<Item = Option<u64>> {
        [&self.thumbnail, &self.normal, &self.hd].into_iter().flatten().map(|form| form.length)
    }

    /// Holds a picture of `length` bytes and this MD5 against the message. MD5 is a hint, since phones announce another: a picture with
    /// the right length passes with a warning.
    pub fn check(&self, place: Place, size: Size, length: u64, md5: &Md5Hex) -> Result<Verdict> {
        match size {
            Size::Full | Size::Thumbnail | Size::Big => self.check_any(place, size, length, md5),
            Size::Hd | Size::Normal => self.check_one(place, size, length, md5),
        }
    }

    /// Whichever original there is, or a thumbnail, for which the original may come.
    fn check_any(&self, place: Place, size: Size, length: u64, md5: &Md5Hex) -> Result<Verdict> {
        let (hd, normal) = (self.is_length(Size::Hd, length), self.is_length(Size::Normal, length));
        let (full, thumbnail) = (hd || normal, self.is_length(Size::Thumbnail, length));
        let wants_thumbnail = size == Size::Thumbnail;
        let original = if hd { Some(Size::Hd) } else { Some(Size::Normal).filter(|_| normal) };
        if self.md5.as_ref() == Some(md5) {
            let warning = wants_thumbnail.then(|| "the original came instead of the thumbnail".to_owned());
            let warnings = warning.into_iter().collect();
            return Ok(Verdict { verified: Verified::Md5, warnings, variant: original });
        }
        let has_facts = match size {
            Size::Thumbnail => self.thumbnail.as_ref().is_some_and(|v| v.length.is_some()),
            _ => self.md5.is_some() || self.total(size).is_some(),
        };
        let mut warnings = Vec::new();
        let (verified, variant) = match (wants_thumbnail, full, thumbnail) {
            (true, _, true) => (Verified::Length, Some(Size::Thumbnail)),
            (true, true, _) => {
                warnings.push("the original came instead of the thumbnail".to_owned());
                (Verified::Length, original)
            }
            (false, true, _) => {
                if self.md5.is_some() {
                    warnings.push("md5 differs from the message's".to_owned());
                }
                (Verified::Length, original)
            }
            (false, _, true) => return Err(wrong(place, "the thumbnail came instead of the original")),
            _ if !has_facts => {
                warnings.push("the message has neither its length nor its MD5".to_owned());
                (Verified::None, Some(Size::Thumbnail).filter(|_| wants_thumbnail))
            }
            _ => return Err(self.another(place, length)),
        };
        Ok(Verdict { verified, warnings, variant })
    }

    /// One form of the picture, and no other that the message names.
    fn check_one(&self, place: Place, size: Size, length: u64, md5: &Md5Hex) -> Result<Verdict> {
        let is_md5 = self.md5.as_ref() == Some(md5);
        let mut warnings = Vec::new();
        let verified = if self.is_length(size, length) {
            if is_md5 {
                Verified::Md5
            } else {
                warnings.extend(self.md5.as_ref().map(|_| "md5 differs from the message's".to_owned()));
                Verified::Length
            }
        } else if let Some(other) =
            [Size::Hd, Size::Normal, Size::Thumbnail].into_iter().find(|&other| self.is_length(other, length))
        {
            return Err(wrong(place, &format!("the {} picture came instead of the {} one", other.name(), size.name())));
        } else if is_md5 {
            Verified::Md5
        } else if self.md5.is_none() && self.total(size).is_none() {
            warnings.push("the message has neither its length nor its MD5".to_owned());
            Verified::None
        } else {
            return Err(self.another(place, length));
        };
        Ok(Verdict { verified, warnings, variant: Some(size) })
    }

    /// Whether the message gives one of its forms this length.
    fn is_length(&self, size: Size, length: u64) -> bool {
        self.total(size) == Some(length)
    }

    fn another(&self, place: Place, length: u64) -> Error {
        let and = if self.md5.is_some() { " with another md5" } else { "" };
        wrong(place, &format!("{length} bytes{and}: not the image of this message"))
    }
}

impl Size {
    /// As callers write it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Thumbnail => "thumbnail",
            Self::Big => "big",
            Self::Hd => "hd",
            Self::Normal => "normal",
        }
    }

    /// Sizes in order of preference, by the requests that they take: those in a row that take the same one share it.
    pub fn by_request(sizes: &[Self]) -> Vec<Vec<Self>> {
        let is_plain = |size: &Self| matches!(size, Self::Full | Self::Hd | Self::Normal);
        let mut groups: Vec<Vec<Self>> = Vec::new();
        for size in sizes {
            match groups.last_mut() {
                Some(group) if is_plain(size) && group.iter().all(is_plain) => group.push(*size),
                _ => groups.push(vec![*size]),
            }
        }
        groups
    }
}

impl Serialize for Size {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> core::result::Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

fn wrong(place: Place, detail: &str) -> Error {
    Error::new(ErrorKind::WrongImage, place, detail)
}
