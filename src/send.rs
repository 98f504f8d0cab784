//! `webwxsendmsgimg`, `webwxsendemoticon` and `webwxsendappmsg` (docs/protocol.md, "Send"): what was uploaded, or a received
//! picture, becomes a message.

use quick_xml::escape::minimal_escape;
use serde::Serialize;

use crate::answer::WebAnswer;
use crate::error::{Error, Place, Result};
use crate::http::{Request, Response, malformed, to_json};
use crate::ids::MsgId;
use crate::message::{Kind, Message};
use crate::prelude::*;
use crate::session::{BaseRequest, Receiver, Session};
use crate::upload::{MediaKind, UploadedMedia, extension};

/// What the service says of a message that it has taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Receipt {
    /// The service's id.
    pub msg_id: MsgId,
    /// The `ClientMsgId` that the message went out with.
    pub local_id: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Wire<'a> {
    base_request: BaseRequest<'a>,
    msg: Msg<'a>,
    scene: u8,
}

/// The keys of all three messages, in the page's order; each message has some of them.
#[derive(Clone, Copy, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Msg<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    signature: Option<&'a str>,
    #[serde(rename = "Type")]
    kind: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    emoji_flag: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    media_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    content: Option<&'a str>,
    from_user_name: &'a str,
    to_user_name: &'a str,
    #[serde(rename = "LocalID")]
    local_id: &'a str,
    client_msg_id: &'a str,
}

/// Where a kind of message goes, and its `Type`.
struct Endpoint {
    name: &'static str,
    query: &'static str,
    kind: u8,
}

const PICTURE: Endpoint = Endpoint { name: "webwxsendmsgimg", query: "fun=async&f=json", kind: 3 };
const EMOTICON: Endpoint = Endpoint { name: "webwxsendemoticon", query: "fun=sys", kind: 47 };
const FILE: Endpoint = Endpoint { name: "webwxsendappmsg", query: "fun=async&f=json", kind: 6 };

/// The request for what was uploaded: a picture, a GIF as an emoticon, or a file. Made once for a message, and repeated as it is: the
/// `ClientMsgId` in it keeps a retry from being a second message.
pub fn media_request(
    session: &Session,
    device_id: &str,
    media: &UploadedMedia,
    to: &Receiver,
    client_msg_id: &str,
) -> Request {
    let file_content;
    let media_id = Some(media.media_id.as_str());
    let (endpoint, msg) = match media.kind() {
        Ok(MediaKind::File) => {
            file_content = file_content_of(media);
            (FILE, Msg { signature: media.signature.as_deref(), content: Some(&file_content), ..Msg::of(&FILE) })
        }
        Ok(MediaKind::Emoticon) => (EMOTICON, Msg { emoji_flag: Some(2), media_id, ..Msg::of(&EMOTICON) }),
        // `Content` has to be there for a picture, though it is empty.
        Ok(MediaKind::Picture) | Err(_) => (PICTURE, Msg { media_id, content: Some(""), ..Msg::of(&PICTURE) }),
    };
    request(session, device_id, &endpoint, msg, to, client_msg_id, 0)
}

/// The request that sends a received picture on without an upload: its content says which it is.
pub fn forward_request(
    session: &Session,
    device_id: &str,
    content: &str,
    to: &Receiver,
    client_msg_id: &str,
) -> Request {
    let msg = Msg { media_id: Some(""), content: Some(content), ..Msg::of(&PICTURE) };
    request(session, device_id, &PICTURE, msg, to, client_msg_id, 2)
}

/// Refuses a content that is no picture's.
pub fn check_content(content: &str) -> Result<()> {
    match Message::parse(content)?.kind {
        Kind::Image(_) | Kind::Opaque => Ok(()),
        _ => Err(Error::invalid_input("only an image or opaque message can be forwarded")),
    }
}

/// What the service made of a message.
pub fn receipt(place: Place, response: &Response, client_msg_id: &str) -> Result<Receipt> {
    let answer = WebAnswer::parse(place, response)?;
    let msg_id = answer.msg_id.as_deref().and_then(MsgId::new);
    Ok(Receipt {
        msg_id: msg_id.ok_or_else(|| malformed(place, "Ret 0, but no MsgID"))?,
        local_id: answer.local_id.filter(|id| !id.is_empty()).unwrap_or_else(|| client_msg_id.to_owned()),
    })
}

fn request(
    session: &Session,
    device_id: &str,
    endpoint: &Endpoint,
    msg: Msg<'_>,
    to: &Receiver,
    client_msg_id: &str,
    scene: u8,
) -> Request {
    let msg = Msg {
        from_user_name: session.user_name(),
        to_user_name: to.as_str(),
        local_id: client_msg_id,
        client_msg_id,
        ..msg
    };
    let json = to_json(&Wire { base_request: session.base_request(device_id), msg, scene });
    let url = session.page_url(&format!("{}?{}", endpoint.name, endpoint.query));
    session.own(Request::post_json(Place::at(endpoint.name), url, json))
}

impl Msg<'_> {
    /// A message of this kind, with nothing else in it.
    fn of(endpoint: &Endpoint) -> Self {
        Self {
            signature: None,
            kind: endpoint.kind,
            emoji_flag: None,
            media_id: None,
            content: None,
            from_user_name: "",
            to_user_name: "",
            local_id: "",
            client_msg_id: "",
        }
    }
}

/// The content of a file's message, as the page writes it; but the page does not escape a name.
fn file_content_of(media: &UploadedMedia) -> String {
    let name = media.file_name.as_deref().unwrap_or_default();
    format!(
        "<appmsg appid='wxeb7ec651dd0aefa9' sdkver=''><title>{}</title><des></des><action></action><type>6</type>\
         <content></content><url></url><lowurl></lowurl><appattach><totallen>{}</totallen><attachid>{}</attachid>\
         <fileext>{}</fileext></appattach><extinfo></extinfo></appmsg>",
        minimal_escape(name),
        media.size,
        minimal_escape(&media.media_id),
        minimal_escape(extension(name)),
    )
}
