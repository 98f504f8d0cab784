//! Core and stand-in joined in memory, for tests that play one job after another: the driver with a session, options and a log.

#![allow(clippy::expect_used, reason = "a test fails by panicking")]

#[path = "../drive/mod.rs"]
mod drive;
mod log;

use std::rc::Rc;

use standin::bytes::Bytes;
use standin::{Config, Message, Strike, World};
use webwx_image::client::{Client, ClientOptions};
use webwx_image::download::{self, Expectation, Size, Verdict};
use webwx_image::error::Result;
use webwx_image::gateway::{Gateway, GetMsgImg, Location};
use webwx_image::ids::MsgId;
use webwx_image::image::ImageInfo;
use webwx_image::job::{Batch, Download, Forward, GetPicture, Goal, Locate, Opened, Pace, Send, SendSource, Upload};
use webwx_image::retry::Terms;
use webwx_image::send::Receipt;
use webwx_image::session::{Receiver, Session};
use webwx_image::upload::{Checkpoint, ChunkSize, Concurrency, FileInfo, UploadedMedia};

pub(crate) use drive::{AnyJob, BEGIN_MS, Ended, File, Format, Happened, JobId, Outcome, Owner, Source, md5};
use drive::{Driver, session};
pub(crate) use log::{End, Log, Trip};

/// Small enough for many chunks in no time.
pub(crate) const CHUNK: u64 = 1000;

/// The two ends and the line between them.
pub(crate) struct Link {
    /// The line, the clock, and the other end.
    pub(crate) driver: Driver,
    /// How this end works.
    pub(crate) options: ClientOptions,
    /// What has happened.
    pub(crate) log: Log,
    /// Whose the jobs are.
    pub(crate) owner: Owner,
    session: Session,
}

/// A picture that came in.
#[derive(Clone, Debug)]
pub(crate) struct Downloaded {
    /// The file.
    pub(crate) bytes: Bytes,
    /// What its head says.
    pub(crate) info: ImageInfo,
    /// How it was compared with the message.
    pub(crate) verdict: Verdict,
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
        let session = session(&world, |_| {});
        Self {
            driver: Driver::new(world, seed),
            options: ClientOptions { chunk_size: ChunkSize::new(CHUNK).expect("small"), ..ClientOptions::default() },
            log: Log::default(),
            owner: Owner::default(),
            session,
        }
    }

    /// The other end.
    pub(crate) fn world(&self) -> &World {
        &self.driver.world
    }

    /// Orders a fault of the stand-in, by its name on the wire.
    pub(crate) fn order(&mut self, endpoint: &str, chunk: Option<u64>, times: u32, fault: &str) {
        let strike = serde_json::json!({ "endpoint": endpoint, "chunk": chunk, "times": times, "fault": fault });
        let strike: Strike = serde_json::from_value(strike).expect("a fault");
        self.driver.world.order(vec![strike]).expect("a fault of that endpoint");
    }

    /// So many chunks in flight.
    pub(crate) fn at_once(&mut self, chunks: u64) {
        self.options.concurrency = Concurrency::new(chunks).expect("few");
    }

    /// Milliseconds since the run began.
    pub(crate) fn elapsed_ms(&self) -> u64 {
        self.driver.now_ms
    }

    /// The client of this end, as its options are now.
    pub(crate) fn client(&self) -> Rc<Client> {
        Rc::new(Client { session: self.session.clone(), options: self.options })
    }

    /// The open chat's peer.
    pub(crate) fn peer(&self) -> Receiver {
        Receiver::new(self.driver.world.peer()).expect("a name")
    }

    /// Begins the upload of one file to the open chat's peer.
    pub(crate) fn begin(&mut self, file: &File, resume: Option<&Checkpoint>) -> Result<JobId> {
        let peer = self.peer();
        self.begin_to(peer, file, file.info(), resume)
    }

    /// Begins the upload of one file.
    pub(crate) fn begin_to(
        &mut self,
        to: Receiver,
        file: &File,
        info: FileInfo,
        resume: Option<&Checkpoint>,
    ) -> Result<JobId> {
        let (client, random) = (self.client(), self.driver.random());
        let opened = Opened { file: info.clone(), resume: None, md5_ms: 7 };
        let upload =
            self.owner.lend(self.driver.now_ms, random, |cx| Upload::new(cx, &client, 0, opened, to, resume))?;
        let source = Source::known(file.clone(), info);
        Ok(self.driver.start(&self.owner, upload, vec![source]))
    }

    /// Takes the next event. The end of a job, if it is that.
    pub(crate) fn step(&mut self) -> Option<Ended> {
        assert!(self.log.trips.len() < 10_000, "it never ends");
        match self.driver.step(&mut self.log).expect("a job waits, but nothing is to come") {
            Happened::Ended(ended) => Some(*ended),
            _ => None,
        }
    }

    /// Takes events until this job is over.
    pub(crate) fn run(&mut self, job: JobId) -> Ended {
        loop {
            if let Some(ended) = self.step().filter(|ended| ended.job == job) {
                return ended;
            }
        }
    }

    /// Starts a job and takes events until it is over.
    pub(crate) fn play(&mut self, job: impl AnyJob + 'static, files: &[File]) -> Ended {
        let sources = files.iter().map(Source::of).collect();
        let job = self.driver.start(&self.owner, job, sources);
        self.run(job)
    }

    /// Uploads to the end.
    pub(crate) fn upload(&mut self, job: JobId) -> Result<UploadedMedia> {
        match self.run(job).outcome? {
            Outcome::Media(media) => Ok(media),
            other => panic!("no media: {other:?}"),
        }
    }

    /// The job that sends what was uploaded.
    pub(crate) fn sending(&mut self, media: &UploadedMedia, to: &Receiver) -> Result<Send> {
        let (client, random) = (self.client(), self.driver.random());
        self.owner.lend(self.driver.now_ms, random, |cx| Send::new(cx, &client, media, to))
    }

    /// Sends what was uploaded.
    pub(crate) fn send(&mut self, media: &UploadedMedia) -> Result<Receipt> {
        let peer = self.peer();
        let send = self.sending(media, &peer)?;
        receipt(self.play(send, &[]))
    }

    /// The job that sends a received content on.
    pub(crate) fn forwarding(&mut self, content: &str, to: &Receiver) -> Result<Forward> {
        let (client, random) = (self.client(), self.driver.random());
        self.owner.lend(self.driver.now_ms, random, |cx| Forward::new(cx, &client, content, to))
    }

    /// Sends a received content on.
    pub(crate) fn forward(&mut self, content: &str) -> Result<Receipt> {
        let peer = self.peer();
        let forward = self.forwarding(content, &peer)?;
        receipt(self.play(forward, &[]))
    }

    /// Opens, uploads and sends.
    pub(crate) fn send_file(&mut self, file: &File, resume: Option<Checkpoint>) -> Ended {
        let job = SendSource::new(&self.client(), 0, self.peer(), Goal::Message, resume);
        self.play(job, std::slice::from_ref(file))
    }

    /// The same, for its receipt.
    pub(crate) fn send_image(&mut self, file: &File) -> Result<Receipt> {
        receipt(self.send_file(file, None))
    }

    /// Sends a list, and gives what it reported.
    pub(crate) fn send_images(&mut self, files: &[File]) -> Ended {
        self.send_at_pace(files, Pace::default())
    }

    /// The same at another pace.
    pub(crate) fn send_at_pace(&mut self, files: &[File], pace: Pace) -> Ended {
        let batch = Batch::new(&self.client(), self.peer(), pace);
        self.play(batch, files)
    }

    /// The picture of a message.
    pub(crate) fn download(&mut self, msg_id: &str, size: Size, expect: Option<&Expectation>) -> Result<Downloaded> {
        let msg_id = MsgId::new(msg_id).expect("digits");
        let request = download::request(&self.session, &msg_id, size);
        let job = Download::new(request, size, expect.cloned(), self.options.terms);
        let ended = self.play(job, &[]);
        picture(ended).map(|(_, picture)| picture)
    }

    /// Where the picture of a message is, by a gateway.
    pub(crate) fn locate(&mut self, gateway: &Gateway, wanted: &GetMsgImg) -> Result<Location> {
        let job = Locate::new(gateway, wanted, self.options.terms)?;
        match self.play(job, &[]).outcome? {
            Outcome::Location(location) => Ok(location),
            other => panic!("no location: {other:?}"),
        }
    }

    /// The picture of a message, by way of the gateway.
    pub(crate) fn gateway_download(&mut self, gateway: &Gateway, wanted: &GetMsgImg) -> Result<(String, Downloaded)> {
        let job = GetPicture::new(gateway, wanted, self.options.terms)?;
        let ended = self.play(job, &[]);
        picture(ended).map(|(location, picture)| (location.expect("it was asked").url, picture))
    }

    /// The last message of the world.
    pub(crate) fn last_message(&self) -> &Message {
        self.driver.world.messages().last().expect("a message")
    }

    /// How many messages this end has sent.
    pub(crate) fn sent(&self) -> usize {
        self.driver.world.messages().iter().filter(|message| message.client_msg_id.is_some()).count()
    }

    /// How requests are sent.
    pub(crate) fn terms(&mut self) -> &mut Terms {
        &mut self.options.terms
    }
}

/// The receipt of a job that sends.
pub(crate) fn receipt(ended: Ended) -> Result<Receipt> {
    match ended.outcome? {
        Outcome::Receipt(receipt) => Ok(receipt),
        Outcome::Sent(sent) => Ok(sent.receipt.expect("a message was wanted")),
        other => panic!("no receipt: {other:?}"),
    }
}

/// The picture of a job that gets one, and where it was.
fn picture(ended: Ended) -> Result<(Option<Location>, Downloaded)> {
    let (location, picture) = match ended.outcome? {
        Outcome::Picture(picture) => (None, picture),
        Outcome::Located(location, picture) => (location, picture),
        other => panic!("no picture: {other:?}"),
    };
    let bytes = ended.picture.expect("it came");
    assert_eq!(picture.md5, md5(&bytes));
    Ok((location, Downloaded { bytes, info: picture.image, verdict: picture.judgement }))
}
