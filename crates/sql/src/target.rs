//! The names of databases: `sqlite:FILE` and `postgres://USER:PASSWORD@HOST/DATABASE`.

use std::path::{Component, Path, PathBuf};

use percent_encoding::percent_decode_str;

use crate::postgres::Server;
use crate::sqlite::File;

/// A database.
#[derive(Clone)]
pub enum Target {
    /// A file of SQLite.
    #[doc(hidden)]
    Sqlite(File),
    /// A server of PostgreSQL.
    #[doc(hidden)]
    Postgres(Box<Server>),
}

/// Where files of databases may be.
#[derive(Clone, Debug, Default)]
pub struct Places {
    /// What relative files are relative to.
    pub base: PathBuf,
    /// Directories that files must be in, or below; absent: all.
    pub allowed: Option<Vec<PathBuf>>,
    /// Directories in which no file may be, such as the one of the server's own database.
    pub forbidden: Vec<PathBuf>,
}

/// A text names no database that may be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct TargetRefused(String);

impl Target {
    /// Reads the name of a database.
    ///
    /// # Errors
    /// It is none, or its file is in a place where it may not be.
    pub fn parse(text: &str, places: &Places) -> Result<Self, TargetRefused> {
        match text.split_once(':') {
            Some(("sqlite", rest)) => Ok(Self::Sqlite(file(rest, places)?)),
            Some(("postgres" | "postgresql", _)) => {
                let server = Server::parse(text).map_err(TargetRefused)?;
                Ok(Self::Postgres(Box::new(server)))
            }
            _ => Err(TargetRefused(
                "a database is written as sqlite:FILE or postgres://USER:PASSWORD@HOST/DATABASE"
                    .to_owned(),
            )),
        }
    }
}

fn file(rest: &str, places: &Places) -> Result<File, TargetRefused> {
    let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
    let read_only = match query {
        "" | "mode=rw" => false,
        "mode=ro" => true,
        other => return Err(TargetRefused(format!("'{other}' is neither mode=ro nor mode=rw"))),
    };
    let path = path.strip_prefix("//").unwrap_or(path);
    let path = percent_decode_str(path).decode_utf8();
    let path = path.map_err(|_| TargetRefused("the file's name is no UTF-8".to_owned()))?;
    if path.is_empty() || path.starts_with(':') || path.contains('\0') {
        return Err(TargetRefused("sqlite: must be followed by the name of a file".to_owned()));
    }
    let path = resolved(&places.base.join(&*path));
    let is_in = |directory: &PathBuf| path.starts_with(resolved(directory));
    if places.forbidden.iter().any(is_in) {
        return Err(TargetRefused(format!("{} is the server's own", path.display())));
    }
    if let Some(allowed) = &places.allowed
        && !allowed.iter().any(is_in)
    {
        return Err(TargetRefused(format!(
            "{} is in no directory that the server allows: [sql] directories",
            path.display()
        )));
    }
    Ok(File { path, read_only })
}

/// Returns where a path leads, symbolic links followed as far as there is something.
fn resolved(path: &Path) -> PathBuf {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let mut plain = PathBuf::new();
    for component in path.components() {
        match component {
            Component::ParentDir => drop(plain.pop()),
            component => plain.push(component),
        }
        if let Ok(real) = plain.canonicalize() {
            plain = real;
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(text: &str, places: &Places) -> String {
        Target::parse(text, places).err().map(|refused| refused.0).unwrap_or_default()
    }

    #[test]
    fn files_are_in_allowed_places_only() {
        let directory = tempfile::tempdir().unwrap();
        let base = directory.path().to_owned();
        std::fs::create_dir_all(base.join("in")).unwrap();
        std::fs::create_dir_all(base.join("own")).unwrap();
        std::os::unix::fs::symlink(base.join("own"), base.join("in/link")).unwrap();
        let places = Places {
            allowed: Some(vec![base.join("in")]),
            forbidden: vec![base.join("own")],
            base: base.join("in"),
        };
        assert_eq!(refusal("sqlite:a.db", &places), "");
        assert_eq!(refusal("sqlite:sub/a.db?mode=ro", &places), "");
        for (text, hint) in [
            ("sqlite:../a.db", "no directory that the server allows"),
            ("sqlite:link/a.db", "the server's own"),
            ("sqlite:/etc/a.db", "no directory that the server allows"),
            ("sqlite:%2e%2e/own/a.db", "the server's own"),
            ("sqlite::memory:", "the name of a file"),
            ("sqlite:", "the name of a file"),
            ("sqlite:a.db?vfs=x", "neither mode=ro nor mode=rw"),
            ("mysql://x", "a database is written as"),
            ("warehouse", "a database is written as"),
        ] {
            assert!(refusal(text, &places).contains(hint), "{text}: {}", refusal(text, &places));
        }
    }
}
