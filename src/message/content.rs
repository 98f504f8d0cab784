//! The outer forms of a received content: a prefix, CDATA, escaping, or no XML at all (docs/protocol.md, "Received content").

use crate::prelude::*;
use crate::text::find;

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

/// What stands for a colon where a gateway's own format needs the colons.
pub(super) const MASKED_COLON: &str = "*#*";

/// Shorter runs of `@` and hex are somebody's name in a string.
const OPAQUE_DIGITS: usize = 64;

/// Layers of escaping and CDATA that are taken off: twice was seen.
const MOST_LAYERS: usize = 4;

pub(super) fn unwrap(content: &str) -> Unwrapped<'_> {
    let prefix = Prefix::of(content);
    let rest = prefix.as_ref().map_or(content, |prefix| prefix.rest);
    let mut content = without_layers(rest);
    if prefix.as_ref().is_some_and(|prefix| prefix.has_header)
        && let Some(length) = without_trailer(&content)
    {
        match &mut content {
            Cow::Borrowed(text) => *text = &text[..length],
            Cow::Owned(text) => text.truncate(length),
        }
    }
    let form = form_of(&content);
    Unwrapped { sender: prefix.map(|prefix| prefix.sender), content, form }
}

/// What stands before the content proper: who sent it.
struct Prefix<'a> {
    sender: &'a str,
    /// Whether the phone's protocol put `0:0:<md5>:` behind the name, and `:0` behind the content.
    has_header: bool,
    rest: &'a str,
}

impl<'a> Prefix<'a> {
    /// `name:` and a line break, a header, a blank or nothing.
    fn of(content: &'a str) -> Option<Self> {
        let (sender, behind) = split_name(content.trim_start_matches(is_blank))?;
        let header = behind_header(behind);
        let rest = header.unwrap_or(behind);
        // A header may be followed by the name once more.
        let rest = split_name(rest).filter(|(again, _)| *again == sender).map_or(rest, |(_, behind)| behind);
        let broken = LINE_BREAKS.iter().find_map(|line_break| rest.strip_prefix(line_break));
        let prefix = Self { sender, has_header: header.is_some(), rest: broken.unwrap_or(rest) };
        // A string may begin with any word and a colon. Behind a name that WeChat itself does not make, and without a line break,
        // only a message counts.
        let is_made = sender.starts_with('@') || sender.starts_with("wxid_") || sender.ends_with("@chatroom");
        let is_parted = broken.is_some() || prefix.has_header;
        let counts = begins_message(trimmed(rest)) || (is_parted && (is_made || form_of(prefix.rest) == Form::Opaque));
        if broken.is_none() {
            return counts.then_some(Self { rest: prefix.rest.trim_start_matches(' '), ..prefix });
        }
        counts.then_some(prefix)
    }
}

/// A name and what is behind its colon.
fn split_name(text: &str) -> Option<(&str, &str)> {
    let end = text.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '@' | '_' | '-' | '.')))?;
    let (name, rest) = text.split_at(end);
    let behind = rest.strip_prefix(':').or_else(|| rest.strip_prefix(MASKED_COLON))?;
    (2..=128).contains(&name.len()).then_some((name, behind))
}

/// What is behind `<number>:<number>:<md5>:`.
fn behind_header(text: &str) -> Option<&str> {
    let mut parts = text.splitn(4, ':');
    let mut is_number = || parts.next().is_some_and(|part| (1..4).contains(&part.len()) && is_digits(part));
    if !(is_number() && is_number()) {
        return None;
    }
    parts.next().filter(|md5| md5.len() == 32 && md5.bytes().all(|b| b.is_ascii_hexdigit()))?;
    parts.next()
}

fn is_digits(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_digit())
}

/// The length of a content without the `:0` that goes with a header.
fn without_trailer(content: &str) -> Option<usize> {
    let end = content.bytes().rposition(|b| b == b'>')? + 1;
    let digits = content[end..].trim_end().strip_prefix(':')?;
    is_digits(digits).then_some(end)
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

/// Whether this is the beginning of a message's document, however often it is escaped.
fn begins_message(text: &str) -> bool {
    const BEGINNINGS: [&str; 4] = ["?xml", "msg", "sysmsg", "![CDATA["];
    let inner = text.strip_prefix('<').or_else(|| {
        let mut entity = text.strip_prefix('&')?;
        while let Some(inner) = entity.strip_prefix("amp;") {
            entity = inner;
        }
        let (entity, inner) = entity.split_once(';')?;
        is_less_than(entity).then_some(inner)
    });
    inner.is_some_and(|inner| BEGINNINGS.iter().any(|beginning| inner.starts_with(beginning)))
}

/// Whether `&…;` stands for `<`.
fn is_less_than(entity: &str) -> bool {
    entity == "lt" || character(entity) == Some('<')
}

/// The character of a reference by number: `#60`, `#x3c`.
fn character(entity: &str) -> Option<char> {
    let number = entity.strip_prefix('#')?;
    let code = match number.strip_prefix(['x', 'X']) {
        Some(hex) => u32::from_str_radix(hex, 16),
        None => number.parse(),
    };
    char::from_u32(code.ok()?)
}

const CDATA: (&str, &str) = ("<![CDATA[", "]]>");

/// Takes CDATA and escaping off a whole document. What is escaped inside a plain document (a quoted message) stays.
fn without_layers(text: &str) -> Cow<'_, str> {
    let mut content = Cow::Borrowed(text);
    for _ in 0..MOST_LAYERS {
        let document = trimmed(&content);
        let inner = match document.strip_prefix(CDATA.0) {
            Some(inner) => inner[..find(inner, CDATA.1).unwrap_or(inner.len())].to_owned(),
            // More than one layer comes off a message alone: a string may be about escaping.
            None if document.starts_with("&lt;") || (document.starts_with('&') && begins_message(document)) => {
                unescaped(&content)
            }
            None => break,
        };
        content = Cow::Owned(inner);
    }
    content
}

/// Undoes one layer of escaping.
fn unescaped(text: &str) -> String {
    // Where `<` itself is a number, every number is of this layer. Elsewhere a number may be of the document inside.
    let is_by_number = trimmed(text).starts_with("&#");
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.bytes().position(|b| matches!(b, b'&' | b'<')) {
        plain.push_str(&rest[..at]);
        rest = &rest[at..];
        let (from, to) = [
            ("&lt;", "<"),
            ("&gt;", ">"),
            ("&quot;", "\""),
            ("&apos;", "'"),
            ("&amp;", "&"),
            ("<br/>", "\n"),
            ("<br />", "\n"),
            ("<br>", "\n"),
        ]
        .into_iter()
        .find(|(from, _)| rest.starts_with(from))
        .unwrap_or((&rest[..1], &rest[..1]));
        let number = rest.get(1..).and_then(|rest| rest.get(..rest.bytes().take(9).position(|b| b == b';')?));
        let number = number.and_then(|entity| Some((entity.len() + 2, character(entity)?)));
        match number.filter(|(_, c)| is_by_number || c.is_whitespace() || matches!(c, '"' | '\'')) {
            Some((length, c)) if from.len() == 1 => {
                plain.push(c);
                rest = &rest[length..];
            }
            _ => {
                plain.push_str(to);
                rest = &rest[from.len()..];
            }
        }
    }
    plain.push_str(rest);
    plain
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
            ("wxid_abc: <msg/>".to_owned(), Some("wxid_abc"), Form::Xml),
            ("wxid_abc:<msg/>".to_owned(), Some("wxid_abc"), Form::Xml),
            ("someone:&lt;msg/&gt;".to_owned(), Some("someone"), Form::Xml),
            ("someone:&amp;lt;msg/&amp;gt;".to_owned(), Some("someone"), Form::Xml),
            ("wxid_abc: hello".to_owned(), None, Form::Text),
            ("wxid_abc:hello".to_owned(), None, Form::Text),
            ("Note: <b>milk</b>".to_owned(), None, Form::Text),
            ("123@chatroom:\n<sysmsg/>".to_owned(), Some("123@chatroom"), Form::Xml),
            ("123@chatroom:\nhello".to_owned(), Some("123@chatroom"), Form::Text),
            (format!("wxid_abc:0:0:{}:<msg/>:0\n", "0f".repeat(16)), Some("wxid_abc"), Form::Xml),
            (format!("wxid_abc:0:1:{}:wxid_abc*#*\n<msg/>", "0f".repeat(16)), Some("wxid_abc"), Form::Xml),
            (format!("wxid_abc:0:1:{}:wxid_other*#*\nhello", "0f".repeat(16)), Some("wxid_abc"), Form::Text),
            ("12:30:45: <msg/>".to_owned(), None, Form::Text),
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
    fn other_layers_come_off_a_message() {
        for (content, inner) in [
            ("&amp;lt;msg a=\"&amp;amp;amp;\" /&amp;gt;", "<msg a=\"&amp;\" />"),
            ("&amp;amp;lt;msg/&amp;amp;gt;", "<msg/>"),
            ("&#60;msg a=&#34;1&#34;&#x20;/&#62;", "<msg a=\"1\" />"),
            ("&#x3C;msg/&#x3e;", "<msg/>"),
            ("&lt;msg&#x20;a='&#60;'&#32;/&gt;", "<msg a='&#60;' />"),
            ("<![CDATA[<msg/>]]>", "<msg/>"),
            ("<![CDATA[&lt;msg/&gt;]]>\n", "<msg/>"),
            ("<![CDATA[<msg/>", "<msg/>"),
            ("&lt;![CDATA[<msg/>]]&gt;", "<msg/>"),
            ("&amp;lt;b&amp;gt; is bold", "&amp;lt;b&amp;gt; is bold"),
            ("&#60;b&#62;", "&#60;b&#62;"),
            ("<a><![CDATA[<msg/>]]></a>", "<a><![CDATA[<msg/>]]></a>"),
        ] {
            assert_eq!(unwrap(content).content, inner, "{content}");
        }
        let deep = format!("&{}lt;msg/&{}gt;", "amp;".repeat(9), "amp;".repeat(9));
        assert_eq!(unwrap(&deep).form, Form::Text, "no message is escaped so often");
    }

    #[test]
    fn a_header_takes_its_trailer_with_it() {
        let md5 = "0f".repeat(16);
        assert_eq!(unwrap(&format!("wxid_abc:0:0:{md5}:<msg/>:0\n")).content, "<msg/>");
        assert_eq!(unwrap(&format!("wxid_abc:0:0:{md5}:&lt;msg/&gt;:0")).content, "<msg/>");
        assert_eq!(unwrap(&format!("wxid_abc:0:0:{md5}:<msg/>: 0")).content, "<msg/>: 0");
        assert_eq!(unwrap("wxid_abc:\n<msg/>:0").content, "<msg/>:0");
    }

    #[test]
    fn opaque_is_long_hex_alone() {
        assert_eq!(unwrap(&format!("@{}", "0f".repeat(64))).form, Form::Opaque);
        assert_eq!(unwrap("@0f0f").form, Form::Text);
        assert_eq!(unwrap(&format!("@{}!", "0f".repeat(64))).form, Form::Text);
    }
}
