//! The image pipeline of WeChat Web, to run inside the page.
//!
//! ```text
//! INCOMING  Content ──message──▶ Message ──download──▶ Request ═fetch═▶ bytes ──image, download──▶ verified picture
//! OUTGOING  Blob ──image, digest──▶ FileInfo ──upload──▶ Request₁…ₙ ═fetch═▶ Response₁…ₙ ──upload──▶ MediaId
//!                                                                  ──send──▶ Request ═fetch═▶ Response ──send──▶ Receipt
//! GATEWAY   GetMsgImg ──gateway──▶ Request ═fetch═▶ Response ──gateway──▶ URL ═fetch═▶ verified picture
//! ```
//!
//! The modules below are the core (`──`): no clock, no chance, no I/O. Times and random numbers come in as values, requests
//! and answers go out and in as values. `browser` is the shell (`═`): the only code that knows a browser, there only when this is
//! compiled for WebAssembly, and published as the npm package `webwx-image`.
//!
//! A picture on its way out, with the network played by hand:
//!
//! ```
//! use webwx_image::http::Response;
//! use webwx_image::ids::Ids;
//! use webwx_image::send::Send;
//! use webwx_image::session::{Session, SessionInit};
//! use webwx_image::upload::{self, Action, FileInfo, MediaKind, Upload, UploadConfig};
//!
//! let text = |text: &str| Some(text.to_owned());
//! let session = SessionInit {
//!     uin: text("2272112421"),
//!     sid: text("sid"),
//!     skey: text("@crypt_a936502b_74e29c164b1802c5bfd4b1f9a7db4b5e"),
//!     user_name: text("@me"),
//!     data_ticket: text("ticket"),
//!     ..SessionInit::default()
//! };
//! let (now_ms, random) = (1_511_493_942_795, 0.5);
//! let session = Session::new(&session, random, &[])?;
//!
//! // Hash first: the first chunk has to name the MD5 of the whole file.
//! let bytes = [0x42; 600_000];
//! let mut md5 = webwx_image::digest::Md5::new();
//! md5.update(&bytes);
//! let file = FileInfo {
//!     name: "photo.jpg".to_owned(),
//!     mime: "image/jpeg".to_owned(),
//!     kind: MediaKind::Picture,
//!     converted: None,
//!     last_modified: "Fri Nov 24 2017 11:25:42 GMT+0800".to_owned(),
//!     size: 600_000,
//!     md5: md5.finish(),
//! };
//!
//! // Two chunks go up. The answer to the last holds the MediaId.
//! let mut ids = Ids::default();
//! let upload_ids = upload::Ids {
//!     client_media_id: ids.client_media_id(now_ms),
//!     spare_media_id: ids.client_media_id(now_ms),
//!     file_id: ids.file_id(),
//! };
//! let mut upload = Upload::new(&session, file, "@friend", UploadConfig::default(), upload_ids, None)?;
//! let answer = |body: &str| Ok(Response { status: 200, body: body.to_owned(), retry_after_ms: None });
//! let mut answers = vec![
//!     answer(r#"{"BaseResponse":{"Ret":0,"ErrMsg":""},"MediaId":""}"#),
//!     answer(r#"{"BaseResponse":{"Ret":0,"ErrMsg":""},"MediaId":"@crypt_1_2","StartPos":600000}"#),
//! ]
//! .into_iter();
//! let mut under_way = None;
//! let media = loop {
//!     match upload.next_action() {
//!         Action::Send(transmission) => under_way = Some(transmission.id),
//!         Action::Await => {
//!             let (id, answer) = (under_way.take().unwrap(), answers.next().unwrap());
//!             let accepted = upload.handle(id, &answer, random).unwrap();
//!             println!("{} of {} chunks", accepted.chunk, accepted.chunks);
//!         }
//!         Action::Done(outcome) => break outcome?,
//!     }
//! };
//!
//! // The MediaId becomes a message. The same request may be sent again: its ClientMsgId makes it one message all the same.
//! let send = Send::media(&session, &media, "@friend", ids.client_msg_id(now_ms, random))?;
//! assert_eq!(send.request().url, "https://wx.qq.com/cgi-bin/mmwebwx-bin/webwxsendmsgimg?fun=async&f=json&lang=zh_CN");
//! let answer = Response {
//!     status: 200,
//!     body: r#"{"BaseResponse":{"Ret":0,"ErrMsg":""},"MsgID":"1036723910963469192"}"#.to_owned(),
//!     retry_after_ms: None,
//! };
//! assert_eq!(send.parse(&answer)?.msg_id, "1036723910963469192");
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
pub mod ids;
pub mod json;
mod text;

pub mod http;
pub mod origin;
pub mod retry;

mod answer;
pub mod session;

// Bytes.
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

#[cfg(target_arch = "wasm32")]
mod browser;
