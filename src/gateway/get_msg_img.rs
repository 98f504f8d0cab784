//! `getMsgImg`: the URL of the picture. Gateways differ in the form of almost every key.

use core::fmt;

use serde::Serialize;

use super::answer::{Envelope, location};
use super::{Ask, Gateway, Location, Order};
use crate::download::Size;
use crate::error::{Error, Place, Result};
use crate::http::{Request, Response, to_json};
use crate::ids::MsgId;
use crate::json::Value;
use crate::prelude::*;

pub(super) const PLACE: Place = Place::at("getMsgImg");

const ENVELOPE: Envelope = Envelope { place: PLACE, code: "code", good: 1000, words: ["message", "msg"], data: "data" };

/// A message's id, in the form in which the caller has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum GivenId {
    /// Goes out as a JSON number, all digits.
    Number(u64),
    /// Goes out as a JSON string.
    Text(MsgId),
}

/// A picture to ask for, as the caller gives it.
#[derive(Clone)]
pub struct GetMsgImg {
    /// Instance.
    pub w_id: String,
    /// Message.
    pub msg_id: GivenId,
    /// Sender.
    pub from_user: String,
    /// Receiver.
    pub to_user: String,
    /// The received content, in any of its forms.
    pub content: String,
    /// 0 normal, 1 HD; older gateways do not know it.
    pub kind: Option<u8>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Wire<'a> {
    w_id: &'a str,
    msg_id: &'a GivenId,
    #[serde(skip_serializing_if = "Option::is_none")]
    from_user: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    to_user: Option<&'a str>,
    content: &'a str,
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    kind: Option<u8>,
}

pub(super) fn check(wanted: &GetMsgImg, has_sizes: bool) -> Result<()> {
    match wanted.kind {
        Some(2..) => Err(Error::invalid_input("type: expected 0 (normal) or 1 (HD)")),
        Some(_) if has_sizes => Err(Error::invalid_input("type and size: expected one of them, got both")),
        _ => Ok(()),
    }
}

pub(super) fn request(gateway: &Gateway, wanted: &GetMsgImg, order: &Order, ask: &Ask, is_newer: bool) -> Request {
    let json = to_json(&Wire {
        w_id: &wanted.w_id,
        msg_id: &wanted.msg_id,
        from_user: Some(&*wanted.from_user).filter(|_| !is_newer),
        to_user: Some(&*wanted.to_user).filter(|_| !is_newer),
        content: &order.content,
        kind: match ask.size {
            Some(size) => Some(u8::from(size == Size::Hd)),
            // The newer body always has it.
            None => wanted.kind.or(is_newer.then_some(0)),
        },
    });
    gateway.post(PLACE, "/getMsgImg", "authorization", json)
}

/// Success is code 1000 **and** an http(s) URL.
pub(super) fn read(gateway: &Gateway, response: &Response) -> Result<Location> {
    let text = response.json_text(PLACE)?;
    let good = ENVELOPE.open(gateway, &text)?;
    let url = good.data.and_then(|data: Value<'_>| data.as_text().or_else(|| data.member("url").ok()??.as_text()));
    location(gateway, PLACE, url.as_deref(), "code 1000", Some(1000), good.said)
}

impl fmt::Debug for GetMsgImg {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GetMsgImg").field("msg_id", &self.msg_id).field("kind", &self.kind).finish_non_exhaustive()
    }
}
