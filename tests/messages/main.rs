//! A received content in each of its forms, and what must be read from it.

#![allow(clippy::expect_used, reason = "a test fails by panicking")]

mod any;
mod field;
mod forms;
mod inside;
mod samples;
mod tape;

use webwx_image::message::{Image, Kind, Message};

/// The shapes of real messages, every name and key in them invented.
macro_rules! sample {
    ($name:literal) => {
        include_str!(concat!("../fixtures/messages/", $name))
    };
}
pub(crate) use sample;

fn parse(content: &str) -> Message {
    Message::parse(content).expect("not too long")
}

/// The image of a message that must be one.
fn image(content: &str) -> (Image, Message) {
    let message = parse(content);
    let Kind::Image(image) = &message.kind else { panic!("{content}: no image but {:?}", kind_name(&message)) };
    ((**image).clone(), message)
}

fn kind_name(message: &Message) -> String {
    let json = serde_json::to_value(message).expect("plain data");
    json["kind"].as_str().expect("a text").to_owned()
}

fn element(message: &Message) -> Option<&str> {
    match &message.kind {
        Kind::Other { element } => Some(element),
        _ => None,
    }
}

/// Lengths of thumbnail, normal and hd, as far as they are there; 0 for a variant that does not say.
fn lengths(image: &Image) -> [Option<u64>; 3] {
    [&image.thumbnail, &image.normal, &image.hd].map(|variant| Some(variant.as_ref()?.length.unwrap_or(0)))
}

fn attribute<'a>(image: &'a Image, name: &str) -> Option<&'a str> {
    image.attributes.iter().find_map(|(key, value)| (key == name).then_some(value.as_str()))
}
