//! What holds over a whole run: ids that are nobody else's, and messages that are what was asked for.

use std::collections::BTreeMap;

use standin::Message;
use webwx_image::error::Error;
use webwx_image::send::Receipt;

use crate::drive::JobId;

/// The call that sends a message: a job, and which source of it.
pub(crate) type By = (JobId, usize);

/// What a call sends, for whom, and what the receiver has to see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Letter {
    /// Whose memory of messages it is in.
    pub(crate) client: u32,
    pub(crate) page: u32,
    /// The MediaId, or the content.
    pub(crate) what: String,
    pub(crate) to: String,
    pub(crate) md5: String,
    pub(crate) msg_type: u64,
}

/// A message that was asked for, by one call or by several.
struct Asked {
    client_msg_id: String,
    letter: Letter,
    /// The call that sends it now.
    by: Option<By>,
    /// A call that has ended may have delivered it.
    is_open: bool,
    /// A call has ended with the word that it is not out.
    is_denied: bool,
    msg_id: Option<String>,
    receipt: Option<String>,
}

/// A call that has been made.
struct Made {
    letter: Letter,
    /// Whether it is a message that was asked for before.
    takes_one: bool,
}

impl Letter {
    /// What one client takes for the same message.
    fn is_same(&self, other: &Self) -> bool {
        (self.client, &self.what, &self.to) == (other.client, &other.what, &other.to)
    }
}

impl Asked {
    /// Whether it may be out although nobody knows, and nobody sends it.
    fn is_free(&self, letter: &Letter) -> bool {
        self.letter.is_same(letter) && self.by.is_none() && self.is_open
    }
}

/// The memory of a run.
#[derive(Default)]
pub(crate) struct Ledger {
    /// Which page gave it.
    media_ids: BTreeMap<u64, u32>,
    /// The one text that belongs to a ClientMediaId.
    requests: BTreeMap<u64, String>,
    asked: Vec<Asked>,
    /// Calls whose request has not left.
    made: BTreeMap<By, Made>,
    /// Messages of the world that have been looked at.
    seen: usize,
    /// The service forgot uploads, or said that it took what it did not take: some of its refusals are its own fault.
    pub(crate) is_service_at_fault: bool,
    /// When a list of a client ended with "too often", in milliseconds of the run.
    pub(crate) too_often_ms: BTreeMap<u32, u64>,
}

impl Ledger {
    /// An upload has a new id.
    pub(crate) fn media_id_given(&mut self, id: u64, page: u32) {
        let before = self.media_ids.insert(id, page);
        assert!(before.is_none(), "ids: ClientMediaId {id} was given twice");
    }

    /// A moment that is in an id of this page, for a clock that is to stand there.
    pub(crate) fn moment_of(&self, page: u32, index: usize) -> Option<u64> {
        let given: Vec<u64> = self.media_ids.iter().filter(|(_, of)| **of == page).map(|(id, _)| *id).collect();
        given.get(index % given.len().max(1)).copied()
    }

    /// An `uploadmediarequest` goes out, for the first time in its upload.
    pub(crate) fn request_goes_out(&mut self, client_media_id: u64, text: &str) {
        let first = self.requests.entry(client_media_id).or_insert_with(|| text.to_owned());
        assert!(first == text, "ids: two uploadmediarequests with ClientMediaId {client_media_id}");
    }

    /// A call is made that sends: how many messages there are of this whose fate nobody knows and that nobody is sending. It is one of
    /// them, if there is any, and else a new one.
    pub(crate) fn call_is_made(&mut self, by: By, letter: &Letter) {
        let open = self.asked.iter().filter(|asked| asked.is_free(letter)).count();
        let ahead = self.made.values().filter(|made| made.takes_one && made.letter.is_same(letter)).count();
        let takes_one = open > ahead;
        self.made.insert(by, Made { letter: letter.clone(), takes_one });
    }

    /// Its request leaves.
    pub(crate) fn call_begins(&mut self, by: By, client_msg_id: &str) {
        let Made { letter, takes_one } = self.made.remove(&by).expect("it was made");
        let asked = self.asked.iter_mut().find(|asked| asked.client_msg_id == client_msg_id);
        if let Some(asked) = asked {
            assert!(takes_one && asked.is_free(&letter), "ids: ClientMsgId {client_msg_id} is another message's");
            asked.by = Some(by);
            return;
        }
        assert!(!takes_one, "delivery: {client_msg_id} is a new id for a message that may be out");
        self.asked.push(Asked {
            client_msg_id: client_msg_id.to_owned(),
            letter,
            by: Some(by),
            is_open: false,
            is_denied: false,
            msg_id: None,
            receipt: None,
        });
    }

    fn sent_by(&mut self, by: By) -> Option<&mut Asked> {
        self.asked.iter_mut().find(|asked| asked.by == Some(by))
    }

    /// A call was told that its message is out.
    pub(crate) fn call_succeeded(&mut self, by: By, receipt: &Receipt) {
        let asked = self.sent_by(by).expect("it began");
        let msg_id = receipt.msg_id.as_str();
        let is_true = asked.msg_id.as_deref() == Some(msg_id) && receipt.local_id == asked.client_msg_id;
        assert!(is_true, "delivery: a receipt {receipt:?} for {}, which is {:?}", asked.client_msg_id, asked.msg_id);
        (asked.by, asked.is_open, asked.receipt) = (None, false, Some(msg_id.to_owned()));
    }

    /// A call was told that its message is not out, or may be. It says so exactly where a try of it, or a call before, leaves that open.
    pub(crate) fn call_failed(&mut self, by: By, error: &Error, is_unsure: bool) {
        let asked = self.sent_by(by).expect("it began");
        let may_be_out = is_unsure || asked.is_open;
        assert!(
            error.message_may_be_out() == Some(may_be_out),
            "delivery: the message may be out: {may_be_out}, and the error says something else: {error}"
        );
        assert!(may_be_out || asked.msg_id.is_none(), "delivery: out, and the error does not tell: {error}");
        (asked.by, asked.is_open, asked.is_denied) = (None, may_be_out, !may_be_out);
    }

    /// A call was aborted, which leaves its message open if its request had left.
    pub(crate) fn call_aborted(&mut self, by: By) {
        self.made.remove(&by);
        if let Some(asked) = self.sent_by(by) {
            (asked.by, asked.is_open) = (None, true);
        }
    }

    /// Looks at the messages that are new in the world.
    pub(crate) fn look_at(&mut self, messages: &[Message]) {
        for message in &messages[self.seen..] {
            let Some(client_msg_id) = &message.client_msg_id else { continue };
            let asked = self.asked.iter_mut().find(|asked| asked.client_msg_id == *client_msg_id);
            let asked = asked.unwrap_or_else(|| panic!("delivery: {client_msg_id} is a message that no call sent"));
            assert!(asked.msg_id.is_none(), "delivery: a second message of one call");
            assert!(!asked.is_denied, "delivery: out, after its call had been told that it is not");
            let (letter, is) = (&asked.letter, (&message.to_user_name, &message.picture.md5, message.msg_type));
            assert!(
                is == (&letter.to, &letter.md5, letter.msg_type),
                "delivery: the message is {is:?}, and {letter:?} was sent"
            );
            asked.msg_id = Some(message.msg_id.clone());
        }
        self.seen = messages.len();
    }

    /// The end of the run. How many messages went out.
    pub(crate) fn check_all(&self, messages: &[Message]) -> usize {
        let sent: Vec<_> = messages.iter().filter_map(|message| message.client_msg_id.as_ref()).collect();
        for asked in &self.asked {
            let count = sent.iter().filter(|id| ***id == asked.client_msg_id).count();
            assert!(count <= 1, "delivery: {count} messages of one call");
            assert!(asked.receipt.is_none() || count == 1, "delivery: a receipt without a message");
            assert!(asked.by.is_none(), "end: a call that sends has no end");
        }
        sent.len()
    }
}
