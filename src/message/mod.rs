//! A received `Content` in, a [`Message`] out: what kind it is, whose, and what it says of its picture.
//!
//! The tolerant rule: read what is there, warn about what is odd, refuse nothing but size.

mod attributes;
mod content;
mod facts;
mod redacted;
mod walk;
mod warnings;

use serde::Serialize;

use crate::error::{Error, Result};
use crate::prelude::*;
use content::Form;
use walk::{Found, Tag};
use warnings::Warnings;

/// Bytes. No message of the service comes near this; it keeps the work on hostile input small.
pub const LONGEST_CONTENT: usize = 1024 * 1024;

/// A received message.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Message {
    /// What it is, with the facts of that kind.
    #[serde(flatten)]
    pub kind: Kind,
    /// The name in a group prefix, without its colon.
    pub sender: Option<String>,
    /// The content without prefix and outer escaping: what a gateway and a forward want.
    pub content: String,
    /// What was odd but readable, as stable strings.
    pub warnings: Vec<String>,
}

/// The kinds of message that matter to a picture's way.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Kind {
    /// An `<img>`.
    Image(Box<Image>),
    /// An `<emoji>`.
    Emoji(Emoji),
    /// `@` and hex: what Web gives for other people's images. Only good for getting by MsgId, and for forwarding.
    Opaque,
    /// XML without a picture.
    Other {
        /// The first child of `<msg>`, or the root's name.
        element: String,
    },
    /// No XML.
    Text,
}

/// What an `<img>` says.
#[derive(Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Image {
    /// A hint: pictures sent from phones may differ.
    pub md5: Option<String>,
    /// 32 hex digits, as a rule.
    pub aes_key: Option<String>,
    /// `encryver`
    pub encry_ver: Option<u64>,
    /// `cdnthumb…`
    pub thumbnail: Option<Variant>,
    /// `cdnmid…` and `length`
    pub normal: Option<Variant>,
    /// `cdnbigimgurl`, `cdnhd…` and `hdlength`
    pub hd: Option<Variant>,
    /// Every attribute, in document order.
    #[serde(serialize_with = "facts::as_map")]
    pub attributes: Vec<(String, String)>,
}

/// One of the sizes in which the CDN keeps a picture.
#[derive(Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Variant {
    /// Hex of DER, see [`crate::cdn`].
    pub cdn_url: Option<String>,
    /// The key under which its bytes are kept.
    pub aes_key: Option<String>,
    /// Bytes.
    pub length: Option<u64>,
    /// Pixels.
    pub width: Option<u64>,
    /// Pixels.
    pub height: Option<u64>,
}

/// What an `<emoji>` says.
#[derive(Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Emoji {
    /// Of the file at `cdnurl`.
    pub md5: Option<String>,
    /// Bytes.
    pub length: Option<u64>,
    /// Pixels.
    pub width: Option<u64>,
    /// Pixels.
    pub height: Option<u64>,
    /// An http URL.
    pub cdn_url: Option<String>,
    /// Every attribute, in document order.
    #[serde(serialize_with = "facts::as_map")]
    pub attributes: Vec<(String, String)>,
}

impl Message {
    /// Every attribute of the picture's element, in document order.
    pub fn attributes(&self) -> &[(String, String)] {
        match &self.kind {
            Kind::Image(image) => &image.attributes,
            Kind::Emoji(emoji) => &emoji.attributes,
            Kind::Opaque | Kind::Other { .. } | Kind::Text => &[],
        }
    }

    /// Reads a content in any of its forms; refuses only what is longer than 1 MiB.
    pub fn parse(content: &str) -> Result<Self> {
        if content.len() > LONGEST_CONTENT {
            return Err(Error::invalid_input(format!(
                "content: {} bytes are more than the 1 MiB that a message can have",
                content.len()
            )));
        }
        let unwrapped = content::unwrap(content);
        let mut warnings = Warnings::default();
        let kind = match unwrapped.form {
            Form::Opaque => Kind::Opaque,
            Form::Text => Kind::Text,
            Form::Xml => match walk::walk(&unwrapped.content, &mut warnings) {
                Found::Picture(Tag::Image(attributes)) => {
                    Kind::Image(Box::new(facts::image(attributes, &mut warnings)))
                }
                Found::Picture(Tag::Emoji(attributes)) => Kind::Emoji(facts::emoji(attributes, &mut warnings)),
                Found::Other(element) => Kind::Other { element },
                Found::Nothing => Kind::Text,
            },
        };
        Ok(Self {
            kind,
            sender: unwrapped.sender.map(str::to_owned),
            content: unwrapped.content.into_owned(),
            warnings: warnings.into_list(),
        })
    }
}
