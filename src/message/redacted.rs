//! `Debug` of what holds an aeskey: lengths and warnings, never the key, the content or the attributes.

use core::fmt::{Debug, Formatter, Result};

use super::{Emoji, Image, Inside, Kind, Message, Variant};

impl Debug for Message {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.debug_struct("Message")
            .field("kind", &self.kind)
            .field("sender", &self.sender)
            .field("warnings", &self.warnings)
            .finish_non_exhaustive()
    }
}

impl Debug for Kind {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self {
            Self::Image(image) => image.fmt(f),
            Self::Emoji(emoji) => emoji.fmt(f),
            Self::Opaque => f.write_str("Opaque"),
            Self::Other { element } => write!(f, "Other({element})"),
            Self::Text => f.write_str("Text"),
        }
    }
}

impl Debug for Image {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.debug_struct("Image")
            .field("md5", &self.md5)
            .field("thumbnail", &self.thumbnail)
            .field("normal", &self.normal)
            .field("hd", &self.hd)
            .finish_non_exhaustive()
    }
}

impl Debug for Variant {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.debug_struct("Variant").field("length", &self.length).finish_non_exhaustive()
    }
}

impl Debug for Inside {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.debug_struct("Inside")
            .field("place", &self.place)
            .field("md5", &self.md5)
            .field("normal", &self.normal)
            .finish_non_exhaustive()
    }
}

impl Debug for Emoji {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.debug_struct("Emoji").field("md5", &self.md5).field("length", &self.length).finish_non_exhaustive()
    }
}
