//! How far a job is, as its caller is told.

use serde::{Serialize, Serializer};

use super::UploadProgress;

/// The stages of a job, in the order in which they can follow each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Stage {
    /// A source is opened.
    Read,
    /// Its MD5 is computed.
    Hash,
    /// Its chunks go up.
    Upload,
    /// Its message goes out.
    Send,
    /// A picture comes in.
    Download,
}

/// How far a job is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Progress {
    /// What is being done.
    #[serde(rename = "step")]
    pub stage: Stage,
    /// Bytes. Within one stage they never decrease.
    #[serde(serialize_with = "number")]
    pub loaded: u64,
    /// Bytes in all, where that is known.
    #[serde(serialize_with = "maybe_number")]
    pub total: Option<u64>,
    /// Of an upload: chunks that the service has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub chunk: Option<u32>,
    /// Of an upload: chunks in all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub chunks: Option<u32>,
    /// Of a list: which source.
    #[serde(rename = "index", skip_serializing_if = "Option::is_none")]
    pub source: Option<u32>,
}

impl Progress {
    /// So many bytes of a stage.
    pub(super) fn of(stage: Stage, loaded: u64, total: Option<u64>) -> Self {
        Self { stage, loaded, total, chunk: None, chunks: None, source: None }
    }

    /// So many bytes of a source are hashed.
    pub fn hashed(loaded: u64, total: u64) -> Self {
        Self::of(Stage::Hash, loaded, Some(total))
    }

    /// How far an upload is.
    pub(super) fn of_upload(UploadProgress { loaded, chunk, chunks }: UploadProgress, total: u64) -> Self {
        let stage = Self::of(Stage::Upload, loaded, Some(total));
        Self { chunk: Some(chunk), chunks: Some(chunks), ..stage }
    }
}

// Numbers for JavaScript: what a file has fits a double.
#[allow(clippy::cast_precision_loss, clippy::trivially_copy_pass_by_ref)]
fn number<S: Serializer>(value: &u64, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(*value as f64)
}

#[allow(clippy::ref_option)]
fn maybe_number<S: Serializer>(value: &Option<u64>, serializer: S) -> Result<S::Ok, S::Error> {
    match value {
        Some(value) => number(value, serializer),
        None => serializer.serialize_none(),
    }
}
