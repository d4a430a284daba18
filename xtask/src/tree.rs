//! The files of the workspace, read once: the checks are functions of this tree and touch no disk,
//! so their tests can give them a tree that breaks a rule.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::Context;

/// Directories that hold no source of ours.
const SKIPPED: [&str; 6] = ["target", ".git", ".venv", "node_modules", "__pycache__", "data"];

/// Endings of the files the checks read.
const READ: [&str; 3] = ["rs", "toml", "md"];

/// Text files by their path relative to the workspace root, with `/` between the parts.
#[derive(Debug, Default)]
pub(crate) struct Tree {
    files: BTreeMap<String, String>,
}

impl Tree {
    /// Reads every file below `root` that a check looks at.
    pub(crate) fn read(root: &Path) -> anyhow::Result<Self> {
        let mut tree = Self::default();
        tree.read_directory(root, "")?;
        Ok(tree)
    }

    /// The files whose path starts with `prefix`, in the order of their paths.
    pub(crate) fn below<'a>(
        &'a self,
        prefix: &'a str,
    ) -> impl Iterator<Item = (&'a str, &'a str)> + 'a {
        self.files
            .range(prefix.to_owned()..)
            .take_while(move |(path, _)| path.starts_with(prefix))
            .map(|(path, text)| (path.as_str(), text.as_str()))
    }

    /// The Rust files whose path starts with `prefix`.
    pub(crate) fn rust<'a>(
        &'a self,
        prefix: &'a str,
    ) -> impl Iterator<Item = (&'a str, &'a str)> + 'a {
        let is_rust = |path: &str| path.rsplit_once('.').is_some_and(|(_, ending)| ending == "rs");
        self.below(prefix).filter(move |(path, _)| is_rust(path))
    }

    /// How many files were read.
    pub(crate) fn len(&self) -> usize {
        self.files.len()
    }

    fn read_directory(&mut self, root: &Path, relative: &str) -> anyhow::Result<()> {
        let directory = root.join(relative);
        let entries =
            fs::read_dir(&directory).with_context(|| format!("reading {}", directory.display()))?;
        for entry in entries {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let path =
                if relative.is_empty() { name.clone() } else { format!("{relative}/{name}") };
            if entry.file_type()?.is_dir() {
                // A source directory may be called `data`; only the one at the root is a server's.
                let skipped =
                    SKIPPED.contains(&name.as_str()) && (name != "data" || relative.is_empty());
                if !skipped {
                    self.read_directory(root, &path)?;
                }
            } else if READ.iter().any(|ending| name.ends_with(&format!(".{ending}"))) {
                let text =
                    fs::read_to_string(entry.path()).with_context(|| format!("reading {path}"))?;
                self.files.insert(path, text);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
impl<const N: usize> From<[(&str, &str); N]> for Tree {
    fn from(files: [(&str, &str); N]) -> Self {
        let files = files.map(|(path, text)| (path.to_owned(), text.to_owned()));
        Self { files: files.into() }
    }
}
