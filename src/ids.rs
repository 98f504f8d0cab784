//! The ids that a client makes up, and what the service's look like. Time and randomness come in as values; what goes out never repeats
//! within one page.

use serde::Serialize;

use crate::error::{Error, Result};
use crate::json::{Plain, Read, Unreadable, Value};
use crate::prelude::*;

/// Random digits for an id: `random` is 0 ≤ n < 1.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss)]
fn digits(random: f64, count: u32) -> u64 {
    let limit = 10_u64.pow(count);
    ((random.clamp(0.0, 1.0) * limit as f64) as u64).min(limit - 1)
}

/// `e` and 15 digits, as the page makes it (docs/protocol.md, "Session").
pub fn device_id(random: f64) -> String {
    format!("e{:015}", digits(random, 15))
}

/// Four letters, as the File Transfer Helper's uploads have them in their query (docs/protocol.md, "File Transfer Helper").
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
pub(crate) fn letters(random: f64) -> String {
    const LETTERS: &[u8; 52] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    let number = (random.clamp(0.0, 1.0) * 7_311_615.0) as usize;
    [140_608, 2_704, 52, 1].map(|place| char::from(LETTERS[number / place % 52])).into_iter().collect()
}

/// `e` and 15 digits: the form that [`device_id`] gives.
pub(crate) fn is_device_id(text: &str) -> bool {
    text.strip_prefix('e').is_some_and(|rest| rest.len() == 15 && rest.bytes().all(|b| b.is_ascii_digit()))
}

/// The service's id of a message: 1 to 20 digits, which no double holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MsgId(String);

impl MsgId {
    /// Trims. `None` for what is not 1 to 20 digits.
    pub fn new(digits: &str) -> Option<Self> {
        let digits = digits.trim();
        let is_id = (1..=20).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
        is_id.then(|| Self(digits.to_owned()))
    }

    /// The digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// `ClientMediaId`: milliseconds since the epoch, 13 digits, one for each file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct ClientMediaId(u64);

impl ClientMediaId {
    /// Refuses what has not 13 digits.
    pub fn new(ms: u64) -> Result<Self> {
        match ms.checked_ilog10() {
            Some(12) => Ok(Self(ms)),
            _ => Err(Error::invalid_input("clientMediaId: expected a time in milliseconds, 13 digits")),
        }
    }

    /// The number on the wire.
    pub fn get(self) -> u64 {
        self.0
    }
}

impl Plain for ClientMediaId {
    fn read(object: Value<'_>, key: &str) -> Read<Self> {
        Self::new(object.required_number(key)?).map_err(|_| Unreadable::Other)
    }
}

/// The counters behind ids that must not repeat.
#[derive(Clone, Debug, Default)]
pub struct Ids {
    media: Times,
    messages: Times,
    behind_ms: u64,
    files: u32,
    requests: u64,
}

/// The times of 13 digits, of September 2001 and of November 2286: a clock outside them is wrong.
const FIRST_MS: u64 = 1_000_000_000_000;
const LAST_MS: u64 = 9_999_999_999_999;

/// How far the ids of a page may lie behind its clock: a minute, as many clocks do.
const MOST_BEHIND_MS: f64 = 60_000.0;

/// Milliseconds, each given once.
#[derive(Clone, Debug, Default)]
struct Times {
    last_ms: u64,
}

impl Times {
    /// Now, or the millisecond behind the last one given: two files begun in the same millisecond get different times, and a clock that
    /// is set back does not bring old ones again.
    fn fresh(&mut self, now_ms: u64) -> u64 {
        self.last_ms = now_ms.max(self.last_ms + 1).clamp(FIRST_MS, LAST_MS);
        self.last_ms
    }
}

impl Ids {
    /// Counters whose times lie a random part of a minute behind the clock. Two copies of the package that start in the same millisecond,
    /// in two tabs or beside the page's own code, give different ids. `random` is 0 ≤ n < 1.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    pub fn of_a_copy(random: f64) -> Self {
        Self { behind_ms: (random.clamp(0.0, 1.0) * MOST_BEHIND_MS) as u64, ..Self::default() }
    }

    /// `ClientMediaId`: the time in milliseconds, 13 digits, one for each file.
    pub fn client_media_id(&mut self, now_ms: u64) -> ClientMediaId {
        ClientMediaId(self.media.fresh(now_ms.saturating_sub(self.behind_ms)))
    }

    /// `ClientMsgId` and `LocalID`, one for each message: the time in milliseconds, 0, and three random digits, as the page makes it
    /// (docs/protocol.md, "Send").
    pub fn client_msg_id(&mut self, now_ms: u64, random: f64) -> String {
        let time = self.messages.fresh(now_ms.saturating_sub(self.behind_ms));
        format!("{time:013}{:04}", digits(random, 3))
    }

    /// A number for a request, one for each.
    pub(crate) fn request(&mut self) -> u64 {
        self.requests += 1;
        self.requests
    }

    /// `WU_FILE_<n>`: n counts the files of one page.
    pub fn file_id(&mut self) -> String {
        let id = format!("WU_FILE_{}", self.files);
        self.files += 1;
        id
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms() {
        assert_eq!(device_id(0.426_626_750_347_587), "e426626750347587");
        assert_eq!(device_id(0.0), "e000000000000000");
        assert_eq!(device_id(0.999_999_999_999_999_9).len(), 16);
        assert!(is_device_id("e426626750347587"));
        for bad in ["", "e", "426626750347587", "e42662675034758", "e42662675034758x"] {
            assert!(!is_device_id(bad), "{bad}");
        }
        assert_eq!([0.0, 0.5, 1.0].map(letters), ["aaaa", "zZZZ", "ZZZZ"]);
        let mut ids = Ids::default();
        assert_eq!(ids.client_msg_id(1_511_493_942_795, 0.364), "15114939427950364");
        assert_eq!(ids.client_msg_id(1_511_493_942_796, 0.999_999), "15114939427960999", "the 14th digit is 0");
        assert_eq!(ids.file_id(), "WU_FILE_0");
        assert_eq!(ids.file_id(), "WU_FILE_1");
    }

    #[test]
    fn copies_that_start_together_give_different_ids() {
        let now_ms = 1_700_000_000_000;
        let first_of = |random| Ids::of_a_copy(random).client_media_id(now_ms).get();
        assert_eq!(first_of(0.0), now_ms);
        assert_eq!(first_of(0.25), now_ms - 15_000);
        assert_eq!(first_of(1.0), now_ms - 60_000);
        assert_eq!(Ids::of_a_copy(0.25).client_msg_id(now_ms, 0.5), "16999999850000500");
        assert_eq!(Ids::of_a_copy(0.5).client_media_id(5).get(), FIRST_MS, "a clock without a date");
    }

    #[test]
    fn the_same_millisecond_is_never_given_twice() {
        let mut ids = Ids::default();
        assert_eq!(ids.client_media_id(1_700_000_000_000).get(), 1_700_000_000_000);
        assert_eq!(ids.client_media_id(1_700_000_000_000).get(), 1_700_000_000_001);
        assert_eq!(ids.client_msg_id(1_700_000_000_000, 0.5), "17000000000000500", "messages count for themselves");
        assert_eq!(ids.client_msg_id(1_700_000_000_000, 0.5), "17000000000010500");
        assert_eq!(ids.client_media_id(1_699_999_999_000).get(), 1_700_000_000_002, "a clock set back by a second");
        assert_eq!(ids.client_media_id(1_600_000_000_000).get(), 1_700_000_000_003, "and by years");
    }
}
