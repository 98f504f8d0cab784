//! The program: its line, its sockets, its end.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

struct Program {
    child: Child,
    // Held, so that the pipe stays open as long as the program writes to it.
    _stdout: BufReader<ChildStdout>,
    line: Value,
}

impl Program {
    fn start(options: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_standin"))
            .args(["--json", "--stdin-bound"])
            .args(options)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let mut stdout = BufReader::new(child.stdout.take().expect("a pipe"));
        let mut line = String::new();
        stdout.read_line(&mut line).expect("a line");
        let line = serde_json::from_str(&line).expect("one line of JSON");
        Self { child, _stdout: stdout, line }
    }

    fn authority(&self, key: &str) -> String {
        let origin = self.line[key].as_str().expect("an origin");
        origin.split_once("://").expect("a scheme").1.to_owned()
    }

    /// Status line, headers and body as they came; empty where the connection was cut.
    fn exchange(&self, key: &str, method: &str, path: &str, headers: &str, body: &str) -> String {
        let authority = self.authority(key);
        let mut socket = TcpStream::connect(&authority).expect("a connection");
        let length = body.len();
        write!(
            socket,
            "{method} {path} HTTP/1.1\r\nHost: {authority}\r\nContent-Length: {length}\r\n{headers}\r\n{body}"
        )
        .expect("a request");
        let mut answer = Vec::new();
        // A cut may show as an end or as an error: what came before it is all that counts.
        let _ = socket.read_to_end(&mut answer);
        String::from_utf8_lossy(&answer).into_owned()
    }

    fn control(&self, method: &str, name: &str, body: &str) -> String {
        self.exchange("origin", method, &format!("/__standin/{name}"), "", body)
    }

    fn ended_well(mut self) {
        let limit = Instant::now() + Duration::from_secs(10);
        loop {
            if let Some(status) = self.child.try_wait().expect("a status") {
                assert!(status.success(), "{status}");
                return;
            }
            assert!(Instant::now() < limit, "still running");
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

#[test]
fn it_announces_itself_serves_and_ends_with_its_standard_input() {
    let mut program = Program::start(&["--gateway-form", "new"]);
    for key in ["origin", "fileOrigin", "gatewayOrigin"] {
        assert!(program.authority(key).starts_with("127.0.0.1:"), "{}", program.line);
    }
    assert_eq!(program.line["session"]["fileOrigin"], program.line["fileOrigin"]);

    let session = program.control("GET", "session", "");
    assert!(session.starts_with("HTTP/1.1 200 OK\r\n"), "{session}");
    let body = session.split_once("\r\n\r\n").expect("a body").1;
    assert_eq!(serde_json::from_str::<Value>(body).expect("JSON"), program.line);

    let upload = "/cgi-bin/mmwebwx-bin/webwxuploadmedia?f=json";
    let refused = program.exchange("fileOrigin", "POST", upload, "", "");
    assert!(refused.contains("content-type: text/plain\r\n"), "{refused}");
    assert!(refused.contains(r#""Ret":1102,"ErrMsg":"cookie wxuin: missing""#), "{refused}");
    let gateway = program.exchange("gatewayOrigin", "POST", "/getMsgImg", "Content-Type: application/json\r\n", "{}");
    assert!(gateway.contains(r#""code":10001"#), "{gateway}");

    drop(program.child.stdin.take());
    program.ended_well();
}

#[test]
fn it_cuts_connections_when_told() {
    let mut program = Program::start(&[]);
    let session = program.line["session"].clone();
    let text = |key: &str| session[key].as_str().expect("a string").to_owned();
    let messages = program.control("GET", "messages", "");
    let messages: Value = serde_json::from_str(messages.split_once("\r\n\r\n").expect("a body").1).expect("JSON");
    let msg_id = messages[2]["MsgId"].as_str().expect("a string");
    let path = format!("/cgi-bin/mmwebwx-bin/webwxgetmsgimg?MsgID={msg_id}&skey={}", text("skey").replace('@', "%40"));
    let cookies = format!(
        "Cookie: wxuin={}; wxsid={}; webwx_data_ticket={}\r\n",
        session["uin"],
        text("sid"),
        text("dataTicket")
    );
    let get = || program.exchange("origin", "GET", &path, &cookies, "");
    let order = |fault: &str| {
        let ordered =
            program.control("POST", "faults", &format!(r#"[{{"endpoint":"webwxgetmsgimg","fault":"{fault}"}}]"#));
        assert!(ordered.starts_with("HTTP/1.1 200"), "{ordered}");
    };
    let whole = get();
    assert!(whole.starts_with("HTTP/1.1 200 OK\r\n"));
    for fault in ["reset", "accept-then-reset"] {
        order(fault);
        assert_eq!(get(), "", "{fault}: not even a status line");
    }
    order("truncate");
    let half = get();
    assert!(half.starts_with("HTTP/1.1 200 OK\r\n") && half.len() < whole.len(), "{} of {}", half.len(), whole.len());
    order("delay:300");
    let started = Instant::now();
    assert_eq!(get().len(), whole.len());
    assert!(started.elapsed() >= Duration::from_millis(300));
    drop(program.child.stdin.take());
    program.ended_well();
}

#[test]
fn it_serves_the_built_package_as_what_it_is() {
    let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join("served");
    for (file, text) in [("dist/a.wasm", "wasm"), ("www/index.html", "<p>"), ("tests/fixtures/b.js", "1")] {
        let file = root.join(file);
        std::fs::create_dir_all(file.parent().expect("a folder")).expect("a folder");
        std::fs::write(file, text).expect("a file");
    }
    let mut program = Program::start(&["--serve", root.to_str().expect("a path")]);
    for (path, status, content_type) in [
        ("/dist/a.wasm", "200", "application/wasm"),
        ("/www/", "200", "text/html"),
        ("/fixtures/b.js", "200", "text/javascript"),
        ("/dist/none.js", "404", ""),
        ("/dist/../Cargo.toml", "404", ""),
        ("/dist/%2e%2e/www/index.html", "404", ""),
    ] {
        let answer = program.exchange("origin", "GET", path, "", "");
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{path}: {answer}");
        assert!(answer.contains("cache-control: no-store"), "{path}: {answer}");
        assert!(status != "200" || answer.contains(&format!("content-type: {content_type}")), "{path}: {answer}");
        assert!(program.exchange("fileOrigin", "GET", path, "", "").starts_with("HTTP/1.1 404"), "{path}");
    }
    let journal = program.control("GET", "journal", "");
    let journal: Value = serde_json::from_str(journal.split_once("\r\n\r\n").expect("a body").1).expect("JSON");
    let hosts = journal.as_array().expect("a list").iter().map(|entry| entry["host"].as_str().expect("a host"));
    assert!(
        hosts.eq(std::iter::repeat_n(program.authority("fileOrigin"), 6)),
        "what the page host serves is not in the journal"
    );
    drop(program.child.stdin.take());
    program.ended_well();
}

#[test]
fn a_signal_ends_it_and_its_ports_are_its_own() {
    let program = Program::start(&["--tls"]);
    assert!(program.line["origin"].as_str().expect("an origin").starts_with("https://127.0.0.1:"));
    let authority = program.authority("origin");
    let (_, port) = authority.split_once(':').expect("a port");
    let second = Command::new(env!("CARGO_BIN_EXE_standin")).args(["--port", port]).output().expect("it runs");
    let error = String::from_utf8_lossy(&second.stderr);
    assert!(!second.status.success() && error.starts_with(&format!("standin: {authority}: ")), "{error}");

    let killed = Command::new("kill").args(["-TERM", &program.child.id().to_string()]).status().expect("kill runs");
    assert!(killed.success());
    program.ended_well();
}

#[test]
fn a_wrong_command_line_is_one_clear_sentence() {
    let program = env!("CARGO_BIN_EXE_standin");
    for (options, why) in [
        (&["--loud"][..], "standin: invalid option '--loud'"),
        (&["--port", "x"][..], "standin: cannot parse argument \"x\""),
        (&["--gateway-form", "newest"][..], "standin: cannot parse argument \"newest\": expected old or new"),
    ] {
        let output = Command::new(program).args(options).output().expect("the program runs");
        assert!(!output.status.success());
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(error.starts_with(why), "{error}");
    }
    let help = Command::new(program).arg("--help").output().expect("the program runs");
    assert!(help.status.success() && help.stdout.starts_with(b"standin [--json]"));
}

#[test]
fn the_page_is_under_the_policy_it_is_given_and_its_script_is_a_file() {
    let policy = "default-src 'none'; script-src 'self'";
    let mut program = Program::start(&["--policy", policy]);
    let page = program.exchange("origin", "GET", "/", "", "");
    assert!(page.contains(&format!("content-security-policy: {policy}\r\n")), "{page}");
    assert!(page.contains("<script src=\"/page.js\"></script>") && !page.contains("<script>"), "{page}");
    let script = program.exchange("origin", "GET", "/page.js", "", "");
    let skey = program.line["session"]["skey"].as_str().expect("a text");
    assert!(script.contains("content-type: text/javascript") && script.contains(skey), "{script}");
    drop(program.child.stdin.take());
    program.ended_well();
}
