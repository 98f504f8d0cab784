//! The rules of one upload, from its requests, its answers and what it tells.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use serde_json::Value;
use webwx_image::client::Client;
use webwx_image::error::{Error, Place};
use webwx_image::http::{Body, PartValue};
use webwx_image::job::{Handled, Progress, RequestId, Stage, Transmission};
use webwx_image::upload::{CHECK_ABOVE, Checkpoint, FileInfo, UploadedMedia};

use super::Ledger;
use super::call::{Asked, CallWatch};
use super::truth::{Truth, Verdict};
use crate::drive::Moment;

/// One upload.
pub(crate) struct UploadWatch {
    client: Rc<Client>,
    info: FileInfo,
    chunks: u32,
    resume: Option<Checkpoint>,
    check: Option<CallWatch>,
    /// Of every chunk that was sent, since it began or started over.
    calls: BTreeMap<u32, CallWatch>,
    accepted: Vec<bool>,
    /// What all of its requests repeat.
    repeated: Repeated,
    trust: Trust,
    /// Requests that nobody needs any more.
    useless: BTreeSet<RequestId>,
    /// The most bytes that the caller has heard of.
    loaded: u64,
    owed: Owed,
    end: Option<End>,
}

/// Whether the service may have lost chunks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Trust {
    Sure,
    Doubtful,
    /// It did, and everything goes out again.
    StartedOver,
}

/// What the caller has not heard of.
struct Owed {
    progress: bool,
    checkpoint: bool,
}

#[derive(Default)]
struct Repeated {
    /// `id` of the form.
    file_id: Option<String>,
    request: Option<String>,
    client_media_id: u64,
    device_id: String,
}

enum End {
    Media(String),
    Failed(Place, Verdict),
}

impl UploadWatch {
    /// An upload that is about to begin.
    pub(crate) fn new(client: &Rc<Client>, info: &FileInfo, resume: Option<&Checkpoint>) -> Self {
        let chunks = u32::try_from(info.size.div_ceil(client.options.chunk_size.get())).expect("few");
        let begin = resume.map_or(0, |checkpoint| checkpoint.next_chunk.min(chunks - 1));
        Self {
            client: Rc::clone(client),
            info: info.clone(),
            chunks,
            resume: resume.cloned(),
            check: None,
            calls: BTreeMap::new(),
            accepted: (0..chunks).map(|index| index < begin).collect(),
            repeated: Repeated::default(),
            trust: if resume.is_some() { Trust::Doubtful } else { Trust::Sure },
            useless: BTreeSet::new(),
            loaded: 0,
            owed: Owed { progress: true, checkpoint: false },
            end: None,
        }
    }

    /// Whether it is over, well or not.
    pub(crate) fn is_over(&self) -> bool {
        self.end.is_some()
    }

    /// Whether it ended well: with this MediaId.
    pub(crate) fn media_id(&self) -> Option<&str> {
        match &self.end {
            Some(End::Media(id)) => Some(id),
            _ => None,
        }
    }

    /// Why it failed.
    pub(crate) fn failure(&self) -> Option<&Verdict> {
        match &self.end {
            Some(End::Failed(_, verdict)) => Some(verdict),
            _ => None,
        }
    }

    /// What is to come after a number of the last chunk has to bring a MediaId.
    pub(crate) fn is_last(&self, place: Place) -> bool {
        place.chunk.map_or(self.chunks == 1, |(index, _)| index + 1 == self.chunks)
    }

    /// A request leaves.
    pub(crate) fn leaves(&mut self, at: Moment, page: u32, ledger: &mut Ledger, sent: &Transmission) {
        let place = sent.request.place;
        assert!(self.end.is_none(), "end: {place} leaves after the end");
        assert!(self.useless.is_empty(), "end: {place} leaves beside {:?}, which nobody needs", self.useless);
        let Body::Form(parts) = &sent.request.body else {
            assert!(self.info.size > CHECK_ABOVE && self.calls.is_empty(), "order: {place}");
            return leaves(&mut self.check, self.client.options.terms, at, sent);
        };
        let is_asked = self.check.as_ref().is_some_and(|check| check.good() == Some(""));
        assert!(is_asked == (self.info.size > CHECK_ABOVE), "order: {place} leaves before the check's answer");
        let index = place.chunk.map_or(0, |(index, _)| index);
        self.check_order(place, index);
        let text = |name: &str| {
            let part = parts.iter().find(|part| part.name == name).expect("the part");
            let PartValue::Text(text) = &part.value else { panic!("{name} is a text") };
            text.clone()
        };
        self.check_repeated(page, ledger, &text("id"), &text("uploadmediarequest"));
        match self.calls.get_mut(&index) {
            Some(call) => call.leaves(at, sent),
            None => _ = self.calls.insert(index, CallWatch::first(self.client.options.terms, at, sent)),
        }
    }

    fn check_order(&self, place: Place, index: u32) {
        assert!(!self.accepted[index as usize], "chunks: {place} is sent again, though the service has it");
        let others = self.calls.values().filter(|call| call.under_way().is_some()).count();
        let at_once = self.client.options.concurrency.get();
        assert!(others < at_once, "order: {place} leaves beside {others} others");
        if index + 1 == self.chunks {
            let missing = self.accepted.iter().filter(|has| !**has).count();
            assert!(others == 0 && missing == 1, "order: the last chunk beside {others} others, {missing} are missing");
        }
    }

    fn check_repeated(&mut self, page: u32, ledger: &mut Ledger, file_id: &str, request: &str) {
        let repeated = &mut self.repeated;
        let first_id = repeated.file_id.get_or_insert_with(|| file_id.to_owned());
        assert!(*first_id == file_id, "ids: another id in the same upload");
        if let Some(first) = &repeated.request {
            assert!(*first == request, "ids: another uploadmediarequest in the same upload");
            return;
        }
        let value: Value = serde_json::from_str(request).expect("JSON");
        let client_media_id = value["ClientMediaId"].as_u64().expect("a ClientMediaId");
        let device_id = value["BaseRequest"]["DeviceID"].as_str().expect("a DeviceID").to_owned();
        match &self.resume {
            Some(from) if self.trust != Trust::StartedOver => {
                let ids = (from.client_media_id.get(), from.device_id.as_str());
                assert!((client_media_id, device_id.as_str()) == ids, "ids: not those of the upload that goes on");
            }
            _ => {
                ledger.media_id_given(client_media_id, page);
                let first = repeated.device_id.as_str();
                let expected = if first.is_empty() { self.client.session.device_id() } else { Some(first) };
                assert!(expected.is_none_or(|expected| expected == device_id), "ids: another DeviceID");
            }
        }
        ledger.request_goes_out(client_media_id, request);
        (repeated.client_media_id, repeated.device_id) = (client_media_id, device_id);
        repeated.request = Some(request.to_owned());
    }

    /// A reply to a request of this upload. What has to be said of it; none where the request is not its own.
    pub(crate) fn settled(&mut self, at: Moment, id: RequestId, truth: &Truth, asked: Asked) -> Option<Handled> {
        if let Some(check) = self.check.as_mut().filter(|check| check.is_under_way(id)) {
            check.settled(at, truth, asked);
            Self::doubt(&mut self.trust, check);
            let handled = check.handled();
            let (place, good, bad) = (check.place(), check.good().map(str::to_owned), check.bad().cloned());
            if let Some(id) = good.filter(|id| !id.is_empty()) {
                self.accepted.fill(true);
                self.owed.progress = true;
                self.end = Some(End::Media(id));
            }
            if let Some(verdict) = bad {
                self.fail(place, verdict);
            }
            return Some(handled);
        }
        let index = *self.calls.iter().find(|(_, call)| call.is_under_way(id))?.0;
        let is_forgotten = matches!(truth, Truth::Bad(verdict) if verdict.ret == Some(1) || verdict.lacks_id);
        let call = self.calls.get_mut(&index).expect("it was found");
        call.settled(at, truth, asked);
        if index > 0 && is_forgotten && self.trust == Trust::Doubtful {
            self.start_over();
            return Some(Handled::StartedOver);
        }
        Self::doubt(&mut self.trust, call);
        let handled = call.handled();
        let (place, good, bad) = (call.place(), call.good().map(str::to_owned), call.bad().cloned());
        if let Some(id) = good {
            self.accepted[index as usize] = true;
            self.owed = Owed { progress: true, checkpoint: true };
            if index + 1 == self.chunks {
                self.end = Some(End::Media(id));
            }
        }
        if let Some(verdict) = bad {
            self.fail(place, verdict);
        }
        Some(handled)
    }

    /// A request that failed on its way may have been lost with those before it.
    fn doubt(trust: &mut Trust, call: &CallWatch) {
        if call.is_resting() && *trust == Trust::Sure {
            *trust = Trust::Doubtful;
        }
    }

    fn start_over(&mut self) {
        self.trust = Trust::StartedOver;
        self.repeated.request = None;
        self.drop_calls();
        self.calls.clear();
        self.accepted.fill(false);
    }

    fn fail(&mut self, place: Place, verdict: Verdict) {
        self.end = Some(End::Failed(place, verdict));
        self.drop_calls();
    }

    /// Nobody needs what is under way any more.
    pub(crate) fn drop_calls(&mut self) {
        let calls = self.check.iter().chain(self.calls.values());
        self.useless.extend(calls.filter_map(CallWatch::under_way));
    }

    /// A request is stopped: nobody needs it any more, or it is too late. Whether it is one of this upload.
    pub(crate) fn stopped(&mut self, at: Moment, id: RequestId) -> bool {
        if self.useless.remove(&id) {
            return true;
        }
        let mut calls = self.check.iter().chain(self.calls.values());
        let Some(call) = calls.find(|call| call.is_under_way(id)) else { return false };
        assert!(call.is_late(at), "end: {} is stopped before its time", call.place());
        drop(calls);
        self.settled(at, id, &Truth::late(), Asked::Nothing);
        true
    }

    /// Progress is told.
    pub(crate) fn progress(&mut self, progress: &Progress) {
        let (size, loaded) = (self.info.size, progress.loaded);
        let accepted = self.accepted.iter().filter(|has| **has).count();
        let chunks = (Some(u32::try_from(accepted).expect("few")), Some(self.chunks));
        assert!(
            progress.stage == Stage::Upload
                && progress.total == Some(size)
                && (progress.chunk, progress.chunks) == chunks,
            "progress: {progress:?} of {size} bytes and {chunks:?} chunks"
        );
        let before = self.loaded;
        let chunk_size = self.client.options.chunk_size.get();
        let under_way = self.calls.values().filter(|call| call.under_way().is_some()).count();
        let most = ((accepted + under_way) as u64 * chunk_size).min(size).max(before);
        assert!(loaded <= most, "progress: {loaded}, though no more than {most} have left");
        assert!(before < size, "progress: told again after its end");
        if self.owed.progress {
            assert!(loaded >= before, "progress: {loaded} after {before}");
            let has_all = accepted == self.accepted.len();
            assert!((loaded == size) == has_all, "progress: {loaded} of {size} with {accepted} chunks");
        } else {
            assert!(loaded > before && loaded < size, "progress: {loaded} of {size} after {before}, and no chunk more");
        }
        self.loaded = loaded;
        self.owed.progress = false;
    }

    /// A checkpoint is handed out after a chunk.
    pub(crate) fn checkpoint(&mut self, checkpoint: &Checkpoint) {
        assert!(std::mem::take(&mut self.owed.checkpoint), "checkpoint: without a chunk");
        self.check_checkpoint(checkpoint);
    }

    /// A checkpoint says what the service has, and nothing that has to stay secret.
    pub(crate) fn check_checkpoint(&self, checkpoint: &Checkpoint) {
        let next_chunk = self.accepted.iter().take_while(|has| **has).count();
        let ids = (checkpoint.client_media_id.get(), checkpoint.device_id.as_str());
        let (repeated, from) = (&self.repeated, self.resume.as_ref());
        let is_of_this = match (&repeated.request, from) {
            (Some(_), _) => ids == (repeated.client_media_id, repeated.device_id.as_str()),
            (None, Some(from)) if self.trust != Trust::StartedOver => {
                ids == (from.client_media_id.get(), &from.device_id)
            }
            // Its ids have not left yet.
            (None, _) => true,
        };
        assert!(
            checkpoint.next_chunk as usize == next_chunk
                && is_of_this
                && (&checkpoint.md5, checkpoint.size) == (&self.info.md5, self.info.size),
            "checkpoint: {checkpoint:?}, but the service has {next_chunk} chunks"
        );
    }

    /// The job waits until then.
    pub(crate) fn waits(&self) -> Option<u64> {
        assert!(self.end.is_none(), "end: an upload waits after its end");
        self.check_settled();
        let calls = self.check.iter().chain(self.calls.values());
        calls.filter_map(CallWatch::until_ms).min()
    }

    /// Nothing of it is under way that nobody needs.
    pub(crate) fn check_stopped(&self) {
        assert!(self.useless.is_empty(), "end: {:?} is not stopped, though nobody needs it", self.useless);
    }

    /// Whether the service has a part of it.
    pub(crate) fn has_accepted(&self) -> bool {
        self.accepted.iter().any(|has| *has)
    }

    /// Everything that follows at once has been done.
    fn check_settled(&self) {
        self.check_stopped();
        assert!(!self.owed.checkpoint, "checkpoint: none after a chunk");
        assert!(!self.owed.progress, "progress: none after a chunk");
    }

    /// It ends well.
    pub(crate) fn ends_well(&self, media: &UploadedMedia) {
        self.check_settled();
        assert!(self.media_id() == Some(&media.media_id), "truth: another MediaId than the service's");
        assert!((&media.md5, media.size) == (&self.info.md5, self.info.size), "truth: the media is another file");
        let is_instant = self.check.as_ref().is_some_and(|check| check.good() != Some(""));
        assert!(media.instant == is_instant, "truth: instant {}", media.instant);
        assert!(self.loaded == self.info.size, "progress: ends at {}", self.loaded);
    }

    /// It ends with an error.
    pub(crate) fn ends(&self, error: &Error) {
        self.check_settled();
        match &self.end {
            Some(End::Failed(place, verdict)) => verdict.check(error, *place),
            _ => panic!("truth: the upload fails with {error}, but nothing is wrong"),
        }
        assert!(self.loaded < self.info.size, "progress: complete, and then an error");
    }
}

/// The first try of a request, or another.
pub(super) fn leaves(call: &mut Option<CallWatch>, terms: webwx_image::retry::Terms, at: Moment, sent: &Transmission) {
    match call {
        Some(call) => call.leaves(at, sent),
        None => *call = Some(CallWatch::first(terms, at, sent)),
    }
}
