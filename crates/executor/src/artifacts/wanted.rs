//! Which files of other tasks are wanted.
//!
//! `TASK/NAME` is a file of a task of the needs, `TASK[KEY]/NAME` one of an instance of it. `TASK/NAME` of a task
//! with instances means those of all of them, each below its key: they would have one place otherwise.
//! `GROUP.TASK/NAME` is a file of a task in a group of the needs, and each of the two may have a key.

use std::path::PathBuf;

use compasso_types::Json;

use crate::Failure;
use crate::workspace::inner_path;

/// Most names that a cause tells.
const TOLD_MAX: usize = 10;

/// A file another task kept.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Wanted {
    /// Where it goes in the workspace.
    pub(super) path: PathBuf,
    pub(super) sha256: String,
}

/// Reads what is wanted: the description of an artifact, or the place of some in the needs of the context.
pub(super) fn files(wanted: &Json, document: &Json) -> Result<Vec<Wanted>, Failure> {
    match wanted {
        Json::String(place) => of_needs(place, document),
        described => Ok(vec![file(described, &[])?]),
    }
}

fn of_needs(place: &str, document: &Json) -> Result<Vec<Wanted>, Failure> {
    let id = place.split(['/', '[', '.']).next().unwrap_or_default();
    let need = document.get("needs").and_then(|needs| needs.get(id));
    let Some(need) = need else { return Err(none(place, "")) };
    let kept = kept_by(id, need);
    let found = kept.iter().filter_map(|kept| Some((kept.below(place)?, kept.described)));
    let files: Vec<_> = found.map(|(below, described)| file(described, &below)).collect();
    if files.is_empty() {
        return Err(none(place, &told(id, &kept)));
    }
    files.into_iter().collect()
}

/// A file of a need.
struct Kept<'d> {
    /// The task that kept it, after the groups it is in; each with the key of its instance, if it has instances.
    steps: Vec<(&'d str, Option<&'d str>)>,
    described: &'d Json,
}

impl<'d> Kept<'d> {
    fn new(id: &'d str, key: Option<&'d str>, described: &'d Json) -> Self {
        let mut steps = vec![(id, key)];
        let inside = described.get("task").and_then(Json::as_str);
        for (end, _) in inside.into_iter().flat_map(|path| path.match_indices('.')) {
            steps.extend(inside.map(|path| step(&path[..end], described)));
        }
        steps.extend(inside.map(|path| step(path, described)));
        Self { steps, described }
    }

    /// Returns the keys below which it is brought, if a place means it: those that the place does not say.
    fn below(&self, place: &str) -> Option<Vec<&'d str>> {
        let (mut rest, mut below) = (place, Vec::new());
        for (at, (id, key)) in self.steps.iter().enumerate() {
            rest = if at > 0 { rest.strip_prefix('.')? } else { rest };
            rest = rest.strip_prefix(id)?;
            let Some(key) = key else { continue };
            match rest.strip_prefix(&*format!("[{key}]")) {
                Some(after) => rest = after,
                None => below.push(*key),
            }
        }
        (rest.strip_prefix('/')? == name(self.described)).then_some(below)
    }

    fn place(&self) -> String {
        let steps = self
            .steps
            .iter()
            .map(|(id, key)| key.map_or_else(|| (*id).to_owned(), |key| format!("{id}[{key}]")));
        format!("{}/{}", steps.collect::<Vec<_>>().join("."), name(self.described))
    }
}

/// Returns the last task of a path in a group, with the key that a description has for it.
fn step<'d>(path: &'d str, described: &'d Json) -> (&'d str, Option<&'d str>) {
    let key = described.get("keys").and_then(|keys| keys.get(path)?.as_str());
    (path.rsplit('.').next().unwrap_or_default(), key)
}

fn kept_by<'d>(id: &'d str, need: &'d Json) -> Vec<Kept<'d>> {
    let own = list(need, "artifacts").iter().map(|file| Kept::new(id, None, file));
    let of_instances = list(need, "instances").iter().flat_map(|one| {
        let key = one.get("key").and_then(Json::as_str);
        list(one, "artifacts").iter().map(move |file| Kept::new(id, key, file))
    });
    own.chain(of_instances).collect()
}

fn list<'d>(record: &'d Json, name: &str) -> &'d [Json] {
    record.get(name).and_then(Json::as_array).map_or(&[], |items| &items[..])
}

fn name(described: &Json) -> &str {
    described.get("name").and_then(Json::as_str).unwrap_or_default()
}

/// Reads a description; the file goes below these directories.
fn file(described: &Json, below: &[&str]) -> Result<Wanted, Failure> {
    let text = |name: &str| described.get(name).and_then(Json::as_str);
    let (Some(name), Some(sha256)) = (text("name"), text("sha256")) else {
        return Err(Failure::bad_order(format!("{described} names no artifact")));
    };
    let mut path = PathBuf::new();
    for directory in below {
        path.push(inner_path(directory)?);
    }
    path.push(inner_path(name)?);
    Ok(Wanted { path, sha256: sha256.to_owned() })
}

/// Tells what there is, for who asked for something else.
fn told(id: &str, kept: &[Kept<'_>]) -> String {
    let all: Vec<_> = kept.iter().map(Kept::place).collect();
    match all.len() {
        0 => format!("; '{id}' kept nothing"),
        count if count > TOLD_MAX => {
            format!("; '{id}' kept {} and {} more", all[..TOLD_MAX].join(", "), count - TOLD_MAX)
        }
        _ => format!("; '{id}' kept {}", all.join(", ")),
    }
}

fn none(place: &str, kept: &str) -> Failure {
    Failure::new("NoArtifact", format!("no task kept '{place}'{kept}"))
}
