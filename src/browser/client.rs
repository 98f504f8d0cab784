//! `WebWx`: the jobs of one session.

use std::future::Future;
use std::prelude::rust_2024::*;
use std::rc::Rc;

use js_sys::{Function, Object, Promise};
use wasm_bindgen::prelude::*;

use super::driver::{Io, drive};
use super::error::Outcome;
use super::foreign::JsResult;
use super::job;
use super::listener::Listener;
use super::open::held;
use super::options::Options;
use super::picture::download;
use super::sources::{As, Sources, Wishes};
use super::state::State;
use super::transport::Transport;
use super::values::{from_js, sent, to_js};
use crate::client::Client;
use crate::download::{Expectation, Size};
use crate::error::Error;
use crate::ids::MsgId;
use crate::job::{Batch, Download, Forward, Goal, Job, Send, SendSource, Sent};
use crate::session::{Session, SessionInit};
use crate::upload::{Checkpoint, UploadedMedia};

/// A client for one session of WeChat Web.
#[wasm_bindgen]
pub struct WebWx {
    place: Rc<Place>,
}

/// What the jobs of a client work with.
struct Place {
    client: Rc<Client>,
    transport: Transport,
    state: State,
}

#[wasm_bindgen]
impl WebWx {
    /// Checks the session and the options; nothing is sent. `kept` outlives a stop of the module: the client that takes this one's
    /// place is given the same.
    #[wasm_bindgen(constructor)]
    pub fn new(session: &JsValue, options: JsValue, kept: Object) -> JsResult<WebWx> {
        let options = Options::new(options);
        let transport = Transport::of(&options)?;
        let init: SessionInit = from_js(
            session,
            "session must be an object of texts (uin may be a number), as sessionFromPage() gives it",
        )?;
        let session = Session::new(&init, &options.allowed_origins()?)?;
        let client = Rc::new(Client { session, options: options.client_options()? });
        Ok(Self { place: Rc::new(Place { client, transport, state: State::of(kept) }) })
    }

    /// Where send and get image go.
    #[wasm_bindgen(getter)]
    pub fn origin(&self) -> String {
        self.place.client.session.origin().to_string()
    }

    /// Where uploads go.
    #[wasm_bindgen(getter, js_name = fileOrigin)]
    pub fn file_origin(&self) -> String {
        self.place.client.session.file_origin().to_string()
    }

    /// Hash, upload, send. In `kept` is what a stop of the module must not take away.
    #[wasm_bindgen(js_name = sendImage)]
    pub fn send_image(&self, source: JsValue, options: JsValue, kept: Object) -> Promise {
        self.send_source(As::Picture, Goal::Message, source, options, kept)
    }

    /// The same for a file of any type.
    #[wasm_bindgen(js_name = sendFile)]
    pub fn send_file(&self, source: JsValue, options: JsValue, kept: Object) -> Promise {
        self.send_source(As::File, Goal::Message, source, options, kept)
    }

    /// Hash and upload.
    pub fn upload(&self, source: JsValue, options: JsValue, kept: Object) -> Promise {
        self.send_source(As::Picture, Goal::Media, source, options, kept)
    }

    /// Many pictures: `next` gives each, and `deliver` takes what became of it.
    #[wasm_bindgen(js_name = sendImages)]
    pub fn send_images(&self, next: Function, deliver: Function, options: JsValue) -> Promise {
        self.start(options, |place, options| async move {
            let sources = Rc::new(Sources::listed(next, Wishes::of(&options, As::Picture)?));
            let listener = Listener::of(&options)?.delivering(deliver);
            let mut batch = Batch::new(&place.client, options.to()?);
            place.drive(&mut batch, &sources, &listener).await?;
            match sources.thrown() {
                Some(thrown) => Err(super::error::Fault::thrown(thrown)),
                None => Ok(JsValue::UNDEFINED),
            }
        })
    }

    /// Send what was uploaded.
    pub fn send(&self, media: JsValue, options: JsValue, kept: Object) -> Promise {
        self.start(options, |place, options| async move {
            let media: UploadedMedia = from_js(&media, "media must be what upload() gave")?;
            let (to, listener) = (options.to()?, Listener::of(&options)?.keeping(kept));
            let mut job = place.with_context(|cx| Send::new(cx, &place.client, &media, &to))?;
            let receipt = place.drive(&mut job, &Sources::none(), &listener).await?;
            Ok(sent(&Sent { media, receipt: Some(receipt) }))
        })
    }

    /// Sends a received image on without uploading.
    pub fn forward(&self, message: JsValue, options: JsValue, kept: Object) -> Promise {
        self.start(options, |place, options| async move {
            let content = Options::new(message).required_text("content")?;
            let to = options.to()?;
            let listener = Listener::default().keeping(kept);
            let mut job = place.with_context(|cx| Forward::new(cx, &place.client, &content, &to))?;
            Ok(to_js(&place.drive(&mut job, &Sources::none(), &listener).await?))
        })
    }

    /// The picture of a message.
    pub fn download(&self, msg_id: JsValue, options: JsValue) -> Promise {
        self.start(options, |place, options| async move {
            let digits = msg_id.as_string().ok_or_else(|| {
                Error::invalid_input("msgId must be a text of 1 to 20 digits; as a number it would lose some of them")
            })?;
            let msg_id =
                MsgId::new(&digits).ok_or_else(|| Error::invalid_input("msgId must be a text of 1 to 20 digits"))?;
            let size: Option<Size> = options.plain("size", "size must be \"full\", \"thumbnail\" or \"big\"")?;
            let size = size.unwrap_or_default();
            let expect: Option<Expectation> =
                options.plain("expect", "expect: expected a message of parseMessage()")?;
            let request = crate::download::request(&place.client.session, &msg_id, size);
            let mut job = Download::new(request, size, expect, place.client.options.terms);
            let listener = Listener::of(&options)?;
            download(&mut job, &place.io(&Sources::none(), &listener), |picture| (picture, None)).await
        })
    }

    fn send_source(&self, sent_as: As, goal: Goal, source: JsValue, options: JsValue, kept: Object) -> Promise {
        let source = held(source);
        self.start(options, move |place, options| async move {
            let resume: Option<Checkpoint> = options.plain("resume", Checkpoint::FOREIGN)?;
            let listener = Listener::of(&options)?.keeping(kept);
            let sources = Sources::one(source, Wishes::of(&options, sent_as)?);
            let mut job = SendSource::new(&place.client, 0, options.to()?, goal, resume);
            let outcome = place.drive(&mut job, &sources, &listener).await;
            Ok(sent(&outcome.map_err(|fault| fault.at_checkpoint(job.checkpoint().cloned()))?))
        })
    }

    /// Starts a job that ends with the caller's signal.
    fn start<F>(&self, options: JsValue, work: impl FnOnce(Rc<Place>, Options) -> F + 'static) -> Promise
    where
        F: Future<Output = Outcome<JsValue>> + 'static,
    {
        let place = Rc::clone(&self.place);
        let options = Options::new(options);
        job::start(&options.clone(), work(place, options))
    }
}

impl Place {
    fn io<'a>(&'a self, sources: &'a Sources, listener: &'a Listener) -> Io<'a> {
        Io { transport: &self.transport, state: &self.state, sources, listener }
    }

    async fn drive<J: Job>(&self, job: &mut J, sources: &Sources, listener: &Listener) -> Outcome<J::Output> {
        drive(job, &self.io(sources, listener)).await.map(|(output, _)| output)
    }

    fn with_context<T>(&self, use_it: impl FnOnce(&mut crate::job::Context<'_>) -> T) -> T {
        self.io(&Sources::none(), &Listener::default()).with_context(use_it)
    }
}
