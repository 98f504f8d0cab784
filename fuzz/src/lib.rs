//! What libFuzzer runs: the targets of `tests/fuzz/`, which the native harness there runs too.

#[path = "../../tests/fuzz/targets/mod.rs"]
pub mod targets;
