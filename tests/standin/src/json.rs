//! Strict reading of JSON objects: no key twice or unknown, numbers by their digits.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::refusal::{Refusal, require};
use crate::rules::Rule;
use crate::session::Session;

/// The members of one JSON object, in the order of the text, twice where they stand there twice.
struct Members<'t>(Vec<(String, &'t RawValue)>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;

        impl<'de> Visitor<'de> for InOrder {
            type Value = Members<'de>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a JSON object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }

        deserializer.deserialize_map(InOrder)
    }
}

/// One JSON object and the place it stands in, so that a refusal can name the field.
pub(crate) struct Object<'t> {
    place: String,
    members: Vec<(String, &'t RawValue)>,
}

impl<'t> Object<'t> {
    pub(crate) fn parse(place: &str, text: &'t str) -> Result<Self, Refusal> {
        let Members(members) = serde_json::from_str(text)
            .map_err(|error| Refusal::parameter(format!("{place}: not a JSON object ({error})")))?;
        Ok(Self { place: place.to_owned(), members })
    }

    /// The JSON object that is a request's body.
    pub(crate) fn body(bytes: &'t [u8]) -> Result<Self, Refusal> {
        let text = std::str::from_utf8(bytes).map_err(|_| Refusal::parameter("body: not UTF-8"))?;
        Self::parse("body", text)
    }

    /// Where a member stands, for messages: `uploadmediarequest.BaseRequest.Uin`.
    pub(crate) fn at(&self, key: &str) -> String {
        if self.place == "body" { key.to_owned() } else { format!("{}.{key}", self.place) }
    }

    pub(crate) fn has(&self, key: &str) -> bool {
        self.raw(key).is_some()
    }

    fn raw(&self, key: &str) -> Option<&'t RawValue> {
        self.members.iter().find_map(|(name, value)| (name == key).then_some(*value))
    }

    /// The value's JSON text, digit for digit.
    pub(crate) fn text(&self, key: &str) -> Result<&'t str, Refusal> {
        self.raw(key).map(RawValue::get).ok_or_else(|| Refusal::parameter(format!("{}: missing", self.at(key))))
    }

    /// Every one of `needed`, and beside them nothing but `optional`, in any order, none twice.
    pub(crate) fn has_keys(&self, needed: &[&str], optional: &[&str]) -> Result<(), Refusal> {
        for key in needed {
            require(self.has(key), || format!("{}: missing", self.at(key)))?;
        }
        for (index, (key, _)) in self.members.iter().enumerate() {
            let known = needed.contains(&key.as_str()) || optional.contains(&key.as_str());
            require(known, || format!("{}: unknown key", self.at(key)))?;
            let twice = self.members.iter().take(index).any(|(earlier, _)| earlier == key);
            require(!twice, || format!("{}: given twice", self.at(key)))?;
        }
        Ok(())
    }

    /// The value has one of the forms that the rule allows.
    pub(crate) fn check(&self, key: &str, rule: &Rule, session: &Session) -> Result<(), Refusal> {
        rule.check(&self.at(key), self.raw(key).map(RawValue::get), session)
    }

    pub(crate) fn object(&self, key: &str) -> Result<Object<'t>, Refusal> {
        Self::parse(&self.at(key), self.text(key)?)
    }

    pub(crate) fn string(&self, key: &str) -> Result<String, Refusal> {
        let text = self.text(key)?;
        serde_json::from_str(text).map_err(|_| Refusal::parameter(format!("{}: {text} is not a string", self.at(key))))
    }

    pub(crate) fn filled_string(&self, key: &str) -> Result<String, Refusal> {
        let value = self.string(key)?;
        require(!value.is_empty(), || format!("{}: empty", self.at(key)))?;
        Ok(value)
    }

    /// A whole number without sign, fraction or exponent.
    pub(crate) fn number(&self, key: &str) -> Result<u64, Refusal> {
        let text = self.text(key)?;
        serde_json::from_str(text)
            .map_err(|_| Refusal::parameter(format!("{}: {text} is not a whole number", self.at(key))))
    }

    /// The number `expected` and nothing else.
    pub(crate) fn constant(&self, key: &str, expected: u64) -> Result<(), Refusal> {
        let found = self.number(key)?;
        require(found == expected, || format!("{}: {found}, expected {expected}", self.at(key)))
    }
}

/// Only the digits 0 to 9, and at least one.
pub(crate) fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// `length` hex digits, lower case.
pub(crate) fn is_lower_hex(text: &str, length: usize) -> bool {
    text.len() == length && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}
