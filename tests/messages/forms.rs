//! One form at a time.

use webwx_image::error::ErrorKind;
use webwx_image::message::Message;

use crate::{attribute, element, image, kind_name, lengths, parse};

#[test]
fn a_line_break_before_escaped_xml() {
    for (content, sender) in [
        ("<br/>&lt;msg&gt;&lt;img length=\"1\" /&gt;&lt;/msg&gt;", None),
        ("@0f0f0f:<br/><br/>&lt;msg&gt;&lt;img length=\"1\" /&gt;&lt;/msg&gt;", Some("@0f0f0f")),
    ] {
        let (image, message) = image(content);
        assert_eq!((attribute(&image, "length"), message.sender.as_deref()), (Some("1"), sender), "{content}");
    }
}

#[test]
fn ways_to_write_an_attribute() {
    for (tag, value) in [
        (r#"<img x="v"/>"#, "v"),
        (r#"<img x = "v" />"#, "v"),
        ("<img\n\tx\n=\n\"v\"\n/>", "v"),
        ("<img x='v'/>", "v"),
        (r#"<img x='say "v"'/>"#, r#"say "v""#),
        (r#"<img x="it's"></img>"#, "it's"),
        (r#"<img x="a&amp;b&lt;c&gt;d&quot;e&apos;f"/>"#, "a&b<c>d\"e'f"),
        (r#"<img x="&#65;&#x42;&#20013;"/>"#, "AB中"),
        (r#"<img x="a > b"/>"#, "a > b"),
        (r#"<img x=""/>"#, ""),
        (r#"<img x=" v "/>"#, " v "),
    ] {
        let (image, message) = image(&format!("<msg>{tag}</msg>"));
        assert_eq!(attribute(&image, "x"), Some(value), "{tag}");
        assert_eq!(message.warnings, [""; 0], "{tag}");
    }
}

#[test]
fn what_is_odd_about_an_attribute_is_warned_about() {
    for (tag, expected) in [
        (r#"<img x="&nope;"/>"#, "x: holds an entity that is not resolved"),
        (r#"<img x="a & b"/>"#, "x: holds an entity that is not resolved"),
        (r#"<img x="1" x="2"/>"#, "x: given more than once"),
        (r#"<img aeskey="0123456789abcdef0123456789abcde"/>"#, "aeskey: 31 hex digits"),
        (r#"<img md5="nothing"/>"#, "md5: not hex"),
        (r#"<img length="many"/>"#, "length: not a number"),
        (r#"<img length="-1"/>"#, "length: not a number"),
        (r#"<img length="9007199254740992"/>"#, "length: not a number"),
        (r#"<img cdnhdwidth="1.5"/>"#, "cdnhdwidth: not a number"),
        (r#"< img x="1"/>"#, "img: blank before the name"),
    ] {
        let (_, message) = image(&format!("<msg>{tag}</msg>"));
        assert_eq!(message.warnings, [expected], "{tag}");
    }
    for (content, expected) in [
        ("<msg><img/></msg>behind", "more after </msg>"),
        ("<msg><img/></msg><msg/>", "more after </msg>"),
        ("<msg><img/></msg></msg>", "end without a start: msg"),
        ("<msg><img/>", "cut off: msg is not closed"),
        ("<msg><img/><a", "cut off inside a tag"),
        ("<msg><img x=\"1\"", "cut off inside a tag"),
        ("<img/>", "img: outside msg"),
    ] {
        let (_, message) = image(content);
        assert_eq!(message.warnings, [expected], "{content}");
    }
}

#[test]
fn the_first_of_two_values_counts_and_an_unknown_entity_stays() {
    let (image, _) = image(r#"<msg><img length="1" length="2" x="&nope;"/></msg>"#);
    assert_eq!((attribute(&image, "length"), attribute(&image, "x")), (Some("1"), Some("&nope;")));
    let (mixed, _) = crate::image(r#"<msg><img x="a&amp;b&nope;c&lt;d & e&#65;"/></msg>"#);
    assert_eq!(attribute(&mixed, "x"), Some("a&b&nope;c<d & eA"), "the others beside it are read");
    assert_eq!(lengths(&image), [None, Some(1), None]);
}

#[test]
fn a_documents_own_entities_are_never_expanded() {
    let bomb = "<?xml version=\"1.0\"?><!DOCTYPE msg [<!ENTITY a \"boom\"><!ENTITY b \"&a;&a;&a;&a;\">\
                <!ENTITY c SYSTEM \"file:///etc/passwd\">]><msg><img x=\"&a;\" y=\"&b;\" z=\"&c;\"/>&b;</msg>";
    let (image, message) = image(bomb);
    for (name, value) in [("x", "&a;"), ("y", "&b;"), ("z", "&c;")] {
        assert_eq!(attribute(&image, name), Some(value));
    }
    assert!(message.warnings.contains(&"document type: not read".to_owned()), "{:?}", message.warnings);
    assert!(message.warnings.contains(&"x: holds an entity that is not resolved".to_owned()));
}

#[test]
fn the_picture_is_a_child_of_msg_and_no_other() {
    for (content, name) in [
        ("<msg><appmsg><img length=\"1\"/></appmsg></msg>", "appmsg"),
        ("<msg><appmsg>&lt;img length=\"1\"/&gt;</appmsg></msg>", "appmsg"),
        ("<msg><recorditem><![CDATA[<msg><img length=\"1\"/></msg>]]></recorditem></msg>", "recorditem"),
        ("<!-- <msg><img length=\"1\"/></msg> --><note/>", "note"),
        ("<html><img src=\"x\"></html>", "html"),
    ] {
        assert_eq!(element(&parse(content)), Some(name), "{content}");
    }
    let (first, _) = image("<msg><img length=\"1\"/><img length=\"2\"/></msg>");
    assert_eq!(attribute(&first, "length"), Some("1"));
}

#[test]
fn no_xml_is_text() {
    for content in ["", " ", "hello", "1 < 2", "<", "<>", "< >", "<3", "&lt;3", "@alice hi", "Note:\nbuy milk"] {
        let message = parse(content);
        assert_eq!((kind_name(&message).as_str(), message.warnings.len()), ("text", 0), "{content:?}");
        assert_eq!(message.sender, None, "{content:?}");
    }
    let said = parse("wxid_abc:\nhello");
    assert_eq!((said.sender.as_deref(), said.content.as_str()), (Some("wxid_abc"), "hello"));
}

#[test]
fn one_mebibyte_is_the_limit() {
    let content = |length: usize| format!("<msg><img x=\"{}\"/></msg>", "y".repeat(length - 22));
    assert_eq!(content(1_048_576).len(), 1_048_576);
    image(&content(1_048_576));
    let error = Message::parse(&content(1_048_577)).expect_err("too long");
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert_eq!(error.to_string(), "content: expected at most 1 MiB, got 1048577 bytes");
}

#[test]
fn depth_and_attributes_have_a_limit() {
    let deep = format!("<msg><img length=\"1\"/>{}", "<a>".repeat(100_000));
    let (_, message) = image(&deep);
    assert_eq!(message.warnings, ["nested deeper than 64: not read further"]);
    let just = format!("<msg>{}{}<img/></msg>", "<a>".repeat(63), "</a>".repeat(63));
    assert_eq!(image(&just).1.warnings, [""; 0]);

    let with = |count: usize| {
        let attributes: Vec<String> = (0..count).map(|n| format!(" a{n}=\"{n}\"")).collect();
        image(&format!("<msg><img{}/></msg>", attributes.concat()))
    };
    let (most, message) = with(256);
    assert_eq!((most.attributes.len(), message.warnings), (256, vec![]));
    let (more, message) = with(257);
    assert_eq!(more.attributes.len(), 256);
    assert_eq!(message.warnings, ["attributes: only the first 256 were read"]);

    let ends: Vec<String> = (0..10_000).map(|n| format!("</e{n}>")).collect();
    let noisy = format!("<msg><img/>{}</msg>", ends.concat());
    assert_eq!(image(&noisy).1.warnings.len(), 32, "a hostile document cannot fill the memory with warnings");
}
