//! Whole ways of a picture, core against stand-in: out, back again, and through every kind of bad day.

#![allow(clippy::expect_used, reason = "a test fails by panicking")]

#[path = "../link/mod.rs"]
mod link;

mod bytes;
mod faults;
#[path = "../hand/mod.rs"]
mod hand;
mod lists;
mod messages;
mod resume;
mod time;
mod together;
mod ways;

use std::collections::BTreeSet;

use link::{CHUNK, File, Format, Link};
use standin::Field;
use webwx_image::download::Expectation;
use webwx_image::json::FromJson;
use webwx_image::message::{Kind, Message};
use webwx_image::upload::Checkpoint;

const UPLOAD: &str = "webwxuploadmedia";
const CHECK: &str = "webwxcheckupload";
const SEND: &str = "webwxsendmsgimg";

fn chunks(count: usize) -> usize {
    count * usize::try_from(CHUNK).expect("small")
}

fn png(size: usize) -> File {
    File::new(Format::Png, size, 1)
}

/// The text of a field in every upload request so far.
fn fields(link: &Link, name: &str) -> Vec<String> {
    let forms = link.world().journal().iter().filter_map(|entry| entry.form.as_ref());
    let texts = forms.flatten().filter_map(|field| match field {
        Field::Text { name: found, value } if found == name => Some(value.clone()),
        _ => None,
    });
    texts.collect()
}

fn requests(link: &Link, endpoint: &str) -> usize {
    link.world().journal().iter().filter(|entry| entry.path.ends_with(endpoint)).count()
}

/// All `uploadmediarequest` texts, each once.
fn media_requests(link: &Link) -> BTreeSet<String> {
    fields(link, "uploadmediarequest").into_iter().collect()
}

fn expectation(content: &str) -> Expectation {
    match Message::parse(content).expect("not too long").kind {
        Kind::Image(image) => Expectation::of(&image),
        other => panic!("no image: {other:?}"),
    }
}

/// The one message that this end has sent, which must hold the file.
fn assert_sent_once(link: &Link, file: &File) {
    assert_eq!(link.sent(), 1);
    assert_eq!(link.last_message().picture.bytes, file.bytes);
}

/// Uploads until `accepted` chunks are there, then the page goes away.
fn interrupted(link: &mut Link, file: &File, accepted: usize) -> Checkpoint {
    let job = link.begin(file, None).expect("good input");
    while link.log.checkpoints.len() < accepted {
        // With the last chunk's answer, the upload is over.
        assert!(link.step().is_none_or(|_| link.log.checkpoints.len() == accepted), "over before {accepted} chunks");
    }
    let last = link.log.checkpoints.last().cloned();
    let checkpoint = link.driver.checkpoint(job).or(last).expect("an upload has one");
    link.driver.close_page();
    checkpoint
}

/// A new page with a session of the same account, some seconds later.
fn reloaded(link: &Link, seed: u64) -> Link {
    let mut world = link.world().clone();
    world.clear_journal();
    let mut reloaded = Link::new(world, seed);
    reloaded.driver.now_ms = link.elapsed_ms() + 5000;
    reloaded
}

/// A checkpoint, kept as JSON and read again.
fn kept(checkpoint: &Checkpoint) -> Checkpoint {
    let json = serde_json::to_string(checkpoint).expect("plain data");
    Checkpoint::from_json(&json).expect("its own string")
}
