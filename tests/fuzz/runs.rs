//! Long and hostile: one fragment again and again. Where the time grew with the square of the length, these would not end.

use std::time::{Duration, Instant};

use webwx_image::message::Message;

const BEGINNINGS: [&str; 7] =
    ["", "&lt;", "<msg>", "<msg><img ", "<msg><img a=\"", "&lt;msg>&lt;img a=\"", "@0f:<br/>"];

const FRAGMENTS: [&str; 22] = [
    "<",
    "<a",
    "<a ",
    "<a>",
    "<a/>",
    "</a>",
    "<msg>",
    "<img ",
    "&",
    "&lt;",
    "&amp;",
    "&#",
    "&x;",
    "<br/>",
    "=\"",
    "a=\"1\" ",
    "a='",
    "<!--",
    "]]>",
    "<![CDATA[",
    "<!DOCTYPE [",
    "@0f:<br/>",
];

/// In bytes; the longest content that is read, where the compiler's optimising makes that a matter of seconds.
const LENGTH: usize = if cfg!(debug_assertions) { 64 * 1024 } else { 1024 * 1024 };

#[test]
fn long_runs_of_a_fragment_are_read_in_one_go() {
    let mut slowest = (Duration::ZERO, String::new());
    let mut parse = |content: &str, what: String| {
        let begin = Instant::now();
        Message::parse(content).expect("not longer than what is read");
        slowest = slowest.clone().max((begin.elapsed(), what));
    };
    for beginning in BEGINNINGS {
        for fragment in FRAGMENTS {
            let content = format!("{beginning}{}", fragment.repeat((LENGTH - beginning.len()) / fragment.len()));
            parse(&content, format!("{beginning:?} and {fragment:?} again and again"));
        }
    }
    // Half of it is a name, and the other half is what could be warned about under that name.
    let name = "n".repeat(LENGTH / 2 - 100);
    for (before, between, fragment) in
        [("<msg><img ", "=\"", "&"), ("<msg><img ", "=\"", "&x;"), ("<msg><", ">", "</a>"), ("<msg>", "<a>", "</b>")]
    {
        let content = format!("{before}{name}{between}{}", fragment.repeat(LENGTH / 2 / fragment.len()));
        parse(&content, format!("a long name and {fragment:?} again and again"));
    }
    // Numbered, so that nothing is the same twice.
    for (before, one, two) in
        [("<msg><img ", "a", "='' "), ("<msg>", "</a", ">"), ("<msg>", "<a", ">"), ("<msg>", "<a", "/>")]
    {
        let all: Vec<String> = (0..LENGTH / 12).map(|number| format!("{one}{number}{two}")).collect();
        parse(&format!("{before}{}", all.concat()), format!("numbered {one:?}"));
    }
    eprintln!("the slowest of {LENGTH} bytes: {} ms for {}", slowest.0.as_millis(), slowest.1);
}
