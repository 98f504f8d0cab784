//! Which host is which, and which page origin each of them lets in.

use http::{HeaderMap, HeaderValue, Method, header};

use crate::dialect::{APP_ID, Dialect};
use crate::exchange::{Call, Response};

/// Page host and file host, by their real names. The File Transfer Helper has the file hosts of WeChat Web.
const REAL: [(&str, &str, Dialect); 8] = [
    ("wx.qq.com", "file.wx.qq.com", Dialect::Web),
    ("wx2.qq.com", "file.wx2.qq.com", Dialect::Web),
    ("wx8.qq.com", "file.wx8.qq.com", Dialect::Web),
    ("web.wechat.com", "file.web.wechat.com", Dialect::Web),
    ("web2.wechat.com", "file.web2.wechat.com", Dialect::Web),
    ("filehelper.weixin.qq.com", "file.wx.qq.com", Dialect::FileHelper),
    ("szfilehelper.weixin.qq.com", "file.wx2.qq.com", Dialect::FileHelper),
    ("cmfilehelper.weixin.qq.com", "file.wx8.qq.com", Dialect::FileHelper),
];

/// The host that takes the page's counters.
const SUPPORT: &str = "support.weixin.qq.com";

/// Every name a certificate of the stand-in has to carry.
pub fn real_names() -> impl Iterator<Item = &'static str> {
    let files = REAL.into_iter().filter(|(.., dialect)| *dialect == Dialect::Web).map(|(_, file, _)| file);
    REAL.into_iter().map(|(page, ..)| page).chain(files).chain([SUPPORT])
}

/// The origins of one world, beside the real names.
#[derive(Clone, Debug)]
pub struct Origins {
    /// The page, its services and the control endpoints.
    pub page: String,
    /// Uploads, and the pictures the gateway points to.
    pub file: String,
    /// The getMsgImg gateway.
    pub gateway: String,
    /// The page of the File Transfer Helper and its file host, where they have origins of their own.
    pub file_helper: Option<(String, String)>,
}

impl Default for Origins {
    fn default() -> Self {
        Self {
            page: "https://wx.qq.com".into(),
            file: "https://file.wx.qq.com".into(),
            gateway: "http://localhost:18081".into(),
            file_helper: None,
        }
    }
}

/// A page: where it is, and how it speaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Page {
    pub(crate) origin: String,
    pub(crate) file_origin: String,
    pub(crate) dialect: Dialect,
}

/// What a host name stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    Page(Page),
    /// The file host of these pages.
    File(Vec<Page>),
    Gateway,
    Support,
}

impl Origins {
    pub(crate) fn role(&self, host: &str) -> Option<Role> {
        let same = |origin: &str| authority(origin) == canonical(host);
        if same(&self.gateway) {
            return Some(Role::Gateway);
        }
        let helper = self.file_helper.as_ref().map(|(page, file)| (page, file, Dialect::FileHelper));
        for (page, file, dialect) in [(&self.page, &self.file, Dialect::Web)].into_iter().chain(helper) {
            let here = || Page { origin: page.clone(), file_origin: file.clone(), dialect };
            if same(page) {
                return Some(Role::Page(here()));
            }
            if same(file) {
                return Some(Role::File(vec![here()]));
            }
        }
        let name = host.split(':').next().unwrap_or_default();
        if name == SUPPORT {
            return Some(Role::Support);
        }
        let real = REAL.map(|(page, file, dialect)| {
            (page, file, Page { origin: format!("https://{page}"), file_origin: format!("https://{file}"), dialect })
        });
        if let Some((.., page)) = real.iter().find(|(page, ..)| name == *page) {
            return Some(Role::Page(page.clone()));
        }
        let pages: Vec<Page> = real.into_iter().filter(|(_, file, _)| name == *file).map(|(.., page)| page).collect();
        if pages.is_empty() { None } else { Some(Role::File(pages)) }
    }
}

impl Role {
    /// How the page speaks that a request comes from. A file host of several pages knows it by the request's origin, or by what it
    /// calls its page.
    pub(crate) fn dialect(&self, call: &Call<'_>) -> Dialect {
        let pages = self.pages();
        let origin = call.headers.get(header::ORIGIN).and_then(|origin| origin.to_str().ok());
        let by_origin = pages.iter().find(|page| origin.is_some_and(|origin| same_origin(origin, &page.origin)));
        let is_named = call.header(APP_ID.0).or_else(|| call.query(APP_ID.0)).is_some();
        let named = pages.iter().find(|page| (page.dialect == Dialect::FileHelper) == is_named);
        by_origin.or(named).or(pages.first()).map_or(Dialect::Web, |page| page.dialect)
    }

    /// The pages that a host belongs to.
    fn pages(&self) -> &[Page] {
        match self {
            Self::Page(page) => std::slice::from_ref(page),
            Self::File(pages) => pages,
            Self::Gateway | Self::Support => &[],
        }
    }

    /// Adds what the real host would say about cross-origin reading: with credentials the origin must be
    /// named, and only the page that belongs to the host is; the gateway lets anyone read, without credentials.
    pub(crate) fn allow(&self, call: &Call<'_>, response: &mut Response) {
        let headers = response.headers_mut();
        match self {
            Self::Page(_) | Self::File(_) => {
                headers.insert(header::VARY, HeaderValue::from_static("Origin"));
                let Some(origin) = call.headers.get(header::ORIGIN) else {
                    return;
                };
                let is_here = |page: &Page| origin.to_str().is_ok_and(|origin| same_origin(origin, &page.origin));
                let Some(page) = self.pages().iter().find(|page| is_here(page)) else {
                    return;
                };
                headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
                headers.insert(header::ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
                let names = match page.dialect {
                    Dialect::Web => "content-type",
                    Dialect::FileHelper => "content-type, mmweb_appid",
                };
                preflight(call, headers, "GET, POST, OPTIONS", names);
            }
            Self::Gateway => {
                allow_anyone(headers);
                let names = "content-type, authorization, x-gewe-token, x-access-token";
                preflight(call, headers, "POST, OPTIONS", names);
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
    use super::{Origins, Page, Role};
    use crate::dialect::Dialect;

    #[test]
    fn hosts_are_told_apart_by_name_and_port() {
        let origins = Origins {
            page: "http://127.0.0.1:4000".into(),
            file: "http://127.0.0.1:4001".into(),
            gateway: "http://127.0.0.1:4002".into(),
            file_helper: Some(("http://127.0.0.1:4004".into(), "http://127.0.0.1:4005".into())),
        };
        let page_of =
            |origin: &str, file: &str, dialect| Page { origin: origin.into(), file_origin: file.into(), dialect };
        let web = |origin: &str, file: &str| page_of(origin, file, Dialect::Web);
        let helper = |origin: &str, file: &str| page_of(origin, file, Dialect::FileHelper);
        let page = || web("http://127.0.0.1:4000", "http://127.0.0.1:4001");
        let own = || helper("http://127.0.0.1:4004", "http://127.0.0.1:4005");
        let wx2 = || web("https://wx2.qq.com", "https://file.wx2.qq.com");
        for (host, role) in [
            ("127.0.0.1:4000", Some(Role::Page(page()))),
            ("localhost:4001", Some(Role::File(vec![page()]))),
            ("127.0.0.1:4002", Some(Role::Gateway)),
            ("127.0.0.1:4003", None),
            ("127.0.0.1:4004", Some(Role::Page(own()))),
            ("127.0.0.1:4005", Some(Role::File(vec![own()]))),
            (
                "filehelper.weixin.qq.com",
                Some(Role::Page(helper("https://filehelper.weixin.qq.com", "https://file.wx.qq.com"))),
            ),
            (
                "file.wx2.qq.com:4001",
                Some(Role::File(vec![wx2(), helper("https://szfilehelper.weixin.qq.com", "https://file.wx2.qq.com")])),
            ),
            ("localhostile:4000", None),
            ("wx2.qq.com", Some(Role::Page(wx2()))),
            (
                "file.web2.wechat.com:4001",
                Some(Role::File(vec![web("https://web2.wechat.com", "https://file.web2.wechat.com")])),
            ),
            ("support.weixin.qq.com", Some(Role::Support)),
            ("qq.com", None),
        ] {
            assert_eq!(origins.role(host), role, "{host}");
        }
    }
}
