//! Patterns of events, as EventBridge writes them. Pure.
//!
//! A pattern is like the event: its objects name members, its lists say which values they may have.

mod matcher;

use std::sync::Arc;

use compasso_types::Json;

use self::matcher::Matcher;

/// Deepest pattern.
const DEPTH_MAX: usize = 32;

/// What an event must be like.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Pattern {
    members: Vec<(Arc<str>, Node)>,
    /// One of each of these must match as well.
    alternatives: Vec<Vec<Pattern>>,
}

#[derive(Clone, Debug, PartialEq)]
enum Node {
    /// The value is one of these.
    Leaf(Vec<Matcher>),
    /// The value is an object like this.
    Object(Pattern),
}

impl Pattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// What is wrong with it, and where.
    pub(crate) fn parse(value: &Json) -> Result<Self, String> {
        Self::read(value, "pattern", 0)
    }

    /// Whether an event is as the pattern says.
    pub(crate) fn matches(&self, event: &Json) -> bool {
        self.is_like(Some(event))
    }

    fn read(value: &Json, place: &str, depth: usize) -> Result<Self, String> {
        let members = value.as_object().filter(|_| depth < DEPTH_MAX);
        let members = members.ok_or_else(|| format!("{place}: this is no object"))?;
        if members.is_empty() {
            return Err(format!("{place}: an empty pattern matches nothing; leave it out"));
        }
        let mut pattern = Self { members: Vec::new(), alternatives: Vec::new() };
        for (name, value) in members.iter() {
            let place = format!("{place}/{name}");
            match (&**name, value) {
                ("$or", Json::Array(items)) if items.len() >= 2 => {
                    let read = items.iter().map(|item| Self::read(item, &place, depth + 1));
                    pattern.alternatives.push(read.collect::<Result<_, _>>()?);
                }
                (_, Json::Array(items)) if !items.is_empty() => {
                    let read = items.iter().map(|item| Matcher::parse(item, &place));
                    let leaf = Node::Leaf(read.collect::<Result<_, _>>()?);
                    pattern.members.push((name.clone(), leaf));
                }
                (_, Json::Object(_)) => {
                    let node = Node::Object(Self::read(value, &place, depth + 1)?);
                    pattern.members.push((name.clone(), node));
                }
                _ => return Err(format!("{place}: write a list of values, or an object")),
            }
        }
        Ok(pattern)
    }

    fn is_like(&self, event: Option<&Json>) -> bool {
        let has =
            |(name, node): &(Arc<str>, Node)| node.takes(event.and_then(|event| event.get(name)));
        self.members.iter().all(has)
            && self.alternatives.iter().all(|any| any.iter().any(|one| one.is_like(event)))
    }
}

impl Node {
    /// Whether a value is as it should be; of a list, one of its items.
    fn takes(&self, value: Option<&Json>) -> bool {
        match (self, value) {
            (Self::Leaf(any), Some(Json::Array(items))) if !items.is_empty() => {
                items.iter().any(|item| any.iter().any(|one| one.takes(Some(item))))
            }
            (Self::Leaf(any), value) => any.iter().any(|one| one.takes(value)),
            (Self::Object(pattern), Some(Json::Array(items))) => {
                items.iter().any(|item| pattern.is_like(Some(item)))
            }
            (Self::Object(pattern), value) => pattern.is_like(value),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(pattern: &str, yes: &[&str], no: &[&str]) {
        let pattern = Pattern::parse(&Json::parse(pattern).unwrap()).unwrap();
        for event in yes {
            assert!(pattern.matches(&Json::parse(event).unwrap()), "{event}");
        }
        for event in no {
            assert!(!pattern.matches(&Json::parse(event).unwrap()), "{event}");
        }
    }

    #[test]
    fn values_are_alternatives_and_members_belong_together() {
        check(
            r#"{"source": ["shop", "store"], "detail": {"state": ["paid"], "n": [1, null, true]}}"#,
            &[
                r#"{"source": "shop", "detail": {"state": "paid", "n": 1.0}, "more": 1}"#,
                r#"{"source": "store", "detail": {"state": ["new", "paid"], "n": null}}"#,
                r#"{"source": "store", "detail": [{"state": "paid", "n": true}, {}]}"#,
            ],
            &[
                r#"{"source": "shop", "detail": {"state": "new", "n": 1}}"#,
                r#"{"source": "shop", "detail": {"state": "paid", "n": "1"}}"#,
                r#"{"source": "shop", "detail": {"state": "paid"}}"#,
                r#"{"source": "shop"}"#,
                "[]",
            ],
        );
    }

    #[test]
    fn texts_match_by_their_beginning_end_case_or_wildcards() {
        check(
            r#"{"k": [{"prefix": "a/"}, {"suffix": {"equals-ignore-case": ".CSV"}}, {"equals-ignore-case": "Yes"}, {"wildcard": "x*z\\*"}]}"#,
            &[
                r#"{"k": "a/b"}"#,
                r#"{"k": "b.csv"}"#,
                r#"{"k": "YES"}"#,
                r#"{"k": "xyyz*"}"#,
                r#"{"k": "xz*"}"#,
            ],
            &[r#"{"k": "b/a/"}"#, r#"{"k": "xyz"}"#, r#"{"k": "yes!"}"#, r#"{"k": 1}"#],
        );
    }

    #[test]
    fn numbers_match_by_ranges() {
        check(
            r#"{"n": [{"numeric": [">", 0, "<=", 5]}, {"numeric": ["=", 9]}]}"#,
            &[r#"{"n": 5}"#, r#"{"n": 0.1}"#, r#"{"n": 9.0}"#],
            &[r#"{"n": 0}"#, r#"{"n": 5.1}"#, r#"{"n": "3"}"#],
        );
    }

    #[test]
    fn what_is_there_or_not_can_be_asked() {
        check(
            r#"{"a": {"b": [{"exists": false}]}}"#,
            &["{}", r#"{"a": {}}"#, r#"{"a": 1}"#],
            &[r#"{"a": {"b": null}}"#],
        );
        check(r#"{"a": [{"exists": true}]}"#, &[r#"{"a": null}"#], &["{}"]);
    }

    #[test]
    fn anything_but_what_is_named_matches_what_is_there() {
        check(
            r#"{"s": [{"anything-but": ["a", 1]}]}"#,
            &[r#"{"s": "b"}"#, r#"{"s": 2}"#],
            &[r#"{"s": "a"}"#, r#"{"s": 1}"#, "{}"],
        );
        check(
            r#"{"s": [{"anything-but": {"prefix": ["in", "out"]}}]}"#,
            &[r#"{"s": "x"}"#],
            &[r#"{"s": "inner"}"#, r#"{"s": "outer"}"#],
        );
        check(
            r#"{"s": [{"anything-but": {"wildcard": "*/tmp/*"}}]}"#,
            &[r#"{"s": "a/b"}"#],
            &[r#"{"s": "a/tmp/b"}"#],
        );
    }

    #[test]
    fn addresses_match_by_their_network() {
        check(
            r#"{"ip": [{"cidr": "10.0.0.0/9"}, {"cidr": "2001:db8::/32"}]}"#,
            &[r#"{"ip": "10.127.0.1"}"#, r#"{"ip": "2001:db8::1"}"#],
            &[r#"{"ip": "10.128.0.1"}"#, r#"{"ip": "2001:db9::1"}"#, r#"{"ip": "x"}"#],
        );
    }

    #[test]
    fn alternatives_of_whole_patterns_are_written_with_or() {
        check(
            r#"{"s": ["a"], "$or": [{"x": [1]}, {"y": {"z": [2]}}]}"#,
            &[r#"{"s": "a", "x": 1}"#, r#"{"s": "a", "y": {"z": 2}}"#],
            &[r#"{"s": "a"}"#, r#"{"s": "b", "x": 1}"#],
        );
    }

    #[test]
    fn what_is_no_pattern_is_refused_with_its_place() {
        let refusal = |text: &str| Pattern::parse(&Json::parse(text).unwrap()).unwrap_err();
        assert_eq!(refusal("[]"), "pattern: this is no object");
        assert_eq!(refusal(r#"{"a": "b"}"#), "pattern/a: write a list of values, or an object");
        assert_eq!(
            refusal(r#"{"a": {}}"#),
            "pattern/a: an empty pattern matches nothing; leave it out"
        );
        assert!(
            refusal(r#"{"a": [{"sufix": "b"}]}"#).starts_with("pattern/a: 'sufix' is no filter")
        );
        for wrong in [
            r#"{"numeric": [">"]}"#,
            r#"{"numeric": ["!", 1]}"#,
            r#"{"cidr": "10.0.0.0/33"}"#,
            r#"{"exists": 1}"#,
            r#"{"anything-but": []}"#,
            r#"{"wildcard": "a\\"}"#,
            r#"{"prefix": 1}"#,
        ] {
            refusal(&format!(r#"{{"a": [{wrong}]}}"#));
        }
    }
}
