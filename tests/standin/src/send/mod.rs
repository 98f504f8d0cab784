//! webwxsendmsgimg, webwxsendemoticon and webwxsendappmsg: a MediaId, or a received content, becomes a message.

mod appmsg;

use std::sync::Arc;

use http::Method;

use crate::answer::SendAnswer;
use crate::content::{appmsg_xml, emoji_xml, escaped, own_image_xml, unescaped};
use crate::exchange::Call;
use crate::json::Object;
use crate::message::{Attachment, Kind, Letter};
use crate::picture::Picture;
use crate::refusal::{Refusal, require};
use crate::rules::{self, PASS_TICKET_IN_ADDRESS};
use crate::state::{Media, MediaKind, State};
use appmsg::AppMsg;

/// `Scene` of a message that forwards another.
const FORWARD: u64 = 2;

/// What every message has; the clients write the keys in different orders.
const KEYS: [&str; 5] = ["Type", "FromUserName", "ToUserName", "LocalID", "ClientMsgId"];

pub(crate) fn image(state: &mut State, call: &Call<'_>) -> Result<SendAnswer, Refusal> {
    check_address(call, "async")?;
    require(call.query("f") == Some("json"), || "f: expected json".into())?;
    let sending = Sending::read(state, call, Kind::Image, &["MediaId"], &["Content", "Signature"])?;
    let message = &sending.message;
    let picture = match sending.scene {
        0 => {
            check_content(message, state)?;
            let media = Sending::media(state, &message.string("MediaId")?)?;
            // The page writes it into a file's message alone. Right, it does no harm.
            if message.has("Signature") {
                check_signature(message, media)?;
            }
            check_kind(media, MediaKind::Pic, "a picture goes as pic")?;
            require(!media.is_gif(), || "Msg.MediaId: a GIF, which goes by webwxsendemoticon".into())?;
            media.picture.clone()
        }
        FORWARD => forwarded(state, message)?,
        other => {
            return Err(Refusal::parameter(format!("Scene: {other}, expected 0 or {FORWARD}")));
        }
    };
    let content = own_image_xml(&picture);
    deliver(state, sending, &content, picture, None)
}

pub(crate) fn emoticon(state: &mut State, call: &Call<'_>) -> Result<SendAnswer, Refusal> {
    check_address(call, "sys")?;
    rules::EMOTICON_F.check("f", call.query("f"), &state.session)?;
    let sending = Sending::read(state, call, Kind::Emoticon, &["EmojiFlag", "MediaId"], &["Content"])?;
    let message = &sending.message;
    require(sending.scene == 0, || format!("Scene: {}, expected 0", sending.scene))?;
    message.constant("EmojiFlag", 2)?;
    message.check("Content", &rules::EMOTICON_CONTENT, &state.session)?;
    let media = Sending::media(state, &message.string("MediaId")?)?;
    // As pic, clients report that another picture arrives.
    check_kind(media, MediaKind::Doc, "a GIF goes as doc")?;
    require(!media.is_own || media.is_gif(), || "Msg.MediaId: no GIF".into())?;
    let picture = media.picture.clone();
    let content = emoji_xml(&picture);
    deliver(state, sending, &content, picture, None)
}

pub(crate) fn file(state: &mut State, call: &Call<'_>) -> Result<SendAnswer, Refusal> {
    check_address(call, "async")?;
    require(call.query("f") == Some("json"), || "f: expected json".into())?;
    let sending = Sending::read(state, call, Kind::File, &["Content"], &["Signature"])?;
    let message = &sending.message;
    require(sending.scene == 0, || format!("Scene: {}, expected 0", sending.scene))?;
    let app = AppMsg::read(&message.at("Content"), &message.string("Content")?)?;
    let media = Sending::media(state, &app.attach_id)?;
    check_signature(message, media)?;
    require(media.kind != Some(MediaKind::Pic), || "Msg.Content: uploaded as pic; a file goes as doc or video".into())?;
    if media.is_own {
        app.check_size(&message.at("Content"), media.picture.bytes.len())?;
    }
    let picture = media.picture.clone();
    let attachment = Attachment::new(app.title, &picture, app.attach_id);
    let content = appmsg_xml(&attachment, &app.extension);
    deliver(state, sending, &content, picture, Some(attachment))
}

/// `lang` is not looked at: the page has it only where its own address has it.
fn check_address(call: &Call<'_>, fun: &str) -> Result<(), Refusal> {
    require(call.method == Method::POST, || format!("method: {}, expected POST", call.method))?;
    require(call.media_type() == "application/json", || "content-type: expected application/json".into())?;
    require(call.query("fun") == Some(fun), || format!("fun: expected {fun}"))
}

/// A request to send, as far as all kinds of messages share it: session, receiver, ids.
struct Sending<'c> {
    kind: Kind,
    scene: u64,
    message: Object<'c>,
    to: String,
    client_msg_id: String,
    local_id: String,
}

impl<'c> Sending<'c> {
    fn read(state: &State, call: &Call<'c>, kind: Kind, needed: &[&str], optional: &[&str]) -> Result<Self, Refusal> {
        let session = &state.session;
        session.check_cookies(call)?;
        session.check_pass_ticket(&PASS_TICKET_IN_ADDRESS, call.query("pass_ticket"))?;
        let body = Object::body(call.body)?;
        body.has_keys(&["BaseRequest", "Msg", "Scene"], &[])?;
        let message = body.object("Msg")?;
        message.has_keys(&[&KEYS, needed].concat(), optional)?;
        message.constant("Type", kind.send_type())?;
        session.check_base_request(&body)?;
        session.check_sender(&message)?;
        let scene = body.number("Scene")?;
        let to = state.check_receiver(call.dialect, &message)?;
        let id = |key: &str| {
            message.check(key, &rules::MESSAGE_ID, session)?;
            message.text(key).map(|text| text.trim_matches('"').to_owned())
        };
        // itchat-uos asks the clock for each of the two, and they may differ.
        let (client_msg_id, local_id) = (id("ClientMsgId")?, id("LocalID")?);
        Ok(Self { kind, scene, message, to, client_msg_id, local_id })
    }

    /// The file under a MediaId that this world gave. For whom it was uploaded does not matter: openwechat uploads once and sends to many,
    /// and itchat-uos uploads all for the file helper.
    fn media<'s>(state: &'s State, media_id: &str) -> Result<&'s Media, Refusal> {
        state.media.get(media_id).ok_or_else(|| Refusal::parameter("Msg.MediaId: not one that was given"))
    }
}

/// It may be missing only where the ids are numbers: wechat4u and itchat-uos send both so. With ids as the page writes
/// them, clients report Ret -1.
fn check_content(message: &Object<'_>, state: &State) -> Result<(), Refusal> {
    if !message.has("Content") && message.text("ClientMsgId")?.starts_with('"') {
        return Err(Refusal::new(Refusal::SYSTEM, "Msg.Content: missing"));
    }
    message.check("Content", &rules::PICTURE_CONTENT, &state.session)
}

/// What webwxcheckupload gave for the file, and nothing where it was not asked.
fn check_signature(message: &Object<'_>, media: &Media) -> Result<(), Refusal> {
    let signature = if message.has("Signature") { Some(message.string("Signature")?) } else { None };
    require(signature == media.signature, || match media.signature {
        Some(_) => "Msg.Signature: not the one that webwxcheckupload gave".into(),
        None => "Msg.Signature: given, but webwxcheckupload gave none".into(),
    })
}

fn check_kind(media: &Media, kind: MediaKind, why: &str) -> Result<(), Refusal> {
    require(media.kind.is_none_or(|found| found == kind), || {
        let found = media.kind.map_or("", MediaKind::name);
        format!("Msg.MediaId: uploaded as {found}; {why}")
    })
}

/// The picture of the message whose content is sent on: opaque content as it came, XML without its escaping.
fn forwarded(state: &State, message: &Object<'_>) -> Result<Arc<Picture>, Refusal> {
    require(message.string("MediaId")?.is_empty(), || "Msg.MediaId: expected empty in a forward".into())?;
    let content = message.filled_string("Content")?;
    require(!content.contains("&lt;"), || "Msg.Content: still escaped".into())?;
    let images =
        state.messages.all().iter().chain(state.phone.all()).filter(|known| known.msg_type == Kind::Image.msg_type());
    let found = images.clone().find(|known| unescaped(&known.content) == content);
    found
        .map(|known| known.picture.clone())
        .ok_or_else(|| Refusal::parameter("Msg.Content: not the content of a received image"))
}

/// One message for one ClientMsgId, however often it comes.
fn deliver(
    state: &mut State,
    Sending { kind, to, client_msg_id, local_id, .. }: Sending<'_>,
    xml: &str,
    picture: Arc<Picture>,
    attachment: Option<Attachment>,
) -> Result<SendAnswer, Refusal> {
    let message = if let Some(earlier) = state.messages.sent_as(&client_msg_id) {
        let is_same =
            earlier.to_user_name == to && earlier.msg_type == kind.msg_type() && earlier.picture.md5 == picture.md5;
        require(is_same, || format!("Msg.ClientMsgId: {client_msg_id} was another message's"))?;
        earlier
    } else {
        let from = state.session.user_name.clone();
        let client_msg_id = Some(client_msg_id);
        let letter = Letter { kind, from, to, content: escaped(xml), picture, client_msg_id, attachment };
        state.messages.add(&mut state.ids, letter)
    };
    Ok(SendAnswer { msg_id: message.msg_id.clone(), local_id, ..SendAnswer::default() })
}
