//! The image pipeline of WeChat Web.

pub mod error;
pub mod http;
pub mod ids;
pub mod origin;
pub mod session;

pub mod retry;

pub mod cdn;
pub mod message;

pub mod digest;
pub mod image;

pub mod upload;

pub mod send;

pub mod download;
pub mod gateway;
pub mod report;

#[cfg(target_arch = "wasm32")]
mod browser;
