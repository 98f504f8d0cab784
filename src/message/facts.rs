//! From attributes to facts: numbers, keys and variants, with a warning for each that cannot be taken at its word.

use alloc::borrow::Cow;

use crate::prelude::*;
use crate::text::{find, replaced};

use super::content::MASKED_COLON;
use super::warnings::Warnings;
use super::{Emoji, Image, Variant};

/// An attribute's name or value: a part of the document, or resolved.
type Text<'d> = Cow<'d, str>;

/// Numbers beyond this would lose digits in JavaScript; no length or size comes near it.
const LARGEST_NUMBER: u64 = (1 << 53) - 1;

/// Looks facts up by attribute name and notes what is odd.
struct Facts<'a, 'd> {
    attributes: &'a [(Text<'d>, Text<'d>)],
    warnings: &'a mut Warnings,
}

impl<'d> Facts<'_, 'd> {
    fn text(&self, name: &str) -> Option<Text<'d>> {
        let (_, value) = self.attributes.iter().find(|(key, _)| key == name)?;
        let trimmed = match value {
            Cow::Borrowed(value) => Cow::Borrowed(value.trim()),
            Cow::Owned(value) => Cow::Owned(value.trim().to_owned()),
        };
        Some(trimmed).filter(|value| !value.is_empty())
    }

    fn number(&mut self, name: &str) -> Option<u64> {
        let text = self.text(name)?;
        let number = text.parse().ok().filter(|&number| number <= LARGEST_NUMBER);
        if number.is_none() {
            self.warnings.add(format!("{name}: not a number"));
        }
        number
    }

    /// A measure: 0 is the service's way of saying that there is none.
    fn measure(&mut self, name: &str) -> Option<u64> {
        self.number(name).filter(|&number| number > 0)
    }

    /// Hex digits; their number may be another one, as it was in the field.
    fn hex(&mut self, name: &str) -> Option<Text<'d>> {
        let text = self.text(name)?;
        if !text.bytes().all(|b| b.is_ascii_hexdigit()) {
            self.warnings.add(format!("{name}: not hex"));
            return None;
        }
        if text.len() != 32 {
            self.warnings.add(format!("{name}: {} hex digits", text.len()));
        }
        Some(text)
    }

    /// What is no hash is none: placeholders were seen.
    fn md5(&mut self) -> Option<Text<'d>> {
        let md5 = self.hex("md5").filter(|md5| md5.len() == 32)?;
        let is_lower = !md5.bytes().any(|b| b.is_ascii_uppercase());
        Some(if is_lower { md5 } else { Cow::Owned(md5.to_ascii_lowercase()) })
    }

    fn variant(
        &mut self,
        cdn_url: &str,
        aes_key: Option<&Text<'d>>,
        [length, width, height]: [&str; 3],
    ) -> Option<Variant<Text<'d>>> {
        let variant = Variant {
            cdn_url: self.text(cdn_url),
            aes_key: None,
            length: self.measure(length),
            width: self.measure(width),
            height: self.measure(height),
        };
        // A key alone says nothing about a picture.
        (variant != Variant::default()).then(|| Variant { aes_key: aes_key.cloned(), ..variant })
    }
}

pub(super) fn image<'d>(attributes: Vec<(Text<'d>, Text<'d>)>, warnings: &mut Warnings) -> Image<Text<'d>> {
    let mut facts = Facts { attributes: &attributes, warnings };
    let aes_key = facts.hex("aeskey");
    let thumb_key = facts.hex("cdnthumbaeskey");
    let md5 = facts.md5();
    let encry_ver = facts.number("encryver");
    let thumbnail =
        facts.variant("cdnthumburl", thumb_key.as_ref(), ["cdnthumblength", "cdnthumbwidth", "cdnthumbheight"]);
    let normal = facts.variant("cdnmidimgurl", aes_key.as_ref(), ["length", "cdnmidwidth", "cdnmidheight"]);
    let hd = facts.variant("cdnbigimgurl", aes_key.as_ref(), ["hdlength", "cdnhdwidth", "cdnhdheight"]);
    Image { md5, aes_key, encry_ver, thumbnail, normal, hd, attributes }
}

pub(super) fn emoji<'d>(attributes: Vec<(Text<'d>, Text<'d>)>, warnings: &mut Warnings) -> Emoji<Text<'d>> {
    let mut facts = Facts { attributes: &attributes, warnings };
    let md5 = facts.md5();
    let length = facts.measure("len");
    let width = facts.measure("width");
    let height = facts.measure("height");
    // WeChat masks the colons of URLs in these.
    let cdn_url = facts.text("cdnurl").map(|url| match find(&url, MASKED_COLON) {
        Some(_) => Cow::Owned(replaced(&url, MASKED_COLON, ":")),
        None => url,
    });
    Emoji { md5, length, width, height, cdn_url, attributes }
}
