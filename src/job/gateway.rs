//! Pictures by preference: of WeChat Web, and by way of a gateway.

use alloc::rc::Rc;

use super::attempt::Attempt;
use super::call::{Exchange, Exchanging};
use super::due::Due;
use super::preferred::{Plan, Preferred};
use super::{Action, Context, Download, Handled, Input, Job, Step};
use crate::client::Client;
use crate::download::{Bounds, Expectation, Size, request};
use crate::error::{Error, Result};
use crate::gateway::{Ask, Gateway, Location, Order, Wish};
use crate::ids::MsgId;
use crate::prelude::*;
use crate::retry::Terms;

/// Asks a gateway where a picture is.
#[derive(Debug)]
pub struct Locate {
    gateway: Gateway,
    exchange: Exchange,
    due: Due<Location>,
}

/// Asks a gateway, then gets the picture and verifies it: in the first size that can be had.
pub type GetPicture = Preferred<ByGateway>;

/// Gets the picture of a message of WeChat Web and verifies it: in the first size that can be had.
pub type GetImage = Preferred<OfWeb>;

/// What all sizes of a picture by way of a gateway have in common.
#[derive(Debug)]
pub struct ByGateway {
    gateway: Rc<Gateway>,
    order: Order,
    terms: Terms,
}

/// What all sizes of a message's picture have in common.
#[derive(Debug)]
pub struct OfWeb {
    client: Rc<Client>,
    msg_id: MsgId,
    expect: Option<Expectation>,
}

impl Locate {
    /// Refuses a content without a picture, and what the gateway would refuse. Only a form whose answers are URLs has any.
    pub fn new(gateway: &Gateway, wanted: impl Into<Wish>, terms: Terms) -> Result<Self> {
        let order = gateway.order(wanted.into(), &[])?;
        let request = gateway.request(&order, &Ask::default()).ok_or_else(|| Error::invalid_input(NO_URLS))?;
        Ok(Self { gateway: gateway.clone(), exchange: Exchange::new(request, terms), due: Due::new() })
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

const NO_URLS: &str = "getMsgImg() is for gateways of that form; download() is for all";

impl GetPicture {
    /// As [`Locate::new`], for every form.
    pub fn new(gateway: &Gateway, wanted: impl Into<Wish>, terms: Terms) -> Result<Self> {
        Self::preferring(gateway, wanted.into(), &[], terms)
    }

    /// The same in the first of these sizes that can be had.
    pub fn preferring(gateway: &Gateway, wanted: Wish, sizes: &[Size], terms: Terms) -> Result<Self> {
        let order = gateway.order(wanted, sizes)?;
        let sizes = order.sizes.clone();
        Ok(Self::of(ByGateway { gateway: Rc::new(gateway.clone()), order, terms }, sizes))
    }
}

impl GetImage {
    /// In the first of these sizes that can be had.
    pub fn new(client: &Rc<Client>, msg_id: MsgId, sizes: &[Size], expect: Option<Expectation>) -> Self {
        Self::of(OfWeb { client: Rc::clone(client), msg_id, expect }, Size::by_request(sizes))
    }
}

impl Plan for ByGateway {
    type Size = Option<Size>;
    type Job = Attempt;

    fn job(&self, size: Option<Size>, bounds: Bounds, until_ms: Option<u64>) -> Attempt {
        Attempt::new(&self.gateway, &self.order, size, self.terms, bounds, until_ms)
    }
}

impl Plan for OfWeb {
    type Size = Vec<Size>;
    type Job = Download;

    fn job(&self, sizes: Vec<Size>, bounds: Bounds, until_ms: Option<u64>) -> Download {
        let size = sizes.first().copied().unwrap_or_default();
        let request = request(&self.client.session, &self.msg_id, size);
        let download = Download::new(request, size, self.expect.clone(), self.client.options.terms);
        download.accepting(&sizes).within(bounds).until(until_ms)
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
