//! The walk through a document: which element the message is, and its attributes. quick-xml does the reading; what it cannot read
//! ends the walk with a warning, and what was found up to there counts.

use crate::prelude::*;

use quick_xml::Reader;
use quick_xml::escape::unescape;
use quick_xml::events::Event;
use quick_xml::events::attributes::Attributes;

/// More than any message has; past them a document is only hostile.
const MOST_ATTRIBUTES: usize = 256;
const DEEPEST: usize = 64;
const LONGEST_KEY: usize = 128;
const MOST_WARNINGS: usize = 32;
/// Characters of a name in a warning.
const LONGEST_NAME: usize = 64;
/// Bytes from `&` to `;`: enough for any character's number.
const LONGEST_ENTITY: usize = 12;

/// What a document is.
pub(super) enum Found {
    Image(Vec<(String, String)>),
    Emoji(Vec<(String, String)>),
    Other(String),
    Nothing,
}

/// Reads the document. Its own entities are never expanded, and a document type is passed over.
pub(super) fn walk(document: &str, warnings: &mut Vec<String>) -> Found {
    let mut reader = Reader::from_str(document.trim_start_matches('\u{feff}'));
    let config = reader.config_mut();
    config.check_end_names = false;
    config.allow_unmatched_ends = true;
    config.allow_dangling_amp = true;
    let mut walk = Walk {
        warnings,
        open: Vec::new(),
        root: None,
        first_child: None,
        picture: None,
        nested: None,
        is_trailing: false,
    };
    loop {
        let start = usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX);
        match reader.read_event() {
            Ok(Event::Start(tag)) if !walk.start(&tag, true) => break,
            Ok(Event::Empty(tag)) => _ = walk.start(&tag, false),
            Ok(Event::End(tag)) => walk.end(tag.name().as_ref()),
            Ok(Event::Text(text)) => walk.text(&text),
            Ok(Event::CData(_)) => walk.text("CDATA"),
            Ok(Event::DocType(_)) => walk.warn("document type: not read"),
            Ok(Event::Eof) => {
                if let Some(name) = walk.open.last() {
                    let warning = format!("cut off: {} is not closed", short(name));
                    walk.warn(&warning);
                }
                break;
            }
            Ok(_) => {}
            Err(_) => {
                walk.cut_off(document.trim_start_matches('\u{feff}').get(start..).unwrap_or_default());
                break;
            }
        }
    }
    walk.found()
}

struct Walk<'w> {
    warnings: &'w mut Vec<String>,
    /// Names of the elements that are open, outermost first.
    open: Vec<String>,
    /// A picture inside a child of the root: this message's only if that child turns out not to be closed before the root is.
    nested: Option<Found>,
    root: Option<String>,
    first_child: Option<String>,
    picture: Option<Found>,
    /// The root is closed, and what comes behind it has been warned about.
    is_trailing: bool,
}

impl Walk<'_> {
    /// An element begins. False ends the walk: the document is deeper than any message.
    fn start(&mut self, tag: &str, opens: bool) -> bool {
        let text = tag.trim_start();
        let name_len = text.find(|c: char| c.is_whitespace() || c == '/').unwrap_or(text.len());
        let (name, rest) = text.split_at(name_len);
        if !name.starts_with(is_name_start) {
            return true;
        }
        // A line break of Web's beside the root, not an element of the message.
        if name == "br" && self.open.is_empty() {
            return true;
        }
        let is_root = self.root.is_none();
        let is_in_msg = !is_root && self.root.as_deref() == Some("msg");
        let is_child = is_in_msg && self.open.len() == 1;
        if is_root {
            self.root = Some(name.to_owned());
        } else if self.open.is_empty() {
            self.trailing();
        }
        if is_child && self.first_child.is_none() {
            self.first_child = Some(name.to_owned());
        }
        // A child that holds a message of its own (appmsg, refermsg, …) holds its own pictures.
        let is_nested = is_in_msg && self.open.len() == 2 && !self.open[1].ends_with("msg") && self.nested.is_none();
        if (is_child || is_root || is_nested) && self.picture.is_none() && matches!(name, "img" | "emoji") {
            if is_root {
                self.warn(&format!("{name}: outside msg"));
            }
            if text.len() < tag.len() {
                self.warn(&format!("{name}: blank before the name"));
            }
            let attributes = self.attributes(rest);
            let found = if name == "img" { Found::Image(attributes) } else { Found::Emoji(attributes) };
            *(if is_nested { &mut self.nested } else { &mut self.picture }) = Some(found);
        }
        if opens {
            if self.open.len() == DEEPEST {
                self.warn(&format!("nested deeper than {DEEPEST}: not read further"));
                return false;
            }
            self.open.push(name.to_owned());
        }
        true
    }

    fn end(&mut self, name: &str) {
        let name = name.trim();
        match self.open.iter().rposition(|open| open == name) {
            Some(at) => {
                if at == 0 && self.open.len() > 1 && self.picture.is_none() {
                    self.picture = self.nested.take();
                } else if at == 1 {
                    self.nested = None;
                }
                for unclosed in self.open.split_off(at).into_iter().skip(1).rev() {
                    self.warn(&format!("unclosed element: {}", short(&unclosed)));
                }
            }
            None => self.warn(&format!("end without a start: {}", short(name))),
        }
    }

    fn text(&mut self, text: &str) {
        if self.open.is_empty() && self.root.is_some() && !text.trim().is_empty() {
            self.trailing();
        }
    }

    /// Something stands behind the root. A line break that the escaping left there is nothing.
    fn trailing(&mut self) {
        if !self.is_trailing {
            self.is_trailing = true;
            let root = self.root.as_deref().unwrap_or_default();
            let warning = format!("more after </{}>", short(root));
            self.warn(&warning);
        }
    }

    /// The document ends in the middle of `rest`. An image whose tag is not even closed is read as far as it goes.
    fn cut_off(&mut self, rest: &str) {
        self.warn("cut off inside a tag");
        if let Some(tag) = rest.strip_prefix('<')
            && self.root.as_deref() == Some("msg")
            && self.picture.is_none()
        {
            self.start(tag, false);
        }
    }

    fn attributes(&mut self, text: &str) -> Vec<(String, String)> {
        let mut read: Vec<(String, String)> = Vec::new();
        for attribute in Attributes::html(text, 0).with_checks(false) {
            let Ok(attribute) = attribute else {
                self.warn("attributes: not all could be read");
                break;
            };
            if read.len() == MOST_ATTRIBUTES {
                self.warn(&format!("attributes: only the first {MOST_ATTRIBUTES} were read"));
                break;
            }
            let key = attribute.key.as_ref();
            let is_name = key.starts_with(|c: char| is_name_start(c) || c == ':');
            if key.len() > LONGEST_KEY || !is_name || key.bytes().any(|b| matches!(b, b'<' | b'/')) {
                self.warn("attributes: not all could be read");
                continue;
            }
            if read.iter().any(|(known, _)| known == key) {
                self.warn(&format!("{key}: given more than once"));
                continue;
            }
            let value = self.resolved(key, &attribute.value);
            read.push((key.to_owned(), value));
        }
        read
    }

    /// A value with the five entities of XML and character numbers resolved; any other stays as it stands.
    fn resolved(&mut self, key: &str, raw: &str) -> String {
        let mut value = String::with_capacity(raw.len());
        let mut rest = raw;
        let mut is_whole = true;
        while let Some(at) = rest.find('&') {
            value.push_str(&rest[..at]);
            rest = &rest[at..];
            let end = rest.bytes().take(LONGEST_ENTITY).skip(1).position(|b| matches!(b, b';' | b'&')).map(|at| at + 1);
            // A bare & stands for itself.
            let length = end.filter(|&end| rest.as_bytes()[end] == b';').map_or(1, |end| end + 1);
            let (entity, behind) = rest.split_at(length);
            if let Some(Ok(text)) = (length > 1).then(|| unescape(entity)) {
                value.push_str(&text);
            } else {
                value.push_str(entity);
                is_whole = false;
            }
            rest = behind;
        }
        value.push_str(rest);
        if !is_whole {
            self.warn(&format!("{key}: holds an entity that is not resolved"));
        }
        value
    }

    fn warn(&mut self, warning: &str) {
        if self.warnings.len() < MOST_WARNINGS && !self.warnings.iter().any(|known| known == warning) {
            self.warnings.push(warning.to_owned());
        }
    }

    fn found(self) -> Found {
        match (self.picture, self.first_child.or(self.root)) {
            (Some(picture), _) => picture,
            (None, Some(element)) => Found::Other(element),
            (None, None) => {
                self.warnings.clear();
                Found::Nothing
            }
        }
    }
}

/// What a name begins with, of elements and attributes: a letter of any script.
fn is_name_start(c: char) -> bool {
    c.is_ascii_alphabetic() || c == '_' || !c.is_ascii()
}

/// A name for a warning: hostile ones are as long as the document.
fn short(name: &str) -> String {
    name.chars().take(LONGEST_NAME).collect()
}
