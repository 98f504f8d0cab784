//! The messages that the page alone shows: one of each kind that a picture's message can be hard to tell from.
//!
//! They are not in the list that the world gives to tests, so that every world begins with the same three messages.

use std::sync::{Arc, LazyLock};

use serde_json::{Value, json};

use crate::contacts::Contact;
use crate::content::{emoji_xml, escaped, image_xml, video_xml};
use crate::ids::Ids;
use crate::message::{Kind, Letter, Message};
use crate::picture::Picture;
use crate::received::{ball, discs, photo};
use crate::session::Session;

/// Where the page's own ids begin: apart from those of the world.
const APART: u64 = 0xa1b0_a000;

/// Contents that name the length of a thumbnail, which takes a while to draw.
static PHOTO: LazyLock<String> = LazyLock::new(|| escaped(&image_xml(&photo())));
static DISCS: LazyLock<String> = LazyLock::new(|| escaped(&image_xml(&discs())));

/// The messages, and what they need.
#[derive(Clone, Debug)]
pub(crate) struct Album {
    /// What the page's model has, oldest first.
    pub(crate) shown: Vec<Value>,
    /// Those of them that the service knows, and so has the picture of.
    served: Vec<Message>,
    /// What the own picture that was pasted went up as.
    pub(crate) pasted: (String, Arc<Picture>),
}

impl Album {
    /// Fills the chats of the contacts at 3 and 5: a person, and a group without a name.
    pub(crate) fn new(contacts: &[Contact], session: &Session, seed: u64) -> Self {
        let mut ids = Ids::new(seed ^ APART);
        let (person, group) = (&contacts[3].user_name, &contacts[5]);
        let me = &session.user_name;
        let media_id = ids.media_id();
        let mut album = Self { shown: Vec::new(), served: Vec::new(), pasted: (media_id.clone(), discs()) };

        album.add(&mut ids, (Kind::Image, person, me), PHOTO.clone(), photo(), &json!({}));
        // The page's own: their Content is empty, and they keep the ids under which the page sent them.
        let sent = json!({ "MMStatus": 2, "LocalID": "17000001200000341", "ClientMsgId": "17000001200000341" });
        album.add(&mut ids, (Kind::Image, me, person), String::new(), discs(), &sent);
        let pasted = json!({
            "MMStatus": 2, "LocalID": "17000001800000342", "ClientMsgId": "17000001800000342",
            "MediaId": media_id,
            "MMPreviewSrc": format!("/cgi-bin/mmwebwx-bin/webwxpreview?fun=preview&mediaid={media_id}"),
        });
        album.add(&mut ids, (Kind::Image, me, person), String::new(), discs(), &pasted);
        for (status, id) in [(1, "17000002400000343"), (5, "17000003000000344")] {
            album.shown.push(json!({
                "MsgId": id, "LocalID": id, "ClientMsgId": id, "FromUserName": me, "ToUserName": person,
                "MsgType": Kind::Image.msg_type(), "Content": "", "CreateTime": 1_700_000_300, "MMStatus": status,
            }));
        }
        album.add(&mut ids, (Kind::Emoticon, person, me), escaped(&emoji_xml(&ball())), ball(), &json!({}));
        album.add(&mut ids, (Kind::Video, person, me), escaped(&video_xml(&photo())), photo(), &json!({}));
        album.shown.push(json!({
            "MsgId": ids.msg_id(), "FromUserName": person, "ToUserName": me, "MsgType": 1,
            "Content": "See you at 9 &amp; bring <br/>the map", "CreateTime": 1_700_000_360,
        }));
        let content = format!("{}:<br/>{}", group.stranger(), *DISCS);
        album.add(&mut ids, (Kind::Image, &group.user_name, me), content, discs(), &json!({}));
        album
    }

    /// The message of that id, if the service knows it.
    pub(crate) fn by_msg_id(&self, msg_id: &str) -> Option<&Message> {
        self.served.iter().find(|message| message.msg_id == msg_id)
    }

    fn add(
        &mut self,
        ids: &mut Ids,
        (kind, from, to): (Kind, &str, &str),
        content: String,
        picture: Arc<Picture>,
        more: &Value,
    ) {
        let letter =
            Letter { kind, from: from.into(), to: to.into(), content, picture, client_msg_id: None, attachment: None };
        let message = Message::new(ids.msg_id(), self.shown.len(), letter);
        let mut shown = json!(message);
        for (key, value) in more.as_object().into_iter().flatten() {
            shown[key] = value.clone();
        }
        self.shown.push(shown);
        self.served.push(message);
    }
}
