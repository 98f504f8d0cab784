//! A picture by way of a gateway.

use webwx_image::digest::Md5Hex;
use webwx_image::download::Verified;
use webwx_image::error::{ErrorKind, Place};
use webwx_image::gateway::{Gateway, GetMsgImg, GivenId};
use webwx_image::http::Failure;
use webwx_image::image::inspect;
use webwx_image::job::{GetPicture, Handled, Input, Wanted};
use webwx_image::retry::Terms;

use crate::hand::{Hand, answer};
use crate::steps;

const FOUND: &str = r#"{"code":1000,"data":"https://pictures.example/1.png","message":"ok"}"#;

fn get(content: &str) -> webwx_image::error::Result<GetPicture> {
    let wanted = GetMsgImg {
        w_id: "w".into(),
        msg_id: GivenId::Number(1),
        from_user: "a".into(),
        to_user: "b".into(),
        content: content.into(),
        kind: None,
    };
    GetPicture::new(&Gateway::new(None, "t").expect("a token"), &wanted, Terms::default())
}

#[test]
fn the_gateway_is_asked_and_then_the_pictures_own_host() {
    let mut hand = Hand::new();
    let mut job = get("<msg><img length=\"85\"/></msg>").expect("an image");
    let asked = hand.request(&mut job);
    assert_eq!((asked.request.place.step, asked.wanted), ("getMsgImg", Wanted::Text));
    assert_eq!(hand.answer(&mut job, asked.id, Err(Failure::Network)), Handled::Retrying);
    hand.pass(375);
    let asked = hand.request(&mut job);
    assert_eq!(hand.good(&mut job, asked.id, FOUND), Handled::Accepted);

    let got = hand.request(&mut job);
    assert_eq!((got.request.place.step, got.wanted), ("getMsgImg picture", Wanted::Picture));
    assert_eq!((got.request.url.as_str(), got.request.carries_secrets()), ("https://pictures.example/1.png", false));
    assert_eq!(hand.good(&mut job, asked.id, FOUND), Handled::Ignored, "that is over");
    let failure = Failure::Network;
    assert_eq!(hand.handle(&mut job, Input::Lost { id: got.id, failure }), Handled::Retrying);
    assert_eq!(steps(&mut hand, &mut job), "wait 375 ms", "it has tries of its own");
    hand.pass(375);
    let got = hand.request(&mut job);
    let image = inspect(Place::at("here"), include_bytes!("../fixtures/pictures/tiny.png"));
    let md5 = Md5Hex::new(&"a".repeat(32)).expect("hex");
    assert_eq!(hand.handle(&mut job, Input::Picture { id: got.id, size: 85, image, md5 }), Handled::Accepted);
    let (location, picture) = hand.end(&mut job).expect("a picture");
    let location = location.expect("a URL");
    assert_eq!((location.url.as_str(), location.message.as_str()), ("https://pictures.example/1.png", "ok"));
    assert_eq!(picture.judgement.verified, Verified::Length, "by what the content says");
    hand.abort(&mut job);
}

#[test]
fn without_a_location_nothing_is_got() {
    let mut hand = Hand::new();
    let mut job = get("<msg><img length=\"85\"/></msg>").expect("an image");
    let asked = hand.request(&mut job);
    hand.answer(&mut job, asked.id, Ok(answer(200, r#"{"code":1001}"#)));
    assert_eq!(hand.end(&mut job).expect_err("a code").kind(), ErrorKind::GatewayFailed);
}

#[test]
fn a_content_without_a_picture_is_refused_at_once() {
    assert_eq!(get("hello").expect_err("no picture").kind(), ErrorKind::InvalidInput);
}
