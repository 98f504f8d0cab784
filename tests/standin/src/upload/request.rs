//! The JSON text in the part `uploadmediarequest`.

use super::form::Form;
use crate::json::{Object, is_lower_hex};
use crate::refusal::{Refusal, require};
use crate::state::State;
use crate::wire::Wire;

/// What an upload says about its file.
pub(super) struct MediaRequest {
    pub(super) client_media_id: u64,
    pub(super) to: String,
    /// Public clients leave it out.
    pub(super) file_md5: Option<String>,
    /// From webwxcheckupload.
    pub(super) signature: Option<String>,
}

impl MediaRequest {
    pub(super) fn read(form: &Form, state: &State) -> Result<Self, Refusal> {
        let json = Object::parse("uploadmediarequest", &form.request)?;
        json.in_order(form.wire.media_request(), &["AESKey", "Signature"])?;
        state.session.check_base_request(&json)?;

        let kind = json.number("UploadType")?;
        require(matches!(kind, 1 | 2), || format!("{}: {kind}, expected 1 or 2", json.at("UploadType")))?;
        let client_media_id = json.number("ClientMediaId")?;
        let digits = form.wire.client_media_id_digits();
        require(client_media_id.to_string().len() == digits, || {
            format!("{}: {client_media_id}, expected {digits} digits", json.at("ClientMediaId"))
        })?;
        json.constant("TotalLen", form.size)?;
        json.constant("StartPos", 0)?;
        json.constant("DataLen", form.size)?;
        json.constant("MediaType", 4)?;
        state.session.check_sender(&json)?;
        let file_md5 = match form.wire {
            Wire::Page => Some(read_md5(&json)?),
            Wire::PublicClient => None,
        };
        let signature = read_check(&json, form.size, file_md5.as_deref(), state)?;
        let to = state.check_receiver(&json)?;
        Ok(Self { client_media_id, to, file_md5, signature })
    }
}

fn read_md5(json: &Object<'_>) -> Result<String, Refusal> {
    let md5 = json.string("FileMd5")?;
    require(is_lower_hex(&md5, 32), || format!("{}: expected 32 lower-case hex digits", json.at("FileMd5")))?;
    Ok(md5)
}

/// Big files are let in by what webwxcheckupload said about them; smaller ones may have asked too.
fn read_check(json: &Object<'_>, size: u64, md5: Option<&str>, state: &State) -> Result<Option<String>, Refusal> {
    if !json.has("AESKey") {
        require(size <= state.check_over, || {
            format!("AESKey: missing; over {} bytes ask webwxcheckupload first", state.check_over)
        })?;
        return Ok(None);
    }
    let (key, signature) = (json.string("AESKey")?, json.string("Signature")?);
    let check = state.checks.iter().find(|check| check.size == size && Some(check.md5.as_str()) == md5);
    require(check.is_some_and(|check| check.aes_key == key), || {
        format!("{}: not what webwxcheckupload gave for this file", json.at("AESKey"))
    })?;
    require(check.is_some_and(|check| check.signature == signature), || {
        format!("{}: not what webwxcheckupload gave for this file", json.at("Signature"))
    })?;
    Ok(Some(signature))
}
