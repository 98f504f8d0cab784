//! The JSON text in the part `uploadmediarequest`.

use super::form::Form;
use crate::dialect::Dialect;
use crate::json::Object;
use crate::refusal::{Refusal, require};
use crate::rules;
use crate::state::State;

/// What an upload says about its file.
pub(super) struct MediaRequest {
    /// By its digits.
    pub(super) client_media_id: u64,
    /// wechat4u leaves it out.
    pub(super) file_md5: Option<String>,
    /// From webwxcheckupload.
    pub(super) signature: Option<String>,
}

impl MediaRequest {
    pub(super) fn read(dialect: Dialect, form: &Form, state: &State) -> Result<Self, Refusal> {
        let json = Object::parse("uploadmediarequest", &form.request)?;
        let session = &state.session;
        json.has_keys(
            &[
                "UploadType",
                "BaseRequest",
                "ClientMediaId",
                "TotalLen",
                "StartPos",
                "DataLen",
                "MediaType",
                "FromUserName",
                "ToUserName",
            ],
            &["FileMd5", "AESKey", "Signature"],
        )?;
        session.check_base_request(&json)?;
        json.check("UploadType", &rules::UPLOAD_TYPE, session)?;
        json.check("ClientMediaId", &rules::CLIENT_MEDIA_ID, session)?;
        let digits = json.text("ClientMediaId")?.trim_matches('"');
        let client_media_id = digits.parse().map_err(|_| Refusal::parameter("ClientMediaId: too large"))?;
        json.constant("TotalLen", form.size)?;
        json.constant("StartPos", 0)?;
        json.constant("DataLen", form.size)?;
        json.constant("MediaType", 4)?;
        session.check_sender(&json)?;
        json.check("FileMd5", &rules::FILE_MD5, session)?;
        let file_md5 = if json.has("FileMd5") { Some(json.string("FileMd5")?) } else { None };
        let signature = read_check(&json, form.size, file_md5.as_deref(), state)?;
        state.check_receiver(dialect, &json)?;
        Ok(Self { client_media_id, file_md5, signature })
    }
}

/// Big files are let in by what webwxcheckupload said about them; smaller ones may have asked too.
fn read_check(json: &Object<'_>, size: u64, md5: Option<&str>, state: &State) -> Result<Option<String>, Refusal> {
    if !json.has("AESKey") {
        require(size <= state.check_over, || {
            format!("AESKey: missing; over {} bytes ask webwxcheckupload first", state.check_over)
        })?;
        require(!json.has("Signature"), || format!("{}: without AESKey", json.at("Signature")))?;
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
