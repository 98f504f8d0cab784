//! The outer forms of a received content: a group prefix, escaping, or no XML at all (docs/protocol.md, "Received content").

use crate::prelude::*;

use alloc::borrow::Cow;

/// A content with its wrapping taken off.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Unwrapped<'a> {
    pub(super) sender: Option<&'a str>,
    pub(super) content: Cow<'a, str>,
    pub(super) form: Form,
}

/// What is inside the wrapping.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Xml,
    Opaque,
    Text,
}

/// A line break on Web, in the spellings that were seen, and at gateways.
const LINE_BREAKS: [&str; 8] = ["<br/>", "<br />", "<br>", "&lt;br/&gt;", "&lt;br /&gt;", "&lt;br&gt;", "\r\n", "\n"];

/// Shorter runs of `@` and hex are somebody's name in a text.
const OPAQUE_DIGITS: usize = 64;

pub(super) fn unwrap(content: &str) -> Unwrapped<'_> {
    if let Some((sender, rest)) = split_prefix(content) {
        let form = form_of(rest);
        // A text may begin with any word and a colon. Behind a name that WeChat itself does not make, only a message counts.
        let is_made = sender.starts_with('@') || sender.starts_with("wxid_");
        let is_message = ["<?xml", "<msg", "&lt;?xml", "&lt;msg"].iter().any(|start| trimmed(rest).starts_with(start));
        if is_made || is_message || form == Form::Opaque {
            let content = unescaped(rest);
            let form = form_of(&content);
            return Unwrapped { sender: Some(sender), content, form };
        }
    }
    let content = unescaped(content);
    let form = form_of(&content);
    Unwrapped { sender: None, content, form }
}

/// `name:` and a line break, `<br/>` on Web and `\n` at gateways.
fn split_prefix(content: &str) -> Option<(&str, &str)> {
    let trimmed = content.trim_start_matches(is_blank);
    let colon = trimmed.find(':')?;
    let (name, rest) = (&trimmed[..colon], &trimmed[colon + 1..]);
    let is_name = (2..=128).contains(&name.len())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'@' | b'_' | b'-' | b'.'));
    let rest = LINE_BREAKS.iter().find_map(|line_break| rest.strip_prefix(line_break))?;
    is_name.then_some((name, rest))
}

fn is_blank(c: char) -> bool {
    matches!(c, '\u{feff}' | ' ' | '\t' | '\r' | '\n')
}

fn form_of(text: &str) -> Form {
    let text = trimmed(text);
    if text.starts_with('<') {
        Form::Xml
    } else if text
        .trim_end()
        .strip_prefix('@')
        .is_some_and(|hex| hex.len() >= OPAQUE_DIGITS && hex.bytes().all(|b| b.is_ascii_hexdigit()))
    {
        Form::Opaque
    } else {
        Form::Text
    }
}

/// The text without the blanks and line breaks, in whatever form, that stand before it.
fn trimmed(text: &str) -> &str {
    let mut rest = text;
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
        match LINE_BREAKS.iter().find_map(|line_break| rest.strip_prefix(line_break)) {
            Some(behind) => rest = behind,
            None => return rest,
        }
    }
}

/// Undoes one layer of escaping, where the whole document is escaped. Escaped text inside a plain document (a quoted message) stays.
fn unescaped(text: &str) -> Cow<'_, str> {
    if !trimmed(text).starts_with("&lt;") {
        return Cow::Borrowed(text);
    }
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.bytes().position(|b| matches!(b, b'&' | b'<')) {
        plain.push_str(&rest[..at]);
        rest = &rest[at..];
        let (from, to) = [
            ("&lt;", "<"),
            ("&gt;", ">"),
            ("&#39;", "'"),
            ("&quot;", "\""),
            ("&amp;", "&"),
            ("<br/>", "\n"),
            ("<br />", "\n"),
            ("<br>", "\n"),
        ]
        .into_iter()
        .find(|(from, _)| rest.starts_with(from))
        .unwrap_or((&rest[..1], &rest[..1]));
        plain.push_str(to);
        rest = &rest[from.len()..];
    }
    plain.push_str(rest);
    Cow::Owned(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes() {
        let hex = "@f8842db9faf385cf064acb658e58e892";
        for (content, sender, form) in [
            (format!("{hex}:<br/>&lt;msg/&gt;"), Some(hex), Form::Xml),
            (format!("{hex}:<br/>hello"), Some(hex), Form::Text),
            ("wxid_abc:\n<msg/>".to_owned(), Some("wxid_abc"), Form::Xml),
            ("wxid_abc:\nhello".to_owned(), Some("wxid_abc"), Form::Text),
            ("ejbcpxzsxq765:\n<?xml version=\"1.0\"?>".to_owned(), Some("ejbcpxzsxq765"), Form::Xml),
            ("Note:\nbuy milk".to_owned(), None, Form::Text),
            ("Note:\n<3 love you".to_owned(), None, Form::Text),
            ("Todo:\n<b>milk</b>".to_owned(), None, Form::Text),
            ("a b:\n<msg/>".to_owned(), None, Form::Text),
            ("http://x".to_owned(), None, Form::Text),
            (format!("{hex}:\n@{}", "ab".repeat(40)), Some(hex), Form::Opaque),
        ] {
            let unwrapped = unwrap(&content);
            assert_eq!((unwrapped.sender, unwrapped.form), (sender, form), "{content}");
        }
    }

    #[test]
    fn one_layer_of_escaping_comes_off() {
        assert_eq!(unwrap("&lt;a b=\"&amp;lt;\" /&gt;<br/>").content, "<a b=\"&lt;\" />\n");
        assert_eq!(unwrap("<a>&lt;b&gt;</a>").content, "<a>&lt;b&gt;</a>");
        assert_eq!(unwrap("&lt;a x=&quot;&#39;&quot;&gt; & <b>").content, "<a x=\"'\"> & <b>");
    }

    #[test]
    fn opaque_is_long_hex_alone() {
        assert_eq!(unwrap(&format!("@{}", "0f".repeat(64))).form, Form::Opaque);
        assert_eq!(unwrap("@0f0f").form, Form::Text);
        assert_eq!(unwrap(&format!("@{}!", "0f".repeat(64))).form, Form::Text);
    }
}
