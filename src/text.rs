//! A service's own words: found, shortened, and freed of what may be secret in them, so that an error may quote them.

use crate::prelude::*;

/// Where a string has another in it. The standard library's search is made for long strings, and is ten times this one's size.
pub(crate) fn find(text: &str, part: &str) -> Option<usize> {
    text.as_bytes().windows(part.len().max(1)).position(|window| window == part.as_bytes())
}

/// The text with another in the place of each `part`.
pub(crate) fn replaced(text: &str, part: &str, by: &str) -> String {
    let mut whole = String::new();
    let mut rest = text;
    while let Some(at) = find(rest, part) {
        whole.push_str(&rest[..at]);
        whole.push_str(by);
        rest = &rest[at + part.len()..];
    }
    whole + rest
}

/// What stands before and behind the last `mark`, a character of ASCII.
pub(crate) fn split_last(text: &str, mark: u8) -> Option<(&str, &str)> {
    let at = text.bytes().rposition(|byte| byte == mark)?;
    Some((&text[..at], &text[at + 1..]))
}

/// Characters of a page that are looked at.
const LOOKED_AT: usize = 4096;

/// The title of an HTML page, or its first words.
pub(crate) fn html_summary(page: &str) -> String {
    let page = page.char_indices().nth(LOOKED_AT).map_or(page, |(end, _)| &page[..end]);
    let lower = page.to_ascii_lowercase();
    let title = find(&lower, "<title").and_then(|open| {
        let start = open + lower[open..].find('>')? + 1;
        let end = start + lower[start..].find('<')?;
        Some(&page[start..end])
    });
    let without_tags = |text: &str| {
        let mut inside = false;
        let visible: String = text
            .chars()
            .filter(|&c| {
                let shown = !inside && c != '<';
                inside = c == '<' || (inside && c != '>');
                shown
            })
            .collect();
        visible
    };
    let text = match title {
        Some(title) if !title.trim().is_empty() => title.to_owned(),
        _ => without_tags(page),
    };
    let mut words = String::new();
    for word in text.split_whitespace() {
        // A page may quote the request's URL, whose query holds tickets.
        words.push_str(&word[..word.bytes().position(|byte| byte == b'?').unwrap_or(word.len())]);
        words.push(' ');
    }
    quotable(&words)
}

/// A service's own words, fit for a message: one line of at most 80 characters. Whoever answers knows the session, a token or a picture's
/// key, and may repeat it: what is as long as one of these is left out.
pub(crate) fn quotable(text: &str) -> String {
    let mut quoted = String::new();
    for word in text.split_whitespace() {
        if !quoted.is_empty() {
            quoted.push(' ');
        }
        // A Sid has 16 characters, and all else that is secret has more. Words of other scripts stand without blanks between them.
        let mut rest = word;
        while let Some(first) = rest.bytes().next() {
            let end = rest.bytes().position(|byte| byte.is_ascii() != first.is_ascii()).unwrap_or(rest.len());
            let (run, behind) = rest.split_at(end);
            quoted.push_str(if first.is_ascii() && run.len() >= 16 { "…" } else { run });
            rest = behind;
        }
    }
    quoted.chars().take(80).collect()
}
