//! reportforweb: takes a counter and says nothing.

use http::{Method, StatusCode};

use crate::answer::{empty, html};
use crate::exchange::{Call, Response};
use crate::json::is_digits;

pub(crate) fn answer(call: &Call<'_>) -> Response {
    let counted = ["rid", "rkey", "rvalue"].iter().all(|key| call.query(key).is_some_and(is_digits));
    if call.method == Method::GET && counted && call.query.len() == 3 {
        return empty();
    }
    html(StatusCode::BAD_REQUEST, "400 expected rid, rkey and rvalue")
}
