//! A message that was written down is the message: read back by another reader, it gives the same JSON.

use proptest::prelude::*;
use serde_json::{Map, Value, json};
use webwx_image::message::Message;
use webwx_image::message::tape::{BESIDE, NONE, Tape, tape};

/// A reader as JavaScript has it: strings are UTF-16.
struct Reader<'a> {
    words: std::slice::Iter<'a, u32>,
    text: Vec<u16>,
    beside: Vec<u16>,
}

impl Reader<'_> {
    fn word(&mut self) -> usize {
        *self.words.next().expect("a word") as usize
    }

    fn string(&mut self) -> Value {
        let (start, end) = (self.word(), self.word());
        let (text, start) = match u32::try_from(start).expect("it was one") {
            NONE => return Value::Null,
            start if start & BESIDE == 0 => (&self.text, start),
            start => (&self.beside, start ^ BESIDE),
        };
        String::from_utf16(&text[start as usize..end]).expect("whole characters").into()
    }

    fn number(&mut self) -> Value {
        let (low, high) = (self.word() as u64, self.word() as u64);
        if high == u64::from(NONE) { Value::Null } else { (high << 32 | low).into() }
    }

    fn variant(&mut self) -> Value {
        if self.word() == 0 {
            return Value::Null;
        }
        let (cdn_url, aes_key) = (self.string(), self.string());
        let (length, width, height) = (self.number(), self.number(), self.number());
        json!({ "cdnUrl": cdn_url, "aesKey": aes_key, "length": length, "width": width, "height": height })
    }

    fn list(&mut self) -> Value {
        (0..self.word()).map(|_| self.string()).collect::<Vec<_>>().into()
    }

    fn attributes(&mut self) -> Value {
        let mut members = Map::new();
        for _ in 0..self.word() {
            let (key, value) = (self.string(), self.string());
            members.insert(key.as_str().expect("a name").to_owned(), value);
        }
        members.into()
    }

    fn message(&mut self) -> Value {
        let kind = ["image", "emoji", "opaque", "other", "text"][self.word()];
        let (sender, content) = (self.string(), self.string());
        let mut message = json!({ "kind": kind, "sender": sender, "content": content });
        let names: &[&str] = match kind {
            "image" => &["md5", "aesKey", "encryVer", "thumbnail", "normal", "hd"],
            "emoji" => &["md5", "length", "width", "height", "cdnUrl"],
            "other" => &["element"],
            _ => &[],
        };
        for name in names {
            message[*name] = match *name {
                "encryVer" | "length" | "width" | "height" => self.number(),
                "thumbnail" | "normal" | "hd" => self.variant(),
                _ => self.string(),
            };
        }
        message["warnings"] = self.list();
        if matches!(kind, "image" | "emoji") {
            message["attributes"] = self.attributes();
        }
        assert_eq!(self.words.next(), None, "nothing is left");
        message
    }
}

fn utf16(text: &str) -> Vec<u16> {
    text.encode_utf16().collect()
}

#[track_caller]
fn check(content: &str) {
    let Tape { words, text, beside } = tape(content).expect("not too long");
    let text = utf16(text.as_deref().unwrap_or(content));
    let read = Reader { words: words.iter(), text, beside: utf16(&beside) }.message();
    let message = Message::parse(content).expect("not too long");
    assert_eq!(read, serde_json::to_value(message).expect("plain data"), "{content}");
}

#[test]
fn samples_read_back() {
    let samples = std::fs::read_dir("tests/fixtures/messages").expect("a folder");
    for sample in samples {
        check(&std::fs::read_to_string(sample.expect("a file").path()).expect("a text"));
    }
}

#[test]
fn offsets_are_utf_16() {
    for before in ["", "é", "图片", "😀", &"😀x".repeat(50), &"a".repeat(63), &"é".repeat(1000)] {
        check(&format!(
            "<msg><img note=\"{before}\" md5=\"{}\" 图=\"{before}é\" length=\"7\"/></msg>",
            "0f".repeat(16)
        ));
        check(&format!("&lt;msg&gt;&lt;img note=\"{before}\" aeskey=\"{before}\" /&gt;&lt;/msg&gt;"));
    }
}

#[test]
fn what_stands_nowhere_in_the_content_is_beside_it() {
    let content = format!("<msg><img a=\"1 &amp; 2\" md5=\"{}\" b=\"3\"/></msg>", "AB".repeat(16));
    let Tape { text, beside, .. } = tape(&content).expect("not too long");
    assert_eq!((text, beside), (None, format!("{}1 & 2", "ab".repeat(16))));
    let escaped = tape("wxid_abc:\n&lt;msg&gt;&lt;/msg&gt;").expect("not too long");
    assert_eq!((escaped.text.as_deref(), escaped.beside.as_str()), (Some("<msg></msg>"), "wxid_abc"));
}

#[test]
fn numbers_keep_all_their_bits() {
    for number in [0, 1, u32::MAX.into(), 1 << 32, (1_u64 << 53) - 1] {
        check(&format!("<msg><img length=\"{number}\" encryver=\"{number}\"/></msg>"));
    }
}

#[test]
fn too_long_is_refused_as_ever() {
    assert!(tape(&"a".repeat(1024 * 1024 + 1)).is_err());
}

proptest! {
    #[test]
    fn whatever_comes_in_reads_back(
        pieces in prop::collection::vec(
            prop_oneof![
                Just("<msg>".to_owned()), Just("<img ".to_owned()), Just("<emoji".to_owned()), Just("/>".to_owned()),
                Just("</msg>".to_owned()), Just(" md5=\"".to_owned()), Just("\" aeskey='".to_owned()), Just("' ".to_owned()),
                Just("&lt;".to_owned()), Just("&amp;".to_owned()), Just("@a_b:<br/>".to_owned()), Just("+".to_owned()),
                "[a-f0-9]{0,40}", "\\PC{0,6}", Just("length=\"12\" ".to_owned()), Just("cdnurl=\"http*#*//x\" ".to_owned()),
            ],
            0..24,
        )
    ) {
        check(&pieces.concat());
    }
}
