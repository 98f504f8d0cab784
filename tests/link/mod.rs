//! Core and stand-in joined in memory: all that the shell does in a browser, under a virtual clock and without sockets.
//!
//! ```text
//! Upload, Send, … ── Request ──▶ (reaches) ──▶ World::handle ──▶ (arrives) ── Response or Failure ──▶ Upload, Send, …
//! ```
//! Nothing waits: a time is a number that grows when the next event is taken. The same seed gives the same run.

#![allow(clippy::expect_used, reason = "a test fails by panicking")]

mod chance;
mod pictures;
mod wire;

use std::collections::BTreeMap;

use standin::bytes::Bytes;
use standin::{Config, Message, Strike, World};
use webwx_image::download::{self, Expectation, Size, Verdict};
use webwx_image::error::{Place, Result};
use webwx_image::gateway::{self, Gateway, GetMsgImg};
use webwx_image::http::check_status;
use webwx_image::http::{Failure, Request, Response};
use webwx_image::ids::Ids;
use webwx_image::image::{ImageInfo, inspect};
use webwx_image::json::FromJson;
use webwx_image::retry::Attempts;
use webwx_image::send::{Receipt, Send};
use webwx_image::session::{Session, SessionInit};
use webwx_image::upload::{self, Action, Checkpoint, FileInfo, Standing, Transmission, Upload, UploadConfig};

use chance::Chance;
pub(crate) use pictures::{File, Format, md5};

/// The hour at which every run begins, in milliseconds.
pub(crate) const BEGIN_MS: u64 = 1_700_000_000_000;

/// Small enough for many chunks in no time.
pub(crate) const CHUNK: u64 = 1000;

/// The two ends and the line between them.
pub(crate) struct Link {
    /// The other end.
    pub(crate) world: World,
    /// How this end uploads, and when it tries again.
    pub(crate) config: UploadConfig,
    /// How long one request may take.
    pub(crate) timeout_ms: u32,
    /// The longest time on the way, for a request and for its answer: above 0, answers come in any order.
    pub(crate) latency_ms: u64,
    /// Every chunk that the service took, with the checkpoint of that moment.
    pub(crate) accepted: Vec<(Standing, Checkpoint)>,
    /// Every request that got an answer or a failure, in that order.
    pub(crate) trips: Vec<Trip>,
    session: Session,
    ids: Ids,
    now_ms: u64,
    chance: Chance,
    /// By time, and in the order in which they were made.
    events: BTreeMap<(u64, u64), Event>,
    made: u64,
}

/// A request's way there and back.
#[derive(Clone, Debug)]
pub(crate) struct Trip {
    /// What was asked.
    pub(crate) place: Place,
    /// When it left.
    pub(crate) left_ms: u64,
    /// When there was an answer, or certainty that there is none.
    pub(crate) arrived_ms: u64,
}

/// What is still to come.
enum Event {
    Reaches { id: u32, request: Request, left_ms: u64 },
    Arrives { id: u32, answer: Answer, trip: Trip },
}

type Answer = std::result::Result<Response, Failure>;

/// A picture that came in.
#[derive(Clone, Debug)]
pub(crate) struct Downloaded {
    /// The file.
    pub(crate) bytes: Bytes,
    /// What its head says.
    pub(crate) info: ImageInfo,
    /// How it was held against the message.
    pub(crate) verdict: Verdict,
}

impl File {
    /// Nothing to send along.
    pub(crate) fn none() -> Self {
        Self { bytes: Vec::new(), name: String::new() }
    }
}

impl Default for Link {
    /// Chunks of [`CHUNK`] bytes at both ends.
    fn default() -> Self {
        Self::new(World::new(Config { chunk_size: CHUNK, ..Config::default() }), 1)
    }
}

impl Link {
    /// The session is the world's; the chunk size is [`CHUNK`].
    pub(crate) fn new(world: World, seed: u64) -> Self {
        let mut chance = Chance(seed);
        let init = serde_json::to_value(world.session()).expect("plain data");
        let init = SessionInit::from_json(&init.to_string()).expect("the package's session");
        let session = Session::new(&init, chance.fraction(), &[]).expect("a good session");
        Self {
            world,
            config: UploadConfig { chunk_size: CHUNK, ..UploadConfig::default() },
            timeout_ms: 60_000,
            latency_ms: 0,
            accepted: Vec::new(),
            trips: Vec::new(),
            session,
            ids: Ids::default(),
            now_ms: BEGIN_MS,
            chance,
            events: BTreeMap::new(),
            made: 0,
        }
    }

    /// Orders a fault of the stand-in, by its name on the wire.
    pub(crate) fn order(&mut self, endpoint: &str, chunk: Option<u64>, times: u32, fault: &str) {
        let strike = serde_json::json!({ "endpoint": endpoint, "chunk": chunk, "times": times, "fault": fault });
        let strike: Strike = serde_json::from_value(strike).expect("a fault");
        self.world.order(vec![strike]).expect("a fault of that endpoint");
    }

    /// The session of this end.
    pub(crate) fn session(&self) -> &Session {
        &self.session
    }

    /// Milliseconds since the run began.
    pub(crate) fn elapsed_ms(&self) -> u64 {
        self.now_ms - BEGIN_MS
    }

    /// Times may pass between two jobs.
    pub(crate) fn wait(&mut self, ms: u64) {
        self.now_ms += ms;
    }

    /// The machine for one file to the open chat's peer.
    pub(crate) fn begin(&mut self, file: &File, resume: Option<&Checkpoint>) -> Result<Upload> {
        let peer = self.world.peer().to_owned();
        self.begin_to(&peer, file.info(), resume)
    }

    /// The machine for one file.
    pub(crate) fn begin_to(&mut self, to: &str, info: FileInfo, resume: Option<&Checkpoint>) -> Result<Upload> {
        let ids = upload::Ids {
            client_media_id: self.ids.client_media_id(self.now_ms),
            spare_media_id: self.ids.client_media_id(self.now_ms),
            file_id: self.ids.file_id(),
        };
        Upload::new(&self.session, info, to, self.config, ids, resume)
    }

    /// Uploads to the end.
    pub(crate) fn upload(&mut self, upload: &mut Upload, file: &File) -> Result<upload::UploadedMedia> {
        loop {
            if let Some(outcome) = self.step(upload, file) {
                return outcome;
            }
        }
    }

    /// Lets all leave that may leave, then takes one event. The outcome, when there is one.
    pub(crate) fn step(&mut self, upload: &mut Upload, file: &File) -> Option<Result<upload::UploadedMedia>> {
        loop {
            match upload.next_action() {
                Action::Send(transmission) => self.leave(transmission),
                Action::Await => break,
                Action::Done(outcome) => {
                    self.hang_up();
                    return Some(outcome);
                }
            }
        }
        let ((at_ms, _), event) = self.events.pop_first().expect("the machine waits, but nothing is under way");
        self.now_ms = at_ms;
        match event {
            Event::Reaches { id, request, left_ms } => {
                let (answer, took_ms) = self.exchange(&request, file);
                let took_ms = took_ms + self.chance.up_to(self.latency_ms);
                let late_ms = left_ms + u64::from(self.timeout_ms);
                let (arrived_ms, answer) = if at_ms + took_ms > late_ms {
                    (late_ms, Err(Failure::Timeout(self.timeout_ms)))
                } else {
                    (at_ms + took_ms, answer)
                };
                let trip = Trip { place: request.place, left_ms, arrived_ms };
                self.at(arrived_ms, Event::Arrives { id, answer, trip });
            }
            Event::Arrives { id, answer, trip } => {
                self.trips.push(trip);
                assert!(self.trips.len() < 10_000, "it never ends");
                let random = self.chance.fraction();
                if let Some(accepted) = upload.handle(id, &answer, random) {
                    self.accepted.push((accepted, upload.checkpoint()));
                }
            }
        }
        None
    }

    /// An abort: what is under way does not come back, and what has not reached the service never will.
    pub(crate) fn hang_up(&mut self) {
        self.events.clear();
    }

    /// The same request until it has an answer that `parse` takes, or the policy ends it.
    pub(crate) fn call<T>(&mut self, request: &Request, parse: impl Fn(&Response) -> Result<T>) -> Result<T> {
        let mut attempts = Attempts::default();
        loop {
            let answer = self.round_trip(request);
            let asked_ms = answer.as_ref().ok().and_then(|response| response.retry_after_ms);
            match answer.map_err(|failure| failure.at(request.place)).and_then(|response| parse(&response)) {
                Ok(value) => return Ok(value),
                Err(error) => self.pause(&mut attempts, error, asked_ms)?,
            }
        }
    }

    /// Sends what was uploaded.
    pub(crate) fn send(&mut self, media: &upload::UploadedMedia) -> Result<Receipt> {
        let peer = self.world.peer().to_owned();
        let client_msg_id = self.client_msg_id();
        let send = Send::media(&self.session, media, &peer, client_msg_id)?;
        self.call(send.request(), |response| send.parse(response))
    }

    /// Sends a received content on.
    pub(crate) fn forward(&mut self, content: &str) -> Result<Receipt> {
        let peer = self.world.peer().to_owned();
        let client_msg_id = self.client_msg_id();
        let send = Send::forward(&self.session, content, &peer, client_msg_id)?;
        self.call(send.request(), |response| send.parse(response))
    }

    /// Upload and send.
    pub(crate) fn send_image(&mut self, file: &File) -> Result<Receipt> {
        let mut upload = self.begin(file, None)?;
        let media = self.upload(&mut upload, file)?;
        self.send(&media)
    }

    /// The picture of a message.
    pub(crate) fn download(&mut self, msg_id: &str, size: Size, expect: Option<&Expectation>) -> Result<Downloaded> {
        let request = download::request(&self.session, msg_id, size)?;
        self.get(&request, size, expect)
    }

    /// The picture of a message, by way of the gateway.
    pub(crate) fn gateway_download(&mut self, gateway: &Gateway, wanted: &GetMsgImg) -> Result<(String, Downloaded)> {
        let (request, expect) = gateway.request(wanted)?;
        let location = self.call(&request, |response| gateway.parse(response))?;
        let picture = self.get(&gateway::picture_request(&location), Size::Full, Some(&expect))?;
        Ok((location.url, picture))
    }

    /// The last message of the world.
    pub(crate) fn last_message(&self) -> &Message {
        self.world.messages().last().expect("a message")
    }

    /// How many messages this end has sent.
    pub(crate) fn sent(&self) -> usize {
        self.world.messages().iter().filter(|message| message.client_msg_id.is_some()).count()
    }

    fn get(&mut self, request: &Request, size: Size, expect: Option<&Expectation>) -> Result<Downloaded> {
        let mut attempts = Attempts::default();
        loop {
            match self.try_to_get(request, size, expect) {
                Ok(picture) => return Ok(picture),
                Err(error) => self.pause(&mut attempts, error, None)?,
            }
        }
    }

    fn try_to_get(&mut self, request: &Request, size: Size, expect: Option<&Expectation>) -> Result<Downloaded> {
        let place = request.place;
        let outcome = self.world.handle(&wire::to_standin(request, &[]));
        self.now_ms += outcome.delay_ms;
        let answer = wire::to_answer(request, outcome.reply).map_err(|failure| failure.at(place))?;
        check_status(place, answer.status().as_u16())?;
        let bytes = answer.into_body();
        let info = inspect(place, &bytes)?;
        let verdict = expect.map(|expect| expect.check(place, size, info.size, &md5(&bytes))).transpose()?;
        Ok(Downloaded { bytes, info, verdict: verdict.unwrap_or_default() })
    }

    fn pause(
        &mut self,
        attempts: &mut Attempts,
        error: webwx_image::error::Error,
        asked_ms: Option<u64>,
    ) -> Result<()> {
        let wait_ms = attempts.after(error, &self.config.retry, asked_ms, self.chance.fraction())?;
        self.now_ms += u64::from(wait_ms);
        Ok(())
    }

    fn client_msg_id(&mut self) -> String {
        self.ids.client_msg_id(self.now_ms, self.chance.fraction())
    }

    fn leave(&mut self, Transmission { id, after_ms, request }: Transmission) {
        let left_ms = self.now_ms + u64::from(after_ms);
        let reaches_ms = left_ms + self.chance.up_to(self.latency_ms);
        self.at(reaches_ms, Event::Reaches { id, request, left_ms });
    }

    fn at(&mut self, at_ms: u64, event: Event) {
        self.made += 1;
        self.events.insert((at_ms, self.made), event);
    }

    fn round_trip(&mut self, request: &Request) -> Answer {
        let left_ms = self.now_ms;
        let (answer, took_ms) = self.exchange(request, &File::none());
        let is_late = took_ms > u64::from(self.timeout_ms);
        self.now_ms += took_ms.min(u64::from(self.timeout_ms));
        let answer = if is_late { Err(Failure::Timeout(self.timeout_ms)) } else { answer };
        self.trips.push(Trip { place: request.place, left_ms, arrived_ms: self.now_ms });
        answer
    }

    /// What the service makes of it, and how long it takes over that.
    fn exchange(&mut self, request: &Request, file: &File) -> (Answer, u64) {
        let outcome = self.world.handle(&wire::to_standin(request, &file.bytes));
        let took_ms = outcome.delay_ms;
        (wire::to_answer(request, outcome.reply).map(|answer| wire::to_text(&answer)), took_ms)
    }
}
