//! webwxgetmsgimg, webwxgetmedia and webwxpreview: the picture of a message, its file, and the picture of an upload.
//! Whatever is wrong, the answer is 200, with nothing in it.

use bytes::Bytes;
use http::Method;

use crate::answer::{empty, typed};
use crate::exchange::{Call, Response};
use crate::message::Kind;
use crate::rules::PASS_TICKET_IN_ADDRESS;
use crate::state::State;

pub(crate) fn image(state: &State, call: &Call<'_>) -> Response {
    picture(state, call).map_or_else(empty, jpeg)
}

/// What the page shows of a picture that was pasted, until it is sent.
pub(crate) fn preview(state: &State, call: &Call<'_>) -> Response {
    let asked_rightly = call.method == Method::GET && call.query("fun") == Some("preview");
    let media = call.query("mediaid").and_then(|media_id| state.media.get(media_id));
    let media = media.filter(|_| asked_rightly && state.session.check_cookies(call).is_ok());
    media.map_or_else(empty, |media| jpeg(media.picture.bytes.clone()))
}

/// The file of a message, by its MediaId.
pub(crate) fn file(state: &State, call: &Call<'_>) -> Response {
    let session = &state.session;
    let is_allowed = call.method == Method::GET
        && session.check_cookies(call).is_ok()
        && session.check_data_ticket(call.query("webwx_data_ticket")).is_ok()
        && session.check_pass_ticket(&PASS_TICKET_IN_ADDRESS, call.query("pass_ticket")).is_ok();
    let message = call.query("mediaid").and_then(|media_id| state.messages.by_media_id(media_id));
    let message = message.filter(|message| is_allowed && call.query("sender") == Some(&message.from_user_name));
    message.map_or_else(empty, |message| typed("application/octet-stream", message.picture.bytes.clone()))
}

fn picture(state: &State, call: &Call<'_>) -> Option<Bytes> {
    let asked_rightly = call.method == Method::GET && call.query("skey") == Some(state.session.skey.as_str());
    if !asked_rightly || state.session.check_cookies(call).is_err() {
        return None;
    }
    // The page and wechat4u write MsgID, itchat-uos writes msgid.
    let message = state.message(call.query("MsgID").or_else(|| call.query("msgid"))?)?;
    let is_twice = call.query("type").is_none() && call.query.iter().any(|(key, _)| key == "type");
    match call.query("type") {
        _ if is_twice => None,
        Some("slave") => message.picture.thumbnail(),
        // Of a video, this service has the still alone; of a file, nothing more than a thumbnail.
        _ if [Kind::Video, Kind::File].map(Kind::msg_type).contains(&message.msg_type) => None,
        // The page asks for an emoticon by "big", and for a picture by no type; wechat4u asks for all by "big".
        None | Some("big") => Some(message.picture.bytes.clone()),
        Some(_) => None,
    }
}

/// The header says JPEG whatever the bytes are.
fn jpeg(bytes: Bytes) -> Response {
    typed("image/jpeg", bytes)
}
