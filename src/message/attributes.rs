//! The attributes of a tag, as far as they can be read.

use alloc::borrow::Cow;

use quick_xml::escape::unescape;
use quick_xml::events::attributes::Attributes;

use super::walk::is_name_start;
use super::warnings::Warnings;
use crate::prelude::*;

/// More than any message has; past them a document is only hostile.
const MOST_ATTRIBUTES: usize = 256;
const LONGEST_KEY: usize = 128;
/// Bytes from `&` to `;`: enough for any character's number.
const LONGEST_ENTITY: usize = 12;

/// Names and values in document order, each name once. `text` is what stands behind the tag's name.
pub(super) fn read(text: &str, warnings: &mut Warnings) -> Vec<(String, String)> {
    let text = with_blanks(text, warnings);
    let mut read: Vec<(String, String)> = Vec::new();
    for attribute in Attributes::html(&text, 0).with_checks(false) {
        let Ok(attribute) = attribute else {
            warnings.add("attributes: not all could be read");
            break;
        };
        if read.len() == MOST_ATTRIBUTES {
            warnings.add(format!("attributes: only the first {MOST_ATTRIBUTES} were read"));
            break;
        }
        let key = attribute.key.as_ref();
        let is_name = key.starts_with(|c: char| is_name_start(c) || c == ':');
        if key.len() > LONGEST_KEY || !is_name || key.bytes().any(|b| matches!(b, b'<' | b'/')) {
            warnings.add("attributes: not all could be read");
            continue;
        }
        if read.iter().any(|(known, _)| known == key) {
            warnings.add(format!("{key}: given more than once"));
            continue;
        }
        let value = resolved(key, &attribute.value, warnings);
        read.push((key.to_owned(), value));
    }
    read
}

/// The text with its blanks back, where URL encoding was undone by half and left a `+` for each. Inside quotes it stays: it may be one.
fn with_blanks<'a>(text: &'a str, warnings: &mut Warnings) -> Cow<'a, str> {
    if !text.starts_with('+') {
        return Cow::Borrowed(text);
    }
    warnings.add("attributes: parted by + instead of blanks");
    let mut quote = None;
    let blank = |c| match quote {
        Some(end) => {
            quote = Some(end).filter(|_| c != end);
            c
        }
        None => {
            quote = Some(c).filter(|c| matches!(c, '"' | '\''));
            if c == '+' { ' ' } else { c }
        }
    };
    text.chars().map(blank).collect()
}

/// A value with the five entities of XML and character numbers resolved; any other stays as it stands.
fn resolved(key: &str, raw: &str, warnings: &mut Warnings) -> String {
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
        warnings.add(format!("{key}: holds an entity that is not resolved"));
    }
    value
}
