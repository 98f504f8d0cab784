//! Who may read what from where.

mod common;

use common::{FILE, GATEWAY, PAGE, answer, world};
use standin::bytes::Bytes;
use standin::http::{self, Method};
use standin::{Config, Origins, World};

const UPLOAD: &str = "/cgi-bin/mmwebwx-bin/webwxuploadmedia?f=json";

#[test]
fn every_file_host_lets_its_own_page_in_and_no_other() {
    let pages = ["wx.qq.com", "wx2.qq.com", "wx8.qq.com", "web.wechat.com", "web2.wechat.com"];
    for host in pages {
        for page in pages {
            let expected = (host == page).then(|| format!("https://{page}"));
            let url = format!("https://file.{host}{UPLOAD}");
            assert_eq!(allowed(&mut world(), &url, Some(&format!("https://{page}"))), expected, "{page} at {url}");
        }
    }
}

#[test]
fn an_origin_is_scheme_host_and_port() {
    for origin in ["http://wx.qq.com", "https://wx.qq.com:444", "https://wx.qq.com.evil.example", "null", FILE] {
        assert_eq!(allowed(&mut world(), &format!("{FILE}{UPLOAD}"), Some(origin)), None, "{origin}");
    }
    assert_eq!(allowed(&mut world(), &format!("{FILE}{UPLOAD}"), None), None);
    assert_eq!(
        allowed(&mut world(), &format!("{PAGE}/cgi-bin/mmwebwx-bin/webwxgetmsgimg"), Some(PAGE)).as_deref(),
        Some(PAGE)
    );
}

#[test]
fn loopback_origins_match_each_other_alone() {
    let [page, file, gateway] = ["http://127.0.0.1:4000", "http://127.0.0.1:4001", "http://127.0.0.1:4002"];
    let origins = Origins { page: page.into(), file: file.into(), gateway: gateway.into(), ..Origins::default() };
    let mut world = World::new(Config { origins, ..Config::default() });
    let url = format!("{file}{UPLOAD}");
    assert_eq!(allowed(&mut world, &url, Some(page)).as_deref(), Some(page));
    assert_eq!(allowed(&mut world, &url, Some("http://localhost:4000")).as_deref(), Some("http://localhost:4000"));
    assert_eq!(allowed(&mut world, &url, Some("http://127.0.0.1:4003")), None);
    assert_eq!(allowed(&mut world, &url, Some(PAGE)), None);
    assert_eq!(allowed(&mut world, &format!("{FILE}{UPLOAD}"), Some(PAGE)).as_deref(), Some(PAGE), "real names stay");
}

#[test]
fn a_preflight_says_ret_1_and_allows_the_page() {
    let mut world = world();
    for (origin, allows) in [(PAGE, true), ("https://wx2.qq.com", false)] {
        let outcome = world.handle(&request(Method::OPTIONS, &format!("{FILE}{UPLOAD}"), Some(origin)));
        let response = answer(&outcome);
        assert_eq!(response.status(), 200);
        assert!(response.body().starts_with(br#"{"BaseResponse":{"Ret":1,"ErrMsg":""},"MediaId":"","StartPos":0"#));
        for name in ["access-control-allow-origin", "access-control-allow-methods", "access-control-allow-headers"] {
            assert_eq!(response.headers().contains_key(name), allows, "{name} for {origin}");
        }
    }
    assert_eq!(world.journal().len(), 2, "preflights are in the journal");
}

#[test]
fn the_gateway_lets_anyone_in_without_credentials() {
    let outcome =
        world().handle(&request(Method::OPTIONS, &format!("{GATEWAY}/getMsgImg"), Some("https://any.example")));
    let headers = answer(&outcome).headers();
    assert_eq!(headers["access-control-allow-origin"], "*");
    assert_eq!(headers["access-control-allow-headers"], "content-type, authorization, x-gewe-token, x-access-token");
    assert!(!headers.contains_key("access-control-allow-credentials"));
}

#[test]
fn strangers_are_sent_away() {
    for host in ["https://qq.com/", "https://example.org/", "http://127.0.0.1:1/"] {
        assert_eq!(answer(&world().handle(&request(Method::GET, host, None))).status(), 421);
    }
}

fn request(method: Method, url: &str, origin: Option<&str>) -> standin::Request {
    let mut builder = http::Request::builder().method(method).uri(url);
    if let Some(origin) = origin {
        builder = builder.header("origin", origin);
    }
    builder.body(Bytes::new()).expect("a request")
}

/// The origin that is echoed with credentials.
fn allowed(world: &mut World, url: &str, origin: Option<&str>) -> Option<String> {
    let outcome = world.handle(&request(Method::POST, url, origin));
    let headers = answer(&outcome).headers();
    assert_eq!(headers["vary"], "Origin");
    let echoed = headers.get("access-control-allow-origin")?;
    assert_eq!(headers["access-control-allow-credentials"], "true");
    Some(echoed.to_str().expect("a text").to_owned())
}
