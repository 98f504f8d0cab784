//! Every choice of a run, from its seed.

use crate::chance::Chance;

/// A seed's throws, in their order.
pub(crate) struct Dice(Chance);

impl Dice {
    /// Seeds lie side by side; what they throw does not.
    pub(crate) fn new(seed: u64) -> Self {
        let mut chance = Chance(seed);
        Self(Chance(chance.next()))
    }

    /// 0 to `most`.
    pub(crate) fn up_to(&mut self, most: u64) -> u64 {
        self.0.up_to(most)
    }

    /// An index of a list of so many.
    pub(crate) fn below(&mut self, count: usize) -> usize {
        usize::try_from(self.0.next() % count as u64).expect("it was one")
    }

    /// True once in so many throws.
    pub(crate) fn one_in(&mut self, count: u64) -> bool {
        self.0.next().is_multiple_of(count)
    }

    /// One of the list.
    pub(crate) fn pick<T: Copy>(&mut self, list: &[T]) -> T {
        list[self.below(list.len())]
    }

    /// 0 ≤ n < 1.
    pub(crate) fn fraction(&mut self) -> f64 {
        self.0.fraction()
    }
}
