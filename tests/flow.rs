//! The flow goes one way: a module knows only those that are declared above it. An empty line between the declarations is a
//! border; those that stand together do not know each other.

#![allow(clippy::expect_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// The modules that a file declares, by groups.
fn declared(file: &Path) -> Vec<Vec<String>> {
    let text = fs::read_to_string(file).expect("a file of modules");
    let name = |line: &str| line.trim_start_matches("pub ").strip_prefix("mod ")?.strip_suffix(';').map(str::to_owned);
    let groups = text.split("\n\n").map(|group| group.lines().filter_map(name).collect::<Vec<_>>());
    groups.filter(|group| !group.is_empty()).collect()
}

/// The source files of a module: one, or a folder of them.
fn files(folder: &Path, module: &str) -> Vec<PathBuf> {
    let file = folder.join(module).with_extension("rs");
    if file.exists() {
        return vec![file];
    }
    let entries = fs::read_dir(folder.join(module)).expect("a folder of the module's name");
    entries.map(|entry| entry.expect("a file").path()).collect()
}

/// What stands behind `prefix` in the code of a file.
fn named(file: &Path, prefix: &str) -> BTreeSet<String> {
    let text = fs::read_to_string(file).expect("a source file");
    let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
    let behind = code.flat_map(|line| line.split(prefix).skip(1).map(str::to_owned).collect::<Vec<_>>());
    behind.map(|rest| rest.chars().take_while(|&c| c.is_ascii_alphanumeric() || c == '_').collect()).collect()
}

/// Every use of a module of `root` by another of them that does not stand below it.
fn against_the_flow(root: &Path, groups: &[Vec<String>], prefix: &str) -> Vec<String> {
    let folder = root.parent().expect("a folder");
    let mut wrong = Vec::new();
    for (at, group) in groups.iter().enumerate() {
        let above: BTreeSet<&String> = groups[..at].iter().flatten().collect();
        for module in group {
            for file in files(folder, module) {
                let names = named(&file, prefix);
                let strange = names.iter().filter(|name| *name != module && !above.contains(name));
                wrong.extend(strange.map(|name| format!("{} knows `{name}`", file.display())));
            }
        }
    }
    wrong
}

#[test]
fn the_core_goes_one_way() {
    let root = Path::new("src/lib.rs");
    let groups = declared(root);
    assert!(groups.concat().len() > 15 && groups.last().is_some_and(|last| last == &["browser"]), "{groups:?}");
    assert_eq!(against_the_flow(root, &groups, "crate::"), Vec::<String>::new());
}

#[test]
fn the_shell_goes_one_way() {
    let root = Path::new("src/browser/mod.rs");
    let groups = declared(root);
    assert!(groups.concat().len() > 10, "{groups:?}");
    assert_eq!(against_the_flow(root, &groups, "super::"), Vec::<String>::new());
}

#[test]
fn the_build_goes_one_way() {
    let root = Path::new("xtask/src/main.rs");
    let groups = declared(root);
    assert!(groups.concat().len() > 10, "{groups:?}");
    assert_eq!(against_the_flow(root, &groups, "crate::"), Vec::<String>::new());
}

/// The document's tables are the same rooms in the same order.
#[test]
fn the_document_names_every_module() {
    let document = fs::read_to_string("docs/architecture.md").expect("the document");
    let (_, rooms) = document.split_once("The core, from above:").expect("the core's rooms");
    let (core, shell) = rooms.split_once("And the shell:").expect("the shell's rooms");
    for (told, root) in [(core, "src/lib.rs"), (shell, "src/browser/mod.rs")] {
        let mut behind = told;
        for group in declared(Path::new(root)) {
            let named = group.iter().filter(|module| !["prelude", "browser"].contains(&module.as_str()));
            let ends = named.map(|module| {
                let name = format!("`{module}`");
                behind.find(&name).unwrap_or_else(|| panic!("{name} is not told, or not in its place")) + name.len()
            });
            behind = &behind[ends.max().unwrap_or_default()..];
        }
    }
}

#[test]
fn a_use_of_what_stands_below_is_found() {
    let root = Path::new("src/lib.rs");
    let mut turned = declared(root);
    turned.reverse();
    let found = against_the_flow(root, &turned, "crate::");
    assert!(found.iter().any(|wrong| wrong.ends_with("send.rs knows `upload`")), "{found:?}");
}
