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
mod job;

// The network.
mod fetch;
mod xhr;

mod transport;

// Pictures out, and in.
mod source;

mod download;

// What is exported.
mod client;
mod functions;
mod gateway;
mod page;

/// Half the size of the standard library's.
#[global_allocator]
static MEMORY: rlsf::SmallGlobalTlsf = rlsf::SmallGlobalTlsf::new();
