//! What the package weighs on the wire.

use std::fs;
use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result, bail};
use brotli::enc::BrotliEncoderParams;
use flate2::{Compression, write::GzEncoder};

use crate::dist::{SCRIPT, WASM};
use crate::workspace::Workspace;

/// The file that says what each form may weigh.
const BUDGET: &str = "tests/bench/budget.toml";

/// What is loaded for each form: its name in the package's exports, and the files in `dist/`.
const FORMS: [(&str, &[&str]); 4] =
    [(".", &[WASM, "index.js"]), ("./inline", &["inline.js"]), ("./js", &["js.js"]), (SCRIPT, &[SCRIPT])];

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

    /// Of all files of a form.
    fn sum(dist: &Path, files: &[&str]) -> Result<Self> {
        files.iter().try_fold(Self::default(), |sum, file| Ok(sum.plus(Self::of_file(&dist.join(file))?)))
    }

    fn of_file(path: &Path) -> Result<Self> {
        Self::of(&fs::read(path).with_context(|| path.display().to_string())?)
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
        rows.push(Weight::sum(dist, files)?.row(form));
        if files.len() > 1 {
            for name in files {
                rows.push(Weight::of_file(&dist.join(name))?.row(&format!("  {name}")));
            }
        }
    }
    Ok(rows.join("\n"))
}

/// Holds each form of the package to its budget; gives how many there are.
pub(crate) fn check(workspace: &Workspace) -> Result<u64> {
    let budget: toml::Table = fs::read_to_string(workspace.root.join(BUDGET)).context(BUDGET)?.parse()?;
    for (form, files) in FORMS {
        let most = budget.get("gzip").and_then(|gzip| gzip.get(form)).and_then(toml::Value::as_integer);
        let most = most.and_then(|most| usize::try_from(most).ok());
        let most = most.with_context(|| format!("{BUDGET} does not say what {form} may weigh"))?;
        let weight = Weight::sum(&workspace.dist(), files)?.gzip;
        if weight > most {
            bail!("{form} weighs {weight} bytes of gzip, and may weigh {most} ({BUDGET})");
        }
        println!("{form} weighs {weight} bytes of gzip of the {most} that it may weigh");
    }
    Ok(FORMS.len() as u64)
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
