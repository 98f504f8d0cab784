//! What the package weighs on the wire.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use brotli::enc::BrotliEncoderParams;
use flate2::{Compression, write::GzEncoder};

/// Bytes of one file: as it is, and as a server sends it at best.
#[derive(Clone, Copy, Default)]
struct Weight {
    raw: usize,
    gzip: usize,
    brotli: usize,
}

impl Weight {
    fn of(content: &[u8]) -> Result<Self> {
        let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
        gzip.write_all(content)?;
        let mut brotli = Vec::new();
        brotli::BrotliCompress(&mut &content[..], &mut brotli, &BrotliEncoderParams::default())?;
        Ok(Self { raw: content.len(), gzip: gzip.finish()?.len(), brotli: brotli.len() })
    }

    fn plus(self, other: Self) -> Self {
        Self { raw: self.raw + other.raw, gzip: self.gzip + other.gzip, brotli: self.brotli + other.brotli }
    }

    fn row(self, name: &str) -> String {
        format!("{name:<24}{:>10}{:>10}{:>10}", self.raw, self.gzip, self.brotli)
    }
}

/// A table of the files that a page loads through the entry `index.js`: each with its bytes, and their sum.
pub(crate) fn table(dist: &Path) -> Result<String> {
    let mut rows = vec![format!("{:<24}{:>10}{:>10}{:>10}", "bytes", "raw", "gzip", "brotli")];
    let mut sum = Weight::default();
    for path in loaded(dist)? {
        let weight = Weight::of(&fs::read(&path)?)?;
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        rows.push(weight.row(&name));
        sum = sum.plus(weight);
    }
    rows.push(sum.row("together"));
    Ok(rows.join("\n"))
}

/// The module, and the scripts that `index.js` imports, directly or not, in the order in which they are met.
fn loaded(dist: &Path) -> Result<Vec<PathBuf>> {
    let mut paths = vec![dist.join(crate::build::WASM), dist.join("index.js")];
    let mut next = 1;
    while let Some(path) = paths.get(next) {
        let script = fs::read_to_string(path).with_context(|| path.display().to_string())?;
        for name in imports(&script) {
            let import = dist.join(name);
            if !paths.contains(&import) {
                paths.push(import);
            }
        }
        next += 1;
    }
    Ok(paths)
}

/// The neighbours that a script imports: what stands in `from "./…"` at the end of an import or export line.
fn imports(script: &str) -> impl Iterator<Item = &str> {
    script.lines().filter_map(|line| {
        let (statement, rest) = line.split_once(" from ")?;
        let is_module_line = statement.starts_with("import") || statement.starts_with("export");
        let name = rest.trim_end_matches(';').trim_matches(['"', '\'']).strip_prefix("./")?;
        is_module_line.then_some(name)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_imports_of_a_script() {
        let script = "import { a } from './one.js';\nexport * from \"./two.js\";\nlet text = 'x from ./three.js';\n";
        assert_eq!(imports(script).collect::<Vec<_>>(), ["one.js", "two.js"]);
    }

    #[test]
    fn compressed_is_smaller() -> Result<()> {
        let weight = Weight::of(&[b'a'; 1000])?;
        assert!(weight.raw == 1000 && weight.gzip < 100 && weight.brotli < 100);
        Ok(())
    }
}
