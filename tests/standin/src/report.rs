//! reportforweb: takes one of the page's counters and says nothing.

use http::{Method, StatusCode};

use crate::answer::{empty, html};
use crate::exchange::{Call, Response};
use crate::json::is_digits;

/// Uploads that began (9), and that failed (10).
const UPLOADS: u64 = 69_373;
/// What happened on the way to a send: among others 70 and 74, 72 and 76, the time of the MD5 above and up to 1 MiB.
const SENDING: u64 = 63_637;

pub(crate) fn answer(call: &Call<'_>) -> Response {
    let number = |key| call.query(key).filter(|value| is_digits(value)).and_then(|value| value.parse().ok());
    let is_known = match (number("rid"), number("rkey")) {
        (Some(UPLOADS), Some(key)) => (9..=10).contains(&key),
        (Some(SENDING), Some(key)) => (63..=86).contains(&key),
        _ => false,
    };
    if call.method == Method::GET && is_known && call.query("rvalue").is_some_and(is_digits) && call.query.len() == 3 {
        return empty();
    }
    html(StatusCode::BAD_REQUEST, "400 expected rid, rkey and rvalue of a counter of the page")
}
