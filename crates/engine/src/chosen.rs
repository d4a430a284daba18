//! Naming tasks of runs: `task`, `group.task`, `task[key]`, `group[key].task`.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// A branch of a run, or an instance of one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chosen {
    /// Its id, after those of the groups it stands in.
    pub path: Vec<Arc<str>>,
    /// The key of the only instance that is meant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<Arc<str>>,
    /// The keys of the instances of groups that it stands in, by the places of these in the path.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub keys: BTreeMap<usize, Arc<str>>,
}

impl Chosen {
    /// Takes a name as it is.
    pub fn plain(name: &str) -> Self {
        Self { path: vec![name.into()], key: None, keys: BTreeMap::new() }
    }

    /// Reads `task`, `group.task`, `task[key]` or `group[key].task`.
    pub fn parse(text: &str) -> Self {
        let mut chosen = Self { path: Vec::new(), key: None, keys: BTreeMap::new() };
        let mut rest = text;
        loop {
            let (id, key, more) = step(rest);
            let place = chosen.path.len();
            chosen.path.push(id.into());
            match (key, more) {
                (Some(key), None) => chosen.key = Some(key.into()),
                (Some(key), Some(_)) => {
                    chosen.keys.insert(place, key.into());
                }
                (None, _) => {}
            }
            let Some(more) = more else { return chosen };
            rest = more;
        }
    }

    /// Returns the path of the task, whatever instance is meant: `group.task`.
    pub fn task(&self) -> String {
        self.path.join(".")
    }

    /// Returns whether an instance is meant, or a task in one.
    pub fn is_of_instance(&self) -> bool {
        self.key.is_some() || !self.keys.is_empty()
    }

    /// Returns the tasks of which one instance is meant, outer ones first, and its key.
    pub fn instances(&self) -> impl Iterator<Item = (Self, &Arc<str>)> {
        (0..self.path.len()).filter_map(|place| Some((self.up_to(place), self.key_at(place)?)))
    }

    /// Returns the task at a place of the path, whichever instance of it is meant.
    pub fn up_to(&self, place: usize) -> Self {
        let keys = self.keys.range(..place).map(|(at, key)| (*at, key.clone())).collect();
        Self { path: self.path[..=place].to_vec(), key: None, keys }
    }

    /// Returns the key of the instance that is meant of the task at a place of the path.
    pub fn key_at(&self, place: usize) -> Option<&Arc<str>> {
        if place + 1 == self.path.len() { self.key.as_ref() } else { self.keys.get(&place) }
    }
}

impl fmt::Display for Chosen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, id) in self.path.iter().enumerate() {
            write!(f, "{}{id}", if place > 0 { "." } else { "" })?;
            if let Some(key) = self.key_at(place) {
                write!(f, "[{key}]")?;
            }
        }
        Ok(())
    }
}

/// Splits the first id off, its key, and what follows. A key ends at the first bracket behind which the
/// path goes on, or at the last one.
fn step(text: &str) -> (&str, Option<&str>, Option<&str>) {
    match text.find(['.', '[']).map(|at| text.split_at(at)) {
        None => (text, None, None),
        Some((id, rest)) => match (rest.strip_prefix('.'), rest.strip_prefix('[')) {
            (Some(more), _) => (id, None, Some(more)),
            (_, Some(inside)) => match (inside.split_once("]."), inside.strip_suffix(']')) {
                (Some((key, more)), _) => (id, Some(key), Some(more)),
                (None, Some(key)) => (id, Some(key), None),
                (None, None) => (text, None, None),
            },
            (None, None) => (text, None, None),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, path: &[&str], key: Option<&str>, keys: &[(usize, &str)]) {
        let chosen = Chosen::parse(text);
        assert_eq!(chosen.path.iter().map(|id| &**id).collect::<Vec<_>>(), path, "{text}");
        assert_eq!(chosen.key.as_deref(), key, "{text}");
        let found: Vec<_> = chosen.keys.iter().map(|(place, key)| (*place, &**key)).collect();
        assert_eq!(found, keys, "{text}");
        assert_eq!(chosen.to_string(), text);
    }

    #[test]
    fn tasks_are_named_by_their_groups_and_keys() {
        check("a", &["a"], None, &[]);
        check("g.a", &["g", "a"], None, &[]);
        check("a[1]", &["a"], Some("1"), &[]);
        check("g[x y].a", &["g", "a"], None, &[(0, "x y")]);
        check("g[2].h.a[k.e[y]]", &["g", "h", "a"], Some("k.e[y]"), &[(0, "2")]);
        check("g[1].h[2].a", &["g", "h", "a"], None, &[(0, "1"), (1, "2")]);
        check("a[1", &["a[1"], None, &[]);
    }
}
