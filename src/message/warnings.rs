//! What was odd but readable in a message.

use crate::prelude::*;

/// A hostile document could earn one for each of its elements.
const MOST: usize = 32;

/// Stable strings, each once.
#[derive(Default)]
pub(super) struct Warnings(Vec<String>);

impl Warnings {
    pub(super) fn add(&mut self, warning: impl AsRef<str> + Into<String>) {
        if self.0.len() < MOST && !self.0.iter().any(|known| known == warning.as_ref()) {
            self.0.push(warning.into());
        }
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    pub(super) fn into_list(self) -> Vec<String> {
        self.0
    }
}
