//! What of an event is secret: sealed before the event is stored.

use std::sync::Arc;

use compasso_types::{Json, sealed};

use crate::Triggers;
use crate::inbox::Later;
use crate::slot::Slot;

/// What a request brings, and the member that has it once more as it came.
const BODY: &str = "body";
const RAW: &str = "raw";

impl Triggers {
    /// Returns an event as it is stored: what secret params are given of it is sealed. The inner error
    /// says why it cannot be.
    pub(crate) fn without_secrets(
        &self,
        slot: &Slot,
        event: &Json,
    ) -> Result<Result<Json, String>, Later> {
        if slot.entry.secret_members.is_empty() {
            return Ok(Ok(event.clone()));
        }
        let starts = self.starts()?;
        let seal = |plain: &Json| Ok(sealed::wrap(&starts.seal(&slot.pipeline, plain)?));
        Ok(changed(event, &slot.entry.secret_members, &seal))
    }

    /// Returns an event that was stored as it came; `members` are those that were sealed, as far as that
    /// is known. The inner error says why it cannot be.
    pub(crate) fn with_secrets(
        &self,
        slot: &Slot,
        stored: &Json,
        members: &[Vec<Arc<str>>],
    ) -> Result<Result<Json, String>, Later> {
        let of_now = slot.entry.secret_members.as_slice();
        let members = if members.is_empty() { of_now } else { members };
        if members.is_empty() {
            return Ok(Ok(stored.clone()));
        }
        let starts = self.starts()?;
        let open = |text: &str| starts.open(&slot.pipeline, text);
        Ok(opened(stored, members, of_now, &open))
    }
}

/// Returns an event in which `members` are opened. What would not be sealed again, as it is none of
/// `of_now`, is refused.
fn opened(
    stored: &Json,
    members: &[Vec<Arc<str>>],
    of_now: &[Vec<Arc<str>>],
    open: &impl Fn(&str) -> Result<Json, String>,
) -> Result<Json, String> {
    let mut event = stored.clone();
    // The other way round than they were sealed: one may lie in another.
    for path in paths_of(members).iter().rev() {
        let before = event;
        event = changed_at(&before, path, &|value| match sealed::text_of(value) {
            Some(text) => open(text),
            None => Ok(value.clone()),
        })?;
        if event != before && !paths_of(of_now).contains(path) {
            let path = path.join(".");
            return Err(format!(
                "'trigger.{path}' was sealed for a secret param, and the trigger gives it to none now"
            ));
        }
    }
    Ok(event)
}

/// Returns an event in which the values of `members` are others.
fn changed(
    event: &Json,
    members: &[Vec<Arc<str>>],
    change: &impl Fn(&Json) -> Result<Json, String>,
) -> Result<Json, String> {
    let paths = paths_of(members);
    paths.iter().try_fold(event.clone(), |event, path| changed_at(&event, path, change))
}

/// Returns where values are secret: in `members`, and in the body as it came if a part of it is.
fn paths_of(members: &[Vec<Arc<str>>]) -> Vec<Vec<Arc<str>>> {
    let of_body = members.iter().any(|path| path.first().is_some_and(|name| **name == *BODY));
    members.iter().cloned().chain(of_body.then(|| vec![Arc::from(RAW)])).collect()
}

/// Returns a value in which what is at a path is another one; it is the same if nothing is there.
fn changed_at(
    value: &Json,
    path: &[Arc<str>],
    change: &impl Fn(&Json) -> Result<Json, String>,
) -> Result<Json, String> {
    let Some((name, rest)) = path.split_first() else {
        return change(value);
    };
    match value {
        Json::Object(members) => {
            let Some(member) = members.get(name) else { return Ok(value.clone()) };
            let member = changed_at(member, rest, change)?;
            let mut members = (**members).clone();
            members.insert(name.clone(), member);
            Ok(Json::from(members))
        }
        // An expression finds the members of all items.
        Json::Array(items) => {
            let items = items.iter().map(|item| changed_at(item, path, change));
            Ok(Json::from(items.collect::<Result<Vec<_>, _>>()?))
        }
        // It may hold what could not be read: a body that is no JSON.
        Json::String(_) => change(value),
        Json::Null | Json::Bool(_) | Json::Number(_) => Ok(value.clone()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(event: &str, paths: &[&str], expected: &str) {
        let event = Json::parse(event).unwrap();
        let seal = |plain: &Json| Ok(sealed::wrap(&format!("<{plain}>")));
        let stored = changed(&event, &members(paths), &seal).unwrap();
        let expected = expected.replace('\'', "\\\"");
        assert_eq!(stored.to_string(), expected);
    }

    #[test]
    fn a_member_is_sealed_and_all_else_stays() {
        check(
            r#"{"data":{"user":"ada","password":"horse"}}"#,
            &["data.password"],
            r#"{"data":{"user":"ada","password":{"$sealed":"<'horse'>"}}}"#,
        );
        check(r#"{"data":{"user":"ada"}}"#, &["data.password"], r#"{"data":{"user":"ada"}}"#);
    }

    #[test]
    fn members_of_all_items_are_sealed() {
        check(
            r#"{"rows":[{"p":1},{"q":2}]}"#,
            &["rows.p"],
            r#"{"rows":[{"p":{"$sealed":"<1>"}},{"q":2}]}"#,
        );
    }

    #[test]
    fn a_body_is_not_there_as_it_came_if_a_part_of_it_is_sealed() {
        check(
            r#"{"body":{"p":"horse","q":"1"},"raw":"p=horse&q=1","query":{"t":"x"}}"#,
            &["body.p", "query.t"],
            r#"{"body":{"p":{"$sealed":"<'horse'>"},"q":"1"},"raw":{"$sealed":"<'p=horse&q=1'>"},"query":{"t":{"$sealed":"<'x'>"}}}"#,
        );
    }

    #[test]
    fn a_text_that_could_not_be_read_is_sealed_as_a_whole() {
        check(r#"{"body":"{p: horse"}"#, &["body.p"], r#"{"body":{"$sealed":"<'{p: horse'>"}}"#);
    }

    fn members(paths: &[&str]) -> Vec<Vec<Arc<str>>> {
        paths.iter().map(|path| path.split('.').map(Arc::from).collect()).collect()
    }

    /// Seals an event by some paths, and opens it where the trigger has others.
    fn replayed(event: &str, sealed: &[&str], of_now: &[&str]) -> Result<String, String> {
        let (event, paths) = (Json::parse(event).unwrap(), members(sealed));
        let seal = |plain: &Json| Ok(sealed::wrap(&plain.to_string()));
        let stored = changed(&event, &paths, &seal).unwrap();
        let open = |text: &str| Ok(Json::parse(text).unwrap());
        opened(&stored, &paths, &members(of_now), &open).map(|event| event.to_string())
    }

    #[test]
    fn what_was_sealed_within_another_member_is_opened_as_it_came() {
        let came = r#"{"body":{"p":"horse","q":1},"raw":"p=horse"}"#;
        for paths in [["body.p", "body"], ["body", "body.p"]] {
            assert_eq!(replayed(came, &paths, &["body", "body.p"]).unwrap(), came);
        }
    }

    #[test]
    fn what_was_sealed_for_a_param_that_moved_is_refused() {
        let came = r#"{"data":{"p":"horse","q":1}}"#;
        let why =
            "'trigger.data.p' was sealed for a secret param, and the trigger gives it to none now";
        for of_now in [&[][..], &["data.q"]] {
            assert_eq!(replayed(came, &["data.p"], of_now).unwrap_err(), why);
        }
        assert_eq!(replayed(came, &["data.p"], &["data.q", "data.p"]).unwrap(), came);
        // Nothing of it came.
        assert_eq!(replayed(came, &["data.x"], &["data.q"]).unwrap(), came);
    }

    #[test]
    fn an_event_that_cannot_be_sealed_is_not_stored() {
        let event = Json::parse(r#"{"a":1}"#).unwrap();
        let refused = changed(&event, &[vec!["a".into()]], &|_| Err("no key".into()));
        assert_eq!(refused, Err("no key".into()));
    }
}
