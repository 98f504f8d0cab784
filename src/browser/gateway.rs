//! `Gateway`: the core's requests, joined to the transport.

use std::prelude::rust_2024::*;
use std::rc::Rc;

use js_sys::{BigInt, Promise};
use wasm_bindgen::prelude::*;

use super::download::download;
use super::foreign::JsResult;
use super::job::{self, Progress};
use super::options::Options;
use super::transport::Transport;
use super::values::to_js;
use crate::download::Size;
use crate::error::{Error, Result};
use crate::gateway::{self, GetMsgImg, MsgId};

/// A client for one getMsgImg gateway.
#[wasm_bindgen]
pub struct Gateway {
    client: Rc<Client>,
}

struct Client {
    gateway: gateway::Gateway,
    transport: Transport,
}

#[wasm_bindgen]
impl Gateway {
    /// Checks the options; nothing is sent.
    #[wasm_bindgen(constructor)]
    pub fn new(options: JsValue) -> JsResult<Gateway> {
        let options = Options::new(options);
        let gateway =
            gateway::Gateway::new(options.text("origin")?.as_deref(), &options.required_text("authorization")?)?;
        Ok(Self { client: Rc::new(Client { gateway, transport: Transport::of(&options)? }) })
    }

    /// Where the picture is.
    #[wasm_bindgen(js_name = getMsgImg)]
    pub fn get_msg_img(&self, request: JsValue, options: JsValue) -> Promise {
        let client = Rc::clone(&self.client);
        job::start(&Options::new(options), async move {
            let (request, _) = client.gateway.request(&wanted(&Options::new(request))?)?;
            Ok(to_js(&client.transport.call(&request, |response| client.gateway.parse(response)).await?))
        })
    }

    /// The picture itself.
    pub fn download(&self, request: JsValue, options: JsValue) -> Promise {
        let client = Rc::clone(&self.client);
        let options = Options::new(options);
        job::start(&options.clone(), async move {
            let progress = Progress::of(&options)?;
            let (request, expect) = client.gateway.request(&wanted(&Options::new(request))?)?;
            let location = client.transport.call(&request, |response| client.gateway.parse(response)).await?;
            let request = gateway::picture_request(&location);
            let downloaded = download(&client.transport, &request, Size::Full, Some(&expect), &progress).await?;
            Ok(downloaded.at_url(location.url).into_js())
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
fn msg_id(value: &JsValue) -> Result<MsgId> {
    if let Some(text) = value.as_string() {
        return Ok(MsgId::Text(text));
    }
    let wrong = || Error::invalid_input("msgId must be a text of digits, a bigint, or a whole number up to 2^53");
    if let Some(number) = value.as_f64() {
        return if js_sys::Number::is_safe_integer(value) && number >= 0.0 {
            Ok(MsgId::Number(number as u64))
        } else {
            Err(wrong())
        };
    }
    let digits = value.dyn_ref::<BigInt>().and_then(|big| big.to_string(10).ok()).ok_or_else(wrong)?;
    String::from(digits).parse().map(MsgId::Number).map_err(|_| wrong())
}
