//! What goes on the wire (docs/protocol.md, "Upload"): the `uploadmediarequest`, the form around a chunk, and the check before.

use core::ops::Range;

use serde::Serialize;

use super::kind::OCTET_STREAM;
use super::{FileInfo, UploadType};
use crate::digest::Md5Hex;
use crate::error::Place;
use crate::http::{Part, PartValue, Request, to_json};
use crate::ids::{ClientMediaId, letters};
use crate::origin::Dialect;
use crate::prelude::*;
use crate::session::{BaseRequest, Receiver, Session};

/// The values of an `uploadmediarequest`. It is made once for a file and repeated, letter for letter, for each chunk and each try.
#[derive(Clone, Copy)]
pub struct UploadMediaRequest<'a> {
    /// Whose file.
    pub session: &'a Session,
    /// The same in every chunk of a file.
    pub device_id: &'a str,
    /// Whom it goes to.
    pub to: &'a Receiver,
    /// One for each file.
    pub client_media_id: ClientMediaId,
    /// Bytes of the whole file.
    pub total_len: u64,
    /// Of the whole file.
    pub file_md5: &'a Md5Hex,
    /// 2 as the page sends it, or 1 as it builds its parameters first.
    pub upload_type: UploadType,
    /// From `webwxcheckupload`.
    pub aes_key: Option<&'a str>,
    /// From `webwxcheckupload`.
    pub signature: Option<&'a str>,
}

/// The keys in the wire's order.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Wire<'a> {
    upload_type: UploadType,
    base_request: BaseRequest<'a>,
    client_media_id: ClientMediaId,
    total_len: u64,
    start_pos: u64,
    data_len: u64,
    media_type: u8,
    from_user_name: &'a str,
    to_user_name: &'a Receiver,
    file_md5: &'a Md5Hex,
    #[serde(rename = "AESKey", skip_serializing_if = "Option::is_none")]
    aes_key: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    signature: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct CheckUpload<'a> {
    from_user_name: &'a str,
    to_user_name: &'a Receiver,
    file_size: u64,
    file_md5: &'a Md5Hex,
    file_name: &'a str,
    file_type: u8,
    base_request: BaseRequest<'a>,
}

/// The `uploadmediarequest` field, as a string of JSON.
pub fn upload_media_request(init: &UploadMediaRequest<'_>) -> String {
    to_json(&Wire {
        upload_type: init.upload_type,
        base_request: init.session.base_request(init.device_id),
        client_media_id: init.client_media_id,
        total_len: init.total_len,
        // The form's `chunk` tells the chunk; these stay the same in all of them.
        start_pos: 0,
        data_len: init.total_len,
        media_type: 4,
        from_user_name: init.session.user_name(),
        to_user_name: init.to,
        file_md5: init.file_md5,
        aes_key: init.aes_key,
        signature: init.signature,
    })
}

/// `webwxcheckupload`: does the service have this file already?
pub(crate) fn check_request(session: &Session, device_id: &str, file: &FileInfo, to: &Receiver) -> Request {
    let json = to_json(&CheckUpload {
        from_user_name: session.user_name(),
        to_user_name: to,
        file_size: file.size,
        file_md5: &file.md5,
        file_name: &file.name,
        file_type: 7,
        base_request: session.base_request(device_id),
    });
    session.own(Request::post_json(Place::at("webwxcheckupload"), session.page_url("webwxcheckupload"), json))
}

/// One chunk of a file.
#[derive(Clone, Copy)]
pub(crate) struct Chunk {
    pub(crate) index: u32,
    pub(crate) count: u32,
    pub(crate) size: u64,
}

impl Chunk {
    /// Names the chunk in errors.
    pub(crate) fn place(self) -> Place {
        Place { chunk: (self.count > 1).then_some((self.index, self.count)), ..Place::at("webwxuploadmedia") }
    }

    /// Its bytes in a file of this size, from and to (exclusive).
    pub(crate) fn range(self, file_size: u64) -> Range<u64> {
        let start = u64::from(self.index) * self.size;
        start..(start + self.size).min(file_size)
    }
}

/// `webwxuploadmedia`: the fields in the page's order, the bytes last. `random` is 0 ≤ n < 1.
pub(crate) fn chunk_request(
    session: &Session,
    file: &FileInfo,
    file_id: &str,
    upload_media_request: &str,
    chunk: Chunk,
    random: f64,
) -> Request {
    let name = Part::text("name", &file.name);
    let mime = Part::text("type", &file.mime);
    let date = Part::text("lastModifiedDate", &file.last_modified);
    let size = Part::text("size", file.size.to_string());
    let (mut parts, query) = match session.dialect() {
        Dialect::Web => (vec![Part::text("id", file_id), name, mime, date, size], String::new()),
        Dialect::FileHelper => (vec![name, date, size, mime], format!("&random={}", letters(random))),
    };
    let is_whole = chunk.count == 1;
    if !is_whole {
        parts.push(Part::text("chunks", chunk.count.to_string()));
        parts.push(Part::text("chunk", chunk.index.to_string()));
    }
    parts.extend([
        Part::text("mediatype", file.kind.mediatype()),
        Part::text("uploadmediarequest", upload_media_request),
        Part::text("webwx_data_ticket", session.data_ticket()),
        Part::text("pass_ticket", session.pass_ticket_field()),
        Part {
            name: "filename",
            value: PartValue::File {
                range: chunk.range(file.size),
                name: file.name.clone(),
                // The page slices a large file, and a slice has no type.
                mime: if is_whole { file.mime.clone() } else { OCTET_STREAM.to_owned() },
            },
        },
    ]);
    let url = format!("{}/cgi-bin/mmwebwx-bin/webwxuploadmedia?f=json{query}", session.file_origin());
    session.own(Request::post_form(chunk.place(), url, parts))
}
