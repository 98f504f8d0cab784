//! The messages of the account, in the form in which the page is told about them.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Serialize;

use crate::ids::Ids;
use crate::picture::Picture;

/// What a message carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Image,
    Emoticon,
    Video,
}

impl Kind {
    /// `MsgType` in a message, `Type` in a send.
    pub(crate) fn msg_type(self) -> u64 {
        match self {
            Self::Image => 3,
            Self::Emoticon => 47,
            Self::Video => 43,
        }
    }
}

/// CreateTime of the first message, in Unix seconds; each further one is a minute later.
const FIRST_CREATE_TIME: u64 = 1_700_000_000;

/// One message of the account, sent or received.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Message {
    /// Up to 20 digits.
    pub msg_id: String,
    /// Who sent it.
    pub from_user_name: String,
    /// Who gets it.
    pub to_user_name: String,
    /// 3 image, 47 emoticon, 43 video.
    pub msg_type: u64,
    /// As the page gets it: escaped, with `<br/>` for line ends, or opaque.
    pub content: String,
    status: u8,
    img_status: u8,
    /// Unix seconds.
    pub create_time: u64,
    /// Of the thumbnail.
    pub img_height: u32,
    /// Of the thumbnail.
    pub img_width: u32,
    /// The key under which this account sent it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_msg_id: Option<String>,
    /// The picture itself.
    #[serde(skip)]
    pub picture: Arc<Picture>,
}

impl Message {
    /// The message at that place of its list, which says when it was written.
    pub(crate) fn new(msg_id: String, position: usize, letter: Letter) -> Self {
        let Letter { kind, from, to, content, picture, client_msg_id } = letter;
        let (img_width, img_height) = picture.thumbnail_size();
        Self {
            msg_id,
            from_user_name: from,
            to_user_name: to,
            msg_type: kind.msg_type(),
            content,
            status: 3,
            img_status: 2,
            create_time: FIRST_CREATE_TIME + 60 * position as u64,
            img_height,
            img_width,
            client_msg_id,
            picture,
        }
    }
}

/// A message on its way into a list.
pub(crate) struct Letter {
    pub(crate) kind: Kind,
    pub(crate) from: String,
    pub(crate) to: String,
    pub(crate) content: String,
    pub(crate) picture: Arc<Picture>,
    pub(crate) client_msg_id: Option<String>,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Messages {
    /// Oldest first.
    list: Vec<Message>,
    /// Position in `list`, by ClientMsgId.
    sent: BTreeMap<String, usize>,
}

impl Messages {
    pub(crate) fn add(&mut self, ids: &mut Ids, letter: Letter) -> &Message {
        let position = self.list.len();
        if let Some(id) = &letter.client_msg_id {
            self.sent.insert(id.clone(), position);
        }
        self.list.push(Message::new(ids.msg_id(), position, letter));
        &self.list[position]
    }

    pub(crate) fn all(&self) -> &[Message] {
        &self.list
    }

    pub(crate) fn by_msg_id(&self, msg_id: &str) -> Option<&Message> {
        self.list.iter().find(|message| message.msg_id == msg_id)
    }

    /// The message that this account sent under that key.
    pub(crate) fn sent_as(&self, client_msg_id: &str) -> Option<&Message> {
        self.sent.get(client_msg_id).map(|position| &self.list[*position])
    }
}
