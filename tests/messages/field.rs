//! Contents that clients met in the field, and others of their kinds.

use webwx_image::message::{Emoji, Kind, Message};

use crate::{attribute, element, image, parse, sample};

fn emoji(content: &str) -> (Emoji, Message) {
    let message = parse(content);
    let Kind::Emoji(emoji) = &message.kind else { panic!("{content}: no emoji") };
    (emoji.clone(), message)
}

const MD5: &str = "0123456789abcdef0123456789abcdef";
const IMG: &str = r#"<msg><img aeskey="00112233445566778899aabbccddeeff" length="7" /></msg>"#;

#[test]
fn masked_colons_of_an_emoji_url() {
    let (emoji, message) = emoji(sample!("emoji_url_masked.txt"));
    assert_eq!(emoji.cdn_url.as_deref(), Some("http://emoji.qpic.cn/wx_emoji/AbCdEf0123/"));
    let raw = emoji.attributes.iter().find(|(name, _)| name == "cdnurl").map(|(_, value)| value.as_str());
    assert_eq!(raw, Some("http*#*//emoji.qpic.cn/wx_emoji/AbCdEf0123/"), "attributes are verbatim");
    assert_eq!(message.warnings, [""; 0]);
}

#[test]
fn the_header_of_the_phone_protocol() {
    let (emoji, message) = emoji(sample!("emoji_header_md5.txt"));
    assert_eq!((emoji.md5.as_deref(), emoji.length), (Some(MD5), Some(13897)));
    assert_eq!(message.sender.as_deref(), Some("wxid_testaaaaaaaa21"));
    assert!(message.content.starts_with("<msg>") && message.content.ends_with("</msg>"));
    assert_eq!(message.warnings, [""; 0]);

    let with_name = format!("wxid_a:0:1:{MD5}:wxid_a*#*\n{IMG}:0");
    let (_, message) = image(&with_name);
    assert_eq!((message.sender.as_deref(), message.content.as_str()), (Some("wxid_a"), IMG));
}

#[test]
fn a_prefix_without_its_line_break() {
    let (_, message) = image(sample!("prefix_colon_blank_img.txt"));
    assert_eq!(message.sender.as_deref(), Some("wxid_testaaaaaaaa21"));
    assert!(message.content.starts_with("<msg>"));
    for (between, escaped) in
        [("", false), (" ", false), ("  ", true), ("\n", true), ("<br/>", false), ("&lt;br/&gt;", true)]
    {
        let body = if escaped { IMG.replace('<', "&lt;").replace('>', "&gt;") } else { IMG.to_owned() };
        let (_, message) = image(&format!("someone_1:{between}{body}"));
        assert_eq!((message.sender.as_deref(), message.content.as_str()), (Some("someone_1"), IMG), "{between:?}");
    }
}

#[test]
fn escaped_blanks_and_layers() {
    let (emoji, message) = emoji(sample!("escaped_x20.txt"));
    assert_eq!(emoji.md5.as_deref(), Some(MD5));
    assert!(message.content.starts_with("<msg><emoji fromusername=\"wxid_testaaaaaaaa21\" "));

    let once = IMG.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;");
    let by_number = IMG.replace('<', "&#60;").replace('>', "&#x3E;").replace('"', "&#34;").replace(' ', "&#32;");
    for content in [once.replace('&', "&amp;"), by_number, format!("<![CDATA[{IMG}]]>"), format!("<![CDATA[{once}]]>")]
    {
        let (_, message) = image(&content);
        assert_eq!((message.content.as_str(), message.warnings.len()), (IMG, 0), "{content}");
        let (_, message) = image(&format!("@0f0f0f:<br/>{content}"));
        assert_eq!((message.sender.as_deref(), message.content.as_str()), (Some("@0f0f0f"), IMG), "{content}");
    }
}

#[test]
fn plus_signs_for_blanks() {
    let content = r#"<msg><img+aeskey="00112233445566778899aabbccddeeff"+length="7"+name="a+b"+/></msg>"#;
    let (image, message) = image(content);
    assert_eq!(message.warnings, ["attributes: parted by + instead of blanks"]);
    assert_eq!(image.normal.as_ref().and_then(|normal| normal.length), Some(7));
    assert_eq!(attribute(&image, "name"), Some("a+b"), "inside quotes it may be one");
}

#[test]
fn a_room_that_speaks_itself() {
    let message = parse(sample!("chatroom_sender_sysmsg.txt"));
    assert_eq!(message.sender.as_deref(), Some("123456789@chatroom"));
    assert_eq!(element(&message), Some("sysmsg"));
}

#[test]
fn what_is_no_hash_is_no_md5() {
    for (md5, warning) in
        [("x".repeat(32), "md5: not hex"), ("0f".repeat(15), "md5: 30 hex digits"), ("0".into(), "md5: 1 hex digits")]
    {
        let (image, message) = image(&format!(r#"<msg><img md5="{md5}" length="7" /></msg>"#));
        assert_eq!((image.md5, message.warnings), (None, vec![warning.to_owned()]));
        let (emoji, _) = emoji(&format!(r#"<msg><emoji md5="{md5}" len="7" /></msg>"#));
        assert_eq!(emoji.md5, None);
    }
}

#[test]
fn a_text_stays_a_text() {
    for text in
        ["Note: <b>milk</b>", "wxid_abc: see <msg>", "&amp;lt;msg", "a&#60;msg", "<3", "1+1: 2", "http://x/<msg>"]
    {
        let message = parse(text);
        assert_eq!(message.sender, None, "{text}");
    }
    assert!(matches!(parse("&amp;lt;b&amp;gt; is bold").kind, Kind::Text));
}
