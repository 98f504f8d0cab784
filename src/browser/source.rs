//! Bytes of a picture, wherever they are: looked at and hashed by windows.

use std::cell::RefCell;
use std::ops::Range;
use std::prelude::rust_2024::*;

use js_sys::{Array, Date, Promise, Reflect, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::Blob;

use super::blob::{Hasher, make_blob};
use super::error::{Fault, Outcome};
use super::foreign::{
    JsResult, Reading, blob_bytes, blob_reader, blob_size, piece_bytes, read_blob, tag_of, whole, window_of, word_in,
};
use super::xhr;
use crate::digest::Md5Hex;
use crate::error::{Error, ErrorKind, Place};
use crate::image::{Action, ImageInfo, Inspection, Part, Stripped, Stripping};
use crate::upload::FileInfo;

/// Bytes taken from a source at once, where it is read by slices.
const SLICE: u64 = 2 * 1024 * 1024;
/// Bytes read from a Blob at once, at most, where it is read into buffers of ours.
const PIECE: u32 = 1024 * 1024;
/// Bytes hashed at once: a few milliseconds, in the JavaScript build too.
const STEP: u32 = 256 * 1024;
/// Bytes that are hashed before the caller hears of it.
const REPORT: u64 = 4 * 1024 * 1024;

#[wasm_bindgen(raw_module = "./turn.js")]
extern "C" {
    /// A promise for the page's next turn, where one is due after so many more bytes.
    fn turn(length: u32) -> Option<Promise>;
}

/// Where a source cannot be read.
pub(super) const READ: Place = Place::at("read");

/// Bytes of a File that are read again at once before its last chunk, at most: more would take longer than a request may.
const MOST_AGAIN: u64 = 64 * 1024 * 1024;

/// The first time in ms whose year has more than the four digits that a Date's string has on the wire. A Blob in Bun has a later one.
const YEAR_10_000: f64 = 253_402_300_800_000.0;

/// A file that is being sent.
pub(super) struct Held {
    pub(super) blob: Blob,
    size: u64,
    md5: Md5Hex,
    /// A File alone can change: how far it was read again for its chunks, and the hash of that.
    again: RefCell<Option<(u64, Hasher)>>,
}

impl Held {
    pub(super) fn new(blob: Blob, file: &FileInfo) -> Self {
        let again = (tag_of(&blob) == "[object File]").then(Default::default);
        Self { blob, size: file.size, md5: file.md5.clone(), again: RefCell::new(again) }
    }

    /// Refuses a file that changed since it was hashed. Engines differ in what becomes of a request with such a file: it fails in
    /// Chromium and Node, never ends in WebKit, and goes out with the new bytes in Firefox. So each range is read before it is sent, and
    /// the last one goes out only if all of them together have the file's MD5.
    pub(super) async fn check(&self, range: Range<u64>) -> Outcome<()> {
        if range.end == self.size {
            while let Some(at) = self.hashed_again().filter(|&at| at < range.start && range.start - at <= MOST_AGAIN) {
                self.read_again(at, (at + u64::from(PIECE)).min(range.start)).await?;
            }
        }
        self.read_again(range.start, range.end).await
    }

    fn hashed_again(&self) -> Option<u64> {
        self.again.borrow().as_ref().map(|(at, _)| *at)
    }

    async fn read_again(&self, start: u64, end: u64) -> Outcome<()> {
        let bytes = Source::Blob(self.blob.clone()).window(start, end).await?;
        if u64::from(bytes.length()) != end - start {
            return Err(ended());
        }
        if let Some((at, hasher)) = self.again.borrow_mut().as_mut().filter(|(at, _)| *at == start) {
            hasher.update(&bytes).map_err(gone)?;
            *at = end;
        }
        page_turn(bytes.length()).await;
        match self.again.borrow_mut().take_if(|(at, _)| *at == self.size).map(|(_, hasher)| hasher.finish()) {
            Some(md5) if md5 != self.md5 => Err(unreadable("its MD5 has changed".into())),
            _ => Ok(()),
        }
    }
}

/// What a source turned out to be.
pub(super) enum Source {
    Blob(Blob),
    Bytes(Uint8Array),
}

impl Source {
    /// Bytes.
    pub(super) fn size(&self) -> u64 {
        match self {
            Self::Blob(blob) => blob_size(blob).unwrap_or_default(),
            Self::Bytes(bytes) => u64::from(bytes.length()),
        }
    }

    /// The File's own name, if it is one.
    pub(super) fn name(&self) -> Option<String> {
        let Self::Blob(blob) = self else { return None };
        word_in(blob, "name").filter(|name| !name.trim().is_empty())
    }

    /// What `String(date)` gives for the File's own date, or for `now_ms`.
    #[allow(clippy::cast_precision_loss)]
    pub(super) fn last_modified(&self, now_ms: u64) -> String {
        let own = match self {
            Self::Blob(blob) => Reflect::get(blob, &"lastModified".into())
                .ok()
                .and_then(|ms| ms.as_f64())
                .filter(|ms| ms.abs() < YEAR_10_000),
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
            Self::Blob(blob) => word_in(blob, "type").filter(|mime| !mime.is_empty()),
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
                let bytes = buffer.and_then(|buffer| blob_bytes(&buffer)).map_err(unreadable)?;
                // A `slice` of the caller's own may give anything.
                if u64::from(bytes.length()) > end - start {
                    return Err(unreadable("the Blob returned more bytes than requested".into()));
                }
                Ok(bytes)
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

    /// The same picture without what stands beside its pixels, and what that was. No more of it is read at once than a window.
    pub(super) async fn strip(&self, place: Place) -> Outcome<(Blob, Stripped)> {
        let info = self.inspect(place).await?;
        let mut stripping = Stripping::new(place, &info)?;
        let stripped = loop {
            match stripping.next_action() {
                Action::Read { offset, length } => {
                    let window = self.window(offset.into(), (offset + length).into()).await?;
                    stripping.handle(window.to_vec());
                    page_turn(window.length()).await;
                }
                Action::Done(outcome) => break outcome?,
            }
        };
        let parts = Array::new();
        for part in &stripped.parts {
            let part = match (part, self) {
                (Part::Made(bytes), _) => Uint8Array::from(&bytes[..]).into(),
                (Part::Kept(range), Self::Bytes(bytes)) => {
                    window_of(bytes, range.start, range.end).map_err(gone)?.into()
                }
                (Part::Kept(range), Self::Blob(blob)) => {
                    let slice = blob.slice_with_f64_and_f64(range.start.into(), range.end.into());
                    slice.map_err(unreadable)?.into()
                }
            };
            parts.push(&part);
        }
        Ok((make_blob(&parts, info.mime).map_err(unreadable)?, stripped))
    }

    /// The MD5, in constant memory. A large Blob is read on while one of two buffers is hashed; or by slices, where the platform
    /// cannot do that, and in Node, which would give 64 KiB at a time.
    pub(super) async fn md5(&self, on_hashed: &dyn Fn(u64, u64)) -> Outcome<Md5Hex> {
        let size = self.size();
        let reader = match self {
            Self::Blob(blob) if size > SLICE && xhr::is_here() => blob_reader(blob),
            _ => None,
        };
        // In Node, half of it: reading takes as long for each byte, and other tasks wait for a slice in memory.
        let slice = if xhr::is_here() { SLICE } else { u64::from(PIECE) };
        let mut ahead = reader.as_ref().and_then(|reader| Some((next_piece(reader, &piece()).ok()?, piece())));
        let mut hasher = Hasher::default();
        let (mut done, mut reported) = (0, 0);
        on_hashed(0, size);
        while done < size {
            let read = match (&reader, ahead.take()) {
                (Some(reader), Some((next, spare))) => match next.await.and_then(piece_bytes) {
                    Ok(Some(bytes)) => {
                        let own = whole(&bytes.buffer()).ok();
                        ahead = own.and_then(|own| Some((next_piece(reader, &spare).ok()?, own)));
                        Some(bytes)
                    }
                    _ => None,
                },
                _ => None,
            };
            // By slices, from where the reader stopped: in a content script, Firefox loses the buffers that it is given. They tell,
            // too, where the file was changed.
            let bytes = match read {
                Some(bytes) => bytes,
                None => self.window(done, (done + slice).min(size)).await?,
            };
            if bytes.length() == 0 || u64::from(bytes.length()) > size - done {
                return Err(ended());
            }
            let length = bytes.length();
            hash(&mut hasher, &bytes).await.map_err(gone)?;
            done += u64::from(length);
            if done == size || done - reported >= REPORT {
                reported = done;
                on_hashed(done, size);
            }
        }
        Ok(hasher.finish())
    }
}

/// Hashes bytes step by step. Between two steps, other tasks run: timers, frames, aborts.
pub(super) async fn hash(hasher: &mut Hasher, bytes: &Uint8Array) -> JsResult<()> {
    let length = bytes.length();
    for start in (0..length).step_by(STEP as usize) {
        let step = window_of(bytes, start, (start + STEP).min(length))?;
        hasher.update(&step)?;
        page_turn(step.length()).await;
    }
    Ok(())
}

/// Lets other tasks run, if it is time after so many more bytes.
async fn page_turn(length: u32) {
    if let Some(turn) = turn(length) {
        _ = JsFuture::from(turn).await;
    }
}

/// A buffer that a Blob is read into.
fn piece() -> Uint8Array {
    Uint8Array::new_with_length(PIECE)
}

/// What is read next. It is listened to from now on: should it fail while nobody waits for it, no promise goes unheard.
fn next_piece(reader: &Reading, buffer: &Uint8Array) -> JsResult<JsFuture> {
    reader.read_into(buffer).map(JsFuture::from)
}

fn gone(cause: JsValue) -> Fault {
    Fault::new(Error::invalid_input("the buffer is detached: it was transferred"), cause)
}

/// Fewer bytes came than the Blob has, or more.
pub(super) fn ended() -> Fault {
    unreadable("the Blob's size has changed".into())
}

pub(super) fn unreadable(cause: JsValue) -> Fault {
    let detail = "the bytes cannot be read: the file was changed, moved or deleted after it was picked; pick it again";
    Fault::new(Error::new(ErrorKind::FileChanged, READ, detail), cause)
}
