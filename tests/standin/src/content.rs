//! The `Content` of messages: written as the service writes it, and undone for comparing.

use crate::ids::uuid;
use crate::message::Attachment;
use crate::picture::Picture;

/// Unix seconds at which every received picture was uploaded.
const UPLOADED_AT: u32 = 0x6554_6b20;

/// The XML of a received image, as a phone's message has it.
pub(crate) fn image_xml(picture: &Picture) -> String {
    let (width, height) = picture.thumbnail_size();
    let key = &picture.md5.chars().rev().collect::<String>();
    let url = cdn_url(&uuid(&picture.md5));
    let length = picture.bytes.len();
    let thumbnail = picture.thumbnail().map_or(0, |bytes| bytes.len());
    let md5 = &picture.md5;
    format!(
        "<?xml version=\"1.0\"?>\n<msg>\n\t<img aeskey=\"{key}\" encryver=\"1\" cdnthumbaeskey=\"{key}\" \
         cdnthumburl=\"{url}\" cdnthumblength=\"{thumbnail}\" cdnthumbheight=\"{height}\" cdnthumbwidth=\"{width}\" \
         cdnmidheight=\"0\" cdnmidwidth=\"0\" cdnhdheight=\"0\" cdnhdwidth=\"0\" cdnmidimgurl=\"{url}\" \
         length=\"{length}\" md5=\"{md5}\" />\n\t<platform_signature />\n\t<imgdatahash />\n</msg>\n"
    )
}

/// The XML of a received emoticon.
pub(crate) fn emoji_xml(picture: &Picture) -> String {
    let (width, height) = picture.thumbnail_size();
    let length = picture.bytes.len();
    let md5 = &picture.md5;
    format!(
        "<msg><emoji type=\"2\" md5=\"{md5}\" len=\"{length}\" width=\"{width}\" height=\"{height}\" \
         cdnurl=\"\" aeskey=\"\" /><gameext type=\"0\" content=\"0\" /></msg>"
    )
}

/// The XML of a received video, of which only a still is told here.
pub(crate) fn video_xml(still: &Picture) -> String {
    let (width, height) = still.thumbnail_size();
    let md5 = &still.md5;
    format!(
        "<msg><videomsg length=\"1483776\" playlength=\"9\" cdnthumbwidth=\"{width}\" cdnthumbheight=\"{height}\" \
         md5=\"{md5}\" isad=\"0\" /></msg>"
    )
}

/// The XML of an image that this account sent itself: hardly anything.
pub(crate) fn own_image_xml(picture: &Picture) -> String {
    let length = picture.bytes.len();
    format!("<msg><img length=\"{length}\" hdlength=\"0\" /><commenturl></commenturl></msg>")
}

/// The XML of a file that this account sent.
pub(crate) fn appmsg_xml(Attachment { file_name, file_size, media_id, .. }: &Attachment, extension: &str) -> String {
    let title = escaped(file_name);
    let extension = escaped(extension);
    format!(
        "<msg><appmsg appid=\"wxeb7ec651dd0aefa9\" sdkver=\"\"><title>{title}</title><des></des><action></action>\
         <type>6</type><content></content><url></url><lowurl></lowurl><appattach><totallen>{file_size}</totallen>\
         <attachid>{media_id}</attachid><fileext>{extension}</fileext></appattach><extinfo></extinfo></appmsg></msg>"
    )
}

/// As the page gets it: angle brackets escaped, quotes not, `<br/>` for a line end.
pub(crate) fn escaped(xml: &str) -> String {
    xml.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('\n', "<br/>")
}

/// The escaping undone.
pub(crate) fn unescaped(content: &str) -> String {
    content
        .replace("<br/>", "\n")
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&#39;", "'")
        .replace("&quot;", "\"")
        .replace("&amp;", "&")
}

/// A `cdn…url`: hex of DER.
fn cdn_url(file_id: &str) -> String {
    let integer = |value: u32| {
        let bytes = value.to_be_bytes();
        let leading = bytes.iter().take(3).take_while(|byte| **byte == 0).count();
        let mut body = bytes[leading..].to_vec();
        if body[0] & 0x80 != 0 {
            body.insert(0, 0);
        }
        der(0x02, &body)
    };
    let facts = [
        integer(0),
        integer(0x1b2c_a5d1),
        integer(0x032f_5602),
        integer(0x2671_00cb),
        integer(UPLOADED_AT),
        der(0x04, file_id.as_bytes()),
        integer(0x0405_2502),
        integer(0),
    ];
    let whole = [integer(0), der(0x04, &der(0x30, &facts.concat())), der(0x04, b"")];
    hex::encode(der(0x30, &whole.concat()))
}

fn der(tag: u8, body: &[u8]) -> Vec<u8> {
    // All lengths here are below 128, where DER writes them in one byte.
    let length = u8::try_from(body.len()).unwrap_or(u8::MAX);
    [&[tag, length], body].concat()
}

#[cfg(test)]
mod tests {
    use super::{cdn_url, escaped, unescaped};

    #[test]
    fn escaping_comes_back() {
        let xml = "<?xml version=\"1.0\"?>\n<msg>a &amp; b</msg>\n";
        assert_eq!(escaped("<a>\n"), "&lt;a&gt;<br/>");
        assert_eq!(unescaped(&escaped(xml)), xml);
    }

    #[test]
    fn cdn_urls_are_der() {
        let bytes = hex::decode(cdn_url("5edcbb82-85d5-4a43-a4d7-5cbb5d3f0e29")).expect("hex");
        assert!(bytes.len() < 130, "{}", bytes.len());
        assert_eq!(usize::from(bytes[1]), bytes.len() - 2);
        assert_eq!(&bytes[bytes.len() - 2..], [0x04, 0x00]);
    }
}
