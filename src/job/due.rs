//! What a job wants done before it looks at anything else, and its end.

use alloc::collections::VecDeque;

use super::{Action, Event, Progress, Step};
use crate::error::Result;

/// Actions in their order, then the end.
#[derive(Debug)]
pub(super) struct Due<T> {
    actions: VecDeque<Action>,
    end: Option<Result<T>>,
}

impl<T> Due<T> {
    pub(super) fn new() -> Self {
        Self { actions: VecDeque::new(), end: None }
    }

    pub(super) fn push(&mut self, action: Action) {
        self.actions.push_back(action);
    }

    pub(super) fn tell(&mut self, progress: Progress) {
        self.push(Action::Event(Event::Progress(progress)));
    }

    pub(super) fn end(&mut self, outcome: Result<T>) {
        self.end = Some(outcome);
    }

    pub(super) fn next(&mut self) -> Option<Step<T>> {
        self.actions.pop_front().map(Step::Do).or_else(|| self.end.take().map(Step::Done))
    }
}
