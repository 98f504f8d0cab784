//! Names and numbers that the world gives out: seeded, so that every run is the same.

use crate::picture::md5_hex;

/// 2^63: what a signed 64-bit number cannot hold, and no double holds exactly.
const BEYOND_SIGNED: u64 = 1 << 63;

#[derive(Clone, Debug)]
pub(crate) struct Ids {
    /// State of a SplitMix64 generator.
    state: u64,
    messages: u64,
}

impl Ids {
    pub(crate) fn new(seed: u64) -> Self {
        Self { state: seed, messages: 0 }
    }

    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// `digits` lower-case hex digits.
    pub(crate) fn hex(&mut self, digits: usize) -> String {
        let words = digits.div_ceil(16);
        let mut text: String = (0..words).map(|_| hex::encode(self.next().to_be_bytes())).collect();
        text.truncate(digits);
        text
    }

    /// `@crypt_<8 hex>_<long hex>`.
    pub(crate) fn media_id(&mut self) -> String {
        format!("@crypt_{}_{}", self.hex(8), self.hex(640))
    }

    /// 19 or 20 digits; every second one is beyond 2^63.
    pub(crate) fn msg_id(&mut self) -> String {
        let (lowest, span) = if self.messages.is_multiple_of(2) {
            (1_000_000_000_000_000_000, 8_000_000_000_000_000_000)
        } else {
            (BEYOND_SIGNED, u64::MAX - BEYOND_SIGNED)
        };
        self.messages += 1;
        (lowest + self.next() % span).to_string()
    }
}

/// A UUID made of a text, for names that have to stay the same.
pub(crate) fn uuid(text: &str) -> String {
    let digits = md5_hex(text.as_bytes());
    [&digits[..8], &digits[8..12], &digits[12..16], &digits[16..20], &digits[20..]].join("-")
}

#[cfg(test)]
mod tests {
    use super::Ids;

    #[test]
    fn message_ids_pass_what_a_double_holds() {
        let mut ids = Ids::new(1);
        let given: Vec<String> = (0..40).map(|_| ids.msg_id()).collect();
        assert!(given.iter().all(|id| matches!(id.len(), 19 | 20)), "{given:?}");
        assert!(given.iter().any(|id| id.parse::<i64>().is_err()));
        assert!(given.iter().any(|id| id.len() == 20));
    }

    #[test]
    fn a_seed_gives_the_same_names() {
        assert_eq!(Ids::new(7).media_id(), Ids::new(7).media_id());
        assert_ne!(Ids::new(7).media_id(), Ids::new(8).media_id());
    }
}
