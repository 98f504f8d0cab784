//! The phone of the account: what it has sent to the File Transfer Helper, and how the page there gets to know of it, by webwxinit,
//! synccheck and webwxsync.
//!
//! These messages are not in the list that the world gives to tests, so that every world begins with the same three messages.

use http::Method;
use serde::Serialize;

use crate::answer::{BaseResponse, typed};
use crate::content::{emoji_xml, escaped, image_xml};
use crate::dialect::FILE_HELPER;
use crate::exchange::{Call, Response};
use crate::ids::Ids;
use crate::json::Object;
use crate::message::{Kind, Letter, Message, Messages};
use crate::picture::Picture;
use crate::received::{ball, discs, photo};
use crate::refusal::{Refusal, require};
use crate::rules::PASS_TICKET_IN_ADDRESS;
use crate::session::Session;
use crate::state::State;

/// Where the phone's own ids begin: apart from those of the world.
const APART: u64 = 0x9b0e_0000;

/// The messages that the phone sent, oldest first.
#[derive(Clone, Debug)]
pub(crate) struct Phone {
    ids: Ids,
    messages: Messages,
    me: String,
}

impl Phone {
    /// A photo, a small picture and an emoticon.
    pub(crate) fn new(session: &Session, seed: u64) -> Self {
        let me = session.user_name.clone();
        let mut phone = Self { ids: Ids::new(seed ^ APART), messages: Messages::default(), me };
        for picture in [photo(), discs()] {
            phone.send(Kind::Image, escaped(&image_xml(&picture)), picture);
        }
        phone.send(Kind::Emoticon, escaped(&emoji_xml(&ball())), ball());
        phone
    }

    /// Sends one more picture.
    pub(crate) fn send_picture(&mut self, picture: Picture) -> &Message {
        let content = escaped(&image_xml(&picture));
        self.send(Kind::Image, content, picture.into())
    }

    fn send(&mut self, kind: Kind, content: String, picture: std::sync::Arc<Picture>) -> &Message {
        let (from, to) = (self.me.clone(), FILE_HELPER.into());
        let letter = Letter { kind, from, to, content, picture, client_msg_id: None, attachment: None };
        self.messages.add(&mut self.ids, letter)
    }

    pub(crate) fn all(&self) -> &[Message] {
        self.messages.all()
    }
}

/// Up to where a page knows the messages: those of the phone under key 1, and those that were sent elsewhere under key 2.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct SyncKey {
    count: usize,
    list: [KeyVal; 2],
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct KeyVal {
    key: u64,
    val: u64,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct InitAnswer {
    base_response: BaseResponse,
    sync_key: SyncKey,
    user: User,
    #[serde(rename = "SKey")]
    skey: String,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
#[expect(clippy::struct_field_names, reason = "the names are the service's")]
struct User {
    uin: u64,
    user_name: String,
    nick_name: String,
    head_img_url: String,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct SyncAnswer {
    base_response: BaseResponse,
    add_msg_count: usize,
    add_msg_list: Vec<Message>,
    sync_key: SyncKey,
    #[serde(rename = "SKey")]
    skey: String,
}

impl SyncKey {
    fn new([phone, page]: [usize; 2]) -> Self {
        let list = [(1, phone), (2, page)].map(|(key, val)| KeyVal { key, val: val as u64 });
        Self { count: list.len(), list }
    }
}

/// webwxinit: who is logged in, and where the messages begin.
pub(crate) fn init(state: &State, call: &Call<'_>) -> Result<InitAnswer, Refusal> {
    let body = read(state, call)?;
    body.has_keys(&["BaseRequest"], &[])?;
    let session = &state.session;
    let user = User {
        uin: session.uin,
        user_name: session.user_name.clone(),
        nick_name: "Me".into(),
        head_img_url: String::new(),
    };
    Ok(InitAnswer {
        base_response: BaseResponse::default(),
        sync_key: SyncKey::new([0, 0]),
        user,
        skey: session.skey.clone(),
    })
}

/// webwxsync: the messages since.
pub(crate) fn sync(state: &State, call: &Call<'_>) -> Result<SyncAnswer, Refusal> {
    require(call.query("skey") == Some(&state.session.skey), || "skey: not the session's".into())?;
    require(call.query("sid") == Some(&state.session.sid), || "sid: not the session's".into())?;
    let body = read(state, call)?;
    body.has_keys(&["BaseRequest", "SyncKey", "rr"], &[])?;
    let known = known(&body.object("SyncKey")?)?;
    let lists = [state.phone.all(), state.messages.all()];
    let new = lists.into_iter().zip(known).flat_map(|(list, known)| list.iter().skip(known));
    let messages: Vec<Message> = new.filter(|message| message.to_user_name == FILE_HELPER).cloned().collect();
    Ok(SyncAnswer {
        base_response: BaseResponse::default(),
        add_msg_count: messages.len(),
        add_msg_list: messages,
        sync_key: SyncKey::new(lists.map(<[Message]>::len)),
        skey: String::new(),
    })
}

/// synccheck: whether there is anything new, as a script.
pub(crate) fn check(state: &State, call: &Call<'_>) -> Response {
    let session = &state.session;
    let is_mine = call.method == Method::GET
        && session.check_cookies(call).is_ok()
        && call.query("skey") == Some(&session.skey)
        && call.query("sid") == Some(&session.sid);
    let expected = format!("1_{}|2_{}", state.phone.all().len(), state.messages.all().len());
    let (code, selector) = match call.query("synckey") {
        _ if !is_mine => (Refusal::LOGGED_OUT, 0),
        Some(key) if key == expected => (0, 0),
        _ => (0, 2),
    };
    typed("text/javascript", format!("window.synccheck={{retcode:\"{code}\",selector:\"{selector}\"}}"))
}

/// The body of a POST that carries the session.
fn read<'c>(state: &State, call: &Call<'c>) -> Result<Object<'c>, Refusal> {
    require(call.method == Method::POST, || format!("method: {}, expected POST", call.method))?;
    require(call.media_type() == "application/json", || "content-type: expected application/json".into())?;
    state.session.check_cookies(call)?;
    state.session.check_pass_ticket(&PASS_TICKET_IN_ADDRESS, call.query("pass_ticket"))?;
    let body = Object::body(call.body)?;
    state.session.check_base_request(&body)?;
    Ok(body)
}

/// How many messages of each list a page knows.
fn known(sync_key: &Object<'_>) -> Result<[usize; 2], Refusal> {
    sync_key.constant("Count", 2)?;
    let list: Vec<std::collections::BTreeMap<String, usize>> = serde_json::from_str(sync_key.text("List")?)
        .map_err(|_| Refusal::parameter("SyncKey.List: no list of keys"))?;
    let value = |key| {
        let found = list.iter().find(|pair| pair.get("Key") == Some(&key)).and_then(|pair| pair.get("Val"));
        found.copied().ok_or_else(|| Refusal::parameter(format!("SyncKey.List: no key {key}")))
    };
    Ok([value(1)?, value(2)?])
}
