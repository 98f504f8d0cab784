//! What a client remembers from one job to the next: messages that may be out although nobody has a receipt, so that a retry
//! is no second message; and when the service said "too often".

use core::fmt;

use crate::error::Error;
use crate::http::to_json;
use crate::json::{FromJson, Read, Value, plain};
use crate::prelude::*;
use crate::session::Receiver;

/// The messages of one client that are being sent, or whose answer was lost.
///
/// To send the same media to the same receiver again after a lost answer means the same message, so it goes out under the same
/// `ClientMsgId`. While a message is being sent, another call for the same media means another message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Messages {
    list: Vec<Message>,
    /// Counts the changes.
    revision: u64,
    /// When the service last ended a list with "too often", in elapsed milliseconds.
    too_often_ms: Option<u64>,
}

plain! {
    /// One of them.
    #[derive(Clone, PartialEq, Eq)]
    struct Message {
        /// What is sent: a MediaId, or a received content.
        what as "what": String,
        /// Whom it goes to.
        to as "to": Receiver,
        /// Its id on the wire.
        client_msg_id as "id": String,
        /// Whether a call is sending it now.
        is_being_sent as "isBeingSent": bool,
        /// Whether an earlier call may have delivered it.
        may_be_out as "mayBeOut": bool,
    }
}

impl Messages {
    /// Changes whenever a message does.
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// As plain data, to be kept where a stop of the program does not reach it. It holds no credentials.
    pub fn to_json(&self) -> String {
        to_json(&self.list)
    }

    /// A list has ended with "too often".
    pub(super) fn too_often(&mut self, elapsed_ms: u64) {
        self.too_often_ms = Some(elapsed_ms);
    }

    /// When a list last ended with "too often", in elapsed milliseconds.
    pub(super) fn too_often_ms(&self) -> Option<u64> {
        self.too_often_ms
    }

    /// Begins a message: under the id of one that may be out and that nobody is sending, else under a `fresh` one.
    pub(super) fn begin(&mut self, what: &str, to: &Receiver, fresh: impl FnOnce() -> String) -> String {
        self.revision += 1;
        let known = |message: &&mut Message| message.what == what && message.to == *to && !message.is_being_sent;
        if let Some(message) = self.list.iter_mut().find(known) {
            message.is_being_sent = true;
            return message.client_msg_id.clone();
        }
        let client_msg_id = fresh();
        self.list.push(Message {
            what: what.to_owned(),
            to: to.clone(),
            client_msg_id: client_msg_id.clone(),
            is_being_sent: true,
            may_be_out: false,
        });
        client_msg_id
    }

    /// There is a receipt.
    pub(super) fn delivered(&mut self, client_msg_id: &str) {
        self.revision += 1;
        self.list.retain(|message| message.client_msg_id != client_msg_id);
    }

    /// The call failed. The error says whether the message may be out, by this call or by one before it; one that cannot be is
    /// forgotten.
    pub(super) fn failed(&mut self, client_msg_id: &str, error: Error) -> Error {
        let Some(at) = self.list.iter().position(|message| message.client_msg_id == client_msg_id) else {
            return error;
        };
        self.revision += 1;
        let message = &mut self.list[at];
        message.is_being_sent = false;
        message.may_be_out |= error.may_have_arrived();
        let may_be_out = message.may_be_out;
        if !may_be_out {
            self.list.swap_remove(at);
        }
        error.of_a_message(may_be_out)
    }

    /// The call was aborted. What had not left, and was not out before, is forgotten.
    pub(super) fn aborted(&mut self, client_msg_id: &str, has_left: bool) {
        self.revision += 1;
        if let Some(message) = self.list.iter_mut().find(|message| message.client_msg_id == client_msg_id) {
            message.is_being_sent = false;
            message.may_be_out |= has_left;
        }
        self.list.retain(|message| message.is_being_sent || message.may_be_out);
    }
}

/// From [`Messages::to_json`] of a program that ended: what was being sent may be out.
impl FromJson for Messages {
    const KEYS: &'static [&'static [&'static str]] = Message::KEYS;

    fn of(value: Value<'_>) -> Read<Self> {
        let mut list: Vec<Message> = value.list()?;
        for message in &mut list {
            message.may_be_out |= core::mem::take(&mut message.is_being_sent);
        }
        Ok(Self { list, ..Self::default() })
    }
}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.client_msg_id)
    }
}
