//! The upload of one file.
//!
//! ```text
//!                 ┌── Check ──┐ MediaId: the service has the file
//!  over 25 MB ───▶│ webwxcheck│──────────────────────────────────────────────┐
//!                 └─────┬─────┘                                              ▼
//!  else ────────────▶ Chunks: 0 … n-2, up to `concurrency` at once, then the last alone ──▶ Over: MediaId
//!                       ▲ │
//!                       └─┘ the service lost them: all again under a new ClientMediaId, once
//! ```
//!
//! | phase | input | next |
//! |---|---|---|
//! | `Check` | `MediaId` | `Over` |
//! | | keys | `Chunks` |
//! | | failure | `Check` again, or `Over` |
//! | `Chunks` | a chunk is taken | `Chunks` |
//! | | the last chunk's `MediaId` | `Over` |
//! | | failure | the chunk again, or `Over` |
//! | | the chunks before are lost | `Chunks`, from 0 |
//!
//! Whatever is tried again goes out with the same ids and the same `uploadmediarequest`.

use alloc::rc::Rc;
use core::ops::Range;

use super::call::{Answered, Call, Turn, Verdict};
use super::chunks::{Chunks, Keys, Plan};
use super::due::Due;
use super::progress::Progress;
use super::{Action, Context, Event, Handled, Input, Job, Opened, RequestId, Step, Transmission, Wanted};
use crate::answer::WebAnswer;
use crate::client::Client;
use crate::error::{Error, Place, Result};
use crate::http::Request;
use crate::prelude::*;
use crate::report;
use crate::session::Receiver;
use crate::upload::form::check_request;
use crate::upload::{CHECK_ABOVE, Checkpoint, Thumbnail, UploadedMedia, account};

const CHECK: Place = Place::at("webwxcheckupload");

/// More requests than this for one file are a mistake in chunkSize.
const MOST_CHUNKS: u32 = 100_000;

/// A caller is told of bytes on their way about this often in one file.
const MOST_REPORTS: u64 = 256;

/// How far an upload is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UploadProgress {
    /// Bytes that the service has, or that are on their way to it. Never less than before; the whole only once the service has taken
    /// the last chunk.
    pub loaded: u64,
    /// Chunks that the service has.
    pub chunk: u32,
    /// Chunks in all.
    pub chunks: u32,
}

/// One file on its way up.
#[derive(Debug)]
pub struct Upload {
    plan: Plan,
    phase: Phase,
    /// The most bytes ever reported: that never goes back.
    most_loaded: u64,
    /// Which chunks the service has.
    taken: Vec<bool>,
    trust: Trust,
    due: Due<UploadedMedia>,
}

#[derive(Debug)]
enum Phase {
    /// The service is asked whether it has the file, by the same request in every try.
    Check { call: Call, request: Box<Request>, is_resumed: bool },
    /// The chunks go up.
    Chunks(Chunks),
    /// The end, until it is told.
    Over,
}

/// Whether the service may be believed to have forgotten this upload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Trust {
    /// Everything has gone well so far: a refusal is one.
    Sure,
    /// The upload was resumed, or a request failed on its way: the service may have lost what it was sent.
    Doubtful,
    /// It was lost once, and everything was sent again: a second time is a refusal.
    StartedOver,
}

impl Upload {
    /// Checks everything that can be checked before a byte is sent. With `resume`, goes on where that upload stopped.
    pub fn new(
        cx: &mut Context<'_>,
        client: &Rc<Client>,
        source: usize,
        opened: Opened,
        to: Receiver,
        resume: Option<&Checkpoint>,
    ) -> Result<Self> {
        let Opened { file, md5_ms, .. } = opened;
        file.check()?;
        client.session.check_receiver(&to)?;
        let chunk_size = client.options.chunk_size.get();
        let chunks = u32::try_from(file.size.div_ceil(chunk_size)).ok().filter(|&count| count <= MOST_CHUNKS);
        let chunks = chunks.ok_or_else(|| {
            Error::invalid_input(format!(
                "chunkSize: too small for this file, which may have at most {MOST_CHUNKS} chunks"
            ))
        })?;
        let (client_media_id, device_id, next) = match resume {
            Some(checkpoint) => {
                checkpoint.check(&client.session, &file, &to, client.options.chunk_size)?;
                // The MediaId comes with the last chunk's answer: where that is lost, the last chunk goes out again.
                let next = checkpoint.next_chunk.min(chunks - 1);
                (checkpoint.client_media_id, checkpoint.device_id.clone(), next)
            }
            None => (cx.ids.client_media_id(cx.now.date_ms), client.device_id(cx.random), 0),
        };
        let mut upload = Self {
            taken: (0..chunks).map(|index| index < next).collect(),
            plan: Plan {
                client: Rc::clone(client),
                file,
                to,
                source,
                file_id: cx.ids.file_id(),
                client_media_id,
                device_id,
                chunks,
            },
            phase: Phase::Over,
            most_loaded: 0,
            trust: if resume.is_some() { Trust::Doubtful } else { Trust::Sure },
            due: Due::new(),
        };
        upload.most_loaded = upload.loaded();
        upload.phase = if upload.plan.file.size > CHECK_ABOVE {
            let request =
                check_request(&client.session, &client.device_id(cx.random), &upload.plan.file, &upload.plan.to);
            let call = Call::new(client.options.terms);
            Phase::Check { call, request: Box::new(request), is_resumed: resume.is_some() }
        } else {
            Phase::Chunks(upload.plan.chunks_from(next, Keys::default()))
        };
        upload.report(cx, report::begun(&client.session, upload.plan.file.size, md5_ms));
        upload.tell();
        Ok(upload)
    }

    /// Where it stands: hand it to the next upload of the same file.
    pub fn checkpoint(&self) -> Checkpoint {
        let next_chunk = self.taken.iter().take_while(|&&has| has).count();
        let Plan { client, file, to, client_media_id, device_id, .. } = &self.plan;
        Checkpoint {
            version: Checkpoint::VERSION,
            md5: file.md5.clone(),
            size: file.size,
            to: to.clone(),
            chunk_size: client.options.chunk_size,
            client_media_id: *client_media_id,
            device_id: device_id.clone(),
            next_chunk: u32::try_from(next_chunk).unwrap_or(u32::MAX),
            account: Some(account(&client.session)),
        }
    }

    /// How far it is: before any answer, more than 0 after a resume.
    pub fn progress(&self) -> UploadProgress {
        UploadProgress {
            loaded: self.most_loaded,
            chunk: u32::try_from(self.taken.iter().filter(|&&has| has).count()).unwrap_or(u32::MAX),
            chunks: self.plan.chunks,
        }
    }

    fn loaded(&self) -> u64 {
        let full = self.taken.iter().filter(|&&has| has).count() as u64;
        (full * self.plan.client.options.chunk_size.get()).min(self.plan.file.size)
    }

    /// The page's counters, where the caller wants them.
    fn report(&mut self, cx: &mut Context<'_>, counters: impl IntoIterator<Item = Request>) {
        let client = &self.plan.client;
        if client.options.reports && client.session.dialect().counts() {
            for request in counters {
                let id = RequestId::new(cx);
                self.due.push(Action::Request(Transmission { id, request, source: 0, wanted: Wanted::Nothing }));
            }
        }
    }

    fn tell(&mut self) {
        self.due.tell(Progress::of_upload(self.progress(), self.plan.file.size));
    }

    /// The requests that it waits for.
    pub(super) fn under_way(&self) -> Vec<RequestId> {
        match &self.phase {
            Phase::Check { call, .. } => call.under_way().into_iter().collect(),
            Phase::Chunks(chunks) => chunks.calls.iter().filter_map(|chunk| chunk.call.under_way()).collect(),
            Phase::Over => Vec::new(),
        }
    }

    /// Stops the requests under way.
    fn cancel(&mut self) {
        self.under_way().into_iter().for_each(|id| self.due.push(Action::Cancel(id)));
    }

    fn end(&mut self, cx: &mut Context<'_>, outcome: Result<UploadedMedia>) {
        self.cancel();
        if let Err(error) = &outcome {
            self.report(cx, report::failed(&self.plan.client.session, error));
        }
        self.phase = Phase::Over;
        self.due.end(outcome);
    }

    fn checked(&mut self, cx: &mut Context<'_>, answer: WebAnswer) {
        let keys = Keys { aes_key: non_empty(answer.aes_key), signature: non_empty(answer.signature) };
        if let Some(media_id) = non_empty(answer.media_id) {
            self.taken.fill(true);
            self.most_loaded = self.plan.file.size;
            self.tell();
            let media = self.plan.media(media_id, Thumbnail::default(), true, &keys);
            return self.end(cx, Ok(media));
        }
        if let Phase::Check { is_resumed: false, .. } = self.phase {
            // Another than the check had: each of the page's requests has a DeviceID of its own.
            self.plan.device_id = self.plan.client.device_id(cx.random);
        }
        let next = self.progress().chunk;
        self.phase = Phase::Chunks(self.plan.chunks_from(next, keys));
    }

    fn chunk_taken(&mut self, cx: &mut Context<'_>, index: u32, answer: WebAnswer) {
        let Phase::Chunks(chunks) = &mut self.phase else { return };
        chunks.calls.retain(|chunk| chunk.index != index);
        let keys = chunks.keys.clone();
        self.taken[index as usize] = true;
        self.most_loaded = self.most_loaded.max(self.loaded());
        self.tell();
        let (source, checkpoint) = (self.plan.source, self.checkpoint());
        self.due.push(Action::Event(Event::Checkpoint { source, checkpoint }));
        if index + 1 == self.plan.chunks {
            let thumbnail = Thumbnail {
                width: answer.thumb_width.unwrap_or_default(),
                height: answer.thumb_height.unwrap_or_default(),
            };
            let media = self.plan.media(answer.media_id.unwrap_or_default(), thumbnail, false, &keys);
            self.end(cx, Ok(media));
        }
    }

    fn start_over(&mut self, cx: &mut Context<'_>) {
        self.cancel();
        let Phase::Chunks(chunks) = &self.phase else { return };
        let keys = chunks.keys.clone();
        self.plan.client_media_id = cx.ids.client_media_id(cx.now.date_ms);
        self.taken.fill(false);
        self.trust = Trust::StartedOver;
        self.phase = Phase::Chunks(self.plan.chunks_from(0, keys));
    }

    /// An answer to a request, or its loss.
    fn settled(&mut self, cx: &mut Context<'_>, id: RequestId, answer: Answered<'_>) -> Handled {
        match &self.phase {
            Phase::Check { call, .. } if call.waits_for(id) => self.check_settled(cx, answer),
            Phase::Chunks(chunks) => match chunks.calls.iter().position(|chunk| chunk.call.waits_for(id)) {
                Some(at) => self.chunk_settled(cx, at, answer),
                None => Handled::Ignored,
            },
            Phase::Check { .. } | Phase::Over => Handled::Ignored,
        }
    }

    fn check_settled(&mut self, cx: &mut Context<'_>, answer: Answered<'_>) -> Handled {
        let Phase::Check { call, .. } = &mut self.phase else { return Handled::Ignored };
        match call.settled(cx, CHECK, answer, |response| WebAnswer::parse(CHECK, response)) {
            Verdict::Taken(answer) => {
                self.checked(cx, answer);
                Handled::Accepted
            }
            Verdict::Retrying => self.retrying(),
            Verdict::Failed(error) => self.failed(cx, error),
        }
    }

    fn chunk_settled(&mut self, cx: &mut Context<'_>, at: usize, answer: Answered<'_>) -> Handled {
        let Phase::Chunks(chunks) = &mut self.phase else { return Handled::Ignored };
        let chunk = &mut chunks.calls[at];
        let index = chunk.index;
        let is_last = index + 1 == self.plan.chunks;
        let place = self.plan.chunk(index).place();
        let mut is_forgotten = false;
        let verdict = chunk.call.settled(cx, place, answer, |response| {
            let parsed = WebAnswer::parse(place, response);
            is_forgotten = index > 0 && says_forgotten(&parsed, is_last);
            parsed.and_then(|answer| if is_last { answer.with_media_id(place) } else { Ok(answer) })
        });
        if is_forgotten && self.trust == Trust::Doubtful {
            self.start_over(cx);
            return Handled::StartedOver;
        }
        match verdict {
            Verdict::Taken(answer) => {
                self.chunk_taken(cx, index, answer);
                Handled::Accepted
            }
            Verdict::Retrying => {
                chunk.sent = 0;
                self.retrying()
            }
            Verdict::Failed(error) => self.failed(cx, error),
        }
    }

    fn retrying(&mut self) -> Handled {
        if self.trust == Trust::Sure {
            self.trust = Trust::Doubtful;
        }
        Handled::Retrying
    }

    fn failed(&mut self, cx: &mut Context<'_>, error: Error) -> Handled {
        self.end(cx, Err(error));
        Handled::Failed
    }

    /// So much of a request's body has left. The end is not reached so: only the service's answer says that it has the file.
    fn bytes_sent(&mut self, id: RequestId, body_sent: u64, body_size: u64) -> Handled {
        let Phase::Chunks(chunks) = &mut self.phase else { return Handled::Ignored };
        let Some(chunk) = chunks.calls.iter_mut().find(|chunk| chunk.call.waits_for(id)) else {
            return Handled::Ignored;
        };
        let Range { start, end } = self.plan.chunk(chunk.index).range(self.plan.file.size);
        // The form's other fields come before the bytes: they are spread over them.
        chunk.sent = (end - start).saturating_mul(body_sent.min(body_size)) / body_size.max(1);
        let on_their_way: u64 = chunks.calls.iter().map(|chunk| chunk.sent).sum();
        let loaded = self.loaded() + on_their_way;
        // Some platforms tell of every 8 KiB.
        let step = (self.plan.file.size / MOST_REPORTS).max(1);
        if loaded >= self.most_loaded + step && loaded < self.plan.file.size {
            self.most_loaded = loaded;
            self.tell();
        }
        Handled::Noted
    }
}

impl Job for Upload {
    type Output = UploadedMedia;

    fn poll(&mut self, cx: &mut Context<'_>) -> Step<UploadedMedia> {
        if let Some(step) = self.due.next() {
            return step;
        }
        let (turn, index) = match &mut self.phase {
            Phase::Over => return Step::Do(Action::Wait(None)),
            Phase::Check { call, .. } => (call.poll(cx), 0),
            Phase::Chunks(chunks) => chunks.poll(cx, &self.plan),
        };
        match turn {
            Turn::Wait(until_ms) => Step::Do(Action::Wait(Some(until_ms))),
            Turn::Expired(id, failure) => {
                self.settled(cx, id, Err(failure));
                Step::Do(Action::Cancel(id))
            }
            Turn::Send(id) => {
                let request = match &self.phase {
                    Phase::Check { request, .. } => (**request).clone(),
                    Phase::Chunks(chunks) => self.plan.chunk_request(index, &chunks.request_json, cx.random),
                    Phase::Over => return Step::Do(Action::Wait(None)),
                };
                let source = self.plan.source;
                Step::Do(Action::Request(Transmission { id, request, source, wanted: Wanted::Text }))
            }
        }
    }

    fn abort(&mut self, _: &mut Context<'_>) {}

    fn handle(&mut self, cx: &mut Context<'_>, input: Input) -> Handled {
        match input {
            Input::Answer { id, response } => self.settled(cx, id, Ok(&response)),
            Input::Lost { id, failure } => self.settled(cx, id, Err(failure)),
            Input::BytesSent { id, sent, total } => self.bytes_sent(id, sent, total),
            _ => Handled::Ignored,
        }
    }
}

/// Whether the service has lost the chunks before this one: it refuses it, or will not make a file of the last one, though it was
/// sent them all.
fn says_forgotten(parsed: &Result<WebAnswer>, is_last: bool) -> bool {
    match parsed {
        Ok(answer) => is_last && answer.media_id.as_deref().unwrap_or_default().is_empty(),
        Err(error) => error.ret() == Some(1),
    }
}

fn non_empty(string: Option<String>) -> Option<String> {
    string.filter(|string| !string.is_empty())
}
