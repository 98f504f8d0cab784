//! Where an upload stopped: plain data without credentials, good for another page, another client, another day.

use super::{ChunkSize, FileInfo};
use crate::digest::{Md5, Md5Hex};
use crate::error::{Error, ErrorKind, Place, Result};
use crate::ids::{ClientMediaId, is_device_id};
use crate::json::plain;
use crate::prelude::*;
use crate::session::{Receiver, Session};

plain! {
    /// What the next upload of the same file needs to go on.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct Checkpoint {
        /// Of this form: [`Checkpoint::VERSION`].
        pub version as "version": u32,
        /// Of the whole file.
        pub md5 as "md5": Md5Hex,
        /// Bytes of the whole file.
        pub size as "size": u64,
        /// Receiver.
        pub to as "to": Receiver,
        /// Bytes.
        pub chunk_size as "chunkSize": ChunkSize,
        /// The upload's id: the service knows its parts by it.
        pub client_media_id as "clientMediaId": ClientMediaId,
        /// The DeviceID in the upload's `uploadmediarequest`.
        pub device_id as "deviceId": String,
        /// 0-based index of the first chunk that was not accepted.
        pub next_chunk as "nextChunk": u32,
        /// A short hash of the account and its file host; checkpoints of older versions have none.
        pub account as "account": Option<String>,
    }
}

/// Tells one account on one file host from others, and names none: so few digits are those of many.
pub(crate) fn account(session: &Session) -> String {
    let mut md5 = Md5::new();
    md5.update(&session.uin().to_le_bytes());
    md5.update(session.file_origin().host().as_bytes());
    md5.finish().as_str()[..4].to_owned()
}

impl Checkpoint {
    /// The form that is written, and the only one that is read.
    pub const VERSION: u32 = 1;

    /// What is said of a value that is no checkpoint.
    pub const FOREIGN: &str = "resume: expected a checkpoint of an upload";

    /// Whether an upload of this file may go on from here.
    pub(crate) fn check(&self, session: &Session, file: &FileInfo, to: &Receiver, chunk_size: ChunkSize) -> Result<()> {
        if self.version != Self::VERSION {
            return Err(Error::invalid_input("resume: expected version 1"));
        }
        let differs = |what: &str| {
            Error::new(
                ErrorKind::ResumeMismatch,
                Place::at("resume"),
                format!("the checkpoint belongs to another {what}; upload without it"),
            )
        };
        if self.account.as_ref().is_some_and(|owner| *owner != account(session)) {
            return Err(differs("account or host"));
        }
        if self.md5 != file.md5 || self.size != file.size {
            return Err(differs("file"));
        }
        if self.to != *to {
            return Err(differs("receiver"));
        }
        if self.chunk_size != chunk_size {
            return Err(differs("chunk size"));
        }
        if !is_device_id(&self.device_id) || u64::from(self.next_chunk) > self.size.div_ceil(self.chunk_size.get()) {
            return Err(Error::invalid_input(Self::FOREIGN));
        }
        Ok(())
    }
}
