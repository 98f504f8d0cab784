//! wasm-bindgen's glue between the module and JavaScript: what src/npm needs of it is put in, and its long names are cut short.
//!
//! All of it goes by what the glue says word for word. Where it says that no more, the build fails.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use walrus::Module;

/// What the glue says, and what it shall say.
const AMENDMENTS: [(&str, &str); 6] = [
    // A trap in a closure is to come to us.
    ("return f(a, state.b, ...args);", "return reenter(() => f(a, state.b, ...args));"),
    // A late answer to a stopped module has nobody to go to: as an exception in a promise's callback it would be an
    // unhandled rejection, which ends a Node process.
    ("throw new Error('Cannot invoke closure from previous WASM instance');", "return;"),
    // The JavaScript build's memory is another one after it grew, and the old one does not know.
    (
        "cachedDataViewMemory0.buffer.detached === true || (cachedDataViewMemory0.buffer.detached === undefined && cachedDataViewMemory0.buffer !== wasm.memory.buffer)",
        "cachedDataViewMemory0.buffer !== wasm.memory.buffer",
    ),
    ("cachedUint8ArrayMemory0.byteLength === 0", "cachedUint8ArrayMemory0.buffer !== wasm.memory.buffer"),
    (
        "return decodeText(getUint8ArrayMemory0().subarray(ptr, ptr + len));",
        "const bytes = getUint8ArrayMemory0();\n    return shortText(bytes, ptr, len) ?? decodeText(bytes.subarray(ptr, ptr + len));",
    ),
    // The fresh start calls the module's start function also where the module has none.
    ("wasm.__wbindgen_start();", "wasm.__wbindgen_start?.();"),
];

/// What 64-bit integers that the module hands out become: the JavaScript build has them in two halves.
const INTEGERS: [(&str, &str); 2] = [
    (
        "// Cast intrinsic for `I64 -> Externref`.\n            const ret = arg0;",
        "const ret = int64(arg0, arguments[1]);",
    ),
    ("BigInt.asUintN(64, arg0)", "BigInt.asUintN(64, int64(arg0, arguments[1]))"),
];

/// The names that the amended glue uses, and its engine in the place of the global of that name.
const IMPORTS: &str = "import { reenter } from \"./door.js\";\nimport { engine as WebAssembly, int64 } from \"./engine.js\";\nimport { shortText } from \"./text.js\";\n";

/// Puts into the glue what src/npm needs: to start a stopped module afresh (door.js), and to run on either engine
/// (engine.js).
pub(crate) fn amend(glue: &Path) -> Result<()> {
    let mut script = fs::read_to_string(glue)?;
    for (theirs, ours) in AMENDMENTS {
        // The glue has closures only if the module gives any out; but those that it has must be known.
        if script.contains("MutClosure(") && !script.contains(theirs) {
            bail!("the glue has changed: it does not say `{theirs}` any more");
        }
        script = script.replace(theirs, ours);
    }
    for (theirs, ours) in INTEGERS {
        script = script.replace(theirs, ours);
    }
    Ok(fs::write(glue, format!("{IMPORTS}{script}"))?)
}

/// Gives the module's imports, and the exports by which JavaScript calls its closures, names of a letter or two, in the module and in its
/// glue. The glue's own names for them end in 16 hex digits each, which no server can compress.
pub(crate) fn shorten(wasm: &Path, glue: &Path) -> Result<()> {
    let mut module = Module::from_file(wasm)?;
    let mut script = fs::read_to_string(glue)?;
    for (index, import) in module.imports.iter_mut().enumerate() {
        let name = letters(index);
        script =
            replaced(&script, &format!("        {}: function(", import.name), &format!("        {name}: function("))
                .with_context(|| format!("import {}", import.name))?;
        import.name = name;
        "_".clone_into(&mut import.module);
    }
    script = replaced(&script, "\"./webwx_image_bg.js\": import0", "_: import0")?;
    let closures = module.exports.iter_mut().filter(|export| export.name.contains("__invoke__"));
    for (index, export) in closures.enumerate() {
        let name = format!("on_{}", letters(index));
        script = replaced(&script, &format!("wasm.{}(", export.name), &format!("wasm.{name}("))
            .with_context(|| format!("export {}", export.name))?;
        export.name = name;
    }
    fs::write(wasm, module.emit_wasm())?;
    Ok(fs::write(glue, script)?)
}

fn replaced(script: &str, from: &str, to: &str) -> Result<String> {
    if !script.contains(from) {
        bail!("the glue has changed: it does not say `{from}` any more");
    }
    Ok(script.replace(from, to))
}

/// a, b, … z, ba, bb, …
fn letters(mut index: usize) -> String {
    let mut letters = Vec::new();
    loop {
        letters.push(char::from(b'a' + u8::try_from(index % 26).unwrap_or_default()));
        index /= 26;
        if index == 0 {
            return letters.into_iter().rev().collect();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_short_and_each_another() {
        let names: Vec<String> = (0..1000).map(letters).collect();
        let distinct: std::collections::HashSet<_> = names.iter().collect();
        assert!(distinct.len() == 1000 && names.iter().all(|name| name.len() <= 3));
    }
}
