//! What outlives a job: the ids that a page has given, and the messages of a client that may be out.

use std::cell::RefCell;
use std::prelude::rust_2024::*;

use js_sys::{Object, Reflect};

use crate::ids::Ids;
use crate::job::Messages;
use crate::json::FromJson;

thread_local! {
    /// Ids are unique in a page, not only in a client; but a client with a clock of its own has times of its own.
    static IDS: RefCell<Ids> = RefCell::new(Ids::of_a_copy(js_sys::Math::random()));
}

/// Of one client.
#[derive(Default)]
pub(super) struct State {
    messages: RefCell<Messages>,
    /// Of the client's own clock.
    ids: RefCell<Ids>,
    /// An object of the package's own, outside the module's memory: the messages outlive a stop of the module in it.
    kept: Option<Object>,
}

impl State {
    /// With the messages that an earlier client of the same name left in `kept`.
    pub(super) fn of(kept: Object) -> Self {
        let text = Reflect::get(&kept, &"messages".into()).ok().and_then(|text| text.as_string());
        let messages = text.and_then(|text| Messages::from_json(&text).ok()).unwrap_or_default();
        Self { messages: RefCell::new(messages), ids: RefCell::default(), kept: Some(kept) }
    }

    /// Lends it to a job. `own_clock`: whether the client's times are the caller's.
    pub(super) fn with<T>(&self, own_clock: bool, lend: impl FnOnce(&mut Ids, &mut Messages) -> T) -> T {
        let mut messages = self.messages.borrow_mut();
        let before = messages.revision();
        let given = if own_clock {
            lend(&mut self.ids.borrow_mut(), &mut messages)
        } else {
            IDS.with_borrow_mut(|ids| lend(ids, &mut messages))
        };
        if messages.revision() != before
            && let Some(kept) = &self.kept
        {
            _ = Reflect::set(kept, &"messages".into(), &messages.to_json().into());
        }
        given
    }
}
