//! A picture by way of a gateway, in one size.
//!
//! | phase | input | next |
//! |---|---|---|
//! | `Forming` | the caller's form says the request | `Asking` |
//! | `Asking` | the URL of the picture | `Downloading` |
//! | | all of the picture, or its last section | `Joining` |
//! | | another section | `Forming` or `Asking` again, for the next |
//! | | an answer that the caller's form has to read | `Asking`, until it has read it |
//! | `Downloading` | the picture, or failure | the end |
//! | `Joining` | what the bytes are | the end |
//!
//! A section that fails is asked for again by itself: what came before it stays.

use alloc::rc::Rc;

use super::call::{Exchange, Exchanging};
use super::download::judge;
use super::due::Due;
use super::progress::{Progress, Stage};
use super::{Action, Context, Download, FormAsk, Formed, Handled, Input, Job, Picture, RequestId, Step};
use crate::download::{Bounds, Size};
use crate::error::{Error, ErrorKind, Result};
use crate::gateway::{Ask, Gateway, Given, Location, Order, Pieces, Section, picture_request};
use crate::http::{Response, malformed};
use crate::prelude::*;
use crate::retry::Terms;

/// Sections of one picture, at most: 256 MiB in those of 16 KiB.
const MOST_SECTIONS: u32 = 16_384;

/// Asks a gateway for one size, then gets the picture and verifies it.
#[derive(Debug)]
pub struct Attempt {
    gateway: Rc<Gateway>,
    order: Order,
    terms: Terms,
    bounds: Bounds,
    until_ms: Option<u64>,
    ask: Ask,
    phase: Phase,
    /// Names what of the picture came in base64.
    joined: Option<RequestId>,
    /// Of that, what the driver does not have yet.
    pieces: Option<Pieces>,
    due: Due<(Option<Location>, Picture)>,
}

#[derive(Debug)]
enum Phase {
    Forming(Option<RequestId>),
    Asking { exchange: Box<Exchange>, reading: Option<Box<Reading>> },
    Downloading { location: Location, download: Box<Download> },
    Joining(Option<RequestId>),
    Over,
}

/// An answer that the caller's form reads.
#[derive(Debug)]
struct Reading {
    /// Of the request that it answers.
    answered: RequestId,
    response: Response,
    /// Of the question, once it was asked.
    id: Option<RequestId>,
}

impl Attempt {
    pub(super) fn new(
        gateway: &Rc<Gateway>,
        order: &Order,
        size: Option<Size>,
        terms: Terms,
        bounds: Bounds,
        until_ms: Option<u64>,
    ) -> Self {
        let mut attempt = Self {
            gateway: Rc::clone(gateway),
            order: order.clone(),
            terms,
            bounds,
            until_ms,
            ask: Ask { size, section: 1, ..Ask::default() },
            phase: Phase::Over,
            joined: None,
            pieces: None,
            due: Due::new(),
        };
        attempt.begin();
        attempt
    }

    /// Asks for what is missing.
    fn begin(&mut self) {
        self.phase = match self.gateway.request(&self.order, &self.ask) {
            Some(request) => Phase::Asking { exchange: Box::new(Exchange::new(request, self.terms)), reading: None },
            None => Phase::Forming(None),
        };
    }

    /// What may come.
    fn size(&self) -> Size {
        self.ask.size.unwrap_or_default()
    }

    fn fail(&mut self, error: Error) -> Handled {
        self.phase = Phase::Over;
        self.due.end(Err(error));
        Handled::Failed
    }

    /// An answer of the gateway, or none.
    fn answered(&mut self, cx: &mut Context<'_>, input: &Input) -> Handled {
        let Self { gateway, order, ask, bounds, phase, .. } = self;
        let Phase::Asking { exchange, reading } = phase else { return Handled::Ignored };
        match input {
            Input::Lost { id, .. } if exchange.under_way() == Some(*id) => *reading = None,
            _ if reading.is_some() => return Handled::Ignored,
            _ => {}
        }
        let read = |response: &Response| match gateway.read(order, ask, response)? {
            Some(given) => check(order, ask, *bounds, given).map(Some),
            None => Ok(None),
        };
        if order.is_custom()
            && let Input::Answer { id, response } = input
            && exchange.under_way() == Some(*id)
            && matches!(read(response), Ok(None))
        {
            let response = response.clone();
            *reading = Some(Box::new(Reading { answered: *id, response, id: None }));
            return Handled::Noted;
        }
        let Some(verdict) = exchange.handle(cx, input, read) else { return Handled::Ignored };
        let (handled, end) = verdict.settle();
        self.settle(cx, handled, end)
    }

    /// What the caller's form says.
    fn formed(&mut self, cx: &mut Context<'_>, formed: Result<Formed>) -> Handled {
        match (core::mem::replace(&mut self.phase, Phase::Over), formed) {
            (Phase::Forming(_), Ok(Formed::Request(mut request))) => {
                request.place = self.order.place(&self.ask);
                let exchange = Box::new(Exchange::new(*request, self.terms));
                self.phase = Phase::Asking { exchange, reading: None };
                Handled::Accepted
            }
            (Phase::Asking { mut exchange, reading: Some(reading) }, Ok(Formed::Given(given))) => {
                let given = check(&self.order, &self.ask, self.bounds, given).map(Some);
                let Reading { answered: id, response, .. } = *reading;
                let verdict = exchange.handle(cx, &Input::Answer { id, response }, |_| given);
                self.phase = Phase::Asking { exchange, reading: None };
                // While it was read, its time may have run out: then it is lost.
                let Some(verdict) = verdict else { return Handled::Ignored };
                let (handled, end) = verdict.settle();
                self.settle(cx, handled, end)
            }
            (_, Err(error)) => self.fail(error),
            _ => self.fail(Error::internal("a form that says what it was not asked")),
        }
    }

    fn settle(&mut self, cx: &mut Context<'_>, handled: Handled, end: Option<Result<Option<Given>>>) -> Handled {
        match end {
            None => {}
            Some(Err(error)) => {
                self.fail(error);
            }
            Some(Ok(None)) => {
                self.fail(Error::internal("an answer that nobody reads"));
            }
            Some(Ok(Some(Given::At(location)))) => {
                let (request, expect) = (picture_request(&location), self.order.expect.clone());
                let download = Download::new(request, self.size(), Some(expect), self.terms);
                let download = Box::new(download.within(self.bounds).until(self.until_ms));
                self.phase = Phase::Downloading { location, download };
            }
            Some(Ok(Some(Given::Bytes(section)))) => self.join(cx, section),
        }
        handled
    }

    /// Takes a section that is right: its bytes go to the driver, and the next is asked for.
    fn join(&mut self, cx: &mut Context<'_>, section: Section) {
        self.joined.get_or_insert_with(|| RequestId::new(cx));
        self.ask.start += section.length;
        self.ask.total = section.total.or(self.ask.total).or(Some(self.ask.start).filter(|_| !section.is_part));
        self.ask.section += 1;
        self.pieces = Some(section.into_pieces());
        if self.ask.total == Some(self.ask.start) {
            self.phase = Phase::Joining(None);
        } else {
            self.begin();
        }
    }

    /// What is due before anything else: bytes for the driver, then how far it is.
    fn piece(&mut self) -> Option<Action> {
        let (id, pieces) = (self.joined?, self.pieces.as_mut()?);
        if let Some(bytes) = pieces.next() {
            return Some(Action::Keep { id, bytes });
        }
        self.pieces = None;
        let progress = Progress::of(Stage::Download, self.ask.start, self.ask.total);
        Some(Action::Event(super::Event::Progress(progress)))
    }

    /// Ends what has taken too long. A URL's picture has that time for itself.
    fn late(&mut self, cx: &Context<'_>) -> Option<Action> {
        if self.order.gives_url() || matches!(self.phase, Phase::Downloading { .. } | Phase::Over) {
            return None;
        }
        let until_ms = *self.until_ms.get_or_insert(cx.now.elapsed_ms + u64::from(self.bounds.total_ms));
        if until_ms > cx.now.elapsed_ms {
            return None;
        }
        let id = match &self.phase {
            Phase::Asking { exchange, .. } => exchange.under_way(),
            Phase::Joining(id) => *id,
            _ => None,
        };
        self.fail(self.bounds.late(self.order.place(&self.ask)));
        id.map(Action::Cancel)
    }
}

/// Holds what an answer gives against what was asked for.
fn check(order: &Order, ask: &Ask, bounds: Bounds, given: Given) -> Result<Given> {
    let Given::Bytes(section) = &given else { return Ok(given) };
    let place = order.place(ask);
    let most = order.expect.most();
    let end = ask.start.saturating_add(section.length);
    let total = section.total.or(ask.total);
    bounds.check(place, total.unwrap_or(end).max(end), most)?;
    if !section.is_part {
        return if section.length == 0 { Err(empty(place)) } else { Ok(given) };
    }
    let wrong = |what: String| Err(malformed(place, &what));
    match (section.start, total) {
        (Some(start), _) if start < ask.start => {
            wrong(format!("it begins at byte {start}, but {} bytes are here already", ask.start))
        }
        (Some(start), _) if start > ask.start => {
            wrong(format!("it begins at byte {start}, but the next that is missing is {}", ask.start))
        }
        (_, None) => wrong("it does not say how many bytes there are in all".to_owned()),
        (_, Some(0)) => Err(empty(place)),
        (_, Some(total)) if ask.total.is_some_and(|before| before != total) => {
            wrong(format!("{total} bytes in all, but it was {} before", ask.total.unwrap_or_default()))
        }
        (_, Some(total)) if end > total => wrong(format!("it goes on to byte {end}, but there are {total} in all")),
        _ if section.length == 0 => wrong(format!("it is empty, and {} bytes are here", ask.start)),
        (_, Some(total)) if end < total && ask.section >= MOST_SECTIONS => {
            let detail = format!("{MOST_SECTIONS} sections, and the picture does not end");
            Err(Error::new(ErrorKind::MalformedResponse, place, detail))
        }
        _ => Ok(given),
    }
}

fn empty(place: crate::error::Place) -> Error {
    Error::transient(ErrorKind::EmptyImage, place, "expected an image, got 0 bytes")
}

impl Job for Attempt {
    type Output = (Option<Location>, Picture);

    fn poll(&mut self, cx: &mut Context<'_>) -> Step<Self::Output> {
        if let Some(action) = self.piece() {
            return Step::Do(action);
        }
        if let Some(stop) = self.late(cx) {
            return Step::Do(stop);
        }
        if let Some(step) = self.due.next() {
            return step;
        }
        let until_ms = if self.order.gives_url() { None } else { self.until_ms };
        match &mut self.phase {
            Phase::Forming(id @ None) => {
                let id = *id.insert(RequestId::new(cx));
                Step::Do(Action::Form { id, ask: FormAsk::Request(self.ask) })
            }
            Phase::Asking { reading: Some(reading), .. } if reading.id.is_none() => {
                let id = *reading.id.insert(RequestId::new(cx));
                Step::Do(Action::Form { id, ask: FormAsk::Read(self.ask, reading.response.clone()) })
            }
            Phase::Asking { exchange, .. } => Step::Do(match exchange.poll(cx) {
                Exchanging::Send(transmission) => Action::Request(transmission),
                Exchanging::Expired(id, lost) => {
                    self.answered(cx, &lost);
                    Action::Cancel(id)
                }
                Exchanging::Wait(ms) => Action::Wait(Some(until_ms.map_or(ms, |until_ms| ms.min(until_ms)))),
            }),
            Phase::Downloading { location, download } => match download.poll(cx) {
                Step::Do(action) => Step::Do(action),
                Step::Done(outcome) => Step::Done(outcome.map(|picture| (Some(location.clone()), picture))),
            },
            Phase::Joining(id @ None) => match self.joined {
                Some(joined) => {
                    *id = Some(joined);
                    Step::Do(Action::Join { id: joined, place: self.order.place(&Ask::default()) })
                }
                None => Step::Done(Err(Error::internal("a picture without its bytes"))),
            },
            Phase::Forming(_) | Phase::Joining(_) | Phase::Over => Step::Do(Action::Wait(until_ms)),
        }
    }

    fn handle(&mut self, cx: &mut Context<'_>, input: Input) -> Handled {
        match (&mut self.phase, input) {
            (Phase::Forming(waits_for), Input::Formed { id, formed }) if *waits_for == Some(id) => {
                self.formed(cx, formed)
            }
            (Phase::Asking { reading: Some(reading), .. }, Input::Formed { id, formed }) if reading.id == Some(id) => {
                self.formed(cx, formed)
            }
            (Phase::Asking { .. }, input) => self.answered(cx, &input),
            (Phase::Downloading { download, .. }, input) => download.handle(cx, input),
            (Phase::Joining(waits_for), Input::Picture { id, size, image, md5 }) if *waits_for == Some(id) => {
                let place = self.order.place(&Ask::default());
                let judged = judge(place, Some(&self.order.expect), &[self.size()], size, image, md5);
                self.phase = Phase::Over;
                let handled = if judged.is_ok() { Handled::Accepted } else { Handled::Failed };
                self.due.end(judged.map(|picture| (None, picture)));
                handled
            }
            (Phase::Joining(waits_for), Input::Lost { id, failure }) if *waits_for == Some(id) => {
                self.fail(failure.at(self.order.place(&Ask::default())))
            }
            _ => Handled::Ignored,
        }
    }

    fn abort(&mut self, _: &mut Context<'_>) {}
}
