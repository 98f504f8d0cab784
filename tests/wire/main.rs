//! The exact wire: every URL, header, field and key that goes out, held against the captures.

#![allow(clippy::expect_used, reason = "a test fails by panicking")]

mod getting;
mod sending;
mod uploading;

use webwx_image::http::{Body, Part, PartValue, Request};
use webwx_image::session::{Session, SessionInit};
use webwx_image::upload::{self, Action, FileInfo, MediaKind, Upload, UploadConfig};

const JSON_HEADERS: [(&str, &str); 2] =
    [("accept", "application/json, text/plain, */*"), ("content-type", "application/json;charset=UTF-8")];
const COOKIES: &str = "wxuin=2272112421; wxsid=sbP3ymYOQZio10BD; webwx_data_ticket=gScDxle6RuLZRNXBh+IEbkmF";
const ME: &str = "@55917ed2bbb04c07687466c1a5afd3e4adaf015eee65728814f49b5d7885705a";
const FRIEND: &str = "@47ec5786aa3c8ac093b1150ff2846a7feb382b4299373cb7dc0143f925d74ff1";

/// The session of the captured upload, with the stray blanks that the capture shows.
fn init() -> SessionInit {
    let text = |text: &str| Some(text.to_owned());
    SessionInit {
        uin: text("2272112421"),
        sid: text("sbP3ymYOQZio10BD "),
        skey: text("@crypt_a936502b_e15410d6dbff4c856aa8d26e71ec8ac1"),
        user_name: Some(format!("{ME} ")),
        data_ticket: text("gScDxle6RuLZRNXBh+IEbkmF"),
        device_id: text("e236986525200640"),
        ..SessionInit::default()
    }
}

fn session(init: &SessionInit) -> Session {
    Session::new(init, 0.5, &[]).expect("a good session")
}

/// The captured session with another value in one place.
fn session_with(change: impl FnOnce(&mut SessionInit)) -> Session {
    let mut init = init();
    change(&mut init);
    session(&init)
}

/// The session of the captured send.
fn sending_session() -> Session {
    session_with(|init| {
        init.sid = Some("oMrabhVznekD3NaC".into());
        init.skey = Some("@crypt_a936502b_74e29c164b1802c5bfd4b1f9a7db4b5e".into());
        init.device_id = Some("e426626750347587".into());
        init.user_name = Some("@201052a7770bca9418a5a8aba13ffc879f2768df968c8ec3d188d9790695fc8a".into());
    })
}

fn file(mime: &str, size: u64) -> FileInfo {
    FileInfo {
        name: "photo \"1\".png".into(),
        mime: mime.into(),
        kind: MediaKind::of_image(mime).unwrap_or(MediaKind::File),
        converted: None,
        last_modified: "Fri Nov 24 2017 15:41:43 GMT+0800 (CST)".into(),
        size,
        md5: "daf2d55da001844735acd560b28d8a1a".into(),
    }
}

fn ids() -> upload::Ids {
    upload::Ids { client_media_id: 1_511_509_303_507, spare_media_id: 1_511_509_303_508, file_id: "WU_FILE_3".into() }
}

/// The first request of an upload.
fn first_request(session: &Session, file: FileInfo, config: UploadConfig) -> Request {
    let mut upload = Upload::new(session, file, FRIEND, config, ids(), None).expect("good input");
    match upload.next_action() {
        Action::Send(first) => first.request,
        other => panic!("{other:?}"),
    }
}

fn parts(request: &Request) -> &[Part] {
    match &request.body {
        Body::Form(parts) => parts,
        _ => panic!("no form"),
    }
}

fn json(request: &Request) -> &str {
    match &request.body {
        Body::Json(json) => json,
        _ => panic!("no JSON"),
    }
}

fn part<'a>(request: &'a Request, name: &str) -> &'a str {
    match parts(request).iter().find(|part| part.name == name).map(|part| &part.value) {
        Some(PartValue::Text(text)) => text,
        _ => panic!("no text {name}"),
    }
}
