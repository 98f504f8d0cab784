//! Patches of wasm-bindgen's glue, the JavaScript between the module and src/npm, for what it has no option for.
//!
//! A patch replaces what the glue says word for word. Where it says that no more, the build fails. Each says what
//! wasm-bindgen would have to offer for the patch to go.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use walrus::Module;

/// What the glue says, and what it says instead.
const PATCHES: [(&str, &str); 9] = [
    // Calls of the module's closures, by events, promises and microtasks, go through the door, which hears of a trap. Goes
    // when there is a hook around these calls.
    ("return f(a, state.b, ...args);", "return reenter(() => f(a, state.b, ...args));"),
    ("return f(state.a, state.b, ...args);", "return reenter(() => f(state.a, state.b, ...args));"),
    // So do those that make a promise: what escapes from one, the promise takes for its failure. Goes with the same hook.
    ("new Promise(cb0)", "new Promise((...given) => reenter(() => cb0(...given)))"),
    // A closure of a stopped module does nothing: as an exception in a promise's callback this would be an unhandled
    // rejection, which ends a Node process. Goes when `__wbg_reset_state` can be told to let such calls pass.
    ("throw new Error('Cannot invoke closure from previous WASM instance');", "return;"),
    // The JavaScript build's memory is another buffer after it grew, and the old one is not detached. Goes when the glue
    // compares the buffers, or when wasm2js detaches the old one.
    (
        "cachedDataViewMemory0.buffer.detached === true || (cachedDataViewMemory0.buffer.detached === undefined && cachedDataViewMemory0.buffer !== wasm.memory.buffer)",
        "cachedDataViewMemory0.buffer !== wasm.memory.buffer",
    ),
    ("cachedUint8ArrayMemory0.byteLength === 0", "cachedUint8ArrayMemory0.buffer !== wasm.memory.buffer"),
    ("cachedUint32ArrayMemory0.byteLength === 0", "cachedUint32ArrayMemory0.buffer !== wasm.memory.buffer"),
    // `__wbg_reset_state` calls the module's start function also where the module has none. Goes when it looks first.
    ("wasm.__wbindgen_start();", "wasm.__wbindgen_start?.();"),
    // The JavaScript build hands a 64-bit integer out in two halves. Goes when wasm2js makes a bigint of them, or when the
    // module hands none out.
    ("BigInt.asUintN(64, arg0)", "BigInt.asUintN(64, int64(arg0, arguments[1]))"),
];

/// The names that the patched glue uses. `WebAssembly` is src/npm/engine.js's: goes when the glue can be given the API that
/// it uses in the place of the global.
const IMPORTS: &str =
    "import { reenter } from \"./door.js\";\nimport { engine as WebAssembly, int64 } from \"./engine.js\";\n";

/// Puts into the glue what src/npm needs: to start a stopped module again (door.js), and to run on either engine
/// (engine.js).
pub(crate) fn patch(glue: &Path) -> Result<()> {
    let mut script = fs::read_to_string(glue)?;
    for (theirs, ours) in PATCHES {
        script = replaced(&script, theirs, ours)?;
    }
    Ok(fs::write(glue, format!("{IMPORTS}{script}"))?)
}

/// Gives the module's imports, and the exports by which JavaScript calls its closures, names of a letter or two, in the
/// module and in its glue. The glue's own names end in 16 hex digits each, which do not compress. Goes when wasm-bindgen
/// has short names for releases.
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
    script = replaced(&script, CATCHING.0, CATCHING.1)?;
    Ok(fs::write(glue, dense(&script))?)
}

/// The wrapper of an import that may throw: it calls a function, and the dense glue lets it make one.
const CATCHING: (&str, &str) = (
    "function handleError(f, args) {\n    try {\n        return f.apply(this, args);",
    "const catching = (f) => (...args) => {\n    try {\n        return f(...args);",
);

/// The glue with its imports as arrow functions, without a name for what they return at once. The bundler leaves them as they are, and
/// there are 170 of them. Goes when wasm-bindgen writes them so.
fn dense(script: &str) -> String {
    let mut dense = String::new();
    let mut lines = script.lines().peekable();
    while let Some(line) = lines.next() {
        let made = line.strip_prefix("            const ret = ").and_then(|value| value.strip_suffix(';'));
        let returned = lines.peek().and_then(|line| {
            let (before, after) = line.strip_prefix("            return ")?.split_once("ret")?;
            matches!((before, after), ("", ";") | ("addHeapObject(", ");")).then_some((before, after))
        });
        if let (Some(value), Some((before, after))) = (made, returned) {
            dense += &["            return ", before, value, after, "\n"].concat();
            lines.next();
            continue;
        }
        let catching = line.split_once(": function() { return handleError(function (");
        if let Some((name, rest)) = catching {
            dense += &[name, ": catching((", &rest.replace(") {", ") => {"), "\n"].concat();
        } else if line == "        }, arguments); }," {
            dense += "        }),\n";
        } else {
            dense += line;
            dense.push('\n');
        }
    }
    dense
}

fn replaced(script: &str, from: &str, to: &str) -> Result<String> {
    if !script.contains(from) {
        bail!("expected the glue to say `{from}`; if it has no such part any more, the patch is not needed");
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
    fn dense_glue_says_the_same() {
        let glue = "\
        a: function() { return handleError(function (arg0) {
            const ret = getObject(arg0).text();
            return addHeapObject(ret);
        }, arguments); },
        b: function(arg0) {
            const ret = Date.now();
            return ret;
        },
        c: function(arg0) {
            const ret = self;
            return isLikeNone(ret) ? 0 : addHeapObject(ret);
        },
";
        let expected = "\
        a: catching((arg0) => {
            return addHeapObject(getObject(arg0).text());
        }),
        b: function(arg0) {
            return Date.now();
        },
        c: function(arg0) {
            const ret = self;
            return isLikeNone(ret) ? 0 : addHeapObject(ret);
        },
";
        assert_eq!(dense(glue), expected);
    }

    #[test]
    fn names_are_short_and_each_another() {
        let names: Vec<String> = (0..1000).map(letters).collect();
        let distinct: std::collections::HashSet<_> = names.iter().collect();
        assert!(distinct.len() == 1000 && names.iter().all(|name| name.len() <= 3));
    }
}
