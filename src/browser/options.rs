//! What callers pass in, read with care.

use js_sys::{Array, Function, Reflect};
use std::prelude::rust_2024::*;
use wasm_bindgen::prelude::*;
use web_sys::{EventTarget, Url};

use super::foreign::{JsResult, text_within};
use super::values::from_js;
use crate::client::ClientOptions;
use crate::download::{Bounds, Size};
use crate::error::{Error, Result};
use crate::http::DEFAULT_TIMEOUT;
use crate::job::{Pace, Pictures};
use crate::json::FromJson;
use crate::message::LONGEST_CONTENT;
use crate::origin::Origin;
use crate::retry::{LONGEST_TIMER, RetryPolicy, Terms};
use crate::session::{Receiver, Session};
use crate::upload::{ChunkSize, Concurrency, UploadType};

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = Object, catch)]
    fn assign(target: &js_sys::Object, source: &JsValue) -> JsResult<JsValue>;
}

/// UTF-16 units of a caller's text, at most: the longest that any of them needs to be is a message's content.
#[allow(clippy::cast_possible_truncation)]
pub(super) const LONGEST_TEXT: u32 = LONGEST_CONTENT as u32;

/// A caller's text. One that is too long is refused before it is copied into the module's memory, which never shrinks.
pub(super) fn text(value: &JsValue, name: &str) -> Result<String> {
    let wrong = if value.is_string() { ": expected at most 1048576 characters" } else { ": expected a string" };
    text_within(value, LONGEST_TEXT).ok_or_else(|| Error::invalid_input(format!("{name}{wrong}")))
}

/// The caller's options; absent ones are an empty object.
#[derive(Clone)]
pub(super) struct Options {
    value: JsValue,
}

impl Options {
    pub(super) fn new(value: JsValue) -> Self {
        Self { value }
    }

    /// The object itself.
    pub(super) fn value(&self) -> &JsValue {
        &self.value
    }

    /// The value of a key; undefined where there is no such key, or no object.
    pub(super) fn get(&self, key: &str) -> JsValue {
        Reflect::get(&self.value, &key.into()).unwrap_or(JsValue::UNDEFINED)
    }

    /// Whether a key is there and not undefined or null.
    fn given(&self, key: &str) -> Option<JsValue> {
        Some(self.get(key)).filter(|value| !value.is_null() && !value.is_undefined())
    }

    pub(super) fn text(&self, key: &str) -> Result<Option<String>> {
        self.given(key).map(|value| text(&value, key)).transpose()
    }

    pub(super) fn required_text(&self, key: &str) -> Result<String> {
        self.text(key)?.ok_or_else(|| Error::invalid_input(format!("{key} is missing")))
    }

    /// A whole number from `least` to `most`.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    pub(super) fn whole(&self, key: &str, least: u32, most: u32) -> Result<Option<u32>> {
        let Some(value) = self.given(key) else {
            return Ok(None);
        };
        match value.as_f64() {
            Some(number) if number.fract() == 0.0 && (f64::from(least)..=f64::from(most)).contains(&number) => {
                Ok(Some(number as u32))
            }
            _ => Err(Error::invalid_input(format!("{key}: expected an integer from {least} to {most}"))),
        }
    }

    /// A small whole number from `least` to `most`.
    pub(super) fn digit(&self, key: &str, least: u8, most: u8) -> Result<Option<u8>> {
        Ok(self.whole(key, least.into(), most.into())?.map(|number| number.to_le_bytes()[0]))
    }

    /// A whole number that has to be there, such as a length or a time.
    pub(super) fn integer(&self, key: &str) -> Result<u64> {
        let wrong = || Error::invalid_input(format!("{key}: expected an integer"));
        safe_integer(&self.get(key)).ok_or_else(wrong)
    }

    pub(super) fn flag(&self, key: &str) -> bool {
        self.get(key).is_truthy()
    }

    pub(super) fn function(&self, key: &str) -> Result<Option<Function>> {
        let wrong = |_| Error::invalid_input(format!("{key}: expected a function"));
        self.given(key).map(|value| value.dyn_into().map_err(wrong)).transpose()
    }

    /// An AbortSignal of any realm, or one that behaves like it.
    pub(super) fn signal(&self) -> Result<Option<EventTarget>> {
        let Some(value) = self.given("signal") else {
            return Ok(None);
        };
        if Reflect::has(&value, &"aborted".into()).unwrap_or(false) {
            Ok(Some(value.unchecked_into()))
        } else {
            Err(Error::invalid_input("signal: expected an AbortSignal"))
        }
    }

    /// A value of plain data, if it is given.
    pub(super) fn plain<T: FromJson>(&self, key: &str, or_else: &str) -> Result<Option<T>> {
        self.given(key).map(|value| from_js(&value, or_else)).transpose()
    }

    fn retry(&self) -> Result<RetryPolicy> {
        let wrong = || Error::invalid_input("retry: expected integers from 0 for limit, delay and maxDelay");
        let default = RetryPolicy::default();
        let Some(value) = self.given("retry") else { return Ok(default) };
        // A copy first: a getter that throws would pass for an absent number.
        let copy = Some(value).filter(JsValue::is_object).and_then(|value| assign(&js_sys::Object::new(), &value).ok());
        let options = Self::new(copy.ok_or_else(wrong)?);
        let number = |key, default| Ok(options.whole(key, 0, u32::MAX).map_err(|_| wrong())?.unwrap_or(default));
        Ok(RetryPolicy {
            limit: number("limit", default.limit)?,
            delay: number("delay", default.delay)?,
            max_delay: number("maxDelay", default.max_delay)?,
        })
    }

    /// Milliseconds for one request.
    pub(super) fn timeout(&self) -> Result<u32> {
        Ok(self.whole("timeout", 1, LONGEST_TIMER)?.unwrap_or(DEFAULT_TIMEOUT))
    }

    /// Sizes of a picture in order of preference: one, or a list of those that `more` does not hold.
    pub(super) fn sizes(&self, more: &[Size], or_else: &str) -> Result<Vec<Size>> {
        let Some(value) = self.given("size") else { return Ok(Vec::new()) };
        let wrong = || Error::invalid_input(or_else);
        let list = if Array::is_array(&value) { from_js(&value, or_else)? } else { vec![from_js(&value, or_else)?] };
        let is_known = |size: &Size| matches!(size, Size::Hd | Size::Normal | Size::Thumbnail) || more.contains(size);
        if list.is_empty() || list.len() > 8 || !list.iter().all(is_known) {
            return Err(wrong());
        }
        Ok(list)
    }

    /// Where a download stops.
    pub(super) fn bounds(&self) -> Result<Bounds> {
        let default = Bounds::default();
        let max_bytes = self.given("maxBytes").map_or(Ok(default.max_bytes), |_| self.integer("maxBytes"))?;
        let total_ms = self.whole("totalTimeout", 1, LONGEST_TIMER)?.unwrap_or(default.total_ms);
        Ok(Bounds { max_bytes, total_ms })
    }

    /// How requests are sent.
    pub(super) fn terms(&self) -> Result<Terms> {
        Ok(Terms { retry: self.retry()?, timeout_ms: self.timeout()? })
    }

    pub(super) fn client_options(&self) -> Result<ClientOptions> {
        let default = ClientOptions::default();
        Ok(ClientOptions {
            chunk_size: self.number("chunkSize").map_or(Ok(default.chunk_size), ChunkSize::new)?,
            concurrency: self.number("concurrency").map_or(Ok(default.concurrency), Concurrency::new)?,
            upload_type: self.upload_type()?,
            terms: self.terms()?,
            reports: self.flag("reportForWeb"),
        })
    }

    /// `UploadType` on the wire.
    pub(super) fn upload_type(&self) -> Result<UploadType> {
        self.number("uploadType").map_or(Ok(UploadType::default()), UploadType::new)
    }

    /// How a list is worked through.
    pub(super) fn pace(&self) -> Result<Pace> {
        let default = Pace::default();
        let wait = |key, default| Ok(self.whole(key, 0, LONGEST_TIMER)?.unwrap_or(default));
        Ok(Pace {
            pictures: self.number("pictures").map_or(Ok(default.pictures), Pictures::new)?,
            min_interval_ms: wait("minInterval", default.min_interval_ms)?,
            after_too_often_ms: wait("afterTooOften", default.after_too_often_ms)?,
        })
    }

    /// Whom a message of this session goes to.
    pub(super) fn to(&self, session: &Session) -> Result<Receiver> {
        session.receiver(self.text("to")?.as_deref())
    }

    /// A number for a value of the core, which knows its range: 0 for what is no whole number, which none takes.
    fn number(&self, key: &str) -> Option<u64> {
        self.given(key).map(|_| self.integer(key).unwrap_or_default())
    }

    pub(super) fn allowed_origins(&self) -> Result<Vec<Origin>> {
        let list: Option<Vec<String>> = self.plain("allowedOrigins", "allowedOrigins: expected a list of origins")?;
        list.iter().flatten().map(|text| Origin::parse(text, "allowedOrigins")).collect()
    }
}

/// A whole number from 0 that a double holds exactly.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
pub(super) fn safe_integer(value: &JsValue) -> Option<u64> {
    value.as_f64().filter(|&number| js_sys::Number::is_safe_integer(value) && number >= 0.0).map(|number| number as u64)
}

/// Refuses an origin that the platform's URL parser does not take, or takes for another: its own error would quote the whole URL.
pub(super) fn check_origin(origin: &Origin, field: &str) -> Result<()> {
    let taken = Url::new(origin.as_str()).is_ok_and(|url| url.origin() == origin.as_str());
    let wrong = || Error::invalid_input(format!("{field}: expected an origin that the platform's URL parser accepts"));
    taken.then_some(()).ok_or_else(wrong)
}
