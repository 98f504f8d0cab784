//! Time and randomness: the core has none, and a caller may have its own.

use std::prelude::rust_2024::*;

use gloo_timers::future::TimeoutFuture;
use js_sys::{Date, Function};
use wasm_bindgen::prelude::*;

use super::foreign::JsResult;
use super::options::Options;
use crate::error::Result;
use crate::job::Now;
use crate::retry::LONGEST_TIMER;

#[wasm_bindgen]
extern "C" {
    /// It only goes forward.
    #[wasm_bindgen(js_namespace = performance, js_name = now, catch)]
    fn performance_now() -> JsResult<f64>;
}

/// The platform's, or the caller's.
#[derive(Clone)]
pub(super) struct Clock {
    now: Option<Function>,
    random: Option<Function>,
}

impl Clock {
    pub(super) fn of(options: &Options) -> Result<Self> {
        Ok(Self { now: options.function("now")?, random: options.function("random")? })
    }

    /// Whether the caller gave it.
    pub(super) fn is_own(&self) -> bool {
        self.now.is_some()
    }

    /// The time. A caller's clock gives the date; waits go by the platform's.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    pub(super) fn now(&self) -> Now {
        Now { date_ms: call_for_number(self.now.as_ref()).unwrap_or_else(Date::now) as u64, elapsed_ms: elapsed_ms() }
    }

    /// 0 ≤ n < 1.
    pub(super) fn random(&self) -> f64 {
        call_for_number(self.random.as_ref()).unwrap_or_else(js_sys::Math::random)
    }
}

/// A timer that fires at this time, if there is one.
pub(super) fn timer(until_ms: Option<u64>) -> Option<TimeoutFuture> {
    let wait_ms = until_ms?.saturating_sub(elapsed_ms());
    Some(TimeoutFuture::new(u32::try_from(wait_ms).unwrap_or(LONGEST_TIMER).min(LONGEST_TIMER)))
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
fn elapsed_ms() -> u64 {
    performance_now().unwrap_or_else(|_| Date::now()) as u64
}

fn call_for_number(function: Option<&Function>) -> Option<f64> {
    function?.call0(&JsValue::UNDEFINED).ok()?.as_f64()
}
