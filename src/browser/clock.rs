//! Time and chance: the core has none, and a caller may have its own.

use std::prelude::rust_2024::*;

use js_sys::{Date, Function};
use wasm_bindgen::prelude::*;

use super::options::Options;
use crate::error::Result;

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

    /// Milliseconds since the epoch.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    pub(super) fn now_ms(&self) -> u64 {
        call_for_number(self.now.as_ref()).unwrap_or_else(Date::now) as u64
    }

    /// 0 ≤ n < 1.
    pub(super) fn random(&self) -> f64 {
        call_for_number(self.random.as_ref()).unwrap_or_else(js_sys::Math::random)
    }
}

fn call_for_number(function: Option<&Function>) -> Option<f64> {
    function?.call0(&JsValue::UNDEFINED).ok()?.as_f64()
}
