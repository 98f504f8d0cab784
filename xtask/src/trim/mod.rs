//! What the compiled module carries and nobody hears: the words of its panics, and all that only they need.
//!
//! ```text
//! names of functions ──▶ traps in their place ──▶ what leads to them cut off ──▶ what nothing reaches swept out
//!                                                       traps.rs           relocations.rs, sweep.rs
//! ```

mod relocations;
mod sweep;
mod traps;

use std::collections::HashSet;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use rustc_demangle::demangle;
use walrus::{FunctionId, Module, ValType};

use relocations::Relocations;

/// Functions that only prepare a panic or write its message. The module has no console: a panic is heard as the
/// trap at its end, and `src/npm/door.js` makes the error of that. So each of them may trap at once.
const PANICKING: [&str; 14] = [
    "alloc::alloc::handle_alloc_error",
    "alloc::raw_vec::capacity_overflow",
    "alloc::raw_vec::handle_error",
    "core::cell::panic_",
    "core::option::expect_failed",
    "core::option::unwrap_failed",
    "core::panicking::",
    "core::result::unwrap_failed",
    "core::slice::copy_from_slice_impl::len_mismatch_fail",
    "core::slice::index::slice_index_fail",
    "core::str::slice_error_fail",
    "std::panicking::",
    "std::process::abort",
    "std::thread::local::panic_access_error",
];

/// Nothing that the module says is written by this trait: it is for tests, for panics, and for errors of libraries that nobody reads. It
/// shall write nothing, and say that it went well.
const DEBUG: [&str; 2] = [" as core::fmt::Debug>::fmt", "::<impl core::fmt::Debug for "];

/// Lets every panic of a compiled module trap where it stands, takes the words from `Debug`, and from the data what only
/// they needed. What nothing calls any more goes later, with wasm-opt.
pub(crate) fn silence(compiled: &Path) -> Result<Vec<u8>> {
    let linked = fs::read(compiled)?;
    let mut module = Module::from_buffer(&linked)?;
    let functions: Vec<FunctionId> = module.funcs.iter_local().map(|(id, _)| id).collect();
    let mut trapping = HashSet::new();
    for id in functions {
        let name = format!("{:#}", demangle(module.funcs.get(id).name.as_deref().unwrap_or_default()));
        // Whatever else bears such a name and gives something back, or nothing, is another function, and stays.
        match module.types.get(module.funcs.get(id).ty()).results() {
            [ValType::I32] if is_debug(&name) => traps::replace(&mut module, id, |body| {
                body.i32_const(0);
            }),
            [] if is_panicking(&name) => {
                traps::put(&mut module, id);
                trapping.insert(id);
            }
            _ => {}
        }
    }
    if trapping.len() < PANICKING.len() {
        bail!("only {} functions of panics were found in the module: are their names gone?", trapping.len());
    }
    traps::cut(&mut module, trapping);
    traps::forget_arguments(&mut module);
    sweep::sweep(&mut module, &Relocations::of(&linked)?)?;
    for section in ["linking", "reloc.CODE", "reloc.DATA"] {
        module.customs.remove_raw(section).with_context(|| format!("the linker has left no section {section}"))?;
    }
    Ok(module.emit_wasm())
}

fn is_debug(name: &str) -> bool {
    name.ends_with(DEBUG[0]) || name.contains(DEBUG[1])
}

fn is_panicking(name: &str) -> bool {
    PANICKING.iter().any(|panicking| name.starts_with(panicking))
}
