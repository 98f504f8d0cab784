//! What every asynchronous call has: a signal that ends it.

use std::cell::RefCell;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::prelude::rust_2024::*;
use std::rc::Rc;
use std::task::{Poll, Waker};

use js_sys::{Promise, Reflect};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::future_to_promise;
use web_sys::EventTarget;

use super::driver::Run;
use super::error::{Fault, Outcome};
use super::options::Options;
use crate::error::{Error, Result};

/// What is done, behind a pointer: the machinery around it is compiled once.
type Work = Pin<Box<dyn Future<Output = Outcome<JsValue>>>>;

/// Starts what ends with the signal in its options.
pub(super) fn promise(options: &Options, work: impl Future<Output = Outcome<JsValue>> + 'static) -> Promise {
    start_work(options.signal(), Box::pin(work))
}

/// Starts a job. Everything that the caller passed is read and checked now; what is wrong with it rejects.
pub(super) fn start(options: JsValue, prepare: impl FnOnce(&Options) -> Outcome<Run>) -> Promise {
    let options = Options::new(options);
    let signal = options.signal();
    let is_aborted = matches!(&signal, Ok(Some(signal)) if ended_by(signal).is_some());
    let run = if is_aborted { Ok(None) } else { prepare(&options).map(Some) };
    start_work(
        signal,
        Box::pin(async move {
            match run? {
                Some(run) => run.drive().await,
                None => Ok(JsValue::UNDEFINED),
            }
        }),
    )
}

fn start_work(signal: Result<Option<EventTarget>>, work: Work) -> Promise {
    future_to_promise(async move {
        match signal? {
            Some(signal) => run(signal, work).await,
            None => Ok(work.await?),
        }
    })
}

/// Runs the work until it is done or the signal fires. An abort drops the work where it stands: its requests are aborted and its
/// timers cleared by their own `Drop`, and the caller gets `signal.reason`, as fetch has it.
async fn run(signal: EventTarget, mut work: Work) -> std::result::Result<JsValue, JsValue> {
    if let Some(reason) = ended_by(&signal) {
        return Err(reason);
    }
    let aborted = Aborted::listen(&signal);
    poll_fn(|context| {
        if let Some(reason) = ended_by(&signal) {
            return Poll::Ready(Err(reason));
        }
        aborted.wake(context.waker());
        work.as_mut().poll(context).map_err(Into::into)
    })
    .await
}

/// What a job rejects with that its signal ended: the reason; or an error, where the signal cannot be read.
fn ended_by(signal: &JsValue) -> Option<JsValue> {
    let unreadable = |cause| Fault::new(Error::invalid_input("signal: its getter threw"), cause).into();
    let read = |key: &str| Reflect::get(signal, &key.into());
    match read("aborted") {
        Ok(aborted) if aborted.is_truthy() => Some(read("reason").unwrap_or_else(unreadable)),
        Ok(_) => None,
        Err(cause) => Some(unreadable(cause)),
    }
}

/// A listener for the signal's event, gone with the job.
struct Aborted {
    signal: EventTarget,
    waker: Rc<RefCell<Option<Waker>>>,
    listener: Closure<dyn FnMut()>,
}

impl Aborted {
    fn listen(signal: &EventTarget) -> Self {
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
