//! JSON for an execution, as it is given on the command line.

use std::io::Read as _;

use anyhow::Context as _;

use crate::diagnostics;

/// Returns JSON given to `option` as such, as `@file`, or as `@-` for standard input.
///
/// # Errors
/// It cannot be read, or is not JSON.
pub(super) fn read(option: &str, argument: &str) -> anyhow::Result<String> {
    let (origin, text) = match argument.strip_prefix('@') {
        Some("-") => {
            let mut text = String::new();
            std::io::stdin().read_to_string(&mut text).context("standard input cannot be read")?;
            ("standard input", text)
        }
        Some(path) => {
            let text = std::fs::read_to_string(path);
            (path, text.with_context(|| format!("{path} cannot be read"))?)
        }
        None => (option, argument.to_owned()),
    };
    diagnostics::check_json(origin, &text)?;
    Ok(text)
}
