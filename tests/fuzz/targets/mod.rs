//! What has to hold for whatever comes in: one function for each door that foreign bytes come through. libFuzzer (`fuzz/`) and the
//! native harness beside this file both call them.

#![allow(clippy::missing_panics_doc, reason = "a target fails by panicking")]

mod answers;
mod cdn;
mod image;
mod message;
mod strip;

pub use answers::answers;
pub use cdn::cdn;
pub use image::inspect_image;
pub use message::parse_message;
pub use strip::strip_metadata;
