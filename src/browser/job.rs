//! What every asynchronous call has: a signal that ends it, and progress that never goes back.

use std::cell::{Cell, RefCell};
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::prelude::rust_2024::*;
use std::rc::Rc;
use std::task::{Poll, Waker};

use js_sys::{Function, Promise};
use serde::Serialize;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::future_to_promise;
use web_sys::AbortSignal;

use super::error::Outcome;
use super::options::Options;
use super::values::to_js;
use crate::error::Result;
use crate::upload::Standing;

/// What a job does, behind a pointer: the machinery around it is compiled once, not once for each kind of job.
type Work = Pin<Box<dyn Future<Output = Outcome<JsValue>>>>;

/// Starts a job that ends with the signal in its options.
pub(super) fn start(options: &Options, work: impl Future<Output = Outcome<JsValue>> + 'static) -> Promise {
    start_work(options.signal(), Box::pin(work))
}

fn start_work(signal: Result<Option<AbortSignal>>, work: Work) -> Promise {
    future_to_promise(async move {
        match signal? {
            Some(signal) => run(signal, work).await,
            None => Ok(work.await?),
        }
    })
}

/// Runs the work until it is done or the signal fires. An abort drops the work where it stands: its requests are aborted and its
/// timers cleared by their own `Drop`, and the caller gets `signal.reason`, as fetch has it.
async fn run(signal: AbortSignal, mut work: Work) -> std::result::Result<JsValue, JsValue> {
    if signal.aborted() {
        return Err(signal.reason());
    }
    let aborted = Aborted::listen(&signal);
    poll_fn(|context| {
        if signal.aborted() {
            return Poll::Ready(Err(signal.reason()));
        }
        aborted.wake(context.waker());
        work.as_mut().poll(context).map_err(Into::into)
    })
    .await
}

/// A listener for the signal's event, gone with the job.
struct Aborted {
    signal: AbortSignal,
    waker: Rc<RefCell<Option<Waker>>>,
    listener: Closure<dyn FnMut()>,
}

impl Aborted {
    fn listen(signal: &AbortSignal) -> Self {
        let waker: Rc<RefCell<Option<Waker>>> = Rc::default();
        let for_listener = Rc::clone(&waker);
        let listener = Closure::new(move || {
            if let Some(waker) = for_listener.borrow_mut().take() {
                waker.wake();
            }
        });
        _ = signal.add_event_listener_with_callback("abort", listener.as_ref().unchecked_ref());
        Self { signal: signal.clone(), waker, listener }
    }

    fn wake(&self, waker: &Waker) {
        self.waker.replace(Some(waker.clone()));
    }
}

impl Drop for Aborted {
    fn drop(&mut self) {
        _ = self.signal.remove_event_listener_with_callback("abort", self.listener.as_ref().unchecked_ref());
    }
}

/// The steps of a job, in the order in which they can follow each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Step {
    Read,
    Hash,
    Upload,
    Send,
    Download,
}

/// Tells the caller how far a job is. Within one step it never goes back, also when a try had to begin again.
#[derive(Default)]
pub(super) struct Progress {
    callback: Option<Function>,
    most: Cell<Option<(Step, u64)>>,
}

/// Gives the signal a chance: a callback may have fired it, and then the job ends here, before its next request.
pub(super) async fn turn() {
    let mut has_waited = false;
    poll_fn(|context| {
        if has_waited {
            return Poll::Ready(());
        }
        has_waited = true;
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

#[derive(Serialize)]
struct Report {
    step: Step,
    #[serde(serialize_with = "number")]
    loaded: u64,
    #[serde(serialize_with = "maybe_number")]
    total: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    chunk: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    chunks: Option<u32>,
}

#[allow(clippy::cast_precision_loss, clippy::trivially_copy_pass_by_ref)]
fn number<S: serde::Serializer>(value: &u64, serializer: S) -> std::result::Result<S::Ok, S::Error> {
    serializer.serialize_f64(*value as f64)
}

#[allow(clippy::ref_option)]
fn maybe_number<S: serde::Serializer>(value: &Option<u64>, serializer: S) -> std::result::Result<S::Ok, S::Error> {
    match value {
        Some(value) => number(value, serializer),
        None => serializer.serialize_none(),
    }
}

impl Progress {
    pub(super) fn of(options: &Options) -> Result<Self> {
        Ok(Self { callback: options.function("onProgress")?, most: Cell::new(None) })
    }

    /// Whether anybody listens.
    pub(super) fn is_heard(&self) -> bool {
        self.callback.is_some()
    }

    pub(super) fn report(&self, step: Step, loaded: u64, total: Option<u64>) {
        self.call(Report { step, loaded, total, chunk: None, chunks: None });
    }

    pub(super) fn report_upload(&self, Standing { loaded, chunk, chunks }: Standing, total: u64) {
        let (chunk, chunks) = (Some(chunk), Some(chunks));
        self.call(Report { step: Step::Upload, loaded, total: Some(total), chunk, chunks });
    }

    fn call(&self, mut report: Report) {
        let Some(callback) = &self.callback else { return };
        if let Some((step, most)) = self.most.get()
            && step == report.step
        {
            report.loaded = report.loaded.max(most);
        }
        self.most.set(Some((report.step, report.loaded)));
        call_back(callback, &to_js(&report));
    }
}

/// A callback that throws is the caller's own trouble: it never ends a job.
pub(super) fn call_back(callback: &Function, value: &JsValue) {
    _ = callback.call1(&JsValue::UNDEFINED, value);
}
