//! Which host is which, and which page origin each of them lets in.

use http::{HeaderMap, HeaderValue, Method, header};

use crate::exchange::{Call, Response};

/// Page host and file host, by their real names.
const REAL: [(&str, &str); 5] = [
    ("wx.qq.com", "file.wx.qq.com"),
    ("wx2.qq.com", "file.wx2.qq.com"),
    ("wx8.qq.com", "file.wx8.qq.com"),
    ("web.wechat.com", "file.web.wechat.com"),
    ("web2.wechat.com", "file.web2.wechat.com"),
];

/// The host that takes the page's counters.
const SUPPORT: &str = "support.weixin.qq.com";

/// Every name a certificate of the stand-in has to carry.
pub fn real_names() -> impl Iterator<Item = &'static str> {
    REAL.into_iter().flat_map(|(page, file)| [page, file]).chain([SUPPORT])
}

/// The three origins of one world, beside the real names.
#[derive(Clone, Debug)]
pub struct Origins {
    /// The page, its services and the control endpoints.
    pub page: String,
    /// Uploads, and the pictures the gateway points to.
    pub file: String,
    /// The getMsgImg gateway.
    pub gateway: String,
}

impl Default for Origins {
    fn default() -> Self {
        Self {
            page: "https://wx.qq.com".into(),
            file: "https://file.wx.qq.com".into(),
            gateway: "http://localhost:18081".into(),
        }
    }
}

/// What a host name stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// The page at this origin.
    Page(String),
    /// The file host of the page at this origin.
    File(String),
    Gateway,
    Support,
}

impl Origins {
    pub(crate) fn role(&self, host: &str) -> Option<Role> {
        let same = |origin: &str| authority(origin) == canonical(host);
        if same(&self.gateway) {
            return Some(Role::Gateway);
        }
        if same(&self.page) {
            return Some(Role::Page(self.page.clone()));
        }
        if same(&self.file) {
            return Some(Role::File(self.page.clone()));
        }
        let name = host.split(':').next().unwrap_or_default();
        if name == SUPPORT {
            return Some(Role::Support);
        }
        REAL.iter().find_map(|(page, file)| {
            let origin = || format!("https://{page}");
            if name == *page {
                Some(Role::Page(origin()))
            } else if name == *file {
                Some(Role::File(origin()))
            } else {
                None
            }
        })
    }
}

impl Role {
    /// Adds what the real host would say about cross-origin reading: with credentials the origin must be
    /// named, and only the page that belongs to the host is; the gateway lets anyone read, without credentials.
    pub(crate) fn allow(&self, call: &Call<'_>, response: &mut Response) {
        let headers = response.headers_mut();
        match self {
            Self::Page(page) | Self::File(page) => {
                headers.insert(header::VARY, HeaderValue::from_static("Origin"));
                let Some(origin) = call.headers.get(header::ORIGIN) else {
                    return;
                };
                if !origin.to_str().is_ok_and(|origin| same_origin(origin, page)) {
                    return;
                }
                headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
                headers.insert(header::ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
                preflight(call, headers, "GET, POST, OPTIONS", "content-type");
            }
            Self::Gateway => {
                allow_anyone(headers);
                preflight(call, headers, "POST, OPTIONS", "content-type, authorization");
            }
            Self::Support => {}
        }
    }
}

/// Anyone may read, without credentials.
pub(crate) fn allow_anyone(headers: &mut HeaderMap) {
    headers.remove(header::VARY);
    headers.remove(header::ACCESS_CONTROL_ALLOW_CREDENTIALS);
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
}

fn preflight(call: &Call<'_>, headers: &mut HeaderMap, methods: &'static str, names: &'static str) {
    if call.method == Method::OPTIONS {
        headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static(methods));
        headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static(names));
    }
}

fn same_origin(one: &str, other: &str) -> bool {
    let scheme = |origin: &str| origin.split_once("://").map(|(scheme, _)| scheme.to_owned());
    scheme(one) == scheme(other) && authority(one) == authority(other)
}

fn authority(origin: &str) -> String {
    canonical(origin.split_once("://").map_or(origin, |(_, authority)| authority))
}

/// `localhost` and `127.0.0.1` are one host here.
fn canonical(host: &str) -> String {
    match host.strip_prefix("localhost") {
        Some(port) if port.is_empty() || port.starts_with(':') => format!("127.0.0.1{port}"),
        _ => host.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::{Origins, Role};

    #[test]
    fn hosts_are_told_apart_by_name_and_port() {
        let origins = Origins {
            page: "http://127.0.0.1:4000".into(),
            file: "http://127.0.0.1:4001".into(),
            gateway: "http://127.0.0.1:4002".into(),
        };
        let page = || "http://127.0.0.1:4000".to_owned();
        for (host, role) in [
            ("127.0.0.1:4000", Some(Role::Page(page()))),
            ("localhost:4001", Some(Role::File(page()))),
            ("127.0.0.1:4002", Some(Role::Gateway)),
            ("127.0.0.1:4003", None),
            ("localhostile:4000", None),
            ("wx2.qq.com", Some(Role::Page("https://wx2.qq.com".into()))),
            ("file.web2.wechat.com:4001", Some(Role::File("https://web2.wechat.com".into()))),
            ("support.weixin.qq.com", Some(Role::Support)),
            ("qq.com", None),
        ] {
            assert_eq!(origins.role(host), role, "{host}");
        }
    }
}
