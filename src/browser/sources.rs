//! What a job's sources are: given by the caller, opened when the job wants them, and kept as Blobs while their chunks go up.

use std::cell::RefCell;
use std::future::Future;
use std::prelude::rust_2024::*;
use std::rc::Rc;

use js_sys::Function;
use wasm_bindgen::prelude::*;
use web_sys::Blob;

use super::convert::{Conversions, Sendable};
use super::error::Outcome;
use super::inbox::Inbox;
use super::open::{held, open};
use super::options::Options;
use super::source::Held;
use super::transport::Transport;
use crate::error::{Place, Result};
use crate::job::{Input, Opened, RequestId};
use crate::upload::{Checkpoint, FileInfo, OCTET_STREAM, check_size, renamed};

/// What sources are sent as.
#[derive(Clone, Copy)]
pub(super) enum As {
    Picture,
    File,
}

/// The sources of one job, by number.
pub(super) struct Sources {
    /// What is asked of each, in one.
    wishes: Rc<Wishes>,
    list: RefCell<Vec<Slot>>,
    /// Gives the next source of a list in an object of its own, or nothing.
    next: Option<Function>,
    /// What that threw: it ends the list.
    thrown: RefCell<Option<JsValue>>,
    opened: Rc<RefCell<Vec<Option<Rc<Held>>>>>,
}

enum Slot {
    /// The source, and what is said of it; an error, where that is not to be had.
    Given(JsValue, Result<Own>),
    Taken,
}

/// What is said of a single source.
#[derive(Default)]
pub(super) struct Own {
    name: Option<String>,
    resume: Option<Box<Checkpoint>>,
}

impl Own {
    pub(super) fn of(options: &Options) -> Result<Self> {
        let resume: Option<Checkpoint> = options.plain("resume", Checkpoint::FOREIGN)?;
        Ok(Self { name: options.text("name")?, resume: resume.map(Box::new) })
    }
}

/// The options of an upload that are about all of its sources.
pub(super) struct Wishes {
    sent_as: As,
    conversions: Conversions,
}

impl Wishes {
    pub(super) fn of(options: &Options, sent_as: As) -> Result<Self> {
        Ok(Self { sent_as, conversions: Conversions::of(options)? })
    }
}

impl Sources {
    /// For jobs without any.
    pub(super) fn none() -> Self {
        Self::new(Wishes { sent_as: As::File, conversions: Conversions::default() }, None)
    }

    /// A single one.
    pub(super) fn one(source: JsValue, own: Own, wishes: Wishes) -> Self {
        let sources = Self::new(wishes, None);
        sources.list.borrow_mut().push(Slot::Given(source, Ok(own)));
        sources
    }

    /// Those that `next` gives.
    pub(super) fn listed(next: Function, wishes: Wishes) -> Self {
        Self::new(wishes, Some(next))
    }

    fn new(wishes: Wishes, next: Option<Function>) -> Self {
        Self {
            wishes: Rc::new(wishes),
            list: RefCell::default(),
            next,
            thrown: RefCell::default(),
            opened: Rc::default(),
        }
    }

    /// Takes the next source of the list, if there is one.
    pub(super) fn next(&self) -> bool {
        let Some(next) = &self.next else { return false };
        match next.call0(&JsValue::UNDEFINED) {
            Ok(given) if given.is_undefined() => false,
            Ok(given) => {
                let item = Options::new(given);
                self.list.borrow_mut().push(Slot::Given(held(item.get("source")), Own::of(&item)));
                true
            }
            Err(thrown) => {
                self.thrown.replace(Some(thrown));
                false
            }
        }
    }

    /// What the list threw.
    pub(super) fn thrown(&self) -> Option<JsValue> {
        self.thrown.borrow_mut().take()
    }

    /// An opened source.
    pub(super) fn held(&self, source: usize) -> Option<Rc<Held>> {
        self.opened.borrow().get(source).cloned().flatten()
    }

    /// A source is done with: its bytes are let go of.
    pub(super) fn release(&self, source: usize) {
        if let Some(blob) = self.opened.borrow_mut().get_mut(source) {
            *blob = None;
        }
    }

    /// Opens a source, looks at it, converts it if need be, and hashes it.
    pub(super) fn open(
        &self,
        id: RequestId,
        source: usize,
        transport: Transport,
        inbox: Rc<Inbox>,
    ) -> impl Future<Output = ()> + 'static {
        let slot = self.list.borrow_mut().get_mut(source).map(|slot| std::mem::replace(slot, Slot::Taken));
        let (given, own) = match slot {
            Some(Slot::Given(source, own)) => (source, own),
            _ => (JsValue::UNDEFINED, Ok(Own::default())),
        };
        let (wishes, opened) = (Rc::clone(&self.wishes), Rc::clone(&self.opened));
        async move {
            let on_hashed = |loaded, total| inbox.put(Input::Hashed { id, loaded, total });
            match wishes.file(given, own, &transport, &on_hashed).await {
                Ok((blob, file)) => {
                    let mut opened = opened.borrow_mut();
                    let needed = opened.len().max(source + 1);
                    opened.resize(needed, None);
                    opened[source] = Some(Rc::new(Held::new(blob, &file.file)));
                    inbox.put(Input::Opened { id, file: Ok(file) });
                }
                Err(fault) => {
                    let (error, cause) = fault.into_parts();
                    inbox.put_with(Input::Opened { id, file: Err(error) }, cause);
                }
            }
        }
    }
}

impl Wishes {
    /// The bytes that are sent, and what they are.
    async fn file(
        &self,
        given: JsValue,
        own: Result<Own>,
        transport: &Transport,
        on_hashed: &dyn Fn(u64, u64),
    ) -> Outcome<(Blob, Opened)> {
        let Own { name, resume } = own?;
        let source = open(given, transport).await?;
        check_size(source.size())?;
        let name = name.or_else(|| source.name());
        let last_modified = source.last_modified(transport.clock.now().date_ms);
        let (source, info, converted, mime) = match self.sent_as {
            As::Picture => {
                let info = source.inspect(Place::at("upload")).await?;
                let Sendable { source, info, converted } = self.conversions.apply(source, info, transport).await?;
                let mime = info.mime.to_owned();
                (source, Some(info), converted, mime)
            }
            As::File => {
                let info = if name.is_none() { source.inspect(Place::at("sendFile")).await.ok() } else { None };
                let mime = source.own_type().unwrap_or_else(|| OCTET_STREAM.to_owned());
                (source, info, None, mime)
            }
        };
        let begun_ms = transport.clock.now().date_ms;
        let md5 = source.md5(on_hashed).await?;
        let md5_ms = transport.clock.now().date_ms.saturating_sub(begun_ms);
        let file = match (self.sent_as, info) {
            (As::Picture, Some(info)) => {
                let name = if converted.is_some() { name.map(|name| renamed(&name, info.extension)) } else { name };
                FileInfo { converted, ..FileInfo::picture(&info, name, last_modified, md5)? }
            }
            (_, info) => {
                // Without a name of its own, an image goes by its type.
                let name = name.or_else(|| info.map(|info| format!("image.{}", info.extension)));
                FileInfo::file(name.unwrap_or_default(), mime.clone(), last_modified, source.size(), md5)
            }
        };
        Ok((source.to_blob(&mime)?, Opened { file, resume, md5_ms }))
    }
}
