//! How a list is worked through: how much at once, and how fast.

use crate::error::{Error, Result, TOO_OFTEN_WAIT_MS};
use crate::prelude::*;

/// The most images of a list that are uploaded at once.
const MOST_PICTURES: usize = 2;

/// The pace of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// Images that are uploaded at once.
    pub pictures: Pictures,
    /// The least time from one message to the next, in milliseconds.
    pub min_interval_ms: u32,
    /// The least time from the end of a list by "too often" to the first request of the next list of the same client, in
    /// milliseconds; default [`TOO_OFTEN_WAIT_MS`].
    pub after_too_often_ms: u32,
}

/// Images of a list that are uploaded at once: 1 or 2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pictures(usize);

impl Pictures {
    /// 1 or 2.
    pub fn new(pictures: u64) -> Result<Self> {
        match usize::try_from(pictures) {
            Ok(pictures @ 1..=MOST_PICTURES) => Ok(Self(pictures)),
            _ => Err(Error::invalid_input(format!("pictures: expected an integer from 1 to {MOST_PICTURES}"))),
        }
    }

    /// Images.
    pub fn get(self) -> usize {
        self.0
    }
}

impl Default for Pace {
    fn default() -> Self {
        let pictures = Pictures(MOST_PICTURES);
        Self { pictures, min_interval_ms: 0, after_too_often_ms: TOO_OFTEN_WAIT_MS }
    }
}
