//! What WeChat Web answers (docs/protocol.md, "Answers"): `BaseResponse.Ret` first, and the rest only beside Ret 0.

use crate::error::{Error, Place, Result};
use crate::http::{NO_JSON, Response, malformed, unreadable};
use crate::json::{Read, Value};
use crate::prelude::*;

/// Every answer of WeChat Web, as far as this library reads it. Absent keys read as empty.
#[derive(Default)]
pub(crate) struct WebAnswer {
    pub(crate) media_id: Option<String>,
    pub(crate) thumb_height: Option<u32>,
    pub(crate) thumb_width: Option<u32>,
    pub(crate) msg_id: Option<String>,
    pub(crate) local_id: Option<String>,
    pub(crate) aes_key: Option<String>,
    pub(crate) signature: Option<String>,
}

impl WebAnswer {
    /// Reads an answer; anything but Ret 0 is an error, whatever stands beside it and in whatever form: a Ret 1205 has been seen
    /// with the MediaId of another person's picture.
    pub(crate) fn parse(place: Place, response: &Response) -> Result<Self> {
        let text = response.json_text(place)?;
        let unreadable = |why| unreadable(place, why, NO_JSON);
        let root = match Value::parse(&text) {
            Ok(root) => root,
            Err(why) => {
                let refusal = refusal_of_a_part(&text).map(|ret| Error::from_ret(place, ret));
                return Err(refusal.unwrap_or_else(|| unreadable(why)));
            }
        };
        let ret = match ret(root) {
            Ok(Some(ret)) => ret,
            Ok(None) => return Err(malformed(place, "expected BaseResponse.Ret in the response")),
            Err(why) => return Err(unreadable(why)),
        };
        if ret != 0 {
            return Err(Error::from_ret(place, ret));
        }
        let mut answer = Self::default();
        answer.fill(root).map_err(unreadable)?;
        Ok(answer)
    }

    /// The same answer, which has to name a file.
    pub(crate) fn with_media_id(self, place: Place) -> Result<Self> {
        match self.media_id.as_deref() {
            None | Some("") => Err(malformed(place, "Ret 0, but no MediaId for the complete file")),
            Some(_) => Ok(self),
        }
    }

    fn fill(&mut self, root: Value<'_>) -> Read<()> {
        self.media_id = root.text("MediaId")?;
        self.thumb_height = root.number("CDNThumbImgHeight")?;
        self.thumb_width = root.number("CDNThumbImgWidth")?;
        self.msg_id = root.digits("MsgID")?;
        self.local_id = root.digits("LocalID")?;
        self.aes_key = root.text("AESKey")?;
        self.signature = root.text("Signature")?;
        Ok(())
    }
}

fn ret(root: Value<'_>) -> Read<Option<i64>> {
    root.member("BaseResponse")?.map_or(Ok(None), |base_response| base_response.number("Ret"))
}

/// The Ret of an answer that cannot be read behind it: what it refuses, it refuses all the same.
fn refusal_of_a_part(text: &str) -> Option<i64> {
    let dense: String = text.chars().filter(|c| !c.is_whitespace()).take(60).collect();
    let digits = dense.strip_prefix("{\"BaseResponse\":{\"Ret\":")?;
    let end = digits.find(|c: char| !(c.is_ascii_digit() || c == '-'))?;
    let is_whole = matches!(digits.as_bytes()[end], b',' | b'}');
    digits[..end].parse().ok().filter(|&ret| is_whole && ret != 0)
}
