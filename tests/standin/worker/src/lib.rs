//! The stand-in for a service worker, which answers a page's requests with it: `standin.js` beside this crate is the other half.
//!
//! It does what sockets and a browser would do: names the host, keeps the cookies, and sends them where they belong.

#![allow(missing_docs, reason = "wasm-bindgen makes items of its own")]

use std::collections::BTreeMap;

use standin::bytes::Bytes;
use standin::http::{self, HeaderMap, HeaderValue, Request, header};
use standin::{Config, Origins, Reply, World};
use wasm_bindgen::prelude::*;

/// A world, and the cookies that it has set.
#[wasm_bindgen]
pub struct Standin {
    world: World,
    cookies: BTreeMap<String, String>,
    page: String,
}

/// What the page gets.
#[wasm_bindgen(getter_with_clone)]
pub struct Answer {
    /// ms that it waits before.
    #[wasm_bindgen(js_name = delayMs)]
    pub delay_ms: u32,
    /// 0 where the connection is cut before any status.
    pub status: u16,
    /// Names and values, in turn.
    pub headers: Vec<String>,
    pub body: Vec<u8>,
    /// Whether the connection is cut behind this body, which is not the whole.
    #[wasm_bindgen(js_name = isCut)]
    pub is_cut: bool,
}

#[wasm_bindgen]
impl Standin {
    /// A world whose page, file host and gateway have these origins.
    #[wasm_bindgen(constructor)]
    pub fn new(page: String, file: String, gateway: String) -> Self {
        let origins = Origins { page: page.clone(), file, gateway, file_helper: None };
        let world = World::new(Config { origins, ..Config::default() });
        Self { world, cookies: BTreeMap::new(), page }
    }

    /// Answers a request. `headers` are names and values in turn.
    ///
    /// # Errors
    /// For what is no request.
    #[allow(clippy::needless_pass_by_value, reason = "wasm-bindgen hands lists over")]
    pub fn handle(
        &mut self,
        method: &str,
        url: &str,
        headers: Vec<String>,
        body: Vec<u8>,
        credentials: bool,
    ) -> Result<Answer, JsError> {
        let mut request = Request::builder().method(method).uri(url).body(Bytes::from(body))?;
        let host = request.uri().authority().map(ToString::to_string).unwrap_or_default();
        for pair in headers.chunks_exact(2) {
            if let (Ok(name), Ok(value)) = (pair[0].parse::<http::HeaderName>(), HeaderValue::from_str(&pair[1])) {
                request.headers_mut().append(name, value);
            }
        }
        let own = request.headers_mut();
        own.insert(header::HOST, HeaderValue::from_str(&host)?);
        if !url.starts_with(&format!("{}/", self.page)) || method != "GET" {
            own.insert(header::ORIGIN, HeaderValue::from_str(&self.page)?);
        }
        if credentials && !self.cookies.is_empty() {
            let cookies: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            own.insert(header::COOKIE, HeaderValue::from_str(&cookies.join("; "))?);
        }
        let outcome = self.world.handle(&request);
        let delay_ms = u32::try_from(outcome.delay_ms).unwrap_or(u32::MAX);
        let (response, sent) = match outcome.reply {
            Reply::Answer(response) => (response, None),
            Reply::Partial { response, sent } => (response, Some(sent)),
            Reply::Cut => {
                return Ok(Answer { delay_ms, status: 0, headers: Vec::new(), body: Vec::new(), is_cut: true });
            }
        };
        self.keep_cookies(response.headers());
        let (head, body) = response.into_parts();
        let pairs = head.headers.iter().filter(|(name, _)| **name != header::SET_COOKIE);
        let headers = pairs.flat_map(|(name, value)| [name.to_string(), value.to_str().unwrap_or_default().to_owned()]);
        let body = body.slice(..sent.unwrap_or(body.len()).min(body.len())).to_vec();
        Ok(Answer { delay_ms, status: head.status.as_u16(), headers: headers.collect(), body, is_cut: sent.is_some() })
    }

    fn keep_cookies(&mut self, headers: &HeaderMap) {
        for line in headers.get_all(header::SET_COOKIE).iter().filter_map(|value| value.to_str().ok()) {
            if let Some((name, value)) = line.split(';').next().and_then(|pair| pair.split_once('=')) {
                self.cookies.insert(name.trim().to_owned(), value.to_owned());
            }
        }
    }
}
