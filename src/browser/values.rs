//! Plain data crosses the boundary: the core's values on their way out, and a caller's on their way in.

use js_sys::{Array, Reflect};
use serde::Serialize;
use std::prelude::rust_2024::*;
use wasm_bindgen::prelude::*;

use super::foreign::{JsResult, text_within};
use crate::error::{Error, Result};
use crate::job::Sent;
use crate::json::FromJson;

#[wasm_bindgen]
extern "C" {
    /// Gives undefined for what has no JSON.
    #[wasm_bindgen(js_namespace = JSON, catch)]
    fn stringify(value: &JsValue, keys: &Array) -> JsResult<JsValue>;
}

/// UTF-16 units of a caller's value as JSON, at most.
const LONGEST_JSON: u32 = 1024 * 1024;

/// A plain JavaScript value: missing facts are null, maps are objects, numbers are numbers.
pub(super) fn to_js<T: Serialize + ?Sized>(value: &T) -> JsValue {
    let serializer =
        serde_wasm_bindgen::Serializer::new().serialize_missing_as_null(true).serialize_maps_as_objects(true);
    // The core's values are strings, numbers and lists of them; there is nothing in them that could fail.
    value.serialize(&serializer).unwrap_or(JsValue::UNDEFINED)
}

/// What a caller gets of a source that was sent: its receipt with what was sent and what is said of that, or the media alone.
pub(super) fn sent(sent: &Sent) -> JsValue {
    let Sent { media, receipt } = sent;
    let Some(receipt) = receipt else { return to_js(media) };
    let (value, media) = (to_js(receipt), to_js(media));
    for key in ["converted", "warnings"].map(JsValue::from) {
        if let Ok(fact) = Reflect::get(&media, &key)
            && !fact.is_undefined()
        {
            _ = Reflect::set(&value, &key, &fact);
        }
    }
    _ = Reflect::set(&value, &"media".into(), &media);
    value
}

/// A value of a known shape, as its JSON tells it: so no getter of the caller's runs in the middle of the reading, and what else
/// it may hold is left alone. What is wrong with it is not quoted.
pub(super) fn from_js<T: FromJson>(value: &JsValue, or_else: &str) -> Result<T> {
    json_of(value, T::KEYS).and_then(|json| T::from_json(&json).ok()).ok_or_else(|| Error::invalid_input(or_else))
}

fn json_of(value: &JsValue, keys: &[&[&str]]) -> Option<String> {
    let keys: Array = keys.iter().copied().flatten().copied().map(JsValue::from).collect();
    text_within(&stringify(value, &keys).ok()?, LONGEST_JSON)
}
