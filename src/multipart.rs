//! A form as the bytes of `multipart/form-data`, for a platform whose own `FormData` copies each slice of a file before it leaves.
//!
//! As HTML's encoding of forms does it: line breaks and quotes in a file's name are escaped by percent, line breaks in values are CRLF.

use core::ops::Range;

use crate::http::{Part, PartValue};
use crate::prelude::*;

/// A form whose last part may be a range of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Multipart {
    /// What goes before the bytes of the file.
    pub head: String,
    /// The bytes of the file.
    pub file: Range<u64>,
    /// What goes behind them.
    pub tail: String,
}

impl Multipart {
    /// The parts in their order, between lines of the boundary. None where something follows a file.
    pub fn of(parts: &[Part], boundary: &str) -> Option<Self> {
        let (last, texts) = parts.split_last()?;
        let mut head = String::new();
        for part in texts {
            let PartValue::Text(text) = &part.value else { return None };
            field(&mut head, boundary, part.name, text);
        }
        let file = match &last.value {
            PartValue::Text(text) => {
                field(&mut head, boundary, last.name, text);
                0..0
            }
            PartValue::File { range, name, mime } => {
                begin(&mut head, boundary, last.name);
                head.push_str("\"; filename=\"");
                escape(&mut head, name);
                head.push_str("\"\r\nContent-Type: ");
                let is_plain = !mime.is_empty() && mime.bytes().all(|byte| matches!(byte, b' '..=b'~'));
                head.push_str(if is_plain { mime } else { "application/octet-stream" });
                head.push_str("\r\n\r\n");
                range.clone()
            }
        };
        let line_break = if matches!(last.value, PartValue::File { .. }) { "\r\n" } else { "" };
        Some(Self { head, file, tail: format!("{line_break}--{boundary}--\r\n") })
    }
}

fn field(head: &mut String, boundary: &str, name: &str, text: &str) {
    begin(head, boundary, name);
    head.push_str("\"\r\n\r\n");
    // Every line break is CRLF.
    let mut before = ' ';
    for c in text.chars() {
        match c {
            '\n' if before == '\r' => {}
            '\r' | '\n' => head.push_str("\r\n"),
            c => head.push(c),
        }
        before = c;
    }
    head.push_str("\r\n");
}

fn begin(head: &mut String, boundary: &str, name: &str) {
    for piece in ["--", boundary, "\r\nContent-Disposition: form-data; name=\"", name] {
        head.push_str(piece);
    }
}

/// A name in quotes.
fn escape(head: &mut String, name: &str) {
    for c in name.chars() {
        match c {
            '\n' => head.push_str("%0A"),
            '\r' => head.push_str("%0D"),
            '"' => head.push_str("%22"),
            c => head.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(name: &str, mime: &str) -> Part {
        Part { name: "filename", value: PartValue::File { range: 3..9, name: name.to_owned(), mime: mime.to_owned() } }
    }

    #[test]
    fn a_form_is_its_head_a_range_and_its_tail() {
        let form = Multipart::of(&[Part::text("a", "1\n2\r3\r\n4"), file("\"x\"\r\n.png", "image/png")], "b");
        let head = "--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n2\r\n3\r\n4\r\n\
            --b\r\nContent-Disposition: form-data; name=\"filename\"; filename=\"%22x%22%0D%0A.png\"\r\n\
            Content-Type: image/png\r\n\r\n";
        let expected = Multipart { head: head.to_owned(), file: 3..9, tail: "\r\n--b--\r\n".to_owned() };
        assert_eq!(form, Some(expected));
    }

    #[test]
    fn a_form_without_a_file_has_an_empty_range() {
        let form = Multipart::of(&[Part::text("a", "1")], "b").expect("a form");
        let text = format!("{}{}", form.head, form.tail);
        assert_eq!(text, "--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--b--\r\n");
        assert_eq!(form.file, 0..0);
    }

    #[test]
    fn a_file_is_the_last_part_or_it_is_no_form_of_this_kind() {
        assert_eq!(Multipart::of(&[file("x", ""), Part::text("a", "1")], "b"), None);
        assert_eq!(Multipart::of(&[], "b"), None);
    }

    #[test]
    fn a_type_that_no_blob_has_is_left_out() {
        for mime in ["", "image/png\r\nX: 1", "image/\u{e9}"] {
            let form = Multipart::of(&[file("x", mime)], "b").expect("a form");
            assert!(form.head.ends_with("Content-Type: application/octet-stream\r\n\r\n"), "{mime:?}");
        }
    }
}
