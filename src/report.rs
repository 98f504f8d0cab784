//! The page's `reportforweb` counters (docs/protocol.md, "The outgoing pipeline"). Telemetry of the page: sending works without.

use crate::error::{Error, ErrorKind, Place};
use crate::http::Request;
use crate::prelude::*;
use crate::session::Session;

/// `rid` of the counters of uploads, and of those of the chat.
const UPLOADS: u32 = 69373;
const CHAT: u32 = 63637;

/// Bytes. The page counts the MD5 of larger files by the MiB.
const LARGE: u64 = 1024 * 1024;

/// The counters of an upload that begins: that it does, how long its MD5 took, and that this was one sample.
pub fn begun(session: &Session, size: u64, md5_ms: u64) -> [Request; 3] {
    let (key, value, sample) =
        if size > LARGE { (70, md5_ms.saturating_mul(LARGE) / size, 74) } else { (72, md5_ms, 76) };
    [counter(session, UPLOADS, 9, 1), counter(session, CHAT, key, value), counter(session, CHAT, sample, 1)]
}

/// The counter of an upload that failed, if the page counts the failure: it counts requests without an answer, and no refusals.
pub fn failed(session: &Session, error: &Error) -> Option<Request> {
    let counts = matches!(error.kind(), ErrorKind::Network | ErrorKind::Timeout | ErrorKind::HttpStatus);
    counts.then(|| counter(session, UPLOADS, 10, 1))
}

/// One counter. The page sends 1 for a value of 0.
fn counter(session: &Session, rid: u32, key: u32, value: u64) -> Request {
    let value = value.max(1);
    let origin = session.origin().report_origin();
    let url = format!("{origin}/cgi-bin/mmsupport-bin/reportforweb?rid={rid}&rkey={key}&rvalue={value}");
    Request { is_blind: true, ..Request::get(Place::at("reportforweb"), url) }
}
