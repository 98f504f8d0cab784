//! What holds over a whole run: ids that are nobody else's, and messages that are what was asked for.

use std::collections::BTreeMap;

use serde_json::Value;
use standin::Message;
use webwx_image::error::Error;
use webwx_image::send::Receipt;
use webwx_image::upload::FileInfo;

/// A message that was asked for: by one call, or by several of one client that did not know how the first had ended.
struct Asked {
    client_msg_id: String,
    /// Which client, and which MediaId.
    by: (u32, String),
    md5: String,
    to: String,
    is_gif: bool,
    msg_id: Option<String>,
    receipt: Option<String>,
}

/// The memory of a run.
#[derive(Default)]
pub(crate) struct Ledger {
    /// Which page gave it.
    media_ids: BTreeMap<u64, u32>,
    /// Which page gave it.
    client_msg_ids: BTreeMap<String, u32>,
    /// The one text that belongs to a ClientMediaId.
    requests: BTreeMap<u64, String>,
    asked: Vec<Asked>,
    /// Messages of the world that have been looked at.
    seen: usize,
    /// The service forgot uploads, or said that it took what it did not take: some of its refusals are its own fault.
    pub(crate) is_service_at_fault: bool,
}

impl Ledger {
    /// False where another page has given the same id.
    pub(crate) fn media_id_given(&mut self, id: u64, page: u32) -> bool {
        let before = self.media_ids.insert(id, page);
        assert!(before != Some(page), "ids: ClientMediaId {id} was given twice in one page");
        before.is_none()
    }

    /// False where another page has given the same id.
    pub(crate) fn client_msg_id_given(&mut self, id: &str, page: u32) -> bool {
        let before = self.client_msg_ids.insert(id.to_owned(), page);
        assert!(before != Some(page), "ids: ClientMsgId {id} was given twice in one page");
        before.is_none()
    }

    /// A moment that is in an id, for a clock that is to show it again.
    pub(crate) fn moment_of(&self, page: u32, index: usize) -> Option<u64> {
        let given: Vec<u64> = self.media_ids.iter().filter(|(_, of)| **of == page).map(|(id, _)| *id).collect();
        given.get(index % given.len().max(1)).copied()
    }

    /// An `uploadmediarequest` goes out, for the first time in its job.
    pub(crate) fn request_goes_out(&mut self, text: &str) {
        let value: Value = serde_json::from_str(text).expect("JSON");
        let id = value["ClientMediaId"].as_u64().expect("a ClientMediaId");
        let first = self.requests.entry(id).or_insert_with(|| text.to_owned());
        assert!(first == text, "ids: two uploadmediarequests with ClientMediaId {id}");
    }

    /// A call begins to send: a new message, or one whose fate is not known.
    pub(crate) fn call_begins(&mut self, client_msg_id: &str, by: (u32, &str), info: &FileInfo, to: &str) {
        if self.asked.iter().any(|asked| asked.client_msg_id == client_msg_id) {
            return;
        }
        self.asked.push(Asked {
            client_msg_id: client_msg_id.to_owned(),
            by: (by.0, by.1.to_owned()),
            md5: info.md5.clone(),
            to: to.to_owned(),
            is_gif: info.mime == "image/gif",
            msg_id: None,
            receipt: None,
        });
    }

    /// A call was told that its message is out.
    pub(crate) fn call_succeeded(&mut self, receipt: &Receipt) {
        let asked = self.asked.iter_mut().find(|asked| asked.client_msg_id == receipt.local_id);
        let asked = asked.unwrap_or_else(|| panic!("delivery: a receipt for {}, which nobody sent", receipt.local_id));
        let (said, is) = (Some(&receipt.msg_id), asked.msg_id.as_ref());
        assert!(said == is, "delivery: the receipt says {said:?}, the message is {is:?}");
        asked.receipt = Some(receipt.msg_id.clone());
    }

    /// A call was told that its message is not out, or may be.
    pub(crate) fn call_failed(&self, client_msg_id: &str, error: &Error) {
        let is_out = self.asked.iter().any(|asked| asked.client_msg_id == client_msg_id && asked.msg_id.is_some());
        assert!(!is_out || error.may_have_arrived(), "delivery: out, and the error does not tell: {error}");
    }

    /// Looks at the messages that are new in the world.
    pub(crate) fn look_at(&mut self, messages: &[Message]) {
        for message in &messages[self.seen..] {
            let Some(client_msg_id) = &message.client_msg_id else { continue };
            let index = self.asked.iter().position(|asked| asked.client_msg_id == *client_msg_id);
            let index = index.unwrap_or_else(|| panic!("delivery: {client_msg_id} is a message that no call sent"));
            let call = &self.asked[index];
            assert!(call.msg_id.is_none(), "delivery: a second message of one call");
            // The user sends a media again only where there was no receipt.
            let twin =
                self.asked.iter().find(|asked| asked.by == call.by && asked.to == call.to && asked.msg_id.is_some());
            let twin = twin.map(|twin| &twin.client_msg_id);
            assert!(twin.is_none(), "delivery: one media of one client went out as {client_msg_id} and as {twin:?}");
            assert!(
                message.picture.md5 == call.md5 && message.to_user_name == call.to,
                "delivery: the message to {} has the picture {}, the call for {} sent {}",
                message.to_user_name,
                message.picture.md5,
                call.to,
                call.md5
            );
            assert!((message.msg_type == 47) == call.is_gif, "delivery: MsgType {}", message.msg_type);
            self.asked[index].msg_id = Some(message.msg_id.clone());
        }
        self.seen = messages.len();
    }

    /// The end of the run. How many messages went out.
    pub(crate) fn check_all(&self, messages: &[Message]) -> usize {
        let sent: Vec<_> = messages.iter().filter_map(|message| message.client_msg_id.as_ref()).collect();
        for call in &self.asked {
            let count = sent.iter().filter(|id| ***id == call.client_msg_id).count();
            assert!(count <= 1, "delivery: {count} messages of one call");
            assert!(call.receipt.is_none() || count == 1, "delivery: a receipt without a message");
        }
        sent.len()
    }
}
