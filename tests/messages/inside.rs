//! The pictures in messages of every form.

use webwx_image::message::{Inside, Kind, Message, Place};

use crate::sample;

fn inside(content: &str) -> Vec<Inside> {
    Message::parse(content).expect("short").pictures()
}

fn one(content: &str) -> Inside {
    let [picture] = inside(content).try_into().expect("one picture");
    picture
}

/// Place, name, sender, MD5, and the length of the normal picture.
fn facts(picture: &Inside) -> (Place, Option<&str>, Option<&str>, Option<&str>, Option<u64>) {
    let Inside { place, name, sender, md5, normal, .. } = picture;
    let length = normal.as_ref().and_then(|variant| variant.length);
    (*place, name.as_deref(), sender.as_deref(), md5.as_deref(), length)
}

/// What a picture's content says again is what it says itself.
#[track_caller]
fn same_again(picture: &Inside) {
    let content = picture.content.as_deref().expect("no emoticon");
    let message = Message::parse(content).expect("short");
    let Kind::Image(image) = message.kind else { panic!("no image: {content}") };
    assert_eq!(image.md5, picture.md5);
    assert_eq!((&image.thumbnail, &image.normal, &image.hd), (&picture.thumbnail, &picture.normal, &picture.hd));
    assert_eq!(message.warnings, [""; 0], "{content}");
}

#[test]
fn a_quoted_image_with_all_its_forms() {
    let picture = one(sample!("inside_quote_image.xml"));
    let expected = (Place::Quote, None, Some("Lin & Co"), Some("0a1b2c3d4e5f60718293a4b5c6d7e8f9"), Some(51234));
    assert_eq!(facts(&picture), expected);
    assert_eq!(picture.hd.as_ref().and_then(|variant| variant.length), Some(902_113));
    let key = picture.thumbnail.as_ref().and_then(|variant| variant.aes_key.as_deref());
    assert_eq!(key, Some("1f2e3d4c5b6a79881f2e3d4c5b6a7988"));
    assert!(picture.content.as_deref().is_some_and(|content| content.starts_with("<?xml version")), "as it stood");
    same_again(&picture);
    // The field's own sample says nothing but a key that is none.
    let picture = one(sample!("appmsg_quote_image.xml"));
    assert_eq!(facts(&picture), (Place::Quote, None, Some("小红"), None, None));
}

#[test]
fn a_quoted_emoticon_and_a_quoted_file() {
    let picture = one(sample!("inside_quote_emoji.xml"));
    let expected = (Place::Quote, None, Some("Wei"), Some("f0e1d2c3b4a5968778695a4b3c2d1e0f"), Some(20_480));
    assert_eq!(facts(&picture), expected);
    assert!(picture.is_emoji && picture.content.is_none());
    let url = "http://emoji.example/262/20304/stodownload?m=f0e1&filekey=30&bizid=1023";
    assert_eq!(picture.url.as_deref(), Some(url));
    let key = picture.normal.and_then(|variant| variant.aes_key);
    assert_eq!(key.as_deref(), Some("00112233445566778899aabbccddeeff"));

    let picture = one(sample!("inside_quote_file.xml"));
    assert_eq!((picture.place, picture.sender.as_deref()), (Place::Quote, Some("Yu")));
    assert_eq!(picture.name.as_deref(), Some("scan.2025.PNG"));
}

#[test]
fn a_merged_forward() {
    let pictures = inside(sample!("inside_record_escaped.xml"));
    let [image, emoji, file] = &pictures[..] else { panic!("{pictures:?}") };
    let md5 = Some("70ff7087682d68c27137d8dd68e12c41");
    assert_eq!(facts(image), (Place::Record, Some("[图片]"), Some("Yu"), md5, Some(612_345)));
    let thumbnail = image.thumbnail.clone().expect("a thumbnail");
    assert_eq!((thumbnail.length, thumbnail.width, thumbnail.height), (Some(5432), Some(120), Some(90)));
    assert_eq!(thumbnail.aes_key.as_deref(), Some("ec8fd75faea2de8dc452c29e3ca6905c"), "a key of its own");
    same_again(image);
    let md5 = Some("cfe6b544d986fd66ac61a78ee5fce1c7");
    assert_eq!(facts(emoji), (Place::Record, Some("[动画表情]"), Some("Mo"), md5, None));
    assert_eq!(emoji.url.as_deref(), Some("http://emoji.example/a.gif"));
    assert_eq!(facts(file), (Place::Record, Some("plan.png"), Some("Yu"), None, Some(88)));
    same_again(file);
}

#[test]
fn forwards_in_a_forward() {
    let pictures = inside(sample!("inside_record_nested_group_prefix.txt"));
    let md5s: Vec<_> = pictures.iter().filter_map(|picture| picture.md5.as_deref()).collect();
    assert_eq!(md5s, ["70ff7087682d68c27137d8dd68e12c41", "60ff7087682d68c27137d8dd68e12c41"]);
    assert!(pictures.iter().all(|picture| picture.sender.as_deref() == Some("Yu")));
}

#[test]
fn files_that_are_pictures() {
    let picture = one(sample!("inside_file_picture.xml"));
    let md5 = Some("8c883d0b282728feb96a14ab423eb52d");
    assert_eq!(facts(&picture), (Place::File, Some("scan.2025.PNG"), None, md5, Some(412_345)));
    same_again(&picture);
    let picture = one(sample!("inside_file_emoticon.xml"));
    let md5 = Some("2b0236c6240f19c0234c84a083e70d25");
    assert_eq!(facts(&picture), (Place::File, Some("1700000123456.gif"), None, md5, Some(312_345)));
    assert!(picture.is_emoji);
    // Other files are none.
    assert_eq!(inside(sample!("appmsg_file_escaped_group_prefix.txt")), []);
    // Its name tells where its format is not said.
    let file = sample!("inside_file_picture.xml");
    assert_eq!(inside(&file.replace("<fileext>PNG</fileext>", "<fileext></fileext>")).len(), 1);
    assert_eq!(inside(&file.replace("<fileext>PNG</fileext>", "<fileext>zip</fileext>")).len(), 0);
}

#[test]
fn messages_that_are_pictures() {
    let content = sample!("img_seed_gateway_hd.xml");
    let picture = one(content);
    assert_eq!((picture.place, picture.content.as_deref()), (Place::Message, Some(content)));
    let Kind::Image(image) = Message::parse(content).expect("short").kind else { panic!("no image") };
    assert_eq!(picture.hd, image.hd);
    let picture = one(sample!("emoji.xml"));
    assert!(picture.is_emoji && picture.url.is_some());
    for none in [sample!("img_opaque.txt"), sample!("video_private.xml"), "hello", ""] {
        assert_eq!(inside(none), [], "{none}");
    }
}

#[test]
fn what_is_hostile_or_broken_ends() {
    // Cut off anywhere, it gives what stands before.
    for sample in [sample!("inside_record_escaped.xml"), sample!("inside_quote_image.xml")] {
        for end in (0..sample.len()).filter(|&end| sample.is_char_boundary(end)).step_by(7) {
            assert!(inside(&sample[..end]).len() <= 3);
        }
    }
    let item = r#"<dataitem datatype="2"><cdndataurl>30</cdndataurl></dataitem>"#;
    let record = |inner: &str| format!("<recordinfo><datalist>{inner}</datalist></recordinfo>");
    let message = |record: &str| {
        format!("<msg><appmsg><type>19</type><recorditem><![CDATA[{record}]]></recorditem></appmsg></msg>")
    };
    assert_eq!(inside(&message(&record(&item.repeat(2000)))).len(), 512);
    let mut nested = record(item);
    for _ in 0..8 {
        nested = record(&format!(r#"<dataitem datatype="17"><recordxml>{nested}</recordxml></dataitem>"#));
    }
    assert_eq!(inside(&message(&nested)), [], "too deep");
    let mut quote = "<msg><img length=\"5\"/></msg>".to_owned();
    for _ in 0..6 {
        let escaped = quote.replace('&', "&amp;").replace('<', "&lt;");
        quote = format!("<msg><appmsg><type>57</type><refermsg><content>{escaped}</content></refermsg></appmsg></msg>");
    }
    assert_eq!(inside(&quote), [], "too deep");
    assert_eq!(inside(&message(&"<a>".repeat(100_000))), []);
    // A key that is none says nothing, and what stands in a value is escaped again.
    let odd = item.replace(">30<", ">3\"0&lt;<").replace("</data", "<cdndatakey>xyz</cdndatakey></data");
    let picture = one(&message(&record(&odd)));
    same_again(&picture);
    assert_eq!(picture.normal.clone().and_then(|variant| variant.aes_key), None);
    assert!(format!("{picture:?}").len() < 200);
}
