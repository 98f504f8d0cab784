//! The form of a caller's own gateway: two functions of the caller's, called between a job's steps.

use std::prelude::rust_2024::*;

use js_sys::{Array, JSON, Object};
use serde::Serialize;
use wasm_bindgen::prelude::*;

use super::foreign::text_within;
use super::options::{Options, safe_integer};
use super::values::to_js;
use crate::download::Size;
use crate::error::{Error, ErrorKind, Place, Result};
use crate::gateway::{Ask, Gateway, Given, Section};
use crate::http::{Body, Method, Request};
use crate::job::{FormAsk, Formed};

/// UTF-16 units of a picture in base64, at most.
const LONGEST_BASE64: u32 = 64 * 1024 * 1024;

/// Errors of a form have no place of their own: they name the form.
const HERE: Place = Place::at("gateway");

/// The caller's object, with the message that a call is about.
pub(super) struct CallersForm {
    pub(super) form: JsValue,
    pub(super) name: String,
    pub(super) message: JsValue,
    pub(super) gateway: Gateway,
}

#[derive(Serialize)]
struct WireAsk<'a> {
    size: Option<Size>,
    start: u32,
    total: Option<u32>,
    authorization: &'a str,
}

impl CallersForm {
    /// The name of a form, if a value is one.
    pub(super) fn name_of(form: &JsValue) -> Result<String> {
        let options = Options::new(form.clone());
        let wrong =
            || Error::invalid_input("form: expected a name of this package's forms, or { name, request(), read() }");
        for method in ["request", "read"] {
            options.function(method).ok().flatten().ok_or_else(wrong)?;
        }
        options.text("name").ok().flatten().filter(|name| !name.trim().is_empty()).ok_or_else(wrong)
    }

    /// Asks the form; with what it threw.
    pub(super) fn ask(&self, ask: &FormAsk) -> (Result<Formed>, JsValue) {
        let (method, asked) = match ask {
            FormAsk::Request(asked) => ("request", asked),
            FormAsk::Read(asked, _) => ("read", asked),
        };
        let first = match ask {
            FormAsk::Request(_) => self.message.clone(),
            FormAsk::Read(_, response) => response.body.as_str().into(),
        };
        let function = Options::new(self.form.clone()).function(method);
        let Ok(Some(function)) = function else {
            return (Err(self.wrong(method, "is no function")), JsValue::UNDEFINED);
        };
        let said = match function.call2(&self.form, &first, &self.told(asked)) {
            Ok(said) if said.is_object() && !said.is_instance_of::<js_sys::Promise>() => Options::new(said),
            Ok(_) => return (Err(self.wrong(method, "gave no object")), JsValue::UNDEFINED),
            Err(thrown) => return (Err(self.wrong(method, "threw")), thrown),
        };
        let formed = match ask {
            FormAsk::Request(_) => self.request(&said).map(|request| Formed::Request(Box::new(request))),
            FormAsk::Read(..) => self.given(&said).map(Formed::Given),
        };
        (formed, JsValue::UNDEFINED)
    }

    fn told(&self, ask: &Ask) -> JsValue {
        let number = |bytes: u64| u32::try_from(bytes).unwrap_or(u32::MAX);
        let (start, total) = (number(ask.start), ask.total.map(number));
        to_js(&WireAsk { size: ask.size, start, total, authorization: self.gateway.authorization() })
    }

    fn wrong(&self, method: &str, what: &str) -> Error {
        Error::invalid_input(format!("form \"{}\": {method} {what}", self.name))
    }

    fn request(&self, said: &Options) -> Result<Request> {
        let wrong = |what: &str| self.wrong("request", what);
        let path = said.text("path").ok().flatten().filter(|path| path.starts_with('/'));
        let path = path.ok_or_else(|| wrong("gave no path that begins with /"))?;
        let url = format!("{}{path}", self.gateway.origin());
        let mut request = match said.text("method").ok().flatten().as_deref() {
            Some("GET") => Request::get(HERE, url),
            Some("POST") | None => Request { method: Method::Post, ..Request::get(HERE, url) },
            Some(_) => return Err(wrong("gave a method that is neither GET nor POST")),
        };
        let body = said.get("body");
        if !body.is_undefined() && !body.is_null() {
            let is_text = body.is_string();
            let json = if is_text { Some(body) } else { JSON::stringify(&body).ok().map(Into::into) };
            let json = json.and_then(|json: JsValue| text_within(&json, super::options::LONGEST_TEXT));
            request.body = Body::Json(json.ok_or_else(|| wrong("gave a body that is neither a string nor JSON"))?);
            if !is_text {
                request.headers.push(("content-type".into(), "application/json".to_owned()));
            }
            if request.method == Method::Get {
                return Err(wrong("gave a GET a body"));
            }
        }
        let headers = said.get("headers");
        if let Some(headers) = headers.dyn_ref::<Object>() {
            for entry in Object::entries(headers).iter() {
                let entry = Array::from(&entry);
                let (Some(name), Some(value)) = (entry.get(0).as_string(), entry.get(1).as_string()) else {
                    return Err(wrong("gave a header that is no string"));
                };
                request.headers.retain(|(known, _)| !known.eq_ignore_ascii_case(&name));
                request.headers.push((name.into(), value));
            }
        }
        Ok(request.reading(LONGEST_BASE64 as usize).with_secret(self.gateway.authorization().to_owned()))
    }

    fn given(&self, said: &Options) -> Result<Given> {
        let wrong = |what: &str| self.wrong("read", what);
        if let Some(words) = said.text("failed").map_err(|_| wrong("gave a `failed` that is no string"))? {
            let code = said.get("code").as_f64();
            #[allow(clippy::cast_possible_truncation)]
            let code = code.map(|code| code as i64);
            return Err(self.gateway.refused(HERE, &words, code));
        }
        let (url, base64) = (said.get("url"), said.get("base64"));
        if url.is_string() {
            let url = said.text("url").map_err(|_| wrong("gave a url that is too long"))?;
            return Ok(Given::At(self.gateway.location(HERE, url.as_deref().unwrap_or_default())?));
        }
        let Some(base64) = text_within(&base64, LONGEST_BASE64) else {
            return Err(wrong("gave neither url nor base64 nor failed"));
        };
        let number = |name: &str| {
            let value = said.get(name);
            let number = safe_integer(&value);
            if value.is_undefined() || number.is_some() {
                Ok(number)
            } else {
                Err(wrong("gave a number that is no whole one"))
            }
        };
        let (start, total) = (number("start")?, number("total")?);
        let section = Section::new(HERE, &base64, number("length")?)?;
        Ok(Given::Bytes(section.at(start, total)))
    }
}

/// For the driver's other jobs, which have no form.
pub(super) fn no_form() -> Error {
    Error::new(ErrorKind::Internal, None, "a job that has no form asks one")
}
