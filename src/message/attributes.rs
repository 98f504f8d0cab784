//! The attributes of a tag, as far as they can be read.

use alloc::borrow::Cow;

use quick_xml::escape::unescape;

use super::walk::is_name_start;
use super::warnings::Warnings;
use crate::prelude::*;

/// More than any message has; past them a document is only hostile.
const MOST_ATTRIBUTES: usize = 256;
const LONGEST_KEY: usize = 128;
/// Bytes from `&` to `;`: enough for any character's number.
const LONGEST_ENTITY: usize = 12;

/// Names and values: parts of the document, or what was made of one.
pub(super) type Attributes<'d> = Vec<(Cow<'d, str>, Cow<'d, str>)>;

/// Names and values in document order, each name once. `text` is what stands behind the tag's name.
pub(super) fn read<'d>(text: &'d str, warnings: &mut Warnings) -> Attributes<'d> {
    match with_blanks(text, warnings) {
        Cow::Borrowed(text) => of(text, warnings),
        Cow::Owned(text) => {
            let own = |part: Cow<'_, str>| Cow::Owned(part.into_owned());
            of(&text, warnings).into_iter().map(|(key, value)| (own(key), own(value))).collect()
        }
    }
}

fn of<'d>(text: &'d str, warnings: &mut Warnings) -> Attributes<'d> {
    let mut read: Attributes<'d> = Vec::new();
    let mut rest = text;
    while let Some(attribute) = next(&mut rest) {
        let Ok((key, raw)) = attribute else {
            warnings.add("attributes: not all could be read");
            break;
        };
        if read.len() == MOST_ATTRIBUTES {
            warnings.add(format!("attributes: only the first {MOST_ATTRIBUTES} were read"));
            break;
        }
        let is_name = key.starts_with(|c: char| is_name_start(c) || c == ':');
        if key.len() > LONGEST_KEY || !is_name || key.bytes().any(|b| matches!(b, b'<' | b'/')) {
            warnings.add("attributes: not all could be read");
            continue;
        }
        if read.iter().any(|(known, _)| known == key) {
            warnings.add(format!("{key}: given more than once"));
            continue;
        }
        let value = resolved(key, raw, warnings);
        read.push((Cow::Borrowed(key), value));
    }
    read
}

/// A value that is missing, or whose quote is not closed.
struct Unclosed;

/// Takes the next attribute off the text: its name, and its value as it is written, which may be absent or stand without quotes, as in
/// HTML. By hand, since quick-xml's reader of attributes brings a set of names for a check that is not wanted here.
fn next<'a>(text: &mut &'a str) -> Option<Result<(&'a str, &'a str), Unclosed>> {
    let rest = from(text, |b| !is_blank(b)).1;
    // A name has at least one letter, whatever it is.
    let key_len = rest.bytes().skip(1).position(|b| b == b'=' || is_blank(b)).map_or(rest.len(), |at| at + 1);
    let (key, rest) = rest.split_at(key_len);
    let rest = from(rest, |b| !is_blank(b)).1;
    let Some(rest) = rest.strip_prefix('=') else {
        *text = rest;
        return (!key.is_empty()).then_some(Ok((key, "")));
    };
    let rest = from(rest, |b| !is_blank(b)).1;
    let (value, behind) = match rest.as_bytes().first() {
        Some(&quote @ (b'"' | b'\'')) => from(&rest[1..], |b| b == quote),
        _ => from(rest, is_blank),
    };
    let is_quoted = value.len() < rest.len() - behind.len();
    if rest.is_empty() || (is_quoted && behind.is_empty()) {
        return Some(Err(Unclosed));
    }
    *text = if is_quoted { &behind[1..] } else { behind };
    Some(Ok((key, value)))
}

/// Splits a string before the first byte that is looked for, or at its end.
fn from(text: &str, is_it: impl Fn(u8) -> bool) -> (&str, &str) {
    text.split_at(text.bytes().position(is_it).unwrap_or(text.len()))
}

fn is_blank(b: u8) -> bool {
    matches!(b, b' ' | b'\t' | b'\r' | b'\n')
}

/// The text with its blanks back, where URL encoding was undone by half and left a `+` for each. Inside quotes it stays: it may be one.
fn with_blanks<'a>(text: &'a str, warnings: &mut Warnings) -> Cow<'a, str> {
    if !text.starts_with('+') {
        return Cow::Borrowed(text);
    }
    warnings.add("attributes: parted by + instead of blanks");
    let mut quote = None;
    let blank = |c| {
        let is_quoted = quote.is_some();
        quote = match quote {
            Some(end) => Some(end).filter(|_| c != end),
            None => Some(c).filter(|c| matches!(c, '"' | '\'')),
        };
        if c == '+' && !is_quoted { ' ' } else { c }
    };
    text.chars().map(blank).collect()
}

/// A value with the five entities of XML and character numbers resolved; any other stays as it stands.
fn resolved<'d>(key: &str, raw: &'d str, warnings: &mut Warnings) -> Cow<'d, str> {
    if !raw.bytes().any(|b| b == b'&') {
        return Cow::Borrowed(raw);
    }
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
    Cow::Owned(value)
}

#[cfg(test)]
mod tests {
    use quick_xml::events::attributes::Attributes;

    use super::*;

    /// Every text of up to six of these letters is read as quick-xml reads it.
    #[test]
    fn attributes_are_those_of_quick_xml() {
        const LETTERS: [&str; 7] = ["a", "é", "=", "\"", "'", " ", "/"];
        let mut texts = vec![String::new()];
        for _ in 0..6 {
            let longer = texts.iter().filter(|text| text.chars().count() < 6);
            texts = longer.flat_map(|text| LETTERS.map(|letter| format!("{text}{letter}"))).collect();
            for text in &texts {
                let theirs: Vec<_> = Attributes::html(text, 0)
                    .with_checks(false)
                    .map(|read| read.ok().map(|read| (read.key.as_ref().to_owned(), read.value.into_owned())))
                    .collect();
                let mut ours = Vec::new();
                let mut rest = text.as_str();
                while let Some(read) = next(&mut rest) {
                    ours.push(read.ok().map(|(key, value)| (key.to_owned(), value.to_owned())));
                    if ours.last() == Some(&None) {
                        break;
                    }
                }
                assert_eq!(ours, theirs, "{text}");
            }
        }
    }
}
