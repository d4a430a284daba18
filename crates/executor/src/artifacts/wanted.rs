//! Which files of other tasks are wanted.
//!
//! `TASK/NAME` is a file of a task of the needs, `TASK[KEY]/NAME` one of an instance of it. `TASK/NAME` of a task
//! with instances means those of all of them, each below its key: they would have one place otherwise.

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
        described => Ok(vec![file(described, "")?]),
    }
}

fn of_needs(place: &str, document: &Json) -> Result<Vec<Wanted>, Failure> {
    let id = place.split(['/', '[']).next().unwrap_or_default();
    let need = document.get("needs").and_then(|needs| needs.get(id));
    let Some(need) = need else { return Err(none(place, "")) };
    let (rest, instances) = (&place[id.len()..], list(need, "instances"));
    let found: Vec<_> = match rest.strip_prefix('/') {
        Some(name) if instances.is_empty() => {
            found(need, name).map(|it| ("", it)).into_iter().collect()
        }
        Some(name) => {
            instances.iter().filter_map(|one| Some((key(one), found(one, name)?))).collect()
        }
        None => of_one(instances, rest).map(|it| ("", it)).into_iter().collect(),
    };
    if found.is_empty() {
        return Err(none(place, &kept(id, need, instances)));
    }
    found.into_iter().map(|(directory, described)| file(described, directory)).collect()
}

/// Returns the file that `[KEY]/NAME` means; both may hold any sign.
fn of_one<'d>(instances: &'d [Json], rest: &str) -> Option<&'d Json> {
    rest.match_indices("]/").find_map(|(at, end)| {
        let (wanted, name) = (rest.get(1..at)?, &rest[at + end.len()..]);
        found(instances.iter().find(|instance| key(instance) == wanted)?, name)
    })
}

fn list<'d>(record: &'d Json, name: &str) -> &'d [Json] {
    record.get(name).and_then(Json::as_array).map_or(&[], |items| &items[..])
}

fn key(instance: &Json) -> &str {
    instance.get("key").and_then(Json::as_str).unwrap_or_default()
}

fn found<'d>(record: &'d Json, name: &str) -> Option<&'d Json> {
    let is_it = |artifact: &&Json| artifact.get("name").and_then(Json::as_str) == Some(name);
    list(record, "artifacts").iter().find(is_it)
}

/// Reads a description; the file goes below `directory`.
fn file(described: &Json, directory: &str) -> Result<Wanted, Failure> {
    let text = |name: &str| described.get(name).and_then(Json::as_str);
    let (Some(name), Some(sha256)) = (text("name"), text("sha256")) else {
        return Err(Failure::bad_order(format!("{described} names no artifact")));
    };
    let mut path = inner_path(name)?;
    if !directory.is_empty() {
        path = inner_path(directory)?.join(path);
    }
    Ok(Wanted { path, sha256: sha256.to_owned() })
}

/// Tells what there is, for who asked for something else.
fn kept(id: &str, need: &Json, instances: &[Json]) -> String {
    let names = |record: &Json, of: &str| {
        let names = list(record, "artifacts").iter().filter_map(|it| it.get("name")?.as_str());
        names.map(|name| format!("{of}/{name}")).collect::<Vec<_>>()
    };
    let own = names(need, id).into_iter();
    let of_instances = instances.iter().flat_map(|one| names(one, &format!("{id}[{}]", key(one))));
    let all: Vec<_> = own.chain(of_instances).collect();
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
