//! Where an upload stopped: plain data without credentials, good for another page, another client, another day.

use serde::Serialize;

use super::{FileInfo, UploadConfig};
use crate::error::{Error, ErrorKind, Place, Result};
use crate::ids::is_device_id;
use crate::json::{FromJson, Read, Value};
use crate::prelude::*;

/// What the next upload of the same file needs to go on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Checkpoint {
    /// Of this form: 1.
    pub version: u32,
    /// Of the whole file.
    pub md5: String,
    /// Bytes of the whole file.
    pub size: u64,
    /// Receiver.
    pub to: String,
    /// Bytes.
    pub chunk_size: u64,
    /// The upload's id: the service knows its parts by it.
    pub client_media_id: u64,
    /// The DeviceID in the upload's `uploadmediarequest`.
    pub device_id: String,
    /// 0-based index of the first chunk that was not accepted.
    pub next_chunk: u32,
}

impl FromJson for Checkpoint {
    const KEYS: &'static [&'static str] =
        &["version", "md5", "size", "to", "chunkSize", "clientMediaId", "deviceId", "nextChunk"];

    fn fill(&mut self, value: Value<'_, '_>) -> Read<()> {
        self.version = value.required_number("version")?;
        self.md5 = value.required_text("md5")?;
        self.size = value.required_number("size")?;
        self.to = value.required_text("to")?;
        self.chunk_size = value.required_number("chunkSize")?;
        self.client_media_id = value.required_number("clientMediaId")?;
        self.device_id = value.required_text("deviceId")?;
        self.next_chunk = value.required_number("nextChunk")?;
        Ok(())
    }
}

impl Checkpoint {
    /// Whether an upload of this file may go on from here.
    pub(super) fn check(&self, file: &FileInfo, to: &str, config: &UploadConfig) -> Result<()> {
        if self.version != 1 {
            return Err(Error::invalid_input("resume: version must be 1"));
        }
        let differs = |what: &str| {
            Error::new(
                ErrorKind::ResumeMismatch,
                Place::at("resume"),
                format!("the checkpoint belongs to another {what}; upload without it"),
            )
        };
        if self.md5 != file.md5 || self.size != file.size {
            return Err(differs("file"));
        }
        if self.to != to {
            return Err(differs("receiver"));
        }
        if self.chunk_size != config.chunk_size {
            return Err(differs("chunk size"));
        }
        if !is_device_id(&self.device_id) || u64::from(self.next_chunk) > self.size.div_ceil(self.chunk_size) {
            return Err(Error::invalid_input("resume: not a checkpoint that an upload gave out"));
        }
        Ok(())
    }
}
