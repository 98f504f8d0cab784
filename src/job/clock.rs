//! The two clocks that a driver has.

/// A moment, in milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Now {
    /// Since the epoch. It goes into ids; a user may set it back.
    pub date_ms: u64,
    /// Since any moment, by a clock that only goes forward. Waits and timeouts are told by it.
    pub elapsed_ms: u64,
}
