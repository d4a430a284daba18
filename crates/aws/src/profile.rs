//! The files that AWS tools share: `~/.aws/credentials` and `~/.aws/config`.
//!
//! Secrets stand in them: no form for people shows more than the names of settings.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use crate::Environment;

/// The texts of the shared files.
#[derive(Default)]
pub(crate) struct SharedFiles {
    credentials: String,
    config: String,
}

/// What the shared files say about one profile.
#[derive(Clone, Default)]
pub(crate) struct Profile {
    credentials: Section,
    config: Section,
    services: Section,
    /// The section of the single sign-on that it names.
    session: Section,
}

/// The settings of one section; one that is nested has its parent's name and a dot in front.
type Section = BTreeMap<String, String>;

impl SharedFiles {
    /// Reads the files that the environment names, or the usual ones.
    pub(crate) fn load(environment: &Environment) -> Self {
        let file = |variable: &str, default: &str| {
            let home = || Some(PathBuf::from(environment.get("HOME")?).join(".aws").join(default));
            let path = environment.get(variable).map(PathBuf::from).or_else(home)?;
            std::fs::read_to_string(path).ok()
        };
        Self {
            credentials: file("AWS_SHARED_CREDENTIALS_FILE", "credentials").unwrap_or_default(),
            config: file("AWS_CONFIG_FILE", "config").unwrap_or_default(),
        }
    }

    /// Returns what they say about a profile.
    pub(crate) fn profile(&self, name: &str) -> Profile {
        let section = if name == "default" { name.to_owned() } else { format!("profile {name}") };
        let config = read(&self.config, &section);
        let other = |kind: &str| {
            let named = config.get(kind).map(|name| format!("{} {name}", kind.replace('_', "-")));
            named.map(|section| read(&self.config, &section)).unwrap_or_default()
        };
        Profile {
            credentials: read(&self.credentials, name),
            services: other("services"),
            session: other("sso_session"),
            config,
        }
    }
}

impl Profile {
    /// Returns a setting; the file for credentials wins.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        let sections = [&self.credentials, &self.config, &self.session];
        sections.into_iter().find_map(|section| section.get(name)).map(String::as_str)
    }

    /// Returns the endpoints of single services, by the services' names in the files.
    pub(crate) fn service_endpoints(&self) -> impl Iterator<Item = (&str, &str)> {
        self.services
            .iter()
            .filter_map(|(name, value)| Some((name.strip_suffix(".endpoint_url")?, &**value)))
    }
}

impl fmt::Debug for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.credentials.keys().chain(self.config.keys());
        f.debug_set().entries(names).finish()
    }
}

/// Reads one section of a shared file. A setting without a value has the indented ones below it.
fn read(text: &str, section: &str) -> Section {
    let mut within = false;
    let mut parent: Option<String> = None;
    let mut found = Section::new();
    for line in text.lines() {
        let trimmed = line.trim();
        if let Some(header) = trimmed.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            within = header.split_whitespace().eq(section.split_whitespace());
            parent = None;
        } else if within
            && !trimmed.starts_with(['#', ';'])
            && let Some((key, value)) = trimmed.split_once('=')
        {
            let (key, value) = (key.trim(), value.trim());
            match &parent {
                Some(parent) if line.starts_with([' ', '\t']) => {
                    found.insert(format!("{parent}.{key}"), value.to_owned());
                }
                _ if value.is_empty() => parent = Some(key.to_owned()),
                _ => {
                    parent = None;
                    found.insert(key.to_owned(), value.to_owned());
                }
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_of_one_section_are_read_with_those_below_them() {
        let text = "[other]\na=1\n[profile  work]\na = 2 \n# b = 3\ns3 =\n  endpoint_url = http://x\n\
                    \x20 k = v\nc = d=e\n[profile works]\na=4\n";
        let section = read(text, "profile work");
        let expected = [("a", "2"), ("c", "d=e"), ("s3.endpoint_url", "http://x"), ("s3.k", "v")];
        let found: Vec<_> = section.iter().map(|(k, v)| (&**k, &**v)).collect();
        assert_eq!(found, expected);
    }
}
