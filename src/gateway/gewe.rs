//! `GeWe`: the URL of the picture, in three sizes.

use serde::Serialize;

use super::answer::{Envelope, any_of, location, words};
use super::{Ask, Gateway, Location, Order};
use crate::download::Size;
use crate::error::{Place, Result};
use crate::http::{Request, Response, to_json};
use crate::prelude::*;

pub(super) const PLACE: Place = Place::at("downloadImage");

const ENVELOPE: Envelope = Envelope { place: PLACE, code: "ret", good: 200, words: ["msg", "message"], data: "data" };

/// A picture to ask for.
#[derive(Clone)]
pub struct Gewe {
    /// Instance.
    pub app_id: String,
    /// The received content, in any of its forms.
    pub content: String,
    /// Where its services are; the default is `/gewe/v2/api`, that of Gewechat was `/v2/api`.
    pub path: Option<String>,
}

#[derive(Serialize)]
struct Wire<'a> {
    #[serde(rename = "appId")]
    app_id: &'a str,
    xml: &'a str,
    #[serde(rename = "type")]
    kind: u8,
}

pub(super) fn request(gateway: &Gateway, wanted: &Gewe, order: &Order, ask: &Ask) -> Request {
    let kind = match ask.size {
        Some(Size::Hd) => 1,
        Some(Size::Thumbnail) => 3,
        _ => 2,
    };
    let json = to_json(&Wire { app_id: &wanted.app_id, xml: &order.content, kind });
    let path = wanted.path.as_deref().unwrap_or("/gewe/v2/api");
    gateway.post(PLACE, &format!("{path}/message/downloadImage"), "x-gewe-token", json)
}

pub(super) fn read(gateway: &Gateway, place: Place, response: &Response) -> Result<Location> {
    let text = response.json_text(place)?;
    let good = ENVELOPE.open(gateway, &text)?;
    let url = good.data.and_then(|data| words(any_of(data, &["fileUrl", "url"]).ok().flatten()));
    location(gateway, place, url.as_deref(), "code 200", Some(200), good.said)
}
