//! How far a cursor has come: its last value, and which rows had it. Pure.

use std::collections::BTreeSet;

use compasso_types::{Json, hex};
use sha2::{Digest, Sha256};

/// Characters of a row's digest that are kept: two rows of one value hardly share them.
const DIGEST_CHARS: usize = 16;
const VALUE: &str = "value";
const ROWS: &str = "rows";

/// What has been seen of the rows of a query.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Passed {
    /// The last value of the cursor.
    pub(super) value: Json,
    /// Digests of the rows that have it; `None` in what an older release wrote.
    rows: Option<BTreeSet<String>>,
}

impl Passed {
    /// Takes note of rows, in the order of the cursor; `None` if its column is missing in the last.
    pub(super) fn of(rows: &[Json], column: &str) -> Option<Self> {
        let value = rows.last()?.get(column)?.clone();
        let same = rows.iter().rev().take_while(|row| row.get(column) == Some(&value));
        Some(Self { rows: Some(same.map(digest).collect()), value })
    }

    /// Reads what was written, or the bare value that an older release wrote.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let read = Json::parse(text).ok().filter(|value| *value != Json::Null)?;
        let rows = read.get(ROWS).and_then(Json::as_array);
        let (Some(value), Some(rows)) = (read.get(VALUE), rows) else {
            return Some(Self { value: read, rows: None });
        };
        let rows = rows.iter().filter_map(Json::as_str).map(str::to_owned).collect();
        Some(Self { value: value.clone(), rows: Some(rows) })
    }

    /// Writes it.
    pub(super) fn text(&self) -> String {
        let Some(rows) = &self.rows else { return self.value.to_string() };
        let rows = Json::array(rows.iter().map(|row| Json::from(row.as_str())));
        Json::object([(VALUE, self.value.clone()), (ROWS, rows)]).to_string()
    }

    /// Returns whether rows that come late can be told from those that were seen.
    pub(super) fn knows_rows(&self) -> bool {
        self.rows.is_some()
    }

    /// Returns which of the rows that have the last value now came after it was passed. Rows that only
    /// look otherwise are none: while there are not more than there were, nothing came.
    pub(super) fn late(&self, now: Vec<Json>) -> Vec<Json> {
        let Some(known) = self.rows.as_ref().filter(|known| now.len() > known.len()) else {
            return Vec::new();
        };
        now.into_iter().filter(|row| !known.contains(&digest(row))).collect()
    }
}

fn digest(row: &Json) -> String {
    let mut text = hex(&Sha256::digest(row.to_string()));
    text.truncate(DIGEST_CHARS);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &str) -> Vec<Json> {
        Json::parse(text).unwrap().as_array().unwrap().iter().cloned().collect()
    }

    #[test]
    fn what_is_written_is_read_back_and_bare_values_of_older_releases_are_read() {
        let passed =
            Passed::of(&rows(r#"[{"id":1},{"id":2,"x":1},{"id":2,"x":2}]"#), "id").unwrap();
        assert_eq!(Passed::parse(&passed.text()), Some(passed.clone()));
        assert_eq!(passed.value, Json::from(2));
        let old = Passed::parse("\"a\"").unwrap();
        assert_eq!((old.value.clone(), old.knows_rows()), (Json::from("a"), false));
        assert_eq!(old.text(), "\"a\"");
        assert_eq!(Passed::parse("null"), None);
        assert_eq!(Passed::of(&rows(r#"[{"x":1}]"#), "id"), None);
    }

    #[test]
    fn only_more_rows_than_there_were_are_late() {
        let passed = Passed::of(&rows(r#"[{"id":2,"x":1},{"id":2,"x":2}]"#), "id").unwrap();
        let late = |text| passed.late(rows(text)).len();
        assert_eq!(late(r#"[{"id":2,"x":1},{"id":2,"x":2}]"#), 0);
        assert_eq!(late(r#"[{"id":2,"x":1},{"id":2,"x":9}]"#), 0);
        assert_eq!(late(r#"[{"id":2,"x":1},{"id":2,"x":2},{"id":2,"x":3}]"#), 1);
    }
}
