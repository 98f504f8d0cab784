//! Reading the JSON of an answer. A number stays the text that it came as: no id passes through a double.

mod value;

use alloc::borrow::Cow;

use crate::prelude::*;
pub use value::Value;

/// Why a string is not the JSON that it should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unreadable {
    /// It ends before its value does.
    CutOff,
    /// It is no JSON, or another value than was asked for.
    Other,
}

/// What reading gives.
pub type Read<T> = core::result::Result<T, Unreadable>;

/// What a caller hands in as plain data, and what is kept as such.
pub trait FromJson: Sized {
    /// The names of all members that it reads, at any depth, in groups.
    const KEYS: &'static [&'static [&'static str]];

    /// From a value of any JSON.
    fn of(value: Value<'_>) -> Read<Self>;

    /// From a string of JSON.
    fn from_json(text: &str) -> Read<Self> {
        Self::of(Value::parse(text)?)
    }
}

impl<T: FromJson> FromJson for Option<T> {
    const KEYS: &'static [&'static [&'static str]] = T::KEYS;

    fn of(value: Value<'_>) -> Read<Self> {
        T::of(value).map(Some)
    }
}

impl<T: FromJson> FromJson for Vec<T> {
    const KEYS: &'static [&'static [&'static str]] = T::KEYS;

    fn of(value: Value<'_>) -> Read<Self> {
        value.list()
    }
}

/// A member of plain data.
pub trait Plain: Sized {
    /// The names of its own members.
    const NAMES: &'static [&'static str] = &[];

    /// From a member of an object.
    fn read(object: Value<'_>, key: &str) -> Read<Self>;

    /// Whether it is left out.
    fn is_absent(&self) -> bool {
        false
    }
}

impl<T: Plain> Plain for Option<T> {
    const NAMES: &'static [&'static str] = T::NAMES;

    fn read(object: Value<'_>, key: &str) -> Read<Self> {
        object.member(key)?.map(|_| T::read(object, key)).transpose()
    }

    fn is_absent(&self) -> bool {
        self.is_none()
    }
}

impl Plain for String {
    fn read(object: Value<'_>, key: &str) -> Read<Self> {
        object.required_text(key)
    }
}

/// Absent where it is empty.
impl Plain for Vec<String> {
    fn read(object: Value<'_>, key: &str) -> Read<Self> {
        object.member(key)?.map_or(Ok(Self::new()), Value::list)
    }

    fn is_absent(&self) -> bool {
        self.is_empty()
    }
}

impl FromJson for String {
    const KEYS: &'static [&'static [&'static str]] = &[];

    fn of(value: Value<'_>) -> Read<Self> {
        value.as_text().map(Cow::into_owned).ok_or(Unreadable::Other)
    }
}

impl Plain for u32 {
    fn read(object: Value<'_>, key: &str) -> Read<Self> {
        object.required_number(key)
    }
}

impl Plain for u64 {
    fn read(object: Value<'_>, key: &str) -> Read<Self> {
        object.required_number(key)
    }
}

impl Plain for bool {
    fn read(object: Value<'_>, key: &str) -> Read<Self> {
        object.flag(key)
    }
}

/// A struct of plain data: its fields with their names in JSON, which are written, read and allowed from this one list.
macro_rules! plain {
    (
        $(#[$attribute:meta])*
        $visibility:vis struct $name:ident {
            $($(#[$field_attribute:meta])* $field_visibility:vis $field:ident as $key:literal: $type:ty,)*
        }
    ) => {
        $(#[$attribute])*
        $visibility struct $name {
            $($(#[$field_attribute])* $field_visibility $field: $type,)*
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> core::result::Result<S::Ok, S::Error> {
                use serde::ser::SerializeStruct;
                let mut fields = serializer.serialize_struct(stringify!($name), [$($key),*].len())?;
                $(if !$crate::json::Plain::is_absent(&self.$field) {
                    fields.serialize_field($key, &self.$field)?;
                })*
                fields.end()
            }
        }

        impl $crate::json::FromJson for $name {
            const KEYS: &'static [&'static [&'static str]] =
                &[&[$($key),*], $(<$type as $crate::json::Plain>::NAMES),*];

            fn of(value: $crate::json::Value<'_>) -> $crate::json::Read<Self> {
                Ok(Self { $($field: $crate::json::Plain::read(value, $key)?),* })
            }
        }

        impl $crate::json::Plain for $name {
            const NAMES: &'static [&'static str] = &[$($key),*];

            fn read(object: $crate::json::Value<'_>, key: &str) -> $crate::json::Read<Self> {
                let member = object.member(key)?.ok_or($crate::json::Unreadable::Other)?;
                $crate::json::FromJson::of(member)
            }
        }
    };
}

pub(crate) use plain;

/// The same JSON with `\ufffd` for every escape of half a character: services cut strings in the middle of an emoji, and a reader refuses
/// the whole for that.
pub fn whole_characters(json: &str) -> Cow<'_, str> {
    let mut whole = String::new();
    let mut taken = 0;
    let mut at = 0;
    while let Some(found) = json[at..].find('\\') {
        let start = at + found;
        at = match (surrogate(&json[start..]), json.get(start + 6..).and_then(surrogate)) {
            (Some(0xd800..0xdc00), Some(0xdc00..)) => start + 12,
            (Some(_), _) => {
                whole.push_str(&json[taken..start]);
                whole.push_str("\\ufffd");
                taken = start + 6;
                taken
            }
            // Past what is escaped, which may be another backslash.
            (None, _) => start + 1 + json[start + 1..].chars().next().map_or(0, char::len_utf8),
        };
    }
    if taken == 0 {
        return Cow::Borrowed(json);
    }
    whole.push_str(&json[taken..]);
    Cow::Owned(whole)
}

/// The half of a character that an escape stands for, if the text begins with one.
fn surrogate(text: &str) -> Option<u16> {
    let digits = text.strip_prefix("\\u")?.get(..4)?;
    u16::from_str_radix(digits, 16).ok().filter(|unit| (0xd800..0xe000).contains(unit))
}
