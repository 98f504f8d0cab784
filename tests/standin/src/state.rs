//! What the world remembers, apart from its journal and its faults.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::album::Album;
use crate::check::Check;
use crate::contacts::{Contact, contacts};
use crate::dialect::{Dialect, FILE_HELPER};
use crate::ids::Ids;
use crate::json::Object;
use crate::message::{Letter, Message, Messages};
use crate::phone::Phone;
use crate::picture::Picture;
use crate::received;
use crate::refusal::{Refusal, require};
use crate::session::Session;
use crate::upload::Upload;
use crate::world::Config;

/// What a file went up as: the part `mediatype`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MediaKind {
    Pic,
    Doc,
    Video,
}

impl MediaKind {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Pic => "pic",
            Self::Doc => "doc",
            Self::Video => "video",
        }
    }
}

/// An uploaded file under its MediaId.
#[derive(Clone, Debug)]
pub(crate) struct Media {
    /// False where it is somebody else's and must not be sent at all, but the service does not stop anyone.
    pub(crate) is_own: bool,
    /// `None` where it was not uploaded: the service had it.
    pub(crate) kind: Option<MediaKind>,
    pub(crate) picture: Arc<Picture>,
    /// From webwxcheckupload, for big files.
    pub(crate) signature: Option<String>,
}

impl Media {
    /// Somebody else's picture is not looked at: it can be sent as anything.
    pub(crate) fn is_gif(&self) -> bool {
        self.is_own && self.picture.is_gif()
    }
}

#[derive(Clone, Debug)]
pub(crate) struct State {
    pub(crate) session: Session,
    /// Names that this account may write to; the first is the peer of the open chat.
    pub(crate) contacts: Vec<String>,
    /// The same, as the page's model has them.
    pub(crate) people: Vec<Contact>,
    /// What only the page shows.
    pub(crate) album: Album,
    /// What the File Transfer Helper's page gets to know.
    pub(crate) phone: Phone,
    pub(crate) chunk_size: u64,
    pub(crate) check_over: u64,
    pub(crate) ids: Ids,
    /// By ClientMediaId.
    pub(crate) uploads: BTreeMap<u64, Upload>,
    /// By MediaId.
    pub(crate) media: BTreeMap<String, Media>,
    pub(crate) checks: Vec<Check>,
    pub(crate) messages: Messages,
}

impl State {
    pub(crate) fn new(config: &Config) -> Self {
        let mut ids = Ids::new(config.seed);
        let session = Session::invented(&config.origins.page, &config.origins.file);
        let given = [format!("@{}", ids.hex(64)), format!("@@{}", ids.hex(64)), "filehelper".into()];
        let people = contacts(given, config.seed);
        let contacts: Vec<String> = people.iter().map(|person| person.user_name.clone()).collect();
        let album = Album::new(&people, &session, config.seed);
        let phone = Phone::new(&session, config.seed);
        let mut messages = Messages::default();
        for (kind, content, picture) in received::chat() {
            let (from, to) = (contacts[0].clone(), session.user_name.clone());
            messages.add(&mut ids, Letter { kind, from, to, content, picture, client_msg_id: None, attachment: None });
        }
        let (pasted, picture) = album.pasted.clone();
        let media = Media { is_own: true, kind: Some(MediaKind::Pic), picture, signature: None };
        Self {
            session,
            contacts,
            people,
            album,
            phone,
            chunk_size: config.chunk_size,
            check_over: config.check_over,
            ids,
            uploads: BTreeMap::new(),
            media: BTreeMap::from([(pasted, media)]),
            checks: Vec::new(),
            messages,
        }
    }

    /// The message of that id, in the world's list, in the page's album or on the phone.
    pub(crate) fn message(&self, msg_id: &str) -> Option<&Message> {
        let from_phone = || self.phone.all().iter().find(|message| message.msg_id == msg_id);
        self.messages.by_msg_id(msg_id).or_else(|| self.album.by_msg_id(msg_id)).or_else(from_phone)
    }

    /// `ToUserName` is someone to write to.
    pub(crate) fn check_receiver(&self, dialect: Dialect, request: &Object<'_>) -> Result<String, Refusal> {
        let to = request.filled_string("ToUserName")?;
        require(dialect == Dialect::Web || to == FILE_HELPER, || {
            format!("{}: {to:?}, expected {FILE_HELPER}", request.at("ToUserName"))
        })?;
        if self.contacts.contains(&to) {
            return Ok(to);
        }
        require(to.starts_with('@'), || format!("{}: {to:?} is no @ name", request.at("ToUserName")))?;
        Err(Refusal::new(Refusal::TARGET, format!("{}: not a contact", request.at("ToUserName"))))
    }

    /// A MediaId of somebody else's picture, as the real service has been seen to hand out.
    pub(crate) fn foreign_media_id(&mut self) -> String {
        let media_id = self.ids.media_id();
        let media = Media { is_own: false, kind: None, picture: received::foreign_picture(), signature: None };
        self.media.insert(media_id.clone(), media);
        media_id
    }
}
