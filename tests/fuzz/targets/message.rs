use webwx_image::error::ErrorKind;
use webwx_image::message::{Image, Kind, Message, Place, Variant};

const LONGEST_CONTENT: usize = 1024 * 1024;
/// The walk stops warning at 32; the facts add one for each of their numbers and keys.
const MOST_WARNINGS: usize = 48;
const LONGEST_WARNING: usize = 200;
const MOST_ATTRIBUTES: usize = 256;
/// Beyond this a number loses digits in JavaScript.
const LARGEST_NUMBER: u64 = (1 << 53) - 1;

/// `Message::parse` of any text: bounds, facts that stand in the attributes, and the same answer for the same document in other
/// wrapping.
pub fn parse_message(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let message = match Message::parse(&text) {
        Ok(message) => message,
        Err(error) => {
            assert!(text.len() > LONGEST_CONTENT && error.kind() == ErrorKind::InvalidInput, "{error}");
            return;
        }
    };
    check_bounds(&message, &text);
    check_pictures(&message);
    match &message.kind {
        Kind::Image(image) => {
            check_image(image);
            check_other_wrappings(&message);
        }
        Kind::Emoji(emoji) => {
            check_attributes(&emoji.attributes);
            check_number(&emoji.attributes, "len", emoji.length, 1);
            check_other_wrappings(&message);
        }
        Kind::Opaque => {
            let hex = message.content.trim().trim_start_matches('\u{feff}');
            let hex = hex.strip_prefix('@').map(|hex| hex.bytes().all(|b| b.is_ascii_hexdigit()));
            assert!(hex != Some(false) && message.warnings.is_empty(), "{:?}", message.content);
        }
        Kind::Other { element } => assert!(!element.is_empty() && message.content.contains(element.as_str())),
        Kind::Text => assert!(message.warnings.is_empty()),
    }
}

fn check_bounds(message: &Message, text: &str) {
    assert!(text.len() <= LONGEST_CONTENT);
    assert!(message.content.len() <= text.len(), "nothing grows by being unwrapped");
    assert!(message.warnings.len() <= MOST_WARNINGS);
    for (at, warning) in message.warnings.iter().enumerate() {
        assert!(warning.chars().count() <= LONGEST_WARNING, "a warning of {} bytes", warning.len());
        assert!(!message.warnings[..at].contains(warning), "given twice: {warning}");
    }
    if let Some(sender) = &message.sender {
        assert!(text.contains(&format!("{sender}:")) && (2..=128).contains(&sender.len()), "{sender}");
    }
}

/// What stands inside is bounded, and what is made of it says the same again.
fn check_pictures(message: &Message) {
    let pictures = message.pictures();
    assert!(pictures.len() <= 512);
    for picture in pictures {
        let Some(content) = picture.content.filter(|_| picture.place != Place::Message) else { continue };
        let again = Message::parse(&content).map(|message| message.kind);
        let Ok(Kind::Image(image)) = again else { panic!("no picture any more: {content}") };
        assert_eq!(image.md5, picture.md5);
        let length = |variant: Option<Variant>| variant.and_then(|variant| variant.length);
        assert_eq!(length(image.normal), length(picture.normal));
    }
}

fn check_attributes(attributes: &[(String, String)]) {
    assert!(attributes.len() <= MOST_ATTRIBUTES);
    for (at, (key, _)) in attributes.iter().enumerate() {
        assert!(!key.is_empty() && attributes[..at].iter().all(|(known, _)| known != key), "{key}");
    }
}

/// An attribute's text, blanks aside; none where it says nothing.
fn attribute<'a>(attributes: &'a [(String, String)], name: &str) -> Option<&'a str> {
    attributes.iter().find(|(key, _)| key == name).map(|(_, value)| value.trim()).filter(|value| !value.is_empty())
}

/// An attribute's text where it is hex.
fn hex<'a>(attributes: &'a [(String, String)], name: &str) -> Option<&'a str> {
    attribute(attributes, name).filter(|text| text.bytes().all(|b| b.is_ascii_hexdigit()))
}

/// The attribute md5 where it is one, in lower case.
fn md5(attributes: &[(String, String)]) -> Option<String> {
    hex(attributes, "md5").filter(|md5| md5.len() == 32).map(str::to_ascii_lowercase)
}

/// A number is what its attribute says, or none where that is no number of at least this size.
fn check_number(attributes: &[(String, String)], name: &str, read: Option<u64>, least: u64) {
    let said = attribute(attributes, name).and_then(|text| text.parse().ok());
    assert_eq!(read, said.filter(|number| (least..=LARGEST_NUMBER).contains(number)), "{name}");
}

fn check_image(image: &Image) {
    let attributes = &image.attributes;
    check_attributes(attributes);
    assert_eq!(image.md5, md5(attributes));
    assert_eq!(image.aes_key.as_deref(), hex(attributes, "aeskey"));
    check_number(attributes, "encryver", image.encry_ver, 0);
    for (variant, url, key, [length, width, height]) in [
        (&image.thumbnail, "cdnthumburl", "cdnthumbaeskey", ["cdnthumblength", "cdnthumbwidth", "cdnthumbheight"]),
        (&image.normal, "cdnmidimgurl", "aeskey", ["length", "cdnmidwidth", "cdnmidheight"]),
        (&image.hd, "cdnbigimgurl", "aeskey", ["hdlength", "cdnhdwidth", "cdnhdheight"]),
    ] {
        let read = variant.clone().unwrap_or_default();
        assert_eq!(read.cdn_url.as_deref(), attribute(attributes, url));
        check_number(attributes, length, read.length, 1);
        check_number(attributes, width, read.width, 1);
        check_number(attributes, height, read.height, 1);
        assert_eq!(
            variant.is_some(),
            Variant { aes_key: None, ..read.clone() } != Variant::default(),
            "a fact, or none"
        );
        assert_eq!(read.aes_key.as_deref(), variant.as_ref().and_then(|_| hex(attributes, key)));
    }
}

/// A picture's message reads the same from its own content, behind a prefix and escaped.
fn check_other_wrappings(message: &Message) {
    let content = &message.content;
    let bare = Message { sender: None, ..message.clone() };
    assert!(Message::parse(content).is_ok_and(|again| again == bare), "not the same from its own content");

    let prefixed = format!("@0f:<br/>{content}");
    let escaped = content.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    if prefixed.len().max(escaped.len()) > LONGEST_CONTENT {
        return;
    }
    let sent = Message { sender: Some("@0f".to_owned()), ..bare.clone() };
    assert!(Message::parse(&prefixed).is_ok_and(|again| again == sent), "not the same behind a prefix");
    // A line break that is escaped before a plain document would be escaped twice, and nobody's break any more.
    if !content.contains("&lt;br") {
        assert!(Message::parse(&escaped).is_ok_and(|again| again == bare), "not the same when escaped");
    }
}
