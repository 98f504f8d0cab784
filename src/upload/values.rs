//! The numbers of an upload. Each is checked where it is made, and nowhere else.

use serde::Serialize;

use crate::error::{Error, Result};
use crate::json::{Plain, Read, Unreadable, Value};
use crate::prelude::*;

/// The largest chunk that the service takes, in bytes (docs/protocol.md, "Upload").
pub const LARGEST_CHUNK: u32 = 524_288;

/// The most chunks of one file in flight at once.
pub const MOST_AT_ONCE: u32 = 64;

/// Bytes of each chunk but the last: 1 to [`LARGEST_CHUNK`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct ChunkSize(u32);

/// Chunks of one file in flight at once: 1 to [`MOST_AT_ONCE`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Concurrency(u32);

/// `UploadType`: 2 as the page sends it, or 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct UploadType(u8);

impl ChunkSize {
    /// Refuses what the service would refuse.
    pub fn new(bytes: u64) -> Result<Self> {
        match u32::try_from(bytes) {
            Ok(bytes @ 1..=LARGEST_CHUNK) => Ok(Self(bytes)),
            _ => Err(Error::invalid_input(format!("chunkSize: expected an integer from 1 to {LARGEST_CHUNK}"))),
        }
    }

    /// Bytes.
    pub fn get(self) -> u64 {
        u64::from(self.0)
    }
}

impl Concurrency {
    /// Refuses more than is of use.
    pub fn new(chunks: u64) -> Result<Self> {
        match u32::try_from(chunks) {
            Ok(chunks @ 1..=MOST_AT_ONCE) => Ok(Self(chunks)),
            _ => Err(Error::invalid_input(format!("concurrency: expected an integer from 1 to {MOST_AT_ONCE}"))),
        }
    }

    /// Chunks.
    pub fn get(self) -> usize {
        self.0 as usize
    }
}

impl UploadType {
    /// 1 or 2.
    pub fn new(number: u64) -> Result<Self> {
        match number {
            1 => Ok(Self(1)),
            2 => Ok(Self(2)),
            _ => Err(Error::invalid_input("uploadType: expected 1 or 2")),
        }
    }
}

impl Default for ChunkSize {
    fn default() -> Self {
        Self(LARGEST_CHUNK)
    }
}

impl Default for Concurrency {
    fn default() -> Self {
        Self(1)
    }
}

impl Default for UploadType {
    fn default() -> Self {
        Self(2)
    }
}

impl Plain for ChunkSize {
    fn read(object: Value<'_>, key: &str) -> Read<Self> {
        Self::new(object.required_number(key)?).map_err(|_| Unreadable::Other)
    }
}
