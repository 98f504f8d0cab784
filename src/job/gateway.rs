//! A picture by way of a gateway: the gateway is asked for its URL, then the URL for its bytes.

use super::call::{Exchange, Exchanging};
use super::due::Due;
use super::{Action, Context, Download, Handled, Input, Job, Picture, Step};
use crate::download::{Bounds, Expectation, Size};
use crate::error::Result;
use crate::gateway::{Gateway, GetMsgImg, Location, picture_request};
use crate::prelude::*;
use crate::retry::Terms;

/// Asks a gateway where a picture is.
#[derive(Debug)]
pub struct Locate {
    gateway: Gateway,
    exchange: Exchange,
    due: Due<Location>,
}

/// Asks a gateway, then gets the picture and verifies it.
#[derive(Debug)]
pub struct GetPicture {
    terms: Terms,
    bounds: Bounds,
    phase: Phase,
}

#[derive(Debug)]
enum Phase {
    Locating { locate: Box<Locate>, expect: Expectation },
    Downloading { location: Location, download: Box<Download> },
}

impl Locate {
    /// Refuses a content without a picture, and what the gateway would refuse.
    pub fn new(gateway: &Gateway, wanted: &GetMsgImg, terms: Terms) -> Result<Self> {
        Self::with_expectation(gateway, wanted, terms).map(|(locate, _)| locate)
    }

    fn with_expectation(gateway: &Gateway, wanted: &GetMsgImg, terms: Terms) -> Result<(Self, Expectation)> {
        let (request, expect) = gateway.request(wanted)?;
        let exchange = Exchange::new(request, terms);
        Ok((Self { gateway: gateway.clone(), exchange, due: Due::new() }, expect))
    }

    fn settle(&mut self, cx: &Context<'_>, input: &Input) -> Handled {
        let Some(verdict) = self.exchange.handle(cx, input, |response| self.gateway.parse(response)) else {
            return Handled::Ignored;
        };
        let (handled, end) = verdict.settle();
        if let Some(end) = end {
            self.due.end(end);
        }
        handled
    }
}

impl GetPicture {
    /// As [`Locate::new`].
    pub fn new(gateway: &Gateway, wanted: &GetMsgImg, terms: Terms) -> Result<Self> {
        let (locate, expect) = Locate::with_expectation(gateway, wanted, terms)?;
        Ok(Self { terms, bounds: Bounds::default(), phase: Phase::Locating { locate: Box::new(locate), expect } })
    }

    /// The same with bounds of the caller's own for the picture.
    #[must_use]
    pub fn within(self, bounds: Bounds) -> Self {
        Self { bounds, ..self }
    }
}

impl Job for Locate {
    type Output = Location;

    fn poll(&mut self, cx: &mut Context<'_>) -> Step<Location> {
        if let Some(step) = self.due.next() {
            return step;
        }
        Step::Do(match self.exchange.poll(cx) {
            Exchanging::Send(transmission) => Action::Request(transmission),
            Exchanging::Expired(id, lost) => {
                self.settle(cx, &lost);
                Action::Cancel(id)
            }
            Exchanging::Wait(until_ms) => Action::Wait(Some(until_ms)),
        })
    }

    fn handle(&mut self, cx: &mut Context<'_>, input: Input) -> Handled {
        self.settle(cx, &input)
    }

    fn abort(&mut self, _: &mut Context<'_>) {}
}

impl Job for GetPicture {
    type Output = (Location, Picture);

    fn poll(&mut self, cx: &mut Context<'_>) -> Step<Self::Output> {
        match &mut self.phase {
            Phase::Locating { locate, expect } => match locate.poll(cx) {
                Step::Do(action) => Step::Do(action),
                Step::Done(Err(error)) => Step::Done(Err(error)),
                Step::Done(Ok(location)) => {
                    let (request, expect) = (picture_request(&location), expect.clone());
                    let download = Download::new(request, Size::Full, Some(expect), self.terms).within(self.bounds);
                    let download = Box::new(download);
                    self.phase = Phase::Downloading { location, download };
                    self.poll(cx)
                }
            },
            Phase::Downloading { location, download } => match download.poll(cx) {
                Step::Do(action) => Step::Do(action),
                Step::Done(outcome) => Step::Done(outcome.map(|picture| (location.clone(), picture))),
            },
        }
    }

    fn handle(&mut self, cx: &mut Context<'_>, input: Input) -> Handled {
        match &mut self.phase {
            Phase::Locating { locate, .. } => locate.handle(cx, input),
            Phase::Downloading { download, .. } => download.handle(cx, input),
        }
    }

    fn abort(&mut self, _: &mut Context<'_>) {}
}
