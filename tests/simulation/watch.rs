//! The rules that one job keeps, from its requests and answers alone.

use std::collections::BTreeMap;

use webwx_image::error::{Error, Place};
use webwx_image::http::{Body, PartValue, Request};
use webwx_image::retry::RetryPolicy;
use webwx_image::upload::{Checkpoint, FileInfo, UploadConfig, UploadedMedia};

use crate::truth::{Truth, Verdict};

/// What has to happen next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Due {
    /// Whatever the job likes.
    Nothing,
    /// The same request again.
    Retry(Place),
    /// All chunks again, under the other ClientMediaId.
    StartOver,
    /// The end, with this error.
    Failure(Place, Verdict),
    /// The end, with this id.
    Success(String),
}

/// The tries of one request.
#[derive(Default)]
pub(crate) struct Tries {
    made: u32,
    asked_ms: Option<u64>,
}

impl Tries {
    /// A try is about to leave. No wait is longer than the policy's cap, or shorter than half of what doubling gives.
    pub(crate) fn leaves(&mut self, policy: &RetryPolicy, after_ms: u32) {
        if self.made == 0 {
            assert!(after_ms == 0, "retry: a first try waits {after_ms} ms");
        } else {
            let cap = u64::from(policy.max_delay);
            let doubled = (u64::from(policy.delay) << (self.made - 1)).min(cap);
            let most = doubled.max(self.asked_ms.unwrap_or_default()).min(cap);
            let least = (doubled / 2).max(self.asked_ms.unwrap_or_default().min(cap));
            let wait = u64::from(after_ms);
            assert!((least..=most).contains(&wait), "retry: waits {wait} ms, expected {least} to {most}");
        }
        self.made += 1;
        assert!(self.made <= policy.limit + 1, "retry: try {} with a limit of {}", self.made, policy.limit);
    }

    /// What follows from a bad answer.
    fn due(&mut self, policy: &RetryPolicy, place: Place, verdict: Verdict, asked_ms: Option<u64>) -> Due {
        self.asked_ms = asked_ms;
        if verdict.passes && self.made <= policy.limit { Due::Retry(place) } else { Due::Failure(place, verdict) }
    }
}

/// A request that is repeated as it is: a send, a download.
pub(crate) struct CallWatch {
    policy: RetryPolicy,
    place: Place,
    request: Request,
    tries: Tries,
    due: Due,
}

impl CallWatch {
    /// For one request.
    pub(crate) fn new(policy: RetryPolicy, request: &Request) -> Self {
        Self { policy, place: request.place, request: request.clone(), tries: Tries::default(), due: Due::Nothing }
    }

    /// A try is about to leave.
    pub(crate) fn leaves(&mut self, request: &Request, after_ms: u32) {
        assert!(matches!(self.due, Due::Nothing | Due::Retry(_)), "end: a request leaves, but due is {:?}", self.due);
        assert!(*request == self.request, "ids: another {} in another try", self.place);
        self.tries.leaves(&self.policy, after_ms);
        self.due = Due::Nothing;
    }

    /// An answer came.
    pub(crate) fn arrives(&mut self, truth: Truth, asked_ms: Option<u64>) {
        self.due = match truth {
            Truth::Good(id) => Due::Success(id),
            Truth::Bad(verdict) => self.tries.due(&self.policy, self.place, verdict, asked_ms),
        };
    }

    /// The job waits, to try again.
    pub(crate) fn waits(&self) {
        assert!(matches!(self.due, Due::Retry(_)), "truth: {} is tried again, but due is {:?}", self.place, self.due);
    }

    /// The job ends well: with the id that came.
    pub(crate) fn ends_well(&self, id: &str) {
        assert!(self.due == Due::Success(id.to_owned()), "truth: {} succeeds, but due is {:?}", self.place, self.due);
    }

    /// The job ends with an error.
    pub(crate) fn ends(&self, error: &Error) {
        check_error(&self.due, error);
    }
}

fn check_error(due: &Due, error: &Error) {
    match due {
        Due::Failure(place, verdict) => verdict.check(error, *place),
        due => panic!("truth: the job fails with {error}, but due is {due:?}"),
    }
}

/// One upload.
pub(crate) struct UploadWatch {
    config: UploadConfig,
    info: FileInfo,
    chunks: u32,
    /// Its own, and the spare one.
    media_ids: [u64; 2],
    /// The `uploadmediarequest` and the `id` that all its requests have.
    request: Option<String>,
    file_id: Option<String>,
    accepted: Vec<bool>,
    tries: BTreeMap<(&'static str, u32), Tries>,
    /// There is reason to believe that the service lost chunks.
    is_doubtful: bool,
    has_started_over: bool,
    loaded: u64,
    due: Due,
}

impl UploadWatch {
    /// For an upload that begins at `next_chunk`.
    pub(crate) fn new(config: UploadConfig, info: &FileInfo, media_ids: [u64; 2], next_chunk: Option<u32>) -> Self {
        let chunks = u32::try_from(info.size.div_ceil(config.chunk_size)).expect("few");
        let begin = next_chunk.unwrap_or_default().min(chunks - 1);
        Self {
            config,
            info: info.clone(),
            chunks,
            media_ids,
            request: None,
            file_id: None,
            accepted: (0..chunks).map(|index| index < begin).collect(),
            tries: BTreeMap::new(),
            is_doubtful: next_chunk.is_some(),
            has_started_over: false,
            loaded: 0,
            due: Due::Nothing,
        }
    }

    /// Its second ClientMediaId is in use.
    pub(crate) fn has_started_over(&self) -> bool {
        self.has_started_over
    }

    /// A request is about to leave, beside `others` of this upload. The `uploadmediarequest` where it is the first with it.
    pub(crate) fn leaves(&mut self, request: &Request, after_ms: u32, others: usize) -> Option<String> {
        let place = request.place;
        match std::mem::replace(&mut self.due, Due::Nothing) {
            Due::Nothing => {}
            Due::Retry(owed) => assert!(place == owed, "retry: {place} leaves before {owed}"),
            Due::StartOver => {
                self.has_started_over = true;
                (self.request, self.file_id) = (None, None);
                self.accepted.fill(false);
                self.tries.clear();
            }
            due => panic!("end: {place} leaves, but due is {due:?}"),
        }
        let index = place.chunk.map_or(0, |(index, _)| index);
        self.tries.entry((place.step, index)).or_default().leaves(&self.config.retry, after_ms);
        let Body::Form(parts) = &request.body else {
            assert!(others == 0 && self.request.is_none(), "order: {place} beside a chunk");
            return None;
        };
        let text = |name: &str| {
            let part = parts.iter().find(|part| part.name == name).expect("the part");
            let PartValue::Text(text) = &part.value else { panic!("{name} is a text") };
            text.clone()
        };
        assert!(!self.accepted[index as usize], "chunks: {place} is sent again, though the service has it");
        let is_last = index + 1 == self.chunks;
        if is_last {
            let missing = self.accepted.iter().filter(|has| !**has).count();
            assert!(others == 0 && missing == 1, "order: the last chunk beside {others} others, {missing} are missing");
        }
        assert!(others < self.config.concurrency as usize, "order: {others} chunks are in flight already");
        let (request, file_id) = (text("uploadmediarequest"), text("id"));
        let first_id = self.file_id.get_or_insert_with(|| file_id.clone());
        assert!(*first_id == file_id, "ids: another id in {place}");
        if let Some(first) = &self.request {
            assert!(*first == request, "ids: another uploadmediarequest in {place}");
            return None;
        }
        let id = format!("\"ClientMediaId\":{},", self.media_ids[usize::from(self.has_started_over)]);
        assert!(request.contains(&id), "ids: {place} does not have {id}");
        self.request = Some(request.clone());
        Some(request)
    }

    /// An answer came, to a request of this era.
    pub(crate) fn arrives(&mut self, place: Place, truth: Truth, asked_ms: Option<u64>) {
        let index = place.chunk.map_or(0, |(index, _)| index);
        let is_chunk = place.step == "webwxuploadmedia";
        let is_last = is_chunk && index + 1 == self.chunks;
        self.due = match truth {
            Truth::Good(id) => {
                let is_instant = !is_chunk && !id.is_empty();
                if is_chunk {
                    self.accepted[index as usize] = true;
                } else if is_instant {
                    self.accepted.fill(true);
                }
                if is_last || is_instant { Due::Success(id) } else { Due::Nothing }
            }
            Truth::Bad(verdict) => {
                let is_forgotten = is_chunk && index > 0 && (verdict.ret == Some(1) || verdict.lacks_id);
                if is_forgotten && self.is_doubtful && !self.has_started_over {
                    Due::StartOver
                } else {
                    let tries = self.tries.get_mut(&(place.step, index)).expect("it was sent");
                    let due = tries.due(&self.config.retry, place, verdict, asked_ms);
                    self.is_doubtful |= matches!(due, Due::Retry(_));
                    due
                }
            }
        };
    }

    /// The machine waits for answers: `others` requests are under way.
    pub(crate) fn awaits(&self, others: usize) {
        assert!(self.due == Due::Nothing, "order: the upload waits, but due is {:?}", self.due);
        assert!(others > 0, "order: the upload waits for nothing");
    }

    /// Progress is told.
    pub(crate) fn reports(&mut self, loaded: u64) {
        let (before, size) = (self.loaded, self.info.size);
        assert!(loaded >= before && loaded <= size, "progress: {loaded} of {size} after {before}");
        assert!(before < size, "progress: told again after its end");
        self.loaded = loaded;
    }

    /// Progress is told though no chunk was accepted.
    pub(crate) fn hears_of_bytes(&mut self, loaded: u64) {
        assert!(loaded > self.loaded, "progress: {loaded} is told again");
        assert!(loaded < self.info.size, "progress: complete, though no chunk was accepted");
        self.loaded = loaded;
    }

    /// A checkpoint is handed out.
    pub(crate) fn hands_out(&self, checkpoint: &Checkpoint, device_id: &str) {
        let next_chunk = self.accepted.iter().take_while(|has| **has).count();
        assert!(
            checkpoint.next_chunk as usize == next_chunk
                && checkpoint.client_media_id == self.media_ids[usize::from(self.has_started_over)]
                && checkpoint.device_id == device_id
                && (&checkpoint.md5, checkpoint.size) == (&self.info.md5, self.info.size),
            "checkpoint: {checkpoint:?}, but the service has {next_chunk} chunks"
        );
    }

    /// The upload ends well.
    pub(crate) fn ends_well(&self, media: &UploadedMedia) {
        let due = Due::Success(media.media_id.clone());
        assert!(self.due == due, "truth: the upload gives another MediaId than the service: {:?}", self.due);
        assert!((&media.md5, media.size) == (&self.info.md5, self.info.size), "truth: the media is another file");
        assert!(self.loaded == self.info.size, "progress: ends at {} of {}", self.loaded, self.info.size);
    }

    /// The upload ends with an error.
    pub(crate) fn ends(&self, error: &Error) {
        check_error(&self.due, error);
        assert!(self.loaded < self.info.size, "progress: complete, and then an error");
    }
}
