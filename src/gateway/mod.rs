//! Gateways (docs/protocol.md, "Gateway"): services that know a phone's account, and give the picture of a received content.
//!
//! A [`Wish`] is a picture in the words of one form of gateway. It says the request; the answer has one of three shapes ([`Given`]): the
//! URL of the picture, the picture in base64, or one section of it.

mod answer;
mod get_msg_img;
mod gewe;
mod padpro;
mod tools;

use alloc::rc::Rc;
use core::fmt;

use crate::base64;
use crate::download::{Expectation, Size};
use crate::error::{Error, Place, Result};
use crate::hosts::is_private;
use crate::http::{Request, Response, malformed};
use crate::message::{Image, Kind, Message};
use crate::origin::Origin;
use crate::prelude::*;

pub use get_msg_img::{GetMsgImg, GivenId};
pub use gewe::Gewe;
pub use padpro::PadPro;
pub use tools::Tools;

/// Where the picture itself comes from.
pub const PICTURE: Place = Place::at("getMsgImg picture");

/// Bytes of an answer that may hold a whole picture in base64: 48 MiB of it.
const LONGEST_ANSWER: usize = 64 * 1024 * 1024;

/// A gateway and its token. `Debug` does not show the token.
#[derive(Clone)]
pub struct Gateway {
    origin: Origin,
    authorization: String,
    /// What a URL without an origin is joined to; without its last slash.
    file_base: Option<String>,
    /// Whether pictures may come from private hosts.
    allows_private: bool,
}

/// A picture to ask for, in the words of a form.
#[derive(Clone)]
pub enum Wish {
    /// `getMsgImg`.
    GetMsgImg(GetMsgImg),
    /// The same without `fromUser` and `toUser`.
    NewerGetMsgImg(GetMsgImg),
    /// `GeWe`.
    Gewe(Gewe),
    /// `WeChatPadPro`.
    PadPro(PadPro),
    /// The "Tools" of iPad services.
    Tools(Tools),
    /// A form of the caller's: the driver asks it for each request, and for what an answer says.
    Custom {
        /// Names the form in errors.
        name: String,
        /// The received content, in any of its forms.
        content: String,
    },
}

/// Where the picture is.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Location {
    /// http or https.
    pub url: String,
    /// What the gateway said.
    pub message: String,
}

/// What an answer gives.
#[derive(Clone, PartialEq, Eq)]
pub enum Given {
    /// Where the picture is.
    At(Location),
    /// All of it, or the next section.
    Bytes(Section),
}

/// Some of a picture, or all of it. `Debug` does not show its bytes.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Section {
    /// Its bytes in base64, without blanks; known to be base64.
    base64: String,
    /// Its bytes.
    pub length: u64,
    /// The place of its first byte in the picture, where the answer says it.
    pub start: Option<u64>,
    /// Bytes of the whole picture, where the answer says it. None in an answer that has all of it.
    pub total: Option<u64>,
    /// Whether the form gives sections at all.
    pub is_part: bool,
}

/// What of a picture is asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ask {
    /// None leaves it to the form.
    pub size: Option<Size>,
    /// The first byte that is missing.
    pub start: u64,
    /// Bytes in all, where they are known.
    pub total: Option<u64>,
    /// Counts the sections, from 1.
    pub section: u32,
}

/// A picture that can be asked for: a wish that was looked at, with what the picture has to be.
#[derive(Clone)]
pub struct Order {
    wish: Rc<Wish>,
    image: Rc<Image>,
    /// Without group prefix and outer escaping, as gateways want it.
    content: Rc<str>,
    /// What the message says of the picture.
    pub expect: Expectation,
    /// In order of preference. None leaves it to the form.
    pub sizes: Vec<Option<Size>>,
}

impl Gateway {
    /// A gateway at an origin, the default `http://localhost:18081`.
    pub fn new(origin: Option<&str>, authorization: &str) -> Result<Self> {
        let origin = Origin::parse(origin.unwrap_or("http://localhost:18081"), "origin")?;
        let authorization = authorization.trim();
        if authorization.is_empty() || !authorization.bytes().all(|b| b == b' ' || b.is_ascii_graphic()) {
            return Err(Error::invalid_input("authorization: expected the gateway's token"));
        }
        // What a gateway in this network names is in it, too.
        let allows_private = is_private(origin.host());
        Ok(Self { origin, authorization: authorization.to_owned(), file_base: None, allows_private })
    }

    /// The same, trusted with this machine and its network: it may name any host.
    #[must_use]
    pub fn allowing_private_hosts(self) -> Self {
        Self { allows_private: true, ..self }
    }

    /// The same with a URL that those without an origin are joined to: an http or https origin, and perhaps a path.
    pub fn with_file_base(self, base: &str) -> Result<Self> {
        let base = base.trim().trim_end_matches('/');
        let is_plain = !base.bytes().any(|b| matches!(b, b'?' | b'#' | b'\\') || b.is_ascii_control() || b == b' ');
        if !is_plain || answer::web_origin(base).is_none() {
            return Err(Error::invalid_input("fileBase: expected an http or https URL without query"));
        }
        Ok(Self { file_base: Some(base.to_owned()), ..self })
    }

    /// Where it is.
    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    /// Where the files are that it names without an origin.
    pub fn file_base(&self) -> Option<&str> {
        self.file_base.as_deref()
    }

    /// Its token.
    pub fn authorization(&self) -> &str {
        &self.authorization
    }

    /// Looks at a wish: refuses what the gateway would refuse, a content without a picture, and sizes that the form does not have. Without
    /// `sizes`, the form's own order of them.
    pub fn order(&self, wish: Wish, sizes: &[Size]) -> Result<Order> {
        wish.check(!sizes.is_empty())?;
        let message = Message::parse(wish.content())?;
        let Kind::Image(image) = message.kind else {
            return Err(Error::invalid_input("content: expected an <img>"));
        };
        let sizes = wish.sizes(&image, sizes)?;
        let expect = Expectation::of(&image);
        Ok(Order { wish: Rc::new(wish), image: Rc::from(image), content: message.content.into(), expect, sizes })
    }

    /// The request for a picture, or for a section of it. None where the caller's own form has to say it.
    pub fn request(&self, order: &Order, ask: &Ask) -> Option<Request> {
        match &*order.wish {
            Wish::GetMsgImg(wanted) => Some(get_msg_img::request(self, wanted, order, ask, false)),
            Wish::NewerGetMsgImg(wanted) => Some(get_msg_img::request(self, wanted, order, ask, true)),
            Wish::Gewe(wanted) => Some(gewe::request(self, wanted, order, ask)),
            Wish::PadPro(wanted) => Some(padpro::request(self, wanted, ask)),
            Wish::Tools(wanted) => Some(tools::request(self, wanted, order, ask)),
            Wish::Custom { .. } => None,
        }
    }

    /// What an answer gives. Of the caller's own form, only the status is looked at, and the form has to say the rest: none.
    pub fn read(&self, order: &Order, ask: &Ask, response: &Response) -> Result<Option<Given>> {
        let place = order.place(ask);
        Ok(Some(match &*order.wish {
            Wish::GetMsgImg(_) | Wish::NewerGetMsgImg(_) => Given::At(self.parse(response)?),
            Wish::Gewe(_) => Given::At(gewe::read(self, place, response)?),
            Wish::PadPro(_) => Given::Bytes(padpro::read(self, place, response)?),
            Wish::Tools(_) => Given::Bytes(tools::read(self, place, response)?),
            Wish::Custom { .. } => {
                crate::http::check_status(place, response.status)?;
                return Ok(None);
            }
        }))
    }

    /// What `getMsgImg` answers: the URL, if there is one.
    pub fn parse(&self, response: &Response) -> Result<Location> {
        get_msg_img::read(self, response)
    }

    /// The URL that an answer of the caller's own form gives, by the same rules as the others'.
    pub fn location(&self, place: Place, url: &str) -> Result<Location> {
        answer::location(self, place, Some(url), "an answer", None, String::new())
    }

    /// The error of a caller's own form that says that the gateway refused.
    pub fn refused(&self, place: Place, said: &str, code: Option<i64>) -> Error {
        answer::refused(self, place, said, code)
    }

    /// A request with this gateway's token in a header.
    fn post(&self, place: Place, path: &str, token: &'static str, json: String) -> Request {
        let mut request = Request::post_json(place, format!("{}{path}", self.origin), json);
        request.headers = vec![("content-type".into(), "application/json".to_owned())];
        request.headers.push((token.into(), self.authorization.clone()));
        request.with_secret(self.authorization.clone())
    }
}

impl Order {
    /// Where an answer comes from, for errors.
    pub fn place(&self, ask: &Ask) -> Place {
        match &*self.wish {
            Wish::GetMsgImg(_) | Wish::NewerGetMsgImg(_) => get_msg_img::PLACE,
            Wish::Gewe(_) => gewe::PLACE,
            Wish::PadPro(_) if ask.section > 0 => padpro::PLACE.section(ask.section),
            Wish::PadPro(_) => padpro::PLACE,
            Wish::Tools(_) => tools::PLACE,
            Wish::Custom { .. } if ask.section > 1 => Place::at("gateway").section(ask.section),
            Wish::Custom { .. } => Place::at("gateway"),
        }
    }

    /// Whether the caller's own form says the requests, and reads the answers.
    pub(crate) fn is_custom(&self) -> bool {
        matches!(&*self.wish, Wish::Custom { .. })
    }

    /// Whether the answer is a URL: then the time that a picture may take begins behind it.
    pub(crate) fn gives_url(&self) -> bool {
        matches!(&*self.wish, Wish::GetMsgImg(_) | Wish::NewerGetMsgImg(_) | Wish::Gewe(_))
    }
}

impl Wish {
    fn content(&self) -> &str {
        match self {
            Self::GetMsgImg(wanted) | Self::NewerGetMsgImg(wanted) => &wanted.content,
            Self::Gewe(wanted) => &wanted.content,
            Self::PadPro(wanted) => &wanted.content,
            Self::Tools(wanted) => &wanted.content,
            Self::Custom { content, .. } => content,
        }
    }

    /// Refuses what is missing. `has_sizes`: whether the caller named any.
    fn check(&self, has_sizes: bool) -> Result<()> {
        match self {
            Self::GetMsgImg(wanted) => {
                filled(&[("wId", &wanted.w_id), ("fromUser", &wanted.from_user), ("toUser", &wanted.to_user)])?;
                get_msg_img::check(wanted, has_sizes)
            }
            Self::NewerGetMsgImg(wanted) => {
                filled(&[("wId", &wanted.w_id)])?;
                get_msg_img::check(wanted, has_sizes)
            }
            Self::Gewe(wanted) => filled(&[("appId", &wanted.app_id)]),
            Self::PadPro(wanted) => filled(&[("fromUser", &wanted.from_user), ("toUser", &wanted.to_user)]),
            Self::Tools(wanted) => filled(&[("wxid", &wanted.wxid)]),
            Self::Custom { .. } => Ok(()),
        }
    }

    /// The sizes that are asked for: those of the caller that the form has, or its own order of them.
    fn sizes(&self, image: &Image, wanted: &[Size]) -> Result<Vec<Option<Size>>> {
        let has = |size: Size| match self {
            Self::GetMsgImg(_) | Self::NewerGetMsgImg(_) | Self::PadPro(_) => matches!(size, Size::Hd | Size::Normal),
            Self::Gewe(_) | Self::Custom { .. } => true,
            Self::Tools(_) => tools::file(image, size).is_some(),
        };
        let own: &[Size] = match self {
            // A picture that says its normal form alone has no other.
            Self::Gewe(_) if image.hd.is_none() && image.normal.is_some() => &[Size::Normal],
            Self::Gewe(_) | Self::Tools(_) => &[Size::Hd, Size::Normal],
            _ if wanted.is_empty() => return Ok(vec![None]),
            _ => &[],
        };
        let wanted = if wanted.is_empty() { own } else { wanted };
        let sizes: Vec<_> = wanted.iter().copied().filter(|size| has(*size)).map(Some).collect();
        match self {
            _ if !sizes.is_empty() => Ok(sizes),
            Self::Tools(_) => Err(Error::invalid_input("content names no CDN file with a key in any requested size")),
            _ => Err(Error::invalid_input("size: this gateway's form has \"hd\" and \"normal\" alone")),
        }
    }
}

impl Section {
    /// The bytes that a text of base64 stands for, perhaps as a `data:` URL. `announced` is how many there have to be.
    pub fn new(place: Place, text: &str, announced: Option<u64>) -> Result<Self> {
        let text = text.strip_prefix("data:").and_then(|url| Some(url.split_once(',')?.1)).unwrap_or(text);
        let text: String = text.chars().filter(|c| !c.is_ascii_whitespace()).collect();
        let length = base64::pieces(&text).try_fold(0, |length, piece| Some(length + piece?.len() as u64));
        let length = length.ok_or_else(|| malformed(place, "invalid or truncated base64"))?;
        match announced {
            Some(announced) if announced != length => {
                Err(malformed(place, &format!("expected {announced} bytes, got {length}")))
            }
            _ => Ok(Self { base64: text, length, ..Self::default() }),
        }
    }

    /// The same as a part of a picture, where a place or a length in all is known.
    #[must_use]
    pub fn at(self, start: Option<u64>, total: Option<u64>) -> Self {
        Self { is_part: start.is_some() || total.is_some(), start, total, ..self }
    }

    /// Its bytes, some at a time.
    pub(crate) fn into_pieces(self) -> Pieces {
        Pieces { base64: self.base64, at: 0 }
    }
}

/// Bytes that go to the driver one piece after another.
pub(crate) struct Pieces {
    base64: String,
    at: usize,
}

impl Iterator for Pieces {
    type Item = Vec<u8>;

    fn next(&mut self) -> Option<Vec<u8>> {
        let piece = base64::pieces(self.base64.get(self.at..)?).next()??;
        self.at += base64::PIECE;
        Some(piece)
    }
}

/// The request for the picture itself, on its own origin: no cookies and no token go there.
pub fn picture_request(location: &Location) -> Request {
    Request::get(PICTURE, location.url.clone())
}

fn filled(fields: &[(&str, &str)]) -> Result<()> {
    match fields.iter().find(|(_, value)| value.trim().is_empty()) {
        Some((name, _)) => Err(Error::invalid_input(format!("{name} is missing"))),
        None => Ok(()),
    }
}

impl From<&GetMsgImg> for Wish {
    fn from(wanted: &GetMsgImg) -> Self {
        Self::GetMsgImg(wanted.clone())
    }
}

impl fmt::Debug for Gateway {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Gateway({}, token not shown)", self.origin)
    }
}

impl fmt::Debug for Wish {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::GetMsgImg(wanted) | Self::NewerGetMsgImg(wanted) => wanted.fmt(f),
            Self::Gewe(_) => f.write_str("Gewe"),
            Self::PadPro(wanted) => write!(f, "PadPro({:?})", wanted.msg_id),
            Self::Tools(_) => f.write_str("Tools"),
            Self::Custom { name, .. } => write!(f, "Custom({name})"),
        }
    }
}

impl fmt::Debug for Order {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Order").field("wish", &self.wish).field("sizes", &self.sizes).finish_non_exhaustive()
    }
}

impl fmt::Debug for Given {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::At(location) => location.fmt(f),
            Self::Bytes(section) => section.fmt(f),
        }
    }
}

impl fmt::Debug for Section {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Section({} bytes at {:?} of {:?})", self.length, self.start, self.total)
    }
}

impl fmt::Debug for Pieces {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pieces(from {})", self.at)
    }
}
