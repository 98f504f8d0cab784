//! Origins, the host table (docs/protocol.md, "Hosts"), and which origins may be trusted with a session.

mod dialect;

use core::fmt;

use crate::error::{Error, Result};
use crate::prelude::*;
use crate::text::{find, split_last};

pub use dialect::Dialect;

/// The hosts of the File Transfer Helper, and the file host of each.
const FILE_HELPERS: [(&str, &str); 3] = [
    ("szfilehelper.weixin.qq.com", "file.wx2.qq.com"),
    ("cmfilehelper.weixin.qq.com", "file.wx8.qq.com"),
    ("filehelper.weixin.qq.com", "file.wx.qq.com"),
];

/// `scheme://host[:port]`, nothing behind it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    text: String,
    scheme_len: usize,
}

impl Origin {
    /// Reads an origin in the form that the URL parser gives it, in either case; a trailing slash and the scheme's own port are left out.
    /// `field` names the input in the error.
    ///
    /// It refuses what the URL parser refuses or would change: a port above 65535, an IPv4 address in another form than four decimal
    /// numbers, an empty label. Whether it takes a label of punycode only the platform knows: the shell asks it.
    pub fn parse(text: &str, field: &str) -> Result<Self> {
        let text = text.trim().to_ascii_lowercase();
        let text = text.strip_suffix('/').unwrap_or(&text);
        let origin = ["https", "http"].into_iter().find_map(|scheme| {
            let authority = text.strip_prefix(scheme)?.strip_prefix("://")?;
            let (host, port) = match split_last(authority, b':') {
                Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
                _ => (authority, None),
            };
            // A browser leaves the scheme's own port out.
            let default_port = if scheme == "https" { "443" } else { "80" };
            let port = port.filter(|&port| port != default_port);
            let text = match port {
                Some(port) if is_port(port) => format!("{scheme}://{host}:{port}"),
                Some(_) => return None,
                None => format!("{scheme}://{host}"),
            };
            is_host(host).then_some(Self { text, scheme_len: scheme.len() })
        });
        origin.ok_or_else(|| {
            Error::invalid_input(format!(
                "{field}: expected an http or https origin like https://wx.qq.com, without a path"
            ))
        })
    }

    /// The origin as text.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The host, without its port.
    pub fn host(&self) -> &str {
        let authority = &self.text[self.scheme_len + 3..];
        match split_last(authority, b':') {
            Some((host, port)) if port.bytes().all(|b| b.is_ascii_digit()) => host,
            _ => authority,
        }
    }

    fn is_https(&self) -> bool {
        self.scheme_len == "https".len()
    }

    /// This machine: what never leaves it may go without TLS.
    pub fn is_loopback(&self) -> bool {
        let host = self.host();
        let is_v4_loopback = || host.starts_with("127.") && is_v4(host);
        host == "localhost" || host.ends_with(".localhost") || host == "[::1]" || is_v4_loopback()
    }

    /// How the page at this origin speaks the services. Nothing else asks for the name of a host; where the page is not at its own
    /// host, its session says it.
    pub fn dialect(&self) -> Dialect {
        if self.helped_by().is_some() { Dialect::FileHelper } else { Dialect::Web }
    }

    /// The file host, where this is the File Transfer Helper.
    fn helped_by(&self) -> Option<&'static str> {
        let is_here = |page| self.is_https() && self.host() == page;
        FILE_HELPERS.into_iter().find_map(|(page, files)| is_here(page).then_some(files))
    }

    /// One of WeChat's page hosts or its file host, over https: `wx`, `wx` or `web` with digits, `web.wechat.com`, and those of the File
    /// Transfer Helper.
    pub(crate) fn is_wechat(&self) -> bool {
        if self.helped_by().is_some() {
            return true;
        }
        let host = self.host();
        let page = host.strip_prefix("file.").unwrap_or(host);
        let name = page.strip_suffix(".qq.com").or_else(|| page.strip_suffix(".wechat.com"));
        let is_page = |name: &str| match name.trim_end_matches(|c: char| c.is_ascii_digit()) {
            "wx" => true,
            "web" => name != "web" || page == "web.wechat.com",
            _ => false,
        };
        self.is_https() && name.is_some_and(is_page)
    }

    /// The origin that takes uploads for a page on this one. An origin outside the table is its own file origin.
    #[must_use]
    pub fn file_origin(&self) -> Self {
        let host = self.host();
        let has = |part| find(host, part).is_some();
        let file_host = match (host, self.helped_by()) {
            (_, Some(file_host)) => file_host,
            _ if !self.is_wechat() => return self.clone(),
            _ if has("wx2.qq.com") => "file.wx2.qq.com",
            _ if has("wx8.qq.com") => "file.wx8.qq.com",
            _ if host.ends_with(".qq.com") => "file.wx.qq.com",
            _ if has("web2.wechat.com") => "file.web2.wechat.com",
            _ => "file.web.wechat.com",
        };
        Self { text: format!("https://{file_host}"), scheme_len: "https".len() }
    }

    /// Where `reportforweb` counters of a page on this origin go. Only WeChat's own pages report to WeChat.
    #[must_use]
    pub fn report_origin(&self) -> Self {
        if self.is_wechat() {
            Self { text: "https://support.weixin.qq.com".to_owned(), scheme_len: "https".len() }
        } else {
            self.clone()
        }
    }

    /// Refuses an origin that a session's values may not go to: not WeChat's over https, not loopback, not named by the caller.
    pub fn check_trusted(&self, allowed: &[Self], field: &str) -> Result<()> {
        if self.is_wechat() || self.is_loopback() || (self.is_https() && allowed.contains(self)) {
            return Ok(());
        }
        let why = if self.is_https() {
            "is not a WeChat host; add it to allowedOrigins if it may receive the session"
        } else {
            "must be https: session values are sent over HTTPS only"
        };
        Err(Error::invalid_input(format!("{field}: {self} {why}")))
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// A port as the URL parser writes it.
fn is_port(text: &str) -> bool {
    is_number::<u16>(text)
}

/// A decimal number without sign and leading zeros.
fn is_number<T: core::str::FromStr>(text: &str) -> bool {
    let is_plain = text == "0" || !text.starts_with('0');
    is_plain && text.bytes().all(|b| b.is_ascii_digit()) && text.parse::<T>().is_ok()
}

/// An IPv4 address as the URL parser writes it.
fn is_v4(host: &str) -> bool {
    host.split('.').count() == 4 && host.split('.').all(is_number::<u8>)
}

/// A domain, or an address: the URL parser reads every host whose last label is a number as an IPv4 address.
fn is_host(host: &str) -> bool {
    if let Some(v6) = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        return v6.contains(':') && v6.bytes().all(|b| b.is_ascii_hexdigit() || b == b':');
    }
    let is_letter = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_');
    let is_label = |label: &str| !label.is_empty() && label.bytes().all(is_letter);
    let is_numeric = |label: &str| {
        let digits = label.strip_prefix("0x");
        digits.is_some_and(|digits| digits.bytes().all(|b| b.is_ascii_hexdigit()))
            || label.bytes().all(|b| b.is_ascii_digit())
    };
    let last = split_last(host, b'.').map_or(host, |(_, last)| last);
    host.split('.').all(is_label) && (!is_numeric(last) || is_v4(host))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin(text: &str) -> Origin {
        Origin::parse(text, "origin").unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    #[test]
    fn the_host_table_in_its_order() {
        for (page, file) in [
            ("https://wx.qq.com", "https://file.wx.qq.com"),
            ("https://wx2.qq.com", "https://file.wx2.qq.com"),
            ("https://wx8.qq.com", "https://file.wx8.qq.com"),
            ("https://wx9.qq.com/", "https://file.wx.qq.com"),
            ("https://web2.qq.com/", "https://file.wx.qq.com"),
            ("https://web.wechat.com", "https://file.web.wechat.com"),
            ("https://web2.wechat.com", "https://file.web2.wechat.com"),
            ("https://wx.wechat.com", "https://file.web.wechat.com"),
            ("https://filehelper.weixin.qq.com", "https://file.wx.qq.com"),
            ("https://szfilehelper.weixin.qq.com", "https://file.wx2.qq.com"),
            ("https://cmfilehelper.weixin.qq.com", "https://file.wx8.qq.com"),
            ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ] {
            assert_eq!(origin(page).file_origin().as_str(), file, "{page}");
        }
    }

    #[test]
    fn the_host_decides_the_dialect() {
        for (page, dialect) in [
            ("https://filehelper.weixin.qq.com", Dialect::FileHelper),
            ("https://SZfilehelper.weixin.qq.com/", Dialect::FileHelper),
            ("https://cmfilehelper.weixin.qq.com", Dialect::FileHelper),
            ("http://filehelper.weixin.qq.com", Dialect::Web),
            ("https://filehelper.weixin.qq.com:8443", Dialect::FileHelper),
            ("https://xfilehelper.weixin.qq.com", Dialect::Web),
            ("https://wx2.qq.com", Dialect::Web),
            ("http://localhost:1", Dialect::Web),
        ] {
            assert_eq!(origin(page).dialect(), dialect, "{page}");
            assert_eq!(Dialect::named(dialect.name()), Some(dialect));
        }
        assert_eq!(Dialect::named("Web"), None);
    }

    #[test]
    fn only_wechat_reports_to_wechat() {
        assert_eq!(origin("https://wx2.qq.com").report_origin().as_str(), "https://support.weixin.qq.com");
        assert_eq!(origin("http://localhost:1").report_origin().as_str(), "http://localhost:1");
    }

    #[test]
    fn what_is_no_origin_is_refused() {
        for text in [
            "",
            "wx.qq.com",
            "ftp://wx.qq.com",
            "https://",
            "https://a/b",
            "https://a?b",
            "https://u@h",
            "javascript:alert(1)",
            "http://:80",
            "https://evil.example:x.qq.com",
            "http://localhost:99999",
            "https://wx.qq.com:70000",
            "https://wx.qq.com:",
            "https://wx.qq.com:0443",
            "https://wx.qq.com:+1",
            "http://127.0.0.08",
            "http://127.0.0.1.",
            "http://127.1",
            "http://0x7f000001",
            "http://127.0.0.0x1",
            "http://256.0.0.1",
            "https://wx..qq.com",
            "https://.wx.qq.com",
            "https://wx.qq.com.",
            "https://[1]",
            "https://[::1",
            "https://[::1]x",
            "https://[fe80::1%25eth0]",
        ] {
            let error = Origin::parse(text, "session.origin").expect_err(text);
            assert_eq!(
                error.to_string(),
                "session.origin: expected an http or https origin like https://wx.qq.com, without a path",
                "{text}"
            );
        }
    }

    #[test]
    fn a_session_goes_to_wechat_and_loopback_and_named_origins_only() {
        let allowed = [origin("https://proxy.example"), origin("http://plain.example")];
        for good in [
            "https://wx.qq.com",
            "https://filehelper.weixin.qq.com",
            "http://localhost:1",
            "http://127.8.0.1",
            "http://[::1]:9",
            "https://proxy.example",
        ] {
            assert_eq!(origin(good).check_trusted(&allowed, "session.origin"), Ok(()), "{good}");
        }
        for (bad, why) in [
            (
                "https://wx.qq.com.evil.example",
                "is not a WeChat host; add it to allowedOrigins if it may receive the session",
            ),
            ("https://weixin.qq.com", "is not a WeChat host; add it to allowedOrigins if it may receive the session"),
            (
                "https://file.filehelper.weixin.qq.com",
                "is not a WeChat host; add it to allowedOrigins if it may receive the session",
            ),
            ("http://filehelper.weixin.qq.com", "must be https: session values are sent over HTTPS only"),
            ("https://mail.qq.com", "is not a WeChat host; add it to allowedOrigins if it may receive the session"),
            ("https://web.qq.com", "is not a WeChat host; add it to allowedOrigins if it may receive the session"),
            ("https://wxx.qq.com", "is not a WeChat host; add it to allowedOrigins if it may receive the session"),
            ("https://a.wx.qq.com", "is not a WeChat host; add it to allowedOrigins if it may receive the session"),
            (
                "https://file.file.wx.qq.com",
                "is not a WeChat host; add it to allowedOrigins if it may receive the session",
            ),
            ("https://qq.com", "is not a WeChat host; add it to allowedOrigins if it may receive the session"),
            ("https://evilqq.com", "is not a WeChat host; add it to allowedOrigins if it may receive the session"),
            ("http://127.evil.example", "must be https: session values are sent over HTTPS only"),
            ("http://wx.qq.com", "must be https: session values are sent over HTTPS only"),
            ("http://plain.example", "must be https: session values are sent over HTTPS only"),
        ] {
            let error = origin(bad).check_trusted(&allowed, "session.origin").expect_err(bad);
            assert_eq!(error.to_string(), format!("session.origin: {bad} {why}"));
        }
    }
}
