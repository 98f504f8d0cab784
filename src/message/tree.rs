//! A document as a tree of its elements, for messages whose pictures stand in texts of elements. What cannot be read ends it.

use quick_xml::Reader;
use quick_xml::escape::unescape;
use quick_xml::events::Event;

use super::attributes;
use super::warnings::Warnings;
use crate::prelude::*;

/// Deeper than any message; past it a document is only hostile.
const DEEPEST: usize = 64;
/// More elements than any message has.
const MOST_ELEMENTS: usize = 16_384;

/// An element.
#[derive(Default)]
pub(super) struct Element {
    name: String,
    attributes: String,
    /// Its own text, with the entities in it resolved.
    pub(super) text: String,
    children: Vec<Element>,
}

impl Element {
    /// A document, whose root is the only child of what this gives.
    pub(super) fn read(document: &str) -> Self {
        let mut reader = Reader::from_str(document);
        let config = reader.config_mut();
        config.check_end_names = false;
        config.allow_unmatched_ends = true;
        config.allow_dangling_amp = true;
        let mut open = vec![Self::default()];
        for _ in 0..MOST_ELEMENTS {
            let depth = open.len();
            let Some(current) = open.last_mut() else { break };
            match reader.read_event() {
                Ok(Event::Start(tag)) if depth < DEEPEST => open.push(Self::named(&tag)),
                Ok(Event::Empty(tag)) => current.children.push(Self::named(&tag)),
                Ok(Event::End(tag)) => close(&mut open, tag.name().as_ref()),
                Ok(Event::Text(text)) => current.text.push_str(&text),
                Ok(Event::CData(text)) => current.text.push_str(&text),
                Ok(Event::GeneralRef(entity)) => {
                    let entity = format!("&{};", &*entity);
                    current.text.push_str(unescape(&entity).as_deref().unwrap_or(&entity));
                }
                Ok(Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_)) => {}
                Ok(Event::Start(_) | Event::Eof) | Err(_) => break,
            }
        }
        while open.len() > 1 {
            let last = open.pop().unwrap_or_default();
            if let Some(parent) = open.last_mut() {
                parent.children.push(last);
            }
        }
        open.pop().unwrap_or_default()
    }

    fn named(tag: &str) -> Self {
        let end = tag.find(|c: char| c.is_whitespace() || c == '/').unwrap_or(tag.len());
        Self { name: tag[..end].to_owned(), attributes: tag[end..].to_owned(), ..Self::default() }
    }

    /// The children of that name.
    pub(super) fn all(&self, name: &str) -> impl Iterator<Item = &Self> {
        self.children.iter().filter(move |child| child.name == name)
    }

    /// The first child of that name.
    pub(super) fn child(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|child| child.name == name)
    }

    /// The text of a child, if it has one.
    pub(super) fn said(&self, name: &str) -> Option<String> {
        let text = self.child(name)?.text.trim();
        (!text.is_empty()).then(|| text.to_owned())
    }

    /// An attribute's value.
    pub(super) fn attribute(&self, name: &str) -> Option<String> {
        let read = attributes::read(&self.attributes, &mut Warnings::default());
        read.into_iter().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
    }
}

/// Ends an element, and with it those in it that are not closed.
fn close(open: &mut Vec<Element>, name: &str) {
    let name = name.trim();
    let Some(at) = open.iter().rposition(|element| element.name == name).filter(|at| *at > 0) else { return };
    while open.len() > at {
        let last = open.pop().unwrap_or_default();
        if let Some(parent) = open.last_mut() {
            parent.children.push(last);
        }
    }
}
