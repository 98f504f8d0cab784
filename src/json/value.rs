//! One value of a JSON text. It is the piece of the text that it stands in, so reading the text makes nothing: it is walked through once
//! to see that it is JSON, and again for each member that is asked for.

use alloc::borrow::Cow;

use super::{FromJson, Read, Unreadable};
use crate::prelude::*;

/// Lists and objects in one another. What is deeper is only hostile.
const DEEPEST: u8 = 128;

/// One value.
#[derive(Clone, Copy)]
pub struct Value<'text>(&'text str);

impl<'text> Value<'text> {
    /// Reads a string to its end.
    pub fn parse(text: &'text str) -> Read<Self> {
        let mut reader = Reader { text, at: 0 };
        let value = reader.value(DEEPEST)?;
        reader.blanks();
        if reader.at == text.len() { Ok(value) } else { Err(Unreadable::Other) }
    }

    /// The member of an object; none where it is null. An object that has it twice says two things, and so nothing.
    pub fn member(self, name: &str) -> Read<Option<Self>> {
        let mut found = None;
        let mut members = self.entries("{")?;
        while let Some((key, value)) = members.entry(b'}', DEEPEST)? {
            if key.as_text().is_some_and(|key| key == name) && found.replace(value).is_some() {
                return Err(Unreadable::Other);
            }
        }
        Ok(found.filter(|value| value.0 != "null"))
    }

    /// The text of a member that has to be one, if it is there.
    pub fn text(self, name: &str) -> Read<Option<String>> {
        self.member(name)?.map(|value| value.as_text().map(Cow::into_owned).ok_or(Unreadable::Other)).transpose()
    }

    /// The text of a member that has to be there.
    pub fn required_text(self, name: &str) -> Read<String> {
        self.text(name)?.ok_or(Unreadable::Other)
    }

    /// The number of a member that has to be there.
    pub fn required_number<T: core::str::FromStr>(self, name: &str) -> Read<T> {
        self.number(name)?.ok_or(Unreadable::Other)
    }

    /// The number of a member that has to be a whole one, if it is there.
    pub fn number<T: core::str::FromStr>(self, name: &str) -> Read<Option<T>> {
        self.member(name)?.map(|value| value.as_number().ok_or(Unreadable::Other)).transpose()
    }

    /// An id as text, whether it came as text or as a number: all its digits.
    pub fn digits(self, name: &str) -> Read<Option<String>> {
        let Some(value) = self.member(name)? else { return Ok(None) };
        match value.integer() {
            Some(digits) => Ok(Some(digits.to_owned())),
            None => value.as_text().map(|text| Some(text.into_owned())).ok_or(Unreadable::Other),
        }
    }

    /// Whether a member that has to be there is true.
    pub fn flag(self, name: &str) -> Read<bool> {
        match self.member(name)?.map(|value| value.0) {
            Some("true") => Ok(true),
            Some("false") => Ok(false),
            _ => Err(Unreadable::Other),
        }
    }

    /// A list.
    pub fn list<T: FromJson>(self) -> Read<Vec<T>> {
        let mut list = Vec::new();
        let mut entries = self.entries("[")?;
        while let Some((_, value)) = entries.entry(b']', DEEPEST)? {
            list.push(T::of(value)?);
        }
        Ok(list)
    }

    /// A string's text.
    pub fn as_text(self) -> Option<Cow<'text, str>> {
        let text = self.0.strip_prefix('"')?.strip_suffix('"')?;
        if !text.bytes().any(|byte| byte == b'\\') {
            return Some(Cow::Borrowed(text));
        }
        let mut plain = String::new();
        Reader { text: self.0, at: 0 }.string(Some(&mut plain)).ok()?;
        Some(Cow::Owned(plain))
    }

    /// A whole number.
    pub fn as_number<T: core::str::FromStr>(self) -> Option<T> {
        // "-0" is a number to some and nonsense to others: no answer stands on it.
        self.integer().filter(|digits| *digits != "-0")?.parse().ok()
    }

    /// The digits before the point of a number that has nothing but zeros behind it.
    pub fn as_whole(self) -> Option<i64> {
        let point = self.0.bytes().position(|byte| byte == b'.').unwrap_or(self.0.len());
        let (whole, rest) = self.0.split_at(point);
        if rest.bytes().skip(1).any(|byte| byte != b'0') { None } else { whole.parse().ok() }
    }

    /// The digits of a number that has neither point nor exponent.
    fn integer(self) -> Option<&'text str> {
        self.0.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-').then_some(self.0)
    }

    /// A reader of the entries of an object or a list, whose first character this is.
    fn entries(self, open: &str) -> Read<Reader<'text>> {
        if self.0.starts_with(open) { Ok(Reader { text: self.0, at: 1 }) } else { Err(Unreadable::Other) }
    }
}

/// Goes through a string.
struct Reader<'text> {
    text: &'text str,
    /// Bytes that are read.
    at: usize,
}

impl<'text> Reader<'text> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// What comes next is not what has to.
    fn wrong(&self) -> Unreadable {
        if self.at < self.text.len() { Unreadable::Other } else { Unreadable::CutOff }
    }

    fn skip(&mut self, byte: u8) -> bool {
        let is_it = self.peek() == Some(byte);
        self.at += usize::from(is_it);
        is_it
    }

    fn expect(&mut self, byte: u8) -> Read<()> {
        if self.skip(byte) { Ok(()) } else { Err(self.wrong()) }
    }

    fn blanks(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    /// The value that comes next. `depth`: how many lists and objects it may have in one another.
    fn value(&mut self, depth: u8) -> Read<Value<'text>> {
        self.blanks();
        let start = self.at;
        match self.peek() {
            Some(b'"') => self.string(None)?,
            Some(open @ (b'[' | b'{')) => {
                let depth = depth.checked_sub(1).ok_or(Unreadable::Other)?;
                self.at += 1;
                // Two further on in ASCII, both of them.
                while self.entry(open + 2, depth)?.is_some() {}
            }
            Some(b'n') => self.word("null")?,
            Some(b't') => self.word("true")?,
            Some(b'f') => self.word("false")?,
            _ => self.number()?,
        }
        Ok(Value(&self.text[start..self.at]))
    }

    /// The key and the value of the next member, or an element of a list with a key of no meaning; none behind the last one.
    fn entry(&mut self, close: u8, depth: u8) -> Read<Option<(Value<'text>, Value<'text>)>> {
        // The first one stands behind the bracket, and each other one behind a comma. No value ends in an opening bracket.
        let is_first = self.text.as_bytes()[self.at - 1] == close - 2;
        self.blanks();
        if self.skip(close) {
            return Ok(None);
        }
        if !is_first {
            self.expect(b',')?;
            self.blanks();
        }
        let start = self.at;
        if close == b'}' {
            self.string(None)?;
        }
        let key = Value(&self.text[start..self.at]);
        if close == b'}' {
            self.blanks();
            self.expect(b':')?;
        }
        Ok(Some((key, self.value(depth)?)))
    }

    fn word(&mut self, word: &str) -> Read<()> {
        word.bytes().try_for_each(|byte| self.expect(byte))
    }

    fn number(&mut self) -> Read<()> {
        self.skip(b'-');
        if self.skip(b'0') {
            if self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
                return Err(Unreadable::Other);
            }
        } else {
            self.some_digits()?;
        }
        if self.skip(b'.') {
            self.some_digits()?;
        }
        if self.skip(b'e') || self.skip(b'E') {
            _ = self.skip(b'-') || self.skip(b'+');
            self.some_digits()?;
        }
        Ok(())
    }

    fn some_digits(&mut self) -> Read<()> {
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        if self.at > start { Ok(()) } else { Err(self.wrong()) }
    }

    /// A string with its quotes; what it says is added to `plain`, where that is wanted.
    fn string(&mut self, mut plain: Option<&mut String>) -> Read<()> {
        self.expect(b'"')?;
        loop {
            let start = self.at;
            while self.peek().is_some_and(|byte| !matches!(byte, b'"' | b'\\' | ..b' ')) {
                self.at += 1;
            }
            if let Some(plain) = &mut plain {
                plain.push_str(&self.text[start..self.at]);
            }
            if self.skip(b'"') {
                return Ok(());
            }
            self.expect(b'\\')?;
            let c = self.escaped()?;
            if let Some(plain) = &mut plain {
                plain.push(c);
            }
        }
    }

    /// The character that an escape stands for, behind its backslash.
    fn escaped(&mut self) -> Read<char> {
        let c = match self.peek() {
            Some(c @ (b'"' | b'\\' | b'/')) => c,
            Some(b'n') => b'\n',
            Some(b't') => b'\t',
            Some(b'r') => b'\r',
            Some(b'b') => 0x08,
            Some(b'f') => 0x0c,
            _ => {
                let unit = self.unit()?;
                let code = if (0xd800..0xdc00).contains(&unit) {
                    self.expect(b'\\')?;
                    let low = self.unit()?;
                    if !(0xdc00..0xe000).contains(&low) {
                        return Err(Unreadable::Other);
                    }
                    0x1_0000 + ((unit - 0xd800) << 10) + (low - 0xdc00)
                } else {
                    unit
                };
                return char::from_u32(code).ok_or(Unreadable::Other);
            }
        };
        self.at += 1;
        Ok(c.into())
    }

    /// `u` and four hex digits.
    fn unit(&mut self) -> Read<u32> {
        self.expect(b'u')?;
        let digits = self.text.as_bytes().get(self.at..self.at + 4).ok_or(Unreadable::CutOff)?;
        let mut unit = 0;
        for &digit in digits {
            unit = unit << 4 | char::from(digit).to_digit(16).ok_or(Unreadable::Other)?;
        }
        self.at += 4;
        Ok(unit)
    }
}

#[cfg(test)]
mod tests {
    use nojson::{JsonParseError, RawJson, RawJsonValue};

    use super::*;

    /// What nojson makes of a string, and of each value in it, is what we make of it.
    fn check(text: &str) -> bool {
        let ours = Value::parse(text);
        let theirs = RawJson::parse(text);
        match (&ours, &theirs) {
            (Ok(ours), Ok(theirs)) => same(*ours, theirs.value()),
            (Err(Unreadable::CutOff), Err(JsonParseError::UnexpectedEos { .. })) => {}
            // Half of a pair, and the backslash of the other half: nojson wants the `u` along with it.
            (Err(Unreadable::CutOff), Err(_)) if text.ends_with('\\') => {}
            (Err(Unreadable::Other), Err(error)) if !matches!(error, JsonParseError::UnexpectedEos { .. }) => {}
            _ => panic!("{text:?}: {:?}, but {:?}", ours.map(|_| ()), theirs.map(|_| ())),
        }
        theirs.is_ok()
    }

    fn same(ours: Value<'_>, theirs: RawJsonValue<'_, '_>) {
        assert_eq!(ours.0, theirs.as_raw_str());
        assert_eq!(ours.as_text(), theirs.to_unquoted_string_str().ok());
        assert_eq!(ours.integer(), theirs.as_integer_str().ok());
        if let Ok(mut elements) = theirs.to_array() {
            let mut entries = ours.entries("[").expect("a list");
            while let Some((_, ours)) = entries.entry(b']', DEEPEST).expect("read before") {
                same(ours, elements.next().expect("as many"));
            }
            assert!(elements.next().is_none());
        }
        if let Ok(mut members) = theirs.to_object() {
            let mut entries = ours.entries("{").expect("an object");
            while let Some((key, ours)) = entries.entry(b'}', DEEPEST).expect("read before") {
                let (name, theirs) = members.next().expect("as many");
                same(key, name);
                same(ours, theirs);
            }
            assert!(members.next().is_none());
        }
    }

    #[test]
    fn texts_are_read_as_by_nojson() {
        const PIECES: [&str; 16] =
            ["{", "}", "[", "]", ",", ":", " ", "\"", "\"a\"", "0", "-1", ".5", "e+2", "null", "é", "\u{1}"];
        let mut texts = vec![String::new()];
        let mut valid = 0;
        for _ in 0..5 {
            texts = texts.iter().flat_map(|text| PIECES.map(|piece| format!("{text}{piece}"))).collect();
            valid += texts.iter().filter(|text| check(text)).count();
        }
        assert!(valid > 1000, "{valid}");
    }

    #[test]
    fn every_beginning_and_every_slip_is_told_as_by_nojson() {
        let text = r#" {"a\u00e9\ud83d\ude00\"\\\/\b\f\n\r\t é😀" : [ -0.5e-10, 10E+2, [], {}, [{"b":[[true],false,null]}] ],"":""} "#;
        assert!(check(text));
        for at in 0..text.len() {
            for byte in 0..=127_u8 {
                let mut changed = text.as_bytes().to_vec();
                changed[at] = byte;
                if let Ok(changed) = String::from_utf8(changed) {
                    check(&changed);
                    check(&changed[..changed.ceil_char_boundary(at + 1)]);
                }
            }
            check(&text[..text.ceil_char_boundary(at)]);
        }
        for depth in [127, 128, 129] {
            assert_eq!(check(&format!("{}{}", "[".repeat(depth), "]".repeat(depth))), depth <= 128);
        }
    }
}
