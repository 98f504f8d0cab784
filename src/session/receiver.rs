//! Whom a message goes to.

use serde::Serialize;

use crate::error::{Error, Result};
use crate::json::{Plain, Read, Unreadable, Value};
use crate::prelude::*;

/// A receiver's name on the wire: `@…` (a person), `@@…` (a group), or `filehelper`, the one chat with a plain name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Receiver(String);

impl Receiver {
    /// Trims, and refuses what is no such name.
    pub fn new(to: &str) -> Result<Self> {
        let to = to.trim();
        let is_wire_name = to.len() > 1 && to.starts_with('@') && to.bytes().all(|b| b.is_ascii_graphic());
        if is_wire_name || to == "filehelper" {
            return Ok(Self(to.to_owned()));
        }
        Err(Error::invalid_input("`to`: expected the receiver's \"@…\" name, as in the chat list, or \"filehelper\""))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Plain for Receiver {
    fn read(object: Value<'_>, key: &str) -> Read<Self> {
        Self::new(&object.required_text(key)?).map_err(|_| Unreadable::Other)
    }
}
