//! Bytes of a picture, wherever they are: looked at and hashed by windows.

use std::prelude::rust_2024::*;

use js_sys::{Date, Reflect, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::Blob;

use super::blob::{Hasher, make_blob};
use super::error::{Fault, Outcome};
use super::foreign::{Reading, blob_bytes, blob_reader, piece_bytes, read_blob, window_of};
use super::xhr;
use crate::digest::Md5Hex;
use crate::error::{Error, ErrorKind, Place};
use crate::image::{Action, ImageInfo, Inspection};

/// Bytes read from a Blob at once, where it is read by slices.
const SLICE: u64 = 2 * 1024 * 1024;
/// Bytes read from a Blob at once, at most, where it is read into buffers of ours.
const PIECE: u32 = 1024 * 1024;
/// Bytes that are hashed before the caller hears of it.
const REPORT: u64 = 4 * 1024 * 1024;
/// Bytes in memory that are hashed before the page gets a turn.
const TURN: u64 = 16 * 1024 * 1024;

/// Where a source cannot be read.
pub(super) const READ: Place = Place::at("read");

/// What a source turned out to be.
pub(super) enum Source {
    Blob(Blob),
    Bytes(Uint8Array),
}

impl Source {
    /// Bytes.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    pub(super) fn size(&self) -> u64 {
        match self {
            Self::Blob(blob) => blob.size() as u64,
            Self::Bytes(bytes) => u64::from(bytes.length()),
        }
    }

    /// The File's own name, if it is one.
    pub(super) fn name(&self) -> Option<String> {
        let Self::Blob(blob) = self else { return None };
        Reflect::get(blob, &"name".into()).ok()?.as_string().filter(|name| !name.trim().is_empty())
    }

    /// What `String(date)` gives for the File's own date, or for `now_ms`.
    #[allow(clippy::cast_precision_loss)]
    pub(super) fn last_modified(&self, now_ms: u64) -> String {
        let own = match self {
            Self::Blob(blob) => {
                Reflect::get(blob, &"lastModified".into()).ok().and_then(|ms| ms.as_f64()).filter(|ms| ms.is_finite())
            }
            Self::Bytes(_) => None,
        };
        Date::new(&own.unwrap_or(now_ms as f64).into()).to_string().into()
    }

    /// The same bytes as a Blob, of this type.
    pub(super) fn to_blob(&self, mime: &str) -> Outcome<Blob> {
        match self {
            Self::Blob(blob) => Ok(blob.clone()),
            Self::Bytes(bytes) => make_blob(&[bytes.clone()].into_iter().collect(), mime).map_err(unreadable),
        }
    }

    /// The whole under its real type; a slice of a Blob shares its bytes.
    #[allow(clippy::cast_precision_loss)]
    pub(super) fn typed(&self, info: &ImageInfo) -> Outcome<Blob> {
        let blob = self.to_blob(info.mime)?;
        blob.slice_with_f64_and_f64_and_content_type(0.0, info.size as f64, info.mime).map_err(unreadable)
    }

    /// The MIME type that a Blob has of itself.
    pub(super) fn own_type(&self) -> Option<String> {
        match self {
            Self::Blob(blob) => Some(blob.type_()).filter(|mime| !mime.is_empty()),
            Self::Bytes(_) => None,
        }
    }

    /// Bytes `start` to `end`.
    #[allow(clippy::cast_possible_truncation, clippy::cast_precision_loss)]
    async fn window(&self, start: u64, end: u64) -> Outcome<Uint8Array> {
        match self {
            Self::Bytes(bytes) => window_of(bytes, start as u32, end as u32).map_err(gone),
            Self::Blob(blob) => {
                let slice = blob.slice_with_f64_and_f64(start as f64, end as f64).map_err(unreadable)?;
                let buffer = JsFuture::from(read_blob(&slice).map_err(unreadable)?).await;
                buffer.and_then(|buffer| blob_bytes(&buffer)).map_err(unreadable)
            }
        }
    }

    /// All bytes, for those who want them as text.
    pub(super) async fn all(&self) -> Outcome<Uint8Array> {
        self.window(0, self.size()).await
    }

    /// Type and dimensions, from no more of the file than it takes.
    pub(super) async fn inspect(&self, place: Place) -> Outcome<ImageInfo> {
        let mut inspection = Inspection::new(place, self.size());
        loop {
            match inspection.next_action() {
                Action::Read { offset, length } => {
                    let window = self.window(offset.into(), (offset + length).into()).await?;
                    inspection.handle(window.to_vec());
                }
                Action::Done(outcome) => return Ok(outcome?),
            }
        }
    }

    /// The MD5, in constant memory. A large Blob is read on while one of two buffers is hashed; or by slices, where the platform
    /// cannot do that, and in Node, which would give 64 KiB at a time.
    pub(super) async fn md5(&self, on_hashed: &dyn Fn(u64, u64)) -> Outcome<Md5Hex> {
        let size = self.size();
        let (blob, window) = match self {
            Self::Blob(blob) => (Some(blob).filter(|_| size > SLICE && xhr::is_here()), SLICE),
            Self::Bytes(_) => (None, TURN),
        };
        let reader = blob.and_then(blob_reader);
        let mut ahead = None;
        if let Some(reader) = &reader {
            ahead = Some((next_piece(reader, &piece())?, piece()));
        }
        let mut hasher = Hasher::default();
        let (mut done, mut reported) = (0, 0);
        on_hashed(0, size);
        while done < size {
            let bytes = match (&reader, ahead.take()) {
                (Some(reader), Some((next, spare))) => {
                    let bytes = next.await.and_then(piece_bytes).map_err(unreadable)?.ok_or_else(ended)?;
                    ahead = Some((next_piece(reader, &spare)?, Uint8Array::new(&bytes.buffer())));
                    bytes
                }
                _ => self.window(done, (done + window).min(size)).await?,
            };
            if bytes.length() == 0 {
                return Err(ended());
            }
            hasher.update(&bytes);
            done += u64::from(bytes.length());
            if done == size || done - reported >= REPORT {
                reported = done;
                on_hashed(done, size);
            }
            // Reading a Blob gives the page its turns by itself; and a timer is slow where the page is hidden.
            if matches!(self, Self::Bytes(_)) && done < size {
                gloo_timers::future::TimeoutFuture::new(0).await;
            }
        }
        Ok(hasher.finish())
    }
}

/// A buffer that a Blob is read into.
fn piece() -> Uint8Array {
    Uint8Array::new_with_length(PIECE)
}

/// What is read next. It is listened to from now on: should it fail while nobody waits for it, no promise goes unheard.
fn next_piece(reader: &Reading, buffer: &Uint8Array) -> Outcome<JsFuture> {
    reader.read_into(buffer).map(JsFuture::from).map_err(unreadable)
}

pub(super) fn gone(cause: JsValue) -> Fault {
    Fault::new(Error::invalid_input("the bytes are gone: their buffer was transferred"), cause)
}

/// Fewer bytes came than the Blob has.
fn ended() -> Fault {
    unreadable("the Blob ended early".into())
}

pub(super) fn unreadable(cause: JsValue) -> Fault {
    let detail = "the bytes cannot be read; was the file moved or changed since it was picked?";
    Fault::new(Error::transient(ErrorKind::Network, READ, detail), cause)
}
