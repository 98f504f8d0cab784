//! The world: one account, its session, its messages, and every decision about a request.

use http::{HeaderValue, Method, StatusCode, header};

use crate::answer::{empty, html, json, refused};
use crate::contacts::SPACER;
use crate::control::{self, Invitation};
use crate::endpoint::Endpoint;
use crate::exchange::{Call, Outcome, Reply, Request, Response};
use crate::fault::{Fault, Faults, Strike};
use crate::gateway::{self, GatewayForm};
use crate::hosts::{Origins, Role};
use crate::journal::Entry;
use crate::message::Message;
use crate::picture::Picture;
use crate::refusal::Refusal;
use crate::session::Session;
use crate::state::State;
use crate::{check, fetched, gateways, page, phone, report, send, upload};

/// How a world is made.
#[derive(Clone, Debug)]
pub struct Config {
    /// The same seed gives out the same names and numbers.
    pub seed: u64,
    /// The addresses of page, file host and gateway, beside the real names.
    pub origins: Origins,
    /// Which form the gateway answers in.
    pub gateway_form: GatewayForm,
    /// The longest section that a gateway gives, whatever was asked for; the real one is 65 536.
    pub section: u64,
    /// Whether JSON of the page's services comes with a content type (`text/plain`) or without any.
    pub typed_answers: bool,
    /// The length of every chunk but the last; the real one is 524 288.
    pub chunk_size: u64,
    /// Longer files have to ask webwxcheckupload first; the real limit is 25 MB.
    pub check_over: u64,
    /// The Content-Security-Policy that the page is under.
    pub policy: Option<HeaderValue>,
    /// Whether a journal is kept.
    pub journal: bool,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            seed: 1,
            origins: Origins::default(),
            gateway_form: GatewayForm::default(),
            section: 65_536,
            typed_answers: true,
            chunk_size: 524_288,
            check_over: 26_214_400,
            policy: None,
            journal: true,
        }
    }
}

/// The stand-in itself. It has no clock and no sockets; a clone is a world of its own.
#[derive(Clone, Debug)]
pub struct World {
    config: Config,
    state: State,
    faults: Faults,
    journal: Vec<Entry>,
}

impl World {
    /// A world with a few received pictures in its one chat.
    pub fn new(config: Config) -> Self {
        let state = State::new(&config);
        Self { config, state, faults: Faults::default(), journal: Vec::new() }
    }

    /// Makes the world as new: no uploads, no sent messages, no faults, an empty journal.
    pub fn reset(&mut self) {
        *self = Self::new(self.config.clone());
    }

    /// The session of the account.
    pub fn session(&self) -> &Session {
        &self.state.session
    }

    /// The `@…` name of the open chat.
    pub fn peer(&self) -> &str {
        &self.state.contacts[0]
    }

    /// Everyone this account may write to: the peer, a group, the file helper, and those whom the page alone is about.
    pub fn contacts(&self) -> &[String] {
        &self.state.contacts
    }

    /// What the gateway takes as `Authorization`.
    pub fn gateway_authorization(&self) -> &'static str {
        gateway::AUTHORIZATION
    }

    /// Origins, session and peer in one object: the line that the server prints.
    pub fn invitation(&self) -> Invitation {
        Invitation::new(&self.config.origins, gateway::AUTHORIZATION, self.session(), self.peer())
    }

    /// All messages, oldest first.
    pub fn messages(&self) -> &[Message] {
        self.state.messages.all()
    }

    /// Every request to a service since the journal was last emptied.
    pub fn journal(&self) -> &[Entry] {
        &self.journal
    }

    /// Empties the journal.
    pub fn clear_journal(&mut self) {
        self.journal.clear();
    }

    /// Orders faults; nothing is ordered if one of them cannot be.
    ///
    /// # Errors
    /// Says which fault its endpoint cannot have.
    pub fn order(&mut self, strikes: Vec<Strike>) -> Result<(), String> {
        strikes.iter().try_for_each(Strike::check)?;
        self.faults.add(strikes);
        Ok(())
    }

    /// The faults still to come.
    pub fn faults(&self) -> &[Strike] {
        self.faults.pending()
    }

    /// Takes back all faults still to come.
    pub fn clear_faults(&mut self) {
        self.faults.clear();
    }

    /// The messages that the account's phone sent to the File Transfer Helper, oldest first.
    pub fn phone(&self) -> &[Message] {
        self.state.phone.all()
    }

    /// Lets the phone send a picture to the File Transfer Helper.
    pub fn send_from_phone(&mut self, bytes: bytes::Bytes) -> &Message {
        self.state.phone.send_picture(Picture::new(bytes))
    }

    /// Forgets every upload that is not finished, as a server does after a while.
    pub fn forget_uploads(&mut self) {
        self.state.uploads.clear();
    }

    /// What a host stands for in this world.
    #[cfg(feature = "server")]
    pub(crate) fn role(&self, host: &str) -> Option<Role> {
        self.config.origins.role(host)
    }

    /// Takes one request and decides what its client gets to see.
    pub fn handle(&mut self, request: &Request) -> Outcome {
        let mut call = Call::read(request);
        let Some(role) = self.config.origins.role(&call.host) else {
            return html(StatusCode::MISDIRECTED_REQUEST, "421 Misdirected Request").into();
        };
        call.dialect = role.dialect(&call);
        self.state.session.dialect = call.dialect;
        if let Role::Page(page) = &role {
            if call.path.starts_with(control::PREFIX) {
                return control::answer(self, &call).into();
            }
            if let Some(script) = page::script(&page.file_origin, &call, &self.state) {
                return script.into();
            }
            match call.path {
                "/" => return page::answer(self.session(), self.config.policy.as_ref(), &call).into(),
                SPACER => return page::spacer().into(),
                // Browsers ask for it by themselves: it is no request of the page.
                "/favicon.ico" => return empty().into(),
                _ => {}
            }
        }
        let (mut outcome, fault) = self.serve(&role, &call);
        if let Reply::Answer(response) | Reply::Partial { response, .. } = &mut outcome.reply {
            let open_to_all = response.headers().contains_key(header::ACCESS_CONTROL_ALLOW_ORIGIN);
            if !open_to_all {
                role.allow(&call, response);
            }
            response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        }
        if self.config.journal {
            self.journal.push(Entry::new(&call, fault, &outcome.reply));
        }
        outcome
    }

    fn serve(&mut self, role: &Role, call: &Call<'_>) -> (Outcome, Option<Fault>) {
        let Some(endpoint) = Endpoint::at(role, call.path) else {
            return (html(StatusCode::NOT_FOUND, "404 Not Found").into(), None);
        };
        let form = self.config.gateway_form;
        if call.method == Method::OPTIONS {
            return (preflight(endpoint, form).into(), None);
        }
        let (typed, section) = (self.config.typed_answers, self.config.section);
        let take = |state: &mut State| {
            let mut response = answer(endpoint, form, section, state, call);
            if !typed && !endpoint.is_of_gateway() && response.body().starts_with(b"{") {
                response.headers_mut().remove(header::CONTENT_TYPE);
            }
            response
        };
        let fault = self.faults.strike(endpoint, call);
        let outcome = match &fault {
            Some(fault) => fault.befall(endpoint, form, &mut self.state, take),
            None => take(&mut self.state).into(),
        };
        (outcome, fault)
    }
}

/// The real upload service answers a preflight like a request without parameters.
fn preflight(endpoint: Endpoint, form: GatewayForm) -> Response {
    match endpoint {
        Endpoint::GatewayImage | Endpoint::ReportForWeb => empty(),
        _ if endpoint.is_of_gateway() => empty(),
        _ => refused(endpoint, Refusal::parameter(""), String::new(), form),
    }
}

fn answer(endpoint: Endpoint, form: GatewayForm, section: u64, state: &mut State, call: &Call<'_>) -> Response {
    if !(endpoint.is_of_gateway() || endpoint == Endpoint::GatewayImage)
        && let Err(refusal) = call.dialect.check(call)
    {
        return match endpoint {
            // Whatever is wrong with these, there is nothing to be had.
            Endpoint::WebGetMsgImg | Endpoint::GetMedia | Endpoint::Preview => empty(),
            _ => refused(endpoint, refusal, String::new(), form),
        };
    }
    let answered = match endpoint {
        Endpoint::UploadMedia => upload::answer(state, call).map(|answer| json(&answer)),
        Endpoint::CheckUpload => check::answer(state, call).map(|answer| json(&answer)),
        Endpoint::SendMsgImg => send::image(state, call).map(|answer| json(&answer)),
        Endpoint::SendEmoticon => send::emoticon(state, call).map(|answer| json(&answer)),
        Endpoint::SendAppMsg => send::file(state, call).map(|answer| json(&answer)),
        Endpoint::WebGetMsgImg => Ok(fetched::image(state, call)),
        Endpoint::GetMedia => Ok(fetched::file(state, call)),
        Endpoint::Preview => Ok(fetched::preview(state, call)),
        Endpoint::Init => phone::init(state, call).map(|answer| json(&answer)),
        Endpoint::Sync => phone::sync(state, call).map(|answer| json(&answer)),
        Endpoint::SyncCheck => Ok(phone::check(state, call)),
        Endpoint::ReportForWeb => Ok(report::answer(call)),
        Endpoint::GatewayGetMsgImg => gateway::answer(state, form, call),
        Endpoint::GeweDownloadImage => gateways::gewe(state, form, call),
        Endpoint::PadProGetMsgBigImg => gateways::padpro(state, form, section, call),
        Endpoint::ToolsCdnDownloadImage => gateways::tools(state, form, call),
        Endpoint::GatewayImage => Ok(gateway::image(state, call)),
    };
    answered.unwrap_or_else(|refusal| refused(endpoint, refusal, String::new(), form))
}
