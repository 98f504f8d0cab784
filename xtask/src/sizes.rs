//! What the package weighs on the wire.

use std::fs;
use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result};
use brotli::enc::BrotliEncoderParams;
use flate2::{Compression, write::GzEncoder};

use crate::build::WASM;

/// What is loaded for each form: its name in the package's exports, and the files in `dist/`.
const FORMS: [(&str, &[&str]); 4] = [
    (".", &[WASM, "index.js"]),
    ("./inline", &["inline.js"]),
    ("./js", &["js.js"]),
    ("webwx-image.iife.js", &["webwx-image.iife.js"]),
];

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

/// A table of the package's forms: the bytes of each, and of its files if they are several.
pub(crate) fn table(dist: &Path) -> Result<String> {
    let mut rows = vec![format!("{:<24}{:>10}{:>10}{:>10}", "bytes", "raw", "gzip", "brotli")];
    for (form, files) in FORMS {
        let mut sum = Weight::default();
        let mut parts = Vec::new();
        for name in files {
            let path = dist.join(name);
            let weight = Weight::of(&fs::read(&path).with_context(|| path.display().to_string())?)?;
            parts.push(weight.row(&format!("  {name}")));
            sum = sum.plus(weight);
        }
        rows.push(sum.row(form));
        rows.extend(parts.into_iter().filter(|_| files.len() > 1));
    }
    Ok(rows.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compressed_is_smaller() -> Result<()> {
        let weight = Weight::of(&[b'a'; 1000])?;
        assert!(weight.raw == 1000 && weight.gzip < 100 && weight.brotli < 100);
        Ok(())
    }
}
