//! Waits and timeouts, by a clock that only the run has.

use webwx_image::client::ClientOptions;
use webwx_image::download::Size;
use webwx_image::error::{Error, ErrorKind};
use webwx_image::gateway::{Gateway, GetMsgImg, GivenId};
use webwx_image::ids::MsgId;
use webwx_image::message::Message;
use webwx_image::upload::{FileInfo, UploadedMedia};

use crate::link::{BEGIN_MS, File, Format, Link};
use crate::{CHECK, SEND, UPLOAD, chunks, png, requests};

/// One of each kind of job, by the service that it asks.
const JOBS: [&str; 9] = [
    UPLOAD,
    CHECK,
    SEND,
    "webwxsendemoticon",
    "webwxsendappmsg",
    "forward",
    "webwxgetmsgimg",
    "getMsgImg",
    "gatewayimage",
];

/// Plays a job whose first request, or second for a gateway's picture, is the one in question.
struct Player {
    link: Link,
    media: Option<UploadedMedia>,
    job: &'static str,
}

impl Player {
    fn new(job: &'static str) -> Self {
        let mut link = Link::default();
        let format = match job {
            "webwxsendemoticon" => Format::Gif,
            "webwxsendappmsg" => Format::Document,
            _ => Format::Png,
        };
        let media = job.starts_with("webwxsend").then(|| {
            let begun = link.begin(&File::new(format, chunks(1), 1), None).expect("good input");
            link.upload(begun).expect("uploaded")
        });
        Self { link, media, job }
    }

    fn endpoint(&self) -> &'static str {
        if self.job == "forward" { SEND } else { self.job }
    }

    fn play(&mut self) -> Result<(), Error> {
        let link = &mut self.link;
        let photo = link.world().messages()[0].clone();
        let msg_id = MsgId::new(&photo.msg_id).expect("digits");
        let gateway = Gateway::new(None, link.world().gateway_authorization()).expect("a token");
        let wanted = GetMsgImg {
            w_id: "w".into(),
            msg_id: GivenId::Text(msg_id),
            from_user: "a".into(),
            to_user: "b".into(),
            content: photo.content.clone(),
            kind: None,
        };
        match self.job {
            UPLOAD => {
                let job = link.begin(&png(chunks(1)), None)?;
                link.upload(job).map(drop)
            }
            CHECK => {
                // The service has none of it: what counts is over with the first chunk, which it refuses.
                let terms = link.options.terms;
                link.options = ClientOptions { terms, ..ClientOptions::default() };
                let info = FileInfo { size: 26_214_401, ..png(500).info() };
                let job = link.begin_to(link.peer(), &png(500), info, None)?;
                while link.log.left.iter().all(|place| place.step != UPLOAD) {
                    if let Some(ended) = link.step() {
                        return Err(ended.outcome.expect_err("nothing is uploaded"));
                    }
                }
                link.driver.abort(job);
                Ok(())
            }
            "forward" => {
                let content = Message::parse(&photo.content).expect("not too long").content;
                link.forward(&content).map(drop)
            }
            "webwxgetmsgimg" => link.download(&photo.msg_id, Size::Full, None).map(drop),
            "getMsgImg" => link.locate(&gateway, &wanted).map(drop),
            "gatewayimage" => link.gateway_download(&gateway, &wanted).map(drop),
            _ => link.send(&self.media.clone().expect("it was uploaded")).map(drop),
        }
    }
}

#[test]
fn every_kind_of_job_comes_back_when_it_is_asked_to() {
    for job in JOBS {
        for (retry_after, least, most) in [
            ("4", 4000, 4000),
            ("3600", 10_000, 10_000),
            ("Wed, 15 Nov 2023 00:00:07 GMT", 7000, 7000),
            ("Tue, 14 Nov 2023 23:59:59 GMT", 250, 500),
            ("0", 250, 500),
            ("soon", 250, 500),
        ] {
            assert_eq!(BEGIN_MS % 86_400_000, 0, "a run begins at midnight");
            let mut player = Player::new(job);
            player.link.log.retry_after = Some(retry_after.to_owned());
            let endpoint = player.endpoint();
            player.link.order(endpoint, None, 1, "status:503");
            player.play().unwrap_or_else(|error| panic!("{job}: {error}"));
            let waited_ms = player.link.elapsed_ms();
            assert!((least..=most).contains(&waited_ms), "{job}: {waited_ms} ms for {retry_after:?}");
        }
    }
}

#[test]
fn every_kind_of_job_gives_a_request_its_time_and_no_more() {
    for job in JOBS {
        let mut player = Player::new(job);
        player.link.terms().retry.limit = 0;
        let endpoint = player.endpoint();
        player.link.order(endpoint, None, 1, "delay:60000");
        player.play().unwrap_or_else(|error| panic!("{job}: {error}"));
        assert_eq!(player.link.elapsed_ms(), 60_000, "{job}");

        let mut late = Player::new(job);
        late.link.terms().retry.limit = 0;
        late.link.order(endpoint, None, 1, "delay:60001");
        let error = late.play().expect_err(job);
        assert_eq!((error.kind(), late.link.elapsed_ms()), (ErrorKind::Timeout, 60_000), "{job}: {error}");
        assert!(error.to_string().ends_with(": no response within 60000 ms"), "{job}: {error}");

        let mut again = Player::new(job);
        again.link.order(endpoint, None, 1, "delay:60001");
        again.play().unwrap_or_else(|error| panic!("{job}: {error}"));
        assert!((60_250..=60_500).contains(&again.link.elapsed_ms()), "{job}: {}", again.link.elapsed_ms());
    }
}

#[test]
fn the_pages_counters_hold_nothing_up() {
    for fault in ["reset", "delay:100000", "status:500"] {
        let mut link = Link::default();
        link.options.reports = true;
        link.order("reportforweb", None, 3, fault);
        link.send_image(&png(chunks(2))).expect("sent");
        assert_eq!((requests(&link, "reportforweb"), link.elapsed_ms()), (3, 0), "{fault}");
        link.order(UPLOAD, None, 9, "reset");
        link.send_image(&png(chunks(2))).expect_err("cut");
        while link.driver.step(&mut link.log).is_some() {}
        assert_eq!(requests(&link, "reportforweb"), 7, "{fault}: and one for the failure");
    }
}
