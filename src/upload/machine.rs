//! The machine itself: [`Upload::next_action`] says what to do, [`Upload::handle`] is told what came of it.

use core::fmt;
use core::ops::Range;

use super::action::{Action, Ids, Standing, Transmission};
use super::form::{Chunk, UploadMediaRequest, check_request, chunk_request, upload_media_request};
use super::{CHECK_ABOVE, Checkpoint, FileInfo, MediaKind, Thumbnail, UploadConfig, UploadedMedia};
use crate::answer::WebAnswer;
use crate::error::{Error, Place, Result};
use crate::http::{Failure, Response, malformed};
use crate::prelude::*;
use crate::retry::Attempts;
use crate::session::{Session, check_receiver};

/// More requests than this for one file are a mistake in chunkSize.
const MOST_CHUNKS: u32 = 100_000;

/// About as many reports of bytes on their way are of use to somebody who looks at a file going up.
const MOST_REPORTS: u64 = 256;

/// One file on its way up. `Debug` shows how far it is.
pub struct Upload {
    session: Session,
    file: FileInfo,
    to: String,
    config: UploadConfig,
    ids: Ids,
    /// The same text in every chunk and every try.
    request_json: String,
    chunk_count: u32,
    /// Which chunks the service has.
    accepted: Vec<bool>,
    /// Chunks below this one have been sent at least once.
    next_fresh: u32,
    in_flight: Vec<Flight>,
    retries: Vec<Retry>,
    last_id: u32,
    needs_check: bool,
    keys: Keys,
    /// The service may have lost what it was sent: the upload was resumed, or a request failed on its way.
    is_doubtful: bool,
    has_started_over: bool,
    /// The most bytes ever reported: that never goes back.
    most_loaded: u64,
    outcome: Option<Result<UploadedMedia>>,
}

/// What `webwxcheckupload` gave.
#[derive(Clone, Default)]
struct Keys {
    aes_key: Option<String>,
    signature: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Check,
    Chunk(u32),
}

#[derive(Clone, Copy, Debug)]
struct Flight {
    id: u32,
    step: Step,
    attempts: Attempts,
    /// Bytes of its chunk that are on their way.
    sent: u64,
}

#[derive(Clone, Copy, Debug)]
struct Retry {
    step: Step,
    attempts: Attempts,
    after_ms: u32,
}

impl Upload {
    /// Checks everything that can be checked before a byte is sent. With `resume`, goes on where that upload stopped.
    pub fn new(
        session: &Session,
        file: FileInfo,
        to: &str,
        config: UploadConfig,
        ids: Ids,
        resume: Option<&Checkpoint>,
    ) -> Result<Self> {
        let to = check_receiver(to)?.to_owned();
        config.check()?;
        file.check()?;
        let mut session = session.clone();
        let mut ids = ids;
        if let Some(checkpoint) = resume {
            checkpoint.check(&file, &to, &config)?;
            session = session.with_device_id(&checkpoint.device_id);
            ids.spare_media_id = ids.client_media_id;
            ids.client_media_id = checkpoint.client_media_id;
        }
        let chunk_count = u32::try_from(file.size.div_ceil(config.chunk_size))
            .ok()
            .filter(|&count| count <= MOST_CHUNKS)
            .ok_or_else(|| {
                Error::invalid_input(format!(
                    "chunkSize is too small for this file: at most {MOST_CHUNKS} chunks go up"
                ))
            })?;
        // The MediaId comes with the last chunk's answer: where that is lost, the last chunk goes out again.
        let next_fresh = resume.map_or(0, |checkpoint| checkpoint.next_chunk.min(chunk_count - 1));
        let mut upload = Self {
            request_json: String::new(),
            accepted: (0..chunk_count).map(|index| index < next_fresh).collect(),
            needs_check: file.size > CHECK_ABOVE,
            is_doubtful: resume.is_some(),
            session,
            file,
            to,
            config,
            ids,
            chunk_count,
            next_fresh,
            in_flight: Vec::new(),
            retries: Vec::new(),
            last_id: 0,
            keys: Keys::default(),
            has_started_over: false,
            most_loaded: 0,
            outcome: None,
        };
        upload.most_loaded = upload.loaded();
        upload.request_json = upload.make_request_json()?;
        Ok(upload)
    }

    /// What to do now. Asked again after each `Send`, until it says `Await` or `Done`.
    pub fn next_action(&mut self) -> Action {
        if let Some(outcome) = self.outcome.clone() {
            return Action::Done(outcome);
        }
        if let Some(retry) = self.retries.pop() {
            return self.send(retry);
        }
        match self.fresh_step() {
            Some(step) => self.send(Retry { step, attempts: Attempts::default(), after_ms: 0 }),
            None => Action::Await,
        }
    }

    /// What came of a request: an answer, or none. `random` (0 ≤ n < 1) spreads the retries.
    pub fn handle(
        &mut self,
        id: u32,
        answer: &core::result::Result<Response, Failure>,
        random: f64,
    ) -> Option<Standing> {
        let at = self.in_flight.iter().position(|flight| flight.id == id)?;
        let Flight { step, mut attempts, .. } = self.in_flight.swap_remove(at);
        if self.outcome.is_some() {
            return None;
        }
        let place = self.place(step);
        let parsed = match answer {
            Ok(response) => WebAnswer::parse(place, response),
            Err(failure) => Err(failure.at(place)),
        };
        if self.is_forgotten(step, &parsed) {
            self.start_over();
            return None;
        }
        let result = match (parsed, step) {
            (Ok(answer), Step::Chunk(index)) => self.chunk_accepted(index, answer).map(Some),
            (Ok(answer), Step::Check) => self.checked(answer),
            (Err(error), _) => Err(error),
        };
        result.unwrap_or_else(|error| {
            let asked_ms = answer.as_ref().ok().and_then(|response| response.retry_after_ms);
            match attempts.after(error, &self.config.retry, asked_ms, random) {
                Ok(after_ms) => {
                    self.is_doubtful = true;
                    self.retries.push(Retry { step, attempts, after_ms });
                }
                Err(error) => self.outcome = Some(Err(error)),
            }
            None
        })
    }

    /// So much of a request's body, in bytes, is on its way. Gives how far the upload is by that, if it is further than before.
    ///
    /// The end is not reached so: only the service's answer says that it has the file.
    pub fn sent(&mut self, id: u32, body_sent: u64, body_size: u64) -> Option<Standing> {
        let at = self.in_flight.iter().position(|flight| flight.id == id)?;
        let Step::Chunk(index) = self.in_flight[at].step else { return None };
        let Range { start, end } = self.chunk(index).range(self.file.size);
        // The form's other fields come before the bytes: they are spread over them.
        self.in_flight[at].sent = (end - start).saturating_mul(body_sent.min(body_size)) / body_size.max(1);
        let loaded = self.loaded() + self.in_flight.iter().map(|flight| flight.sent).sum::<u64>();
        // Some platforms tell of every 8 KiB.
        let step = (self.file.size / MOST_REPORTS).max(1);
        let is_news = loaded >= self.most_loaded + step && loaded < self.file.size && self.outcome.is_none();
        is_news.then(|| {
            self.most_loaded = loaded;
            self.standing()
        })
    }

    /// Whether an answer to this request is still of use. One that is not may be dropped with its request.
    pub fn awaits(&self, id: u32) -> bool {
        self.outcome.is_none() && self.in_flight.iter().any(|flight| flight.id == id)
    }

    /// Where the upload stands: hand it to the next upload of the same file.
    pub fn checkpoint(&self) -> Checkpoint {
        let next_chunk = self.accepted.iter().take_while(|&&has| has).count();
        Checkpoint {
            version: 1,
            md5: self.file.md5.clone(),
            size: self.file.size,
            to: self.to.clone(),
            chunk_size: self.config.chunk_size,
            client_media_id: self.ids.client_media_id,
            device_id: self.session.device_id().to_owned(),
            next_chunk: u32::try_from(next_chunk).unwrap_or(u32::MAX),
        }
    }

    /// Bytes in all.
    pub fn size(&self) -> u64 {
        self.file.size
    }

    /// How far the upload is: before any answer, more than 0 after a resume.
    pub fn standing(&self) -> Standing {
        Standing {
            loaded: self.most_loaded,
            chunk: u32::try_from(self.accepted.iter().filter(|&&has| has).count()).unwrap_or(u32::MAX),
            chunks: self.chunk_count,
        }
    }

    fn fresh_step(&mut self) -> Option<Step> {
        if self.needs_check {
            return self.in_flight.is_empty().then_some(Step::Check);
        }
        let last = self.chunk_count - 1;
        let has_room = self.in_flight.len() < self.config.concurrency as usize;
        // The last chunk makes the service put the file together: it goes alone, after all others.
        let may_go = if self.next_fresh == last { self.in_flight.is_empty() } else { has_room };
        if self.next_fresh > last || !may_go {
            return None;
        }
        self.next_fresh += 1;
        Some(Step::Chunk(self.next_fresh - 1))
    }

    fn send(&mut self, Retry { step, attempts, after_ms }: Retry) -> Action {
        self.last_id += 1;
        let id = self.last_id;
        self.in_flight.push(Flight { id, step, attempts, sent: 0 });
        let request = match step {
            Step::Check => check_request(&self.session, &self.file, &self.to),
            Step::Chunk(index) => {
                chunk_request(&self.session, &self.file, &self.ids.file_id, &self.request_json, self.chunk(index))
            }
        };
        Action::Send(Transmission { id, after_ms, request })
    }

    fn chunk(&self, index: u32) -> Chunk {
        Chunk { index, count: self.chunk_count, size: self.config.chunk_size }
    }

    fn place(&self, step: Step) -> Place {
        match step {
            Step::Check => Place::at("webwxcheckupload"),
            Step::Chunk(index) => self.chunk(index).place(),
        }
    }

    fn checked(&mut self, answer: WebAnswer) -> Result<Option<Standing>> {
        self.needs_check = false;
        self.keys = Keys { aes_key: non_empty(answer.aes_key), signature: non_empty(answer.signature) };
        if let Some(media_id) = non_empty(answer.media_id) {
            self.finish(media_id, Thumbnail::default(), true);
            self.accepted.fill(true);
            self.most_loaded = self.loaded();
            return Ok(Some(self.standing()));
        }
        self.request_json = self.make_request_json()?;
        Ok(None)
    }

    fn chunk_accepted(&mut self, index: u32, answer: WebAnswer) -> Result<Standing> {
        if index + 1 == self.chunk_count {
            let media_id = non_empty(answer.media_id)
                .ok_or_else(|| malformed(self.place(Step::Chunk(index)), "Ret 0, but no MediaId for a whole file"))?;
            let thumbnail = Thumbnail {
                width: answer.thumb_width.unwrap_or_default(),
                height: answer.thumb_height.unwrap_or_default(),
            };
            self.finish(media_id, thumbnail, false);
        }
        self.accepted[index as usize] = true;
        self.most_loaded = self.most_loaded.max(self.loaded());
        Ok(self.standing())
    }

    /// Whether the service has lost the chunks before this one: it refuses it, or will not make a file of the last one, though it
    /// was sent them all. Only believed where there is a reason for it, and once.
    fn is_forgotten(&self, step: Step, parsed: &Result<WebAnswer>) -> bool {
        let Step::Chunk(index @ 1..) = step else {
            return false;
        };
        let says_so = match parsed {
            Ok(answer) => index + 1 == self.chunk_count && answer.media_id.as_deref().unwrap_or_default().is_empty(),
            Err(error) => error.ret() == Some(1),
        };
        says_so && self.is_doubtful && !self.has_started_over
    }

    fn start_over(&mut self) {
        self.has_started_over = true;
        self.ids.client_media_id = self.ids.spare_media_id;
        self.accepted.fill(false);
        self.next_fresh = 0;
        self.in_flight.clear();
        self.retries.clear();
        match self.make_request_json() {
            Ok(json) => self.request_json = json,
            Err(error) => self.outcome = Some(Err(error)),
        }
    }

    fn finish(&mut self, media_id: String, thumbnail: Thumbnail, instant: bool) {
        self.outcome = Some(Ok(UploadedMedia {
            media_id,
            md5: self.file.md5.clone(),
            size: self.file.size,
            mime: self.file.mime.clone(),
            thumbnail,
            instant,
            aes_key: self.keys.aes_key.clone(),
            signature: self.keys.signature.clone(),
            file_name: (self.file.kind == MediaKind::File).then(|| self.file.name.clone()),
            converted: self.file.converted.clone(),
        }));
    }

    fn make_request_json(&self) -> Result<String> {
        upload_media_request(&UploadMediaRequest {
            session: &self.session,
            to: &self.to,
            client_media_id: self.ids.client_media_id,
            total_len: self.file.size,
            file_md5: &self.file.md5,
            upload_type: self.config.upload_type,
            aes_key: self.keys.aes_key.as_deref(),
            signature: self.keys.signature.as_deref(),
        })
    }

    fn loaded(&self) -> u64 {
        let full = self.accepted.iter().filter(|&&has| has).count() as u64 * self.config.chunk_size;
        full.min(self.file.size)
    }
}

fn non_empty(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.is_empty())
}

impl fmt::Debug for Upload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Upload")
            .field("standing", &self.standing())
            .field("in_flight", &self.in_flight)
            .field("retries", &self.retries)
            .field("outcome", &self.outcome)
            .finish_non_exhaustive()
    }
}
