//! A call's way through a run: how it begins, what it does with an answer, how it ends.

use std::collections::BTreeMap;

use webwx_image::download::{self, Expectation, Size};
use webwx_image::error::{Error, Place};
use webwx_image::message::{Kind, Message};
use webwx_image::send::{Receipt, Send};
use webwx_image::upload::{Action, Checkpoint, FileInfo, Standing, Upload, UploadConfig, UploadedMedia};

use crate::job::{Flight, Getting, Job, Sending, Stage, Tries, Uploading};
use crate::pictures::md5;
use crate::run::{Key, Run};
use crate::truth::{Answer, Truth, Wanted};
use crate::user::{Mistake, Next, Setback, State, is_mismatch};
use crate::watch::{CallWatch, UploadWatch};
use crate::wire;

/// What an error asks for that says "too often".
const SOME_MINUTES_MS: u64 = 600_000;

impl Run<'_> {
    /// The user makes the call that is due.
    pub(crate) fn call(&mut self, errand: usize) {
        self.errands[errand].calls += 1;
        if self.dice.one_in(3) {
            self.page.client = self.new_client();
        }
        let next = self.errands[errand].next;
        if let (Next::SendAgain, Some(media)) = (next, self.errands[errand].media.clone()) {
            return self.begin_send(errand, media);
        }
        let resume = self.errands[errand].resume().filter(|_| next == Next::Resume);
        if let Some(checkpoint) = &resume {
            self.tally.resumes += 1;
            self.mistake(errand, checkpoint);
        } else {
            self.errands[errand].checkpoint = None;
        }
        self.begin_upload(errand, resume.as_ref());
    }

    fn begin_upload(&mut self, errand: usize, resume: Option<&Checkpoint>) {
        let ids = self.page.upload_ids(self.now_ms, &mut self.ledger);
        let media_ids = match resume {
            Some(checkpoint) => [checkpoint.client_media_id, ids.client_media_id],
            None => [ids.client_media_id, ids.spare_media_id],
        };
        let (config, wish) = (self.plan.config, &self.errands[errand]);
        let session = &self.page.client.session;
        let upload = Upload::new(session, wish.info.clone(), &wish.to, config, ids, resume);
        let upload = upload.unwrap_or_else(|error| panic!("checkpoint: it does not go on from {resume:?}: {error}"));
        let device_id = resume.map_or(session.device_id(), |checkpoint| &checkpoint.device_id).to_owned();
        let mut watch = UploadWatch::new(config, &wish.info, media_ids, resume.map(|from| from.next_chunk));
        let Standing { loaded, chunk, chunks } = upload.standing();
        watch.reports(loaded);
        self.trace.say(self.now_ms, || format!("picture {errand}: upload begins with {chunk} of {chunks} chunks"));
        let uploading = Uploading { upload, watch, device_id, chunks };
        let job = self.new_job(Stage::Uploading(Box::new(uploading)));
        self.drive(errand, job);
    }

    /// A checkpoint in the wrong hands is refused before anything is sent.
    fn mistake(&mut self, errand: usize, checkpoint: &Checkpoint) {
        if !self.dice.one_in(6) {
            return;
        }
        self.tally.mistakes += 1;
        let mistake = self.dice.pick(&[Mistake::File, Mistake::Receiver, Mistake::ChunkSize]);
        let ids = self.page.upload_ids(self.now_ms, &mut self.ledger);
        let (mut config, wish) = (self.plan.config, &self.errands[errand]);
        let (mut info, mut to) = (wish.info.clone(), wish.to.clone());
        match mistake {
            Mistake::File => info = FileInfo { md5: md5(info.md5.as_bytes()), ..info },
            Mistake::Receiver => {
                let other = self.world.contacts().iter().find(|contact| **contact != to);
                to.clone_from(other.expect("more than one"));
            }
            Mistake::ChunkSize => config = UploadConfig { chunk_size: config.chunk_size - 1, ..config },
        }
        let refused = Upload::new(&self.page.client.session, info, &to, config, ids, Some(checkpoint));
        assert!(refused.as_ref().is_err_and(is_mismatch), "checkpoint: another {mistake:?} gives {refused:?}");
    }

    /// Lets a job do all it can do now.
    fn drive(&mut self, errand: usize, mut job: Job) {
        let Stage::Uploading(uploading) = &mut job.stage else { unreachable!("the others wait for their answers") };
        let outcome = match uploading.upload.next_action() {
            Action::Await => {
                uploading.watch.awaits(job.flights.len());
                self.errands[errand].job = Some(job);
                return;
            }
            Action::Send(transmission) => {
                let wanted = uploading.wants(transmission.request.place);
                let others = job.flights.len();
                let first = uploading.watch.leaves(&transmission.request, transmission.after_ms, others);
                if let Some(text) = first {
                    self.tally.restarts += u64::from(uploading.watch.has_started_over());
                    self.ledger.request_goes_out(&text);
                }
                let key = Key { errand, serial: job.serial, id: transmission.id };
                self.send(key, &mut job, transmission.after_ms, transmission.request, wanted);
                return self.drive(errand, job);
            }
            Action::Done(outcome) => outcome,
        };
        let is_over = matches!(uploading.upload.next_action(), Action::Done(_));
        assert!(is_over, "end: an upload goes on after its end");
        match outcome {
            Ok(media) => {
                uploading.watch.ends_well(&media);
                self.begin_send(errand, media);
            }
            Err(error) => {
                uploading.watch.ends(&error);
                self.keep(errand, uploading);
                self.setback(errand, &Setback::Failed(&error));
            }
        }
    }

    fn begin_send(&mut self, errand: usize, media: UploadedMedia) {
        let random = self.random();
        let fresh = self.page.client_msg_id(self.now_ms, random, &mut self.ledger);
        let (wish, client) = (&mut self.errands[errand], &mut self.page.client);
        let client_msg_id = client.open_sends.client_msg_id(&media.media_id, &wish.to, fresh);
        self.ledger.call_begins(&client_msg_id, (client.number, &media.media_id), &wish.info, &wish.to);
        let send = Send::media(&client.session, &media, &wish.to, client_msg_id.clone()).expect("good input");
        wish.media = Some(media);
        let tries = Tries::new(CallWatch::new(self.plan.config.retry, send.request()));
        let sending = Sending { send, tries, client_msg_id, client: client.number };
        let job = self.new_job(Stage::Sending(Box::new(sending)));
        self.try_call(errand, job, 0);
    }

    /// Now and then the user looks at what was sent.
    fn begin_get(&mut self, errand: usize, receipt: &Receipt) {
        if self.plan.big.is_some() || !self.dice.one_in(3) {
            return;
        }
        self.tally.downloads += 1;
        let size = self.dice.pick(&[Size::Full, Size::Full, Size::Thumbnail, Size::Big]);
        let message = self.world.messages().iter().find(|message| message.msg_id == receipt.msg_id);
        let content = &message.expect("the one just sent").content;
        let expect = match Message::parse(content).expect("not too long").kind {
            Kind::Image(image) if self.dice.one_in(2) => Some(Expectation::of(&image)),
            _ => None,
        };
        let request = download::request(&self.page.client.session, &receipt.msg_id, size).expect("good input");
        let tries = Tries::new(CallWatch::new(self.plan.config.retry, &request));
        let job = self.new_job(Stage::Getting(Box::new(Getting { request, tries, size, expect })));
        self.try_call(errand, job, 0);
    }

    /// The one request of a call leaves, for the first time or again.
    fn try_call(&mut self, errand: usize, mut job: Job, after_ms: u32) {
        let (tries, request, wanted) = match &mut job.stage {
            Stage::Sending(sending) => (&mut sending.tries, sending.send.request(), Wanted::MsgId),
            Stage::Getting(getting) => (&mut getting.tries, &getting.request, Wanted::Picture),
            Stage::Uploading(_) => unreachable!("an upload has many requests"),
        };
        let request = request.clone();
        tries.watch.leaves(&request, after_ms);
        tries.count += 1;
        let key = Key { errand, serial: job.serial, id: tries.count };
        self.send(key, &mut job, after_ms, request, wanted);
        self.errands[errand].job = Some(job);
    }

    /// An answer, or that there is none, reaches the job that waits for it.
    pub(crate) fn settle(&mut self, key: Key, answer: &Answer) {
        let Some(mut job) = self.errands[key.errand].job.take_if(|job| job.serial == key.serial) else { return };
        let Some(flight) = job.flights.remove(&key.id) else {
            self.errands[key.errand].job = Some(job);
            return;
        };
        if let Stage::Uploading(uploading) = &mut job.stage {
            self.bytes_leave(key.id, &job.flights, uploading);
        }
        let truth = Truth::of(answer, flight.wanted);
        match job.stage {
            Stage::Uploading(ref mut uploading) => {
                let accepted = self.chunk_settled(key.id, flight.place, uploading, answer, truth);
                // An upload that starts over has no use for what is still under way: the shell drops it.
                job.flights.retain(|id, _| uploading.upload.awaits(*id));
                if let Some(accepted) = accepted {
                    uploading.watch.reports(accepted.loaded);
                    self.keep(key.errand, uploading);
                    // The callbacks of the shell may abort as well.
                    if !self.is_healed && self.dice.one_in(100) {
                        self.errands[key.errand].job = Some(job);
                        return self.abort(key.errand);
                    }
                }
                self.drive(key.errand, job);
            }
            Stage::Sending(sending) => self.send_settled(key.errand, job.serial, *sending, answer, truth),
            Stage::Getting(getting) => self.get_settled(key.errand, job.serial, *getting, answer, truth),
        }
    }

    /// A line tells how much of a body has left: of the request that has its answer now, and of those beside it. Some tell nothing.
    fn bytes_leave(&mut self, id: u32, others: &BTreeMap<u32, Flight>, uploading: &mut Uploading) {
        let size = 500 + self.line_dice.up_to(1000);
        for _ in 0..self.line_dice.up_to(4) {
            let ids: Vec<u32> = others.keys().copied().chain([id, id, 0]).collect();
            let (id, sent) = (self.line_dice.pick(&ids), self.line_dice.up_to(size + 1));
            if let Some(standing) = uploading.upload.sent(id, sent, size) {
                uploading.watch.hears_of_bytes(standing.loaded);
            }
        }
    }

    fn chunk_settled(
        &mut self,
        id: u32,
        place: Place,
        uploading: &mut Uploading,
        answer: &Answer,
        truth: Truth,
    ) -> Option<Standing> {
        let answer = answer.as_ref().map(wire::to_text).map_err(|failure| *failure);
        let asked_ms = answer.as_ref().ok().and_then(|response| response.retry_after_ms);
        uploading.watch.arrives(place, truth, asked_ms);
        let random = self.dice.fraction();
        uploading.upload.handle(id, &answer, random)
    }

    fn send_settled(&mut self, errand: usize, serial: u32, mut sending: Sending, answer: &Answer, truth: Truth) {
        let place = sending.send.request().place;
        let answer = answer.as_ref().map(wire::to_text).map_err(|failure| *failure);
        let asked_ms = answer.as_ref().ok().and_then(|response| response.retry_after_ms);
        sending.tries.watch.arrives(truth, asked_ms);
        let parsed = answer.map_err(|failure| failure.at(place)).and_then(|response| sending.send.parse(&response));
        match parsed {
            Ok(receipt) => {
                sending.tries.watch.ends_well(&receipt.msg_id);
                self.close(&sending);
                self.ledger.call_succeeded(&receipt);
                self.tally.end("sent");
                self.trace.say(self.now_ms, || format!("picture {errand}: sent as {}", receipt.msg_id));
                let wish = &mut self.errands[errand];
                (wish.state, wish.checkpoint, wish.media) = (State::Sent, None, None);
                self.begin_get(errand, &receipt);
            }
            Err(error) => match self.pause(&mut sending.tries, error, asked_ms) {
                Ok(after_ms) => {
                    let job = Job { serial, stage: Stage::Sending(Box::new(sending)), flights: BTreeMap::new() };
                    self.try_call(errand, job, after_ms);
                }
                Err(error) => {
                    // Of a client that the page has let go of, nobody here remembers what it knew.
                    if sending.client == self.page.client.number {
                        let error = self.page.client.open_sends.fail(&sending.client_msg_id, error.clone());
                        self.ledger.call_failed(&sending.client_msg_id, &error);
                    }
                    self.setback(errand, &Setback::Failed(&error));
                }
            },
        }
    }

    /// The client hears that its message is out, if the page still has that client.
    fn close(&mut self, sending: &Sending) {
        if sending.client == self.page.client.number {
            self.page.client.open_sends.close(&sending.client_msg_id);
        }
    }

    fn get_settled(&mut self, errand: usize, serial: u32, mut getting: Getting, answer: &Answer, truth: Truth) {
        let asked_ms = answer.as_ref().ok().and_then(|response| wire::to_text(response).retry_after_ms);
        getting.tries.watch.arrives(truth, asked_ms);
        match getting.parse(answer) {
            Ok(info) => {
                getting.tries.watch.ends_well("");
                let bytes = answer.as_ref().expect("a picture came").body();
                if getting.size == Size::Thumbnail {
                    assert!(info.width.max(info.height) <= Some(120), "download: {info:?} is no thumbnail");
                } else {
                    assert!(md5(bytes) == self.errands[errand].info.md5, "download: another picture");
                }
                self.tally.end("downloaded");
            }
            Err(error) => match self.pause(&mut getting.tries, error, asked_ms) {
                Ok(after_ms) => {
                    let job = Job { serial, stage: Stage::Getting(Box::new(getting)), flights: BTreeMap::new() };
                    self.try_call(errand, job, after_ms);
                }
                Err(error) => self.setback(errand, &Setback::Failed(&error)),
            },
        }
    }

    /// How long to wait before the next try, or the error where there is none.
    fn pause(&mut self, tries: &mut Tries, error: Error, asked_ms: Option<u64>) -> Result<u32, Error> {
        let random = self.dice.fraction();
        match tries.attempts.after(error, &self.plan.config.retry, asked_ms, random) {
            Ok(after_ms) => {
                tries.watch.waits();
                Ok(after_ms)
            }
            Err(error) => {
                tries.watch.ends(&error);
                Err(error)
            }
        }
    }

    /// A checkpoint is handed out: it fits, and holds nothing that has to stay secret.
    fn keep(&mut self, errand: usize, uploading: &Uploading) {
        let checkpoint = uploading.upload.checkpoint();
        uploading.watch.hands_out(&checkpoint, &uploading.device_id);
        let text = serde_json::to_string(&checkpoint).expect("plain data");
        let session = self.world.session();
        for secret in [&session.sid, &session.skey, &session.data_ticket, &session.pass_ticket] {
            assert!(!text.contains(secret.as_str()), "checkpoint: holds a secret");
        }
        self.errands[errand].checkpoint = Some(text);
    }

    /// A call has ended without success; the user decides what follows.
    pub(crate) fn setback(&mut self, errand: usize, setback: &Setback<'_>) {
        let how = match setback {
            Setback::Failed(error) => error.kind().code(),
            Setback::Aborted => "aborted",
            Setback::Reloaded => "reloaded",
        };
        self.tally.end(how);
        self.trace.say(self.now_ms, || match setback {
            Setback::Failed(error) => format!("picture {errand}: {how}: {error}"),
            _ => format!("picture {errand}: {how}"),
        });
        assert!(!self.is_healed, "checkpoint: it goes on, but does not arrive: {how}");
        if self.errands[errand].state == State::Sent {
            return;
        }
        let next = self.errands[errand].after(&mut self.dice, setback);
        self.trace.say(self.now_ms, || format!("picture {errand}: the user's next is {next:?}"));
        self.errands[errand].next = next;
        if next == Next::Stop {
            self.errands[errand].state = State::GivenUp;
            return;
        }
        let in_ms = if matches!(setback, Setback::Failed(error) if !error.retryable()) { SOME_MINUTES_MS } else { 500 };
        let in_ms = in_ms + self.dice.up_to(20_000);
        self.call_later(errand, in_ms);
    }

    fn new_job(&mut self, stage: Stage) -> Job {
        self.serials += 1;
        Job { serial: self.serials, stage, flights: BTreeMap::new() }
    }
}
