//! The walk through a document: which element the message is, and its attributes. quick-xml does the reading; what it cannot read
//! ends the walk with a warning, and what was found up to there counts.

use quick_xml::Reader;
use quick_xml::events::Event;

use super::attributes::{self, Attributes};
use super::warnings::Warnings;
use crate::prelude::*;

/// Deeper than any message; past it a document is only hostile.
const DEEPEST: usize = 64;
/// Characters of a name in a warning.
const LONGEST_NAME: usize = 64;

/// What a document is.
pub(super) enum Found<'d> {
    Picture(Tag<'d>),
    Other(&'d str),
    Nothing,
}

/// The element that says what the picture is, with its attributes.
pub(super) enum Tag<'d> {
    Image(Attributes<'d>),
    Emoji(Attributes<'d>),
}

/// Reads the document. Its own entities are never expanded, and a document type is passed over.
pub(super) fn walk<'d>(document: &'d str, warnings: &mut Warnings) -> Found<'d> {
    let document = document.trim_start_matches('\u{feff}');
    let mut reader = Reader::from_str(document);
    let config = reader.config_mut();
    config.check_end_names = false;
    config.allow_unmatched_ends = true;
    config.allow_dangling_amp = true;
    let mut walk =
        Walk { warnings, open: Vec::new(), root: None, first_child: None, picture: Picture::None, is_trailing: false };
    loop {
        let start = usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX);
        // What stands behind the `<` of a tag, as a part of the document.
        let part = |tag: &str| document.get(start + 1..).and_then(|rest| rest.get(..tag.len())).unwrap_or_default();
        match reader.read_event() {
            Ok(Event::Start(tag)) if !walk.start(part(&tag), true) => break,
            Ok(Event::Empty(tag)) => _ = walk.start(part(&tag), false),
            Ok(Event::End(tag)) => walk.end(tag.name().as_ref()),
            Ok(Event::Text(text)) => walk.text(&text),
            Ok(Event::CData(_)) => walk.text("CDATA"),
            Ok(Event::DocType(_)) => walk.warnings.add("document type: not read"),
            Ok(Event::Eof) => {
                if let Some(name) = walk.open.last() {
                    walk.warnings.add(format!("cut off: {} is not closed", short(name)));
                }
                break;
            }
            Ok(_) => {}
            Err(_) => {
                walk.cut_off(document.get(start..).unwrap_or_default());
                break;
            }
        }
    }
    walk.found()
}

struct Walk<'w, 'd> {
    warnings: &'w mut Warnings,
    /// Names of the elements that are open, outermost first.
    open: Vec<&'d str>,
    root: Option<&'d str>,
    first_child: Option<&'d str>,
    picture: Picture<'d>,
    /// The root is closed, and what comes behind it has been warned about.
    is_trailing: bool,
}

/// The message's picture, as far as it is known.
enum Picture<'d> {
    None,
    /// The first in a child of the root. It is the message's only if that child turns out not to be closed before the root is: a child
    /// that is closed holds a picture of its own.
    Perhaps(Tag<'d>),
    Certain(Tag<'d>),
}

/// Where an element stands, as far as it matters.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Position {
    /// It is the first element of all.
    Root,
    /// In `<msg>`.
    Child,
    /// In a child of `<msg>` that is no message of its own (appmsg, refermsg).
    Grandchild,
    /// Beside the root.
    Trailing,
    Elsewhere,
}

impl<'d> Walk<'_, 'd> {
    fn position(&self) -> Position {
        match (self.root, self.open.as_slice()) {
            (None, _) => Position::Root,
            (Some(_), []) => Position::Trailing,
            (Some("msg"), [_]) => Position::Child,
            (Some("msg"), [_, child]) if !child.ends_with("msg") => Position::Grandchild,
            _ => Position::Elsewhere,
        }
    }

    /// An element begins. False ends the walk: the document is deeper than any message.
    fn start(&mut self, tag: &'d str, opens: bool) -> bool {
        let text = tag.trim_start();
        let name_len = text.find(|c: char| c.is_whitespace() || matches!(c, '/' | '+')).unwrap_or(text.len());
        let (name, rest) = text.split_at(name_len);
        // What begins otherwise is no element; and a line break of Web's beside the root is none of the message.
        if !name.starts_with(is_name_start) || (name == "br" && self.open.is_empty()) {
            return true;
        }
        let position = self.position();
        match position {
            Position::Root => self.root = Some(name),
            Position::Child if self.first_child.is_none() => self.first_child = Some(name),
            Position::Trailing => self.trailing(),
            Position::Child | Position::Grandchild | Position::Elsewhere => {}
        }
        let make = match name {
            "img" => Some(Tag::Image as fn(_) -> _),
            "emoji" => Some(Tag::Emoji as fn(_) -> _),
            _ => None,
        };
        let is_new = matches!(
            (position, &self.picture),
            (Position::Root | Position::Child, Picture::None | Picture::Perhaps(_))
                | (Position::Grandchild, Picture::None)
        );
        if let Some(make) = make.filter(|_| is_new) {
            if position == Position::Root {
                self.warnings.add(format!("{name}: outside msg"));
            }
            if text.len() < tag.len() {
                self.warnings.add(format!("{name}: blank before the name"));
            }
            let tag = make(attributes::read(rest, self.warnings));
            self.picture = if position == Position::Grandchild { Picture::Perhaps(tag) } else { Picture::Certain(tag) };
        }
        if opens {
            if self.open.len() == DEEPEST {
                self.warnings.add(format!("nested deeper than {DEEPEST}: not read further"));
                return false;
            }
            self.open.push(name);
        }
        true
    }

    fn end(&mut self, name: &str) {
        let name = name.trim();
        let Some(at) = self.open.iter().rposition(|open| *open == name) else {
            self.warnings.add(format!("end without a start: {}", short(name)));
            return;
        };
        // The root ends with its child still open, or the child does.
        self.picture = match (core::mem::replace(&mut self.picture, Picture::None), at) {
            (Picture::Perhaps(tag), 0) if self.open.len() > 1 => Picture::Certain(tag),
            (Picture::Perhaps(_), 0 | 1) => Picture::None,
            (picture, _) => picture,
        };
        for unclosed in self.open.split_off(at).into_iter().skip(1).rev() {
            self.warnings.add(format!("unclosed element: {}", short(unclosed)));
        }
    }

    fn text(&mut self, text: &str) {
        if self.position() == Position::Trailing && !text.trim().is_empty() {
            self.trailing();
        }
    }

    /// Something stands behind the root. A line break that the escaping left there is nothing.
    fn trailing(&mut self) {
        if !self.is_trailing {
            self.is_trailing = true;
            let root = self.root.unwrap_or_default();
            self.warnings.add(format!("more after </{}>", short(root)));
        }
    }

    /// The document ends in the middle of `rest`. An image whose tag is not even closed is read as far as it goes.
    fn cut_off(&mut self, rest: &'d str) {
        self.warnings.add("cut off inside a tag");
        if let Some(tag) = rest.strip_prefix('<')
            && self.root == Some("msg")
            && !matches!(self.picture, Picture::Certain(_))
        {
            self.start(tag, false);
        }
    }

    fn found(self) -> Found<'d> {
        match (self.picture, self.first_child.or(self.root)) {
            (Picture::Certain(tag), _) => Found::Picture(tag),
            (_, Some(element)) => Found::Other(element),
            (_, None) => {
                self.warnings.clear();
                Found::Nothing
            }
        }
    }
}

/// What a name begins with, of elements and attributes: a letter of any script.
pub(super) fn is_name_start(c: char) -> bool {
    c.is_ascii_alphabetic() || c == '_' || !c.is_ascii()
}

/// A name for a warning: hostile ones are as long as the document.
fn short(name: &str) -> String {
    name.chars().take(LONGEST_NAME).collect()
}
