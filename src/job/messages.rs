//! Messages that may be out although nobody has a receipt: what keeps a second try from being a second message.

use core::fmt;

use crate::error::Error;
use crate::prelude::*;
use crate::session::Receiver;

/// The messages of one client that are being sent, or whose answer was lost.
///
/// To send the same media to the same receiver again after a lost answer means the same message, so it goes out under the same
/// `ClientMsgId`. While a message is being sent, another call for the same media means another message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Messages {
    list: Vec<Message>,
}

#[derive(Clone, PartialEq, Eq)]
struct Message {
    /// What is sent: a MediaId, or a received content.
    what: String,
    to: Receiver,
    client_msg_id: String,
    /// A call is sending it now.
    is_being_sent: bool,
    /// An earlier call may have delivered it.
    may_be_out: bool,
}

impl Messages {
    /// Begins a message: under the id of one that may be out and that nobody is sending, else under a `fresh` one.
    pub(super) fn begin(&mut self, what: &str, to: &Receiver, fresh: impl FnOnce() -> String) -> String {
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
        self.list.retain(|message| message.client_msg_id != client_msg_id);
    }

    /// The call failed. The error says whether the message may be out, by this call or by one before it; one that cannot be is
    /// forgotten.
    pub(super) fn failed(&mut self, client_msg_id: &str, error: Error) -> Error {
        let Some(at) = self.list.iter().position(|message| message.client_msg_id == client_msg_id) else {
            return error;
        };
        let message = &mut self.list[at];
        message.is_being_sent = false;
        message.may_be_out |= error.may_have_arrived();
        let may_be_out = message.may_be_out;
        if !may_be_out {
            self.list.swap_remove(at);
        }
        error.with_may_have_arrived(may_be_out)
    }

    /// The call was aborted. What had not left, and was not out before, is forgotten.
    pub(super) fn aborted(&mut self, client_msg_id: &str, has_left: bool) {
        if let Some(message) = self.list.iter_mut().find(|message| message.client_msg_id == client_msg_id) {
            message.is_being_sent = false;
            message.may_be_out |= has_left;
        }
        self.list.retain(|message| message.is_being_sent || message.may_be_out);
    }
}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.client_msg_id)
    }
}
