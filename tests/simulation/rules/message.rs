//! The rules of one message on its way out.

use serde_json::Value;
use webwx_image::error::Error;
use webwx_image::http::Body;
use webwx_image::job::{Handled, Progress, RequestId, Stage, Transmission};
use webwx_image::retry::Terms;
use webwx_image::send::Receipt;

use super::call::{Asked, CallWatch};
use super::ledger::{By, Ledger, Letter};
use super::truth::{Truth, Verdict};
use crate::drive::Moment;

/// One message.
pub(crate) struct MessageWatch {
    terms: Terms,
    by: By,
    letter: Letter,
    call: Option<CallWatch>,
    told: Option<u64>,
}

impl MessageWatch {
    /// A message whose call was just made.
    pub(crate) fn new(ledger: &mut Ledger, terms: Terms, by: By, letter: Letter) -> Self {
        ledger.call_is_made(by, &letter);
        Self { terms, by, letter, call: None, told: None }
    }

    /// Its request leaves, for the first time or again.
    pub(crate) fn leaves(&mut self, at: Moment, ledger: &mut Ledger, sent: &Transmission) {
        if let Some(call) = &mut self.call {
            return call.leaves(at, sent);
        }
        self.call = Some(CallWatch::first(self.terms, at, sent));
        let Body::Json(json) = &sent.request.body else { panic!("{} is no JSON", sent.request.place) };
        let body: Value = serde_json::from_str(json).expect("JSON");
        let text = |key: &str| body["Msg"][key].as_str().unwrap_or_default();
        let (id, to) = (text("ClientMsgId"), text("ToUserName"));
        let is_what = [text("MediaId"), text("Content")].iter().any(|what| what.contains(&self.letter.what));
        assert!(is_what && to == self.letter.to && text("LocalID") == id, "delivery: {json} for {:?}", self.letter);
        ledger.call_begins(self.by, id);
    }

    /// A reply. None where the request is not its own.
    pub(crate) fn settled(&mut self, at: Moment, id: RequestId, truth: &Truth, asked: Asked) -> Option<Handled> {
        let call = self.call.as_mut().filter(|call| call.is_under_way(id))?;
        call.settled(at, truth, asked);
        Some(call.handled())
    }

    /// Its request is stopped, which only happens when it is late. Whether it is its own.
    pub(crate) fn stopped(&mut self, at: Moment, id: RequestId) -> bool {
        let Some(call) = self.call.as_ref().filter(|call| call.is_under_way(id)) else { return false };
        assert!(call.is_late(at), "end: {} is stopped before its time", call.place());
        self.settled(at, id, &Truth::late(), Asked::Nothing);
        true
    }

    /// Progress is told: nothing of it, then all of it.
    pub(crate) fn progress(&mut self, progress: &Progress) {
        let Progress { stage, loaded, total, .. } = *progress;
        let is_out = self.call.as_ref().is_some_and(|call| call.good().is_some());
        let expected = if is_out { total } else { Some(0) };
        assert!(stage == Stage::Send && Some(loaded) == expected, "progress: {progress:?}, and it is out: {is_out}");
        assert!(self.told.is_none_or(|told| told < loaded), "progress: {progress:?} is told again");
        self.told = Some(loaded);
    }

    /// The job waits until then.
    pub(crate) fn waits(&self) -> Option<u64> {
        let until_ms = self.call.as_ref().and_then(CallWatch::until_ms);
        assert!(until_ms.is_some(), "end: a message waits for nothing");
        until_ms
    }

    /// Why it failed.
    pub(crate) fn failure(&self) -> Option<&Verdict> {
        self.call.as_ref().and_then(CallWatch::bad)
    }

    /// There is a receipt.
    pub(crate) fn ends_well(&self, ledger: &mut Ledger, receipt: &Receipt) {
        self.call.as_ref().expect("it has left").ends_well(receipt.msg_id.as_str());
        ledger.call_succeeded(self.by, receipt);
    }

    /// It failed.
    pub(crate) fn ends(&self, ledger: &mut Ledger, error: &Error) {
        let call = self.call.as_ref().expect("it has left");
        call.ends(error);
        ledger.call_failed(self.by, error, call.is_unsure());
    }

    /// Its caller aborts, or the page goes away.
    pub(crate) fn abandoned(&self, ledger: &mut Ledger) {
        ledger.call_aborted(self.by);
    }
}
