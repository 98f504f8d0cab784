//! From the core's [`Error`] to the package's `WebwxError`.

use serde::Serialize;
use std::prelude::rust_2024::*;
use wasm_bindgen::prelude::*;

use super::values::to_js;
use crate::error::Error;
use crate::upload::Checkpoint;

#[wasm_bindgen(raw_module = "./error.js")]
extern "C" {
    type WebwxError;
    #[wasm_bindgen(constructor)]
    fn new(code: &str, message: &str, details: &JsValue) -> WebwxError;
}

/// A failure on its way out: what the core says of it, with what only the shell knows. Behind a pointer, as the core's errors are.
#[derive(Debug)]
pub(super) struct Fault(Box<Facts>);

#[derive(Debug)]
struct Facts {
    error: Error,
    /// What the platform threw.
    cause: JsValue,
    /// Where an upload stopped.
    checkpoint: Option<Checkpoint>,
    /// When the server wants to be asked again.
    retry_after_ms: Option<u64>,
    /// Whether a message was to be sent.
    is_of_a_message: bool,
}

pub(super) type Outcome<T> = Result<T, Fault>;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Details {
    retryable: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    ret: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    checkpoint: Option<Checkpoint>,
    #[serde(skip_serializing_if = "Option::is_none")]
    may_have_arrived: Option<bool>,
    #[serde(with = "serde_wasm_bindgen::preserve")]
    cause: JsValue,
}

impl Fault {
    pub(super) fn new(error: Error, cause: JsValue) -> Self {
        Self(Box::new(Facts { error, cause, checkpoint: None, retry_after_ms: None, is_of_a_message: false }))
    }

    /// With the checkpoint of the upload that it ended.
    pub(super) fn at_checkpoint(mut self, checkpoint: Checkpoint) -> Self {
        self.0.checkpoint = Some(checkpoint);
        self
    }

    /// With what the server said of another try.
    pub(super) fn retry_after(mut self, ms: Option<u64>) -> Self {
        self.0.retry_after_ms = ms;
        self
    }

    /// The same, of a message: its error tells whether that may be out.
    pub(super) fn of_a_message(mut self) -> Self {
        self.0.is_of_a_message = true;
        self
    }

    /// The same, with what `judge` makes of its error.
    pub(super) fn judged(mut self, judge: impl FnOnce(Error) -> Error) -> Self {
        self.0.error = judge(self.0.error);
        self
    }

    pub(super) fn error(&self) -> &Error {
        &self.0.error
    }

    /// When the server wants to be asked again.
    pub(super) fn retry_after_ms(&self) -> Option<u64> {
        self.0.retry_after_ms
    }

    /// What the platform threw.
    pub(super) fn into_cause(self) -> JsValue {
        self.0.cause
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        Self::new(error, JsValue::UNDEFINED)
    }
}

impl From<Fault> for JsValue {
    fn from(fault: Fault) -> Self {
        let Facts { error, cause, checkpoint, is_of_a_message, .. } = *fault.0;
        let details = Details {
            retryable: error.retryable(),
            ret: error.ret(),
            status: error.status(),
            checkpoint,
            may_have_arrived: is_of_a_message.then(|| error.may_have_arrived()),
            cause,
        };
        WebwxError::new(error.kind().code(), &error.to_string(), &to_js(&details)).into()
    }
}

/// For the functions that answer at once.
impl From<Error> for JsValue {
    fn from(error: Error) -> Self {
        Fault::from(error).into()
    }
}
