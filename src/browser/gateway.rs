//! `Gateway`: the core's requests, joined to the transport.

use std::prelude::rust_2024::*;
use std::rc::Rc;

use js_sys::{BigInt, Promise};
use wasm_bindgen::prelude::*;

use super::driver::{Place, Run};
use super::foreign::JsResult;
use super::form::CallersForm;
use super::job::start;
use super::listener::Listener;
use super::options::{Options, check_origin, safe_integer, text};
use super::picture::downloaded;
use super::state::State;
use super::transport::Transport;
use super::values::to_js;
use crate::error::{Error, Result};
use crate::gateway::{self, GetMsgImg, Gewe, GivenId, Location, PadPro, Tools, Wish};
use crate::ids::MsgId;
use crate::job::{GetPicture, Locate};
use crate::retry::Terms;

/// A client for one gateway.
#[wasm_bindgen]
pub struct Gateway {
    asked: gateway::Gateway,
    form: Form,
    terms: Terms,
    place: Rc<Place>,
}

/// Which words a gateway understands.
enum Form {
    GetMsgImg {
        is_newer: bool,
    },
    Gewe {
        path: Option<String>,
    },
    PadPro,
    Tools,
    /// The caller's own object, and its name.
    Custom(JsValue, String),
}

#[wasm_bindgen]
impl Gateway {
    /// Checks the options; nothing is sent.
    #[wasm_bindgen(constructor)]
    pub fn new(options: JsValue) -> JsResult<Gateway> {
        let options = Options::new(options);
        let form = Form::of(&options)?;
        let mut origin = options.text("origin")?;
        if origin.is_none() && !matches!(form, Form::GetMsgImg { .. }) {
            origin = Some(options.required_text("origin")?);
        }
        let mut gateway = gateway::Gateway::new(origin.as_deref(), &options.required_text("authorization")?)?;
        if options.flag("allowPrivateHosts") {
            gateway = gateway.allowing_private_hosts();
        }
        if let Some(base) = options.text("fileBase")? {
            gateway = gateway.with_file_base(&base)?;
        }
        check_origin(gateway.origin(), "origin")?;
        let (transport, terms) = (Transport::of(&options)?, options.terms()?);
        Ok(Self { asked: gateway, form, terms, place: Rc::new(Place { transport, state: State::default() }) })
    }

    /// Where the picture is.
    #[wasm_bindgen(js_name = getMsgImg)]
    pub fn get_msg_img(&self, request: JsValue, options: JsValue) -> Promise {
        start(options, |_| {
            if !matches!(self.form, Form::GetMsgImg { .. }) {
                let wrong = "getMsgImg() is for gateways of that form; download() is for all";
                return Err(Error::invalid_input(wrong).into());
            }
            let job = Locate::new(&self.asked, self.form.wish(&Options::new(request))?, self.terms)?;
            Ok(Run::new(&self.place, Listener::default(), job, |location, _| Ok(to_js(&location))))
        })
    }

    /// The picture itself.
    pub fn download(&self, request: JsValue, options: JsValue) -> Promise {
        start(options, |options| {
            let listener = Listener::of(options)?;
            let message = Options::new(request);
            let sizes = message.sizes(&[], "size: expected \"hd\", \"normal\" or \"thumbnail\", or a list of them")?;
            let job = GetPicture::preferring(&self.asked, self.form.wish(&message)?, &sizes, self.terms)?;
            let form = match &self.form {
                Form::Custom(form, name) => Some(CallersForm {
                    form: form.clone(),
                    name: name.clone(),
                    message: message.value().clone(),
                    gateway: self.asked.clone(),
                }),
                _ => None,
            };
            let finish = |(location, picture): (Option<Location>, _), blob| {
                // Null where the gateway gave the picture itself.
                let url = location.map_or(JsValue::NULL, |location| location.url.into());
                downloaded(picture, blob, Some(url))
            };
            Ok(Run::new(&self.place, listener, job.within(options.bounds()?), finish).with_form(form))
        })
    }
}

impl Form {
    fn of(options: &Options) -> Result<Self> {
        let form = options.get("form");
        let is_newer = options.flag("newerBody");
        if form.is_undefined() || form.is_null() {
            return Ok(Self::GetMsgImg { is_newer });
        }
        Ok(match form.as_string().as_deref() {
            Some("getMsgImg") => Self::GetMsgImg { is_newer },
            Some("gewe") => Self::Gewe { path: None },
            Some("gewechat") => Self::Gewe { path: Some("/v2/api".to_owned()) },
            Some("padpro") => Self::PadPro,
            Some("tools") => Self::Tools,
            _ => {
                let name = CallersForm::name_of(&form)?;
                Self::Custom(form, name)
            }
        })
    }

    /// A caller's message in the words of this form.
    fn wish(&self, message: &Options) -> Result<Wish> {
        let text = |name| message.required_text(name);
        let content = || text("content");
        Ok(match self {
            Self::GetMsgImg { is_newer } => {
                let user = |name| if *is_newer { Ok(String::new()) } else { text(name) };
                let wanted = GetMsgImg {
                    w_id: text("wId")?,
                    msg_id: msg_id(&message.get("msgId"))?,
                    from_user: user("fromUser")?,
                    to_user: user("toUser")?,
                    content: content()?,
                    kind: message.digit("type", 0, 1)?,
                };
                if *is_newer { Wish::NewerGetMsgImg(wanted) } else { Wish::GetMsgImg(wanted) }
            }
            Self::Gewe { path } => Wish::Gewe(Gewe { app_id: text("appId")?, content: content()?, path: path.clone() }),
            Self::PadPro => Wish::PadPro(PadPro {
                msg_id: msg_id(&message.get("msgId"))?,
                from_user: text("fromUser")?,
                to_user: text("toUser")?,
                content: content()?,
            }),
            Self::Tools => Wish::Tools(Tools { wxid: text("wxid")?, content: content()? }),
            Self::Custom(_, name) => Wish::Custom { name: name.clone(), content: content()? },
        })
    }
}

/// The id in the form given. A number beyond 2^53 has lost digits before it came here.
fn msg_id(value: &JsValue) -> Result<GivenId> {
    if value.is_string() {
        let wrong = || Error::invalid_input("msgId: expected 1 to 20 digits");
        return MsgId::new(&text(value, "msgId")?).map(GivenId::Text).ok_or_else(wrong);
    }
    let wrong = || Error::invalid_input("msgId: expected a string of digits, a bigint, or an integer up to 2^53");
    if value.as_f64().is_some() {
        return safe_integer(value).map(GivenId::Number).ok_or_else(wrong);
    }
    let big = value.dyn_ref::<BigInt>().filter(|big| BigInt::as_uint_n(64.0, big) == **big);
    let digits = big.and_then(|big| big.to_string(10).ok()).ok_or_else(wrong)?;
    String::from(digits).parse().map(GivenId::Number).map_err(|_| wrong())
}
