//! What each of the samples says.

use webwx_image::message::{Image, Kind, Message, Variant};

use crate::{attribute, element, image, lengths, parse, sample};

#[test]
fn a_gateway_image_in_high_definition() {
    let content = sample!("img_seed_gateway_hd.xml");
    let (image, message) = image(content);
    assert_eq!((message.sender, message.content.as_str()), (None, content));
    assert_eq!(message.warnings, [""; 0]);
    let key = Some("cf4e4e8e30ce96543c5e1a025929b026".to_owned());
    assert_eq!(image.md5.as_deref(), Some("f97298b06aba35c3f4d3c74c39f92a51"));
    assert_eq!((&image.aes_key, image.encry_ver), (&key, Some(0)));
    let url = attribute(&image, "cdnthumburl").map(str::to_owned);
    assert!(url.as_deref().is_some_and(|url| url.starts_with("3058020100045130") && url.len() == 180));
    let variant = |length, size: Option<(u64, u64)>| Variant {
        cdn_url: url.clone(),
        aes_key: key.clone(),
        length: Some(length),
        width: size.map(|(width, _)| width),
        height: size.map(|(_, height)| height),
    };
    assert_eq!(image.thumbnail, Some(variant(5376, Some((120, 80)))));
    assert_eq!(image.normal, Some(variant(428_753, None)));
    assert_eq!(image.hd, Some(variant(7_706_923, None)));
    let names: Vec<&str> = image.attributes.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names.len(), 16);
    assert_eq!((names[0], names[15]), ("aeskey", "md5"), "in document order");
}

#[test]
fn a_prefix_before_plain_xml() {
    let content = sample!("img_group_prefix.txt");
    let (image, message) = image(content);
    assert_eq!(message.sender.as_deref(), Some("ejbcpxzsxq765"));
    assert_eq!(format!("ejbcpxzsxq765:\n{}", message.content), content);
    assert!(message.content.starts_with("<?xml version=\"1.0\"?>\n<msg>"));
    assert_eq!(message.warnings, [""; 0]);
    assert_eq!(lengths(&image), [Some(1026), Some(1394), Some(654)], "hdlength below length");
}

#[test]
fn children_of_the_image_are_not_its_attributes() {
    let (image, message) = image(sample!("img_sechash_live.xml"));
    assert_eq!((message.sender, message.warnings), (None, vec![]));
    assert_eq!(image.md5.as_deref(), Some("907d426d9d1e68f0bf60b846fca6ba9d"));
    assert_eq!(attribute(&image, "originsourcemd5"), Some("ae3568adec102e3cd933b9bad95a9922"));
    assert_eq!(lengths(&image), [Some(4352), Some(33682), None]);
}

#[test]
fn ones_own_image_says_hardly_anything() {
    let (image, message) = image(sample!("img_minimal.xml"));
    assert_eq!((message.sender, message.warnings), (None, vec![]));
    let normal = Some(Variant { length: Some(15444), ..Variant::default() });
    let attributes = [("length", "15444"), ("hdlength", "0")].map(|(name, value)| (name.to_owned(), value.to_owned()));
    assert_eq!(image, Image { normal, attributes: attributes.into(), ..Image::default() });
}

#[test]
fn an_unclosed_sibling_is_warned_about() {
    let (image, message) = image(sample!("img_malformed.xml"));
    assert_eq!(message.sender, None);
    assert_eq!(message.warnings, ["unclosed element: ImgSourceUrl"]);
    assert_eq!(lengths(&image), [Some(3915), Some(49905), None]);
    assert_eq!(image.md5.as_deref(), Some("c1a61f629ba0a58460a77c92e20b47c8"));
}

#[test]
fn order_and_blanks_do_not_matter_and_an_empty_url_is_none() {
    let (image, message) = image(sample!("img_attrorder.xml"));
    assert_eq!((message.sender, message.warnings), (None, vec![]));
    assert_eq!(lengths(&image), [Some(16497), Some(315_516), None], "cdnbigimgurl empty, hdlength 0");
    assert_eq!(attribute(&image, "cdnbigimgurl"), Some(""));
    assert_eq!(image.attributes[0].0, "hdlength");
    assert_eq!(image.encry_ver, Some(1));
}

#[test]
fn escaped_xml_with_and_without_a_prefix() {
    let (bare, message) = image(sample!("img_escaped.txt"));
    assert_eq!((message.sender, message.warnings), (None, vec![]));
    assert!(message.content.starts_with("<?xml version=\"1.0\"?>\n<msg>\n\t<img aeskey=\"f6eb527819f3"));
    assert!(message.content.ends_with("\" />\n</msg>\n"));
    assert_eq!(lengths(&bare), [Some(6660), Some(45956), None]);

    let (prefixed, with_prefix) = image(sample!("img_escaped_group_prefix.txt"));
    let sender = "@f8842db9faf385cf064acb658e58e89226bdbbc4ddccfc850dec2c9d5058aee2";
    assert_eq!(with_prefix.sender.as_deref(), Some(sender));
    assert_eq!((with_prefix.content, with_prefix.warnings), (message.content, vec![]));
    assert_eq!(prefixed, bare);
}

#[test]
fn opaque_content_stays_as_it_is() {
    let content = sample!("img_opaque.txt");
    let message = parse(content);
    assert_eq!(message, Message { kind: Kind::Opaque, sender: None, content: content.into(), warnings: vec![] });
}

#[test]
fn a_blank_before_the_name_and_an_end_in_the_tag() {
    let (image, message) = image(sample!("img_space_after_lt.txt"));
    assert_eq!(message.sender, None);
    assert_eq!(
        message.warnings,
        [
            "cut off inside a tag",
            "img: blank before the name",
            "attributes: not all could be read",
            "aeskey: not hex",
            "cdnthumbaeskey: not hex",
        ]
    );
    assert_eq!(image.attributes.len(), 5);
    assert_eq!(lengths(&image), [Some(5278), None, None]);
}

#[test]
fn an_emoticon() {
    let message = parse(sample!("emoji.xml"));
    assert_eq!((&message.sender, message.warnings.len()), (&None, 0));
    let Kind::Emoji(emoji) = message.kind else { panic!("no emoticon") };
    assert_eq!(emoji.md5.as_deref(), Some("a86a5faab306dcc2051d5b33a21ef374"));
    assert_eq!((emoji.length, emoji.width, emoji.height), (Some(8413), Some(100), Some(100)));
    let url = emoji.cdn_url.expect("a url");
    assert!(url.starts_with("http://wxapp.tc.qq.com/262/20304/stodownload?m=a86a5faa"));
    assert!(url.contains("&filekey=") && url.ends_with("&bizid=1023"), "entities are decoded: {url}");
    assert_eq!(emoji.attributes.last(), Some(&("desc".to_owned(), String::new())));
}

#[test]
fn what_is_no_picture_is_named() {
    for (content, name, sender) in [
        (sample!("video_private.xml"), "videomsg", None),
        (sample!("appmsg_file_escaped_group_prefix.txt"), "appmsg", Some("@xxxxxxxxxxxxxxxxx")),
        (sample!("appmsg_quote_image.xml"), "appmsg", None),
        (sample!("html_504_not_an_image.html"), "html", None),
    ] {
        let message = parse(content);
        assert_eq!((element(&message), message.sender.as_deref()), (Some(name), sender), "{content}");
        assert!(message.content.starts_with('<'), "{content}");
    }
    let quote = parse(sample!("appmsg_quote_image.xml"));
    assert_eq!(quote.content, sample!("appmsg_quote_image.xml"), "what is escaped inside stays so");
    assert_eq!(quote.warnings, [""; 0]);
    let file = parse(sample!("appmsg_file_escaped_group_prefix.txt"));
    assert_eq!(file.warnings, [""; 0], "a line break behind </msg> is nothing");
}

#[test]
fn the_same_message_in_javascript() {
    let json = serde_json::to_value(parse(sample!("img_group_prefix.txt"))).expect("plain data");
    let keys: Vec<&str> = json.as_object().expect("an object").keys().map(String::as_str).collect();
    let expected = [
        "aesKey",
        "attributes",
        "content",
        "encryVer",
        "hd",
        "kind",
        "md5",
        "normal",
        "sender",
        "thumbnail",
        "warnings",
    ];
    assert_eq!(keys, expected);
    assert_eq!((&json["kind"], &json["hd"]["length"]), (&"image".into(), &654.into()));
    assert_eq!(json["attributes"]["hdlength"], "654");
    assert_eq!(serde_json::to_value(parse("x")).expect("plain data")["kind"], "text");
}
