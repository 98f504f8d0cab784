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
    /// The cause, if it quotes nothing of what a request says.
    #[wasm_bindgen(js_name = withoutQuotes)]
    pub(super) fn without_quotes(cause: JsValue, said: &str) -> JsValue;
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
    /// Whether the cause is thrown in its place.
    is_thrown_on: bool,
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
    #[serde(skip_serializing_if = "Option::is_none")]
    ends_batch: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after: Option<u32>,
    #[serde(with = "serde_wasm_bindgen::preserve")]
    cause: JsValue,
}

impl Fault {
    pub(super) fn new(error: Error, cause: JsValue) -> Self {
        Self(Box::new(Facts { error, cause, checkpoint: None, is_thrown_on: false }))
    }

    /// With what the platform threw, where it has no cause of its own.
    pub(super) fn because(mut self, cause: JsValue) -> Self {
        if self.0.cause.is_undefined() {
            self.0.cause = cause;
        }
        self
    }

    /// With the checkpoint of the upload that it ended, if it ended one.
    pub(super) fn at_checkpoint(mut self, checkpoint: Option<Checkpoint>) -> Self {
        self.0.checkpoint = checkpoint;
        self
    }

    pub(super) fn error(&self) -> &Error {
        &self.0.error
    }

    /// What the platform threw.
    pub(super) fn into_cause(self) -> JsValue {
        self.0.cause
    }

    /// What the caller's own code threw, to be thrown on as it is.
    pub(super) fn thrown(value: JsValue) -> Self {
        let mut fault = Self::new(Error::internal("thrown by the caller"), value);
        fault.0.is_thrown_on = true;
        fault
    }

    /// What the core says of it, and what the platform threw.
    pub(super) fn into_parts(self) -> (Error, JsValue) {
        (self.0.error, self.0.cause)
    }
}

impl From<Error> for Fault {
    fn from(error: Error) -> Self {
        Self::new(error, JsValue::UNDEFINED)
    }
}

impl From<Fault> for JsValue {
    fn from(fault: Fault) -> Self {
        let Facts { error, cause, checkpoint, is_thrown_on } = *fault.0;
        if is_thrown_on {
            return cause;
        }
        let details = Details {
            retryable: error.retryable(),
            ret: error.ret(),
            status: error.status(),
            checkpoint,
            may_have_arrived: error.message_may_be_out(),
            ends_batch: error.ends_batch().then_some(true),
            retry_after: error.retry_after_ms(),
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
