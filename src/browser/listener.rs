//! Those who hear of a job: the caller's callbacks, and what the package keeps of it outside the module.

use std::cell::RefCell;
use std::future::Future;
use std::prelude::rust_2024::*;
use std::rc::Rc;

use js_sys::{Function, Object, Reflect};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

use super::error::Fault;
use super::foreign::promised;
use super::inbox::Inbox;
use super::options::Options;
use super::values::{sent, to_js};
use crate::error::Result;
use crate::job::{Ended, Event, Input, Sent, Stage};

/// Of one call.
pub(super) struct Listener {
    on_progress: Option<Function>,
    on_checkpoint: Option<Function>,
    /// Takes an outcome of a list: a promise that resolves when the caller wants the next.
    on_outcome: Option<Function>,
    /// Where the package keeps what has to outlive a stop of the module: the last checkpoint, and whether a message may be out.
    kept: Option<Object>,
    /// The error that ended a list.
    end: RefCell<JsValue>,
}

impl Default for Listener {
    fn default() -> Self {
        let end = RefCell::new(JsValue::UNDEFINED);
        Self { on_progress: None, on_checkpoint: None, on_outcome: None, kept: None, end }
    }
}

impl Listener {
    /// The callbacks in a call's options.
    pub(super) fn of(options: &Options) -> Result<Self> {
        Ok(Self {
            on_progress: options.function("onProgress")?,
            on_checkpoint: options.function("onCheckpoint")?,
            ..Self::default()
        })
    }

    /// The same, and what the package keeps of the call.
    pub(super) fn keeping(self, kept: Object) -> Self {
        Self { kept: Some(kept), ..self }
    }

    /// The same, for a list.
    pub(super) fn delivering(self, on_outcome: Function) -> Self {
        Self { on_outcome: Some(on_outcome), ..self }
    }

    /// Whether the caller wants to hear of bytes on their way.
    pub(super) fn hears_bytes(&self) -> bool {
        self.on_progress.is_some()
    }

    /// Tells of an event.
    pub(super) fn tell(&self, event: &Event) {
        match event {
            Event::Progress(progress) => {
                if progress.stage == Stage::Send {
                    self.keep("mayHaveArrived", &JsValue::TRUE);
                }
                call(self.on_progress.as_ref(), || to_js(progress));
            }
            Event::Checkpoint { checkpoint, source } => {
                self.keep("checkpoint", &to_js(checkpoint));
                if let Some(callback) = &self.on_checkpoint {
                    // Of a list, also which source it is.
                    let index = self.on_outcome.as_ref().map_or(JsValue::UNDEFINED, |_| number(*source));
                    _ = callback.call2(&JsValue::UNDEFINED, &to_js(checkpoint), &index);
                }
            }
            Event::Outcome { .. } => {}
        }
    }

    /// Hands an outcome over; the job hears when the caller has taken it.
    pub(super) fn deliver(
        &self,
        source: usize,
        outcome: core::result::Result<Sent, Ended>,
        cause: &JsValue,
        inbox: Rc<Inbox>,
    ) -> impl Future<Output = ()> + 'static {
        let (value, error) = match outcome {
            Ok(outcome) => (sent(&outcome), JsValue::UNDEFINED),
            Err(Ended { error, checkpoint, ended_by }) => {
                let cause = if ended_by.is_none() { cause.clone() } else { self.end.borrow().clone() };
                let (is_end, fault) = (error.ends_batch() && ended_by.is_none(), Fault::new(error, cause));
                let error: JsValue = fault.at_checkpoint(checkpoint).into();
                if is_end {
                    self.end.replace(error.clone());
                }
                (JsValue::UNDEFINED, error)
            }
        };
        let index = number(source);
        let taken = self.on_outcome.as_ref().map(|deliver| deliver.call3(&JsValue::UNDEFINED, &index, &value, &error));
        async move {
            if let Some(Ok(taken)) = taken.map(promised) {
                _ = JsFuture::from(taken).await;
            }
            inbox.put(Input::Taken);
        }
    }

    fn keep(&self, name: &str, value: &JsValue) {
        if let Some(kept) = &self.kept {
            _ = Reflect::set(kept, &name.into(), value);
        }
    }
}

fn number(source: usize) -> JsValue {
    u32::try_from(source).unwrap_or(u32::MAX).into()
}

/// A callback that throws is the caller's own trouble: it never ends a job.
fn call(callback: Option<&Function>, value: impl FnOnce() -> JsValue) {
    if let Some(callback) = callback {
        _ = callback.call1(&JsValue::UNDEFINED, &value());
    }
}
