//! `GET /api/v1/openapi.json`: this interface, described.

use axum::extract::{Request, State};
use axum::response::Response;
use serde_json::value::RawValue;

use super::access;
use super::answer::{respond, tagged};
use crate::Edge;
use crate::errors::Failure;

/// The description; a test holds it against the routes.
pub(super) const DOCUMENT: &str = include_str!("../../../../docs/openapi.json");

/// Describes this interface.
pub(super) async fn answer(State(edge): State<Edge>, request: Request) -> Response {
    let outcome = describe(&edge, request);
    respond(&edge, outcome)
}

fn describe(edge: &Edge, request: Request) -> Result<Response, Failure> {
    let parts = request.into_parts().0;
    access::reader(edge, &parts)?;
    let document: &RawValue = serde_json::from_str(DOCUMENT).expect("the description is JSON");
    Ok(tagged(&parts.headers, &document))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::Value;

    use super::*;

    /// Where the routes are made.
    const ROUTES: &str = include_str!("../rest.rs");

    #[test]
    fn every_route_is_described_and_every_description_has_its_route() {
        let described: BTreeSet<String> = described().collect();
        let routes: BTreeSet<String> = routes().collect();
        assert!(routes.len() > 40, "{routes:?}");
        let missing: Vec<_> = routes.difference(&described).collect();
        let left_over: Vec<_> = described.difference(&routes).collect();
        assert_eq!((missing, left_over), (vec![], vec![]), "docs/openapi.json");
    }

    #[test]
    fn what_descriptions_refer_to_is_there() {
        let document: Value = serde_json::from_str(DOCUMENT).unwrap();
        let mut references = Vec::new();
        collect(&document, &mut references);
        assert!(!references.is_empty());
        for reference in references {
            let pointer = reference.strip_prefix('#').unwrap();
            assert!(document.pointer(pointer).is_some(), "{reference}");
        }
    }

    /// Returns `METHOD path` of each operation.
    fn described() -> impl Iterator<Item = String> {
        let document: Value = serde_json::from_str(DOCUMENT).unwrap();
        let paths = document["paths"].as_object().unwrap().clone();
        paths.into_iter().flat_map(|(path, operations)| {
            let methods: Vec<_> = operations.as_object().unwrap().keys().cloned().collect();
            methods.into_iter().map(move |method| format!("{method} {path}"))
        })
    }

    fn routes() -> impl Iterator<Item = String> {
        ROUTES.split(".route(").skip(1).flat_map(|route| {
            let path = route.split('"').nth(1).unwrap().replace("{*", "{");
            let handlers = route.split(".merge(").next().unwrap();
            let methods = ["get", "post", "put", "delete"];
            let is_there = |method: &&str| {
                [" ", ".", "\n"]
                    .iter()
                    .any(|before| handlers.contains(&format!("{before}{method}(")))
            };
            let found: Vec<_> = methods.into_iter().filter(is_there).collect();
            found.into_iter().map(move |method| format!("{method} {path}"))
        })
    }

    fn collect<'v>(value: &'v Value, references: &mut Vec<&'v str>) {
        match value {
            Value::Object(members) => {
                references.extend(members.get("$ref").and_then(Value::as_str));
                members.values().for_each(|value| collect(value, references));
            }
            Value::Array(items) => items.iter().for_each(|value| collect(value, references)),
            _ => {}
        }
    }
}
