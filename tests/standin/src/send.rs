//! webwxsendmsgimg and webwxsendemoticon: a MediaId, or a received content, becomes a message.

use std::sync::Arc;

use http::Method;

use crate::answer::SendAnswer;
use crate::content::{emoji_xml, escaped, own_image_xml, unescaped};
use crate::exchange::Call;
use crate::json::{Object, is_digits};
use crate::message::{Kind, Letter};
use crate::picture::Picture;
use crate::refusal::{Refusal, require};
use crate::state::State;
use crate::wire::Wire;

/// `Scene` of a message that forwards another.
const FORWARD: u64 = 2;

pub(crate) fn image(state: &mut State, call: &Call<'_>) -> Result<SendAnswer, Refusal> {
    check_call(state, call, "async")?;
    let body = Object::body(call.body)?;
    let message = body.object("Msg")?;
    let wire = Wire::of_send(body.keys());
    let msg_keys: &[&str] = match wire {
        Wire::Page => {
            body.in_order(&["BaseRequest", "Msg", "Scene"], &[])?;
            check_content_is_there(&message)?;
            &["Type", "MediaId", "Content", "FromUserName", "ToUserName", "LocalID", "ClientMsgId"]
        }
        Wire::PublicClient => &["Type", "MediaId", "FromUserName", "ToUserName", "LocalID", "ClientMsgId"],
    };
    message.in_order(msg_keys, &["Signature"])?;
    let scene = body.number("Scene")?;
    let (to, client_msg_id) = check_message(state, &body, &message, Kind::Image, wire)?;
    let picture = match scene {
        0 => {
            if wire == Wire::Page {
                require(message.string("Content")?.is_empty(), || "Msg.Content: expected empty".into())?;
            }
            uploaded(state, &message, &to, Kind::Image)?
        }
        FORWARD => forwarded(state, &message)?,
        other => {
            return Err(Refusal::parameter(format!("Scene: {other}, expected 0 or {FORWARD}")));
        }
    };
    deliver(state, Kind::Image, to, client_msg_id, picture)
}

pub(crate) fn emoticon(state: &mut State, call: &Call<'_>) -> Result<SendAnswer, Refusal> {
    check_call(state, call, "sys")?;
    let body = Object::body(call.body)?;
    body.in_any_order(&["BaseRequest", "Msg", "Scene"], &[])?;
    body.constant("Scene", 0)?;
    let message = body.object("Msg")?;
    // No capture shows the order of these keys.
    let keys = ["Type", "EmojiFlag", "MediaId", "FromUserName", "ToUserName", "LocalID", "ClientMsgId"];
    message.in_any_order(&keys, &["Content", "Signature"])?;
    message.constant("EmojiFlag", 2)?;
    if message.has("Content") {
        require(message.string("Content")?.is_empty(), || "Msg.Content: expected empty".into())?;
    }
    let (to, client_msg_id) = check_message(state, &body, &message, Kind::Emoticon, Wire::Page)?;
    let picture = uploaded(state, &message, &to, Kind::Emoticon)?;
    deliver(state, Kind::Emoticon, to, client_msg_id, picture)
}

fn check_call(state: &State, call: &Call<'_>, fun: &str) -> Result<(), Refusal> {
    require(call.method == Method::POST, || format!("method: {}, expected POST", call.method))?;
    require(call.media_type() == "application/json", || "content-type: expected application/json".into())?;
    require(call.query("fun") == Some(fun), || format!("fun: expected {fun}"))?;
    require(call.query("f") == Some("json"), || "f: expected json".into())?;
    require(call.query("lang").is_some_and(|lang| !lang.is_empty()), || "lang: missing".into())?;
    if let Some(ticket) = call.query("pass_ticket") {
        state.session.check_pass_ticket(ticket)?;
    }
    state.session.check_cookies(call)
}

/// The one parameter that the service misses with a Ret of its own.
fn check_content_is_there(message: &Object<'_>) -> Result<(), Refusal> {
    if message.has("Content") {
        return Ok(());
    }
    Err(Refusal::new(Refusal::SYSTEM, "Msg.Content: missing"))
}

/// What both kinds of message share: type, session, receiver, ids.
fn check_message(
    state: &State,
    body: &Object<'_>,
    message: &Object<'_>,
    kind: Kind,
    wire: Wire,
) -> Result<(String, String), Refusal> {
    message.constant("Type", kind.msg_type())?;
    state.session.check_base_request(body)?;
    state.session.check_sender(message)?;
    let client_msg_id = read_id(message, "ClientMsgId", wire)?;
    let local_id = read_id(message, "LocalID", wire)?;
    require(local_id == client_msg_id, || format!("Msg.LocalID: {local_id}, but ClientMsgId is {client_msg_id}"))?;
    Ok((state.check_receiver(message)?, client_msg_id))
}

/// Milliseconds and four digits, as a string; public clients send microseconds as a number.
fn read_id(message: &Object<'_>, key: &str, wire: Wire) -> Result<String, Refusal> {
    let (id, digits) = match wire {
        Wire::Page => (message.string(key)?, 17),
        Wire::PublicClient => (message.number(key)?.to_string(), 16),
    };
    require(id.len() == digits && is_digits(&id), || format!("{}: {id:?}, expected {digits} digits", message.at(key)))?;
    Ok(id)
}

/// The picture under a MediaId that this world gave for this receiver.
fn uploaded(state: &State, message: &Object<'_>, to: &str, kind: Kind) -> Result<Arc<Picture>, Refusal> {
    let media_id = message.string("MediaId")?;
    let media = state.media.get(&media_id).ok_or_else(|| Refusal::parameter("Msg.MediaId: not one that was given"))?;
    let Some(receiver) = &media.to else {
        return Ok(media.picture.clone());
    };
    require(receiver == to, || "Msg.MediaId: given for another ToUserName".into())?;
    let signature = if message.has("Signature") { Some(message.string("Signature")?) } else { None };
    require(signature == media.signature, || match media.signature {
        Some(_) => "Msg.Signature: not the one that webwxcheckupload gave".into(),
        None => "Msg.Signature: given, but webwxcheckupload gave none".into(),
    })?;
    match (kind, media.picture.is_gif()) {
        (Kind::Image, true) => Err(Refusal::parameter("Msg.MediaId: a GIF, which goes by webwxsendemoticon")),
        (Kind::Emoticon, false) => Err(Refusal::parameter("Msg.MediaId: no GIF")),
        _ => Ok(media.picture.clone()),
    }
}

/// The picture of the message whose content is sent on: opaque content as it came, XML without its escaping.
fn forwarded(state: &State, message: &Object<'_>) -> Result<Arc<Picture>, Refusal> {
    require(message.string("MediaId")?.is_empty(), || "Msg.MediaId: expected empty in a forward".into())?;
    let content = message.filled_string("Content")?;
    require(!content.contains("&lt;"), || "Msg.Content: still escaped".into())?;
    let images = state.messages.all().iter().filter(|known| known.msg_type == Kind::Image.msg_type());
    let found = images.clone().find(|known| unescaped(&known.content) == content);
    found
        .map(|known| known.picture.clone())
        .ok_or_else(|| Refusal::parameter("Msg.Content: not the content of a received image"))
}

/// One message for one ClientMsgId, however often it comes.
fn deliver(
    state: &mut State,
    kind: Kind,
    to: String,
    client_msg_id: String,
    picture: Arc<Picture>,
) -> Result<SendAnswer, Refusal> {
    let message = if let Some(earlier) = state.messages.sent_as(&client_msg_id) {
        require(earlier.to_user_name == to && earlier.picture.md5 == picture.md5, || {
            format!("Msg.ClientMsgId: {client_msg_id} was another message's")
        })?;
        earlier
    } else {
        let xml = match kind {
            Kind::Image => own_image_xml(&picture),
            _ => emoji_xml(&picture),
        };
        let from = state.session.user_name.clone();
        let client_msg_id = Some(client_msg_id.clone());
        let letter = Letter { kind, from, to, content: escaped(&xml), picture, client_msg_id };
        state.messages.add(&mut state.ids, letter)
    };
    Ok(SendAnswer { msg_id: message.msg_id.clone(), local_id: client_msg_id, ..SendAnswer::default() })
}
