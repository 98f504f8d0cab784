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

// The order of it all.
pub mod client;

pub mod job;

#[cfg(target_arch = "wasm32")]
mod browser;
