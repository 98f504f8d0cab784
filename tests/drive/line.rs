//! The way between a job and what it asks: the network, the reading of files, the caller who takes an outcome.

use standin::bytes::Bytes;
use standin::{Reply, Response as StandinResponse};
use webwx_image::error::Place;
use webwx_image::http::Failure;
use webwx_image::image::{HEAD, inspect};
use webwx_image::job::{FormAsk, Input, Length, Opened, RequestId, Transmission, Wanted};

use super::pictures::md5;
use super::watch::{Served, Watch};
use super::{Ahead, Driver, JobId, Source, wire};

/// What the way is like.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Line {
    /// The longest time on the way, for a request and for its answer: above 0, answers come in any order.
    pub(crate) latency_ms: u64,
    /// All that a platform can do: it tells of bytes that leave, in any order; pictures come in pieces, and some stop; some requests have
    /// no answer and no end; what was stopped may go on all the same.
    pub(crate) is_rough: bool,
    /// The longest time that a caller takes over an outcome of a list.
    pub(crate) dawdle_ms: u64,
}

impl Driver {
    /// A request is on its way.
    pub(super) fn leave(&mut self, job: JobId, sent: Transmission) {
        let running = self.jobs.get_mut(&job).expect("it was just polled");
        if sent.wanted != Wanted::Nothing {
            running.awaited.insert(sent.id);
        }
        let source = running.sources.get(sent.source).cloned();
        if self.line.is_rough && sent.wanted == Wanted::Text {
            self.tell_of_bytes(job, sent.id);
        }
        let in_ms = self.on_the_way();
        self.later(in_ms, Ahead::Reaches { job, sent: Box::new(sent), source });
    }

    /// The service has a request. One that was stopped may have been stopped on its way, or not.
    pub(super) fn serve(&mut self, job: JobId, sent: &Transmission, source: Option<&Source>, watch: &mut dyn Watch) {
        let waits = self.jobs.get(&job).is_some_and(|running| running.awaited.contains(&sent.id));
        let is_awaited = waits || sent.wanted == Wanted::Nothing;
        let goes_on = is_awaited || (self.line.is_rough && self.chance.one_in(2));
        if !goes_on {
            return;
        }
        let before = self.world.faults().to_vec();
        let file = source.map_or(&[][..], |source| &source.file.bytes);
        let outcome = self.world.handle(&wire::to_standin(&sent.request, file));
        let fault = before.into_iter().enumerate().find_map(|(index, strike)| {
            let after = self.world.faults().get(index);
            (after.is_none_or(|after| *after != strike)).then_some(strike.fault)
        });
        let mut reply = wire::followed(outcome.reply);
        let served = Served { sent, fault, is_awaited, world: &self.world };
        watch.served(self.now_ms, job, &served, &mut reply);
        if sent.wanted == Wanted::Nothing || (self.line.is_rough && self.chance.one_in(60)) {
            return;
        }
        let in_ms = outcome.delay_ms + self.on_the_way();
        match (sent.wanted, reply) {
            (Wanted::Picture, Reply::Answer(response)) => self.bring(in_ms, job, sent, response, None),
            (Wanted::Picture, Reply::Partial { response, sent: end }) => {
                self.bring(in_ms, job, sent, response, Some(end));
            }
            (_, Reply::Answer(response)) => {
                self.comes(in_ms, job, Input::Answer { id: sent.id, response: wire::to_text(&response) });
            }
            _ => self.comes(in_ms, job, Input::Lost { id: sent.id, failure: Failure::Network }),
        }
    }

    /// A picture comes in: its head, its pieces, and all of it, or only as far as `end`.
    fn bring(&mut self, in_ms: u64, job: JobId, sent: &Transmission, whole: StandinResponse, end: Option<usize>) {
        let (id, is_rough) = (sent.id, self.line.is_rough);
        let size = whole.body().len();
        // A cut connection is noticed, or taken for the end.
        let is_noticed = end.is_some() && !(is_rough && self.chance.one_in(2));
        let is_announced = !is_rough || (end.is_some() && !is_noticed) || !self.chance.one_in(4);
        // Where an encoding is hidden, a body of another length than announced is whole.
        let is_exact = !is_rough || end.is_some() || !self.chance.one_in(4);
        let bytes = if is_exact { size as u64 } else { self.chance.up_to(2 * size as u64) };
        let length = is_announced.then_some(Length { bytes, is_exact });
        self.comes(in_ms, job, Input::Head { id, response: wire::head(&whole), length });

        let body: Bytes = whole.into_body().slice(..end.unwrap_or(size));
        if let Some(head) = body.get(..HEAD as usize) {
            self.comes(in_ms, job, Input::Begun { id, head: head.to_vec() });
        }
        let mut in_ms = in_ms;
        let pieces = if is_rough { self.chance.up_to(3) } else { 1 };
        for piece in 1..=pieces {
            in_ms += self.on_the_way();
            let loaded = body.len() as u64 * piece / pieces;
            self.comes(in_ms, job, Input::Received { id, loaded });
            if is_rough && self.chance.one_in(40) {
                return;
            }
        }
        in_ms += self.on_the_way();
        if is_noticed {
            return self.comes(in_ms, job, Input::Lost { id, failure: Failure::Network });
        }
        let image = inspect(sent.request.place, &body);
        let input = Input::Picture { id, size: body.len() as u64, image, md5: md5(&body) };
        self.later(in_ms, Ahead::Comes { job, input: Box::new(input), picture: Some(body) });
    }

    /// A platform tells how much of a body has left: now and then more than there is, less than before, or when it is too late.
    fn tell_of_bytes(&mut self, job: JobId, id: RequestId) {
        let total = 500 + self.chance.up_to(1000);
        for _ in 0..self.chance.up_to(3) {
            let in_ms = self.on_the_way() + self.on_the_way();
            let sent = self.chance.up_to(total + 1);
            self.comes(in_ms, job, Input::BytesSent { id, sent, total });
        }
    }

    /// A source is read, hashed, and ready.
    pub(super) fn open(&mut self, job: JobId, id: RequestId, source: usize) {
        let running = self.jobs.get_mut(&job).expect("it was just polled");
        running.awaited.insert(id);
        let source = running.sources.get(source).expect("a source of the job").clone();
        let mut in_ms = 0;
        if let Ok(info) = &source.info {
            let total = info.size;
            for loaded in [0, total / 2, total] {
                in_ms += self.on_the_way();
                // Some platforms begin anew, or in the middle.
                let loaded =
                    if self.line.is_rough && self.chance.one_in(8) { self.chance.up_to(total) } else { loaded };
                self.comes(in_ms, job, Input::Hashed { id, loaded, total });
            }
        }
        in_ms += self.on_the_way();
        let file = source.info.map(|file| Opened { file, resume: None, md5_ms: in_ms });
        self.comes(in_ms, job, Input::Opened { id, file });
    }

    /// Whether the list has another source.
    pub(super) fn list(&mut self, job: JobId, id: RequestId) {
        let running = self.jobs.get_mut(&job).expect("it was just polled");
        running.awaited.insert(id);
        let more = running.listed < running.sources.len();
        running.listed += usize::from(more);
        self.comes(0, job, Input::Listed { id, more });
    }

    /// The caller's own form is asked.
    pub(super) fn ask(&mut self, job: JobId, id: RequestId, ask: &FormAsk) {
        self.jobs.get_mut(&job).expect("it was just polled").awaited.insert(id);
        let formed = self.form.as_ref().expect("a form")(ask);
        self.comes(0, job, Input::Formed { id, formed });
    }

    /// All bytes of a picture were handed over.
    pub(super) fn join(&mut self, job: JobId, id: RequestId, place: Place) {
        let running = self.jobs.get_mut(&job).expect("it was just polled");
        running.awaited.insert(id);
        let (kept, bytes) = running.kept.take().expect("bytes to join");
        assert!(kept == id, "end: another picture is joined than was kept");
        let image = inspect(place, &bytes);
        let input = Input::Picture { id, size: bytes.len() as u64, image, md5: md5(&bytes) };
        let in_ms = self.on_the_way();
        self.later(in_ms, Ahead::Comes { job, input: Box::new(input), picture: Some(bytes.into()) });
    }

    /// The caller takes an outcome, at once or later.
    pub(super) fn take(&mut self, job: JobId) {
        let in_ms = self.chance.up_to(self.line.dawdle_ms);
        self.comes(in_ms, job, Input::Taken);
    }

    fn on_the_way(&mut self) -> u64 {
        self.chance.up_to(self.line.latency_ms)
    }
}
