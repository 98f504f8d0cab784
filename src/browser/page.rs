//! The logged-in page that this script runs in: what its services and cookies say of the session. The core judges it.

use js_sys::{Array, Function, Reflect};
use std::prelude::rust_2024::*;
use wasm_bindgen::prelude::*;

use super::foreign::{JsResult, text_within};
use super::options::{LONGEST_TEXT, Options};
use super::values::to_js;
use crate::session::{PageFacts, SessionInit, from_page};

/// The session of the page: its main world alone can see `angular`.
#[wasm_bindgen(js_name = sessionFromPage)]
pub fn session_from_page(page: JsValue) -> JsResult<JsValue> {
    let page = if page.is_undefined() || page.is_null() { js_sys::global().into() } else { page };
    let page = Options::new(page);
    let document = Options::new(page.get("document"));
    let account = account_factory(&page, &document).unwrap_or(JsValue::UNDEFINED);
    let value = |getter: &str| call(&account, getter, &[]).as_ref().and_then(to_text);
    let location = |part| to_text(&Options::new(page.get("location")).get(part));
    let facts = PageFacts {
        account: SessionInit {
            uin: value("getUin"),
            sid: value("getSid"),
            skey: value("getSkey"),
            user_name: value("getUserName"),
            pass_ticket: value("getPassticket"),
            ..SessionInit::default()
        },
        cookies: to_text(&document.get("cookie")).unwrap_or_default(),
        origin: location("origin").unwrap_or_default(),
        search: location("search"),
    };
    Ok(to_js(&from_page(facts)?))
}

/// `angular.element(document).injector().get("accountFactory")`; any of it may be missing, or throw.
fn account_factory(page: &Options, document: &Options) -> Option<JsValue> {
    let element = call(&page.get("angular"), "element", &[document.value()])?;
    let injector = call(&element, "injector", &[])?;
    call(&injector, "get", &[&"accountFactory".into()])
}

fn call(object: &JsValue, method: &str, arguments: &[&JsValue]) -> Option<JsValue> {
    let function: Function = Reflect::get(object, &method.into()).ok()?.dyn_into().ok()?;
    let arguments: Array = arguments.iter().copied().collect();
    function.apply(object, &arguments).ok()
}

/// A text, or a whole number's digits.
#[allow(clippy::cast_possible_truncation)]
fn to_text(value: &JsValue) -> Option<String> {
    let digits =
        || value.as_f64().filter(|_| js_sys::Number::is_safe_integer(value)).map(|number| (number as i64).to_string());
    text_within(value, LONGEST_TEXT).or_else(digits)
}
