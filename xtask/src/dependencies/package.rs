//! A crate or an npm package, and what may be said against it.

use anyhow::{Context, Result};
use serde_json::Value;
use spdx::{Expression, Licensee, ParseMode};

/// Something that the project is built with and did not make.
#[derive(Debug)]
pub(super) struct Package {
    /// As its registry knows it.
    name: String,
    /// Name or place, and version.
    told_as: String,
    licence: Option<String>,
    /// Where it came from; nothing where a lock file names no address, but only the hash of what has to come.
    source: Option<String>,
    has_hash: bool,
}

/// What deny.toml allows.
pub(super) struct Rules {
    licences: Vec<Licensee>,
    /// What one package alone may have, by its name.
    exceptions: Vec<(String, Vec<Licensee>)>,
    sources: Vec<String>,
}

impl Rules {
    pub(super) fn read(deny_toml: &str) -> Result<Self> {
        let rules: toml::Table = deny_toml.parse()?;
        let table = |name: &str| rules.get(name).with_context(|| format!("deny.toml has no [{name}]"));
        let licenses = table("licenses")?;
        let exceptions = licenses.get("exceptions").and_then(toml::Value::as_array).into_iter().flatten();
        let exception = |one: &toml::Value| -> Result<_> {
            let name = one.get("name").and_then(toml::Value::as_str).context("deny.toml: an exception has no name")?;
            Ok((name.to_owned(), licensees(one)?))
        };
        Ok(Self {
            licences: licensees(licenses)?,
            exceptions: exceptions.map(exception).collect::<Result<_>>()?,
            sources: texts(table("sources")?, "allow-registry")?,
        })
    }

    /// What is wrong with a package, in one line each.
    pub(super) fn objections(&self, package: &Package) -> Vec<String> {
        let name = &package.told_as;
        let mut objections = Vec::new();
        match &package.licence {
            None => objections.push(format!("{name}: names no licence")),
            Some(licence) if !self.allow(&package.name, licence) => {
                objections.push(format!("{name}: {licence} is not among the allowed licences"));
            }
            Some(_) => {}
        }
        if let Some(source) = &package.source
            && !self.sources.iter().any(|allowed| source.strip_prefix("registry+") == Some(allowed))
        {
            objections.push(format!("{name}: comes from {source}"));
        }
        if !package.has_hash {
            objections.push(format!("{name}: the lock file has no hash of it"));
        }
        objections
    }

    /// Older crates write a slash for OR.
    fn allow(&self, name: &str, licence: &str) -> bool {
        let exceptions = self.exceptions.iter().filter(|(of, _)| of == name).flat_map(|(_, licences)| licences);
        let allowed: Vec<&Licensee> = self.licences.iter().chain(exceptions).collect();
        Expression::parse_mode(licence, ParseMode::LAX)
            .is_ok_and(|wanted| wanted.evaluate(|one| allowed.iter().any(|allowed| allowed.satisfies(one))))
    }
}

/// The licences in a table's `allow`.
fn licensees(table: &toml::Value) -> Result<Vec<Licensee>> {
    let licence = |text: String| Licensee::parse(&text).with_context(|| format!("deny.toml: {text}"));
    texts(table, "allow")?.into_iter().map(licence).collect()
}

fn texts(table: &toml::Value, key: &str) -> Result<Vec<String>> {
    let list = table.get(key).and_then(toml::Value::as_array);
    let texts = list.and_then(|list| list.iter().map(|text| text.as_str().map(str::to_owned)).collect());
    texts.with_context(|| format!("deny.toml: {key} must be a list of texts"))
}

/// The crates in `cargo metadata`, but for the workspace's own. Their hashes are cargo's business: it takes none without.
pub(super) fn crates(metadata: &Value) -> Result<Vec<Package>> {
    let packages = metadata["packages"].as_array().context("cargo metadata gives no packages")?;
    let own = metadata["workspace_members"].as_array().context("cargo metadata gives no members")?;
    let foreign = packages.iter().filter(|package| !own.contains(&package["id"]));
    Ok(foreign
        .map(|package| Package {
            name: text(&package["name"]).to_owned(),
            told_as: format!("{} {}", text(&package["name"]), text(&package["version"])),
            licence: package["license"].as_str().map(str::to_owned),
            // A crate of somebody's disk has none.
            source: Some(package["source"].as_str().unwrap_or("a folder").to_owned()),
            has_hash: true,
        })
        .collect())
}

/// The packages in package-lock.json, but for the project's own.
pub(super) fn npm_packages(lock: &Value) -> Result<Vec<Package>> {
    let packages = lock["packages"].as_object().context("package-lock.json has no packages")?;
    let foreign = packages.iter().filter(|(path, _)| !path.is_empty());
    Ok(foreign
        .map(|(path, package)| Package {
            // One package can stand in another's folder.
            name: path.rsplit("node_modules/").next().unwrap_or(path).to_owned(),
            told_as: format!("{path} {}", text(&package["version"])),
            licence: package["license"].as_str().map(str::to_owned),
            source: package["resolved"].as_str().map(str::to_owned),
            has_hash: package["integrity"].is_string(),
        })
        .collect())
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const DENY: &str = r#"
        [licenses]
        allow = ["MIT", "ISC", "Apache-2.0 WITH LLVM-exception"]
        [[licenses.exceptions]]
        name = "@tool/looker"
        allow = ["MPL-2.0"]
        [sources]
        allow-registry = ["https://registry.example/index"]
    "#;
    const SOURCE: &str = "registry+https://registry.example/index";

    fn objections(package: &Package) -> Vec<String> {
        Rules::read(DENY).expect("good rules").objections(package)
    }

    fn of_licence(licence: &str) -> Vec<String> {
        let metadata = json!({
            "packages": [
                { "id": "a", "name": "own", "version": "1.0.0", "license": null, "source": null },
                { "id": "b", "name": "foreign", "version": "2.0.0", "license": licence, "source": SOURCE },
            ],
            "workspace_members": ["a"],
        });
        let crates = crates(&metadata).expect("packages");
        assert_eq!(crates.len(), 1);
        objections(&crates[0])
    }

    #[test]
    fn a_licence_has_to_be_allowed_in_all_its_parts() {
        for good in ["MIT", "MIT OR GPL-3.0", "MIT/GPL-3.0", "MIT AND ISC", "(GPL-3.0 OR ISC) AND MIT"] {
            assert!(of_licence(good).is_empty(), "{good}");
        }
        assert!(of_licence("Apache-2.0 WITH LLVM-exception OR GPL-3.0").is_empty());
        for bad in ["GPL-3.0", "MIT AND GPL-3.0", "Apache-2.0", "SEE LICENSE IN FILE", "", "UNLICENSED"] {
            assert_eq!(of_licence(bad), [format!("foreign 2.0.0: {bad} is not among the allowed licences")], "{bad}");
        }
    }

    #[test]
    fn an_exception_is_for_one_package_alone() {
        let lock = json!({ "packages": {
            "node_modules/@tool/looker": { "version": "1.0.0", "license": "MPL-2.0", "integrity": "sha512-" },
            "node_modules/a/node_modules/@tool/looker": { "version": "2.0.0", "license": "GPL-3.0", "integrity": "sha512-" },
            "node_modules/looker": { "version": "1.0.0", "license": "MPL-2.0", "integrity": "sha512-" },
        }});
        let told: Vec<String> = npm_packages(&lock).expect("packages").iter().flat_map(objections).collect();
        let expected = [
            "node_modules/a/node_modules/@tool/looker 2.0.0: GPL-3.0 is not among the allowed licences",
            "node_modules/looker 1.0.0: MPL-2.0 is not among the allowed licences",
        ];
        assert_eq!(told, expected);
    }

    #[test]
    fn a_crate_comes_from_the_registry_and_names_its_licence() {
        let metadata = json!({
            "packages": [
                { "id": "a", "name": "a", "version": "1.0.0", "license": null, "source": SOURCE },
                { "id": "b", "name": "b", "version": "1.0.0", "license": "MIT", "source": "git+https://git.example/b" },
                { "id": "c", "name": "c", "version": "1.0.0", "license": "MIT", "source": null },
            ],
            "workspace_members": [],
        });
        let told: Vec<String> = crates(&metadata).expect("packages").iter().flat_map(objections).collect();
        let expected = [
            "a 1.0.0: names no licence",
            "b 1.0.0: comes from git+https://git.example/b",
            "c 1.0.0: comes from a folder",
        ];
        assert_eq!(told, expected);
    }

    #[test]
    fn an_npm_package_is_told_by_its_hash() {
        let lock = json!({ "packages": {
            "": { "name": "own" },
            "node_modules/a": { "version": "1.0.0", "license": "MIT", "integrity": "sha512-" },
            "node_modules/b": { "version": "1.0.0", "license": "MIT" },
            "node_modules/c": { "version": "1.0.0", "license": "ISC", "integrity": "sha512-", "resolved": "https://x/c.tgz" },
        }});
        let told: Vec<String> = npm_packages(&lock).expect("packages").iter().flat_map(objections).collect();
        let expected = [
            "node_modules/b 1.0.0: the lock file has no hash of it",
            "node_modules/c 1.0.0: comes from https://x/c.tgz",
        ];
        assert_eq!(told, expected);
    }
}
