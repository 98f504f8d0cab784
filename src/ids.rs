//! The ids that a client makes up, and what the service's look like. Time and chance come in as values; what goes out never repeats
//! within one page.

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

/// `e` and 15 digits: the form that [`device_id`] gives.
pub(crate) fn is_device_id(text: &str) -> bool {
    text.strip_prefix('e').is_some_and(|rest| rest.len() == 15 && rest.bytes().all(|b| b.is_ascii_digit()))
}

/// Up to 20 digits: the service's `MsgID`, which no double holds.
pub(crate) fn is_msg_id(text: &str) -> bool {
    (1..=20).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit())
}

/// The counters behind ids that must not repeat.
#[derive(Clone, Debug, Default)]
pub struct Ids {
    media: Times,
    messages: Times,
    files: u32,
}

/// Milliseconds, each given once.
#[derive(Clone, Debug, Default)]
struct Times {
    last_ms: u64,
}

impl Times {
    /// Now, or the millisecond behind the last one given: two files begun in the same millisecond get different times, and a clock that
    /// is set back does not bring old ones again.
    fn fresh(&mut self, now_ms: u64) -> u64 {
        self.last_ms = now_ms.max(self.last_ms + 1);
        self.last_ms
    }
}

impl Ids {
    /// `ClientMediaId`: the time in milliseconds, 13 digits, one for each file.
    pub fn client_media_id(&mut self, now_ms: u64) -> u64 {
        self.media.fresh(now_ms)
    }

    /// `ClientMsgId` and `LocalID`: the time in milliseconds and four random digits, one for each message.
    pub fn client_msg_id(&mut self, now_ms: u64, random: f64) -> String {
        format!("{:013}{:04}", self.messages.fresh(now_ms), digits(random, 4))
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
        let mut ids = Ids::default();
        assert_eq!(ids.client_msg_id(1_511_493_942_795, 0.0364), "15114939427950364");
        assert_eq!(ids.file_id(), "WU_FILE_0");
        assert_eq!(ids.file_id(), "WU_FILE_1");
    }

    #[test]
    fn the_same_millisecond_is_never_given_twice() {
        let mut ids = Ids::default();
        assert_eq!(ids.client_media_id(1_700_000_000_000), 1_700_000_000_000);
        assert_eq!(ids.client_media_id(1_700_000_000_000), 1_700_000_000_001);
        assert_eq!(ids.client_msg_id(1_700_000_000_000, 0.5), "17000000000005000", "messages count for themselves");
        assert_eq!(ids.client_msg_id(1_700_000_000_000, 0.5), "17000000000015000");
        assert_eq!(ids.client_media_id(1_699_999_999_000), 1_700_000_000_002, "a clock set back by a second");
        assert_eq!(ids.client_media_id(1_600_000_000_000), 1_700_000_000_003, "and by years");
    }
}
