//! The pictures in a message, whichever kind it is (docs/protocol.md, "Pictures inside messages"): its own, a quoted one, those of a
//! merged forward, and files that are pictures.

use serde::Serialize;

use super::content::MASKED_COLON;
use super::tree::Element;
use super::{Emoji, Image, Kind, Message, Variant};
use crate::prelude::*;
use crate::text::{replaced, split_last};

/// A quote of a forward of a quote; deeper is only hostile.
const DEEPEST: u8 = 4;
/// Pictures of one message, at most: a forward has up to 100.
const MOST: usize = 512;
/// Endings of names whose files are pictures.
const ENDINGS: [&str; 12] = ["jpg", "jpeg", "png", "gif", "bmp", "webp", "heic", "heif", "tif", "tiff", "avif", "jfif"];

/// Where in a message a picture stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Place {
    /// It is the message.
    Message,
    /// In the quoted message.
    Quote,
    /// In a merged forward.
    Record,
    /// A file.
    File,
}

/// What a picture in a message says.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Inside {
    /// Where it stands.
    pub place: Place,
    /// Whether it is an emoticon.
    pub is_emoji: bool,
    /// A file's name, or what a forward says of it.
    pub name: Option<String>,
    /// Who sent it, as it is shown.
    pub sender: Option<String>,
    /// 32 lower-case hex digits.
    pub md5: Option<String>,
    /// The small picture.
    pub thumbnail: Option<Variant>,
    /// The picture; of a file, all of it.
    pub normal: Option<Variant>,
    /// The original.
    pub hd: Option<Variant>,
    /// An emoticon's ordinary URL.
    pub url: Option<String>,
    /// A picture message with these facts, as gateways want it; none for an emoticon.
    pub content: Option<String>,
}

impl Message {
    /// The pictures in it, in the order of the document.
    pub fn pictures(&self) -> Vec<Inside> {
        let mut found = Vec::new();
        collect(self, Place::Message, None, 0, &mut found);
        found.truncate(MOST);
        found
    }
}

fn collect(message: &Message, place: Place, sender: Option<&String>, depth: u8, found: &mut Vec<Inside>) {
    let sender = sender.or(message.sender.as_ref());
    match &message.kind {
        Kind::Image(image) => found.push(of_image(image, place, sender, &message.content)),
        Kind::Emoji(emoji) => found.push(of_emoji(emoji, place, sender)),
        Kind::Other { element } if element == "appmsg" && depth < DEEPEST => {
            let document = Element::read(&message.content);
            let root = document.child("msg").unwrap_or(&document);
            if let Some(app) = root.child("appmsg") {
                of_app(app, place, sender, depth, found);
            }
        }
        Kind::Other { .. } | Kind::Opaque | Kind::Text => {}
    }
}

/// A message of an application: a quote, a forward, a file.
fn of_app(app: &Element, place: Place, sender: Option<&String>, depth: u8, found: &mut Vec<Inside>) {
    if let Some(quote) = app.child("refermsg")
        && let Some(content) = quote.said("content")
        && let Ok(quoted) = Message::parse(&content)
    {
        let name = quote.said("displayname");
        collect(&quoted, Place::Quote, name.as_ref().or(sender), depth + 1, found);
    }
    if let Some(record) = app.said("recorditem") {
        of_record(&record, depth, found);
    }
    match app.said("type").as_deref() {
        Some("6") => found.extend(of_file(app, place, sender)),
        // An emoticon that is sent as a file.
        Some("8") => found.extend(of_file(app, place, sender).map(|file| Inside { is_emoji: true, ..file })),
        _ => {}
    }
}

/// A merged forward: the document of its items, which may be forwards themselves.
fn of_record(document: &str, depth: u8, found: &mut Vec<Inside>) {
    let document = Element::read(document);
    let list = document.child("recordinfo").and_then(|info| info.child("datalist"));
    for item in list.into_iter().flat_map(|list| list.all("dataitem")) {
        if found.len() >= MOST {
            return;
        }
        match item.attribute("datatype").as_deref() {
            Some("2") => found.push(of_item(item)),
            Some("8") if is_picture(item.said("datafmt"), item.said("datatitle").as_ref()) => found.push(of_item(item)),
            Some("17") if depth < DEEPEST => {
                let inner = item.child("recordxml");
                // As a text, or as elements.
                let text = inner.map(|inner| inner.text.trim()).filter(|text| text.starts_with('<'));
                match (text, inner) {
                    (Some(text), _) => of_record(text, depth + 1, found),
                    (None, Some(inner)) => of_items(inner, depth + 1, found),
                    (None, None) => {}
                }
            }
            Some("37") => found.extend(item.child("emojiitem").map(|emoji| of_emoji_item(emoji, item))),
            _ => {}
        }
    }
}

/// The items of a forward that stands in another as elements.
fn of_items(record: &Element, depth: u8, found: &mut Vec<Inside>) {
    let info = record.child("recordinfo").unwrap_or(record);
    for item in info.child("datalist").into_iter().flat_map(|list| list.all("dataitem")) {
        match item.attribute("datatype").as_deref() {
            Some("2") if found.len() < MOST => found.push(of_item(item)),
            Some("17") if depth < DEEPEST => {
                for inner in item.all("recordxml") {
                    of_items(inner, depth + 1, found);
                }
            }
            _ => {}
        }
    }
}

fn of_item(item: &Element) -> Inside {
    let key = hex(item.said("cdndatakey"));
    let normal = variant(item.said("cdndataurl"), key, number(item.said("datasize")), [None, None]);
    let size = [item.said("thumbwidth"), item.said("thumbheight")].map(number);
    let thumb_key = hex(item.said("cdnthumbkey"));
    let thumbnail = variant(item.said("cdnthumburl"), thumb_key, number(item.said("thumbsize")), size);
    Inside {
        name: item.said("datatitle").or_else(|| item.said("datadesc")),
        ..Inside::of(Place::Record, item.said("sourcename"), md5(item.said("fullmd5")), normal, thumbnail)
    }
}

fn of_emoji_item(emoji: &Element, item: &Element) -> Inside {
    let url = emoji.said("cdnurlstring").map(|url| replaced(&url, MASKED_COLON, ":"));
    let length = number(item.said("datasize"));
    let normal = variant(None, None, length, [None, None]);
    let inside = Inside::of(Place::Record, item.said("sourcename"), md5(emoji.said("md5")), normal, None);
    Inside { is_emoji: true, name: item.said("datadesc"), url, content: None, ..inside }
}

fn of_file(app: &Element, place: Place, sender: Option<&String>) -> Option<Inside> {
    let attached = app.child("appattach")?;
    let title = app.said("title");
    if !is_picture(attached.said("fileext"), title.as_ref()) {
        return None;
    }
    let (key, length) = (hex(attached.said("aeskey")), number(attached.said("totallen")));
    let normal = variant(attached.said("cdnattachurl"), key.clone(), length, [None, None]);
    let size = [attached.said("cdnthumbwidth"), attached.said("cdnthumbheight")].map(number);
    let thumb_key = hex(attached.said("cdnthumbaeskey")).or(key);
    let thumb_length = number(attached.said("cdnthumblength"));
    let thumbnail = variant(attached.said("cdnthumburl"), thumb_key, thumb_length, size);
    let hash = md5(app.said("md5")).or_else(|| md5(attached.said("emoticonmd5")));
    let place = if place == Place::Message { Place::File } else { place };
    Some(Inside { name: title, ..Inside::of(place, sender.cloned(), hash, normal, thumbnail) })
}

fn of_image(image: &Image, place: Place, sender: Option<&String>, content: &str) -> Inside {
    Inside {
        place,
        is_emoji: false,
        name: None,
        sender: sender.cloned(),
        md5: image.md5.clone(),
        thumbnail: image.thumbnail.clone(),
        normal: image.normal.clone(),
        hd: image.hd.clone(),
        url: None,
        content: Some(content.to_owned()),
    }
}

fn of_emoji(emoji: &Emoji, place: Place, sender: Option<&String>) -> Inside {
    let attribute = |name: &str| {
        let found = emoji.attributes.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.trim().to_owned()).filter(|value| !value.is_empty())
    };
    let normal = variant(None, hex(attribute("aeskey")), emoji.length, [emoji.width, emoji.height]);
    let inside = Inside::of(place, sender.cloned(), emoji.md5.clone(), normal, None);
    Inside { is_emoji: true, url: emoji.cdn_url.clone(), content: None, ..inside }
}

impl Inside {
    fn of(
        place: Place,
        sender: Option<String>,
        md5: Option<String>,
        normal: Option<Variant>,
        thumbnail: Option<Variant>,
    ) -> Self {
        let content = Some(image_message(md5.as_deref(), normal.as_ref(), thumbnail.as_ref()));
        Self { place, is_emoji: false, name: None, sender, md5, thumbnail, normal, hd: None, url: None, content }
    }
}

/// A picture message that says the same, with the attributes that gateways read.
fn image_message(md5: Option<&str>, normal: Option<&Variant>, thumbnail: Option<&Variant>) -> String {
    let mut text = "<msg><img".to_owned();
    let mut add = |name: &str, value: Option<String>| {
        if let Some(value) = value {
            let value = replaced(&replaced(&replaced(&value, "&", "&amp;"), "<", "&lt;"), "\"", "&quot;");
            text.extend([" ", name, "=\"", &value, "\""]);
        }
    };
    let number = |value: Option<u64>| value.map(|value| value.to_string());
    if let Some(normal) = normal {
        add("aeskey", normal.aes_key.clone());
        add("cdnmidimgurl", normal.cdn_url.clone());
        add("length", number(normal.length));
    }
    if let Some(thumbnail) = thumbnail {
        add("cdnthumbaeskey", thumbnail.aes_key.clone());
        add("cdnthumburl", thumbnail.cdn_url.clone());
        add("cdnthumblength", number(thumbnail.length));
        add("cdnthumbwidth", number(thumbnail.width));
        add("cdnthumbheight", number(thumbnail.height));
    }
    add("md5", md5.map(str::to_owned));
    text.push_str("/></msg>");
    text
}

fn variant(
    cdn_url: Option<String>,
    aes_key: Option<String>,
    length: Option<u64>,
    [width, height]: [Option<u64>; 2],
) -> Option<Variant> {
    let variant = Variant { cdn_url, aes_key: None, length, width, height };
    // A key alone says nothing about a picture.
    (variant != Variant::default()).then_some(Variant { aes_key, ..variant })
}

/// 0 is the service's way of saying that there is none.
fn number(text: Option<String>) -> Option<u64> {
    text?.parse().ok().filter(|number| (1..1 << 53).contains(number))
}

fn hex(text: Option<String>) -> Option<String> {
    text.filter(|text| text.bytes().all(|b| b.is_ascii_hexdigit()))
}

fn md5(text: Option<String>) -> Option<String> {
    hex(text).filter(|text| text.len() == 32).map(|text| text.to_ascii_lowercase())
}

/// Whether a file is a picture, by its format or by the ending of its name.
fn is_picture(format: Option<String>, name: Option<&String>) -> bool {
    let ending = || name.and_then(|name| split_last(name, b'.')).map(|(_, ending)| ending.to_owned());
    let format = format.or_else(ending).unwrap_or_default().to_ascii_lowercase();
    ENDINGS.contains(&format.trim_start_matches('.'))
}
