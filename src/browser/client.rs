//! `WebWx`: the core's machines, joined to the transport.

use std::cell::RefCell;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::prelude::rust_2024::*;
use std::rc::Rc;
use std::task::Poll;

use gloo_timers::future::TimeoutFuture;
use js_sys::{Function, Promise, Reflect};
use wasm_bindgen::prelude::*;
use web_sys::Blob;

use super::convert::{Conversions, Sendable};
use super::download::{Downloaded, download};
use super::error::{Fault, Outcome};
use super::foreign::JsResult;
use super::job::{self, Progress, Step, call_back};
use super::options::Options;
use super::source::{Source, held, open};
use super::transport::{Answered, Transport};
use super::values::{from_js, to_js};
use super::xhr::OnSent;
use crate::download::{Expectation, Size};
use crate::error::{Error, Place, Result};
use crate::http::Response;
use crate::ids::Ids;
use crate::report;
use crate::send::{OpenSends, Receipt, Send};
use crate::session::{Session, SessionInit, check_receiver};
use crate::upload::{
    self, Action, Checkpoint, FileInfo, OCTET_STREAM, Transmission, Upload, UploadConfig, UploadedMedia, renamed,
};

thread_local! {
    /// Ids are unique in a page, not only in a client; but a client with a clock of its own has times of its own.
    static IDS: RefCell<Ids> = RefCell::default();
}

/// A client for one session of WeChat Web.
#[wasm_bindgen]
pub struct WebWx {
    client: Rc<Client>,
}

struct Client {
    session: Session,
    config: UploadConfig,
    transport: Transport,
    reports: bool,
    open_sends: RefCell<OpenSends>,
    /// Of the client's own clock.
    ids: RefCell<Ids>,
}

/// The options of an upload, read before anything else happens.
struct UploadOptions {
    to: String,
    name: Option<String>,
    resume: Option<Checkpoint>,
    on_checkpoint: Option<Function>,
    conversions: Conversions,
    progress: Rc<Progress>,
}

/// What a source is sent as.
#[derive(Clone, Copy)]
enum As {
    Picture,
    File,
}

impl UploadOptions {
    fn of(options: &Options) -> Result<Self> {
        let resume: Option<Checkpoint> =
            options.shaped("resume", "resume: not a checkpoint that an upload gave out")?;
        Ok(Self {
            to: check_receiver(&options.required_text("to")?)?.to_owned(),
            name: options.text("name")?,
            resume,
            on_checkpoint: options.function("onCheckpoint")?,
            conversions: Conversions::of(options)?,
            progress: Rc::new(Progress::of(options)?),
        })
    }
}

#[wasm_bindgen]
impl WebWx {
    /// Checks the session and the options; nothing is sent.
    #[wasm_bindgen(constructor)]
    pub fn new(session: &JsValue, options: JsValue) -> JsResult<WebWx> {
        let options = Options::new(options);
        let transport = Transport::of(&options)?;
        let init: SessionInit = from_js(
            session,
            "session must be an object of texts (uin may be a number), as sessionFromPage() gives it",
        )?;
        let session = Session::new(&init, transport.clock.random(), &options.allowed_origins()?)?;
        let config = options.upload_config()?;
        Ok(Self {
            client: Rc::new(Client {
                session,
                config,
                transport,
                reports: options.flag("reportForWeb"),
                open_sends: RefCell::default(),
                ids: RefCell::default(),
            }),
        })
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

    /// Hash, upload, send.
    #[wasm_bindgen(js_name = sendImage)]
    pub fn send_image(&self, source: JsValue, options: JsValue) -> Promise {
        self.send_as(As::Picture, source, options)
    }

    /// The same for a file of any type.
    #[wasm_bindgen(js_name = sendFile)]
    pub fn send_file(&self, source: JsValue, options: JsValue) -> Promise {
        self.send_as(As::File, source, options)
    }

    /// Hash and upload.
    pub fn upload(&self, source: JsValue, options: JsValue) -> Promise {
        let source = held(source);
        self.start(options, |client, options| async move {
            Ok(to_js(&client.upload(As::Picture, source, &UploadOptions::of(&options)?).await?))
        })
    }

    /// Send what was uploaded.
    pub fn send(&self, media: JsValue, options: JsValue) -> Promise {
        self.start(options, |client, options| async move {
            let media: UploadedMedia = from_js(&media, "media must be what upload() gave")?;
            let receipt = client.send(&media, &options.required_text("to")?, &Progress::of(&options)?).await?;
            Ok(receipt_of(&receipt, &media))
        })
    }

    /// Sends a received image on without uploading.
    pub fn forward(&self, message: JsValue, options: JsValue) -> Promise {
        self.start(options, |client, options| async move {
            let content = Options::new(message).required_text("content")?;
            let send = Send::forward(&client.session, &content, &options.required_text("to")?, client.client_msg_id())?;
            let receipt = client.transport.call(send.request(), |response| send.parse(response)).await;
            Ok(to_js(&receipt.map_err(Fault::of_a_message)?))
        })
    }

    /// The picture of a message.
    pub fn download(&self, msg_id: JsValue, options: JsValue) -> Promise {
        self.start(options, |client, options| async move {
            let msg_id = msg_id.as_string().ok_or_else(|| {
                Error::invalid_input("msgId must be a text of 1 to 20 digits; as a number it would lose some of them")
            })?;
            let size: Size = options.shaped("size", "size must be \"full\", \"thumbnail\" or \"big\"")?;
            let expect: Option<Expectation> =
                options.shaped("expect", "expect: expected a message of parseMessage()")?;
            let request = crate::download::request(&client.session, &msg_id, size)?;
            let progress = Progress::of(&options)?;
            let downloaded: Downloaded =
                download(&client.transport, &request, size, expect.as_ref(), &progress).await?;
            Ok(downloaded.into_js())
        })
    }

    fn send_as(&self, kind: As, source: JsValue, options: JsValue) -> Promise {
        let source = held(source);
        self.start(options, move |client, options| async move {
            let options = UploadOptions::of(&options)?;
            let media = client.upload(kind, source, &options).await?;
            let receipt = client.send(&media, &options.to, &options.progress).await?;
            Ok(receipt_of(&receipt, &media))
        })
    }

    /// Starts a job that ends with the caller's signal.
    fn start<F>(&self, options: JsValue, work: impl FnOnce(Rc<Client>, Options) -> F + 'static) -> Promise
    where
        F: Future<Output = Outcome<JsValue>> + 'static,
    {
        let client = Rc::clone(&self.client);
        let options = Options::new(options);
        job::start(&options.clone(), work(client, options))
    }
}

impl Client {
    fn with_ids<T>(&self, make: impl FnOnce(&mut Ids) -> T) -> T {
        if self.transport.clock.is_own() { make(&mut self.ids.borrow_mut()) } else { IDS.with_borrow_mut(make) }
    }

    fn client_msg_id(&self) -> String {
        // Both may be functions of the caller's: they are asked before the ids are held.
        let (now_ms, random) = (self.transport.clock.now_ms(), self.transport.clock.random());
        self.with_ids(|ids| ids.client_msg_id(now_ms, random))
    }

    async fn upload(&self, kind: As, source: JsValue, options: &UploadOptions) -> Outcome<UploadedMedia> {
        let source = open(source, &self.transport).await?;
        let size = source.size();
        upload::check_size(size)?;
        options.progress.report(Step::Read, size, Some(size));
        job::turn().await;
        let begun_ms = self.transport.clock.now_ms();
        let name = options.name.clone().or_else(|| source.name());
        let last_modified = source.last_modified(begun_ms);
        let (source, file, md5_ms) = match kind {
            As::Picture => self.picture(source, name, last_modified, options).await?,
            As::File => self.file(source, name, last_modified, options).await?,
        };
        let (size, now_ms) = (file.size, self.transport.clock.now_ms());
        let file_id = IDS.with_borrow_mut(Ids::file_id);
        let ids = self.with_ids(|ids| upload::Ids {
            client_media_id: ids.client_media_id(now_ms),
            spare_media_id: ids.client_media_id(now_ms),
            file_id,
        });
        let blob = source.to_blob(&file.mime)?;
        let upload = Upload::new(&self.session, file, &options.to, self.config, ids, options.resume.as_ref())?;
        if self.reports {
            for request in report::begun(&self.session, size, md5_ms) {
                self.transport.fire(request);
            }
        }
        let uploaded = self.run_upload(upload, &blob, options).await;
        if let Err(fault) = &uploaded
            && self.reports
            && let Some(request) = report::failed(&self.session, fault.error())
        {
            self.transport.fire(request);
        }
        uploaded
    }

    /// Looks at an image, converts it where the service does not take its type, and hashes what is left.
    async fn picture(
        &self,
        source: Source,
        name: Option<String>,
        last_modified: String,
        options: &UploadOptions,
    ) -> Outcome<(Source, FileInfo, u64)> {
        let info = source.inspect(Place::at("upload")).await?;
        let Sendable { source, info, converted } = options.conversions.apply(source, info, &self.transport).await?;
        let name = if converted.is_some() { name.map(|name| renamed(&name, info.extension)) } else { name };
        let (md5, md5_ms) = self.hashed(&source, options).await?;
        let file = FileInfo { converted, ..FileInfo::picture(&info, name, last_modified, md5)? };
        Ok((source, file, md5_ms))
    }

    /// Hashes a file of any type. Without a name, an image goes by its type.
    async fn file(
        &self,
        source: Source,
        name: Option<String>,
        last_modified: String,
        options: &UploadOptions,
    ) -> Outcome<(Source, FileInfo, u64)> {
        let name = match name {
            Some(name) => name,
            None => source
                .inspect(Place::at("sendFile"))
                .await
                .map_or_else(|_| String::new(), |info| format!("image.{}", info.extension)),
        };
        let mime = source.own_type().unwrap_or_else(|| OCTET_STREAM.to_owned());
        let (md5, md5_ms) = self.hashed(&source, options).await?;
        let file = FileInfo::file(name, mime, last_modified, source.size(), md5);
        Ok((source, file, md5_ms))
    }

    /// The MD5, and the milliseconds that it took.
    async fn hashed(&self, source: &Source, options: &UploadOptions) -> Outcome<(String, u64)> {
        let begun_ms = self.transport.clock.now_ms();
        let md5 = source.md5(&options.progress).await?;
        Ok((md5, self.transport.clock.now_ms().saturating_sub(begun_ms)))
    }

    /// Carries requests and answers between the machine and the network.
    async fn run_upload(&self, upload: Upload, blob: &Blob, options: &UploadOptions) -> Outcome<UploadedMedia> {
        let size = upload.size();
        options.progress.report_upload(upload.standing(), size);
        job::turn().await;
        // Shared with those who hear of bytes that leave.
        let upload = Rc::new(RefCell::new(upload));
        let mut in_flight: Vec<Flight<'_>> = Vec::new();
        let mut cause = JsValue::UNDEFINED;
        loop {
            let action = upload.borrow_mut().next_action();
            match action {
                Action::Send(transmission) => {
                    let on_sent =
                        options.progress.is_heard().then(|| on_sent(&upload, &options.progress, transmission.id));
                    in_flight.push((transmission.id, Box::pin(self.transmit(transmission, blob, on_sent))));
                }
                Action::Done(Ok(media)) => return Ok(media),
                Action::Done(Err(error)) => {
                    return Err(Fault::new(error, cause).at_checkpoint(upload.borrow().checkpoint()));
                }
                Action::Await => {
                    let (id, outcome) = first(&mut in_flight).await;
                    let answer = match outcome {
                        Ok(response) => {
                            cause = JsValue::UNDEFINED;
                            Ok(response)
                        }
                        Err(lost) => {
                            cause = lost.cause;
                            Err(lost.failure)
                        }
                    };
                    let random = self.transport.clock.random();
                    let accepted = upload.borrow_mut().handle(id, &answer, random);
                    if let Some(standing) = accepted {
                        options.progress.report_upload(standing, size);
                        if let Some(on_checkpoint) = &options.on_checkpoint {
                            let checkpoint = to_js(&upload.borrow().checkpoint());
                            call_back(on_checkpoint, &checkpoint);
                        }
                        job::turn().await;
                    }
                    // An upload that starts over has no use for what is still under way.
                    in_flight.retain(|(id, _)| upload.borrow().awaits(*id));
                }
            }
        }
    }

    async fn transmit(
        &self,
        Transmission { request, after_ms, .. }: Transmission,
        blob: &Blob,
        on_sent: Option<OnSent>,
    ) -> Answered<Response> {
        if after_ms > 0 {
            TimeoutFuture::new(after_ms).await;
        }
        self.transport.carry(&request, blob, on_sent).await
    }

    async fn send(&self, media: &UploadedMedia, to: &str, progress: &Progress) -> Outcome<Receipt> {
        let to = check_receiver(to)?;
        let fresh = self.client_msg_id();
        let client_msg_id = self.open_sends.borrow_mut().client_msg_id(&media.media_id, to, fresh);
        let send = Send::media(&self.session, media, to, client_msg_id.clone())?;
        progress.report(Step::Send, 0, Some(send.size()));
        job::turn().await;
        let receipt = self.transport.call(send.request(), |response| send.parse(response)).await.map_err(|fault| {
            fault.judged(|error| self.open_sends.borrow_mut().fail(&client_msg_id, error)).of_a_message()
        })?;
        self.open_sends.borrow_mut().close(&client_msg_id);
        progress.report(Step::Send, send.size(), Some(send.size()));
        Ok(receipt)
    }
}

/// The receipt of a send, with what was sent and how it was converted.
fn receipt_of(receipt: &Receipt, media: &UploadedMedia) -> JsValue {
    let value = to_js(receipt);
    _ = Reflect::set(&value, &"media".into(), &to_js(media));
    if let Some(converted) = &media.converted {
        _ = Reflect::set(&value, &"converted".into(), &to_js(converted));
    }
    value
}

/// Tells the caller of bytes that have left.
fn on_sent(upload: &Rc<RefCell<Upload>>, progress: &Rc<Progress>, id: u32) -> OnSent {
    let (upload, progress) = (Rc::clone(upload), Rc::clone(progress));
    Box::new(move |sent, of| {
        let standing = upload.borrow_mut().sent(id, sent, of);
        let size = upload.borrow().size();
        if let Some(standing) = standing {
            progress.report_upload(standing, size);
        }
    })
}

/// A request under way: its id, and what will come of it.
type Flight<'a> = (u32, Pin<Box<dyn Future<Output = Answered<Response>> + 'a>>);

/// The first of the requests to be answered; it leaves the list.
async fn first(flights: &mut Vec<Flight<'_>>) -> (u32, Answered<Response>) {
    poll_fn(|context| {
        for index in 0..flights.len() {
            let (id, flight) = &mut flights[index];
            if let Poll::Ready(outcome) = flight.as_mut().poll(context) {
                let id = *id;
                drop(flights.swap_remove(index));
                return Poll::Ready((id, outcome));
            }
        }
        Poll::Pending
    })
    .await
}
