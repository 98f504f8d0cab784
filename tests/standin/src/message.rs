//! The messages of the account, in the form in which the page is told about them.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Serialize;

use crate::ids::Ids;
use crate::picture::{Picture, md5_hex};

/// What a message carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Image,
    Emoticon,
    Video,
    File,
}

impl Kind {
    /// `MsgType` in a message.
    pub(crate) fn msg_type(self) -> u64 {
        match self {
            Self::Image => 3,
            Self::Emoticon => 47,
            Self::Video => 43,
            Self::File => 49,
        }
    }

    /// `Type` in a send: that of a message, but for a file, where it is the kind of application message.
    pub(crate) fn send_type(self) -> u64 {
        if self == Self::File { ATTACHMENT } else { self.msg_type() }
    }
}

/// `AppMsgType` of a file.
const ATTACHMENT: u64 = 6;

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
    /// 3 image, 47 emoticon, 43 video, 49 file.
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
    /// What a file's message says beside.
    #[serde(flatten)]
    pub attachment: Option<Attachment>,
    /// The picture itself, or whatever else was sent as a file.
    #[serde(skip)]
    pub picture: Arc<Picture>,
}

/// What the page is told about a file that came in a message.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Attachment {
    app_msg_type: u64,
    /// Its name, from the title of the message.
    pub file_name: String,
    /// In bytes, by its digits.
    pub file_size: String,
    /// Under which webwxgetmedia gives it.
    pub media_id: String,
    /// Another name for webwxgetmedia.
    pub encry_file_name: String,
}

impl Attachment {
    pub(crate) fn new(file_name: String, file: &Picture, media_id: String) -> Self {
        let file_size = file.bytes.len().to_string();
        let encry_file_name = md5_hex(media_id.as_bytes());
        Self { app_msg_type: ATTACHMENT, file_name, file_size, media_id, encry_file_name }
    }
}

impl Message {
    /// The message at that place of its list, which says when it was written.
    pub(crate) fn new(msg_id: String, position: usize, letter: Letter) -> Self {
        let Letter { kind, from, to, content, picture, client_msg_id, attachment } = letter;
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
            attachment,
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
    pub(crate) attachment: Option<Attachment>,
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

    /// The newest message with that file.
    pub(crate) fn by_media_id(&self, media_id: &str) -> Option<&Message> {
        let has_it = |message: &&Message| message.attachment.as_ref().is_some_and(|file| file.media_id == media_id);
        self.list.iter().rev().find(has_it)
    }

    /// The message that this account sent under that key.
    pub(crate) fn sent_as(&self, client_msg_id: &str) -> Option<&Message> {
        self.sent.get(client_msg_id).map(|position| &self.list[*position])
    }
}
