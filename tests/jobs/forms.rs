//! Pictures by way of gateways of every form, and in the first size that can be had.

use webwx_image::base64::encode;
use webwx_image::client::ClientOptions;
use webwx_image::digest::{Md5, Md5Hex};
use webwx_image::download::{Bounds, Expectation, Size, Verified};
use webwx_image::error::{ErrorKind, Place, Result};
use webwx_image::gateway::{Gateway, GetMsgImg, Gewe, Given, GivenId, PadPro, Section, Tools, Wish};
use webwx_image::http::{Failure, Request};
use webwx_image::ids::MsgId;
use webwx_image::image::inspect;
use webwx_image::job::{Action, FormAsk, Formed, GetImage, GetPicture, Handled, Input, Job, RequestId, Step};
use webwx_image::message::{Kind, Message};
use webwx_image::retry::Terms;

use crate::hand::{self, Hand, answer, json};
use crate::session;

const PNG: &[u8] = include_bytes!("../fixtures/pictures/tiny.png");

/// A message with a thumbnail of 7 bytes, a normal picture of the length of `PNG`, and an original of 300 bytes.
const CONTENT: &str = concat!(
    r#"<msg><img aeskey="0123456789abcdef0123456789abcdef" cdnthumburl="30aa" cdnthumblength="7" cdnmidimgurl="30bb" "#,
    r#"length="85" cdnbigimgurl="30cc" hdlength="300"/></msg>"#
);

fn gateway() -> Gateway {
    Gateway::new(Some("https://gateway.example"), "TOKEN").expect("good input")
}

fn padpro() -> Wish {
    let (from_user, to_user) = ("a".to_owned(), "b".to_owned());
    Wish::PadPro(PadPro { msg_id: GivenId::Number(7), from_user, to_user, content: CONTENT.into() })
}

fn tools() -> Wish {
    Wish::Tools(Tools { wxid: "w".into(), content: CONTENT.into() })
}

fn gewe() -> Wish {
    Wish::Gewe(Gewe { app_id: "a".into(), content: CONTENT.into(), path: None })
}

fn custom() -> Wish {
    Wish::Custom { name: "mine".into(), content: CONTENT.into() }
}

fn get(wish: Wish, sizes: &[Size]) -> Result<GetPicture> {
    GetPicture::preferring(&gateway(), wish, sizes, Terms::default())
}

fn md5(bytes: &[u8]) -> Md5Hex {
    let mut md5 = Md5::new();
    md5.update(bytes);
    md5.finish()
}

/// A section as `WeChatPadPro` gives it.
fn section(start: usize, end: usize, total: usize) -> String {
    let (base64, length) = (encode(&PNG[start..end]), end - start);
    format!(
        r#"{{"Code":200,"Text":"","Data":{{"TotalLen":{total},"StartPos":{start},"DataLen":{length},"Data":{{"iLen":{length},"Buffer":"{base64}"}}}}}}"#
    )
}

/// Takes what a job hands over until it wants something else; gives the bytes with it.
fn kept<J: Job<Output: std::fmt::Debug>>(hand: &mut Hand, job: &mut J) -> (Vec<u8>, Step<J::Output>) {
    let mut bytes = Vec::new();
    loop {
        match hand.step(job) {
            Step::Do(Action::Keep { bytes: more, .. }) => bytes.extend(more),
            step => return (bytes, step),
        }
    }
}

#[track_caller]
fn asked<T: std::fmt::Debug>(step: Step<T>) -> (RequestId, Request) {
    match step {
        Step::Do(Action::Request(sent)) => (sent.id, sent.request),
        step => panic!("no request, but {step:?}"),
    }
}

/// Says what the joined bytes are.
fn join<J: Job<Output: std::fmt::Debug>>(
    hand: &mut Hand,
    job: &mut J,
    step: &Step<J::Output>,
    bytes: &[u8],
) -> Result<J::Output> {
    let Step::Do(Action::Join { id, place }) = *step else { panic!("nothing is joined, but {step:?}") };
    hand.handle(job, Input::Picture { id, size: bytes.len() as u64, image: inspect(place, bytes), md5: md5(bytes) });
    hand.end(job)
}

#[test]
fn sections_are_joined_and_a_broken_one_is_asked_for_again() {
    let mut hand = Hand::new();
    let mut job = get(padpro(), &[]).expect("good input");
    let sent = hand.request(&mut job);
    assert_eq!(sent.request.url, "https://gateway.example/message/GetMsgBigImg?key=TOKEN");
    assert!(sent.request.carries_secrets() && sent.request.said().contains("TOKEN"));
    let body = r#"{"CompressType":0,"FromUserName":"a","MsgId":7,"Section":{"DataLen":65536,"StartPos":0},"ToUserName":"b","TotalLen":0}"#;
    assert_eq!(json(&sent.request), body);
    assert_eq!(hand.good(&mut job, sent.id, &section(0, 40, 85)), Handled::Accepted);

    let (first, step) = kept(&mut hand, &mut job);
    let (id, request) = asked(step);
    assert_eq!(first, PNG[..40]);
    assert_eq!(request.place.to_string(), "GetMsgBigImg, section 2");
    assert!(json(&request).contains(r#""Section":{"DataLen":45,"StartPos":40}"#), "no more than is missing");
    assert!(json(&request).ends_with(r#""TotalLen":85}"#));
    // Lost, then cut off: what came before stays.
    assert_eq!(hand.answer(&mut job, id, Err(Failure::Network)), Handled::Retrying);
    hand.pass(375);
    let again = hand.request(&mut job);
    assert_eq!(json(&again.request), json(&request));
    let cut = section(40, 85, 85).replace(r#""iLen":45"#, r#""iLen":46"#);
    assert_eq!(hand.good(&mut job, again.id, &cut), Handled::Retrying);
    hand.pass(750);
    let again = hand.request(&mut job);
    assert_eq!(hand.good(&mut job, again.id, &section(40, 85, 85)), Handled::Accepted);
    let (second, step) = kept(&mut hand, &mut job);
    let (location, picture) = join(&mut hand, &mut job, &step, &[first, second].concat()).expect("the picture");
    assert_eq!((location, picture.md5), (None, md5(PNG)));
    assert_eq!((picture.judgement.verified, picture.judgement.variant), (Verified::Length, Some(Size::Normal)));
}

#[test]
fn sections_that_do_not_fit_are_refused_by_number() {
    let second = |body: String| {
        let mut hand = Hand::new();
        let terms = Terms { retry: hand::one_try().terms.retry, ..Terms::default() };
        let mut job = GetPicture::preferring(&gateway(), padpro(), &[], terms).expect("good input");
        let sent = hand.request(&mut job);
        hand.good(&mut job, sent.id, &section(0, 40, 85));
        let (_, step) = kept(&mut hand, &mut job);
        hand.good(&mut job, asked(step).0, &body);
        hand.end(&mut job).expect_err(&body)
    };
    let good = section(40, 80, 85);
    for (body, sentence) in [
        (section(30, 80, 85), "it begins at byte 30, but 40 bytes are here already"),
        (section(0, 40, 85), "it begins at byte 0, but 40 bytes are here already"),
        (section(50, 80, 85), "it begins at byte 50, but the next that is missing is 40"),
        (section(40, 80, 99), "99 bytes in all, but it was 85 before"),
        (section(40, 80, 0), "expected an image, got 0 bytes"),
        (good.replace(r#""TotalLen":85"#, r#""TotalLen":79"#), "79 bytes in all, but it was 85 before"),
        (good.replace(&encode(&PNG[40..80]), ""), "code 200, but no picture"),
        (good.replace(&encode(&PNG[40..80]), "===="), "invalid or truncated base64"),
        (good.replace(&encode(&PNG[40..80]), &encode(&PNG[40..79])), "expected 40 bytes, got 39"),
        (good.replace(r#""Buffer":"#, r#""Other":"#), "code 200, but no picture"),
        (r#"{"Code":200,"Data":null}"#.into(), "code 200, but no picture"),
        (r#"{"Code":"-2","Text":"no such message","Data":null}"#.into(), "code -2: \"no such message\""),
        (r#"{"Code":"1205"}"#.into(), "code 1205 (too many requests)"),
        (r#"{"Code":-1,"Text":"TOKEN is not valid"}"#.into(), "code -1"),
        ("<html>x".into(), "expected JSON, got an HTML page (x)"),
        (String::new(), "expected JSON, got an empty body"),
        (good[..90].into(), "truncated JSON"),
    ] {
        assert_eq!(second(body).to_string(), format!("GetMsgBigImg, section 2: {sentence}"));
    }
    // One more byte than there are in all.
    let longer = format!(
        r#"{{"Code":200,"Data":{{"TotalLen":85,"StartPos":40,"Data":{{"buffer":"{}"}}}}}}"#,
        encode(&[&PNG[40..], &[0]].concat())
    );
    let sentence = "GetMsgBigImg, section 2: it goes on to byte 86, but there are 85 in all";
    assert_eq!(second(longer).to_string(), sentence);
}

#[test]
fn sections_that_never_end_are_bounded() {
    // By bytes: the picture says that it is larger than it may be.
    let mut hand = Hand::new();
    let job = get(padpro(), &[]).expect("good input");
    let mut job = job.within(Bounds { max_bytes: 84, ..Bounds::default() });
    let sent = hand.request(&mut job);
    hand.good(&mut job, sent.id, &section(0, 40, 85));
    let error = hand.end(&mut job).expect_err("too much");
    assert_eq!(error.to_string(), "GetMsgBigImg, section 1: exceeds maxBytes, 84 bytes");
    assert_eq!(error.kind(), ErrorKind::WrongImage);

    // By time, with all sections.
    let job = get(padpro(), &[]).expect("good input");
    let mut job = job.within(Bounds { total_ms: 1000, ..Bounds::default() });
    let sent = hand.request(&mut job);
    hand.pass(600);
    hand.good(&mut job, sent.id, &section(0, 40, 85));
    let (id, _) = asked(kept(&mut hand, &mut job).1);
    assert_eq!(hand.wait(&mut job), Some(1000));
    hand.pass(400);
    assert!(matches!(hand.step(&mut job), Step::Do(Action::Cancel(stopped)) if stopped == id));
    let error = hand.end(&mut job).expect_err("too late");
    assert_eq!(error.to_string(), "GetMsgBigImg, section 2: not complete within 1000 ms (totalTimeout)");

    // By their number: byte for byte, without an end.
    let mut job = get(padpro(), &[]).expect("good input").within(Bounds { total_ms: u32::MAX, ..Bounds::default() });
    let mut step = hand.step(&mut job);
    for start in 0..16_384 {
        let (id, _) = asked(step);
        let body =
            format!(r#"{{"Code":200,"Data":{{"TotalLen":99999,"StartPos":{start},"Data":{{"buffer":"AA=="}}}}}}"#);
        hand.good(&mut job, id, &body);
        step = kept(&mut hand, &mut job).1;
    }
    let Step::Done(Err(error)) = step else { panic!("{step:?}") };
    let sentence = "GetMsgBigImg, section 16384: 16384 sections, and the picture does not end";
    assert_eq!((error.to_string().as_str(), error.kind()), (sentence, ErrorKind::MalformedResponse));
}

#[test]
fn tools_give_the_whole_picture_in_one_answer() {
    let mut hand = Hand::new();
    let mut job = get(tools(), &[Size::Normal]).expect("good input");
    let sent = hand.request(&mut job);
    assert_eq!(sent.request.url, "https://gateway.example/api/Tools/CdnDownloadImage");
    assert_eq!(json(&sent.request), r#"{"Wxid":"w","FileAesKey":"0123456789abcdef0123456789abcdef","FileNo":"30bb"}"#);
    assert!(sent.request.headers.contains(&("x-access-token".into(), "TOKEN".to_owned())));
    let image = format!("data:image/png;base64,{}", encode(PNG));
    let body = format!(r#"{{"Success":true,"Code":"0","Message":"","Data":{{"Image":"{image}"}}}}"#);
    assert_eq!(hand.good(&mut job, sent.id, &body), Handled::Accepted);
    let (bytes, step) = kept(&mut hand, &mut job);
    assert_eq!(bytes, PNG);
    let (location, picture) = join(&mut hand, &mut job, &step, &bytes).expect("the picture");
    assert_eq!((location, picture.judgement.variant), (None, Some(Size::Normal)));

    for (body, sentence) in [
        (r#"{"Success":true,"Code":0,"Data":{"Image":""}}"#, "code 0, but no picture"),
        (r#"{"Success":true,"Code":0,"Data":{"Image":null}}"#, "code 0, but no picture"),
        (r#"{"Success":true,"Code":0,"Data":null}"#, "code 0, but no picture"),
        (r#"{"Success":false,"Code":0,"Data":null}"#, "code 0, but Success is false"),
        (r#"{"Success":false,"Code":-8,"Message":"下载失败","Data":null}"#, "code -8: \"下载失败\""),
        (r#"{"Code":"E"}"#, "the code is not a number"),
    ] {
        let mut job = get(tools(), &[Size::Normal]).expect("good input");
        let sent = hand.request(&mut job);
        hand.good(&mut job, sent.id, body);
        let error = hand.end(&mut job).expect_err(body);
        assert_eq!(error.to_string(), format!("CdnDownloadImage: {sentence}"));
        assert_eq!(error.kind(), ErrorKind::GatewayFailed);
    }
    for content in ["<msg><img length=\"85\"/></msg>", "<msg><img cdnmidimgurl=\"30\" length=\"85\"/></msg>"] {
        let wish = Wish::Tools(Tools { wxid: "w".into(), content: content.into() });
        let error = get(wish, &[]).expect_err("no file").to_string();
        assert_eq!(error, "content names no CDN file with a key in any requested size");
    }
}

#[test]
fn the_next_size_is_tried_where_one_is_refused_empty_or_another() {
    let mut hand = Hand::new();
    let mut job = get(gewe(), &[Size::Hd, Size::Normal, Size::Thumbnail]).expect("good input");
    let mut kinds = Vec::new();
    let mut ask = |hand: &mut Hand, job: &mut GetPicture| {
        let sent = hand.request(job);
        assert_eq!(sent.request.url, "https://gateway.example/gewe/v2/api/message/downloadImage");
        assert!(sent.request.headers.contains(&("x-gewe-token".into(), "TOKEN".to_owned())));
        kinds.push(json(&sent.request).chars().rev().nth(1).expect("a size"));
        sent.id
    };
    // Refused.
    let id = ask(&mut hand, &mut job);
    hand.good(&mut job, id, r#"{"ret":500,"msg":"下载图片失败","data":{"code":"-1"}}"#);
    // The thumbnail in the place of the normal one.
    let id = ask(&mut hand, &mut job);
    hand.good(&mut job, id, r#"{"ret":"200","data":{"fileUrl":"https://cos.example/2.png"}}"#);
    let got = hand.request(&mut job);
    assert!(!got.request.carries_secrets());
    let image = inspect(Place::at("here"), PNG);
    hand.handle(&mut job, Input::Picture { id: got.id, size: 7, image: image.clone(), md5: md5(b"x") });
    let id = ask(&mut hand, &mut job);
    hand.good(&mut job, id, r#"{"ret":200,"data":{"fileUrl":"https://cos.example/3.png"}}"#);
    let got = hand.request(&mut job);
    hand.handle(&mut job, Input::Picture { id: got.id, size: 7, image, md5: md5(b"x") });
    let (location, picture) = hand.end(&mut job).expect("the thumbnail");
    assert_eq!(location.map(|location| location.url).as_deref(), Some("https://cos.example/3.png"));
    assert_eq!((picture.judgement.verified, picture.judgement.variant), (Verified::Length, Some(Size::Thumbnail)));
    assert_eq!(kinds, ['1', '2', '3']);
}

#[test]
fn what_is_not_of_a_size_ends_it_and_the_last_error_is_the_calls() {
    for (code, is_next) in [(500, true), (1205, false)] {
        let mut hand = Hand::new();
        let mut job = get(gewe(), &[]).expect("good input");
        let sent = hand.request(&mut job);
        hand.good(&mut job, sent.id, &format!(r#"{{"ret":{code}}}"#));
        if is_next {
            let sent = hand.request(&mut job);
            assert!(json(&sent.request).ends_with("\"type\":2}"), "hd and then normal, by itself");
            hand.good(&mut job, sent.id, r#"{"ret":501}"#);
            assert_eq!(hand.end(&mut job).expect_err("refused").to_string(), "downloadImage: code 501");
        } else {
            assert_eq!(hand.end(&mut job).expect_err("too often").kind(), ErrorKind::RateLimited);
        }
    }
    // The time is for all of them together.
    let mut hand = Hand::new();
    let job = get(tools(), &[]).expect("good input");
    let mut job = job.within(Bounds { total_ms: 1000, ..Bounds::default() });
    let sent = hand.request(&mut job);
    hand.pass(700);
    hand.good(&mut job, sent.id, r#"{"Code":-8}"#);
    let _ = hand.request(&mut job);
    assert_eq!(hand.wait(&mut job), Some(1000));
}

#[test]
fn sizes_that_a_form_does_not_have() {
    let content = || CONTENT.to_owned();
    let old = || {
        let (from_user, to_user) = ("a".to_owned(), "b".to_owned());
        let msg_id = GivenId::Number(1);
        GetMsgImg { w_id: "w".into(), msg_id, from_user, to_user, content: content(), kind: None }
    };
    let mut hand = Hand::new();
    let mut body = |wish: Wish, sizes: &[Size]| {
        let mut job = get(wish, sizes)?;
        Ok::<_, webwx_image::error::Error>(json(&hand.request(&mut job).request).to_owned())
    };
    let end = |body: Result<String>| body.map(|body| body[body.len() - 10..].to_owned());
    assert_eq!(end(body(Wish::GetMsgImg(old()), &[Size::Thumbnail, Size::Hd])), Ok(r#","type":1}"#.to_owned()));
    assert_eq!(end(body(Wish::GetMsgImg(old()), &[Size::Normal])), Ok(r#","type":0}"#.to_owned()));
    let newer = body(Wish::NewerGetMsgImg(old()), &[]).expect("good input");
    assert!(newer.starts_with(r#"{"wId":"w","msgId":1,"content":"#) && newer.ends_with(r#","type":0}"#), "{newer}");
    let sentence = "size: this gateway's form has \"hd\" and \"normal\" alone";
    for wish in [Wish::GetMsgImg(old()), padpro()] {
        assert_eq!(body(wish, &[Size::Thumbnail]).expect_err("no thumbnail").to_string(), sentence);
    }
    let both = Wish::GetMsgImg(GetMsgImg { kind: Some(1), ..old() });
    let sentence = "type and size: expected one of them, got both";
    assert_eq!(body(both, &[Size::Hd]).expect_err("both").to_string(), sentence);
    for (wish, name) in [
        (Wish::Gewe(Gewe { app_id: " ".into(), content: content(), path: None }), "appId"),
        (Wish::Tools(Tools { wxid: String::new(), content: content() }), "wxid"),
        (Wish::NewerGetMsgImg(GetMsgImg { w_id: String::new(), ..old() }), "wId"),
    ] {
        assert_eq!(body(wish, &[]).expect_err("nothing in it").to_string(), format!("{name} is missing"));
    }
}

/// What the caller's form is asked.
#[track_caller]
fn form<T: std::fmt::Debug>(step: Step<T>) -> (RequestId, FormAsk) {
    match step {
        Step::Do(Action::Form { id, ask }) => (id, ask),
        step => panic!("no form is asked, but {step:?}"),
    }
}

#[test]
fn a_form_of_the_callers_says_requests_and_reads_answers() {
    let here = Place::at("elsewhere");
    let mut hand = Hand::new();
    let mut job = get(custom(), &[Size::Normal]).expect("good input");
    for (start, end) in [(0, 40), (40, 85)] {
        let (bytes, step) = kept(&mut hand, &mut job);
        assert_eq!(bytes.len(), start);
        let (id, FormAsk::Request(ask)) = form(step) else { panic!("no request is asked for") };
        assert_eq!((ask.size, ask.start, ask.total), (Some(Size::Normal), start as u64, (start > 0).then_some(85)));
        let request = Box::new(Request::get(here, format!("https://gateway.example/{start}")));
        hand.handle(&mut job, Input::Formed { id, formed: Ok(Formed::Request(request)) });
        let sent = hand.request(&mut job);
        // A refused status is not the form's business.
        assert_eq!(hand.answer(&mut job, sent.id, Ok(answer(502, "x"))), Handled::Retrying);
        hand.pass(375);
        let sent = hand.request(&mut job);
        assert_eq!(hand.good(&mut job, sent.id, "anything"), Handled::Noted);
        let (id, FormAsk::Read(_, response)) = form(hand.step(&mut job)) else { panic!("nothing is read") };
        assert_eq!(response.body, "anything");
        let section = Section::new(here, &encode(&PNG[start..end]), None).expect("base64");
        let given = Given::Bytes(section.at(Some(start as u64), Some(85)));
        assert_eq!(hand.handle(&mut job, Input::Formed { id, formed: Ok(Formed::Given(given)) }), Handled::Accepted);
    }
    let (_, step) = kept(&mut hand, &mut job);
    assert!(join(&mut hand, &mut job, &step, PNG).is_ok());
}

#[test]
fn sections_of_a_form_of_the_callers_are_held_to_the_same() {
    let here = Place::at("elsewhere");
    let mut hand = Hand::new();
    let mut job = get(custom(), &[]).expect("good input");
    let (id, _) = form(hand.step(&mut job));
    let request = Box::new(Request::get(here, "https://gateway.example/".into()));
    hand.handle(&mut job, Input::Formed { id, formed: Ok(Formed::Request(request)) });
    for try_ms in [375, 750, 1500, 0] {
        let sent = hand.request(&mut job);
        hand.good(&mut job, sent.id, "anything");
        let (id, _) = form(hand.step(&mut job));
        let given = Given::Bytes(Section::new(here, "AAAA", None).expect("base64").at(Some(5), Some(85)));
        hand.handle(&mut job, Input::Formed { id, formed: Ok(Formed::Given(given)) });
        hand.pass(try_ms);
    }
    let sentence = "gateway: it begins at byte 5, but the next that is missing is 0";
    assert_eq!(hand.end(&mut job).expect_err("a gap").to_string(), sentence);

    // What it says is wrong ends the job, whichever question it was.
    let wrong = || webwx_image::error::Error::invalid_input("form \"mine\": request threw");
    let mut job = get(custom(), &[Size::Hd, Size::Normal]).expect("good input");
    let (id, _) = form(hand.step(&mut job));
    assert_eq!(hand.handle(&mut job, Input::Formed { id, formed: Err(wrong()) }), Handled::Failed);
    assert_eq!(hand.end(&mut job).expect_err("it threw"), wrong());
}

#[test]
fn sizes_of_web_share_a_request_where_they_can() {
    let Kind::Image(image) = Message::parse(CONTENT).expect("short").kind else { panic!("no image") };
    let expect = Some(Expectation::of(&image));
    let session = session();
    let client = hand::client(&session, ClientOptions::default());
    let id = || MsgId::new("1").expect("digits");
    let (image, place) = (inspect(Place::at("here"), PNG), "webwxgetmsgimg");
    // The normal picture came: that is no "hd", and the next size is another request.
    let mut hand = Hand::new();
    let mut job = GetImage::new(&client, id(), &[Size::Hd, Size::Thumbnail], expect.clone());
    let sent = hand.request(&mut job);
    hand.handle(&mut job, Input::Picture { id: sent.id, size: 85, image: image.clone(), md5: md5(PNG) });
    let sent = hand.request(&mut job);
    assert!(sent.request.url.ends_with("&type=slave"));
    hand.handle(&mut job, Input::Picture { id: sent.id, size: 7, image: image.clone(), md5: md5(b"x") });
    let picture = hand.end(&mut job).expect("the thumbnail");
    assert_eq!(picture.judgement.variant, Some(Size::Thumbnail));
    // One request for both, and the answer says which it is.
    for (size, variant) in [(85, Size::Normal), (300, Size::Hd)] {
        let mut job = GetImage::new(&client, id(), &[Size::Hd, Size::Normal], expect.clone());
        let sent = hand.request(&mut job);
        assert!(!sent.request.url.contains("type="));
        hand.handle(&mut job, Input::Picture { id: sent.id, size, image: image.clone(), md5: md5(PNG) });
        let picture = hand.end(&mut job).expect("one of them");
        assert_eq!((picture.judgement.variant, picture.judgement.verified), (Some(variant), Verified::Length));
    }
    for (size, sizes, sentence) in [
        (85, &[Size::Hd][..], "the normal picture came instead of the hd one"),
        (300, &[Size::Normal], "the hd picture came instead of the normal one"),
        (7, &[Size::Normal], "the thumbnail picture came instead of the normal one"),
        (7, &[Size::Full], "the thumbnail came instead of the original"),
        (8, &[Size::Hd, Size::Normal], "8 bytes: not the image of this message"),
    ] {
        let mut job = GetImage::new(&client, id(), sizes, expect.clone());
        let sent = hand.request(&mut job);
        hand.handle(&mut job, Input::Picture { id: sent.id, size, image: image.clone(), md5: md5(PNG) });
        assert_eq!(hand.end(&mut job).expect_err(sentence).to_string(), format!("{place}: {sentence}"));
    }
}
