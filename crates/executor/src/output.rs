//! How what a step wrote becomes a value.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use compasso_types::Json;
use tokio::task::spawn_blocking;

use crate::Failure;
use crate::masks::MASK;
use crate::order::OutputMode;
use crate::output_file::{self, Written};
use crate::workspace::Workspace;

/// Returns the value of a step that went well.
pub(crate) async fn value(
    mode: &OutputMode,
    stdout: &[u8],
    written: &Written,
    workspace: &Workspace,
    bytes_max: usize,
) -> Result<Json, Failure> {
    let all = String::from_utf8_lossy(stdout);
    let text = all.strip_suffix('\n').unwrap_or(&all);
    match mode {
        OutputMode::Auto => Ok(written.values.clone().map_or(Json::Null, Json::from)),
        OutputMode::None => Ok(Json::Null),
        OutputMode::Text => Ok(Json::from(text)),
        OutputMode::Lines => Ok(Json::array(all.lines().map(Json::from))),
        OutputMode::Json => json(text, "standard output"),
        OutputMode::File(path) => {
            let content = bounded(&workspace.at(path)?, path, bytes_max).await?;
            json(&content, &format!("the file '{path}'"))
        }
    }
}

/// Reads the file of outputs.
pub(crate) async fn written(path: &Path, bytes_max: usize) -> Result<Written, Failure> {
    output_file::read(&bounded(path, "the output file", bytes_max).await?)
}

/// Returns the same value without what logs must not show: what is masked in texts as it is, and numbers that are it.
/// Names of members stay: others find by them what they need.
pub fn masked(value: &Json, masks: &crate::Masks) -> Json {
    match value {
        Json::String(text) => Json::from(masks.apply_as_written(text.to_string())),
        Json::Array(items) => Json::array(items.iter().map(|item| masked(item, masks))),
        Json::Object(members) => {
            Json::object(members.iter().map(|(name, member)| (name.clone(), masked(member, masks))))
        }
        Json::Number(_) if masks.hide_number(&value.to_string()) => MASK.into(),
        Json::Null | Json::Bool(_) | Json::Number(_) => value.clone(),
    }
}

fn json(text: &str, what: &str) -> Result<Json, Failure> {
    Json::parse(text)
        .map_err(|error| Failure::bad_output(format!("{what} is not one JSON value: {error}")))
}

async fn bounded(path: &Path, what: &str, bytes_max: usize) -> Result<String, Failure> {
    let path = path.to_owned();
    let read = spawn_blocking(move || {
        let mut content = Vec::new();
        File::open(path)?.take(bytes_max as u64 + 1).read_to_end(&mut content)?;
        Ok::<_, io::Error>(content)
    });
    let read = read.await.expect("reading a file does not panic");
    let content =
        read.map_err(|error| Failure::bad_output(format!("{what} cannot be read: {error}")))?;
    if content.len() > bytes_max {
        return Err(Failure::output_too_large(what, bytes_max));
    }
    String::from_utf8(content).map_err(|_| Failure::bad_output(format!("{what} is no UTF-8 text")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Masks;

    #[test]
    fn numbers_are_masked_if_they_are_what_is_hidden() {
        let value = Json::parse(
            r#"{"pin":87654321,"more":[true,"x87654321",187654321,87654321.0,-8.7654321e7],"n":8765}"#,
        );
        let shown = masked(&value.unwrap(), &Masks::new(["87654321"]));
        assert_eq!(
            shown.to_string(),
            r#"{"pin":"***","more":[true,"x***",187654321,"***","***"],"n":8765}"#
        );
    }
}
