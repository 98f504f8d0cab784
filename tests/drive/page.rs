//! What jobs are lent: the clock and the ids of their page, and the messages of their client.

use std::cell::RefCell;
use std::rc::Rc;

use standin::World;
use webwx_image::ids::Ids;
use webwx_image::job::{Context, Messages, Now};
use webwx_image::json::FromJson;
use webwx_image::session::{Session, SessionInit};

use super::watch::Moment;

/// The midnight at which every run begins, in milliseconds since the epoch: Wed, 15 Nov 2023 00:00:00 GMT.
pub(crate) const BEGIN_MS: u64 = 1_700_006_400_000;

/// A clock that only goes forward may begin anywhere.
const FIRST_ELAPSED_MS: u64 = 77;

/// A page: what lives until it is loaded anew.
#[derive(Default)]
pub(crate) struct Page {
    ids: Ids,
    /// Milliseconds of the run when it was opened.
    opened_ms: u64,
    /// How far its clock is from the truth.
    pub(crate) error_ms: i64,
    /// A clock that stands still.
    pub(crate) stands_at_ms: Option<u64>,
    /// What its `Math.random()` says each time.
    pub(crate) random: Option<f64>,
}

/// Whose a job is.
#[derive(Clone, Default)]
pub(crate) struct Owner {
    pub(crate) page: Rc<RefCell<Page>>,
    messages: Rc<RefCell<Messages>>,
    /// The messages, as they are kept where a stop of the program does not reach them.
    kept: Rc<RefCell<String>>,
}

impl Page {
    /// A page that is opened now.
    pub(crate) fn new(now_ms: u64, error_ms: i64) -> Self {
        Self { opened_ms: now_ms, error_ms, ..Self::default() }
    }

    fn now(&self, now_ms: u64) -> Now {
        let date_ms = self.stands_at_ms.unwrap_or((BEGIN_MS + now_ms).saturating_add_signed(self.error_ms));
        Now { date_ms, elapsed_ms: now_ms - self.opened_ms + FIRST_ELAPSED_MS }
    }
}

impl Owner {
    /// A client of the same page, which knows nothing of the other's messages.
    pub(crate) fn another_client(&self) -> Self {
        Self { page: Rc::clone(&self.page), ..Self::default() }
    }

    /// The same client after the program stopped: its messages were kept, and nothing else.
    pub(crate) fn after_a_stop(&self) -> Self {
        self.page.borrow_mut().ids = Ids::default();
        let kept = self.kept.borrow();
        let messages = if kept.is_empty() { Messages::default() } else { Messages::from_json(&kept).expect("its own") };
        Self { messages: Rc::new(RefCell::new(messages)), ..self.clone() }
    }

    /// A client of a new page.
    pub(crate) fn on(page: Page) -> Self {
        Self { page: Rc::new(RefCell::new(page)), ..Self::default() }
    }

    /// Lends what a job needs for a call.
    pub(crate) fn lend<T>(&self, now_ms: u64, random: f64, call: impl FnOnce(&mut Context<'_>) -> T) -> T {
        let (mut page, mut messages) = (self.page.borrow_mut(), self.messages.borrow_mut());
        let (now, random) = (page.now(now_ms), page.random.unwrap_or(random));
        let before = messages.revision();
        let result = call(&mut Context { now, random, ids: &mut page.ids, messages: &mut messages });
        if messages.revision() != before {
            self.kept.replace(messages.to_json());
        }
        result
    }

    /// The time, as the run and as the page have it.
    pub(crate) fn moment(&self, now_ms: u64) -> Moment {
        Moment { ms: now_ms, date_ms: self.page.borrow().now(now_ms).date_ms }
    }

    /// A time of the page's forward clock in milliseconds of the run.
    pub(crate) fn run_ms(&self, elapsed_ms: u64) -> u64 {
        (elapsed_ms + self.page.borrow().opened_ms).saturating_sub(FIRST_ELAPSED_MS)
    }
}

/// The session of the world's account, with what `change` makes of it.
pub(crate) fn session(world: &World, change: impl FnOnce(&mut SessionInit)) -> Session {
    let init = serde_json::to_value(world.session()).expect("plain data");
    let mut init = SessionInit::from_json(&init.to_string()).expect("the package's session");
    change(&mut init);
    Session::new(&init, &[]).expect("a good session")
}
