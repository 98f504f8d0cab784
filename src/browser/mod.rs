//! The shell: the only code that knows a browser. Value in → core → fetch → core → value out.

// What is exported to JavaScript has to be `pub`, and nothing in Rust reaches it.
#![allow(unreachable_pub)]

// What JavaScript has: values of others, values of ours, a caller's options.
mod foreign;

mod values;

mod error;
mod options;

// What a job works with.
mod blob;
mod clock;
mod state;

// The network.
mod fetch;
mod inbox;
mod xhr;

// Bytes of a picture, and requests for them.
mod source;

mod arrival;

mod transport;

mod open;

mod convert;

mod sources;

// Those who hear of a job, and who drives it.
mod form;
mod listener;

mod driver;

mod job;
mod picture;

// What is exported.
mod client;
mod functions;
mod gateway;
mod page;

/// 2.6 kB of gzip less than the standard library's, and like that one it joins memory that was given back with what it gets again:
/// else each picture that is a little larger than those before would take memory of its own.
#[global_allocator]
static MEMORY: talc::wasm::WasmDynamicTalc = talc::wasm::new_wasm_dynamic_allocator();
