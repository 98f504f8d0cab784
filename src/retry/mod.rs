//! Whether and when a request is tried again. A pure policy: the shell only waits.

mod date;

use crate::error::{Error, Result};
use crate::http::DEFAULT_TIMEOUT;

/// How often and how soon.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RetryPolicy {
    /// Tries of one request after its first.
    pub limit: u32,
    /// Milliseconds before the first of them; doubled each time.
    pub delay: u32,
    /// Milliseconds that no wait exceeds.
    pub max_delay: u32,
}

/// Milliseconds. A platform's timer fires at once when it is set for longer.
pub const LONGEST_TIMER: u32 = i32::MAX.unsigned_abs();

impl Default for RetryPolicy {
    fn default() -> Self {
        Self { limit: 3, delay: 500, max_delay: 10_000 }
    }
}

/// How requests are sent.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Terms {
    /// When a request is tried again.
    pub retry: RetryPolicy,
    /// Milliseconds that a request has for its answer, or a picture for its next bytes.
    pub timeout_ms: u32,
}

impl Default for Terms {
    fn default() -> Self {
        Self { retry: RetryPolicy::default(), timeout_ms: DEFAULT_TIMEOUT }
    }
}

/// The tries of one request.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tries {
    failed: u32,
    may_have_arrived: bool,
}

impl Tries {
    /// Counts a failure. Returns the milliseconds to wait before the next retry, or the error when there is none: because it is not
    /// transient, or because the tries are used up. `random` (0 ≤ n < 1) spreads the waits over 50-100 % of their length, so that many
    /// clients do not come back at once. `retry_after` is the answer's own header, and `date_ms` the time for one that is a date. The
    /// error says whether any try may have arrived.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    pub fn after(
        &mut self,
        error: Error,
        policy: &RetryPolicy,
        retry_after: Option<&str>,
        date_ms: u64,
        random: f64,
    ) -> Result<u32> {
        self.may_have_arrived |= error.may_have_arrived();
        if !error.retryable() || self.failed >= policy.limit {
            return Err(error.with_may_have_arrived(self.may_have_arrived));
        }
        let doubled = policy.delay.saturating_mul(2_u32.saturating_pow(self.failed)).min(policy.max_delay);
        self.failed += 1;
        let jittered = (f64::from(doubled) * (0.5 + random.clamp(0.0, 1.0) / 2.0)) as u32;
        let asked_ms = retry_after.and_then(|header| date::retry_after_ms(header, date_ms)).unwrap_or_default();
        let asked_ms = u32::try_from(asked_ms).unwrap_or(u32::MAX);
        Ok(jittered.max(asked_ms).min(policy.max_delay).min(LONGEST_TIMER))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{ErrorKind, Place};
    use crate::prelude::*;

    fn transient() -> Error {
        Error::transient(ErrorKind::Network, Place::at("webwxsendmsgimg"), "cut")
    }

    #[test]
    fn waits_double_up_to_the_cap_and_then_the_error_comes_back() {
        let policy = RetryPolicy { limit: 4, delay: 500, max_delay: 3000 };
        let mut attempts = Tries::default();
        let waits: Vec<_> = (0..5).map(|_| attempts.after(transient(), &policy, None, 0, 1.0)).collect();
        assert_eq!(waits, [Ok(500), Ok(1000), Ok(2000), Ok(3000), Err(transient().with_may_have_arrived(true))]);
    }

    #[test]
    fn jitter_takes_up_to_half_off() {
        let policy = RetryPolicy::default();
        assert_eq!(Tries::default().after(transient(), &policy, None, 0, 0.0), Ok(250));
        assert_eq!(Tries::default().after(transient(), &policy, None, 0, 0.5), Ok(375));
    }

    #[test]
    fn what_the_server_asks_for_counts_up_to_the_cap() {
        let policy = RetryPolicy::default();
        assert_eq!(Tries::default().after(transient(), &policy, Some("4"), 0, 0.0), Ok(4_000));
        assert_eq!(Tries::default().after(transient(), &policy, Some("18446744073709551615"), 0, 0.0), Ok(10_000));
    }

    #[test]
    fn some_errors_are_final_at_once() {
        for ret in [1, -2, -14, 1100, 1101, 1102, 1105, 1200, 1203, 1204, 1205] {
            let error = Error::from_ret(Place::at("webwxuploadmedia"), ret);
            assert_eq!(Tries::default().after(error.clone(), &RetryPolicy::default(), None, 0, 0.5), Err(error));
        }
        assert!(
            Tries::default().after(Error::from_ret(Place::at("x"), -1), &RetryPolicy::default(), None, 0, 0.5).is_ok()
        );
    }

    #[test]
    fn no_limit_no_second_try() {
        let policy = RetryPolicy { limit: 0, ..RetryPolicy::default() };
        assert_eq!(
            Tries::default().after(transient(), &policy, None, 0, 0.5),
            Err(transient().with_may_have_arrived(true))
        );
    }
}
