//! `webwxsendmsgimg`, `webwxsendemoticon` and `webwxsendappmsg` (docs/protocol.md, "Send"): what was uploaded, or a received
//! picture, becomes a message.

use core::fmt;

use quick_xml::escape::minimal_escape;
use serde::Serialize;

use crate::answer::WebAnswer;
use crate::error::{Error, Place, Result};
use crate::http::{Body, Request, Response, malformed, to_json};
use crate::message::{Kind, Message};
use crate::prelude::*;
use crate::session::{BaseRequest, Session, check_receiver};
use crate::upload::{MediaKind, UploadedMedia, extension};

/// What the service says of a message that it has taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Receipt {
    /// Up to 20 digits.
    pub msg_id: String,
    /// The `ClientMsgId` that the message went out with.
    pub local_id: String,
}

/// Something to send. Made once for a message, and repeated as it is: the `ClientMsgId` in it keeps a second try from being a second
/// message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Send {
    request: Request,
    client_msg_id: String,
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

/// Messages whose answer is outstanding: they may have been delivered. To send the same media to the same receiver again, while nobody
/// knows, means the same message, and so goes out under the same `ClientMsgId`.
#[derive(Debug, Default)]
pub struct OpenSends {
    open: Vec<OpenSend>,
}

struct OpenSend {
    media_id: String,
    to: String,
    client_msg_id: String,
    /// Whether it may have been delivered: before the present call, and by now.
    was_out: bool,
    may_be_out: bool,
}

impl OpenSends {
    /// The id for a message: of the one that is open, or the `fresh` one, which is then open.
    pub fn client_msg_id(&mut self, media_id: &str, to: &str, fresh: String) -> String {
        if let Some(open) = self.open.iter_mut().find(|open| open.media_id == media_id && open.to == to) {
            (open.was_out, open.may_be_out) = (open.may_be_out, true);
            return open.client_msg_id.clone();
        }
        self.open.push(OpenSend {
            media_id: media_id.to_owned(),
            to: to.to_owned(),
            client_msg_id: fresh.clone(),
            was_out: false,
            may_be_out: true,
        });
        fresh
    }

    /// There is no receipt. The error says whether the message may be out by this call or one before it.
    pub fn fail(&mut self, client_msg_id: &str, error: Error) -> Error {
        let Some(open) = self.open.iter_mut().find(|open| open.client_msg_id == client_msg_id) else { return error };
        open.may_be_out = open.was_out || error.may_have_arrived();
        error.after_a_lost_answer(open.may_be_out)
    }

    /// There is a receipt: it is not open any more. A refusal does not close it, since an earlier try may have been delivered.
    pub fn close(&mut self, client_msg_id: &str) {
        self.open.retain(|open| open.client_msg_id != client_msg_id);
    }
}

impl Send {
    /// What was uploaded: a picture, a GIF as an emoticon, or a file.
    pub fn media(session: &Session, media: &UploadedMedia, to: &str, client_msg_id: String) -> Result<Self> {
        if media.media_id.trim().is_empty() {
            return Err(Error::invalid_input("media.mediaId is empty; pass what upload() gave"));
        }
        let file_content;
        let (endpoint, msg) = match media.kind()? {
            // `Content` has to be there for a picture, though it is empty.
            MediaKind::Picture => {
                (PICTURE, Msg { media_id: Some(&media.media_id), content: Some(""), ..Msg::of(&PICTURE) })
            }
            MediaKind::Emoticon => {
                (EMOTICON, Msg { emoji_flag: Some(2), media_id: Some(&media.media_id), ..Msg::of(&EMOTICON) })
            }
            MediaKind::File => {
                file_content = file_content_of(media);
                (FILE, Msg { signature: media.signature.as_deref(), content: Some(&file_content), ..Msg::of(&FILE) })
            }
        };
        Self::new(session, &endpoint, msg, to, client_msg_id, 0)
    }

    /// A received picture, sent on without an upload: its content says which it is.
    pub fn forward(session: &Session, content: &str, to: &str, client_msg_id: String) -> Result<Self> {
        if !matches!(Message::parse(content)?.kind, Kind::Image(_) | Kind::Opaque) {
            return Err(Error::invalid_input("only an image or opaque message can be forwarded"));
        }
        let msg = Msg { media_id: Some(""), content: Some(content), ..Msg::of(&PICTURE) };
        Self::new(session, &PICTURE, msg, to, client_msg_id, 2)
    }

    fn new(
        session: &Session,
        endpoint: &Endpoint,
        msg: Msg<'_>,
        to: &str,
        client_msg_id: String,
        scene: u8,
    ) -> Result<Self> {
        let msg = Msg {
            from_user_name: session.user_name(),
            to_user_name: check_receiver(to)?,
            local_id: &client_msg_id,
            client_msg_id: &client_msg_id,
            ..msg
        };
        let json = to_json(&Wire { base_request: session.base_request(), msg, scene });
        let url = session.page_url(&format!("{}?{}", endpoint.name, endpoint.query));
        let request = Request::post_json(Place::at(endpoint.name), url, json).with_cookies(session.cookies());
        Ok(Self { request, client_msg_id })
    }

    /// The request, the same for each try.
    pub fn request(&self) -> &Request {
        &self.request
    }

    /// Bytes of the request's body.
    pub fn size(&self) -> u64 {
        match &self.request.body {
            Body::Json(json) => json.len() as u64,
            Body::Empty | Body::Form(_) => 0,
        }
    }

    /// What the service made of it.
    pub fn parse(&self, response: &Response) -> Result<Receipt> {
        let place = self.request.place;
        let answer = WebAnswer::parse(place, response)?;
        let msg_id = answer.msg_id.filter(|id| !id.is_empty() && id.bytes().all(|b| b.is_ascii_digit()));
        Ok(Receipt {
            msg_id: msg_id.ok_or_else(|| malformed(place, "Ret 0, but no MsgID"))?,
            local_id: answer.local_id.filter(|id| !id.is_empty()).unwrap_or_else(|| self.client_msg_id.clone()),
        })
    }
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

impl fmt::Debug for OpenSend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OpenSend({})", self.client_msg_id)
    }
}
