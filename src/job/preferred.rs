//! One picture in the first of several sizes that can be had.
//!
//! | the job of a size | next |
//! |---|---|
//! | gives its picture | the end |
//! | is refused, or brings nothing or another picture | the job of the next size; without one, the end with its error |
//! | fails in another way | the end with its error |

use alloc::collections::VecDeque;

use super::{Action, Context, Event, Handled, Input, Job, Progress, Step};
use crate::download::Bounds;
use crate::error::{Error, ErrorKind};

/// Says the job of each size.
pub trait Plan {
    /// What stands for a size.
    type Size;
    /// Gets the picture in one size.
    type Job: Job;

    /// The job of a size. `until_ms`: when the picture has to be there, where that is known already.
    fn job(&self, size: Self::Size, bounds: Bounds, until_ms: Option<u64>) -> Self::Job;
}

/// Tries one size after another.
#[derive(Debug)]
pub struct Preferred<P: Plan> {
    plan: P,
    bounds: Bounds,
    left: VecDeque<P::Size>,
    current: Option<P::Job>,
    until_ms: Option<u64>,
    most_loaded: u64,
}

impl<P: Plan> Preferred<P> {
    /// Sizes in order of preference: there has to be one.
    pub(super) fn of(plan: P, sizes: impl IntoIterator<Item = P::Size>) -> Self {
        let left = sizes.into_iter().collect();
        Self { plan, bounds: Bounds::default(), left, current: None, until_ms: None, most_loaded: 0 }
    }

    /// The same with bounds of the caller's own for the picture.
    #[must_use]
    pub fn within(self, bounds: Bounds) -> Self {
        Self { bounds, ..self }
    }

    /// Begins with the next size.
    fn next(&mut self, cx: &Context<'_>) -> Option<&mut P::Job> {
        let size = self.left.pop_front()?;
        // The first has its time from where it begins to count; those that follow share what is left of it.
        let until_ms = self.until_ms;
        self.until_ms = self.until_ms.or(Some(cx.now.elapsed_ms + u64::from(self.bounds.total_ms)));
        self.current = Some(self.plan.job(size, self.bounds, until_ms));
        self.current.as_mut()
    }

    /// Over all sizes, progress does not go back.
    fn told(&mut self, progress: Progress) -> Progress {
        self.most_loaded = self.most_loaded.max(progress.loaded);
        let total = progress.total.filter(|total| self.most_loaded == progress.loaded || *total >= self.most_loaded);
        Progress { loaded: self.most_loaded, total, ..progress }
    }
}

/// Whether another size may be had where this one was not.
fn is_of_this_size(error: &Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::GatewayFailed
            | ErrorKind::Rejected
            | ErrorKind::HttpStatus
            | ErrorKind::EmptyImage
            | ErrorKind::NotAnImage
            | ErrorKind::WrongImage
    )
}

impl<P: Plan> Job for Preferred<P> {
    type Output = <P::Job as Job>::Output;

    fn poll(&mut self, cx: &mut Context<'_>) -> Step<Self::Output> {
        let current = match &mut self.current {
            Some(current) => Some(current),
            None => self.next(cx),
        };
        let Some(current) = current else { return Step::Done(Err(Error::internal("a picture of no size"))) };
        match current.poll(cx) {
            Step::Done(Err(error)) if is_of_this_size(&error) && !self.left.is_empty() => {
                self.current = None;
                self.poll(cx)
            }
            Step::Do(Action::Event(Event::Progress(progress))) => {
                Step::Do(Action::Event(Event::Progress(self.told(progress))))
            }
            step => step,
        }
    }

    fn handle(&mut self, cx: &mut Context<'_>, input: Input) -> Handled {
        self.current.as_mut().map_or(Handled::Ignored, |current| current.handle(cx, input))
    }

    fn abort(&mut self, cx: &mut Context<'_>) {
        if let Some(current) = &mut self.current {
            current.abort(cx);
        }
    }
}
