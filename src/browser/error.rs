//! From the core's [`Error`] to the package's `WebwxError`.

use serde::Serialize;
use std::prelude::rust_2024::*;
use wasm_bindgen::prelude::*;

use super::types::to_js;
use crate::error::Error;
use crate::upload::Checkpoint;

#[wasm_bindgen(raw_module = "./error.js")]
extern "C" {
    type WebwxError;
    #[wasm_bindgen(constructor)]
    fn new(code: &str, message: &str, details: &JsValue) -> WebwxError;
}

/// A failure on its way out: what the core says of it, with what only the shell knows.
#[derive(Debug)]
pub(super) struct Fault {
    pub(super) error: Error,
    /// What the platform threw.
    pub(super) cause: JsValue,
    /// Where an upload stopped.
    pub(super) checkpoint: Option<Box<Checkpoint>>,
    /// When the server wants to be asked again.
    pub(super) retry_after_ms: Option<u64>,
    /// Whether a message was to be sent.
    pub(super) is_of_a_message: bool,
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
    checkpoint: Option<Box<Checkpoint>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    may_have_arrived: Option<bool>,
    #[serde(with = "serde_wasm_bindgen::preserve")]
    cause: JsValue,
}

impl Fault {
    pub(super) fn new(error: Error, cause: JsValue) -> Self {
        Self { error, cause, checkpoint: None, retry_after_ms: None, is_of_a_message: false }
    }

    /// The same, of a message: its error tells whether that may be out.
    pub(super) fn of_a_message(self) -> Self {
        Self { is_of_a_message: true, ..self }
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        Self::new(error, JsValue::UNDEFINED)
    }
}

impl From<Fault> for JsValue {
    fn from(Fault { error, cause, checkpoint, is_of_a_message, .. }: Fault) -> Self {
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
