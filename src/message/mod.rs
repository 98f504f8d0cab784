//! A received `Content` in, a [`Message`] out: what kind it is, whose, and what it says of its picture.
//!
//! The tolerant rule: read what is there, warn about what is odd, refuse nothing but size.

mod attributes;
mod content;
mod facts;
mod inside;
mod redacted;
pub mod tape;
mod tree;
mod walk;
mod warnings;

use alloc::borrow::Cow;

use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};

use crate::error::{Error, Result};
use crate::prelude::*;
pub use inside::{Inside, Place};

use content::Form;
use walk::{Found, Tag};
use warnings::Warnings;

/// Bytes. No message of the service comes near this; it keeps the work on hostile input small.
pub const LONGEST_CONTENT: usize = 1024 * 1024;

/// A received message. Its strings are its own, or ([`read`]) those of the content that it was read from.
#[derive(Clone, PartialEq, Eq)]
pub struct Message<S = String> {
    /// What it is, with the facts of that kind.
    pub kind: Kind<S>,
    /// The name in a group prefix, without its colon.
    pub sender: Option<S>,
    /// The content without prefix and outer escaping: what a gateway and a forward want.
    pub content: S,
    /// What was odd but readable, as stable strings.
    pub warnings: Vec<String>,
}

/// The kinds of message that matter to a picture's way.
#[derive(Clone, PartialEq, Eq)]
pub enum Kind<S = String> {
    /// An `<img>`.
    Image(Box<Image<S>>),
    /// An `<emoji>`.
    Emoji(Emoji<S>),
    /// `@` and hex: what Web gives for other people's images. Only good for getting by MsgId, and for forwarding.
    Opaque,
    /// XML without a picture.
    Other {
        /// The first child of `<msg>`, or the root's name.
        element: S,
    },
    /// No XML.
    Text,
}

/// What an `<img>` says.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Image<S = String> {
    /// A hint: pictures sent from phones may differ.
    pub md5: Option<S>,
    /// 32 hex digits, as a rule.
    pub aes_key: Option<S>,
    /// `encryver`
    pub encry_ver: Option<u64>,
    /// `cdnthumb…`
    pub thumbnail: Option<Variant<S>>,
    /// `cdnmid…` and `length`
    pub normal: Option<Variant<S>>,
    /// `cdnbigimgurl`, `cdnhd…` and `hdlength`
    pub hd: Option<Variant<S>>,
    /// Every attribute, in document order.
    pub attributes: Vec<(S, S)>,
}

/// One of the sizes in which the CDN keeps a picture.
#[derive(Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Variant<S = String> {
    /// Hex of DER, see [`crate::cdn`].
    pub cdn_url: Option<S>,
    /// The key under which its bytes are kept.
    pub aes_key: Option<S>,
    /// Bytes.
    pub length: Option<u64>,
    /// Pixels.
    pub width: Option<u64>,
    /// Pixels.
    pub height: Option<u64>,
}

/// What an `<emoji>` says.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Emoji<S = String> {
    /// Of the file at `cdnurl`.
    pub md5: Option<S>,
    /// Bytes.
    pub length: Option<u64>,
    /// Pixels.
    pub width: Option<u64>,
    /// Pixels.
    pub height: Option<u64>,
    /// An http URL.
    pub cdn_url: Option<S>,
    /// Every attribute, in document order.
    pub attributes: Vec<(S, S)>,
}

/// As one object, with the facts of its kind beside the rest. Not by `serde(flatten)`, which makes a map of it: its names would be made
/// again for each message, and it is larger.
impl Serialize for Message {
    fn serialize<S: Serializer>(&self, serializer: S) -> core::result::Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_struct("Message", 11)?;
        let kind = match &self.kind {
            Kind::Image(_) => "image",
            Kind::Emoji(_) => "emoji",
            Kind::Opaque => "opaque",
            Kind::Other { .. } => "other",
            Kind::Text => "text",
        };
        object.serialize_field("kind", kind)?;
        match &self.kind {
            Kind::Image(image) => {
                object.serialize_field("md5", &image.md5)?;
                object.serialize_field("aesKey", &image.aes_key)?;
                object.serialize_field("encryVer", &image.encry_ver)?;
                object.serialize_field("thumbnail", &image.thumbnail)?;
                object.serialize_field("normal", &image.normal)?;
                object.serialize_field("hd", &image.hd)?;
                object.serialize_field("attributes", &Attributes(&image.attributes))?;
            }
            Kind::Emoji(emoji) => {
                object.serialize_field("md5", &emoji.md5)?;
                object.serialize_field("length", &emoji.length)?;
                object.serialize_field("width", &emoji.width)?;
                object.serialize_field("height", &emoji.height)?;
                object.serialize_field("cdnUrl", &emoji.cdn_url)?;
                object.serialize_field("attributes", &Attributes(&emoji.attributes))?;
            }
            Kind::Other { element } => object.serialize_field("element", element)?,
            Kind::Opaque | Kind::Text => {}
        }
        object.serialize_field("sender", &self.sender)?;
        object.serialize_field("content", &self.content)?;
        object.serialize_field("warnings", &self.warnings)?;
        object.end()
    }
}

/// Attributes as an object whose keys keep the document's order.
struct Attributes<'a>(&'a [(String, String)]);

impl Serialize for Attributes<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> core::result::Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(key, value)| (key, value)))
    }
}

impl Message {
    /// Reads a content in any of its forms; refuses only what is longer than 1 MiB.
    pub fn parse(content: &str) -> Result<Self> {
        read(content, |message, _| message.map(&mut Cow::into_owned))
    }
}

/// Reads a content as [`Message::parse`] does, with strings that are the content's own where they stand in it. `use_it` gets the message,
/// and whether its `content` is a part of `content`: else it is what was inside of the escaping.
pub fn read<T>(content: &str, use_it: impl FnOnce(Message<Cow<'_, str>>, bool) -> T) -> Result<T> {
    if content.len() > LONGEST_CONTENT {
        return Err(Error::invalid_input(format!("content: expected at most 1 MiB, got {} bytes", content.len())));
    }
    let unwrapped = content::unwrap(content);
    let document = &*unwrapped.content;
    let mut warnings = Warnings::default();
    let kind = match unwrapped.form {
        Form::Opaque => Kind::Opaque,
        Form::Text => Kind::Text,
        Form::Xml => match walk::walk(document, &mut warnings) {
            Found::Picture(Tag::Image(attributes)) => Kind::Image(Box::new(facts::image(attributes, &mut warnings))),
            Found::Picture(Tag::Emoji(attributes)) => Kind::Emoji(facts::emoji(attributes, &mut warnings)),
            Found::Other(element) => Kind::Other { element: Cow::Borrowed(element) },
            Found::Nothing => Kind::Text,
        },
    };
    let message = Message {
        kind,
        sender: unwrapped.sender.map(Cow::Borrowed),
        content: Cow::Borrowed(document),
        warnings: warnings.into_list(),
    };
    Ok(use_it(message, matches!(unwrapped.content, Cow::Borrowed(_))))
}

impl<S> Message<S> {
    /// The same message with other strings.
    fn map<T>(self, make: &mut dyn FnMut(S) -> T) -> Message<T> {
        Message {
            kind: match self.kind {
                Kind::Image(image) => Kind::Image(Box::new(image.map(make))),
                Kind::Emoji(emoji) => Kind::Emoji(Emoji {
                    md5: emoji.md5.map(&mut *make),
                    length: emoji.length,
                    width: emoji.width,
                    height: emoji.height,
                    cdn_url: emoji.cdn_url.map(&mut *make),
                    attributes: pairs(emoji.attributes, make),
                }),
                Kind::Opaque => Kind::Opaque,
                Kind::Other { element } => Kind::Other { element: make(element) },
                Kind::Text => Kind::Text,
            },
            sender: self.sender.map(&mut *make),
            content: make(self.content),
            warnings: self.warnings,
        }
    }
}

impl<S> Image<S> {
    fn map<T>(self, make: &mut dyn FnMut(S) -> T) -> Image<T> {
        Image {
            md5: self.md5.map(&mut *make),
            aes_key: self.aes_key.map(&mut *make),
            encry_ver: self.encry_ver,
            thumbnail: self.thumbnail.map(|variant| variant.map(make)),
            normal: self.normal.map(|variant| variant.map(make)),
            hd: self.hd.map(|variant| variant.map(make)),
            attributes: pairs(self.attributes, make),
        }
    }
}

impl<S> Variant<S> {
    fn map<T>(self, make: &mut dyn FnMut(S) -> T) -> Variant<T> {
        let Self { cdn_url, aes_key, length, width, height } = self;
        Variant { cdn_url: cdn_url.map(&mut *make), aes_key: aes_key.map(make), length, width, height }
    }
}

fn pairs<S, T>(attributes: Vec<(S, S)>, make: &mut dyn FnMut(S) -> T) -> Vec<(T, T)> {
    attributes.into_iter().map(|(key, value)| (make(key), make(value))).collect()
}
