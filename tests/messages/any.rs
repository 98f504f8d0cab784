//! Any form, any text, and an end anywhere.

use proptest::prelude::*;
use webwx_image::message::Message;

use crate::{image, parse, sample};

const SAMPLES: [&str; 15] = [
    sample!("appmsg_file_escaped_group_prefix.txt"),
    sample!("appmsg_quote_image.xml"),
    sample!("emoji.xml"),
    sample!("html_504_not_an_image.html"),
    sample!("img_attrorder.xml"),
    sample!("img_escaped.txt"),
    sample!("img_escaped_group_prefix.txt"),
    sample!("img_group_prefix.txt"),
    sample!("img_malformed.xml"),
    sample!("img_minimal.xml"),
    sample!("img_opaque.txt"),
    sample!("img_sechash_live.xml"),
    sample!("img_seed_gateway_hd.xml"),
    sample!("img_space_after_lt.txt"),
    sample!("video_private.xml"),
];

#[test]
fn a_document_may_end_anywhere() {
    for sample in SAMPLES {
        for (at, _) in sample.char_indices() {
            parse(&sample[..at]);
        }
    }
    for (sample, tag_end) in [
        (sample!("img_seed_gateway_hd.xml"), " />"),
        (sample!("img_attrorder.xml"), "/>"),
        (sample!("img_malformed.xml"), "</img>"),
        (sample!("img_group_prefix.txt"), " />"),
        (sample!("img_escaped.txt"), " /&gt;"),
        (sample!("img_escaped_group_prefix.txt"), " /&gt;"),
    ] {
        let (whole, _) = image(sample);
        let end = sample.find(tag_end).expect("the image's end") + tag_end.len();
        for at in (end..sample.len()).filter(|&at| sample.is_char_boundary(at)) {
            assert_eq!(image(&sample[..at]).0, whole, "cut at {at}");
        }
        let inside = image(&sample[..end - tag_end.len()]);
        assert_eq!(inside.0, whole, "all attributes are there, only the tag's end is missing");
        assert!(inside.1.warnings.iter().any(|warning| warning.starts_with("cut off")), "{:?}", inside.1.warnings);
    }
}

/// The outer forms in which one and the same document arrives.
fn forms(document: &str) -> [(String, Option<&'static str>); 5] {
    let escaped = document.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('\n', "<br/>");
    [
        (document.to_owned(), None),
        (format!("wxid_someone:\n{document}"), Some("wxid_someone")),
        (format!("\u{feff} {document}"), None),
        (escaped.clone(), None),
        (format!("@0123456789abcdef:<br/>{escaped}"), Some("@0123456789abcdef")),
    ]
}

fn quoted(value: &str, quote: char) -> String {
    let quote_entity = if quote == '"' { "&quot;" } else { "&#39;" };
    format!("{quote}{}{quote}", value.replace('&', "&amp;").replace('<', "&lt;").replace(quote, quote_entity))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_text_makes_it_panic(content in any::<String>()) {
        prop_assert!(Message::parse(&content).is_ok());
    }

    #[test]
    fn no_text_with_tags_makes_it_panic(
        pieces in prop::collection::vec(
            prop::sample::select(vec![
                "<msg>", "</msg>", "<img ", "/>", ">", "<", "&lt;", "&gt;", "&amp;", "\"", "'", "=", " ", "<!--", "-->",
                "<![CDATA[", "]]>", "<?xml", "?>", "<!DOCTYPE", "[", "]", "@ab:<br/>", "length", "中", "\u{feff}", "\n",
            ]),
            0..40,
        ),
    ) {
        prop_assert!(Message::parse(&pieces.concat()).is_ok());
    }

    #[test]
    fn an_image_in_any_form_reads_back(
        attributes in prop::collection::btree_map("[a-z][a-z0-9_]{0,12}", "\\PC{0,12}", 0..8),
        quote in prop::sample::select(vec!['"', '\'']),
        equals in prop::sample::select(vec!["=", " = ", "\n=\t"]),
        before in prop::sample::select(vec!["", "<?xml version=\"1.0\"?>\n", "\n"]),
        after in prop::sample::select(vec!["/>", " />", "></img>", "><md5 x=\"1\"/></img>\n\t<live/>"]),
    ) {
        let written: Vec<String> =
            attributes.iter().map(|(name, value)| format!(" {name}{equals}{}", quoted(value, quote))).collect();
        let written = written.concat();
        let document = format!("{before}<msg>\n\t<img{written}{after}\n</msg>\n");
        for (content, sender) in forms(&document) {
            let (image, message) = image(&content);
            prop_assert_eq!(message.sender.as_deref(), sender);
            prop_assert_eq!(message.content.trim_start_matches(['\u{feff}', ' ']), document.as_str());
            let expected: Vec<(String, String)> = attributes.clone().into_iter().collect();
            prop_assert_eq!(image.attributes, expected);
        }
    }
}
