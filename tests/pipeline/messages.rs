//! One message for what is one to its sender, and two for two: on the wire, and in the chat.

use webwx_image::error::ErrorKind;
use webwx_image::job::{Event, Stage};
use webwx_image::message::Message;
use webwx_image::session::Receiver;
use webwx_image::upload::UploadedMedia;

use crate::link::{File, Format, Happened, JobId, Link, receipt};
use crate::{SEND, chunks, png, requests};

/// What was uploaded, and nothing sent.
fn uploaded(link: &mut Link) -> UploadedMedia {
    let job = link.begin(&png(chunks(2)), None).expect("good input");
    link.upload(job).expect("uploaded")
}

/// The ids of all messages that this end has sent.
fn ids(link: &Link) -> Vec<String> {
    link.world().messages().iter().filter_map(|message| message.client_msg_id.clone()).collect()
}

fn contact(link: &Link, index: usize) -> Receiver {
    Receiver::new(&link.world().contacts()[index]).expect("a name")
}

/// Begins to send it, beside what is under way.
fn begin(link: &mut Link, media: &UploadedMedia, to: &Receiver) -> JobId {
    let send = link.sending(media, to).expect("good input");
    link.driver.start(&link.owner.clone(), send, Vec::new())
}

#[test]
fn one_upload_to_two_receivers_is_two_messages_with_two_ids() {
    let mut link = Link::default();
    let media = uploaded(&mut link);
    let to = [contact(&link, 0), contact(&link, 1)];
    let jobs = [begin(&mut link, &media, &to[0]), begin(&mut link, &media, &to[1])];
    for job in jobs {
        receipt(link.run(job)).expect("sent");
    }
    let sent: Vec<_> = link.world().messages()[3..].iter().map(|message| message.to_user_name.clone()).collect();
    assert_eq!(sent, to.map(|to| to.as_str().to_owned()));
    let ids = ids(&link);
    assert!(ids.len() == 2 && ids[0] != ids[1], "{ids:?}");
}

#[test]
fn the_same_to_the_same_receiver_at_once_is_two_messages() {
    let mut link = Link::default();
    let (media, peer) = (uploaded(&mut link), link.peer());
    let jobs = [begin(&mut link, &media, &peer), begin(&mut link, &media, &peer)];
    for job in jobs {
        receipt(link.run(job)).expect("sent");
    }
    assert_eq!(link.sent(), 2);
    link.send(&media).expect("a third, since the two have their receipts");
    assert_eq!(link.sent(), 3);
}

#[test]
fn a_second_call_after_a_lost_answer_is_the_same_message() {
    for fault in ["accept-then-reset", "truncate", "delay:60001"] {
        let mut link = Link::default();
        link.terms().retry.limit = 0;
        let media = uploaded(&mut link);
        link.order(SEND, None, 2, fault);
        for _ in 0..2 {
            let error = link.send(&media).expect_err(fault);
            assert_eq!(error.message_may_be_out(), Some(true), "{fault}: {error}");
        }
        // A refusal says nothing of the calls before.
        link.order(SEND, None, 1, "ret:1205");
        let error = link.send(&media).expect_err("refused");
        assert_eq!((error.kind(), error.message_may_be_out()), (ErrorKind::RateLimited, Some(true)), "{fault}");
        link.send(&media).expect("sent");
        assert_eq!(link.sent(), 1, "{fault}");
        link.send(&media).expect("sent");
        assert_eq!(link.sent(), 2, "{fault}: after a receipt it is another one");
    }
}

#[test]
fn a_refused_message_is_not_out_and_says_so() {
    let mut link = Link::default();
    let media = uploaded(&mut link);
    link.order(SEND, None, 1, "ret:1204");
    assert_eq!(link.send(&media).expect_err("refused").message_may_be_out(), Some(false));
    let job = link.begin(&png(chunks(1)), None).expect("good input");
    link.order("webwxuploadmedia", None, 9, "reset");
    let error = link.upload(job).expect_err("cut");
    assert_eq!((error.kind(), error.message_may_be_out()), (ErrorKind::Network, None), "of an upload");
}

#[test]
fn an_aborted_message_is_the_same_when_it_is_sent_again() {
    let mut link = Link::default();
    let media = uploaded(&mut link);
    let peer = link.peer();
    let job = begin(&mut link, &media, &peer);
    // The service has it, and its answer is on its way.
    while link.sent() == 0 {
        assert!(link.step().is_none());
    }
    link.driver.abort(job);
    link.send(&media).expect("sent");
    assert_eq!(link.sent(), 1);
}

#[test]
fn a_caller_who_aborts_at_the_last_progress_has_no_receipt() {
    let mut link = Link::default();
    let media = uploaded(&mut link);
    let peer = link.peer();
    link.log.aborts_at = Some(
        |event| matches!(event, Event::Progress(told) if told.stage == Stage::Send && Some(told.loaded) == told.total),
    );
    let job = begin(&mut link, &media, &peer);
    while !matches!(link.driver.step(&mut link.log), Some(Happened::Aborted(aborted)) if aborted == job) {}
    link.log.aborts_at = None;
    link.send(&media).expect("sent");
    assert_eq!(link.sent(), 1);
}

#[test]
fn what_may_be_out_is_kept_over_a_stop_of_the_program_and_lost_with_the_page() {
    for (is_kept, messages) in [(true, 1), (false, 2)] {
        let mut link = Link::default();
        let media = uploaded(&mut link);
        let peer = link.peer();
        begin(&mut link, &media, &peer);
        while link.sent() == 0 {
            assert!(link.step().is_none());
        }
        link.driver.close_page();
        link.owner = if is_kept { link.owner.after_a_stop() } else { link.owner.another_client() };
        link.driver.now_ms += 1000;
        link.send(&media).expect("sent");
        assert_eq!(link.sent(), messages);
    }
}

#[test]
fn a_picture_that_is_sent_on_is_one_message_too() {
    let mut link = Link::default();
    link.terms().retry.limit = 0;
    let content = Message::parse(&link.world().messages()[0].content.clone()).expect("not too long").content;
    link.order(SEND, None, 1, "accept-then-reset");
    let error = link.forward(&content).expect_err("its answer is lost");
    assert_eq!(error.message_may_be_out(), Some(true));
    link.forward(&content).expect("sent on");
    assert_eq!(link.sent(), 1);
    link.forward(&content).expect("sent on");
    assert_eq!(link.sent(), 2);
}

#[test]
fn a_file_goes_by_its_own_service() {
    const FILES: &str = "webwxsendappmsg";
    let mut link = Link::default();
    let file = File::new(Format::Document, chunks(2) + 1, 3);
    link.order(FILES, None, 1, "accept-then-reset");
    link.send_image(&file).expect("sent");
    let message = link.last_message();
    assert_eq!((message.msg_type, message.picture.bytes.as_ref()), (49, file.bytes.as_slice()));
    assert_eq!((requests(&link, FILES), requests(&link, SEND), link.sent()), (2, 0, 1));
}
