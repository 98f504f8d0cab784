//! Bytes that stay in JavaScript: a Blob is made of them, and their MD5.

use std::prelude::rust_2024::*;

use js_sys::{Array, Uint8Array};
use web_sys::{Blob, BlobPropertyBag};

use super::foreign::{JsResult, window_of};
use crate::digest::{Md5, Md5Hex};

/// Bytes copied into the module's memory at once.
const STEP: u32 = 64 * 1024;

/// A Blob of these parts.
pub(super) fn make_blob(parts: &Array, mime: &str) -> JsResult<Blob> {
    let options = BlobPropertyBag::new();
    options.set_type(mime);
    Blob::new_with_u8_array_sequence_and_options(parts, &options)
}

/// An MD5: the bytes come into the module through one small window.
#[derive(Default)]
pub(super) struct Hasher {
    md5: Md5,
    step: Vec<u8>,
}

impl Hasher {
    /// An error where the bytes are gone by now.
    pub(super) fn update(&mut self, bytes: &Uint8Array) -> JsResult<()> {
        let length = bytes.length();
        for start in (0..length).step_by(STEP as usize) {
            self.take(&window_of(bytes, start, (start + STEP).min(length))?);
        }
        Ok(())
    }

    fn take(&mut self, bytes: &Uint8Array) {
        let len = bytes.length() as usize;
        if self.step.len() < len {
            self.step.resize(len, 0);
        }
        bytes.copy_to(&mut self.step[..len]);
        self.md5.update(&self.step[..len]);
    }

    pub(super) fn finish(self) -> Md5Hex {
        self.md5.finish()
    }
}
