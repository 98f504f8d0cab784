//! The image pipeline of WeChat Web.
#[cfg(target_arch = "wasm32")]
mod browser;
