//! The story of one run, told only when somebody wants to read it.

use std::cell::RefCell;

/// Lines, oldest first; a silent one keeps none.
pub(crate) struct Trace(Option<RefCell<Vec<String>>>);

impl Trace {
    /// For the many runs that nobody reads.
    pub(crate) const fn silent() -> Self {
        Self(None)
    }

    /// For the one that somebody does.
    pub(crate) fn told() -> Self {
        Self(Some(RefCell::default()))
    }

    /// Adds a line.
    pub(crate) fn say(&self, now_ms: u64, line: impl FnOnce() -> String) {
        if let Some(lines) = &self.0 {
            lines.borrow_mut().push(format!("{now_ms:>8} ms  {}", line()));
        }
    }

    /// All of it.
    pub(crate) fn text(&self) -> String {
        self.0.as_ref().map_or_else(String::new, |lines| lines.borrow().join("\n"))
    }
}
