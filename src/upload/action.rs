//! What the machine is given, and what it says.

use super::UploadedMedia;
use crate::error::Result;
use crate::http::Request;
use crate::prelude::*;

/// The ids of one upload; made from time and a counter by [`crate::ids::Ids`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ids {
    /// 13-digit milliseconds.
    pub client_media_id: u64,
    /// Another, for the case that the upload has to start over.
    pub spare_media_id: u64,
    /// `WU_FILE_<n>`
    pub file_id: String,
}

/// What to do next.
#[derive(Debug)]
pub enum Action {
    /// Send this, and ask again.
    Send(Transmission),
    /// Nothing before one of the requests under way has its answer.
    Await,
    /// It is over. Requests still under way are of no use any more.
    Done(Result<UploadedMedia>),
}

/// A request and when to send it.
#[derive(Debug)]
pub struct Transmission {
    /// Names the request in [`super::Upload::handle`].
    pub id: u32,
    /// Milliseconds to wait before it is sent: 0 but for a retry.
    pub after_ms: u32,
    /// The request.
    pub request: Request,
}

/// How far an upload is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Bytes that the service has, or that are on their way to it. Never less than before; the whole only once the service has
    /// taken the last chunk.
    pub loaded: u64,
    /// Chunks that the service has.
    pub chunk: u32,
    /// Of so many.
    pub chunks: u32,
}
