//! The shell.
use wasm_bindgen::prelude::*;
/// MD5.
#[wasm_bindgen(js_name = parseMessage)]
pub fn parse_message(content: &str) -> String {
    content.to_owned()
}
