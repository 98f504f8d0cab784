//! webwxuploadmedia: chunks in, a MediaId out.

mod form;
mod request;

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use http::Method;

use crate::answer::UploadAnswer;
use crate::dialect::Dialect;
use crate::exchange::Call;
use crate::picture::Picture;
use crate::refusal::{Refusal, require};
use crate::state::{Media, MediaKind, State};
use form::Form;
use request::MediaRequest;

/// A file on its way in: everything that one ClientMediaId stands for.
#[derive(Clone, Debug)]
pub(crate) struct Upload {
    /// The `uploadmediarequest` of the first chunk that came; all others repeat it to the letter.
    request: String,
    kind: MediaKind,
    chunks: BTreeMap<u64, Bytes>,
    /// Where the whole file went.
    media_id: Option<String>,
}

/// The `chunk` that stands on the wire, 0 where there is none; `None` where the request is no upload.
pub(crate) fn wire_chunk(call: &Call<'_>) -> Option<u64> {
    let parts = crate::multipart::parts(call).ok()?;
    let chunk = parts.iter().find(|part| part.name == "chunk");
    chunk.map_or(Some(0), |part| part.text().ok()?.parse().ok())
}

pub(crate) fn answer(state: &mut State, call: &Call<'_>) -> Result<UploadAnswer, Refusal> {
    require(call.method == Method::POST, || format!("method: {}, expected POST", call.method))?;
    require(call.query("f") == Some("json"), || "f: expected json".into())?;
    state.session.check_cookies(call)?;
    let form = Form::read(crate::multipart::parts(call)?, state.chunk_size, &state.session)?;
    check_dialect(call, &form)?;
    let request = MediaRequest::read(call.dialect, &form, state)?;
    take(state, form, &request)
}

/// The File Transfer Helper's page has no part `id`, and four characters of chance in the address.
fn check_dialect(call: &Call<'_>, form: &Form) -> Result<(), Refusal> {
    let random = call.query("random");
    match call.dialect {
        Dialect::Web => require(random.is_none(), || "random: WeChat Web has none".into()),
        Dialect::FileHelper => {
            require(!form.has_id, || "id: the File Transfer Helper has none".into())?;
            let is_random = |text: &str| text.len() == 4 && text.bytes().all(|byte| byte.is_ascii_alphanumeric());
            require(random.is_some_and(is_random), || "random: expected 4 letters".into())
        }
    }
}

/// Keeps a chunk; the last one closes the file.
fn take(state: &mut State, form: Form, request: &MediaRequest) -> Result<UploadAnswer, Refusal> {
    let upload = state.uploads.entry(request.client_media_id).or_insert_with(|| Upload {
        request: form.request.clone(),
        kind: form.kind,
        chunks: BTreeMap::new(),
        media_id: None,
    });
    require(upload.request == form.request, || {
        "uploadmediarequest: differs from an earlier chunk's with the same ClientMediaId".into()
    })?;
    require(upload.kind == form.kind, || "mediatype: differs from an earlier chunk's".into())?;

    let last = form.chunk + 1 == form.chunks;
    if let Some(media_id) = upload.media_id.clone() {
        return repeated(state, &form, last, media_id);
    }
    if !last {
        upload.chunks.insert(form.chunk, form.bytes);
        return Ok(UploadAnswer::default());
    }
    let missing: Vec<String> =
        (0..form.chunk).filter(|chunk| !upload.chunks.contains_key(chunk)).map(|c| c.to_string()).collect();
    require(missing.is_empty(), || format!("chunk: the last came before {}", missing.join(", ")))?;

    let picture = Picture::new(join(upload.chunks.values(), &form.bytes));
    check_whole(&picture, &form, request)?;
    upload.chunks.clear();
    let media_id = state.ids.media_id();
    upload.media_id = Some(media_id.clone());
    let answer = finished(&picture, media_id.clone());
    let media =
        Media { is_own: true, kind: Some(form.kind), picture: Arc::new(picture), signature: request.signature.clone() };
    state.media.insert(media_id, media);
    Ok(answer)
}

/// A chunk of a file that is already whole: its answer was lost, so it is given again.
fn repeated(state: &State, form: &Form, last: bool, media_id: String) -> Result<UploadAnswer, Refusal> {
    if !last {
        return Ok(UploadAnswer::default());
    }
    let picture = &state.media[&media_id].picture;
    require(picture.bytes.ends_with(&form.bytes), || "filename: the last chunk came again with other bytes".into())?;
    Ok(finished(picture, media_id))
}

fn join<'a>(chunks: impl ExactSizeIterator<Item = &'a Bytes>, last: &Bytes) -> Bytes {
    if chunks.len() == 0 {
        return last.clone();
    }
    let mut whole = BytesMut::new();
    for chunk in chunks {
        whole.extend_from_slice(chunk);
    }
    whole.extend_from_slice(last);
    whole.freeze()
}

fn check_whole(picture: &Picture, form: &Form, request: &MediaRequest) -> Result<(), Refusal> {
    let length = picture.bytes.len() as u64;
    require(length == form.size, || format!("size: {}, but {length} bytes came", form.size))?;
    request.file_md5.as_ref().map_or(Ok(()), |expected| {
        require(picture.md5 == *expected, || format!("FileMd5: {expected}, but the bytes have {}", picture.md5))
    })
}

fn finished(picture: &Picture, media_id: String) -> UploadAnswer {
    let (thumb_width, thumb_height) = picture.thumbnail_size();
    let start_pos = picture.bytes.len() as u64;
    UploadAnswer { media_id, start_pos, thumb_height, thumb_width, ..UploadAnswer::default() }
}
