//! The page's three `reportforweb` counters (docs/protocol.md, "The outgoing pipeline"). Telemetry of the page: sending works without.

use crate::error::Place;
use crate::http::Request;
use crate::prelude::*;
use crate::session::Session;

/// The counters of one upload: begun, how long its MD5 took, and that this was one sample.
pub fn requests(session: &Session, md5_ms: u64) -> [Request; 3] {
    let origin = session.origin().report_origin();
    [(69373, 9, 1), (63637, 72, md5_ms), (63637, 76, 1)].map(|(rid, rkey, rvalue)| {
        let url = format!("{origin}/cgi-bin/mmsupport-bin/reportforweb?rid={rid}&rkey={rkey}&rvalue={rvalue}");
        Request { is_blind: true, ..Request::get(Place::at("reportforweb"), url) }
    })
}
