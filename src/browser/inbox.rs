//! What has come of a job's requests, until the driver takes it.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::prelude::rust_2024::*;
use std::task::Waker;

use wasm_bindgen::prelude::*;
use web_sys::Blob;

use crate::http::Failure;
use crate::job::{Input, RequestId};

/// Inputs in the order in which they came, each with what the platform threw.
#[derive(Default)]
pub(super) struct Inbox {
    inputs: RefCell<VecDeque<(Input, JsValue)>>,
    waker: RefCell<Option<Waker>>,
    /// The bytes of the picture that came last.
    picture: RefCell<Option<Blob>>,
}

impl Inbox {
    /// Puts an input in, and wakes the driver.
    pub(super) fn put(&self, input: Input) {
        self.put_with(input, JsValue::UNDEFINED);
    }

    /// The same, with what the platform threw.
    pub(super) fn put_with(&self, input: Input, cause: JsValue) {
        self.inputs.borrow_mut().push_back((input, cause));
        if let Some(waker) = self.waker.borrow_mut().take() {
            waker.wake();
        }
    }

    /// A request has no answer.
    pub(super) fn lost(&self, id: RequestId, cause: JsValue) {
        self.put_with(Input::Lost { id, failure: Failure::Network }, cause);
    }

    /// Whom to wake.
    pub(super) fn wake(&self, waker: &Waker) {
        self.waker.replace(Some(waker.clone()));
    }

    /// The oldest input.
    pub(super) fn take(&self) -> Option<(Input, JsValue)> {
        self.inputs.borrow_mut().pop_front()
    }

    /// Keeps the bytes of a picture: they stay outside the job.
    pub(super) fn keep(&self, picture: Blob) {
        self.picture.replace(Some(picture));
    }

    /// The bytes of the picture that came last.
    pub(super) fn picture(&self) -> Option<Blob> {
        self.picture.borrow_mut().take()
    }
}
