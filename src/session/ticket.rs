//! The `pass_ticket` (docs/protocol.md, "Session"): base64 that the page keeps percent-encoded.

use crate::http::{decoded, query_value};
use crate::prelude::*;

/// What goes into the form when there is no ticket: the page decodes the undefined value, which gives this string.
const NONE: &str = "undefined";

/// The ticket of a session, in the percent-encoded form that the page keeps; none after a reload of the page.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct PassTicket {
    encoded: Option<String>,
}

impl PassTicket {
    /// From the caller's value, encoded or decoded. A decoded ticket is base64, so a `%` can only be an escape.
    pub(super) fn new(given: Option<&str>) -> Self {
        let encode = |ticket: &str| if ticket.contains('%') { ticket.to_owned() } else { query_value(ticket) };
        Self { encoded: given.filter(|&ticket| ticket != NONE).map(encode) }
    }

    /// The form field: the page of WeChat Web decodes its ticket once.
    pub(super) fn form_field(&self, decodes: bool) -> String {
        let encoded = self.encoded.as_deref().unwrap_or(NONE);
        Some(encoded).filter(|_| decodes).and_then(decoded).unwrap_or_else(|| encoded.to_owned())
    }

    /// The value in a query: the page's HTTP layer encodes the encoded ticket again.
    pub(super) fn query_value(&self) -> Option<String> {
        self.encoded.as_deref().map(query_value)
    }
}
