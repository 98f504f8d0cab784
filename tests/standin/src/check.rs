//! webwxcheckupload: is a big file there already?

use http::Method;

use crate::answer::CheckAnswer;
use crate::exchange::Call;
use crate::json::Object;
use crate::refusal::{Refusal, require};
use crate::rules::{self, PASS_TICKET_IN_ADDRESS};
use crate::state::{Media, State};

/// What was said about a file that was not there yet.
#[derive(Clone, Debug)]
pub(crate) struct Check {
    pub(crate) md5: String,
    pub(crate) size: u64,
    pub(crate) aes_key: String,
    pub(crate) signature: String,
}

pub(crate) fn answer(state: &mut State, call: &Call<'_>) -> Result<CheckAnswer, Refusal> {
    require(call.method == Method::POST, || format!("method: {}, expected POST", call.method))?;
    require(call.media_type() == "application/json", || "content-type: expected application/json".into())?;
    state.session.check_cookies(call)?;
    state.session.check_pass_ticket(&PASS_TICKET_IN_ADDRESS, call.query("pass_ticket"))?;
    let body = Object::body(call.body)?;
    let keys = ["BaseRequest", "FromUserName", "ToUserName", "FileName", "FileSize", "FileMd5", "FileType"];
    body.has_keys(&keys, &[])?;
    state.session.check_base_request(&body)?;
    state.session.check_sender(&body)?;
    body.filled_string("FileName")?;
    body.constant("FileType", 7)?;
    let size = body.number("FileSize")?;
    require(size > 0, || "FileSize: 0".into())?;
    body.check("FileMd5", &rules::FILE_MD5, &state.session)?;
    let md5 = body.string("FileMd5")?;
    state.check_receiver(call.dialect, &body)?;

    let known = known(state, &md5, size);
    let check = if let Some(check) = state.checks.iter().find(|check| check.md5 == md5 && check.size == size) {
        check.clone()
    } else {
        let (aes_key, signature) = (state.ids.hex(32), state.ids.hex(160));
        let check = Check { md5, size, aes_key, signature };
        state.checks.push(check.clone());
        check
    };
    let media_id = known.map(|mut media| {
        media.signature = Some(check.signature.clone());
        let media_id = state.ids.media_id();
        state.media.insert(media_id.clone(), media);
        media_id
    });
    Ok(CheckAnswer {
        media_id: media_id.unwrap_or_default(),
        aes_key: check.aes_key,
        signature: check.signature,
        encry_file_name: state.ids.hex(32),
        ..CheckAnswer::default()
    })
}

/// The file, if this account uploaded it before or has it in a message.
fn known(state: &State, md5: &str, size: u64) -> Option<Media> {
    let uploaded = state.media.values().filter(|media| media.is_own).map(|media| &media.picture);
    let in_messages = state.messages.all().iter().map(|message| &message.picture);
    let picture =
        uploaded.chain(in_messages).find(|picture| picture.md5 == md5 && picture.bytes.len() as u64 == size)?;
    Some(Media { is_own: true, kind: None, picture: picture.clone(), signature: None })
}
