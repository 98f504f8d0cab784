//! What all jobs of one client share: whose session it is, and how it works.

use crate::ids;
use crate::prelude::*;
use crate::retry::Terms;
use crate::session::Session;
use crate::upload::{ChunkSize, Concurrency, UploadType};

/// A session and how it is used.
#[derive(Clone, Debug)]
pub struct Client {
    /// Whose.
    pub session: Session,
    /// How.
    pub options: ClientOptions,
}

/// How a client works.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ClientOptions {
    /// Bytes of each chunk but the last.
    pub chunk_size: ChunkSize,
    /// Chunks of one file in flight at once.
    pub concurrency: Concurrency,
    /// `UploadType` on the wire.
    pub upload_type: UploadType,
    /// How its requests are sent.
    pub terms: Terms,
    /// Whether the page's counters are sent.
    pub reports: bool,
}

impl Client {
    /// The session's DeviceID or, as the page has it, a new one for each message and each file.
    pub(crate) fn device_id(&self, random: f64) -> String {
        self.session.device_id().map_or_else(|| ids::device_id(random), ToOwned::to_owned)
    }
}
