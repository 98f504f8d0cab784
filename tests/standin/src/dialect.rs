//! The two pages that this account has open: WeChat Web, and the File Transfer Helper.

use http::Method;

use crate::exchange::Call;
use crate::refusal::{Refusal, require};

/// How a page speaks the services.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dialect {
    Web,
    FileHelper,
}

/// The one receiver of the File Transfer Helper.
pub(crate) const FILE_HELPER: &str = "filehelper";

/// What each of its requests calls it.
pub(crate) const APP_ID: (&str, &str) = ("mmweb_appid", "wx_webfilehelper");

impl Dialect {
    /// Each request names the File Transfer Helper: a POST in a header, a GET in its query. No other page has such a name.
    pub(crate) fn check(self, call: &Call<'_>) -> Result<(), Refusal> {
        let (name, expected) = APP_ID;
        let found = if call.method == Method::GET { call.query(name) } else { call.header(name) };
        match (self, found) {
            (Self::FileHelper, Some(found)) => {
                require(found == expected, || format!("{name}: {found:?}, expected {expected}"))
            }
            (Self::FileHelper, None) => Err(Refusal::parameter(format!("{name}: missing, expected {expected}"))),
            (Self::Web, found) => require(found.is_none(), || format!("{name}: WeChat Web has none")),
        }
    }
}
