//! Any job, whatever it gives in the end.

use webwx_image::gateway::Location;
use webwx_image::job::{
    Batch, Context, Download, Forward, GetImage, GetPicture, Handled, Input, Job, Locate, Picture, Send, SendSource,
    Sent, Step, Upload,
};
use webwx_image::send::Receipt;
use webwx_image::upload::{Checkpoint, UploadedMedia};

/// What a job gives in the end.
#[derive(Clone, Debug)]
pub(crate) enum Outcome {
    Media(UploadedMedia),
    Receipt(Receipt),
    Sent(Box<Sent>),
    Picture(Picture),
    Location(Location),
    Located(Option<Location>, Picture),
    /// A list: its outcomes were told on the way.
    Listed,
}

/// A job whose type is not known.
pub(crate) trait AnyJob {
    fn poll(&mut self, cx: &mut Context<'_>) -> Step<Outcome>;
    fn handle(&mut self, cx: &mut Context<'_>, input: Input) -> Handled;
    fn abort(&mut self, cx: &mut Context<'_>);
    /// Where an upload in it would go on.
    fn checkpoint(&self) -> Option<Checkpoint>;
}

/// What a job leaves behind.
pub(crate) trait Leaves {
    fn left(&self) -> Option<Checkpoint> {
        None
    }
}

impl Leaves for Upload {
    fn left(&self) -> Option<Checkpoint> {
        Some(self.checkpoint())
    }
}

impl Leaves for SendSource {
    fn left(&self) -> Option<Checkpoint> {
        self.checkpoint().cloned()
    }
}

impl Leaves for Send {}
impl Leaves for Forward {}
impl Leaves for Batch {}
impl Leaves for Download {}
impl Leaves for Locate {}
impl Leaves for GetPicture {}
impl Leaves for GetImage {}

impl<J: Job + Leaves> AnyJob for J
where
    Outcome: From<J::Output>,
{
    fn poll(&mut self, cx: &mut Context<'_>) -> Step<Outcome> {
        match Job::poll(self, cx) {
            Step::Do(action) => Step::Do(action),
            Step::Done(outcome) => Step::Done(outcome.map(Into::into)),
        }
    }

    fn handle(&mut self, cx: &mut Context<'_>, input: Input) -> Handled {
        Job::handle(self, cx, input)
    }

    fn abort(&mut self, cx: &mut Context<'_>) {
        Job::abort(self, cx);
    }

    fn checkpoint(&self) -> Option<Checkpoint> {
        self.left()
    }
}

impl From<UploadedMedia> for Outcome {
    fn from(media: UploadedMedia) -> Self {
        Self::Media(media)
    }
}

impl From<Receipt> for Outcome {
    fn from(receipt: Receipt) -> Self {
        Self::Receipt(receipt)
    }
}

impl From<Sent> for Outcome {
    fn from(sent: Sent) -> Self {
        Self::Sent(Box::new(sent))
    }
}

impl From<Picture> for Outcome {
    fn from(picture: Picture) -> Self {
        Self::Picture(picture)
    }
}

impl From<Location> for Outcome {
    fn from(location: Location) -> Self {
        Self::Location(location)
    }
}

impl From<(Option<Location>, Picture)> for Outcome {
    fn from((location, picture): (Option<Location>, Picture)) -> Self {
        Self::Located(location, picture)
    }
}

impl From<()> for Outcome {
    fn from((): ()) -> Self {
        Self::Listed
    }
}
