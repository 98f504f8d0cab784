//! One call of the package, as its shell runs it: upload, then send; or a download.

use std::collections::BTreeMap;

use webwx_image::download::{Expectation, Size};
use webwx_image::error::{Place, Result};
use webwx_image::http::Request;
use webwx_image::http::check_status;
use webwx_image::image::{ImageInfo, inspect};
use webwx_image::retry::Attempts;
use webwx_image::send::Send;
use webwx_image::upload::Upload;

use crate::pictures;
use crate::truth::{Answer, Wanted};
use crate::watch::{CallWatch, UploadWatch};

/// A call under way.
pub(crate) struct Job {
    /// Tells it from the calls before it.
    pub(crate) serial: u32,
    /// Where it is.
    pub(crate) stage: Stage,
    /// Requests that it waits for.
    pub(crate) flights: BTreeMap<u32, Flight>,
}

/// A request that has no answer yet.
pub(crate) struct Flight {
    /// Which it is.
    pub(crate) place: Place,
    /// What its answer has to bring.
    pub(crate) wanted: Wanted,
}

/// The steps of a call.
pub(crate) enum Stage {
    /// Chunks go up.
    Uploading(Box<Uploading>),
    /// The message goes out.
    Sending(Box<Sending>),
    /// The picture of a message comes back.
    Getting(Box<Getting>),
}

/// An upload and its rules.
pub(crate) struct Uploading {
    pub(crate) upload: Upload,
    pub(crate) watch: UploadWatch,
    /// The DeviceID that its requests have.
    pub(crate) device_id: String,
    /// Chunks in all.
    pub(crate) chunks: u32,
}

/// The tries of one request, and their rules.
pub(crate) struct Tries {
    pub(crate) attempts: Attempts,
    pub(crate) watch: CallWatch,
    /// Numbers the tries.
    pub(crate) count: u32,
}

/// A send.
pub(crate) struct Sending {
    pub(crate) send: Send,
    pub(crate) tries: Tries,
    /// Both name the message.
    pub(crate) client_msg_id: String,
    /// Whose memory of open sends it is in.
    pub(crate) client: u32,
}

/// A download.
pub(crate) struct Getting {
    pub(crate) request: Request,
    pub(crate) tries: Tries,
    pub(crate) size: Size,
    pub(crate) expect: Option<Expectation>,
}

impl Uploading {
    /// What the answer to a request has to bring.
    pub(crate) fn wants(&self, place: Place) -> Wanted {
        let index = place.chunk.map_or(0, |(index, _)| index);
        let is_last = place.step == "webwxuploadmedia" && index + 1 == self.chunks;
        if is_last { Wanted::MediaId } else { Wanted::Ret }
    }
}

impl Tries {
    /// None yet.
    pub(crate) fn new(watch: CallWatch) -> Self {
        Self { attempts: Attempts::default(), watch, count: 0 }
    }
}

impl Getting {
    /// Looks at what came, as the shell does.
    pub(crate) fn parse(&self, answer: &Answer) -> Result<ImageInfo> {
        let place = self.request.place;
        let response = answer.as_ref().map_err(|failure| failure.at(place))?;
        check_status(place, response.status().as_u16())?;
        let info = inspect(place, response.body())?;
        if let Some(expect) = &self.expect {
            expect.check(place, self.size, info.size, &pictures::md5(response.body()))?;
        }
        Ok(info)
    }
}
