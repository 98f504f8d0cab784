//! The image pipeline of WeChat Web, as state machines without I/O.
//!
//! # In scope
//!
//! - Upload: in chunks, with retries, checkpoints, and a second start where the service has lost the file ([`job::Upload`]).
//! - Send: what was uploaded, or a received picture, becomes one message, however often its request is tried ([`job::Send`],
//!   [`job::Forward`]); many pictures in their order ([`job::SendSource`], [`job::Batch`]).
//! - Receive: what a message says of its picture ([`message`], [`cdn`]), and whether what came is that picture ([`job::Download`],
//!   [`job::GetPicture`]).
//! - Bytes: type and dimensions of a picture ([`image`]), MD5 ([`digest`]).
//! - Sessions: what they hold, and which hosts may have them ([`session`], [`origin`]).
//!
//! # Out of scope
//!
//! - The network: a request is a value, and so is an answer ([`http`]).
//! - Files: their bytes stay outside; a form names the range that it wants.
//! - Clocks, timers and randomness: they come in with each call ([`job::Context`]).
//! - Logging in, contacts and other kinds of message; decoding and converting pictures.
//!
//! `browser` is one driver of these machines, the only code here that knows a browser. It is there only when this is compiled for
//! WebAssembly, and published as the npm package `webwx-image`.
//!
//! # The flow
//!
//! ```text
//! INCOMING  Content ──message──▶ Message ──download──▶ Request ═fetch═▶ bytes ──image, download──▶ verified picture
//! OUTGOING  Blob ──image, digest──▶ FileInfo ──upload──▶ Request₁…ₙ ═fetch═▶ Response₁…ₙ ──upload──▶ MediaId
//!                                                                  ──send──▶ Request ═fetch═▶ Response ──send──▶ Receipt
//! GATEWAY   message, size ──gateway──▶ Request ═fetch═▶ Response ──gateway──▶ URL or base64 ──▶ verified picture, or the next size
//!
//! ──  the core       ═  its driver
//! ```
//!
//! The modules say what each of these is; [`job`] is the order of them, and how to drive it.
//!
//! # A driver
//!
//! The loop of `drive` is all that a job needs, whichever it is. Here `carry_out` plays the network and the files.
//!
//! ```
//! use std::rc::Rc;
//! use webwx_image::client::{Client, ClientOptions};
//! use webwx_image::digest::{Md5, Md5Hex};
//! use webwx_image::download::{self, Size};
//! use webwx_image::error::{Place, Result};
//! use webwx_image::gateway::{Gateway, GetMsgImg, GivenId};
//! use webwx_image::http::Response;
//! use webwx_image::ids::Ids;
//! use webwx_image::image::{self, ImageInfo};
//! use webwx_image::job::{Action, Batch, Context, Download, Event, Forward, GetPicture, Goal, Input, Job, Length, Locate};
//! use webwx_image::job::{Messages, Now, Opened, Pace, Send, SendSource, Step, Wanted};
//! use webwx_image::retry::Terms;
//! use webwx_image::session::{Receiver, Session, SessionInit};
//! use webwx_image::upload::FileInfo;
//!
//! /// What a driver keeps from one job to the next, and how many sources its list has left.
//! #[derive(Default)]
//! struct Driver {
//!     elapsed_ms: u64,
//!     ids: Ids,
//!     messages: Messages,
//!     sources_left: u32,
//! }
//!
//! impl Driver {
//!     fn context(&mut self) -> Context<'_> {
//!         let now = Now { date_ms: 1_511_493_942_795 + self.elapsed_ms, elapsed_ms: self.elapsed_ms };
//!         Context { now, random: 0.5, ids: &mut self.ids, messages: &mut self.messages }
//!     }
//!
//!     fn drive<T>(&mut self, mut job: impl Job<Output = T>) -> Result<T> {
//!         loop {
//!             match job.poll(&mut self.context()) {
//!                 // Another driver would sleep. Here every input is there at once: only a retry waits.
//!                 Step::Do(Action::Wait(until_ms)) => self.elapsed_ms = until_ms.expect("nothing to wait for"),
//!                 Step::Do(action) => {
//!                     for input in self.carry_out(action) {
//!                         job.handle(&mut self.context(), input);
//!                     }
//!                 }
//!                 Step::Done(outcome) => return outcome,
//!             }
//!         }
//!     }
//!
//!     fn carry_out(&mut self, action: Action) -> Vec<Input> {
//!         match action {
//!             Action::Request(sent) if sent.wanted == Wanted::Picture => {
//!                 let (id, size) = (sent.id, PICTURE.len() as u64);
//!                 let response = Response { status: 200, body: String::new(), retry_after: None };
//!                 let length = Some(Length { bytes: size, is_exact: true });
//!                 let head = Input::Head { id, response, length };
//!                 vec![head, Input::Picture { id, size, image: inspect(), md5: hash() }]
//!             }
//!             Action::Request(sent) => {
//!                 let body = match sent.request.place.step {
//!                     "webwxuploadmedia" => r#"{"BaseResponse":{"Ret":0},"MediaId":"@crypt_1_2"}"#,
//!                     "getMsgImg" => r#"{"code":"1000","data":"https://pictures.example/1.png"}"#,
//!                     _ => r#"{"BaseResponse":{"Ret":0},"MsgID":"1036723910963469192"}"#,
//!                 };
//!                 let response = Response { status: 200, body: body.to_owned(), retry_after: None };
//!                 vec![Input::Answer { id: sent.id, response }]
//!             }
//!             Action::Open { id, .. } => vec![Input::Opened { id, file: open() }],
//!             Action::Next(id) => {
//!                 let more = self.sources_left > 0;
//!                 self.sources_left -= u32::from(more);
//!                 vec![Input::Listed { id, more }]
//!             }
//!             Action::Event(Event::Outcome { source, outcome }) => {
//!                 println!("{source}: {outcome:?}");
//!                 vec![Input::Taken]
//!             }
//!             // For gateways of other forms: the caller's own is asked, and bytes that came in base64 are kept and joined.
//!             Action::Form { .. } | Action::Keep { .. } | Action::Join { .. } => vec![],
//!             Action::Event(_) | Action::Cancel(_) | Action::Wait(_) => vec![],
//!         }
//!     }
//! }
//!
//! # const PICTURE: &[u8] = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/pictures/tiny.png"));
//! fn inspect() -> Result<ImageInfo> {
//!     image::inspect(Place::at("picture"), PICTURE)
//! }
//!
//! fn hash() -> Md5Hex {
//!     let mut md5 = Md5::new();
//!     md5.update(PICTURE);
//!     md5.finish()
//! }
//!
//! fn open() -> Result<Opened> {
//!     let last_modified = "Fri Nov 24 2017 11:25:42 GMT+0800".to_owned();
//!     let file = FileInfo::picture(&inspect()?, Some("photo.png".to_owned()), last_modified, hash())?;
//!     Ok(Opened { file, resume: None, md5_ms: 0 })
//! }
//!
//! let string = |string: &str| Some(string.to_owned());
//! let session = SessionInit {
//!     uin: string("2272112421"),
//!     sid: string("sid"),
//!     skey: string("@crypt_a936502b_74e29c164b1802c5bfd4b1f9a7db4b5e"),
//!     user_name: string("@me"),
//!     data_ticket: string("ticket"),
//!     ..SessionInit::default()
//! };
//! let client = Rc::new(Client { session: Session::new(&session, &[])?, options: ClientOptions::default() });
//! let (to, terms) = (Receiver::new("@friend")?, Terms::default());
//! let mut driver = Driver::default();
//!
//! // A picture goes up. It becomes one message, and another.
//! let sent = driver.drive(SendSource::new(&client, 0, to.clone(), Goal::Message, None))?;
//! assert_eq!(sent.media.media_id, "@crypt_1_2");
//! let again = Send::new(&mut driver.context(), &client, &sent.media, &to)?;
//! let receipt = driver.drive(again)?;
//! assert_eq!(receipt.msg_id.as_str(), "1036723910963469192");
//!
//! // Two more go up, the second one while the message of the first is being sent.
//! driver.sources_left = 2;
//! driver.drive(Batch::new(&client, to.clone(), Pace::default()))?;
//!
//! // A received picture is sent on, without its bytes; and it is got.
//! let content = "<msg><img length=\"85\"/></msg>";
//! let forward = Forward::new(&mut driver.context(), &client, content, &to)?;
//! driver.drive(forward)?;
//! let request = download::request(&client.session, &receipt.msg_id, Size::Full);
//! let picture = driver.drive(Download::new(request, Size::Full, None, terms))?;
//! assert_eq!((picture.image.mime, picture.image.width), ("image/png", Some(3)));
//!
//! // The same by way of a gateway, which says where the picture is.
//! let gateway = Gateway::new(None, "token")?;
//! let wanted = GetMsgImg {
//!     w_id: "w".to_owned(),
//!     msg_id: GivenId::Number(1),
//!     from_user: "a".to_owned(),
//!     to_user: "b".to_owned(),
//!     content: content.to_owned(),
//!     kind: None,
//! };
//! let location = driver.drive(Locate::new(&gateway, &wanted, terms)?)?;
//! let (same, picture) = driver.drive(GetPicture::new(&gateway, &wanted, terms)?)?;
//! assert_eq!((Some(location), picture.image.height), (same, Some(2)));
//! # Ok::<(), webwx_image::error::Error>(())
//! ```

#![no_std]

extern crate alloc;
// The shell and the tests have all of std.
#[cfg(any(target_arch = "wasm32", test))]
extern crate std;

// From here on it goes one way: a module knows only those in the groups above its own. tests/flow.rs holds them to it.

mod prelude;

// What every module may use.
pub mod error;
pub mod json;
mod text;

mod hosts;
pub mod http;
pub mod ids;
pub mod origin;

pub mod multipart;
pub mod retry;

mod answer;
pub mod session;

// Bytes.
mod aes;
pub mod base64;
pub mod digest;
pub mod image;

// Incoming.
pub mod cdn;
pub mod message;

// Outgoing.
pub mod report;
pub mod upload;

pub mod send;

// Back again.
pub mod download;

pub mod gateway;

// The order of it all.
pub mod client;

pub mod job;

#[cfg(target_arch = "wasm32")]
mod browser;
