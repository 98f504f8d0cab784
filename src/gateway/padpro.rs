//! `WeChatPadPro`: base64 in sections.

use serde::Serialize;

use super::answer::{Envelope, any_of, number, words};
use super::{Ask, Gateway, GivenId, LONGEST_ANSWER, Section};
use crate::download::Size;
use crate::error::{Place, Result};
use crate::http::{Request, Response, query_value, to_json};
use crate::prelude::*;

pub(super) const PLACE: Place = Place::at("GetMsgBigImg");

/// Bytes that a section is asked for, as by all clients.
const SECTION: u64 = 65_536;

/// A picture to ask for.
#[derive(Clone)]
pub struct PadPro {
    /// Message.
    pub msg_id: GivenId,
    /// Sender.
    pub from_user: String,
    /// Receiver.
    pub to_user: String,
    /// The received content, in any of its forms: what the picture has to be.
    pub content: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Wire<'a> {
    compress_type: u8,
    from_user_name: &'a str,
    msg_id: &'a GivenId,
    section: WireSection,
    to_user_name: &'a str,
    total_len: u64,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct WireSection {
    data_len: u64,
    start_pos: u64,
}

pub(super) fn request(gateway: &Gateway, wanted: &PadPro, ask: &Ask) -> Request {
    let total_len = ask.total.unwrap_or_default();
    let left = ask.total.map_or(SECTION, |total| total.saturating_sub(ask.start));
    let json = to_json(&Wire {
        compress_type: u8::from(ask.size == Some(Size::Hd)),
        from_user_name: &wanted.from_user,
        msg_id: &wanted.msg_id,
        section: WireSection { data_len: left.min(SECTION), start_pos: ask.start },
        to_user_name: &wanted.to_user,
        total_len,
    });
    let token = query_value(&gateway.authorization);
    let url = format!("{}/message/GetMsgBigImg?key={token}", gateway.origin);
    let mut request = Request::post_json(PLACE.section(ask.section), url, json);
    request.headers = vec![("content-type".into(), "application/json".to_owned())];
    request.reading(LONGEST_ANSWER).with_secret(gateway.authorization.clone())
}

pub(super) fn read(gateway: &Gateway, place: Place, response: &Response) -> Result<Section> {
    let envelope = Envelope { place, code: "Code", good: 200, words: ["Text", "Message"], data: "Data" };
    let text = response.json_text_within(place, LONGEST_ANSWER)?;
    let good = envelope.open(gateway, &text)?;
    let unreadable = |why| envelope.unreadable(why);
    let data = good.data.ok_or_else(|| envelope.without("no picture"))?;
    let member = |names: &[&str]| any_of(data, names).map_err(unreadable);
    let inner = member(&["Data", "data"])?.ok_or_else(|| envelope.without("no picture"))?;
    let within = |names: &[&str]| any_of(inner, names).map_err(unreadable);
    let base64 = words(within(&["Buffer", "buffer"])?).ok_or_else(|| envelope.without("no picture"))?;
    let announced = number(within(&["iLen", "ILen"])?).or(number(member(&["DataLen", "dataLen"])?));
    let section = Section::new(place, &base64, announced)?;
    let (start, total) = (number(member(&["StartPos", "startPos"])?), number(member(&["TotalLen", "totalLen"])?));
    Ok(Section { start, total, is_part: true, ..section })
}
