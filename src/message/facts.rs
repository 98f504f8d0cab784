//! From attributes to facts: numbers, keys and variants, with a warning for each that cannot be taken at its word.

use crate::prelude::*;
use crate::text::replaced;

use super::content::MASKED_COLON;
use super::warnings::Warnings;
use super::{Emoji, Image, Variant};

/// Numbers beyond this would lose digits in JavaScript; no length or size comes near it.
const LARGEST_NUMBER: u64 = (1 << 53) - 1;

/// Looks facts up by attribute name and notes what is odd.
struct Facts<'a> {
    attributes: &'a [(String, String)],
    warnings: &'a mut Warnings,
}

impl Facts<'_> {
    fn text(&self, name: &str) -> Option<String> {
        let (_, value) = self.attributes.iter().find(|(key, _)| key == name)?;
        let value = value.trim();
        (!value.is_empty()).then(|| value.to_owned())
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
    fn hex(&mut self, name: &str) -> Option<String> {
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
    fn md5(&mut self) -> Option<String> {
        self.hex("md5").filter(|md5| md5.len() == 32).map(|md5| md5.to_ascii_lowercase())
    }

    fn variant(
        &mut self,
        cdn_url: &str,
        aes_key: Option<&String>,
        [length, width, height]: [&str; 3],
    ) -> Option<Variant> {
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

pub(super) fn image(attributes: Vec<(String, String)>, warnings: &mut Warnings) -> Image {
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

pub(super) fn emoji(attributes: Vec<(String, String)>, warnings: &mut Warnings) -> Emoji {
    let mut facts = Facts { attributes: &attributes, warnings };
    let md5 = facts.md5();
    let length = facts.measure("len");
    let width = facts.measure("width");
    let height = facts.measure("height");
    // WeChat masks the colons of URLs in these.
    let cdn_url = facts.text("cdnurl").map(|url| replaced(&url, MASKED_COLON, ":"));
    Emoji { md5, length, width, height, cdn_url, attributes }
}
