//! The handles for tests, under `/__standin/` of the page host.

use http::{Method, StatusCode};
use serde::Serialize;

use crate::answer::{application_json, html};
use crate::exchange::{Call, Response};
use crate::fault::Strike;
use crate::hosts::Origins;
use crate::page;
use crate::session::Session;
use crate::world::World;

/// Where the handles are.
pub(crate) const PREFIX: &str = "/__standin/";

/// All that someone has to know to use the world.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Invitation {
    origin: String,
    file_origin: String,
    gateway_origin: String,
    gateway_authorization: String,
    session: Session,
    peer: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    file_helper: Option<FileHelper>,
}

/// The page of the File Transfer Helper, where it has origins of its own.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct FileHelper {
    origin: String,
    file_origin: String,
    session: HelperSession,
}

/// The account's session as that page has it.
#[derive(Clone, Debug, Serialize)]
struct HelperSession {
    #[serde(flatten)]
    session: Session,
    dialect: &'static str,
}

impl Invitation {
    pub(crate) fn new(origins: &Origins, authorization: &str, session: &Session, peer: &str) -> Self {
        Self {
            origin: origins.page.clone(),
            file_origin: origins.file.clone(),
            gateway_origin: origins.gateway.clone(),
            gateway_authorization: authorization.to_owned(),
            session: session.clone(),
            peer: peer.to_owned(),
            file_helper: origins.file_helper.as_ref().map(|(origin, file_origin)| {
                let (origin, file_origin) = (origin.clone(), file_origin.clone());
                let session = Session { origin: origin.clone(), file_origin: file_origin.clone(), ..session.clone() };
                FileHelper { origin, file_origin, session: HelperSession { session, dialect: "filehelper" } }
            }),
        }
    }
}

pub(crate) fn answer(world: &mut World, call: &Call<'_>) -> Response {
    let done = || application_json(&serde_json::json!({}));
    match (call.method.clone(), call.path.strip_prefix(PREFIX).unwrap_or_default()) {
        (Method::GET, "session") => {
            let mut response = application_json(&world.invitation());
            page::set_cookies(world.session(), &call.host, &mut response);
            response
        }
        (Method::GET, "messages") => application_json(&world.messages()),
        (Method::GET, "phone") => application_json(&world.phone()),
        (Method::POST, "phone") => application_json(world.send_from_phone(call.body.clone())),
        (Method::GET, "journal") => application_json(&world.journal()),
        (Method::DELETE, "journal") => {
            world.clear_journal();
            done()
        }
        (Method::GET, "faults") => application_json(&world.faults()),
        (Method::POST, "faults") => match order(call).and_then(|strikes| world.order(strikes)) {
            Ok(()) => application_json(&world.faults()),
            Err(why) => bad_request(&why),
        },
        (Method::DELETE, "faults") => {
            world.clear_faults();
            done()
        }
        (Method::DELETE, "uploads") => {
            world.forget_uploads();
            done()
        }
        (Method::POST, "reset") => {
            world.reset();
            done()
        }
        _ => html(StatusCode::NOT_FOUND, "404 Not Found"),
    }
}

fn order(call: &Call<'_>) -> Result<Vec<Strike>, String> {
    serde_json::from_slice(call.body).map_err(|error| error.to_string())
}

fn bad_request(why: &str) -> Response {
    let mut response = application_json(&serde_json::json!({ "error": why }));
    *response.status_mut() = StatusCode::BAD_REQUEST;
    response
}
