//! The logged-in page that this script runs in: the core judges what src/npm/facts.js gathered of it.

use wasm_bindgen::prelude::*;

use super::foreign::JsResult;
use super::values::{from_js, to_js};
use crate::session::{PageFacts, from_page};

/// The session of the page that these facts are of.
#[wasm_bindgen(js_name = sessionFromPage)]
pub fn session_from_page(facts: &JsValue) -> JsResult<JsValue> {
    let facts: PageFacts = from_js(facts, "sessionFromPage: the page's values are too long")?;
    Ok(to_js(&from_page(facts)?))
}
