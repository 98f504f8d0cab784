//! The gateway: getMsgImg, and the picture that its answer points to.

use bytes::Bytes;
use http::{Method, StatusCode, header};
use quick_xml::Reader;
use quick_xml::events::Event;
use serde::Serialize;

use crate::answer::{application_json, html, typed};
use crate::endpoint::GATEWAY_IMAGES;
use crate::exchange::{Call, Response};
use crate::gateways;
use crate::hosts::allow_anyone;
use crate::json::{Object, is_digits};
use crate::refusal::{Refusal, require};
use crate::state::State;

/// What the gateway takes as `Authorization`.
pub(crate) const AUTHORIZATION: &str = "eyJhbGciOiJIUzUxMiJ9.c3RhbmRpbg.4Vq1m-Zk8bT0xWcY7dLrPn";

/// The two forms of its answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum GatewayForm {
    /// `message`, `code` as a string, `data` as the address itself.
    #[default]
    Old,
    /// `msg`, `code` as a number, `data` as an object with the address in it.
    New,
}

#[derive(Serialize)]
struct OldAnswer {
    message: String,
    code: String,
    data: Option<String>,
}

#[derive(Serialize)]
struct NewAnswer {
    msg: String,
    code: i64,
    data: Option<NewData>,
}

#[derive(Serialize)]
struct NewData {
    url: String,
}

impl GatewayForm {
    fn succeeded(self, url: String) -> Response {
        self.write("成功".into(), ("1000", 1000), Some(url))
    }

    /// Ret 1 stands for the form's own code of failure; any other is taken as it is.
    pub(crate) fn refused(self, refusal: &Refusal) -> Response {
        let message = format!("失败: {}", refusal.why);
        match refusal.ret {
            Refusal::PARAMETER => self.write(message, ("1001", 10001), None),
            code => self.write(message, (&code.to_string(), code), None),
        }
    }

    fn write(self, message: String, (text, number): (&str, i64), url: Option<String>) -> Response {
        match self {
            Self::Old => application_json(&OldAnswer { message, code: text.into(), data: url }),
            Self::New => {
                let data = url.map(|url| NewData { url });
                application_json(&NewAnswer { msg: message, code: number, data })
            }
        }
    }
}

pub(crate) fn answer(state: &State, form: GatewayForm, call: &Call<'_>) -> Result<Response, Refusal> {
    require(call.method == Method::POST, || format!("method: {}, expected POST", call.method))?;
    require(call.media_type() == "application/json", || "content-type: expected application/json".into())?;
    let token = call.header(header::AUTHORIZATION.as_str());
    require(token == Some(AUTHORIZATION), || "authorization: not the token that was given".into())?;
    let body = Object::body(call.body)?;
    // The newer body has neither of them, and always a type.
    let is_newer = !body.has("fromUser") && !body.has("toUser");
    if is_newer {
        body.has_keys(&["wId", "msgId", "content", "type"], &[])?;
    } else {
        body.has_keys(&["wId", "msgId", "fromUser", "toUser", "content"], &["type"])?;
        body.filled_string("fromUser")?;
        body.filled_string("toUser")?;
    }
    body.filled_string("wId")?;
    if body.has("type") {
        let size = body.number("type")?;
        require(size <= 1, || format!("type: {size}, expected 0 or 1"))?;
        // No message of this world has more than one original; an older gateway gives that whatever was asked for.
        require(!is_newer || size == 0, || "type: 1, and there is no HD picture".into())?;
    }
    check_content(&body.string("content")?)?;
    let msg_id = read_msg_id(&body)?;
    let message = state.messages.by_msg_id(&msg_id);
    let message = message.ok_or_else(|| Refusal::parameter(format!("msgId: no message {msg_id}")))?;
    let origin = &state.session.file_origin;
    let extension = message.picture.extension();
    Ok(form.succeeded(format!("{origin}{GATEWAY_IMAGES}{msg_id}.{extension}")))
}

/// A number or a string of digits, digit for digit.
fn read_msg_id(body: &Object<'_>) -> Result<String, Refusal> {
    let text = body.text("msgId")?;
    let id = if text.starts_with('"') { body.string("msgId")? } else { text.to_owned() };
    require(is_digits(&id), || format!("msgId: {text} is not made of digits"))?;
    Ok(id)
}

/// Plain XML, from its first character, with an `<img>` right under `<msg>`. What follows the image is not
/// looked at: real messages are not always well-formed there.
fn check_content(content: &str) -> Result<(), Refusal> {
    require(content.trim_start().starts_with('<'), || {
        "content: does not begin with XML (a group prefix, or still escaped)".into()
    })?;
    let mut reader = Reader::from_str(content);
    reader.config_mut().check_end_names = false;
    let mut inside = Vec::new();
    loop {
        match reader.read_event() {
            Ok(Event::Start(tag) | Event::Empty(tag)) if tag.name().as_ref() == "img" && inside == ["msg"] => {
                return Ok(());
            }
            Ok(Event::Start(tag)) => inside.push(tag.name().as_ref().to_owned()),
            Ok(Event::End(_)) => drop(inside.pop()),
            Ok(Event::Eof) => return Err(Refusal::parameter("content: no <img> in <msg>")),
            Err(error) => return Err(Refusal::parameter(format!("content: no XML ({error})"))),
            Ok(_) => {}
        }
    }
}

/// The picture itself: open to anyone who has the address, and not interested in who asks.
pub(crate) fn image(state: &State, call: &Call<'_>) -> Response {
    let mut response = find(state, call).unwrap_or_else(|| html(StatusCode::NOT_FOUND, "404 Not Found"));
    allow_anyone(response.headers_mut());
    response
}

fn find(state: &State, call: &Call<'_>) -> Option<Response> {
    if call.method != Method::GET || call.header(header::AUTHORIZATION.as_str()).is_some() {
        return None;
    }
    if let Some(thumbnail) = gateways::thumbnail(state, call.last_segment()) {
        return Some(thumbnail);
    }
    let (msg_id, extension) = call.last_segment().split_once('.')?;
    let message = state.messages.by_msg_id(msg_id)?;
    let bytes: Bytes = message.picture.bytes.clone();
    let content_type = message.picture.media_type();
    (message.picture.extension() == extension).then(|| typed(content_type, bytes))
}
