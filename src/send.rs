//! `webwxsendmsgimg` and `webwxsendemoticon` (docs/protocol.md, "Send"): an uploaded picture, or a received one, becomes a message.

use core::fmt;

use serde::Serialize;

use crate::answer::WebAnswer;
use crate::error::{Error, Place, Result};
use crate::http::{Body, Request, Response, malformed, query_value, to_json};
use crate::message::{Kind, Message};
use crate::prelude::*;
use crate::session::{BaseRequest, Session, check_receiver};
use crate::upload::UploadedMedia;

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

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Msg<'a> {
    #[serde(rename = "Type")]
    kind: u8,
    #[serde(skip_serializing_if = "Option::is_none")]
    emoji_flag: Option<u8>,
    media_id: &'a str,
    /// Has to be there for a picture, though it is empty; an emoticon has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    content: Option<&'a str>,
    from_user_name: &'a str,
    to_user_name: &'a str,
    #[serde(rename = "LocalID")]
    local_id: &'a str,
    client_msg_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    signature: Option<&'a str>,
}

/// Which of the two endpoints, with the values in which they differ.
struct Endpoint {
    name: &'static str,
    fun: &'static str,
    kind: u8,
    emoji_flag: Option<u8>,
}

const PICTURE: Endpoint = Endpoint { name: "webwxsendmsgimg", fun: "async", kind: 3, emoji_flag: None };
const EMOTICON: Endpoint = Endpoint { name: "webwxsendemoticon", fun: "sys", kind: 47, emoji_flag: Some(2) };

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
    /// An uploaded picture. A GIF goes as an emoticon.
    pub fn media(session: &Session, media: &UploadedMedia, to: &str, client_msg_id: String) -> Result<Self> {
        if media.media_id.trim().is_empty() {
            return Err(Error::invalid_input("media.mediaId is empty; pass what upload() gave"));
        }
        let is_gif = media.mime == "image/gif";
        let (endpoint, content) = if is_gif { (EMOTICON, None) } else { (PICTURE, Some("")) };
        let msg = Msg {
            kind: endpoint.kind,
            emoji_flag: endpoint.emoji_flag,
            media_id: &media.media_id,
            content,
            signature: media.signature.as_deref(),
            from_user_name: session.user_name(),
            to_user_name: check_receiver(to)?,
            local_id: &client_msg_id,
            client_msg_id: &client_msg_id,
        };
        let request = request(session, &endpoint, msg, 0);
        Ok(Self { request, client_msg_id })
    }

    /// A received picture, sent on without an upload: its content says which it is.
    pub fn forward(session: &Session, content: &str, to: &str, client_msg_id: String) -> Result<Self> {
        if !matches!(Message::parse(content)?.kind, Kind::Image(_) | Kind::Opaque) {
            return Err(Error::invalid_input("only an image or opaque message can be forwarded"));
        }
        let msg = Msg {
            kind: PICTURE.kind,
            emoji_flag: None,
            media_id: "",
            content: Some(content),
            signature: None,
            from_user_name: session.user_name(),
            to_user_name: check_receiver(to)?,
            local_id: &client_msg_id,
            client_msg_id: &client_msg_id,
        };
        let request = request(session, &PICTURE, msg, 2);
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

fn request(session: &Session, endpoint: &Endpoint, msg: Msg<'_>, scene: u8) -> Request {
    let json = to_json(&Wire { base_request: session.base_request(), msg, scene });
    let ticket = session.pass_ticket().map(|ticket| format!("&pass_ticket={}", query_value(ticket)));
    let url = format!(
        "{}/cgi-bin/mmwebwx-bin/{}?fun={}&f=json&lang={}{}",
        session.origin(),
        endpoint.name,
        endpoint.fun,
        query_value(session.lang()),
        ticket.unwrap_or_default()
    );
    Request::post_json(Place::at(endpoint.name), url, json).with_cookies(session.cookies())
}

impl fmt::Debug for OpenSend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OpenSend({})", self.client_msg_id)
    }
}
