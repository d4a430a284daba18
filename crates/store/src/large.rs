//! Large values: taken out of the bodies that hold them, so that a store with a disk keeps each once.
//!
//! A task's output of a mebibyte stands in the events of its end, in those of the next task's start
//! and in the image after both. What is stored of such a body is a blank and the body with a
//! reference, `{"blob":"…"}`, instead of each large value; the values are named by their content.
//! That is JSON again, as all bodies that people may query are. A body without a large value is
//! stored as it is: ours begin with no blank.
//!
//! **Invariant:** [`joined`] gives back what was [`cut`], whatever it is: JSON or not, with blanks in
//! front or with texts in it that look like references.

mod batch;
mod scan;

use bytes::Bytes;

pub use self::batch::{Values, cut_batch, names_of};

/// Values from this size on are large, bytes.
pub const LARGE_BYTES: usize = 256 * 1024;

/// Stands before a body that has been cut.
const MARK: u8 = b' ';
/// How a reference begins.
const REFERENCE: &[u8] = br#"{"blob":""#;
/// How a reference ends.
const REFERENCE_END: &[u8] = br#""}"#;
/// Characters of a name.
const NAME_CHARS: usize = 64;
/// Bytes of a reference.
const REFERENCE_BYTES: usize = REFERENCE.len() + NAME_CHARS + REFERENCE_END.len();

/// A value that is stored on its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// The hexadecimal digits of its hash.
    pub name: String,
    /// Its text.
    pub body: Bytes,
}

/// A body without its large values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cut {
    /// What is stored instead of it.
    pub text: Bytes,
    /// The values, in their order; one that comes twice is here twice.
    pub pieces: Vec<Piece>,
}

/// Takes the large values out of a body: the innermost ones, which hold no other large one. `None`:
/// the body is stored as it is.
pub fn cut(body: &Bytes) -> Option<Cut> {
    if !is_cut(body) {
        return None;
    }
    let whole = || std::iter::once(0..body.len()).collect();
    let ranges = if is_like_stored(body) { None } else { scan::large(body) };
    let mut text = vec![MARK];
    let mut pieces = Vec::new();
    let mut done = 0;
    for range in ranges.unwrap_or_else(whole) {
        text.extend_from_slice(&body[done..range.start]);
        done = range.end;
        let body = body.slice(range);
        let name = name(&body);
        text.extend_from_slice(REFERENCE);
        text.extend_from_slice(name.as_bytes());
        text.extend_from_slice(REFERENCE_END);
        pieces.push(Piece { name, body });
    }
    text.extend_from_slice(&body[done..]);
    Some(Cut { text: text.into(), pieces })
}

/// Says whether something else is stored than the body as it is.
pub fn is_cut(body: &Bytes) -> bool {
    body.len() >= LARGE_BYTES || is_like_stored(body)
}

/// Says whether a body would be taken for what is stored of another one.
fn is_like_stored(body: &[u8]) -> bool {
    body.first() == Some(&MARK) || referred(body).is_some()
}

/// Returns the names of the values that were taken out of what is stored of a body.
pub fn names(text: &[u8]) -> impl Iterator<Item = &str> {
    references(text).map(|(_, name)| name)
}

/// Puts the values that `read` finds by their names back into what is stored of a body.
///
/// # Errors
/// What `read` fails with.
pub fn joined<E>(text: Bytes, mut read: impl FnMut(&str) -> Result<Bytes, E>) -> Result<Bytes, E> {
    if text.first() != Some(&MARK) {
        return Ok(text);
    }
    if let Some(name) = referred(&text[1..]) {
        return read(name);
    }
    let mut body = Vec::new();
    let mut done = 1;
    for (at, name) in references(&text) {
        body.extend_from_slice(&text[done..at]);
        body.extend_from_slice(&read(name)?);
        done = at + REFERENCE_BYTES;
    }
    body.extend_from_slice(&text[done..]);
    Ok(body.into())
}

/// Returns the name that a text refers to if it is a reference and nothing else. Releases before
/// values were taken out stored whole bodies so, without a mark.
pub fn referred(text: &[u8]) -> Option<&str> {
    let name = text.strip_prefix(REFERENCE)?.strip_suffix(REFERENCE_END)?;
    let is_name = name.len() == NAME_CHARS && name.iter().all(u8::is_ascii_hexdigit);
    is_name.then(|| std::str::from_utf8(name).expect("digits are text"))
}

/// Returns the name of a value.
pub fn name(body: &[u8]) -> String {
    blake3::hash(body).to_hex().as_str().to_owned()
}

/// Returns where the references of what is stored of a body begin, and the names in them.
fn references(text: &[u8]) -> impl Iterator<Item = (usize, &str)> {
    let begins = text.iter().enumerate().filter(|(_, byte)| **byte == REFERENCE[0]);
    let begins = begins.filter(|_| text.first() == Some(&MARK));
    begins.filter_map(|(at, _)| {
        let reference = text.get(at..at + REFERENCE_BYTES)?;
        Some((at, referred(reference)?))
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::convert::Infallible;

    use super::*;

    fn large(letter: &str) -> String {
        format!(r#"["{}",1]"#, letter.repeat(LARGE_BYTES))
    }

    /// Cuts and joins a body; returns what was stored and how many different values.
    #[track_caller]
    fn stored(body: &str) -> (String, usize) {
        let body = Bytes::from(body.to_owned());
        let Some(Cut { text, pieces }) = cut(&body) else {
            assert!(joined(body.clone(), |_| Err(())) == Ok(body.clone()));
            return (String::from_utf8(body.to_vec()).unwrap(), 0);
        };
        assert!(names(&text).eq(pieces.iter().map(|piece| &*piece.name)));
        let values: BTreeMap<_, _> =
            pieces.into_iter().map(|piece| (piece.name, piece.body)).collect();
        let read = |name: &str| Ok::<_, Infallible>(values[name].clone());
        assert!(joined(text.clone(), read) == Ok(body), "what was cut is joined");
        (String::from_utf8(text.to_vec()).unwrap(), values.len())
    }

    #[test]
    fn a_body_without_a_large_value_is_stored_as_it_is() {
        for body in ["", "{}", r#"{"a":{"blob":"x"}}"#] {
            assert_eq!(stored(body), (body.to_owned(), 0));
        }
    }

    #[test]
    fn a_value_that_comes_often_is_one_however_it_is_wrapped() {
        let value = large("é\\\"");
        let (text, values) = stored(&format!(r#"[{{"a":{value}}},{{"b":[{value},[2]]}},{value}]"#));
        let name = name(&value.as_bytes()[1..value.len() - 3]);
        let reference = format!(r#"[{{"blob":"{name}"}},1]"#);
        let instead = format!(r#" [{{"a":{reference}}},{{"b":[{reference},[2]]}},{reference}]"#);
        assert_eq!((text, values), (instead, 1));
    }

    #[test]
    fn many_small_values_are_one_large_one() {
        let items: Vec<_> = (0..LARGE_BYTES).map(|n| n.to_string()).collect();
        let items = format!("[{}]", items.join(","));
        let (text, values) = stored(&format!(r#"{{"items":{items}}}"#));
        assert_eq!(text, format!(r#" {{"items":{{"blob":"{}"}}}}"#, name(items.as_bytes())));
        assert_eq!(values, 1);
    }

    #[test]
    fn what_looks_like_something_stored_is_kept_as_it_was() {
        let reference = format!(r#"{{"blob":"{}"}}"#, "0".repeat(64));
        assert_eq!(stored(&reference).1, 1);
        assert_eq!(stored(&format!(" {reference}")).1, 1);
        assert_eq!(stored(&format!("[{reference},{}]", large("x"))).1, 2);
        assert_eq!(stored(&format!("[{reference}{}]", "1".repeat(LARGE_BYTES))).1, 1);
    }

    #[test]
    fn what_is_no_json_is_one_value() {
        for text in ["]", "[", "\"", "\"\\", "x"] {
            assert_eq!(stored(&format!("{text}{}", "x".repeat(LARGE_BYTES))).1, 1);
        }
    }
}
