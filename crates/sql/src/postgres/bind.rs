//! Values of JSON as PostgreSQL takes them: as texts, which it reads as what it expects.

use std::error::Error;

use bytes::BytesMut;
use compasso_types::Json;
use tokio_postgres::types::{Format, IsNull, Kind, ToSql, Type};

/// A value to bind.
#[derive(Debug)]
pub(super) struct Bound<'a>(pub(super) &'a Json);

impl ToSql for Bound<'_> {
    fn to_sql(
        &self,
        kind: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        let is_json = matches!(*kind, Type::JSON | Type::JSONB);
        let text = match self.0 {
            Json::Null => return Ok(IsNull::Yes),
            Json::String(text) if !is_json => text.to_string(),
            Json::Array(items) if matches!(kind.kind(), Kind::Array(_)) => list(items),
            value => value.to_string(),
        };
        if text.contains('\0') {
            return Err("a text for PostgreSQL cannot have the character U+0000".into());
        }
        out.extend_from_slice(text.as_bytes());
        Ok(IsNull::No)
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    fn encode_format(&self, _: &Type) -> Format {
        Format::Text
    }

    fn to_sql_checked(
        &self,
        kind: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        self.to_sql(kind, out)
    }
}

/// Writes a list as PostgreSQL writes arrays.
fn list(items: &[Json]) -> String {
    let items: Vec<String> = items
        .iter()
        .map(|item| match item {
            Json::Null => "NULL".to_owned(),
            Json::Array(items) => list(items),
            Json::String(text) => quoted(text),
            Json::Object(_) => quoted(&item.to_string()),
            other => other.to_string(),
        })
        .collect();
    format!("{{{}}}", items.join(","))
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_written_as_arrays() {
        let value = Json::parse(r#"[1,null,"a\"\\b",[true]]"#).unwrap();
        let items = value.as_array().unwrap();
        assert_eq!(list(items), r#"{1,NULL,"a\"\\b",{true}}"#);
    }
}
