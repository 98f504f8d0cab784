//! A picture that has come: its bytes, kept outside the module, become a Blob, and what they are goes to the job.

use std::prelude::rust_2024::*;
use std::rc::Rc;

use js_sys::{Array, Uint8Array};
use wasm_bindgen::prelude::*;
use web_sys::Blob;

use super::blob::{Hasher, make_blob};
use super::foreign::JsResult;
use super::inbox::Inbox;
use super::source::Source;
use crate::error::{ErrorKind, Place};
use crate::job::{Input, RequestId};

/// So many bytes of an answer are in the page's own memory at once; then they go into a Blob, which the platform keeps elsewhere.
const BLOB_PART: u32 = 4 * 1024 * 1024;

/// The pieces of a body. Only some of them are in the page's own memory; the rest is in Blobs, which the platform keeps elsewhere.
#[derive(Default)]
pub(super) struct BodyParts {
    parts: Array,
    loose: Array,
    loose_bytes: u32,
}

/// A picture whose bytes a job hands over, some at a time.
pub(super) struct Arrival {
    id: RequestId,
    body: BodyParts,
    hasher: Hasher,
    size: u64,
}

impl BodyParts {
    pub(super) fn push(&mut self, bytes: &Uint8Array) -> JsResult<()> {
        self.loose.push(bytes);
        self.loose_bytes += bytes.length();
        if self.loose_bytes >= BLOB_PART {
            self.parts.push(&make_blob(&self.loose, "")?.into());
            (self.loose, self.loose_bytes) = (Array::new(), 0);
        }
        Ok(())
    }

    pub(super) fn into_blob(self, mime: &str) -> JsResult<Blob> {
        make_blob(&self.parts.concat(&self.loose), mime)
    }
}

impl Arrival {
    /// Takes bytes; those of another picture make room for it.
    pub(super) fn keep(arriving: &mut Option<Self>, id: RequestId, bytes: &[u8]) -> JsResult<()> {
        let new = || Self { id, body: BodyParts::default(), hasher: Hasher::default(), size: 0 };
        let arrival = match arriving {
            Some(arrival) if arrival.id == id => arrival,
            other => other.insert(new()),
        };
        let bytes = Uint8Array::from(bytes);
        arrival.hasher.update(&bytes)?;
        arrival.size += u64::from(bytes.length());
        arrival.body.push(&bytes)
    }

    /// All of it is here.
    pub(super) async fn join(arriving: Option<Self>, id: RequestId, place: Place, inbox: Rc<Inbox>) {
        let joined = async {
            let arrival = arriving.filter(|arrival| arrival.id == id).ok_or("a picture without its bytes")?;
            arrived(&inbox, id, place, arrival.body.into_blob("")?, arrival.size, arrival.hasher).await
        };
        if let Err(cause) = joined.await {
            inbox.lost(id, cause);
        }
    }
}

/// Says what a picture is, and keeps its bytes.
pub(super) async fn arrived(
    inbox: &Inbox,
    id: RequestId,
    place: Place,
    blob: Blob,
    size: u64,
    hasher: Hasher,
) -> JsResult<()> {
    let source = Source::Blob(blob);
    let (image, cause) = match source.inspect(place).await {
        Ok(info) => (Ok(info), JsValue::UNDEFINED),
        Err(fault) => match fault.into_parts() {
            // Not a picture's fault: these bytes are ours.
            (error, cause) if error.kind() == ErrorKind::FileChanged => return Err(cause),
            (error, cause) => (Err(error), cause),
        },
    };
    if let Source::Blob(blob) = source {
        inbox.keep(blob);
    }
    inbox.put_with(Input::Picture { id, size, image, md5: hasher.finish() }, cause);
    Ok(())
}
