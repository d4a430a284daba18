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

    /// Returns an event that was stored as it came. The inner error says why it cannot be.
    pub(crate) fn with_secrets(
        &self,
        slot: &Slot,
        stored: &Json,
    ) -> Result<Result<Json, String>, Later> {
        if slot.entry.secret_members.is_empty() {
            return Ok(Ok(stored.clone()));
        }
        let starts = self.starts()?;
        let open = |value: &Json| match sealed::text_of(value) {
            Some(text) => starts.open(&slot.pipeline, text),
            None => Ok(value.clone()),
        };
        Ok(changed(stored, &slot.entry.secret_members, &open))
    }
}

/// Returns an event in which the values of `members` are others.
fn changed(
    event: &Json,
    members: &[Vec<Arc<str>>],
    change: &impl Fn(&Json) -> Result<Json, String>,
) -> Result<Json, String> {
    let of_body = members.iter().any(|path| path.first().is_some_and(|name| **name == *BODY));
    let raw = [Arc::from(RAW)];
    let paths = members.iter().map(Vec::as_slice).chain(of_body.then_some(raw.as_slice()));
    paths.into_iter().try_fold(event.clone(), |event, path| changed_at(&event, path, change))
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
        let path = |path: &&str| path.split('.').map(Arc::from).collect();
        let members: Vec<_> = paths.iter().map(path).collect();
        let stored =
            changed(&event, &members, &|plain| Ok(sealed::wrap(&format!("<{plain}>")))).unwrap();
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

    #[test]
    fn an_event_that_cannot_be_sealed_is_not_stored() {
        let event = Json::parse(r#"{"a":1}"#).unwrap();
        let refused = changed(&event, &[vec!["a".into()]], &|_| Err("no key".into()));
        assert_eq!(refused, Err("no key".into()));
    }
}
