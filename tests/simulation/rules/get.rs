//! The rules of a picture on its way in, by itself or by way of a gateway.

use webwx_image::error::{Error, ErrorKind};
use webwx_image::http::Body;
use webwx_image::job::{Handled, Progress, RequestId, Stage, Transmission};
use webwx_image::retry::Terms;

use super::call::{Asked, CallWatch};
use super::truth::{Truth, Verdict, Wanted};
use crate::drive::{Ended, Moment, Outcome, md5};

/// What is got, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// The picture, from the page's host.
    Direct,
    /// Where it is, from a gateway.
    Located,
    /// The picture, from where the gateway says.
    ByGateway,
    /// The picture, in the gateway's answers.
    InAnswers,
}

/// A picture.
pub(crate) struct GetWatch {
    terms: Terms,
    way: Way,
    /// The MD5 of what has to come; none where it is a thumbnail.
    md5: Option<String>,
    /// The job compares it with another message.
    is_another: bool,
    /// Sizes that may be tried after the first.
    more: usize,
    /// Where the next section begins.
    start: u64,
    locating: Option<CallWatch>,
    picture: Option<CallWatch>,
    /// A request whose status was refused: the rest of its answer is stopped.
    refused: Option<RequestId>,
    /// What the head of the answer asked for that is coming in.
    asked: Asked,
    loaded: u64,
}

impl GetWatch {
    /// A picture that is about to be asked for.
    pub(crate) fn new(terms: Terms, way: Way, md5: Option<String>, is_another: bool) -> Self {
        Self {
            terms,
            way,
            md5,
            is_another,
            more: 0,
            start: 0,
            locating: None,
            picture: None,
            refused: None,
            asked: Asked::Nothing,
            loaded: 0,
        }
    }

    /// The same where so many other sizes may be tried.
    pub(crate) fn with_more(self, more: usize) -> Self {
        Self { more, ..self }
    }

    /// What the answer to a request has to bring.
    pub(crate) fn wanted(sent: &Transmission) -> Wanted {
        match sent.request.place.step {
            "getMsgImg" => Wanted::Location,
            "downloadImage" => Wanted::Gewe,
            "GetMsgBigImg" => Wanted::Section,
            "CdnDownloadImage" => Wanted::Whole,
            _ => Wanted::Picture,
        }
    }

    /// The gateway is asked for another section, or for another size: this one was refused, or brought nothing or another picture.
    fn goes_on_asking(&mut self) {
        let bad = [&self.picture, &self.locating].into_iter().flatten().find_map(CallWatch::bad);
        if let Some(verdict) = bad {
            assert!(self.more > 0, "order: no other size is wanted, after {verdict:?}");
            let is_of_size = matches!(
                verdict.kind,
                ErrorKind::GatewayFailed
                    | ErrorKind::HttpStatus
                    | ErrorKind::EmptyImage
                    | ErrorKind::NotAnImage
                    | ErrorKind::WrongImage
            );
            assert!(is_of_size, "order: another size, after {verdict:?}");
            self.more -= 1;
            (self.locating, self.picture, self.start) = (None, None, 0);
        } else if let Some(end) = self.locating.as_ref().and_then(CallWatch::good) {
            self.start = end.parse().expect("a section");
            self.locating = None;
        }
    }

    /// All that came is one picture.
    pub(crate) fn joined(&self) -> Handled {
        let is_there = self.locating.as_ref().is_some_and(|call| call.good().is_some());
        assert!(self.way == Way::InAnswers && is_there, "order: a picture is joined of nothing");
        Handled::Accepted
    }

    fn url(&self) -> Option<&str> {
        self.locating.as_ref().and_then(CallWatch::good)
    }

    /// A request leaves: first where it is, then the picture, there and with nothing secret.
    pub(crate) fn leaves(&mut self, at: Moment, sent: &Transmission) {
        let place = sent.request.place;
        assert!(self.refused.is_none(), "end: {place} leaves beside a refused answer");
        let wanted = Self::wanted(sent);
        if wanted != Wanted::Picture {
            assert!(self.way != Way::Direct, "order: {place}");
            self.goes_on_asking();
            assert!(self.picture.is_none(), "order: {place} beside its picture");
            if wanted == Wanted::Section {
                let Body::Json(json) = &sent.request.body else { panic!("order: {place} asks nothing") };
                let at = format!(r#""StartPos":{}}}"#, self.start);
                assert!(json.contains(&at), "order: {place} asks for another place than {}: {json}", self.start);
            }
            return super::upload::leaves(&mut self.locating, self.terms, at, sent);
        }
        if self.way != Way::Direct {
            assert!(self.way != Way::InAnswers, "order: {place} although it came");
            let is_there = self.way == Way::ByGateway && self.url() == Some(&sent.request.url);
            assert!(is_there && !sent.request.carries_secrets(), "order: {place} at {}", sent.request.url);
        }
        super::upload::leaves(&mut self.picture, self.terms, at, sent);
    }

    fn call(&mut self, id: RequestId) -> Option<&mut CallWatch> {
        self.locating.iter_mut().chain(&mut self.picture).find(|call| call.is_under_way(id))
    }

    /// The head of an answer: a refused status is the end of it.
    pub(crate) fn headed(&mut self, at: Moment, id: RequestId, truth: &Truth, asked: Asked) -> Handled {
        if truth.is_refused_status() {
            self.refused = Some(id);
            return self.settled(at, id, truth, asked).expect("it is under way");
        }
        self.asked = asked;
        self.goes_on(at, id);
        Handled::Noted
    }

    /// Some bytes of an answer.
    pub(crate) fn goes_on(&mut self, at: Moment, id: RequestId) {
        self.call(id).expect("it is under way").goes_on(at);
    }

    /// A reply.
    pub(crate) fn settled(&mut self, at: Moment, id: RequestId, truth: &Truth, asked: Asked) -> Option<Handled> {
        self.asked = Asked::Nothing;
        let is_picture = self.picture.as_ref().is_some_and(|call| call.is_under_way(id));
        let is_another = self.is_another && is_picture && matches!(truth, Truth::Good(_));
        let another = Truth::Bad(Verdict::another_picture());
        let truth = if is_another { &another } else { truth };
        let call = self.call(id)?;
        call.settled(at, truth, asked);
        Some(call.handled())
    }

    /// A request is stopped: its status was refused, or it is too late.
    pub(crate) fn stopped(&mut self, at: Moment, id: RequestId) -> bool {
        if self.refused.take_if(|refused| *refused == id).is_some() {
            return true;
        }
        let asked = std::mem::take(&mut self.asked);
        let Some(call) = self.call(id) else { return false };
        assert!(call.is_late(at), "end: {} is stopped before its time", call.place());
        call.settled(at, &Truth::late(), asked);
        true
    }

    /// Progress is told.
    pub(crate) fn progress(&mut self, progress: &Progress) {
        let is_coming = progress.stage == Stage::Download && progress.loaded >= self.loaded;
        assert!(is_coming, "progress: {progress:?} after {}", self.loaded);
        self.loaded = progress.loaded;
    }

    /// The job waits until then.
    pub(crate) fn waits(&self) -> Option<u64> {
        assert!(self.refused.is_none(), "end: a refused answer is not stopped");
        let until_ms = self.locating.iter().chain(&self.picture).filter_map(CallWatch::until_ms).min();
        let is_joined = self.way == Way::InAnswers && self.locating.as_ref().is_some_and(|call| call.good().is_some());
        assert!(until_ms.is_some() || is_joined, "end: a download waits for nothing");
        until_ms
    }

    /// It is over.
    pub(crate) fn ends(&self, ended: &Ended) {
        match &ended.outcome {
            Err(error) => self.ends_badly(error),
            Ok(Outcome::Location(location)) => {
                assert!(self.way == Way::Located && self.url() == Some(&location.url), "truth: it is at {location:?}");
            }
            Ok(Outcome::Picture(picture) | Outcome::Located(_, picture)) => {
                if self.way == Way::InAnswers {
                    self.joined();
                } else {
                    self.picture.as_ref().expect("it was asked for").ends_well("");
                }
                let bytes = ended.picture.as_ref().expect("it came");
                if let Some(expected) = &self.md5 {
                    assert!(picture.md5.as_str() == expected, "download: another picture");
                } else {
                    let (width, height) = (picture.image.width, picture.image.height);
                    let is_small = [width, height].iter().all(|side| side.is_some_and(|pixels| pixels <= 120));
                    assert!(is_small, "download: {width:?} by {height:?} is no thumbnail");
                    assert!(picture.md5 == md5(bytes), "download: another MD5 than of its bytes");
                }
            }
            Ok(other) => panic!("truth: a download gives {other:?}"),
        }
    }

    fn ends_badly(&self, error: &Error) {
        assert!(self.refused.is_none(), "end: a refused answer is not stopped");
        let last = self.picture.as_ref().or(self.locating.as_ref());
        last.expect("it was asked for").ends(error);
        assert!(error.message_may_be_out().is_none(), "delivery: {error} of a message, though none was sent");
    }
}
