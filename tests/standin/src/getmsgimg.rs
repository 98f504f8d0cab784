//! webwxgetmsgimg: the picture of a message. Whatever is wrong, the answer is 200, with nothing in it.

use bytes::Bytes;
use http::Method;

use crate::answer::{empty, typed};
use crate::exchange::{Call, Response};
use crate::state::State;

pub(crate) fn answer(state: &State, call: &Call<'_>) -> Response {
    picture(state, call).map_or_else(empty, jpeg)
}

fn picture(state: &State, call: &Call<'_>) -> Option<Bytes> {
    let asked_rightly = call.method == Method::GET && call.query("skey") == Some(state.session.skey.as_str());
    if !asked_rightly || state.session.check_cookies(call).is_err() {
        return None;
    }
    let message = state.messages.by_msg_id(call.query("MsgID")?)?;
    match call.query("type") {
        None if call.query.iter().any(|(key, _)| key == "type") => None,
        None | Some("big") => Some(message.picture.bytes.clone()),
        Some("slave") => message.picture.thumbnail(),
        Some(_) => None,
    }
}

/// The header says JPEG whatever the bytes are.
fn jpeg(bytes: Bytes) -> Response {
    typed("image/jpeg", bytes)
}
