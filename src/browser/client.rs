//! `WebWx`: the jobs of one session.

use std::prelude::rust_2024::*;
use std::rc::Rc;

use js_sys::{Function, Object, Promise};
use wasm_bindgen::prelude::*;

use super::driver::{Place, Run};
use super::error::Fault;
use super::foreign::JsResult;
use super::job::start;
use super::listener::Listener;
use super::open::held;
use super::options::{Options, check_origin, text};
use super::picture::downloaded;
use super::sources::{As, Own, Sources, Wishes};
use super::state::State;
use super::transport::Transport;
use super::values::{from_js, sent, to_js};
use crate::client::Client;
use crate::download::{Expectation, Size};
use crate::error::Error;
use crate::ids::MsgId;
use crate::job::{Batch, Forward, GetImage, Goal, Send, SendSource, Sent};
use crate::session::{Session, SessionInit};
use crate::upload::UploadedMedia;

/// A client for one session of WeChat Web.
#[wasm_bindgen]
pub struct WebWx {
    client: Rc<Client>,
    place: Rc<Place>,
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
            "session: expected an object of strings (uin may be a number), as sessionFromPage() returns it",
        )?;
        let session = Session::new(&init, &options.allowed_origins()?)?;
        check_origin(session.origin(), "session.origin")?;
        check_origin(session.file_origin(), "session.fileOrigin")?;
        let client = Rc::new(Client { session, options: options.client_options()? });
        Ok(Self { client, place: Rc::new(Place { transport, state: State::of(kept) }) })
    }

    /// Where send and get image go.
    #[wasm_bindgen(getter)]
    pub fn origin(&self) -> String {
        self.client.session.origin().to_string()
    }

    /// Where uploads go.
    #[wasm_bindgen(getter, js_name = fileOrigin)]
    pub fn file_origin(&self) -> String {
        self.client.session.file_origin().to_string()
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
        start(options, |options| {
            let sources = Rc::new(Sources::listed(next, Wishes::of(options, As::Picture)?));
            let listener = Listener::of(options)?.delivering(deliver);
            let batch = Batch::new(&self.client, options.to(&self.client.session)?, options.pace()?);
            let list = Rc::clone(&sources);
            let finish = move |(), _| list.thrown().map_or(Ok(JsValue::UNDEFINED), |thrown| Err(Fault::thrown(thrown)));
            Ok(Run::with_sources(&self.place, listener, sources, batch, finish, |_| None))
        })
    }

    /// Send what was uploaded.
    pub fn send(&self, media: &JsValue, options: JsValue, kept: Object) -> Promise {
        start(options, |options| {
            let media: UploadedMedia = from_js(media, "media: expected the result of upload()")?;
            let (to, listener) = (options.to(&self.client.session)?, Listener::of(options)?.keeping(kept));
            let job = self.place.with_context(|cx| Send::new(cx, &self.client, &media, &to))?;
            let finish = |receipt, _| Ok(sent(&Sent { media, receipt: Some(receipt) }));
            Ok(Run::new(&self.place, listener, job, finish))
        })
    }

    /// Sends a received image on without uploading.
    pub fn forward(&self, message: JsValue, options: JsValue, kept: Object) -> Promise {
        start(options, |options| {
            let content = Options::new(message).required_text("content")?;
            let (to, listener) = (options.to(&self.client.session)?, Listener::default().keeping(kept));
            let job = self.place.with_context(|cx| Forward::new(cx, &self.client, &content, &to))?;
            Ok(Run::new(&self.place, listener, job, |receipt, _| Ok(to_js(&receipt))))
        })
    }

    /// The picture of a message.
    pub fn download(&self, msg_id: &JsValue, options: JsValue) -> Promise {
        start(options, |options| {
            if !msg_id.is_string() {
                let wrong = "msgId: expected a string of 1 to 20 digits; a number would lose some of them";
                return Err(Error::invalid_input(wrong).into());
            }
            let msg_id = MsgId::new(&text(msg_id, "msgId")?)
                .ok_or_else(|| Error::invalid_input("msgId: expected a string of 1 to 20 digits"))?;
            let wrong = "size: expected \"full\", \"hd\", \"normal\", \"thumbnail\" or \"big\", or a list of them";
            let mut sizes = options.sizes(&[Size::Full, Size::Big], wrong)?;
            if sizes.is_empty() {
                sizes.push(Size::Full);
            }
            let expect: Option<Expectation> =
                options.plain("expect", "expect: expected a message of parseMessage()")?;
            let job = GetImage::new(&self.client, msg_id, &sizes, expect).within(options.bounds()?);
            let finish = |picture, blob| downloaded(picture, blob, None);
            Ok(Run::new(&self.place, Listener::of(options)?, job, finish))
        })
    }

    fn send_source(&self, sent_as: As, goal: Goal, source: JsValue, options: JsValue, kept: Object) -> Promise {
        start(options, |options| {
            let own = Own::of(options)?;
            let listener = Listener::of(options)?.keeping(kept);
            let sources = Rc::new(Sources::one(held(source), own, Wishes::of(options, sent_as)?));
            let job = SendSource::new(&self.client, 0, options.to(&self.client.session)?, goal, None);
            let finish = |outcome, _| Ok(sent(&outcome));
            Ok(Run::with_sources(&self.place, listener, sources, job, finish, SendSource::checkpoint))
        })
    }
}
