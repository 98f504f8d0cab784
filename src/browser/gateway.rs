//! `Gateway`: the core's requests, joined to the transport.

use std::prelude::rust_2024::*;
use std::rc::Rc;

use js_sys::{BigInt, Promise};
use wasm_bindgen::prelude::*;

use super::driver::{Place, Run};
use super::foreign::JsResult;
use super::job::start;
use super::listener::Listener;
use super::options::{Options, check_origin, text};
use super::picture::downloaded;
use super::state::State;
use super::transport::Transport;
use super::values::to_js;
use crate::error::{Error, Result};
use crate::gateway::{self, GetMsgImg, GivenId, Location};
use crate::ids::MsgId;
use crate::job::{GetPicture, Locate};
use crate::retry::Terms;

/// A client for one getMsgImg gateway.
#[wasm_bindgen]
pub struct Gateway {
    asked: gateway::Gateway,
    terms: Terms,
    place: Rc<Place>,
}

#[wasm_bindgen]
impl Gateway {
    /// Checks the options; nothing is sent.
    #[wasm_bindgen(constructor)]
    pub fn new(options: JsValue) -> JsResult<Gateway> {
        let options = Options::new(options);
        let gateway =
            gateway::Gateway::new(options.text("origin")?.as_deref(), &options.required_text("authorization")?)?;
        let gateway = if options.flag("allowPrivateHosts") { gateway.allowing_private_hosts() } else { gateway };
        check_origin(gateway.origin(), "origin")?;
        let (transport, terms) = (Transport::of(&options)?, options.terms()?);
        Ok(Self { asked: gateway, terms, place: Rc::new(Place { transport, state: State::default() }) })
    }

    /// Where the picture is.
    #[wasm_bindgen(js_name = getMsgImg)]
    pub fn get_msg_img(&self, request: JsValue, options: JsValue) -> Promise {
        start(options, |_| {
            let job = Locate::new(&self.asked, &wanted(&Options::new(request))?, self.terms)?;
            Ok(Run::new(&self.place, Listener::default(), job, |location, _| Ok(to_js(&location))))
        })
    }

    /// The picture itself.
    pub fn download(&self, request: JsValue, options: JsValue) -> Promise {
        start(options, |options| {
            let listener = Listener::of(options)?;
            let job =
                GetPicture::new(&self.asked, &wanted(&Options::new(request))?, self.terms)?.within(options.bounds()?);
            let finish = |(location, picture): (Location, _), blob| downloaded(picture, blob, Some(location.url));
            Ok(Run::new(&self.place, listener, job, finish))
        })
    }
}

fn wanted(request: &Options) -> Result<GetMsgImg> {
    Ok(GetMsgImg {
        w_id: request.required_text("wId")?,
        msg_id: msg_id(&request.get("msgId"))?,
        from_user: request.required_text("fromUser")?,
        to_user: request.required_text("toUser")?,
        content: request.required_text("content")?,
        kind: request.digit("type", 0, 1)?,
    })
}

/// The id in the form given. A number beyond 2^53 has lost digits before it came here.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
fn msg_id(value: &JsValue) -> Result<GivenId> {
    if value.is_string() {
        let wrong = || Error::invalid_input("msgId: expected 1 to 20 digits");
        return MsgId::new(&text(value, "msgId")?).map(GivenId::Text).ok_or_else(wrong);
    }
    let wrong = || Error::invalid_input("msgId: expected a string of digits, a bigint, or an integer up to 2^53");
    if let Some(number) = value.as_f64() {
        return if js_sys::Number::is_safe_integer(value) && number >= 0.0 {
            Ok(GivenId::Number(number as u64))
        } else {
            Err(wrong())
        };
    }
    let big = value.dyn_ref::<BigInt>().filter(|big| BigInt::as_uint_n(64.0, big) == **big);
    let digits = big.and_then(|big| big.to_string(10).ok()).ok_or_else(wrong)?;
    String::from(digits).parse().map(GivenId::Number).map_err(|_| wrong())
}
