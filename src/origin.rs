//! Origins, the host table (docs/protocol.md, "Hosts"), and which origins may be trusted with a session.

use core::fmt;

use crate::error::{Error, Result};
use crate::prelude::*;
use crate::text::find;

/// `scheme://host[:port]`, nothing behind it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    text: String,
    scheme_len: usize,
}

impl Origin {
    /// Reads an origin; one trailing slash is forgiven. `field` names the input in the error.
    pub fn parse(text: &str, field: &str) -> Result<Self> {
        let wrong = || {
            Error::invalid_input(format!(
                "{field} must be an http or https origin, like https://wx.qq.com, without a path"
            ))
        };
        let text = text.trim().to_ascii_lowercase();
        let text = text.strip_suffix('/').unwrap_or(&text);
        let (scheme, rest) = text.split_once(':').ok_or_else(wrong)?;
        let authority = rest.strip_prefix("//").ok_or_else(wrong)?;
        let good_scheme = scheme == "http" || scheme == "https";
        let good_authority = !authority.is_empty()
            && authority.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':' | '[' | ']' | '_'));
        // A browser leaves the scheme's own port out.
        let default_port = if scheme == "https" { ":443" } else { ":80" };
        let text = text.strip_suffix(default_port).unwrap_or(text);
        let origin = Self { text: text.to_owned(), scheme_len: scheme.len() };
        let host = origin.host();
        let is_v6 = host.starts_with('[') && host.ends_with(']');
        let good_host = !host.is_empty() && (is_v6 || !host.bytes().any(|b| matches!(b, b':' | b'[' | b']')));
        if good_scheme && good_authority && good_host { Ok(origin) } else { Err(wrong()) }
    }

    /// The origin as text.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The host, without its port.
    pub fn host(&self) -> &str {
        let authority = &self.text[self.scheme_len + 3..];
        match authority.rsplit_once(':') {
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
        let numbers = || host.split('.').map(str::parse::<u8>);
        let is_v4_loopback =
            || host.starts_with("127.") && numbers().count() == 4 && numbers().all(|number| number.is_ok());
        host == "localhost" || host.ends_with(".localhost") || host == "[::1]" || is_v4_loopback()
    }

    /// One of WeChat's own, over https.
    fn is_wechat(&self) -> bool {
        let host = self.host();
        self.is_https() && ["qq.com", "wechat.com"].iter().any(|domain| is_within(host, domain))
    }

    /// The origin that takes uploads for a page on this one. An origin outside the table is its own file origin.
    #[must_use]
    pub fn file_origin(&self) -> Self {
        let host = self.host();
        let has = |part| find(host, part).is_some();
        let file_host = match host {
            _ if !self.is_wechat() => return self.clone(),
            _ if has("wx2.qq.com") => "file.wx2.qq.com",
            _ if has("wx8.qq.com") => "file.wx8.qq.com",
            _ if is_within(host, "qq.com") => "file.wx.qq.com",
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
            "is outside WeChat's hosts; name it in allowedOrigins if the session's values may go there"
        } else {
            "must be https: the session's values do not go over an open line"
        };
        Err(Error::invalid_input(format!("{field}: {self} {why}")))
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

fn is_within(host: &str, domain: &str) -> bool {
    host == domain || host.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.'))
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
            ("https://web.qq.com/", "https://file.wx.qq.com"),
            ("https://web.wechat.com", "https://file.web.wechat.com"),
            ("https://web2.wechat.com", "https://file.web2.wechat.com"),
            ("https://x.wechat.com", "https://file.web.wechat.com"),
            ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ] {
            assert_eq!(origin(page).file_origin().as_str(), file, "{page}");
        }
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
        ] {
            let error = Origin::parse(text, "session.origin").expect_err(text);
            assert_eq!(
                error.to_string(),
                "session.origin must be an http or https origin, like https://wx.qq.com, without a path",
                "{text}"
            );
        }
    }

    #[test]
    fn a_session_goes_to_wechat_and_loopback_and_named_origins_only() {
        let allowed = [origin("https://proxy.example"), origin("http://plain.example")];
        for good in
            ["https://wx.qq.com", "http://localhost:1", "http://127.8.0.1", "http://[::1]:9", "https://proxy.example"]
        {
            assert_eq!(origin(good).check_trusted(&allowed, "session.origin"), Ok(()), "{good}");
        }
        for (bad, why) in [
            (
                "https://wx.qq.com.evil.example",
                "is outside WeChat's hosts; name it in allowedOrigins if the session's values may go there",
            ),
            (
                "https://evilqq.com",
                "is outside WeChat's hosts; name it in allowedOrigins if the session's values may go there",
            ),
            ("http://127.evil.example", "must be https: the session's values do not go over an open line"),
            ("http://127.0.0.0.1", "must be https: the session's values do not go over an open line"),
            ("http://wx.qq.com", "must be https: the session's values do not go over an open line"),
            ("http://plain.example", "must be https: the session's values do not go over an open line"),
        ] {
            let error = origin(bad).check_trusted(&allowed, "session.origin").expect_err(bad);
            assert_eq!(error.to_string(), format!("session.origin: {bad} {why}"));
        }
    }
}
