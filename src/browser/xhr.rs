//! Requests by XMLHttpRequest: the one way by which a page hears how much of a body has left.

use std::prelude::rust_2024::*;

use js_sys::{Promise, Reflect};
use wasm_bindgen::prelude::*;
use web_sys::{FormData, ProgressEvent, Url, XmlHttpRequest};

use super::foreign::{JsResult, first_text, is_longer};
use crate::http::Request;

#[wasm_bindgen]
extern "C" {
    type Received;
    #[wasm_bindgen(method, getter, catch, js_name = responseText)]
    fn response_text(this: &Received) -> JsResult<JsValue>;
}

/// Hears how many bytes of a body have left, and of how many.
pub(super) type OnSent = Box<dyn Fn(u64, u64)>;

/// An answer, or the beginning of a long one.
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) text: String,
    pub(super) retry_after: Option<String>,
}

/// Whether this place has it: windows and workers do, service workers and Node do not.
pub(super) fn is_here() -> bool {
    Reflect::get(&js_sys::global(), &"XMLHttpRequest".into()).is_ok_and(|constructor| constructor.is_function())
}

/// A request under way. Dropping it aborts it; one that has its answer is left as it is by that.
pub(super) struct UnderWay {
    xhr: XmlHttpRequest,
    is_over: Promise,
    _on_progress: Closure<dyn Fn(ProgressEvent)>,
    _on_received: Closure<dyn Fn(ProgressEvent)>,
}

impl UnderWay {
    /// Sends a request whose body is this form.
    pub(super) fn send(request: &Request, form: &FormData, on_sent: OnSent) -> JsResult<Self> {
        let xhr = XmlHttpRequest::new()?;
        xhr.open(request.method.as_str(), &request.url)?;
        xhr.set_with_credentials(request.cookies.is_some());
        for (name, value) in &request.headers {
            xhr.set_request_header(name, value)?;
        }
        // As fetch reads a string, whatever charset the answer claims.
        xhr.override_mime_type("text/plain; charset=utf-8")?;
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let on_progress = Closure::<dyn Fn(ProgressEvent)>::new(move |event: ProgressEvent| {
            on_sent(event.loaded() as u64, event.total() as u64);
        });
        xhr.upload()?.set_onprogress(Some(on_progress.as_ref().unchecked_ref()));
        let mut over = None;
        let is_over = Promise::new(&mut |resolve, _| over = Some(resolve));
        let over = over.ok_or("no promise")?;
        xhr.set_onloadend(Some(&over));
        // What is longer than any answer is not waited for. The event's own number is that of packed bytes in Firefox.
        let received: Received = xhr.clone().unchecked_into();
        let on_received = Closure::<dyn Fn(ProgressEvent)>::new(move |_| {
            if received.response_text().is_ok_and(|text| is_longer(&text)) {
                _ = over.call0(&JsValue::UNDEFINED);
            }
        });
        xhr.set_onprogress(Some(on_received.as_ref().unchecked_ref()));
        let under_way = Self { xhr, is_over, _on_progress: on_progress, _on_received: on_received };
        under_way.xhr.send_with_opt_form_data(Some(form))?;
        Ok(under_way)
    }

    /// Resolved when there is an answer, or none to be had.
    pub(super) fn is_over(&self) -> Promise {
        self.is_over.clone()
    }

    /// The answer, once it is over.
    pub(super) fn answer(&self, request: &Request) -> JsResult<Answer> {
        let status = self.xhr.status()?;
        if status == 0 {
            return Err(js_sys::TypeError::new("the XMLHttpRequest got no response").into());
        }
        // Nobody can forbid it to follow a redirect. Where a body goes to another origin, the browser asks there first; and what
        // comes from another address is no answer.
        if self.xhr.response_url() != Url::new(&request.url)?.href() {
            return Err(js_sys::TypeError::new("the request was redirected").into());
        }
        // All headers at once: asked for one that CORS hides, a browser writes an error to the console.
        let headers = self.xhr.get_all_response_headers()?;
        let retry_after = headers.lines().find_map(|line| line.strip_prefix("retry-after:"));
        Ok(Answer {
            status,
            text: first_text(&self.xhr.unchecked_ref::<Received>().response_text()?, request.longest)
                .unwrap_or_default(),
            retry_after: retry_after.map(|value| value.trim().to_owned()),
        })
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.xhr.set_onloadend(None);
        self.xhr.set_onprogress(None);
        if let Ok(upload) = self.xhr.upload() {
            upload.set_onprogress(None);
        }
        _ = self.xhr.abort();
    }
}
