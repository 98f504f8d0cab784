//! The XML of a file's message, as the client writes it.

use quick_xml::Reader;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::Event;

use crate::refusal::{Refusal, require};

/// What it says about the file.
#[derive(Debug, Default)]
pub(super) struct AppMsg {
    pub(super) title: String,
    size: String,
    pub(super) attach_id: String,
    pub(super) extension: String,
}

/// What the message is when it is a file's.
const FILE: &str = "6";

impl AppMsg {
    /// `at` is where the XML stands.
    pub(super) fn read(at: &str, content: &str) -> Result<Self, Refusal> {
        let elements = elements(content).map_err(|why| Refusal::parameter(format!("{at}: {why}")))?;
        let value = |path: &str| {
            let mut found = elements.iter().filter(|(name, _)| name == path).map(|(_, text)| text);
            match (found.next(), found.next()) {
                (Some(text), None) => Ok(text.clone()),
                (None, _) => Err(Refusal::parameter(format!("{at}: no {path}"))),
                (Some(_), Some(_)) => Err(Refusal::parameter(format!("{at}: {path} twice"))),
            }
        };
        let kind = value("appmsg/type")?;
        require(kind == FILE, || format!("{at}: appmsg/type is {kind}, expected {FILE}"))?;
        let title = value("appmsg/title")?;
        require(!title.is_empty(), || format!("{at}: appmsg/title is empty"))?;
        Ok(Self {
            title,
            size: value("appmsg/appattach/totallen")?,
            attach_id: value("appmsg/appattach/attachid")?,
            // Empty where the name has no ending; openwechat and the page write "undefined" there.
            extension: value("appmsg/appattach/fileext")?,
        })
    }

    pub(super) fn check_size(&self, at: &str, size: usize) -> Result<(), Refusal> {
        require(self.size == size.to_string(), || {
            format!("{at}: appmsg/appattach/totallen is {}, expected {size}", self.size)
        })
    }
}

/// Every element by its path, with the text in it.
fn elements(content: &str) -> Result<Vec<(String, String)>, String> {
    let mut reader = Reader::from_str(content);
    let mut elements = Vec::new();
    // Places in `elements` of those that are open.
    let mut open: Vec<usize> = Vec::new();
    loop {
        let event = reader.read_event().map_err(|error| format!("no XML ({error})"))?;
        let text = match &event {
            Event::Start(tag) | Event::Empty(tag) => {
                let name = tag.name().as_ref().to_owned();
                let path = open.last().map_or(name.clone(), |at: &usize| {
                    let (parent, _): &(String, String) = &elements[*at];
                    format!("{parent}/{name}")
                });
                if matches!(event, Event::Start(_)) {
                    open.push(elements.len());
                }
                elements.push((path, String::new()));
                continue;
            }
            Event::End(_) => {
                open.pop();
                continue;
            }
            Event::Eof if open.is_empty() => return Ok(elements),
            Event::Eof => return Err("cut off".into()),
            Event::Text(text) => text.xml10_content().into_owned(),
            Event::CData(text) => text.xml10_content().into_owned(),
            Event::GeneralRef(entity) => {
                let unknown = || format!("no XML (&{};)", &**entity);
                match entity.resolve_char_ref().map_err(|_| unknown())? {
                    Some(letter) => letter.to_string(),
                    None => resolve_predefined_entity(entity).ok_or_else(unknown)?.to_owned(),
                }
            }
            _ => continue,
        };
        if let Some(at) = open.last() {
            elements[*at].1.push_str(&text);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::elements;

    #[test]
    fn values_are_read_without_their_escaping() {
        let read = elements("<a x='1'><b>1 &lt; 2 &amp;&#38; 3</b><c></c><d/></a>").expect("XML");
        let read: Vec<(&str, &str)> = read.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
        assert_eq!(read, [("a", ""), ("a/b", "1 < 2 && 3"), ("a/c", ""), ("a/d", "")]);
    }

    #[test]
    fn what_is_no_xml_is_refused() {
        for text in ["<a>1 & 2</a>", "<a>1 < 2</a>", "<a><b></a>", "<a>", "<a>&nbsp;</a>"] {
            assert!(elements(text).is_err(), "{text}");
        }
    }
}
