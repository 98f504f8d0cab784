//! The gateways of other forms, each as strict as its documents and the clients that work with it.

use bytes::Bytes;
use http::{Method, header};
use serde_json::{Value, json};

use crate::answer::{application_json, typed};
use crate::content::unescaped;
use crate::endpoint::{Endpoint, GATEWAY_IMAGES};
use crate::exchange::{Call, Response};
use crate::gateway::{AUTHORIZATION, GatewayForm};
use crate::json::Object;
use crate::message::Message;
use crate::refusal::{Refusal, require};
use crate::state::State;

/// Where GeWe's services are, and where its predecessor's were, which named its files by a path.
const GEWE: &str = "/gewe/v2/api/message/downloadImage";
const GEWECHAT: &str = "/v2/api/message/downloadImage";

/// The longest section.
const LONGEST_SECTION: u64 = 65_536;

/// What answers at a path of the gateway's host.
pub(crate) fn endpoint(path: &str) -> Option<Endpoint> {
    match path {
        GEWE | GEWECHAT => Some(Endpoint::GeweDownloadImage),
        "/message/GetMsgBigImg" => Some(Endpoint::PadProGetMsgBigImg),
        "/api/Tools/CdnDownloadImage" => Some(Endpoint::ToolsCdnDownloadImage),
        _ => None,
    }
}

/// The answer of an endpoint that refuses, in the words of its form.
pub(crate) fn refused(endpoint: Endpoint, form: GatewayForm, refusal: &Refusal) -> Response {
    let words = format!("失败: {}", refusal.why);
    let code = |own: i64| if refusal.ret == Refusal::PARAMETER { own } else { refusal.ret };
    let value = match endpoint {
        Endpoint::GeweDownloadImage => json!({ "ret": written(form, code(500)), "msg": words, "data": null }),
        Endpoint::PadProGetMsgBigImg => json!({ "Code": written(form, code(-1)), "Data": null, "Text": words }),
        _ => json!({ "Success": false, "Code": written(form, code(-8)), "Message": words, "Data": null }),
    };
    application_json(&value)
}

/// A code as a number, or as text.
fn written(form: GatewayForm, code: i64) -> Value {
    match form {
        GatewayForm::Old => json!(code),
        GatewayForm::New => json!(code.to_string()),
    }
}

/// The body of a POST of JSON.
fn body<'c>(call: &Call<'c>) -> Result<Object<'c>, Refusal> {
    require(call.method == Method::POST, || format!("method: {}, expected POST", call.method))?;
    require(call.media_type() == "application/json", || "content-type: expected application/json".into())?;
    require(call.header(header::AUTHORIZATION.as_str()).is_none(), || "authorization: not this form's".into())?;
    Object::body(call.body)
}

fn check_token(place: &str, token: Option<&str>) -> Result<(), Refusal> {
    require(token == Some(AUTHORIZATION), || format!("{place}: not the token that was given"))
}

pub(crate) fn gewe(state: &State, form: GatewayForm, call: &Call<'_>) -> Result<Response, Refusal> {
    let body = body(call)?;
    check_token("X-GEWE-TOKEN", call.header("x-gewe-token"))?;
    body.has_keys(&["appId", "xml", "type"], &[])?;
    body.filled_string("appId")?;
    let xml = body.string("xml")?;
    require(xml.trim_start().starts_with('<'), || "下载图片xml解析异常".into())?;
    let message = by_content(state, &xml).ok_or_else(|| Refusal::parameter("xml: no such message"))?;
    let extension = match body.number("type")? {
        // No message of this world has more than one original.
        1 => return Err(Refusal::parameter("type: 1, and there is no HD picture")),
        2 => message.picture.extension(),
        3 => "thumbnail",
        size => return Err(Refusal::parameter(format!("type: {size}, expected 1, 2 or 3"))),
    };
    let name = format!("{}.{extension}", message.msg_id);
    let origin = &state.session.file_origin;
    let url = if call.path == GEWE { format!("{origin}{GATEWAY_IMAGES}{name}") } else { name };
    Ok(application_json(&json!({ "ret": written(form, 200), "msg": "操作成功", "data": { "fileUrl": url } })))
}

pub(crate) fn padpro(state: &State, form: GatewayForm, most: u64, call: &Call<'_>) -> Result<Response, Refusal> {
    let body = body(call)?;
    check_token("key", call.query("key"))?;
    require(call.query.len() == 1, || "query: expected key alone".into())?;
    body.has_keys(&["CompressType", "FromUserName", "MsgId", "Section", "ToUserName", "TotalLen"], &[])?;
    body.filled_string("FromUserName")?;
    body.filled_string("ToUserName")?;
    let section = body.object("Section")?;
    section.has_keys(&["DataLen", "StartPos"], &[])?;
    let (wanted, start) = (section.number("DataLen")?, section.number("StartPos")?);
    require((1..=LONGEST_SECTION).contains(&wanted), || format!("Section.DataLen: {wanted}, expected 1 to 65536"))?;
    if body.number("CompressType")? != 0 {
        return Err(Refusal::parameter("CompressType: there is no HD picture"));
    }
    let msg_id = body.text("MsgId")?.trim_matches('"');
    let message = state.messages.by_msg_id(msg_id);
    let message = message.ok_or_else(|| Refusal::parameter(format!("MsgId: no message {msg_id}")))?;
    let bytes = &message.picture.bytes;
    let total = bytes.len() as u64;
    let told = body.number("TotalLen")?;
    require(told == 0 || told == total, || format!("TotalLen: {told}, expected 0 or {total}"))?;
    require(start < total, || format!("Section.StartPos: {start}, expected less than {total}"))?;
    let end = (start + wanted.min(most)).min(total);
    let [from, to] = [start, end].map(|at| usize::try_from(at).unwrap_or(usize::MAX));
    let base64 = base64(&bytes[from..to]);
    let name = match form {
        GatewayForm::Old => "buffer",
        GatewayForm::New => "Buffer",
    };
    let data = json!({
        "BaseResponse": { "ret": 0 }, "MsgId": 1, "TotalLen": total, "StartPos": start, "DataLen": end - start,
        "Data": { "iLen": end - start, name: base64 },
    });
    Ok(application_json(&json!({ "Code": written(form, 200), "Data": data, "Text": "成功" })))
}

pub(crate) fn tools(state: &State, form: GatewayForm, call: &Call<'_>) -> Result<Response, Refusal> {
    let body = body(call)?;
    check_token("X-Access-Token", call.header("x-access-token"))?;
    body.has_keys(&["Wxid", "FileAesKey", "FileNo"], &[])?;
    body.filled_string("Wxid")?;
    let (key, file) = (body.filled_string("FileAesKey")?, body.filled_string("FileNo")?);
    // The file is named by its place in the content: which of its sizes is meant, the name does not say.
    let has_it = |message: &&Message| {
        message.content.contains(&format!("cdnmidimgurl=\"{file}\"")) && message.content.contains(&key)
    };
    let message = state.messages.all().iter().find(has_it);
    let message = message.ok_or_else(|| Refusal::parameter("FileNo: no such file under this key"))?;
    let image = base64(&message.picture.bytes);
    let answer = json!({ "Success": true, "Code": written(form, 0), "Message": "成功", "Data": { "Image": image } });
    Ok(application_json(&answer))
}

/// The thumbnail at the address that GeWe gives for one.
pub(crate) fn thumbnail(state: &State, name: &str) -> Option<Response> {
    let msg_id = name.strip_suffix(".thumbnail")?;
    let thumbnail: Bytes = state.messages.by_msg_id(msg_id)?.picture.thumbnail()?;
    Some(typed("image/jpeg", thumbnail))
}

/// The first message with this content, as it is without prefix and escaping.
fn by_content<'s>(state: &'s State, xml: &str) -> Option<&'s Message> {
    state.messages.all().iter().find(|message| {
        let plain = unescaped(&message.content);
        plain == xml || plain.split_once(":\n").is_some_and(|(_, behind)| behind == xml)
    })
}

fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for group in bytes.chunks(3) {
        let bits = group.iter().fold(0_u32, |bits, &byte| bits << 8 | u32::from(byte)) << (8 * (3 - group.len()));
        for place in 0..4 {
            let letter = LETTERS[(bits >> (18 - 6 * place)) as usize & 63];
            text.push(if place <= group.len() { letter.into() } else { '=' });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::base64;

    #[test]
    fn vectors_of_rfc_4648() {
        for (bytes, text) in
            [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("foobar", "Zm9vYmFy")]
        {
            assert_eq!(base64(bytes.as_bytes()), text);
        }
    }
}
