//! Whether a result still fits what it was made from: one hash over the contents of all inputs.
//!
//! Contents, not times: a fresh checkout, a switched branch or a touched file changes times for nothing.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};
use walkdir::WalkDir;

/// A hash of the names and contents of `inputs` (files, or folders with all that is in them) under `root`, with
/// `salt` for what is no file, such as the build's profile.
pub(crate) fn of(root: &Path, inputs: &[&str], salt: &str) -> Result<String> {
    let mut hash = Sha256::new();
    hash.update(salt);
    for input in inputs {
        for entry in WalkDir::new(root.join(input)).sort_by_file_name() {
            let entry = entry?;
            if !entry.file_type().is_file() {
                continue;
            }
            let content = fs::read(entry.path()).with_context(|| entry.path().display().to_string())?;
            let name = entry.path().strip_prefix(root)?.to_string_lossy();
            // Lengths before the parts, so that no two different lists of files run together into the same bytes.
            hash.update((name.len() as u64).to_le_bytes());
            hash.update(name.as_bytes());
            hash.update((content.len() as u64).to_le_bytes());
            hash.update(&content);
        }
    }
    Ok(format!("{:x}", hash.finalize()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn follows_contents_names_and_salt() -> Result<()> {
        let folder = std::env::temp_dir().join(format!("xtask-fingerprint-{}", std::process::id()));
        fs::create_dir_all(folder.join("src"))?;
        fs::write(folder.join("src/a"), "one")?;
        let first = of(&folder, &["src"], "release")?;
        assert_eq!(first, of(&folder, &["src"], "release")?);
        assert_ne!(first, of(&folder, &["src"], "dev")?);

        fs::write(folder.join("src/a"), "two")?;
        let second = of(&folder, &["src"], "release")?;
        assert_ne!(first, second);

        fs::rename(folder.join("src/a"), folder.join("src/b"))?;
        assert_ne!(second, of(&folder, &["src"], "release")?);
        fs::remove_dir_all(folder)?;
        Ok(())
    }
}
