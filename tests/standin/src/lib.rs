//! A local service in the place of WeChat Web and the getMsgImg gateway, for tests and the demo.
//!
//! It takes what the service has taken: each form of a request that the official page or a public client has used with
//! success, each named at its rule (`rules.rs`). It refuses what the service refuses, and every form that nobody has
//! seen work, with a sentence that names the field. It shares no line with the library that is tried against it.
//!
//! ```text
//! Request ─▶ hosts (who is asked, in which dialect) ─▶ endpoint (for what) ─▶ fault ─▶ upload · check · send · fetched
//!                                                                               phone · report · gateway ─▶ Outcome
//! ```
//!
//! [`World::handle`] is all of it, without clock or sockets; the feature `server` puts sockets around it.
//!
//! ```
//! use standin::{Config, World, http};
//!
//! let mut world = World::new(Config::default());
//! let request = http::Request::get("https://wx.qq.com/__standin/messages").body("".into()).unwrap();
//! let outcome = world.handle(&request);
//! let messages: serde_json::Value = serde_json::from_slice(outcome.answer().unwrap().body()).unwrap();
//! assert_eq!(messages.as_array().unwrap().len(), 3);
//! ```

mod album;
mod answer;
mod check;
mod contacts;
mod content;
mod control;
mod dialect;
mod endpoint;
mod exchange;
mod fault;
mod fetched;
mod gateway;
mod gateways;
mod hosts;
mod ids;
mod journal;
mod json;
mod message;
mod multipart;
mod page;
mod phone;
mod picture;
mod received;
mod refusal;
mod report;
mod rules;
mod send;
#[cfg(feature = "server")]
pub mod server;
mod session;
mod state;
mod upload;
mod world;

pub use bytes;
pub use http;

pub use control::Invitation;
pub use endpoint::Endpoint;
pub use exchange::{Outcome, Reply, Request, Response};
pub use fault::{Fault, Strike};
pub use gateway::GatewayForm;
pub use hosts::{Origins, real_names};
pub use journal::{Entry, Field};
pub use message::{Attachment, Message};
pub use picture::Picture;
pub use session::Session;
pub use world::{Config, World};
