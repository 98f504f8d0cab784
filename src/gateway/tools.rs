//! The "Tools" of iPad services: a file of the CDN, in one base64.

use alloc::borrow::Cow;

use serde::Serialize;

use super::answer::{Envelope, any_of, words};
use super::{Ask, Gateway, LONGEST_ANSWER, Order, Section};
use crate::download::Size;
use crate::error::{Error, ErrorKind, Place, Result};
use crate::http::{Request, Response, to_json};
use crate::json::Value;
use crate::message::Image;
use crate::prelude::*;

pub(super) const PLACE: Place = Place::at("CdnDownloadImage");

const ENVELOPE: Envelope = Envelope { place: PLACE, code: "Code", good: 0, words: ["Message", "Text"], data: "Data" };

/// A picture to ask for.
#[derive(Clone)]
pub struct Tools {
    /// The account.
    pub wxid: String,
    /// The received content, in any of its forms: it names the file and its key.
    pub content: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Wire<'a> {
    wxid: &'a str,
    file_aes_key: &'a str,
    file_no: &'a str,
}

/// The key and the name of a picture's file in a size, if the message says both.
pub(super) fn file(image: &Image, size: Size) -> Option<(&str, &str)> {
    let variant = match size {
        Size::Hd => &image.hd,
        Size::Thumbnail => &image.thumbnail,
        _ => &image.normal,
    };
    let variant = variant.as_ref()?;
    Some((variant.aes_key.as_deref().or(image.aes_key.as_deref())?, variant.cdn_url.as_deref()?))
}

pub(super) fn request(gateway: &Gateway, wanted: &Tools, order: &Order, ask: &Ask) -> Request {
    let (key, url) = file(&order.image, ask.size.unwrap_or(Size::Normal)).unwrap_or_default();
    let json = to_json(&Wire { wxid: &wanted.wxid, file_aes_key: key, file_no: url });
    gateway.post(PLACE, "/api/Tools/CdnDownloadImage", "x-access-token", json).reading(LONGEST_ANSWER)
}

pub(super) fn read(gateway: &Gateway, place: Place, response: &Response) -> Result<Section> {
    let text = response.json_text_within(place, LONGEST_ANSWER)?;
    let good = ENVELOPE.open(gateway, &text)?;
    let unreadable = |why| ENVELOPE.unreadable(why);
    let root = Value::parse(&text).map_err(unreadable)?;
    if any_of(root, &["Success"]).map_err(unreadable)?.is_some() && !root.flag("Success").map_err(unreadable)? {
        return Err(Error::new(ErrorKind::GatewayFailed, place, "code 0, but Success is false").with_ret(Some(0)));
    }
    let image = match good.data {
        Some(data) => words(data.member("Image").ok().flatten()),
        None => None,
    };
    Section::new(place, image.as_ref().map(Cow::as_ref).ok_or_else(|| ENVELOPE.without("no picture"))?, None)
}
