//! The chunks of an upload: which one is next, and its request.

use alloc::rc::Rc;
use core::fmt;

use super::Context;
use super::call::{Call, Turn};
use crate::client::Client;
use crate::http::Request;
use crate::ids::ClientMediaId;
use crate::prelude::*;
use crate::session::Receiver;
use crate::upload::form::{Chunk, UploadMediaRequest, chunk_request, upload_media_request};
use crate::upload::{FileInfo, MediaKind, Thumbnail, UploadedMedia};

/// A file on its way up, and the ids it goes under.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) client: Rc<Client>,
    pub(super) file: FileInfo,
    pub(super) to: Receiver,
    /// Which source of the job it is.
    pub(super) source: usize,
    pub(super) file_id: String,
    pub(super) client_media_id: ClientMediaId,
    pub(super) device_id: String,
    pub(super) chunks: u32,
}

/// `Debug` shows neither the keys nor the request, which holds the session.
pub(super) struct Chunks {
    /// What `webwxcheckupload` gave.
    pub(super) keys: Keys,
    /// The same string in every chunk and every try.
    pub(super) request_json: String,
    /// Chunks below this one have been sent at least once.
    pub(super) next: u32,
    pub(super) calls: Vec<ChunkCall>,
}

#[derive(Clone, Default)]
pub(super) struct Keys {
    pub(super) aes_key: Option<String>,
    pub(super) signature: Option<String>,
}

#[derive(Debug)]
pub(super) struct ChunkCall {
    pub(super) index: u32,
    pub(super) call: Call,
    /// Bytes of the chunk that are on their way.
    pub(super) sent: u64,
}

impl Chunks {
    /// What is next, and for which chunk.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>, what: &Plan) -> (Turn, u32) {
        let mut until_ms = u64::MAX;
        for ChunkCall { index, call, .. } in &mut self.calls {
            match call.poll(cx) {
                Turn::Wait(ms) => until_ms = until_ms.min(ms),
                turn => return (turn, *index),
            }
        }
        let last = what.chunks - 1;
        let has_room = self.calls.len() < what.client.options.concurrency.get();
        // The last chunk makes the service put the file together: it goes alone, after all others.
        let may_go = if self.next == last { self.calls.is_empty() } else { has_room };
        if self.next > last || !may_go {
            return (Turn::Wait(until_ms), self.next);
        }
        let index = self.next;
        self.next += 1;
        let mut call = Call::new(what.client.options.terms);
        let turn = call.poll(cx);
        self.calls.push(ChunkCall { index, call, sent: 0 });
        (turn, index)
    }
}

impl Plan {
    pub(super) fn chunk(&self, index: u32) -> Chunk {
        Chunk { index, count: self.chunks, size: self.client.options.chunk_size.get() }
    }

    /// Chunks from this one on, and the request that goes with all of them.
    pub(super) fn chunks_from(&self, next: u32, keys: Keys) -> Chunks {
        let request_json = upload_media_request(&UploadMediaRequest {
            session: &self.client.session,
            device_id: &self.device_id,
            to: &self.to,
            client_media_id: self.client_media_id,
            total_len: self.file.size,
            file_md5: &self.file.md5,
            upload_type: self.client.options.upload_type,
            aes_key: keys.aes_key.as_deref(),
            signature: keys.signature.as_deref(),
        });
        Chunks { keys, request_json, next, calls: Vec::new() }
    }

    pub(super) fn chunk_request(&self, index: u32, request_json: &str, random: f64) -> Request {
        chunk_request(&self.client.session, &self.file, &self.file_id, request_json, self.chunk(index), random)
    }

    pub(super) fn media(&self, media_id: String, thumbnail: Thumbnail, instant: bool, keys: &Keys) -> UploadedMedia {
        let file = &self.file;
        UploadedMedia {
            media_id,
            md5: file.md5.clone(),
            size: file.size,
            mime: file.mime.clone(),
            thumbnail,
            instant,
            aes_key: keys.aes_key.clone(),
            signature: keys.signature.clone(),
            file_name: (file.kind == MediaKind::File).then(|| file.name.clone()),
            converted: file.converted.clone(),
            warnings: file.warnings.clone(),
        }
    }
}

impl fmt::Debug for Chunks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Chunks").field("next", &self.next).field("calls", &self.calls).finish_non_exhaustive()
    }
}
