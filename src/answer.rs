//! What WeChat Web answers (docs/protocol.md, "Answers"): `BaseResponse.Ret` first, and the rest only beside Ret 0.

use alloc::borrow::Cow;
use core::fmt;

use serde::de::{Error as _, IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::error::Category;

use crate::error::{Error, Place, Result};
use crate::http::{CUT_OFF, Response, malformed};
use crate::prelude::*;

/// The part of an answer that is looked at first.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Head {
    base_response: BaseResponse,
}

/// Read by hand: serde's own reading of a struct would take a list for one as well, and `[0]` for Ret 0.
struct BaseResponse {
    ret: i64,
}

impl<'de> Deserialize<'de> for BaseResponse {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> core::result::Result<Self, D::Error> {
        struct Keys;
        impl<'de> Visitor<'de> for Keys {
            type Value = BaseResponse;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object with Ret")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> core::result::Result<BaseResponse, A::Error> {
                let mut ret = None;
                while let Some(key) = map.next_key::<Cow<'_, str>>()? {
                    match (key.as_ref(), ret) {
                        ("Ret", None) => ret = Some(map.next_value()?),
                        ("Ret", Some(_)) => return Err(A::Error::duplicate_field("Ret")),
                        _ => _ = map.next_value::<IgnoredAny>()?,
                    }
                }
                Ok(BaseResponse { ret: ret.ok_or_else(|| A::Error::missing_field("Ret"))? })
            }
        }
        deserializer.deserialize_map(Keys)
    }
}

/// Every answer of WeChat Web, as far as this library reads it. Absent keys read as empty.
#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct WebAnswer {
    pub(crate) media_id: Option<String>,
    #[serde(rename = "CDNThumbImgHeight")]
    pub(crate) thumb_height: Option<u32>,
    #[serde(rename = "CDNThumbImgWidth")]
    pub(crate) thumb_width: Option<u32>,
    #[serde(rename = "MsgID", deserialize_with = "text_or_number")]
    pub(crate) msg_id: Option<String>,
    #[serde(rename = "LocalID", deserialize_with = "text_or_number")]
    pub(crate) local_id: Option<String>,
    #[serde(rename = "AESKey")]
    pub(crate) aes_key: Option<String>,
    pub(crate) signature: Option<String>,
}

impl WebAnswer {
    /// Reads an answer; anything but Ret 0 is an error, whatever stands beside it and in whatever form: a Ret 1205 has been seen
    /// with the MediaId of another person's picture.
    pub(crate) fn parse(place: Place, response: &Response) -> Result<Self> {
        let text = response.json_text(place)?;
        let ret = match serde_json::from_str(text) {
            Ok(Head { base_response }) => base_response.ret,
            Err(error) => refusal_of_a_part(text, &error).ok_or_else(|| unreadable(place, &error))?,
        };
        if ret != 0 {
            return Err(Error::from_ret(place, ret));
        }
        serde_json::from_str(text).map_err(|error| unreadable(place, &error))
    }
}

/// The Ret of an answer that is cut off behind it: what it refuses, it refuses all the same.
fn refusal_of_a_part(text: &str, error: &serde_json::Error) -> Option<i64> {
    let dense: String = text.chars().filter(|c| !c.is_whitespace()).take(60).collect();
    let digits = dense.strip_prefix("{\"BaseResponse\":{\"Ret\":")?;
    let end = digits.find(|c: char| !(c.is_ascii_digit() || c == '-'))?;
    digits[..end].parse().ok().filter(|&ret| error.is_eof() && ret != 0)
}

/// The error for JSON that is not in the shape of the service's answers.
fn unreadable(place: Place, error: &serde_json::Error) -> Error {
    let what = match error.classify() {
        Category::Eof => CUT_OFF,
        _ if error.to_string().starts_with("missing field") => "a JSON answer without BaseResponse.Ret",
        _ => "an answer that is not the endpoint's JSON",
    };
    malformed(place, what)
}

/// An id as text, whether it came as text or as a number: all its digits, never through a double.
pub(crate) fn text_or_number<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> core::result::Result<Option<String>, D::Error> {
    struct Digits;
    impl serde::de::Visitor<'_> for Digits {
        type Value = Option<String>;
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a text or a whole number")
        }
        fn visit_str<E>(self, value: &str) -> core::result::Result<Self::Value, E> {
            Ok(Some(value.to_owned()))
        }
        fn visit_u64<E>(self, value: u64) -> core::result::Result<Self::Value, E> {
            Ok(Some(value.to_string()))
        }
        fn visit_i64<E>(self, value: i64) -> core::result::Result<Self::Value, E> {
            Ok(Some(value.to_string()))
        }
        fn visit_f64<E: serde::de::Error>(self, _: f64) -> core::result::Result<Self::Value, E> {
            Err(E::custom("not a whole number that keeps its digits"))
        }
        fn visit_unit<E>(self) -> core::result::Result<Self::Value, E> {
            Ok(None)
        }
    }
    deserializer.deserialize_any(Digits)
}
